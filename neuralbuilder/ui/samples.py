"""Going from sample to sample, also to those that the network gets wrong."""

from __future__ import annotations

import random
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.insights.next_wrong import NextWrong
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.watching import Watcher
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.workspace import Workspace

KEY = "next_wrong"


class SampleBrowser(Watcher):
    """Selects the previous, next, a random or the next wrongly classified sample.

    Wrong samples are looked for by the training process, a slice at a time; another choice in the
    meantime ends the search. `told` carries a line for the status bar, `changed` says that
    `wrong_only` is another.
    """

    told = Signal(str)
    changed = Signal()

    def __init__(self, widget: QWidget, workspace: Workspace, runner: Runner) -> None:
        super().__init__(widget, runner, KEY)
        self._workspace = workspace
        self.wrong_only = False
        self.figure_arrived.connect(self._take_answer)
        self.emptied.connect(self.stop)
        workspace.selection_changed.connect(self._selection_changed)

    @property
    def count(self) -> int:
        """How many samples there are."""
        samples = self._workspace.samples
        return samples.count if samples is not None else 0

    @property
    def sample(self) -> int:
        """The selected one, from 0."""
        return min(self._workspace.selection.sample, max(self.count - 1, 0))

    @property
    def searches(self) -> bool:
        """Whether a wrong sample is being looked for."""
        return self.insight is not None

    @Slot()
    def next(self) -> None:
        """The next sample, or the next wrong one."""
        self._step("forward", 1)

    @Slot()
    def previous(self) -> None:
        """The sample before, or the wrong one before."""
        self._step("backward", -1)

    @Slot()
    def random(self) -> None:
        """Any sample, or the first wrong one behind any sample."""
        if not self.count:
            return
        row = random.randrange(self.count)
        if self.wrong_only:
            self._search(row, "forward")
        else:
            self.show_sample(row)

    @Slot()
    def next_wrong(self) -> None:
        """The next sample whose class the network does not name."""
        self._search(self.sample, "forward")

    @Slot()
    def toggle_wrong_only(self) -> None:
        """Step through all samples, or only through the wrong ones."""
        self.wrong_only = not self.wrong_only
        self.changed.emit()
        if self.wrong_only:
            # The present sample stays where it is wrong itself.
            self._search((self.sample - 1) % max(self.count, 1), "forward")
        else:
            self.stop()

    def show_sample(self, row: int) -> None:
        """Select a sample; an input of one's own is put aside."""
        self.stop()
        selection = replace(self._workspace.selection, sample=row, own_input=None)
        self._workspace.select(selection)

    def _step(self, direction: str, step: int) -> None:
        if not self.count:
            return
        if self.wrong_only:
            self._search(self.sample, direction)
        else:
            self.show_sample((self.sample + step) % self.count)

    def _search(self, start: int, direction: str) -> None:
        samples = self._workspace.samples
        if samples is None:
            return
        if samples.task != "classification":
            self.told.emit("Only classes can be wrong; these data have numbers to predict")
        elif self._runner.status in ("starting", "waiting", "ended"):
            self.told.emit("The network is not ready yet")
        else:
            self.watch(NextWrong(start, direction))

    @Slot(object)
    def _take_answer(self, figure: Figure) -> None:
        asked = self.insight
        arrays = next((mark.values for mark in figure.marks if isinstance(mark, Arrays)), None)
        if arrays is None or not isinstance(asked, NextWrong):
            return
        sign = 1 if asked.direction == "forward" else -1
        if arrays["asked"].tolist() != [asked.start, sign, asked.passed]:
            return  # the answer to an earlier question
        row, passed = int(arrays["row"][0]), int(arrays["passed"][0])
        if row >= 0:
            self.show_sample(row)
        elif passed >= self.count:
            self.stop()
            self.told.emit(f"All {thousands(self.count)} samples are classified correctly")
        else:
            self.watch(replace(asked, passed=passed))

    @Slot()
    def _selection_changed(self) -> None:
        self.changed.emit()
