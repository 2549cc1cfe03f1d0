"""The links of a bundle gathered by their look, so that few strokes of the painter draw them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPainterPath, QPen

from neuralbuilder.ui.canvas.look import DASHES, LEVELS, UNKNOWN, look, width_of_link

EVERY_LINK_ABOVE = 0.75
MOST_SMALL = 120
"""Below that zoom at most so many links of a bundle are drawn, the strongest."""
DASHED_SHARE = 0.6

Cubic = Sequence[float]
"""Start, both control points and end of a curve, as x and y each."""


@dataclass(frozen=True, eq=False)
class Group:
    """Links of one look: the level of their strength, dashed or not, rising to the right or not."""

    level: int
    dashed: bool
    rising: bool
    path: QPainterPath


@dataclass(frozen=True, eq=False)
class LinkGroups:
    """All links of a bundle; `least` is the level from which on they are drawn when small."""

    groups: tuple[Group, ...] = ()
    least: int = -1

    def paint(self, painter: QPainter, zoom: float, many: bool) -> None:
        """Draw them with their bends; `many` are drawn thinner."""
        sharpness = painter.deviceTransform().m11() / painter.worldTransform().m11()
        least = self.least if zoom < EVERY_LINK_ABOVE else -1
        for group in self.groups:
            if group.dashed or group.level == UNKNOWN or abs(group.level) >= least:
                painter.setPen(link_pen(group.level, group.dashed, sharpness))
                width = width_of_link(group.level, many) * (DASHED_SHARE if group.dashed else 1)
                _side_by_side(painter, group, width * painter.deviceTransform().m11())

    def paint_highlight(self, painter: QPainter) -> None:
        """Draw the solid ones in the colour of what is chosen."""
        painter.setPen(QPen(look().accent, 1.6))
        for group in self.groups:
            if not group.dashed:
                painter.drawPath(group.path)


def grouped(
    cubics: Sequence[Cubic],
    levels: NDArray[np.int8],
    dashed: NDArray[np.bool_],
    absent: NDArray[np.bool_],
) -> LinkGroups:
    """Links of equal look as one path each, pale ones first; those that are `absent` are left out.

    Every link has an entry in each of the arrays; `levels` are those of `strengths`.
    """
    # Links without a known weight are the palest; the strongest come on top.
    strength = np.where(levels == UNKNOWN, -1, np.abs(levels))
    rises = [cubic[7] < cubic[1] for cubic in cubics]
    looks = zip(strength.tolist(), levels.tolist(), dashed.tolist(), rises, strict=True)
    paths: dict[tuple[int, int, bool, bool], QPainterPath] = {}
    for key, cubic, left_out in zip(looks, cubics, absent.tolist(), strict=True):
        if left_out:
            continue
        path = paths.get(key)
        if path is None:
            path = paths[key] = QPainterPath()
        add_cubic(path, cubic)
    groups = tuple(Group(*key[1:], paths[key]) for key in sorted(paths))
    return LinkGroups(groups, _least_of_many(strength, MOST_SMALL))


def add_cubic(path: QPainterPath, cubic: Cubic) -> None:
    """Add one curve to a path."""
    path.moveTo(cubic[0], cubic[1])
    path.cubicTo(*cubic[2:])


def link_pen(level: int, dashed: bool, sharpness: float = 1.0) -> QPen:
    """The hair line of a level; dashes keep their length on screens with finer pixels."""
    pen = (look().dashed_pens if dashed else look().link_pens)[level]
    if dashed and sharpness > 1.0:
        pen = QPen(pen)
        pen.setDashPattern([length * sharpness for length in DASHES])
    return pen


def _least_of_many(strength: NDArray[np.int8], most: int) -> int:
    """The level from which on there are at most so many links; the top one is always drawn."""
    if len(strength) <= most:
        return -1
    return min(int(np.sort(strength)[-most - 1]) + 1, LEVELS)


def _side_by_side(painter: QPainter, group: Group, pixels: float) -> None:
    """Draw a path so many pixels wide, as hair lines side by side.

    They are shifted across the direction in which the links run: upwards or downwards to the
    right. So a link has nearly the same width along its whole curve.
    """
    lines = math.ceil((pixels - 0.4) / 0.75)
    if lines <= 1 or not painter.testRenderHint(QPainter.RenderHint.Antialiasing):
        painter.drawPath(group.path)
        return
    scale = painter.deviceTransform().m11()
    step = 0.8 * (pixels - 1.0) / (lines - 1) / scale
    across = QPointF(step if group.rising else -step, step)
    painter.translate(across * -((lines - 1) / 2))
    for line in range(lines):
        if line:
            painter.translate(across)
        painter.drawPath(group.path)
    painter.translate(across * -((lines - 1) / 2))
