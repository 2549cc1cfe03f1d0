"""Augmentation: every epoch sees the training images a little differently.

What is changed depends on seed and epoch alone, so that a run that is continued from a file sees
the same images as one that never stopped. Validation and test images are never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.parts import Part, integer, number, register, switch

Images = NDArray[Any]
Change = Callable[[Images, int], None]
"""Changes images (samples, channels, height, width) in place; from this number on."""


class Augmentation(Part):
    """How training images are changed in every epoch. `changes` says whether at all."""

    kind: ClassVar[str] = "augmentation"
    changes: ClassVar[bool] = True

    def draw(self, count: int, random: np.random.Generator) -> Change:
        """What is done to each of so many images in this epoch, some of them at a time."""
        raise NotImplementedError


@register("none", "None")
@dataclass(frozen=True)
class NoAugmentation(Augmentation):
    """Every epoch sees the images as they are."""

    changes: ClassVar[bool] = False

    def draw(self, count: int, random: np.random.Generator) -> Change:
        """Nothing is done."""
        return lambda images, start: None


@register("light", "Shift, rotate, flip")
@dataclass(frozen=True)
class LightAugmentation(Augmentation):
    """Moves and turns every image a little, so that the network learns what does not matter.

    Each image gets a shift and an angle of its own, evenly distributed. Pixels from outside of the
    image are those of its edge; between pixels the values are interpolated linearly.
    """

    shift: int = integer(
        2, "Shift", minimum=0, maximum=100, unit="px", help="The most that an image is moved."
    )
    rotation: float = number(
        0.0,
        "Rotation",
        minimum=0.0,
        maximum=180.0,
        unit="°",
        help="The most that an image is turned, to either side.",
    )
    flip: bool = switch(
        False, "Flip", help="Half of the images are mirrored; not for letters and digits."
    )

    def draw(self, count: int, random: np.random.Generator) -> Change:
        """A shift, an angle and a side for every image."""
        shifts = random.integers(-self.shift, self.shift, (count, 2), endpoint=True)
        angles = np.radians(random.uniform(-self.rotation, self.rotation, count))
        mirrored = self.flip & (random.random(count) < 0.5)

        def change(images: Images, start: int) -> None:
            at = slice(start, start + len(images))
            if self.rotation:
                images[...] = _turned(images, angles[at].astype(images.dtype), shifts[at])
            elif self.shift:
                images[...] = _shifted(images, shifts[at], self.shift)
            images[mirrored[at]] = images[mirrored[at]][..., ::-1]

        return change


def _shifted(images: Images, shifts: NDArray[np.int64], most: int) -> Images:
    height, width = images.shape[2:]
    margins = ((0, 0), (0, 0), (most, most), (most, most))
    padded = np.pad(images, margins, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))
    moved: Images = windows[np.arange(len(images)), :, most - shifts[:, 0], most - shifts[:, 1]]
    return moved


def _turned(images: Images, angles: Images, shifts: NDArray[np.int64]) -> Images:
    """Every pixel from where it was before the image was turned about its middle and moved."""
    count, channels, height, width = images.shape
    middle = ((height - 1) / 2, (width - 1) / 2)
    y, x = (
        np.arange(size, dtype=images.dtype) - centre - shifts[:, axis, None].astype(images.dtype)
        for axis, (size, centre) in enumerate(zip((height, width), middle, strict=True))
    )
    y, x = y[:, :, None], x[:, None, :]
    cosine, sine = (function(angles)[:, None, None] for function in (np.cos, np.sin))
    row, below = _between(cosine * y + sine * x + images.dtype.type(middle[0]), height)
    column, beside = _between(cosine * x - sine * y + images.dtype.type(middle[1]), width)
    first = np.arange(count)[:, None, None] * (channels * height * width) + row * width + column
    step_down, step_right = width * min(1, height - 1), min(1, width - 1)
    flat, result = np.ascontiguousarray(images).reshape(-1), np.empty_like(images)
    for channel in range(channels):
        place = first + channel * height * width
        upper, lower = (
            flat[at] + (flat[at + step_right] - flat[at]) * beside
            for at in (place, place + step_down)
        )
        result[:, channel] = upper + (lower - upper) * below
    return result


def _between(place: Images, size: int) -> tuple[NDArray[np.intp], Images]:
    """The pixel before a place on the image, and how far it is to the next one."""
    inside = np.clip(place, 0, size - 1)
    before = np.minimum(inside.astype(np.intp), max(size - 2, 0))
    return before, (inside - before).astype(place.dtype)
