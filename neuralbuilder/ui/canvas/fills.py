"""What neurons and blocks are filled with: pictures, and colours of stripes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QImage, QTransform

from neuralbuilder.ui.theme import diverging

BANDS = 60
"""The most stripes of a block."""


def image_brush(pixels: NDArray[np.uint8], placed: QTransform) -> QBrush:
    """A brush that paints this picture (rows, columns, 4) where `placed` puts it."""
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888)
    brush = QBrush(image.copy())
    brush.setTransform(placed)
    return brush


def image_fills(
    images: NDArray[Any], size: tuple[float, float], colours: Callable[[Any], NDArray[np.uint8]]
) -> list[QBrush]:
    """One brush per feature map (maps, rows, columns), for a rectangle around the origin."""
    rows, columns = images.shape[1:]
    width, height = size
    placed = QTransform.fromTranslate(-width / 2, -height / 2).scale(width / columns, height / rows)
    return [image_brush(picture, placed) for picture in np.ascontiguousarray(colours(images))]


def bands(rect: QRectF, units: int) -> list[QRectF]:
    """The stripes of a block of so many neurons, from top to bottom."""
    count = min(BANDS, units)
    height = rect.height() / count
    return [
        QRectF(rect.left(), rect.top() + band * height, rect.width(), height + 0.3)
        for band in range(count)
    ]


def band_colours(values: NDArray[Any]) -> NDArray[np.uint8]:
    """One colour per stripe: the mean of the neurons it stands for."""
    edges = np.linspace(0, len(values), min(BANDS, len(values)) + 1).astype(int)[:-1]
    starts = np.minimum(edges, len(values) - 1)
    sums = np.add.reduceat(values.astype(float), starts)
    counts = np.maximum(np.diff(np.append(starts, len(values))), 1)
    return diverging(np.tanh(sums / counts))
