"""Which values of a strip push a neuron up or down most, marked on the strip and on their maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from neuralbuilder.insights.places import viewed_image
from neuralbuilder.insights.receptive_field import Cell, only
from neuralbuilder.ui.canvas.cell_places import rects_of
from neuralbuilder.ui.canvas.gradient_drawing import are_gradients
from neuralbuilder.ui.canvas.look import DASHES, guarded, look
from neuralbuilder.ui.canvas.overlay import Overlay, outline_pen

MOST = 6


@dataclass(frozen=True)
class Push:
    """One term w·x of a neuron: the value of the strip it comes from, and its cell on a map."""

    value: Cell
    cell: Cell
    term: float


def strongest(scene: Any, node: str, unit: int) -> tuple[Push, ...]:
    """The largest terms of a neuron that reads a strip, as last told; () where it reads none."""
    graph, shapes, arrays = scene.workspace.project.graph(), scene.words.shapes, scene.arrays
    (before, *others) = (graph.sources(node) if node in graph else ()) or ("",)
    found = viewed_image(graph, shapes, before) if before and not others else None
    weights = arrays.get(f"{node}/W")
    if found is None or weights is None or weights.ndim != 2 or are_gradients(arrays):
        return ()
    values = arrays.get(f"{before}/activation")
    if values is None or values.shape != weights.shape[:1] or unit >= weights.shape[1]:
        return ()
    image, shape = found
    if np.prod(shape) != len(values):
        return ()
    terms = weights[:, unit] * values
    pushes = []
    for at in np.argsort(-np.abs(terms), kind="stable")[:MOST]:
        index = tuple(int(i) for i in np.unravel_index(at, shape))
        pushes.append(Push(Cell(before, (int(at),)), Cell(image, index), float(terms[at])))
    return tuple(push for push in pushes if push.term)


class PushOverlay(Overlay):
    """Marks the strongest terms of one neuron: what pushes it up solid, what pulls it down dashed,
    in the colours of positive and negative weights.
    """

    def __init__(self) -> None:
        super().__init__(height=7)
        self.pushes: tuple[Push, ...] = ()
        self.up: list[QRectF] = []
        self.down: list[QRectF] = []
        self._lines: dict[bool, list[QLineF]] = {True: [], False: []}

    def show_neuron(self, scene: Any, neuron: tuple[str, int] | None) -> None:
        """Mark what pushes this neuron, as last told; None, or nothing to tell, hides all."""
        self.pushes = () if neuron is None else strongest(scene, *neuron)
        self.up, self.down = [], []
        self._lines = {True: [], False: []}
        if neuron is None or not self.pushes:
            self.hide()
            return
        itself = only(Cell(neuron[0], neuron[1:]), scene.words.shapes)
        disc = next(iter(rects_of(scene, neuron[0], itself)), None)
        for push in self.pushes:
            rects = self.up if push.term > 0 else self.down
            strip = rects_of(scene, push.value.node, only(push.value, scene.words.shapes))
            rects += strip + rects_of(scene, push.cell.node, only(push.cell, scene.words.shapes))
            if strip and disc is not None:
                end = QPointF(disc.left(), disc.center().y())
                start = QPointF(strip[0].right(), strip[0].center().y())
                self._lines[push.term > 0].append(QLineF(start, end))
        self.show_around((*self.up, *self.down), (*self._lines[True], *self._lines[False]))

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        style = look()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for up, rects in ((True, self.up), (False, self.down)):
            colour, dashes = (style.positive, None) if up else (style.negative, DASHES)
            painter.setPen(outline_pen(colour, 1.8, dashes))
            painter.drawLines(self._lines[up])
            painter.drawRects(rects)
