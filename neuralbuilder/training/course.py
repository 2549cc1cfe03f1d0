"""What the epochs so far mean for the next: learning rate, best weights, and when to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.schedules import Memory, begun, improves
from neuralbuilder.project.model import Plan
from neuralbuilder.project.state import (
    BEST,
    OF_OPTIMIZER,
    SCHEDULE,
    STOPPING,
    schedule_memory,
)


@dataclass(frozen=True, eq=False)
class Course:
    """What schedule and stop rule remember, as a value.

    `schedule` and `stopping` are their numbers; `best` holds the best weights as "best" and, where
    a rule waits for better ones, the optimizer's arrays of that moment as "optimizer/m" …, all
    read-only. Without a rule `stopping` only says what the best loss was, and in which epoch.
    """

    schedule: Mapping[str, float] = field(default_factory=dict)
    stopping: Mapping[str, float] = field(default_factory=dict)
    best: Mapping[str, FloatArray] = field(default_factory=dict)

    @classmethod
    def of(cls, memory: Mapping[str, float], best: Mapping[str, FloatArray]) -> Course:
        """The course in the numbers and arrays of a `State`."""
        stopping = {
            k.removeprefix(STOPPING): v for k, v in memory.items() if k.startswith(STOPPING)
        }
        return cls(schedule_memory(memory), stopping, best)

    def numbers(self) -> dict[str, float]:
        """All numbers under the names that they have in a `State`."""
        named = {SCHEDULE + name: value for name, value in self.schedule.items()}
        return named | {STOPPING + name: value for name, value in self.stopping.items()}

    def with_best(self, epoch: float, loss: float, parameters: FloatArray) -> Course:
        """The course that keeps these weights if their loss is the best so far; else itself."""
        if not improves(loss, self.stopping.get("best"), 0.0):
            return self
        numbers = {"best": loss, "epoch": epoch}
        return Course(self.schedule, numbers, {BEST: _copy(parameters)})

    @property
    def start(self) -> int:
        """The epoch from which the schedule counts."""
        return begun(self.schedule)

    def factor(self, plan: Plan, epoch: int) -> float:
        """What the learning rate is multiplied by in this epoch."""
        return plan.schedule.factor(epoch - self.start, self.schedule)

    def settled(self, plan: Plan, epoch: int) -> bool:
        """Whether the factor stays from this epoch on."""
        return plan.schedule.settled(epoch - self.start, self.schedule)

    def suited_to(self, old: Plan, new: Plan) -> Course:
        """The course as far as it says something about another plan."""
        other_loss = old.objective != new.objective
        keeps_schedule = type(old.schedule) is type(new.schedule) and not other_loss
        keeps_stopping = type(old.stop_rule) is type(new.stop_rule) and not other_loss
        return Course(
            self.schedule if keeps_schedule else {},
            self.stopping if keeps_stopping else {},
            self.best if keeps_stopping else {},
        )


def after_epoch(
    course: Course,
    plan: Plan,
    epochs: int,
    loss: float,
    parameters: FloatArray,
    optimizer: Mapping[str, FloatArray],
) -> tuple[Course, bool]:
    """The course after so many epochs with this watched loss, and whether training stops here."""
    schedule: Memory = dict(course.schedule)
    stopping: Memory = dict(course.stopping)
    best = course.best
    plan.schedule.observe(epochs - course.start - 1, loss, schedule)
    verdict = plan.stop_rule.observe(epochs, loss, stopping) if plan.stop_rule.watches else ""
    if verdict == "better":
        arrays = {BEST: parameters, **{OF_OPTIMIZER + k: v for k, v in optimizer.items()}}
        best = {name: _copy(array) for name, array in arrays.items()}
    return Course(schedule, stopping, best), verdict == "stop"


def bring_back(
    best: Mapping[str, FloatArray], parameters: FloatArray, optimizer: Mapping[str, FloatArray]
) -> None:
    """Write the best weights, and the optimizer's arrays where they are of the same kind."""
    np.copyto(parameters, best[BEST])
    for name, array in optimizer.items():
        kept = best.get(OF_OPTIMIZER + name)
        if kept is not None and kept.shape == array.shape:
            np.copyto(array, kept)


def _copy(array: FloatArray) -> FloatArray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy
