"""The pill beside the zoom: from sample to sample, and a pad to draw one's own."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from neuralbuilder.ui.canvas.pill import Pill
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.samples import SampleBrowser
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.workspace import Workspace

TRY_HINTS = ("Type or drag a row and see what the network says",
             "Draw an image and see what the network says")  # fmt: skip
"""Of rows, and of images."""


class SampleBar(Pill):
    """Previous, next, random, wrong samples; "Draw" where the network reads images, "Try" where
    it reads rows.
    """

    draw_asked = Signal()

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.browser = SampleBrowser(self, workspace, runner)
        browser = self.browser
        self.previous_button = self.add_button("‹", "Previous sample (,)", browser.previous, 18)
        self.number_button = self.add_button("1 / 1", "Random sample (/)", browser.random, 76)
        self.next_button = self.add_button("›", "Next sample (.)", browser.next, 18)
        wrong = "Next wrongly classified sample (W)"
        self.wrong_button = self.add_button("Next wrong", wrong, browser.next_wrong, 70)
        only = "Step through wrongly classified samples only (Shift+W)"
        self.only_button = self.add_button("Wrong only", only, browser.toggle_wrong_only, 70)
        self.only_button.setCheckable(True)
        self.draw_button = self.add_button("Draw", "", self.draw_asked, 38)
        browser.changed.connect(self.refresh)
        workspace.samples_changed.connect(self.refresh)
        workspace.project_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what there is to choose now."""
        browser, samples = self.browser, self._workspace.samples
        count = thousands(browser.count)
        own = self._workspace.selection.own_input is not None
        self.number_button.setText("yours" if own else f"{thousands(browser.sample + 1)} / {count}")
        self.set_longest_text(self.number_button, f"{count} / {count}")
        classifies = samples is not None and samples.task == "classification"
        self.wrong_button.setVisible(classifies)
        self.only_button.setVisible(classifies)
        self.only_button.setChecked(browser.wrong_only)
        draws = self._workspace.draws
        self.draw_button.setText("Draw" if draws else "Try")
        hint = f"{TRY_HINTS[draws]} (D)"
        self.draw_button.setToolTip(hint)
        self.draw_button.setStatusTip(hint)
        self.draw_button.setAccessibleName(hint)
        self.draw_button.setVisible(draws or self._workspace.tries)
        self.setVisible(samples is not None)
        self.adjustSize()
