"""Curves, turned into paths of pixels once per figure and range.

pyqtgraph's own curve item lets Qt transform the path while it strokes, which takes several times
as long for dashed lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyqtgraph.functions import arrayToQPath
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPainterPath

from neuralbuilder.insights.figure import Figure, Line
from neuralbuilder.ui.plots.frame import Frame, places
from neuralbuilder.ui.plots.symbols import WIDTH, color_of, curve_pen, dashes
from neuralbuilder.ui.plots.values import curve

THIN = 1.0
ROUGH = 2.5
"""A curve that goes up and down so many times its width is drawn thin: easier to read, and Qt
strokes thin lines twenty times as fast."""

LONG = 150
"""Points from which on a wide curve is painted as several thin ones side by side."""
NUDGES = ((-0.4, -0.4), (0.4, -0.4), (-0.4, 0.4), (0.4, 0.4))


@dataclass(frozen=True, eq=False)
class Curve:
    """A path in pixels, or a single point."""

    role: str
    dashed: bool
    width: float
    path: QPainterPath
    lone: QPointF | None = None
    dotted: bool = False


def curves(figure: Figure, frame: Frame) -> list[Curve]:
    """The curves of a figure, as many points each as there are columns of pixels."""
    result = []
    width = max(200, int(frame.area.width()))
    for mark in figure.marks:
        if isinstance(mark, Line):
            x, y = curve(*places(mark, figure), width)
            if len(x):
                result.append(_curve(mark, frame.across(x), frame.down(y)))
    return result


def _curve(mark: Line, x: np.ndarray, y: np.ndarray) -> Curve:
    known = np.flatnonzero(np.isfinite(y))
    if len(known) == 1:
        at = known[0]
        lone = QPointF(float(x[at]), float(y[at]))
        return Curve(mark.role, mark.dashed, WIDTH, QPainterPath(), lone)
    way = float(np.nansum(np.abs(np.diff(y))))
    width = WIDTH if way < ROUGH * max(x[-1] - x[0], 100.0) else THIN
    dashed = mark.dashed
    if dashed and width == THIN:
        # Dashes along the way up and down would be fragments at any height.
        (x, y), dashed = cut_across(x, y, *dashes(mark.dotted)), False
    path = arrayToQPath(x, y, connect="finite")
    return Curve(mark.role, dashed, width, path, dotted=mark.dotted)


def cut_across(
    x: np.ndarray, y: np.ndarray, dash: float, gap: float
) -> tuple[np.ndarray, np.ndarray]:
    """A curve with gaps that count along x alone; `y` is NaN in them. `x` rises."""
    starts = np.arange(x[0], x[-1], dash + gap)
    ends = np.minimum(starts + dash, x[-1])
    # The end of a dash is in the curve twice: once to draw up to, once as the gap.
    places = np.concatenate([x, starts, ends, ends])
    on_curve = np.interp(np.concatenate([starts, ends]), x, y)
    heights = np.concatenate([y, on_curve, np.full(len(ends), np.nan)])
    heights[: len(x)][(x - x[0]) % (dash + gap) > dash] = np.nan
    rows = np.argsort(places, kind="stable")
    return places[rows], heights[rows]


def paint_curves(painter: QPainter, shown: list[Curve]) -> None:
    """Paint the curves, the first one on top."""
    for each in reversed(shown):
        if each.lone is not None:
            dot = QRectF(0, 0, 3 * WIDTH, 3 * WIDTH)
            dot.moveCenter(each.lone)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color_of(each.role))
            painter.drawEllipse(dot)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            _stroke(painter, each)


def _stroke(painter: QPainter, curve: Curve) -> None:
    """Draw a curve along its path.

    Qt strokes lines of at most one pixel far faster than wider ones, so four of them cost a tenth
    of one wide line. On screens with a scale factor, and in files, a line is what it is.
    """
    if curve.path.elementCount() < LONG or curve.width <= THIN or not _paints_pixels(painter):
        painter.setPen(curve_pen(curve.role, curve.dashed, curve.width, curve.dotted))
        painter.drawPath(curve.path)
        return
    painter.setPen(curve_pen(curve.role, curve.dashed, THIN, curve.dotted))
    for dx, dy in NUDGES:
        painter.translate(dx, dy)
        painter.drawPath(curve.path)
        painter.translate(-dx, -dy)


def _paints_pixels(painter: QPainter) -> bool:
    raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
    return raster and painter.device().devicePixelRatio() == 1
