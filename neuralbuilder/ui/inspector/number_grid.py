"""Small grids of numbers, side by side or one below the other: window, kernel, products."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontInfo,
    QFontMetricsF,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from neuralbuilder.insights.figure import Figure, HeatMap
from neuralbuilder.ui.theme import current, diverging
from neuralbuilder.ui.theme.roles import contrast
from neuralbuilder.ui.theme.theme import follow

GAP = 10
CAPTION, CELL = 16, 18
NARROWEST, WIDEST = 50, 62
"""The width of a cell with a number in it."""
MARGIN = 1
"""What stays free on both sides of a number."""
LARGEST_PIXEL = 8
"""The side of a cell without a number."""
SHADE = 0.45
"""How strong the colour of the largest number is, so that the number on it can be read."""


class NumberGrids(QWidget):
    """One row of a figure: heat maps with numbers in their cells, each under its caption.

    Maps without numbers, which are too large for them, are shown in colours alone.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = Figure()
        self.mark: tuple[int, int] | None = None
        follow(self._layout)

    def set_figure(self, figure: Figure, mark: tuple[int, int] | None = None) -> None:
        """Show these heat maps; `mark` is the row and column that stands out in all of them."""
        self.figure, self.mark = figure, mark
        self.setAccessibleName(f"{figure.title} {figure.note}".strip())
        self._layout()

    @property
    def maps(self) -> list[HeatMap]:
        """The grids, from the first to the last."""
        return [mark for mark in self.figure.marks if isinstance(mark, HeatMap)]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._layout()

    # ------------------------------------------------------------ places

    def _layout(self) -> None:
        places = self.places()
        height = max((int(rect.bottom()) + 1 for rect in places), default=0)
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
        self.update()

    def places(self) -> list[QRectF]:
        """Where the grids are, in pixels, each below its caption."""
        scale = current().text_scale
        caption, row = CAPTION * scale, CELL * scale
        title = caption if self.figure.title else 0.0
        sizes = [self._size(grid, row) for grid in self.maps]
        total = sum(width for width, _ in sizes) + GAP * (len(sizes) - 1)
        found, left, top = [], 0.0, title + caption
        for width, height in sizes:
            found.append(QRectF(left, top, width, height))
            if total <= self.width():
                left += width + GAP
            else:
                top += height + caption + GAP / 2
        return found

    def _size(self, grid: HeatMap, row: float) -> tuple[float, float]:
        width, height = round(grid.extent[1]), round(grid.extent[3])
        if not grid.texts:
            side = min(LARGEST_PIXEL, self.width() / width)
            return width * side, height * side
        share = self.width() / width
        usual = NARROWEST * current().text_scale
        wide = min(max(usual, 0.0), share)
        fits = len(self.maps) * (width * usual + GAP) - GAP <= self.width()
        if not fits:
            wide = min(WIDEST * current().text_scale, share)
        return width * wide, height * row

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        caption = CAPTION * theme.text_scale
        if self.figure.title:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text"))
            line = QRectF(0, 0, self.width(), caption)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, self.figure.title)
            painter.setFont(theme.font("mono_small"))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, self.figure.note)
        names = self.figure.x_axis.categories
        for index, (grid, place) in enumerate(zip(self.maps, self.places(), strict=True)):
            painter.setFont(theme.font("note"))
            painter.setPen(theme.color("muted"))
            above = QRectF(place.left(), place.top() - caption, self.width(), caption)
            name = names[index] if index < len(names) else ""
            painter.drawText(above, Qt.AlignmentFlag.AlignVCenter, name)
            self._paint_grid(painter, grid, place)
        painter.end()

    def _paint_grid(self, painter: QPainter, grid: HeatMap, place: QRectF) -> None:
        theme = current()
        height, width = grid.values.shape
        shade = SHADE if grid.texts else 1.0
        # Row 0 of a heat map is at the bottom, and its first row of texts as well.
        colours = diverging(shade * grid.values[::-1] / grid.limit)
        high, wide = place.height() / height, place.width() / width
        if grid.texts:
            painter.setFont(fitting(theme.font("mono_small"), grid, wide))
        else:
            painter.drawImage(place, image_of(colours))
        for i, j in np.ndindex(height, width) if grid.texts else ():
            cell = QRectF(place.left() + j * wide, place.top() + i * high, wide, high)
            colour = QColor(*map(int, colours[i, j]))
            painter.fillRect(cell, colour)
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawRect(cell)
            painter.setPen(text_on(colour))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, grid.texts[-1 - i][j])
        if self.mark is not None:
            # A large map is told with fewer pixels; its extent counts all of them.
            wide, high = place.width() / grid.extent[1], place.height() / grid.extent[3]
            i, j = self.mark
            painter.setPen(QPen(theme.color("warning"), 2))
            rect = QRectF(place.left() + j * wide, place.top() + i * high, wide, high)
            painter.drawRect(rect.adjusted(1, 1, -1, -1) if grid.texts else rect)


def fitting(font: QFont, grid: HeatMap, wide: float) -> QFont:
    """The letters, or smaller ones where the longest number is wider than its cell."""
    advance = QFontMetricsF(font).horizontalAdvance
    longest = max(1.0, *(advance(text) for row in grid.texts for text in row))
    if longest > wide - 2 * MARGIN:
        smaller = QFont(font)
        smaller.setPixelSize(
            max(1, int(QFontInfo(font).pixelSize() * (wide - 2 * MARGIN) / longest))
        )
        return smaller
    return font


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """Colours (rows, columns, 4) as a picture with a memory of its own."""
    height, width = pixels.shape[:2]
    form = QImage.Format.Format_RGBA8888
    return QImage(np.ascontiguousarray(pixels).tobytes(), width, height, 4 * width, form).copy()


def text_on(ground: QColor) -> QColor:
    """The colour of text or window, whichever can be read better on this ground."""
    theme = current()
    roles = ("text", "window" if theme.palette.is_dark else "panel")
    return theme.color(max(roles, key=lambda r: contrast(theme.palette.value(r), ground.name())))
