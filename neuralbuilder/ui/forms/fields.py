"""One field for each type of setting, all with the same three members.

A field has a `widget` for the form, `show(value)` which displays a value without a signal, and
`edited(object)` which carries what the user has entered. Whether the value is allowed is the
setting's own business: the form checks it and shows the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from neuralbuilder.parts import Setting, catalogue, help_of
from neuralbuilder.ui.widgets.choice import Choice
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.widgets.switch import Switch

Layers = tuple[tuple[str, str], ...]
"""Layers to choose from, each by its id and what people call it."""
FIRST_LAYER = "First that fits"


def number_field(
    setting: Setting, value: float, parent: QWidget, step: float | None = None
) -> NumberField:
    """A field for a number with the limits, unit and steps of a setting, or steps of its own."""
    share = setting.unit == "%"
    return NumberField(
        value,
        integer=setting.type == "integer",
        minimum=setting.minimum,
        maximum=setting.maximum,
        logarithmic=setting.logarithmic,
        step=0.01 if share and step is None else step,
        scale=100.0 if share else 1.0,
        suffix=setting.unit,
        zero_word=setting.zero_word,
        parent=parent,
    )


class SettingField(QObject):
    """Base of the fields; see the module."""

    edited = Signal(object)
    widget: QWidget
    wide = False

    def show(self, value: Any) -> None:
        """Display a value without a signal."""
        raise NotImplementedError


class NumberSettingField(SettingField):
    """A number with its limits, unit and steps."""

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self.widget = number_field(setting, setting.default, parent)
        self.widget.value_changed.connect(self.edited)

    def show(self, value: Any) -> None:
        """Display a number."""
        self.widget.set_value(value)  # type: ignore[attr-defined]


class SwitchSettingField(SettingField):
    """A switch."""

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self._switch = Switch(bool(setting.default), parent)
        self.widget = self._switch
        self._switch.clicked.connect(self._tell)

    def show(self, value: Any) -> None:
        """Turn the switch on or off."""
        self._switch.setChecked(bool(value))

    def _tell(self) -> None:
        self.edited.emit(self._switch.isChecked())


class ChoiceSettingField(SettingField):
    """One word out of a list."""

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self._choice = Choice([(setting.word_for(word), word) for word in setting.choices], parent)
        self.widget = self._choice
        self._choice.choice_changed.connect(self.edited)

    def show(self, value: Any) -> None:
        """Choose a word."""
        self._choice.set_choice(value)


class LayerSettingField(SettingField):
    """One of the layers that there are, once somebody has said which; the first entry leaves it
    to the part.
    """

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self._choice = Choice(parent=parent)
        self.widget = self._choice
        self._layers: Layers = ()
        self._value: str = setting.default
        self._choice.choice_changed.connect(self.edited)
        self._fill()

    def offer(self, layers: Layers) -> None:
        """Show these layers to choose from, each an id and a name."""
        if layers != self._layers:
            self._layers = layers
            self._fill()

    def show(self, value: Any) -> None:
        """Choose a layer by its id."""
        self._value = value
        if not self._choice.set_choice(value):
            self._fill()

    def _fill(self) -> None:
        entries = {"": FIRST_LAYER, **dict(self._layers)}
        entries.setdefault(self._value, self._value)  # a layer that is no longer there
        self._choice.set_choices((name, node) for node, name in entries.items())
        self._choice.set_choice(self._value)


class PartSettingField(SettingField):
    """The kind of another part; its own settings follow as rows of the form."""

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self._choice = Choice(parent=parent)
        for cls in catalogue(setting.part_kind):
            self._choice.add_choice(cls.label, cls, help_of(cls))
        self.widget = self._choice
        self._choice.choice_changed.connect(self._tell)

    def show(self, value: Any) -> None:
        """Choose the kind of a part."""
        self._choice.set_choice(type(value))

    def _tell(self, cls: type) -> None:
        self.edited.emit(cls())


class TextSettingField(SettingField):
    """One line of text, entered with Enter or by leaving the field; `entered` follows Enter."""

    entered = Signal()

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self._line = QLineEdit(parent)
        self.widget = self._line
        self._line.returnPressed.connect(self._enter)
        self._line.editingFinished.connect(self._finish)

    def show(self, value: Any) -> None:
        """Display a text."""
        if not (self._line.hasFocus() and self._line.isModified()):
            self._line.setText(self._text_of(value))
            self._line.setCursorPosition(0)

    def _enter(self) -> None:
        self._finish()
        self.entered.emit()

    def _finish(self) -> None:
        if self._line.isModified():
            self._line.setModified(False)
            self.edited.emit(self._value_of(self._line.text()))

    def _text_of(self, value: Any) -> str:
        return str(value)

    def _value_of(self, text: str) -> Any:
        return text


class SizesSettingField(TextSettingField):
    """A space, such as ``4``, ``28×28`` or ``3×32×32``, or a window: ``5×3``; 5 means ``5×5``."""

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(setting, parent)
        self._setting = setting

    def _text_of(self, value: Any) -> str:
        return "×".join(str(size) for size in value)

    def _value_of(self, text: str) -> Any:
        return sizes_of(self._setting, text)


def sizes_of(setting: Setting, text: str) -> Any:
    """What a text such as ``5×3`` or ``28x28`` means for a size or a shape; itself if nothing."""
    sizes = _whole_numbers(text)
    if sizes is None:
        return text
    if setting.type == "size":
        return sizes * 2 if len(sizes) == 1 else sizes
    return (1, *sizes) if len(sizes) == 2 else sizes


def _whole_numbers(text: str) -> tuple[int, ...] | None:
    """The numbers in ``3×32×32``, None where the text is something else."""
    words = text.lower().replace("×", "x").replace(" ", "").split("x")
    if not all(word.isascii() and word.isdecimal() and len(word) < 10 for word in words):
        return None
    return tuple(int(word) for word in words)


class ColumnsSettingField(TextSettingField):
    """Names of table columns, separated by commas."""

    def _text_of(self, value: Any) -> str:
        return ", ".join(value)

    def _value_of(self, text: str) -> Any:
        return tuple(word.strip() for word in text.split(",") if word.strip())


class LinesSettingField(SettingField):
    """Several lines of text, entered with Ctrl+Enter or by leaving the field."""

    wide = True

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = _LinesEditor(parent)
        self._editor.setProperty("mono", True)
        self._editor.setTabChangesFocus(True)
        self._editor.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._editor.setAccessibleName(setting.label)
        self._editor.left.connect(self._finish)
        self.widget = self._editor

    def show(self, value: Any) -> None:
        """Display the lines."""
        text = "\n".join(value)
        editing = self._editor.hasFocus() and self._editor.document().isModified()
        if not editing and text != self._editor.toPlainText():
            self._editor.setPlainText(text)
            self._editor.document().setModified(False)
            self._editor.updateGeometry()

    def _finish(self) -> None:
        if self._editor.document().isModified():
            self._editor.document().setModified(False)
            lines = self._editor.toPlainText().splitlines()
            self.edited.emit(tuple(line.strip() for line in lines if line.strip()))


class _LinesEditor(QPlainTextEdit):
    """A text editor as high as its lines, which tells when the user is done."""

    left = Signal()

    def sizeHint(self) -> QSize:
        """Two to eight lines."""
        pitch = QFontMetricsF(self.font()).lineSpacing()
        rows = min(max(self.blockCount(), 2), 8)
        return QSize(120, round(rows * pitch) + 14)

    def minimumSizeHint(self) -> QSize:
        """As `sizeHint`: lines are never hidden for lack of room."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter is done; every other key edits."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
            return
        super().keyPressEvent(event)
        self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        """Leaving the field is done, too."""
        if event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        return super().event(event)


_FIELDS: dict[str, Callable[[Setting, QWidget], SettingField]] = {
    "integer": NumberSettingField,
    "number": NumberSettingField,
    "switch": SwitchSettingField,
    "choice": ChoiceSettingField,
    "text": TextSettingField,
    "shape": SizesSettingField,
    "size": SizesSettingField,
    "columns": ColumnsSettingField,
    "lines": LinesSettingField,
    "part": PartSettingField,
    "layer": LayerSettingField,
}


def field_for(setting: Setting, parent: QWidget) -> SettingField:
    """A new field for a setting, as a child of `parent`."""
    return _FIELDS[setting.type](setting, parent)
