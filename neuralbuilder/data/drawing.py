"""Drawings made by hand, brought into the form of the images of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array, Samples

LOOKED_AT = 400
"""How many images are measured."""
STRONG = 0.25
"""What share of the way from ground to ink counts as ink."""


@dataclass(frozen=True)
class Style:
    """How the grey images of a data set look.

    `height` and `width` in pixels; the values of `ground` and `ink`; and which share of the longer
    side of the image what is drawn on it is long.
    """

    height: int
    width: int
    ground: float
    ink: float
    extent: float


def style_of(samples: Samples) -> Style:
    """The style of images (samples, 1, height, width): measured, so that dark ink on light paper
    and digits with wide margins are both found.
    """
    images = _some(samples)[:, 0]
    low, high = float(images.min()), float(images.max())
    edges = np.concatenate([images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()])
    dark = float(np.median(edges)) <= (low + high) / 2
    ground, ink = (low, high) if dark else (high, low)
    shares = (images - ground) / ((ink - ground) or 1.0)
    longest = [length for length in map(_longest, shares) if length]
    height, width = images.shape[1:]
    extent = float(np.median(longest)) / max(height, width) if longest else 1.0
    return Style(height, width, ground, ink, extent)


@dataclass(frozen=True)
class ColourStyle:
    """How the pictures in colour of a data set are made.

    `height` and `width` in pixels, the values of `black` and `white`, and the colour of the
    `ground`, red, green and blue from 0 to 255: the usual one along the edges.
    """

    height: int
    width: int
    black: float
    white: float
    ground: tuple[int, int, int]


def colour_style_of(samples: Samples) -> ColourStyle:
    """The style of images (samples, 3, height, width)."""
    images = _some(samples)
    black, white = samples.pixel_range
    sides = (images[:, :, [0, -1]], images[:, :, :, [0, -1]])
    usual = [
        np.median(np.concatenate([side[:, channel].ravel() for side in sides]))
        for channel in range(3)
    ]
    shares = (np.asarray(usual) - black) / ((white - black) or 1.0)
    red, green, blue = (int(byte) for byte in np.rint(255 * np.clip(shares, 0.0, 1.0)))
    height, width = images.shape[2:]
    return ColourStyle(height, width, black, white, (red, green, blue))


def as_colour_input(drawing: NDArray[Any], style: ColourStyle) -> Array:
    """One input (3, height, width) in original units, from a drawing (rows, columns, 3) of bytes.

    Every pixel is the mean of the part of the drawing that it covers. Nothing is moved or scaled:
    in pictures what surrounds the things belongs to them.
    """
    rows, columns = drawing.shape[:2]
    down = _means(style.height, rows, rows / 2, rows / style.height)
    across = _means(style.width, columns, columns / 2, columns / style.width)
    shares = down @ (np.moveaxis(drawing, -1, 0) / 255.0) @ across.T
    image: Array = style.black + shares * (style.white - style.black)
    return image


def _some(samples: Samples) -> NDArray[np.float64]:
    """Some of the images, evenly spread."""
    rows = np.linspace(0, samples.count - 1, min(samples.count, LOOKED_AT)).astype(np.intp)
    return np.asarray(samples.x[rows], dtype=np.float64)


def as_input(drawing: NDArray[Any], style: Style) -> Array:
    """One input (1, height, width) in original units, from a drawing (rows, columns) of 0 to 1.

    What is drawn is scaled to the usual size, its centre of mass is put into the middle, and every
    pixel is the mean of the part of the drawing that it covers: the way in which MNIST was made
    (LeCun, Cortes, Burges 1998). It becomes smaller, and stands aside from the middle, where it
    would be cut off otherwise.
    """
    ink = np.asarray(drawing, dtype=np.float64)
    shares = np.zeros((style.height, style.width))
    top, bottom, left, right = _bounds(ink)
    if bottom > top:
        # So many pixels of the drawing are one of the image.
        usual = max(bottom - top, right - left) / (style.extent * max(shares.shape))
        step = max(usual, (bottom - top) / style.height, (right - left) / style.width)
        row = _middle(ink.sum(axis=1), top, bottom, style.height * step)
        column = _middle(ink.sum(axis=0), left, right, style.width * step)
        down = _means(style.height, ink.shape[0], row, step)
        across = _means(style.width, ink.shape[1], column, step)
        shares = down @ ink @ across.T
        shares /= shares.max() or 1.0
    image: Array = (style.ground + shares * (style.ink - style.ground))[None]
    return image


def _middle(ink: NDArray[np.float64], begin: int, end: int, length: float) -> float:
    """The middle of an image of such a length along one axis: the centre of mass of the ink, unless
    the ink, from `begin` to `end`, would reach beyond the image.
    """
    centre = float((ink * (np.arange(len(ink)) + 0.5)).sum() / ink.sum())
    return min(max(centre, end - length / 2), begin + length / 2)


def _means(pixels: int, places: int, middle: float, step: float) -> Array:
    """A matrix (pixels, places): which share of each place of a drawing every pixel covers.

    Pixels are `step` places long; the middle of all of them is at the place `middle`.
    """
    begins = middle + (np.arange(pixels) - pixels / 2)[:, None] * step
    place = np.arange(places)[None]
    covered = np.minimum(begins + step, place + 1) - np.maximum(begins, place)
    matrix: Array = np.maximum(covered, 0.0) / step
    return matrix


def _longest(image: NDArray[Any]) -> int:
    """The longer side of the rectangle around the ink; 0 where there is none."""
    top, bottom, left, right = _bounds(image)
    return max(bottom - top, right - left)


def _bounds(image: NDArray[Any]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the rectangle around the ink; all 0 where there is none."""
    strong = image > STRONG
    if not strong.any():
        return 0, 0, 0, 0
    rows, columns = (np.flatnonzero(strong.any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
