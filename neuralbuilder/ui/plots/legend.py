"""The legend of a figure: a strip of swatches with names for the header of a panel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralbuilder.insights.figure import Bars, Figure, Line, Points
from neuralbuilder.ui.plots.clouds import Look, draw_point
from neuralbuilder.ui.plots.painting import LEFT, draw_elided
from neuralbuilder.ui.plots.symbols import color_of, curve_pen, symbol_of
from neuralbuilder.ui.plots.values import different
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow

DOT = 8.0
LINES = ("line", "dashed", "dotted")
MOST_CLASSES = 12
LINE = 18
"""Pixels from one line of a legend to the next."""
MOST_LINES = 3


@dataclass(frozen=True)
class Spacing:
    """Lengths in a legend: of a line's swatch, before a name, and between two entries."""

    swatch: float
    gap: float
    between: float


USUAL, TIGHT = Spacing(19, 6, 14), Spacing(12, 4, 8)


@dataclass(frozen=True)
class LegendEntry:
    """One swatch and its name."""

    name: str
    role: str
    kind: Literal["line", "dashed", "dotted", "area", "point", "ring"] = "line"
    symbol: str = "o"


def legend_of(figure: Figure) -> tuple[LegendEntry, ...]:
    """What the colours of a figure mean; nothing where there is only one thing to see."""
    if figure.message:
        return ()
    curves = [mark for mark in figure.marks if isinstance(mark, Line)]
    # Muted lines are guides for the eye, such as a diagonal.
    lines = [mark for mark in curves if mark.name and mark.role != "muted"]
    bars = [mark for mark in figure.marks if isinstance(mark, Bars) and mark.name]
    points = [mark for mark in figure.marks if isinstance(mark, Points)]
    found = [LegendEntry(m.name, m.role, _line_kind(m)) for m in lines]
    if len(bars) > 1:
        found += [LegendEntry(mark.name, mark.role, "area") for mark in bars]
    for mark in points:
        found += _of_points(mark, len(points))
    return tuple(dict.fromkeys(found))


def _line_kind(mark: Line) -> Literal["line", "dashed", "dotted"]:
    if not mark.dashed:
        return "line"
    return "dotted" if mark.dotted else "dashed"


def _of_points(mark: Points, count: int) -> Iterator[LegendEntry]:
    kind: Literal["point", "ring"] = "ring" if mark.hollow else "point"
    if mark.classes is not None and mark.class_names:
        present = different(np.asarray(mark.classes))
        for index in present[:MOST_CLASSES]:
            if 0 <= index < len(mark.class_names):
                name = mark.class_names[index]
                yield LegendEntry(name, f"class {index}", kind, symbol_of(int(index)))
    elif count > 1 and mark.name and mark.values is None:
        yield LegendEntry(mark.name, mark.role, kind)


class LegendStrip(QWidget):
    """Swatches with names in as many lines as it is high; those without room are left out behind
    an ellipsis.
    """

    def __init__(self, parent: QWidget | None = None, from_left: bool = False) -> None:
        super().__init__(parent)
        self._from_left = from_left
        self._entries: tuple[LegendEntry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.hide()
        follow(self._theme_changed)

    @property
    def entries(self) -> tuple[LegendEntry, ...]:
        """What is shown."""
        return self._entries

    @Slot(object)
    def set_entries(self, entries: tuple[LegendEntry, ...]) -> None:
        """Show other entries."""
        if entries != self._entries:
            self._entries = entries
            self.setToolTip(", ".join(entry.name for entry in entries))
            self.setVisible(bool(entries))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Room for all entries."""
        return QSize(round(legend_width(self._entries)), LINE)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the panel around it."""
        return QSize(0, LINE)

    def tight_width(self) -> int:
        """Room for all entries where they stand close together."""
        return round(legend_width(self._entries, TIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as many entries as there is room for, each line at the edge that was chosen."""
        painter = QPainter(self)
        room = QRectF(self.rect())
        most = max(1, self.height() // LINE)
        paint_legend_lines(painter, self._entries, room, most, self._from_left)
        painter.end()

    @Slot()
    def _theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def legend_width(entries: tuple[LegendEntry, ...], spacing: Spacing = USUAL) -> float:
    """The room that all entries take in one line."""
    metrics = QFontMetricsF(current().font("small"))
    names = sum(metrics.horizontalAdvance(entry.name) for entry in entries)
    swatches = sum(_swatch_width(entry, spacing) + spacing.gap for entry in entries)
    return names + swatches + spacing.between * max(0, len(entries) - 1) + 1


def legend_lines(
    entries: tuple[LegendEntry, ...], width: float, most: int = MOST_LINES
) -> tuple[tuple[LegendEntry, ...], ...]:
    """The entries in lines of this width, close together; the last of the lines takes the rest."""
    lines: list[tuple[LegendEntry, ...]] = []
    for entry in entries:
        longer = (*lines[-1], entry) if lines else (entry,)
        if not lines or (len(lines) < most and legend_width(longer, TIGHT) > width):
            lines.append((entry,))
        else:
            lines[-1] = longer
    return tuple(lines)


def paint_legend_lines(
    painter: QPainter,
    entries: tuple[LegendEntry, ...],
    room: QRectF,
    most: int,
    from_left: bool,
) -> None:
    """Paint entries in up to so many lines, from the left edge of the room or up to the right."""
    spacing = USUAL if legend_width(entries) <= room.width() else TIGHT
    lines = legend_lines(entries, room.width(), most if spacing is TIGHT else 1)
    for index, line in enumerate(lines):
        start = 0.0 if from_left else max(0.0, room.width() - legend_width(line, spacing))
        top = room.top() + index * room.height() / len(lines)
        box = QRectF(room.left() + start, top, room.width() - start, room.height() / len(lines))
        paint_legend(painter, line, box, spacing)


def _swatch_width(entry: LegendEntry, spacing: Spacing) -> float:
    return spacing.swatch if entry.kind in LINES else DOT


def paint_legend(
    painter: QPainter, entries: tuple[LegendEntry, ...], room: QRectF, spacing: Spacing = USUAL
) -> None:
    """Paint entries from left to right while there is room."""
    theme = current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font("small"))
    metrics = QFontMetricsF(painter.font())
    x, y = room.left(), room.center().y()
    for entry in entries:
        wide = _swatch_width(entry, spacing)
        left = room.right() - x - wide - spacing.gap
        text = metrics.horizontalAdvance(entry.name)
        if left < min(text, 24) - 1:
            painter.setPen(theme.color("muted"))
            draw_elided(painter, QRectF(x, room.top(), 16, room.height()), LEFT, "…")
            return
        _paint_swatch(painter, entry, x, y, wide)
        painter.setPen(theme.color("muted"))
        box = QRectF(x + wide + spacing.gap, room.top(), min(text + 1, left), room.height())
        draw_elided(painter, box, LEFT, entry.name)
        x += wide + spacing.gap + text + spacing.between


def _paint_swatch(painter: QPainter, entry: LegendEntry, x: float, y: float, width: float) -> None:
    color = color_of(entry.role)
    if entry.kind in LINES:
        pen = curve_pen(entry.role, False, 2.5)
        if entry.kind == "dashed":
            pen.setDashPattern([width / 5, width / 14])
        elif entry.kind == "dotted":
            pen.setDashPattern([1, 1])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(x, y), QPointF(x + width, y))
    elif entry.kind == "area":
        painter.fillRect(QRectF(x, y - DOT / 2, DOT, DOT), color)
    else:
        painter.save()
        painter.translate(x + DOT / 2, y)
        draw_point(painter, Look(entry.symbol, color.name(), entry.kind == "ring"), DOT)
        painter.restore()
