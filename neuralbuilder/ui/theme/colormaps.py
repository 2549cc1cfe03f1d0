"""Colour maps for heat maps and images, in the colours of the current theme."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralbuilder.ui.theme.roles import Palette, channels
from neuralbuilder.ui.theme.theme import current

RGBA = NDArray[np.uint8]


def diverging(values: ArrayLike, palette: Palette | None = None) -> RGBA:
    """Colours for values from −1 (negative colour) over 0 (raised) to +1 (positive colour).

    Takes an array of any shape and returns uint8 of that shape with a last axis red, green,
    blue, alpha. Values outside are clipped; NaN is transparent.
    """
    return _look_up((np.asarray(values, dtype=np.float64) + 1) / 2, _diverging(_chosen(palette)))


def sequential(values: ArrayLike, palette: Palette | None = None) -> RGBA:
    """Colours for values from 0 (raised) to 1 (accent); otherwise as `diverging`."""
    return _look_up(np.asarray(values, dtype=np.float64), _sequential(_chosen(palette)))


def greys(values: ArrayLike) -> RGBA:
    """Black (0) to white (1), for input images: they look the same in both themes."""
    ramp = np.arange(256, dtype=np.uint8)
    table = np.stack([ramp, ramp, ramp, np.full(256, 255, np.uint8)], axis=1)
    return _look_up(np.asarray(values, dtype=np.float64), table)


def tinted(values: ArrayLike, channel: int) -> RGBA:
    """Black (0) to pure red, green or blue (1): one `channel`, 0 to 2, of an image in colour."""
    colours = greys(values)
    others = [other for other in range(3) if other != channel]
    colours[..., others] = 0
    return colours


def opaque(picture: NDArray[np.uint8]) -> RGBA:
    """A picture in colour (…, 3) as it is, with the alpha that the other maps have."""
    return np.concatenate([picture, np.full((*picture.shape[:-1], 1), 255, np.uint8)], axis=-1)


def _chosen(palette: Palette | None) -> Palette:
    return current().palette if palette is None else palette


def _look_up(share: NDArray[np.float64], table: RGBA) -> RGBA:
    missing = np.isnan(share)
    index = np.rint(np.clip(np.where(missing, 0.0, share), 0.0, 1.0) * (len(table) - 1))
    colours = table[index.astype(np.intp)]
    colours[missing] = 0
    return colours


@lru_cache(maxsize=8)
def _diverging(palette: Palette) -> RGBA:
    return _table([palette.negative, palette.raised, palette.positive])


@lru_cache(maxsize=8)
def _sequential(palette: Palette) -> RGBA:
    return _table([palette.raised, palette.accent])


def _table(stops: list[str]) -> RGBA:
    """RGBA rows between evenly spaced stops, mixed in sRGB as the design pictures are.

    257 rows and not 256, so that zero in the middle of a diverging map is exactly its stop.
    """
    places = np.linspace(0, 256, len(stops))
    colours = np.array([channels(stop) for stop in stops], dtype=np.float64)
    table = np.full((257, 4), 255, dtype=np.uint8)
    for channel in range(3):
        table[:, channel] = np.rint(np.interp(np.arange(257), places, colours[:, channel]))
    return table
