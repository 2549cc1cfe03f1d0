"""The small picture of the whole network, with a frame around what the canvas shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow

if TYPE_CHECKING:
    from neuralbuilder.ui.canvas.view import CanvasView

SIZE = QSize(121, 70)
INSIDE = 7
DOT, SMALLEST_DOT = 3.2, 0.8


class Minimap(QWidget):
    """Neurons as dots; click or drag to look somewhere else."""

    def __init__(self, view: CanvasView, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._dots = QPolygonF()
        self._whole = QRectF()
        self.setFixedSize(SIZE)
        self.setToolTip("Drag to look at another part of the network")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        follow(self.update)

    def refresh(self) -> None:
        """Take the places of all neurons anew."""
        scene = self._view.canvas_scene
        dots = QPolygonF()
        for item in scene.layers.values():
            column = item.column.face.column
            middle = item.pos() + item.column.pos()
            offsets = (0.0,) if column.block or not column.offsets else column.offsets
            for offset in offsets:
                dots.append(middle + QPointF(0, offset))
        self._dots = dots
        self._whole = scene.content()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = current()
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        scale, corner = self._mapping()
        self._paint_dots(painter, scale, corner)
        painter.setPen(QPen(theme.color("accent"), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        seen = self._view.visible_rect()
        frame = QRectF(corner + seen.topLeft() * scale, seen.size() * scale)
        room = QRectF(self.rect()).adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
        painter.drawRect(frame & room)
        painter.end()

    def _paint_dots(self, painter: QPainter, scale: float, corner: QPointF) -> None:
        radius = min(DOT, max(SMALLEST_DOT, 30 * scale))
        # Squares so small look like discs, and Qt paints them ten times as fast.
        cap = Qt.PenCapStyle.RoundCap if radius > SMALLEST_DOT else Qt.PenCapStyle.SquareCap
        pen = QPen(current().color("muted"), 2 * radius)
        pen.setCapStyle(cap)
        pen.setCosmetic(True)
        painter.save()
        painter.setPen(pen)
        painter.translate(corner)
        painter.scale(scale, scale)
        painter.drawPoints(self._dots)
        painter.restore()

    def _mapping(self) -> tuple[float, QPointF]:
        """Scale and offset from the scene to this widget; all that is seen fits in."""
        whole = self._whole | self._view.visible_rect()
        room = QRectF(self.rect()).adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
        scale = min(
            room.width() / max(whole.width(), 1.0), room.height() / max(whole.height(), 1.0)
        )
        return scale, room.center() - whole.center() * scale

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._look_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look_at(event.position())

    def _look_at(self, position: QPointF) -> None:
        scale, corner = self._mapping()
        self._view.look_at((position - corner) * (1.0 / scale))
