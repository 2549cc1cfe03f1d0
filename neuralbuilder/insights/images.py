"""Samples and weights as small images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.layers import Dropout, Flatten, GaussianNoise, Reshape
from neuralbuilder.engine.layers import Standardise as StandardiseLayer
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.base import Source

MOST_PIXELS = 64
"""Of images with more rows or columns every second, third … pixel is told."""
SHAPE_KEEPING = (Flatten, Reshape, Dropout, GaussianNoise, StandardiseLayer)
"""Layers behind which the values of an image are still those of its pixels, one by one."""

Shape = tuple[int, ...]


def image_shape(network: Network) -> Shape | None:
    """(channels, height, width) of what goes in; None where that is no image.

    A vector counts as an image where a Reshape right behind the input makes it one.
    """
    if len(network.input_shape) == 3:
        return network.input_shape
    for node in network.graph.targets(network.input_id):
        if isinstance(network.graph.layer(node), Reshape):
            shape = network.shapes.outputs[node]
            if len(shape) == 3:
                return shape
    return None


def sees_pixels(network: Network, node: str) -> bool:
    """Whether the inputs of a layer are the pixels of the input image, in their order."""
    sources = network.graph.sources(node)
    while len(sources) == 1:
        (before,) = sources
        if before == network.input_id:
            return image_shape(network) is not None
        if not isinstance(network.graph.layer(before), SHAPE_KEEPING):
            return False
        sources = network.graph.sources(before)
    return False


def pixels_of(source: Source, rows: NDArray[np.intp], shape: Shape) -> NDArray[np.uint8]:
    """Samples as bytes (rows, height, width), or with a last axis red, green, blue.

    Black and white are the smallest and the largest value of all samples; bytes are as they are.
    """
    samples = source.data.samples
    images = thinned(samples.x[rows].reshape(-1, *shape))
    if images.dtype != np.uint8:
        low, high = samples.pixel_range
        images = np.rint((images - low) * (255.0 / ((high - low) or 1.0)))
    if shape[0] < 3:
        return np.ascontiguousarray(images[:, 0], np.uint8)
    return np.ascontiguousarray(np.moveaxis(images[:, :3], 1, -1), np.uint8)


def thinned(images: NDArray[Any]) -> NDArray[Any]:
    """(…, height, width) with as many pixels as can be seen."""
    step = -(-max(images.shape[-2:]) // MOST_PIXELS)
    return images[..., ::step, ::step]
