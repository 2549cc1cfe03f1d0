"""The kernels of the selected layer as images, or their gradients while those are shown."""

from __future__ import annotations

from PySide6.QtCore import Slot
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
    """The filters of a convolution, live, with one scale for all; ∂L/∂w in the backward view."""

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
        workspace.cells.backward_changed.connect(self._turn)
        self._kernels: Kernels | None = None

    def show_layer(self, node_id: str | None) -> None:
        """Show the kernels of this layer, or nothing where it has none."""
        layer = self._workspace.project.node(node_id).layer if node_id else None
        self._kernels = Kernels(node_id) if node_id and isinstance(layer, Conv2D) else None
        self._turn(self._workspace.cells.backward)

    @Slot(bool)
    def _turn(self, backward: bool) -> None:
        self.watch(self._kernels.turned() if self._kernels and backward else self._kernels)

    def show_figure(self, figure: Figure) -> None:
        """Paint the kernels."""
        # The name of the layer stands in the heading of the page already.
        self._header.set_title(figure.title.partition(" of ")[0])
        self._header.set_note(figure.note)
        self.view.set_figure(figure)
