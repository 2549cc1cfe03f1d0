"""All links between two layers, painted by one item, with their caption."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from neuralbuilder.project.model import Link
from neuralbuilder.ui.canvas import detours
from neuralbuilder.ui.canvas.link_geometry import (
    BIAS_ROW,
    Curves,
    Floats,
    Weights,
    nearest,
    no_curves,
)
from neuralbuilder.ui.canvas.link_groups import LinkGroups, add_cubic, grouped, link_pen
from neuralbuilder.ui.canvas.look import (
    LEVELS,
    UNKNOWN,
    guarded,
    look,
    strengths,
    strengths_among,
    usual_weight,
    width_of_link,
)

REACH = 7.0
"""How near the pointer must be to a link, in canvas units."""
CURVES_ABOVE = 0.4
"""Zoom below which links are straight hair lines: their bends are smaller than what can be seen."""
MARGIN = 8.0
MOST_TINY = 60
"""At most so many hair lines of a bundle are drawn, the strongest."""
MANY = 48
"""From so many links on they are drawn thinner."""

Matrix = NDArray[Any]
Ribbon = tuple[QPointF, ...]


class LinksItem(QGraphicsItem):
    """The bundle of links from one layer to the next, and from the bias neuron.

    Colour is the sign and width and opacity the size of a weight. Links of equal look are one
    path, made anew only when a weight has changed its look. A ribbon (four corners) stands for
    the links of a layer that is drawn as a block, and another one for those of its bias neuron.
    A detour (corners of a line) stands for links that lead around other layers.
    """

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.setZValue(-2)
        self.curves = no_curves()
        self.ribbons: tuple[Ribbon, ...] = ()
        self.detour: Ribbon = ()
        self.chosen = False
        """Whether these are the strongest links out of many more."""
        self.maps: tuple[int, ...] = ()
        """The feature map that each ribbon comes from, where there are several."""
        self.highlighted = False
        self.hovered = -1
        self._lines: Floats | None = None
        self._weights: Matrix = np.full(0, np.nan)
        self._levels: NDArray[np.int8] = np.zeros(0, np.int8)
        self._absent: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._sizes = (1, 1)
        self._groups: LinkGroups | None = None
        self._straight: list[tuple[int, list[QLineF]]] | None = None
        self._cubics: list[list[float]] = []
        self._bounds = QRectF()

    # ------------------------------------------------------------ what is drawn

    def set_geometry(
        self,
        curves: Curves,
        ribbons: tuple[Ribbon, ...],
        sizes: tuple[int, int],
        detour: Ribbon = (),
    ) -> None:
        """Draw these curves from now on; `sizes` are all inputs and outputs of the layer."""
        same_links = np.array_equal(curves.rows, self.curves.rows) and np.array_equal(
            curves.units, self.curves.units
        )
        moved = not np.array_equal(curves.starts, self.curves.starts) or not np.array_equal(
            curves.ends, self.curves.ends
        )
        same_links = same_links and curves.weighted == self.curves.weighted
        areas, others = (ribbons, sizes, detour), (self.ribbons, self._sizes, self.detour)
        if same_links and not moved and areas == others:
            return
        self.prepareGeometryChange()
        self.curves, self.ribbons, self._sizes, self.detour = curves, ribbons, sizes, detour
        self._lines = None
        cubics = np.hstack([curves.starts, *curves.controls(), curves.ends])
        self._cubics = cubics.tolist()
        self._bounds = self._measure(cubics)
        if not same_links:
            self.hovered = -1
            self._weights = np.full(len(curves), np.nan)
            self._levels = np.full(len(curves), UNKNOWN, np.int8)
            self._absent = np.zeros(len(curves), np.bool_)
        self._looks_changed()

    @property
    def _polylines(self) -> Floats:
        """Points along the curves, which only pointing needs."""
        if self._lines is None:
            self._lines = self.curves.polylines()
        return self._lines

    def set_weights(
        self, weights: Weights | None, biases: Matrix | None, leaves_out_zero: bool = False
    ) -> None:
        """Show other weights: those of W, and b (outputs,); None where not known.

        A weight of 0 is a pale link; where these are gradients it can be left out, because then
        nothing comes back on it.
        """
        values = self._pick(weights, biases)
        self._weights = values
        if self.chosen:
            levels = strengths_among(values)
        else:
            levels = strengths(values, usual_weight(*self._sizes))
        levels[np.isnan(values)] = UNKNOWN
        absent = (values == 0) & leaves_out_zero
        if not np.array_equal(levels, self._levels) or not np.array_equal(absent, self._absent):
            self._levels, self._absent = levels, absent
            self._looks_changed()

    def _pick(self, weights: Weights | None, biases: Matrix | None) -> Matrix:
        rows, units = self.curves.rows, self.curves.units
        values = np.full(len(rows), np.nan)
        from_bias = rows == BIAS_ROW
        if weights is not None and self.curves.weighted:
            values[~from_bias] = weights.at(rows[~from_bias], units[~from_bias])
        if biases is not None and from_bias.any() and units.max() < len(biases):
            values[from_bias] = biases[units[from_bias]]
        return values

    def weight(self, index: int) -> float | None:
        """The weight of a drawn link as last told; None before that."""
        value = float(self._weights[index])
        return None if np.isnan(value) else value

    # ------------------------------------------------------------ hovering

    def nearest(self, point: QPointF) -> tuple[int, float]:
        """The drawn link with a weight that is next to a point, and how far it is."""
        weights = self._with_weights()
        if not self._bounds.contains(point) or not len(weights):
            return -1, float("inf")
        lines = self._polylines
        if len(weights) < len(lines):
            lines = lines[weights]
        index, distance = nearest(lines, point.x(), point.y())
        return int(weights[index]), distance

    def covers(self, point: QPointF) -> bool:
        """Whether the point is on or between the links, as when a layer is dropped on them."""
        filled = Qt.FillRule.OddEvenFill
        if any(QPolygonF(ribbon).containsPoint(point, filled) for ribbon in self.ribbons):
            return True
        if self.detour and detours.area(self.detour, 2 * REACH).contains(point):
            return True
        weights = self.curves.rows != BIAS_ROW
        if not weights.any() or not self._bounds.contains(point):
            return False
        lines = self._polylines[weights]
        xs = lines[0, :, 0]
        column = int(np.abs(xs - point.x()).argmin())
        heights = lines[:, column, 1]
        inside = xs.min() + 12 < point.x() < xs.max() - 12
        return bool(inside and heights.min() - 14 <= point.y() <= heights.max() + 14)

    def middle(self, index: int) -> QPointF:
        """The point half way along a drawn link."""
        x, y = self._polylines[index, len(self._polylines[index]) // 2]
        return QPointF(float(x), float(y))

    def set_hovered(self, index: int) -> None:
        """Stress one link, or none for −1."""
        if index != self.hovered:
            self.hovered = index
            self.update()

    @property
    def is_kept(self) -> bool:
        """Whether there is a picture of the links."""
        return self.cacheMode() == self.CacheMode.DeviceCoordinateCache

    def set_kept(self, kept: bool) -> None:
        """Keep a picture of the links for as long as what lies over them changes more often."""
        if kept != self.is_kept:  # setting it, even to the same, throws the picture away
            mode = self.CacheMode.DeviceCoordinateCache if kept else self.CacheMode.NoCache
            self.setCacheMode(mode)
            self.update()

    def set_highlighted(self, highlighted: bool) -> None:
        """Stress the whole bundle, as when a layer would be inserted here."""
        if highlighted != self.highlighted:
            self.highlighted = highlighted
            self.update()

    # ------------------------------------------------------------ painting

    def boundingRect(self) -> QRectF:
        return self._bounds

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        if self.ribbons:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look().accent if self.highlighted else look().ribbon)
            painter.setOpacity(0.4 if self.highlighted else 1.0)
            for number, ribbon in enumerate(self.ribbons):
                if number < len(self.maps) and not self.highlighted:
                    painter.setBrush(look().of_map(self.maps[number], 0.09))
                painter.drawPath(_ribbon_path(ribbon))
            painter.setOpacity(1.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.detour:
            detours.paint(painter, self.detour, self.highlighted)
        if zoom < CURVES_ABOVE:
            self._paint_straight(painter)
        else:
            self._gathered().paint(painter, zoom, self._are_many() and not self.chosen)
        if self.highlighted:
            self._gathered().paint_highlight(painter)
        if 0 <= self.hovered < len(self.curves):
            self._paint_hovered(painter)

    def _paint_straight(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._straight is None:
            self._straight = self._straight_lines()
        for level, lines in self._straight:
            painter.setPen(link_pen(level, False))
            painter.drawLines(lines)

    def _paint_hovered(self, painter: QPainter) -> None:
        path = QPainterPath()
        add_cubic(path, self._cubics[self.hovered])
        painter.setPen(look().halo_pen)
        painter.drawPath(path)
        level = int(self._levels[self.hovered])
        pen = QPen(link_pen(level, bool(self.curves.rows[self.hovered] == BIAS_ROW)))
        pen.setCosmetic(False)
        pen.setWidthF(width_of_link(level, self._are_many()))
        painter.setPen(pen)
        painter.drawPath(path)

    # ------------------------------------------------------------ preparing

    def _measure(self, cubics: Floats) -> QRectF:
        # A curve stays between its ends and its control points.
        points = [cubics.reshape(-1, 2)] if len(self.curves) else []
        areas = (*self.ribbons, self.detour) if self.detour else self.ribbons
        points += [np.array([[p.x(), p.y()] for p in area]) for area in areas]
        if not points:
            return QRectF()
        every = np.concatenate(points)
        (left, top), (right, bottom) = every.min(axis=0), every.max(axis=0)
        return QRectF(left, top, right - left, bottom - top).adjusted(
            -MARGIN, -MARGIN, MARGIN, MARGIN
        )

    def _are_many(self) -> bool:
        return len(self.curves) > MANY

    def _looks_changed(self) -> None:
        """Paths and lines are made anew when they are painted: more may change until then."""
        self._groups = self._straight = None
        self.update()

    def _gathered(self) -> LinkGroups:
        if self._groups is None:
            dashed = self.curves.rows == BIAS_ROW
            self._groups = grouped(self._cubics, self._levels, dashed, self._absent)
        return self._groups

    def _with_weights(self) -> NDArray[np.intp]:
        """Which of the drawn links stand for a weight that can be told."""
        has_weight = self.curves.weighted | (self.curves.rows == BIAS_ROW)
        return np.flatnonzero(has_weight & ~self._absent)

    def _straight_lines(self) -> list[tuple[int, list[QLineF]]]:
        """What is drawn when the network is small: the strongest links in two colours."""
        drawn = np.zeros(len(self.curves), dtype=bool)
        drawn[np.argsort(-np.abs(np.nan_to_num(self._weights)), kind="stable")[:MOST_TINY]] = True
        found = []
        for sign in (0, -1, 1):
            chosen = (
                drawn
                & ~self._absent
                & (np.sign(np.where(self._levels == UNKNOWN, 0, self._levels)) == sign)
            )
            if chosen.any():
                level = UNKNOWN if sign == 0 else sign * LEVELS // 2
                found.append((level, _lines(self.curves, np.flatnonzero(chosen))))
        return found


def _lines(curves: Curves, chosen: NDArray[np.intp]) -> list[QLineF]:
    numbers = np.hstack([curves.starts[chosen], curves.ends[chosen]]).tolist()
    return [QLineF(*ends) for ends in numbers]


def _ribbon_path(corners: Ribbon) -> QPainterPath:
    """The area with these corners: upper left, upper right, lower right, lower left."""
    upper_left, upper_right, lower_right, lower_left = corners
    reach = QPointF((upper_right.x() - upper_left.x()) / 2, 0)
    path = QPainterPath(upper_left)
    path.cubicTo(upper_left + reach, upper_right - reach, upper_right)
    path.lineTo(lower_right)
    path.cubicTo(lower_right - reach, lower_left + reach, lower_left)
    path.closeSubpath()
    return path
