"""Rows of a table as images: every input is a pixel, line by line from the top left corner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isqrt, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array
from neuralbuilder.problems import SettingError, UserError

Shape = tuple[int, int, int]
"""Channels, height, width."""

_LARGEST = 1000
_SMALLEST_NAMED = 16
_NUMBERED = re.compile(r"(pixel|pixels|pix|px|p)[ _.-]?(\d+)", re.IGNORECASE)
_PLACED = re.compile(r"(?:\w*?\D)?(\d+)[x_,. -](\d+)")


def image_shape(text: str) -> Shape | None:
    """The images that a text such as `28x28` or `3x32x32` asks for; None for an empty one.

    Raises `SettingError` for other texts.
    """
    words = text.lower().replace("×", "x").replace(" ", "").split("x")
    if words == [""]:
        return None
    if len(words) in (2, 3) and all(re.fullmatch(r"[1-9][0-9]{0,3}", word) for word in words):
        *channels, height, width = map(int, words)
        if (channels or [1])[0] in (1, 3) and max(height, width) <= _LARGEST:
            return (channels or [1])[0], height, width
    raise SettingError(
        "images",
        f"Images cannot be {text[:40]!r}.",
        "Give height × width, such as 28x28, or 3 channels before them, such as 3x32x32.",
    )


def proposed_images(names: Sequence[str], read: tuple[int, ...]) -> str:
    """The images that inputs of these names make, such as `28x28`; "" where they make none.

    They do where the network reads images of so many pixels: `read` is the shape of its input. And
    they do where their names say so: pixel0, pixel1 … for a square, or 1x1, 1x2 … for any size.
    """
    shape = read if len(read) == 3 and prod(read) == len(names) else _named_shape(names)
    return "x".join(map(str, shape[1:] if shape[0] == 1 else shape)) if shape else ""


def _named_shape(names: Sequence[str]) -> tuple[int, ...]:
    """Channels, height and width that the names tell; () where they tell none."""
    if len(names) < _SMALLEST_NAMED:
        return ()
    side = isqrt(len(names))
    numbered = [_NUMBERED.fullmatch(name.strip()) for name in names]
    if side * side == len(names) and all(numbered):
        counts = [int(match[2]) for match in numbered if match]
        return (1, side, side) if counts == list(range(counts[0], counts[0] + len(names))) else ()
    placed = [_PLACED.fullmatch(name.strip()) for name in names]
    places = [(int(match[1]), int(match[2])) for match in placed if match]
    if len(places) < len(names):
        return ()
    (top, left), (bottom, right) = places[0], places[-1]
    lines = [(y, x) for y in range(top, bottom + 1) for x in range(left, right + 1)]
    return (1, bottom + 1 - top, right + 1 - left) if places == lines else ()


def as_images(name: str, x: Array, shape: Shape) -> NDArray[Any]:
    """Rows (samples, pixels) as images (samples, channels, height, width).

    Whole numbers from 0 to 255 become bytes, unless all of them are in the lower half: then white
    is the largest of them. Raises `UserError`, which begins with `name`, where the number of
    pixels is another one.
    """
    if x.shape[1] != prod(shape):
        sizes = "×".join(map(str, shape))
        raise UserError(
            f"{name}: {x.shape[1]:,} inputs make no images of {sizes}, which have "
            f"{prod(shape):,} pixels.",
            "Choose other inputs, or another size of the images.",
        )
    images = x.reshape(-1, *shape)
    low, high = images.min(), images.max()
    if low >= 0 and 128 <= high <= 255 and bool((images == np.floor(images)).all()):
        return images.astype(np.uint8)
    return images
