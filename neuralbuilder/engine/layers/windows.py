"""Windows that slide over images: where they lie, and their values as one array.

Shared by convolution and pooling. Images lie as (channels, height, width, batch).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np

from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.layers.base import Shape
from neuralbuilder.problems import Fix, Problem

Place = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Line:
    """`count` stretches of `window` neighbours each, `stride` apart, along one axis of images."""

    axis: int
    window: int
    stride: int
    count: int

    @property
    def overlap(self) -> bool:
        """Whether a neighbour can belong to several stretches."""
        return self.stride < self.window

    def places(self) -> list[tuple[slice, ...]]:
        """Where the first neighbours of all stretches lie, the second ones, and so on."""
        before = (slice(None),) * self.axis
        return [(*before, _every(cell, self.count, self.stride)) for cell in range(self.window)]

    def shape(self, shape: Shape) -> Shape:
        """The shape of images in which every stretch has become one value."""
        return (*shape[: self.axis], self.count, *shape[self.axis + 1 :])


@dataclass(frozen=True)
class Windows:
    """Windows of `kernel` (height, width), `stride` apart, over an image of `height` × `width`.

    `before` and `after` are the rows and columns of zeros around the image, as (vertical,
    horizontal).
    """

    kernel: tuple[int, int]
    stride: int
    height: int
    width: int
    before: tuple[int, int] = (0, 0)
    after: tuple[int, int] = (0, 0)

    @property
    def padded(self) -> tuple[int, int]:
        """Height and width with the zeros around the image."""
        (top, left), (bottom, right) = self.before, self.after
        return self.height + top + bottom, self.width + left + right

    @property
    def counts(self) -> tuple[int, int]:
        """How many windows there are one below the other and side by side; 0 or less: none."""
        (height, width), (rows, columns) = self.padded, self.kernel
        return (height - rows) // self.stride + 1, (width - columns) // self.stride + 1

    @property
    def overlap(self) -> bool:
        """Whether a pixel can belong to several windows."""
        return self.stride < max(self.kernel)

    @property
    def is_padded(self) -> bool:
        """Whether there are zeros around the image."""
        return any((*self.before, *self.after))

    def lines(self) -> tuple[Line, Line]:
        """The windows as stretches of every row, and then of every column of what is left."""
        (height, width), (rows, columns) = self.kernel, self.counts
        return Line(2, width, self.stride, columns), Line(1, height, self.stride, rows)

    def inside(self) -> Place:
        """Where the image lies in the padded one."""
        top, left = self.before
        return slice(None), slice(top, top + self.height), slice(left, left + self.width)

    def places(self) -> list[Place]:
        """For every cell of the kernel, row by row, its pixels in all windows of a padded image."""
        rows, columns = self.counts
        return [
            (slice(None), _every(row, rows, self.stride), _every(column, columns, self.stride))
            for row in range(self.kernel[0])
            for column in range(self.kernel[1])
        ]

    def all_values(self, image: Array) -> Array:
        """A view of a padded image as (channels, kernel rows and columns, rows, columns, batch)."""
        channel, row, column, sample = image.strides
        shape = (image.shape[0], *self.kernel, *self.counts, image.shape[3])
        strides = (channel, row, column, row * self.stride, column * self.stride, sample)
        return np.lib.stride_tricks.as_strided(image, shape, strides, writeable=False)


def _every(first: int, count: int, stride: int) -> slice:
    return slice(first, first + (count - 1) * stride + 1, stride)


def on_the_image(first: int, step: int, count: int, length: int) -> tuple[slice, slice]:
    """Of the places first, first + step, … those from 0 to below `length`, and which ones they are.

    Both slices are empty where there are none.
    """
    start = min(count, max(0, -(first // step)))
    stop = max(start, min(count, -(-(length - first) // step)))
    if start == stop:
        return slice(0, 0), slice(0, 0)
    return _every(first + start * step, stop - start, step), slice(start, stop)


def needs_image(what: str, shape: Shape) -> Problem | None:
    """The problem of a vector that arrives where an image is needed."""
    if len(shape) == 3:
        return None
    sides = {c: isqrt(shape[0] // c) for c in (1, 3) if shape[0] >= 4 * c}
    square = next(((c, s, s) for c, s in sides.items() if c * s * s == shape[0]), None)
    return Problem(
        f"{what} reads an image of channels × height × width, but a vector of {shape[0]} values "
        "arrives.",
        "Put it before the Flatten layer, or a Reshape layer before it.",
        fix=None
        if square is None
        else Fix("Insert a Reshape layer", (("shape", square),), insert="reshape"),
    )


def too_large(what: str, windows: Windows, remedy: str) -> Problem | None:
    """The problem of a window that does not fit into the image even once."""
    if min(windows.counts) >= 1:
        return None
    (rows, columns), (height, width) = windows.kernel, windows.padded
    around = " with its border" if windows.is_padded else ""
    setting = "kernel" if what == "kernel" else "window"
    fitting = min(rows, height), min(columns, width)
    verb = "Shrink kernel to" if what == "kernel" else "Use"
    return Problem(
        f"The {what} of {rows} × {columns} is larger than the image of {height} × {width}{around}.",
        remedy,
        setting=setting,
        fix=Fix(f"{verb} {fitting[0]} × {fitting[1]}", ((setting, fitting),)),
    )
