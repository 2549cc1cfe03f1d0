"""The sums of a convolution with filters three rows high, in two thirds of the multiplications."""

from __future__ import annotations

import numpy as np

from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.engine.layers.patches import padded
from neuralbuilder.engine.layers.windows import Windows, on_the_image

_FEWEST_MAPS, _FEWEST_ROWS = 16, 10
"""From here on the multiplications weigh more than what prepares them, as measured."""


def pays(windows: Windows, channels: int, maps: int) -> bool:
    """Whether the sums can be had from pairs of rows, and sooner than from all windows."""
    is_possible = windows.kernel[0] == 3 and windows.stride == 1
    is_large = min(channels, maps) >= _FEWEST_MAPS and windows.counts[0] >= _FEWEST_ROWS
    return is_possible and is_large


class RowPairs:
    """W∗x for a whole mini-batch, and the way back to W and x, for two rows of the output at once.

    Two rows y₀, y₁ need the rows d₀ … d₃ of the input and the rows g₀, g₁, g₂ of a filter. Instead
    of six products four are enough:

    m₀ = (d₀ - d₂)·g₀,  m₁ = (d₁ + d₂)·(g₀ + g₁ + g₂)/2,  m₂ = (d₂ - d₁)·(g₀ - g₁ + g₂)/2,
    m₃ = (d₃ - d₁)·g₂,  y₀ = m₀ + m₁ + m₂,  y₁ = m₁ - m₂ + m₃

    Winograd (1980), the algorithm F(2, 3); for networks Lavin and Gray (2016). It is done for rows
    alone, so that every step still goes along whole rows of all images. The result is the same but
    for rounding.
    """

    def __init__(self, binding: Binding, windows: Windows) -> None:
        self._binding, self._windows = binding, windows
        channels, *_, batch = binding.inputs[0].shape
        rows, columns = windows.counts
        self._pairs, self._odd = -(-rows // 2), rows // 2
        maps, width = len(binding.output), windows.kernel[1]
        place = (self._pairs, columns, batch)
        self._inputs = binding.scratch("inputs", (4, channels, width, *place))
        self._products = binding.scratch("products", (4, maps, *place))
        self._weights = binding.scratch("weights", (4, maps, channels, width))

    @staticmethod
    def scratch_values(windows: Windows, channels: int, maps: int) -> int:
        """Values of one image that are kept: four factors of every window's rows, their products,
        the image with its border, and what comes back to it.
        """
        rows, columns = windows.counts
        pairs = -(-rows // 2)
        values = 4 * pairs * columns * (channels * windows.kernel[1] + maps)
        return values + channels * (5 * pairs * windows.width + (2 * pairs + 2) * windows.padded[1])

    def forward(self, z: Array) -> None:
        """Append z = W∗x."""
        self._transform_weights()
        self._transform_inputs()
        binding, products = self._binding, self._products
        for weights, inputs, product in zip(*self._matrices(), strict=True):
            binding.forward(np.dot, weights, inputs, product)
        even, odd, (m0, m1, m2, m3) = z[:, 0::2], z[:, 1::2], products
        binding.forward(np.add, m0, m1, m0)
        binding.forward(np.add, m0, m2, even)
        binding.forward(np.add, m3, m1, m3)
        binding.forward(np.subtract, m3[:, : self._odd], m2[:, : self._odd], odd)

    def backward(self, delta: Array) -> None:
        """Append ∂L/∂W and, where it is asked for, ∂L/∂x."""
        binding, (e0, e1, e2, e3) = self._binding, self._products
        binding.backward(np.copyto, e0, delta[:, 0::2])
        binding.backward(np.copyto, e3[:, : self._odd], delta[:, 1::2])
        binding.backward(e3[:, self._odd :].fill, 0)
        binding.backward(np.add, e0, e3, e1)
        binding.backward(np.subtract, e0, e3, e2)
        gradients = binding.scratch("gradients", self._weights.shape)
        of_weights = gradients.reshape(4, len(delta), -1)
        for weights, inputs, products, gradient in zip(*self._matrices(), of_weights, strict=True):
            binding.backward(np.dot, products, inputs.T, gradient)
            if binding.input_gradients[0] is not None:
                # The inputs have been used, so their memory takes their gradients.
                binding.backward(np.dot, weights.T, products, inputs)
        self._weights_back(gradients)
        if binding.input_gradients[0] is not None:
            self._inputs_back(binding.input_gradients[0])

    def _matrices(self) -> tuple[Array, Array, Array]:
        """The four factors of both sides and the products, each as one matrix."""
        maps = self._products.shape[1]
        weights = self._weights.reshape(4, maps, -1)
        inputs = self._inputs.reshape(4, weights.shape[2], -1)
        return weights, inputs, self._products.reshape(4, maps, -1)

    def _transform_weights(self) -> None:
        binding, half = self._binding, self._binding.constant(0.5)
        g0, g1, g2 = np.moveaxis(binding.parameter("W"), 2, 0)
        first, plus, minus, last = self._weights
        middle = binding.scratch("middle", g1.shape)
        binding.forward(np.copyto, first, g0)
        binding.forward(np.copyto, last, g2)
        binding.forward(np.multiply, g1, half, middle)
        binding.forward(np.add, g0, g2, plus)
        binding.forward(np.multiply, plus, half, plus)
        binding.forward(np.subtract, plus, middle, minus)
        binding.forward(np.add, plus, middle, plus)

    def _weights_back(self, gradients: Array) -> None:
        binding, half = self._binding, self._binding.constant(0.5)
        g0, g1, g2 = np.moveaxis(binding.gradient("W"), 2, 0)
        first, plus, minus, last = gradients
        binding.backward(np.subtract, plus, minus, g1)
        binding.backward(np.multiply, g1, half, g1)
        binding.backward(np.add, plus, minus, plus)
        binding.backward(np.multiply, plus, half, plus)
        binding.backward(np.add, first, plus, g0)
        binding.backward(np.add, plus, last, g2)

    def _transform_inputs(self) -> None:
        binding, windows, pairs = self._binding, self._windows, self._pairs
        image = padded(binding, (2 * pairs + 2, windows.padded[1]), windows)
        rows = [image[:, first : first + 2 * pairs : 2] for first in range(4)]
        for column in range(windows.kernel[1]):
            at = slice(column, column + windows.counts[1])
            d0, d1, d2, d3 = (row[:, :, at] for row in rows)
            v0, v1, v2, v3 = self._inputs[:, :, column]
            binding.forward(np.subtract, d0, d2, v0)
            binding.forward(np.add, d1, d2, v1)
            binding.forward(np.subtract, d2, d1, v2)
            binding.forward(np.subtract, d3, d1, v3)

    def _inputs_back(self, image_gradient: Array) -> None:
        binding, windows = self._binding, self._windows
        (top, left), height = windows.before, windows.height
        binding.backward(image_gradient.fill, 0)
        for first, of_rows in enumerate(self._columns_added(left)):
            pixels, part = on_the_image(first - top, 2, self._pairs, height)
            target = image_gradient[:, pixels]
            binding.backward(np.add, target, of_rows[:, part], target)

    def _columns_added(self, left: int) -> tuple[Array, Array, Array, Array]:
        """The gradients of d₀ … d₃: those of the four factors, added up over the columns of the
        filter and taken apart.
        """
        binding, (width, columns) = self._binding, (self._windows.width, self._windows.counts[1])
        channels, *_, batch = self._inputs.shape[1:]
        added = binding.scratch("added", (4, channels, self._pairs, width, batch))
        binding.backward(added.fill, 0)
        for column in range(self._windows.kernel[1]):
            pixels, part = on_the_image(column - left, 1, columns, width)
            target = added[:, :, :, pixels]
            binding.backward(np.add, target, self._inputs[:, :, column, :, part], target)
        v0, v1, v2, v3 = added
        d1 = binding.scratch("difference", v1.shape)
        binding.backward(np.subtract, v1, v2, d1)
        binding.backward(np.subtract, d1, v3, d1)
        binding.backward(np.add, v1, v2, v2)
        binding.backward(np.subtract, v2, v0, v2)
        return v0, d1, v2, v3
