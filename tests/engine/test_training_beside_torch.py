"""Training in PyTorch: same weights after 20 steps, same learning rates, same initial spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine.clipping import Clipping
from neuralbuilder.engine.layers import (
    Conv2D,
    Dense,
    MaxPool2D,
)
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.optimizers import (
    Adagrad,
    Adam,
    AdamW,
    Block,
    Momentum,
    Nesterov,
    Optimizer,
    RmsProp,
    Rprop,
    Sgd,
    Update,
)
from neuralbuilder.engine.schedules import (
    Constant,
    Cosine,
    Exponential,
    Plateau,
    Schedule,
    Steps,
    WarmUp,
)
from tests.engine.networks import chain

torch: Any = pytest.importorskip("torch")

from tests.engine.torch_comparison import (  # noqa: E402  (needs PyTorch)
    CE,
    FLAT,
    LAYERS,
    MSE,
    RELU,
    compare_steps,
    image_network,
    named,
    part_of,
)
from tests.engine.torch_twin import INITIALIZERS, LOSSES, SCHEDULES, TWINS  # noqa: E402

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
    Rprop(),
    Rprop(0.02, 0.4, 1.3, 1e-3, 0.1),
]
SIGNS_OF_ROUNDING = ("mae", "hinge")
"""Losses whose gradients are sums of ±1, which can be 0 but for rounding; Rprop reads the sign."""


def test_every_optimizer_is_compared() -> None:
    assert {optimizer.name for optimizer in OPTIMIZERS} == {*TWINS["optimizer"][0]}


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        pytest.param(name, optimizer, id=f"{name}-{optimizer.name}")
        for name in LOSSES
        for optimizer in OPTIMIZERS
        if not (optimizer.name == "rprop" and name in SIGNS_OF_ROUNDING)
    ],
)
def test_twenty_steps(name: str, optimizer: Optimizer) -> None:
    output = part_of("activation", LOSSES[name][0])
    compare_steps(chain(4, 5, 3, output=output), part_of("loss", name), optimizer)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=named)
def test_twenty_steps_of_filters(optimizer: Optimizer) -> None:
    layers = (Conv2D(4, (3, 3), RELU), MaxPool2D((2, 2)), FLAT, Dense(6))
    compare_steps(image_network(*layers), CE, optimizer)


@pytest.mark.parametrize("optimizer", [Sgd(0.05), Adam(0.01, epsilon=1e-4)], ids=named)
@pytest.mark.parametrize("layers", LAYERS.values(), ids=list(LAYERS))
def test_twenty_steps_of_layers(layers: tuple[Layer, ...], optimizer: Optimizer) -> None:
    compare_steps(image_network(*layers), CE, optimizer)


@pytest.mark.parametrize(
    "clipping", [Clipping(0.02, 0.0), Clipping(0.0, 0.05), Clipping(0.02, 0.04), Clipping(9.0, 9.0)]
)
def test_twenty_steps_with_clipping(clipping: Clipping) -> None:
    compare_steps(chain(4, 5, 3), MSE, Sgd(0.5), clipping)


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


# ------------------------------------------------------------------ schedules

COURSES = [
    Constant(),
    Steps(7, 0.3),
    Exponential(0.93),
    Cosine(50, 0.1),
    WarmUp(20, 0.2),
    WarmUp(8, 0.25, then=Cosine(42)),
    WarmUp(8, 0.25, then=Steps(5, 0.5)),
    Plateau(0.4, patience=3, improvement=0.05, minimum=0.01),
    Plateau(0.7, patience=0, improvement=0.0, minimum=0.1),
]


def test_every_schedule_is_compared() -> None:
    assert {schedule.name for schedule in COURSES} == {*SCHEDULES}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("schedule", COURSES, ids=named)
def test_learning_rates_over_fifty_epochs(schedule: Schedule, seed: int) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
    other = SCHEDULES[schedule.name](schedule, optimizer)
    random, memory = np.random.default_rng(seed), dict[str, float]()
    found, expected = [], []
    for epoch in range(50):
        found.append(0.4 * schedule.factor(epoch, memory))
        expected.append(optimizer.param_groups[0]["lr"])
        loss = float(np.exp(-epoch / 10) + 0.2 * random.random())
        schedule.observe(epoch, loss, memory)
        optimizer.step()
        other.step(*[loss] if schedule.watches else [])
    assert found == pytest.approx(expected, rel=1e-9)
    assert len(set(found)) > 3 or isinstance(schedule, Constant)


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
