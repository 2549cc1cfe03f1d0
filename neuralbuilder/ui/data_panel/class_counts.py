"""How many samples each class has, as bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralbuilder.data.samples import Samples
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.numbers import thousands

BARS = 24
NAMES = 15
LISTED = 40
_NARROWEST = 3
_WIDEST = 28.0


class ClassCounts(QWidget):
    """One bar per class with its name below, where there is room; the tooltip has all numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._counts: NDArray[np.intp] = np.empty(0, np.intp)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Samples per class")
        follow(self.update)

    def set_samples(self, samples: Samples) -> None:
        """Count the classes of these samples, which are a classification."""
        self._names = samples.class_names
        self._counts = samples.y.sum(axis=0).astype(np.intp)
        pairs = zip(self._names, self._counts, strict=True)
        lines = [f"{name}: {thousands(int(count))}" for name, count in pairs]
        rest = len(lines) - LISTED
        self.setToolTip("\n".join(lines[:LISTED] + ([f"and {rest} more"] if rest > 0 else [])))
        self.update()

    def sizeHint(self) -> QSize:
        """Low bars with a line of names."""
        return QSize(180, BARS + NAMES)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bars from a common base line, and names that fit."""
        classes = len(self._counts)
        width = self.width() / max(1, classes)
        if not classes or width < _NARROWEST:
            return
        painter = QPainter(self)
        theme = current()
        painter.setFont(theme.font("note"))
        measure = painter.fontMetrics()
        largest = max(1, int(self._counts.max()))
        gap = min(4.0, width / 4)
        for index, (name, count) in enumerate(zip(self._names, self._counts, strict=True)):
            height = max(1.0, BARS * int(count) / largest)
            wide = min(_WIDEST, width - gap)
            bar = QRectF((index + 0.5) * width - wide / 2, BARS - height, wide, height)
            painter.fillRect(bar, theme.color("accent", 0.55))
            text = measure.elidedText(name, Qt.TextElideMode.ElideRight, int(width - 1))
            if len(text) > 1 or text == name:
                painter.setPen(theme.color("muted"))
                place = QRectF(index * width, BARS + 1, width, NAMES - 1)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
