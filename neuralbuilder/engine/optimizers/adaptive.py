"""Optimizers that give every weight a step size of its own, from the sizes of its gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.binding import Array, Step
from neuralbuilder.engine.optimizers.base import LEARNING_RATE, Optimizer, Update, descend
from neuralbuilder.parts import number, register

_BETA1: dict[str, Any] = {
    "minimum": 0.0,
    "maximum": 0.9999,
    "help": "How slowly the mean gradient fades.",
}
_BETA2: dict[str, Any] = {
    "minimum": 0.0,
    "maximum": 0.999999,
    "help": "How slowly the mean square fades.",
}
_EPSILON: dict[str, Any] = {
    "minimum": 0.0,
    "maximum": 1.0,
    "open_minimum": True,
    "logarithmic": True,
    "help": "Keeps the division safe where gradients are almost 0.",
}


@register("rmsprop", "RMSprop", "w - η·g/√v")
@dataclass(frozen=True)
class RmsProp(Optimizer):
    """Divides each gradient by its recent size, so that steep and flat directions move alike.

    v ← ρ·v + (1-ρ)·g², w ← w - η·g / (√v + ε) (Tieleman and Hinton 2012, in PyTorch's form).
    """

    slots: ClassVar[tuple[str, ...]] = ("mean_square",)

    learning_rate: float = number(0.01, "Learning rate", **LEARNING_RATE)
    smoothing: float = number(
        0.99, "ρ", minimum=0.0, maximum=0.999999, help="How slowly the mean square fades."
    )
    epsilon: float = number(1e-8, "ε", **_EPSILON)

    def steps(self, update: Update) -> list[Step]:
        """Append v ← fading mean of g², then w ← w - η·g / (√v + ε)."""
        steps: list[Step] = []
        for block in update.blocks:
            g, v, free = block.gradient, block.slots["mean_square"], block.scratch
            epsilon = np.array(self.epsilon, g.dtype)
            steps += [
                *_fading_square(g, v, free, self.smoothing),
                *_divided(g, v, free, epsilon),
                *descend(block, free, update.rate),
            ]
        return steps


@register("adagrad", "Adagrad", "w - η·g/√Σg²")
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Shortens the steps of each weight by all it has moved so far; good for rare features.

    s ← s + g², w ← w - η·g / (√s + ε) (Duchi, Hazan and Singer 2011, in PyTorch's form).
    """

    slots: ClassVar[tuple[str, ...]] = ("sum",)

    learning_rate: float = number(0.05, "Learning rate", **LEARNING_RATE)
    epsilon: float = number(1e-10, "ε", **_EPSILON)

    def steps(self, update: Update) -> list[Step]:
        """Append s ← s + g², then w ← w - η·g / (√s + ε)."""
        steps: list[Step] = []
        for block in update.blocks:
            g, total, free = block.gradient, block.slots["sum"], block.scratch
            epsilon = np.array(self.epsilon, g.dtype)
            steps += [
                partial(np.multiply, g, g, free),
                partial(np.add, total, free, total),
                *_divided(g, total, free, epsilon),
                *descend(block, free, update.rate),
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

    learning_rate: float = number(0.01, "Learning rate", **LEARNING_RATE)
    beta1: float = number(0.9, "β₁", **_BETA1)
    beta2: float = number(0.999, "β₂", **_BETA2)
    epsilon: float = number(1e-8, "ε", **_EPSILON)

    def steps(self, update: Update) -> list[Step]:
        """Append m, v ← fading means of g and g²; w ← w - rate·m / (√v + ε')."""
        return _adam_steps(self, update)


@register("adamw", "AdamW", "(1-ηλ)·w - η·m̂/√v̂")
@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam whose weights also shrink a little in every step, each by the same share.

    w ← (1 - η·λ)·w for weights, never for biases, then Adam's step (Loshchilov and Hutter 2019).
    An L2 penalty is different: Adam would divide it by the size of the gradients.
    """

    slots: ClassVar[tuple[str, ...]] = ("m", "v")
    counts: ClassVar[bool] = True

    learning_rate: float = number(0.01, "Learning rate", **LEARNING_RATE)
    beta1: float = number(0.9, "β₁", **_BETA1)
    beta2: float = number(0.999, "β₂", **_BETA2)
    epsilon: float = number(1e-8, "ε", **_EPSILON)
    decay: float = number(
        0.01,
        "Weight decay λ",
        minimum=0.0,
        maximum=100.0,
        logarithmic=True,
        help="Each step takes the share learning rate × λ off every weight.",
    )

    def steps(self, update: Update) -> list[Step]:
        """Append w ← (1 - η·λ)·w for the weights, then the steps of Adam."""
        kept = np.zeros_like(update.rate)
        decay: list[Step] = [partial(_keep_share, update.rate, self.decay, kept)]
        decay += [
            partial(np.multiply, weights, kept, weights)
            for block in update.blocks
            for weights in block.decaying
        ]
        return decay + _adam_steps(self, update)


def _adam_steps(settings: Adam | AdamW, update: Update) -> list[Step]:
    rate, epsilon = np.zeros_like(update.rate), np.zeros_like(update.rate)
    count = update.state["t"]
    steps: list[Step] = [partial(_advance, settings, count, update.rate, rate, epsilon)]
    for block in update.blocks:
        g, m, v, free = block.gradient, block.slots["m"], block.slots["v"], block.scratch
        keep, add = (np.array(n, g.dtype) for n in (settings.beta1, 1.0 - settings.beta1))
        steps += [
            partial(np.multiply, m, keep, m),
            partial(np.multiply, g, add, free),
            partial(np.add, m, free, m),
            *_fading_square(g, v, free, settings.beta2),
            *_divided(m, v, free, epsilon),
            *descend(block, free, rate),
        ]
    return steps


def _advance(
    settings: Adam | AdamW, t: Array, learning_rate: Array, rate: Array, epsilon: Array
) -> None:
    """Count the step and correct for the means having begun at 0."""
    count = t.item() + 1.0
    t[0] = count
    root = math.sqrt(1.0 - settings.beta2**count)
    rate[()] = learning_rate.item() * root / (1.0 - settings.beta1**count)
    epsilon[()] = settings.epsilon * root


def _keep_share(rate: Array, decay: float, kept: Array) -> None:
    """The share of every weight that this step's decay leaves, 1 - η·λ."""
    kept[()] = 1.0 - rate.item() * decay


def _fading_square(g: Array, v: Array, free: Array, kept: float) -> list[Step]:
    """The calls for v ← kept·v + (1 - kept)·g²."""
    keep, add = np.array(kept, g.dtype), np.array(1.0 - kept, g.dtype)
    return [
        partial(np.multiply, v, keep, v),
        partial(np.multiply, g, g, free),
        partial(np.multiply, free, add, free),
        partial(np.add, v, free, v),
    ]


def _divided(direction: Array, v: Array, free: Array, epsilon: Array) -> list[Step]:
    """The calls for free ← direction / (√v + ε)."""
    return [
        partial(np.sqrt, v, free),
        partial(np.add, free, epsilon, free),
        partial(np.divide, direction, free, free),
    ]
