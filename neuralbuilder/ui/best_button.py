"""The button that names the best weights so far, and brings them back."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from neuralbuilder.training.messages import Snapshot
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.widgets.numbers import compact

LATELY = 5
"""While training runs, weights of so many epochs ago may still be beaten at any moment."""


class BestButton(QToolButton):
    """Which weights were better than the present ones; a click brings them back."""

    def __init__(self, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._runner = runner
        self.setProperty("flat", True)
        self.setProperty("small", True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        current().bind_icon(self, "undo", "accent")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(runner.take_best)
        runner.snapshot_arrived.connect(self._take)
        runner.emptied.connect(self.hide)
        self.hide()

    @Slot(object)
    def _take(self, snapshot: Snapshot) -> None:
        best = snapshot.best
        running = snapshot.status == "running"
        if best is None or (running and snapshot.epoch - best.epoch < LATELY):
            self.hide()
            return
        epoch = ceil(best.epoch)
        self.setText(f" Epoch {epoch} was best: {compact(best.loss)}; now {compact(best.now)}")
        part = "training" if best.part == "train" else best.part
        self.setToolTip(
            f"The loss of the whole {part} part. Click to have the weights of epoch {epoch} back; "
            "undo returns to the present ones."
        )
        self.show()
