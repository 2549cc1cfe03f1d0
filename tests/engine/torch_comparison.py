"""How a network is compared with its twin in PyTorch, and networks that have every layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine.activations import Linear, Relu, Softmax, Tanh
from neuralbuilder.engine.clipping import NO_CLIPPING, Clipping
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    GlobalAvgPool,
    Input,
    LayerNorm,
    MaxPool2D,
    Output,
    Reshape,
    Standardise,
)
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Optimizer
from neuralbuilder.engine.program import Program
from neuralbuilder.parts import find
from tests.engine.networks import joined, samples

torch: Any = pytest.importorskip("torch")

from tests.engine.torch_twin import ONE_HOT, Twin, torch_optimizer  # noqa: E402  (needs PyTorch)

MSE, CE = MeanSquaredError(), CategoricalCrossEntropy()
TANH, RELU = Tanh(), Relu()


def named(part: Any) -> str:
    return str(part.name)


def part_of(kind: str, name: str) -> Any:
    return find(kind, name)()


def assert_equal(found: Any, expected: Any, what: str, largest: float = 1.0) -> None:
    """Equal to 1e-9 relative, but for what is left where numbers up to `largest` cancel out."""
    expected = expected.detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14 * largest, err_msg=what)


def assert_equal_gradients(found: dict[str, Any], weights: dict[str, Any]) -> None:
    """Equal gradients; PyTorch has none for what is not trained, and ours is 0."""
    expected = {
        name: torch.zeros_like(values) if values.grad is None else values.grad
        for name, values in weights.items()
    }
    largest = max(float(values.abs().max()) for values in expected.values())
    for name, values in found.items():
        assert_equal(values, expected[name], name, min(1.0, largest))


def data(graph: Graph, loss: Loss, count: int) -> tuple[Any, Any]:
    """Samples whose targets are one-hot where PyTorch's loss takes nothing else."""
    x, y = samples(graph, count, seed=3)
    return x, np.eye(y.shape[1])[y.argmax(axis=1)] if loss.name in ONE_HOT else y


def spread(network: Network) -> Any:
    """Initial weights, and biases, means and deviations that are not 0 or 1."""
    random = np.random.default_rng(5)
    return network.initial(2) + 0.2 * random.uniform(size=network.parameter_count)


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
    gradients = network.layout.views(program.gradient)
    given = program.input_gradient
    assert_equal_gradients({**gradients, "x": given}, {**twin.weights, "x": inputs})
    for name, values in network.layout.views(parameters).items():
        assert_equal(values, twin.weights[name], f"{name} afterwards")


def compare_steps(
    graph: Graph, loss: Loss, optimizer: Optimizer, clipping: Clipping = NO_CLIPPING
) -> None:
    """The weights after 20 steps over inputs that change, and the outputs that follow."""
    network, count = Network(graph, "float64"), 8
    parameters = spread(network)
    x, y = data(graph, loss, count)
    twin = Twin(network, parameters)
    other = torch_optimizer(optimizer, twin)
    program = Program(network, parameters, count, loss, optimizer, clipping=clipping)
    for step in range(20):
        inputs = x if optimizer.full_batch else x * (1 + 0.1 * step) + 0.05 * step
        program.run(inputs, y)
        other.zero_grad()
        twin.loss(torch.tensor(inputs), torch.tensor(y), loss, training=True).backward()
        clip(twin.trainable, clipping)
        other.step()
    for name, values in network.layout.views(parameters).items():
        assert_equal(values, twin.weights[name], name)
    assert_equal(network.forward(parameters, x), twin.forward(torch.tensor(x)), "output")


def clip(weights: list[Any], clipping: Clipping) -> None:
    if clipping.value:
        torch.nn.utils.clip_grad_value_(weights, clipping.value)
    if clipping.norm:
        torch.nn.utils.clip_grad_norm_(weights, clipping.norm)


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
    "batch normalisation of a vector": (FLAT, Dense(5), BatchNorm(0.2, 1e-4), Dense(4)),
    "batch normalisation of an image": (BatchNorm(0.2, 1e-4), conv((2, 2)), FLAT),
    "layer normalisation of a vector": (FLAT, Dense(5), LayerNorm(1e-4), Dense(4)),
    "layer normalisation of an image": (LayerNorm(1e-4), conv((2, 2)), FLAT),
    "normalised before the activation": (
        Conv2D(3, (2, 2), Linear()),
        BatchNorm(),
        ActivationLayer(RELU),
        MaxPool2D((2, 2)),
        FLAT,
    ),
    "normalised before the pooling": (BatchNorm(0.3, 1e-3), MaxPool2D((2, 2)), FLAT),
    "softmax across channels": (ActivationLayer(Softmax()), FLAT),
    "nothing applied": (ActivationLayer(Linear()), FLAT),
    "standardise a vector": (FLAT, Dense(5), Standardise(), Dense(4)),
    "standardise an image": (Standardise(), conv((2, 2)), FLAT),
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
