"""Samples and weights as small images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.layers import Dropout, Flatten, GaussianNoise, Reshape
from neuralbuilder.engine.layers import Standardise as StandardiseLayer
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.base import Source

MOST_PIXELS = 64
"""Of images with more rows or columns every second, third … pixel is told."""
SHAPE_KEEPING = (Flatten, Reshape, Dropout, GaussianNoise, StandardiseLayer)
"""Layers behind which the values of an image are still those of its pixels, one by one."""

CHANNELS = ("red", "green", "blue")

Shape = tuple[int, ...]


def in_colour(network: Network, node: str) -> bool:
    """Whether the maps of a layer are the red, green and blue of the image that goes in."""
    return node == network.input_id and is_colour(network.shapes.outputs[node])


def is_colour(shape: Shape) -> bool:
    """Whether an image that goes in is one in colour: it has three channels."""
    return len(shape) == 3 and shape[0] == len(CHANNELS)


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
    images = as_bytes(thinned(samples.x[rows].reshape(-1, *shape)), samples)
    if shape[0] < 3:
        return np.ascontiguousarray(images[:, 0])
    return np.ascontiguousarray(np.moveaxis(images[:, :3], 1, -1))


def as_bytes(images: NDArray[Any], samples: Samples) -> NDArray[np.uint8]:
    """Images in original units with black as 0 and white as 255; bytes are as they are."""
    if images.dtype == np.uint8:
        return images
    low, high = samples.pixel_range
    scaled = np.rint((images - low) * (255.0 / ((high - low) or 1.0)))
    return np.asarray(np.clip(np.nan_to_num(scaled), 0, 255), np.uint8)


def picture_of(source: Source, most_pixels: int = MOST_PIXELS) -> NDArray[np.uint8]:
    """The image that goes in as a picture in colour (rows, columns, 3), with as many pixels as can
    be seen. The network must read one with three channels.
    """
    return picture(source.sample_input[0], source.data.samples, most_pixels)


def picture(
    image: NDArray[Any], samples: Samples, most_pixels: int = MOST_PIXELS
) -> NDArray[np.uint8]:
    """An image (3, height, width) such as one of these samples as a picture in colour."""
    seen = as_bytes(thinned(image, most_pixels), samples)
    return np.ascontiguousarray(np.moveaxis(seen, 0, -1))


def thinned(images: NDArray[Any], most_pixels: int = MOST_PIXELS) -> NDArray[Any]:
    """(…, height, width) with as many pixels as can be seen."""
    step = -(-max(images.shape[-2:]) // most_pixels)
    return images[..., ::step, ::step]
