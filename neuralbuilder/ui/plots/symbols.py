"""The colours and symbols of classes and the pens of curves, from the theme."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from neuralbuilder.ui.theme import current

SYMBOLS = ("o", "s", "t1", "d", "p", "t", "h", "star")
"""pyqtgraph's names: a class keeps its symbol, so that colour never carries meaning alone."""
ROLES = {"second": "negative"}
"""Roles that only figures have; all others are those of the theme."""
WIDTH = 2.0


def symbol_of(index: int) -> str:
    """The symbol of a class; it starts again after the last one."""
    return SYMBOLS[index % len(SYMBOLS)]


def color_of(role: str, alpha: float = 1.0) -> QColor:
    """The colour of a figure's role, or of `class 3`."""
    return current().color(ROLES.get(role, role), alpha)


def dashes(dotted: bool) -> tuple[float, float]:
    """Pixels of a dash and of the gap after it."""
    return (2.5, 3.0) if dotted else (9.0, 4.0)


def curve_pen(role: str, dashed: bool = False, width: float = WIDTH, dotted: bool = False) -> QPen:
    """The pen of a curve, for a painter that counts in pixels. Not a cosmetic one, which would be
    thinner on screens with a scale factor.
    """
    pen = QPen(color_of(role), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        pen.setDashPattern([length / width for length in dashes(dotted)])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
