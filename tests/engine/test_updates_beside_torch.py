"""Gradient clipping and Rprop beside PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine.clipping import Clipping
from neuralbuilder.engine.losses import Loss, MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Block, Optimizer, Rprop, Sgd, Update
from neuralbuilder.engine.program import Program
from neuralbuilder.parts import catalogue
from tests.engine.networks import chain, samples
from tests.engine.torch_twin import LOSSES, Twin, torch_optimizer

torch: Any = pytest.importorskip("torch")

# Sums of ±1 can be 0 but for rounding, and Rprop reads their sign; with such gradients, exactly
# given, it is compared below.
WITHOUT_KINKS = [name for name in LOSSES if name not in ("mae", "hinge")]


def compare(optimizer: Optimizer, loss: Loss, output: Any, clipping: Clipping) -> None:
    """The weights after 20 steps."""
    network = Network(chain(4, 5, 3, output=output), "float64")
    parameters = network.initial(2)
    x, y = samples(network.graph, 8)
    twin = Twin(network, parameters)
    other = torch_optimizer(optimizer, twin)
    program = Program(network, parameters, 8, loss, optimizer, clipping=clipping)
    program.x[...], program.y[...] = x, y
    for _ in range(20):
        program.step()
        other.zero_grad()
        twin.loss(torch.tensor(x), torch.tensor(y), loss, training=True).backward()
        if clipping.value:
            torch.nn.utils.clip_grad_value_(twin.trainable, clipping.value)
        if clipping.norm:
            torch.nn.utils.clip_grad_norm_(twin.trainable, clipping.norm)
        other.step()
    for name, array in network.layout.views(parameters).items():
        np.testing.assert_allclose(array, twin.weights[name].detach().numpy(), rtol=1e-9)


def part_of(kind: str, name: str) -> Any:
    return next(part() for part in catalogue(kind) if part.name == name)


@pytest.mark.parametrize(
    "clipping", [Clipping(0.02, 0.0), Clipping(0.0, 0.05), Clipping(0.02, 0.04), Clipping(9.0, 9.0)]
)
def test_twenty_steps_with_clipping(clipping: Clipping) -> None:
    compare(Sgd(0.5), MeanSquaredError(), part_of("activation", "linear"), clipping)


@pytest.mark.parametrize("name", WITHOUT_KINKS)
def test_twenty_steps_of_rprop(name: str) -> None:
    output = part_of("activation", LOSSES[name][0])
    compare(Rprop(0.02, 0.4, 1.3), part_of("loss", name), output, Clipping())


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_rprop_for_gradients_with_zeros_and_flips(precision: Any) -> None:
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
