"""Where the cells of feature maps and the values of strips are on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from neuralbuilder.engine.layers.base import Shape
from neuralbuilder.insights.places import place
from neuralbuilder.insights.receptive_field import Box, Cell, Region

if TYPE_CHECKING:
    from neuralbuilder.ui.canvas.scene import CanvasScene

LEAST_SIDE = 5.0
"""Outlines are at least so long and wide, so that one cell of many can be seen."""


def cell_at(scene: CanvasScene, point: QPointF) -> Cell | None:
    """The cell of a map, or the value of a strip, at a point of the scene; None for none.

    Neurons with weights of their own have a card of their own and are no cells.
    """
    for node, item in reversed(scene.layers.items()):
        shape = scene.words.shapes.get(node, ())
        local = point - item.column.scenePos()
        column = item.column.face.column
        if not shape or not _has_cells(scene, node, shape):
            continue
        if column.strip:
            (rect,) = item.column.discs()
            if rect.contains(local):
                share = (local.y() - rect.top()) / rect.height()
                return Cell(node, (_part(share, shape[0]),))
            continue
        if item.column.picture_place().contains(local):
            # A pixel in colour is its three channels; the first of them stands for it.
            return _cell_on(node, 0, shape, item.column.picture_place(), local)
        slot = item.column.slot_at(local)
        if slot < 0:
            continue
        unit = column.indices[slot]
        if column.image is None:
            return Cell(node, (unit,))
        return _cell_on(node, unit, shape, item.column.discs()[slot], local)
    return None


def _cell_on(node: str, unit: int, shape: Shape, rect: QRectF, local: QPointF) -> Cell:
    row = _part((local.y() - rect.top()) / rect.height(), shape[1])
    return Cell(node, (unit, row, _part((local.x() - rect.left()) / rect.width(), shape[2])))


def _has_cells(scene: CanvasScene, node: str, shape: Shape) -> bool:
    layer = scene.workspace.project.node(node).layer
    return len(shape) == 3 or (layer.role == "hidden" and not hasattr(layer, "units"))


def _part(share: float, count: int) -> int:
    return min(max(int(share * count), 0), count - 1)


def rects_of(scene: CanvasScene, node: str, region: Region) -> list[QRectF]:
    """The rectangles around a region on every drawn map, or around its part of a strip.

    On an image in colour the picture comes first, then the channels.
    """
    item, shape = scene.layers.get(node), scene.words.shapes.get(node, ())
    if item is None or not shape:
        return []
    column, discs = item.column.face.column, item.column.discs()
    found: list[QRectF] = []
    for box in region:
        if column.strip and len(discs) == 1:
            found.append(_on_strip(discs[0], box))
            continue
        if column.picture is not None and len(shape) == 3 and box.channels.any():
            found.append(_on_map(item.column.picture_place(), box, shape))
        for slot, unit in enumerate(column.indices):
            if unit < len(box.channels) and box.channels[unit] and slot < len(discs):
                image = column.image is not None and len(shape) == 3
                found.append(_on_map(discs[slot], box, shape) if image else discs[slot])
    origin = item.column.scenePos()
    return [_large_enough(rect.translated(origin)) for rect in found]


def _on_strip(rect: QRectF, box: Box) -> QRectF:
    units = np.flatnonzero(box.channels)
    step = rect.height() / len(box.channels)
    top = rect.top() + float(units[0]) * step
    height = float(units[-1] - units[0] + 1) * step
    return QRectF(rect.left() - 2, top, rect.width() + 4, height)


def _on_map(rect: QRectF, box: Box, shape: Shape) -> QRectF:
    top, bottom, left, right = box.bounds
    high, wide = rect.height() / shape[1], rect.width() / shape[2]
    return QRectF(
        rect.left() + left * wide,
        rect.top() + top * high,
        (right - left + 1) * wide,
        (bottom - top + 1) * high,
    )


def _large_enough(rect: QRectF) -> QRectF:
    wide = max(0.0, LEAST_SIDE - rect.width()) / 2
    high = max(0.0, LEAST_SIDE - rect.height()) / 2
    return rect.adjusted(-wide, -high, wide, high)


def hint(scene: CanvasScene, cell: Cell, pinned: bool) -> str:
    """One line for the status bar about a cell, and what can be done with it."""
    name = scene.workspace.project.node(cell.node).name
    column, shape = scene.placement.columns[cell.node], scene.words.shapes[cell.node]
    where = place(shape, cell.index, colour=column.picture is not None)
    how = "arrow keys move it, Esc releases it" if pinned else "click to pin it"
    return f"{name} · {where} · {how}"
