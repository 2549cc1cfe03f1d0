"""Undo and redo in the window: training stands still where they go across a rewind."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from neuralbuilder.project.history import History
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.workspace import Workspace

TRAINED_AGAIN = "What was trained before is back; redo leaves it again"


class Travel(QObject):
    """Goes back and forth through the history of the workspace.

    Across a rewind, or a new seed, everything that was trained before or after it is back: weights,
    optimizer, counters and curves. Training that runs is paused there, so that it does not go on
    unasked with weights that somebody has just brought back. What is left is kept with its newest
    weights.
    """

    def __init__(self, workspace: Workspace, runner: Runner) -> None:
        super().__init__(runner)
        self._workspace, self._runner = workspace, runner

    def undo(self) -> None:
        """Take back the last change."""
        self._go(self._workspace.undo, lambda history: history.undo_rewinds, TRAINED_AGAIN)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._go(self._workspace.redo, lambda history: history.redo_rewinds, "")

    def _go(self, step: Callable[[], None], rewinds: Callable[[History], bool], told: str) -> None:
        runner, workspace = self._runner, self._workspace
        if not (runner.is_rewinding or rewinds(workspace.history)):
            step()
            return

        def across() -> None:
            is_rewind = rewinds(workspace.history)  # which was not known before
            step()
            if is_rewind:
                runner.notice.emit(told)

        if runner.is_running:
            runner.pause()
        runner.after_state(across)
