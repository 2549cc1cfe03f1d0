"""One feature map, large: live values, their colours and numbers, and its cells to be pinned.

Of an image in colour that goes in the picture comes first, then its channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from neuralbuilder.engine.shapes import infer
from neuralbuilder.insights.feature_map import FeatureMap
from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.insights.images import CHANNELS
from neuralbuilder.insights.neuron import plain, signed
from neuralbuilder.insights.places import place as place_of
from neuralbuilder.insights.receptive_field import Cell
from neuralbuilder.ui.actions import lend
from neuralbuilder.ui.canvas.colour_bar import ColourBar
from neuralbuilder.ui.canvas.gradient_drawing import are_gradients
from neuralbuilder.ui.canvas.map_colours import Scale, grey_scale, signed_scale, tint_scale
from neuralbuilder.ui.canvas.map_picture import MapPicture, Place
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.watching import WAITING, Watcher
from neuralbuilder.ui.widgets.focus import wants_space
from neuralbuilder.ui.widgets.numbers import compact
from neuralbuilder.ui.widgets.section import elided, label, number_line
from neuralbuilder.ui.workspace import Workspace

_numbers = count(1)
"""Each window asks under a key of its own, so that it is answered with its own figure."""
WHOLE = -1
"""The index of the picture in colour, before that of its channels."""
HINT = (
    "Click pins a cell, arrow keys move it, Page Up and Down change the map, B shows gradients, "
    "Esc closes."
)
POINT = "Point at a cell to read its value"
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class MapWindow(QDialog):
    """Shows one map of a layer until it is closed with Escape.

    Its cells are those of the canvas: the one that is pointed at or pinned here is opened in the
    inspector, and a pinned one is outlined here and there. It closes by itself when the layer or
    its maps are no longer there.
    """

    def __init__(
        self, workspace: Workspace, runner: Runner, node: str, index: int, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("map_window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workspace, self.node, self.index, self.count = workspace, node, index, index + 1
        self._first, self._figure = min(index, 0), Figure()
        self._arrays: Mapping[str, NDArray[Any]] = {}
        self._under: Place | None = None
        self._pinned = workspace.cells.pinned
        self.picture = MapPicture(self)
        self.bar = ColourBar(self)
        self.name = elided("", "section", self)
        self.place = label("", "muted", self)
        self._reading, self.where, self.value = number_line(self)
        self.extremes = label(WAITING, "mono-muted", self)
        self.previous_button = self._button("‹", "Map before (Page Up)", self.previous)
        self.next_button = self._button("›", "Next map (Page Down)", self.next)
        self._build()
        self._watcher = Watcher(self, runner, f"feature_map_{next(_numbers)}")
        self._watcher.figure_arrived.connect(self._show)
        lend(parent.window(), self)
        self.picture.pointed.connect(self._point)
        self.picture.clicked.connect(self._click)
        workspace.project_changed.connect(self._project_changed)
        workspace.cells.backward_changed.connect(self._look)
        workspace.cells.changed.connect(self._cell_changed)
        self._look()

    def _build(self) -> None:
        # Long names are shortened instead of widening the window.
        for text in (self.name, self.where):
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        hint = label(HINT, "note", self)
        hint.setWordWrap(True)
        heading = QHBoxLayout()
        heading.addWidget(self.name, 1)
        heading.addWidget(self.place)
        heading.addWidget(self.previous_button)
        heading.addWidget(self.next_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(heading)
        column.addWidget(self.picture, 1)
        column.addWidget(self.bar)
        column.addLayout(self._reading)
        column.addWidget(self.extremes)
        column.addWidget(hint)
        self.picture.setFocus()

    def _button(self, text: str, tip: str, clicked: Any) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedWidth(32)
        button.setAutoDefault(False)
        # The arrow keys belong to the cells, also after a click here.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(clicked)
        return button

    # ------------------------------------------------------------ from map to map

    @Slot()
    def next(self) -> None:
        """The next map of the layer; a cell that is pinned on this one goes along."""
        self._step_to(self.index + 1)

    @Slot()
    def previous(self) -> None:
        """The map before; a cell that is pinned on this one goes along."""
        self._step_to(self.index - 1)

    def _step_to(self, index: int) -> None:
        if not self._first <= index < self.count:
            return
        pinned = self._workspace.cells.pinned
        taken_along = self._place_on_map(pinned) is not None
        self._go_to(index)
        if taken_along and pinned is not None:
            self._workspace.cells.pin(Cell(self.node, (max(index, 0), *pinned.index[1:])))
        elif self._under is not None:
            self._workspace.cells.point(self._cell(self._under))

    def _go_to(self, index: int) -> None:
        self.index = index
        self._look()
        # A picture and its first channel come with one figure, so that no other may arrive.
        self._show(self._figure)

    # ------------------------------------------------------------ what is shown

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
        is_first, self._arrays = not self._arrays, arrays
        self._figure, self.count = figure, int(arrays["shape"][0])
        self.previous_button.setEnabled(self.index > self._first)
        self.next_button.setEnabled(self.index < self.count - 1)
        if self.index == WHOLE and "picture" in arrays:
            self._show_picture(arrays)
        else:
            self._show_map(arrays)
        self._show_cell()
        if is_first:
            self.resize(self.sizeHint())

    def _show_picture(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._say("in colour", "in colour", arrays)
        self.extremes.setText("the channels are the next maps")
        self.picture.show_values(arrays["picture"], None)
        self.bar.set_scale(None)

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
        scale = self._scale_of(arrays)
        self.picture.show_values(values, scale)
        self.bar.set_scale(scale)

    def _say(self, short: str, long: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        _, rows, columns = arrays["shape"]
        name = self._workspace.project.node(self.node).name
        self.setWindowTitle(f"{name}, {short}")
        self.name.setText(name)
        self.place.setText(f"{long} · {rows}×{columns}")

    def _scale_of(self, arrays: Mapping[str, NDArray[Any]]) -> Scale:
        if not self._are_data(arrays):
            return signed_scale(arrays["map"])
        if "range" in arrays:
            black, white = (float(end) for end in arrays["range"])
            return tint_scale(black, white, self.index)
        return grey_scale(arrays["map"])

    def _are_data(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Whether these are values of the data, in original units."""
        is_input = self._workspace.project.node(self.node).layer.role == "input"
        return is_input and (self.index == WHOLE or not are_gradients(arrays))

    # ------------------------------------------------------------ cells

    @Slot(object)
    def _point(self, place: Place | None) -> None:
        if place != self._under:
            self._under = place
            self._workspace.cells.point(None if place is None else self._cell(place))
            self._show_cell()

    @Slot(object)
    def _click(self, place: Place) -> None:
        """Pin this cell; a click on the pinned one releases it."""
        cells = self._workspace.cells
        is_pinned = self._place_on_map(cells.pinned) == place
        cells.pin(None if is_pinned else self._cell(place))

    def _cell(self, place: Place) -> Cell | None:
        """The cell of the layer that stands at a place of the picture."""
        if not self._arrays:
            return None
        # A pixel in colour is its three channels; the first of them stands for it.
        row, column = (at * self._step for at in place)
        return Cell(self.node, (max(self.index, 0), row, column))

    @property
    def _step(self) -> int:
        return int(self._arrays["step"][0]) if self._arrays else 1

    def _place_on_map(self, cell: Cell | None) -> Place | None:
        """Where a cell stands in the picture; None where it is none of this map."""
        if cell is None or cell.node != self.node or len(cell.index) != 3:
            return None
        number, row, column = cell.index
        if self.index not in (WHOLE, number):
            return None
        return row // self._step, column // self._step

    @Slot()
    def _cell_changed(self) -> None:
        pinned, before = self._workspace.cells.pinned, self._pinned
        self._pinned = pinned
        is_here = pinned is not None and pinned.node == self.node
        if pinned is not None and is_here and self.index not in (WHOLE, pinned.index[0]):
            self._go_to(pinned.index[0])
        if is_here and pinned != before and self._place_on_map(pinned) != self._under:
            # A key has moved it: the pointer counts again when it moves.
            self._point(None)
        self._show_cell()

    def _show_cell(self) -> None:
        """Outline the cells and say what is in the one under the pointer, or else in the pinned."""
        chosen = self._place_on_map(self._workspace.cells.cell)
        self.picture.outline(chosen, self._under)
        where, value = POINT, ""
        told = chosen if self._under is None else self._under
        if told is not None and self._arrays:
            where, value = self._told(told)
        self.where.setText(where)
        self.value.setText(value)
        self.picture.setAccessibleDescription(f"{where}: {value}" if value else where)

    def _told(self, place: Place) -> tuple[str, str]:
        """Where a cell is and what is in it, as the inspector writes it."""
        arrays, (row, column) = self._arrays, place
        rows, columns = arrays["map"].shape
        is_of_map_before = arrays["index"] != max(self.index, 0)
        if row >= rows or column >= columns or is_of_map_before:
            return POINT, ""
        where = place_of((), (row * self._step, column * self._step))
        if place == self._place_on_map(self._workspace.cells.pinned):
            where += " · pinned"
        write = _data if self._are_data(arrays) else signed
        if self.index == WHOLE:
            values = arrays["pixels"][:, row, column]
            pairs = zip(CHANNELS, values, strict=True)
            return where, " · ".join(f"{name} {write(float(value))}" for name, value in pairs)
        return where, write(float(arrays["map"][row, column]))

    def _move(self, rows: int, columns: int) -> None:
        """Move the pinned cell; without one the cell under the pointer or in the middle is."""
        cells = self._workspace.cells
        if self._place_on_map(cells.pinned) is not None:
            cells.move(rows * self._step, columns * self._step)
            return
        height, width = self.picture.values.shape[:2]
        cells.pin(self._cell(self._under or (height // 2, width // 2)))

    # ------------------------------------------------------------ keys and closing

    @Slot(object, object)
    def _project_changed(self, old: object, new: object) -> None:
        project = self._workspace.project
        shape = infer(project.graph()).outputs.get(self.node)
        if self.node not in {node.id for node in project.nodes} or len(shape or (0, 0, 0)) != 3:
            self.close()
        elif shape and self.index >= shape[0]:
            self._go_to(shape[0] - 1)

    def event(self, event: QEvent) -> bool:
        """Space presses the button that has the focus; else it trains."""
        if event.type() == QEvent.Type.ShortcutOverride and wants_space(self, event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_PageUp:
                self.previous()
            case Qt.Key.Key_PageDown:
                self.next()
            case key if key in _ARROWS:
                self._move(*_ARROWS[Qt.Key(key)])
            case _:
                super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Close, and ask for nothing more."""
        self._watcher.stop()
        self._point(None)
        super().done(result)


def _data(value: float) -> str:
    """A value of the data; whole numbers, such as bytes, without decimals."""
    return f"{value:.0f}" if value == np.rint(value) and abs(value) < 1e6 else plain(value)
