"""What goes wrong in a network that has been trained, as advice: seen in its values and curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.class_weights import BalancedClassWeights
from neuralbuilder.engine.activations import LeakyRelu, Relu, Sigmoid, Tanh
from neuralbuilder.engine.losses import activation_of
from neuralbuilder.engine.metrics import predicted_classes
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.stopping import EarlyStopping
from neuralbuilder.insights.base import Source
from neuralbuilder.problems import Fix, Problem

EARLY = 3
"""In the first epochs everything may still change."""
RISE = 1.1
"""A validation loss so many times its lowest value has risen, and does not only waver."""
LEAST_POINTS, LAST_POINTS = 10, 3
"""Points a curve needs to be judged; the middle one of so many last ones is compared."""
FLAT = 0.01
"""So near to its ends a sigmoid has hardly a slope: at most 0.01 instead of 0.25."""
MOST_FLAT = 0.9
"""The share of a layer's values at the ends that is said."""


def symptoms(source: Source) -> tuple[Problem, ...]:
    """What can be seen to go wrong in a trained network, with a remedy; empty where all is well.

    It is looked for in up to 256 training samples and in the curves of the log.
    """
    epochs = source.log.get("epoch")
    if epochs is None or not len(epochs) or epochs[-1, 1] < EARLY:
        return ()
    return (
        *_rising_validation(source.log),
        *_one_class(source),
        *_silent_layers(source),
        *_saturated_layers(source),
    )


# ------------------------------------------------------------------ curves


def _rising_validation(log: Mapping[str, Any]) -> Iterator[Problem]:
    """A validation loss that rises while the training loss falls."""
    start = _last_step(log, "outdated")
    validation, train = (_alike(log, part, start) for part in ("validation", "train"))
    if min(len(validation), len(train)) < LEAST_POINTS:
        return
    lowest = int(validation[:, 1].argmin())
    step, least = validation[lowest]
    now = float(validation[-1, 1])
    # Where the best weights are back, the newest point says so, whatever it was measured on.
    newest = float(log["loss/validation"][-1, 1])
    risen = min(now, newest, float(np.median(validation[-LAST_POINTS:, 1])))
    before = float(np.interp(step, train[:, 0], train[:, 1]))
    after = float(np.median(train[-LAST_POINTS:, 1]))
    if lowest >= len(validation) - LAST_POINTS or risen < RISE * least or after >= before:
        return
    ends = log["epoch"]
    epoch = float(np.interp(step, np.append(0.0, ends[:, 0]), np.append(0.0, ends[:, 1])))
    yield Problem(
        f"The validation loss rises: it was {least:.3g} in epoch {ceil(epoch - 1e-6)} and is "
        f"{now:.3g} now, while the training loss falls. The network learns its samples by heart.",
        "The best weights are kept: take them. Or train with more samples, fewer neurons, dropout "
        "or an L2 penalty, and stop early.",
        setting="stop_rule",
        severity="advice",
        fix=Fix("Stop early from now on", plan=(("stop_rule", EarlyStopping()),)),
    )


def _last_step(log: Mapping[str, Any], name: str) -> float:
    points = log.get(name)
    return -1.0 if points is None or not len(points) else float(points[-1, 0])


def _alike(log: Mapping[str, Any], part: str, start: float) -> NDArray[np.float64]:
    """The points of a loss after a step that were measured on equally many samples, on as many as
    enough points were: others would differ by their samples and not by the weights.
    """
    points, samples = log.get(f"loss/{part}"), log.get(f"samples/{part}")
    if points is None or samples is None:
        return np.empty((0, 2))
    curve: NDArray[np.float64] = np.asarray(points, np.float64)
    curve = curve[curve[:, 0] > start]
    at = np.searchsorted(samples[:, 0], curve[:, 0], side="right") - 1
    counts = samples[np.maximum(at, 0), 1]
    sizes, often = np.unique(counts, return_counts=True)
    enough = sizes[often >= LEAST_POINTS]
    alike: NDArray[np.float64] = curve[counts == enough.max(initial=-1.0)]
    return alike


# ------------------------------------------------------------------ answers


def _one_class(source: Source) -> Iterator[Problem]:
    """A classifier that says the same whatever it is asked."""
    names = source.data.samples.class_names
    if not names:
        return
    targets = source.batch[1]
    given = predicted_classes(source.batch_trace.activations[source.network.output_id])
    right = predicted_classes(targets)
    others = int(np.count_nonzero(right != given))
    if len(np.unique(given)) > 1 or not others:
        return
    counts = np.bincount(source.data.samples.labels[source.data.train], minlength=len(names))
    uneven = counts.max() > 2 * counts[counts > 0].min()
    balanced = Fix("Balance the classes", plan=(("class_weights", BalancedClassWeights()),))
    yield Problem(
        f"The network answers {names[given[0]]} for each of {len(given)} training samples, "
        f"{others} of which are something else.",
        "Try balanced class weights, another learning rate, or more neurons."
        if uneven
        else "Try another learning rate, more neurons, or longer training.",
        source.network.output_id,
        severity="advice",
        fix=balanced if uneven else None,
    )


# ------------------------------------------------------------------ layers


def silent_neurons(
    network: Network, activations: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[np.bool_]]:
    """Which neurons, or feature maps, of every layer with ReLU are 0 for all of these samples."""
    found = {}
    for node, values in activations.items():
        if isinstance(activation_of(network.graph.layer(node)), Relu):
            axes = tuple(axis for axis in range(values.ndim) if axis != 1)
            found[node] = np.asarray(~(values > 0).any(axis=axes))
    return found


def _silent_layers(source: Source) -> Iterator[Problem]:
    """Layers of ReLUs none of which ever fires: no gradient comes through them."""
    for node, silent in silent_neurons(source.network, source.batch_trace.activations).items():
        if silent.all():
            yield Problem(
                f"No ReLU of {source.name(node)} fires for any of {len(source.batch[0])} training "
                "samples: the layer gives 0 and learns no more, and neither does anything before "
                "it.",
                "Leaky ReLU lets it learn again; a lower learning rate keeps it from happening.",
                node,
                "activation",
                "advice",
                Fix("Use leaky ReLU", (("activation", LeakyRelu()),), node),
            )


def _saturated_layers(source: Source) -> Iterator[Problem]:
    """Hidden layers whose sigmoids, or tanhs, are nearly always at one of their ends."""
    for node, values in source.batch_trace.activations.items():
        layer = source.network.graph.layer(node)
        activation = activation_of(layer)
        if layer.role == "output" or not isinstance(activation, Sigmoid | Tanh):
            continue
        shares = values if isinstance(activation, Sigmoid) else (values + 1) / 2
        at_ends = float(np.mean((shares < FLAT) | (shares > 1 - FLAT)))
        if at_ends >= MOST_FLAT:
            yield Problem(
                f"The {activation.label.lower()} of {source.name(node)} is saturated: "
                f"{100 * at_ends:.0f} % of its values are at its ends, where it has hardly a slope "
                "and lets hardly any gradient through.",
                "Scale the inputs, lower the learning rate, or use ReLU.",
                node,
                "activation",
                "advice",
                Fix("Use ReLU", (("activation", Relu()),), node),
            )
