"""Where places on the axes lie on the screen, in pixels of the axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from neuralbuilder.insights.figure import Figure, Line, Points, Values
from neuralbuilder.ui.plots.ticks import Scale
from neuralbuilder.ui.plots.values import scaled

BLEED = 4.0
"""Pixels that curves and points may lie beyond the ends of the axes."""
FARTHEST = 1e5
"""Pixels; what lies farther outside is painted here, where nobody sees it."""


@dataclass(frozen=True)
class Frame:
    """The area of the picture, and the ranges and numbers of its axes."""

    area: QRectF
    x: Scale
    y: Scale

    def across(self, places: Values | float) -> Values:
        """Pixels from the left for places on the horizontal axis."""
        span = self.x.high - self.x.low or 1.0
        shares = (np.asarray(places) - self.x.low) / span
        return np.clip(self.area.left() + shares * self.area.width(), -FARTHEST, FARTHEST)

    def down(self, places: Values | float) -> Values:
        """Pixels from the top for places on the vertical axis."""
        span = self.y.high - self.y.low or 1.0
        shares = (np.asarray(places) - self.y.low) / span
        return np.clip(self.area.bottom() - shares * self.area.height(), -FARTHEST, FARTHEST)

    def with_bleed(self) -> QRectF:
        """The area, with room for half a line or point at its edges."""
        return self.area.adjusted(-BLEED, -BLEED, BLEED, BLEED)


def places(mark: Line | Points, figure: Figure) -> tuple[Values, Values]:
    """Where the points of a mark are on the axes of a figure."""
    x = scaled(mark.x, figure.x_axis.logarithmic)
    return x, scaled(mark.y, figure.y_axis.logarithmic)
