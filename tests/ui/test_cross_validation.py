"""Cross-validation in the window: beside it, with progress, and ended whenever one likes."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import Iris
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document
from neuralbuilder.training.cross_validation import CrossValidation
from neuralbuilder.training.fold import FoldResult
from neuralbuilder.ui.cross_validation import CrossValidationDialog, table_of
from neuralbuilder.ui.window import MainWindow
from tests.ui.window_parts import PATIENCE, close, open_window

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(qtbot: QtBot):
    samples = Iris().load()
    project = new_project("4 -> 4 tanh -> 3 softmax", Iris(), samples)
    with open_window(qtbot, Document(project, samples=samples), ready=False) as opened:
        yield opened


def dialog_of(window: MainWindow) -> CrossValidationDialog:
    window.actions_["crossval"].trigger()
    dialog = window.findChild(CrossValidationDialog)
    assert dialog is not None
    assert dialog.isVisible()
    return dialog


def cells(dialog: CrossValidationDialog) -> list[list[str]]:
    model = dialog.table.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_folds_are_trained_beside_the_window(window: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(window)
    dialog.folds.set_value(2)
    dialog.epochs.set_value(3)
    project, state = window.workspace.project, window.workspace.state
    dialog.start.click()
    assert dialog.start.text() == "Stop"
    assert not dialog.folds.isEnabled()
    window.actions_["crossval"].trigger()
    assert window.findChildren(CrossValidationDialog) == [dialog]
    qtbot.waitUntil(lambda: dialog.start.text() == "Start", timeout=PATIENCE)
    rows = cells(dialog)
    assert [row[:3] for row in rows] == [
        ["1", "68", "75"], ["2", "68", "75"], ["Mean ± deviation", "", ""]
    ]  # fmt: skip
    assert rows[0][4].endswith(" %")
    assert " ± " in rows[2][3]
    assert dialog.bar.value() == 1000
    assert (window.workspace.project, window.workspace.state) == (project, state)
    dialog.copy.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == [
        "Fold",
        "Trained",
        "Tested",
        "loss",
        "accuracy",
        "balanced accuracy",
        "macro F1",
        "macro ROC AUC",
    ]
    assert len(lines) == 4
    dialog.reject()


def test_stopping_and_closing_end_the_folds(window: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(window)
    dialog.epochs.set_value(100_000_000)
    dialog.start.click()
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.start.text() == "Start", timeout=PATIENCE)
    assert dialog.notes.text() == "The cross-validation was stopped."
    dialog.start.click()
    assert dialog.beside.is_running
    close(window)


def test_what_is_wrong_is_said_before_anything_starts(window: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(window)
    dialog.folds.set_value(60)
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.start.text() == "Start", timeout=PATIENCE)
    assert "Every class has fewer than 60 samples" in dialog.notes.text()
    wrong = new_project("5 -> 3 softmax", Iris())
    window.workspace.apply("Other network", wrong)
    dialog.start.click()
    assert not dialog.beside.is_running
    assert "The input is" in dialog.notes.text()
    dialog.reject()


def test_a_measure_that_a_fold_lacks_is_a_dash() -> None:
    folds = (
        FoldResult(1, 9, 0, 3, 5, {"loss": 0.25, "accuracy": 0.5}),
        FoldResult(2, 9, 0, 3, 5, {}, "It went astray."),
    )
    rows = table_of(CrossValidation(folds)).rows
    assert rows[1][3:] == ("–", "–")
    assert rows[2][3:] == ("0.250 ± –", "50.00 % ± –")
