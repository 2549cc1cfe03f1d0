from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from neuralbuilder.engine.activations import Relu, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.clipping import Clipping
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.guard import first_non_finite
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    AvgPool2D,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    Input,
    LayerNorm,
    MaxPool2D,
    Output,
    Standardise,
)
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Adam, AdamW, Sgd
from neuralbuilder.engine.program import Program, quiet
from neuralbuilder.parts import catalogue
from tests.engine.networks import chain, joined, samples

MSE = MeanSquaredError()


# L-BFGS is left out: SciPy keeps its own history of gradients and makes new arrays in every search.
BOUND = [part for part in catalogue("optimizer") if not part.searches]


@pytest.mark.parametrize("optimizer", BOUND, ids=lambda part: part.name)
@pytest.mark.parametrize(
    ("output", "loss"),
    [
        ("linear", MSE),
        ("linear", MeanAbsoluteError()),
        ("linear", Huber()),
        ("linear", Hinge()),
        ("sigmoid", BinaryCrossEntropy()),
        ("softmax", CategoricalCrossEntropy()),
    ],
)
def test_a_step_allocates_nothing(optimizer, output, loss):
    activation = {"linear": Relu(), "sigmoid": Sigmoid(), "softmax": Softmax()}[output]
    graph = chain(20, 30, 4, output=activation)
    network = Network(graph)
    program = Program(network, network.initial(0), 64, loss, optimizer(), l1=1e-4, l2=1e-4)
    assert_no_allocation(program)


@pytest.mark.parametrize("clipping", [Clipping(value=1e-3), Clipping(norm=1e-3)])
def test_clipping_and_schedules_allocate_nothing(clipping):
    network = Network(chain(20, 30, 4))
    program = Program(network, network.initial(0), 64, MSE, AdamW(), clipping=clipping)
    program.rate_factor = 0.5
    assert_no_allocation(program)


@pytest.mark.parametrize("hidden", catalogue("activation"), ids=lambda part: part.name)
def test_no_activation_allocates(hidden):
    network = Network(chain(20, 30, 4, hidden=hidden()))
    assert_no_allocation(Program(network, network.initial(0), 64, MSE, Sgd(0.01)))


@pytest.mark.parametrize(
    "layers",
    [
        (Input((20,)), Dense(30), BatchNorm(), ActivationLayer(Relu()), Dropout(0.3)),
        (Input((20,)), Standardise(), Dense(30), LayerNorm(), GaussianNoise()),
        (Input((2, 8, 8)), Conv2D(3, (3, 3), Relu(), padding="same"), MaxPool2D(), Dropout(0.2),
         Conv2D(4, (2, 2), Tanh()), BatchNorm(), ActivationLayer(Relu()), AvgPool2D(), Flatten()),
    ],
    ids=["batchnorm", "layernorm", "convolution"],
)  # fmt: skip
def test_no_layer_allocates(layers):
    network = Network(joined(*layers, Output(3)))
    random = np.random.default_rng(0)
    program = Program(network, network.initial(0), 64, MSE, Adam(), random=random)
    assert_no_allocation(program)


def test_no_merging_layer_allocates():
    graph = Graph(
        (("input", Input((20,))), ("a", Dense(30)), ("b", Dense(30)), ("sum", Add()),
         ("join", Concatenate()), ("output", Output(3))),
        (("input", "a"), ("a", "b"), ("a", "sum"), ("b", "sum"), ("sum", "join"),
         ("input", "join"), ("join", "output")),
    )  # fmt: skip
    network = Network(graph)
    assert_no_allocation(Program(network, network.initial(0), 64, MSE, Adam()))


def assert_no_allocation(program: Program) -> None:
    program.x[...], program.y[...] = samples(program.network.graph, 64)
    # NumPy's loops over short rows take a buffer of their own for as long as they run; it is kept
    # small here, so that everything that counts stands out.
    usual = np.setbufsize(16)
    for _ in range(100):
        program.step()
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(1000):
            program.step()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        np.setbufsize(usual)
    # One array of a hidden layer would be 7,680 bytes.
    assert now - start < 1000
    assert peak - start < 3000


def test_run_trains_on_whole_batches_and_reports_their_mean_loss():
    graph = chain(4, 3, 2)
    network = Network(graph, "float64")
    parameters = network.initial(0)
    program = Program(network, parameters, 5, MSE, Sgd(1e-300))
    x, y = samples(graph, 23)
    assert program.run(x, y) == 4
    expected = network.loss(parameters, x[:20], y[:20], MSE)
    assert program.take_loss() == pytest.approx(expected, rel=1e-12)
    assert np.isnan(program.take_loss())


def test_the_mean_loss_is_right_over_many_steps():
    graph = chain(4, 3, 2)
    network = Network(graph, "float32")
    program = Program(network, network.initial(0), 6, MSE, Sgd(1e-300))
    program.x[...], program.y[...] = x, y = samples(graph)
    for _ in range(3000):
        program.step()
    expected = network.loss(program.parameters, x, y, MSE)
    assert program.take_loss() == pytest.approx(expected, rel=1e-6)


def test_training_lowers_the_loss():
    graph = chain(2, 8, 2, output=Softmax())
    network = Network(graph)
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    program = Program(network, network.initial(0), 4, CategoricalCrossEntropy(), Adam(0.05))
    for _ in range(300):
        program.run(x, y)
    assert network.loss(program.parameters, x, y, CategoricalCrossEntropy()) < 0.01


def test_the_gradient_of_the_input():
    graph = chain(3, 4, 2)
    network = Network(graph, "float64")
    parameters = network.initial(0)
    program = Program(network, parameters, 6, MSE, input_gradient=True)
    x, y = samples(graph)
    program.x[...], program.y[...] = x, y
    program.forward()
    program.backward()
    moved = x.copy()
    moved[2, 1] += 1e-6
    slope = (network.loss(parameters, moved, y, MSE) - network.loss(parameters, x, y, MSE)) / 1e-6
    assert program.input_gradient is not None
    assert program.input_gradient.shape == x.shape
    assert program.input_gradient[2, 1] == pytest.approx(slope, rel=1e-4)


def test_diverging_warns_nobody_and_is_found():
    graph = chain(3, 4, 2, hidden=Relu())
    network = Network(graph)
    parameters = network.initial(0)
    program = Program(network, parameters, 6, MSE, Sgd(1e6))
    x, y = samples(graph)
    assert first_non_finite(network, parameters, program) is None
    for _ in range(20):
        program.run(x, y)
    found = first_non_finite(network, parameters, program)
    assert found is not None
    assert found[0] == "hidden_1"
    assert np.isnan(program.take_loss())


def test_the_guard_names_the_first_layer_and_array():
    network = Network(chain(3, 4, 2), "float32")
    parameters = network.initial(0)
    broken = parameters.copy()
    network.layout.views(broken)["output/b"][1] = np.inf
    assert first_non_finite(network, broken) == ("output", "b")
    program = Program(network, parameters, 6, MSE)
    program.x[...] = np.nan
    with quiet():
        program.forward()
    assert first_non_finite(network, parameters, program) == ("input", "output")
    program.x[...] = 0.0
    program.y[...] = np.inf
    with quiet():
        program.forward()
        program.backward()
    assert first_non_finite(network, parameters, program) == ("output", "gradient of b")
