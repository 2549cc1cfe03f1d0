"""Fonts, colours and pens of the canvas, made once per theme instead of at every repaint."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from neuralbuilder.insights.common import nice
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.roles import mixed

LEVELS = 8
"""Steps of width and opacity that the strength of a link is rounded to."""

THINNEST, WIDEST = 1.0, 3.6
WIDEST_OF_MANY = 2.2
"""The width of the strongest links where there are so many that they would hide each other."""
PALEST = 0.38
SMALLEST_TEXT = 9.0
"""Pixels of the screen; smaller text is a strain to read."""
SMALL_TEXT = 8.0
"""What is accepted where the words would have to be left out otherwise."""
DASHES = [4.0, 3.0]
CENTRED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
"""Large text may stand out of its place, but is never cut off."""
UNKNOWN = 127
"""The level of links whose weight is not known yet."""

_logger = logging.getLogger(__name__)


class _Measured:
    """A font of the look, kept alive so that it is known by its identity, and what it measures."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.width = lru_cache(maxsize=512)(self.metrics.horizontalAdvance)
        """How wide a text is; names and digits are asked for at every repaint."""


class Look:
    """What the items paint with, for one palette and text scale."""

    def __init__(self) -> None:
        theme = current()
        self.palette = theme.palette
        self.text_scale = theme.text_scale
        self.name_font = theme.font("bold")
        self.details_font = theme.font("mono_small")
        self.value_font = theme.font("mono_small")
        self.symbol_font = theme.font("ui", 13)
        self.small_symbol_font = theme.font("note")
        self.field_font = theme.font("mono")
        self.bias_font = theme.font("mono_bold")
        self.note_font = theme.font("note")
        self.card_font = theme.font("mono", 11)
        self.hint_font = theme.font("ui", 13)
        colour = theme.color
        self.text, self.muted = colour("text"), colour("muted")
        self.panel, self.raised = colour("panel"), colour("raised")
        self.canvas_ground = colour("canvas")
        self.positive, self.negative = colour("positive"), colour("negative")
        self.line, self.accent, self.zero = colour("line"), colour("accent"), colour("zero")
        self.error, self.warning, self.good = colour("error"), colour("warning"), colour("good")
        self.warning_text = theme.readable("warning", "canvas")
        self.error_text = theme.readable("error", "canvas")
        self.accent_text = theme.readable("accent", "canvas")
        self.dot = colour("line", 0.75)
        self.link_pens = _link_pens(dashed=False)
        self.dashed_pens = _link_pens(dashed=True)
        self.halo_pen = QPen(colour("zero", 0.5), 6.5)
        self.ribbon = colour("zero", 0.16)
        self.ground = colour("canvas")
        self.best_font = theme.font("mono_bold", 11)
        self.detour = QColor(mixed(self.palette.canvas, self.palette.zero, 0.6))
        self._measured: dict[int, _Measured] = {}
        self._enlarged: dict[tuple[int, int], QFont] = {}

    def _measures(self, font: QFont) -> _Measured:
        # By identity: asking a font for its key takes longer than all the rest.
        found = self._measured.get(id(font))
        if found is None:
            found = self._measured[id(font)] = _Measured(font)
        return found

    def metrics(self, font: QFont) -> QFontMetricsF:
        """The measures of one of these fonts."""
        return self._measures(font).metrics

    def readable(
        self, font: QFont, zoom: float, smallest: float = SMALLEST_TEXT, most: float = math.inf
    ) -> QFont:
        """The font, enlarged where it would be smaller than `smallest` on the screen.

        It does not become larger than `most` canvas units.
        """
        pixels = math.floor(min(math.ceil(smallest / zoom), most))
        if pixels <= font.pixelSize():
            return font
        key = (id(self._measures(font).font), pixels)
        if key not in self._enlarged:
            self._enlarged[key] = QFont(font)
            self._enlarged[key].setPixelSize(pixels)
        return self._enlarged[key]

    def width_of(self, font: QFont, text: str) -> float:
        """How wide the text is, in canvas units."""
        return self._measures(font).width(text)

    def of_map(self, index: int, alpha: float = 1.0) -> QColor:
        """The colour that tells a feature map from its neighbours; they start again at the end.

        Blue and orange, the first colours of classes, come last: they stand for signs here.
        """
        colour = QColor(self.palette.class_value(index + 2))
        colour.setAlphaF(alpha)
        return colour

    def outline(self, severity: str) -> QColor:
        """The colour of the outline of a layer with such a problem; "" means without one."""
        return {"error": self.error, "warning": self.warning}.get(severity, self.line)


_look: Look | None = None


def look() -> Look:
    """The look of the theme in use now."""
    global _look
    theme = current()
    if _look is None or _look.palette is not theme.palette or _look.text_scale != theme.text_scale:
        _look = Look()
    return _look


def strengths(weights: NDArray[Any], scale: float) -> NDArray[np.int8]:
    """Each weight as a signed level from −`LEVELS` to `LEVELS`; 0 only for almost nothing.

    `scale` is the size of a weight that counts as strong.
    """
    share = 1.0 - np.exp(-np.abs(weights) / scale)
    levels = np.ceil(share * LEVELS - 0.02) * np.sign(weights)
    return np.nan_to_num(levels).astype(np.int8)


def strengths_among(weights: NDArray[Any]) -> NDArray[np.int8]:
    """As `strengths` for the strongest weights out of very many: compared with each other.

    The size that they are compared with changes in steps, so that the picture does not rescale
    itself with every step of training.
    """
    sizes = np.nan_to_num(np.abs(weights))
    share = (sizes / nice(float(sizes.max(initial=0.0)))) ** 3
    return (np.ceil(share * LEVELS) * np.nan_to_num(np.sign(weights))).astype(np.int8)


def width_of_link(level: int, many: bool) -> float:
    """How wide a link of this level is, in canvas units."""
    if level == UNKNOWN:
        return THINNEST
    widest = WIDEST_OF_MANY if many else WIDEST
    return THINNEST + (widest - THINNEST) * max(abs(level) / LEVELS - 0.2, 0.0) / 0.8


def usual_weight(inputs: int, outputs: int) -> float:
    """The size of a strong weight between layers of these sizes.

    It grows and shrinks with the limit of Glorot & Bengio (2010), √(6/(inputs+outputs)), so that
    wide layers with their small weights are seen, too, and the picture does not rescale itself
    while training.
    """
    return 1.3 * float(np.sqrt(6.0 / max(inputs + outputs, 1)))


def _link_pens(dashed: bool) -> dict[int, QPen]:
    """One hair line pen per level. Thicker links are several hair lines side by side.

    Qt draws smooth lines of at most one pixel ten times as fast as wider ones. The colours are
    opaque, mixed with the ground, so that the lines side by side do not add up.
    """
    palette = current().palette
    pens = {}
    for level in range(-LEVELS, LEVELS + 1):
        role = "positive" if level > 0 else "negative" if level < 0 else "zero"
        share = PALEST + (1 - PALEST) * abs(level) / LEVELS
        pens[level] = _hair_line(mixed(palette.canvas, palette.value(role), share), dashed)
    pens[UNKNOWN] = _hair_line(mixed(palette.canvas, palette.zero, 0.45), dashed)
    return pens


def _hair_line(colour: str, dashed: bool) -> QPen:
    pen = QPen(QColor(colour), 1.0)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dashed:
        pen.setDashPattern(DASHES)
    return pen


_reported: set[str] = set()


def guarded(paint: Callable[..., None]) -> Callable[..., None]:
    """Decorator of `paint`: an exception becomes a red outline and one line in the log.

    Otherwise Qt would print it anew at every repaint and leave the painter in disorder.
    """

    @wraps(paint)
    def painting(item: QGraphicsItem, painter: QPainter, option: Any, widget: Any = None) -> None:
        painter.save()
        try:
            paint(item, painter, option, widget)
        except Exception:
            name = type(item).__name__
            if name not in _reported:
                _reported.add(name)
                _logger.exception("%s cannot be painted", name)
            painter.restore()
            painter.save()
            _outline(painter, item.boundingRect())
        finally:
            painter.restore()

    return painting


def _outline(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(QPen(look().error, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)
