"""What a column is painted of: blocks, dots for what is not drawn, bars of classes, buttons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from neuralbuilder.ui.canvas import fills
from neuralbuilder.ui.canvas.look import LEFT, Look
from neuralbuilder.ui.widgets.numbers import thousands

BUTTON_RADIUS = 8.0
TEXT_ABOVE = 0.45
"""Zoom below which numbers are too small to be read and are left out."""


def block(
    painter: QPainter, style: Look, rect: QRectF, radius: float, values: NDArray[Any] | None
) -> None:
    """A rectangle of stripes in the colours of these values, plain where there are none."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.raised)
    if values is not None:
        colours = fills.band_colours(values)
        for place, colour in zip(fills.bands(rect, len(colours)), colours, strict=True):
            painter.fillRect(place, QColor(*map(int, colour)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(style.line, 1.4))
    painter.drawRoundedRect(rect, radius, radius)


def probability(
    painter: QPainter,
    style: Look,
    at: QPointF,
    width: float,
    share: float | None,
    words: tuple[str, str],
) -> None:
    """The name of a class, its bar and its number, to the right of a point; in the set font."""
    name, number = words
    line = painter.font().pixelSize() + 3
    painter.setPen(style.text)
    painter.drawText(QRectF(at.x(), at.y() - 4 - line, width + 40, line), LEFT, name)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.line)
    painter.drawRoundedRect(QRectF(at.x(), at.y() - 2, width, 4), 2, 2)
    if share is None:
        return
    painter.setBrush(style.accent)
    filled = width * min(max(share, 0.0), 1.0)
    painter.drawRoundedRect(QRectF(at.x(), at.y() - 2, filled, 4), 2, 2)
    painter.setPen(style.muted)
    painter.drawText(QRectF(at.x(), at.y() + 4, width, line), LEFT, number)


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
