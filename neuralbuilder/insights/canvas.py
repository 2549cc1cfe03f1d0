"""Everything the canvas draws that changes while training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.activations import Sigmoid, Softmax
from neuralbuilder.engine.layout import FloatArray, Layout
from neuralbuilder.engine.losses import activation_of
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.common import clean, nice
from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.insights.images import in_colour, is_colour, picture, picture_of
from neuralbuilder.insights.predictions import plane
from neuralbuilder.insights.strong_links import strong_rows
from neuralbuilder.insights.symptoms import silent_neurons
from neuralbuilder.parts import integer, register

MAP = 20
MOST_WEIGHTS = 50_000
MOST_SEARCHED = 1_000_000
"""Of larger layers the strongest weights are told, looked for among at most so many."""
MOST_MAPS = 64
MOST_VALUES = 4096
"""Of longer vectors every second, third … value is told."""
MOST_IMAGES, FIRST_IMAGES, LAST_IMAGES = 6, 3, 2
MOST_PIXELS = 64
"""Of images with more rows or columns every second, third … pixel is told."""


LARGEST_UNFOLDED, LARGEST_FOLDED = 10, 256
"""Taller columns would shrink the whole network below what can be read; more are a block."""
FOLDED_FIRST, FOLDED_LAST = 5, 3


def drawn_neurons(count: int) -> tuple[int, ...]:
    """Which neurons of a layer are drawn: all of a few, else the first and last ones, or none."""
    if count > LARGEST_FOLDED:
        return ()
    if count <= LARGEST_UNFOLDED:
        return tuple(range(count))
    return (*range(FOLDED_FIRST), *range(count - FOLDED_LAST, count))


def drawn_maps(count: int) -> tuple[int, ...]:
    """Which feature maps of a layer are drawn: all of a few, else the first and last ones."""
    if count <= MOST_IMAGES:
        return tuple(range(count))
    return (*range(FIRST_IMAGES), *range(count - LAST_IMAGES, count))


@register("network_view", "Network")
@dataclass(frozen=True)
class NetworkView(Insight):
    """Weights, gradients and the values of the selected sample, for the drawing of the network.

    One `Arrays` mark with, per layer of a vector, ``id/activation`` and
    ``id/pre_activation`` (units,), and per layer with weights ``id/W``, ``id/b``, ``id/dW``,
    ``id/db``; with two inputs also ``id/map`` (units, size, size) from −1 to 1, row 0 at the
    bottom; ``x`` and ``y`` of the sample in original units, no ``y`` for an input of one's own.
    The values
    of inputs and of the outputs of a regression are in original units in ``id/original``, too.
    A layer of images has ``id/images`` (maps, rows, columns) instead, the maps of `drawn_maps`,
    from −1 to 1, or from 0 to 1 where they are the data; an image in colour that goes in has
    ``id/picture`` (rows, columns, 3) of bytes, too. Gradients are those of the data loss over
    up to 256 training samples; ``batch`` (1,) is how many they are, and ``id/silent`` (units,)
    tells the ReLUs that fire for none of them. Of weights of large layers
    see `weight_values`; maps of wide ones are left out, long vectors and large images thinned out.
    """

    in_panels: ClassVar[bool] = False

    size: int = integer(MAP, "Map size", minimum=4, maximum=100, help="Cells per side of a map.")

    def compute(self, source: Source) -> Figure:
        """The arrays for this moment."""
        values: dict[str, NDArray[Any]] = {}
        _add_sample(source, values)
        _add_weights(source, values)
        if source.network.input_shape == (2,):
            _add_maps(source, values, self.size)
        return Figure(marks=(Arrays(values),))


def _add_sample(source: Source, values: dict[str, NDArray[Any]]) -> None:
    samples, trace, inputs = source.data.samples, source.sample_trace, source.sample_input
    values |= layer_values(trace.activations)
    for node, sums in trace.pre_activations.items():
        if sums.ndim == 2:
            values[f"{node}/pre_activation"] = thinned(sums[0])
    network = source.network
    values |= input_values(network.input_id, inputs, samples)
    if not source.shows_own_input:
        values["y"] = samples.y[source.sample].copy()
    if samples.task != "classification":
        output = trace.activations[network.output_id]
        original = source.data.scaling.original_targets(output)[0]
        values[f"{network.output_id}/original"] = clean(original)


def picture_arrays(source: Source) -> dict[str, NDArray[Any]]:
    """The image that goes in, where it is one in colour."""
    node = source.network.input_id
    return {f"{node}/picture": picture_of(source)} if in_colour(source.network, node) else {}


def layer_values(activations: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """``id/activation`` or ``id/images`` of every layer, for the first sample of each array."""
    values: dict[str, NDArray[Any]] = {}
    for node, activation in activations.items():
        if activation.ndim == 2:
            values[f"{node}/activation"] = thinned(activation[0])
        else:
            values[f"{node}/images"] = signed_shares(drawn_images(activation[0]))
    return values


def input_values(node: str, inputs: NDArray[Any], samples: Samples) -> dict[str, NDArray[Any]]:
    """``x``, and ``id/original`` or ``id/images`` of the input layer, with ``id/picture`` where
    that is one in colour, of `inputs` (1, …) in original units.
    """
    values: dict[str, NDArray[Any]] = {"x": thinned(inputs.ravel())}
    if inputs.ndim == 2:
        values[f"{node}/original"] = thinned(inputs[0])
    elif is_colour(inputs.shape[1:]):
        values[f"{node}/picture"] = picture(inputs[0], samples)
        channels = np.moveaxis(values[f"{node}/picture"], -1, 0)
        values[f"{node}/images"] = np.asarray(channels / 255.0, np.float32)
    else:
        values[f"{node}/images"] = _shares(drawn_images(inputs[0]))
    return values


def weight_values(places: Layout, flat: FloatArray, before: str = "") -> dict[str, NDArray[Any]]:
    """``id/W``, ``id/b`` …, with a prefix `before` the parameter, out of a flat array.

    Of a large matrix there is ``id/W_drawn`` (rows, neurons) instead, with the columns of
    `drawn_neurons` and the rows ``id/W_rows``: those with links that may be drawn.
    """
    views = places.views(flat)
    values: dict[str, NDArray[Any]] = {}
    for entry in places.entries:
        name = f"{entry.node}/{before}{entry.parameter}"
        # Copies: the arrays of a source change as soon as training goes on.
        if entry.count <= MOST_WEIGHTS:
            values[name] = views[entry.name].copy()
        elif len(entry.shape) == 2:
            values |= _drawn_weights(name, views[entry.name])
    return values


def _drawn_weights(name: str, weights: NDArray[Any]) -> dict[str, NDArray[Any]]:
    neurons = drawn_neurons(weights.shape[1])
    if not 0 < len(weights) * len(neurons) <= MOST_SEARCHED:
        return {}
    found = weights[:, neurons]
    rows = np.arange(len(found)) if len(found) <= LARGEST_FOLDED else strong_rows(found)
    return {f"{name}_rows": rows, f"{name}_drawn": found[rows]}


def thinned(values: NDArray[Any]) -> NDArray[Any]:
    """A copy of a vector; of a long one every second, third … value."""
    return values[:: -(-len(values) // MOST_VALUES)].copy()


def drawn_images(maps: NDArray[Any]) -> NDArray[np.float64]:
    """The maps that are drawn, with as many pixels as can be seen."""
    step = -(-max(maps.shape[1:]) // MOST_PIXELS)
    return clean(maps[list(drawn_maps(len(maps))), ::step, ::step])


def signed_shares(images: NDArray[np.float64]) -> NDArray[np.float32]:
    """Values from −1 to 1, divided by a round number that they do not exceed."""
    return np.asarray(images / nice(float(np.abs(images).max(initial=0.0))), np.float32)


def _shares(images: NDArray[np.float64]) -> NDArray[np.float32]:
    """Values from 0, the smallest, to 1, the largest."""
    low, high = float(images.min(initial=0.0)), float(images.max(initial=0.0))
    return np.asarray((images - low) / ((high - low) or 1.0), np.float32)


def _add_weights(source: Source, values: dict[str, NDArray[Any]]) -> None:
    for node, silent in silent_neurons(source.network, source.batch_trace.activations).items():
        values[f"{node}/silent"] = silent
    values["batch"] = np.array([len(source.batch[0])])
    values |= weight_values(source.network.layout, source.parameters)
    values |= weight_values(source.network.layout, source.batch_trace.gradient, "d")


def _add_maps(source: Source, values: dict[str, NDArray[Any]], size: int) -> None:
    if source.affordable(size * size) < size * size:
        return  # a coarser picture would say nothing
    grid, _ = plane(source, size)
    network = source.network
    for node, activation in network.activations(source.parameters, grid).items():
        if activation.ndim == 2 and activation.shape[1] <= MOST_MAPS:
            shares = isinstance(activation_of(network.graph.layer(node)), Sigmoid | Softmax)
            values[f"{node}/map"] = _picture(activation, shares).T.reshape(-1, size, size)


def _picture(activation: NDArray[Any], shares: bool) -> NDArray[np.float32]:
    """Values from −1 to 1: shares as they are, others divided where they are larger than 1."""
    if shares:
        return np.asarray(2 * activation - 1, np.float32)
    largest = np.abs(activation).max(initial=1.0)
    return np.asarray(activation / largest, np.float32)
