"""Small widgets: number fields, switches, choices, banners, and the text of numbers."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("PySide6")

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QStyleOptionComboBox,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.ui.theme import install
from neuralbuilder.ui.widgets import numbers, stepping
from neuralbuilder.ui.widgets.arithmetic import NumberTextError, evaluate
from neuralbuilder.ui.widgets.banner import Advice, Banner
from neuralbuilder.ui.widgets.choice import Choice
from neuralbuilder.ui.widgets.elided_label import ElidedLabel
from neuralbuilder.ui.widgets.form import Form
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.widgets.panel import Panel
from neuralbuilder.ui.widgets.switch import Switch

# What the offscreen platform says about every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(autouse=True)
def _theme(qapp: QApplication) -> None:
    install(qapp, "dark")


def typed(qtbot, field: NumberField, text: str, end=Qt.Key.Key_Return) -> None:
    """Replace the text of a field as a user does."""
    field.setFocus()
    field.selectAll()
    for letter in text:  # QTest aborts on letters beyond ASCII such as the minus sign
        key = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(field, key)
    qtbot.keyClick(field, end)


def shown(qtbot, field: NumberField) -> NumberField:
    """The field in a window that has the focus, beside another one."""
    window = QWidget()
    column = QVBoxLayout(window)
    column.addWidget(field)
    other = QLineEdit(window)
    column.addWidget(other)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.other = other  # keeps the window alive as well
    field.window_kept = window
    return field


def wheel(widget: QWidget, delta: int) -> QWheelEvent:
    """Turn the wheel over a widget."""
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
    return event


# --- number field ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [("32*2", 64), ("1e-3", 0.001), ("0,5", 0.5), ("(1+2)/4", 0.75), ("−3", -3), ("1 000", 1000)],
)
def test_field_takes_numbers_and_sums(qtbot, text: str, value: float) -> None:
    field = shown(qtbot, NumberField(7))
    with qtbot.waitSignal(field.value_changed) as signal:
        typed(qtbot, field, text)
    assert signal.args == [pytest.approx(value)]
    assert field.value() == pytest.approx(value)


def test_bad_text_is_marked_and_the_old_number_returns_on_leaving(qtbot) -> None:
    field = shown(qtbot, NumberField(7))
    field.set_hint("How many.")
    with qtbot.assertNotEmitted(field.value_changed):
        typed(qtbot, field, "32*")
        assert field.property("invalid")
        assert "not a number" in field.toolTip()
        assert field.text() == "32*"
        field.other.setFocus()
        qtbot.waitUntil(lambda: not field.hasFocus())
    assert field.text() == "7"
    assert field.value() == 7
    assert not field.property("invalid")
    assert field.toolTip() == "How many."


def test_leaving_the_field_takes_the_text(qtbot) -> None:
    field = shown(qtbot, NumberField(7))
    typed(qtbot, field, "8", Qt.Key.Key_Tab)
    assert field.value() == 8


def test_number_out_of_range_is_refused_with_its_range(qtbot) -> None:
    field = shown(qtbot, NumberField(3, integer=True, minimum=1, maximum=64))
    typed(qtbot, field, "65")
    assert field.value() == 3
    assert field.problem() == "This has to be between 1 and 64."
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "3"


def test_zero_is_shown_as_a_word_and_typed_as_both(qtbot) -> None:
    field = shown(
        qtbot, NumberField(0, integer=True, minimum=0, maximum=9, zero_word="no limit", suffix="s")
    )
    assert field.text() == "no limit"
    for text, shows, value in (
        ("5", "5 s", 5),
        ("0", "no limit", 0),
        ("7 s", "7 s", 7),
        ("No Limit", "no limit", 0),
    ):
        with qtbot.waitSignal(field.value_changed) as signal:
            typed(qtbot, field, text)
        assert signal.args == [value]
        assert field.text() == shows
    typed(qtbot, field, "10")
    assert field.problem() == "This has to be between 0 s and 9 s."
    typed(qtbot, field, " ")
    assert (field.problem(), field.value()) == ("Enter a number, or no limit.", 0)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "no limit"
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.text() == "1 s"
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert (field.value(), field.text()) == (0, "no limit")


def test_a_click_on_a_word_selects_it_so_that_a_number_takes_its_place(qtbot) -> None:
    field = shown(qtbot, NumberField(0, minimum=0, zero_word="off"))
    field.other.setFocus()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(12, field.height() // 2))
    qtbot.keyClicks(field, "2.5")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 2.5


def test_integer_field_wants_whole_numbers(qtbot) -> None:
    field = shown(qtbot, NumberField(3, integer=True))
    typed(qtbot, field, "7/2")
    assert "whole number" in field.problem()
    typed(qtbot, field, "8/2")
    assert field.value() == 4
    assert type(field.value()) is int


def test_large_seed_is_exact(qtbot) -> None:
    field = shown(qtbot, NumberField(0, integer=True))
    typed(qtbot, field, "9007199254740993")
    assert field.value() == 9007199254740993


def test_arrow_keys_step_within_the_range(qtbot) -> None:
    field = shown(qtbot, NumberField(0.2, minimum=0, maximum=0.4))
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == 0.3
    qtbot.keyClick(field, Qt.Key.Key_PageUp)
    assert field.value() == 0.4
    qtbot.keyClick(field, Qt.Key.Key_PageDown)
    assert field.value() == 0


def test_step_takes_typed_text_first(qtbot) -> None:
    field = shown(qtbot, NumberField(1, integer=True))
    field.selectAll()
    qtbot.keyClicks(field, "20")
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == 21


def test_logarithmic_steps(qtbot) -> None:
    field = shown(qtbot, NumberField(0.01, minimum=1e-6, maximum=10, logarithmic=True))
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == 0.05
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert field.text() == "0.02"


def test_share_is_shown_in_percent(qtbot) -> None:
    field = shown(qtbot, NumberField(0.2, minimum=0, maximum=0.9, scale=100, suffix="%", step=0.05))
    assert field.text() == "20 %"
    typed(qtbot, field, "35")
    assert field.value() == pytest.approx(0.35)
    assert field.text() == "35 %"
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.text() == "40 %"
    typed(qtbot, field, "95 %")
    assert field.problem() == "This has to be between 0 % and 90 %."


def test_wheel_steps_only_with_focus(qtbot) -> None:
    field = shown(qtbot, NumberField(5, integer=True))
    assert wheel(field, 120).isAccepted()
    assert field.value() == 6
    field.other.setFocus()
    wheel(field, 120)
    assert field.value() == 6


def test_chevrons_step_by_mouse(qtbot) -> None:
    field = shown(qtbot, NumberField(5, integer=True))
    right = field.width() - 10
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(right, 5))
    assert field.value() == 6
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(right, field.height() - 5))
    assert field.value() == 5


def test_set_value_is_silent_and_shown(qtbot) -> None:
    field = shown(qtbot, NumberField(0.0, digits=3))
    assert field.text() == "0.000"
    with qtbot.assertNotEmitted(field.value_changed):
        field.set_value(-0.25)
    assert field.text() == "−0.250"


def test_set_value_leaves_text_that_is_being_typed(qtbot) -> None:
    field = shown(qtbot, NumberField(1))
    field.selectAll()
    qtbot.keyClicks(field, "12")
    field.set_value(3)
    assert field.text() == "12"


# --- the other widgets -------------------------------------------------------------------


def test_switch_by_mouse_and_space(qtbot) -> None:
    switch = Switch()
    qtbot.addWidget(switch)
    switch.show()
    with qtbot.waitSignal(switch.toggled):
        qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert switch.isChecked()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
    assert not switch.grab().isNull()


def test_choice_carries_python_values(qtbot) -> None:
    value = {"a": (1, 2)}
    choice = Choice([("none", None), ("tuple", (1, 2)), ("dict", value), ("one", 1), ("yes", True)])
    qtbot.addWidget(choice)
    assert choice.set_choice(True)
    assert choice.choice() is True
    assert choice.set_choice(value)
    assert choice.choice() is value
    assert not choice.set_choice("missing")
    choice.set_choices([("other", 0), ("dict", value)])
    assert choice.choice() is value


def test_choice_says_with_dots_that_its_text_is_longer(qtbot) -> None:
    choice = Choice([("Binary cross-entropy", 1)])
    qtbot.addWidget(choice)

    def shown(width: int) -> str:
        choice.resize(width, 30)
        option = QStyleOptionComboBox()
        choice.initStyleOption(option)
        return option.currentText

    assert shown(400) == "Binary cross-entropy"
    assert shown(100).endswith("…")
    assert "Binary cross-entropy".startswith(shown(100)[:-1])


def test_choice_tells_only_what_the_user_picks(qtbot) -> None:
    choice = Choice([("a", 1), ("b", 2)])
    qtbot.addWidget(choice)
    with qtbot.assertNotEmitted(choice.choice_changed):
        choice.set_choice(2)
        wheel(choice, 120)
    assert choice.choice() == 2
    with qtbot.waitSignal(choice.choice_changed) as signal:
        qtbot.keyClick(choice, Qt.Key.Key_Up)
    assert signal.args == [1]


def test_panel_shows_title_note_and_link(qtbot) -> None:
    panel = Panel("Data", "note", "Import…")
    qtbot.addWidget(panel)
    link = panel.findChild(type(panel.header._link))
    with qtbot.waitSignal(panel.link_clicked):
        qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    panel.set_title("Other")
    assert panel.header.title_label().text() == "Other"


def test_elided_label_shortens_its_text(qtbot) -> None:
    label = ElidedLabel("A text that is far too long for its place")
    qtbot.addWidget(label)
    label.resize(80, 20)
    assert label.shown_text().endswith("…")
    assert label.minimumSizeHint().width() < 80
    assert not label.grab().isNull()


def test_form_names_its_fields_and_clears(qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    field = NumberField(1)
    form.add_row("Units", field, "How many neurons.")
    assert field.accessibleName() == "Units"
    assert field.toolTip() == "How many neurons."
    form.clear_rows()
    form.add_row("Units", NumberField(2))


def test_banner_runs_its_action_and_closes(qtbot) -> None:
    called: list[str] = []
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.isHidden()
    banner.show_message(
        "error", "The training process ended (signal 9).", "Its memory ran out.",
        [("Restart", lambda: called.append("restart"))],
    )  # fmt: skip
    assert not banner.isHidden()
    qtbot.mouseClick(banner._buttons[0], Qt.MouseButton.LeftButton)
    assert called == ["restart"]
    with qtbot.waitSignal(banner.dismissed):
        qtbot.mouseClick(banner._close, Qt.MouseButton.LeftButton)
    assert banner.isHidden()
    banner.show_message("info", "Other")
    assert banner.message() == "Other"
    assert not banner._buttons
    with pytest.raises(KeyError, match="no kind of message"):
        banner.show_message("fatal", "?")


def test_advice_takes_other_text(qtbot) -> None:
    advice = Advice(text="first")
    qtbot.addWidget(advice)
    advice.set_advice("second", "Note", "good")
    assert advice.property("kind") == "good"


# --- arithmetic --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2^10", 1024), ("2**-1", 0.5), ("007", 7), ("1.005", 1.005), ("1e05", 1e5), (".5", 0.5),
        (",5", 0.5), ("83 100", 83100), ("3×4", 12), ("1÷4", 0.25), ("-(2-5)", 3), ("1_0", None),
        ("", None), ("abc", None), ("e", None), ("1/0", None), ("9^9^9", None), ("1e999", None),
        ("__import__('os')", None), ("(1).real", None), ("1,2,3", None), ("1,000.5", None),
        ("1e308*10", None), ("(-1)^0.5", None), ("1(2)", None), ("2//3", None), ("()", None),
        ("1j", None), ("0x10", None), ("(" * 79, None), ("1" * 200, None), ("0^-1", None),
    ],
)  # fmt: skip
def test_sums(text: str, value: float | None) -> None:
    if value is None:
        with pytest.raises(NumberTextError) as caught:
            evaluate(text)
        assert str(caught.value).endswith(".")
    else:
        assert evaluate(text) == pytest.approx(value)


@given(st.text(alphabet="0123456789.eE+-*/^()x_, ", max_size=90) | st.text(max_size=90))
def test_any_text_is_a_finite_number_or_a_problem(text: str) -> None:
    try:
        value = evaluate(text)
    except NumberTextError:
        return
    assert type(value) in (int, float)
    assert math.isfinite(value)


@given(st.integers(-(10**15), 10**15), st.integers(-(10**6), 10**6).filter(bool))
def test_sums_agree_with_python(left: int, right: int) -> None:
    assert evaluate(f"{left}+{right}") == left + right
    assert evaluate(f"({left})*({right})") == left * right
    assert evaluate(f"{left}/{right}") == left / right


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 4))
def test_shortest_text_is_read_back(value: float, digits: int) -> None:
    assert evaluate(numbers.real_minus(numbers.shortest(value, digits))) == value


# --- numbers as text ---------------------------------------------------------------------


def test_signed_and_fixed() -> None:
    assert numbers.signed(0.42) == "+0.42"
    assert numbers.signed(-1.1) == "−1.10"
    assert numbers.signed(-0.001) == "+0.00"
    assert numbers.signed(math.inf) == "+∞"
    assert numbers.fixed(-0.343, 3) == "−0.343"
    assert numbers.fixed(math.nan) == "NaN"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0127, "0.0127"), (0.01, "0.0100"), (12.5, "12.5"), (1.3e-5, "1.3e−05"), (0, "0.00"),
        (-0.5, "−0.500"), (0.9999, "1.00"), (123456, "123456"), (4.2e6, "4.2e+06"),
        (math.nan, "NaN"), (-math.inf, "−∞"),
    ],
)  # fmt: skip
def test_compact(value: float, text: str) -> None:
    assert numbers.compact(value) == text


def test_thousands_and_small_digits() -> None:
    assert numbers.thousands(83100) == "83\u202f100"
    assert numbers.thousands(999) == "999"
    assert evaluate(numbers.thousands(1234567)) == 1234567
    assert "x" + numbers.subscript(12) == "x₁₂"
    assert "ℝ" + numbers.superscript(4) == "ℝ⁴"


@pytest.mark.parametrize(
    ("value", "steps", "result"),
    [
        (0.01, 1, 0.02), (0.02, 1, 0.05), (0.05, 1, 0.1), (0.1, -1, 0.05), (0.03, 1, 0.05),
        (0.03, -1, 0.02), (0, 1, 1e-6), (1e-6, -1, 0), (0, -1, -1e-6), (-0.1, 1, -0.05),
        (1, 3, 10),
    ],
)  # fmt: skip
def test_logarithmic_series(value: float, steps: int, result: float) -> None:
    assert stepping.logarithmic(value, steps) == pytest.approx(result)
