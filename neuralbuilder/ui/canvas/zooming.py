"""A view that zooms and pans; it knows nothing of what is shown."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QNativeGestureEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

SMALLEST_ZOOM, LARGEST_ZOOM = 0.04, 4.0
LEAST_FIT, LARGEST_FIT = 0.3, 1.25
"""What does not fit at the smaller zoom is shown in part: smaller still, nothing could be read."""
LARGEST_FIT_OF_ALL = 1.6
USUAL_ROOM = 950, 510
"""Pixels of the canvas in a window of usual size. In larger ones small networks grow further."""
FIT_MARGIN = 20
WHEEL_ZOOM = 1.0015
STEP_ZOOM = 1.25


class ZoomingView(QGraphicsView):
    """Zooms at the pointer, pans, and keeps showing all of its content until the user does so.

    What is shown says how large it is (`content`) and whether it is much (`is_heavy`); much is
    drawn without smoothing while it zooms and pans.
    """

    zoom_changed = Signal(float)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follows_content = True
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(150)
        self._settle.timeout.connect(self._smooth)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.BoundingRectViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def content(self) -> QRectF:
        """The rectangle around everything that is shown."""
        return self.scene().itemsBoundingRect()

    def middle(self) -> QPointF:
        """The point to show where not all of the content can be: where its beginning is seen."""
        return self.content().topLeft()

    def is_heavy(self) -> bool:
        """Whether so much is shown that smooth drawing takes longer than a frame."""
        return False

    # ------------------------------------------------------------ zoom

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
        self._hurry()
        before = self.mapToScene(position.toPoint())
        self.resetTransform()
        self.scale(zoom, zoom)
        moved = self.mapFromScene(before) - position.toPoint()
        self._scroll(moved)
        self.zoom_changed.emit(self.zoom)
        self.view_changed.emit()

    def _hurry(self) -> None:
        """Draw much without smoothing until it has stood still for a moment."""
        if self.is_heavy():
            self.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            self._settle.start()

    def _smooth(self) -> None:
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.viewport().update()

    def pan_by(self, pixels: QPoint) -> None:
        """Move the content by so many pixels."""
        self._hurry()
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
        """Show the whole network, and keep showing it while it grows until the user zooms.

        Of a very long one the part around the `middle` is shown.
        """
        content = self.content()
        self.follows_content = True
        room = self.viewport().rect().adjusted(FIT_MARGIN, FIT_MARGIN, -FIT_MARGIN, -FIT_MARGIN)
        if content.isEmpty() or room.width() < 20 or room.height() < 20:
            zoom = 1.0
        else:
            wanted = min(room.width() / content.width(), room.height() / content.height())
            zoom = min(max(wanted, LEAST_FIT), largest_fit(room.width(), room.height()))
        self._set_zoom(zoom, QPointF(self.viewport().rect().center()))
        across, down = room.width() / 2 / zoom, room.height() / 2 / zoom
        inside = content.adjusted(across, down, -across, -down)
        self.centerOn(
            _between(inside.left(), self.middle().x(), inside.right()),
            _between(inside.top(), self.middle().y(), inside.bottom()),
        )
        self.view_changed.emit()

    def fit_if_followed(self, anew: bool = True) -> None:
        """Show the whole content, as large as it fits, if the user has not zoomed or panned.

        Without `anew` only where a part of it is out of sight.
        """
        seen = self.visible_rect().adjusted(8, 8, -8, -8)
        # At the smallest zoom a part is always out of sight, and the view stays where it is.
        lost = self.zoom > LEAST_FIT and not seen.contains(self.content())
        if self.follows_content and (anew or lost):
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.follows_content:
            self.fit()
        self.view_changed.emit()

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


def largest_fit(width: float, height: float) -> float:
    """How far a small network grows in a room of so many pixels, where it would look lost."""
    growth = min(width / USUAL_ROOM[0], height / USUAL_ROOM[1])
    return min(LARGEST_FIT * max(growth, 1.0), LARGEST_FIT_OF_ALL)


def _between(low: float, wanted: float, high: float) -> float:
    """The wanted number, kept between the ends; their middle where these have changed places."""
    return (low + high) / 2 if low > high else min(max(wanted, low), high)
