"""Normalisation layers in PyTorch: same outputs, gradients, running statistics, and training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine.activations import Tanh
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import BatchNorm, Conv2D, Dense, Flatten, Input, LayerNorm, Output
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.engine.program import Program
from tests.engine.networks import joined, samples

torch: Any = pytest.importorskip("torch")

BATCH_NORM = BatchNorm(momentum=0.2, epsilon=1e-4)
CASES = [
    (BATCH_NORM, False, lambda: torch.nn.BatchNorm1d(5, eps=1e-4, momentum=0.2)),
    (BATCH_NORM, True, lambda: torch.nn.BatchNorm2d(3, eps=1e-4, momentum=0.2)),
    (LayerNorm(epsilon=1e-4), False, lambda: torch.nn.LayerNorm((5,), eps=1e-4)),
    (LayerNorm(epsilon=1e-4), True, lambda: torch.nn.LayerNorm((3, 3, 4), eps=1e-4)),
]
every_case = pytest.mark.parametrize(
    ("layer", "image", "of_torch"), CASES, ids=["batch-1d", "batch-2d", "layer-1d", "layer-2d"]
)
NAMES = {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"}


def graph_of(layer: Layer, image: bool) -> Graph:
    if image:
        before, after = Conv2D(3, (2, 2), Tanh()), (Flatten(), Output(2))
        return joined(Input((2, 4, 5)), before, layer, *after)
    return joined(Input((4,)), Dense(5, Tanh()), layer, Output(2))


def in_torch(network: Network, parameters: Any, image: bool, normalisation: Any) -> Any:
    """The same network with the same numbers."""
    views = network.layout.views(parameters)
    first = torch.nn.Conv2d(2, 3, 2) if image else torch.nn.Linear(4, 5)
    features = 3 * 3 * 4 if image else 5
    middle = [torch.nn.Tanh(), normalisation, torch.nn.Flatten()]
    found = torch.nn.Sequential(first, *middle, torch.nn.Linear(features, 2)).double()
    with torch.no_grad():
        for layer, node in ((first, "hidden_1"), (found[-1], "output")):
            weights = views[f"{node}/W"] if weights_are_filters(layer) else views[f"{node}/W"].T
            layer.weight.copy_(torch.tensor(weights))
            layer.bias.copy_(torch.tensor(views[f"{node}/b"]))
        for ours, theirs in NAMES.items():
            if f"hidden_2/{ours}" in views:
                getattr(found[2], theirs).copy_(torch.tensor(views[f"hidden_2/{ours}"]))
    return found


def weights_are_filters(layer: Any) -> bool:
    return isinstance(layer, torch.nn.Conv2d)


def assert_equal(network: Network, ours: Any, theirs: Any, gradients: bool = False) -> None:
    views = network.layout.views(ours)
    for name, attribute in NAMES.items():
        array = getattr(theirs[2], attribute, None)
        if array is not None and (array.requires_grad or not gradients):
            expected = (array.grad if gradients else array).detach().numpy()
            np.testing.assert_allclose(views[f"hidden_2/{name}"], expected, rtol=1e-9, atol=1e-14)
    for node, layer in (("hidden_1", theirs[0]), ("output", theirs[-1])):
        weight = layer.weight.grad if gradients else layer.weight
        expected = weight.detach().numpy()
        expected = expected if weights_are_filters(layer) else expected.T
        np.testing.assert_allclose(views[f"{node}/W"], expected, rtol=1e-9, atol=1e-14)


def start(layer: Layer, image: bool) -> tuple[Network, Any, Any, Any]:
    graph = graph_of(layer, image)
    network = Network(graph, "float64")
    random = np.random.default_rng(1)
    parameters = network.initial(1) + 0.3 * random.uniform(size=network.parameter_count)
    return network, parameters, *samples(graph, 8)


@every_case
def test_outputs_losses_and_gradients(layer, image, of_torch):
    network, parameters, x, y = start(layer, image)
    other = in_torch(network, parameters, image, of_torch())
    for training in (False, True):
        other.train(training)
        other.zero_grad()
        expected = other(torch.tensor(x))
        loss = torch.nn.functional.mse_loss(expected, torch.tensor(y))
        loss.backward()
        program = Program(network, parameters, 8, MeanSquaredError(), training=training)
        program.x[...], program.y[...] = x, y
        program.forward()
        program.backward()
        np.testing.assert_allclose(program.output, expected.detach().numpy(), rtol=1e-9)
        assert program.take_loss() == pytest.approx(loss.item(), rel=1e-9)
        assert_equal(network, program.gradient, other, gradients=True)


@every_case
def test_twenty_steps_and_what_follows(layer, image, of_torch):
    network, parameters, x, y = start(layer, image)
    other = in_torch(network, parameters, image, of_torch())
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    program = Program(network, parameters, 8, MeanSquaredError(), Sgd(0.1))
    for step in range(20):
        inputs = x * (1 + 0.1 * step) + 0.05 * step
        program.run(inputs, y)
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(other(torch.tensor(inputs)), torch.tensor(y)).backward()
        optimizer.step()
    assert_equal(network, parameters, other)
    other.eval()
    expected = other(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(network.forward(parameters, x), expected, rtol=1e-9)
