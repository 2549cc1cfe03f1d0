"""The keyboard in a map: arrow keys go from cell to cell, Enter shows the samples of one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from neuralbuilder.insights.figure import Figure, HeatMap

# Row 0 of a map is at the bottom.
_STEPS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (1, 0), Qt.Key.Key_Down: (-1, 0),
}  # fmt: skip
_CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CellCursor(QObject):
    """The cell that the keyboard is at, in a widget that shows a map whose cells have samples.

    The widget can be reached with Tab as long as it shows such a map. `changed` says that the
    cell is another one or has come or gone, `chosen` carries row and column.
    """

    changed = Signal()
    chosen = Signal(int, int)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._figure = Figure()
        self._map: HeatMap | None = None
        self._place: tuple[int, int] | None = None
        widget.installEventFilter(self)

    @property
    def cell(self) -> tuple[int, int] | None:
        """Row and column; None where there is no such map or the keyboard is elsewhere."""
        if self._map is None or not self._widget.hasFocus():
            return None
        rows, columns = self._map.values.shape
        row, column = self._place or (rows - 1, 0)
        return min(row, rows - 1), min(column, columns - 1)

    def set_figure(self, figure: Figure) -> None:
        """Stand in another figure, at the same place where that exists."""
        self._figure = figure
        self._map = next(
            (m for m in figure.marks if isinstance(m, HeatMap) and m.samples is not None), None
        )
        reachable = Qt.FocusPolicy.NoFocus if self._map is None else Qt.FocusPolicy.TabFocus
        self._widget.setFocusPolicy(reachable)
        self._tell()

    def put(self, row: int, column: int) -> None:
        """Stand at another cell."""
        self._place = (row, column)
        self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice keys and focus of the widget; keys with a meaning here go no further."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._tell()
        cell = self.cell
        if cell is None or not isinstance(event, QKeyEvent):
            return False
        if event.type() != QEvent.Type.KeyPress:
            return False
        return self._key(Qt.Key(event.key()), cell)

    def _key(self, key: Qt.Key, cell: tuple[int, int]) -> bool:
        assert self._map is not None
        assert self._map.samples is not None
        if key in _CHOOSING:
            if self._map.samples[cell] >= 0:
                self.chosen.emit(*cell)
            return True
        if key not in _STEPS:
            return False
        steps, sizes = _STEPS[key], self._map.values.shape
        row, column = (
            max(0, min(at + step, size - 1))
            for at, step, size in zip(cell, steps, sizes, strict=True)
        )
        self.put(row, column)
        return True

    def _tell(self) -> None:
        cell = self.cell
        self._widget.setAccessibleDescription("" if cell is None else words(self._figure, *cell))
        self.changed.emit()


def words(figure: Figure, row: int, column: int) -> str:
    """What a cell of a map with categories says: `right class 4, predicted class 9: 12`."""
    mark = next(m for m in figure.marks if isinstance(m, HeatMap))
    places = ((figure.y_axis, row), (figure.x_axis, column))
    named = ", ".join(
        f"{axis.label} {axis.categories[index] if axis.categories else index + 1}"
        for axis, index in places
    )
    return named if mark.counts is None else f"{named}: {mark.counts[row, column]}"
