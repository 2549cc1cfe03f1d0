"""Samples with one or two inputs as points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralbuilder.data.samples import Samples
from neuralbuilder.ui.theme import current, diverging
from neuralbuilder.ui.theme.theme import follow

POINTS = 500
RADIUS = 2.6
MARGIN = 8
LEGEND = 16


def _polygon(*corners: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(RADIUS * x, RADIUS * y) for x, y in corners])


# One symbol per class besides its colour. None is the circle.
SYMBOLS: tuple[QPolygonF | None, ...] = (
    None,
    _polygon((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    _polygon((0, -1.25), (1.15, 0.85), (-1.15, 0.85)),
    _polygon((0, -1.35), (1.2, 0), (0, 1.35), (-1.2, 0)),
    _polygon((0, 1.25), (1.15, -0.85), (-1.15, -0.85)),
    _polygon((-0.4, -1.3), (0.4, -1.3), (0.4, -0.4), (1.3, -0.4), (1.3, 0.4), (0.4, 0.4),
             (0.4, 1.3), (-0.4, 1.3), (-0.4, 0.4), (-1.3, 0.4), (-1.3, -0.4), (-0.4, -0.4)),
    _polygon((-1.2, 0), (-0.6, -1.05), (0.6, -1.05), (1.2, 0), (0.6, 1.05), (-0.6, 1.05)),
)  # fmt: skip


def draw_symbol(painter: QPainter, place: QPointF, symbol: int) -> None:
    """Draw the symbol of a class with the painter's pen and brush."""
    shape = SYMBOLS[symbol % len(SYMBOLS)]
    if shape is None:
        painter.drawEllipse(place, RADIUS, RADIUS)
    else:
        painter.drawPolygon(shape.translated(place))


class Scatter(QWidget):
    """Up to 500 of the samples; classes by colour and symbol, quantities from orange to blue.

    Filled classes are trained on, hollow ones are kept for validation and test. A click on a
    point tells `sample_chosen(row)`.
    """

    sample_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: Samples | None = None
        self._rows: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._trained: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
        self._points: NDArray[np.float64] = np.empty((0, 2))
        self._chosen = 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Samples as points")
        follow(self.update)

    def hasHeightForWidth(self) -> bool:
        """Square, with a legend below where there are classes."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as wide up to a limit, and the legend."""
        return min(width, 210) + self._legend_height()

    def sizeHint(self) -> QSize:
        """For a narrow panel."""
        return QSize(180, self.heightForWidth(180))

    def set_samples(self, samples: Samples, trained: NDArray[np.bool_]) -> None:
        """Show these samples; `trained` says for every row whether it is trained on."""
        self._samples = samples
        step = max(1, -(-samples.count // POINTS))
        self._rows = np.arange(0, samples.count, step)
        self._trained = trained
        second = samples.x[:, 1] if samples.x.shape[1] > 1 else samples.y[:, 0]
        points = np.stack([samples.x[:, 0], second], axis=1)
        low, high = np.fmin.reduce(points), np.fmax.reduce(points)
        # What is missing stands in the middle of its axis.
        points = np.where(np.isnan(points), np.nan_to_num((low + high) / 2), points)
        low, high = points.min(axis=0), points.max(axis=0)
        span = np.where(high > low, high - low, 1.0)
        self._points = (points - low) / span
        names = ", ".join(samples.input_names)
        meaning = "Filled: trained on. Hollow: kept for validation and test."
        if samples.task != "classification" and samples.x.shape[1] > 1:
            meaning = "Blue: target above its mean. Orange: below."
        self.setToolTip(
            f"{names}: {len(self._rows)} of {samples.count} samples.\n{meaning}\n"
            "A click chooses a sample."
        )
        self.updateGeometry()
        self.update()

    def set_chosen(self, row: int) -> None:
        """Ring the sample that the window looks at."""
        if row != self._chosen:
            self._chosen = row
            self.update()

    def place(self, row: int) -> QPointF:
        """Where a sample is drawn."""
        area = self._area()
        x, y = self._points[row]
        return QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the sample nearest to the mouse."""
        if self._samples is None or event.button() != Qt.MouseButton.LeftButton:
            return
        area = self._area()
        x = (event.position().x() - area.left()) / area.width()
        y = (area.bottom() - event.position().y()) / area.height()
        distance = np.hypot(*(self._points[self._rows] - (x, y)).T)
        self.sample_chosen.emit(int(self._rows[int(distance.argmin())]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frame, points and legend."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_frame(painter)
        if self._samples is not None:
            self._draw_points(painter, self._samples)
            self._draw_legend(painter, self._samples)
        painter.end()

    def _legend_height(self) -> int:
        return LEGEND if self._samples is not None and self._samples.class_names else 0

    def _area(self) -> QRectF:
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5 - self._legend_height())
        return frame.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)

    def _draw_frame(self, painter: QPainter) -> None:
        theme = current()
        frame = self._area().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("canvas"))
        painter.drawRoundedRect(frame, 6, 6)

    def _draw_points(self, painter: QPainter, samples: Samples) -> None:
        colours, symbols = self._looks(samples)
        # Values near the mean have the colour of the ground; a grey outline shows them.
        outline = samples.task != "classification" and samples.x.shape[1] > 1
        for row, colour, symbol in zip(self._rows, colours, symbols, strict=True):
            self._set_look(painter, colour, outline or bool(self._trained[row]))
            if outline:
                painter.setPen(QPen(current().color("zero", 0.6), 0.8))
            draw_symbol(painter, self.place(row), int(symbol))
        if 0 <= self._chosen < samples.count:
            painter.setPen(QPen(current().color("text"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.place(self._chosen), 6, 6)

    def _set_look(self, painter: QPainter, colour: QColor, filled: bool) -> None:
        painter.setPen(QPen(colour, 1))
        painter.setBrush(colour if filled else QColor(0, 0, 0, 0))

    def _looks(self, samples: Samples) -> tuple[list[QColor], NDArray[np.intp]]:
        """Colour and symbol of every point that is drawn."""
        y = samples.y[self._rows]
        if samples.task == "classification":
            labels = y.argmax(axis=1)
            palette = [current().color(f"class {i}") for i in range(y.shape[1])]
            return [palette[i] for i in labels], labels
        circles = np.zeros(len(y), dtype=np.intp)
        if samples.x.shape[1] == 1:
            return [current().color("accent")] * len(y), circles
        values = y[:, 0] - y[:, 0].mean()
        rgba = diverging(values / (np.abs(values).max() or 1.0))
        return [QColor(*map(int, row)) for row in rgba], circles

    def _draw_legend(self, painter: QPainter, samples: Samples) -> None:
        painter.setFont(current().font("note"))
        measure = painter.fontMetrics()
        x, y = 4.0, self.height() - LEGEND / 2
        for i, name in enumerate(samples.class_names):
            text = measure.elidedText(name, Qt.TextElideMode.ElideRight, 80)
            wide = 12 + measure.horizontalAdvance(text) + 10
            if x + wide > self.width() and i:
                painter.setPen(current().color("muted"))
                painter.drawText(QPointF(x, y + 4), "…")
                return
            self._set_look(painter, current().color(f"class {i}"), True)
            draw_symbol(painter, QPointF(x + 4, y), i)
            painter.setPen(current().color("muted"))
            painter.drawText(QPointF(x + 12, y + 4), text)
            x += wide
