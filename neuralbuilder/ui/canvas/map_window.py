"""One feature map, large: live values, the smallest and the largest one, and their numbers.

Of an image in colour that goes in the picture comes first, then its channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from neuralbuilder.insights.common import nice
from neuralbuilder.insights.feature_map import FeatureMap
from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.insights.images import CHANNELS
from neuralbuilder.ui.canvas.gradient_drawing import are_gradients
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current, diverging, greys, opaque, tinted
from neuralbuilder.ui.theme.colormaps import RGBA
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.watching import Watcher
from neuralbuilder.ui.widgets.numbers import compact
from neuralbuilder.ui.widgets.section import label
from neuralbuilder.ui.workspace import Workspace

SIDE = 384
"""Pixels of the longer side."""
KEY = "feature_map"
WHOLE = -1
"""The index of the picture in colour, before that of its channels."""
Colours = Callable[[NDArray[Any]], RGBA]
ROOM_FOR_NUMBER = 30
"""Pixels of a cell from which on its number stands in it."""


class MapPicture(QWidget):
    """The cells of a map in colours, with numbers where they are large enough."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: NDArray[Any] = np.zeros((1, 1))
        self._colours: Colours = signed_colours
        self._image = QImage()
        self._size = QSize(SIDE, SIDE)
        self.setFixedSize(self._size)
        self.setAccessibleName("Feature map")
        follow(self._colour)

    def show_values(self, values: NDArray[Any], colours: Colours) -> None:
        """Show this map (rows, columns), or a picture (rows, columns, 3), in these colours."""
        self.values, self._colours = values, colours
        rows, columns = values.shape[:2]
        scale = SIDE / max(rows, columns)
        self._size = QSize(max(round(columns * scale), 1), max(round(rows * scale), 1))
        self.setFixedSize(self._size)
        self._colour()

    def has_numbers(self) -> bool:
        """Whether the cells have one number each and are large enough for it."""
        return self.values.ndim == 2 and SIDE / max(self.values.shape) >= ROOM_FOR_NUMBER

    def _colour(self) -> None:
        rows, columns = self.values.shape[:2]
        pixels = np.ascontiguousarray(self._colours(self.values))
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


def signed_colours(values: NDArray[Any]) -> RGBA:
    """Colours of activations or gradients (rows, columns): the sign counts."""
    return diverging(values / nice(float(np.abs(values).max())))


def grey_colours(values: NDArray[Any]) -> RGBA:
    """From black, the smallest value, to white, the largest."""
    low, high = float(values.min()), float(values.max())
    return greys((values - low) / ((high - low) or 1.0))


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
        self._first, self._figure = min(index, 0), Figure()
        self.picture = MapPicture(self)
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
        if self._first <= index < self.count:
            self.index = index
            self._look()
            # A picture and its first channel come with one figure, so that no other may arrive.
            self._show(self._figure)

    @Slot()
    def _look(self) -> None:
        backward = self._workspace.cells.backward
        self._watcher.watch(FeatureMap(self.node, max(self.index, 0), backward))

    @Slot(object)
    def _show(self, figure: Figure) -> None:
        arrays = next((mark.values for mark in figure.marks if isinstance(mark, Arrays)), None)
        if arrays is None or are_gradients(arrays) != self._workspace.cells.backward:
            return
        self._first = WHOLE if "picture" in arrays else 0
        self.index = max(self.index, self._first)
        if arrays["index"] != max(self.index, 0):
            return  # of the map before
        self._figure, self.count = figure, int(arrays["shape"][0])
        self.previous_button.setEnabled(self.index > self._first)
        self.next_button.setEnabled(self.index < self.count - 1)
        if self.index == WHOLE and "picture" in arrays:
            self._show_picture(arrays)
        else:
            self._show_map(arrays)

    def _show_picture(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._say("in colour", "in colour", arrays)
        self.extremes.setText("the arrows show its channels")
        self.picture.show_values(arrays["picture"], opaque)

    def _show_map(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        values, name = arrays["map"], f"map {self.index + 1}"
        long = f"{name} of {self.count}"
        if "picture" in arrays:
            name = long = CHANNELS[self.index]
        what = "∂L/∂value · " if are_gradients(arrays) else ""
        self._say(name, f"{what}{long}", arrays)
        self.extremes.setText(
            f"min {compact(float(values.min()), 4)} · max {compact(float(values.max()), 4)}"
        )
        self.picture.show_values(values, self._colours_of(arrays))

    def _say(self, short: str, long: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        _, rows, columns = arrays["shape"]
        name = self._workspace.project.node(self.node).name
        self.setWindowTitle(f"{name}, {short}")
        self.place.setText(f"{name} · {long} · {rows}×{columns}")

    def _colours_of(self, arrays: Mapping[str, NDArray[Any]]) -> Colours:
        if are_gradients(arrays):
            return signed_colours
        if "range" in arrays:
            black, white = (float(end) for end in arrays["range"])
            channel, reach = self.index, (white - black) or 1.0
            return lambda values: tinted((values - black) / reach, channel)
        is_input = self._workspace.project.node(self.node).layer.role == "input"
        return grey_colours if is_input else signed_colours

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
