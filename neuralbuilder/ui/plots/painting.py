"""What is painted under and over the items of the axes: grid, bars, numbers, markers, texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from neuralbuilder.insights.figure import Axis, Bars, Figure, HeatMap, Line, Marker
from neuralbuilder.ui.plots import heat
from neuralbuilder.ui.plots.frame import Frame
from neuralbuilder.ui.plots.symbols import color_of
from neuralbuilder.ui.plots.ticks import Scale, end_text, round_ends
from neuralbuilder.ui.plots.values import safe, scaled
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.roles import DARK, LIGHT

GAP = 6.0
"""Between the numbers of an axis and the picture."""
LINE_HEIGHT = 14.0
LEAST_NAME = 22.0
"""Pixels of a name below a column; where there is less room, names are left out."""
LEAST_NAME_SIZE = 9
"""Pixels of the smallest names of rows and columns."""
SHORT = 2
"""Names of axes with so few letters are not turned."""
BEHIND_CURVES, ALONE = 0.28, 0.72
"""Strength of bars."""
FAINT = 0.6
"""Strength of the lines of markers, which lie over the curves."""
WIDEST_BAR = 56.0
"""Of bars that stand for categories."""
LEAST_TEXT = 7
"""Pixels of the smallest texts in cells; where these have no room there are none."""

Align = Qt.AlignmentFlag
LEFT = Align.AlignLeft | Align.AlignVCenter
RIGHT = Align.AlignRight | Align.AlignVCenter
CENTRE = Align.AlignCenter


# ------------------------------------------------------------------ under the items


def paint_grid(painter: QPainter, frame: Frame) -> None:
    """Thin horizontal lines at the numbers of the vertical axis."""
    area, color = frame.area, current().color("line")
    for y in frame.down(np.array(frame.y.ticks)):
        if area.top() - 1 <= y <= area.bottom() + 1:
            painter.fillRect(QRectF(area.left(), round(y), area.width(), 1), color)


def paint_baseline(painter: QPainter, frame: Frame) -> None:
    """One thin line at the bottom."""
    area = frame.area
    line = QRectF(area.left(), round(area.bottom()), area.width(), 1)
    painter.fillRect(line, current().color("line"))


def paint_bars(painter: QPainter, frame: Frame, figure: Figure) -> None:
    """All histograms of a figure, on whole pixels, so that their gaps are even."""
    curves = any(isinstance(mark, Line) for mark in figure.marks)
    painter.save()
    painter.setClipRect(frame.area.adjusted(0, 0, 0, 1))
    for mark in figure.marks:
        if isinstance(mark, Bars):
            strength = BEHIND_CURVES if curves else ALONE
            _paint_histogram(painter, frame, mark, figure, color_of(mark.role, strength))
    painter.restore()


def _paint_histogram(
    painter: QPainter, frame: Frame, bars: Bars, figure: Figure, color: QColor
) -> None:
    edges = scaled(bars.edges, figure.x_axis.logarithmic)
    heights = np.nan_to_num(safe(bars.heights))
    count = min(len(edges) - 1, len(heights))
    if count < 1 or not np.isfinite(edges).all():
        return
    # From the bottom where the axis has no place for the base, as a logarithmic one for 0.
    levels = scaled(np.append(bars.base + heights[:count], bars.base), figure.y_axis.logarithmic)
    levels = frame.down(np.where(np.isnan(levels), frame.y.low, levels))
    limits = frame.area.adjusted(-10, -10, 10, 10)
    levels = np.clip(levels, limits.top(), limits.bottom())
    tops, base = levels[:-1], float(np.rint(levels[-1]))
    x = np.rint(np.clip(frame.across(edges), limits.left(), limits.right()))
    gap = 1.0 if (x[-1] - x[0]) / count >= 3 else 0.0
    if figure.x_axis.categories:
        gap = _between_categories((x[-1] - x[0]) / count)
        x = x + gap / 2
    shown = np.flatnonzero(heights[:count])
    places = x[shown], tops[shown], np.maximum(x[shown + 1] - x[shown] - gap, 1.0)
    for left, top, wide in zip(*(numbers.tolist() for numbers in places), strict=True):
        painter.fillRect(QRectF(left, top, wide, base - top).normalized(), color)


def _between_categories(room: float) -> float:
    """The room that a bar leaves free where it stands for itself, on whole pixels."""
    return max(2.0 * round(0.12 * room), room - WIDEST_BAR) // 2 * 2


# ------------------------------------------------------------------ beside the picture


def paint_left_numbers(painter: QPainter, frame: Frame) -> None:
    """The numbers of the vertical axis."""
    theme = current()
    painter.setFont(theme.font("mono_small"))
    painter.setPen(theme.color("muted"))
    right = frame.area.left() - GAP
    for y, text in zip(frame.down(np.array(frame.y.ticks)), frame.y.texts, strict=True):
        if frame.area.top() - 1 <= y <= frame.area.bottom() + 1:
            painter.drawText(QRectF(0, y - 8, right, 16), RIGHT, text)


def paint_bottom(painter: QPainter, frame: Frame, label: str, logarithmic: bool, y: float) -> None:
    """Two round numbers of the horizontal axis with its name between them, in one line at `y`."""
    theme = current()
    painter.setPen(theme.color("muted"))
    painter.setFont(theme.font("mono_small"))
    ends = _end_numbers(frame, logarithmic, y)
    for box, text in ends:
        painter.drawText(box, CENTRE, text)
    painter.setFont(theme.font("note"))
    draw_elided(painter, _between(frame, ends), CENTRE, label)


def name_fits(frame: Frame, axis: Axis) -> bool:
    """Whether the name of the horizontal axis has room between its two numbers."""
    room = _between(frame, _end_numbers(frame, axis.logarithmic, 0.0)).width()
    metrics = QFontMetricsF(current().font("note"))
    return not axis.label or metrics.horizontalAdvance(axis.label) <= room


def _end_numbers(frame: Frame, logarithmic: bool, y: float) -> list[tuple[QRectF, str]]:
    """The first and the last number of the horizontal axis with their places in a line at `y`."""
    ends = _log_ends(frame.x) if logarithmic else round_ends(frame.x.low, frame.x.high)
    metrics, area = QFontMetricsF(current().font("mono_small")), frame.area
    found = []
    for place, text in zip(ends.ticks, ends.texts, strict=True):
        wide = metrics.horizontalAdvance(text) + 1
        middle = float(frame.across(place))
        left = min(max(middle - wide / 2, area.left()), area.right() - wide)
        found.append((QRectF(left, y, wide, LINE_HEIGHT), text))
    return found


def _between(frame: Frame, ends: list[tuple[QRectF, str]]) -> QRectF:
    """The room in the middle of the line of these numbers."""
    area, first, last = frame.area, ends[0][0], ends[-1][0]
    gap = max(first.right() - area.left(), area.right() - last.left()) + GAP
    return QRectF(area.left() + gap, first.top(), area.width() - 2 * gap, LINE_HEIGHT)


def _log_ends(scale: Scale) -> Scale:
    low, high = 10.0**scale.low, 10.0**scale.high
    texts = end_text(low, high - low), end_text(high, high - low)
    return Scale(scale.low, scale.high, (scale.low, scale.high), texts)


def paint_row_categories(painter: QPainter, frame: Frame, names: tuple[str, ...]) -> None:
    """The names of the rows of a map beside their middles."""
    _prepare_note(painter)
    room = frame.area.height() / len(names)
    painter.setFont(_shrunk(painter.font(), room - 1))
    every = _every(room, min(LINE_HEIGHT - 2, painter.font().pixelSize() + 1))
    for index, name in enumerate(names):
        if (len(names) - 1 - index) % every:
            continue
        place = frame.y.low + (index + 0.5) / len(names) * (frame.y.high - frame.y.low)
        y = float(frame.down(place))
        box = QRectF(GAP, y - 8, frame.area.left() - 2 * GAP, 16)
        draw_elided(painter, box, RIGHT, name)


def paint_column_categories(
    painter: QPainter, frame: Frame, names: tuple[str, ...], y: float
) -> None:
    """The names of the columns of a map under their middles."""
    _prepare_note(painter)
    width = frame.area.width() / len(names)
    usual = painter.font()
    share = width / (_widest(usual, names) + 2)
    painter.setFont(_shrunk(usual, min(width - 1, share * usual.pixelSize())))
    every = _every(width, min(LEAST_NAME, _widest(painter.font(), names) + 2))
    for index in range(0, len(names), every):
        middle = frame.area.left() + (index + 0.5) * width
        box = QRectF(middle - every * width / 2 + 1, y, every * width - 2, LINE_HEIGHT)
        draw_elided(painter, box, CENTRE, names[index])


def _widest(font: QFont, names: tuple[str, ...]) -> float:
    return max(map(QFontMetricsF(font).horizontalAdvance, names))


def _shrunk(font: QFont, pixels: float) -> QFont:
    """The font, or a smaller one of about so many pixels, so that more names have room."""
    smaller = QFont(font)
    smaller.setPixelSize(min(font.pixelSize(), max(LEAST_NAME_SIZE, int(pixels))))
    return smaller


def _every(room: float, needed: float) -> int:
    """That every so many names are shown, where each has so much room and needs so much."""
    return max(1, int(-(-needed // max(room, 0.1))))


def paint_name_below(painter: QPainter, frame: Frame, label: str, y: float) -> None:
    """The name of the horizontal axis in a line of its own."""
    _prepare_note(painter)
    box = QRectF(frame.area.left(), y, frame.area.width(), LINE_HEIGHT)
    draw_elided(painter, box, CENTRE, label)


def paint_name_left(painter: QPainter, frame: Frame, label: str) -> None:
    """The name of the vertical axis along the left edge; a short one such as % lies flat."""
    _prepare_note(painter)
    height = frame.area.height()
    if len(label) <= SHORT:
        box = QRectF(0, frame.area.center().y() - 8, 3 * LINE_HEIGHT, 16)
        painter.drawText(box, LEFT, label)
        return
    painter.save()
    painter.translate(0, frame.area.bottom())
    painter.rotate(-90)
    draw_elided(painter, QRectF(0, 0, height, LINE_HEIGHT), CENTRE, label)
    painter.restore()


def _prepare_note(painter: QPainter) -> None:
    theme = current()
    painter.setFont(theme.font("note"))
    painter.setPen(theme.color("muted"))


def draw_elided(painter: QPainter, box: QRectF, alignment: Align, text: str) -> None:
    """Draw as much of a text as fits into a box."""
    metrics = QFontMetricsF(painter.font())
    if box.width() > 2:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width() + 0.5)
        painter.drawText(box, alignment, shown)


# ------------------------------------------------------------------ over the items


def paint_markers(painter: QPainter, frame: Frame, figure: Figure) -> None:
    """A faint dotted line per marker, with its text where there is room for it."""
    markers = [mark for mark in figure.marks if isinstance(mark, Marker)]
    if not markers:
        return
    _prepare_note(painter)
    text_pen = painter.pen()
    line_pen = QPen(current().color("zero", FAINT), 1)
    line_pen.setDashPattern([1, 3])
    metrics, free_from, area = QFontMetricsF(painter.font()), frame.area.left(), frame.area
    for marker in sorted(markers, key=lambda each: each.x):
        place = float(scaled(marker.x, figure.x_axis.logarithmic)[0])
        if not frame.x.low <= place <= frame.x.high:
            continue
        x = round(float(frame.across(place))) + 0.5
        painter.setPen(line_pen)
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        wide = metrics.horizontalAdvance(marker.text)
        left = x + 3 if x + 3 + wide <= area.right() else x - 3 - wide
        if left >= free_from:
            painter.setPen(text_pen)
            box = QRectF(left, area.top(), wide + 1, LINE_HEIGHT)
            painter.fillRect(box, current().color("panel", 0.8))
            painter.drawText(box, LEFT, marker.text)
            free_from = max(x, left + wide) + 4


def paint_cell_texts(painter: QPainter, frame: Frame, figure: Figure) -> None:
    """The texts in the cells of a small map, dark on light cells and light on dark ones."""
    for mark in figure.marks:
        if isinstance(mark, HeatMap) and mark.texts:
            x, y = _cell_edges(frame, mark)
            words = [text for row in mark.texts for text in row]
            font = _fitting_font(words, x[1] - x[0], y[0] - y[1])
            if font is None:
                continue
            painter.setFont(font)
            light = heat.are_light(heat.colours(mark)).tolist()
            for row, texts in enumerate(mark.texts[: len(light)]):
                for column, text in enumerate(texts[: len(light[row])]):
                    if text:
                        painter.setPen(QColor(LIGHT.text if light[row][column] else DARK.text))
                        painter.drawText(_cell(x, y, row, column), CENTRE, text)


def paint_focus(painter: QPainter, frame: Frame, figure: Figure, row: int, column: int) -> None:
    """A frame around the cell of a map that the keyboard is at."""
    for mark in figure.marks:
        if isinstance(mark, HeatMap):
            painter.setPen(QPen(current().color("text"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(_cell(*_cell_edges(frame, mark), row, column))


def paint_bar_texts(painter: QPainter, frame: Frame, figure: Figure) -> None:
    """The texts of bars in their tops, or above bars that are too low for them."""
    for mark in figure.marks:
        if not (isinstance(mark, Bars) and mark.texts):
            continue
        edges = frame.across(scaled(mark.edges, figure.x_axis.logarithmic))
        font = _fitting_font(mark.texts, float(np.diff(edges).min()), LINE_HEIGHT)
        if font is None:
            continue
        painter.setFont(font)
        painter.setPen(current().color("text"))
        tops = frame.down(scaled(mark.base + mark.heights, figure.y_axis.logarithmic)).tolist()
        lowest = frame.area.bottom() - LINE_HEIGHT
        for left, right, top, text in zip(edges[:-1], edges[1:], tops, mark.texts, strict=True):
            y = top if top <= lowest else top - LINE_HEIGHT
            painter.drawText(QRectF(left, y, right - left, LINE_HEIGHT), CENTRE, text)


def _fitting_font(words: Sequence[str], width: float, height: float) -> QFont | None:
    """The small face, or one that is smaller still where the longest text needs it."""
    font = QFont(current().font("mono_small"))
    longest = max(words, key=len, default="")
    while font.pixelSize() >= LEAST_TEXT:
        metrics = QFontMetricsF(font)
        if metrics.horizontalAdvance(longest) <= width and metrics.ascent() <= height:
            return font
        font.setPixelSize(font.pixelSize() - 1)
    return None


def _cell_edges(frame: Frame, mark: HeatMap) -> tuple[list[float], list[float]]:
    """Where columns begin and end from the left, and rows from the bottom, in pixels."""
    left, right, bottom, top = mark.extent
    rows, columns = mark.values.shape
    x = frame.across(np.linspace(left, right, columns + 1)).tolist()
    return x, frame.down(np.linspace(bottom, top, rows + 1)).tolist()


def _cell(x: list[float], y: list[float], row: int, column: int) -> QRectF:
    return QRectF(x[column], y[row + 1], x[column + 1] - x[column], y[row] - y[row + 1])
