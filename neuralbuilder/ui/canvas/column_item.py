"""One layer's neurons or feature maps, painted by one item, with labels and values."""

from __future__ import annotations

from functools import reduce
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from neuralbuilder.ui.canvas import column_painting
from neuralbuilder.ui.canvas.column_face import ColumnFace
from neuralbuilder.ui.canvas.column_fills import ColumnFills
from neuralbuilder.ui.canvas.column_painting import BUTTON_RADIUS, TEXT_ABOVE
from neuralbuilder.ui.canvas.column_words import (
    BARS_ROOM,
    CAPTION_LINES,
    TEXT_ROOM,
    ColumnWords,
    bars_reach,
    folded,
)
from neuralbuilder.ui.canvas.look import CENTRED, Look, guarded, look
from neuralbuilder.ui.widgets.numbers import compact, fixed, gradient, signed

BUTTON_GAP = 20.0
VALUE_ABOVE = 5.0
LEAST_BESIDE = 48.0
DISCS_ABOVE = 0.25
"""Zoom below which a neuron is a small square."""
SHORT = 1000.0
"""From here on numbers are written with four digits instead of two decimals."""
BELOW = 44.0
"""How far what usually stands below a column reaches."""
EDGE = 3.0
"""How far outlines of neurons and maps may reach beyond them."""


class ColumnItem(QGraphicsItem):
    """A column of neurons, centred on its own origin."""

    def __init__(self, face: ColumnFace, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.setFlag(self.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # it wants `exposedRect`
        self.face = face
        self.hovered = -1
        self.buttons_shown = False
        self.hovered_button = ""
        self.remark = ""
        self.fills = ColumnFills()
        """What is known of this moment, and the colours that follow from it."""
        self._original: NDArray[Any] | None = None
        self._texts: tuple[str, ...] = ()
        self._bounds: QRectF | None = None

    @property
    def drawn(self) -> int:
        """How many single neurons are drawn."""
        return len(self.face.column.indices)

    # ------------------------------------------------------------ what is shown

    def set_face(self, face: ColumnFace) -> None:
        """Show another set of neurons or names."""
        if face == self.face:
            return
        self._reshape()
        if face.column != self.face.column:
            self.fills.clear()
            self._original, self._texts = None, ()
        self.face = face
        self.fills.forget()
        self._refresh_texts()
        self.update()

    def set_values(
        self,
        values: NDArray[Any] | None,
        maps: NDArray[Any] | None,
        original: NDArray[Any] | None = None,
    ) -> None:
        """Show other activations (units,) and heat maps (units, rows, columns) where known.

        The numbers below the neurons are those of `original` (units,) where it is given.
        """
        self._original = original
        changed = self.fills.take_values(self.face, values, maps)
        # What the numbers do not show, the colours of neurons do not either.
        if self._refresh_texts():
            self.fills.values_seen()
            changed = True
        if changed:
            self.update(self._live())

    def set_silent(self, silent: NDArray[Any] | None) -> None:
        """Mark the neurons (units,) that never fire."""
        if self.fills.take_silent(silent):
            self.update(self._live())

    def set_images(self, images: NDArray[Any] | None, colours: NDArray[Any] | None = None) -> None:
        """Show other feature maps (drawn maps, rows, columns), and the picture (rows, columns, 3)
        whose channels they are; None where they are not known.
        """
        if self.fills.take_images(self.face, images, colours):
            self.update(self._live())

    def set_remark(self, remark: str) -> None:
        """Show a line of warning below the caption, "" for none."""
        if remark != self.remark:
            self._reshape()
            self.remark = remark
            self.update()

    def forget_colours(self) -> None:
        """Paint with the colours and letters of another theme from now on."""
        self._reshape()
        self.fills.forget()
        self.update()

    def texts(self) -> tuple[str, ...]:
        """The numbers below the drawn neurons."""
        return self._texts

    def _refresh_texts(self) -> bool:
        texts: tuple[str, ...] = ()
        original, units = self._original, self.face.column.units
        shown = original if original is not None and original.size == units else self.fills.values
        if shown is not None and not self.face.column.block and self.face.column.image is None:
            texts = tuple(
                self._text(slot, float(shown[index]))
                for slot, index in enumerate(self.face.column.indices)
            )
        changed = texts != self._texts
        self._texts = texts
        return changed

    def _text(self, slot: int, value: float) -> str:
        if self.face.bars:
            return fixed(value, 2)
        if self.face.gradients:
            number = gradient(value)
        else:
            number = signed(value) if abs(value) < SHORT else compact(value, 4)
        name = self.face.names[slot] if slot < len(self.face.names) else ""
        return f"{name} {number}".lstrip()

    # ------------------------------------------------------------ places

    def slot_at(self, point: QPointF) -> int:
        """Which drawn neuron or map is under a point of this item; −1 for none."""
        column = self.face.column
        if column.block:
            return -1
        if column.image is not None:
            places = self.discs()
            return next((i for i, place in enumerate(places) if place.contains(point)), -1)
        for slot, offset in enumerate(column.offsets):
            if point.x() ** 2 + (point.y() - offset) ** 2 <= (column.radius + 3) ** 2:
                return slot
        return -1

    def discs(self) -> list[QRectF]:
        """The rectangles around the drawn neurons or maps, or around the block."""
        column = self.face.column
        if column.block:
            half = column.half_height
            return [QRectF(-column.half_width, -half, 2 * column.half_width, 2 * half)]
        if column.image is not None:
            width, height = column.image
            return [QRectF(-width / 2, y - height / 2, width, height) for y in column.offsets]
        return [_box(offset, column.radius) for offset in column.offsets]

    def picture_place(self) -> QRectF:
        """The rectangle of the picture in colour above its channels; empty where there is none."""
        picture = self.face.column.picture
        if picture is None:
            return QRectF()
        place = QRectF(0, 0, picture.width, picture.height)
        place.moveCenter(QPointF(0, picture.offset))
        return place

    def button_at(self, point: QPointF) -> str:
        """Which button, "remove" or "add", is under the point; "" for none."""
        if not self.face.buttons:
            return ""
        for name, centre in self._buttons().items():
            if (point - centre).manhattanLength() <= BUTTON_RADIUS * 1.6:
                return name
        return ""

    def _buttons(self) -> dict[str, QPointF]:
        y = self.face.column.half_height + 30.0
        return {"remove": QPointF(-BUTTON_GAP / 2 - 2, y), "add": QPointF(BUTTON_GAP / 2 + 2, y)}

    def set_hover(self, slot: int, buttons: bool, button: str = "") -> None:
        """Stress a neuron or one of the buttons, and show + and − or not."""
        if (slot, buttons, button) != (self.hovered, self.buttons_shown, self.hovered_button):
            self.hovered, self.buttons_shown, self.hovered_button = slot, buttons, button
            self.update()

    def boundingRect(self) -> QRectF:
        if self._bounds is None:
            self._bounds = self._measure()
        return self._bounds

    def _reshape(self) -> None:
        """Before everything that may change the bounds."""
        self.prepareGeometryChange()
        self._bounds = None

    def _measure(self) -> QRectF:
        column, style = self.face.column, look()
        half, right, above = column.half_height, TEXT_ROOM, EDGE
        if self.face.bars:
            beside, over = bars_reach(self.face, style)
            right, above = column.radius + beside + EDGE, max(EDGE, over - column.radius + EDGE)
        # Below stand the buttons, or caption and remark in the largest letters that there are.
        largest = style.readable(style.value_font, TEXT_ABOVE)
        below = max(BELOW, (CAPTION_LINES + 1) * (largest.pixelSize() + 4) + 4 + EDGE)
        left = max(TEXT_ROOM, style.width_of(largest, self.remark) / 2)
        right = max(left, right)
        return QRectF(-left, -half - above, left + right, 2 * half + above + below)

    def _live(self) -> QRectF:
        """The part that shows values; painting less than all of an item spares its neighbours."""
        column = self.face.column
        if column.block or column.image is not None:
            rect = reduce(QRectF.united, self.discs(), self.picture_place())
            return rect.adjusted(-EDGE, -EDGE, EDGE, EDGE)
        whole = QRectF(self.boundingRect())
        if self.face.bars:
            whole.setLeft(-column.radius - EDGE)
        return whole

    def extent(self) -> QRectF:
        """The rectangle that is to be seen when all of the network is looked at."""
        beside = max(self.face.column.widest + 4, LEAST_BESIDE)
        half = self.face.column.half_height
        right = self.face.column.radius + BARS_ROOM if self.face.bars else beside
        return QRectF(-beside, -half - 6, beside + right, 2 * half + 6 + BELOW)

    # ------------------------------------------------------------ painting

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        column, style = self.face.column, look()
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        if column.block:
            self._paint_block(painter, style, zoom)
        elif column.image is not None:
            self._paint_images(painter, style, option.exposedRect)
            self._paint_caption(painter, style, zoom, self.face.caption)
        elif zoom < DISCS_ABOVE:
            self._paint_squares(painter, self.fills.discs(self.face, style))
            return
        else:
            self._paint_discs(painter, style)
        if column.ellipsis is not None:
            hidden = column.units - self.drawn
            # The number of the neuron above stands between it and the dots.
            offset = column.ellipsis + (0 if column.image is not None else VALUE_ABOVE)
            column_painting.ellipsis(painter, style, offset, hidden, zoom)
        if zoom >= TEXT_ABOVE:
            if not column.block and column.image is None:
                words = ColumnWords(self.face, self._texts, self.fills)
                words.paint(painter, style, zoom, option.exposedRect)
            if self.buttons_shown and self.face.buttons:
                buttons = self._buttons()
                column_painting.buttons(painter, style, buttons, self.hovered_button)

    def _paint_discs(self, painter: QPainter, style: Look) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ready = self.fills.discs(self.face, style)
        for slot, offset in enumerate(self.face.column.offsets):
            self._paint_disc(painter, style, slot, offset, ready[slot])

    def _paint_block(self, painter: QPainter, style: Look, zoom: float) -> None:
        (rect,) = self.discs()
        strip = self.face.column.strip
        column_painting.block(
            painter, style, rect, 2.0 if strip else 4.0, self.fills.bands(self.face)
        )
        if self.face.maps > 1:
            column_painting.stretches(painter, style, rect, self.face.maps)
        self._paint_caption(painter, style, zoom, self.face.shape)

    def _paint_caption(self, painter: QPainter, style: Look, zoom: float, text: str) -> None:
        """A line below everything, on several where one has no room for its words."""
        font = style.readable(style.value_font, zoom)
        lines = folded(style, font, text, 2 * TEXT_ROOM)
        if zoom < TEXT_ABOVE or not lines:
            return
        painter.setFont(font)
        painter.setPen(style.muted)
        height = font.pixelSize() + 4
        below = QRectF(-TEXT_ROOM, self.face.column.half_height + 4, 2 * TEXT_ROOM, height)
        for line in lines:
            painter.drawText(below, CENTRED, line)
            below.translate(0, height)
        if self.remark:
            painter.setPen(style.warning_text)
            painter.drawText(below, CENTRED, self.remark)

    def _paint_images(self, painter: QPainter, style: Look, exposed: QRectF) -> None:
        """Every feature map as a picture with hard pixels, where it is to be painted anew."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        if self.face.column.picture is not None:
            pen = QPen(style.line, 1.4)
            column_painting.framed(painter, style, self.picture_place(), self.fills.picture(), pen)
        pictures = self.fills.pictures(self.face)
        for slot, place in enumerate(self.discs()):
            if not place.adjusted(-EDGE, -EDGE, EDGE, EDGE).intersects(exposed):
                continue
            chosen = self.face.column.indices[slot] == self.face.selected
            edge = style.accent if chosen else style.muted if slot == self.hovered else style.line
            pen = QPen(edge, 2.0 if chosen else 1.4)
            column_painting.framed(painter, style, place, pictures[slot], pen)
            if self.face.marked:
                index = self.face.column.indices[slot]
                column_painting.map_edge(painter, style, place, index)

    def _paint_squares(self, painter: QPainter, ready: list[QBrush]) -> None:
        """The neurons when they are a few pixels small."""
        side = 1.7 * self.face.column.radius
        for fill, offset in zip(ready, self.face.column.offsets, strict=True):
            painter.fillRect(QRectF(-side / 2, offset - side / 2, side, side), fill)

    def _paint_disc(
        self, painter: QPainter, style: Look, slot: int, offset: float, fill: QBrush
    ) -> None:
        # A smaller disc on a larger one: much quicker than a smooth outline.
        radius, centre = self.face.column.radius, QPointF(0, offset)
        index = self.face.column.indices[slot]
        chosen = index in (self.face.selected, self.fills.best(self.face))
        edge = style.accent if chosen else style.muted if slot == self.hovered else style.line
        width = 2.4 if chosen else 1.4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(edge)
        painter.drawEllipse(centre, radius + width / 2, radius + width / 2)
        painter.setBrush(fill)
        painter.setBrushOrigin(centre)
        painter.drawEllipse(centre, radius - width / 2, radius - width / 2)
        if index in self.fills.silent:
            column_painting.silent(painter, style, centre, radius)


def _box(offset: float, radius: float) -> QRectF:
    return QRectF(-radius, offset - radius, 2 * radius, 2 * radius)
