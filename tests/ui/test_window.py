"""The window as a whole: commands, files, layout, messages. Stories are in test_stories.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt, QTimer, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from neuralbuilder.data.bundled import Iris
from neuralbuilder.engine.activations import Sine
from neuralbuilder.engine.layers import Dense
from neuralbuilder.insights import WeightHistograms
from neuralbuilder.problems import Problem, UserError
from neuralbuilder.project import edits, files
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.files import Document
from neuralbuilder.ui.application import Farewell
from neuralbuilder.ui.data_panel import CsvImportDialog
from neuralbuilder.ui.data_panel.source import SourceChoice
from neuralbuilder.ui.errors import ErrorWatch, Rescue
from neuralbuilder.ui.files import RecentFiles
from neuralbuilder.ui.inspector.advice import ProblemCard
from neuralbuilder.ui.settings import NAME, Settings
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.widgets.numbers import compact
from neuralbuilder.ui.window import MainWindow
from tests.ui.window_parts import PATIENCE, drag, open_window, settle, steps


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window without a training process: most of what is here needs none."""
    with open_window(qtbot, ready=False) as window:
        yield window


@pytest.fixture
def live(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window whose training process answers."""
    with open_window(qtbot) as window:
        yield window


def grow(window: MainWindow, units: int = 5) -> None:
    """Any edit."""
    project = edits.set_units(window.workspace.project, "hidden_1", units)
    window.workspace.apply("Change size of Hidden 1", project)


def is_closed(window: MainWindow) -> bool:
    """Whether the window is gone, deleted or about to be."""
    return not isValid(window) or not window.isVisible()


def answer(button: QMessageBox.StandardButton, asked: list[str]) -> None:
    """Press a button of the next question."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.button(button).click()

    QTimer.singleShot(50, press)


# ------------------------------------------------------------------ commands


def test_it_opens_on_what_it_was_given(window: MainWindow) -> None:
    assert window.windowTitle() == "untitled[*] – NeuralBuilder"
    assert window.transport.design.text() == "R^4 -> 3 tanh -> R^2 linear"
    assert not window.isWindowModified()
    assert not window.banner.isVisible()
    assert not window.actions_["undo"].isEnabled()
    assert window.status.values["parameters"].text() == "23 parameters"


def test_keys_train_step_and_rewind(live: MainWindow, qtbot: QtBot) -> None:
    live.canvas.setFocus()
    QTest.keyClick(live.canvas.view, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: steps(live) == 1, timeout=PATIENCE)
    QTest.keyClick(live.canvas.view, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: steps(live) == 44, timeout=PATIENCE)
    QTest.keyClick(live.canvas.view, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: steps(live) == 0, timeout=PATIENCE)
    assert "Undo rewind" in live.actions_["undo"].toolTip()
    QTest.keyClick(live.canvas.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: steps(live) == live.runner.last.step == 44, timeout=PATIENCE)
    QTest.keyClick(live.canvas.view, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: steps(live) == live.runner.last.step == 0, timeout=PATIENCE)
    QTest.keyClick(live.panes.layers.items[0], Qt.Key.Key_Space)
    assert live.runner.is_running
    assert live.transport.train.text().strip() == "Pause"
    QTest.keyClick(live.canvas.view, Qt.Key.Key_Space)
    assert not live.runner.is_running
    settle(qtbot, live)


def test_keys_in_a_field_stay_in_the_field(live: MainWindow) -> None:
    field = live.transport.design
    live.edit_design()
    QTest.keyClicks(field, "ser f")
    assert field.text() == "ser f"
    assert not live.runner.is_running
    assert live.runner.last.step == 0
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "R^4 -> 3 tanh -> R^2 linear"


def test_space_presses_the_switch_that_has_the_focus(window: MainWindow) -> None:
    switch = window.panes.data.targets.switch
    switch.setFocus()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert not window.workspace.project.plan.scale_targets
    assert not window.runner.is_running


def test_undo_and_redo_say_what_they_do(window: MainWindow) -> None:
    grow(window)
    assert window.actions_["undo"].text() == "Undo change size of Hidden 1"
    window.actions_["undo"].trigger()
    assert window.transport.design.text() == "R^4 -> 3 tanh -> R^2 linear"
    assert window.actions_["redo"].text() == "Redo change size of Hidden 1"
    window.actions_["redo"].trigger()
    assert window.transport.design.text() == "R^4 -> 5 tanh -> R^2 linear"


def test_every_command_has_a_hint_and_a_place_in_the_menu(window: MainWindow) -> None:
    commands = [name for names in window.actions_.menu_names.values() for name in names]
    shortcuts: list[str] = []
    for name in commands:
        action = window.actions_[name]
        assert action.text()
        assert action.statusTip()
        assert action.menuRole() == action.MenuRole.NoRole
        shortcuts += [keys.toString() for keys in action.shortcuts()]
    assert len(shortcuts) == len(set(shortcuts))
    titles = [action.text() for action in window.menu.actions()]
    assert titles == ["File", "Edit", "Train", "Sample", "View", "Theme", "Help"]


def test_the_palette_appends_after_the_selection(window: MainWindow) -> None:
    item = next(item for item in window.panes.layers.items if item.layer.name == "dense")
    item.setFocus()
    QTest.keyClick(item, Qt.Key.Key_Return)
    assert [node.id for node in window.workspace.project.nodes] == [
        "input",
        "hidden_1",
        "output",
        "hidden_2",
    ]
    assert window.transport.design.text() == "R^4 -> 3 tanh -> 8 tanh -> R^2 linear"
    assert window.workspace.selection.nodes == {"hidden_2"}
    QTest.mouseDClick(item, Qt.MouseButton.LeftButton)
    assert len(window.workspace.project.nodes) == 5


def test_live_settings_change_the_plan_in_one_step(window: MainWindow) -> None:
    field = window.transport.live.fields["batch_size"].field
    field.setFocus()
    field.step_by(1)
    field.step_by(1)
    assert window.workspace.project.plan.batch_size == 100
    assert window.workspace.history.undo_name == "Change batch size"
    window.workspace.undo()
    assert window.workspace.project.plan.batch_size == 32
    assert field.value() == 32


def test_a_narrow_window_hides_the_live_settings_behind_a_button(window: MainWindow) -> None:
    assert window.transport.live.button.isVisible()
    window.resize(1600, 1000)
    QApplication.processEvents()
    assert not window.transport.live.button.isVisible()
    assert window.transport.live.fields["l2"].field.isVisible()


# ------------------------------------------------------------------ text form


def test_a_wrong_text_is_marked_and_changes_nothing(window: MainWindow) -> None:
    before = window.workspace.project
    field = window.transport.design
    window.edit_design()
    QTest.keyClicks(field, "R^4 -> 3 tanhh -> R^2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.error_column == 10
    assert field.message.startswith("Column 10:")
    assert window.workspace.project is before
    window.grab()
    field.setText("")
    QTest.keyClicks(field, "R^4 -> 6 relu -> R^2")
    assert field.error_column is None
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "R^4 -> 6 relu -> R^2 linear"
    assert window.workspace.history.undo_name == "Change the network"


def test_an_image_network_is_typed_and_mended_by_a_click(window: MainWindow) -> None:
    field, workspace = window.transport.design, window.workspace
    window.edit_design()
    QTest.keyClicks(field, "8x8 -> convv 3@3x3 -> 2")
    assert field.error_column == 8
    assert "Did you mean conv?" in field.message
    field.setText("")
    QTest.keyClicks(field, "8x8 -> conv 3@3x3 pad same -> maxpool 2 -> dropout 0.25 -> 2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    text = "8x8 -> conv 3@3x3 relu pad same -> maxpool 2 -> dropout 0.25 -> R^2 linear"
    assert field.text() == text
    window.canvas.commands.select(["output"])
    QApplication.processEvents()
    cards = window.panes.inspector.findChildren(ProblemCard)
    card = next(c for c in cards if c.isVisible() and c.problem.fix and c.problem.fix.insert)
    QTest.mouseClick(card.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert field.text() == text.replace("R^2", "flatten -> R^2")
    assert workspace.history.undo_name == "Insert a Flatten layer"
    window.actions_["undo"].trigger()
    assert field.text() == text
    window.canvas.commands.apply_fix("output")
    assert field.text() == text.replace("R^2", "flatten -> R^2")
    assert not [p for p in workspace.problems if p.node == "output" and p.severity == "error"]


def test_statistics_of_the_data_are_not_counted_as_parameters(window: MainWindow) -> None:
    workspace = window.workspace
    text = "4 -> 3 tanh -> batchnorm -> standardise -> 2"
    workspace.apply("Normalise", edits.set_design(workspace.project, text))
    assert window.status.values["parameters"].text().startswith("29")
    for node, note in (
        ("batchnorm_1", "BatchNorm · 6 parameters"),
        ("standardise_1", "Standardise · no parameters"),
        ("hidden_1", "Dense · 15 parameters"),
    ):
        window.canvas.commands.select([node])
        assert window.panes.inspector.layer_page.heading()[1] == note


IMAGES = "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> 10 softmax"


@pytest.mark.parametrize("size", [(1600, 1000), (1280, 800)])
def test_the_text_of_a_network_of_images_is_whole(window: MainWindow, size: tuple) -> None:
    field = window.transport.design
    project = edits.set_design(window.workspace.project, IMAGES)
    window.resize(*size)
    window.workspace.apply("Images", project)
    QApplication.processEvents()
    assert field.text().endswith("R^10 softmax")
    beside = field.textMargins().right() + 18
    assert field.fontMetrics().horizontalAdvance(field.text()) <= field.width() - beside
    assert field.geometry().right() < window.transport.live.geometry().left()
    field.grab()
    first = field.cursorRect().left()
    QTest.keyClick(field, Qt.Key.Key_End)
    field.grab()  # a line edit scrolls while it is painted
    length = field.cursorRect().left() - first
    assert abs(length - field.fontMetrics().horizontalAdvance(field.text())) <= 1, "not scrolled"


def test_the_end_of_a_text_without_room_is_reached_with_a_key(window: MainWindow) -> None:
    field = window.transport.design
    window.resize(960, 640)
    window.workspace.apply("Images", edits.set_design(window.workspace.project, IMAGES))
    QApplication.processEvents()
    assert field.fontMetrics().horizontalAdvance(field.text()) > field.width()
    assert field.text() in field.toolTip()
    QTest.keyClick(field, Qt.Key.Key_End)
    assert field.cursorPosition() == len(field.text())
    field.grab()  # a line edit scrolls while it is painted
    place = field.cursorRect().center().x()
    assert 0 < place <= field.width() - field.textMargins().right()


def test_text_that_is_being_typed_survives_other_changes(window: MainWindow) -> None:
    field = window.transport.design
    window.edit_design()
    QTest.keyClicks(field, "R^4 ->")
    grow(window)
    assert field.text() == "R^4 ->"


# ------------------------------------------------------------------ files


def test_saving_and_opening_again(live: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "net.nbnet"
    live.runner.epoch()
    settle(qtbot, live)
    assert live.isWindowModified()
    live.files.save_to(path)
    qtbot.waitUntil(lambda: not live.workspace.unsaved, timeout=PATIENCE)
    assert live.windowTitle() == "net.nbnet[*] – NeuralBuilder"
    assert not live.isWindowModified()
    assert live.settings.recent_files() == [path]
    live.files.new()
    assert live.workspace.project.nodes == ()
    assert live.windowTitle() == "untitled[*] – NeuralBuilder"
    live.files.open_path(path)
    assert live.workspace.path == path
    assert steps(live) == 44
    qtbot.waitUntil(lambda: live.runner.last.step == 44 and live.runner.settled, timeout=PATIENCE)
    assert not live.workspace.unsaved


def test_a_save_while_training_takes_the_newest_weights(
    live: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "net.nbnet"
    live.runner.train()
    qtbot.waitUntil(lambda: live.runner.last.step > 100, timeout=PATIENCE)
    at_least = live.runner.last.step
    live.files.save_to(path)
    qtbot.waitUntil(path.exists, timeout=PATIENCE)
    qtbot.waitUntil(lambda: live.workspace.path == path, timeout=PATIENCE)
    assert live.runner.is_running
    state = files.load(path).state
    assert state is not None
    assert state.step >= at_least
    live.runner.pause()
    settle(qtbot, live)


def test_a_failed_save_leaves_the_document_unsaved_and_offers_a_copy(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    grow(window)
    window.files.save_to(tmp_path / "missing" / "net.nbnet")
    qtbot.waitUntil(window.banner.isVisible, timeout=PATIENCE)
    assert "could not be saved" in window.banner.message()
    assert window.workspace.unsaved
    assert window.workspace.path is None
    offers = [button.text() for button in window.banner.findChildren(QPushButton)]
    assert "Save a copy…" in offers


def test_a_bad_file_is_told_and_changes_nothing(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "bad.nbnet"
    path.write_bytes(b"\x89PNG\r\n")
    before = window.workspace.project
    window.files.open_path(path)
    assert window.banner.isVisible()
    assert "bad.nbnet" in window.banner.message()
    assert window.workspace.project is before
    assert window.workspace.path is None


def test_a_file_can_be_dropped_anywhere(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "dropped.nbnet"
    files.save(path, Document(new_project("2 -> 4 relu -> 1")))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    event = drag(window, QPoint(700, 20), mime)
    assert event.isAccepted()
    assert window.transport.design.text() == "R^2 -> 4 relu -> R^1 linear"
    page = tmp_path / "page.part"
    page.write_bytes(b"<!DOCTYPE html><html></html>")
    mime.setUrls([QUrl.fromLocalFile(str(page))])
    assert drag(window, QPoint(700, 20), mime).isAccepted()
    assert "page.part is a web page" in window.banner.message()


def test_paste_takes_a_table_where_no_layers_are_on_the_clipboard(window: MainWindow) -> None:
    def reject() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, CsvImportDialog)
        shown.append(dialog.title.text())
        dialog.reject()

    shown: list[str] = []
    QGuiApplication.clipboard().setText("a\tb\n1\t2\n3\t4\n")
    QTimer.singleShot(0, reject)
    window.actions_["paste"].trigger()
    assert shown == ["Pasted table"]


def test_recent_files_that_are_gone_are_greyed(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    here, gone = tmp_path / "here.nbnet", tmp_path / "gone.nbnet"
    files.save(here, Document(example()))
    for path in (gone, here):
        window.settings.remember_file(path)
    menu: RecentFiles = window.menu.recent
    menu.fill()
    qtbot.waitUntil(lambda: not menu.actions()[1].isEnabled(), timeout=PATIENCE)
    assert [action.text() for action in menu.actions()] == ["here.nbnet", "gone.nbnet"]
    assert menu.actions()[0].isEnabled()
    menu.actions()[0].trigger()
    assert window.workspace.path == here


def test_closing_asks_once_and_cancel_keeps_the_window(window: MainWindow) -> None:
    grow(window)
    asked: list[str] = []
    answer(QMessageBox.StandardButton.Cancel, asked)
    window.close()
    assert asked == ["Save the changes to untitled?"]
    assert window.isVisible()
    answer(QMessageBox.StandardButton.Discard, asked)
    window.close()
    assert len(asked) == 2
    assert is_closed(window)


def test_closing_can_save_first(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "net.nbnet"
    files.save(path, window.workspace.document)
    window.files.load(path)
    grow(window, 7)
    answer(QMessageBox.StandardButton.Save, [])
    window.close()
    qtbot.waitUntil(lambda: is_closed(window), timeout=PATIENCE)
    assert files.load(path).project.node("hidden_1").layer.units == 7


def test_nothing_changed_closes_without_a_question(window: MainWindow) -> None:
    window.close()
    assert is_closed(window)


# ------------------------------------------------------------------ layout


def test_the_layout_is_remembered_and_can_be_reset(qtbot: QtBot) -> None:
    with open_window(qtbot, ready=False) as window:
        window.panes.setSizes([300, 700, 330])
        window.panes.splitterMoved.emit(300, 1)
        chosen = window.panes.sizes()
    with open_window(qtbot, ready=False) as window:
        QApplication.processEvents()
        assert abs(window.panes.sizes()[0] - chosen[0]) <= 2
        window.reset_layout()
        assert window.panes.sizes()[0] < 260


def test_a_window_off_the_screen_comes_back(qtbot: QtBot) -> None:
    with open_window(qtbot, ready=False) as window:
        window.move(30_000, 30_000)
        QApplication.processEvents()
    with open_window(qtbot, ready=False) as window:
        screen = QGuiApplication.primaryScreen().availableGeometry()
        assert screen.intersects(window.frameGeometry())


def test_damaged_settings_are_put_aside(qtbot: QtBot) -> None:
    store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, NAME, NAME)
    path = Path(store.fileName())
    del store
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"[window\n\x00\xff geometry=@ByteArray(\x01\n[[[]]]\n=\n")
    with open_window(qtbot, ready=False) as window:
        assert window.isVisible()
    settings = Settings()
    settings.write("theme", "light")
    settings.save()
    assert Settings().text("theme", "dark") == "light"


def test_odd_settings_give_the_usual_ones() -> None:
    settings = Settings(temporary=True)
    settings.write("theme", "purple")
    settings.write("panes/columns", "1 2 x")
    settings.write("window/geometry", "nonsense")
    assert settings.text("theme", "system", ("dark", "light", "system")) == "system"
    assert settings.sizes("panes/columns", 3) == []
    assert settings.geometry().isEmpty()
    assert settings.recent_files() == []


def test_the_theme_is_chosen_in_the_menu(window: MainWindow) -> None:
    from neuralbuilder.ui.theme import current

    window.actions_.themes["light"].trigger()
    assert not current().is_dark
    assert window.settings.text("theme", "dark") == "light"
    window.actions_.themes["dark"].trigger()
    assert current().is_dark


# ------------------------------------------------------------------ messages


def test_problems_are_counted_and_jump_to_their_layer(window: MainWindow) -> None:
    button = window.status.problems
    assert not button.isVisible()
    project = edits.set_units(window.workspace.project, "output", 3)
    window.workspace.apply("Wrong size", project)
    assert button.isVisible()
    problem = next(p for p in button.problems if p.node == "output")
    button.menu().aboutToShow.emit()
    entry = next(a for a in button.menu().actions() if a.data() == problem)
    entry.trigger()
    assert window.workspace.selection.nodes == {"output"}


def test_the_status_bar_shows_hints_and_notices(window: MainWindow) -> None:
    status = window.status
    assert status.hints.isVisible()
    status.show_hover("Step: Train one mini-batch")
    assert status.message.text() == "Step: Train one mini-batch"
    status.tell("Saved net.nbnet")
    status.show_hover("")
    assert status.message.text() == "Saved net.nbnet"


def test_a_mistake_of_the_program_is_told_once_and_the_work_is_rescued(
    window: MainWindow, qtbot: QtBot
) -> None:
    def wrong() -> None:
        raise ZeroDivisionError("seven")

    before = sys.excepthook
    window.messages.errors.install()
    try:
        for _ in range(3):
            try:
                wrong()
            except ZeroDivisionError as error:
                sys.excepthook(type(error), error, error.__traceback__)
        qtbot.waitUntil(window.banner.isVisible, timeout=PATIENCE)
    finally:
        window.messages.errors.remove()
        sys.excepthook = before
    assert "seven" in window.banner.message()
    assert len(window.messages.rescue.found()) == 1
    assert files.load(window.messages.rescue.found()[0]).project == window.workspace.project
    window.messages.copy_details()
    assert "ZeroDivisionError: seven" in QGuiApplication.clipboard().text()


def test_rescued_work_is_offered_at_the_next_start(qtbot: QtBot) -> None:
    with open_window(qtbot, ready=False) as window:
        grow(window, 6)
        window.rescue_and_quit()
    with open_window(qtbot, ready=False) as window:
        window.messages.offer_rescued()
        assert "rescued" in window.banner.message()
        window.messages.open_rescued()
        assert window.transport.design.text() == "R^4 -> 6 tanh -> R^2 linear"
        assert window.workspace.unsaved
        assert window.workspace.path is None


def test_space_trains_again_after_a_number_and_a_choice(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1600, 1000)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE)
    rate = next(f for f in window.transport.live.findChildren(NumberField) if f.isVisible())
    rate.setFocus()
    qtbot.keyClick(rate, Qt.Key.Key_Space)
    assert window.runner.is_running, "a number that is not being typed takes no blank"
    window.runner.pause()
    text = rate.text()
    rate.selectAll()
    qtbot.keyClicks(rate, "0.02")
    qtbot.keyClick(rate, Qt.Key.Key_Return)
    assert not rate.hasFocus()
    assert rate.text() == "0.02" != text
    choice = next(c for c in window.findChildren(SourceChoice) if c.isVisible())
    choice.setFocus()
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton)
    choice.activated.emit(choice.currentIndex())
    choice.hidePopup()
    assert not choice.hasFocus()


def test_the_tick_stands_for_a_network_that_can_be_trained(window: MainWindow) -> None:
    design = window.transport.design
    assert design.toolTip().startswith("The whole network")
    project = edits.set_design(window.workspace.project, "R^3 -> 3 tanh -> R^2")
    window.workspace.apply("Three", project)
    assert not design.toolTip().startswith("The whole network")


def test_unsaved_changes_are_asked_about_only_for_a_file_that_can_be_opened(
    window: MainWindow, tmp_path: Path
) -> None:
    grow(window, 6)
    picture = tmp_path / "pic.nbnet"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    window.files.open_path(picture)  # a question would wait for ever
    assert "PNG picture" in window.banner.message()
    assert window.workspace.unsaved


def test_unsaved_work_is_copied_until_it_is_saved(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(qtbot, ready=False) as window:
        backup, rescue = window.messages.backup, window.messages.rescue
        grow(window, 7)
        backup.update()
        qtbot.waitUntil(lambda: backup.path is not None, timeout=PATIENCE)
        assert files.load(backup.path).project == window.workspace.project
        assert rescue.found() == [], "the program lives, so nothing is offered"
        window.files.save_to(tmp_path / "net.nbnet")
        qtbot.waitUntil(lambda: backup.path is None, timeout=PATIENCE)
        assert list(rescue.folder.glob("*.nbnet")) == []
        grow(window, 8)
        backup.update()
        qtbot.waitUntil(lambda: backup.path is not None, timeout=PATIENCE)
    assert list(rescue.folder.iterdir()) == [], "closing leaves nothing behind"


def test_weights_are_copied_while_training_runs(window: MainWindow, qtbot: QtBot) -> None:
    window.runner.train()
    qtbot.waitUntil(lambda: bool(window.runner.last and window.runner.last.step), timeout=PATIENCE)
    window.messages.backup.update()
    qtbot.waitUntil(lambda: window.messages.backup.path is not None, timeout=PATIENCE)
    assert window.runner.is_running
    assert files.load(window.messages.backup.path).state.step > 0


def test_work_of_a_killed_program_is_offered_and_restored(qtbot: QtBot, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from PySide6.QtCore import QTimer\n"
        "from neuralbuilder.project import edits\n"
        "from neuralbuilder.ui import application, backup\n"
        "backup.EVERY = 0.05\n"
        "def begin():\n"
        "    from PySide6.QtWidgets import QApplication\n"
        "    shown = [w for w in QApplication.topLevelWidgets() if hasattr(w, 'workspace')][0]\n"
        "    project = edits.set_design(shown.workspace.project, 'R^4 -> 9 tanh -> R^2')\n"
        "    shown.workspace.apply('Nine', project)\n"
        "    shown.messages.backup.changed.connect(lambda: print('copied', flush=True))\n"
        "if __name__ == '__main__':\n"
        "    application.make_application(['x'])\n"
        "    QTimer.singleShot(100, begin)\n"
        "    raise SystemExit(application.run(None))\n"
    )
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", PYTHONPATH=os.getcwd())
    with subprocess.Popen(
        [sys.executable, str(program)], env=environment, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout.readline() == "copied\n"
        finally:
            running.kill()
    with open_window(qtbot, ready=False) as window:
        window.messages.offer_rescued()
        assert "rescued" in window.banner.message()
        window.messages.open_rescued()
        assert window.transport.design.text().startswith("R^4 -> 9 tanh")
        backup = window.messages.backup
        qtbot.waitUntil(lambda: backup.path is not None, timeout=PATIENCE)
        assert list(backup.path.parent.glob("*.nbnet")) == [backup.path]


def test_failures_are_shown_with_their_hint(window: MainWindow) -> None:
    window.messages.show_failure(Problem("The loss is infinite.", "Lower the learning rate."))
    assert window.banner.message() == "The loss is infinite."
    window.messages.show_failure(UserError("There is no such file.", "Choose another."))
    assert window.banner.message() == "There is no such file."


def test_training_a_design_with_problems_says_which(window: MainWindow) -> None:
    window.workspace.apply("Delete", edits.remove_nodes(window.workspace.project, ["output"]))
    window.runner.train()
    assert window.banner.isVisible()
    assert not window.runner.is_running


# ------------------------------------------------------------------ the end


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_a_signal_ends_in_the_event_loop(qtbot: QtBot) -> None:
    left: list[bool] = []
    farewell = Farewell(lambda: left.append(True))
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        qtbot.waitUntil(lambda: bool(left), timeout=PATIENCE)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        farewell.close()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_sigterm_rescues_the_work_and_ends_the_program(tmp_path: Path) -> None:
    script = (
        "import os, signal\n"
        "from PySide6.QtCore import QTimer\n"
        "from neuralbuilder.ui import application, window\n"
        "def begin():\n"
        "    from PySide6.QtWidgets import QApplication\n"
        "    shown = [w for w in QApplication.topLevelWidgets()\n"
        "             if isinstance(w, window.MainWindow)][0]\n"
        "    shown.runner.train()\n"
        "    shown.workspace.mark_unsaved()\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "if __name__ == '__main__':\n"
        "    application.make_application(['x'])\n"
        "    QTimer.singleShot(500, begin)\n"
        "    raise SystemExit(application.run(None))\n"
    )
    program = tmp_path / "program.py"
    program.write_text(script)
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", PYTHONPATH=os.getcwd())
    done = subprocess.run(
        [sys.executable, str(program)], env=environment, timeout=60, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    recovery = Path(environment["XDG_DATA_HOME"]) / NAME / "recovery"
    assert len(list(recovery.glob("*.nbnet"))) == 1


def test_rescue_names_are_safe(tmp_path: Path) -> None:
    path = Rescue(tmp_path / "recovery").write(Document(example()), "../../a b:c")
    assert path.parent == tmp_path / "recovery"
    assert path.name.startswith("______a_b_c-")


def test_watching_for_mistakes_can_be_undone() -> None:
    before = sys.excepthook
    watch = ErrorWatch(lambda: "")
    watch.install()
    assert sys.excepthook != before
    watch.remove()
    assert sys.excepthook == before


def test_closing_leaves_nothing_behind(qtbot: QtBot) -> None:
    with open_window(qtbot, ready=False) as window:
        assert window.runner.process_id is None or window.runner.process_id > 0
    close_again = QApplication.topLevelWidgets()
    assert not any(isinstance(widget, MainWindow) and widget.isVisible() for widget in close_again)


def test_the_plots_are_remembered_and_can_be_reset(qtbot: QtBot) -> None:
    def shown(window: MainWindow) -> list[str]:
        return [panel.insight.name for panel in window.panes.plots.panels]

    with open_window(qtbot, ready=False) as window:
        usual = shown(window)
        window.panes.plots.add_panel(WeightHistograms())
        changed = shown(window)
    with open_window(qtbot, ready=False) as window:
        assert shown(window) == changed != usual
        window.reset_layout()
        assert shown(window) == usual


def test_the_plots_follow_the_data_until_they_are_chosen(window: MainWindow) -> None:
    def shown() -> list[str]:
        return [panel.insight.name for panel in window.panes.plots.panels]

    iris = Iris()
    classes = Document(new_project("4 -> 3 softmax", iris, iris.load()))
    assert shown() == ["loss_curve", "activation_histograms", "predictions"]
    window.workspace.open(classes, None)
    assert shown() == ["loss_curve", "accuracy", "confusion_matrix"]
    window.workspace.open(Document(example()), None)
    assert shown() == ["loss_curve", "activation_histograms", "predictions"]
    window.panes.plots.panels[0].close_requested.emit()
    window.workspace.open(classes, None)
    assert shown() == ["activation_histograms", "predictions"]


def test_a_network_that_does_not_fit_together_has_no_figures(
    qtbot: QtBot, live: MainWindow
) -> None:
    settle(qtbot, live)
    panel = live.panes.plots.panels[1]
    assert panel.view.figure.rows
    live.workspace.apply("Remove", edits.remove_nodes(live.workspace.project, ["output"]))
    qtbot.waitUntil(lambda: "fits together" in panel.view.figure.message, timeout=PATIENCE)
    assert not panel.view.figure.rows


def test_the_status_bar_shows_how_training_stands(qtbot: QtBot, live: MainWindow) -> None:
    live.runner.train_epochs(2)
    settle(qtbot, live)
    shown = {name: value.text() for name, value in live.status.values.items() if value.isVisible()}
    assert shown["epoch"] == "epoch 2"
    assert shown["loss"].startswith("train 0.")
    train = live.runner.last.metrics["loss/train"]
    assert shown["loss"] == f"train {compact(train)}"
    assert " train samples" in live.status.values["loss"].toolTip()
    assert shown["test"].startswith("test 0.")
    assert "speed" not in shown
    for value in live.status.values.values():
        needed = value.fontMetrics().horizontalAdvance("0") * len(value.text()) * 0.8
        assert value.isHidden() or value.width() > needed


def test_the_status_bar_forgets_what_was_measured_of_the_network_before_an_edit(
    qtbot: QtBot, live: MainWindow
) -> None:
    def texts() -> list[str]:
        settle(qtbot, live)
        return [live.status.values[name].text() for name in ("step", "loss", "test")]

    workspace, runner = live.workspace, live.runner
    hidden = next(node.id for node in workspace.project.nodes if node.id.startswith("hidden"))
    deeper = edits.append_after(workspace.project, hidden, Dense(units=5))
    (second,) = edits.added(workspace.project, deeper)
    workspace.apply("Add layer", deeper)
    settle(qtbot, live)
    runner.train_epochs(2)
    trained = texts()
    assert "–" not in "".join(trained)
    workspace.apply("Size", edits.set_units(workspace.project, second, 7))
    assert texts() == [trained[0], "train –", "test –"]
    # A process that takes these weights from the workspace knows no more of them.
    live.runner.restart()
    assert texts() == [trained[0], "train –", "test –"]
    live.travel.undo()
    assert texts() == trained
    workspace.apply("Activation", edits.change_layer(workspace.project, hidden, activation=Sine()))
    assert texts() == [trained[0], "train –", "test –"]
    runner.step()
    step, *measured = texts()
    assert step != trained[0]
    assert "–" not in "".join(measured)
