"""The small things between the layers: bias neurons, captions, the card of a link, drag marks."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from neuralbuilder.ui.canvas.layout import BIAS_SIZE, HEADER_HEIGHT
from neuralbuilder.ui.canvas.look import CENTRED, LEFT, guarded, look

CARD_SIDE = 10.0
CARD_LINE = 17.0
BESIDE_ABOVE = 0.85
"""Zoom from which captions stand between headers; below it headers take the room themselves."""


class BiasItem(QGraphicsItem):
    """The bias neuron of a layer: a square with a 1, or an empty dashed one when switched off."""

    def __init__(self, node_id: str) -> None:
        super().__init__()
        self.node_id = node_id
        self.enabled = True
        self.hovered = False
        self.setZValue(-1)

    def set_enabled(self, enabled: bool) -> None:
        """Show whether the layer uses its bias neuron."""
        if enabled != self.enabled:
            self.enabled = enabled
            self.update()

    def set_hovered(self, hovered: bool) -> None:
        """Stress the square."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.update()

    def contains_point(self, point: QPointF) -> bool:
        """Whether a point of the scene is on the square."""
        half = BIAS_SIZE / 2 + 3
        away = point - self.pos()
        return abs(away.x()) <= half and abs(away.y()) <= half

    def boundingRect(self) -> QRectF:
        return QRectF(-34, -16, 68, 52)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        style = look()
        half = BIAS_SIZE / 2
        colour = style.warning if self.enabled else style.zero
        pen = QPen(colour, 2.0 if self.hovered else 1.3)
        if not self.enabled:
            pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.setBrush(style.raised if self.enabled else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(-half, -half, 2 * half, 2 * half), 5, 5)
        if option.levelOfDetailFromTransform(painter.worldTransform()) < 0.35:
            return
        painter.setFont(style.bias_font)
        painter.setPen(style.warning_text if self.enabled else style.muted)
        box = QRectF(-half, -half, 2 * half, 2 * half)
        painter.drawText(box, CENTRED, "1" if self.enabled else "0")
        painter.setFont(style.note_font)
        painter.setPen(style.muted)
        words = "bias" if self.enabled else "no bias"
        painter.drawText(QRectF(-34, half + 3, 68, 16), CENTRED, words)


class CaptionItem(QGraphicsItem):
    """A muted line between two headers: shapes and number of the parameters there."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: tuple[str, ...] = ()
        self._room = self._room_below = 0.0
        self.setZValue(-1)

    def show_text(self, texts: tuple[str, ...], room: float, below: float) -> None:
        """Show the first of these texts that fits into the `room` between the headers.

        Where the zoom makes headers wider, it stands below them, where there is room `below`.
        """
        if (texts, room, below) != (self.texts, self._room, self._room_below):
            self.prepareGeometryChange()
            self.texts, self._room, self._room_below = texts, room, below
            self.update()

    @property
    def text(self) -> str:
        """The longest of the texts; "" where there is none."""
        return self.texts[0] if self.texts else ""

    def shown(self, zoom: float = 1.0) -> str:
        """The text that fits; "" when none does."""
        style = look()
        font = style.readable(style.details_font, zoom)
        room = self._room if zoom >= BESIDE_ABOVE else self._room_below
        fitting = (text for text in self.texts if style.width_of(font, text) <= room - 8)
        return next(fitting, "")

    def boundingRect(self) -> QRectF:
        room = max(self._room, self._room_below, 0.0)
        return QRectF(-room / 2, -10, room, 44)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        if zoom < 0.35:
            return
        style = look()
        painter.setFont(style.readable(style.details_font, zoom))
        painter.setPen(style.muted)
        whole = self.boundingRect()
        top = -10.0 if zoom >= BESIDE_ABOVE else HEADER_HEIGHT / 2 + 2
        line = QRectF(whole.left(), top, whole.width(), 20)
        painter.drawText(line, CENTRED, self.shown(zoom))


class CardItem(QGraphicsItem):
    """Two lines in a box beside a point, at the same size at every zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[str, ...] = ()
        self.role = "accent"
        self._offset: QPointF | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(10)
        self.hide()

    def show_lines(self, lines: tuple[str, ...], at: QPointF, role: str = "accent") -> None:
        """Show these lines beside a point of the scene."""
        if lines != self.lines or role != self.role:
            self.prepareGeometryChange()
            self.lines, self.role = lines, role
            self.update()
        self.setPos(at)
        self.setVisible(bool(lines))

    def set_offset(self, offset: QPointF | None) -> None:
        """Put the upper left corner so many pixels from the point; None: above it to the right."""
        if offset != self._offset:
            self.prepareGeometryChange()
            self._offset = offset

    def box(self) -> QRectF:
        """The box, in pixels from the point it belongs to."""
        size = self.size()
        offset = QPointF(14, -size.height() - 8) if self._offset is None else self._offset
        return QRectF(offset, size)

    def size(self) -> QSizeF:
        """How large the box is, in pixels."""
        style = look()
        width = max((style.width_of(style.card_font, line) for line in self.lines), default=0)
        height = len(self.lines) * CARD_LINE * style.text_scale + 12
        return QSizeF(width + 2 * CARD_SIDE, height)

    def boundingRect(self) -> QRectF:
        return self.box().adjusted(-2, -2, 2, 2)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        style = look()
        box = self.box()
        painter.setPen(QPen(getattr(style, self.role), 1.2))
        painter.setBrush(style.panel)
        painter.drawRoundedRect(box, 6, 6)
        painter.setFont(style.card_font)
        step = CARD_LINE * style.text_scale
        for number, line in enumerate(self.lines):
            painter.setPen(style.muted if number else style.text)
            place = QRectF(box.left() + CARD_SIDE, box.top() + 6 + number * step, box.width(), step)
            painter.drawText(place, LEFT, line)


class DragMark(QGraphicsItem):
    """What a gesture draws while it lasts: a rubber band, or a link that is being drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._filled = False
        self._role = "accent"
        self.setZValue(9)
        self.hide()

    def show_band(self, rect: QRectF) -> None:
        """A rubber band."""
        path = QPainterPath()
        path.addRect(rect)
        self._show(path, True, "accent")

    def show_link(self, start: QPointF, end: QPointF, role: str) -> None:
        """A link from one point to another, in the colour of a role."""
        reach = QPointF(max(abs(end.x() - start.x()) / 2, 30), 0)
        path = QPainterPath(start)
        path.cubicTo(start + reach, end - reach, end)
        self._show(path, False, role)

    def show_line(self, start: QPointF, end: QPointF) -> None:
        """A straight mark, where a layer would be put."""
        path = QPainterPath(start)
        path.lineTo(end)
        self._show(path, False, "accent")

    def _show(self, path: QPainterPath, filled: bool, role: str) -> None:
        self.prepareGeometryChange()
        self._path, self._filled, self._role = path, filled, role
        self.show()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-4, -4, 4, 4)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        colour = getattr(look(), self._role)
        pen = QPen(colour, 1.0 if self._filled else 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        if self._filled:
            faint = type(colour)(colour)
            faint.setAlphaF(0.12)
            painter.setBrush(faint)
        painter.drawPath(self._path)
