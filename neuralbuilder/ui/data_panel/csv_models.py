"""The two tables of the import dialog: columns with their roles, and the first rows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from neuralbuilder.data.tables.preview import ColumnSummary, TablePreview
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.widgets.numbers import compact, real_minus, thousands

ROLES = ("input", "target", "ignore")
ROLE_LABELS = {"input": "Input", "target": "Target", "ignore": "Ignore"}
ROLE_COLOURS = {"input": "good", "target": "negative", "ignore": "muted"}
HEADINGS = ("Column", "Role", "Kind", "Missing", "Values")
ROLE_COLUMN, KIND_COLUMN, MISSING_COLUMN = 1, 2, 3
KIND_LABELS = {"numbers": "Numbers", "words": "Words", "dates": "Dates"}
RULE_LABELS = {
    "": "As the table", "keep": "Keep", "drop": "Drop row", "mean": "Mean", "median": "Median",
    "most_frequent": "Most frequent", "word": "Own value", "zero": "0", "stop": "Stop",
}  # fmt: skip
"""What people read for a rule of a single column; the first one leaves it to the table."""

Index = QModelIndex
_ROOT = QModelIndex()


class ColumnsModel(QAbstractTableModel):
    """One row per column of the file; role, kind and the rule for missing values can be edited.

    `kinds` and `rules` hold what was chosen, by the names of the columns.
    """

    roles_changed = Signal()
    kinds_changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns: tuple[ColumnSummary, ...] = ()
        self.roles: list[str] = []
        self.kinds: dict[str, str] = {}
        self.rules: dict[str, str] = {}

    def show_columns(self, columns: tuple[ColumnSummary, ...], roles: list[str]) -> None:
        """Show other columns with these roles."""
        self.beginResetModel()
        self._columns, self.roles = columns, list(roles)
        self.endResetModel()

    def names(self, role: str) -> tuple[str, ...]:
        """The columns that have this role."""
        pairs = zip(self._columns, self.roles, strict=True)
        return tuple(column.name for column, chosen in pairs if chosen == role)

    def set_roles(self, rows: list[int], role: str) -> None:
        """Give some columns a role."""
        for row in rows:
            self.roles[row] = role
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(HEADINGS) - 1))
        self.roles_changed.emit()

    def set_kind(self, row: int, kind: str) -> None:
        """Read a column in another way."""
        self.kinds[self._columns[row].name] = kind
        self.kinds_changed.emit()

    def set_rule(self, row: int, rule: str) -> None:
        """Do something else where a column has no value; "" leaves it to the table."""
        name = self._columns[row].name
        self.rules = {known: old for known, old in self.rules.items() if known != name}
        if rule:
            self.rules[name] = rule
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(HEADINGS) - 1))
        self.roles_changed.emit()

    def choices_of(self, index: Any) -> dict[str, str]:
        """What a cell may hold, and what people read for it."""
        return {ROLE_COLUMN: ROLE_LABELS, KIND_COLUMN: KIND_LABELS}.get(index.column(), RULE_LABELS)

    def rowCount(self, parent: Any = _ROOT) -> int:
        """The number of columns of the file."""
        return 0 if parent.isValid() else len(self._columns)

    def columnCount(self, parent: Any = _ROOT) -> int:
        """Name, role, kind, missing, values."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The headings."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return HEADINGS[section]
        return None

    def flags(self, index: Any) -> Qt.ItemFlag:
        """Role, kind, and what to do where values are missing can be edited."""
        flags = super().flags(index)
        column = self._columns[index.row()]
        editable = {
            ROLE_COLUMN: True,
            KIND_COLUMN: column.kind != "empty",
            MISSING_COLUMN: column.lacking > 0 and self.roles[index.row()] == "input",
        }
        return flags | Qt.ItemFlag.ItemIsEditable if editable.get(index.column()) else flags

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts, tooltips and the colour of the role."""
        column, chosen = self._columns[index.row()], self.roles[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(column, chosen)[index.column()]
        if role == Qt.ItemDataRole.EditRole:
            present = {ROLE_COLUMN: chosen, KIND_COLUMN: column.kind}
            return present.get(index.column(), self.rules.get(column.name, ""))
        if role == Qt.ItemDataRole.ToolTipRole:
            why = f" ({column.passed_over})" if column.passed_over else ""
            return f"{column.name}: {self._texts(column, chosen)[4]}{why}"
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 3:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole:
            if index.column() == ROLE_COLUMN:
                return current().readable(ROLE_COLOURS[chosen], "panel")
            return current().color("muted" if chosen == "ignore" else "text")
        return None

    def setData(self, index: Any, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take another role, kind or rule."""
        if role != Qt.ItemDataRole.EditRole or value not in self.choices_of(index):
            return False
        if index.column() == ROLE_COLUMN:
            self.set_roles([index.row()], value)
        elif index.column() == KIND_COLUMN:
            self.set_kind(index.row(), value)
        else:
            self.set_rule(index.row(), value)
        return True

    def _texts(self, column: ColumnSummary, role: str) -> tuple[str, ...]:
        kind = f"{KIND_LABELS[column.kind]} ▾" if column.kind in KIND_LABELS else column.kind
        missing = thousands(column.lacking) if column.lacking else "–"
        if column.lacking and role == "input":
            rule = self.rules.get(column.name)
            missing += f" · {RULE_LABELS[rule]} ▾" if rule else " ▾"
        return (column.name, f"{ROLE_LABELS[role]} ▾", kind, missing, values_of(column))


def values_of(column: ColumnSummary) -> str:
    """The range of a column of numbers or dates, or how many different words a text has."""
    if column.kind == "empty":
        return "no values"
    if column.kind == "dates":
        ends = (end.removesuffix(" 00:00:00")[:16] for end in (column.first, column.last))
        return " … ".join(ends) if column.first else "no dates"
    if column.minimum is None or column.maximum is None:
        count = "1000 or more" if column.distinct >= 1000 else str(column.distinct)
        return f"{count} different"
    if column.constant:
        return f"always {_short(column.minimum)}"
    return f"{_short(column.minimum)} … {_short(column.maximum)}"


def _short(value: float) -> str:
    whole = value == int(value) and abs(value) < 1e6
    return real_minus(str(int(value))) if whole else compact(value)


class RowsModel(QAbstractTableModel):
    """The first rows of the file as they are written."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._kinds: tuple[str, ...] = ()
        self._rows: tuple[tuple[str, ...], ...] = ()

    def show_preview(self, preview: TablePreview | None) -> None:
        """Show the rows of this preview; none for None."""
        self.beginResetModel()
        self._names = preview.names if preview else ()
        self._kinds = tuple(column.kind for column in preview.columns) if preview else ()
        self._rows = preview.rows if preview else ()
        self.endResetModel()

    def rowCount(self, parent: Any = _ROOT) -> int:
        """The number of rows shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Any = _ROOT) -> int:
        """The number of columns."""
        return 0 if parent.isValid() else len(self._names)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Column names and row numbers."""
        if role == Qt.ItemDataRole.ToolTipRole and orientation == Qt.Orientation.Horizontal:
            return self._names[section]
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._names[section] if orientation == Qt.Orientation.Horizontal else section + 1

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The cells; numbers stand on the right."""
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text if len(text) <= 60 else text[:59] + "…"
        if role == Qt.ItemDataRole.ToolTipRole:
            return text[:500] or "empty"
        if role == Qt.ItemDataRole.TextAlignmentRole and self._kinds[index.column()] == "numbers":
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None


class ChoiceDelegate(QStyledItemDelegate):
    """Edits a cell with a list that opens at once."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Any) -> QWidget:
        """A list of what the cell may hold."""
        model = index.model()
        assert isinstance(model, ColumnsModel)
        editor = _ChoiceEditor(parent, model.choices_of(index))
        editor.chosen.connect(self._commit)
        return editor

    def setEditorData(self, editor: QWidget, index: Any) -> None:
        """Show what is chosen at present."""
        assert isinstance(editor, QComboBox)
        editor.setCurrentIndex(editor.findData(index.data(Qt.ItemDataRole.EditRole)))
        editor.showPopup()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Any) -> None:
        """Take what was picked."""
        assert isinstance(editor, QComboBox)
        model.setData(index, editor.currentData(), Qt.ItemDataRole.EditRole)

    def _commit(self, editor: QWidget) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor)


class _ChoiceEditor(QComboBox):
    chosen = Signal(object)

    def __init__(self, parent: QWidget, choices: dict[str, str]) -> None:
        super().__init__(parent)
        for word, text in choices.items():
            self.addItem(text, word)
        self.activated.connect(self._tell)

    def _tell(self) -> None:
        self.chosen.emit(self)
