"""L1 and L2: what keeps weights small. They apply to weights, never to biases."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from neuralbuilder.engine.binding import Array, Step
from neuralbuilder.engine.layout import Layout


def coefficients(
    layout: Layout, l1: float, l2: float, dtype: Any
) -> tuple[Array | None, Array | None]:
    """λ₁ and λ₂ of every entry of the flat array; None where all are 0.

    `l1` and `l2` are the plan's strengths, to which each layer's own are added.
    """
    decaying = [entry for entry in layout.entries if entry.decays]
    first = second = None
    if any(l1 + entry.l1 for entry in decaying):
        first = np.zeros(layout.size, dtype)
        for entry in decaying:
            first[entry.start : entry.stop] = l1 + entry.l1
    if any(l2 + entry.l2 for entry in decaying):
        second = np.zeros(layout.size, dtype)
        for entry in decaying:
            second[entry.start : entry.stop] = l2 + entry.l2
    return first, second


def penalty(layout: Layout, parameters: Array, l1: float = 0.0, l2: float = 0.0) -> float:
    """Σ λ₁·|w| + ½·λ₂·w², in float64."""
    total = 0.0
    for entry in layout.entries:
        first, second = l1 + entry.l1, l2 + entry.l2
        if entry.decays and (first or second):
            w = np.asarray(parameters[entry.start : entry.stop], np.float64)
            with np.errstate(all="ignore"):
                total += first * float(np.abs(w).sum()) + 0.5 * second * float(np.dot(w, w))
    return total


def penalty_steps(
    parameters: Array, gradient: Array, scratch: Array, first: Array | None, second: Array | None
) -> list[Step]:
    """The calls that add the penalties' gradient, λ₁·sign(w) + λ₂·w, to `gradient`."""
    steps: list[Step] = []
    if second is not None:
        steps += [
            partial(np.multiply, parameters, second, scratch),
            partial(np.add, gradient, scratch, gradient),
        ]
    if first is not None:
        steps += [
            partial(np.sign, parameters, scratch),
            partial(np.multiply, scratch, first, scratch),
            partial(np.add, gradient, scratch, gradient),
        ]
    return steps
