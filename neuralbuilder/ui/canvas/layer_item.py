"""The header of a layer: name, size, activation, bias, its problem in words and its ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from neuralbuilder.ui.canvas.column_face import ColumnFace
from neuralbuilder.ui.canvas.column_item import ColumnItem
from neuralbuilder.ui.canvas.header_words import Written, elided, written
from neuralbuilder.ui.canvas.labels import SEPARATOR, Detail
from neuralbuilder.ui.canvas.layout import HEADER_HEIGHT, HEADER_ROOM, HEADER_WIDTH
from neuralbuilder.ui.canvas.look import CENTRED, Look, guarded, look

WIDEST_HEADER = 204.0
PORT_RADIUS = 5.0
PORT_REACH = 11.0
PROBLEM_WIDTH = 210.0
PROBLEM_LINE = 12.0
PROBLEM_LINES = 2
FIX_MARGIN = 4.0
WORDS_ABOVE = 0.2
"""Zoom below which even the names of layers are left out."""


@dataclass(frozen=True)
class LayerFace:
    """What a header shows. `severity` is "error", "warning" or "" for a layer that fits."""

    name: str
    details: tuple[Detail, ...]
    selected: bool = False
    severity: str = ""
    problem: str = ""
    fix: str = ""
    has_input: bool = True
    has_output: bool = True


class LayerItem(QGraphicsItem):
    """One layer: paints its header; its column of neurons is a child item.

    The item's origin is the middle of the header.
    """

    def __init__(self, node_id: str, face: LayerFace, column: ColumnFace) -> None:
        super().__init__()
        self.node_id = node_id
        self.face = face
        self.column = ColumnItem(column, self)
        self.ports_shown = False
        self.feedback = ""
        self.room = 0.0
        self._written: tuple[float, Written] | None = None
        self._texts_laid_out()

    # ------------------------------------------------------------ what is shown

    def set_face(self, face: LayerFace) -> None:
        """Show another name, line, selection or problem."""
        if face != self.face:
            self.prepareGeometryChange()
            self.face = face
            self._texts_laid_out()
            self.update()

    def set_feedback(self, feedback: str) -> None:
        """While a link is drawn: "good" or "bad" as a target, "" for neither."""
        if feedback != self.feedback:
            self.feedback = feedback
            self.update()

    def set_ports_shown(self, shown: bool) -> None:
        """Show where links are drawn from."""
        if shown != self.ports_shown:
            self.ports_shown = shown
            self.update()

    def set_room(self, room: float) -> None:
        """How wide the header may become where its words need it to be readable."""
        if room != self.room:
            self.prepareGeometryChange()
            self.room, self._written = room, None
            self.update()

    def forget_look(self) -> None:
        """Measure and paint with another theme's fonts and colours."""
        self.prepareGeometryChange()
        self._texts_laid_out()
        self.column.forget_colours()
        self.update()

    def _texts_laid_out(self) -> None:
        style = look()
        self._written = None
        self._line = SEPARATOR.join(detail.text for detail in self.face.details)
        wanted = HEADER_ROOM + max(
            style.width_of(style.name_font, self.face.name),
            style.width_of(style.details_font, self._line) - 12.0,
        )
        self.width = min(max(HEADER_WIDTH, wanted), WIDEST_HEADER)
        self.height = max(HEADER_HEIGHT, HEADER_HEIGHT * style.text_scale)
        self._problem = _wrapped(style, self.face.problem)
        room = PROBLEM_WIDTH * style.text_scale
        self._fix = elided(style, style.note_font, self.face.fix, room)

    # ------------------------------------------------------------ places, in item coordinates

    @property
    def header(self) -> QRectF:
        """The card with the name."""
        return _card(self.width, self.height)

    def word_at(self, point: QPointF) -> str:
        """What a point of the header edits: "name" on its first line, on the second the setting
        of the nearest word, "" where that is none of this layer's settings.
        """
        if point.y() < 0:
            return "name"

        def away(word: tuple[Detail, QRectF]) -> float:
            return max(word[1].left() - point.x(), point.x() - word[1].right())

        nearest = min(self._detail_rects(), key=away, default=None)
        return nearest[0].setting if nearest else ""

    def detail_rect(self, setting: str) -> QRectF:
        """Where the word of this setting stands; the header where there is none."""
        return next((r for d, r in self._detail_rects() if d.setting == setting), self.header)

    def _detail_rects(self) -> list[tuple[Detail, QRectF]]:
        style = look()
        x = -style.width_of(style.details_font, self._line) / 2
        top, height = 0.0, self.height / 2
        gap = style.width_of(style.details_font, SEPARATOR)
        found = []
        for detail in self.face.details:
            width = style.width_of(style.details_font, detail.text)
            found.append((detail, QRectF(x - 2, top, width + 4, height)))
            x += width + gap
        return found

    def output_port(self) -> QPointF:
        """Where links to other layers are drawn from."""
        return QPointF(self.width / 2, 0)

    def input_port(self) -> QPointF:
        """Where links from other layers are drawn to."""
        return QPointF(-self.width / 2, 0)

    def port_at(self, point: QPointF) -> str:
        """Which port, "output" or "input", is under the point; "" for none."""
        for name, centre, there in (
            ("output", self.output_port(), self.face.has_output),
            ("input", self.input_port(), self.face.has_input),
        ):
            away = point - centre
            outwards = away.x() if name == "output" else -away.x()
            if there and -4.0 <= outwards <= PORT_REACH and abs(away.y()) <= PORT_REACH:
                return name
        return ""

    @property
    def problem_reach(self) -> float:
        """How far to either side the words below the header may stand; 0 where there are none."""
        return PROBLEM_WIDTH / 2 * look().text_scale if self._problem else 0.0

    def fix_rect(self) -> QRectF:
        """Where the remedy of the problem stands; empty when there is none."""
        if not self.face.fix:
            return QRectF()
        style = look()
        width = style.width_of(style.note_font, self._fix) + 2 * FIX_MARGIN
        top = self.height / 2 + 2 + len(self._problem) * PROBLEM_LINE * style.text_scale
        return QRectF(-width / 2, top, width, PROBLEM_LINE * style.text_scale + 2)

    def extent(self) -> QRectF:
        """The rectangle that is to be seen when all of the network is looked at."""
        whole = self.boundingRect()
        half = max(self.width / 2 + 4, PROBLEM_WIDTH / 2 if self._problem else 0)
        return QRectF(-half, whole.top(), 2 * half, whole.height())

    # ------------------------------------------------------------ painting

    def boundingRect(self) -> QRectF:
        words = self.problem_reach + FIX_MARGIN if self._problem else 0
        half = max(self.width / 2 + PORT_REACH, self.room / 2 + 2, words)
        below = (len(self._problem) + 1.5) * PROBLEM_LINE * 2 if self._problem else 4
        return QRectF(-half, -self.height / 2 - 4, 2 * half, self.height + 4 + below)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: Any = None
    ) -> None:
        style = look()
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        words = self._words_at(zoom) if zoom >= WORDS_ABOVE else None
        painter.setPen(self._outline(style))
        painter.setBrush(style.panel)
        painter.drawRoundedRect(_card(words.width if words else self.width, self.height), 6, 6)
        if words:
            self._paint_words(painter, style, words)
        if self.ports_shown:
            self._paint_ports(painter, style)

    def _outline(self, style: Look) -> QPen:
        if self.feedback:
            return QPen(style.good if self.feedback == "good" else style.error, 2.0)
        if self.face.severity:
            return QPen(style.outline(self.face.severity), 2.0 if self.face.selected else 1.4)
        return QPen(style.accent, 1.2) if self.face.selected else QPen(style.line, 1.0)

    def _words_at(self, zoom: float) -> Written:
        if self._written is None or self._written[0] != zoom:
            details = tuple(detail.text for detail in self.face.details)
            size = self.width, self.height
            words = written(look(), self.face.name, details, zoom, size, self.room)
            self._written = zoom, words
        return self._written[1]

    def _paint_words(self, painter: QPainter, style: Look, words: Written) -> None:
        card, half = _card(words.width, self.height), self.height / 2
        painter.setFont(words.name_font)
        painter.setPen(style.text)
        upper = QRectF(card.left(), -half, card.width(), half)
        painter.drawText(upper if words.details else card, CENTRED, words.name)
        if words.details:
            painter.setFont(words.details_font)
            painter.setPen(style.muted)
            lower = QRectF(card.left(), 0, card.width(), half)
            painter.drawText(lower, CENTRED, words.details)
        if self._problem:
            self._paint_problem(painter, style)

    def _paint_problem(self, painter: QPainter, style: Look) -> None:
        painter.setFont(style.note_font)
        painter.setPen(style.error_text if self.face.severity == "error" else style.warning_text)
        line = PROBLEM_LINE * style.text_scale
        for number, text in enumerate(self._problem):
            place = QRectF(
                -PROBLEM_WIDTH / 2, self.height / 2 + 2 + number * line, PROBLEM_WIDTH, line
            )
            painter.drawText(place, CENTRED, text)
        if self.face.fix:
            painter.setPen(style.accent_text)
            rect = self.fix_rect()
            painter.drawText(rect, CENTRED, self._fix)
            painter.drawLine(rect.bottomLeft() + QPointF(4, -1), rect.bottomRight() - QPointF(4, 1))

    def _paint_ports(self, painter: QPainter, style: Look) -> None:
        painter.setBrush(style.panel)
        painter.setPen(QPen(style.accent, 1.4))
        if self.face.has_output:
            painter.drawEllipse(self.output_port(), PORT_RADIUS, PORT_RADIUS)
        if self.face.has_input:
            painter.drawEllipse(self.input_port(), PORT_RADIUS, PORT_RADIUS)


def _card(width: float, height: float) -> QRectF:
    return QRectF(-width / 2, -height / 2, width, height)


def _wrapped(style: Look, text: str) -> tuple[str, ...]:
    """The text on at most `PROBLEM_LINES` lines; the last one is shortened."""
    # Large text has room for fewer lines above the neurons, but may be wider.
    most = PROBLEM_LINES if style.text_scale <= 1.2 else 1
    room = PROBLEM_WIDTH * style.text_scale
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and style.width_of(style.note_font, longer) <= room:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(elided(style, style.note_font, line, room) for line in lines)
