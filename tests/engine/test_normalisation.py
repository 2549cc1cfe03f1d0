"""Normalisation and standardisation, beside the formulas and beside PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine.gradient_check import check_gradients
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    Input,
    LayerNorm,
    Output,
    Standardise,
)
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.engine.program import Program
from neuralbuilder.problems import UserError
from tests.engine.networks import TANH, joined, samples

MSE = MeanSquaredError()
on_vectors_and_images = pytest.mark.parametrize("image", [False, True], ids=["vector", "image"])


def network_with(layer: Layer, image: bool) -> Graph:
    """A network in which the layer has weights before and after it."""
    if not image:
        return joined(Input((4,)), Dense(5, TANH), layer, Dense(4, TANH), Output(2))
    before = Conv2D(3, (2, 3), TANH)
    return joined(Input((2, 4, 5)), before, layer, Flatten(), Dense(4, TANH), Output(2))


def moved(network: Network, seed: int = 3) -> Any:
    """Parameters with nothing at its beginning, and variances that stay positive."""
    random = np.random.default_rng(seed)
    return network.initial(seed) + 0.3 * random.uniform(size=network.parameter_count)


@on_vectors_and_images
@pytest.mark.parametrize("layer", [BatchNorm(0.3, 1e-3), LayerNorm(), Standardise()])
def test_gradients_in_training_and_afterwards(layer, image):
    graph = network_with(layer, image)
    network = Network(graph, "float64")
    for training in (False, True):
        x, y = samples(graph)
        assert check_gradients(network, moved(network), x, y, MSE, training=training) <= 1e-6


@on_vectors_and_images
def test_gradients_of_a_layer_right_after_the_input(image):
    """Where nothing before learns, and the input of a vector lies row by row."""
    for layer in (BatchNorm(), LayerNorm(), Standardise()):
        end = (Flatten(), Output(2)) if image else (Output(2),)
        graph = joined(Input((2, 3, 3) if image else (4,)), layer, *end)
        network = Network(graph, "float64")
        for training in (False, True):
            x, y = samples(graph)
            assert check_gradients(network, moved(network), x, y, MSE, training=training) <= 1e-6


# ------------------------------------------------------------------ batch normalisation


def test_a_mini_batch_comes_out_with_mean_shift_and_deviation_scale():
    graph = network_with(BatchNorm(epsilon=1e-12), image=True)
    network = Network(graph, "float64")
    parameters = network.initial(0)
    views = network.layout.views(parameters)
    views["hidden_2/scale"][...], views["hidden_2/shift"][...] = (2.0, 0.5, 1.0), (0.0, -1.0, 7.0)
    program = Program(network, parameters, 9, MSE, training=True)
    program.x[...], _ = samples(graph, 9)
    program.forward()
    values = program.activation("hidden_2")
    np.testing.assert_allclose(values.mean(axis=(0, 2, 3)), [0, -1, 7], atol=1e-12)
    np.testing.assert_allclose(values.std(axis=(0, 2, 3)), [2, 0.5, 1], rtol=1e-6)


def test_the_running_statistics_are_what_evaluation_uses():
    graph = joined(Input((3,)), BatchNorm(momentum=1.0), Output(1))
    network = Network(graph, "float64")
    program = Program(network, network.initial(0), 8, MSE, training=True)
    x, y = samples(graph, 8)
    program.x[...], program.y[...] = 5 + 3 * x, y
    program.forward()
    values = network.activations(program.parameters, 5 + 3 * x)["hidden_1"]
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(values.std(axis=0, ddof=1), 1, rtol=1e-4)


def test_statistics_are_not_moved_by_gradients_or_penalties():
    graph = network_with(BatchNorm(), image=False)
    network = Network(graph, "float64")
    names = {e.parameter for e in network.layout.of("hidden_2") if e.trainable}
    assert names == {"scale", "shift"}
    assert not any(entry.decays for entry in network.layout.of("hidden_2"))
    program = Program(network, network.initial(0), 6, MSE, Sgd(0.1), l1=1.0, l2=1.0)
    program.run(*samples(graph))
    gradient = network.layout.views(program.gradient)
    assert not gradient["hidden_2/mean"].any()
    assert not gradient["hidden_2/variance"].any()
    assert gradient["hidden_2/scale"].all()


def test_a_single_sample_cannot_be_trained_on():
    network = Network(network_with(BatchNorm(), image=False))
    with pytest.raises(UserError, match=r"hidden_2: BatchNorm needs at least 2 samples .* is 1\."):
        Program(network, network.initial(0), 1, MSE, training=True)
    with pytest.raises(UserError, match=r"at least 1 sample in a mini-batch, and there are none"):
        Program(network, network.initial(0), 0, MSE, training=True)
    assert network.forward(network.initial(0), np.zeros((1, 4))).shape == (1, 2)


def test_a_single_image_has_values_enough():
    graph = network_with(BatchNorm(), image=True)
    network = Network(graph)
    program = Program(network, network.initial(0), 1, MSE, Sgd(0.1))
    program.run(*samples(graph, 5))
    assert np.isfinite(program.take_loss())
    assert BatchNorm().least_batch(((3, 1, 1),)) == 2


def test_a_constant_unit_stays_finite():
    graph = joined(Input((2,)), BatchNorm(), Output(1))
    network = Network(graph)
    program = Program(network, network.initial(0), 4, MSE, Sgd(0.1))
    x, y = samples(graph, 4)
    x[:, 0] = 3.7
    for _ in range(5):
        program.run(x, y)
    assert np.isfinite(program.parameters).all()
    assert np.isfinite(program.output).all()


# ------------------------------------------------------------------ layer normalisation


@on_vectors_and_images
def test_every_sample_comes_out_with_mean_0_and_deviation_1(image):
    graph = network_with(LayerNorm(epsilon=1e-12), image)
    network = Network(graph, "float64")
    x, _ = samples(graph)
    values = network.activations(network.initial(0), x)["hidden_2"].reshape(len(x), -1)
    np.testing.assert_allclose(values.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(values.std(axis=1), 1, rtol=1e-5)
    single = network.activations(network.initial(0), x[:1])["hidden_2"].reshape(1, -1)
    np.testing.assert_allclose(single, values[:1], rtol=1e-12)


# ------------------------------------------------------------------ standardisation


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_standardise_measures_columns_in_double_precision(precision):
    random = np.random.default_rng(0)
    x = (random.normal(size=(500, 3)) * (1.0, 1e-3, 1e4) + (0.0, 5.0, -1e6)).astype(precision)
    found = Standardise().fitted(x)
    exact = x.astype(np.float64)
    tolerance = 1e-7 if precision == "float32" else 1e-12
    np.testing.assert_allclose(found["mean"], exact.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found["deviation"], exact.std(axis=0), rtol=tolerance)


def test_standardise_measures_an_image_per_channel():
    x = np.random.default_rng(0).normal(size=(20, 2, 3, 4)) * 3 + 1
    found = Standardise().fitted(x)
    np.testing.assert_allclose(found["mean"], x.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(found["deviation"], x.std(axis=(0, 2, 3)))


@pytest.mark.parametrize("value", [0.0, 0.1, -123456.7, 1e300])
def test_a_column_without_spread_keeps_its_scale(value):
    x = np.full((1000, 2), value)
    x[:, 1] = np.linspace(0, 1, 1000)
    if value:
        x[::2, 0] = np.nextafter(value, np.inf)  # no more than rounding error
    found = Standardise().fitted(x)
    assert found["deviation"][0] == 1
    assert found["deviation"][1] == pytest.approx(x[:, 1].std())


@pytest.mark.parametrize("size", [1e-320, 1e-200, 1e200, 1e307])
def test_extreme_columns_are_measured_without_overflow(size):
    x = np.array([[-1.0], [1.0], [-1.0], [1.0]]) * size
    found = Standardise().fitted(x)
    assert found["deviation"][0] == pytest.approx(size, rel=1e-3, abs=0)


@on_vectors_and_images
def test_standardise_begins_as_the_identity_and_can_be_undone(image):
    graph = network_with(Standardise(), image)
    network = Network(graph, "float64")
    parameters = network.initial(0)
    x, _ = samples(graph)
    before = network.activations(parameters, x)
    np.testing.assert_array_equal(before["hidden_2"], before["hidden_1"])
    layer, views = Standardise(), network.layout.views(parameters)
    own = {name: views[f"hidden_2/{name}"] for name in ("mean", "deviation")}
    for name, values in layer.fitted(before["hidden_1"]).items():
        own[name][...] = values
    outputs = network.activations(parameters, x)["hidden_2"]
    across = (0, 2, 3) if image else 0
    np.testing.assert_allclose(outputs.mean(axis=across), 0, atol=1e-12)
    np.testing.assert_allclose(outputs.std(axis=across), 1, rtol=1e-12)
    restored = layer.restored(outputs, own)
    np.testing.assert_allclose(restored, before["hidden_1"], rtol=1e-13, atol=1e-14)
