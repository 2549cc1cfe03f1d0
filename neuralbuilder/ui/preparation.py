"""The samples as the training process gets them, made anew only when they would differ."""

from __future__ import annotations

from neuralbuilder.data.preprocessing import Prepared, prepare
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.shapes import infer
from neuralbuilder.project.model import Project


class Preparation:
    """Remembers the last result, so that an edit of the network does not split and scale again."""

    def __init__(self) -> None:
        self._samples: Samples | None = None
        self._key: tuple[object, ...] = ()
        self._prepared: Prepared | None = None

    def prepared(self, project: Project, samples: Samples) -> Prepared:
        """Split, scaled and encoded for the network of `project`. Raises `UserError`."""
        plan = project.plan
        settings = (
            plan.split,
            plan.preprocessing,
            plan.scale_targets,
            plan.seed,
            _outputs(project),
            plan.precision,
        )
        if self._prepared is None or samples is not self._samples or settings != self._key:
            self._prepared = prepare(samples, *settings)
            self._samples, self._key = samples, settings
        return self._prepared


def _outputs(project: Project) -> int | None:
    graph = project.graph()
    shapes = infer(graph).outputs
    sizes = [shapes[node] for node in graph.output_ids() if node in shapes]
    return sizes[0][0] if sizes else None
