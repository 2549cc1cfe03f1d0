"""A table in a panel. The model is made once; new cells of the same shape only repaint."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from neuralbuilder.insights.figure import Table

Index = QModelIndex | QPersistentModelIndex
STYLE = "QTableView { border: none; } QHeaderView::section { padding: 4px 3px; }"
"""Plots are narrow: their columns stand closer together than those of other tables."""


class Cells(QAbstractTableModel):
    """The cells of a `Table`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = Table((), ())

    def set_table(self, table: Table) -> None:
        """Show other cells."""
        old, count = self._table, len(table.rows)
        if old.columns == table.columns and len(old.rows) == count:
            self._table = table
            if count and table.columns:
                corner = self.index(count - 1, len(table.columns) - 1)
                self.dataChanged.emit(self.index(0, 0), corner)
            return
        self.beginResetModel()
        self._table = table
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            row = self._table.rows[index.row()]
            return row[index.column()] if index.column() < len(row) else ""
        return None

    def headerData(
        self, section: int, direction: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        across = direction == Qt.Orientation.Horizontal
        if role != Qt.ItemDataRole.DisplayRole or not across:
            return None
        columns = self._table.columns
        return columns[section] if section < len(columns) else ""


class TableView(QTableView):
    """Shows a `Table`; cells can be selected and read, not changed.

    Where the rows are samples, a click or Enter tells `sample_chosen(row of the data)`.
    """

    sample_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = Cells(self)
        self._samples: tuple[int, ...] = ()
        self._chosen = -1
        self.setModel(self._cells)
        self.setStyleSheet(STYLE)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(22)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._tell)

    def set_table(self, table: Table) -> None:
        """Show other cells."""
        self._cells.set_table(table)
        if table.samples != self._samples:
            self._samples = table.samples
            self._mark_chosen()

    def set_chosen(self, sample: int) -> None:
        """Mark the row of this sample."""
        if sample != self._chosen:
            self._chosen = sample
            self._mark_chosen()

    def _mark_chosen(self) -> None:
        rows = QAbstractItemView.SelectionBehavior.SelectRows
        cells = QAbstractItemView.SelectionBehavior.SelectItems
        self.setSelectionBehavior(rows if self._samples else cells)
        if self._chosen in self._samples:
            self.selectRow(self._samples.index(self._chosen))
        elif self._samples:
            self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter tells of the row that the arrow keys have led to."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._samples:
            self._tell(self.currentIndex())
            return
        super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _tell(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self._samples):
            self.sample_chosen.emit(self._samples[index.row()])
