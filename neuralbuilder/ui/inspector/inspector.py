"""The inspector: one page for a selected layer, one for the training plan."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from neuralbuilder.ui.inspector.layer_page import LayerPage
from neuralbuilder.ui.inspector.plan_page import PlanPage
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.panel import Panel
from neuralbuilder.ui.workspace import Workspace

MARGIN = 13


class Inspector(Panel):
    """Shows the selected layer, or the training plan when none or several are selected."""

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__("Training", parent=parent)
        self._workspace = workspace
        self.layer_page = LayerPage(workspace, runner, self)
        self.plan_page = PlanPage(workspace, self)
        self._pages = QStackedWidget(self)
        for page in (self.plan_page, self.layer_page):
            self._pages.addWidget(_scrolled(page, self._pages))
        self.body.addWidget(self._pages)
        workspace.project_changed.connect(self._refresh)
        workspace.selection_changed.connect(self._refresh)
        workspace.samples_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        selected = self._workspace.selection.nodes
        node_id = next(iter(selected)) if len(selected) == 1 else None
        self.layer_page.show_layer(node_id)
        self.plan_page.refresh()
        self._pages.setCurrentIndex(0 if node_id is None else 1)
        page = self.plan_page if node_id is None else self.layer_page
        title, note = page.heading()
        self.set_title(title)
        self.set_note(note)


def _scrolled(page: QWidget, parent: QWidget) -> QScrollArea:
    area = QScrollArea(parent)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    inside = QWidget(area)
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(page)
    column.addStretch(1)
    area.setWidget(inside)
    return area
