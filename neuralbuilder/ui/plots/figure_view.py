"""Paints any figure: on axes, in rows, as a table, or the reason why there is nothing yet."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QRegion, QResizeEvent
from PySide6.QtWidgets import QGraphicsItem, QGraphicsWidget, QLabel, QStackedLayout, QWidget

from neuralbuilder.insights.figure import Axis, Figure, HeatMap, Pictures, Table
from neuralbuilder.ui.plots.axes import Axes
from neuralbuilder.ui.plots.cell_cursor import CellCursor
from neuralbuilder.ui.plots.legend import LegendEntry, legend_of
from neuralbuilder.ui.plots.picture_grid import PictureGrid
from neuralbuilder.ui.plots.table_view import TableView
from neuralbuilder.ui.plots.values import same
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.section import label

ROW_HEIGHT = 34.0
ROW_WIDTH = 120.0
MOST_LABEL = 78.0
LABEL_GAP = 12.0
LINE = 13.0
"""Room under the last row for the ends of the axis that all rows share."""


class Sheet(pg.GraphicsView):
    """The surface that axes lie on."""

    resized = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCentralItem(QGraphicsWidget())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(40, 40)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell that there is another room."""
        super().resizeEvent(event)
        self.resized.emit()


class FigureView(QWidget):
    """Shows one figure at a time; the graphics items are made once and get new data.

    `legend_changed` carries the entries for a `LegendStrip` in the header around it;
    `sample_chosen` the row of a sample that was clicked, and `cell_clicked` row and column of a
    cell of a map that stands for samples.
    """

    legend_changed = Signal(object)
    sample_chosen = Signal(object)
    cell_clicked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None, interactive: bool = False) -> None:
        super().__init__(parent)
        self._figure = Figure()
        self._legend: tuple[LegendEntry, ...] = ()
        self._interactive = interactive
        self._sheet = Sheet(self)
        self._axes: Axes | None = None
        self._rows: list[Axes] = []
        self._table = TableView(self)
        self._pictures = PictureGrid(self)
        self._message = label("", "muted", self)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        for page in (self._message, self._sheet, self._table, self._pictures):
            self._pages.addWidget(page)
        self._table.sample_chosen.connect(self.sample_chosen)
        self._pictures.sample_chosen.connect(self.sample_chosen)
        self._sheet.resized.connect(self._arrange)
        self._cursor = CellCursor(self._sheet)
        self._cursor.changed.connect(self._show_cursor)
        self._cursor.chosen.connect(self._cell_clicked)
        follow(self._restyle)
        self._restyle()

    # ------------------------------------------------------------ reading

    @property
    def figure(self) -> Figure:
        """What is shown."""
        return self._figure

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """What the colours of the figure mean."""
        return self._legend

    @property
    def message_label(self) -> QLabel:
        """The label of the message that stands in for a picture."""
        return self._message

    @property
    def sheet(self) -> Sheet:
        """The surface that figures with axes are painted on."""
        return self._sheet

    @property
    def pictures(self) -> PictureGrid:
        """The grid that figures of images are painted on."""
        return self._pictures

    @property
    def table(self) -> TableView:
        """The table that figures of rows are shown in."""
        return self._table

    def graphics_items(self) -> list[QGraphicsItem]:
        """Everything on the surface; updates reuse it."""
        return self._sheet.scene().items()

    @property
    def is_zoomed(self) -> bool:
        """Whether the user has moved or zoomed the picture."""
        return self._axes is not None and not self._axes.follows

    # ------------------------------------------------------------ changing

    def set_figure(self, figure: Figure) -> None:
        """Show another figure; nothing happens where it shows the same as before."""
        if same(figure, self._figure):
            return
        self._figure = figure
        legend = legend_of(figure)
        if legend != self._legend:
            self._legend = legend
            self.legend_changed.emit(legend)
        self._show()

    def set_chosen(self, sample: int) -> None:
        """Mark the sample that the window looks at, where it is shown."""
        self._table.set_chosen(sample)
        self._pictures.set_chosen(sample)

    def show_everything(self) -> None:
        """Forget what the user has zoomed to."""
        if self._axes is not None:
            self._axes.show_everything()

    def _show(self) -> None:
        figure = self._figure
        self._cursor.set_figure(figure if self._interactive else Figure())
        table = next((mark for mark in figure.marks if isinstance(mark, Table)), None)
        pictures = next((mark for mark in figure.marks if isinstance(mark, Pictures)), None)
        if figure.message or not (figure.marks or figure.rows):
            self._message.setText(figure.message)
            self._pages.setCurrentWidget(self._message)
        elif table is not None:
            self._table.set_table(table)
            self._pages.setCurrentWidget(self._table)
        elif pictures is not None:
            self._pictures.set_mark(pictures)
            self._pages.setCurrentWidget(self._pictures)
        else:
            self._pages.setCurrentWidget(self._sheet)
            self._arrange()

    @Slot()
    def _arrange(self) -> None:
        """Give every pair of axes its room and its figure."""
        figure = self._figure
        if self._pages.currentWidget() is not self._sheet:
            return
        if figure.rows:
            self._arrange_rows(figure.rows)
        else:
            self._show_rows(0)
            self._arrange_single(figure)
        if self._axes is not None:
            self._axes.setVisible(not figure.rows)

    def _arrange_single(self, figure: Figure) -> None:
        if self._axes is None:
            self._axes = self._new_axes(False)
            self._axes.set_interactive(self._interactive)
            self._axes.cell_clicked.connect(self._cell_clicked)
        self._axes.set_figure(figure)
        self._axes.setGeometry(self._room())

    @Slot()
    def _show_cursor(self) -> None:
        if self._axes is not None:
            self._axes.set_focused(self._cursor.cell)

    @Slot(int, int)
    def _cell_clicked(self, row: int, column: int) -> None:
        mark = next(mark for mark in self._figure.marks if isinstance(mark, HeatMap))
        assert mark.samples is not None
        self._cursor.put(row, column)
        self.sample_chosen.emit(int(mark.samples[row, column]))
        self.cell_clicked.emit(row, column)

    def _arrange_rows(self, rows: tuple[Figure, ...]) -> None:
        """Rows from top to bottom; in several columns where they would be too low."""
        room = self._room()
        most = max(1, int(room.width() // ROW_WIDTH))
        columns = min(most, max(1, math.ceil(len(rows) * ROW_HEIGHT / max(room.height(), 1.0))))
        in_column = math.ceil(len(rows) / columns)
        common = _common_axis(rows)
        shown_below = LINE if common else 0.0
        height = (room.height() - shown_below) / in_column
        width = (room.width() - LABEL_GAP * (columns - 1)) / columns
        wide = min(self._label_width(rows), width / 2)
        self._show_rows(len(rows))
        for index, row in enumerate(rows):
            column, place = divmod(index, in_column)
            last = place == in_column - 1 or index == len(rows) - 1
            ends = common and last
            left = room.left() + column * (width + LABEL_GAP)
            axes = self._rows[index]
            axes.set_figure(row, wide, ends)
            axes.setGeometry(
                QRectF(left, place * height, width, height + (shown_below if ends else 0.0))
            )

    def _show_rows(self, count: int) -> None:
        while len(self._rows) < count:
            self._rows.append(self._new_axes(True))
        for index, axes in enumerate(self._rows):
            axes.setVisible(index < count)

    def _new_axes(self, row: bool) -> Axes:
        axes = Axes(row)
        axes.setParentItem(self._sheet.centralWidget)
        return axes

    def _room(self) -> QRectF:
        return QRectF(self._sheet.viewport().rect())

    def _label_width(self, rows: tuple[Figure, ...]) -> float:
        metrics = QFontMetricsF(current().font("small"))
        widest = max(metrics.horizontalAdvance(row.title) for row in rows)
        return min(widest, MOST_LABEL * current().text_scale) + LABEL_GAP

    # ------------------------------------------------------------ theme and export

    @Slot()
    def _restyle(self) -> None:
        self._sheet.setBackground(current().color("panel"))
        self._arrange()

    def paint_on(self, painter: QPainter, target: QRectF) -> None:
        """Paint the picture somewhere else, as vectors where that takes them."""
        if self._pages.currentWidget() is self._sheet:
            self._sheet.scene().render(painter, target, self._room())
        else:
            page: Any = self._pages.currentWidget()
            painter.save()
            painter.translate(target.topLeft())
            page.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
            painter.restore()


def _common_axis(rows: tuple[Figure, ...]) -> bool:
    """Whether all rows lie over the same horizontal axis."""
    axes: set[Axis] = {row.x_axis for row in rows}
    return len(axes) == 1
