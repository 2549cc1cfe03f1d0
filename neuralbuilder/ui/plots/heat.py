"""The colours of a heat map in the present theme."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.figure import HeatMap
from neuralbuilder.ui.theme import current, diverging, sequential
from neuralbuilder.ui.theme.colormaps import RGBA
from neuralbuilder.ui.theme.roles import channels

LIGHTNESS = np.array([0.299, 0.587, 0.114])
"""How light red, green and blue look."""
STRENGTH = 0.55
"""How much of a class's colour the surest cell has; points of the class stay visible on it."""


def colours(heat: HeatMap) -> RGBA:
    """One colour per cell, (rows, columns, 4); row 0 is the bottom one. NaN is transparent."""
    if heat.shades is not None:
        return diverging(heat.shades)
    values = np.asarray(heat.values, dtype=np.float64)
    limit = heat.limit if np.isfinite(heat.limit) and heat.limit > 0 else 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        shares = values / limit
    if heat.classes is not None:
        return _of_classes(shares, heat.classes)
    return diverging(shares) if heat.scale == "diverging" else sequential(shares)


def _of_classes(shares: NDArray[np.float64], classes: NDArray[Any]) -> RGBA:
    palette = current().palette
    table = np.array([channels(value) for value in palette.classes], dtype=np.float64)
    own = table[np.asarray(classes, dtype=np.intp) % len(table)]
    ground = np.array(channels(palette.raised), dtype=np.float64)
    known = np.where(np.isnan(shares), 0.0, np.clip(shares, 0.0, 1.0))
    result = np.full((*shares.shape, 4), 255, dtype=np.uint8)
    result[..., :3] = np.rint(ground + (own - ground) * (known * STRENGTH)[..., None])
    result[np.isnan(shares)] = 0
    return result


def are_light(colours: RGBA) -> NDArray[np.bool_]:
    """Where dark text is easier to read than light one, for colours (…, 4)."""
    light: NDArray[np.bool_] = colours[..., :3] @ LIGHTNESS > 140
    return light
