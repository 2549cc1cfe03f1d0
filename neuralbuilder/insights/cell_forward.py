"""How the value of one cell comes about: window, kernel and products, the engine's own numbers.

Every function returns plain arrays by name; what is shown of them stands in `cells`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.layers import AvgPool2D, Conv2D, GlobalAvgPool, MaxPool2D
from neuralbuilder.engine.layers.windows import Windows
from neuralbuilder.insights.base import Source
from neuralbuilder.insights.receptive_field import Cell

Array = NDArray[Any]
Numbers = dict[str, Array]


def values_of(source: Source, node: str) -> Array:
    """The output of a layer for the selected sample, without the axis of samples."""
    values: Array = source.sample_trace.activations[node][0]
    return values


def numbers_of(source: Source, cell: Cell) -> Numbers:
    """The arithmetic of a cell.

    Always ``value`` (1,). Of a convolution also ``window``, ``kernel`` and ``products``
    (channels, rows, columns), ``sums`` (channels,), ``bias`` (1 or 0,) and ``z`` (1,); of pooling
    ``window`` (1, rows, columns), with ``winner`` (row, column in the window) of max pooling.
    ``inside`` (rows, columns) tells the image from the border of zeros, and ``corner`` is the row
    and column of the window's first cell in the layer before.
    """
    graph = source.network.graph
    layer = graph.layer(cell.node)
    found: Numbers = {"value": np.array([values_of(source, cell.node)[cell.index]])}
    if isinstance(layer, Conv2D):
        return found | _convolution(source, cell, layer)
    if isinstance(layer, MaxPool2D | AvgPool2D):
        return found | _pooling(source, cell, layer)
    if isinstance(layer, GlobalAvgPool):
        (before,) = graph.sources(cell.node)
        window = values_of(source, before)[cell.index[0]][None].copy()
        inside = np.ones(window.shape[1:], bool)
        return found | {"window": window, "inside": inside, "corner": np.zeros(2, np.intp)}
    return found


def windows_of(source: Source, node: str) -> Windows:
    """Where the windows of a convolution or of pooling lie."""
    layer = source.network.graph.layer(node)
    assert isinstance(layer, Conv2D | MaxPool2D | AvgPool2D)
    return layer.windows(source.network.shapes.inputs[node][0])


def first_cell(windows: Windows, row: int, column: int) -> tuple[int, int]:
    """Row and column of the image where a window begins; negative on the border before it."""
    top, left = windows.before
    return row * windows.stride - top, column * windows.stride - left


def window_at(windows: Windows, image: Array, row: int, column: int) -> tuple[Array, Array]:
    """The values (channels, rows, columns) of a window, and where they are of the image."""
    top, left = first_cell(windows, row, column)
    height, width = windows.kernel
    window = np.zeros((len(image), height, width), image.dtype)
    inside = np.zeros((height, width), bool)
    rows = slice(max(0, -top), max(0, min(height, windows.height - top)))
    columns = slice(max(0, -left), max(0, min(width, windows.width - left)))
    inside[rows, columns] = True
    part = image[:, top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
    if inside.any():
        window[:, rows, columns] = part
    return window, inside


def winner_of(window: Array) -> tuple[int, int]:
    """Row and column of the largest value (rows, columns); the first of several, as the engine."""
    row, column = np.unravel_index(int(np.argmax(window)), window.shape)
    return int(row), int(column)


def _convolution(source: Source, cell: Cell, layer: Conv2D) -> Numbers:
    number, row, column = cell.index
    (before,) = source.network.graph.sources(cell.node)
    windows = windows_of(source, cell.node)
    window, inside = window_at(windows, values_of(source, before), row, column)
    weights = source.network.layout.views(source.parameters)
    kernel = weights[f"{cell.node}/W"][number].copy()
    products = kernel * window
    bias = weights[f"{cell.node}/b"][number : number + 1].copy() if layer.bias else kernel[:0, 0, 0]
    z = source.sample_trace.pre_activations[cell.node][0, number, row, column]
    return {
        "window": window,
        "inside": inside,
        "corner": np.array(first_cell(windows, row, column)),
        "kernel": kernel,
        "products": products,
        "sums": products.sum(axis=(1, 2)),
        "bias": bias,
        "z": np.array([z]),
    }


def _pooling(source: Source, cell: Cell, layer: MaxPool2D | AvgPool2D) -> Numbers:
    channel, row, column = cell.index
    (before,) = source.network.graph.sources(cell.node)
    windows = windows_of(source, cell.node)
    image = values_of(source, before)[channel : channel + 1]
    window, inside = window_at(windows, image, row, column)
    found = {
        "window": window,
        "inside": inside,
        "corner": np.array(first_cell(windows, row, column)),
    }
    if isinstance(layer, MaxPool2D):
        found["winner"] = np.array(winner_of(window[0]))
    return found
