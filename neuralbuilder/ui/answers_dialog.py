"""A table of answers in a window of its own, with what is to be known about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.problems import UserError
from neuralbuilder.project import files
from neuralbuilder.project.predictions import AnswerTable
from neuralbuilder.ui.widgets.elided_label import ElidedLabel
from neuralbuilder.ui.widgets.numbers import compact, real_minus, thousands
from neuralbuilder.ui.widgets.section import label

Index = QModelIndex | QPersistentModelIndex
MOST_NOTES = 6
LOOKED_AT = 60
"""Rows that say how wide a column is to be."""
WIDEST = 260
DIGITS = 5
STYLE = "QTableView::item { padding: 0 8px; }"


class AnswerModel(QAbstractTableModel):
    """The cells of an `AnswerTable`; numbers are rounded to five digits, and whole in tooltips."""

    def __init__(self, table: AnswerTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._header = table.header
        self._columns = list(table.columns.values())
        self._count = len(self._columns[0]) if self._columns else 0

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._header)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self._columns[index.column()][index.row()]
        is_text = isinstance(value, str)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if is_text else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown(value)
        return str(value) if role == Qt.ItemDataRole.ToolTipRole and value is not None else None

    def headerData(
        self, section: int, direction: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if direction != Qt.Orientation.Horizontal or section >= len(self._header):
            return None
        shown = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        return self._header[section] if shown else None


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer):
        return real_minus(str(value))
    return compact(float(value), DIGITS)


class AnswersDialog(QDialog):
    """Shows answers with notes above, and saves them as CSV; `failed` carries why it could not."""

    failed = Signal(object)

    def __init__(
        self,
        name: str,
        table: AnswerTable,
        notes: tuple[str, ...],
        folder: Path,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("answers")
        self.setWindowTitle(f"Answers to {name}")
        self._table, self._name, self._folder = table, name, folder
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        count = len(table.rows)
        self.heading = ElidedLabel(f"{thousands(count)} answer{'s'[: count != 1]} to {name}")
        self.heading.setProperty("role", "section")
        column.addWidget(self.heading)
        self.notes = label(_few(notes), "muted", self)
        self.notes.setWordWrap(True)
        self.notes.setToolTip("\n".join(notes))
        self.notes.setVisible(bool(notes))
        column.addWidget(self.notes)
        self.view = self._view()
        column.addWidget(self.view, 1)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.save_button = QPushButton("Save as CSV…", self)
        box.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.save_button.clicked.connect(self.save)
        box.rejected.connect(self.reject)
        column.addWidget(box)
        self.resize(760, 520)

    def _view(self) -> QTableView:
        view = QTableView(self)
        view.setModel(AnswerModel(self._table, view))
        view.setStyleSheet(STYLE)
        view.setShowGrid(False)
        view.setAlternatingRowColors(True)
        view.setWordWrap(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(24)
        header = view.horizontalHeader()
        header.setResizeContentsPrecision(LOOKED_AT)
        header.setMaximumSectionSize(10 * WIDEST)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.resizeColumnsToContents()
        for place in range(len(self._table.header)):
            view.setColumnWidth(place, min(view.columnWidth(place) + 16, WIDEST))
        return view

    @Slot()
    def save(self) -> None:
        """Ask where, and save the whole table there."""
        stem = Path(self._name).stem
        path, _ = QFileDialog.getSaveFileName(
            self, "Save answers", str(self._folder / f"{stem} answers.csv"), "Tables (*.csv)"
        )
        if not path:
            return
        file = Path(path if Path(path).suffix else f"{path}.csv")
        try:
            files.write(file, self._table.csv_text().encode("utf-8-sig"))
        except UserError as error:
            self.failed.emit(error)
            return
        self.heading.setText(f"Saved in {file.name}")


def _few(notes: tuple[str, ...]) -> str:
    """The first notes, each a line."""
    if len(notes) <= MOST_NOTES:
        return "\n".join(notes)
    return "\n".join([*notes[: MOST_NOTES - 1], f"… and {len(notes) - MOST_NOTES + 1} more notes."])
