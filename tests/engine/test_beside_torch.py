"""The same network in PyTorch: same outputs, losses, gradients and weights after 20 steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine.activations import Activation, Elu, LeakyRelu, Linear, Relu, Softmax, Tanh
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    AvgPool2D,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    GlobalAvgPool,
    Input,
    LayerNorm,
    MaxPool2D,
    Output,
    Reshape,
)
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import CategoricalCrossEntropy, Huber, Loss, MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import (
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimizer,
    RmsProp,
    Sgd,
)
from neuralbuilder.engine.program import Program
from neuralbuilder.parts import catalogue, find
from tests.engine.networks import chain, joined, samples

torch: Any = pytest.importorskip("torch")

from tests.engine.torch_twin import (  # noqa: E402  (needs PyTorch)
    INITIALIZERS,
    LOSSES,
    ONE_HOT,
    TWINS,
    Twin,
    torch_optimizer,
)

ACTIVATIONS: list[Any] = [part() for part in catalogue("activation")]
MSE, CE = MeanSquaredError(), CategoricalCrossEntropy()
TANH, RELU = Tanh(), Relu()


def named(part: Any) -> str:
    return str(part.name)


def part_of(kind: str, name: str) -> Any:
    return find(kind, name)()


# ------------------------------------------------------------------ completeness


@pytest.mark.parametrize("kind", TWINS)
def test_every_part_has_a_twin_or_a_reason(kind: str) -> None:
    with_twin, without = TWINS[kind]
    registered = {part.name for part in catalogue(kind)}
    assert registered == {*with_twin, *without}
    assert not {*with_twin} & {*without}
    assert all(reason.endswith(".") for reason in without.values())


# ------------------------------------------------------------------ one comparison for all


def assert_equal(found: Any, expected: Any, what: str) -> None:
    """Equal to 1e-9 relative; what cancels out is measured against the largest entry."""
    expected = expected.detach().numpy()
    largest = float(np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * largest, err_msg=what)


def data(graph: Graph, loss: Loss, count: int) -> tuple[Any, Any]:
    """Samples whose targets are one-hot where PyTorch's loss takes nothing else."""
    x, y = samples(graph, count, seed=3)
    return x, np.eye(y.shape[1])[y.argmax(axis=1)] if loss.name in ONE_HOT else y


def spread(network: Network) -> Any:
    """Initial weights, and biases that are not 0."""
    random = np.random.default_rng(5)
    return network.initial(2) + 0.1 * random.normal(size=network.parameter_count)


def compare(graph: Graph, loss: Loss, count: int, training: bool) -> None:
    """Outputs, loss and all gradients of one pass over so many samples."""
    network = Network(graph, "float64")
    parameters = spread(network)
    x, y = data(graph, loss, count)
    inputs = torch.tensor(x, requires_grad=True)
    twin = Twin(network, parameters)
    expected = twin.loss(inputs, torch.tensor(y), loss, training)
    expected.backward()
    program = Program(network, parameters, count, loss, training=training, input_gradient=True)
    program.x[...], program.y[...] = x, y
    program.forward()
    program.backward()
    if training:  # layers may leave bias and activation to the next one
        assert_equal(program.output, twin.values[network.output_id], "output")
    else:
        for node, values in twin.values.items():
            assert_equal(program.activation(node), values, node)
    assert program.take_loss() == pytest.approx(expected.item(), rel=1e-11)
    for name, values in network.layout.views(program.gradient).items():
        weights = twin.weights[name]
        assert_equal(
            values, torch.zeros_like(weights) if weights.grad is None else weights.grad, name
        )
    assert_equal(program.input_gradient, inputs.grad, "input gradient")
    for name, values in network.layout.views(parameters).items():
        assert_equal(values, twin.weights[name], f"{name} afterwards")


def compare_steps(graph: Graph, loss: Loss, optimizer: Optimizer, count: int = 8) -> None:
    """The weights after 20 steps."""
    network = Network(graph, "float64")
    parameters = spread(network)
    x, y = data(graph, loss, count)
    twin = Twin(network, parameters)
    other = torch_optimizer(optimizer, twin)
    program = Program(network, parameters, count, loss, optimizer)
    program.x[...], program.y[...] = x, y
    for _ in range(20):
        program.step()
        other.zero_grad()
        twin.loss(torch.tensor(x), torch.tensor(y), loss, training=True).backward()
        other.step()
    for name, values in network.layout.views(parameters).items():
        assert_equal(values, twin.weights[name], name)


# ------------------------------------------------------------------ activations and losses


@pytest.mark.parametrize("hidden", ACTIVATIONS, ids=named)
@pytest.mark.parametrize("name", LOSSES)
def test_activations_and_losses(hidden: Activation, name: str) -> None:
    output = part_of("activation", LOSSES[name][0])
    compare(chain(4, 5, 3, hidden=hidden, output=output), part_of("loss", name), 8, training=False)


@pytest.mark.parametrize("output", ACTIVATIONS, ids=named)
@pytest.mark.parametrize("loss", [MSE, Huber(0.3)], ids=named)
def test_activations_at_the_output(output: Activation, loss: Loss) -> None:
    compare(chain(4, 5, 3, output=output), loss, 8, training=False)


@pytest.mark.parametrize("hidden", [LeakyRelu(0.3), Elu(0.4), Elu(2.0)])
def test_settings_of_activations(hidden: Activation) -> None:
    compare(chain(4, 5, 3, hidden=hidden), MSE, 8, training=True)


@pytest.mark.parametrize("delta", [0.05, 0.5, 20.0])
def test_settings_of_huber(delta: float) -> None:
    compare(chain(4, 5, 3), Huber(delta), 8, training=True)


# ------------------------------------------------------------------ layers


def image_network(*layers: Layer, shape: tuple[int, int, int] = (2, 7, 9)) -> Graph:
    """A convolution, so that gradients flow through; these layers; and outputs of a softmax."""
    first = Conv2D(3, (3, 3), TANH, padding="same")
    return joined(Input(shape), first, *layers, Output(3, Softmax()))


def conv(kernel: tuple[int, int], padding: str = "valid", **settings: Any) -> Conv2D:
    return Conv2D(4, kernel, TANH, padding=padding, **settings)


FLAT = Flatten()
LAYERS = {
    "dense": (FLAT, Dense(5), Dense(4, bias=False)),
    "filters": (conv((3, 3)), FLAT),
    "filters without bias": (conv((3, 3), bias=False), FLAT),
    "one cell": (conv((1, 1)), FLAT),
    "tall": (conv((3, 2)), FLAT),
    "wide": (conv((1, 4)), FLAT),
    "as large as the image": (conv((7, 9)), FLAT),
    "stride 2": (conv((3, 3), stride=2), FLAT),
    "stride 3 beyond the kernel": (conv((2, 2), stride=3), FLAT),
    "margin 2": (conv((3, 3), "margin", margin=2), FLAT),
    "margin and stride": (conv((4, 3), "margin", margin=1, stride=2), FLAT),
    "same": (conv((3, 3), "same"), FLAT),
    "same, even kernel": (conv((2, 4), "same"), FLAT),
    "same, larger than the image": (conv((9, 11), "same"), FLAT),
    "same, stride 2": (conv((3, 3), "same", stride=2), FLAT),
    "same, even kernel, stride 3": (conv((4, 2), "same", stride=3), FLAT),
    "same, stride beyond the kernel": (conv((1, 2), "same", stride=4), FLAT),
    "max pooling": (MaxPool2D((2, 2)), FLAT),
    "max pooling, windows overlap": (MaxPool2D((3, 3), stride=2), FLAT),
    "max pooling, windows overlap much": (MaxPool2D((3, 4), stride=1), FLAT),
    "max pooling, gaps": (MaxPool2D((2, 2), stride=3), FLAT),
    "max pooling, one cell": (MaxPool2D((1, 1), stride=2), FLAT),
    "max pooling, the whole image": (MaxPool2D((7, 9)), FLAT),
    "average pooling": (AvgPool2D((2, 2)), FLAT),
    "average pooling, windows overlap": (AvgPool2D((3, 3), stride=2), FLAT),
    "average pooling, windows overlap much": (AvgPool2D((3, 4), stride=1), FLAT),
    "average pooling, gaps": (AvgPool2D((2, 2), stride=3), FLAT),
    "average pooling, one cell": (AvgPool2D((1, 1), stride=2), FLAT),
    "global average": (GlobalAvgPool(),),
    "pooling twice": (MaxPool2D((3, 3), stride=1), MaxPool2D((2, 2)), FLAT),
    "flatten twice": (FLAT, FLAT),
    "reshape": (Reshape((9, 3, 7)), conv((2, 2)), FLAT),
    "reshape to a vector and back": (
        Reshape((189,)),
        Dense(12),
        Reshape((3, 2, 2)),
        conv((2, 2)),
        FLAT,
    ),
    "three convolutions": (
        conv((3, 3), "same"),
        MaxPool2D((2, 2)),
        conv((2, 2), "same", stride=2),
        AvgPool2D((2, 2), stride=1),
        FLAT,
        Dense(4),
    ),
}


BATCH_NORM = BatchNorm(momentum=0.3, epsilon=1e-3)
LAYERS |= {
    "batch normalisation": (BATCH_NORM, FLAT),
    "batch normalisation, then activation": (BatchNorm(), ActivationLayer(RELU), FLAT),
    "batch normalisation, then pooling": (BATCH_NORM, MaxPool2D((2, 2)), FLAT),
    "layer normalisation": (LayerNorm(1e-3), FLAT),
    "layer normalisation of vectors": (FLAT, Dense(5), LayerNorm(), Dense(4)),
    "softmax across channels": (ActivationLayer(Softmax()), FLAT),
    "linear activation": (ActivationLayer(Linear()), FLAT),
}


@pytest.mark.parametrize("training", [False, True], ids=["looking", "training"])
@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("layers", LAYERS.values(), ids=list(LAYERS))
def test_layers(layers: tuple[Layer, ...], count: int, training: bool) -> None:
    compare(image_network(*layers), CE, count, training)


@pytest.mark.parametrize("training", [False, True], ids=["looking", "training"])
def test_batch_normalisation_of_vectors(training: bool) -> None:
    for graph in (
        joined(Input((4,)), Dense(5), BATCH_NORM, ActivationLayer(TANH), Dense(4), Output(2)),
        joined(Input((4,)), BATCH_NORM, Output(2)),
    ):
        compare(graph, MSE, 7, training)


@pytest.mark.parametrize("training", [False, True], ids=["looking", "training"])
def test_branches_that_join(training: bool) -> None:
    graph = Graph(
        (("input", Input((2, 5, 5))), ("a", conv((3, 3), "same")), ("b", conv((1, 1))),
         ("sum", Add()), ("norm", BATCH_NORM), ("join", Concatenate()), ("flat", FLAT),
         ("output", Output(3))),
        (("input", "a"), ("input", "b"), ("a", "sum"), ("b", "sum"), ("sum", "norm"),
         ("norm", "join"), ("input", "join"), ("a", "join"), ("join", "flat"),
         ("flat", "output")),
    )  # fmt: skip
    compare(graph, MSE, 7, training)


@pytest.mark.parametrize("layer", [conv((3, 3)), conv((2, 2), "same")], ids=["valid", "same"])
def test_the_first_layer(layer: Layer) -> None:
    for shape in ((1, 5, 5), (3, 4, 6)):
        compare(joined(Input(shape), layer, FLAT, Output(2)), MSE, 7, training=True)


@pytest.mark.parametrize("window", [MaxPool2D((2, 2)), MaxPool2D((3, 3), stride=2)], ids=["2", "3"])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=named)
def test_activations_of_filters_before_max_pooling(
    activation: Activation, bias: bool, window: MaxPool2D
) -> None:
    """While training, bias and a rising activation are computed after the pooling."""
    layers = (Conv2D(4, (3, 3), activation, bias), window, FLAT)
    compare(image_network(*layers), CE, 7, training=True)


# ------------------------------------------------------------------ steps

OPTIMIZERS = [
    Sgd(0.1),
    Momentum(0.05, 0.8),
    Nesterov(0.05, 0.8),
    RmsProp(0.02, 0.9),
    Adagrad(0.05),
    Adam(0.02),
    Adam(0.02, 0.8, 0.99, 1e-4),
    AdamW(0.02, decay=0.3),
]


def test_every_optimizer_is_compared() -> None:
    # Rprop cannot be compared for every loss; see test_updates_beside_torch.py.
    assert {optimizer.name for optimizer in OPTIMIZERS} == {*TWINS["optimizer"][0]} - {"rprop"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=named)
@pytest.mark.parametrize("name", LOSSES)
def test_twenty_steps(name: str, optimizer: Optimizer) -> None:
    output = part_of("activation", LOSSES[name][0])
    compare_steps(chain(4, 5, 3, output=output), part_of("loss", name), optimizer)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=named)
def test_twenty_steps_of_filters(optimizer: Optimizer) -> None:
    layers = (Conv2D(4, (3, 3), RELU), MaxPool2D((2, 2)), FLAT, Dense(6))
    compare_steps(image_network(*layers), CE, optimizer)


@pytest.mark.parametrize("layer", [BATCH_NORM, LayerNorm(1e-3)], ids=named)
def test_twenty_steps_of_a_normalisation(layer: Layer) -> None:
    compare_steps(image_network(layer, FLAT, Dense(6), layer), CE, Sgd(0.1))
    compare_steps(image_network(layer, FLAT, Dense(6), layer), CE, Adam(0.02))


# ------------------------------------------------------------------ initial weights


def drawn(initializer: Any, layer: Layer, inputs: tuple[int, ...]) -> Any:
    """Our initial weights of a layer, as PyTorch keeps them: (outputs, inputs, …)."""
    weights = layer.parameters((inputs,))[0]
    random = np.random.default_rng(0)
    values = initializer.draw(random, weights.shape, weights.fan_in, weights.fan_out)
    return values.T if values.ndim == 2 else values


@pytest.mark.parametrize(
    ("layer", "inputs"),
    [(Dense(150), (200,)), (Dense(200), (150,)), (Conv2D(60, (5, 5)), (20, 9, 9))],
    ids=["dense", "dense, more outputs", "filters"],
)
@pytest.mark.parametrize("name", INITIALIZERS)
def test_initial_weights_spread_as_in_pytorch(
    name: str, layer: Layer, inputs: tuple[int, ...]
) -> None:
    """Random numbers differ; mean, deviation and the largest are those of the same distribution."""
    initializer: Any = part_of("initializer", name)
    ours = drawn(initializer, layer, inputs)
    theirs = torch.empty(ours.shape, dtype=torch.float64)
    torch.manual_seed(0)
    INITIALIZERS[name](initializer, theirs)
    expected = theirs.numpy()
    assert ours.std() == pytest.approx(expected.std(), rel=0.03, abs=1e-12)
    assert abs(ours.mean() - expected.mean()) <= 0.03 * expected.std() + 1e-12
    if "uniform" in name:
        assert np.abs(ours).max() == pytest.approx(np.abs(expected).max(), rel=0.01)
    if name == "orthogonal":
        for array in (ours, expected):
            matrix = array.reshape(len(array), -1)
            product = matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix
            np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)
