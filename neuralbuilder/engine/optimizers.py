"""Optimizers: how the weights follow the gradient.

An optimizer works on the network's one flat array. Large arrays are cut into blocks that stay in
the processor's cache, and each block gets the same handful of in-place steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.binding import Array, Step
from neuralbuilder.parts import Part, number, register

_LEARNING_RATE: dict[str, Any] = {
    "minimum": 0.0,
    "maximum": 1e6,
    "logarithmic": True,
    "help": "How far the weights move along the gradient in one step.",
}


@dataclass(frozen=True, eq=False)
class Block:
    """One stretch of the flat arrays: parameters, their gradient, state by slot, free memory."""

    parameters: Array
    gradient: Array
    slots: Mapping[str, Array]
    scratch: Array


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


@register("sgd", "SGD", "w - η·g")
@dataclass(frozen=True)
class Sgd(Optimizer):
    """Stochastic gradient descent: every step goes down the slope of the current mini-batch."""

    learning_rate: float = number(0.1, "Learning rate", **_LEARNING_RATE)

    def steps(self, blocks: tuple[Block, ...], state: Mapping[str, Array]) -> list[Step]:
        """Append w ← w - η·g."""
        steps: list[Step] = []
        for block in blocks:
            rate = np.array(self.learning_rate, block.parameters.dtype)
            steps += _descend(block, block.gradient, rate)
        return steps


@register("momentum", "Momentum", "v ← µ·v + g")
@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent that keeps rolling: past gradients fade by the momentum per step.

    v ← µ·v + g, w ← w - η·v (Polyak 1964, in the form PyTorch uses).
    """

    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    learning_rate: float = number(0.01, "Learning rate", **_LEARNING_RATE)
    momentum: float = number(
        0.9,
        "Momentum",
        minimum=0.0,
        maximum=0.9999,
        help="The share of the last step that is kept.",
    )

    def steps(self, blocks: tuple[Block, ...], state: Mapping[str, Array]) -> list[Step]:
        """Append v ← µ·v + g, then w ← w - η·v."""
        steps: list[Step] = []
        for block in blocks:
            velocity, dtype = block.slots["velocity"], block.parameters.dtype
            steps += [
                partial(np.multiply, velocity, np.array(self.momentum, dtype), velocity),
                partial(np.add, velocity, block.gradient, velocity),
                *_descend(block, velocity, np.array(self.learning_rate, dtype)),
            ]
        return steps


@register("adam", "Adam", "w - η·m̂/√v̂")
@dataclass(frozen=True)
class Adam(Optimizer):
    """Gives every weight a step size of its own; a good first choice.

    Kingma and Ba (2015), algorithm 1, with the bias corrections drawn into step size and ε.
    """

    slots: ClassVar[tuple[str, ...]] = ("m", "v")
    counts: ClassVar[bool] = True

    learning_rate: float = number(0.01, "Learning rate", **_LEARNING_RATE)
    beta1: float = number(
        0.9, "β₁", minimum=0.0, maximum=0.9999, help="How slowly the mean gradient fades."
    )
    beta2: float = number(
        0.999, "β₂", minimum=0.0, maximum=0.999999, help="How slowly the mean square fades."
    )
    epsilon: float = number(
        1e-8,
        "ε",
        minimum=0.0,
        maximum=1.0,
        open_minimum=True,
        logarithmic=True,
        help="Keeps the division safe where gradients are almost 0.",
    )

    def steps(self, blocks: tuple[Block, ...], state: Mapping[str, Array]) -> list[Step]:
        """Append m, v ← fading means of g and g²; w ← w - rate·m / (√v + ε')."""
        dtype = blocks[0].parameters.dtype if blocks else np.dtype(np.float64)
        rate, epsilon = np.zeros((), dtype), np.zeros((), dtype)
        steps: list[Step] = [partial(self._advance, state["t"], rate, epsilon)]
        for block in blocks:
            steps += self._block_steps(block, rate, epsilon)
        return steps

    def _advance(self, t: Array, rate: Array, epsilon: Array) -> None:
        """Count the step and correct for the means having begun at 0."""
        count = t.item() + 1.0
        t[0] = count
        root = math.sqrt(1.0 - self.beta2**count)
        rate[()] = self.learning_rate * root / (1.0 - self.beta1**count)
        epsilon[()] = self.epsilon * root

    def _block_steps(self, block: Block, rate: Array, epsilon: Array) -> list[Step]:
        g, m, v, free = block.gradient, block.slots["m"], block.slots["v"], block.scratch
        keep1, add1, keep2, add2 = (
            np.array(value, g.dtype)
            for value in (self.beta1, 1.0 - self.beta1, self.beta2, 1.0 - self.beta2)
        )
        return [
            partial(np.multiply, m, keep1, m),
            partial(np.multiply, g, add1, free),
            partial(np.add, m, free, m),
            partial(np.multiply, v, keep2, v),
            partial(np.multiply, g, g, free),
            partial(np.multiply, free, add2, free),
            partial(np.add, v, free, v),
            partial(np.sqrt, v, free),
            partial(np.add, free, epsilon, free),
            partial(np.divide, m, free, free),
            *_descend(block, free, rate),
        ]


def _descend(block: Block, direction: Array, rate: Array) -> list[Step]:
    """The calls for w ← w - rate·direction."""
    return [
        partial(np.multiply, direction, rate, block.scratch),
        partial(np.subtract, block.parameters, block.scratch, block.parameters),
    ]
