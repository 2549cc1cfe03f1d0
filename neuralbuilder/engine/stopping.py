"""Stop rules: when training has learnt all that the samples teach, and ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from neuralbuilder.engine.schedules import IMPROVEMENT, Memory, improves
from neuralbuilder.parts import Part, integer, number, register

Verdict = Literal["better", "waiting", "stop"]


class StopRule(Part):
    """Base of all stop rules."""

    kind: ClassVar[str] = "stop_rule"
    watches: ClassVar[bool] = False

    def observe(self, epochs: int, loss: float, memory: Memory) -> Verdict:
        """Judge the watched loss after so many epochs; only asked where the rule `watches`.

        "better" asks for these weights to be kept, "stop" to end with the kept ones.
        """
        raise NotImplementedError


@register("never", "Never")
@dataclass(frozen=True)
class NeverStop(StopRule):
    """Training goes on until it is paused or the plan's epochs are done."""


@register("early", "No improvement")
@dataclass(frozen=True)
class EarlyStopping(StopRule):
    """Stops when the loss has not improved for some epochs, and brings the best weights back.

    It watches the validation loss, or the training loss where there is no validation part
    (Prechelt 1998).
    """

    watches: ClassVar[bool] = True

    patience: int = integer(
        10,
        "Patience",
        unit="epochs",
        minimum=1,
        maximum=1_000_000,
        help="Epochs without improvement after which training stops.",
    )
    improvement: float = number(0.0, "Improvement", **IMPROVEMENT)

    def observe(self, epochs: int, loss: float, memory: Memory) -> Verdict:
        """Compare with the best loss so far, and count the epochs since."""
        if improves(loss, memory.get("best"), self.improvement):
            memory.update(best=loss, epoch=float(epochs), waited=0.0)
            return "better"
        memory["waited"] = memory.get("waited", 0.0) + 1.0
        return "stop" if memory["waited"] >= self.patience and "best" in memory else "waiting"
