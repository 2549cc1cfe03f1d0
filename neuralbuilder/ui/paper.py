"""The paper of the pad: what the mouse draws on, in white on black or in colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow

SIDE, SHORTEST = 280, 70
"""Pixels of the longer side of the drawing, and of the other one at least."""
THINNEST, USUAL, WIDEST = 6, 22, 60
BLACK, WHITE = QColor(0, 0, 0), QColor(255, 255, 255)
COLOURS = {
    "Black": BLACK,
    "White": WHITE,
    "Red": QColor(214, 45, 45),
    "Orange": QColor(240, 145, 40),
    "Yellow": QColor(246, 221, 62),
    "Green": QColor(48, 156, 72),
    "Blue": QColor(55, 105, 215),
    "Brown": QColor(128, 84, 48),
}
SWATCH, SWATCH_GAP = 24, 6


class Paper(QWidget):
    """Where the mouse draws with a `pen` on a ground; `drawn` follows every stroke."""

    drawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pen_width, self.erases = USUAL, False
        self.pen, self.ground = WHITE, BLACK
        self._last = QPointF()
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Paper to draw on")
        self._cut(SIDE, SIDE)

    def set_form(self, height: int, width: int, ground: QColor, pen: QColor) -> None:
        """Take paper of these proportions and this colour where it is other than the present one,
        which loses what is drawn on it.
        """
        longest = max(height, width)
        sides = [max(SHORTEST, round(SIDE * side / longest)) for side in (height, width)]
        if sides != [self.height(), self.width()] or ground != self.ground:
            self.ground, self.pen = ground, pen
            self._cut(*sides)

    def _cut(self, height: int, width: int) -> None:
        self._image = QImage(width, height, QImage.Format.Format_RGB888)
        self._image.fill(self.ground)
        self.setFixedSize(width, height)
        self.update()

    def picture(self) -> NDArray[np.uint8]:
        """The drawing (rows, columns, 3): red, green and blue."""
        data = np.frombuffer(self._image.constBits(), np.uint8)
        rows = data.reshape(self._image.height(), self._image.bytesPerLine())
        return rows[:, : 3 * self._image.width()].reshape(self._image.height(), -1, 3).copy()

    def ink(self) -> NDArray[np.float64]:
        """A drawing in white on black (rows, columns), from 0 for the ground to 1 for ink."""
        return self.picture()[..., 0] / 255.0

    def clear(self) -> None:
        """Empty the paper."""
        self._image.fill(self.ground)
        self.update()
        self.drawn.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = event.position()
        self._stroke_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._stroke_to(event.position())

    def _stroke_to(self, point: QPointF) -> None:
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.ground if self.erases else self.pen, self.pen_width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        # A point has no length, and a line without length is not drawn.
        painter.drawLine(self._last, point + QPointF(0.1, 0.1))
        painter.end()
        self._last = point
        self.update()
        self.drawn.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(0, 0, self._image)
        painter.setPen(QPen(current().color("line"), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()


class Swatch(QAbstractButton):
    """One colour to draw with; the chosen one has a frame."""

    def __init__(self, name: str, colour: QColor, parent: QWidget) -> None:
        super().__init__(parent)
        self.colour = colour
        self.setCheckable(True)
        self.setFixedSize(SWATCH, SWATCH)
        self.setToolTip(name)
        self.setAccessibleName(name)
        follow(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        framed = self.isChecked() or self.hasFocus()
        painter.setPen(QPen(theme.color("accent" if framed else "line"), 2.4 if framed else 1.0))
        painter.setBrush(self.colour)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 4, 4)
        painter.end()


class ColourRow(QWidget):
    """The colours to draw with, side by side; `chosen` carries a `QColor`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SWATCH_GAP)
        self._group = QButtonGroup(self)
        self.swatches = {name: Swatch(name, colour, self) for name, colour in COLOURS.items()}
        for swatch in self.swatches.values():
            self._group.addButton(swatch)
            row.addWidget(swatch)
        row.addStretch(1)
        self._group.buttonClicked.connect(self._tell)

    def choose(self, colour: QColor) -> None:
        """Frame this colour, where it is one of them."""
        for swatch in self.swatches.values():
            if swatch.colour == colour:
                swatch.setChecked(True)

    @Slot(QAbstractButton)
    def _tell(self, button: QAbstractButton) -> None:
        if isinstance(button, Swatch):
            self.chosen.emit(button.colour)


def away_from(ground: QColor) -> QColor:
    """Black on a light ground, white on a dark one: what can be seen on it at once."""
    return BLACK if ground.lightnessF() > 0.5 else WHITE
