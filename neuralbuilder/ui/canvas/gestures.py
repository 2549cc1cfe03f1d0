"""Mouse gestures as objects: each has `move`, `end` and `cancel`, and is begun by pressing.

While the mouse is down only items move; the project changes once, at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from neuralbuilder.project import edits
from neuralbuilder.ui.canvas.hits import Hit, layer_at
from neuralbuilder.ui.canvas.layer_item import LayerItem
from neuralbuilder.ui.canvas.scene import CanvasScene

if TYPE_CHECKING:
    from neuralbuilder.ui.canvas.view import CanvasView


class Gesture:
    """One press, drag and release of the mouse. Points are those of the scene."""

    cursor: Qt.CursorShape | None = None

    def __init__(self, view: CanvasView, start: QPointF) -> None:
        self.view = view
        self.scene: CanvasScene = view.canvas_scene
        self.start = start
        self.moved = False

    def move(self, point: QPointF) -> None:
        """Follow the pointer. Small trembles of the hand are no drag."""
        pixels = self.view.mapFromScene(point) - self.view.mapFromScene(self.start)
        if not self.moved and pixels.manhattanLength() < QApplication.startDragDistance():
            return
        self.moved = True
        self.dragged(point)

    def end(self, point: QPointF) -> None:
        """The button was released."""
        if self.moved:
            self.dropped(point)
        else:
            self.clicked()

    def cancel(self) -> None:
        """Escape: leave everything as it was."""

    def dragged(self, point: QPointF) -> None:
        """The pointer is here now."""

    def dropped(self, point: QPointF) -> None:
        """The button was released after a drag."""

    def clicked(self) -> None:
        """The button was released where it was pressed."""


class MoveLayers(Gesture):
    """Drag selected headers. A hidden layer of a chain that passes a neighbour changes order."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, start: QPointF, node_id: str, extend: bool) -> None:
        super().__init__(view, start)
        commands = view.commands
        self._node = node_id
        self._was_selected = node_id in commands.selected()
        self._extend = extend
        if extend:
            if not self._was_selected:
                commands.toggle(node_id)
        elif not self._was_selected or len(commands.selected()) == 1:
            commands.select([node_id])
        self._ids = commands.selected() or (node_id,)
        self._places = {i: self.scene.layers[i].pos() for i in self._ids}

    def dragged(self, point: QPointF) -> None:
        for node_id, place in self._places.items():
            self.scene.layers[node_id].setPos(place + point - self.start)
        self.scene.place_links(frozenset(self._places))

    def dropped(self, point: QPointF) -> None:
        index = self._new_index()
        if index is None:
            items = {i: self.scene.layers[i] for i in self._ids}
            self.view.commands.move(
                {i: (round(item.x()), round(item.y())) for i, item in items.items()}
            )
        else:
            self.view.commands.reorder(self._node, index)
        self.scene.refresh()

    def clicked(self) -> None:
        if self._extend and self._was_selected:
            self.view.commands.toggle(self._node)
        elif not self._extend:
            self.view.commands.select([self._node])

    def cancel(self) -> None:
        # The scene knows where layers belong; an undo in the middle of the drag may have removed
        # or moved them.
        self.scene.refresh()

    def _new_index(self) -> int | None:
        """The position in the chain that the dragged layer has come to, if it is another one."""
        project = self.view.workspace.project
        order = edits.finished_chain(project)
        if len(self._ids) != 1 or order is None:
            return None
        if project.node(self._node).layer.role != "hidden":
            return None
        here = self.scene.layers[self._node].x()
        others = [i for i in order if i != self._node]
        index = sum(self.scene.layers[i].x() < here for i in others)
        index = min(max(index, 1), len(order) - 2)
        return None if index == order.index(self._node) else index


class RubberBand(Gesture):
    """Select the layers whose header or column a rectangle touches."""

    def __init__(self, view: CanvasView, start: QPointF, extend: bool) -> None:
        super().__init__(view, start)
        self._extend = extend
        self._before = view.workspace.selection

    def dragged(self, point: QPointF) -> None:
        band = QRectF(self.start, point).normalized()
        self.scene.mark.show_band(band)
        caught = [i for i, item in self.scene.layers.items() if _touches(item, band)]
        kept = self._before.nodes if self._extend else ()
        self.view.commands.select({*caught, *kept})

    def dropped(self, point: QPointF) -> None:
        self.scene.mark.hide()

    def clicked(self) -> None:
        if not self._extend:
            self.view.commands.select([])

    def cancel(self) -> None:
        self.scene.mark.hide()
        self.view.workspace.select(self._before)


class DrawLink(Gesture):
    """Draw a link from a port to another layer, and say at once whether it can be."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, start: QPointF, node_id: str, port: str) -> None:
        super().__init__(view, start)
        self._node, self._port = node_id, port
        self._target = ""
        self.reason = ""

    def dragged(self, point: QPointF) -> None:
        self._target = layer_at(self.scene, point)
        if self._target == self._node:
            self._target = ""
        ends = self._ends()
        self.reason = (
            "" if ends is None else edits.can_connect(self.view.workspace.project, *ends) or ""
        )
        item = self.scene.layers[self._node]
        role = "accent" if ends is None else "error" if self.reason else "good"
        if self._port == "output":
            self.scene.mark.show_link(item.pos() + item.output_port(), point, role)
        else:
            self.scene.mark.show_link(point, item.pos() + item.input_port(), role)
        for node_id, layer in self.scene.layers.items():
            here = node_id == self._target
            layer.set_feedback(("bad" if self.reason else "good") if here else "")
        self.scene.card.set_offset(None)
        self.scene.card.show_lines(self._lines(), point, role)

    def dropped(self, point: QPointF) -> None:
        ends = self._ends()
        self.cancel()
        if ends is not None:
            self.view.commands.connect_layers(*ends)

    def clicked(self) -> None:
        self.view.commands.select([self._node])

    def cancel(self) -> None:
        self.scene.mark.hide()
        self.scene.card.hide()
        for layer in self.scene.layers.values():
            layer.set_feedback("")

    def _ends(self) -> tuple[str, str] | None:
        if not self._target:
            return None
        ends = (self._node, self._target)
        return ends if self._port == "output" else (ends[1], ends[0])

    def _lines(self) -> tuple[str, ...]:
        if self.reason:
            return (self.reason,)
        ends = self._ends()
        if ends is None:
            return ()
        names = {node.id: node.name for node in self.view.workspace.project.nodes}
        return (f"{names[ends[0]]} → {names[ends[1]]}",)


class Press(Gesture):
    """A click on something that is not dragged; dragging from it draws a rubber band instead."""

    def __init__(self, view: CanvasView, start: QPointF, found: Hit, extend: bool) -> None:
        super().__init__(view, start)
        self._found, self._extend = found, extend
        self._band: RubberBand | None = None

    def dragged(self, point: QPointF) -> None:
        if self._band is None:
            self._band = RubberBand(self.view, self.start, self._extend)
        self._band.dragged(point)

    def dropped(self, point: QPointF) -> None:
        if self._band is not None:
            self._band.dropped(point)

    def cancel(self) -> None:
        if self._band is not None:
            self._band.cancel()

    def clicked(self) -> None:
        found, commands = self._found, self.view.commands
        match found.kind:
            case "neuron":
                commands.select([found.node], (found.node, found.index))
            case "column":
                commands.select([found.node])
            case "button":
                press = commands.add_neuron if found.word == "add" else commands.remove_neuron
                press(found.node)
            case "bias":
                commands.toggle_bias(found.node)
            case "fix":
                commands.apply_fix(found.node)
            case "link":
                self.view.editor.edit_weight(found, self.start)


class Pan(Gesture):
    """Move the view under the pointer."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, start: QPointF, pressed: QPoint) -> None:
        super().__init__(view, start)
        self._last = pressed

    def drag_to(self, position: QPoint) -> None:
        """Follow the pointer, given in pixels of the view, which move with the content."""
        self.view.pan_by(position - self._last)
        self._last = position


def _touches(item: LayerItem, band: QRectF) -> bool:
    column = item.column.face.column
    half = column.half_height
    discs = QRectF(-column.half_width, -half, 2 * column.half_width, 2 * half)
    return band.intersects(item.header.translated(item.pos())) or (
        half > 0 and band.intersects(discs.translated(item.pos() + item.column.pos()))
    )


def begin(view: CanvasView, found: Hit, point: QPointF, extend: bool) -> Gesture:
    """The gesture that pressing the left button on something begins."""
    match found.kind:
        case "header":
            return MoveLayers(view, point, found.node, extend)
        case "port":
            return DrawLink(view, point, found.node, found.word)
        case "nothing":
            return RubberBand(view, point, extend)
    return Press(view, point, found, extend)
