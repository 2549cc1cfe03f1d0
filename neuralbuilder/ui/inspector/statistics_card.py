"""The statistics of the data that the selected layer keeps."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralbuilder.engine.layers import BatchNorm
from neuralbuilder.insights.figure import Figure, Table
from neuralbuilder.insights.statistics import KEPT, LayerStatistics
from neuralbuilder.ui.inspector.cell_grid import CellGrid
from neuralbuilder.ui.inspector.live_card import LiveCard
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.panel import PanelHeader
from neuralbuilder.ui.workspace import Workspace

RUNNING_HINT = (
    "While training, every mini-batch is normalised with its own mean μ and variance v. Running "
    "means of both are kept for everything else: measuring, predicting and what the canvas shows. "
    "A fresh layer begins with 0 and 1."
)
FITTED_HINT = (
    "Mean μ and deviation σ of the training data, measured once when training begins with fresh "
    "weights. A fresh layer begins with 0 and 1."
)


class StatisticsCard(LiveCard):
    """Mean and spread per feature or map, live."""

    key = "inspector/statistics"

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(workspace, runner, parent)
        self._header = PanelHeader(parent=self)
        self.table = CellGrid(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._header)
        column.addWidget(self.table)

    def show_layer(self, node_id: str | None) -> None:
        """Show the statistics of this layer, or nothing where it keeps none."""
        layer = self._workspace.project.node(node_id).layer if node_id else None
        self.setToolTip(RUNNING_HINT if isinstance(layer, BatchNorm) else FITTED_HINT)
        self.watch(LayerStatistics(node_id) if node_id and type(layer) in KEPT else None)

    def show_figure(self, figure: Figure) -> None:
        """Write the numbers into the cells."""
        self._header.set_whole_title(figure.title)
        self._header.set_note(figure.note)
        table = next((mark for mark in figure.marks if isinstance(mark, Table)), Table((), ()))
        self.table.set_rows((table.columns, *table.rows) if table.rows else ())
