"""What neurons and blocks are filled with: pictures, and colours of stripes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QImage, QTransform

from neuralbuilder.ui.theme import diverging

BANDS = 60
"""Stripes of a block."""


def image_brush(pixels: NDArray[np.uint8], placed: QTransform) -> QBrush:
    """A brush that paints this picture (rows, columns, 4) where `placed` puts it."""
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888)
    brush = QBrush(image.copy())
    brush.setTransform(placed)
    return brush


def bands(rect: QRectF) -> list[QRectF]:
    """The stripes of a block, from top to bottom."""
    height = rect.height() / BANDS
    return [
        QRectF(rect.left(), rect.top() + band * height, rect.width(), height + 0.3)
        for band in range(BANDS)
    ]


def band_colours(values: NDArray[Any]) -> NDArray[np.uint8]:
    """One colour per stripe: the mean of the neurons it stands for."""
    edges = np.linspace(0, len(values), BANDS + 1).astype(int)[:-1]
    starts = np.minimum(edges, len(values) - 1)
    sums = np.add.reduceat(values.astype(float), starts)
    counts = np.maximum(np.diff(np.append(starts, len(values))), 1)
    return diverging(np.tanh(sums / counts))
