"""The ground of the canvas: a grid of dots, and what to do while it is empty."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from neuralbuilder.ui.canvas.look import CENTRED, look
from neuralbuilder.ui.theme import current

GRID = 24.0
CLOSEST = 14.0
"""Pixels between dots below which every second one is left out."""

HINT = ("Drag an Input here, or type", "R^4 -> 3 tanh -> R^2", "in the field above")


class Ground:
    """Paints the ground of a view, from a picture while the same part of the scene is seen.

    Dots are slow to draw, and while training the ground is seen again and again.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._picture: QPixmap | None = None

    def paint(self, painter: QPainter, rect: QRectF, seen: QRectF, view: QWidget) -> None:
        """Paint a part of the scene; `seen` is all that the view shows of it."""
        place = painter.worldTransform()
        sharpness = view.devicePixelRatioF()
        numbers = place.m11(), place.m22(), place.dx(), place.dy(), sharpness
        key = (*numbers, view.width(), view.height(), current().palette)
        if key != self._key:  # the first time, as while zooming, a picture would not be worth it
            self._key, self._picture = key, None
            paint(painter, rect, place.m11())
            return
        if self._picture is None:
            self._picture = QPixmap(view.size() * sharpness)
            self._picture.setDevicePixelRatio(sharpness)
            inside = QPainter(self._picture)
            inside.setTransform(place)
            paint(inside, seen, place.m11())
            inside.end()
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(0, 0, self._picture)
        painter.restore()


def paint(painter: QPainter, rect: QRectF, zoom: float) -> None:
    """Fill a rectangle of the scene and put dots on it."""
    smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(rect, current().color("canvas"))
    step = GRID
    while step * zoom < CLOSEST:
        step *= 2
    pen = QPen(look().dot, 1.0)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    left, top = math.floor(rect.left() / step), math.floor(rect.top() / step)
    right, bottom = math.ceil(rect.right() / step), math.ceil(rect.bottom() / step)
    painter.drawPoints(_dots(left, top, right, bottom, step))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)


@lru_cache(maxsize=8)
def _dots(left: int, top: int, right: int, bottom: int, step: float) -> QPolygonF:
    across = [column * step for column in range(left, right + 1)]
    return QPolygonF([QPointF(x, row * step) for row in range(top, bottom + 1) for x in across])


def paint_hint(painter: QPainter, seen: QRectF, zoom: float) -> None:
    """Say how to begin, in the middle of what is seen."""
    style = look()
    painter.save()
    painter.translate(seen.center())
    painter.scale(1 / zoom, 1 / zoom)
    painter.setPen(style.muted)
    for number, text in enumerate(HINT):
        painter.setFont(style.field_font if number == 1 else style.hint_font)
        painter.setPen(style.text if number == 1 else style.muted)
        place = QRectF(-300, (number - 1.5) * 24, 600, 24)
        painter.drawText(place, CENTRED, text)
    painter.restore()
