"""A part of a page that shows one insight while it can be seen."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from neuralbuilder.insights.base import Insight
from neuralbuilder.insights.figure import Figure
from neuralbuilder.training.messages import Snapshot
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.workspace import Workspace


class LiveCard(QWidget):
    """Watches an insight under a key of its own; a hidden card costs nothing."""

    key = ""

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._insight: Insight | None = None
        runner.snapshot_arrived.connect(self._take)

    def watch(self, insight: Insight | None) -> None:
        """Show this insight from now on, or nothing."""
        self._insight = insight
        self.setVisible(insight is not None)
        self._tell_runner()

    def show_figure(self, figure: Figure) -> None:
        """Paint the figure that has arrived."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to ask for the figure."""
        super().showEvent(event)
        self._tell_runner()

    def hideEvent(self, event: QHideEvent) -> None:
        """Cease to ask for the figure."""
        super().hideEvent(event)
        self._runner.unwatch(self.key)

    def _tell_runner(self) -> None:
        if self._insight is not None and self.isVisible():
            self._runner.watch(self.key, self._insight)
        else:
            self._runner.unwatch(self.key)

    @Slot(object)
    def _take(self, snapshot: Snapshot) -> None:
        figure = snapshot.figures.get(self.key)
        if figure is not None and self._insight is not None:
            self.show_figure(figure)
