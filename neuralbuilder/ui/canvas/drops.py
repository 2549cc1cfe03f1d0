"""Layers dragged from the palette onto the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent

from neuralbuilder.parts import catalogue
from neuralbuilder.project.model import Link
from neuralbuilder.ui.canvas.hits import bundle_at

if TYPE_CHECKING:
    from neuralbuilder.ui.canvas.view import CanvasView

LAYER_MIME = "application/x-neuralbuilder-layer"
"""The type of what the palette drags; the data are the part's name in UTF-8."""

SNAP = 70.0
"""How far a dropped header may be from the height of another one to be put on that height."""


def layer_mime(name: str) -> QMimeData:
    """What to drag for the layer part of this name."""
    data = QMimeData()
    data.setData(LAYER_MIME, name.encode())
    return data


def part_name(data: QMimeData) -> str:
    """The layer that is dragged; "" when it is something else."""
    if not data.hasFormat(LAYER_MIME):
        return ""
    name = bytes(data.data(LAYER_MIME).data()).decode("utf-8", "replace")
    return name if any(part.name == name for part in catalogue("layer")) else ""


def consider(view: CanvasView, event: QDropEvent) -> None:
    """Accept what can be dropped here, and show the link that it would go into."""
    name = part_name(event.mimeData())
    if not name:
        event.ignore()
        return
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    link = _link_for(view, name, view.mapToScene(event.position().toPoint()))
    for bundle in view.canvas_scene.bundles.values():
        bundle.set_highlighted(bundle.link == link)


def forget(view: CanvasView) -> None:
    """Nothing is dragged over the canvas any more."""
    for bundle in view.canvas_scene.bundles.values():
        bundle.set_highlighted(False)


def drop(view: CanvasView, event: QDropEvent) -> None:
    """Add the layer, into the link under the pointer where there is one."""
    name = part_name(event.mimeData())
    forget(view)
    if not name:
        event.ignore()
        return
    point = view.mapToScene(event.position().toPoint())
    view.commands.add(name, _level(view, point), _link_for(view, name, point))
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    view.setFocus()


def _link_for(view: CanvasView, name: str, point: QPointF) -> Link | None:
    part = next(part for part in catalogue("layer") if part.name == name)
    return bundle_at(view.canvas_scene, point) if getattr(part, "role", "") == "hidden" else None


def _level(view: CanvasView, point: QPointF) -> tuple[float, float]:
    """The point, on the height of a header that is nearly as high."""
    heights = [item.y() for item in view.canvas_scene.layers.values()]
    nearest = min(heights, key=lambda y: abs(y - point.y()), default=point.y())
    near = abs(nearest - point.y()) <= SNAP
    return point.x(), nearest if near else point.y()
