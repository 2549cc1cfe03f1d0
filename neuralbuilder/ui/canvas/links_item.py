"""All links between two layers, painted by one item, with their caption."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from neuralbuilder.project.model import Link
from neuralbuilder.ui.canvas.link_geometry import BIAS_ROW, Curves, nearest
from neuralbuilder.ui.canvas.look import guarded, look, strengths, usual_weight

REACH = 7.0
"""How near the pointer must be to a link, in canvas units."""
CURVES_ABOVE = 0.4
"""Zoom below which links are straight hair lines: their bends are smaller than what can be seen."""
MARGIN = 8.0
UNKNOWN = 127
"""The level of links whose weight is not known yet."""

Matrix = NDArray[Any]


class LinksItem(QGraphicsItem):
    """The bundle of links from one layer to the next, and from the bias neuron.

    Colour is the sign and width and opacity the size of a weight. Links of equal look are one
    path, made anew only when a weight has changed its look. A ribbon (four corners) stands for
    the links of a layer that is drawn as a block.
    """

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.setZValue(-2)
        self.curves = _no_curves()
        self.ribbon: tuple[QPointF, ...] = ()
        self.highlighted = False
        self.hovered = -1
        self._polylines = self.curves.polylines()
        self._weights: Matrix = np.full(0, np.nan)
        self._levels: NDArray[np.int8] = np.zeros(0, np.int8)
        self._sizes = (1, 1)
        self._groups: list[tuple[int, bool, QPainterPath]] = []
        self._lines: list[tuple[int, list[QLineF]]] = []
        self._bounds = QRectF()

    # ------------------------------------------------------------ what is drawn

    def set_geometry(
        self, curves: Curves, ribbon: tuple[QPointF, ...], sizes: tuple[int, int]
    ) -> None:
        """Draw these curves from now on; `sizes` are all inputs and outputs of the layer."""
        same_links = np.array_equal(curves.rows, self.curves.rows) and np.array_equal(
            curves.units, self.curves.units
        )
        moved = not np.array_equal(curves.starts, self.curves.starts) or not np.array_equal(
            curves.ends, self.curves.ends
        )
        if same_links and not moved and ribbon == self.ribbon and sizes == self._sizes:
            return
        self.prepareGeometryChange()
        self.curves, self.ribbon, self._sizes = curves, ribbon, sizes
        self._polylines = curves.polylines()
        self._bounds = self._measure()
        if not same_links:
            self.hovered = -1
            self._weights = np.full(len(curves), np.nan)
            self._levels = np.full(len(curves), UNKNOWN, np.int8)
        self._regroup()

    def set_weights(self, weights: Matrix | None, biases: Matrix | None) -> None:
        """Show other weights: W (inputs, outputs) and b (outputs,); None where not known."""
        values = self._pick(weights, biases)
        self._weights = values
        levels = strengths(values, usual_weight(*self._sizes))
        levels[np.isnan(values)] = UNKNOWN
        if not np.array_equal(levels, self._levels):
            self._levels = levels
            self._regroup()

    def _pick(self, weights: Matrix | None, biases: Matrix | None) -> Matrix:
        rows, units = self.curves.rows, self.curves.units
        values = np.full(len(rows), np.nan)
        from_bias = rows == BIAS_ROW
        if weights is not None and len(rows) and _holds(weights, rows, units):
            values[~from_bias] = weights[rows[~from_bias], units[~from_bias]]
        if biases is not None and from_bias.any() and units.max() < len(biases):
            values[from_bias] = biases[units[from_bias]]
        return values

    def weight(self, index: int) -> float | None:
        """The weight of a drawn link as last told; None before that."""
        value = float(self._weights[index])
        return None if np.isnan(value) else value

    # ------------------------------------------------------------ hovering

    def nearest(self, point: QPointF) -> tuple[int, float]:
        """The drawn link next to a point and how far it is."""
        if not self._bounds.contains(point):
            return -1, float("inf")
        return nearest(self._polylines, point.x(), point.y())

    def covers(self, point: QPointF) -> bool:
        """Whether the point is on or between the links, as when a layer is dropped on them."""
        if self.ribbon and QPolygonF(self.ribbon).containsPoint(point, Qt.FillRule.OddEvenFill):
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
        if self.ribbon:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look().accent if self.highlighted else look().ribbon)
            painter.setOpacity(0.4 if self.highlighted else 1.0)
            painter.drawPath(_ribbon_path(self.ribbon))
            painter.setOpacity(1.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if zoom < CURVES_ABOVE:
            self._paint_hair_lines(painter)
            return
        for level, dashed, path in self._groups:
            painter.setPen(_pen(level, dashed))
            painter.drawPath(path)
        if self.highlighted:
            self._paint_highlight(painter)
        if 0 <= self.hovered < len(self.curves):
            self._paint_hovered(painter)

    def _paint_hair_lines(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for level, lines in self._lines:
            pen = QPen(look().accent if self.highlighted else _pen(level, False).color(), 0)
            painter.setPen(pen)
            painter.drawLines(lines)

    def _paint_highlight(self, painter: QPainter) -> None:
        pen = QPen(look().accent, 1.6)
        for _, dashed, path in self._groups:
            if not dashed:
                painter.setPen(pen)
                painter.drawPath(path)

    def _paint_hovered(self, painter: QPainter) -> None:
        path = _path(self.curves, np.array([self.hovered]))
        painter.setPen(look().halo_pen)
        painter.drawPath(path)
        level = int(self._levels[self.hovered])
        painter.setPen(_pen(level, self.curves.rows[self.hovered] == BIAS_ROW))
        painter.drawPath(path)

    # ------------------------------------------------------------ preparing

    def _measure(self) -> QRectF:
        points = [self._polylines.reshape(-1, 2)] if len(self.curves) else []
        points += [np.array([[p.x(), p.y()] for p in self.ribbon])] if self.ribbon else []
        if not points:
            return QRectF()
        every = np.concatenate(points)
        (left, top), (right, bottom) = every.min(axis=0), every.max(axis=0)
        return QRectF(left, top, right - left, bottom - top).adjusted(
            -MARGIN, -MARGIN, MARGIN, MARGIN
        )

    def _regroup(self) -> None:
        """Put links of equal look into one path each, pale ones first."""
        from_bias = self.curves.rows == BIAS_ROW
        # UNKNOWN links are the palest; otherwise the strongest come on top.
        order = np.where(self._levels == UNKNOWN, -1, np.abs(self._levels))
        keys = sorted(
            {
                (int(o), int(level), bool(b))
                for o, level, b in zip(order, self._levels, from_bias, strict=True)
            }
        )
        self._groups, self._lines = [], []
        for _, level, dashed in keys:
            chosen = np.flatnonzero((self._levels == level) & (from_bias == dashed))
            self._groups.append((level, dashed, _path(self.curves, chosen)))
            self._lines.append((level, _straight(self.curves, chosen)))
        self.update()


def _no_curves() -> Curves:
    none, points = np.zeros(0, dtype=np.intp), np.zeros((0, 2))
    return Curves(none, none, points, points)


def _holds(weights: Matrix, rows: NDArray[np.intp], units: NDArray[np.intp]) -> bool:
    """Whether the matrix has these entries; just after an edit it may be the older one."""
    return bool(rows.max() < weights.shape[0] and units.max() < weights.shape[1])


def _pen(level: int, dashed: bool) -> QPen:
    if level == UNKNOWN:
        return look().unknown_dashes if dashed else look().unknown_pen
    return (look().dashed_pens if dashed else look().link_pens)[level]


def _path(curves: Curves, chosen: NDArray[np.intp]) -> QPainterPath:
    first, second = curves.controls()
    numbers = np.hstack(
        [curves.starts[chosen], first[chosen], second[chosen], curves.ends[chosen]]
    ).tolist()
    path = QPainterPath()
    for x0, y0, x1, y1, x2, y2, x3, y3 in numbers:
        path.moveTo(x0, y0)
        path.cubicTo(x1, y1, x2, y2, x3, y3)
    return path


def _straight(curves: Curves, chosen: NDArray[np.intp]) -> list[QLineF]:
    numbers = np.hstack([curves.starts[chosen], curves.ends[chosen]]).tolist()
    return [QLineF(*ends) for ends in numbers]


def _ribbon_path(corners: tuple[QPointF, ...]) -> QPainterPath:
    """The area with these corners: upper left, upper right, lower right, lower left."""
    upper_left, upper_right, lower_right, lower_left = corners
    reach = QPointF((upper_right.x() - upper_left.x()) / 2, 0)
    path = QPainterPath(upper_left)
    path.cubicTo(upper_left + reach, upper_right - reach, upper_right)
    path.lineTo(lower_right)
    path.cubicTo(lower_right - reach, lower_left + reach, lower_left)
    path.closeSubpath()
    return path
