"""The first samples as a small table of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralbuilder.data.expressions import subscripted
from neuralbuilder.data.samples import Samples
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.numbers import real_minus

ROWS = 5
PITCH = 17
PADDING = 7
LONGEST_NAME = 8


def short_number(value: float, most: int = 2) -> str:
    """A number in at most about six characters, with at most so many decimals."""
    if value == 0:
        return "0"
    if abs(value) >= 1e5 or abs(value) < 1e-3:
        mantissa, exponent = f"{value:.1e}".split("e")
        return real_minus(f"{mantissa}e{int(exponent)}")
    decimals = min(most, 2 if abs(value) < 100 else 1 if abs(value) < 1000 else 0)
    return real_minus(f"{round(value, decimals) + 0.0:.{decimals}f}")


def _cells(values: NDArray[np.float64], decimals: int) -> list[str]:
    known = values[~np.isnan(values)]
    if (known == np.round(known)).all():
        decimals = 0
    return ["–" if value != value else short_number(value, decimals) for value in values.tolist()]


def _clipped(text: str, longest: int = LONGEST_NAME) -> str:
    text = text.strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


@dataclass(frozen=True)
class _Column:
    """Heading and cells, and whether it is a target."""

    cells: tuple[str, ...]
    target: bool


class SampleTable(QWidget):
    """A few rows of the samples: inputs left, targets right of a line.

    Columns that do not fit are an ellipsis. A click, or the arrow keys, tell
    `sample_chosen(row)`.
    """

    sample_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: Samples | None = None
        self._first = 0
        self._chosen = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("First samples")
        follow(self.update)

    def set_samples(self, samples: Samples) -> None:
        """Show these samples."""
        self._samples = samples
        self._first = 0
        self.set_chosen(self._chosen)
        inputs, targets = ", ".join(samples.input_names[:12]), ", ".join(samples.target_names[:12])
        more = " …" if len(samples.input_names) > 12 else ""
        self.setToolTip(
            f"Inputs: {inputs}{more}\nTargets: {targets}\n"
            "A click chooses a sample; the arrow keys go through all."
        )
        self.updateGeometry()
        self.update()

    def set_chosen(self, row: int) -> None:
        """Mark the sample that the window looks at, and show it."""
        count = self._samples.count if self._samples is not None else 0
        self._chosen = row
        if not self._first <= row < self._first + ROWS:
            self._first = max(0, min(row - ROWS // 2, count - ROWS))
        self.update()

    def sizeHint(self) -> QSize:
        """A heading and five rows."""
        return QSize(180, (1 + ROWS) * PITCH + 8)

    def rows(self) -> range:
        """The samples that are shown now."""
        count = self._samples.count if self._samples is not None else 0
        return range(self._first, min(self._first + ROWS, count))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the sample under the mouse."""
        line = int((event.position().y() - 4) // PITCH) - 1
        rows = self.rows()
        if event.button() == Qt.MouseButton.LeftButton and 0 <= line < len(rows):
            self.sample_chosen.emit(rows[line])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down choose the neighbours."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS,
                 Qt.Key.Key_PageDown: ROWS}  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._samples is None:
            super().keyPressEvent(event)
            return
        row = max(0, min(self._chosen + step, self._samples.count - 1))
        self.sample_chosen.emit(row)

    def shown_columns(self) -> list[tuple[str, ...]]:
        """The texts of the columns that fit, heading first."""
        return [column.cells for column in self._columns(self.width())]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw heading and rows, right aligned."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = current()
        painter.setPen(QPen(theme.color("accent" if self.hasFocus() else "line"), 1))
        painter.setBrush(theme.color("canvas"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self._samples is not None:
            self._draw_chosen(painter)
            self._draw_columns(painter)
        painter.end()

    def _draw_chosen(self, painter: QPainter) -> None:
        if self._chosen not in self.rows():
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current().color("accent", 0.22))
        top = 4 + PITCH * (1 + self._chosen - self._first)
        painter.drawRoundedRect(QRectF(3, top, self.width() - 6, PITCH), 4, 4)

    def _draw_columns(self, painter: QPainter) -> None:
        theme = current()
        columns = self._columns(self.width())
        widths = [self._width(column) for column in columns]
        spare = max(0.0, self.width() - 2 - sum(widths)) / max(1, len(columns))
        left = 1.0
        for i, (column, width) in enumerate(zip(columns, widths, strict=True)):
            if column.target and i and not columns[i - 1].target:
                painter.setPen(QPen(theme.color("line"), 1))
                painter.drawLine(int(left), 4, int(left), self.height() - 4)
            self._draw_cells(painter, column, QRectF(left, 4, width + spare - PADDING / 2, PITCH))
            left += width + spare

    def _draw_cells(self, painter: QPainter, column: _Column, box: QRectF) -> None:
        theme = current()
        painter.setFont(theme.font("mono_small"))
        for line, text in enumerate(column.cells):
            painter.setPen(theme.color("muted" if line == 0 else "text"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box.translated(0, line * PITCH), right, text)

    def _width(self, column: _Column) -> float:
        measure = QFontMetricsF(current().font("mono_small"))
        return max(measure.horizontalAdvance(text) for text in column.cells) + PADDING

    def _columns(self, width: int) -> list[_Column]:
        """All columns, with one decimal less if that makes room for them, or those that fit.

        Targets take their room first (at most half), then inputs from the left.
        """
        if self._samples is None:
            return []
        for decimals in (2, 1):
            every = self._inputs(self._samples, decimals) + self._targets(self._samples, decimals)
            if sum(map(self._width, every)) <= width - 2:
                return every
        targets = self._fitting(self._targets(self._samples, 2), (width - 2) / 2, True)
        room = width - 2 - sum(self._width(column) for column in targets)
        return self._fitting(self._inputs(self._samples, 2), room, False) + targets

    def _fitting(self, columns: list[_Column], room: float, target: bool) -> list[_Column]:
        more = _Column(("…",) * (1 + len(self.rows())), target)
        fitting: list[_Column] = []
        left = room
        for i, column in enumerate(columns):
            last = i == len(columns) - 1
            needed = self._width(column) + (0 if last else self._width(more))
            if needed > left and fitting:
                return [*fitting, more]
            left -= self._width(column)
            fitting.append(column)
        return fitting

    def _inputs(self, samples: Samples, decimals: int) -> list[_Column]:
        flat = samples.x[self._first : self._first + ROWS].reshape(len(self.rows()), -1)
        names = samples.input_names
        shown = min(flat.shape[1], 40)
        return [
            _Column((_clipped(subscripted(names[i])), *_cells(flat[:, i], decimals)), False)
            for i in range(min(shown, len(names)))
        ]

    def _targets(self, samples: Samples, decimals: int) -> list[_Column]:
        rows = self.rows()
        if samples.task == "classification":
            labels = samples.y[rows.start : rows.stop].argmax(axis=1)
            names = [_clipped(samples.class_names[i], 10) for i in labels]
            return [_Column(("class", *names), True)]
        return [
            _Column(
                (_clipped(subscripted(name)),
                 *_cells(samples.y[rows.start : rows.stop, i], decimals)),
                True,
            )
            for i, name in enumerate(samples.target_names[:40])
        ]  # fmt: skip
