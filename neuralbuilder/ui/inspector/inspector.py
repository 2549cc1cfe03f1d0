"""The inspector: one page for a selected layer, one for the training plan."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QScrollArea,
    QScrollBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.ui.inspector.cell_page import CellPage
from neuralbuilder.ui.inspector.layer_page import LayerPage
from neuralbuilder.ui.inspector.plan_page import PlanPage
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.panel import Panel
from neuralbuilder.ui.workspace import Workspace

BAR_WIDTH = 10
"""How wide a scroll bar is, as the style sheet says."""
GAP = 2
"""Between the numbers and the bar."""


class Inspector(Panel):
    """Shows the selected layer, or the training plan when none or several are selected.

    While people look at a cell of a feature map, its arithmetic is shown instead.
    """

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__("Training", parent=parent)
        self._workspace = workspace
        self.layer_page = LayerPage(workspace, runner, self)
        self.plan_page = PlanPage(workspace, self)
        self._pages = QStackedWidget(self)
        self.cell_page = CellPage(workspace, runner, self)
        self.cell_page.told.connect(self._show_heading)
        for page in (self.plan_page, self.layer_page, self.cell_page):
            self._pages.addWidget(_scrolled(page, self._pages))
        # The bar stands in the margin of the panel, so that numbers never give way to it.
        self.extend_content(BAR_WIDTH + GAP)
        self.body.addWidget(self._pages)
        workspace.project_changed.connect(self._refresh)
        workspace.selection_changed.connect(self._refresh)
        workspace.samples_changed.connect(self._refresh)
        workspace.symptoms_changed.connect(self._refresh)
        workspace.cells.changed.connect(self._refresh_cell)
        self._refresh()

    @property
    def page(self) -> PlanPage | LayerPage | CellPage:
        """The page that is shown."""
        pages = (self.plan_page, self.layer_page, self.cell_page)
        return pages[self._pages.currentIndex()]

    def _refresh_cell(self) -> None:
        cells = self._workspace.cells
        # Who types into a field does not lose it because the pointer drifts over a map.
        focused = QApplication.focusWidget()
        if cells.pinned is None and focused is not None and self.isAncestorOf(focused):
            self.cell_page.show_cell(None)
        else:
            self.cell_page.show_cell(cells.cell)
        self._choose_page()

    def _refresh(self) -> None:
        selected = self._workspace.selection.nodes
        node_id = next(iter(selected)) if len(selected) == 1 else None
        self.layer_page.show_layer(node_id)
        self.plan_page.refresh()
        self._choose_page()

    def _choose_page(self) -> None:
        if self.cell_page.is_used:
            index = 2
        else:
            index = 1 if len(self._workspace.selection.nodes) == 1 else 0
        self._pages.setCurrentIndex(index)
        self._show_heading()

    def _show_heading(self) -> None:
        title, note = self.page.heading()
        self.header.set_whole_title(title)
        self.set_note(note)


def _scrolled(page: QWidget, parent: QWidget) -> QScrollArea:
    area = QScrollArea(parent)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    # The place of the bar stays reserved; where there is nothing to scroll, it is not painted.
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    bar = area.verticalScrollBar()
    bar.setFixedWidth(BAR_WIDTH)
    bar.rangeChanged.connect(partial(_enable, bar))
    bar.setEnabled(False)
    inside = QWidget(area)
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, GAP, 0)
    column.addWidget(page)
    column.addStretch(1)
    area.setWidget(inside)
    return area


def _enable(bar: QScrollBar, first: int, last: int) -> None:
    bar.setEnabled(last > first)
