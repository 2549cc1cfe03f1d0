"""The first minutes with the real window: what was typed or clicked is done, and Space trains."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import Digits, Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.samples import Dataset
from neuralbuilder.engine.losses import CategoricalCrossEntropy, MeanSquaredError
from neuralbuilder.project import edits
from neuralbuilder.ui.inspector.advice import ProblemCard
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.window import MainWindow
from tests.ui.window_parts import PATIENCE, open_window, settle, steps

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    with open_window(qtbot) as window:
        window.activateWindow()
        yield window


def press(key: Qt.Key) -> None:
    """Press a key where the keyboard is, as people do."""
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClick(target, key)


def trains_with_space(window: MainWindow, qtbot: QtBot) -> None:
    """Space trains, and changes nothing else."""
    before, text = window.workspace.project, window.transport.design.text()
    arrived: list[int] = []
    window.runner.snapshot_arrived.connect(lambda snapshot: arrived.append(snapshot.step))
    press(Qt.Key.Key_Space)
    assert window.runner.is_running
    qtbot.waitUntil(lambda: bool(arrived) and arrived[-1] > 0, timeout=PATIENCE)
    press(Qt.Key.Key_Space)
    settle(qtbot, window)
    assert steps(window) > 0
    assert window.workspace.project == before
    assert window.transport.design.text() == text


def type_network(window: MainWindow, text: str) -> None:
    """Click into the text form, type over it, and press Enter."""
    field = window.transport.design
    QTest.mouseClick(field, LEFT)
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, text)
    press(Qt.Key.Key_Return)


def choose(window: MainWindow, cls: type[Dataset]) -> None:
    """Choose a kind of data as a user does in the open list."""
    source = window.panes.data.source
    source.set_choice(cls)
    source.activated.emit(source.currentIndex())


# ------------------------------------------------------------------ Space


def test_a_network_is_typed_and_space_trains_it(window: MainWindow, qtbot: QtBot) -> None:
    type_network(window, "4 -> 7 relu -> 2")
    assert window.transport.design.text() == "R^4 -> 7 relu -> R^2 linear"
    trains_with_space(window, qtbot)
    QTest.mouseClick(window.transport.design, LEFT)
    press(Qt.Key.Key_Return)  # nothing was typed
    assert window.canvas.view.hasFocus()
    type_network(window, "4 -> 7 rellu -> 2")
    assert window.transport.design.hasFocus()
    press(Qt.Key.Key_Escape)
    assert window.canvas.view.hasFocus()


def test_data_are_fitted_and_what_is_left_out_is_said_and_space_trains(
    window: MainWindow, qtbot: QtBot
) -> None:
    panel = window.panes.data
    choose(window, Iris)
    panel.fit.setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.mouseClick(panel.fit, LEFT)
    assert not panel.fit.isVisible()
    trains_with_space(window, qtbot)
    window.actions_["undo"].trigger()
    window.actions_["undo"].trigger()
    text = "R^4 -> 9 relu -> R^2 linear"
    type_network(window, "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> 9 relu -> 2 linear")
    drawn, banner = window.workspace.project, window.banner
    QTest.mouseClick(window.panes.data.fit, LEFT)
    assert window.transport.design.text() == text
    assert banner.isVisible()
    assert banner.message() == (
        "Conv 1, Max pool 1, Flatten 1 are left out: these data have no images."
    )
    window.actions_["undo"].trigger()
    assert window.workspace.project == drawn
    assert not banner.isVisible()
    window.actions_["redo"].trigger()
    images = edits.change_plan(window.workspace.project, dataset=Digits(as_images=True))
    window.workspace.apply("Choose digits", images)
    QTest.mouseClick(window.panes.data.fit, LEFT)
    assert window.transport.design.text() == "8x8 -> flatten -> 9 relu -> R^10 softmax"
    assert "the 64 pixels of an image as single numbers" in banner.message()
    trains_with_space(window, qtbot)


def test_a_remedy_is_one_step_and_space_trains(window: MainWindow, qtbot: QtBot) -> None:
    type_network(window, "3 -> 5 tanh -> 2")
    window.canvas.commands.select(["input"])
    QApplication.processEvents()
    cards = window.panes.inspector.findChildren(ProblemCard)
    (card,) = [card for card in cards if card.isVisible() and card.buttons]
    card.buttons[0].setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.mouseClick(card.buttons[0], LEFT)
    trains_with_space(window, qtbot)
    choose(window, Iris)
    type_network(window, "4 -> 5 tanh -> 3 linear")
    workspace = window.workspace
    workspace.apply("Odd", edits.change_plan(workspace.project, loss=MeanSquaredError()))
    before = workspace.project
    window.canvas.commands.select(["output"])
    QApplication.processEvents()
    cards = window.panes.inspector.findChildren(ProblemCard)
    buttons = [b for c in cards if c.isVisible() for b in c.buttons]
    button = next(b for b in buttons if b.whole_text == "Use categorical cross-entropy")
    QTest.mouseClick(button, LEFT)
    assert window.transport.design.text() == "R^4 -> 5 tanh -> R^3 softmax"
    assert workspace.project.plan.loss == CategoricalCrossEntropy()
    assert not [p for p in workspace.problems if not p.confirms]
    window.actions_["undo"].trigger()
    assert workspace.project == before
    window.actions_["redo"].trigger()
    trains_with_space(window, qtbot)


def test_fields_and_buttons_give_the_keys_back(window: MainWindow, qtbot: QtBot) -> None:
    window.canvas.commands.select(["hidden_1"])
    page = window.panes.inspector.layer_page
    QTest.mouseClick(page.name_field, LEFT)
    QTest.keyClicks(page.name_field, "Middle")
    press(Qt.Key.Key_Return)
    assert window.workspace.project.node("hidden_1").name.endswith("Middle")
    assert window.canvas.view.hasFocus()
    window.canvas.commands.select(["input"])
    QApplication.processEvents()
    shape = page.form.field("shape")
    for text, kept in (("nothing", True), ("4", False)):
        QTest.mouseClick(shape, LEFT)
        QTest.keyClick(shape, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(shape, text)
        press(Qt.Key.Key_Return)
        assert shape.hasFocus() == kept
        assert bool(page.form.reason()) == kept
    window.canvas.commands.select([])
    QApplication.processEvents()
    button = window.panes.inspector.plan_page.new_seed
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))
    press(Qt.Key.Key_Space)
    assert button.hasFocus(), "whoever uses keys alone goes on from here"
    QTest.mouseMove(button)
    QTest.mouseClick(button, LEFT)
    assert window.canvas.view.hasFocus()
    trains_with_space(window, qtbot)
    formulas = window.panes.data.formulas
    QTest.mouseClick(formulas.pretty, LEFT)
    QTest.keyClick(formulas.editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(formulas.editor, "y1 = x1; y2 = x2 + x3 + x4")
    QTest.keyClick(formulas.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dataset = window.workspace.project.plan.dataset
    assert isinstance(dataset, FormulaDataset)
    assert dataset.formulas[0] == "y1 = x1"
    trains_with_space(window, qtbot)


# ------------------------------------------------------------------ double clicks


def double_click(field: QLineEdit, at: QPoint) -> None:
    """Two quick clicks, as Qt delivers them."""
    QTest.mouseClick(field, LEFT, pos=at)
    QTest.mouseDClick(field, LEFT, pos=at)


def test_a_double_click_selects_the_whole_number(qtbot: QtBot) -> None:
    field = NumberField(0.001, suffix="s")
    qtbot.addWidget(field)
    field.resize(160, 28)
    field.show()
    for value in (0.001, -0.25, 1e-05, 1000):
        field.set_value(value)
        for place in range(0, len(field.text()), 2):
            field.setCursorPosition(place)
            double_click(field, field.cursorRect().center() + QPoint(2, 0))
            assert field.selectedText() == field.text()
    QTest.keyClicks(field, "0.75")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 0.75
    double_click(field, QPoint(15, 14))
    QTest.mouseMove(field, QPoint(15, 15))
    assert field.selectedText() == field.text()


def test_a_double_click_in_a_text_selects_the_whole_number(window: MainWindow) -> None:
    type_network(window, "4 -> 3 tanh -> dropout 0.25 -> 2")
    field = window.transport.design
    at_number = field.text().index("0.25") + 3
    select_at(field, at_number)
    assert field.selectedText() == "0.25"
    select_at(field, field.text().index("tanh") + 1)
    assert field.selectedText() == "tanh"
    formulas = window.panes.data.formulas
    formulas.edit()
    editor = formulas.editor
    editor.setPlainText("y1 = 0.125*x12")
    for place, wanted in ((8, "0.125"), (13, "x12")):
        cursor = editor.textCursor()
        cursor.setPosition(place)
        editor.setTextCursor(cursor)
        at = editor.cursorRect().center() + QPoint(2, 0)
        QTest.mouseDClick(editor.viewport(), LEFT, pos=at)
        assert editor.textCursor().selectedText() == wanted


def select_at(field: QLineEdit, place: int) -> None:
    """Double-click on the letter after this place of a text."""
    field.setFocus()
    field.setCursorPosition(place)
    field.grab()  # a line edit scrolls while it is painted
    double_click(field, field.cursorRect().center() + QPoint(2, 0))
