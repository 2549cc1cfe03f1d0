"""Bad input in the window: a message in the banner, and everything as it was."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from neuralbuilder.engine.losses import CategoricalCrossEntropy, MeanSquaredError
from neuralbuilder.project import edits, files
from neuralbuilder.project.clipboard import to_text
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui.data_panel import CsvImportDialog
from neuralbuilder.ui.inspector.advice import ProblemCard
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.window import MainWindow
from neuralbuilder.ui.workspace import Selection
from tests.bad_files import ODD, REFUSED, TABLES
from tests.ui.window_parts import PATIENCE, open_window, settle


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window without a training process."""
    with open_window(qtbot, ready=False) as window:
        yield window


@pytest.fixture
def live(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window whose training process answers."""
    with open_window(qtbot) as window:
        yield window


def everything(window: MainWindow) -> tuple[object, ...]:
    """What a bad file must leave alone."""
    workspace = window.workspace
    return (
        workspace.project,
        workspace.state,
        workspace.samples,
        workspace.history,
        workspace.selection,
        workspace.path,
        workspace.unsaved,
        window.windowTitle(),
        window.transport.design.text(),
        window.settings.recent_files(),
    )


def press(window: MainWindow, text: str) -> None:
    """Press a button of the banner."""
    buttons = window.banner.findChildren(QPushButton)
    next(b for b in buttons if b.text() == text and b.isVisible()).click()


def offers(window: MainWindow) -> list[str]:
    """The buttons of the banner."""
    return [b.text() for b in window.banner.findChildren(QPushButton) if b.isVisible()]


# ------------------------------------------------------------------ files


def test_no_bad_file_changes_anything(window: MainWindow, tmp_path: Path) -> None:
    workspace = window.workspace
    workspace.apply("Grow", edits.set_units(workspace.project, "hidden_1", 5))
    workspace.select(Selection(frozenset({"hidden_1"}), ("hidden_1", 1), 3))
    workspace.saved_as(tmp_path / "mine.nbnet", workspace.document)
    before = everything(window)
    for number, (row, bad) in enumerate((REFUSED | TABLES).items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = bad.at(folder)
        window.banner.dismiss()
        said: list[str] = []
        QTimer.singleShot(0, partial(give_up, said))
        window.files.open_path(path)
        QApplication.processEvents()
        if not said:
            assert window.banner.isVisible(), row
            said.append(window.banner.accessibleName())
            assert path.name[:40] in said[0], row
        assert bad.word in said[0], row
        now = everything(window)
        assert all(a is b or a == b for a, b in zip(before, now, strict=True)), row


def give_up(said: list[str]) -> None:
    """Note why a table cannot be imported, where the dialog for that is open, and leave it."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, CsvImportDialog):
        assert not dialog.ok.isEnabled()
        said.append(dialog.reason())
        dialog.reject()


def test_what_is_odd_about_a_file_is_said(window: MainWindow, tmp_path: Path) -> None:
    for row in ("P18 out of reach", "W4 other shape", "W5 not finite"):
        path = ODD[row].at(tmp_path)
        window.banner.dismiss()
        window.files.open_path(path)
        assert window.workspace.path == path, row
        assert window.banner.isVisible(), row
        assert ODD[row].word in window.banner.message(), row
    for row in ("P13 unknown layer", "P15 cycle"):
        window.files.open_path(ODD[row].at(tmp_path))
        found = [p for p in window.workspace.problems if ODD[row].word in p.message]
        assert found[0].node, row
        assert not window.banner.isVisible(), row
        window.runner.train()
        assert not window.runner.is_running, row
        assert window.banner.isVisible(), row


def test_w5_weights_that_are_no_numbers_are_not_trained_until_rewound(
    live: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    live.files.open_path(ODD["W5 not finite"].at(tmp_path))
    qtbot.waitUntil(lambda: live.runner.status == "waiting", timeout=PATIENCE)
    for begin in (live.runner.train, live.runner.step):
        live.banner.dismiss()
        begin()
        qtbot.waitUntil(live.banner.isVisible, timeout=PATIENCE)
        assert not live.runner.is_running
        assert "Rewind" in live.banner.accessibleName()
    assert live.workspace.state.step == 7
    live.runner.rewind()
    live.runner.step()
    settle(qtbot, live)
    assert live.workspace.state.step == 1
    assert np.isfinite(live.workspace.state.parameters).all()


def test_w5_the_reason_stays_in_the_banner_of_a_new_window(qtbot: QtBot, tmp_path: Path) -> None:
    document = files.load(ODD["W5 not finite"].at(tmp_path))
    with open_window(qtbot, document, ready=False) as window:
        failures: list[str] = []
        window.runner.failed.connect(lambda problem: failures.append(str(problem)))
        qtbot.waitUntil(lambda: window.runner.status == "waiting", timeout=PATIENCE)
        qtbot.wait(200)
        assert len(failures) == 1
        assert "Rewind" in window.banner.accessibleName()


def test_p1_the_version_before_is_offered(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "net.nbnet"
    files.save(path, Document(edits.set_units(example(), "hidden_1", 6)))
    files.save(path, Document(example()))
    path.write_bytes(b"")
    window.files.open_path(path)
    assert offers(window) == ["Open the version before"]
    press(window, "Open the version before")
    assert window.workspace.project.node("hidden_1").layer.units == 6
    assert window.workspace.path is None
    assert window.workspace.unsaved
    files.previous_versions(path)[0].write_bytes(b"")
    window.workspace.saved_as(tmp_path / "other.nbnet", window.workspace.document)
    window.files.open_path(path)
    press(window, "Open the version before")
    assert "No earlier version" in window.banner.message()


@pytest.fixture
def conflict(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> Path:
    """A file that is open and changed, in the window and by somebody else; saving is refused."""
    path = tmp_path / "net.nbnet"
    files.save(path, Document(example()))
    window.files.open_path(path)
    files.save(path, Document(edits.set_units(example(), "hidden_1", 7)))
    theirs = path.read_bytes()
    window.canvas.commands.set_units("hidden_1", 5)
    window.actions_["save"].trigger()
    qtbot.waitUntil(window.banner.isVisible, timeout=PATIENCE)
    assert "changed by another program" in window.banner.message()
    assert offers(window) == ["Save a copy…", "Reload", "Overwrite"]
    assert path.read_bytes() == theirs
    assert window.workspace.unsaved
    return path


def units(path: Path) -> int:
    """The neurons of the hidden layer in a file."""
    return files.load(path).project.node("hidden_1").layer.units


def test_f4_a_file_changed_by_another_program_can_be_overwritten(
    window: MainWindow, qtbot: QtBot, conflict: Path
) -> None:
    press(window, "Overwrite")
    qtbot.waitUntil(lambda: not window.workspace.unsaved, timeout=PATIENCE)
    assert units(conflict) == 5
    assert units(files.previous_versions(conflict)[0]) == 7
    assert not window.banner.isVisible()
    for count in (8, 9):  # twice in a row: the second is not surprised by the first
        window.canvas.commands.set_units("hidden_1", count)
        window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: not window.workspace.unsaved, timeout=PATIENCE)
    assert units(conflict) == 9
    assert not window.banner.isVisible()


def test_f4_a_file_changed_by_another_program_can_be_reloaded(
    window: MainWindow, conflict: Path
) -> None:
    press(window, "Reload")
    assert window.workspace.project.node("hidden_1").layer.units == 7
    assert not window.workspace.unsaved
    assert [units(path) for path in window.messages.rescue.found()] == [5], "nothing is lost"


def test_f3_a_file_deleted_meanwhile_is_written_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "net.nbnet"
    files.save(path, Document(example()))
    window.files.open_path(path)
    path.unlink()
    window.canvas.commands.set_units("hidden_1", 5)
    window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: not window.workspace.unsaved, timeout=PATIENCE)
    assert units(path) == 5


# ------------------------------------------------------------------ numbers for training


def type_into(field: NumberField, text: str) -> None:
    """Type a number into a field and press Enter."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def live_field(window: MainWindow, name: str) -> NumberField:
    """A field of the tool bar."""
    window.resize(1600, 1000)
    QApplication.processEvents()
    return window.transport.live.fields[name].field


NO_NUMBERS = {
    "learning_rate": ("-1", "nan", "inf", "1e999", "1e10", "1/0"),
    "batch_size": ("0", "-3", "2.5", "1e30"),
    "l2": ("-1",),
}
ODD_NUMBERS = (
    ("learning_rate", "0", "no weight ever changes"),
    ("learning_rate", "100", "hardly succeed"),
    ("batch_size", "100000", "samples are trained on"),
)


def test_t1_fields_refuse_what_makes_no_sense(window: MainWindow) -> None:
    before = window.workspace.history
    for name, texts in NO_NUMBERS.items():
        field = live_field(window, name)
        old = field.text()
        for text in texts:
            type_into(field, text)
            assert field.problem(), (name, text)
            assert field.toolTip() == field.problem()
            assert window.workspace.history is before
            window.canvas.setFocus()
            assert field.text() == old


def test_t1_odd_numbers_are_warned_of(window: MainWindow) -> None:
    for name, text, word in ODD_NUMBERS:
        type_into(live_field(window, name), text)
        (problem,) = [p for p in window.workspace.problems if word in p.message]
        assert problem.severity == "warning"
        assert window.status.problems.isVisible()
        card = next(c for c in cards(window) if c.problem == problem)
        if problem.fix is not None:
            card.findChild(QPushButton).click()
            assert not [p for p in window.workspace.problems if word in p.message]


def test_t1_an_endless_training_with_a_wild_rate_can_be_stopped(
    live: MainWindow, qtbot: QtBot
) -> None:
    form = live.panes.inspector.plan_page.form
    type_into(form.field("epochs"), "1e9")
    assert live.workspace.project.plan.epochs in (0, 10**9) or form.field("epochs").problem()
    type_into(live_field(live, "batch_size"), "100000")
    live.runner.train()
    qtbot.waitUntil(lambda: live.runner.last.step > 3, timeout=PATIENCE)
    live.runner.pause()
    settle(qtbot, live)
    assert live.runner.status == "paused"


# ------------------------------------------------------------------ losses and outputs


def cards(window: MainWindow) -> list[ProblemCard]:
    """The problems that the inspector shows."""
    QApplication.processEvents()
    found = window.panes.inspector.findChildren(ProblemCard)
    return [card for card in found if card.isVisible()]


def test_t2_what_does_not_go_together_is_mended_by_clicks(window: MainWindow) -> None:
    start = window.workspace.project
    for text, loss in (
        ("4 -> 3 tanh -> 2 softmax", MeanSquaredError()),
        ("4 -> 3 tanh -> 2 linear", CategoricalCrossEntropy()),
        ("4 -> 3 tanh -> 3 linear", MeanSquaredError()),
        ("4 -> 3 tanh -> 1 softmax", MeanSquaredError()),
    ):
        project = edits.change_plan(edits.set_design(start, text), loss=loss)
        window.workspace.apply("Odd pair", project)
        window.canvas.commands.select(["output"])
        assert mend(window), text
        problems = window.workspace.problems
        assert not [p for p in problems if p.severity == "error"], text


def mend(window: MainWindow) -> int:
    """Press the remedies that the inspector offers until none is left; how many there were."""
    workspace = window.workspace
    for count in range(5):  # one remedy may bring the next problem to light
        offered = [card for card in cards(window) if card.problem.fix is not None]
        if not offered:
            return count
        problem = offered[0].problem
        assert problem.node == "output"
        QTest.mouseClick(offered[0].findChild(QPushButton), Qt.MouseButton.LeftButton)
        assert problem not in workspace.problems
        assert workspace.history.undo_name == problem.fix.label
    raise AssertionError("the remedies run in circles")


# ------------------------------------------------------------------ clipboard


def test_x4_a_foreign_clipboard_is_refused(window: MainWindow) -> None:
    ours = to_text(example(), ["hidden_1"])
    before = everything(window)
    window.canvas.setFocus()
    for text, word in (
        ("", "no layers"),
        ('{"nodes": [{"type": "Dense"}]}', "no layers"),
        ("x" * 5_000_000, "too long"),
        (ours.replace('"version": 1', '"version": 9'), "newer"),
        (ours.replace('"units": 3', '"units": -3'), "hidden_1"),
    ):
        QGuiApplication.clipboard().setText(text)
        window.banner.dismiss()
        window.actions_["paste"].trigger()
        assert window.banner.isVisible()
        assert word in window.banner.message()
        assert everything(window) == before
    QGuiApplication.clipboard().clear()
