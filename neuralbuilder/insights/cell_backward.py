"""What comes back to one cell: the δ of everything that uses it, with the engine's numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    AvgPool2D,
    Concatenate,
    Conv2D,
    Dense,
    GlobalAvgPool,
    MaxPool2D,
    Output,
)
from neuralbuilder.engine.layers.windows import Windows
from neuralbuilder.insights.base import Source
from neuralbuilder.insights.cell_forward import (
    Array,
    Numbers,
    values_of,
    window_at,
    windows_of,
    winner_of,
)
from neuralbuilder.insights.cell_normalisation import Share, shares_of
from neuralbuilder.insights.receptive_field import Cell

MOST_WAYS = 20_000
"""A reader through which more comes back to one cell is not taken apart."""


@dataclass(frozen=True)
class Incoming:
    """One way back to a cell: ∂(reader)/∂(cell) × ∂L/∂(reader) is its share of ∂L/∂(cell).

    `delta` is the gradient at the `reader` as its layer counts it: ∂L/∂z where it has weights. A
    term of a formula has a `name`; its `delta` may then be a sum over many gradients.
    """

    reader: Cell
    factor: float
    delta: float
    term: float
    name: str = ""


@dataclass(frozen=True)
class WayBack:
    """All `Incoming` of a cell; `unopened` are readers whose share is not taken apart."""

    terms: tuple[Incoming, ...]
    unopened: tuple[str, ...] = ()


def gradient_at(source: Source, cell: Cell) -> float | None:
    """∂L/∂value of a cell for the selected sample; None where the loss does not depend on it."""
    gradients = source.sample_gradients.get(cell.node)
    return None if gradients is None else float(gradients[(0, *cell.index)])


def way_back(source: Source, cell: Cell) -> WayBack:
    """Everything that the gradient of a cell is the sum of."""
    terms: list[Incoming] = []
    unopened: list[str] = []
    for node in source.network.graph.targets(cell.node):
        found = _shares(source, cell, node)
        if found is None:
            unopened.append(node)
        else:
            terms += found
    return WayBack(tuple(terms), tuple(unopened))


def _shares(source: Source, cell: Cell, node: str) -> list[Incoming] | None:
    """What comes back through one reader; None where that is not taken apart."""
    network, layer = source.network, source.network.graph.layer(node)
    if node not in source.sample_gradients:
        return []
    if isinstance(layer, Conv2D):
        places = list(_using(windows_of(source, node), *cell.index[1:]))
        few = len(places) * layer.maps <= MOST_WAYS
        return list(_through_kernels(source, cell, node, places)) if few else None
    if isinstance(layer, Dense | Output):
        if layer.units > MOST_WAYS:
            return None
        weights = network.layout.views(source.parameters)[f"{node}/W"][cell.index[0]]
        deltas = source.sample_trace.deltas[node][0]
        return [_term(Cell(node, (i,)), w, deltas[i]) for i, w in enumerate(weights)]
    if isinstance(layer, MaxPool2D | AvgPool2D):
        return list(_through_pool(source, cell, node, layer))
    if layer.is_view or layer.draws_noise:
        # The same value under another name: what comes back to that one comes back here.
        shape = network.shapes.outputs[node]
        flat = int(np.ravel_multi_index(cell.index, network.shapes.outputs[cell.node]))
        same = Cell(node, tuple(int(i) for i in np.unravel_index(flat, shape)))
        back = way_back(source, same)
        return None if back.unopened else list(back.terms)
    opened = shares_of(source, Cell(node, cell.index))
    if opened:
        return [_named(Cell(node, cell.index), share) for share in opened]
    factor, reader = _same_place(source, cell, node)
    if factor is None:
        return None
    gradient = source.sample_gradients[node][(0, *reader.index)]
    return [_term(reader, factor, gradient)]


def _term(reader: Cell, factor: float, delta: float) -> Incoming:
    return Incoming(reader, float(factor), float(delta), float(factor * delta))


def _named(reader: Cell, share: Share) -> Incoming:
    term = share.factor * share.gradient
    return Incoming(reader, share.factor, share.gradient, term, share.name)


def _using(windows: Windows, row: int, column: int) -> Iterator[tuple[int, int, int, int]]:
    """The windows that a pixel is in (row, column), and where in the window it is."""
    (height, width), stride = windows.kernel, windows.stride
    down, along = row + windows.before[0], column + windows.before[1]
    for i in _counted(down, height, stride, windows.counts[0]):
        for j in _counted(along, width, stride, windows.counts[1]):
            yield i, j, down - i * stride, along - j * stride


def _counted(at: int, length: int, stride: int, count: int) -> range:
    """Which of so many windows along one axis contain a place, counted with the border."""
    return range(max(0, -((length - 1 - at) // stride)), min(count, at // stride + 1))


def _through_kernels(
    source: Source, cell: Cell, node: str, places: list[tuple[int, int, int, int]]
) -> Iterator[Incoming]:
    channel = cell.index[0]
    weights = source.network.layout.views(source.parameters)[f"{node}/W"]
    deltas = source.sample_trace.deltas[node][0]
    for i, j, u, v in places:
        for number, kernel in enumerate(weights):
            reader = Cell(node, (number, i, j))
            yield _term(reader, kernel[channel, u, v], deltas[number, i, j])


def _through_pool(
    source: Source, cell: Cell, node: str, layer: MaxPool2D | AvgPool2D
) -> Iterator[Incoming]:
    channel, row, column = cell.index
    windows = windows_of(source, node)
    image = values_of(source, cell.node)[channel : channel + 1]
    gradients = source.sample_gradients[node][0]
    for i, j, u, v in _using(windows, row, column):
        if isinstance(layer, AvgPool2D):
            factor = gradients.dtype.type(1.0 / prod(layer.window))
        else:
            window, _ = window_at(windows, image, i, j)
            factor = float(winner_of(window[0]) == (u, v))
        yield _term(Cell(node, (channel, i, j)), factor, gradients[channel, i, j])


def _same_place(source: Source, cell: Cell, node: str) -> tuple[float | None, Cell]:
    """∂(reader)/∂(cell) of the one value that is computed from a cell; None: not known."""
    graph, shapes = source.network.graph, source.network.shapes.outputs
    layer, reader = graph.layer(node), Cell(node, cell.index)
    if isinstance(layer, Add):
        return float(graph.sources(node).count(cell.node)), reader
    if isinstance(layer, Concatenate):
        before = graph.sources(node)[: graph.sources(node).index(cell.node)]
        start = sum(shapes[other][0] for other in before)
        return 1.0, Cell(node, (cell.index[0] + start, *cell.index[1:]))
    if isinstance(layer, GlobalAvgPool):
        return 1.0 / prod(shapes[cell.node][1:]), Cell(node, cell.index[:1])
    if isinstance(layer, ActivationLayer):
        slope = layer.activation.derivative(np.array([values_of(source, cell.node)[cell.index]]))
        return None if slope is None else float(slope[0]), reader
    return None, reader


# ------------------------------------------------------------ gradients of kernels


def kernel_numbers(source: Source, cell: Cell, window: Array) -> Numbers:
    """The way back through one cell of a convolution, for the selected sample's own loss.

    ``delta`` (1,) is ∂L/∂z of the cell; ``share`` δ·window, what this position adds to
    ``kernel_gradient`` ∂L/∂W of the whole map (both (channels, rows, columns)). Of one weight, the
    one with the largest gradient, ``weight`` says channel, row and column, and ``positions``
    (rows, columns) are the terms δ·x of all positions, whose sum is its gradient; their factors
    are ``position_deltas`` and ``position_inputs``.
    """
    number, row, column = cell.index
    deltas = source.sample_trace.deltas[cell.node][0, number]
    gradients = source.network.layout.views(source.sample_trace.gradient)
    gradient = gradients[f"{cell.node}/W"][number].copy()
    weight = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
    inputs = _position_inputs(source, cell.node, *map(int, weight))
    return {
        "delta": np.array([deltas[row, column]]),
        "share": deltas[row, column] * window,
        "kernel_gradient": gradient,
        "weight": np.array(weight),
        "positions": deltas * inputs,
        "position_deltas": deltas.copy(),
        "position_inputs": inputs,
    }


def _position_inputs(source: Source, node: str, channel: int, row: int, column: int) -> Array:
    """What one weight of a kernel sees at every position; on a border 0."""
    windows = windows_of(source, node)
    (before,) = source.network.graph.sources(node)
    image = values_of(source, before)
    padded = np.zeros((1, *windows.padded), image.dtype)
    padded[windows.inside()] = image[channel]
    place = windows.places()[row * windows.kernel[1] + column]
    inputs: Array = padded[place][0].copy()
    return inputs
