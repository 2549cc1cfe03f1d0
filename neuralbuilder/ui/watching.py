"""Asks the training process for one insight while a widget can be seen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from neuralbuilder.insights.base import Insight
from neuralbuilder.training.messages import Snapshot
from neuralbuilder.ui.runner import Runner

WAITING = "Shown as soon as the network can be computed."
"""What stands in the place of a figure that cannot arrive yet."""


class Watcher(QObject):
    """Follows the showing and hiding of its widget; a hidden widget costs nothing.

    `figure_arrived` carries each `Figure` that comes for the insight under this key; `emptied`
    says that what has come so far is about a network that is no longer there.
    """

    figure_arrived = Signal(object)
    emptied = Signal()

    def __init__(self, widget: QWidget, runner: Runner, key: str) -> None:
        super().__init__(widget)
        self._runner = runner
        self._key = key
        self._insight: Insight | None = None
        self._shown = widget.isVisible()
        widget.installEventFilter(self)
        runner.snapshot_arrived.connect(self._take)
        runner.emptied.connect(self.emptied)

    @property
    def insight(self) -> Insight | None:
        """What is asked for."""
        return self._insight

    @property
    def key(self) -> str:
        """The name under which its figures arrive."""
        return self._key

    def watch(self, insight: Insight | None) -> None:
        """Ask for this insight from now on, or for nothing."""
        self._insight = insight
        self._tell_runner()

    def stop(self) -> None:
        """Ask no longer; called before the widget is deleted."""
        self.watch(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice showing and hiding, also of a window around the widget."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._shown = event.type() == QEvent.Type.Show
            self._tell_runner()
        return False

    def _tell_runner(self) -> None:
        if self._insight is not None and self._shown:
            self._runner.watch(self._key, self._insight)
        else:
            self._runner.unwatch(self._key)

    @Slot(object)
    def _take(self, snapshot: Snapshot) -> None:
        figure = snapshot.figures.get(self._key)
        if figure is not None and self._insight is not None:
            self.figure_arrived.emit(figure)
