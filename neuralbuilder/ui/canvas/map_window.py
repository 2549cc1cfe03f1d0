"""One feature map, large: live values, the smallest and the largest one, and their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from neuralbuilder.insights.common import nice
from neuralbuilder.insights.feature_map import FeatureMap
from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.ui.canvas.gradient_drawing import are_gradients
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current, diverging, greys
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.watching import Watcher
from neuralbuilder.ui.widgets.numbers import compact
from neuralbuilder.ui.widgets.section import label
from neuralbuilder.ui.workspace import Workspace

SIDE = 384
"""Pixels of the longer side."""
KEY = "feature_map"
ROOM_FOR_NUMBER = 30
"""Pixels of a cell from which on its number stands in it."""


class MapPicture(QWidget):
    """The cells of a map in colours, with numbers where they are large enough."""

    def __init__(self, is_input: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: NDArray[Any] = np.zeros((1, 1))
        self._is_input, self._gradients = is_input, False
        self._image = QImage()
        self._size = QSize(SIDE, SIDE)
        self.setFixedSize(self._size)
        self.setAccessibleName("Feature map")
        follow(self._colour)

    def show_values(self, values: NDArray[Any], gradients: bool = False) -> None:
        """Show this map (rows, columns), of activations or of gradients."""
        self.values, self._gradients = values, gradients
        rows, columns = values.shape
        scale = SIDE / max(rows, columns)
        self._size = QSize(max(round(columns * scale), 1), max(round(rows * scale), 1))
        self.setFixedSize(self._size)
        self._colour()

    def has_numbers(self) -> bool:
        """Whether the cells are large enough for their numbers."""
        return SIDE / max(self.values.shape) >= ROOM_FOR_NUMBER

    def _colour(self) -> None:
        values = self.values
        if self._is_input and not self._gradients:
            low, high = float(values.min()), float(values.max())
            colours = greys((values - low) / ((high - low) or 1.0))
        else:
            colours = diverging(values / nice(float(np.abs(values).max())))
        rows, columns = values.shape
        pixels = np.ascontiguousarray(colours)
        image = QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        self._image = image.copy()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter = QPainter(self)
        painter.drawImage(QRectF(self.rect()), self._image)
        if self.has_numbers():
            self._paint_numbers(painter)
        painter.setPen(QPen(current().color("line"), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _paint_numbers(self, painter: QPainter) -> None:
        rows, columns = self.values.shape
        width, height = self.width() / columns, self.height() / rows
        painter.setFont(current().font("mono_small"))
        for row in range(rows):
            for column in range(columns):
                light = self._image.pixelColor(column, row).lightnessF() > 0.55
                painter.setPen(Qt.GlobalColor.black if light else Qt.GlobalColor.white)
                cell = QRectF(column * width, row * height, width, height)
                text = compact(float(self.values[row, column]), 2)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)


class MapWindow(QDialog):
    """Shows one map of a layer until it is closed with Escape; the arrow keys go through the maps.

    It closes by itself when the layer is no longer there.
    """

    def __init__(
        self, workspace: Workspace, runner: Runner, node: str, index: int, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("map_window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workspace, self.node, self.index, self.count = workspace, node, index, index + 1
        is_input = workspace.project.node(node).layer.role == "input"
        self.picture = MapPicture(is_input, self)
        self.place = label("", "section", self)
        self.extremes = label("", "mono-muted", self)
        self.previous_button = self._button("‹", "Map before (Left)", self.previous)
        self.next_button = self._button("›", "Next map (Right)", self.next)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(self.previous_button)
        row.addWidget(self.next_button)
        box.addLayout(row)
        box.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignCenter)
        box.addWidget(self.extremes)
        self._watcher = Watcher(self, runner, KEY)
        self._watcher.figure_arrived.connect(self._show)
        workspace.project_changed.connect(self._project_changed)
        workspace.cells.backward_changed.connect(self._look)
        self._look()

    def _button(self, text: str, tip: str, clicked: Any) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedWidth(32)
        button.setAutoDefault(False)
        button.clicked.connect(clicked)
        return button

    @Slot()
    def next(self) -> None:
        """The next map of the layer."""
        self._go_to(self.index + 1)

    @Slot()
    def previous(self) -> None:
        """The map before."""
        self._go_to(self.index - 1)

    def _go_to(self, index: int) -> None:
        if 0 <= index < self.count:
            self.index = index
            self._look()

    @Slot()
    def _look(self) -> None:
        backward = self._workspace.cells.backward
        self._watcher.watch(FeatureMap(self.node, self.index, backward))

    @Slot(object)
    def _show(self, figure: Figure) -> None:
        arrays = next((mark.values for mark in figure.marks if isinstance(mark, Arrays)), None)
        if arrays is None or are_gradients(arrays) != self._workspace.cells.backward:
            return
        self.count, rows, columns = (int(size) for size in arrays["shape"])
        name = self._workspace.project.node(self.node).name
        self.setWindowTitle(f"{name}, map {self.index + 1}")
        what = "∂L/∂value · " if are_gradients(arrays) else ""
        self.place.setText(
            f"{name} · {what}map {self.index + 1} of {self.count} · {rows}×{columns}"
        )
        values = arrays["map"]
        self.extremes.setText(
            f"min {compact(float(values.min()), 4)} · max {compact(float(values.max()), 4)}"
        )
        self.previous_button.setEnabled(self.index > 0)
        self.next_button.setEnabled(self.index < self.count - 1)
        self.picture.show_values(values, are_gradients(arrays))

    @Slot(object, object)
    def _project_changed(self, old: object, new: object) -> None:
        if self.node not in {node.id for node in self._workspace.project.nodes}:
            self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Right:
            self.next()
        elif event.key() == Qt.Key.Key_Left:
            self.previous()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Close, and ask for nothing more."""
        self._watcher.stop()
        super().done(result)
