"""The softmax of the output layer opened, number by number."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from neuralbuilder.engine.activations import Softmax
from neuralbuilder.insights.figure import Figure, Table
from neuralbuilder.insights.softmax import SoftmaxArithmetic
from neuralbuilder.ui.inspector.live_card import LiveCard
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.panel import PanelHeader
from neuralbuilder.ui.widgets.section import elided, label, set_style_property
from neuralbuilder.ui.workspace import Workspace

HINT = (
    "From the sums z to probabilities p: the largest z is taken off, which changes no share and "
    "keeps exp in range; each power is divided by the sum Σ of all."
)


class CellGrid(QWidget):
    """Rows of cells as labels that are made once; their text can be selected and copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._cells: list[list[QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)

    def texts(self) -> list[tuple[str, ...]]:
        """The rows that are shown."""
        shown = [row for row in self._cells if row[0].isVisibleTo(self)]
        return [tuple(cell.text() for cell in row if cell.isVisibleTo(self)) for row in shown]

    def set_rows(self, rows: tuple[tuple[str, ...], ...], strong: tuple[int, ...] = ()) -> None:
        """Show these rows; those at the places in `strong` stand out."""
        while len(self._cells) < len(rows):
            self._cells.append([])
        for index, labels in enumerate(self._cells):
            texts = rows[index] if index < len(rows) else ()
            while len(labels) < len(texts):
                labels.append(self._new_cell(index, len(labels)))
            for column, cell in enumerate(labels):
                cell.setVisible(column < len(texts))
                if column < len(texts):
                    cell.setText(texts[column])
                    set_style_property(cell, "result", index in strong)

    def _new_cell(self, row: int, column: int) -> QLabel:
        if column == 0:
            cell: QLabel = elided("", "mono-muted", self)
        else:
            cell = label("", "mono-small", self)
            cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(cell, row, column)
        return cell


class SoftmaxCard(LiveCard):
    """z, exp(z − max), p, y and δ of every class, with their sums, the loss and what δ is."""

    key = "inspector/softmax"

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(workspace, runner, parent)
        self._header = PanelHeader(parent=self)
        self.classes = CellGrid(self)
        self.results = CellGrid(self)
        self.setToolTip(HINT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self._header, self.classes, self.results):
            column.addWidget(widget)

    def show_layer(self, node_id: str | None) -> None:
        """Show the softmax of this layer, or nothing where it is no output with a softmax."""
        layer = self._workspace.project.node(node_id).layer if node_id else None
        opened = (
            layer is not None
            and layer.role == "output"
            and isinstance(getattr(layer, "activation", None), Softmax)
        )
        self.watch(SoftmaxArithmetic() if opened else None)

    def show_figure(self, figure: Figure) -> None:
        """Write the numbers into the cells."""
        self._header.set_title(figure.title)
        self._header.set_note(figure.note)
        tables = [mark for mark in figure.marks if isinstance(mark, Table)]
        classes, results = tables if len(tables) == 2 else (Table((), ()), Table((), ()))
        rows = (classes.columns, *classes.rows) if classes.rows else ()
        right = next((i for i, row in enumerate(rows) if row[4:5] == ("1",)), -1)
        self.classes.set_rows(rows, (right, len(rows) - 1))
        self.results.set_rows(results.rows, tuple(range(len(results.rows))))
