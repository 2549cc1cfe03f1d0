"""The softmax of the output layer opened, number by number."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralbuilder.engine.activations import Softmax
from neuralbuilder.insights.figure import Figure, Table
from neuralbuilder.insights.softmax import SoftmaxArithmetic
from neuralbuilder.ui.inspector.cell_grid import CellGrid
from neuralbuilder.ui.inspector.live_card import LiveCard
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.panel import PanelHeader
from neuralbuilder.ui.workspace import Workspace

HINT = (
    "From the sums z to probabilities p: the largest z is taken off, which changes no share and "
    "keeps exp in range; each power is divided by the sum Σ of all."
)


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
        self._header.set_whole_title(figure.title)
        self._header.set_note(figure.note)
        tables = [mark for mark in figure.marks if isinstance(mark, Table)]
        classes, results = tables if len(tables) == 2 else (Table((), ()), Table((), ()))
        rows = (classes.columns, *classes.rows) if classes.rows else ()
        right = next((i for i, row in enumerate(rows) if row[4:5] == ("1",)), -1)
        self.classes.set_rows(rows, (right, len(rows) - 1))
        self.results.set_rows(results.rows, tuple(range(len(results.rows))))
