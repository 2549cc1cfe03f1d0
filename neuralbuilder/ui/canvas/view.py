"""The view of the canvas: zoom, pan, drop, hover and keys. What they do stands elsewhere."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from neuralbuilder.ui.canvas import background, drops, hits, keys, menu
from neuralbuilder.ui.canvas.commands import CanvasCommands
from neuralbuilder.ui.canvas.gestures import Gesture, Pan, begin
from neuralbuilder.ui.canvas.inline_edit import InlineEditor
from neuralbuilder.ui.canvas.scene import CanvasScene
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.workspace import Workspace

SMALLEST_ZOOM, LARGEST_ZOOM = 0.04, 4.0
LARGEST_FIT = 1.25
FIT_MARGIN = 40
WHEEL_ZOOM = 1.0015
STEP_ZOOM = 1.25
MANY_LINKS = 2000
"""From so many drawn links on, lines are not smoothed while the zoom changes."""

_CURSORS = {
    "port": Qt.CursorShape.CrossCursor,
    "header": Qt.CursorShape.OpenHandCursor,
    "neuron": Qt.CursorShape.PointingHandCursor,
    "button": Qt.CursorShape.PointingHandCursor,
    "bias": Qt.CursorShape.PointingHandCursor,
    "link": Qt.CursorShape.PointingHandCursor,
    "fix": Qt.CursorShape.PointingHandCursor,
}


class CanvasView(QGraphicsView):
    """Shows the scene; turns mouse, wheel, drops and keys into gestures and commands."""

    zoom_changed = Signal(float)
    view_changed = Signal()
    hint_changed = Signal(str)

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
        self.follows_content = True
        self._hovered = hits.NOTHING
        self._pointer = QPointF()
        self._space, self._space_used = False, False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(150)
        self._settle.timeout.connect(self._smooth)
        self._dress()

    def _dress(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Network canvas")
        self.viewport().setMouseTracking(True)

    # ------------------------------------------------------------ zoom and place

    @property
    def zoom(self) -> float:
        """Pixels per canvas unit."""
        return self.transform().m11()

    def visible_rect(self) -> QRectF:
        """What of the scene is seen."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def zoom_at(self, factor: float, position: QPointF) -> None:
        """Zoom so that what is under a position of the view stays there."""
        zoom = min(max(self.zoom * factor, SMALLEST_ZOOM), LARGEST_ZOOM)
        self._set_zoom(zoom, position)
        self.follows_content = False

    def zoom_step(self, steps: int) -> None:
        """Zoom in (positive) or out around the middle."""
        self.zoom_at(STEP_ZOOM**steps, QPointF(self.viewport().rect().center()))

    @Slot()
    def zoom_in(self) -> None:
        """One step larger."""
        self.zoom_step(1)

    @Slot()
    def zoom_out(self) -> None:
        """One step smaller."""
        self.zoom_step(-1)

    @Slot()
    def reset_zoom(self) -> None:
        """100 %, around the middle."""
        self.zoom_at(1.0 / self.zoom, QPointF(self.viewport().rect().center()))

    def _set_zoom(self, zoom: float, position: QPointF) -> None:
        if self._drawn_links() > MANY_LINKS:
            self.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            self._settle.start()
        before = self.mapToScene(position.toPoint())
        self.resetTransform()
        self.scale(zoom, zoom)
        moved = self.mapFromScene(before) - position.toPoint()
        self._scroll(moved)
        self.zoom_changed.emit(self.zoom)
        self.view_changed.emit()

    def _drawn_links(self) -> int:
        return sum(len(bundle.curves) for bundle in self.canvas_scene.bundles.values())

    def _smooth(self) -> None:
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.viewport().update()

    def pan_by(self, pixels: QPoint) -> None:
        """Move the content by so many pixels."""
        self._scroll(QPoint(0, 0) - pixels)
        self.follows_content = False
        self.view_changed.emit()

    def _scroll(self, pixels: QPoint) -> None:
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() + pixels.x())
        down.setValue(down.value() + pixels.y())

    def look_at(self, point: QPointF) -> None:
        """Bring a point of the scene into the middle."""
        self.centerOn(point)
        self.follows_content = False
        self.view_changed.emit()

    @Slot()
    def fit(self) -> None:
        """Show the whole network, and keep showing it while it grows until the user zooms."""
        content = self.canvas_scene.content()
        self.follows_content = True
        room = self.viewport().rect().adjusted(FIT_MARGIN, FIT_MARGIN, -FIT_MARGIN, -FIT_MARGIN)
        if content.isEmpty() or room.width() < 20 or room.height() < 20:
            zoom = 1.0
        else:
            wanted = min(room.width() / content.width(), room.height() / content.height())
            zoom = min(max(wanted, SMALLEST_ZOOM), LARGEST_FIT)
        self._set_zoom(zoom, QPointF(self.viewport().rect().center()))
        self.centerOn(content.center())
        self.view_changed.emit()

    def fit_if_followed(self) -> None:
        """Show the whole network again if it no longer fits and the user has not zoomed."""
        seen = self.visible_rect().adjusted(8, 8, -8, -8)
        if self.follows_content and not seen.contains(self.canvas_scene.content()):
            self.fit()

    def reveal(self, node_id: str) -> None:
        """Scroll to a layer and select it, such as from the list of problems."""
        item = self.canvas_scene.layers.get(node_id)
        if item is not None:
            if not self.visible_rect().contains(item.pos()):
                self.look_at(item.pos())
            self.commands.select([node_id])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.follows_content:
            self.fit()
        self.view_changed.emit()

    # ------------------------------------------------------------ drawing

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        background.paint(painter, rect, self.zoom)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
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
            gesture.end(self.mapToScene(event.position().toPoint()))
        self._hover(self.mapToScene(event.position().toPoint()))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point = self.mapToScene(event.position().toPoint())
        found = hits.hit(self.canvas_scene, point)
        if event.button() != Qt.MouseButton.LeftButton or found.kind != "header":
            self.mousePressEvent(event)
            return
        self.gesture = None
        self.edit_word(found.node, found.word)

    def edit_word(self, node_id: str, word: str) -> None:
        """Edit in place what a word of a header stands for; the name for anything else."""
        match word:
            case "units" | "shape":
                self.editor.edit_size(node_id)
            case "activation":
                self.editor.choose_activation(node_id)
            case "bias":
                self.commands.toggle_bias(node_id)
            case _:
                self.editor.edit_name(node_id)

    @Slot()
    def rename_selected(self) -> None:
        """Rename the selected layer in place, if there is just one."""
        chosen = self.commands.selected()
        if len(chosen) == 1:
            self.edit_word(chosen[0], "name")

    @Slot()
    def paste(self) -> None:
        """Paste layers beside those they were copied from, or in sight where those are not."""
        self.commands.paste()
        self.fit_if_followed()

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
            self._show_hover(hits.NOTHING, QPointF())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.cancel_gesture()
        point = self.mapToScene(event.pos())
        menu.open_menu(self, hits.hit(self.canvas_scene, point), point, event.globalPos())

    # ------------------------------------------------------------ hovering

    def _hover(self, point: QPointF) -> None:
        self._pointer = point
        self._show_hover(hits.hit(self.canvas_scene, point), point)

    def _show_hover(self, found: hits.Hit, point: QPointF) -> None:
        hits.show_hover(self.canvas_scene, found, point)
        self._keep_card_inside()
        if found != self._hovered:
            self._hovered = found
            self.hint_changed.emit(hits.hint(self.canvas_scene, found))
        pan = Qt.CursorShape.OpenHandCursor
        self.viewport().setCursor(
            pan if self._space else _CURSORS.get(found.kind, Qt.CursorShape.ArrowCursor)
        )

    def _keep_card_inside(self) -> None:
        card = self.canvas_scene.card
        if card.isVisible():
            at = self.mapFromScene(card.pos())
            card.set_side(
                left=at.x() + card.box().width() + 20 > self.viewport().width(),
                below=at.y() - card.box().height() - 12 < 0,
            )

    def refresh_hover(self) -> None:
        """Show the numbers of this moment in the card of the link under the pointer."""
        if self.gesture is None and self._hovered.kind == "link":
            found = hits.hit(self.canvas_scene, self._pointer)
            hits.show_card(self.canvas_scene, found, self._pointer)

    # ------------------------------------------------------------ wheel and pinch

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_at(WHEEL_ZOOM ** event.angleDelta().y(), event.position())
        else:
            delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta()
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not delta.x():
                delta = QPoint(delta.y(), 0)
            self.pan_by(delta)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        zooming = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == zooming:
            self.zoom_at(math.exp(event.value()), event.position())
            return True
        return super().viewportEvent(event)

    # ------------------------------------------------------------ keys

    def event(self, event: QEvent) -> bool:
        asking = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asking and keys.belongs_to_canvas(self, event):
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
