"""Small images side by side in a panel, with captions; a click tells which sample it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from neuralbuilder.insights.figure import Pictures
from neuralbuilder.ui.plots.painting import CENTRE, LEFT, RIGHT, draw_elided
from neuralbuilder.ui.theme import current, diverging
from neuralbuilder.ui.theme.theme import follow

GAP = 6.0
CAPTION = 13.0
LEGEND, BAR = 20.0, 7.0
SMALLEST, LARGEST = 26.0, 110.0
"""Pixels per side of an image; where not all fit at the smallest, the wheel shows the others."""
WHOLE = 0.8
BAR_WIDTH = 120.0
PART = " · "
"""Between the parts of a caption; the last ones are left out where there is no room."""
NOTHING = Pictures(np.zeros((0, 1, 1), np.uint8))


@dataclass(frozen=True)
class Places:
    """Where the images of a grid lie: columns, size of an image and of its cell, left edge."""

    columns: int = 1
    width: float = SMALLEST
    height: float = SMALLEST
    caption: float = 0.0
    left: float = 0.0

    def image(self, index: int) -> QRectF:
        """The place of an image, from the top left of the whole grid."""
        row, column = divmod(index, self.columns)
        return QRectF(
            self.left + column * (self.width + GAP), row * self.row_height, self.width, self.height
        )

    @property
    def row_height(self) -> float:
        """From one row to the next."""
        return self.height + self.caption + GAP


def arranged(mark: Pictures, width: float, height: float, ratio: float = 1.0) -> Places:
    """The largest images that fit into this room all together, or the smallest ones allowed."""
    count, rows, columns = mark.values.shape[:3]
    caption = CAPTION if mark.captions else 0.0
    best = Places()
    largest = 0.0
    for across in _numbers_of_columns(mark, count):
        down = math.ceil(count / across)
        room = (width + GAP) / across - GAP, (height + GAP) / down - GAP - caption
        scale = min(room[0] / columns, room[1] / rows, LARGEST / max(rows, columns))
        if scale > largest:
            largest, best = scale, Places(across)
    least = SMALLEST / max(rows, columns)
    across = best.columns
    if largest < least:
        largest = least
        unit = max(1, mark.columns)
        fitting = int((width + GAP) // (columns * least + GAP))
        across = max(1, min(count, fitting // unit * unit or fitting))
    # Whole pixels on the screen per pixel of the image, so that all look alike, unless that would
    # make the images much smaller.
    whole = math.floor(largest * ratio + 1e-6) / ratio
    scale = whole if whole >= WHOLE * largest else largest
    used = min(across, count) * (columns * scale + GAP) - GAP
    return Places(across, columns * scale, rows * scale, caption, max(0.0, (width - used) // 2))


def _numbers_of_columns(mark: Pictures, count: int) -> list[int]:
    unit = mark.columns
    if unit:
        return [unit * times for times in range(1, math.ceil(count / unit) + 1)]
    return list(range(1, count + 1))


class PictureGrid(QWidget):
    """Paints `Pictures`, each pixel as a square.

    `sample_chosen(row)` tells of a click or an arrow key where the images are samples.
    """

    sample_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = NOTHING
        self._images: list[QImage] = []
        self._places = Places()
        self._offset = 0
        self._chosen = -1
        self.setMinimumSize(40, 40)
        self.setAccessibleName("Images")
        follow(self._restyle)

    # ------------------------------------------------------------ reading

    @property
    def mark(self) -> Pictures:
        """What is shown."""
        return self._mark

    @property
    def hidden_rows(self) -> int:
        """How many rows of images there is no room for."""
        rows = math.ceil(len(self._images) / self._places.columns)
        return max(0, rows - self._fitting_rows())

    def _fitting_rows(self) -> int:
        return max(1, int((self._room().height() + GAP) // self._places.row_height))

    def place(self, index: int) -> QRectF:
        """Where an image is now."""
        shift = self._room().top() - self._offset * self._places.row_height
        return self._places.image(index).translated(0, shift)

    def index_at(self, point: QPointF) -> int | None:
        """The image at a point of the widget, its caption included."""
        below = self._places.caption
        for index, place in self.places():
            if place.adjusted(0, 0, 0, below).contains(point):
                return index
        return None

    def places(self) -> Iterator[tuple[int, QRectF]]:
        """The images in sight, and where they are."""
        room, below = self._room(), self._places.caption
        for index in range(len(self._images)):
            place = self.place(index)
            # One row is shown however low the panel is.
            first = index // self._places.columns == self._offset
            if place.top() >= 0 and (first or place.bottom() + below <= room.bottom() + 1):
                yield index, place

    # ------------------------------------------------------------ changing

    def set_mark(self, mark: Pictures) -> None:
        """Show other images."""
        self._mark = mark
        self._images = images_of(mark)
        selects = bool(mark.samples)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if selects else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if selects else Qt.CursorShape.ArrowCursor)
        self._arrange()

    def set_chosen(self, sample: int) -> None:
        """Frame the image of this sample."""
        if sample != self._chosen:
            self._chosen = sample
            self.update()

    def _arrange(self) -> None:
        if self._images:
            room = self._room()
            self._places = arranged(
                self._mark, room.width(), room.height(), self.devicePixelRatioF()
            )
            self._offset = min(self._offset, self.hidden_rows)
        self.update()

    def _room(self) -> QRectF:
        legend = LEGEND if self._mark.scale == "diverging" else 0.0
        return QRectF(0, 2, self.width(), max(1.0, self.height() - 2 - legend))

    @Slot()
    def _restyle(self) -> None:
        self._images = images_of(self._mark)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    # ------------------------------------------------------------ mouse and keyboard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the sample under the mouse."""
        index = self.index_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self._tell(index)
        else:
            super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Show other rows."""
        step = (event.angleDelta().y() < 0) - (event.angleDelta().y() > 0)
        self._offset = max(0, min(self._offset + step, self.hidden_rows))
        self.update()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys choose the neighbours."""
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._places.columns, Qt.Key.Key_Down: self._places.columns,
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        samples = self._mark.samples
        if step is None or not samples:
            super().keyPressEvent(event)
            return
        at = samples.index(self._chosen) + step if self._chosen in samples else 0
        at = max(0, min(at, len(samples) - 1))
        self._show_row_of(at)
        self._tell(at)

    def _show_row_of(self, index: int) -> None:
        """Bring the row of an image in sight."""
        row, fitting = index // self._places.columns, self._fitting_rows()
        self._offset = max(min(self._offset, row), row - fitting + 1)
        self.update()

    def _tell(self, index: int) -> None:
        if index < len(self._mark.samples):
            self.sample_chosen.emit(self._mark.samples[index])

    def event(self, event: QEvent) -> bool:
        """Tell more about the image under the mouse."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.hint_at(event.pos()), self)
            return True
        return super().event(event)

    def hint_at(self, point: QPoint) -> str:
        """What is said about the image at this point."""
        index = self.index_at(QPointF(point))
        hints = self._mark.hints
        return hints[index] if index is not None and index < len(hints) else ""

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows that fit, and the legend of a common scale."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for index, place in self.places():
            self._paint_image(painter, index, place)
        if self._mark.scale == "diverging" and self._images:
            self._paint_legend(painter)
        if self.hasFocus():
            self._paint_focus(painter)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keyboard is here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard is elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def _paint_focus(self, painter: QPainter) -> None:
        """A second frame around the chosen image, or around all where none of them is."""
        chosen = next((p for i, p in self.places() if self._is_chosen(i)), None)
        painter.setPen(QPen(current().color("text"), 1))
        room = (
            self._room().adjusted(0, -2, 0, 0) if chosen is None else chosen.adjusted(-2, -2, 2, 2)
        )
        painter.drawRect(room.adjusted(0.5, 0.5, -0.5, -0.5))

    def _is_chosen(self, index: int) -> bool:
        samples = self._mark.samples
        return index < len(samples) and samples[index] == self._chosen

    def _paint_image(self, painter: QPainter, index: int, place: QRectF) -> None:
        theme, mark = current(), self._mark
        painter.drawImage(place, self._images[index])
        chosen = self._is_chosen(index)
        painter.setPen(QPen(theme.color("accent" if chosen else "line"), 2 if chosen else 1))
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
        if index < len(mark.captions):
            painter.setFont(theme.font("note"))
            painter.setPen(theme.color("text" if chosen else "muted"))
            below = QRectF(place.left() - GAP / 2, place.bottom(), place.width() + GAP, CAPTION)
            metrics = QFontMetricsF(painter.font())
            parts = mark.captions[index].split(PART)
            while len(parts) > 1 and metrics.horizontalAdvance(PART.join(parts)) > below.width():
                parts.pop()
            draw_elided(painter, below, CENTRE, PART.join(parts))

    def _paint_legend(self, painter: QPainter) -> None:
        """A bar from the most negative to the most positive colour with its three numbers."""
        theme, limit = current(), self._mark.limit
        wide = min(BAR_WIDTH, self.width() / 3)
        bar = QRectF((self.width() - wide) / 2, self.height() - LEGEND + 8, wide, BAR)
        colours = np.ascontiguousarray(diverging(np.linspace(-1, 1, 65))[None])
        painter.drawImage(bar, _image(colours, QImage.Format.Format_RGBA8888))
        painter.setFont(theme.font("mono_small"))
        painter.setPen(theme.color("muted"))
        left = QRectF(0, bar.top() - 4, bar.left() - 6, BAR + 8)
        right = QRectF(bar.right() + 6, bar.top() - 4, self.width() - bar.right() - 6, BAR + 8)
        painter.drawText(left, RIGHT, f"−{limit:g}")
        painter.drawText(right, LEFT, f"+{limit:g}")


def images_of(mark: Pictures) -> list[QImage]:
    """Every image in the colours of the theme, as many pixels as it has."""
    if mark.scale == "diverging":
        limit = mark.limit if mark.limit > 0 else 1.0
        colours = np.ascontiguousarray(diverging(np.asarray(mark.values, np.float64) / limit))
        return [_image(each, QImage.Format.Format_RGBA8888) for each in colours]
    in_colours = mark.values.ndim == 4
    kind = QImage.Format.Format_RGB888 if in_colours else QImage.Format.Format_Grayscale8
    return [_image(each, kind) for each in np.ascontiguousarray(mark.values, np.uint8)]


def _image(pixels: np.ndarray, kind: QImage.Format) -> QImage:
    height, width = pixels.shape[:2]
    # A copy, because the picture would not keep the array alive.
    return QImage(pixels.data, width, height, pixels.strides[0], kind).copy()
