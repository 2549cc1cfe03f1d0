"""The canvas as a panel of the window: the view, and the zoom and the overview in its corners."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from neuralbuilder.insights.backward_view import BackwardView
from neuralbuilder.insights.canvas import NetworkView
from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.project.model import Project
from neuralbuilder.ui.canvas.commands import CanvasCommands
from neuralbuilder.ui.canvas.direction_bar import HEIGHT, DirectionBar
from neuralbuilder.ui.canvas.gradient_drawing import are_gradients
from neuralbuilder.ui.canvas.live_links import Arrays as LiveArrays
from neuralbuilder.ui.canvas.minimap import Minimap
from neuralbuilder.ui.canvas.sample_bar import SampleBar
from neuralbuilder.ui.canvas.standing_values import standing_values
from neuralbuilder.ui.canvas.view import CanvasView
from neuralbuilder.ui.canvas.zoom_bar import ZoomBar
from neuralbuilder.ui.draw_pad import DrawPad
from neuralbuilder.ui.row_pad import MOST_FIELDS, RowPad, can_be_typed
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.watching import Watcher
from neuralbuilder.ui.workspace import Workspace

INSIGHT = "canvas"
BORDER = 2
CORNER, GAP = 12, 6


class Canvas(QFrame):
    """Where the network of a workspace is drawn by mouse and its live values are seen.

    Without a runner it shows the design only. `hint_changed` carries a line about what is under
    the pointer, "" for nothing, `told` one about what has been done, and `arrays_shown` the live
    values of this moment; `commands` and `view` do everything that menus offer.
    """

    hint_changed = Signal(str)
    told = Signal(str)
    arrays_shown = Signal(object)

    def __init__(
        self, workspace: Workspace, runner: Runner | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setObjectName("canvas")
        self.view = CanvasView(workspace, runner, self)
        self.zoom_bar = ZoomBar(self)
        self.direction_bar = DirectionBar(workspace, self)
        self.sample_bar = SampleBar(workspace, runner, self) if runner is not None else None
        self.pad: DrawPad | RowPad | None = None
        self.minimap = Minimap(self.view, self)
        box = QVBoxLayout(self)
        box.setContentsMargins(BORDER, BORDER, BORDER, BORDER)
        box.addWidget(self.view)
        self.setFocusProxy(self.view)
        self._connect(workspace, runner)
        self._content_changed()

    @property
    def commands(self) -> CanvasCommands:
        """What can be done to the network."""
        return self.view.commands

    def _connect(self, workspace: Workspace, runner: Runner | None) -> None:
        self.view.zoom_changed.connect(self.zoom_bar.show_zoom)
        self.view.view_changed.connect(self.minimap.update)
        self.view.hint_changed.connect(self.hint_changed)
        self.view.draw_asked.connect(self.draw)
        self.zoom_bar.zoomed_in.connect(self.view.zoom_in)
        self.zoom_bar.zoomed_out.connect(self.view.zoom_out)
        self.zoom_bar.reset.connect(self.view.reset_zoom)
        self.zoom_bar.fitted.connect(self.view.fit)
        workspace.project_changed.connect(self._project_changed)
        workspace.project_changed.connect(self._place_corners)
        workspace.samples_changed.connect(self._place_corners)
        workspace.selection_changed.connect(self._place_corners)
        follow(self._theme_changed)
        if self.sample_bar is not None:
            self.sample_bar.draw_asked.connect(self.draw)
            self.sample_bar.browser.told.connect(self.told)
        if runner is not None:
            self._watcher = Watcher(self, runner, INSIGHT)
            self._watcher.figure_arrived.connect(self._show_figure)
            self._watcher.emptied.connect(self._drop_figure)
            runner.status_changed.connect(self._keep_links)
            workspace.selection_changed.connect(self._look_again)
            workspace.cells.backward_changed.connect(self._turn)
            workspace.cells.backward_changed.connect(self._look_again)
            workspace.cells.backward_changed.connect(self._place_corners)
            self._turn(workspace.cells.backward)

    # ------------------------------------------------------------ following

    @Slot(object)
    def _show_figure(self, figure: Figure) -> None:
        for mark in figure.marks:
            if isinstance(mark, Arrays) and are_gradients(mark.values) == self._is_backward():
                self.view.canvas_scene.show_arrays(mark.values, self._is_running())
                if not are_gradients(mark.values):
                    self.arrays_shown.emit(mark.values)
                self.view.refresh_hover()

    @Slot()
    def _keep_links(self) -> None:
        """Before the first figure comes, so that its frame need not paint the links as well."""
        self.view.canvas_scene.keep_links(self._is_running())

    def _is_running(self) -> bool:
        return self.view.runner is not None and self.view.runner.status == "running"

    @Slot(bool)
    def _turn(self, backward: bool) -> None:
        """Look at the network forward or backward."""
        self._watcher.watch(BackwardView() if backward else NetworkView())

    @Slot()
    def _drop_figure(self) -> None:
        """What stands before the first problem stays in sight; the rest is no longer known."""
        runner = self.view.runner
        values: LiveArrays = {}
        if runner is not None and runner.status == "waiting" and not self._is_backward():
            values = standing_values(self.view.workspace, runner.input_scaling())
        self.view.canvas_scene.show_arrays(values)
        self.view.refresh_hover()

    @Slot()
    def _look_again(self) -> None:
        """Where no figure will arrive, show what another sample or direction makes known."""
        if self.view.runner is not None and self.view.runner.status == "waiting":
            self._drop_figure()

    def _is_backward(self) -> bool:
        return self.view.workspace.cells.backward

    @Slot(object, object)
    def _project_changed(self, old: Project, new: Project) -> None:
        self.view.cancel_gesture()
        kept = {node.id: node.layer for node in old.nodes}.items()
        if {node.id for node in old.nodes} != {node.id for node in new.nodes}:
            self.view.editor.close()
        if not any(item in kept for item in ((node.id, node.layer) for node in new.nodes)):
            # Another network altogether: look at all of it.
            self.view.follows_content = True
        # A layer that was only dragged somewhere stays under the pointer.
        self._content_changed(anew=old.graph() != new.graph())

    def _content_changed(self, anew: bool = True) -> None:
        self.view.fit_if_followed(anew)
        self.minimap.refresh()
        self.minimap.setVisible(bool(self.view.workspace.project.nodes))

    @Slot()
    def _theme_changed(self) -> None:
        self.view.canvas_scene.forget_look()
        self._place_corners()
        self.view.viewport().update()

    # ------------------------------------------------------------ corners

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_corners()

    @Slot()
    def draw(self) -> None:
        """Open the pad on which an input is drawn by mouse, or the one where a row is typed."""
        if self.pad is None:
            self.pad = self._new_pad()
            if self.pad is None:
                return
            self.pad.finished.connect(self._pad_closed)
            self.arrays_shown.connect(self.pad.show_arrays)
        self.pad.show()
        self.pad.activateWindow()

    def _new_pad(self) -> DrawPad | RowPad | None:
        """The pad that suits the data; without one it is said what is needed."""
        workspace = self.view.workspace
        if workspace.draws:
            return DrawPad(workspace, self)
        if can_be_typed(workspace):
            pad = RowPad(workspace, self.view.runner, self)
            if not self._is_backward():
                pad.show_arrays(self.view.canvas_scene.arrays)
            return pad
        self.told.emit(
            f"Too many inputs to type: at most {MOST_FIELDS}" if workspace.tries
            else "Trying needs data, and a network with an input of their size"
        )  # fmt: skip
        return None

    @Slot()
    def _pad_closed(self) -> None:
        if self.pad is not None:
            self.pad.deleteLater()
            self.pad = None

    @Slot()
    def _place_corners(self) -> None:
        bar = self.zoom_bar.sizeHint()
        self.zoom_bar.setGeometry(
            CORNER, self.height() - CORNER - bar.height(), bar.width(), bar.height()
        )
        left = CORNER + bar.width() + GAP
        if self.sample_bar is not None:
            samples = self.sample_bar.sizeHint()
            top = self.height() - CORNER - samples.height()
            self.sample_bar.setGeometry(left, top, samples.width(), samples.height())
            left += samples.width() + GAP if self.sample_bar.isVisibleTo(self) else 0
        middle = self.zoom_bar.geometry().center().y()
        if left + self.direction_bar.width() > self.width() - 2 * CORNER - self.minimap.width():
            left, middle = CORNER, middle - bar.height() - GAP
        self.direction_bar.move(left, middle - HEIGHT // 2)
        self.minimap.move(
            self.width() - CORNER - self.minimap.width(),
            self.height() - CORNER - self.minimap.height(),
        )
