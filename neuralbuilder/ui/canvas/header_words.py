"""How the words of a header are written at a zoom: large enough to be read, and fewer of them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont

from neuralbuilder.ui.canvas.labels import ARROW, SEPARATOR
from neuralbuilder.ui.canvas.look import SMALL_TEXT, Look

SIDE = 6.0
LINE_GAP = 2.0
SHORTER_WORDS = (("Average", "Avg"), ("average", "avg"))


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
    below = height - LINE_GAP - name_font.pixelSize()
    details_font, line = _details(style, details, zoom, inside, below)
    shown = _name(style, name_font, name, inside)
    needed = max(
        style.width_of(name_font, shown), style.width_of(details_font, line) if line else 0
    )
    return Written(shown, name_font, line, details_font, max(width, needed + 2 * SIDE))


def _details(
    style: Look, details: tuple[str, ...], zoom: float, room: float, height: float
) -> tuple[QFont, str]:
    """The first line of words that fits, if need be in smaller letters; "" where none may stand."""
    usual = style.readable(style.details_font, zoom)
    small = style.readable(style.details_font, zoom, smallest=SMALL_TEXT)
    fonts = [font for font in (usual, small) if font.pixelSize() <= height]
    if not fonts:
        return usual, ""
    for line in _lines(details):
        for font in fonts:
            if style.width_of(font, line) <= room:
                return font, line
    return fonts[0], elided(style, fonts[0], SEPARATOR.join(details), room)


def _lines(details: tuple[str, ...]) -> list[str]:
    """All words, then fewer and fewer; the size of what the layer hands on is the last to go."""
    if not details:
        return [""]
    before, arrow, shape = details[-1].rpartition(ARROW)
    if arrow:
        first = details[0] if len(details) > 1 else before
        fewer = [f"{first}{arrow}{shape}", shape]
    else:
        fewer = [SEPARATOR.join(details[:count]) for count in range(len(details) - 1, 0, -1)]
    return [SEPARATOR.join(details), *fewer]


def _name(style: Look, font: QFont, name: str, room: float) -> str:
    """The name, with a shorter word for its kind before letters are left out."""
    if style.width_of(font, name) > room:
        for word, shorter in SHORTER_WORDS:
            name = name.replace(word, shorter)
    return elided(style, font, name, room)


def elided(style: Look, font: QFont, text: str, room: float) -> str:
    """The text, shortened to what there is room for."""
    if style.width_of(font, text) <= room:
        return text
    return style.metrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
