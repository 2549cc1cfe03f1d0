"""The same network in PyTorch: same outputs, losses, gradients and weights after 20 steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine.activations import Linear, Sigmoid, Softmax
from neuralbuilder.engine.clipping import Clipping
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
)
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import (
    Adagrad,
    Adam,
    AdamW,
    Block,
    Momentum,
    Nesterov,
    RmsProp,
    Rprop,
    Sgd,
    Update,
)
from neuralbuilder.engine.program import Program
from neuralbuilder.parts import catalogue
from tests.engine.networks import chain, samples

torch: Any = pytest.importorskip("torch")
functional = torch.nn.functional

ACTIVATIONS = {
    "linear": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softsign": functional.softsign,
    # Not functional.hardsigmoid: its gradient is a 1/6 in single precision.
    "hard_sigmoid": lambda z: functional.relu6(z + 3.0) / 6.0,
    "relu": torch.relu,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
    "elu": functional.elu,
    "selu": functional.selu,
    "gelu": lambda z: functional.gelu(z, approximate="tanh"),
    "silu": functional.silu,
    "softplus": functional.softplus,
    "sine": torch.sin,
    "step": lambda z: torch.heaviside(z.detach(), torch.ones_like(z)) + 0.0 * z,
    "softmax": lambda z: torch.softmax(z, dim=1),
}
LOSSES = [
    (Linear(), MeanSquaredError(), functional.mse_loss),
    (Sigmoid(), BinaryCrossEntropy(), functional.binary_cross_entropy_with_logits),
    (Softmax(), CategoricalCrossEntropy(), functional.cross_entropy),
    (Linear(), MeanAbsoluteError(), functional.l1_loss),
    (Linear(), Huber(0.5), lambda z, y: functional.huber_loss(z, y, delta=0.5)),
    (Linear(), Hinge(), lambda z, y: functional.multi_margin_loss(z, y.argmax(dim=1))),
]
LOSS_NAMES = [loss.name for _, loss, _ in LOSSES]


def torch_adamw(weights: list[Any], rate: float, decay: float) -> Any:
    """AdamW with decay for weights and none for biases."""
    biases = [values for values in weights if values.ndim == 1]
    weights = [values for values in weights if values.ndim == 2]
    groups = [{"params": weights, "weight_decay": decay}, {"params": biases, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate)


OPTIMIZERS = [
    (Sgd(0.1), lambda w: torch.optim.SGD(w, lr=0.1)),
    (Momentum(0.05, 0.8), lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.8)),
    (Nesterov(0.05, 0.8), lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.8, nesterov=True)),
    (RmsProp(0.02, 0.9), lambda w: torch.optim.RMSprop(w, lr=0.02, alpha=0.9)),
    (Adagrad(0.05), lambda w: torch.optim.Adagrad(w, lr=0.05)),
    (Adam(0.02), lambda w: torch.optim.Adam(w, lr=0.02)),
    (AdamW(0.02, decay=0.3), lambda w: torch_adamw(w, 0.02, 0.3)),
    (Rprop(), lambda w: torch.optim.Rprop(w)),
]
OPTIMIZER_NAMES = [optimizer.name for optimizer, _ in OPTIMIZERS]


def data(graph: Graph, loss: Loss) -> tuple[Any, Any]:
    """Samples whose targets are one-hot where PyTorch's loss takes nothing else."""
    x, y = samples(graph, 8)
    return x, np.eye(y.shape[1])[y.argmax(axis=1)] if isinstance(loss, Hinge) else y


def leaves(network: Network, parameters: Any) -> dict[str, Any]:
    views = network.layout.views(parameters)
    return {name: torch.tensor(view, requires_grad=True) for name, view in views.items()}


def last_z(weights: dict[str, Any], hidden: str, x: Any) -> Any:
    values = ACTIVATIONS[hidden](x @ weights["hidden_1/W"] + weights["hidden_1/b"])
    return values @ weights["output/W"] + weights["output/b"]


@pytest.mark.parametrize("hidden", [part.name for part in catalogue("activation")])
@pytest.mark.parametrize(("output", "loss", "torch_loss"), LOSSES, ids=LOSS_NAMES)
def test_outputs_losses_and_gradients(hidden, output, loss, torch_loss):
    activation = {part.name: part() for part in catalogue("activation")}[hidden]
    graph = chain(4, 5, 3, hidden=activation, output=output)
    network = Network(graph, "float64")
    parameters = network.initial(2)
    x, y = data(graph, loss)
    weights = leaves(network, parameters)
    z = last_z(weights, hidden, torch.tensor(x))
    expected = torch_loss(z, torch.tensor(y))
    expected.backward()
    found, gradient = network.loss_and_gradients(parameters, x, y, loss)
    assert found == pytest.approx(expected.item(), rel=1e-12)
    outputs = ACTIVATIONS[output.name](z).detach().numpy()
    np.testing.assert_allclose(network.forward(parameters, x), outputs, rtol=1e-11)
    for name, values in network.layout.views(gradient).items():
        np.testing.assert_allclose(values, weights[name].grad.numpy(), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(("optimizer", "torch_optimizer"), OPTIMIZERS, ids=OPTIMIZER_NAMES)
@pytest.mark.parametrize(("output", "loss", "torch_loss"), LOSSES, ids=LOSS_NAMES)
def test_twenty_steps(output, loss, torch_loss, optimizer, torch_optimizer):
    if isinstance(optimizer, Rprop) and isinstance(loss, MeanAbsoluteError | Hinge):
        pytest.skip("sums of ±1 can be 0 but for rounding, and Rprop reads their sign; see below")
    graph = chain(4, 5, 3, output=output)
    network = Network(graph, "float64")
    parameters = network.initial(2)
    x, y = data(graph, loss)
    weights = leaves(network, parameters)
    other = torch_optimizer(list(weights.values()))
    program = Program(network, parameters, 8, loss, optimizer)
    program.x[...], program.y[...] = x, y
    for _ in range(20):
        program.step()
        other.zero_grad()
        torch_loss(last_z(weights, "tanh", torch.tensor(x)), torch.tensor(y)).backward()
        other.step()
    for name, values in network.layout.views(parameters).items():
        np.testing.assert_allclose(values, weights[name].detach().numpy(), rtol=1e-9)


@pytest.mark.parametrize(
    "clipping", [Clipping(0.02, 0.0), Clipping(0.0, 0.05), Clipping(0.02, 0.04)]
)
def test_twenty_steps_with_clipping(clipping):
    graph = chain(4, 5, 3)
    network = Network(graph, "float64")
    parameters = network.initial(2)
    x, y = samples(graph, 8)
    weights = leaves(network, parameters)
    values = list(weights.values())
    other = torch.optim.SGD(values, lr=0.5)
    program = Program(network, parameters, 8, MeanSquaredError(), Sgd(0.5), clipping=clipping)
    program.x[...], program.y[...] = x, y
    for _ in range(20):
        program.step()
        other.zero_grad()
        functional.mse_loss(last_z(weights, "tanh", torch.tensor(x)), torch.tensor(y)).backward()
        if clipping.value:
            torch.nn.utils.clip_grad_value_(values, clipping.value)
        if clipping.norm:
            torch.nn.utils.clip_grad_norm_(values, clipping.norm)
        other.step()
    for name, array in network.layout.views(parameters).items():
        np.testing.assert_allclose(array, weights[name].detach().numpy(), rtol=1e-9)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_rprop_for_gradients_with_zeros_and_flips(precision):
    random = np.random.default_rng(3)
    settings = Rprop(0.05, smallest=1e-3, largest=0.2)
    parameters = random.normal(size=50).astype(precision)
    weights = torch.tensor(parameters, requires_grad=True)
    other = torch.optim.Rprop([weights], lr=0.05, step_sizes=(1e-3, 0.2))
    gradient, state = np.zeros_like(parameters), settings.new_state(50, precision)
    block = Block(parameters, gradient, state, np.zeros_like(parameters))
    steps = settings.steps(Update((block,), state, np.array(0.05, precision)))
    for _ in range(100):
        gradient[...] = random.integers(-1, 2, 50) * random.exponential(size=50)
        weights.grad = torch.tensor(gradient)
        other.step()
        for step in steps:
            step()
    np.testing.assert_array_equal(parameters, weights.detach().numpy())
