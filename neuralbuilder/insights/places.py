"""How places in images are called: counted from 1, as people count."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Shape
from neuralbuilder.insights.images import CHANNELS
from neuralbuilder.insights.receptive_field import Region


def place(shape: Shape, index: tuple[int, ...], short: bool = False, colour: bool = False) -> str:
    """``map 1, row 4, column 7``; ``1·r4·c7`` where it is to be short.

    Two numbers are a row and a column; one number is a value of a vector, or a map where the
    `shape` is not given. The maps of an image in `colour` are called red, green and blue.
    """
    number = f"map {index[0] + 1}" if index and not colour else ""
    number = CHANNELS[index[0]] if index and colour else number
    numbers = [at + 1 for at in index]
    match numbers:
        case [one]:
            return number if not shape else str(one) if short else f"value {one}"
        case [row, column]:
            return f"r{row}·c{column}" if short else f"row {row}, column {column}"
        case [first, row, column]:
            return f"{first}·r{row}·c{column}" if short else f"{number}, row {row}, column {column}"
    return ""


def range_of(region: Region, shape: Shape) -> str:
    """``rows 3–7, columns 2–6`` of an image, the range around the region; of a vector which or how
    many values.
    """
    if len(shape) == 1:
        units = np.flatnonzero(np.any([box.channels for box in region], axis=0))
        whole = len(units) == units[-1] - units[0] + 1
        if len(units) == shape[0] > 1:
            return f"all {shape[0]} values"
        return (
            _span("value", units[0], units[-1]) if whole else f"{len(units)} of {shape[0]} values"
        )
    boxes = [box.bounds for box in region]
    top, bottom = min(box[0] for box in boxes), max(box[1] for box in boxes)
    left, right = min(box[2] for box in boxes), max(box[3] for box in boxes)
    return f"{_span('row', top, bottom)}, {_span('column', left, right)}"


def _span(word: str, first: int, last: int) -> str:
    plural = f"{word}s" if word and last > first else word
    numbers = f"{first + 1}–{last + 1}" if last > first else str(first + 1)
    return f"{plural} {numbers}".lstrip()


def viewed_image(graph: Graph, shapes: Mapping[str, Shape], node: str) -> tuple[str, Shape] | None:
    """The layer of images whose values a vector is, and their shape; None where it is none.

    It looks through layers that only give values another shape, or noise while training.
    """
    while len(shapes.get(node, ())) != 3:
        layer = graph.layer(node)
        sources = graph.sources(node)
        if not (layer.is_view or layer.draws_noise) or len(sources) != 1:
            return None
        (node,) = sources
    return node, shapes[node]
