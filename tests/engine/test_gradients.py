from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine.activations import Activation, Linear, Relu, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.gradient_check import check_gradients
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    Input,
    Output,
)
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    MeanSquaredError,
)
from neuralbuilder.engine.network import Network
from neuralbuilder.parts import catalogue, changed, settings_of
from tests.engine.kinks import is_smooth_at
from tests.engine.networks import Product, WrongTanh, chain, joined, samples

MSE = MeanSquaredError()


def error_of(graph: Graph, loss=MSE, seed: int = 0, **penalties: float) -> float:
    network = Network(graph, "float64")
    random = np.random.default_rng(seed)
    parameters = network.initial(seed) + 0.3 * random.normal(size=network.parameter_count)
    return check_gradients(network, parameters, *samples(graph, seed=seed), loss, seed, **penalties)


every_loss = pytest.mark.parametrize("loss", catalogue("loss"), ids=lambda part: part.name)
every_activation = pytest.mark.parametrize(
    "activation", catalogue("activation"), ids=lambda part: part.name
)


@every_loss
@every_activation
def test_every_loss_of_every_output(activation, loss):
    assert error_of(chain(4, 3, 2, output=activation()), loss()) <= 1e-6


# ------------------------------------------------------------------ every combination

SUITED = {"binary_cross_entropy": Sigmoid(), "categorical_cross_entropy": Softmax()}
"""What the output needs so that a loss can be combined with it; linear for all others."""
SHAPES = {"vector": (3,), "image": (1, 4, 4)}


def places() -> list[Any]:
    """Every hidden layer there is, with every kind of input that it accepts."""
    found = []
    for part in catalogue("layer"):
        for kind in SHAPES:
            if part.role == "hidden" and accepts(small(part), kind):
                found.append(pytest.param(small(part), kind, id=f"{part.name}-{kind}"))
    return found


def small(part: type[Layer]) -> Any:
    """A layer of this type that computes little."""
    few = {"units": 3, "maps": 2, "kernel": (2, 2)}
    names = {setting.name for setting in settings_of(part)}
    return part(**{name: value for name, value in few.items() if name in names})


def before(kind: str) -> Layer:
    smooth = Conv2D(2, (2, 2), Tanh(), padding="same")
    return Dense(4, Tanh()) if kind == "vector" else smooth


def accepts(layer: Layer, kind: str) -> bool:
    (shape,) = [before(kind).output_shape((SHAPES[kind],))]
    return isinstance(layer.output_shape((shape,) * layer.inputs_allowed[0]), tuple)  # type: ignore[operator]


def combined(layer: Any, kind: str, activation: Activation, output: Activation) -> Graph:
    """Layers that learn, the layer with this activation or with one behind it, and an output."""
    has_own = hasattr(layer, "activation")
    sources = [f"before_{i}" for i in range(layer.inputs_allowed[0])]
    middle = changed(layer, activation=activation) if has_own else layer
    chained: list[tuple[str, Any]] = [("layer", middle)]
    if not has_own:
        chained.append(("activation", ActivationLayer(activation)))
    chained += [("flat", Flatten()), ("output", Output(2, activation=output))]
    ids = [node for node, _ in chained]
    links = [(source, "layer") for source in sources] + [("input", source) for source in sources]
    layers = [("input", Input(SHAPES[kind])), *((source, before(kind)) for source in sources)]
    return Graph((*layers, *chained), (*links, *pairwise(ids)))


@every_activation
@pytest.mark.parametrize(("layer", "kind"), places())
def test_every_layer_with_every_activation_below_every_loss(layer, kind, activation):
    losses = [part() for part in catalogue("loss")]
    outputs = {SUITED.get(loss.name, Linear()) for loss in losses}
    networks = {
        output: Network(combined(layer, kind, activation(), output), "float64")
        for output in outputs
    }
    parameters, x, y = smooth_place(networks[Linear()])
    for loss in losses:
        network = networks[SUITED.get(loss.name, Linear())]
        for training in (False, True):
            found = check_gradients(network, parameters, x, y, loss, entries=3, training=training)
            assert found <= 1e-6, (loss.name, training)


def smooth_place(network: Network) -> tuple[Any, Any, Any]:
    """The first random weights and samples at which no layer and no loss bends."""
    for seed in range(100):
        random = np.random.default_rng(seed)
        parameters = network.initial(seed) + 0.3 * random.uniform(size=network.parameter_count)
        x, y = samples(network.graph, 3, seed)
        if all(is_smooth_at(network, parameters, x, y, training) for training in (False, True)):
            return parameters, x, y
    raise AssertionError("every place is close to a bend")


def test_a_wrong_normalisation_is_found():
    class Forgetful(BatchNorm):
        """Passes the gradient on as if mean and variance did not depend on the inputs."""

        def build(self, binding: Binding) -> None:
            super().build(binding)
            back, gradient = binding.input_gradients[0], binding.output_gradient
            if binding.training and back is not None:
                factor = binding.scratch("factor", ())
                binding.backward(np.multiply, gradient, factor[:, None], back)

    graph = joined(Input((4,)), Dense(3), Forgetful(), Output(2))
    network = Network(graph, "float64")
    x, y = samples(graph)
    assert check_gradients(network, network.initial(0), x, y, MSE) <= 1e-6
    assert check_gradients(network, network.initial(0), x, y, MSE, training=True) > 1e-2


@every_activation
def test_activations_below_each_other(activation):
    graph = joined(
        Input((4,)),
        Dense(3, activation=activation()),
        Dense(5, activation=Sigmoid()),
        Dense(3, activation=activation()),
        Output(2, activation=Softmax()),
    )
    assert error_of(graph, CategoricalCrossEntropy()) <= 1e-6


@pytest.mark.parametrize("bias", [True, False])
def test_one_output_with_and_without_bias(bias):
    graph = chain(3, 4, 3, 1, output=Sigmoid(), bias=bias)
    assert error_of(graph, BinaryCrossEntropy()) <= 1e-6


def test_a_wrong_derivative_is_found():
    assert error_of(chain(4, 3, 2, hidden=WrongTanh())) > 1e-2
    assert error_of(chain(4, 3, 2, output=WrongTanh())) > 1e-2


def test_a_layer_that_forgets_its_bias_is_found():
    class Forgetful(Dense):
        def build(self, binding: Binding) -> None:
            super().build(binding)
            if binding.learns:
                binding.backward(np.copyto, binding.gradient("b"), binding.constant(0))

    assert error_of(joined(Input((3,)), Forgetful(4), Output(2))) > 1e-2


def test_an_output_with_several_readers_collects_all_gradients():
    graph = Graph(
        (
            ("input", Input((3,))),
            ("stem", Dense(4)),
            ("left", Dense(5)),
            ("right", Dense(5, activation=Sigmoid())),
            ("product", Product()),
            ("short", Dense(5, activation=Relu())),
            ("sum", Add()),
            ("output", Output(2, activation=Softmax())),
        ),
        (
            ("input", "stem"),
            ("stem", "left"),
            ("stem", "right"),
            ("left", "product"),
            ("right", "product"),
            ("stem", "short"),
            ("product", "sum"),
            ("short", "sum"),
            ("left", "sum"),
            ("sum", "output"),
        ),
    )
    assert error_of(graph, CategoricalCrossEntropy(), seed=1) <= 1e-6
    assert error_of(graph, MSE, seed=1) <= 1e-6


def test_a_link_that_skips_layers_from_the_input():
    graph = Graph(
        (("input", Input((3,))), ("hidden_1", Dense(3)), ("sum", Add()), ("output", Output(2))),
        (("input", "hidden_1"), ("hidden_1", "sum"), ("input", "sum"), ("sum", "output")),
    )
    assert error_of(graph) <= 1e-6
    network = Network(graph, "float64")
    x, _ = samples(graph)
    values = network.activations(network.initial(0), x)
    np.testing.assert_array_equal(values["sum"], values["hidden_1"] + values["input"])


def test_a_layer_that_leads_nowhere_gets_no_gradient_and_does_no_harm():
    graph = chain(3, 4, 2)
    with_stray = Graph((*graph.layers, ("stray", Dense(2))), (*graph.links, ("hidden_1", "stray")))
    network = Network(with_stray, "float64")
    x, y = samples(graph)
    _, gradient = network.loss_and_gradients(network.initial(0), x, y, MSE)
    views = network.layout.views(gradient)
    assert not views["stray/W"].any()
    assert views["hidden_1/W"].all()
    assert network.activations(network.initial(0), x)["stray"].shape == (6, 2)
    plain = Network(graph, "float64")
    expected = plain.loss_and_gradients(plain.initial(0), x, y, MSE)[1]
    np.testing.assert_array_equal(views["output/W"], plain.layout.views(expected)["output/W"])


def test_gradients_of_the_penalties():
    graph = joined(Input((3,)), Dense(4, l1=0.02, l2=0.3), Output(2, l2=0.1))
    assert error_of(graph, l1=0.05, l2=0.2) <= 1e-6


def test_penalties_apply_to_weights_and_never_to_biases():
    graph = joined(Input((3,)), Dense(4, l1=0.02, l2=0.3), Output(2, activation=Tanh()))
    network = Network(graph, "float64")
    parameters = np.random.default_rng(3).normal(size=network.parameter_count)
    x, y = samples(graph)
    bare = Network(chain(3, 4, 2, output=Tanh()), "float64")
    loss, gradient = network.loss_and_gradients(parameters, x, y, MSE, l1=0.5, l2=0.25)
    bare_loss, bare_gradient = bare.loss_and_gradients(parameters, x, y, MSE)
    assert loss == bare_loss
    added = network.layout.views(gradient - bare_gradient)
    weights = network.layout.views(parameters)
    w = weights["hidden_1/W"]
    np.testing.assert_allclose(added["hidden_1/W"], 0.52 * np.sign(w) + 0.55 * w)
    w = weights["output/W"]
    np.testing.assert_allclose(added["output/W"], 0.5 * np.sign(w) + 0.25 * w)
    assert not added["hidden_1/b"].any()
    assert not added["output/b"].any()
    expected = (
        0.52 * np.abs(weights["hidden_1/W"]).sum()
        + 0.5 * 0.55 * np.square(weights["hidden_1/W"]).sum()
        + 0.5 * np.abs(weights["output/W"]).sum()
        + 0.5 * 0.25 * np.square(weights["output/W"]).sum()
    )
    assert network.penalty(parameters, 0.5, 0.25) == pytest.approx(expected, rel=1e-12)


def test_a_trace_is_consistent_with_itself():
    graph = joined(Input((3,)), Dense(4, l2=0.5), Output(2, activation=Sigmoid()))
    network = Network(graph, "float64")
    parameters = network.initial(5)
    x, y = samples(graph, count=2500)
    trace = network.trace(parameters, x, y, BinaryCrossEntropy())
    assert set(trace.deltas) == set(trace.pre_activations) == {"hidden_1", "output"}
    gradient = network.layout.views(trace.gradient)
    before = {"hidden_1": "input", "output": "hidden_1"}
    for node, source in before.items():
        expected = trace.activations[source].T @ trace.deltas[node]
        np.testing.assert_allclose(gradient[f"{node}/W"], expected, rtol=1e-10, atol=1e-15)
        expected = trace.deltas[node].sum(axis=0)
        np.testing.assert_allclose(gradient[f"{node}/b"], expected, rtol=1e-10, atol=1e-15)
    np.testing.assert_array_equal(trace.activations["input"], x)
    assert trace.loss == pytest.approx(network.loss(parameters, x, y, BinaryCrossEntropy()))
