"""The view of the canvas: mouse, drops, hovering and keys. What they do stands elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import QWidget

from neuralbuilder.ui.canvas import background, cell_places, drops, hits, keys, labels, menu
from neuralbuilder.ui.canvas.card_place import best_place
from neuralbuilder.ui.canvas.commands import CanvasCommands
from neuralbuilder.ui.canvas.gestures import Gesture, Pan, begin
from neuralbuilder.ui.canvas.inline_edit import InlineEditor
from neuralbuilder.ui.canvas.map_window import WHOLE, MapWindow
from neuralbuilder.ui.canvas.scene import CanvasScene
from neuralbuilder.ui.canvas.zooming import ZoomingView
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.workspace import Workspace

MANY_LINKS = 2000
"""From so many drawn links on, lines are neither smoothed nor wide while it zooms and pans."""

_CURSORS = {
    "port": Qt.CursorShape.CrossCursor,
    "header": Qt.CursorShape.OpenHandCursor,
    "neuron": Qt.CursorShape.PointingHandCursor,
    "button": Qt.CursorShape.PointingHandCursor,
    "bias": Qt.CursorShape.PointingHandCursor,
    "link": Qt.CursorShape.PointingHandCursor,
    "fix": Qt.CursorShape.PointingHandCursor,
}


class CanvasView(ZoomingView):
    """Shows the scene; turns mouse, wheel, drops and keys into gestures and commands."""

    hint_changed = Signal(str)
    draw_asked = Signal()

    def __init__(
        self, workspace: Workspace, runner: Runner | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.workspace, self.runner = workspace, runner
        self.commands = CanvasCommands(workspace, self)
        self.canvas_scene = CanvasScene(workspace, self)
        self.setScene(self.canvas_scene)
        self.editor = InlineEditor(self)
        self.gesture: Gesture | None = None
        self._ground = background.Ground()
        self._hovered, self._hint = hits.NOTHING, ""
        self._pointer = QPointF()
        self._space, self._space_used = False, False
        self._dress()

    def _dress(self) -> None:
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Network canvas")
        self.viewport().setMouseTracking(True)

    # ------------------------------------------------------------ what is shown

    def content(self) -> QRectF:
        """The rectangle around all layers."""
        return self.canvas_scene.content()

    def middle(self) -> QPointF:
        """The first selected layer, or else the beginning of the network."""
        chosen = self.commands.selected()
        item = self.canvas_scene.layers.get(chosen[0]) if chosen else None
        return super().middle() if item is None else item.pos()

    def is_heavy(self) -> bool:
        """Whether there are very many links."""
        bundles = self.canvas_scene.bundles.values()
        return sum(len(bundle.curves) for bundle in bundles) > MANY_LINKS

    def reveal(self, node_id: str) -> None:
        """Scroll to a layer and select it, such as from the list of problems."""
        item = self.canvas_scene.layers.get(node_id)
        if item is not None:
            if not self.visible_rect().contains(item.pos()):
                self.look_at(item.pos())
            self.commands.select([node_id])

    # ------------------------------------------------------------ drawing

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        seen = self.visible_rect().adjusted(-1, -1, 1, 1)
        self._ground.paint(painter, QRectF(rect), seen, self.viewport())

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if not self.workspace.project.nodes:
            background.paint_hint(painter, self.visible_rect(), self.zoom)

    # ------------------------------------------------------------ mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.editor.close(take=True)
        self.setFocus()
        point = self.mapToScene(event.position().toPoint())
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            self._space_used = True
            self._begin(Pan(self, point, event.position().toPoint()))
        elif left:
            extend = bool(event.modifiers() & _EXTENDING)
            self._begin(begin(self, hits.hit(self.canvas_scene, point), point, extend))
        event.accept()

    def _begin(self, gesture: Gesture) -> None:
        self.gesture = gesture
        if gesture.cursor is not None:
            self.viewport().setCursor(gesture.cursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        point = self.mapToScene(position)
        if isinstance(self.gesture, Pan):
            self.gesture.drag_to(position)
        elif self.gesture is not None:
            self.gesture.move(point)
        else:
            self._hover(point)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self.gesture = self.gesture, None
        if gesture is not None:
            point = self.mapToScene(event.position().toPoint())
            gesture.end(point)
            if not gesture.moved and not isinstance(gesture, Pan):
                self.workspace.cells.pin(cell_places.cell_at(self.canvas_scene, gesture.start))
        self._hover(self.mapToScene(event.position().toPoint()))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point = self.mapToScene(event.position().toPoint())
        found = hits.hit(self.canvas_scene, point)
        left = event.button() == Qt.MouseButton.LeftButton
        if left and found.kind == "neuron" and self.is_map(found.node):
            self.gesture = None
            self.open_map(found.node, found.index)
            return
        if left and found.word == "picture":
            self.gesture = None
            self.open_map(found.node, WHOLE)
            return
        if not left or found.kind != "header":
            self.mousePressEvent(event)
            return
        self.gesture = None
        self.edit_word(found.node, found.word)

    def is_map(self, node_id: str) -> bool:
        """Whether the units of a layer are feature maps."""
        return self.canvas_scene.placement.columns[node_id].image is not None

    def open_map(self, node_id: str, index: int) -> None:
        """Show one feature map large, live until it is closed; `WHOLE` is a picture in colour."""
        if self.runner is not None:
            MapWindow(self.workspace, self.runner, node_id, index, self).show()

    def edit_word(self, node_id: str, word: str) -> None:
        """Edit in place what a word of a header stands for; "" stands for nothing."""
        match word:
            case "activation":
                self.editor.choose_activation(node_id)
            case "bias":
                self.commands.toggle_bias(node_id)
            case "name":
                self.editor.edit_name(node_id)
            case labels.MAIN_VALUES:
                self.editor.edit_main_values(node_id)
            case _ if word:
                self.editor.edit_setting(node_id, word)

    @Slot()
    def rename_selected(self) -> None:
        """Rename the selected layer in place, if there is just one."""
        chosen = self.commands.selected()
        if len(chosen) == 1:
            self.edit_word(chosen[0], "name")

    def cancel_gesture(self) -> bool:
        """Give up what is being dragged; whether there was something."""
        gesture, self.gesture = self.gesture, None
        if gesture is not None:
            gesture.cancel()
            self._hover(self._pointer)
        return gesture is not None

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self.gesture is None:
            self._show_hover(hits.NOTHING)
            self.workspace.cells.point(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.cancel_gesture()
        point = self.mapToScene(event.pos())
        menu.open_menu(self, hits.hit(self.canvas_scene, point), point, event.globalPos())

    # ------------------------------------------------------------ hovering

    def _hover(self, point: QPointF) -> None:
        self._pointer = point
        found = hits.hit(self.canvas_scene, point)
        on_column = found.kind in ("neuron", "column")
        cell = cell_places.cell_at(self.canvas_scene, point) if on_column else None
        self.workspace.cells.point(cell)
        self._show_hover(found)

    def _show_hover(self, found: hits.Hit) -> None:
        hits.show_hover(self.canvas_scene, found)
        self._place_card()
        self._hovered = found
        cells = self.workspace.cells
        text = hits.hint(self.canvas_scene, found)
        if cells.pointed is not None:
            pinned = cells.pointed == cells.pinned
            text = cell_places.hint(self.canvas_scene, cells.pointed, pinned)
        if text != self._hint:
            self._hint = text
            self.hint_changed.emit(text)
        pan = Qt.CursorShape.OpenHandCursor
        self.viewport().setCursor(
            pan if self._space else _CURSORS.get(found.kind, Qt.CursorShape.ArrowCursor)
        )

    def _place_card(self) -> None:
        """Put the card of a link where it hides neither neurons nor what is edited."""
        card = self.canvas_scene.card
        if self.editor.is_open:
            card.hide()
        if not card.isVisible():
            return
        at, pointer = QPointF(self.mapFromScene(card.pos())), self.mapFromScene(self._pointer)
        occupied = [QRectF(pointer.x() - 8, pointer.y() - 8, 16, 20)]
        for item in self.canvas_scene.layers.values():
            column = item.column
            around = [item.header.translated(item.pos())]
            around += [disc.translated(column.scenePos()) for disc in column.discs()]
            occupied += [QRectF(self.mapFromScene(rect).boundingRect()) for rect in around]
        place = best_place(card.size(), at, occupied, QRectF(self.viewport().rect()))
        card.set_offset(place - at)

    def refresh_hover(self) -> None:
        """Show the numbers of this moment of what is under the pointer, also while it rests."""
        if self.gesture is None and self._hovered.kind in ("link", "neuron"):
            self._hover(self._pointer)

    # ------------------------------------------------------------ keys

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return super().event(event)
        if keys.belongs_to_canvas(self, event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self._space, self._space_used = True, False
                self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            event.accept()
        elif not keys.press(self, event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat() and self._space:
            self._space = False
            self.viewport().unsetCursor()
            if not self._space_used and self.runner is not None:
                # Space alone is train/pause everywhere else in the window.
                self.runner.toggle()
        super().keyReleaseEvent(event)

    # ------------------------------------------------------------ drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        drops.consider(self, event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        drops.consider(self, event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        drops.forget(self)

    def dropEvent(self, event: QDropEvent) -> None:
        drops.drop(self, event)


_EXTENDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
