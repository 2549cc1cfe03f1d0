"""The parts of the window side by side: layers and data, canvas over plots, inspector."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from neuralbuilder.ui.canvas import Canvas
from neuralbuilder.ui.data_panel import DataPanel
from neuralbuilder.ui.inspector import Inspector
from neuralbuilder.ui.palette import LayerPalette
from neuralbuilder.ui.plots import PlotArea
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.settings import Settings
from neuralbuilder.ui.widgets.section import line
from neuralbuilder.ui.workspace import Workspace

GAP = 12
LEFT, RIGHT = 240, 316
NARROW_LEFT, NARROW_RIGHT = 216, 304
NARROW_BELOW = 1400
CANVAS_SHARE, PLOT_SHARE = 596, 288


class Panes(QSplitter):
    """Three columns; widths and heights that the user has chosen are remembered."""

    def __init__(
        self,
        workspace: Workspace,
        runner: Runner,
        canvas: Canvas,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._settings = settings
        self._usual = True
        self.layers = LayerPalette(self)
        self.data = DataPanel(workspace, self)
        self.canvas = canvas
        self.plots = PlotArea(runner, self, lambda: workspace.samples)
        self.inspector = Inspector(workspace, runner, self)
        self.left = self._left_column()
        self.centre = QSplitter(Qt.Orientation.Vertical, self)
        self.centre.addWidget(canvas)
        self.centre.addWidget(self.plots)
        self.centre.setStretchFactor(0, CANVAS_SHARE)
        self.centre.setStretchFactor(1, PLOT_SHARE)
        for column in (self.left, self.centre, self.inspector):
            self.addWidget(column)
        self.setStretchFactor(1, 1)
        for splitter in (self, self.centre):
            splitter.setHandleWidth(GAP)
            splitter.setChildrenCollapsible(False)
            splitter.splitterMoved.connect(self._moved_by_user)
        self.left.setMinimumWidth(180)
        self.centre.setMinimumWidth(360)
        self.inspector.setMinimumWidth(250)
        self.plots.sample_chosen.connect(workspace.select_sample)
        workspace.cells.backward_changed.connect(self.plots.set_backward)
        self._workspace = workspace
        workspace.selection_changed.connect(self._show_chosen)
        workspace.samples_changed.connect(self.plots.follow_data)
        self._show_chosen()
        self._restore()

    def _show_chosen(self) -> None:
        self.plots.show_chosen(self._workspace.selection.sample)

    def _left_column(self) -> QFrame:
        frame = QFrame(self)
        frame.setProperty("role", "panel")
        column = QVBoxLayout(frame)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(6)
        column.addWidget(self.layers)
        column.addWidget(line(frame))
        column.addWidget(self.data, 1)
        return frame

    def fit_to(self, window: QSize) -> None:
        """Usual widths for a window of this size, unless the user has chosen others."""
        if not self._usual:
            return
        narrow = window.width() < NARROW_BELOW
        left, right = (NARROW_LEFT, NARROW_RIGHT) if narrow else (LEFT, RIGHT)
        width = window.width() - 4 * GAP - left - right
        self.setSizes([left, max(width, 1), right])
        height = window.height() - 52 - 29 - 3 * GAP
        canvas = height * CANVAS_SHARE // (CANVAS_SHARE + PLOT_SHARE)
        self.centre.setSizes([canvas, height - canvas])

    def reset(self) -> None:
        """Usual plots and widths from now on."""
        self._usual = True
        self.plots.reset_layout()
        self.fit_to(self.window().size())

    def remember(self) -> None:
        """Write the plots and the sizes that the user has chosen."""
        self._settings.write_tree("panes/plots", self.plots.saved_layout())
        if not self._usual:
            self._settings.write_sizes("panes/columns", self.sizes())
            self._settings.write_sizes("panes/centre", self.centre.sizes())

    def _restore(self) -> None:
        self.plots.restore_layout(self._settings.tree("panes/plots"))
        columns = self._settings.sizes("panes/columns", 3)
        centre = self._settings.sizes("panes/centre", 2)
        if columns and centre:
            self._usual = False
            self.setSizes(columns)
            self.centre.setSizes(centre)

    def _moved_by_user(self, position: int, index: int) -> None:
        self._usual = False
