"""The dialog that turns a text table into samples."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QWidget,
)

from neuralbuilder.data.notes import notes_on
from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.data.tables.dataset import CsvTable, samples_of, table_in
from neuralbuilder.data.tables.preview import TablePreview, preview, preview_of
from neuralbuilder.data.tables.reading.containers import format_settings
from neuralbuilder.data.tables.reading.format import opened_size
from neuralbuilder.data.tables.reading.pasted import Pasted, Source
from neuralbuilder.data.tables.reading.sniffing import sniff
from neuralbuilder.data.tables.to_samples import proposal
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.ui.data_panel.csv_form import FORMAT, WRITING, CsvForm
from neuralbuilder.ui.data_panel.preview import summary
from neuralbuilder.ui.data_panel.progress import ReadingProgress, file_size
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.widgets.section import set_style_property

PREVIEW_ROWS = 50
MEASURED_COLUMNS = 60
SHOWN_NOTICES = 3


class CsvImportDialog(CsvForm):
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
        if not isinstance(source, Pasted):
            source = os.path.abspath(source) if dataset is None else source
        self._size = len(source.data) if isinstance(source, Pasted) else opened_size(source)
        super().__init__(source, dataset or table_in(source), parent)
        self._sizes = sizes
        self._preview: TablePreview | None = None
        self._reason = ""
        self.setWindowTitle("Import data" if dataset is None else "Columns and format")
        self._connect()
        self._enable_format()
        self._show_settings()
        self._read()

    # ------------------------------------------------------------ signals

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
