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
    rows = np.linspace(0, samples.count - 1, min(samples.count, LOOKED_AT)).astype(np.intp)
    images = np.asarray(samples.x[rows, 0], dtype=np.float64)
    low, high = float(images.min()), float(images.max())
    edges = np.concatenate([images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()])
    dark = float(np.median(edges)) <= (low + high) / 2
    ground, ink = (low, high) if dark else (high, low)
    shares = (images - ground) / ((ink - ground) or 1.0)
    longest = [length for length in map(_longest, shares) if length]
    height, width = images.shape[1:]
    extent = float(np.median(longest)) / max(height, width) if longest else 1.0
    return Style(height, width, ground, ink, extent)


def as_input(drawing: NDArray[Any], style: Style) -> Array:
    """One input (1, height, width) in original units, from a drawing (rows, columns) of 0 to 1.

    What is drawn is scaled to the usual size, its centre of mass is put into the middle, and every
    pixel is the mean of the part of the drawing that it covers: the way in which MNIST was made
    (LeCun, Cortes, Burges 1998).
    """
    ink = np.asarray(drawing, dtype=np.float64)
    length = _longest(ink)
    shares = np.zeros((style.height, style.width))
    if length:
        # So many pixels of the drawing are one of the image.
        step = length / (style.extent * max(style.height, style.width))
        total = ink.sum()
        row = float((ink.sum(axis=1) * (np.arange(ink.shape[0]) + 0.5)).sum() / total)
        column = float((ink.sum(axis=0) * (np.arange(ink.shape[1]) + 0.5)).sum() / total)
        down = _means(style.height, ink.shape[0], row, step)
        across = _means(style.width, ink.shape[1], column, step)
        shares = down @ ink @ across.T
        shares /= shares.max() or 1.0
    image: Array = (style.ground + shares * (style.ink - style.ground))[None]
    return image


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
    strong = image > STRONG
    if not strong.any():
        return 0
    sides = []
    for axis in (0, 1):
        places = np.flatnonzero(strong.any(axis=axis))
        sides.append(int(places[-1] - places[0]) + 1)
    return max(sides)
