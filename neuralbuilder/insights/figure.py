"""Figures as values: what an insight computes and a user interface paints.

Colours are never given, only roles ("accent", "positive", "muted" …), so that a figure follows
the theme of whoever paints it. All arrays are finite float64 unless stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Role = Literal["accent", "second", "positive", "negative", "zero", "muted", "good", "warning"]


@dataclass(frozen=True)
class Axis:
    """One axis: its label, whether it is logarithmic, and its range where it is fixed."""

    label: str = ""
    logarithmic: bool = False
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Line:
    """A curve through (x, y); gaps are NaN in `y`. `dotted` is a dashed curve of short dashes.

    The `role` of a curve that stands for a class is ``class 0``, ``class 1`` …, its colour.
    """

    name: str
    x: Values
    y: Values
    role: Role | str = "accent"
    dashed: bool = False
    dotted: bool = False


@dataclass(frozen=True, eq=False)
class Bars:
    """A histogram: `edges` has one value more than `heights`, which count from `base` upwards.

    `texts`, one per bar where given, are written into the tops of the bars.
    """

    name: str
    edges: Values
    heights: Values
    role: Role = "accent"
    base: float = 0.0
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class HeatMap:
    """`values` (rows, columns) over `extent` (left, right, bottom, top); row 0 is at the bottom.

    Diverging maps are centred on zero: `limit` is the magnitude shown in full colour. Where
    `classes` gives a class per cell, its colour is used, as strong as the value (0 to `limit`).
    `texts` are written into the cells of a small map. `samples` (rows, columns) says which sample
    of the data a click on a cell selects; −1 for none. `counts` (rows, columns) are whole numbers
    that the values are shares of. `shades` (rows, columns), from −1 to 1, are places on the
    diverging scale of colours, where the values do not say the colours themselves.
    """

    values: Values
    extent: tuple[float, float, float, float]
    scale: Literal["diverging", "sequential"] = "diverging"
    limit: float = 1.0
    classes: NDArray[np.intp] | None = None
    texts: tuple[tuple[str, ...], ...] = ()
    samples: NDArray[np.intp] | None = None
    counts: NDArray[np.intp] | None = None
    shades: Values | None = None


@dataclass(frozen=True, eq=False)
class Points:
    """A scatter; `classes` (an integer per point) picks colour and symbol where given.

    `values` (one per point) picks colours on the diverging scale of a heat map, where `limit` is
    the magnitude shown in full colour.
    """

    name: str
    x: Values
    y: Values
    role: Role = "accent"
    classes: NDArray[np.intp] | None = None
    class_names: tuple[str, ...] = ()
    hollow: bool = False
    values: Values | None = None
    limit: float = 1.0


@dataclass(frozen=True)
class Marker:
    """A vertical line with a short text, such as a change of the learning rate."""

    x: float
    text: str


@dataclass(frozen=True)
class Table:
    """Rows of already formatted cells.

    `samples` says which sample of the data a click on a row selects, where it has one per row.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    samples: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Pictures:
    """Small images of one size in a grid, the most important one first.

    `values` has the shape (images, height, width): uint8 from black to white where `scale` is
    "grey", or float32 where it is "diverging", with `limit` in full colour; a common legend shows
    that scale. Grey images may be (images, height, width, 3), red, green and blue. `captions`
    stand under the images, `hints` say more about each, and `samples` says which sample of the
    data a click selects; all three are empty or have one value per image. `columns` is how many
    belong side by side, 0 where that is of no importance.
    """

    values: NDArray[Any]
    captions: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    samples: tuple[int, ...] = ()
    scale: Literal["grey", "diverging"] = "grey"
    limit: float = 1.0
    columns: int = 0


@dataclass(frozen=True, eq=False)
class Arrays:
    """Named arrays for painters that draw something of their own, such as the canvas."""

    values: Mapping[str, NDArray[Any]]


Mark = Line | Bars | HeatMap | Points | Marker | Table | Pictures | Arrays


@dataclass(frozen=True, eq=False)
class Figure:
    """Everything a panel needs to draw: marks on two axes, or small figures in rows.

    `note` is the short muted text in the panel's corner; `message` replaces the picture when
    there is nothing to show yet and says why; `rows` are small multiples, one under the other.
    `growing` says that another look at the same weights will show more; `layers` are those that
    could be looked at as well, each by its id and what people call it. `details` hold the traceback
    where the view itself made a mistake, of which `message` tells.
    """

    title: str = ""
    note: str = ""
    message: str = ""
    x_axis: Axis = field(default_factory=Axis)
    y_axis: Axis = field(default_factory=Axis)
    marks: tuple[Mark, ...] = ()
    rows: tuple[Figure, ...] = ()
    growing: bool = False
    layers: tuple[tuple[str, str], ...] = ()
    details: str = ""
