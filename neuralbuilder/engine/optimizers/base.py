"""The contract of an optimizer: its state, and the steps of one update.

An optimizer works on the network's one flat array. Large arrays are cut into blocks that stay in
the processor's cache, and each block gets the same handful of in-place steps.
"""

from __future__ import annotations

from collections.abc import Mapping
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


class Optimizer(Part):
    """Base of all optimizers.

    `slots` names the state arrays that have one number per parameter. `counts` says that the
    number of steps is part of the state too, as "t" (one float64).
    """

    kind: ClassVar[str] = "optimizer"
    slots: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[bool] = False

    def new_state(self, size: int, dtype: Any) -> dict[str, Array]:
        """The state before the first step, for `size` parameters."""
        state: dict[str, Array] = {slot: np.zeros(size, dtype) for slot in self.slots}
        if self.counts:
            state["t"] = np.zeros(1, np.float64)
        return state

    def steps(self, blocks: tuple[Block, ...], state: Mapping[str, Array]) -> list[Step]:
        """The calls of one update, in order, over all blocks."""
        raise NotImplementedError


def descend(block: Block, direction: Array, rate: Array) -> list[Step]:
    """The calls for w ← w - rate·direction."""
    return [
        partial(np.multiply, direction, rate, block.scratch),
        partial(np.subtract, block.parameters, block.scratch, block.parameters),
    ]
