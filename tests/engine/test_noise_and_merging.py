"""Noise, activations as layers, sums and concatenations."""

from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.engine.activations import Linear, Softmax
from neuralbuilder.engine.gradient_check import check_gradients
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    Input,
    Output,
)
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.program import Program
from neuralbuilder.engine.shapes import infer
from neuralbuilder.parts import catalogue
from neuralbuilder.problems import Problem, SettingError
from tests.engine.networks import TANH, joined, samples

MSE = MeanSquaredError()
NOISE = [Dropout(0.4), GaussianNoise(0.3)]
every_noise = pytest.mark.parametrize("layer", NOISE, ids=["dropout", "noise"])


def of_images(layer: Layer) -> Graph:
    first = Conv2D(3, (2, 2), TANH)
    return joined(Input((2, 5, 4)), first, layer, Flatten(), Dense(4, TANH), Output(2))


def of_vectors(layer: Layer) -> Graph:
    return joined(Input((40,)), Dense(50, TANH), layer, Output(2))


def trained_values(layer: Layer, precision: str, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and outputs of the layer in one pass of training."""
    graph = of_vectors(layer)
    network = Network(graph, precision)
    random = np.random.default_rng(0)
    program = Program(network, network.initial(0), count, MSE, training=True, random=random)
    program.x[...], _ = samples(graph, count)
    program.forward()
    return program.activation("hidden_1"), program.activation("hidden_2")


@every_noise
@pytest.mark.parametrize("graph_of", [of_vectors, of_images])
def test_gradients_go_through_the_noise(layer, graph_of):
    graph = graph_of(layer)
    network = Network(graph, "float64")
    x, y = samples(graph, 3)
    parameters = network.initial(0)
    for training in (False, True):
        found = check_gradients(network, parameters, x, y, MSE, entries=60, training=training)
        assert found <= 1e-6


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_sets_its_share_to_0_and_scales_the_rest(rate, precision):
    before, after = trained_values(Dropout(rate), precision)
    kept = after != 0
    # 20,000 values: four standard deviations of the share of zeros are below 0.015.
    assert kept.mean() == pytest.approx(1 - rate, abs=0.015)
    np.testing.assert_allclose(after[kept], before[kept] / (1 - rate), rtol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_gaussian_noise_has_its_deviation(precision):
    before, after = trained_values(GaussianNoise(0.3), precision)
    noise = after - before
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.std() == pytest.approx(0.3, rel=0.03)


@every_noise
def test_noise_is_new_at_every_step_and_comes_from_the_generator_alone(layer):
    graph = of_vectors(layer)
    network = Network(graph)

    def two_passes() -> list[np.ndarray]:
        random = np.random.default_rng(5)
        program = Program(network, network.initial(0), 8, MSE, training=True, random=random)
        program.x[...], _ = samples(graph, 8)
        found = []
        for _ in range(2):
            program.forward()
            found.append(program.activation("hidden_2").copy())
        return found

    first, second = two_passes()
    assert (first != second).any()
    for again, expected in zip(two_passes(), (first, second), strict=True):
        np.testing.assert_array_equal(again, expected)


@every_noise
@pytest.mark.parametrize("graph_of", [of_vectors, of_images])
def test_noise_costs_nothing_after_training(layer, graph_of):
    network = Network(graph_of(layer))
    program = Program(network, network.initial(0), 8, MSE, training=False)
    binding = program.bindings["hidden_2"]
    assert np.shares_memory(binding.output, binding.inputs[0])
    assert not binding.forward_steps
    assert not binding.backward_steps


@pytest.mark.parametrize("layer", [Dropout(0.0), GaussianNoise(0.0)])
def test_no_noise_draws_nothing(layer):
    before, after = trained_values(layer, "float64")
    np.testing.assert_array_equal(before, after)


@every_noise
def test_noise_right_after_the_input(layer):
    graph = joined(Input((4,)), layer, Output(2))
    network = Network(graph, "float64")
    x, y = samples(graph)
    np.testing.assert_array_equal(network.activations(network.initial(0), x)["hidden_1"], x)
    assert check_gradients(network, network.initial(0), x, y, MSE, training=True) <= 1e-6


@every_noise
def test_noise_without_a_generator_is_refused(layer):
    network = Network(of_vectors(layer))
    with pytest.raises(ValueError, match="hidden_2 draws noise: give the program a generator"):
        Program(network, network.initial(0), 8, MSE, training=True)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(SettingError, match="Rate cannot be"):
        Dropout(rate)


# ------------------------------------------------------------------ activations as layers


@pytest.mark.parametrize("activation", catalogue("activation"), ids=lambda part: part.name)
@pytest.mark.parametrize("image", [False, True], ids=["vector", "image"])
def test_an_activation_layer_applies_the_formula(activation, image):
    layer = ActivationLayer(activation())
    graph = of_images(layer) if image else of_vectors(layer)
    network = Network(graph, "float64")
    x, _ = samples(graph)
    values = network.activations(network.initial(0), x)
    last = np.moveaxis(values["hidden_1"], 1, -1)
    expected = np.moveaxis(activation().value(last), -1, 1)
    np.testing.assert_allclose(values["hidden_2"], expected, rtol=1e-12, atol=1e-15)


def test_softmax_works_across_channels_at_every_pixel():
    graph = of_images(ActivationLayer(Softmax()))
    network = Network(graph, "float64")
    x, _ = samples(graph)
    values = network.activations(network.initial(0), x)["hidden_2"]
    np.testing.assert_allclose(values.sum(axis=1), np.ones((6, 4, 3)), rtol=1e-12)


def test_a_linear_activation_layer_passes_gradients_on():
    for graph in (of_vectors(ActivationLayer(Linear())), of_images(ActivationLayer(Linear()))):
        network = Network(graph, "float64")
        x, y = samples(graph, 3)
        assert check_gradients(network, network.initial(0), x, y, MSE, entries=60) <= 1e-6


# ------------------------------------------------------------------ merging


def merged(layer: Layer, *sizes: int, image: bool = False) -> Graph:
    """Branches of these sizes that join in one layer."""
    shape, end = ((2, 4, 5), "flat") if image else ((4,), "merged")
    ids = [f"branch_{i}" for i in range(len(sizes))]
    layers = [("input", Input(shape)), ("merged", layer), ("output", Output(2))]
    for node, size in zip(ids, sizes, strict=True):
        branch = Conv2D(size, (2, 2), TANH) if image else Dense(size, TANH)
        layers.append((node, branch))
    links = [link for node in ids for link in (("input", node), (node, "merged"))]
    if image:
        layers.append(("flat", Flatten()))
        links.append(("merged", "flat"))
    return Graph(tuple(layers), (*links, (end, "output")))


@pytest.mark.parametrize("image", [False, True], ids=["vector", "image"])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_add_and_concatenate_are_what_they_say(image, count):
    for layer, sizes in ((Add(), [3] * count), (Concatenate(), list(range(1, count + 1)))):
        graph = merged(layer, *sizes, image=image)
        network = Network(graph, "float64")
        x, y = samples(graph)
        values = network.activations(network.initial(0), x)
        parts = [values[f"branch_{i}"] for i in range(count)]
        expected = sum(parts) if isinstance(layer, Add) else np.concatenate(parts, axis=1)
        np.testing.assert_allclose(values["merged"], expected, rtol=1e-14)
        assert check_gradients(network, network.initial(0), x, y, MSE, entries=80) <= 1e-6


def test_only_the_branches_that_learn_get_gradients():
    graph = Graph(
        (("input", Input((3,))), ("a", Dense(3)), ("sum", Add()), ("join", Concatenate()),
         ("output", Output(2))),
        (("input", "a"), ("input", "sum"), ("a", "sum"), ("sum", "join"), ("input", "join"),
         ("join", "output")),
    )  # fmt: skip
    network = Network(graph, "float64")
    x, y = samples(graph)
    assert check_gradients(network, network.initial(0), x, y, MSE) <= 1e-6
    program = Program(network, network.initial(0), 4, MSE)
    assert program.bindings["join"].input_gradients[1] is None


@pytest.mark.parametrize(
    ("layer", "shapes", "words"),
    [
        (Add(), ((4,), (4,), (5,)), "but 4 and 5 arrive"),
        (Add(), ((2, 3, 3), (18,)), "but 2 × 3 × 3 and 18 arrive"),
        (Concatenate(), ((2, 3, 3), (2, 3, 4)), "but 2 × 3 × 3 and 2 × 3 × 4 arrive"),
        (Concatenate(), ((2, 3, 3), (4,)), "but 2 × 3 × 3 and 4 arrive"),
    ],
)
def test_shapes_that_do_not_go_together_are_named(layer, shapes, words):
    problem = layer.output_shape(shapes)
    assert isinstance(problem, Problem)
    assert words in problem.message
    assert problem.hint


def test_the_problem_stands_at_the_merging_layer():
    problems = infer(merged(Add(), 3, 4)).problems
    assert [problem.node for problem in problems] == ["merged"]
