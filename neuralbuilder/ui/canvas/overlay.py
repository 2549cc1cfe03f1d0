"""What lies over the layers of the canvas and outlines parts of them, without taking the mouse."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsItem

MARGIN = 4.0
"""Room around the outlines, so that no pen is cut off."""


class Overlay(QGraphicsItem):
    """Hidden until there is something to outline; `height` says which overlay lies over which."""

    def __init__(self, height: float) -> None:
        super().__init__()
        self._bounds = QRectF()
        self.setZValue(height)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def show_around(self, rects: Iterable[QRectF], lines: Iterable[QLineF] = ()) -> None:
        """Be as large as these outlines and lines need it, and be seen."""
        bounds = QRectF()
        for rect in rects:
            bounds |= rect
        for line in lines:
            bounds |= QRectF(line.p1(), line.p2()).normalized()
        self.prepareGeometryChange()
        self._bounds = bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        self.show()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds


def outline_pen(colour: QColor, width: float, dashes: list[float] | None = None) -> QPen:
    """A pen of so many pixels of the screen, however the canvas is zoomed."""
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    if dashes is not None:
        pen.setDashPattern(dashes)
    return pen
