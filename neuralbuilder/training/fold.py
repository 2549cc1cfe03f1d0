"""One fold of a cross-validation: a network trained from its initial weights and tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from neuralbuilder.data.preprocessing import prepare
from neuralbuilder.data.samples import Progress, Samples
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.network import Network
from neuralbuilder.project.model import Plan
from neuralbuilder.training.judging import Judge, Judgement
from neuralbuilder.training.messages import Load
from neuralbuilder.training.trainer import Trainer

TELL_EVERY = 0.1
"""Seconds of training between two words on how far it is."""


@dataclass(frozen=True, eq=False)
class FoldTask:
    """What to train: the plan says for how many epochs; the samples, what the fold tests."""

    number: int
    graph: Graph
    plan: Plan
    samples: Samples
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FoldResult:
    """What a fold came to.

    `trained`, `validated` and `tested` count its samples. `measures` are the loss and the metrics
    of the tested ones by name, such as "accuracy", as far as they have a meaning; there are none
    where training went astray, and `problem` says how.
    """

    number: int
    trained: int
    validated: int
    tested: int
    epochs: int
    measures: Mapping[str, float]
    problem: str = ""

    def facts(self) -> dict[str, Any]:
        """The result as JSON types."""
        facts = {**asdict(self), "measures": dict(self.measures)}
        return facts if self.problem else {k: v for k, v in facts.items() if k != "problem"}


def train_fold(task: FoldTask, tell: Progress) -> FoldResult:
    """Train as the plan says and measure what the fold tests; `tell` hears the share that is done.

    Everything is as in any other training: the scaling is fitted on the training part, the share
    of the validation part is taken from the samples that are not tested. Raises `UserError` where
    the samples of the fold do not suit the network.
    """
    plan = task.plan
    network = Network(task.graph, plan.precision)
    outputs = network.output_shape[0]
    data = prepare(
        task.samples, plan.split, plan.preprocessing, plan.scale_targets, outputs, plan.precision
    )
    trainer = Trainer()
    trainer.load(Load(0, task.graph, plan, data, names=task.names))
    trainer.start()
    stopped = None
    while stopped is None:
        stopped = trainer.train_for(TELL_EVERY)
        tell(min(1.0, trainer.epochs_done / plan.epochs))
    measures = {}
    if stopped.problem is None:
        judge = Judge(
            network, trainer.state().parameters.copy(), data, plan.loss, plan.class_weights
        )
        measures = _measures(judge.judge("test"))
    return FoldResult(
        task.number,
        trained=len(data.train),
        validated=len(data.validation),
        tested=len(data.test),
        epochs=trainer.epochs_done,
        measures=measures,
        problem=str(stopped.problem or ""),
    )


def _measures(found: Judgement) -> dict[str, float]:
    every = {"loss": found.loss, **found.report.measures}
    return {name: value for name, value in every.items() if isfinite(value)}
