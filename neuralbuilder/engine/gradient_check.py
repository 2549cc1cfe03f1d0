"""Are the gradients right? Compared with differences of the loss, in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.program import Program

_DIRECTIONS = 3
_STEP = 1e-4
_SMALL = 1e-3
"""Entries below this share of the largest gradient are measured against that share, because a
difference of losses cannot resolve them relative to themselves."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class _Pass:
    """The loss, and its gradient, as functions of the parameters."""

    loss: Callable[[Numbers], float]
    gradient: Callable[[Numbers], FloatArray]


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
    training: bool = False,
) -> float:
    """The largest relative error of the gradient, along random directions and entry by entry.

    Differences are of fourth order, (f(-2h) - 8·f(-h) + 8·f(h) - f(2h)) / 12h. At most `entries`
    entries, chosen by the seed, are looked at one by one. Everything is computed in float64,
    whatever the network's precision. With `training`, layers do what they do while training: noise
    is drawn, the same in every look, and normalisation takes the statistics of these samples.
    """
    exact = network if network.precision == "float64" else Network(network.graph, "float64")
    start: Numbers = np.asarray(parameters, np.float64)
    random = np.random.default_rng(seed)
    trainable = _trainable(exact)
    pass_over = _training_pass if training else _evaluating_pass
    over = pass_over(exact, x, y, loss)

    def minimised(values: Numbers) -> float:
        return over.loss(values) + exact.penalty(values, l1, l2)

    gradient = over.gradient(start) + exact.penalty_gradient(start, l1, l2)
    scale = float(np.abs(gradient).max(initial=0.0))
    errors = []
    for _ in range(_DIRECTIONS):
        direction = random.normal(size=start.size) * trainable
        direction /= max(float(np.linalg.norm(direction)), 1e-300)
        expected = _slope(minimised, start, direction)
        errors.append(_error(float(np.dot(gradient, direction)), expected, scale))
    chosen = random.permutation(np.flatnonzero(trainable))[:entries]
    for index in chosen:
        direction = np.zeros(start.size)
        direction[index] = 1.0
        errors.append(_error(float(gradient[index]), _slope(minimised, start, direction), scale))
    return max(errors)


def _trainable(network: Network) -> Numbers:
    """1 for every value that the gradient moves, 0 for the others."""
    flags = np.zeros(network.parameter_count)
    for entry in network.layout.entries:
        flags[entry.start : entry.stop] = entry.trainable
    return flags


def _evaluating_pass(network: Network, x: Array, y: Array, loss: Loss) -> _Pass:
    return _Pass(
        loss=lambda values: network.loss(values, x, y, loss),
        gradient=lambda values: network.trace(values, x, y, loss).gradient,
    )


def _training_pass(network: Network, x: Array, y: Array, loss: Loss) -> _Pass:
    noise = np.random.default_rng(0)
    beginning = noise.bit_generator.state
    parameters: Numbers = np.zeros(network.parameter_count)
    program = Program(network, parameters, len(x), loss, training=True, random=noise)
    program.without_penalties()
    program.x[...], program.y[...] = x, y

    def forward(values: Numbers) -> None:
        noise.bit_generator.state = beginning
        parameters[...] = values
        program.forward()

    def loss_at(values: Numbers) -> float:
        forward(values)
        program.measure()
        return program.take_loss()

    def gradient_at(values: Numbers) -> FloatArray:
        forward(values)
        program.backward()
        program.take_loss()
        return program.gradient.copy()

    return _Pass(loss_at, gradient_at)


def _slope(function: Callable[[Numbers], float], at: Numbers, direction: Numbers) -> float:
    near = function(at + _STEP * direction) - function(at - _STEP * direction)
    far = function(at + 2 * _STEP * direction) - function(at - 2 * _STEP * direction)
    return (8.0 * near - far) / (12.0 * _STEP)


def _error(found: float, expected: float, scale: float) -> float:
    size = max(abs(found), abs(expected), _SMALL * scale, 1e-12)
    return abs(found - expected) / size
