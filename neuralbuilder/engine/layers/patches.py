"""The sums of a convolution as one matrix product: all windows side by side as columns."""

from __future__ import annotations

from math import prod

import numpy as np

from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.engine.layers.windows import Windows, on_the_image


class Patches:
    """W∗x for a whole mini-batch, and the way back to W and x.

    The values under every window are copied into a column of a matrix, in runs as long as a row of
    all images, and multiplied with W at once.
    """

    def __init__(self, binding: Binding, windows: Windows) -> None:
        self._binding, self._windows = binding, windows
        channels, *_, batch = binding.inputs[0].shape
        shape = (channels, *windows.kernel, *windows.counts, batch)
        self._patches = binding.scratch("patches", shape)
        self._columns = self._patches.reshape(channels * prod(windows.kernel), -1)

    @staticmethod
    def scratch_values(windows: Windows, channels: int, maps: int) -> int:
        """Values of one image that are kept: the columns, and the image with its border."""
        padded = prod(windows.padded) if windows.is_padded else 0
        return channels * (prod(windows.kernel) * prod(windows.counts) + padded)

    def forward(self, z: Array) -> None:
        """Append z = W∗x."""
        binding, windows = self._binding, self._windows
        image = padded(binding, windows.padded, windows)
        binding.forward(np.copyto, self._patches, windows.all_values(image))
        binding.forward(np.dot, self._of_maps(binding.parameter("W")), self._columns, _flat(z))

    def backward(self, delta: Array) -> None:
        """Append ∂L/∂W and, where it is asked for, ∂L/∂x."""
        binding, windows = self._binding, self._windows
        gradient = self._of_maps(binding.gradient("W"))
        binding.backward(np.dot, _flat(delta), self._columns.T, gradient)
        image_gradient = binding.input_gradients[0]
        if image_gradient is None:
            return
        # The patches have been used, so their memory takes the gradients of the patches.
        weights = self._of_maps(binding.parameter("W"))
        binding.backward(np.dot, weights.T, _flat(delta), self._columns)
        binding.backward(image_gradient.fill, 0)
        (top, left), (rows, columns) = windows.before, windows.counts
        for u in range(windows.kernel[0]):
            pixel_rows, of_rows = on_the_image(u - top, windows.stride, rows, windows.height)
            for v in range(windows.kernel[1]):
                pixels, of_columns = on_the_image(v - left, windows.stride, columns, windows.width)
                target = image_gradient[:, pixel_rows, pixels]
                part = self._patches[:, u, v, of_rows, of_columns]
                binding.backward(np.add, target, part, target)

    def _of_maps(self, weights: Array) -> Array:
        return weights.reshape(len(weights), -1)


def padded(binding: Binding, size: tuple[int, int], windows: Windows) -> Array:
    """The image with zeros around it up to this size, copied there at every pass; itself where it
    has the size already.
    """
    image = binding.inputs[0]
    channels, height, width, batch = image.shape
    if size == (height, width):
        return image
    with_border = binding.scratch("padded", (channels, *size, batch))
    binding.forward(np.copyto, with_border[windows.inside()], image)
    return with_border


def _flat(maps: Array) -> Array:
    return maps.reshape(len(maps), -1)
