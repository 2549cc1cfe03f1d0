"""The kernels of the selected layer as images."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralbuilder.engine.layers import Conv2D
from neuralbuilder.insights.figure import Figure
from neuralbuilder.insights.kernels import Kernels
from neuralbuilder.ui.inspector.live_card import LiveCard
from neuralbuilder.ui.plots import FigureView
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.panel import PanelHeader
from neuralbuilder.ui.workspace import Workspace

HEIGHT = 150


class KernelCard(LiveCard):
    """The filters of a convolution, live, with one scale for all."""

    key = "inspector/kernels"

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(workspace, runner, parent)
        self._header = PanelHeader(parent=self)
        self.view = FigureView(self)
        self.view.setFixedHeight(HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._header)
        column.addWidget(self.view)

    def show_layer(self, node_id: str | None) -> None:
        """Show the kernels of this layer, or nothing where it has none."""
        layer = self._workspace.project.node(node_id).layer if node_id else None
        self.watch(Kernels(node_id) if node_id and isinstance(layer, Conv2D) else None)

    def show_figure(self, figure: Figure) -> None:
        """Paint the kernels."""
        self._header.set_title("Kernels")
        self._header.set_note(figure.note)
        self.view.set_figure(figure)
