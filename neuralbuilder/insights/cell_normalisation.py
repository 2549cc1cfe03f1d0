"""One value of a layer that normalises, or of a softmax between layers, opened both ways.

Forward: what it is computed from. Backward: the terms of the layer's own formula for ∂L/∂x, where
each sum over many values is one number. The formulas are those of `engine.layers.normalisation`,
`engine.layers.standardisation` and `engine.activations.special`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.activations import Softmax
from neuralbuilder.engine.layers import ActivationLayer, BatchNorm, LayerNorm, Standardise
from neuralbuilder.insights.base import Source
from neuralbuilder.insights.cell_forward import Array, Numbers, values_of
from neuralbuilder.insights.neuron import plain, signed
from neuralbuilder.insights.receptive_field import Cell

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Share:
    """One term of a formula: its name, such as ``γ/σ × g``, and both of its numbers."""

    name: str
    factor: float
    gradient: float


def opened_numbers(source: Source, cell: Cell) -> Numbers:
    """What a value is computed from; empty where its layer is none of those.

    ``x`` (1,) is the value of the layer before. With it there are, one value each, ``mean``,
    ``variance``, ``epsilon``, ``normal`` (x̂), ``scale`` and ``shift`` of a norm; ``mean`` and
    ``deviation`` of Standardise; or ``largest``, ``power`` (exp(x − largest)) and ``total`` of a
    softmax. Batch norm has the running mean and variance, which the engine computes with while
    it does not train.
    """
    layer = source.network.graph.layer(cell.node)
    if not isinstance(layer, BatchNorm | LayerNorm | Standardise | ActivationLayer):
        return {}
    (before,) = source.network.graph.sources(cell.node)
    inputs = values_of(source, before)
    found: Numbers = {"x": np.array([inputs[cell.index]])}
    if isinstance(layer, ActivationLayer):
        softmax = isinstance(layer.activation, Softmax)
        return found | _powers(inputs, cell.index) if softmax else found
    if isinstance(layer, Standardise):
        own = _own(source, cell.node)
        channel = slice(cell.index[0], cell.index[0] + 1)
        return found | {name: own[name][channel].copy() for name in ("mean", "deviation")}
    return found | _norm(source, cell, layer, inputs)


def _norm(source: Source, cell: Cell, layer: BatchNorm | LayerNorm, inputs: Array) -> Numbers:
    own = _own(source, cell.node)
    at: tuple[int, ...] = cell.index
    if isinstance(layer, BatchNorm):
        at = cell.index[:1]
        mean, variance = own["mean"][at], own["variance"][at]
    else:
        mean = inputs.mean(dtype=inputs.dtype)
        variance = np.square(inputs - mean).mean(dtype=inputs.dtype)
    epsilon = inputs.dtype.type(layer.epsilon)
    numbers = {
        "mean": mean,
        "variance": variance,
        "epsilon": epsilon,
        "normal": (inputs[cell.index] - mean) / np.sqrt(variance + epsilon),
        "scale": own["scale"][at],
        "shift": own["shift"][at],
    }
    return {name: np.array([value]) for name, value in numbers.items()}


def _powers(inputs: Array, index: tuple[int, ...]) -> Numbers:
    """Of a softmax over the first axis: the units of a vector, or the maps at one place."""
    column = _across(inputs, index)
    powers = np.exp(column - column.max())
    return {
        "largest": column.max(keepdims=True),
        "power": powers[index[0] : index[0] + 1],
        "total": powers.sum(keepdims=True),
    }


def _across(values: Array, index: tuple[int, ...]) -> Array:
    """The values of all units, or of all maps at this place."""
    return values if values.ndim == 1 else values[:, index[1], index[2]]


def _own(source: Source, node: str) -> dict[str, NDArray[Any]]:
    """The parameters of a layer by their own names."""
    views = source.network.layout.views(source.parameters)
    return {name.split("/")[1]: view for name, view in views.items() if name.split("/")[0] == node}


def opened_rows(source: Source, cell: Cell, numbers: Numbers) -> Rows:
    """The arithmetic of `opened_numbers`, line by line, down to the value."""
    layer, value = source.network.graph.layer(cell.node), numbers["value"][0]
    number = {name: float(values[0]) for name, values in numbers.items() if values.size == 1}
    rows: Rows = [("x", signed(number["x"]))]
    if isinstance(layer, Standardise):
        rows += [("μ of training data", signed(number["mean"]))]
        rows += [("σ of training data", plain(number["deviation"]))]
        return [*rows, ("= (x − μ)/σ", signed(value))]
    if isinstance(layer, ActivationLayer):
        label = layer.activation.label.lower()
        if "power" in number:
            rows += [("largest x", signed(number["largest"]))]
            rows += [("exp(x − largest)", plain(number["power"]))]
            rows += [("Σ of all exp", plain(number["total"]))]
        return [*rows, (f"= {label}(x)", signed(value))]
    runs = isinstance(layer, BatchNorm)
    return [
        *rows,
        (
            "mean μ, running" if runs else f"mean μ of {_count(source, cell)}",
            signed(number["mean"]),
        ),
        ("variance v, running" if runs else "variance v", plain(number["variance"])),
        ("ε", plain(number["epsilon"])),
        ("x̂ = (x−μ)/√(v+ε)", signed(number["normal"])),
        ("scale γ", signed(number["scale"])),
        ("shift β", signed(number["shift"])),
        ("= γ·x̂ + β", signed(value)),
    ]


def _count(source: Source, cell: Cell) -> int:
    return int(np.prod(source.network.shapes.outputs[cell.node]))


# ------------------------------------------------------------ the way back


def shares_of(source: Source, reader: Cell) -> tuple[Share, ...]:
    """What comes back to the cell before `reader`, which is in the same place: terms of ∂L/∂x.

    Empty where the layer is none of those. g stands for the gradient of the reader's value, and σ
    for √(v + ε). The running mean and variance of batch norm do not depend on the sample, so that
    nothing comes back through them.
    """
    layer = source.network.graph.layer(reader.node)
    if not isinstance(layer, BatchNorm | LayerNorm | Standardise | ActivationLayer):
        return ()
    numbers = opened_numbers(source, reader)
    g = source.sample_gradients[reader.node][0]
    own = float(g[reader.index])
    if isinstance(layer, Standardise):
        return (Share("1/σ × g", 1.0 / float(numbers["deviation"][0]), own),)
    if isinstance(layer, ActivationLayer) and isinstance(layer.activation, Softmax):
        shares = values_of(source, reader.node)
        products = _across(shares * g, reader.index)
        p, total = float(shares[reader.index]), float(products.sum())
        return Share("p × g", p, own), Share("−p × Σpg", -p, total)
    if not isinstance(layer, BatchNorm | LayerNorm):
        return ()
    deviation = float(np.sqrt(numbers["variance"] + numbers["epsilon"])[0])
    direct = Share("γ/σ × g", float(numbers["scale"][0]) / deviation, own)
    if isinstance(layer, BatchNorm):
        return (direct,)
    return (direct, *_through_statistics(source, reader, numbers, g, deviation))


def _through_statistics(
    source: Source, reader: Cell, numbers: Numbers, g: Array, deviation: float
) -> tuple[Share, Share]:
    """What comes back through mean and variance of a layer norm, which every value goes into."""
    (before,) = source.network.graph.sources(reader.node)
    scaled = _own(source, reader.node)["scale"] * g
    normal = (values_of(source, before) - numbers["mean"][0]) / g.dtype.type(deviation)
    each, products = 1.0 / (g.size * deviation), scaled * normal
    return (
        Share("−1/nσ × Σγg", -each, float(scaled.sum())),
        Share("−x̂/nσ × Σγgx̂", -each * float(numbers["normal"][0]), float(products.sum())),
    )


def facts_of(source: Source, reader: Cell) -> Rows:
    """What the names of `shares_of` stand for."""
    layer = source.network.graph.layer(reader.node)
    if not isinstance(layer, BatchNorm | LayerNorm):
        return []
    numbers = opened_numbers(source, reader)
    deviation = float(np.sqrt(numbers["variance"] + numbers["epsilon"])[0])
    rows: Rows = [("  σ = √(v + ε)", plain(deviation))]
    if isinstance(layer, LayerNorm):
        return [*rows, ("  n values", str(_count(source, reader)))]
    return [*rows, ("  through μ and v", "0, they are running")]


def parameter_rows(source: Source, cell: Cell, numbers: Numbers) -> Rows:
    """∂L/∂γ and ∂L/∂β of the value's own scale and shift, with this value's share of each."""
    layer = source.network.graph.layer(cell.node)
    if not isinstance(layer, BatchNorm | LayerNorm):
        return []
    gradients = source.network.layout.views(source.sample_trace.gradient)
    at = cell.index[:1] if isinstance(layer, BatchNorm) else cell.index
    numbers["scale_gradient"] = np.array([gradients[f"{cell.node}/scale"][at]])
    numbers["shift_gradient"] = np.array([gradients[f"{cell.node}/shift"][at]])
    scale, shift = (float(numbers[f"{name}_gradient"][0]) for name in ("scale", "shift"))
    if len(at) == len(cell.index):
        return [("∂L/∂γ = gradient·x̂", signed(scale)), ("∂L/∂β = gradient", signed(shift))]
    share = float(numbers["gradient"][0] * numbers["normal"][0])
    return [
        ("gradient·x̂ here", signed(share)),
        ("∂L/∂γ = Σ of these", signed(scale)),
        ("∂L/∂β = Σ gradient", signed(shift)),
    ]
