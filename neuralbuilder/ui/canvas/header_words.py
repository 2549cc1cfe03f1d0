"""How the words of a header are written at a zoom: large enough to be read, and fewer of them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont

from neuralbuilder.ui.canvas.labels import SEPARATOR
from neuralbuilder.ui.canvas.look import SMALL_TEXT, Look

SIDE = 6.0
LINE_GAP = 5.0


@dataclass(frozen=True)
class Written:
    """The words, their fonts and the `width` of the card around them, in canvas units.

    `details` is "" where there is room for the name alone.
    """

    name: str
    name_font: QFont
    details: str
    details_font: QFont
    width: float


def written(
    style: Look, name: str, details: tuple[str, ...], zoom: float, size: tuple[float, float],
    room: float,
) -> Written:  # fmt: skip
    """The words for a card of this usual `size` (width, height), that may be `room` wide."""
    width, height = size
    inside = max(width, room) - 2 * SIDE
    name_font = style.readable(style.name_font, zoom, most=height - 2)
    details_font, line = _details(style, details, zoom, inside)
    if name_font.pixelSize() + details_font.pixelSize() + LINE_GAP > height:
        line = ""
    shown = elided(style, name_font, name, inside)
    needed = max(
        style.width_of(name_font, shown), style.width_of(details_font, line) if line else 0
    )
    return Written(shown, name_font, line, details_font, max(width, needed + 2 * SIDE))


def _details(style: Look, details: tuple[str, ...], zoom: float, room: float) -> tuple[QFont, str]:
    """All words, if need be in smaller letters; fewer of them where that is not enough."""
    font = style.readable(style.details_font, zoom)
    whole = SEPARATOR.join(details)
    for candidate in (font, style.readable(style.details_font, zoom, smallest=SMALL_TEXT)):
        if style.width_of(candidate, whole) <= room:
            return candidate, whole
    for count in range(len(details) - 1, 0, -1):
        line = SEPARATOR.join(details[:count])
        if style.width_of(font, line) <= room:
            return font, line
    return font, elided(style, font, whole, room)


def elided(style: Look, font: QFont, text: str, room: float) -> str:
    """The text, shortened to what there is room for."""
    if style.width_of(font, text) <= room:
        return text
    return style.metrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
