"""Which values a cell is computed from, back to the input, and which values are computed from it.

Exact, and from the design alone: kernels, strides and paddings of all layers between, also where
branches join. A convolution reads rectangles, so that a region is a few products of rows and
columns, and following a cell through a network costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.activations import Softmax
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    AvgPool2D,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    GaussianNoise,
    GlobalAvgPool,
    LayerNorm,
    MaxPool2D,
    Output,
    Standardise,
)
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.engine.layers.windows import Windows

Chosen = NDArray[np.bool_]

ONE_BY_ONE = (ActivationLayer, BatchNorm, Standardise, Dropout, GaussianNoise, Add)
"""Layers whose every value comes from the values at the same place, while nothing is trained."""


@dataclass(frozen=True)
class Cell:
    """One value of one layer: `index` is (map, row, column), or (unit,) in a vector."""

    node: str
    index: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Box:
    """The values in all of these channels, rows and columns; a vector has one row and column."""

    channels: Chosen
    rows: Chosen
    columns: Chosen

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """First and last row, first and last column, of those that are chosen."""
        rows, columns = np.flatnonzero(self.rows), np.flatnonzero(self.columns)
        return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


Region = tuple[Box, ...]
"""The union of its boxes, which may overlap."""


@dataclass(frozen=True, eq=False)
class Reach:
    """What belongs to a cell, by layer; the cell itself is in it.

    `exact` says whether all layers on the way are known; of others every value is taken.
    """

    regions: Mapping[str, Region]
    exact: bool = True


def fits(cell: Cell, shapes: Mapping[str, Shape]) -> bool:
    """Whether there is such a layer with such a value."""
    shape = shapes.get(cell.node, ())
    inside = all(0 <= at < size for at, size in zip(cell.index, shape, strict=False))
    return bool(shape) and len(shape) == len(cell.index) and inside


def sources_of(graph: Graph, shapes: Mapping[str, Shape], cell: Cell) -> Reach:
    """All values that go into a cell; its receptive field is the region of the input.

    `shapes` are the output shapes by node id; layers without one are left out.
    """
    order, _ = graph.sorted_as_far_as_possible()
    regions: dict[str, Region] = {cell.node: only(cell, shapes)}
    exact = True
    for node in reversed(order):
        if node not in regions:
            continue
        before = [shapes.get(source, ()) for source in graph.sources(node)]
        if not before or not all(before):
            continue
        rule = _rule(graph.layer(node), before, shapes[node])
        exact = exact and rule is not None
        for number, source in enumerate(graph.sources(node)):
            found = _every(before[number])
            if rule is not None:
                found = _joined(rule.back(box, number) for box in regions[node])
            regions[source] = _merged((*regions.get(source, ()), *found))
    return Reach({node: region for node, region in regions.items() if region}, exact)


def users_of(graph: Graph, shapes: Mapping[str, Shape], cell: Cell) -> Reach:
    """All values that are computed from a cell, in the layers up to the output."""
    order, _ = graph.sorted_as_far_as_possible()
    regions: dict[str, Region] = {cell.node: only(cell, shapes)}
    exact = True
    for node in order:
        sources = graph.sources(node)
        before = [shapes.get(source, ()) for source in sources]
        if not shapes.get(node) or not all(before) or not regions.keys() & set(sources):
            continue
        rule = _rule(graph.layer(node), before, shapes[node])
        exact = exact and rule is not None
        found: Region = ()
        for number, source in enumerate(sources):
            for box in regions.get(source, ()):
                found += _every(shapes[node]) if rule is None else rule.on(box, number)
        regions[node] = _merged(found)
    return Reach({node: region for node, region in regions.items() if region}, exact)


def only(cell: Cell, shapes: Mapping[str, Shape]) -> Region:
    """The region of just this cell."""
    return (_single(shapes[cell.node], cell.index),)


def mask(region: Region, shape: Shape) -> Chosen:
    """The region as an array of the shape of the layer, True inside."""
    found = np.zeros(_as_image(shape), bool)
    for box in region:
        found[np.ix_(box.channels, box.rows, box.columns)] = True
    return found.reshape(shape)


# ------------------------------------------------------------ rules of the layers


@dataclass(frozen=True, eq=False)
class _Rule:
    """From a box of a layer's output to a region of one of its inputs, and the other way."""

    back: Callable[[Box, int], Region]
    on: Callable[[Box, int], Region]


def _rule(layer: Layer, before: list[Shape], after: Shape) -> _Rule | None:
    """How values go through a layer; None where that is not known."""
    if isinstance(layer, Conv2D):
        return _sliding(layer.windows(before[0]), before[0], after, mixes=True)
    if isinstance(layer, MaxPool2D | AvgPool2D):
        return _sliding(layer.windows(before[0]), before[0], after, mixes=False)
    if isinstance(layer, GlobalAvgPool):
        return _global(before[0])
    if isinstance(layer, Dense | Output | LayerNorm):
        return _Rule(lambda _, number: _every(before[number]), lambda *_: _every(after))
    if isinstance(layer, ActivationLayer) and isinstance(layer.activation, Softmax):
        return _Rule(lambda box, _: _all_channels(box), lambda box, _: _all_channels(box))
    if isinstance(layer, ONE_BY_ONE):
        return _Rule(lambda box, _: (box,), lambda box, _: (box,))
    if isinstance(layer, Concatenate):
        return _behind_one_another(before)
    if layer.is_view:
        return _Rule(
            lambda box, _: _reshaped(box, after, before[0]),
            lambda box, _: _reshaped(box, before[0], after),
        )
    return None


def _sliding(windows: Windows, before: Shape, after: Shape, mixes: bool) -> _Rule:
    """A convolution, which `mixes` all channels, or pooling."""

    def channels(box: Box, count: int) -> Chosen:
        return np.full(count, box.channels.any()) if mixes else box.channels

    def back(box: Box, number: int) -> Region:
        rows = _under(box.rows, windows, 0, before[1])
        columns = _under(box.columns, windows, 1, before[2])
        return _checked(Box(channels(box, before[0]), rows, columns))

    def on(box: Box, number: int) -> Region:
        rows = _above(box.rows, windows, 0, after[1])
        columns = _above(box.columns, windows, 1, after[2])
        return _checked(Box(channels(box, after[0]), rows, columns))

    return _Rule(back, on)


def _places(windows: Windows, axis: int, count: int) -> NDArray[np.intp]:
    """The rows (or columns) of the image in each of so many windows; outside of it: the border."""
    starts = np.arange(count) * windows.stride - windows.before[axis]
    return starts[:, None] + np.arange(windows.kernel[axis])


def _under(chosen: Chosen, windows: Windows, axis: int, length: int) -> Chosen:
    found = np.zeros(length, bool)
    places = _places(windows, axis, len(chosen))[chosen]
    found[places[(places >= 0) & (places < length)]] = True
    return found


def _above(chosen: Chosen, windows: Windows, axis: int, count: int) -> Chosen:
    places = _places(windows, axis, count)
    inside = (places >= 0) & (places < len(chosen))
    return np.asarray((chosen[np.where(inside, places, 0)] & inside).any(axis=1))


def _global(before: Shape) -> _Rule:
    rows, columns = np.ones(before[1], bool), np.ones(before[2], bool)
    one = np.ones(1, bool)
    return _Rule(
        lambda box, _: (Box(box.channels, rows, columns),),
        lambda box, _: (Box(box.channels, one, one),),
    )


def _behind_one_another(before: list[Shape]) -> _Rule:
    ends = np.cumsum([0, *(shape[0] for shape in before)])
    parts = [slice(int(start), int(stop)) for start, stop in pairwise(ends)]

    def on(box: Box, number: int) -> Region:
        channels = np.zeros(int(ends[-1]), bool)
        channels[parts[number]] = box.channels
        return (Box(channels, box.rows, box.columns),)

    return _Rule(
        lambda box, number: _checked(Box(box.channels[parts[number]], box.rows, box.columns)), on
    )


# ------------------------------------------------------------ regions


def _as_image(shape: Shape) -> tuple[int, int, int]:
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    return prod(shape), 1, 1


def _single(shape: Shape, index: tuple[int, ...]) -> Box:
    at = (*index, 0, 0)[:3]
    sizes = _as_image(shape)
    chosen = [np.arange(size) == place for size, place in zip(sizes, at, strict=True)]
    return Box(chosen[0], chosen[1], chosen[2])


def _every(shape: Shape) -> Region:
    channels, rows, columns = (np.ones(size, bool) for size in _as_image(shape))
    return (Box(channels, rows, columns),)


def _all_channels(box: Box) -> Region:
    return (Box(np.ones_like(box.channels), box.rows, box.columns),)


def _checked(box: Box) -> Region:
    """No region where nothing is chosen, as when a window lies on the border alone."""
    return (box,) if box.channels.any() and box.rows.any() and box.columns.any() else ()


def _joined(regions: Iterable[Region]) -> Region:
    return _merged(tuple(box for region in regions for box in region))


def _merged(region: Region) -> Region:
    """The same region without boxes that occur twice, as where branches meet."""
    kept: dict[tuple[bytes, bytes, bytes], Box] = {}
    for box in region:
        key = (box.channels.tobytes(), box.rows.tobytes(), box.columns.tobytes())
        kept[key] = box
    return tuple(kept.values())


def _reshaped(box: Box, before: Shape, after: Shape) -> Region:
    """The same values under another shape, as one box or else as one per piece of a row."""
    values = mask((box,), before).reshape(_as_image(after))
    across: tuple[tuple[int, int], ...] = ((1, 2), (0, 2), (0, 1))
    whole = Box(*(np.asarray(values.any(axis=axes)) for axes in across))
    product = whole.channels.sum() * whole.rows.sum() * whole.columns.sum()
    if product == values.sum():
        return (whole,)
    found: Region = ()
    channels, rows, _ = values.shape
    for channel, row in np.argwhere(values.any(axis=2)):
        one = np.arange(channels) == channel
        found += (Box(one, np.arange(rows) == row, values[channel, row]),)
    return found
