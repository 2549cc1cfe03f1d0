"""The activation of the selected layer with its derivative and the live pre-activations."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralbuilder.insights.activation_curve import ActivationCurve
from neuralbuilder.insights.figure import Figure
from neuralbuilder.ui.inspector.live_card import LiveCard
from neuralbuilder.ui.plots import FigureView, LegendStrip
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.panel import MARGIN, Panel
from neuralbuilder.ui.widgets.section import set_style_property
from neuralbuilder.ui.workspace import Workspace

HEIGHT = 193
SPACING = 8
LOWER_MARGIN = 6


class CurveCard(LiveCard):
    """f and f′ over z, above a histogram of the z that occur."""

    key = "inspector/curve"

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(workspace, runner, parent)
        self._panel = Panel("Activation", parent=self)
        self._title = "Activation"
        self._view = FigureView(self._panel)
        self._legend = LegendStrip(self._panel)
        self._view.legend_changed.connect(self._legend.set_entries)
        self._panel.header.add_widget(self._legend)
        self._panel.header.show_note(False)
        set_style_property(self._panel.header.title_label(), "role", "section")
        layout = self._panel.layout()
        assert layout is not None
        layout.setSpacing(0)
        layout.setContentsMargins(MARGIN, 5, MARGIN, LOWER_MARGIN)
        self._panel.body.addWidget(self._view)
        self._panel.setFixedHeight(HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._panel)

    def show_layer(self, node_id: str | None) -> None:
        """Show the curve of this layer, or nothing where it has no activation."""
        layer = self._workspace.project.node(node_id).layer if node_id else None
        has_activation = layer is not None and hasattr(layer, "activation")
        self.watch(ActivationCurve(node=node_id) if has_activation and node_id else None)

    def show_figure(self, figure: Figure) -> None:
        """Paint the curve."""
        self._view.set_figure(figure)
        self._title = figure.title
        self._share_header()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_header()

    def _share_header(self) -> None:
        """The title gives way to the legend, and its tooltip has it in full."""
        header = self._panel.header
        room = header.width() - self._legend.tight_width() - 2 * SPACING
        header.set_whole_title(self._title, room)
