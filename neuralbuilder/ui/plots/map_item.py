"""A heat map inside the axes: made once, given new values afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsSceneHoverEvent

from neuralbuilder.insights.figure import HeatMap
from neuralbuilder.ui.plots import heat
from neuralbuilder.ui.plots.values import LARGEST

CLICK = "A click on a cell shows its samples; so does Enter, and Tab and the arrow keys lead there."
SMOOTH_FROM = 16
"""Maps with so many cells per side are drawn without visible cells."""


class Map(pg.ImageItem):
    """The cells of a map in the colours of the theme; `words` say what a row and column hold."""

    def __init__(self, words: Callable[[int, int], str]) -> None:
        super().__init__(axisOrder="row-major")
        self._words = words
        self._chooses = False
        self._under: tuple[int, int] | None = None
        self.setAcceptHoverEvents(True)
        self._smooth = False

    def set_mark(self, mark: HeatMap | None) -> None:
        """Show other values, or nothing."""
        if mark is None or not mark.values.size:
            self.setVisible(False)
            return
        self._chooses = mark.samples is not None
        self._smooth = min(mark.values.shape) >= SMOOTH_FROM and not mark.texts
        self.setImage(heat.colours(mark), autoLevels=False, levels=None)
        left, right, bottom, top = (float(end) for end in np.clip(mark.extent, -LARGEST, LARGEST))
        self.setRect(QRectF(left, bottom, right - left, top - bottom))
        self.setVisible(True)
        self._tell()

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Let the tooltip say what the cell under the pointer holds, where cells are clicked."""
        self._under = int(event.pos().y()), int(event.pos().x())
        self._tell()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """The pointer is over no cell any more."""
        self._under = None

    def _tell(self) -> None:
        hint = CLICK if self._chooses else ""
        rows, columns = self.image.shape[:2]
        if self._chooses and self._under is not None:
            row, column = self._under
            if 0 <= row < rows and 0 <= column < columns:
                hint = f"{self._words(row, column)}\n{CLICK}"
        self.setToolTip(hint)

    def paint(self, painter: QPainter, *args: Any) -> None:
        """Draw the cells."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth)
        super().paint(painter, *args)
