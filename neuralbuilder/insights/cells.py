"""The arithmetic of one cell of an image or strip, forward and backward, as grids of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.layers import AvgPool2D, Conv2D, GlobalAvgPool, MaxPool2D
from neuralbuilder.engine.losses import activation_of
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.cell_backward import Incoming, gradient_at, kernel_numbers, way_back
from neuralbuilder.insights.cell_forward import Array, Numbers, numbers_of
from neuralbuilder.insights.cell_grids import (
    BORDER,
    grid_of,
    kernel_grids,
    map_title,
    row_of,
    shown_channels,
)
from neuralbuilder.insights.cell_normalisation import (
    facts_of,
    opened_numbers,
    opened_rows,
    parameter_rows,
)
from neuralbuilder.insights.figure import Arrays, Figure, Table
from neuralbuilder.insights.images import CHANNELS, in_colour
from neuralbuilder.insights.neuron import plain, scaled_rows, signed
from neuralbuilder.insights.places import place, range_of, viewed_image
from neuralbuilder.insights.receptive_field import Cell, fits, sources_of, users_of
from neuralbuilder.parts import integer, register, switch, text

MOST_VALUES = 100_000
MOST_TERMS = 20
"""How many terms of a sum are told one by one; the panel scrolls."""
Rows = list[tuple[str, str]]


@register("cell_arithmetic", "Cell")
@dataclass(frozen=True)
class CellArithmetic(Insight):
    """How one cell of a feature map comes about: window, kernel, products, z, f(z); and back."""

    in_panels: ClassVar[bool] = False

    node: str = text("", "Layer", help="The id of the layer; empty for the first with images.")
    map: int = integer(
        0, "Map", minimum=0, maximum=1_000_000_000, help="Counted from 0; of a vector the unit."
    )
    row: int = integer(0, "Row", minimum=0, maximum=1_000_000, help="Counted from 0.")
    column: int = integer(0, "Column", minimum=0, maximum=1_000_000, help="Counted from 0.")
    backward: bool = switch(False, "Gradients", help="The way back instead of the way forward.")

    def compute(self, source: Source) -> Figure:
        """Grids as small figures, a table with two columns, and the plain numbers.

        Every small figure holds heat maps side by side, named by the categories of its x axis. The
        arrays are those of `numbers_of` and `opened_numbers`; on the way back also those of
        `kernel_numbers`, ``gradient`` (1,), and ``incoming_factors``, ``incoming_deltas`` and
        ``incoming_terms``, whose products and sum these are; max pooling then has ``routed``, like
        its window.
        Arrays of more than 100,000 values are left out.
        """
        node = self.node or _first_image(source)
        shapes = source.network.shapes.outputs
        if node not in shapes:
            return Figure(title="Cell", message="Point at a cell of a feature map.")
        index = (self.map, self.row, self.column)[: len(shapes[node])]
        cell = Cell(node, index)
        if not fits(cell, shapes):
            return Figure(title="Cell", message=f"{source.name(node)} has no such cell.")
        numbers = numbers_of(source, cell) | opened_numbers(source, cell)
        parts = _backward if self.backward else _forward
        grids, rows = parts(source, cell, numbers)
        told = {name: values for name, values in numbers.items() if values.size <= MOST_VALUES}
        return Figure(
            title=source.name(node),
            note=place(shapes[node], index, colour=in_colour(source.network, node)),
            marks=(Table(("term", "value"), tuple(rows)), Arrays(told)),
            rows=grids,
        )


def _first_image(source: Source) -> str:
    shapes = source.network.shapes.outputs
    fitting = (node for node, shape in shapes.items() if len(shape) == 3)
    return next(fitting, source.network.input_id)


# ------------------------------------------------------------ forward


def _forward(source: Source, cell: Cell, numbers: Numbers) -> tuple[tuple[Figure, ...], Rows]:
    layer = source.network.graph.layer(cell.node)
    rows: Rows = []
    if isinstance(layer, Conv2D):
        grids = kernel_grids(source, cell, numbers, ("window x", "kernel w", "products w·x"))
        rows += _convolution_rows(source, cell, numbers)
    elif "window" in numbers:
        (before,) = source.network.graph.sources(cell.node)
        maps = (grid_of(numbers["window"][0], numbers["inside"], plain),)
        title = map_title(source, before, cell.index[0])
        grids = (row_of(title, "", ("window x",), maps),)
        rows += _pool_rows(source, cell, numbers, layer)
    else:
        grids = ()
        opened = "x" in numbers
        rows += (opened_rows if opened else _plain_rows)(source, cell, numbers)
    return grids, [*rows, *_field_rows(source, cell), *_use_rows(source, cell, numbers)]


def _convolution_rows(source: Source, cell: Cell, numbers: Numbers) -> Rows:
    sums = numbers["sums"]
    rows = scaled_rows(source, cell.node)
    if not numbers["inside"].all():
        rows.append((BORDER, "border of zeros"))
    whole = shown_channels(numbers)
    if len(sums) > whole:
        rows.append((f"Σ {whole} channels above", signed(sums[:whole].sum())))
        rest = len(sums) - whole
        name = f"Σ {rest} more channels" if rest > 1 else f"Σ channel {len(sums)}"
        rows.append((name, signed(sums[whole:].sum())))
    rows.append((f"Σ of {numbers['products'].size} products", signed(sums.sum())))
    if numbers["bias"].size:
        bias = float(numbers["bias"][0])
        rows.append(("+ bias", f"1 × {plain(bias)} = {signed(bias)}"))
    activation = activation_of(source.network.graph.layer(cell.node))
    rows.append(("= z", signed(numbers["z"][0])))
    rows.append((f"{activation.label.lower()}(z)", signed(numbers["value"][0])))
    return rows


def _pool_rows(source: Source, cell: Cell, numbers: Numbers, layer: object) -> Rows:
    window, value = numbers["window"], numbers["value"][0]
    if isinstance(layer, MaxPool2D):
        row, column = (int(at) for at in numbers["winner"])
        top, left = (int(at) for at in numbers["corner"])
        where = f"row {top + row + 1}, column {left + column + 1}"
        return [("largest", signed(value)), (f"winner of {window.size}", where), *_tie(numbers)]
    return [
        (f"Σ of {window.size} values", signed(window.sum())),
        (f"mean = Σ / {window.size}", signed(value)),
    ]


def _tie(numbers: Numbers) -> Rows:
    """That several values of a window are the largest one, and which of them counts."""
    window = numbers["window"]
    equal = int(np.count_nonzero(window == numbers["value"][0]))
    if equal < 2:
        return []
    name = "all equal:" if equal == window.size else f"{equal} are largest:"
    return [(name, "the first one counts")]


def _plain_rows(source: Source, cell: Cell, numbers: Numbers) -> Rows:
    """The value, and in a strip the place it comes from."""
    found = viewed_image(source.network.graph, source.network.shapes.outputs, cell.node)
    rows: Rows = []
    if len(cell.index) == 1 and found is not None:
        image, shape = found
        index = tuple(int(i) for i in np.unravel_index(cell.index[0], shape))
        where = place(shape, index, colour=in_colour(source.network, image))
        rows.append((f"from {source.name(image)}", where))
    if in_colour(source.network, cell.node):
        return _channel_rows(source, cell)
    if cell.node == source.network.input_id:
        original = float(source.sample_input[0][cell.index])
        if original != float(numbers["value"][0]):
            rows += [("in the data", plain(original)), ("scaled", signed(numbers["value"][0]))]
            return rows
    return [*rows, ("value", signed(numbers["value"][0]))]


def _channel_rows(source: Source, cell: Cell) -> Rows:
    """All three channels of one pixel of an image in colour, in original units and scaled."""
    _, row, column = cell.index
    original = source.sample_input[0][:, row, column].astype(np.float64)
    values = source.sample_trace.activations[cell.node][0][:, row, column]
    pairs = zip(CHANNELS, original, values, strict=True)
    if np.array_equal(original, values):
        return [(name, signed(value)) for name, _, value in pairs]
    return [(f"{name}, scaled", f"{plain(old)} → {signed(new)}") for name, old, new in pairs]


def _field_rows(source: Source, cell: Cell) -> Rows:
    """The receptive field on the input, in rows and columns."""
    network = source.network
    reach = sources_of(network.graph, network.shapes.outputs, cell)
    region = reach.regions.get(network.input_id)
    if cell.node == network.input_id or region is None:
        return []
    shape = network.shapes.outputs[network.input_id]
    about = "" if reach.exact else " (at most)"
    return [(f"sees of {source.name(network.input_id)}", range_of(region, shape) + about)]


def _use_rows(source: Source, cell: Cell, numbers: Numbers) -> Rows:
    """What reads the cell: other cells, or the neurons with the terms w·x they get from it."""
    network, shapes = source.network, source.network.shapes.outputs
    used = users_of(network.graph, shapes, cell).regions
    rows: Rows = []
    weights = network.layout.views(source.parameters)
    for node in network.graph.targets(cell.node):
        entry = weights.get(f"{node}/W")
        if entry is None or entry.ndim != 2:
            if node in used:
                rows.append((f"used by {source.name(node)}", range_of(used[node], shapes[node])))
            continue
        units = entry.shape[1]
        rows.append((f"used by {source.name(node)}", f"{units} neuron{'s' * (units > 1)}"))
        value = float(numbers["value"][0])
        terms = entry[cell.index[0]] * numbers["value"][0]
        for unit in _strongest(terms):
            product = (
                f"{plain(value)} × {plain(entry[cell.index[0], unit])} = {signed(terms[unit])}"
            )
            rows.append((f"→ {source.neuron(node, unit)}", product))
        rows += _rest(terms)
    return rows


# ------------------------------------------------------------ backward


def _backward(source: Source, cell: Cell, numbers: Numbers) -> tuple[tuple[Figure, ...], Rows]:
    gradient = gradient_at(source, cell)
    if gradient is None:
        return (), [("∂L/∂value", "the loss does not depend on it")]
    layer = source.network.graph.layer(cell.node)
    numbers["gradient"] = np.array([gradient])
    rows = _incoming_rows(source, cell, numbers) + parameter_rows(source, cell, numbers)
    grids: tuple[Figure, ...] = ()
    if isinstance(layer, Conv2D):
        numbers |= kernel_numbers(source, cell, numbers["window"])
        names = ("window x", "δ·x, this position", "∂L/∂kernel, all positions")
        grids = kernel_grids(source, cell, numbers, names, ("window", "share", "kernel_gradient"))
        rows += _kernel_rows(source, cell, numbers)
    elif isinstance(layer, MaxPool2D | AvgPool2D | GlobalAvgPool):
        (before,) = source.network.graph.sources(cell.node)
        numbers["routed"] = _routed(numbers, layer)
        maps = (
            grid_of(numbers["window"][0], numbers["inside"], plain),
            grid_of(numbers["routed"][0], numbers["inside"], signed),
        )
        title = map_title(source, before, cell.index[0])
        grids = (row_of(title, "", ("window x", "∂L/∂x from here"), maps),)
        if isinstance(layer, MaxPool2D):
            rows += [("the winner gets", signed(gradient)), ("the others get", "0")]
            rows += _tie(numbers)
        else:
            share = f"{signed(gradient)} / {numbers['window'].size}"
            rows.append(("each gets", f"{share} = {signed(numbers['routed'].flat[0])}"))
    return grids, rows


def _routed(numbers: Numbers, layer: object) -> Array:
    """What each cell of a pooling window gets of the gradient."""
    window, gradient = numbers["window"], numbers["gradient"].astype(numbers["window"].dtype)
    if isinstance(layer, MaxPool2D):
        routed = np.zeros_like(window)
        routed[0, *numbers["winner"]] = gradient[0]
        return routed
    return np.full_like(window, gradient[0] * window.dtype.type(1.0 / window.size))


def _incoming_rows(source: Source, cell: Cell, numbers: Numbers) -> Rows:
    back, gradient = way_back(source, cell), float(numbers["gradient"][0])
    for name in ("factor", "delta", "term"):
        numbers[f"incoming_{name}s"] = np.array([getattr(one, name) for one in back.terms])
    rows: Rows = []
    for node in dict.fromkeys(one.reader.node for one in back.terms):
        rows += _rows_from(source, node, [one for one in back.terms if one.reader.node == node])
    rows += [(f"from {source.name(node)}", "not taken apart") for node in back.unopened]
    is_output = cell.node == source.network.output_id
    fused = is_output and source.loss.fuses(source.network.graph.layer(cell.node))
    return [*rows, ("δ = ∂L/∂z" if fused else "∂L/∂a = Σ", signed(gradient))]


def _rows_from(source: Source, node: str, back: list[Incoming]) -> Rows:
    """What comes back from one layer, the largest terms one by one."""
    layer, shape = source.network.graph.layer(node), source.network.shapes.outputs[node]
    if back[0].name:
        named = [(f"  {one.name}", _product(one)) for one in back]
        return [
            (f"from {source.name(node)}", "g = its ∂L/∂a"),
            *named,
            *facts_of(source, back[0].reader),
        ]
    weighs = hasattr(layer, "units") or isinstance(layer, Conv2D)
    # A class by its name alone: three numbers need the room.
    classes = ", class" if source.class_name(node, 0) else ""
    rows = [(f"from {source.name(node)}{classes}", "w × δ" if weighs else "slope × its ∂L/∂a")]
    terms = np.array([one.term for one in back])
    for at in _strongest(terms):
        index = back[at].reader.index
        where = source.class_name(node, index[0]) or place(shape, index, short=True)
        rows.append((f"  {where}", _product(back[at])))
    return rows + _rest(terms)


def _product(one: Incoming) -> str:
    return f"{plain(one.factor)} × {plain(one.delta)} = {signed(one.term)}"


def _kernel_rows(source: Source, cell: Cell, numbers: Numbers) -> Rows:
    activation = activation_of(source.network.graph.layer(cell.node))
    delta, gradient = float(numbers["delta"][0]), numbers["kernel_gradient"]
    terms, weight = numbers["positions"], tuple(int(i) for i in numbers["weight"])
    slope = activation.derivative(numbers["z"])
    rows: Rows = []
    if slope is not None:
        rows.append((f"× {activation.label.lower()}′(z)", plain(slope[0])))
    rows.append(("δ = ∂L/∂z", signed(delta)))
    where = place(gradient.shape, weight, short=True)
    rows.append((f"∂L/∂w at {where}", f"Σ δ × x of {terms.size}"))
    flat, deltas, inputs = (
        numbers[f"position{name}"].ravel() for name in ("s", "_deltas", "_inputs")
    )
    for at in _strongest(flat):
        position = place(terms.shape, tuple(map(int, np.unravel_index(at, terms.shape))), True)
        product = f"{plain(deltas[at])} × {plain(inputs[at])} = {signed(flat[at])}"
        rows.append((f"  {position}", product))
    rows += _rest(flat)
    return [*rows, ("  = ∂L/∂w", signed(gradient[weight]))]


# ------------------------------------------------------------ rows of many terms


def _strongest(terms: Array) -> list[int]:
    """The places of the largest terms, the largest first."""
    flat = np.abs(np.nan_to_num(np.ravel(terms)))
    return [int(i) for i in np.argsort(-flat, kind="stable")[:MOST_TERMS]]


def _rest(terms: Array) -> Rows:
    """What the terms that are not shown amount to."""
    left = np.delete(np.ravel(terms), _strongest(terms))
    if not len(left):
        return []
    name = f"{len(left)} smaller terms" if len(left) > 1 else "1 smaller term"
    return [(name, signed(float(left.sum())))]
