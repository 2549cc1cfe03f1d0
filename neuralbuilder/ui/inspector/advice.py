"""What the checks say, in words, each with its remedy."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralbuilder.problems import Problem
from neuralbuilder.ui.widgets.banner import Advice
from neuralbuilder.ui.widgets.elided_button import ElidedButton
from neuralbuilder.ui.widgets.focus import give_back, home_of
from neuralbuilder.ui.workspace import Workspace

# severity: (title, kind of box)
BOXES = {
    "error": ("Problem", "error"),
    "warning": ("Warning", "warning"),
    "advice": ("Advice", "warning"),
}
PRAISE = ("Good", "good")
SHOWN = 6
"""How many problems are spelt out; a design that is being built may have many."""


class ProblemCard(QWidget):
    """One problem in a box, with a button for each of its one-click remedies."""

    def __init__(self, problem: Problem, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self.problem = problem
        self._workspace = workspace
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        title, kind = PRAISE if problem.confirms else BOXES[problem.severity]
        column.addWidget(Advice(title, str(problem), kind, self))
        self.buttons = [ElidedButton(fix.label, self) for fix in problem.fixes]
        for button in self.buttons:
            button.clicked.connect(self._apply_fix)
            column.addWidget(button)

    @Slot()
    def _apply_fix(self) -> None:
        """Carry out the remedy of the button that was clicked, as one undoable step."""
        for button, fix in zip(self.buttons, self.problem.fixes, strict=True):
            if button is self.sender():
                give_back(home_of(self))  # before the remedy, after which this card is gone
                self._workspace.apply_fix(fix)
                return


class ProblemList(QWidget):
    """The cards of some problems, rebuilt only when the problems differ."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._shown: tuple[Problem, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show these problems, the first few of them."""
        problems = problems[:SHOWN]
        if problems == self._shown:
            return
        self._shown = problems
        while (item := self._column.takeAt(0)) is not None:
            card = item.widget()
            if card is not None:
                card.hide()
                card.deleteLater()
        for problem in problems:
            self._column.addWidget(ProblemCard(problem, self._workspace, self))
