"""One pair of axes: numbers, grid and marks, over a box of pyqtgraph that moves and zooms."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem

from neuralbuilder.insights.figure import Figure, HeatMap
from neuralbuilder.ui.plots import painting, ranges, ticks
from neuralbuilder.ui.plots.cell_cursor import words
from neuralbuilder.ui.plots.clouds import Cloud, clouds, paint_clouds
from neuralbuilder.ui.plots.curves import Curve, curves, paint_curves
from neuralbuilder.ui.plots.frame import Frame
from neuralbuilder.ui.plots.map_item import Map
from neuralbuilder.ui.plots.painting import GAP, LINE_HEIGHT
from neuralbuilder.ui.plots.ticks import Scale
from neuralbuilder.ui.plots.values import LARGEST
from neuralbuilder.ui.theme import current

LEFT_MARGIN = 34.0
TOP_MARGIN = 7.0
ROW_SPACE = 0.22
"""The part of a row's height that stays free above its bars."""
MOST_CATEGORY_WIDTH = 76.0
NUMBER_EVERY = 30.0
MOST_NUMBERS = 6
SMALLEST = 24.0
"""A picture with a shorter side is not drawn."""


class Box(pg.ViewBox):
    """The inside of the axes; a double click shows everything again, a click chooses a cell."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes, enableMenu=False, defaultPadding=0.0)
        self._axes = axes
        self.disableAutoRange()
        reach = 4 * LARGEST
        self.setLimits(xMin=-reach, xMax=reach, yMin=-reach, yMax=reach)

    def mouseClickEvent(self, event: Any) -> None:
        """Show everything after a double click, or tell which cell of a map was clicked."""
        if event.double() and event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self._axes.show_everything()
        elif event.button() == Qt.MouseButton.LeftButton and self._axes.click(event.pos()):
            event.accept()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        """Move the picture with the left button; the others have no meaning here."""
        if event.button() == Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis)
        else:
            event.ignore()


class Front(QGraphicsItem):
    """What is painted over bars and map."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._axes = axes
        self._room = QRectF()  # its own: Qt asks for it while the axes are being deleted
        self.setZValue(10)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_room(self, room: QRectF) -> None:
        """Cover this part of the axes."""
        self.prepareGeometryChange()
        self._room = room

    def boundingRect(self) -> QRectF:
        return self._room

    def paint(self, painter: QPainter, *args: Any) -> None:
        self._axes.paint_front(painter)


class Axes(pg.GraphicsWidget):
    """Paints the marks of one figure; `row` axes have a label on the left and no numbers.

    `cell_clicked(row, column)` tells of a click on a cell of a map that has samples.
    """

    cell_clicked = Signal(int, int)

    def __init__(self, row: bool = False) -> None:
        super().__init__()
        self._row = row
        self._figure = Figure()
        self._label_width = 0.0
        self._ends = False
        self._name_below = False
        self._follows = True
        self._frame = Frame(QRectF(), Scale(0, 1), Scale(0, 1))
        self._everything = self._frame
        self.box = Box(self)
        self.box.setMouseEnabled(not row, not row)
        self._curves: list[Curve] = []
        self._clouds: list[Cloud] = []
        self._map: Map | None = None
        self._focused: tuple[int, int] | None = None
        self._front = Front(self)
        self.box.sigRangeChangedManually.connect(self._moved_by_user)
        self.box.sigRangeChanged.connect(self._range_changed)

    @property
    def frame(self) -> Frame:
        """Where things are now."""
        return self._frame

    @property
    def follows(self) -> bool:
        """Whether everything is shown; False after the user has moved or zoomed."""
        return self._follows

    def set_interactive(self, interactive: bool) -> None:
        """Whether the mouse moves and zooms the picture."""
        self.box.setMouseEnabled(interactive, interactive)

    def set_figure(self, figure: Figure, label_width: float = 0.0, ends: bool = False) -> None:
        """Show a figure. Rows get the room for their labels, and whether ends have numbers."""
        self._figure, self._label_width, self._ends = figure, label_width, ends
        self.lay_out()

    def set_focused(self, cell: tuple[int, int] | None) -> None:
        """Frame the cell of a map that the keyboard is at."""
        if cell != self._focused:
            self._focused = cell
            self._front.update()

    def click(self, point: QPointF) -> bool:
        """Tell which cell lies at this point of the box; whether there is one to choose."""
        mark = next((m for m in self._figure.marks if isinstance(m, HeatMap)), None)
        if mark is None or mark.samples is None:
            return False
        place = self.box.mapToView(point)
        left, right, bottom, top = mark.extent
        rows, columns = mark.samples.shape
        row = int((place.y() - bottom) / (top - bottom) * rows // 1)
        column = int((place.x() - left) / (right - left) * columns // 1)
        inside = 0 <= row < rows and 0 <= column < columns and mark.samples[row, column] >= 0
        if inside:
            self.cell_clicked.emit(row, column)
        return bool(inside)

    def show_everything(self) -> None:
        """Forget what the user has zoomed to."""
        self._follows = True
        self.lay_out()

    # ------------------------------------------------------------ layout

    def resizeEvent(self, event: Any) -> None:
        """Use the new room."""
        super().resizeEvent(event)
        self._front.set_room(self.boundingRect())
        self.lay_out()

    def lay_out(self) -> None:
        """Place the box, choose the numbers, and hand the data to the items."""
        figure, room = self._figure, self.boundingRect()
        low, high = ticks.opened(*ranges.x_range(figure))
        self._name_below = bool(figure.x_axis.categories)
        area, y = self._fitted(room)
        if not (self._row or self._name_below):
            frame = Frame(self._in_proportion(area), Scale(low, high), y)
            self._name_below = not painting.name_fits(frame, figure.x_axis)
            area, y = self._fitted(room)
        visible = area.width() > SMALLEST and area.height() > (8 if self._row else SMALLEST)
        self.box.setVisible(visible)
        if not visible:
            self._frame = Frame(QRectF(), Scale(0, 1), Scale(0, 1))
            self.update()
            return
        area = self._in_proportion(area)
        self._everything = Frame(area, Scale(low, high), y)
        self._show_map(next((m for m in figure.marks if isinstance(m, HeatMap)), None))
        self._place(area)
        self._draw()

    def _fitted(self, room: QRectF) -> tuple[QRectF, Scale]:
        """The area that the margins leave of the room, and the vertical axis at that height."""
        bottom = room.bottom() - self._bottom_margin()
        top = max(TOP_MARGIN, ROW_SPACE * room.height()) if self._row else TOP_MARGIN
        y = self._y_scale(*ranges.y_range(self._figure), bottom - top)
        left = self._left_margin(y)
        return QRectF(left, top, room.right() - 1 - left, bottom - top), y

    def _show_map(self, mark: HeatMap | None) -> None:
        if self._map is None and mark is not None:
            self._map = Map(self._words)
            self.box.addItem(self._map, ignoreBounds=True)
        if self._map is not None:
            self._map.set_mark(mark)

    def _words(self, row: int, column: int) -> str:
        return words(self._figure, row, column)

    def _draw(self) -> None:
        """Turn curves and points into pixels of the present frame."""
        self._curves = curves(self._figure, self._frame)
        self._clouds = clouds(self._figure, self._frame)
        self.update()
        self._front.update()

    def _y_scale(self, low: float, high: float, height: float) -> Scale:
        axis = self._figure.y_axis
        if self._row:  # it shows no numbers
            return Scale(*ticks.opened(low, high))
        most = int(min(max(height // NUMBER_EVERY + 1, 2), MOST_NUMBERS))
        choose = ticks.logarithmic if axis.logarithmic else ticks.linear
        has_map = any(isinstance(mark, HeatMap) for mark in self._figure.marks)
        widen = not (has_map or ranges.is_fixed(axis))
        return choose(low, high, most, widen)

    def _bottom_margin(self) -> float:
        if self._row:
            return LINE_HEIGHT + 1 if self._ends else 3.0
        axis = self._figure.x_axis
        return LINE_HEIGHT * (2 if self._name_below and axis.label else 1) + 5

    def _left_margin(self, y: Scale) -> float:
        if self._row:
            return self._label_width
        theme, axis = current(), self._figure.y_axis
        if axis.categories:
            metrics, names = QFontMetricsF(theme.font("note")), axis.categories
        else:
            metrics, names = QFontMetricsF(theme.font("mono_small")), y.texts
        widest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
        named = LINE_HEIGHT if self._has_name() else 0.0
        return max(LEFT_MARGIN, named + min(widest, MOST_CATEGORY_WIDTH) + GAP + 2)

    def _has_name(self) -> bool:
        """Whether the vertical axis says something that the title does not."""
        name = self._figure.y_axis.label
        return bool(name) and name.lower() != self._figure.title.lower()

    def _in_proportion(self, area: QRectF) -> QRectF:
        wanted = ranges.proportion(self._figure)
        if wanted is None:
            return area
        width = min(area.width(), area.height() * wanted)
        height = width / wanted
        left = area.left() + (area.width() - width) / 2
        return QRectF(round(left), area.top(), round(width), round(height))

    # ------------------------------------------------------------ range

    def _place(self, area: QRectF) -> None:
        if self.box.geometry() != area:
            self.box.setGeometry(area)
        if self._follows:
            self._frame = self._everything
            x, y = self._frame.x, self._frame.y
            if self._map is not None or not self._row:  # what else is in a row does without the box
                self.box.setRange(xRange=(x.low, x.high), yRange=(y.low, y.high), padding=0)
        else:
            self._frame = self._zoomed_frame(area)

    def _zoomed_frame(self, area: QRectF) -> Frame:
        """The frame of what the user has zoomed to."""
        (left, right), (bottom, top) = self.box.viewRange()
        choose = ticks.logarithmic if self._figure.y_axis.logarithmic else ticks.linear
        return Frame(area, Scale(left, right), choose(bottom, top, MOST_NUMBERS, False))

    def _moved_by_user(self, *args: object) -> None:
        self._follows = False
        self._range_changed()

    def _range_changed(self, *args: object) -> None:
        if not self._follows and not self._frame.area.isEmpty():
            self._frame = self._zoomed_frame(self._frame.area)
            self._draw()

    # ------------------------------------------------------------ painting

    def paint(self, painter: QPainter, *args: Any) -> None:
        """Grid, numbers and bars, which lie under the curves."""
        frame, figure = self._frame, self._figure
        if frame.area.isEmpty():
            return
        if self._row:
            self._paint_row(painter, frame)
            return
        if not any(isinstance(mark, HeatMap) for mark in figure.marks):
            painting.paint_grid(painter, frame)
            painting.paint_bars(painter, frame, figure)
        self._paint_beside(painter, frame, figure)

    def _paint_beside(self, painter: QPainter, frame: Frame, figure: Figure) -> None:
        x_axis, y_axis = figure.x_axis, figure.y_axis
        if self._has_name():
            painting.paint_name_left(painter, frame, y_axis.label)
        if y_axis.categories:
            painting.paint_row_categories(painter, frame, y_axis.categories)
        else:
            painting.paint_left_numbers(painter, frame)
        below = frame.area.bottom() + 5
        if x_axis.categories:
            painting.paint_column_categories(painter, frame, x_axis.categories, below)
        else:
            between = "" if self._name_below else x_axis.label
            painting.paint_bottom(painter, frame, between, x_axis.logarithmic, below)
        if self._name_below:
            painting.paint_name_below(painter, frame, x_axis.label, below + LINE_HEIGHT)

    def _paint_row(self, painter: QPainter, frame: Frame) -> None:
        theme = current()
        painting.paint_baseline(painter, frame)
        painting.paint_bars(painter, frame, self._figure)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("muted"))
        label = QRectF(0, frame.area.top(), frame.area.left() - GAP, frame.area.height())
        painting.draw_elided(painter, label, painting.LEFT, self._figure.title)
        if self._ends:
            painting.paint_bottom(painter, frame, self._figure.x_axis.label, False, label.bottom())

    def paint_front(self, painter: QPainter) -> None:
        """Curves, points, markers and texts, which lie over grid, bars and map."""
        if self._frame.area.isEmpty():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.save()
        painter.setClipRect(self._frame.with_bleed())
        paint_curves(painter, self._curves)
        paint_clouds(painter, self._clouds)
        if self._focused is not None:
            painting.paint_focus(painter, self._frame, self._figure, *self._focused)
        painter.restore()
        painting.paint_cell_texts(painter, self._frame, self._figure)
        painting.paint_bar_texts(painter, self._frame, self._figure)
        painting.paint_markers(painter, self._frame, self._figure)
