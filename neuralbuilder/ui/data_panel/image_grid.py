"""Images of every class side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from neuralbuilder.data.samples import Samples
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.numbers import thousands

ROWS = 3
GAP = 4
_COLUMNS = (5, 6, 4)
_RANGE_OF_BYTES = 255


def pixels_of(samples: Samples, row: int) -> NDArray[np.uint8]:
    """One image as bytes (height, width) or, in colours, (height, width, 3)."""
    image = samples.x[row]
    if image.dtype != np.uint8:
        black, white = samples.pixel_range
        image = np.rint((image - black) * (_RANGE_OF_BYTES / ((white - black) or 1.0)))
    if len(image) < 3:
        return np.ascontiguousarray(image[0], np.uint8)
    return np.ascontiguousarray(np.moveaxis(image[:3], 0, -1), np.uint8)


def image_of(samples: Samples, row: int) -> QImage:
    """One sample as a picture of its own size."""
    pixels = pixels_of(samples, row)
    height, width = pixels.shape[:2]
    in_colours = pixels.ndim == 3
    kind = QImage.Format.Format_RGB888 if in_colours else QImage.Format.Format_Grayscale8
    # A copy, because the picture would not keep the array alive.
    return QImage(pixels.data, width, height, pixels.strides[0], kind).copy()


def by_class(samples: Samples) -> NDArray[np.intp]:
    """All rows: the first of every class, then the second of every class, and so on."""
    if samples.task != "classification":
        return np.arange(samples.count)
    labels = samples.labels
    together = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels, minlength=len(samples.class_names))
    starts = np.cumsum(sizes) - sizes
    rank = np.empty(samples.count, np.intp)
    rank[together] = np.arange(samples.count) - np.repeat(starts, sizes)
    return np.lexsort((labels, rank))


def columns_for(classes: int) -> int:
    """So many that the same class stands below itself where that can be had."""
    fitting = (n for n in _COLUMNS if classes and (n % classes == 0 or classes % n == 0))
    return next(fitting, _COLUMNS[0])


class ImageGrid(QWidget):
    """Some rows of images; a click, or the arrow keys, tell `sample_chosen(row)`.

    The page that is shown is the one with the chosen sample.
    """

    sample_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: Samples | None = None
        self._order: NDArray[np.intp] = np.empty(0, np.intp)
        self._position: NDArray[np.intp] = np.empty(0, np.intp)
        self._columns = _COLUMNS[0]
        self._first = 0
        self._chosen = 0
        self._images: list[QImage] = []
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Images by class")
        follow(self.update)

    def set_samples(self, samples: Samples) -> None:
        """Show these samples, which are images."""
        self._samples = samples
        self._order = by_class(samples)
        self._position = np.argsort(self._order)
        self._columns = columns_for(len(samples.class_names))
        self._first = -1
        self.set_chosen(self._chosen)
        self.updateGeometry()

    def set_chosen(self, row: int) -> None:
        """Mark the sample that the window looks at, and show its page."""
        self._chosen = row
        if self._samples is None:
            return
        page = self._columns * ROWS
        at = int(self._position[row]) if row < len(self._position) else 0
        first = at // page * page
        if first != self._first:
            self._first = first
            self._images = [image_of(self._samples, row) for row in self.rows()]
        self.update()

    def rows(self) -> list[int]:
        """The samples that are shown now, in reading order."""
        return [int(row) for row in self._order[self._first :][: self._columns * ROWS]]

    # ------------------------------------------------------------ geometry

    def sizeHint(self) -> QSize:
        """For a narrow panel."""
        return QSize(180, self.heightForWidth(180))

    def hasHeightForWidth(self) -> bool:
        """The tiles are square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As many rows as are filled."""
        filled = -(-len(self._order) // self._columns)
        rows = min(ROWS, max(1, filled))
        return round(rows * (self._side(width) + GAP) - GAP)

    def _side(self, width: float) -> float:
        return (width + GAP) / self._columns - GAP

    def tile(self, index: int) -> QRectF:
        """Where the image at this place of the page is drawn."""
        side = self._side(self.width())
        row, column = divmod(index, self._columns)
        return QRectF(column * (side + GAP), row * (side + GAP), side, side)

    def row_at(self, place: QPointF) -> int | None:
        """The sample under a point."""
        for index, row in enumerate(self.rows()):
            if self.tile(index).contains(place):
                return row
        return None

    # ------------------------------------------------------------ mouse and keyboard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the sample under the mouse."""
        row = self.row_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.sample_chosen.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys choose the neighbours, Page Up and Down those of the next page."""
        page = self._columns * ROWS
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns, Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page,
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None or not len(self._order):
            super().keyPressEvent(event)
            return
        at = int(self._position[self._chosen]) + step
        self.sample_chosen.emit(int(self._order[max(0, min(at, len(self._order) - 1))]))

    def event(self, event: QEvent) -> bool:
        """Tell number and class of the image under the mouse."""
        if isinstance(event, QHelpEvent):
            row = self.row_at(QPointF(event.pos()))
            text = "" if row is None or self._samples is None else described(self._samples, row)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the images of the page, and a frame around the chosen one."""
        painter = QPainter(self)
        theme = current()
        for index, (row, image) in enumerate(zip(self.rows(), self._images, strict=True)):
            tile = self.tile(index)
            painter.fillRect(tile, theme.color("canvas"))
            place = _within(tile, image)
            # Small images keep their pixels; large ones are made smaller without gaps.
            smooth = image.width() > place.width() * self.devicePixelRatioF()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(place, image)
            if row == self._chosen:
                painter.setPen(QPen(theme.color("accent"), 2))
                painter.drawRect(tile.adjusted(1, 1, -1, -1))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()


def described(samples: Samples, row: int) -> str:
    """`sample 17 · label 4`; samples are counted from 1."""
    number = f"sample {thousands(row + 1)}"
    if samples.task != "classification":
        return number
    return f"{number} · label {samples.class_names[int(samples.y[row].argmax())]}"


def _within(tile: QRectF, image: QImage) -> QRectF:
    """The largest rectangle of the image's proportions in the middle of the tile."""
    share = min(tile.width() / image.width(), tile.height() / image.height())
    place = QRectF(0, 0, image.width() * share, image.height() * share)
    place.moveCenter(tile.center())
    return place
