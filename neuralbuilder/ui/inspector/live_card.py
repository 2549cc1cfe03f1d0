"""A part of a page that shows one insight while it can be seen."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from neuralbuilder.insights.base import Insight
from neuralbuilder.insights.figure import Figure
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.watching import WAITING, Watcher
from neuralbuilder.ui.workspace import Workspace


class LiveCard(QWidget):
    """Watches an insight under a key of its own; a hidden card costs nothing."""

    key = ""

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._watcher = Watcher(self, runner, self.key)
        self._watcher.figure_arrived.connect(self._take)
        self._watcher.emptied.connect(self._empty)

    def watch(self, insight: Insight | None) -> None:
        """Show this insight from now on, or nothing."""
        self._watcher.watch(insight)
        self.setVisible(insight is not None)

    def show_figure(self, figure: Figure) -> None:
        """Paint the figure that has arrived."""
        raise NotImplementedError

    @Slot()
    def _empty(self) -> None:
        """What is shown is about a network that is no longer there."""
        insight = self._watcher.insight
        if insight is not None:
            self.show_figure(Figure(title=insight.label, message=WAITING))

    @Slot(object)
    def _take(self, figure: Figure) -> None:
        self.show_figure(figure)
