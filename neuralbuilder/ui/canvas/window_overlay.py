"""What a cell sees and who uses it, outlined on the maps with dashed lines in between."""

from __future__ import annotations

from itertools import chain
from typing import Any

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.shapes import infer
from neuralbuilder.insights.receptive_field import Cell, Region, fits, sources_of, users_of
from neuralbuilder.ui.canvas.cell_places import rects_of
from neuralbuilder.ui.canvas.look import DASHES, guarded, look
from neuralbuilder.ui.canvas.overlay import Overlay, outline_pen

DOTS = [1.5, 2.5]


class WindowOverlay(Overlay):
    """Follows the cell that people look at, through the whole network.

    What goes into the cell is outlined in solid lines, what is computed from it in dots; of
    layers drawn without single neurons nothing is shown.
    """

    def __init__(self) -> None:
        super().__init__(height=8)
        self.cell: QRectF | None = None
        self.sources: dict[str, list[QRectF]] = {}
        self.users: dict[str, list[QRectF]] = {}
        self.source_lines: list[QLineF] = []
        self.user_lines: list[QLineF] = []
        self._traced: tuple[Graph, Cell] | None = None
        self._regions: tuple[dict[str, Region], dict[str, Region]] = ({}, {})

    def show_cell(self, scene: Any, cell: Cell | None) -> None:
        """Outline everything that belongs to this cell where it is now; None hides all."""
        graph = scene.workspace.project.graph()
        if cell is None or not self._trace(graph, cell):
            self.hide()
            return
        back, ahead = self._regions
        self.sources = {node: rects_of(scene, node, region) for node, region in back.items()}
        self.users = {node: rects_of(scene, node, region) for node, region in ahead.items()}
        # On an image in colour the cell is on the picture and on its channel.
        rects = self.sources.pop(cell.node)
        self.cell = rects[0] if rects else None
        if len(rects) > 1:
            self.sources[cell.node] = rects[1:]
        self.users.pop(cell.node)
        self.source_lines = self._lines_back(graph, cell.node)
        self.user_lines = self._lines_ahead(graph, cell.node)
        around = [] if self.cell is None else [self.cell]
        self.show_around(chain(around, *self.sources.values(), *self.users.values()))

    def _lines_back(self, graph: Graph, node: str) -> list[QLineF]:
        """From every window to what it is for: from map to map, as one chain to the cell."""
        ends = {} if self.cell is None else {node: self.cell}
        lines: list[QLineF] = []
        for target in reversed(graph.sorted_as_far_as_possible()[0]):
            for source in graph.sources(target) if target in ends else ():
                if self.sources.get(source):
                    start = _nearest(self.sources[source], ends[target])
                    lines += _between(start, ends[target])
                    ends.setdefault(source, start)
        return lines

    def _lines_ahead(self, graph: Graph, node: str) -> list[QLineF]:
        ends = {} if self.cell is None else {node: self.cell}
        lines: list[QLineF] = []
        for target in graph.sorted_as_far_as_possible()[0]:
            for source in graph.sources(target):
                if source in ends and self.users.get(target):
                    end = _nearest(self.users[target], ends[source])
                    lines += _between(ends[source], end)
                    ends.setdefault(target, end)
        return lines

    def _trace(self, graph: Graph, cell: Cell) -> bool:
        """Find out what belongs to a cell; whether the network really has such a cell."""
        if self._traced == (graph, cell):
            return True
        # A layer that does not fit is drawn with a shape of its own, but nothing goes through it.
        shapes = infer(graph).outputs
        if not fits(cell, shapes):
            return False
        back, ahead = sources_of(graph, shapes, cell), users_of(graph, shapes, cell)
        self._traced = (graph, cell)
        # Where every value of a layer is used, an outline around all of it would say nothing.
        users = {n: r for n, r in ahead.regions.items() if n == cell.node or not _is_all(r)}
        self._regions = dict(back.regions), users
        return True

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        style = look()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(style.accent, 1.2, DOTS))
        painter.drawLines(self.user_lines)
        painter.setPen(_pen(style.accent, 1.6, DOTS))
        painter.drawRects([rect for rects in self.users.values() for rect in rects])
        painter.setPen(_pen(style.warning, 1.2, DASHES))
        painter.drawLines(self.source_lines)
        painter.setPen(_pen(style.warning, 1.6))
        painter.drawRects([rect for rects in self.sources.values() for rect in rects])
        if self.cell is not None:
            painter.setPen(_pen(style.canvas_ground, 3.6))
            painter.drawRect(self.cell)
            painter.setPen(_pen(style.warning, 2.0))
            painter.drawRect(self.cell)


def _is_all(region: Region) -> bool:
    return any(box.channels.all() and box.rows.all() and box.columns.all() for box in region)


def _nearest(rects: list[QRectF], to: QRectF) -> QRectF:
    """The one of these that is most nearly at the height of another rectangle."""
    return min(rects, key=lambda rect: abs(rect.center().y() - to.center().y()))


def _between(first: QRectF, second: QRectF) -> list[QLineF]:
    """Two lines from the right corners of one rectangle to the left ones of another."""
    return [
        QLineF(first.topRight(), second.topLeft()),
        QLineF(first.bottomRight(), second.bottomLeft()),
    ]


def _pen(colour: QColor, width: float, dashes: list[float] | None = None) -> QPen:
    pen = outline_pen(colour, width, dashes)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen
