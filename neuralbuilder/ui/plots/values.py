"""Numbers made safe and few enough to paint, and the question whether a figure is new. No Qt."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralbuilder.insights.figure import Values

LARGEST = 1e30
"""Values beyond this are painted at it: pyqtgraph does not survive all larger ranges."""
MOST_POINTS = 5000
"""No curve and no cloud of points is painted with more."""


def safe(values: ArrayLike) -> Values:
    """Flat float64 within ±`LARGEST`; NaN stays NaN."""
    array = np.array(values, dtype=np.float64).ravel()
    return np.clip(array, -LARGEST, LARGEST, out=array)


def scaled(values: ArrayLike, logarithmic: bool) -> Values:
    """The values as places on an axis: log₁₀ on a logarithmic one, NaN where there is none."""
    array = safe(values)
    if not logarithmic:
        return array
    positive = array > 1 / LARGEST
    return np.where(positive, np.log10(array, where=positive, out=np.zeros_like(array)), np.nan)


def curve(x: ArrayLike, y: ArrayLike, limit: int = MOST_POINTS) -> tuple[Values, Values]:
    """A curve to paint: no NaN in x, gaps in y at NaN only, at most `limit` points.

    Both are places on an axis, see `scaled`. A curve without any place in y is empty.
    """
    x, y = _paired(np.asarray(x), np.asarray(y))
    known = np.isfinite(x)
    if not known.all():
        x, y = x[known], y[known]
    if not np.isfinite(y).any():
        return x[:0], y[:0]
    return _thinned(x, y, min(limit, MOST_POINTS))


def cloud(x: ArrayLike, y: ArrayLike, limit: int = MOST_POINTS) -> NDArray[np.intp]:
    """The indices of the points to paint: both places known, evenly thinned to `limit`."""
    x, y = _paired(np.asarray(x), np.asarray(y))
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(known) > limit:
        known = known[np.linspace(0, len(known) - 1, limit).astype(np.intp)]
    return known


def _paired(x: Values, y: Values) -> tuple[Values, Values]:
    shorter = min(len(x), len(y))
    return x[:shorter], y[:shorter]


def _thinned(x: Values, y: Values, limit: int) -> tuple[Values, Values]:
    """The lowest and the highest point of each stretch, with the first and last of all."""
    if len(x) <= limit:
        return x, y
    size = -(-(len(x) - 2) // max(1, limit // 2 - 1))
    order = np.arange(1, len(x) - 1)
    inner = np.append(order, np.full(-len(order) % size, order[-1])).reshape(-1, size)
    heights = y[inner]
    lowest = np.where(np.isnan(heights), np.inf, heights).argmin(axis=1)
    highest = np.where(np.isnan(heights), -np.inf, heights).argmax(axis=1)
    rows = np.arange(len(inner))
    ends = np.array([0, len(x) - 1])
    kept = different(np.concatenate([ends, inner[rows, lowest], inner[rows, highest]]))
    return x[kept], y[kept]


def different(values: NDArray[Any]) -> NDArray[Any]:
    """The different values among these, in rising order.

    `np.unique` loads a large module when it is called for the first time, in the middle of a frame.
    """
    ordered = np.sort(values, axis=None)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]


def same(first: Any, second: Any) -> bool:
    """Whether two figures, or parts of figures, show the same."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    if isinstance(first, np.ndarray):
        return _same_arrays(first, second)
    if isinstance(first, tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if dataclasses.is_dataclass(first):
        names = [field.name for field in dataclasses.fields(first)]
        return all(same(getattr(first, name), getattr(second, name)) for name in names)
    return bool(first == second)


def _same_arrays(first: NDArray[Any], second: NDArray[Any]) -> bool:
    if first.shape != second.shape:
        return False
    gaps = first.dtype.kind == "f" and second.dtype.kind == "f"
    return np.array_equal(first, second, equal_nan=gaps)
