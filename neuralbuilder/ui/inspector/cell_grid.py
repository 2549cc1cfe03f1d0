"""A table of several columns in the inspector: as narrow as the panel, or scrolled sideways."""

from __future__ import annotations

from itertools import zip_longest
from math import ceil

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QWidget

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.widgets.section import elided, label, set_style_property

LEAST_WIDTH = 60
SPACING = {"usual": 8, "small": 5}
"""Between the columns, for each size of the letters."""
FONTS = {"usual": "mono_less", "small": "mono_small"}
NAME = "xx…"
"""What the first column is never narrower than."""
BAR_HEIGHT = 10
"""How high a scroll bar is, as the style sheet says."""


class CellGrid(QScrollArea):
    """Rows of cells as labels that are made once; their text can be selected and copied.

    It is as high as its rows. Where it is too narrow for them the letters become smaller, and
    where that is not enough one scrolls sideways.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._cells: list[list[QLabel]] = []
        self._letters = "usual"
        self._inside = QWidget(self)
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACING["usual"])
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setWidget(self._inside)

    @property
    def letters(self) -> str:
        """The size of the letters: usual or small."""
        return self._letters

    @property
    def is_cut(self) -> bool:
        """Whether one has to scroll sideways to see all columns."""
        return self._needed(self._letters) > self.viewport().width()

    def texts(self) -> list[tuple[str, ...]]:
        """The rows that are shown."""
        shown = [row for row in self._cells if row[0].isVisibleTo(self)]
        return [tuple(cell.text() for cell in row if cell.isVisibleTo(self)) for row in shown]

    def set_rows(self, rows: tuple[tuple[str, ...], ...], strong: tuple[int, ...] = ()) -> None:
        """Show these rows; those at the places in `strong` stand out."""
        while len(self._cells) < len(rows):
            self._cells.append([])
        for index, labels in enumerate(self._cells):
            texts = rows[index] if index < len(rows) else ()
            while len(labels) < len(texts):
                labels.append(self._new_cell(index, len(labels)))
            for column, cell in enumerate(labels):
                cell.setVisible(column < len(texts))
                if column < len(texts):
                    cell.setText(texts[column])
                    set_style_property(cell, "result", index in strong)
        self._fit()

    def _new_cell(self, row: int, column: int) -> QLabel:
        if column == 0:
            cell: QLabel = elided("", "mono-muted", self._inside)
        else:
            cell = label("", "mono-small", self._inside)
            cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        cell.setProperty("letters", self._letters)
        self._grid.addWidget(cell, row, column)
        return cell

    # ------------------------------------------------------------ room

    def _fit(self) -> None:
        """Letters in which all columns have room, else the small ones."""
        fits = self._needed("usual") <= self.viewport().width()
        letters = "usual" if fits else "small"
        if letters != self._letters:
            self._letters = letters
            self._grid.setHorizontalSpacing(SPACING[letters])
            for cell in (cell for row in self._cells for cell in row):
                set_style_property(cell, "letters", letters)
        self.updateGeometry()

    def _needed(self, letters: str) -> float:
        """The width of all columns in such letters; names may be shortened."""
        advance = QFontMetricsF(current().font(FONTS[letters])).horizontalAdvance
        columns = list(zip_longest(*self.texts(), fillvalue=""))
        widths = [ceil(max(map(advance, column))) for column in columns[1:]]
        return ceil(advance(NAME)) + sum(widths) + SPACING[letters] * len(widths)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other room, other letters."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def sizeHint(self) -> QSize:
        """As high as all rows, and the scroll bar where there is one."""
        bar = BAR_HEIGHT if self.is_cut else 0
        return QSize(self._grid.sizeHint().width(), self._grid.sizeHint().height() + bar)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the panel, but never lower than the rows."""
        return QSize(LEAST_WIDTH, self.sizeHint().height())
