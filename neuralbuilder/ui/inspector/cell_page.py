"""The page of one cell of a feature map: its numbers, forward or backward."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from neuralbuilder.insights.cells import CellArithmetic
from neuralbuilder.insights.figure import Arrays, Figure, Table
from neuralbuilder.insights.receptive_field import Cell
from neuralbuilder.ui.inspector.live_card import LiveCard
from neuralbuilder.ui.inspector.number_grid import NumberGrids
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.section import label, number_line, set_style_property
from neuralbuilder.ui.widgets.switch import Switch
from neuralbuilder.ui.workspace import Workspace

HINT = (
    "Click pins the cell, arrow keys move it, Page Up and Down change the map, Esc releases it. "
    "2·r5·c6 is map 2, row 5, column 6; a is the value of the cell."
)


class CellPage(LiveCard):
    """Window, kernel, products and their sum; or what comes back and where it goes.

    `told` says that the heading is another one.
    """

    key = "inspector/cell"
    told = Signal()

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(workspace, runner, parent)
        self.figure = Figure()
        self.switch = Switch(parent=self)
        self.switch.setAccessibleName("Show gradients")
        self.switch.setToolTip("Show gradients instead of activations (B)")
        self.switch.clicked.connect(workspace.cells.set_backward)
        workspace.cells.backward_changed.connect(self._turn)
        self._message = label("", "muted", self)
        self._message.setWordWrap(True)
        self._hint = label(HINT, "note", self)
        self._hint.setWordWrap(True)
        self._grids: list[NumberGrids] = []
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._build()

    def _build(self) -> None:
        direction = QHBoxLayout()
        direction.addWidget(label("Show gradients (backward)", "", self))
        direction.addStretch(1)
        direction.addWidget(self.switch)
        self._grid_column = QVBoxLayout()
        self._grid_column.setSpacing(10)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(direction)
        column.addWidget(self._message)
        column.addLayout(self._grid_column)
        column.addLayout(self._lines)
        column.addWidget(self._hint)

    # ------------------------------------------------------------ what is shown

    @property
    def is_used(self) -> bool:
        """Whether somebody looks at a cell."""
        return self._watcher.insight is not None

    def heading(self) -> tuple[str, str]:
        """Title and note of the panel while this page is shown."""
        return self.figure.title or "Cell", self.figure.note

    def show_cell(self, cell: Cell | None) -> None:
        """Show the arithmetic of this cell, or nothing."""
        if cell is None:
            self.watch(None)
            return
        number, row, column = (*cell.index, 0, 0)[:3]
        backward = self._workspace.cells.backward
        self.watch(CellArithmetic(cell.node, number, row, column, backward))

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the table that are shown."""
        return [(n.text(), v.text()) for n, v in self._rows if n.isVisibleTo(self)]

    def grids(self) -> list[NumberGrids]:
        """The rows of grids that are shown."""
        return [grid for grid in self._grids if grid.isVisibleTo(self)]

    @Slot(bool)
    def _turn(self, backward: bool) -> None:
        self.switch.setChecked(backward)
        if self.is_used:
            self.show_cell(self._workspace.cells.cell)

    def show_figure(self, figure: Figure) -> None:
        """Write the numbers into grids and lines, which are made once and kept."""
        self.figure = figure
        self._message.setText(figure.message)
        self._message.setVisible(bool(figure.message))
        self._show_grids(figure)
        self._show_rows(figure)
        self.told.emit()

    def _show_grids(self, figure: Figure) -> None:
        while len(self._grids) < len(figure.rows):
            self._grids.append(NumberGrids(self))
            self._grid_column.addWidget(self._grids[-1])
        mark = _winner(figure)
        for index, grids in enumerate(self._grids):
            used = index < len(figure.rows)
            grids.setVisible(used)
            if used:
                grids.set_figure(figure.rows[index], mark)

    def _show_rows(self, figure: Figure) -> None:
        table = next((mark for mark in figure.marks if isinstance(mark, Table)), None)
        cells = table.rows if table else ()
        while len(self._rows) < len(cells):
            self._add_row()
        for index, (name, value) in enumerate(self._rows):
            used = index < len(cells)
            name.setVisible(used)
            value.setVisible(used)
            if used:
                name.setText(cells[index][0])
                value.setText(cells[index][1])
                set_style_property(value, "result", _is_result(cells[index][0]))

    def _add_row(self) -> None:
        line, name, value = number_line(self)
        self._lines.addLayout(line)
        self._rows.append((name, value))


def _is_result(name: str) -> bool:
    """Whether a line says what the lines above it amount to."""
    return name.strip().startswith(("=", "∂L/∂a", "δ =")) or (
        name.endswith("(z)") and not name.startswith("×")
    )


def _winner(figure: Figure) -> tuple[int, int] | None:
    """Row and column of the cell that has won a pooling window."""
    arrays = next((mark.values for mark in figure.marks if isinstance(mark, Arrays)), {})
    winner = arrays.get("winner")
    return None if winner is None else (int(winner[0]), int(winner[1]))
