"""A heat map inside the axes: made once, given new values afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from neuralbuilder.insights.figure import HeatMap
from neuralbuilder.ui.plots import heat
from neuralbuilder.ui.plots.values import LARGEST

CLICK = "A click on a cell shows its samples; so does Enter, and Tab and the arrow keys lead there."
SMOOTH_FROM = 16
"""Maps with so many cells per side are drawn without visible cells."""


class Map(pg.ImageItem):
    """The cells of a map in the colours of the theme."""

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major")
        self._smooth = False

    def set_mark(self, mark: HeatMap | None) -> None:
        """Show other values, or nothing."""
        if mark is None or not mark.values.size:
            self.setVisible(False)
            return
        self.setToolTip(CLICK if mark.samples is not None else "")
        self._smooth = min(mark.values.shape) >= SMOOTH_FROM and not mark.texts
        self.setImage(heat.colours(mark), autoLevels=False, levels=None)
        left, right, bottom, top = (float(end) for end in np.clip(mark.extent, -LARGEST, LARGEST))
        self.setRect(QRectF(left, bottom, right - left, top - bottom))
        self.setVisible(True)

    def paint(self, painter: QPainter, *args: Any) -> None:
        """Draw the cells."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth)
        super().paint(painter, *args)
