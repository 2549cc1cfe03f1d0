"""Are the gradients right? Compared with differences of the loss, in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.network import Network

_DIRECTIONS = 3
_STEP = 1e-4
_SMALL = 1e-3
"""Entries below this share of the largest gradient are measured against that share, because a
difference of losses cannot resolve them relative to themselves."""

Numbers = NDArray[np.float64]


def check_gradients(
    network: Network,
    parameters: FloatArray,
    x: Array,
    y: Array,
    loss: Loss,
    seed: int = 0,
    l1: float = 0.0,
    l2: float = 0.0,
    entries: int = 500,
) -> float:
    """The largest relative error of the gradient, along random directions and entry by entry.

    Differences are of fourth order, (f(-2h) - 8·f(-h) + 8·f(h) - f(2h)) / 12h. At most `entries`
    entries, chosen by the seed, are looked at one by one. Everything is computed in float64,
    whatever the network's precision.
    """
    exact = Network(network.graph, "float64")
    start: Numbers = np.asarray(parameters, np.float64)
    random = np.random.default_rng(seed)

    def minimised(values: Numbers) -> float:
        return exact.loss(values, x, y, loss) + exact.penalty(values, l1, l2)

    _, gradient = exact.loss_and_gradients(start, x, y, loss, l1, l2)
    scale = float(np.abs(gradient).max(initial=0.0))
    errors = []
    for _ in range(_DIRECTIONS):
        direction = random.normal(size=start.size)
        direction /= max(float(np.linalg.norm(direction)), 1e-300)
        expected = _slope(minimised, start, direction)
        errors.append(_error(float(np.dot(gradient, direction)), expected, scale))
    chosen = random.permutation(start.size)[:entries]
    for index in chosen:
        direction = np.zeros(start.size)
        direction[index] = 1.0
        errors.append(_error(float(gradient[index]), _slope(minimised, start, direction), scale))
    return max(errors)


def _slope(function: Callable[[Numbers], float], at: Numbers, direction: Numbers) -> float:
    near = function(at + _STEP * direction) - function(at - _STEP * direction)
    far = function(at + 2 * _STEP * direction) - function(at - 2 * _STEP * direction)
    return (8.0 * near - far) / (12.0 * _STEP)


def _error(found: float, expected: float, scale: float) -> float:
    size = max(abs(found), abs(expected), _SMALL * scale, 1e-12)
    return abs(found - expected) / size
