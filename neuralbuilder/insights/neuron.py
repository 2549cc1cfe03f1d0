"""The arithmetic of one neuron for one sample, with the engine's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.losses import activation_of
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.common import chosen, clean, dense
from neuralbuilder.insights.figure import Arrays, Figure, Table
from neuralbuilder.insights.places import place, viewed_image
from neuralbuilder.parts import integer, register, text

MOST_TERMS = 10
MINUS = "−"


@register("neuron_arithmetic", "Neuron")
@dataclass(frozen=True)
class NeuronArithmetic(Insight):
    """How one neuron's value comes about: every w·x, the bias, z, f(z), and the way back."""

    in_panels: ClassVar[bool] = False

    node: str = text("", "Layer", help="The id of the layer; empty for the first dense one.")
    index: int = integer(0, "Neuron", minimum=0, maximum=1_000_000, help="Counted from 0.")

    def compute(self, source: Source) -> Figure:
        """A table with two columns, and an `Arrays` mark with the plain numbers.

        The arrays are x, w, terms (w·x) in the order of the inputs, and bias, z, activation,
        delta (∂L/∂z), gradient (∂L/∂w) and bias_gradient (∂L/∂b) of this sample's own loss, which
        is loss; bias and bias_gradient are empty where there is no bias neuron. An output neuron
        also has its target and, where targets are scaled, both numbers in original units.
        """
        node = chosen(self.node, dense(source))
        if node is None:
            return Figure(title="Neuron", message="Select a neuron of a dense layer.")
        units = source.network.shapes.outputs[node][0]
        if self.index >= units:
            return Figure(title="Neuron", message=f"{source.name(node)} has {units} neurons.")
        arrays = _arithmetic(source, node, self.index)
        return Figure(
            title=f"{source.name(node)}, {source.neuron(node, self.index)}",
            note=source.sample_name,
            marks=(_table(source, node, self.index, arrays), Arrays(arrays)),
        )


def _arithmetic(source: Source, node: str, index: int) -> dict[str, NDArray[Any]]:
    network, trace = source.network, source.sample_trace
    weights = network.layout.views(source.parameters)
    gradients = network.layout.views(trace.gradient)
    x = np.concatenate(
        [trace.activations[before][0].ravel() for before in network.graph.sources(node)]
    )
    w = weights[f"{node}/W"][:, index].copy()
    nothing = np.zeros(0, x.dtype)
    has_bias = f"{node}/b" in weights
    arrays = {
        "x": x,
        "w": w,
        "terms": w * x,
        "bias": weights[f"{node}/b"][index : index + 1].copy() if has_bias else nothing,
        "z": trace.pre_activations[node][0, index : index + 1].copy(),
        "activation": trace.activations[node][0, index : index + 1].copy(),
        "delta": trace.deltas[node][0, index : index + 1].copy(),
        "gradient": gradients[f"{node}/W"][:, index].copy(),
        "bias_gradient": gradients[f"{node}/b"][index : index + 1].copy() if has_bias else nothing,
        "loss": clean([trace.loss]),
    }
    if node == network.output_id:
        arrays |= _target(source, index)
    return arrays


def _target(source: Source, index: int) -> dict[str, NDArray[Any]]:
    """What an output neuron should give, and both in original units where those differ."""
    targets = source.sample_target
    found = {"target": targets[0, index : index + 1].copy()}
    scaling = source.data.scaling
    if np.any(scaling.target_scale != 1) or np.any(scaling.target_shift != 0):
        outputs = source.sample_trace.activations[source.network.output_id]
        for name, values in (("original", outputs), ("original_target", targets)):
            found[name] = clean(scaling.original_targets(values)[0, index : index + 1])
    return found


# ------------------------------------------------------------ in words and digits


def _table(source: Source, node: str, index: int, arrays: dict[str, NDArray[Any]]) -> Table:
    activation = activation_of(source.network.graph.layer(node))
    symbol = _symbol(source, node, index)
    target = "y" if source.class_name(node, index) else "t"
    rows = [*scaled_rows(source, node), *_term_rows(source, node, arrays)]
    if arrays["bias"].size:
        bias = float(arrays["bias"][0])
        rows.append(("1·b", f"1 × {plain(bias)} = {signed(bias)}"))
    rows += [
        ("z = Σ", signed(float(arrays["z"][0]))),
        (f"{symbol} = {activation.label.lower()}(z)", signed(float(arrays["activation"][0]))),
        *_target_rows(arrays, symbol, target),
        ("loss L", plain(float(arrays["loss"][0]))),
        ("δ = ∂L/∂z", signed(float(arrays["delta"][0]))),
        *_gradient_rows(arrays),
    ]
    return Table(("term", "value"), tuple(rows))


def _term_rows(source: Source, node: str, arrays: dict[str, NDArray[Any]]) -> list[tuple[str, str]]:
    x, w, terms = arrays["x"], arrays["w"], arrays["terms"]
    shown, left = _strongest(terms)
    names = _input_symbols(source, node, shown)
    rows = [
        (f"{name}·w", f"{plain(x[i])} × {plain(w[i])} = {signed(terms[i])}")
        for name, i in zip(names, shown, strict=True)
    ]
    if len(left):
        rows.append((f"{len(left)} smaller terms", signed(float(terms[left].sum()))))
    return rows


def scaled_rows(source: Source, node: str) -> list[tuple[str, str]]:
    """That the network computes with scaled inputs, where it does."""
    scaling = source.data.scaling
    scaled = np.any(scaling.input_scale != 1) or np.any(scaling.input_shift != 0)
    from_input = source.network.input_id in source.network.graph.sources(node)
    return [("inputs x", "scaled")] if scaled and from_input else []


def _target_rows(
    arrays: dict[str, NDArray[Any]], symbol: str, target: str
) -> list[tuple[str, str]]:
    if "target" not in arrays:
        return []
    rows = [(f"target {target}", signed(float(arrays["target"][0])))]
    if "original" in arrays:
        rows.insert(0, ("y and t", "standardised"))
        rows += [
            (f"original {symbol}", plain(float(arrays["original"][0]))),
            ("original t", plain(float(arrays["original_target"][0]))),
        ]
    return rows


def _gradient_rows(arrays: dict[str, NDArray[Any]]) -> list[tuple[str, str]]:
    gradient = arrays["gradient"]
    largest = int(np.abs(gradient).argmax())
    rows = [(f"∂L/∂w{_low(largest)} (max)", signed(float(gradient[largest])))]
    if arrays["bias_gradient"].size:
        rows.append(("∂L/∂b = δ·1", signed(float(arrays["bias_gradient"][0]))))
    return rows


def _strongest(terms: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of the largest terms in their order, and the places of the others."""
    if len(terms) <= MOST_TERMS:
        return np.arange(len(terms)), np.zeros(0, np.intp)
    by_size = np.argsort(-np.abs(terms), kind="stable")
    return np.sort(by_size[:MOST_TERMS]), by_size[MOST_TERMS:]


def _input_symbols(source: Source, node: str, inputs: NDArray[np.intp]) -> list[str]:
    """What these inputs are called: ``h₂``, or ``3·r4·c7`` where they are the values of images."""
    (before, *others) = source.network.graph.sources(node)
    image = viewed_image(source.network.graph, source.network.shapes.outputs, before)
    if image is not None and not others:
        _, shape = image
        places = np.stack(np.unravel_index(inputs, shape), axis=1)
        return [place(shape, tuple(map(int, at)), short=True) for at in places]
    letter = "x" if before == source.network.input_id or others else "h"
    return [f"{letter}{_low(i)}" for i in map(int, inputs)]


def _symbol(source: Source, node: str, index: int) -> str:
    """What the neuron's value is called; that of a class p, as in the table of the softmax."""
    if source.class_name(node, index):
        return "p"
    return ("y" if node == source.network.output_id else "h") + _low(index)


def _low(index: int) -> str:
    """The number of a neuron, counted from 1, as a subscript."""
    return str(index + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def plain(value: float) -> str:
    """A number with at least three significant digits and a real minus sign.

    `12.345`, `0.123`, `0.0123`; smaller ones as `1.23e−3`, so that sums can be checked by hand.
    """
    return _digits(float(value)).replace("-", MINUS)


def signed(value: float) -> str:
    """The same with a plus sign where it is positive."""
    return ("+" if value > 0 else "") + plain(value)


def _digits(value: float) -> str:
    if value == 0:
        return "0"
    if not isfinite(value):
        return f"{value}"
    # Rounding first: 0.09996 belongs to the decade of 0.1.
    mantissa, written = f"{value:.2e}".split("e")
    exponent = int(written)
    if -2 <= exponent < 5:
        return f"{value:.{4 if exponent == -2 else 3}f}"
    return f"{mantissa}e{exponent}"
