"""What layers that work on whole mini-batches or data sets need of them."""

from __future__ import annotations

from collections.abc import Iterator

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.standardisation import Standardise
from neuralbuilder.engine.shapes import Shapes
from neuralbuilder.problems import Fix, Problem
from neuralbuilder.project.model import Project

_MOST_NAMES = 5


def batch_problems(project: Project, shapes: Shapes, trained: int | None) -> Iterator[Problem]:
    """Layers for which the mini-batches out of `trained` samples are too small."""
    plan, graph = project.plan, project.graph()
    sizes = [] if plan.optimizer.full_batch else [plan.batch_size]
    batch = min(sizes + ([] if trained is None else [trained]), default=None)
    if batch is None:
        return
    for node, inputs in shapes.inputs.items():
        least = graph.layer(node).least_batch(inputs)
        if batch < least:
            few = trained is not None and trained < least
            of_plan = Fix(f"Use batches of {least}", (("batch_size", least),))
            yield Problem(
                f"{project.node(node).name} needs at least {least} samples in a mini-batch, and "
                f"{'there is' if few else 'the batch size is'} {batch}.",
                "Train on more samples." if few else "Use larger batches, or LayerNorm.",
                node,
                "" if few else "batch_size",
                fix=None if few else of_plan,
            )


def constant_columns(project: Project, graph: Graph, samples: Samples) -> Iterator[Problem]:
    """Columns without spread that a Standardise right after the input cannot scale."""
    for node in project.nodes:
        sources = graph.sources(node.id)
        if not isinstance(node.layer, Standardise) or not set(sources) & set(graph.input_ids()):
            continue
        names = samples.constant_inputs
        if names:
            shown = listed([repr(name) for name in names], _MOST_NAMES)
            have, them = ("have", "them") if len(names) > 1 else ("has", "it")
            yield Problem(
                f"{shown} {have} the same value in all samples: {node.name} cannot scale {them}.",
                f"The network learns nothing from {them}: leave {them} out of the inputs.",
                node.id,
                severity="warning",
            )
