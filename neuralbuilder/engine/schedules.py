"""Schedules: what the learning rate is multiplied by in the course of training.

A schedule is a formula of the epoch. One that reacts to the loss keeps what it needs in a small
mapping of numbers, which belongs to the training and travels with the weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from neuralbuilder.parts import Part, integer, nested, number, register
from neuralbuilder.problems import SettingError

Memory = dict[str, float]
"""What a schedule or stop rule remembers of earlier epochs: finite numbers by name."""

START = "start"
"""What is remembered where a schedule has begun again: the epoch from which it counts."""

_EPOCHS: dict[str, Any] = {"minimum": 1, "maximum": 1_000_000, "logarithmic": True}
_FACTOR: dict[str, Any] = {"minimum": 0.0, "maximum": 1.0, "open_minimum": True}
_MINIMUM: dict[str, Any] = {
    "minimum": 0.0,
    "maximum": 1.0,
    "unit": "%",
    "help": "The share of the learning rate that is left at the end.",
}
IMPROVEMENT: dict[str, Any] = {
    "minimum": 0.0,
    "maximum": 0.9999,
    "logarithmic": True,
    "help": "The share by which the loss must fall below its best to count as better.",
}


def begun(memory: Mapping[str, float]) -> int:
    """The epoch of training that is the first one of the schedule."""
    return int(memory.get(START, 0))


class Schedule(Part):
    """Base of all schedules; epochs are counted from 0."""

    kind: ClassVar[str] = "schedule"

    @property
    def watches(self) -> bool:
        """Whether `observe` has to be told the loss after every epoch."""
        return False

    def factor(self, epoch: int, memory: Mapping[str, float]) -> float:
        """The factor for the learning rate during this epoch, at least 0."""
        raise NotImplementedError

    def settled(self, epoch: int, memory: Mapping[str, float]) -> bool:
        """Whether the factor stays as it is from this epoch on."""
        return False

    def glides(self, epoch: int) -> bool:
        """Whether the factor changes a little in every epoch around this one, not in steps."""
        return False

    def observe(self, epoch: int, loss: float, memory: Memory) -> None:
        """Take note of the watched loss after this epoch; a schedule that reacts overrides it."""


@register("constant", "Constant", "η")
@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate stays as it is set."""

    def factor(self, epoch: int, memory: Mapping[str, float]) -> float:
        """Always 1."""
        return 1.0

    def settled(self, epoch: int, memory: Mapping[str, float]) -> bool:
        """From the first epoch on."""
        return True


@register("step", "Steps", "η·γ^⌊e/N⌋")
@dataclass(frozen=True)
class Steps(Schedule):
    """The learning rate falls by a factor every so many epochs.

    γ^⌊e/N⌋ for epoch e, as PyTorch's ``StepLR``.
    """

    epochs: int = integer(30, "Every", unit="epochs", help="Epochs between two falls.", **_EPOCHS)
    gamma: float = number(0.1, "Factor γ", help="What is left after each fall.", **_FACTOR)

    def factor(self, epoch: int, memory: Mapping[str, float]) -> float:
        """γ^⌊e/N⌋."""
        return float(self.gamma ** (epoch // self.epochs))

    def settled(self, epoch: int, memory: Mapping[str, float]) -> bool:
        """Where γ is 1."""
        return self.gamma == 1.0

    def glides(self, epoch: int) -> bool:
        """Where every epoch is a step."""
        return self.epochs == 1


@register("exponential", "Exponential", "η·γ^e")
@dataclass(frozen=True)
class Exponential(Schedule):
    """The learning rate falls by the same factor in every epoch.

    γ^e for epoch e, as PyTorch's ``ExponentialLR``.
    """

    gamma: float = number(0.99, "Factor γ", help="What is left after each epoch.", **_FACTOR)

    def factor(self, epoch: int, memory: Mapping[str, float]) -> float:
        """γ^e."""
        return float(self.gamma**epoch)

    def settled(self, epoch: int, memory: Mapping[str, float]) -> bool:
        """Where γ is 1."""
        return self.gamma == 1.0

    def glides(self, epoch: int) -> bool:
        """Always."""
        return True


@register("cosine", "Cosine", "η·(1+cos πe/N)/2")
@dataclass(frozen=True)
class Cosine(Schedule):
    """The learning rate falls along half a cosine, gently at both ends, and then stays low.

    m + (1-m)·(1 + cos(π·e/N))/2 for epoch e ≤ N, and m afterwards (Loshchilov and Hutter 2017
    without restarts; PyTorch's ``CosineAnnealingLR`` up to epoch N).
    """

    epochs: int = integer(100, "Over", unit="epochs", help="Epochs until the end.", **_EPOCHS)
    minimum: float = number(0.0, "Minimum", **_MINIMUM)

    def factor(self, epoch: int, memory: Mapping[str, float]) -> float:
        """Half a cosine from 1 down to m, and m after N epochs."""
        if epoch >= self.epochs:
            return self.minimum
        height = 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))
        return self.minimum + (1.0 - self.minimum) * height

    def settled(self, epoch: int, memory: Mapping[str, float]) -> bool:
        """After N epochs."""
        return epoch >= self.epochs

    def glides(self, epoch: int) -> bool:
        """Always."""
        return True


@register("plateau", "Reduce on plateau", "η·f where L stays")
@dataclass(frozen=True)
class Plateau(Schedule):
    """The learning rate falls whenever the loss has not improved for more than a few epochs.

    It watches the validation loss, or the training loss where there is no validation part. As
    PyTorch's ``ReduceLROnPlateau``: better is a loss below (1 - improvement) times the best.
    """

    reduction: float = number(
        0.5, "Factor", minimum=0.0, maximum=0.9999, open_minimum=True,
        help="What is left of the learning rate after each fall.",
    )  # fmt: skip
    patience: int = integer(
        10, "Patience", unit="epochs", minimum=0, maximum=1_000_000,
        help="Epochs without improvement that are put up with.",
    )  # fmt: skip
    improvement: float = number(1e-4, "Improvement", **IMPROVEMENT)
    minimum: float = number(0.001, "Minimum", **_MINIMUM)

    @property
    def watches(self) -> bool:
        """It needs the loss."""
        return True

    def factor(self, epoch: int, memory: Mapping[str, float]) -> float:
        """What the falls so far have left."""
        return memory.get("factor", 1.0)

    def settled(self, epoch: int, memory: Mapping[str, float]) -> bool:
        """At the minimum."""
        return self.factor(epoch, memory) <= self.minimum

    def observe(self, epoch: int, loss: float, memory: Memory) -> None:
        """Count the epochs without improvement, and reduce the factor where there are too many."""
        if improves(loss, memory.get("best"), self.improvement):
            memory["best"], memory["waited"] = loss, 0.0
            return
        memory["waited"] = memory.get("waited", 0.0) + 1.0
        if memory["waited"] > self.patience:
            left = self.factor(epoch, memory) * self.reduction
            memory["factor"], memory["waited"] = max(left, self.minimum), 0.0


@register("warm_up", "Warm-up", "η·e/N, then …")
@dataclass(frozen=True)
class WarmUp(Schedule):
    """The learning rate grows over the first epochs; then another schedule begins.

    s + (1-s)·e/N for epoch e < N, as PyTorch's ``LinearLR``; the other schedule counts its epochs
    from there (Goyal et al. 2017).
    """

    epochs: int = integer(5, "Over", unit="epochs", help="Epochs of growth.", **_EPOCHS)
    start: float = number(0.1, "Start", help="The share of the rate to begin with.", **_FACTOR)
    then: Schedule = nested(Constant(), "Then", help="What follows the growth.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.then, WarmUp):
            raise SettingError(
                "then", "A warm-up cannot follow a warm-up.", "Make the first one longer."
            )

    @property
    def watches(self) -> bool:
        """Where the other one does."""
        return self.then.watches

    def factor(self, epoch: int, memory: Mapping[str, float]) -> float:
        """Growing from s to 1, then that of the other schedule."""
        if epoch < self.epochs:
            return self.start + (1.0 - self.start) * epoch / self.epochs
        return self.then.factor(epoch - self.epochs, memory)

    def settled(self, epoch: int, memory: Mapping[str, float]) -> bool:
        """When the growth is over and the other schedule has settled."""
        return epoch >= self.epochs and self.then.settled(epoch - self.epochs, memory)

    def glides(self, epoch: int) -> bool:
        """While it grows, and afterwards where the other schedule does."""
        return epoch < self.epochs or self.then.glides(epoch - self.epochs)

    def observe(self, epoch: int, loss: float, memory: Memory) -> None:
        """Tell the other schedule, once it has begun."""
        if epoch >= self.epochs:
            self.then.observe(epoch - self.epochs, loss, memory)


def improves(loss: float, best: float | None, share: float) -> bool:
    """Whether a loss is a number below (1 - share)·best; any number where there is no best yet."""
    return math.isfinite(loss) and (best is None or loss < best * (1.0 - share))
