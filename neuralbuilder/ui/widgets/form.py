"""Rows of a muted label and a field, in the measures of the inspector."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from neuralbuilder.ui.widgets.elided_label import ElidedLabel
from neuralbuilder.ui.widgets.section import elided

ROW = 28
GAP = 6
LABEL_SHARE, FIELD_SHARE = 42, 58


class Form(QWidget):
    """Labels on the left, fields on the right, one row every 34 pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(0, LABEL_SHARE)
        self._grid.setColumnStretch(1, FIELD_SHARE)
        self._rows = 0

    def add_row(self, text: str, field: QWidget, hint: str = "") -> QLabel:
        """Append a labelled field; both get the hint as tooltip. Returns the label."""
        label: ElidedLabel = elided(text, "muted", self)
        label.setBuddy(field)
        label.setMinimumWidth(0)
        if not field.accessibleName():
            field.setAccessibleName(text)
        if hint:
            label.setToolTip(hint)
            set_hint = getattr(field, "set_hint", field.setToolTip)
            set_hint(hint)
        self._grid.setRowMinimumHeight(self._rows, ROW)
        self._grid.addWidget(label, self._rows, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(field, self._rows, 1)
        self._rows += 1
        return label

    def add_wide(self, widget: QWidget) -> None:
        """Append a widget over the whole width."""
        self._grid.addWidget(widget, self._rows, 0, 1, 2)
        self._rows += 1

    def clear_rows(self) -> None:
        """Remove all rows and delete their widgets."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row in range(self._rows):
            self._grid.setRowMinimumHeight(row, 0)
        self._rows = 0
