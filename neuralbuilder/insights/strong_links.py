"""Which weights of a large matrix are drawn: for every neuron the strongest of both signs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_CHOSEN = 120
"""How many links of a layer with very many are drawn."""
LASTING = 2
"""A link that is drawn stays while it is among so many times as many."""


def links_each(neurons: int, inputs: int) -> int:
    """How many links of either sign are drawn into each of so many neurons."""
    return min(max(1, MOST_CHOSEN // (2 * max(neurons, 1))), inputs)


def smallest(values: NDArray[Any], count: int) -> NDArray[np.intp]:
    """The rows of the smallest values of every column, from the smallest on, at most `count`."""
    if len(values) <= 2 * count:
        return np.argsort(values, axis=0, kind="stable")[:count]
    # Far fewer than all are sorted.
    rows = np.argpartition(values, count, axis=0)[:count]
    order = np.argsort(np.take_along_axis(values, rows, axis=0), axis=0, kind="stable")
    return np.take_along_axis(rows, order, axis=0)


def strong_rows(weights: NDArray[Any]) -> NDArray[np.intp]:
    """The rows of weights (inputs, neurons) that hold all links that may be drawn, in order."""
    count = LASTING * links_each(weights.shape[1], len(weights))
    values = np.nan_to_num(weights)
    return np.unique(np.concatenate([smallest(values, count), smallest(-values, count)]))
