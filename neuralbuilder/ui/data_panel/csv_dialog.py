"""The dialog that turns a text table into samples."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
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

from neuralbuilder.data.notes import notes_on
from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.data.table_containers import format_settings, sheets_of
from neuralbuilder.data.table_format import MISSING_WORDS, opened_size
from neuralbuilder.data.table_pasted import Pasted, Source
from neuralbuilder.data.table_preview import TablePreview, preview, preview_of
from neuralbuilder.data.table_samples import proposal
from neuralbuilder.data.table_sniffing import sniff
from neuralbuilder.data.tables import CsvTable, TableFormat, samples_of, table_in
from neuralbuilder.parts import Setting, changed, settings_of
from neuralbuilder.problems import UserError
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
from neuralbuilder.ui.data_panel.preview import summary
from neuralbuilder.ui.data_panel.progress import ReadingProgress, file_size
from neuralbuilder.ui.forms.fields import number_field
from neuralbuilder.ui.widgets.choice import Choice
from neuralbuilder.ui.widgets.elided_label import ElidedLabel
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.widgets.section import label, set_style_property
from neuralbuilder.ui.widgets.switch import Switch

PREVIEW_ROWS = 50
MEASURED_COLUMNS = 60
SHOWN_NOTICES = 3
FORMAT = frozenset(field.name for field in fields(TableFormat))
WRITING = ("delimiter", "decimal", "encoding", "layout", "comment", "thousands")
CHOICES = (*WRITING, "missing", "uneven")
NUMBERS = {"rows": 10_000, "skip": 1, "skip_below": 1, "lags": 1}
TEXTS = {"missing_words": "", "derived": "area = width * height; lp = log(price)"}
_SETTINGS = {setting.name: setting for setting in settings_of(CsvTable)}


class CsvImportDialog(QDialog):
    """Shows a table, how it was read, and what each column is for; the result is a `CsvTable`.

    With `dataset` the dialog starts from its choices, otherwise from what the file looks like and
    from the `sizes` of the network: how many inputs and outputs it has.
    Raises `UserError` for a file that is not there or no table. The button is enabled when
    samples come out; the line beside it says how many, or why not.
    """

    def __init__(
        self,
        source: Source,
        dataset: CsvTable | None = None,
        parent: QWidget | None = None,
        sizes: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(parent)
        self._sizes = sizes
        if not isinstance(source, Pasted):
            source = os.path.abspath(source) if dataset is None else source
        self._source = source
        size = len(source.data) if isinstance(source, Pasted) else opened_size(source)
        self._dataset = dataset or table_in(source)
        self._path = self._dataset.path
        self._preview: TablePreview | None = None
        self._reason = ""
        self.setWindowTitle("Import data" if dataset is None else "Columns and format")
        self.resize(1000, 660)
        self._make_parts(size)
        self._lay_out()
        self._connect()
        self._enable_format()
        self._show_settings()
        self._read()

    # ------------------------------------------------------------ building

    def _make_parts(self, size: int) -> None:
        self.title = ElidedLabel(Path(self._path).name, Qt.TextElideMode.ElideMiddle, self)
        self.title.setProperty("role", "title")
        self.title.setToolTip(self._path)
        self.facts = label("", "muted", self)
        self._size = size
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

    def _connect(self) -> None:
        for name in WRITING:
            self.choices[name].choice_changed.connect(self._format_changed)
        for name in ("missing", "uneven"):
            self.choices[name].choice_changed.connect(self._judge)
        self.sheet.choice_changed.connect(self._sheet_changed)
        self.header.clicked.connect(self._format_changed)
        for name, field in self.numbers.items():
            changes = self._judge if name == "lags" else self._format_changed
            field.value_changed.connect(changes)
        self.texts["missing_words"].editingFinished.connect(self._mean_anew)
        self.texts["derived"].editingFinished.connect(self._judge)
        self.date_parts.clicked.connect(self._judge)
        self.columns_model.roles_changed.connect(self._judge)
        # Queued, as the list that was picked from closes first.
        self.columns_model.kinds_changed.connect(
            self._mean_anew, Qt.ConnectionType.QueuedConnection
        )
        self.role_buttons["input"].clicked.connect(self._make_inputs)
        self.role_buttons["target"].clicked.connect(self._make_targets)
        self.role_buttons["ignore"].clicked.connect(self._make_ignored)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    # ------------------------------------------------------------ result

    def dataset(self) -> CsvTable:
        """The table as chosen. Raises `UserError` where a column has two roles, or a formula
        cannot be read.
        """
        rules = self.columns_model.rules
        chosen: CsvTable = changed(
            self._written(),
            inputs=self.columns_model.names("input"),
            targets=self.columns_model.names("target"),
            missing_by_column=tuple(f"{name}={rule}" for name, rule in rules.items()),
            derived=self.texts["derived"].text().strip(),
        )
        return chosen

    def _written(self) -> CsvTable:
        """The table with what is chosen about its cells; which columns are for what is open."""
        kinds = self.columns_model.kinds
        by_kind = {
            kind: tuple(name for name, chosen in kinds.items() if chosen == kind)
            for kind in ("words", "numbers", "dates")
        }
        words = (word.strip() for word in self.texts["missing_words"].text().split(","))
        written: CsvTable = changed(
            self._dataset,
            header=self.header.isChecked(),
            sheet=self.sheet.choice(),
            inputs=(),
            targets=(),
            ignored=(),
            missing_by_column=(),
            derived="",
            date_parts=self.date_parts.isChecked(),
            missing_words=tuple(word for word in words if word),
            **by_kind,
            **{name: field.value() for name, field in self.numbers.items()},
            **{name: choice.choice() for name, choice in self.choices.items()},
        )
        return written

    def reason(self) -> str:
        """Why the table cannot be imported as it is; empty if it can."""
        return self._reason

    def accept(self) -> None:
        """Close only with a table that gives samples."""
        if not self._reason:
            super().accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field takes what is in it; elsewhere it imports."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        fields = (*self.numbers.values(), *self.texts.values())
        if not (enter and self.focusWidget() in fields):
            super().keyPressEvent(event)

    # ------------------------------------------------------------ reading

    def _show_settings(self) -> None:
        for name, choice in self.choices.items():
            choice.set_choice(getattr(self._dataset, name))
        self.sheet.set_choice(self._dataset.sheet)
        self.header.setChecked(self._dataset.header)
        for name, field in self.numbers.items():
            field.set_value(getattr(self._dataset, name))
        self.texts["missing_words"].setText(", ".join(self._dataset.missing_words))
        self.texts["derived"].setText(self._dataset.derived)
        self.date_parts.setChecked(self._dataset.date_parts)
        self.columns_model.kinds = {
            name: kind
            for kind in ("words", "numbers", "dates")
            for name in getattr(self._dataset, kind)
        }
        self.columns_model.rules = dict(self._dataset.choices().rules)

    def _sheet_changed(self, sheet: str) -> None:
        """Another sheet may have its names elsewhere."""
        found = sniff(self._source, sheet)
        self.header.setChecked(found.header)
        for name in ("skip", "skip_below"):
            self.numbers[name].set_value(getattr(found, name))
        self._read()

    def _enable_format(self) -> None:
        """Only what makes a difference can be changed: a workbook has no delimiter."""
        useful = format_settings(self._source)
        for name, field in {**self.choices, **self.numbers, "header": self.header}.items():
            if name in FORMAT:
                field.setEnabled(name in useful)

    def _format_changed(self) -> None:
        self._read()

    def _read(self) -> None:
        """Read the file in the chosen format, showing progress where it takes long."""
        before = self._chosen_roles()
        written = self._written()
        progress = ReadingProgress(Path(self._path).name, self)
        try:
            self._preview = preview(
                self._source,
                written.format,
                PREVIEW_ROWS,
                progress.tell,
                written.rows,
                written.choices().kinds,
            )
            failure = ""
        except ReadingCancelled:
            self._preview = None
            failure = "Reading was stopped. Enter how many rows to read at most, or cancel."
        except UserError as error:
            self._preview = None
            failure = str(error)
        finally:
            progress.close()
        self._show_columns(before)
        if failure:
            self._refuse(failure)
        else:
            self._judge()

    def _mean_anew(self) -> None:
        """Find out anew what the columns mean; the file itself is not read again."""
        if self._preview is None:
            return
        before = self._chosen_roles()
        kinds = self._written().choices().kinds
        self._preview = preview_of(self._preview.table, PREVIEW_ROWS, kinds)
        self._show_columns(before)
        self._judge()

    def _show_columns(self, before: dict[str, str]) -> None:
        self.rows_model.show_preview(self._preview)
        columns = self._preview.columns if self._preview else ()
        self.columns_model.show_columns(columns, self._roles(before))
        self._fit_columns()
        self._show_facts()

    def _chosen_roles(self) -> dict[str, str]:
        return dict(zip(self._names(), self.columns_model.roles, strict=True))

    def _names(self) -> tuple[str, ...]:
        return self._preview.names if self._preview else ()

    def _roles(self, before: dict[str, str]) -> list[str]:
        """The roles of the columns: as before, as in the dataset, or all inputs and a target."""
        if self._preview is None:
            return []
        names = self._preview.names
        if before and set(names) <= set(before):
            return [before[name] for name in names]
        chosen = dict.fromkeys(self._dataset.inputs, "input")
        chosen |= dict.fromkeys(self._dataset.targets, "target")
        if chosen and set(chosen) <= set(names):
            return [chosen.get(name, "ignore") for name in names]
        sizes = self._sizes or (None, None)
        found = proposal(self._preview.table, self._written().choices(), *sizes)
        chosen = dict.fromkeys(found.inputs, "input") | dict.fromkeys(found.targets, "target")
        return [chosen.get(name, "ignore") for name in names]

    def _fit_columns(self) -> None:
        header = self.first_rows.horizontalHeader()
        for section in range(min(header.count(), MEASURED_COLUMNS)):
            self.first_rows.resizeColumnToContents(section)
            header.resizeSection(section, min(max(header.sectionSize(section), 56), 160))

    def _show_facts(self) -> None:
        size = file_size(self._size)
        if self._preview is None:
            self.facts.setText(size)
            self.notices.hide()
            return
        seen = self._preview
        rows, columns = seen.row_count, len(seen.columns)
        self.facts.setText(
            f"{thousands(rows)} row{'' if rows == 1 else 's'} · "
            f"{thousands(columns)} column{'' if columns == 1 else 's'} · {size}"
        )
        lines = [f"• {notice}" for notice in seen.notices[:SHOWN_NOTICES]]
        if len(seen.notices) > SHOWN_NOTICES:
            lines.append(f"• … and {len(seen.notices) - SHOWN_NOTICES} more")
        self.notices.setText("\n".join(lines))
        self.notices.setToolTip("\n".join(seen.notices[:40]))
        self.notices.setVisible(bool(lines))
        self.choices["uneven"].setEnabled(seen.table.uneven_count > 0)
        words = ", ".join(seen.missing_words) or "NA, ?, - …"
        self.texts["missing_words"].setPlaceholderText(f"As usual: {words}")

    # ------------------------------------------------------------ judging

    def _judge(self) -> None:
        """Say what comes out of the choices, or why nothing does."""
        if self._preview is None:
            return
        enough = self._preview.row_count >= 2 and len(self._preview.columns) >= 2
        for role in ("input", "target"):
            if enough and not self.columns_model.names(role):
                self._refuse(f"No column is chosen as {role}. Click a role to change it.")
                return
        try:
            samples = samples_of(self.dataset(), self._preview.table)
        except UserError as error:
            self._refuse(str(error))
            return
        self._reason = ""
        dropped = self._preview.row_count - samples.count
        lost = f" · {thousands(dropped)} rows dropped" if dropped else ""
        self._say(f"✓ {summary(samples)}{lost}", "good")
        self.verdict.setToolTip("\n".join(notes_on(samples)))

    def _refuse(self, reason: str) -> None:
        self._reason = reason
        self._say(reason, "error")

    def _say(self, text: str, role: str) -> None:
        self.verdict.setText(text)
        set_style_property(self.verdict, "role", role)
        self.ok.setEnabled(role == "good")
        self.ok.setToolTip("" if role == "good" else text)

    # ------------------------------------------------------------ roles

    def _make_inputs(self) -> None:
        self._give_role("input")

    def _make_targets(self) -> None:
        self._give_role("target")

    def _make_ignored(self) -> None:
        self._give_role("ignore")

    def _give_role(self, role: str) -> None:
        rows = sorted({index.row() for index in self.columns.selectionModel().selectedIndexes()})
        if rows:
            self.columns_model.set_roles(rows, role)
