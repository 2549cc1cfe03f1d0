"""The fields of the import dialog and where they stand; what they do is in `csv_dialog`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.data.tables.dataset import CsvTable, TableFormat
from neuralbuilder.data.tables.reading.containers import sheets_of
from neuralbuilder.data.tables.reading.format import MISSING_WORDS
from neuralbuilder.data.tables.reading.pasted import Source
from neuralbuilder.parts import Setting, settings_of
from neuralbuilder.ui.data_panel.csv_models import (
    KIND_COLUMN,
    MISSING_COLUMN,
    ROLE_COLUMN,
    ROLE_LABELS,
    ROLES,
    ChoiceDelegate,
    ColumnsModel,
    RowsModel,
)
from neuralbuilder.ui.forms.fields import number_field
from neuralbuilder.ui.widgets.choice import Choice
from neuralbuilder.ui.widgets.elided_label import ElidedLabel
from neuralbuilder.ui.widgets.section import label
from neuralbuilder.ui.widgets.switch import Switch

FORMAT = frozenset(field.name for field in fields(TableFormat))
WRITING = ("delimiter", "decimal", "encoding", "layout", "comment", "thousands")
CHOICES = (*WRITING, "missing", "uneven")
NUMBERS = {"rows": 10_000, "skip": 1, "skip_below": 1, "lags": 1}
TEXTS = {"missing_words": "", "derived": "area = width * height; lp = log(price)"}
_SETTINGS = {setting.name: setting for setting in settings_of(CsvTable)}


class CsvForm(QDialog):
    """All fields for the settings of a table, the table of its columns and its first rows."""

    def __init__(self, source: Source, dataset: CsvTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._dataset = dataset
        self._path = dataset.path
        self.resize(1000, 660)
        self._make_parts()
        self._lay_out()

    def _make_parts(self) -> None:
        self.title = ElidedLabel(Path(self._path).name, Qt.TextElideMode.ElideMiddle, self)
        self.title.setProperty("role", "title")
        self.title.setToolTip(self._path)
        self.facts = label("", "muted", self)
        self.choices = {name: self._choice(name) for name in CHOICES}
        self.sheet = Choice(self._sheets(), self)
        self.sheet.setToolTip(_SETTINGS["sheet"].help)
        self.header = Switch(True, self)
        self.numbers = {
            name: number_field(_SETTINGS[name], 0, self, step=step)
            for name, step in NUMBERS.items()
        }
        self.rows = self.numbers["rows"]
        self.texts = {name: self._line(name) for name in TEXTS}
        self.date_parts = Switch(False, self)
        self.date_parts.setToolTip(_SETTINGS["date_parts"].help)
        self.columns_model = ColumnsModel(self)
        self.columns = self._table(self.columns_model)
        for section in (ROLE_COLUMN, KIND_COLUMN, MISSING_COLUMN):
            self.columns.setItemDelegateForColumn(section, ChoiceDelegate(self.columns))
        self.columns.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        self.columns.setAccessibleName("Columns and their roles")
        self.role_buttons = {role: QPushButton(ROLE_LABELS[role], self) for role in ROLES}
        for role, button in self.role_buttons.items():
            button.setToolTip(f"Give the selected columns this role: {role}.")
            button.setAutoDefault(False)
        self.rows_model = RowsModel(self)
        self.first_rows = self._table(self.rows_model)
        self.first_rows.setAccessibleName("First rows")
        self.notices = label("", "muted", self)
        self.notices.setWordWrap(True)
        self.verdict = label("", "good", self)
        self.verdict.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.ok = QPushButton("Use" if self._dataset.inputs else "Import", self)
        self.ok.setProperty("accent", True)
        self.ok.setDefault(True)
        self.buttons.addButton(self.ok, QDialogButtonBox.ButtonRole.AcceptRole)

    def _sheets(self) -> list[tuple[str, str]]:
        """The sheets of a workbook; the first one needs no name."""
        names = sheets_of(self._source)
        return [(name, name if place else "") for place, name in enumerate(names)] or [("", "")]

    def _choice(self, name: str) -> Choice:
        setting: Setting = _SETTINGS[name]
        choice = Choice([(setting.word_for(word), word) for word in setting.choices], self)
        choice.setToolTip(setting.help)
        choice.setAccessibleName(setting.label)
        return choice

    def _line(self, name: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setPlaceholderText(TEXTS[name])
        usual = " ".join(sorted(MISSING_WORDS)) if name == "missing_words" else ""
        line.setToolTip(f"{_SETTINGS[name].help}\nThe usual ones: {usual}" if usual else
                        _SETTINGS[name].help)  # fmt: skip
        line.setAccessibleName(_SETTINGS[name].label)
        return line

    def _table(self, model: ColumnsModel | RowsModel) -> QTableView:
        view = QTableView(self)
        view.setModel(model)
        view.setShowGrid(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().setDefaultSectionSize(22)
        view.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        view.setWordWrap(False)
        view.setStyleSheet("QTableView::item { padding: 0 8px; border: none; }")
        view.setTabKeyNavigation(False)
        return view

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.facts)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(16, 14, 16, 14)
        outside.setSpacing(10)
        outside.addLayout(top)
        outside.addLayout(self._format_row())
        outside.addLayout(self._layout_row())
        outside.addWidget(self._tables(), 1)
        outside.addWidget(self.notices)
        outside.addLayout(self._policy_row())
        outside.addLayout(self._inputs_row())
        bottom = QHBoxLayout()
        bottom.addWidget(self.verdict, 1)
        bottom.addWidget(self.buttons)
        outside.addLayout(bottom)

    def _format_row(self) -> QGridLayout:
        return self._fields(
            [
                ("Delimiter", self.choices["delimiter"]),
                ("Decimal sign", self.choices["decimal"]),
                ("Thousands", self.choices["thousands"]),
                ("Encoding", self.choices["encoding"]),
                ("Names in first row", self.header),
                (_SETTINGS["rows"].label, self.rows),
            ]
        )

    def _layout_row(self) -> QGridLayout:
        shown: dict[str, QWidget] = {**self.choices, **self.numbers}
        names = ("layout", "comment", "skip", "skip_below")
        fields = [(_SETTINGS[name].label, shown[name]) for name in names]
        self.sheet.setVisible(self.sheet.count() > 1)
        sheet = [(_SETTINGS["sheet"].label, self.sheet)] if self.sheet.count() > 1 else []
        return self._fields(sheet + fields)

    def _policy_row(self) -> QGridLayout:
        return self._fields(
            [
                ("Missing values", self.choices["missing"]),
                (_SETTINGS["missing_words"].label, self.texts["missing_words"]),
                ("Uneven rows", self.choices["uneven"]),
            ]
        )

    def _inputs_row(self) -> QGridLayout:
        grid = self._fields(
            [
                (_SETTINGS["derived"].label, self.texts["derived"]),
                (_SETTINGS["lags"].label, self.numbers["lags"]),
                (_SETTINGS["date_parts"].label, self.date_parts),
            ]
        )
        grid.setColumnStretch(0, 3)
        return grid

    def _fields(self, fields: list[tuple[str, QWidget]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        for column, (text, field) in enumerate(fields):
            grid.addWidget(label(text, "muted", self), 0, column)
            grid.addWidget(field, 1, column, Qt.AlignmentFlag.AlignVCenter)
            grid.setColumnStretch(column, 1)
            if not field.accessibleName():
                field.setAccessibleName(text)
        return grid

    def _tables(self) -> QWidget:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.columns, 1)
        row = QHBoxLayout()
        row.addWidget(label("Selected columns:", "muted", self))
        for button in self.role_buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.columns.verticalHeader().hide()
        header = self.columns.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for section, width in enumerate((130, 84, 92, 104)):
            header.resizeSection(section, width)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setHandleWidth(10)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self.first_rows)
        splitter.setSizes([560, 420])
        return splitter
