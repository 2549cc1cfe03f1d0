"""The form of a part, generated from its settings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralbuilder.parts import Part, Setting, changed, counts, settings_of
from neuralbuilder.problems import UserError
from neuralbuilder.ui.forms.fields import (
    Layers,
    LayerSettingField,
    SettingField,
    TextSettingField,
    field_for,
)
from neuralbuilder.ui.widgets.focus import give_back, home_of
from neuralbuilder.ui.widgets.form import Form
from neuralbuilder.ui.widgets.section import label

Path = tuple[str, ...]
"""Names of settings from the outer part inwards, such as ("activation", "slope")."""


@dataclass(frozen=True)
class _Row:
    """A setting at its place in a part that may have parts as settings."""

    path: Path
    setting: Setting


class PartForm(QWidget):
    """Shows and edits the settings of one part, those of nested parts included.

    `changed(part, setting)` carries the new part whenever the user has entered a value that is
    allowed. A value that is not stays in its field, with the reason under the form.
    """

    changed = Signal(object, object)

    def __init__(
        self, part: Part | None = None, parent: QWidget | None = None, skip: Collection[str] = ()
    ) -> None:
        super().__init__(parent)
        self._skip = frozenset(skip)
        self._part: Part | None = None
        self._rows: tuple[_Row, ...] = ()
        self._fields: dict[Path, SettingField] = {}
        self._layers: Layers = ()
        self._form = Form(self)
        self._reason = label("", "error", self)
        self._reason.setWordWrap(True)
        self._reason.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._form)
        column.addWidget(self._reason)
        if part is not None:
            self.set_part(part)

    @property
    def part(self) -> Part | None:
        """The part as it is shown."""
        return self._part

    def field(self, *path: str) -> QWidget:
        """The widget of a setting, by the names that lead to it; raises `KeyError` otherwise."""
        return self._fields[path].widget

    def offer_layers(self, layers: Layers) -> None:
        """Say which layers can be chosen where a setting is a layer."""
        self._layers = layers
        for field in self._fields.values():
            if isinstance(field, LayerSettingField):
                field.offer(layers)

    def reason(self) -> str:
        """Why the last value was not taken; empty when it was."""
        return self._reason.text() if self._reason.isVisibleTo(self) else ""

    def set_part(self, part: Part) -> None:
        """Show another part, or the same with other settings. Fields that fit are kept."""
        rows = tuple(_rows_of(part, self._skip))
        self._part = part
        if rows != self._rows:
            self._rebuild(rows)
        for row in rows:
            self._fields[row.path].show(_value_at(part, row.path))
        self._reason.hide()

    def _rebuild(self, rows: tuple[_Row, ...]) -> None:
        self._form.clear_rows()
        for field in self._fields.values():
            field.deleteLater()
        self._rows = rows
        self._fields = {row.path: self._add(row) for row in rows}

    def _add(self, row: _Row) -> SettingField:
        setting = row.setting
        field = field_for(setting, self._form)
        if isinstance(field, LayerSettingField):
            field.offer(self._layers)
        hint = setting.help
        if setting.type in ("integer", "number"):
            hint = f"{hint}\nAllowed: {_range_of(setting)}."
        if field.wide:
            field.widget.setToolTip(hint)
            self._form.add_wide(field.widget)
        else:
            self._form.add_row(setting.label, field.widget, hint)
        entry = _Entry(self, row, field)
        field.edited.connect(entry.take)
        if isinstance(field, TextSettingField):
            field.entered.connect(self._entered)
        return field

    @Slot()
    def _entered(self) -> None:
        """A text that has been taken needs the keyboard no longer."""
        if not self.reason():
            give_back(home_of(self))

    def take(self, row: _Row, value: Any) -> None:
        """Put an entered value into the part; tell, or show why it cannot be."""
        assert self._part is not None
        try:
            part = _with_value(self._part, row.path, value)
        except UserError as error:
            self._reason.setText(str(error))
            self._reason.show()
            return
        self._reason.hide()
        if part != self._part:
            self.set_part(part)
            self.changed.emit(part, row.setting)


class _Entry(QObject):
    """Remembers which setting a field stands for, and lives as long as the field."""

    def __init__(self, form: PartForm, row: _Row, field: SettingField) -> None:
        super().__init__(field)
        self._form = form
        self._row = row

    @Slot(object)
    def take(self, value: object) -> None:
        """Pass on what was entered."""
        self._form.take(self._row, value)


def _range_of(setting: Setting) -> str:
    if setting.unit != "%":
        return setting.allowed()
    return f"{100 * (setting.minimum or 0):g} % to {100 * (setting.maximum or 1):g} %"


def _rows_of(part: Part, skip: Collection[str] = (), prefix: Path = ()) -> Iterator[_Row]:
    for setting in settings_of(type(part)):
        if setting.hidden or setting.name in skip or not counts(setting, part):
            continue
        path = (*prefix, setting.name)
        yield _Row(path, setting)
        if setting.type == "part":
            yield from _rows_of(getattr(part, setting.name), (), path)


def _value_at(part: Part, path: Path) -> Any:
    value: Any = part
    for name in path:
        value = getattr(value, name)
    return value


def _with_value(part: Part, path: Path, value: Any) -> Part:
    name, *rest = path
    if rest:
        value = _with_value(getattr(part, name), tuple(rest), value)
    result: Part = changed(part, **{name: value})
    return result
