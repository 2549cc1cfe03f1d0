"""A row to type or drag; the network answers while one does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from neuralbuilder.insights.base import OwnInput
from neuralbuilder.problems import UserError
from neuralbuilder.project.typed_rows import TypedRow, lags_of
from neuralbuilder.ui.answers import Answers, Arrays, answers_of
from neuralbuilder.ui.row_fields import RowEdit, edit_for
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.widgets.form import Form
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.widgets.section import label
from neuralbuilder.ui.workspace import Workspace

SETTLE = 30
"""Milliseconds from a change to the question what the network says to it."""
MOST_FIELDS = 200
INPUTS_WIDTH, ANSWERS_WIDTH, TALLEST = 440, 260, 620


def can_be_typed(workspace: Workspace) -> bool:
    """Whether a row of the data has so few columns that they can be typed."""
    samples = workspace.samples
    return workspace.tries and samples is not None and len(TypedRow(samples).fields) <= MOST_FIELDS


class RowPad(QDialog):
    """Edits a row of the data, which stands in the place of the selected sample until the pad is
    closed or another sample is selected.

    It begins with what the selected sample holds. `show_arrays` takes the live values of the
    canvas.
    """

    def __init__(
        self, workspace: Workspace, runner: Runner | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("row_pad")
        self.setWindowTitle("Try a row")
        self._workspace, self._runner = workspace, runner
        self._row: TypedRow | None = None
        self.edits: tuple[RowEdit, ...] = ()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE)
        self._settle.timeout.connect(self._show_row)
        self.answers = Answers(self)
        self.note = label("", "note", self)
        self.note.setWordWrap(True)
        self.reset_button = QPushButton("As the sample", self)
        self.close_button = QPushButton("Close", self)
        self._lay_out()
        self.reset_button.clicked.connect(self._reset)
        self.close_button.clicked.connect(self.reject)
        workspace.samples_changed.connect(self._measure)
        workspace.project_changed.connect(self._project_changed)
        workspace.selection_changed.connect(self._selection_changed)
        self._measure()
        self.resize(self.sizeHint())

    def _lay_out(self) -> None:
        inside = QWidget()
        self.form = Form(inside)
        fields = QVBoxLayout(inside)
        fields.setContentsMargins(0, 0, 10, 0)
        fields.addWidget(self.form)
        fields.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        left, right = QVBoxLayout(), QVBoxLayout()
        self.heading = label("", "section", self)
        left.addWidget(self.heading)
        left.addWidget(self.area, 1)
        right.addWidget(label("The network says", "section", self))
        right.addWidget(self.answers)
        right.addWidget(self.note)
        right.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.reset_button, self.close_button):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        both = QHBoxLayout()
        both.setSpacing(20)
        both.addLayout(left, INPUTS_WIDTH)
        both.addLayout(right, ANSWERS_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(14)
        column.addLayout(both, 1)
        column.addLayout(buttons)

    def sizeHint(self) -> QSize:
        """Wide enough for both sides, and as high as the fields need up to a limit."""
        scale = current().text_scale
        width = round((INPUTS_WIDTH + ANSWERS_WIDTH) * scale) + 52
        fields = self.form.sizeHint().height() + 120
        return QSize(width, min(max(fields, super().sizeHint().height()), TALLEST))

    # ------------------------------------------------------------ following

    @Slot()
    def _measure(self) -> None:
        """Make the fields of the data, and show the selected sample in them."""
        samples = self._workspace.samples
        if samples is None or not can_be_typed(self._workspace):
            self.close()
            return
        if self._row is None or self._row.samples is not samples:
            self._row = TypedRow(samples)
            self.form.clear_rows()
            self.edits = tuple(edit_for(field, self.form) for field in self._row.fields)
            for edit in self.edits:
                self.form.add_row(edit.field.name, edit).setToolTip(edit.field.name)
                edit.changed.connect(self._changed)
            if self.edits:
                self.edits[0].setFocus()
        self._begin()

    @Slot(object, object)
    def _project_changed(self, old: object, new: object) -> None:
        if not can_be_typed(self._workspace):
            self.close()
        elif self._row is not None and self._row.samples is not self._workspace.samples:
            self._measure()

    @Slot()
    def _selection_changed(self) -> None:
        """Another sample has been selected: go on with that one."""
        if self._workspace.selection.own_input is None:
            self._begin()

    @property
    def _sample(self) -> int:
        samples = self._workspace.samples
        count = samples.count if samples is not None else 1
        return min(self._workspace.selection.sample, count - 1)

    def _begin(self) -> None:
        """Show the selected sample."""
        if self._row is None:
            return
        self._settle.stop()
        for edit, value in zip(self.edits, self._row.values(self._sample), strict=True):
            edit.set_value(value)
            edit.set_problem("")
        self._tell(own=False)

    def _tell(self, own: bool, problem: str = "") -> None:
        sample = f"sample {thousands(self._sample + 1)}"
        self.heading.setText("Your row" if own else sample.capitalize())
        self.reset_button.setText(f"As {sample}")
        self.reset_button.setEnabled(own)
        lags = lags_of(self._row.samples.encoding) if self._row is not None else 0
        before = f"What stands in the {lags} rows before is taken from {sample}." if lags else ""
        self.note.setText(problem or before)
        self.note.setVisible(bool(self.note.text()))

    @Slot()
    def _reset(self) -> None:
        self._workspace.select(replace(self._workspace.selection, own_input=None))
        self._begin()

    @Slot()
    def _changed(self) -> None:
        if not self._settle.isActive():  # so that the network answers also during a long drag
            self._settle.start()

    @Slot()
    def _show_row(self) -> None:
        """Put the row in the place of the selected sample."""
        if self._row is None:
            return
        values = [edit.value() for edit in self.edits]
        for edit in self.edits:
            edit.set_problem("")
        try:
            inputs = self._row.inputs(values, self._sample)
        except UserError as error:
            self._tell(own=True, problem=str(error))
            self._mark(error)
            return
        scaling = None if self._runner is None else self._runner.input_scaling()
        if scaling is not None:
            inputs = np.array(scaling.filled(inputs))
        inputs.flags.writeable = False
        selection = self._workspace.selection
        self._workspace.select(replace(selection, own_input=OwnInput(inputs)))
        self._tell(own=True)

    def _mark(self, error: UserError) -> None:
        """Mark the field that the error is about."""
        for edit in self.edits:
            if error.message.startswith(f"{edit.field.name}: "):
                edit.set_problem(str(error))

    @Slot(object)
    def show_arrays(self, arrays: Arrays) -> None:
        """Show the answer among the live values of the canvas."""
        samples, project = self._workspace.samples, self._workspace.project
        output = next((n.id for n in project.nodes if n.layer.role == "output"), "")
        found = () if samples is None else answers_of(samples, output, arrays)
        self.answers.show_answers(found)

    # ------------------------------------------------------------ end

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        event.accept()

    def done(self, result: int) -> None:
        """Close; the selected sample is shown again."""
        self._settle.stop()
        if self._workspace.selection.own_input is not None:
            self._workspace.select(replace(self._workspace.selection, own_input=None))
        super().done(result)
