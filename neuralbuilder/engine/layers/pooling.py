"""Pooling: one value for every window of a feature map."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.engine.layers.finishing import Finish, sums_of
from neuralbuilder.engine.layers.largest import LargestOf
from neuralbuilder.engine.layers.windows import Windows, needs_image, too_large
from neuralbuilder.parts import integer, register, size
from neuralbuilder.problems import Problem

_WINDOW: dict[str, Any] = {
    "maximum": 1_000,
    "main": True,
    "help": "Height and width of the window that becomes one value.",
}
_STRIDE: dict[str, Any] = {
    "minimum": 0,
    "maximum": 1_000,
    "word": "stride",
    "zero_word": "window size",
    "help": "How far the window moves from place to place.",
}


@register("maxpool", "MaxPool2D", "max")
@dataclass(frozen=True)
class MaxPool2D(Layer):
    """Keeps the largest value of every window: whether a feature is there, not exactly where.

    It has no weights and no activation. Rows and columns at the end that fill no window are left
    out. The gradient goes to the winner; the first of several equal ones wins, row by row.
    """

    family: ClassVar[str] = "Images"
    stem: ClassVar[str] = "maxpool"
    title: ClassVar[str] = "Max pool"
    selects: ClassVar[bool] = True
    bends: ClassVar[bool] = True

    window: tuple[int, int] = size((2, 2), "Window", **_WINDOW)
    stride: int = integer(0, "Stride", **_STRIDE)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """(channels, height, width) of the windows, for one image."""
        return _output_shape("Max pooling", self, inputs[0])

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """The largest of every row of a window, of the cells before each, and their gradients."""
        across, down = self.windows(inputs[0]).lines()
        rows, pooled = prod(across.shape(inputs[0])), inputs[0][0] * across.count * down.count
        return rows * across.window + pooled * down.window

    def windows(self, shape: Shape) -> Windows:
        """Where the windows lie, for images of this shape."""
        # One stride for both directions; a window moves by its height where the two differ.
        return Windows(self.window, self.stride or self.window[0], shape[1], shape[2])

    def build(self, binding: Binding) -> None:
        """Append the largest of every window, and what a layer before has left to this one."""
        image, delta = binding.inputs[0], binding.output_gradient
        across, down = self.windows(image.shape[:3]).lines()
        rows = binding.scratch("rows", across.shape(image.shape))
        waiting = binding.waiting
        z = binding.output if waiting is None else sums_of(waiting[0].activation, binding)
        of_rows = LargestOf(binding, across, image, rows)
        of_columns = LargestOf(binding, down, rows, z)
        if waiting is not None:
            layer, owner = waiting
            delta = Finish.of(layer.activation, owner).build(binding, z, z)
        gradient = binding.input_gradients[0]
        if delta is not None and gradient is not None:
            to_rows = binding.scratch("to rows", rows.shape)
            of_columns.route(delta, to_rows)
            of_rows.route(to_rows, gradient)


@register("avgpool", "AvgPool2D", "mean")
@dataclass(frozen=True)
class AvgPool2D(Layer):
    """The mean of every window: the image in a coarser resolution.

    It has no weights and no activation. Rows and columns at the end that fill no window are left
    out.
    """

    family: ClassVar[str] = "Images"
    stem: ClassVar[str] = "avgpool"
    title: ClassVar[str] = "Average pool"

    window: tuple[int, int] = size((2, 2), "Window", **_WINDOW)
    stride: int = integer(0, "Stride", **_STRIDE)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """(channels, height, width) of the windows, for one image."""
        return _output_shape("Average pooling", self, inputs[0])

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """The share of δ that every cell gets."""
        return inputs[0][0] * prod(self.windows(inputs[0]).counts)

    def windows(self, shape: Shape) -> Windows:
        """Where the windows lie, for images of this shape."""
        # One stride for both directions; a window moves by its height where the two differ.
        return Windows(self.window, self.stride or self.window[0], shape[1], shape[2])

    def build(self, binding: Binding) -> None:
        """Append the sum of every window divided by its size, and equal shares back."""
        image, output = binding.inputs[0], binding.output
        windows = self.windows(image.shape[:3])
        share = binding.constant(1.0 / prod(self.window))
        cells = [image[place] for place in windows.places()]
        if len(cells) == 1:
            binding.forward(np.copyto, output, cells[0])
        for first, cell in zip([cells[0], *[output] * len(cells)], cells[1:], strict=False):
            binding.forward(np.add, first, cell, output)
        binding.forward(np.multiply, output, share, output)
        gradient, image_gradient = binding.output_gradient, binding.input_gradients[0]
        if gradient is None or image_gradient is None:
            return
        shares = binding.scratch("shares", output.shape)
        binding.backward(np.multiply, gradient, share, shares)
        if windows.overlap:
            binding.backward(image_gradient.fill, 0)
        for place in windows.places():
            target = image_gradient[place]
            if windows.overlap:
                binding.backward(np.add, target, shares, target)
            else:
                binding.backward(np.copyto, target, shares)


@register("globalavgpool", "GlobalAvgPool", "mean")
@dataclass(frozen=True)
class GlobalAvgPool(Layer):
    """One number per feature map, its mean: however large the image, a vector comes out.

    Lin, Chen and Yan (2014), section 3.2.
    """

    family: ClassVar[str] = "Images"
    stem: ClassVar[str] = "globalavgpool"
    title: ClassVar[str] = "Global average pool"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """(channels,), for one image."""
        return needs_image("Global average pooling", inputs[0]) or (inputs[0][0],)

    def build(self, binding: Binding) -> None:
        """Append the mean of every map, and equal shares back."""
        image, output = binding.inputs[0], binding.output
        share = binding.constant(1.0 / prod(image.shape[1:3]))
        binding.forward(np.add.reduce, image, (1, 2), None, output)
        binding.forward(np.multiply, output, share, output)
        gradient, image_gradient = binding.output_gradient, binding.input_gradients[0]
        if gradient is not None and image_gradient is not None:
            shares = binding.scratch("shares", output.shape)
            binding.backward(np.multiply, gradient, share, shares)
            binding.backward(np.copyto, image_gradient, shares[:, None, None, :])


def left_out(layer: Layer, shape: Shape) -> tuple[int, int]:
    """How many rows and columns at the end of an image (channels, height, width) fill no window of
    this pooling layer; none where the layer does not pool, or the window does not fit at all.
    """
    if not isinstance(layer, MaxPool2D | AvgPool2D) or len(shape) != 3:
        return 0, 0
    windows = layer.windows(shape)
    (rows, columns), (down, across) = windows.kernel, windows.counts
    if min(down, across) < 1:
        return 0, 0
    covered = (down - 1) * windows.stride + rows, (across - 1) * windows.stride + columns
    return shape[1] - covered[0], shape[2] - covered[1]


def _output_shape(what: str, layer: MaxPool2D | AvgPool2D, shape: Shape) -> Shape | Problem:
    problem = needs_image(what, shape)
    if problem is not None:
        return problem
    windows = layer.windows(shape)
    remedy = "Use a smaller window or a larger image."
    return too_large("window", windows, remedy) or (shape[0], *windows.counts)
