"""Cross-validation in the window: folds train beside it, and a table says what they came to."""

from __future__ import annotations

import os
from threading import Thread

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.data.folds import FEWEST_FOLDS, MOST_FOLDS
from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.figure import Table
from neuralbuilder.insights.measures import SHORT, written
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Project
from neuralbuilder.project.text import print_design
from neuralbuilder.training.cross_validation import CrossValidation, cross_validate
from neuralbuilder.ui.garbage import GarbageCollector
from neuralbuilder.ui.plots.table_view import TableView
from neuralbuilder.ui.widgets.form import Form
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.widgets.numbers import ABSENT, real_minus
from neuralbuilder.ui.widgets.section import label
from neuralbuilder.ui.workspace import Workspace

USUAL_FOLDS, USUAL_EPOCHS = 5, 100
_LOOK_EVERY = 100
"""Milliseconds between two looks at how far the folds are."""
_PATIENCE = 2.0
"""Seconds that closing waits for processes that have been ended."""


class FoldsBeside(QObject):
    """Runs one cross-validation beside the window.

    `progressed` carries the share that is done, `ended` the `CrossValidation`, or the exception
    that it has ended with.
    """

    progressed = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: _Work | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY)
        self._timer.timeout.connect(self._look)
        # The folds are waited for on other threads, where Qt objects must not be collected.
        self._garbage = GarbageCollector(self)

    @property
    def is_running(self) -> bool:
        """Whether folds are being trained."""
        return self._work is not None

    def start(self, project: Project, samples: Samples, folds: int, epochs: int) -> None:
        """Begin; call it only while nothing is running."""
        self._work = _Work(project, samples, folds, epochs)
        self._garbage.start()
        self._work.start()
        self._timer.start()

    def cancel(self) -> None:
        """Have it end soon; `ended` follows."""
        if self._work is not None:
            self._work.is_wanted = False

    def close(self) -> None:
        """End it now; nothing follows."""
        self._timer.stop()
        self.cancel()
        if self._work is not None:
            self._work.join(_PATIENCE)
        self._garbage.stop()
        self._work = None

    @Slot()
    def _look(self) -> None:
        work = self._work
        assert work is not None
        self.progressed.emit(work.share)
        if not work.is_alive():
            self.close()
            self.ended.emit(work.outcome)


class _Work(Thread):
    """A thread that only waits: the folds are trained in processes of their own."""

    def __init__(self, project: Project, samples: Samples, folds: int, epochs: int) -> None:
        super().__init__(name="cross-validation", daemon=True)
        self._asked = project, samples, folds, epochs
        self.outcome: CrossValidation | Exception | None = None
        self.share = 0.0
        self.is_wanted = True

    def run(self) -> None:
        at_once = max(1, (os.cpu_count() or 1) - 1)  # one core is left to the window
        try:
            self.outcome = cross_validate(*self._asked, at_once=at_once, progress=self._tell)
        except Exception as error:  # raised where somebody looks at it
            self.outcome = error

    def _tell(self, share: float) -> bool:
        self.share = share
        return self.is_wanted


class CrossValidationDialog(QDialog):
    """Asks how many folds and epochs, trains them, and shows a table of what they came to.

    The window can be used meanwhile; the folds are those of the project as it was at the start.
    """

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Cross-validation")
        self._workspace = workspace
        self.beside = FoldsBeside(self)
        self._make_parts()
        self._lay_out()
        self.start.clicked.connect(self._start_or_stop)
        self.copy.clicked.connect(self._copy)
        self.beside.progressed.connect(self._show_progress)
        self.beside.ended.connect(self._show_outcome)
        self._show_running(False)
        self.resize(760, 460)

    def _make_parts(self) -> None:
        plan = self._workspace.project.plan
        self.folds = NumberField(
            USUAL_FOLDS, integer=True, minimum=FEWEST_FOLDS, maximum=MOST_FOLDS, parent=self
        )
        self.epochs = NumberField(
            plan.epochs or USUAL_EPOCHS, integer=True, minimum=1, maximum=100_000_000,
            logarithmic=True, parent=self,
        )  # fmt: skip
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.table = TableView(self)
        self.table.setAccessibleName("Results of the folds")
        self.design = label("", "mono-muted", self)
        self.notes = label("", "note", self)
        for text in (self.design, self.notes):
            text.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.buttons.rejected.connect(self.reject)
        self.copy = QPushButton("Copy table", self)
        self.start = QPushButton("Start", self)
        self.start.setProperty("accent", True)
        self.start.setDefault(True)
        for button in (self.copy, self.start):
            self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)

    def _lay_out(self) -> None:
        explained = label(
            "Trains the network afresh for every fold and tests it on the samples of that fold, "
            "which it has not seen. The network in the window stays as it is.",
            "muted",
            self,
        )
        explained.setWordWrap(True)
        form = Form(self)
        form.add_row("Folds", self.folds, "Every sample is tested in one of them.")
        form.add_row("Epochs", self.epochs, "How long each fold is trained.")
        column = QVBoxLayout(self)
        column.setSpacing(10)
        for widget in (explained, form, self.bar, self.design, self.table, self.notes,
                       self.buttons):  # fmt: skip
            column.addWidget(widget, 1 if widget is self.table else 0)

    # ------------------------------------------------------------ running

    @Slot()
    def _start_or_stop(self) -> None:
        if self.beside.is_running:
            self.beside.cancel()
            return
        project, samples = self._workspace.project, self._workspace.samples
        wrong = [p for p in self._workspace.problems if p.severity == "error"]
        if samples is None or wrong:
            self._say(str(wrong[0]) if wrong else "There are no data to train on.")
            return
        self.design.setText(print_design(project))
        self.table.set_table(Table((), ()))
        self._say("")
        self._show_running(True)
        self.beside.start(project, samples, int(self.folds.value()), int(self.epochs.value()))

    def done(self, result: int) -> None:
        """Close; folds that are still in training are given up."""
        self.beside.close()
        super().done(result)
        self.deleteLater()

    @Slot(object)
    def _show_progress(self, share: float) -> None:
        self.bar.setValue(round(1000 * share))

    def _show_running(self, running: bool) -> None:
        self.start.setText("Stop" if running else "Start")
        for field in (self.folds, self.epochs):
            field.setEnabled(not running)
        self.bar.setValue(0)
        self.copy.setEnabled(False)
        self.design.setVisible(bool(self.design.text()))

    @Slot(object)
    def _show_outcome(self, outcome: CrossValidation | Exception) -> None:
        self._show_running(False)
        if isinstance(outcome, UserError):
            self._say(str(outcome))
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            self.bar.setValue(1000)
            self.table.set_table(table_of(outcome))
            self.copy.setEnabled(True)
            self._say("\n".join(outcome.notes))

    def _say(self, text: str) -> None:
        self.notes.setText(text)
        self.notes.setVisible(bool(text))

    @Slot()
    def _copy(self) -> None:
        """Put the table on the clipboard as a spreadsheet takes it."""
        model = self.table.model()
        columns = range(model.columnCount())
        lines = [[model.headerData(c, Qt.Orientation.Horizontal) for c in columns]]
        lines += [[model.index(row, c).data() for c in columns] for row in range(model.rowCount())]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))


def table_of(result: CrossValidation) -> Table:
    """A row for each fold, and one for mean and deviation."""
    names = result.shown
    rows = [
        (str(fold.number), f"{fold.trained:,}", f"{fold.tested:,}",
         *(_figure(name, fold.measures.get(name)) for name in names))
        for fold in result.folds
    ]  # fmt: skip
    spread = (
        f"{_figure(name, result.mean[name])} ± {_figure(name, result.deviation.get(name))}"
        for name in names
    )
    rows.append(("Mean ± deviation", "", "", *spread))
    headings = ("Fold", "Trained", "Tested", *(SHORT.get(name, name) for name in names))
    return Table(headings, tuple(rows))


def _figure(name: str, value: float | None) -> str:
    """A measure as people read it, a dash where there is none."""
    return ABSENT if value is None else real_minus(written(name, value))
