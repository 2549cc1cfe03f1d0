"""What a column is painted of: blocks, dots for what is not drawn, bars of classes, buttons."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from neuralbuilder.ui.canvas.look import LEFT, Look
from neuralbuilder.ui.widgets.numbers import thousands

BUTTON_RADIUS = 8.0
MAP_EDGE = 4.0
"""The width of the colour that tells feature maps apart."""
BAR_WIDTH, BAR_HEIGHT, THIN_BAR_HEIGHT = 96.0, 12.0, 6.0
TEXT_ABOVE = 0.45
"""Zoom below which numbers are too small to be read and are left out."""


def block(
    painter: QPainter, style: Look, rect: QRectF, radius: float, picture: QImage | None
) -> None:
    """A rectangle with the stripes of a picture, plain where there is none."""
    painter.setPen(QPen(style.line, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush if picture is not None else style.raised)
    if picture is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(rect, picture)
    painter.drawRoundedRect(rect, radius, radius)


def framed(
    painter: QPainter, style: Look, place: QRectF, picture: QImage | None, edge: QPen
) -> None:
    """A picture with its outline, plain where it is not known."""
    if picture is not None:  # much quicker than a rectangle filled with it
        painter.drawImage(place, picture)
    painter.setPen(edge)
    painter.setBrush(style.raised if picture is None else Qt.BrushStyle.NoBrush)
    painter.drawRect(place)


def stretches(painter: QPainter, style: Look, rect: QRectF, maps: int) -> None:
    """Along the left edge of a strip, which feature map each stretch of it has come from."""
    height = rect.height() / maps
    for index in range(maps):
        top = rect.top() + index * height
        painter.fillRect(QRectF(rect.left(), top, MAP_EDGE, height), style.of_map(index))
        if index:
            painter.fillRect(QRectF(rect.left(), top - 0.5, rect.width(), 1.0), style.ground)


def map_edge(painter: QPainter, style: Look, place: QRectF, index: int) -> None:
    """The same colour along the right edge of the feature map."""
    edge = QRectF(place.right() - MAP_EDGE + 1, place.top(), MAP_EDGE, place.height())
    painter.fillRect(edge, style.of_map(index))


def bar(painter: QPainter, style: Look, at: QPointF, share: float | None, thick: bool) -> None:
    """The bar of a probability to the right of a point."""
    height = BAR_HEIGHT if thick else THIN_BAR_HEIGHT
    ground = QRectF(at.x(), at.y() - height / 2, BAR_WIDTH, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.raised)
    painter.drawRoundedRect(ground, 3, 3)
    if share is not None:
        painter.setBrush(style.accent)
        filled = BAR_WIDTH * min(max(share, 0.0), 1.0)
        painter.drawRoundedRect(QRectF(at.x(), ground.top(), filled, height), 3, 3)


def silent(painter: QPainter, style: Look, centre: QPointF, radius: float) -> None:
    """A stroke through a neuron that never fires."""
    painter.setPen(QPen(style.warning, 2.0))
    slope = QPointF(0.7 * radius, -0.7 * radius)
    painter.drawLine(centre - slope, centre + slope)


def ellipsis(painter: QPainter, style: Look, offset: float, hidden: int, zoom: float) -> None:
    """Three dots for so many units that are not drawn."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.muted)
    for step in (-8, 0, 8):
        painter.drawEllipse(QPointF(0, offset + step), 1.8, 1.8)
    if zoom >= TEXT_ABOVE:
        painter.setPen(style.muted)
        painter.setFont(style.readable(style.value_font, zoom))
        painter.drawText(QRectF(10, offset - 7, 70, 14), LEFT, f"+{thousands(hidden)}")


def buttons(painter: QPainter, style: Look, places: Mapping[str, QPointF], hovered: str) -> None:
    """The buttons "add" and "remove"; the one under the pointer is stressed."""
    for name, centre in places.items():
        lit = name == hovered
        painter.setPen(QPen(style.accent if lit else style.line, 1.2))
        painter.setBrush(style.raised)
        painter.drawEllipse(centre, BUTTON_RADIUS, BUTTON_RADIUS)
        painter.setPen(QPen(style.accent if lit else style.text, 1.4))
        painter.drawLine(centre - QPointF(3.5, 0), centre + QPointF(3.5, 0))
        if name == "add":
            painter.drawLine(centre - QPointF(0, 3.5), centre + QPointF(0, 3.5))
