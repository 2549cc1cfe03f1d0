"""The training plan: loss, optimizer, batches, seed. Shown when no layer is selected."""

from __future__ import annotations

import secrets
from dataclasses import replace

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from neuralbuilder.parts import Setting
from neuralbuilder.project import edits
from neuralbuilder.project.model import Plan
from neuralbuilder.ui.forms import PartForm
from neuralbuilder.ui.inspector.advice import ProblemList
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.widgets.focus import leave
from neuralbuilder.ui.workspace import Workspace

DATA_SETTINGS = ("dataset", "task", "split", "preprocessing", "scale_targets")
"""Settings of the plan that stand in the data panel."""


class PlanPage(QWidget):
    """The form of the plan, and what the checks say about the project as a whole."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.form = PartForm(workspace.project.plan, self, skip=DATA_SETTINGS)
        self.form.changed.connect(self._apply)
        self.new_seed = QPushButton("New seed", self)
        self.new_seed.setToolTip("Other initial weights and another shuffle.")
        current().bind_icon(self.new_seed, "seed")
        self.new_seed.clicked.connect(self._draw_seed)
        self._problems = ProblemList(workspace, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.form)
        column.addWidget(self.new_seed)
        column.addWidget(self._problems)

    def heading(self) -> tuple[str, str]:
        """Title and note of the panel while this page is shown."""
        selected = len(self._workspace.selection.nodes)
        return "Training", f"{selected} layers selected" if selected else "whole network"

    def refresh(self) -> None:
        """Show the current plan and problems."""
        self.form.set_part(self._workspace.project.plan)
        self._problems.show_problems(self._workspace.advice)

    def _apply(self, plan: Plan, setting: Setting) -> None:
        project = replace(self._workspace.project, plan=plan)
        self._workspace.apply(
            f"Change {setting.label.lower()}", project, merge=f"plan/{setting.name}"
        )

    def _draw_seed(self) -> None:
        leave(self.new_seed)
        project = edits.change_plan(self._workspace.project, seed=secrets.randbelow(10_000))
        self._workspace.apply("New seed", project)
