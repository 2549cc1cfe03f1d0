"""The fields of a row that is typed: numbers with sliders, words in lists, dates as text."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from neuralbuilder.project.typed_rows import RowField, Value
from neuralbuilder.ui.widgets.choice import Choice
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.widgets.numbers import ABSENT
from neuralbuilder.ui.widgets.section import set_style_property

STEPS = 200
"""Places of a slider, unless the number is whole and has fewer."""
FIELD_WIDTH = 112
NO_VALUE = "(missing)"


class RowEdit(QWidget):
    """Edits one field of a row; `changed` whenever the user gives it another value."""

    changed = Signal()

    def __init__(self, field: RowField, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = field
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)

    def value(self) -> Value:
        """The value that is chosen; None for none."""
        raise NotImplementedError

    def set_value(self, value: Value) -> None:
        """Show another value without a signal."""
        raise NotImplementedError

    def set_problem(self, problem: str) -> None:
        """Say why the value cannot be taken, or with "" that it can."""


class NumberEdit(RowEdit):
    """A number, a slider over the range of the data, and where a number may be missing a button
    for that.
    """

    def __init__(self, field: RowField, parent: QWidget) -> None:
        super().__init__(field, parent)
        spread = field.high - field.low
        self._steps = min(round(spread), STEPS) if field.whole else STEPS
        self._steps = max(self._steps, 1)
        step = 1.0 if field.whole else spread / STEPS or 0.1
        self.number = NumberField(0.0, step=float(f"{step:.1g}"), parent=self)
        self.number.setFixedWidth(FIELD_WIDTH)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, self._steps)
        self.slider.setPageStep(max(1, self._steps // 10))
        self.slider.setEnabled(spread > 0)
        self.none = QToolButton(self)
        self.none.setText(ABSENT)
        self.none.setCheckable(True)
        self.none.setToolTip("No value: what training puts in its place is taken")
        self.none.setAccessibleName(f"{field.name} is missing")
        self.none.setVisible(field.may_be_missing)
        for widget in (self.number, self.slider):
            widget.setAccessibleName(field.name)
        self.row.addWidget(self.number)
        self.row.addWidget(self.slider, 1)
        self.row.addWidget(self.none)
        self.setFocusProxy(self.slider)
        self.number.value_changed.connect(self._typed)
        self.slider.valueChanged.connect(self._moved)
        self.none.toggled.connect(self._toggled)

    def value(self) -> Value:
        return None if self.none.isChecked() else float(self.number.value())

    def set_value(self, value: Value) -> None:
        blocked = self.none.blockSignals(True)
        self.none.setChecked(value is None)
        self.none.blockSignals(blocked)
        self._show_missing(value is None)
        self.number.set_value(self.field.low if value is None else float(value))
        self._place_slider()

    def _place_slider(self) -> None:
        spread = self.field.high - self.field.low
        share = (self.number.value() - self.field.low) / spread if spread > 0 else 0.0
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(round(self._steps * min(max(share, 0.0), 1.0)))
        self.slider.blockSignals(blocked)

    def _show_missing(self, missing: bool) -> None:
        self.number.set_unused(missing)
        self.slider.setEnabled(not missing and self.field.high > self.field.low)

    @Slot(object)
    def _typed(self, value: float) -> None:
        self._place_slider()
        self.changed.emit()

    @Slot(int)
    def _moved(self, place: int) -> None:
        low, high = self.field.low, self.field.high
        value = low + (high - low) * place / self._steps
        self.number.set_value(round(value) if self.field.whole else float(f"{value:.6g}"))
        self.changed.emit()

    @Slot(bool)
    def _toggled(self, missing: bool) -> None:
        self._show_missing(missing)
        self.changed.emit()


class WordEdit(RowEdit):
    """A list of the words that the network knows."""

    def __init__(self, field: RowField, parent: QWidget) -> None:
        super().__init__(field, parent)
        choices: list[tuple[str, Value]] = [(word, word) for word in field.words]
        if field.may_be_missing:
            choices.append((NO_VALUE, None))
        self.list = Choice(choices, self)
        self.list.setAccessibleName(field.name)
        self.row.addWidget(self.list)
        self.setFocusProxy(self.list)
        self.list.choice_changed.connect(self._chosen)

    def value(self) -> Value:
        return cast(Value, self.list.choice())

    def set_value(self, value: Value) -> None:
        self.list.set_choice(value)

    @Slot(object)
    def _chosen(self, value: Value) -> None:
        self.changed.emit()


class DateEdit(RowEdit):
    """A date, written as those of the data are; empty where it is missing."""

    def __init__(self, field: RowField, parent: QWidget) -> None:
        super().__init__(field, parent)
        self.text = QLineEdit(self)
        self.text.setProperty("mono", True)
        self.text.setAccessibleName(field.name)
        self.text.setPlaceholderText(f"such as {field.sample}")
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.row.addWidget(self.text)
        self.setFocusProxy(self.text)
        self.text.textEdited.connect(self._typed)

    def value(self) -> Value:
        text = self.text.text().strip()
        return text or None

    def set_value(self, value: Value) -> None:
        self.text.setText("" if value is None else str(value))
        self.text.setCursorPosition(0)

    def set_problem(self, problem: str) -> None:
        set_style_property(self.text, "invalid", bool(problem))
        self.text.setToolTip(problem)

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.changed.emit()


def edit_for(field: RowField, parent: QWidget) -> RowEdit:
    """What edits this field."""
    kinds: dict[str, type[RowEdit]] = {"words": WordEdit, "dates": DateEdit}
    return kinds.get(field.kind, NumberEdit)(field, parent)
