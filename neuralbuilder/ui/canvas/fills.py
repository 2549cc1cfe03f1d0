"""What neurons and blocks are filled with: pictures, and colours of stripes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QBrush, QImage, QTransform

from neuralbuilder.ui.theme import diverging, tinted

Colours = Callable[[Any], NDArray[np.uint8]]

BANDS, STRIP_BANDS = 60, 144
"""The most stripes of a block, and of a strip."""
PAINTED = QImage.Format.Format_ARGB32_Premultiplied
"""Of pictures that are painted again and again: any other would be converted each time."""


def map_images(images: NDArray[Any], colours: Colours) -> list[QImage]:
    """One picture per feature map (maps, rows, columns)."""
    return [picture_of(pixels) for pixels in colours(images)]


def picture_of(pixels: NDArray[np.uint8]) -> QImage:
    """These pixels (rows, columns, 4) with a memory of their own."""
    height, width = pixels.shape[:2]
    form = QImage.Format.Format_RGBA8888
    image = QImage(np.ascontiguousarray(pixels).tobytes(), width, height, 4 * width, form)
    return image.convertToFormat(PAINTED)


def disc_fills(maps: NDArray[Any], radius: float) -> list[QBrush]:
    """One brush per heat map (maps, size, size) with row 0 at the bottom, for a disc."""
    pixels = diverging(maps[:, ::-1])
    scale = 2 * radius / maps.shape[-1]
    placed = QTransform.fromTranslate(-radius, -radius).scale(scale, scale)
    brushes = [QBrush(picture_of(picture)) for picture in pixels]
    for brush in brushes:
        brush.setTransform(placed)
    return brushes


def channel_colours(channels: NDArray[Any]) -> NDArray[np.uint8]:
    """Red, green and blue (3, rows, columns) from 0 to 1, each in its own colour."""
    return np.stack([tinted(values, channel) for channel, values in enumerate(channels)])


def picture_image(colours: NDArray[np.uint8]) -> QImage:
    """A picture (rows, columns, 3) with a memory of its own."""
    rows, columns = colours.shape[:2]
    form = QImage.Format.Format_RGB888
    image = QImage(np.ascontiguousarray(colours).tobytes(), columns, rows, 3 * columns, form)
    return image.convertToFormat(PAINTED)


def band_image(values: NDArray[Any], most: int = BANDS) -> QImage:
    """A picture one pixel wide with a row per stripe of a block, to be stretched over it."""
    return picture_of(band_colours(values, most)[:, None])


def band_colours(values: NDArray[Any], most: int = BANDS) -> NDArray[np.uint8]:
    """One colour per stripe: the mean of the neurons it stands for."""
    edges = np.linspace(0, len(values), min(most, len(values)) + 1).astype(int)[:-1]
    starts = np.minimum(edges, len(values) - 1)
    sums = np.add.reduceat(values.astype(float), starts)
    counts = np.maximum(np.diff(np.append(starts, len(values))), 1)
    return diverging(np.tanh(sums / counts))
