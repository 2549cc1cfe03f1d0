"""Optimizers with one step size for all weights: plain descent and momentum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.binding import Step
from neuralbuilder.engine.optimizers.base import LEARNING_RATE, Optimizer, Update, descend
from neuralbuilder.parts import number, register


@register("sgd", "SGD", "w - η·g")
@dataclass(frozen=True)
class Sgd(Optimizer):
    """Stochastic gradient descent: every step goes down the slope of the current mini-batch."""

    learning_rate: float = number(0.1, "Learning rate", **LEARNING_RATE)

    def steps(self, update: Update) -> list[Step]:
        """Append w ← w - η·g."""
        steps: list[Step] = []
        for block in update.blocks:
            steps += descend(block, block.gradient, update.rate)
        return steps


@register("momentum", "Momentum", "v ← µ·v + g")
@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent that keeps rolling: past gradients fade by the momentum per step.

    v ← µ·v + g, w ← w - η·v (Polyak 1964, in the form PyTorch uses).
    """

    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    learning_rate: float = number(0.01, "Learning rate", **LEARNING_RATE)
    momentum: float = number(
        0.9,
        "Momentum",
        minimum=0.0,
        maximum=0.9999,
        help="The share of the last step that is kept.",
    )

    def steps(self, update: Update) -> list[Step]:
        """Append v ← µ·v + g, then w ← w - η·v."""
        steps: list[Step] = []
        for block in update.blocks:
            velocity, dtype = block.slots["velocity"], block.parameters.dtype
            steps += [
                partial(np.multiply, velocity, np.array(self.momentum, dtype), velocity),
                partial(np.add, velocity, block.gradient, velocity),
                *descend(block, velocity, update.rate),
            ]
        return steps


@register("nesterov", "Nesterov momentum", "v ← µ·v + g, step g + µ·v")
@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Momentum that looks ahead to where it is rolling, and so brakes earlier.

    v ← µ·v + g, w ← w - η·(g + µ·v) (Nesterov 1983, in the form PyTorch uses; Sutskever, Martens,
    Dahl and Hinton 2013).
    """

    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    learning_rate: float = number(0.01, "Learning rate", **LEARNING_RATE)
    momentum: float = number(
        0.9,
        "Momentum",
        minimum=0.0,
        maximum=0.9999,
        help="The share of the last step that is kept.",
    )

    def steps(self, update: Update) -> list[Step]:
        """Append v ← µ·v + g, then w ← w - η·(g + µ·v)."""
        steps: list[Step] = []
        for block in update.blocks:
            velocity, free, dtype = block.slots["velocity"], block.scratch, block.gradient.dtype
            momentum = np.array(self.momentum, dtype)
            steps += [
                partial(np.multiply, velocity, momentum, velocity),
                partial(np.add, velocity, block.gradient, velocity),
                partial(np.multiply, velocity, momentum, free),
                partial(np.add, free, block.gradient, free),
                *descend(block, free, update.rate),
            ]
        return steps
