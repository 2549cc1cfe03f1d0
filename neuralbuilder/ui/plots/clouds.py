"""Points, parted into groups that look alike and stamped from one small picture per group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QPixmap

from neuralbuilder.insights.figure import Figure, HeatMap, Points, Values
from neuralbuilder.ui.plots.frame import Frame, places
from neuralbuilder.ui.plots.symbols import color_of, symbol_of
from neuralbuilder.ui.plots.values import LARGEST, cloud, different
from neuralbuilder.ui.theme import current, diverging

SIZE = 7.0
STAMP = 12
SHADES = 15
"""How many colours stand for the values of points."""
MOST_POINTS = 2000
VECTORS = (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf, QPaintEngine.Type.Picture)
_stamps: dict[tuple[object, ...], QPixmap] = {}


@dataclass(frozen=True)
class Look:
    """How the points of a group look; `outline` is "" for none."""

    symbol: str
    color: str
    hollow: bool = False
    outline: str = ""


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points in pixels that look alike."""

    look: Look
    points: tuple[QPointF, ...]


def clouds(figure: Figure, frame: Frame) -> list[Cloud]:
    """The points of a figure inside its frame."""
    over_map = any(isinstance(mark, HeatMap) for mark in figure.marks)
    result = []
    for mark in figure.marks:
        if isinstance(mark, Points):
            # A value of 0 has the colour of the panel, and stands on a map of the same colours.
            edge = "panel" if mark.values is None else "text"
            outline = current().color(edge).name() if over_map else ""
            x, y = places(mark, figure)
            rows = _inside(x, y, cloud(x, y, len(x)), frame)
            across, down = frame.across(x[rows]).tolist(), frame.down(y[rows]).tolist()
            points = list(map(QPointF, across, down))
            for own, symbol, color in _parted(mark, rows):
                look = Look(symbol, color, mark.hollow, outline)
                result.append(Cloud(look, tuple(points[index] for index in own)))
    return result


def _inside(x: Values, y: Values, rows: NDArray[np.intp], frame: Frame) -> NDArray[np.intp]:
    inside = (x[rows] >= frame.x.low) & (x[rows] <= frame.x.high)
    inside &= (y[rows] >= frame.y.low) & (y[rows] <= frame.y.high)
    kept = rows[inside]
    if len(kept) > MOST_POINTS:
        kept = kept[np.linspace(0, len(kept) - 1, MOST_POINTS).astype(np.intp)]
    return kept


Part = tuple[list[int], str, str]
"""Which of the rows, their symbol and their colour."""


def _parted(mark: Points, rows: NDArray[np.intp]) -> Iterator[Part]:
    if not len(rows):
        return
    if mark.classes is not None:
        classes = np.asarray(mark.classes)[rows]
        for index in different(classes).tolist():
            own = np.flatnonzero(classes == index).tolist()
            yield own, symbol_of(index), color_of(f"class {index}").name()
    elif mark.values is not None:
        yield from _shaded(mark, rows)
    else:
        yield list(range(len(rows))), symbol_of(0), color_of(mark.role).name()


def _shaded(mark: Points, rows: NDArray[np.intp]) -> Iterator[Part]:
    """Points by value, in `SHADES` steps of the diverging scale."""
    limit = mark.limit if mark.limit > 0 else 1.0
    values = np.nan_to_num(np.asarray(mark.values, dtype=np.float64)[rows])
    shares = np.clip(np.clip(values, -LARGEST, LARGEST) / limit, -1.0, 1.0)
    half = SHADES // 2
    steps = np.rint(shares * half)
    present = different(steps)
    for step, colour in zip(present, diverging(present / half).tolist(), strict=True):
        own = np.flatnonzero(steps == step).tolist()
        yield own, symbol_of(0), "#{:02x}{:02x}{:02x}".format(*colour[:3])


def paint_clouds(painter: QPainter, shown: list[Cloud]) -> None:
    """Paint all points: stamps on a screen, shapes in a vector picture."""
    if painter.paintEngine().type() in VECTORS:
        for each in shown:
            for point in each.points:
                painter.save()
                painter.translate(point)
                draw_point(painter, each.look)
                painter.restore()
        return
    ratio = painter.device().devicePixelRatioF()
    corner = QPointF(STAMP / 2, STAMP / 2)
    for each in shown:
        stamp = _stamp(each.look, ratio)
        for point in each.points:
            painter.drawPixmap(point - corner, stamp)


def draw_point(painter: QPainter, look: Look, size: float = SIZE) -> None:
    """One point around the origin."""
    color: Any = QColor(look.color)
    pen = QPen(Qt.PenStyle.NoPen)
    if look.hollow or look.outline:
        # Symbols are drawn one unit wide and scaled up, their pens with them.
        wide = (1.4 if look.hollow else 1.0) / size
        pen = QPen(color if look.hollow else QColor(look.outline), wide)
    drawSymbol(painter, look.symbol, size, pen, QColor(0, 0, 0, 0) if look.hollow else color)


def _stamp(look: Look, ratio: float) -> QPixmap:
    key = (look, ratio)
    if key not in _stamps:
        if len(_stamps) > 500:
            _stamps.clear()
        side = round(STAMP * ratio)
        image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(side / 2, side / 2)
        painter.scale(ratio, ratio)
        draw_point(painter, look)
        painter.end()
        image.setDevicePixelRatio(ratio)
        _stamps[key] = QPixmap.fromImage(image)
    return _stamps[key]
