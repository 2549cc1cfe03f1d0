"""Forms generated from settings, driven as a user would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from neuralbuilder import parts
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.engine.activations import LeakyRelu, Relu, Tanh
from neuralbuilder.engine.layers.convolution import Conv2D
from neuralbuilder.engine.layers.dense import Dense
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.parts import Part
from neuralbuilder.project.model import Plan
from neuralbuilder.ui.forms import PartForm
from neuralbuilder.ui.widgets.choice import Choice
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.widgets.switch import Switch


@dataclass(frozen=True)
class Rules(Part):
    """A part that is only in this test."""

    kind: ClassVar[str] = "test-rules"
    name: ClassVar[str] = "rules"
    label: ClassVar[str] = "Rules"

    names: tuple[str, ...] = parts.columns(("a", "b"), "Names")
    word: str = parts.text("one", "Word")
    hidden: int = parts.integer(3, "Hidden", hidden=True)


def form_of(qtbot: QtBot, part: Part) -> tuple[PartForm, list[Part]]:
    form = PartForm(part)
    qtbot.addWidget(form)
    form.show()
    seen: list[Part] = []
    form.changed.connect(lambda new, _setting: seen.append(new))
    return form, seen


def enter(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    field.insert(text)
    field.setModified(True)
    press = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(field, press)


def test_a_number_is_entered_and_told(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Dense(units=3))
    units = form.field("units")
    assert isinstance(units, NumberField)
    enter(units, "2*8")
    assert seen == [Dense(units=16)]
    assert form.part == Dense(units=16)


def test_what_zero_means_is_in_the_field_and_in_its_hint(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Plan())
    epochs = form.field("epochs")
    assert isinstance(epochs, NumberField)
    assert epochs.text() == form.field("clip_norm").text() == "no limit"
    assert "0 means no limit" in epochs.toolTip()
    enter(epochs, "20")
    enter(epochs, "no limit")
    assert [plan.epochs for plan in seen] == [20, 0]
    enter(form.field("clip_norm"), "1")
    enter(form.field("clip_norm"), "0")
    assert [plan.clip_norm for plan in seen[2:]] == [1.0, 0.0]
    assert form.field("clip_norm").text() == "no limit"


def test_a_switch_is_clicked(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Dense())
    switch = form.field("bias")
    assert isinstance(switch, Switch)
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert seen == [Dense(bias=False)]


def test_another_activation_brings_its_own_settings(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Dense(activation=Tanh()))
    with pytest.raises(KeyError):
        form.field("activation", "slope")
    chooser = form.field("activation")
    assert isinstance(chooser, Choice)
    labels = [chooser.itemText(index) for index in range(chooser.count())]
    chooser.setCurrentIndex(labels.index("Leaky ReLU"))
    chooser.activated.emit(chooser.currentIndex())
    assert seen == [Dense(activation=LeakyRelu())]
    slope = form.field("activation", "slope")
    assert isinstance(slope, NumberField)
    enter(slope, "0.2")
    assert seen[-1] == Dense(activation=LeakyRelu(slope=0.2))


def pick(form: PartForm, setting: str, label: str) -> None:
    chooser = form.field(setting)
    assert isinstance(chooser, Choice)
    labels = [chooser.itemText(index) for index in range(chooser.count())]
    chooser.setCurrentIndex(labels.index(label))
    chooser.activated.emit(chooser.currentIndex())


def test_a_setting_that_does_not_count_is_not_shown(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Conv2D())
    with pytest.raises(KeyError):
        form.field("margin")
    pick(form, "padding", "margin")
    margin = form.field("margin")
    assert isinstance(margin, NumberField)
    enter(margin, "2")
    assert seen[-1] == Conv2D(padding="margin", margin=2)
    pick(form, "padding", "same size")
    assert seen[-1] == Conv2D(padding="same", margin=2)
    with pytest.raises(KeyError):
        form.field("margin")


def test_showing_another_value_keeps_the_fields(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Dense(units=3))
    before = form.field("units")
    form.set_part(Dense(units=5, activation=Relu()))
    assert form.field("units") is before
    assert isinstance(before, NumberField)
    assert before.value() == 5
    assert seen == []


def test_a_value_out_of_range_is_not_taken(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Dense(units=3))
    units = form.field("units")
    assert isinstance(units, NumberField)
    enter(units, "0")
    assert seen == []
    assert units.problem()


@pytest.mark.parametrize(
    ("text", "shape"),
    [("7", (7,)), ("28x28", (1, 28, 28)), ("3 × 32 × 32", (3, 32, 32))],
)
def test_a_shape_is_typed(qtbot: QtBot, text: str, shape: tuple[int, ...]) -> None:
    form, seen = form_of(qtbot, Input(shape=(2,)))
    field = form.field("shape")
    assert isinstance(field, QLineEdit)
    enter(field, text)
    assert seen == [Input(shape=shape)]


@pytest.mark.parametrize("text", ["0", "x", "1x2x3x4", "", "-3", "²"])
def test_a_shape_that_is_none_says_so_under_the_form(qtbot: QtBot, text: str) -> None:
    form, seen = form_of(qtbot, Input(shape=(2,)))
    field = form.field("shape")
    assert isinstance(field, QLineEdit)
    enter(field, text)
    assert seen == []
    assert "Give one size" in form.reason()
    form.set_part(Input(shape=(5,)))
    assert form.reason() == ""


def test_lines_are_taken_when_the_field_is_left(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, FormulaDataset())
    editor = form.field("formulas")
    assert isinstance(editor, QPlainTextEdit)
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, "y1 = x1 + x2")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(seen[-1], FormulaDataset)
    assert seen[-1].formulas == ("y1 = x1 + x2",)


def test_columns_and_words(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Rules())
    names, word = form.field("names"), form.field("word")
    assert isinstance(names, QLineEdit)
    assert isinstance(word, QLineEdit)
    enter(names, "c, d ,e")
    enter(word, "two")
    assert seen[-1] == Rules(names=("c", "d", "e"), word="two")
    with pytest.raises(KeyError):
        form.field("hidden")


def test_settings_can_be_left_out(qtbot: QtBot) -> None:
    form = PartForm(Plan(), skip=("dataset", "split"))
    qtbot.addWidget(form)
    form.field("batch_size")
    form.field("optimizer", "learning_rate")
    with pytest.raises(KeyError):
        form.field("dataset")


@pytest.mark.parametrize("kind", ["layer", "activation", "loss", "optimizer", "dataset"])
def test_every_part_has_a_form_with_help(qtbot: QtBot, kind: str) -> None:
    for cls in parts.catalogue(kind):
        form = PartForm(cls())
        qtbot.addWidget(form)
        for setting in parts.settings_of(cls):
            if not setting.hidden and parts.counts(setting, cls()):
                assert form.field(setting.name).toolTip(), f"{cls.name}.{setting.name}"
