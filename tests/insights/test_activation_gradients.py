"""∂L/∂output of every layer, for every kind of network, against differences and sums."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from neuralbuilder.engine.network import Network
from neuralbuilder.insights.base import Source


@pytest.fixture
def exact(any_source: Source) -> Source:
    """The same in float64; networks that cost much are looked at by fewer inputs below."""
    network = Network(any_source.network.graph, "float64")
    data = any_source.data
    data = dataclasses.replace(data, precision="float64", y=data.y.astype(float))
    parameters = network.initial(1)
    return dataclasses.replace(any_source, network=network, parameters=parameters, data=data)


def test_the_gradient_of_the_input_is_how_the_loss_changes(exact):
    network, rows = exact.network, slice(exact.sample, exact.sample + 3)
    x, y = exact.data.x[rows], exact.data.y[rows]
    gradient = network.activation_gradients(exact.parameters, x, y, exact.loss)[network.input_id]
    assert gradient.shape == x.shape
    random = np.random.default_rng(5)
    direction, step = random.standard_normal(x.shape), 1e-6
    high = network.loss(exact.parameters, x + step * direction, y, exact.loss)
    low = network.loss(exact.parameters, x - step * direction, y, exact.loss)
    wanted = (high - low) / (2 * step)
    assert np.isclose((gradient * direction).sum(), wanted, rtol=1e-4, atol=1e-8)


def test_what_is_added_to_every_value_has_the_sum_of_their_gradients(exact):
    network, rows = exact.network, slice(exact.sample, exact.sample + 3)
    x, y = exact.data.x[rows], exact.data.y[rows]
    trace = network.trace(exact.parameters, x, y, exact.loss)
    gradients = network.activation_gradients(exact.parameters, x, y, exact.loss)
    shifts = network.layout.views(trace.gradient)
    for name, found in shifts.items():
        node, parameter = name.split("/")
        if parameter not in ("b", "shift"):
            continue
        # A bias stands before the activation, the shift of a normalisation after everything.
        values = trace.deltas[node] if parameter == "b" else gradients[node]
        axes = tuple(axis for axis in range(values.ndim) if axis == 0 or axis > found.ndim)
        assert np.allclose(values.sum(axis=axes), found, rtol=1e-9, atol=1e-12)


def test_looking_leaves_the_gradient_of_training_as_it_is(exact):
    network, rows = exact.network, slice(exact.sample, exact.sample + 3)
    x, y = exact.data.x[rows], exact.data.y[rows]
    before = network.trace(exact.parameters, x, y, exact.loss).gradient
    network.activation_gradients(exact.parameters, x, y, exact.loss)
    assert np.array_equal(network.trace(exact.parameters, x, y, exact.loss).gradient, before)
