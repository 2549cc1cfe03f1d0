"""The words of a column: symbols in its neurons, values below them, bars of classes beside them.

What does not fit at a zoom is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QPainter

from neuralbuilder.ui.canvas import column_painting
from neuralbuilder.ui.canvas.column_face import ColumnFace
from neuralbuilder.ui.canvas.column_fills import ColumnFills
from neuralbuilder.ui.canvas.column_painting import BAR_WIDTH, TEXT_ABOVE
from neuralbuilder.ui.canvas.labels import SEPARATOR
from neuralbuilder.ui.canvas.look import CENTRED, LEFT, Look

TEXT_ROOM = 90.0
"""How far texts may reach to either side of the middle."""
BARS_GAP, BARS_ROOM = 8.0, 140.0
"""How far right of the discs bars begin, and all that belongs to them usually ends."""
NUMBER_GAP = 6.0
NAME_GAP = 4.0
WIDEST_SHARE = "0.00"
CAPTION_LINES = 3
DIGIT_HEIGHT = 0.8
"""Of a font's size; numbers reach below no line."""


def bars_reach(face: ColumnFace, style: Look) -> tuple[float, float]:
    """How far right of its discs and above the first one's middle a face with bars may paint.

    In canvas units, at the smallest zoom with numbers, where its letters are largest.
    """
    font = style.readable(style.value_font, TEXT_ABOVE)
    number = BAR_WIDTH + NUMBER_GAP + style.width_of(font, WIDEST_SHARE)
    names = (style.width_of(font, name) for name in face.classes)
    return BARS_GAP + max(number, *names), NAME_GAP + _line(font)


def folded(style: Look, font: QFont, text: str, room: float) -> tuple[str, ...]:
    """The words of a caption on at most `CAPTION_LINES` lines; none where they do not fit."""
    lines: list[str] = []
    for word in text.split(SEPARATOR) if text else ():
        longer = f"{lines[-1]}{SEPARATOR}{word}" if lines else word
        if lines and style.width_of(font, longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    fits = len(lines) <= CAPTION_LINES and all(style.width_of(font, x) <= room for x in lines)
    return tuple(lines) if fits else ()


def _line(font: QFont) -> float:
    return font.pixelSize() + 3.0


@dataclass(frozen=True, eq=False)
class ColumnWords:
    """The words for a face at this moment: `texts` are the numbers of the drawn neurons.

    Discs that are pictures have no words inside.
    """

    face: ColumnFace
    texts: tuple[str, ...]
    fills: ColumnFills

    def paint(self, painter: QPainter, style: Look, zoom: float, exposed: QRectF) -> None:
        """Paint those that may reach into `exposed`."""
        column = self.face.column
        if self.face.role == "input" and self.face.labels:
            symbols = style.symbol_font if column.radius > 16 else style.small_symbol_font
            self._paint_inside(painter, style, style.readable(symbols, zoom), self.face.labels)
        if self.face.bars:
            self._paint_classes(painter, style, zoom, exposed)
        else:
            self._paint_values(painter, style, style.readable(style.value_font, zoom))

    def _fit_inside(self, style: Look, font: QFont, texts: tuple[str, ...]) -> bool:
        room = 2 * self.face.column.radius - 3
        return font.pixelSize() <= room and all(style.width_of(font, t) <= room for t in texts)

    def _paint_inside(
        self, painter: QPainter, style: Look, font: QFont, texts: tuple[str, ...]
    ) -> None:
        """A word inside every disc; none where they do not fit at this zoom."""
        if not self._fit_inside(style, font, texts):
            return
        painter.setFont(font)
        painter.setPen(style.text)
        radius = self.face.column.radius
        for text, offset in zip(texts, self.face.column.offsets, strict=False):
            painter.drawText(
                QRectF(-radius, offset - radius, 2 * radius, 2 * radius), CENTRED, text
            )

    def _paint_classes(self, painter: QPainter, style: Look, zoom: float, exposed: QRectF) -> None:
        """The class inside every disc, or else above its bar; the bars where they are exposed."""
        symbols, classes = style.readable(style.symbol_font, zoom), self.face.classes
        inside = self.fills.maps is None and self._fit_inside(style, symbols, classes)
        if inside:
            self._paint_inside(painter, style, symbols, classes)
        if exposed.right() > self.face.column.radius:
            self._paint_probabilities(painter, style, zoom, inside)

    def _paint_probabilities(
        self, painter: QPainter, style: Look, zoom: float, inside: bool
    ) -> None:
        """A bar and its number right of every disc, and the class where it is not `inside`."""
        column, classes = self.face.column, self.face.classes
        values, best = self.fills.values, self.fills.best(self.face)
        font = style.readable(style.value_font, zoom)
        line = _line(font)
        named = not inside and 2 * line <= self._room_below() + 2 * column.radius + 2
        left = column.radius + BARS_GAP
        painter.setFont(font)
        for slot, offset in enumerate(column.offsets):
            index = column.indices[slot]
            share = None if values is None else float(values[index])
            column_painting.bar(painter, style, QPointF(left, offset), share, inside)
            painter.setPen(style.text)
            if named:
                name = QRectF(left, offset - NAME_GAP - line, BARS_ROOM, line)
                painter.drawText(name, LEFT, classes[slot])
            if line <= self._room_below() + 2 * column.radius and self.texts:
                painter.setPen(style.text if index == best else style.muted)
                at = QRectF(left + BAR_WIDTH + NUMBER_GAP, offset - line / 2, 40, line)
                painter.drawText(at, LEFT, self.texts[slot])

    def _paint_values(self, painter: QPainter, style: Look, font: QFont) -> None:
        """The number below every neuron; only its name while there is no number.

        What would reach into the next neuron, or to another column, is left out.
        """
        height, room = font.pixelSize(), self._room_below()
        # Letters reach below the line, digits do not.
        if DIGIT_HEIGHT * height > room or (self.face.names and height > room):
            return
        painter.setFont(font)
        painter.setPen(style.muted)
        texts = self.texts or self.face.names
        for text, offset in zip(texts, self.face.column.offsets, strict=False):
            if style.width_of(font, text) <= 2 * TEXT_ROOM:
                top = offset + self.face.column.radius + 2
                painter.drawText(QRectF(-TEXT_ROOM, top, 2 * TEXT_ROOM, height), CENTRED, text)

    def _room_below(self) -> float:
        """The height that a text between two neurons may have."""
        offsets = self.face.column.offsets
        pitches = [after - before for before, after in pairwise(offsets)]
        return min(pitches, default=inf) - 2 * self.face.column.radius - 2
