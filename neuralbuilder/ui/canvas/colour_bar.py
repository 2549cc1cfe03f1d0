"""The colours of an enlarged map from the lowest to the highest value, with their numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralbuilder.ui.canvas.fills import picture_of
from neuralbuilder.ui.canvas.map_colours import Scale
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.numbers import real_minus

BAR = 10
"""Pixels that the strip of colours is high."""
TICK = 4
STEPS = 257


class ColourBar(QWidget):
    """A strip of colours with the numbers at its ends, and zero in the middle of a signed one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: Scale | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Colours")
        follow(self._theme_changed)

    @property
    def scale(self) -> Scale | None:
        """The colours that are shown."""
        return self._scale

    def set_scale(self, scale: Scale | None) -> None:
        """Show these colours; None, as for a picture in colour, hides the bar."""
        self._scale = scale
        self.setVisible(scale is not None)
        self.setAccessibleDescription(" to ".join(text for _, text in self.numbers()))
        self.update()

    def numbers(self) -> list[tuple[float, str]]:
        """The numbers along the bar, each with its place from 0 to 1."""
        if self._scale is None:
            return []
        low, high = self._scale.low, self._scale.high
        if low == high:
            return [(0.0, _written(low))]
        middle = [(0.5, "0")] if self._scale.signed else []
        return [(0.0, _written(low)), *middle, (1.0, _written(high))]

    def sizeHint(self) -> QSize:
        return QSize(120, BAR + TICK + self._text_height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _text_height(self) -> int:
        return round(QFontMetricsF(current().font("mono_small")).height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._scale is None:
            return
        painter, theme = QPainter(self), current()
        strip = QRectF(0, 0, self.width(), BAR)
        painter.drawImage(strip, self.image())
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawRect(strip.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setFont(theme.font("mono_small"))
        below = QRectF(0, BAR + TICK, self.width(), self._text_height())
        for place, text in self.numbers():
            x = min(max(place * self.width(), 0.5), self.width() - 0.5)
            painter.setPen(theme.color("zero"))
            painter.drawLine(QPointF(x, BAR), QPointF(x, BAR + TICK - 1))
            painter.setPen(theme.color("muted"))
            painter.drawText(below, _ALIGNED[place], text)
        painter.end()

    def image(self) -> QImage:
        """The colours from left to right, one pixel high."""
        assert self._scale is not None
        return picture_of(self._scale.ramp(np.linspace(0, 1, STEPS)[None]))

    def _theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


_ALIGNED = {
    0.0: Qt.AlignmentFlag.AlignLeft,
    0.5: Qt.AlignmentFlag.AlignHCenter,
    1.0: Qt.AlignmentFlag.AlignRight,
}


def _written(value: float) -> str:
    return real_minus(f"{value:.4g}")
