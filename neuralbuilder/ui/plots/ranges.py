"""The range of the axes of a figure. No Qt here."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from neuralbuilder.insights.figure import Axis, Bars, Figure, HeatMap, Line, Points, Values
from neuralbuilder.ui.plots.values import scaled

Range = tuple[float, float]
SQUARE = 2.5
"""A map whose sides differ by more than this factor fills its panel instead of keeping shape."""


def x_range(figure: Figure) -> Range:
    """The range of the horizontal axis in places: fixed where the axis says so, else the data's."""
    return _range(figure.x_axis, _x_parts(figure))


def y_range(figure: Figure) -> Range:
    """The range of the vertical axis, as `x_range`."""
    return _range(figure.y_axis, _y_parts(figure))


def is_fixed(axis: Axis) -> bool:
    """Whether the figure says exactly which range is shown."""
    return axis.minimum is not None and axis.maximum is not None


def proportion(figure: Figure) -> float | None:
    """Width by height that the picture keeps, or None where it fills its panel.

    Maps keep their shape, and so does a plot of the same quantity on both axes.
    """
    heat = next((mark for mark in figure.marks if isinstance(mark, HeatMap)), None)
    if heat is not None:
        left, right, bottom, top = heat.extent
        ratio = abs(right - left) / max(abs(top - bottom), 1e-30)
        return ratio if 1 / SQUARE <= ratio <= SQUARE else None
    x, y = figure.x_axis, figure.y_axis
    alike = is_fixed(x) and (x.minimum, x.maximum) == (y.minimum, y.maximum)
    # A curve over a histogram shows z across and f(z) upwards, whatever their ranges.
    counts = any(isinstance(mark, Bars) for mark in figure.marks)
    return 1.0 if alike and not counts else None


def _range(axis: Axis, parts: Iterable[Values]) -> Range:
    if is_fixed(axis) and not axis.logarithmic:  # a logarithmic one may not reach a fixed end
        return _fixed(axis, None)
    return _fixed(axis, _ends(scaled(part, axis.logarithmic) for part in parts))


def _x_parts(figure: Figure) -> Iterable[Values]:
    for mark in figure.marks:
        if isinstance(mark, Line | Points):
            yield mark.x
        elif isinstance(mark, Bars):
            yield mark.edges
        elif isinstance(mark, HeatMap):
            yield np.array(mark.extent[:2])


def _y_parts(figure: Figure) -> Iterable[Values]:
    for mark in figure.marks:
        if isinstance(mark, Line | Points):
            yield mark.y
        elif isinstance(mark, Bars):
            heights = np.asarray(mark.heights, dtype=np.float64)
            yield np.append(mark.base + heights, mark.base)
        elif isinstance(mark, HeatMap):
            yield np.array(mark.extent[2:])


def _ends(parts: Iterable[Values]) -> Range | None:
    known = [part[np.isfinite(part)] for part in parts]
    known = [part for part in known if len(part)]
    if not known:
        return None
    return min(float(part.min()) for part in known), max(float(part.max()) for part in known)


def _fixed(axis: Axis, found: Range | None) -> Range:
    low, high = found or ((-2.0, 0.0) if axis.logarithmic else (0.0, 1.0))
    low, high = _end(axis, axis.minimum, low), _end(axis, axis.maximum, high)
    return (low, high) if low <= high else (high, low)


def _end(axis: Axis, fixed: float | None, found: float) -> float:
    if fixed is None:
        return found
    place = float(scaled(fixed, axis.logarithmic)[0])
    return place if np.isfinite(place) else found
