"""Where things stand on the canvas: columns of neurons under headers. Pure numbers, no Qt.

All lengths are in canvas units, which are pixels at 100 % zoom. A node's `x`, `y` is the centre
of its header; everything else follows from it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.insights.canvas import (
    FOLDED_FIRST,
    FOLDED_LAST,
    LARGEST_FOLDED,
    LARGEST_UNFOLDED,
    drawn_maps,
    drawn_neurons,
)
from neuralbuilder.insights.images import is_colour
from neuralbuilder.project.model import Node, Project
from neuralbuilder.project.placement import COLUMN_DISTANCE

HEADER_WIDTH = 107.0
HEADER_HEIGHT = 34.0
HEADER_ROOM = 26.0
"""What a header is wider than its longest text."""

COLUMN_TOP = 60.0
"""From the middle of a header to the upper edge of the tallest column."""
BIAS_DISTANCE = 58.0
"""From the lower edge of the tallest column to the row of bias neurons."""
BIAS_SIZE = 22.0
BIAS_SPACING = 34.0

BLOCK_WIDTH, BLOCK_HEIGHT = 46.0, 300.0
STRIP_WIDTH, STRIP_HEIGHT = 18.0, 388.0
STRIP_ENDS = 12
"""From how many places of a strip links are drawn while its weights are not known."""

TALLEST_IMAGES = 388.0
SMALLEST_IMAGE, LARGEST_IMAGE = 40.0, 132.0
IMAGE_BASE, IMAGE_PER_PIXEL = 32.0, 10 / 3
IMAGE_GAP = 12.0
WIDEST_PITCH = 144.0
"""Between the middles of feature maps; equal for layers with equally many of them."""

BARS_ASIDE = -46.0
"""How far left of its header a column with bars stands, so that both together are below it."""

# largest number of neurons, their distance, their radius
_PITCHES = ((2, 96.0, 21.0), (3, 91.0, 21.0), (4, 76.5, 21.0), (6, 60.0, 18.0), (8, 46.0, 14.0))
_SMALL = (40.0, 13.0)


@dataclass(frozen=True)
class Picture:
    """A picture in colour above its channels: how far its middle is below that of the column."""

    offset: float
    width: float
    height: float


@dataclass(frozen=True)
class Column:
    """How the neurons of one layer are drawn, relative to the middle of the column.

    `indices` are the neurons that are drawn and `offsets` how far each is below the middle.
    `ellipsis` is where the dots stand for the others, None when all are drawn. A `block` draws no
    single neuron at all; a `strip` is a narrow one, with the places where its links end. Where
    there is an `image` (width, height), the units are feature maps of this size; with a `picture`
    they are the channels of what it shows. `aside` is how far right of its header the whole column
    stands.
    """

    units: int
    indices: tuple[int, ...] = ()
    offsets: tuple[float, ...] = ()
    radius: float = 21.0
    ellipsis: float | None = None
    block: bool = False
    strip: bool = False
    image: tuple[float, float] | None = None
    picture: Picture | None = None
    aside: float = 0.0

    def offset_of(self, units: NDArray[np.intp]) -> NDArray[np.float64]:
        """How far below the middle these units of a block or strip are."""
        offsets: NDArray[np.float64] = 2 * self.half_height * ((units + 0.5) / self.units - 0.5)
        return offsets

    @cached_property
    def half_height(self) -> float:
        """From the middle to the upper or lower edge."""
        if self.block:
            return (STRIP_HEIGHT if self.strip else BLOCK_HEIGHT) / 2
        half = self.radius if self.image is None else self.image[1] / 2
        picture = 0.0
        if self.picture is not None:
            picture = abs(self.picture.offset) + self.picture.height / 2
        return max((abs(offset) + half for offset in self.offsets), default=picture)

    @property
    def widest(self) -> float:
        """From the middle to the right edge of everything that is drawn."""
        return max(self.half_width, self.picture.width / 2 if self.picture else 0.0)

    @property
    def half_width(self) -> float:
        """From the middle to where links begin and end."""
        if self.block:
            return (STRIP_WIDTH if self.strip else BLOCK_WIDTH) / 2
        return self.radius if self.image is None else self.image[0] / 2


@lru_cache(maxsize=512)
def column(units: int, strip: bool = False) -> Column:
    """The column of a layer with this many neurons; as a `strip` unless they are a few."""
    if units <= 0:
        return Column(0)
    if strip and units > LARGEST_UNFOLDED:
        return _strip(units)
    if units > LARGEST_FOLDED:
        return Column(units, block=True)
    if units > LARGEST_UNFOLDED:
        return _folded(units)
    pitch, radius = next(
        ((pitch, radius) for most, pitch, radius in _PITCHES if units <= most), _SMALL
    )
    middle = (units - 1) / 2
    offsets = tuple((index - middle) * pitch for index in range(units))
    return Column(units, tuple(range(units)), offsets, radius)


def _strip(units: int) -> Column:
    places = sorted({round(end * (units - 1) / (STRIP_ENDS - 1)) for end in range(STRIP_ENDS)})
    strip = Column(units, tuple(places), block=True, strip=True)
    return replace(strip, offsets=tuple(strip.offset_of(np.array(places)).tolist()))


@lru_cache(maxsize=512)
def images(maps: int, height: int, width: int, large: bool = False) -> Column:
    """The column of a layer of feature maps: pictures below one another, larger for more pixels.

    A `large` one takes as much room as there is, such as the image that goes into the network; of
    three channels it is one in colour.
    """
    if large and is_colour((maps, height, width)):
        return _in_colour(height, width)
    indices = drawn_maps(maps)
    folded = len(indices) < maps
    pitch = TALLEST_IMAGES / (len(indices) + folded)
    longest = LARGEST_IMAGE if large else IMAGE_BASE + IMAGE_PER_PIXEL * max(height, width)
    longest = min(max(longest, SMALLEST_IMAGE), LARGEST_IMAGE, pitch - IMAGE_GAP)
    size = _sized(longest, height, width)
    pitch = min(pitch, WIDEST_PITCH)
    slots = list(range(len(indices) + folded))
    places = [(slot - (len(slots) - 1) / 2) * pitch for slot in slots]
    gap = next((i for i, index in enumerate(indices) if index != i), None)
    ellipsis = None if gap is None else places.pop(gap)
    return Column(maps, indices, tuple(places), ellipsis=ellipsis, image=size)


def _in_colour(height: int, width: int) -> Column:
    """A picture, and below it its channels, which are smaller so that all have room."""
    side = (TALLEST_IMAGES - LARGEST_IMAGE - 3 * IMAGE_GAP) / 3
    large, small = (_sized(longest, height, width) for longest in (LARGEST_IMAGE, side))
    pitch = small[1] + IMAGE_GAP
    top = -(large[1] + 3 * pitch) / 2
    first = top + large[1] + IMAGE_GAP + small[1] / 2
    offsets = tuple(first + channel * pitch for channel in range(3))
    return Column(3, (0, 1, 2), offsets, image=small, picture=Picture(top + large[1] / 2, *large))


def _sized(longest: float, height: int, width: int) -> tuple[float, float]:
    """Width and height of an image whose longer side is so long."""
    scale = longest / max(height, width)
    return max(width * scale, 6.0), max(height * scale, 6.0)


def _folded(units: int) -> Column:
    pitch, radius = _SMALL
    slots = FOLDED_FIRST + 1 + FOLDED_LAST
    places = [(slot - (slots - 1) / 2) * pitch for slot in range(slots)]
    offsets = tuple(places[:FOLDED_FIRST] + places[FOLDED_FIRST + 1 :])
    return Column(units, drawn_neurons(units), offsets, radius, places[FOLDED_FIRST])


@dataclass(frozen=True)
class BiasPlace:
    """Where the bias neuron of a layer stands, and whether it feeds links from there."""

    x: float
    y: float
    linked: bool


@dataclass(frozen=True)
class Placement:
    """Everything that has a place: one column per node id, one bias place per layer with one.

    `middle` is how far below its header every column is centred.
    """

    columns: Mapping[str, Column]
    middle: float
    bias_row: float
    biases: Mapping[str, BiasPlace]


def arrange(
    project: Project, shapes: Mapping[str, tuple[int, ...]], bars: Collection[str] = ()
) -> Placement:
    """Place the columns and bias neurons of all layers whose output shape is given.

    `bars` are the ids of layers with bars beside their neurons.

    A layer's bias neuron stands under the layer that feeds it: it is one more input with the
    value 1. Without such a layer it stands before the layer itself.
    """
    columns = {node.id: _column(node.layer, shapes.get(node.id, ())) for node in project.nodes}
    for node_id in bars:
        columns[node_id] = replace(columns[node_id], aside=BARS_ASIDE)
    tallest = max((c.half_height for c in columns.values()), default=0.0)
    middle = COLUMN_TOP + tallest
    bias_row = middle + tallest + BIAS_DISTANCE
    return Placement(columns, middle, bias_row, _biases(project, bias_row))


def _column(layer: Layer, shape: tuple[int, ...]) -> Column:
    if len(shape) == 3:
        return images(*shape, large=layer.role == "input")
    return column(math.prod(shape) if shape else 0, strip=layer.is_view)


def _biases(project: Project, bias_row: float) -> dict[str, BiasPlace]:
    nodes = {node.id: node for node in project.nodes}
    sources = {link.target: nodes[link.source] for link in reversed(project.links)}
    under: dict[str, int] = {}
    places = {}
    for node in project.nodes:
        if not hasattr(node.layer, "bias"):
            continue
        source = sources.get(node.id)
        anchor: Node = node if source is None else source
        already = under.get(anchor.id, 0) if source else 0
        under[anchor.id] = already + 1 if source else under.get(anchor.id, 0)
        x = anchor.x + already * BIAS_SPACING - (COLUMN_DISTANCE / 2 if source is None else 0.0)
        places[node.id] = BiasPlace(x, anchor.y + bias_row, source is not None)
    return places
