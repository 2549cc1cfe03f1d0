"""Losses in which samples count differently: the weighted mean, its gradient, and no new arrays."""

from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.engine.activations import Linear, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.engine.program import Program
from tests.engine.networks import chain, samples
from tests.engine.test_program import assert_no_allocation
from tests.engine.test_splitting import ThreadCrew, in_small_parts  # noqa: F401

CASES = {
    "mse": (MeanSquaredError(), Linear()),
    "mae": (MeanAbsoluteError(), Linear()),
    "huber": (Huber(0.3), Linear()),
    "hinge": (Hinge(), Linear()),
    "binary from z": (BinaryCrossEntropy(), Sigmoid()),
    "binary from probabilities": (BinaryCrossEntropy(), Softmax()),
    "categorical from z": (CategoricalCrossEntropy(), Softmax()),
    "categorical from probabilities": (CategoricalCrossEntropy(), Sigmoid()),
}
WEIGHTS = np.array([0.0, 0.5, 1.0, 2.5, 1.0, 1.0, 3.0])


def case(name: str, count: int = 7):
    loss, output = CASES[name]
    network = Network(chain(4, 5, 3, hidden=Tanh(), output=output), "float64")
    x, y = samples(network.graph, count, seed=3)
    if name not in ("mse", "mae", "huber"):
        y = np.eye(3)[y.argmax(axis=1)]
    return network, network.initial(1), x, y, loss


@pytest.mark.parametrize("name", CASES)
def test_the_loss_is_the_mean_of_the_samples_times_their_weights(name):
    network, parameters, x, y, loss = case(name)
    each = loss.of_samples(network.forward(parameters, x), y)
    found = network.loss(parameters, x, y, loss, WEIGHTS)
    assert found == pytest.approx(np.mean(WEIGHTS * each), rel=1e-12)
    # Weights that are all alike change nothing.
    same, flat = network.loss_and_gradients(parameters, x, y, loss, weights=np.ones(7))
    expected, gradient = network.loss_and_gradients(parameters, x, y, loss)
    assert same == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(flat, gradient, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_that_of_finite_differences(name):
    network, parameters, x, y, loss = case(name)
    _, gradient = network.loss_and_gradients(parameters, x, y, loss, weights=WEIGHTS)
    direction = np.random.default_rng(0).normal(size=len(parameters))
    step = 1e-6 * direction
    ahead, behind = (
        network.loss(parameters + sign * step, x, y, loss, WEIGHTS) for sign in (1, -1)
    )
    assert gradient @ direction == pytest.approx((ahead - behind) / 2e-6, rel=1e-6)


@pytest.mark.usefixtures("in_small_parts")
@pytest.mark.parametrize("name", CASES)
def test_in_parts_and_in_two_lanes_it_is_the_same(name):
    loss, output = CASES[name]
    network = Network(chain(40, 50, 3, hidden=Tanh(), output=output), "float64")
    parameters, weights = network.initial(1), np.resize(WEIGHTS, 37)
    x, y = samples(network.graph, 37, seed=3)
    cut = Program(network, parameters.copy(), 37, loss, Sgd(0.1), crew=ThreadCrew(2), weighted=True)
    assert not cut.bindings
    assert cut.weights is not None
    cut.x[...], cut.y[...], cut.weights[...] = x, y, weights
    cut.step()
    expected, gradient = network.loss_and_gradients(parameters, x, y, loss, weights=weights)
    assert cut.take_loss() == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(cut.gradient, gradient, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_a_weighted_step_allocates_nothing(name):
    loss, output = CASES[name]
    network = Network(chain(20, 30, 4, output=output))
    program = Program(network, network.initial(0), 64, loss, Sgd(), weighted=True)
    assert program.weights is not None
    program.weights[...] = np.resize(WEIGHTS, 64)
    assert_no_allocation(program)


def test_losses_and_gradients_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    of_class = np.array([0.25, 2.0, 1.0])

    def categorical(z, y, w):
        return functional.cross_entropy(z, y.argmax(1), weight=torch.tensor(of_class))

    def binary(z, y, w):
        return functional.binary_cross_entropy_with_logits(z, y, weight=w[:, None])

    def hinge(z, y, w):
        margins = functional.multi_margin_loss(z, y.argmax(1), reduction="none")
        return (w * margins).mean()

    def squared(z, y, w):
        return (w[:, None] * (z - y) ** 2).mean()

    def huber(z, y, w):
        return (w[:, None] * functional.huber_loss(z, y, reduction="none", delta=0.3)).mean()

    for name, twin in {
        "categorical from z": categorical,
        "binary from z": binary,
        "hinge": hinge,
        "mse": squared,
        "huber": huber,
    }.items():
        network, parameters, x, y, loss = case(name, 40)
        weights = of_class[y.argmax(axis=1)]
        weights /= weights.mean()  # so that the mean is the weighted mean, as PyTorch has it
        views = network.layout.views(parameters)
        own = {n: torch.tensor(values, requires_grad=True) for n, values in views.items()}
        hidden = torch.tanh(torch.tensor(x) @ own["hidden_1/W"] + own["hidden_1/b"])
        z = hidden @ own["output/W"] + own["output/b"]
        expected = twin(z, torch.tensor(y), torch.tensor(weights))
        expected.backward()
        found, flat = network.loss_and_gradients(parameters, x, y, loss, weights=weights)
        assert found == pytest.approx(expected.item(), rel=1e-11)
        for entry, gradient in network.layout.views(flat).items():
            np.testing.assert_allclose(gradient, own[entry].grad, rtol=1e-9, atol=1e-14)
