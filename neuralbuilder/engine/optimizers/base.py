"""The contract of an optimizer: its state, and the steps of one update.

An optimizer works on the network's one flat array. Large arrays are cut into blocks that stay in
the processor's cache, and each block gets the same handful of in-place steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.binding import Array, Step
from neuralbuilder.parts import Part

LEARNING_RATE: dict[str, Any] = {
    "minimum": 0.0,
    "maximum": 1e6,
    "logarithmic": True,
    "help": "How far the weights move along the gradient in one step.",
}


@dataclass(frozen=True, eq=False)
class Block:
    """One stretch of the flat arrays: parameters, their gradient, state by slot, free memory.

    `decaying` are the parts of `parameters` that are weights, which decay, and not biases.
    """

    parameters: Array
    gradient: Array
    slots: Mapping[str, Array]
    scratch: Array
    decaying: tuple[Array, ...] = ()


@dataclass(frozen=True, eq=False)
class Update:
    """What the steps of one update read and write.

    `state` holds the whole state arrays by name, of which every block has its stretch. `rate` is
    the present learning rate, an array without axes in the network's precision: a schedule writes
    it between two steps, so steps read it each time. `objective` is for optimizers that look at
    several places in one step.
    """

    blocks: tuple[Block, ...]
    state: Mapping[str, Array]
    rate: Array
    objective: Objective | None = None


@dataclass(frozen=True, eq=False)
class Objective:
    """What is minimised, loss plus penalties, as a function of the weights.

    `parameters` are the network's own. `first` is the value (float64) that the forward and
    backward pass of this step found, whose gradient `gradient` holds when the update begins.
    `evaluate` computes both anew for what `parameters` hold then, with the same noise.
    """

    parameters: Array
    gradient: Array
    first: Callable[[], float]
    evaluate: Callable[[], float]


class Optimizer(Part):
    """Base of all optimizers.

    `slots` names the state arrays that have one number per parameter. `counts` says that the
    number of steps is part of the state too, as "t" (one float64). A `full_batch` optimizer only
    makes sense when every step sees all samples. `follows_rate` says that the learning rate is
    read in every step, so that a schedule has something to steer; `clips` that the size of the
    gradient matters, so that clipping does. One that `searches` needs an `Objective`.
    """

    kind: ClassVar[str] = "optimizer"
    slots: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[bool] = False
    full_batch: ClassVar[bool] = False
    follows_rate: ClassVar[bool] = True
    clips: ClassVar[bool] = True
    searches: ClassVar[bool] = False

    @property
    def rate(self) -> float | None:
        """The learning rate as it is set; None for an optimizer that has none."""
        rate: float | None = getattr(self, "learning_rate", None)
        return rate

    @property
    def work_numbers(self) -> int:
        """How many numbers (float64) per parameter one step needs for itself."""
        return 0

    def new_state(self, size: int, dtype: Any) -> dict[str, Array]:
        """The state before the first step, for `size` parameters."""
        state: dict[str, Array] = {slot: np.zeros(size, dtype) for slot in self.slots}
        if self.counts:
            state["t"] = np.zeros(1, np.float64)
        return state

    def steps(self, update: Update) -> list[Step]:
        """The calls of one update, in order, over all blocks."""
        raise NotImplementedError


def descend(block: Block, direction: Array, rate: Array) -> list[Step]:
    """The calls for w ← w - rate·direction."""
    return [
        partial(np.multiply, direction, rate, block.scratch),
        partial(np.subtract, block.parameters, block.scratch, block.parameters),
    ]
