"""What is drawn between two columns: curves for links, or areas where columns are blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from neuralbuilder.ui.canvas.layout import Column
from neuralbuilder.ui.canvas.link_geometry import Curves, join, pair, some
from neuralbuilder.ui.canvas.links_item import Ribbon


@dataclass(frozen=True)
class End:
    """A column as a link sees it: its middle, and the side (1: right, −1: left) it touches."""

    column: Column
    x: float
    middle: float
    side: int

    def points(self) -> tuple[tuple[int, ...], NDArray[np.float64]]:
        """The drawn units and where links touch them."""
        x = self.x + self.side * self.column.half_width
        points = np.array([[x, self.middle + offset] for offset in self.column.offsets])
        return self.column.indices, points.reshape(-1, 2)

    def places(self, units: NDArray[np.intp]) -> NDArray[np.float64]:
        """Where links touch these units, one point each."""
        column = self.column
        if column.strip:
            offsets = column.offset_of(units)
        else:
            offsets = np.asarray(column.offsets)[np.searchsorted(column.indices, units)]
        x = self.x + self.side * column.half_width
        return np.stack([np.full(len(units), x), self.middle + offsets], axis=1)

    def edge(self, first: float = 0.0, last: float = 1.0) -> tuple[QPointF, QPointF]:
        """The upper and lower end of the part of its height between two shares of it."""
        x = self.x + self.side * self.column.half_width
        height = 2 * self.column.half_height
        top = self.middle - self.column.half_height
        return QPointF(x, top + first * height), QPointF(x, top + last * height)


@dataclass(frozen=True)
class Values:
    """How values go from a source into a layer.

    As "weights" each link is one weight; "all" units feed all without a number of their own;
    "partners" belong together one by one, `shift` further on; "maps" go to one stretch each;
    an "area" says no more than that values flow.
    """

    kind: Literal["weights", "all", "partners", "maps", "area"]
    shift: int = 0


Bundle = tuple[Curves, tuple[Ribbon, ...]]


def links_between(
    source: End,
    target: End,
    values: Values,
    bias: tuple[float, float] | None,
    chosen: NDArray[np.intp] | None = None,
) -> Bundle:
    """The curves and areas between two columns, with those from a bias neuron where given.

    Of weights between a strip and neurons only the `chosen` (links, 2) are drawn, where given.
    """
    drawn = _draws_links(source.column) and _draws_links(target.column)
    if values.kind == "partners" and drawn:
        return pair(source.points(), target.points(), values.shift), ()
    if values.kind == "weights" and drawn and chosen is not None:
        starts, ends = source.places(chosen[:, 0]), target.places(chosen[:, 1])
        return some(chosen, starts, ends, target.points(), bias), ()
    if values.kind in ("weights", "all") and drawn:
        weighted = values.kind == "weights"
        return join(source.points(), target.points(), bias, weighted), ()
    ribbons = _areas(source, target, values)
    if target.column.block and ribbons and bias is not None:
        start = QPointF(*bias)
        ribbons += ((start, ribbons[0][1], ribbons[-1][2], start),)
    return only_bias(target, bias), ribbons


def only_bias(target: End, bias: tuple[float, float] | None) -> Curves:
    """The links from a bias neuron, where there is one."""
    return join(((), np.zeros((0, 2))), target.points(), bias, weighted=False)


def _draws_links(column: Column) -> bool:
    return column.strip or not column.block


def _areas(source: End, target: End, values: Values) -> tuple[Ribbon, ...]:
    """One area between the columns, or one from every drawn feature map to its stretch."""
    before, after = source.column, target.column
    if not before.units or not after.units:
        return ()
    if values.kind == "maps" and before.image is not None:
        half = before.image[1] / 2
        x = source.x + source.side * before.half_width
        tiles = zip(before.indices, before.offsets, strict=True)
        return tuple(
            _between(
                (QPointF(x, source.middle + y - half), QPointF(x, source.middle + y + half)),
                target.edge(index / before.units, (index + 1) / before.units),
            )
            for index, y in tiles
        )
    if values.kind == "partners":
        part = target.edge(
            values.shift / after.units, min(1.0, (values.shift + before.units) / after.units)
        )
        return (_between(source.edge(), part),)
    return (_between(source.edge(), target.edge()),)


def _between(left: tuple[QPointF, QPointF], right: tuple[QPointF, QPointF]) -> Ribbon:
    """Corners of an area: upper left, upper right, lower right, lower left."""
    return left[0], right[0], right[1], left[1]
