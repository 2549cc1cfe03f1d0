"""The line that leads around layers: round corners, and an arrow head where it ends."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF

from neuralbuilder.ui.canvas.look import look

WIDTH, CORNER, ARROW = 2.0, 12.0, 6.0

Corners = tuple[QPointF, ...]


def paint(painter: QPainter, corners: Corners, highlighted: bool) -> None:
    """Paint the line, stressed as when a layer would be inserted there."""
    pen = QPen(look().accent if highlighted else look().detour, WIDTH)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPath(_rounded(corners))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pen.color())
    painter.drawPolygon(_arrow(corners))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def area(corners: Corners, width: float) -> QPainterPath:
    """The area within half a width of the line."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    return stroker.createStroke(_rounded(corners))


def _rounded(corners: Corners) -> QPainterPath:
    """A line through these corners, which it cuts with a curve."""
    path = QPainterPath(corners[0])
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        path.lineTo(_towards(corner, before))
        path.quadTo(corner, _towards(corner, after))
    path.lineTo(corners[-1])
    return path


def _towards(corner: QPointF, other: QPointF) -> QPointF:
    """A point near a corner, on the way to the next one."""
    way = QLineF(corner, other)
    share = min(CORNER, way.length() / 2) / max(way.length(), 1e-9)
    return way.pointAt(share)


def _arrow(corners: Corners) -> QPolygonF:
    """The head of an arrow at the last corner."""
    way = QLineF(corners[-1], corners[-2])
    way.setLength(1.6 * ARROW)
    side = QPointF(-way.dy(), way.dx()) * (ARROW / 2 / max(way.length(), 1e-9))
    return QPolygonF([corners[-1], way.p2() + side, way.p2() - side])
