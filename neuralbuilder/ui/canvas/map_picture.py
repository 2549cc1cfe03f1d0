"""The cells of a feature map, large, to point at and to click."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralbuilder.ui.canvas.fills import picture_of
from neuralbuilder.ui.canvas.map_colours import Scale
from neuralbuilder.ui.theme import current, opaque
from neuralbuilder.ui.theme.colormaps import RGBA
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.numbers import compact

SIDE = 384
"""Pixels of the longer side to begin with."""
LEAST = 200
"""Pixels that the longer side is never made shorter than."""
THINNEST = 16
"""Pixels of the shorter side of a map that is one long line."""
LEAST_OUTLINE = 7.0
"""Pixels, so that one cell of very many is found."""
ROOM_FOR_NUMBER = 30
"""Pixels of a cell from which on its number stands in it."""

Place = tuple[int, int]
"""Row and column of what is shown."""


class MapPicture(QWidget):
    """The cells of a map in colours, with numbers where they are large enough.

    It grows with its window. `pointed` carries the place under the pointer, or None; `clicked`
    the place that was clicked.
    """

    pointed = Signal(object)
    clicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: NDArray[Any] = np.zeros((1, 1))
        self.chosen: Place | None = None
        self.under: Place | None = None
        self._scale: Scale | None = None
        self._image = QImage()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Feature map")
        follow(self._colour)

    # ------------------------------------------------------------ what is shown

    def show_values(self, values: NDArray[Any], scale: Scale | None) -> None:
        """Show this map (rows, columns) in these colours; without, a picture (rows, columns, 3)."""
        other = values.shape[:2] != self.values.shape[:2]
        self.values, self._scale = values, scale
        if other:
            self.updateGeometry()
        self._colour()

    def outline(self, chosen: Place | None, under: Place | None) -> None:
        """Outline the cell that people look at, and more finely the one under the pointer."""
        if (chosen, under) != (self.chosen, self.under):
            self.chosen, self.under = chosen, under
            self.update()

    def colours(self) -> RGBA:
        """The colours of the cells (rows, columns, 4)."""
        return opaque(self.values) if self._scale is None else self._scale.colours(self.values)

    def has_numbers(self) -> bool:
        """Whether the cells have one number each and are large enough for it."""
        cell = self.cell_rect((0, 0))
        return self.values.ndim == 2 and min(cell.width(), cell.height()) >= ROOM_FOR_NUMBER

    def map_rect(self) -> QRectF:
        """Where the map is: in the middle, as large as there is room."""
        rows, columns = self.values.shape[:2]
        scale = min(self.width() / columns, self.height() / rows)
        wide = min(max(columns * scale, THINNEST), self.width())
        high = min(max(rows * scale, THINNEST), self.height())
        return QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high)

    def cell_rect(self, place: Place) -> QRectF:
        """Where one cell is."""
        rows, columns = self.values.shape[:2]
        whole = self.map_rect()
        wide, high = whole.width() / columns, whole.height() / rows
        return QRectF(whole.left() + place[1] * wide, whole.top() + place[0] * high, wide, high)

    def place_at(self, point: QPointF) -> Place | None:
        """The cell at a point of the widget."""
        rows, columns = self.values.shape[:2]
        whole = self.map_rect()
        if not whole.contains(point):
            return None
        row = int((point.y() - whole.top()) / whole.height() * rows)
        column = int((point.x() - whole.left()) / whole.width() * columns)
        return min(row, rows - 1), min(column, columns - 1)

    def sizeHint(self) -> QSize:
        return self._sized(SIDE)

    def minimumSizeHint(self) -> QSize:
        return self._sized(LEAST)

    def _sized(self, side: int) -> QSize:
        rows, columns = self.values.shape[:2]
        scale = side / max(rows, columns)
        return QSize(max(round(columns * scale), THINNEST), max(round(rows * scale), THINNEST))

    # ------------------------------------------------------------ painting

    def _colour(self) -> None:
        self._image = picture_of(self.colours())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter = QPainter(self)
        whole = self.map_rect()
        painter.drawImage(whole, self._image)
        if self.has_numbers():
            self._paint_numbers(painter)
        painter.setPen(QPen(current().color("line"), 1))
        painter.drawRect(whole.adjusted(0.5, 0.5, -0.5, -0.5))
        for place, width in ((self.under, 1.0), (self.chosen, 2.0)):
            if place is not None and self._has(place):
                self._paint_outline(painter, self.cell_rect(place), width)
        painter.end()

    def _has(self, place: Place) -> bool:
        rows, columns = self.values.shape[:2]
        return place[0] < rows and place[1] < columns

    def _paint_outline(self, painter: QPainter, rect: QRectF, width: float) -> None:
        wide = max(0.0, LEAST_OUTLINE - rect.width()) / 2
        high = max(0.0, LEAST_OUTLINE - rect.height()) / 2
        inside = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        seen = rect.adjusted(-wide, -high, wide, high) & inside
        for colour, pixels in (("canvas", width + 2.0), ("warning", width)):
            painter.setPen(_pen(current().color(colour), pixels))
            painter.drawRect(seen)

    def _paint_numbers(self, painter: QPainter) -> None:
        rows, columns = self.values.shape
        painter.setFont(current().font("mono_small"))
        for row in range(rows):
            for column in range(columns):
                light = self._image.pixelColor(column, row).lightnessF() > 0.55
                painter.setPen(Qt.GlobalColor.black if light else Qt.GlobalColor.white)
                text = compact(float(self.values[row, column]), 2)
                painter.drawText(self.cell_rect((row, column)), Qt.AlignmentFlag.AlignCenter, text)

    # ------------------------------------------------------------ mouse

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self.place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.clicked.emit(place)


def _pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen
