from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.engine.losses import MeanSquaredError
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
from neuralbuilder.parts import catalogue
from neuralbuilder.problems import UserError
from tests.engine.networks import chain, samples

MSE = MeanSquaredError()
GRAPH = chain(4, 3, 2)
# Which of the flat parameters are weights: W and b of the hidden layer, then of the output.
WEIGHTS = np.repeat([True, False, True, False], [12, 3, 6, 2])


def plain_sgd(w, g, state, t):
    return w - 0.3 * g


def plain_momentum(w, g, state, t):
    state["v"] = 0.8 * state.get("v", 0.0) + g
    return w - 0.05 * state["v"]


def plain_adam(w, g, state, t):
    state["m"] = 0.8 * state.get("m", 0.0) + 0.2 * g
    state["v"] = 0.99 * state.get("v", 0.0) + 0.01 * g**2
    m, v = state["m"] / (1 - 0.8**t), state["v"] / (1 - 0.99**t)
    return w - 0.02 * m / (np.sqrt(v) + 1e-4)


def plain_nesterov(w, g, state, t):
    state["v"] = 0.8 * state.get("v", 0.0) + g
    return w - 0.05 * (g + 0.8 * state["v"])


def plain_rmsprop(w, g, state, t):
    state["v"] = 0.9 * state.get("v", 0.0) + 0.1 * g**2
    return w - 0.02 * g / (np.sqrt(state["v"]) + 1e-4)


def plain_adagrad(w, g, state, t):
    state["s"] = state.get("s", 0.0) + g**2
    return w - 0.1 * g / (np.sqrt(state["s"]) + 1e-4)


def plain_adamw(w, g, state, t):
    return plain_adam(np.where(WEIGHTS, w * (1 - 0.02 * 0.5), w), g, state, t)


FORMULAS = [
    (Sgd(0.3), plain_sgd),
    (Momentum(0.05, 0.8), plain_momentum),
    (Adam(0.02, 0.8, 0.99, 1e-4), plain_adam),
    (Nesterov(0.05, 0.8), plain_nesterov),
    (RmsProp(0.02, 0.9, 1e-4), plain_rmsprop),
    (Adagrad(0.1, 1e-4), plain_adagrad),
    (AdamW(0.02, 0.8, 0.99, 1e-4, 0.5), plain_adamw),
]


def program(optimizer: Optimizer, precision: str = "float64", **named) -> Program:
    network = Network(GRAPH, precision)
    compiled = Program(network, network.initial(0), 6, MSE, optimizer, **named)
    compiled.x[...], compiled.y[...] = samples(GRAPH)
    return compiled


@pytest.mark.parametrize(("optimizer", "formula"), FORMULAS, ids=lambda part: type(part).__name__)
@pytest.mark.parametrize("penalties", [(0.0, 0.0), (0.01, 0.1)])
def test_twenty_steps_follow_the_published_formula(optimizer, formula, penalties):
    compiled = program(optimizer, l1=penalties[0], l2=penalties[1])
    network, (x, y) = compiled.network, samples(GRAPH)
    expected, state = compiled.parameters.copy(), {}
    for t in range(1, 21):
        _, gradient = network.loss_and_gradients(expected, x, y, MSE, *penalties)
        expected = formula(expected, gradient, state, t)
        compiled.step()
    np.testing.assert_allclose(compiled.parameters, expected, rtol=1e-9)


@pytest.mark.parametrize(
    "optimizer", [part() for part in catalogue("optimizer")], ids=lambda part: part.name
)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_going_on_from_parameters_and_state_gives_the_same_bits(optimizer, precision):
    whole, first = program(optimizer, precision), program(optimizer, precision)
    for _ in range(1000):
        whole.step()
    for _ in range(300):
        first.step()
    second = Program(
        first.network,
        first.parameters.copy(),
        6,
        MSE,
        optimizer,
        {slot: array.copy() for slot, array in first.optimizer_state.items()},
    )
    second.x[...], second.y[...] = samples(GRAPH)
    for _ in range(700):
        second.step()
    np.testing.assert_array_equal(second.parameters, whole.parameters)


def test_a_network_of_several_blocks_is_updated_everywhere():
    graph = chain(150, 140, 2)
    network = Network(graph, "float64")
    assert network.parameter_count > 16_384
    parameters = network.initial(0)
    compiled = Program(network, parameters, 6, MSE, Adam(0.01), l1=1e-3, l2=1e-2)
    x, y = samples(graph)
    compiled.x[...], compiled.y[...] = x, y
    expected = parameters.copy()
    _, gradient = network.loss_and_gradients(expected, x, y, MSE, 1e-3, 1e-2)
    compiled.step()
    expected -= 0.01 * gradient / (np.abs(gradient) + 1e-8)
    np.testing.assert_allclose(parameters, expected, rtol=1e-9)


def test_decay_reaches_the_weights_of_every_block_and_no_bias():
    network = Network(chain(150, 140, 150, 2), "float64")
    parameters = network.initial(0) + 1.0
    before = parameters.copy()
    compiled = Program(network, parameters, 6, MSE, AdamW(1e-3, decay=10.0))
    compiled.step()
    plain = before.copy()
    Program(network, plain, 6, MSE, Adam(1e-3)).step()
    for entry in network.layout.entries:
        at = slice(entry.start, entry.stop)
        taken = 0.01 * before[at] if entry.decays else 0.0
        np.testing.assert_allclose(parameters[at], plain[at] - taken, rtol=1e-12)


def test_settings_change_while_training_and_keep_the_state():
    compiled = program(Adam(0.01))
    for _ in range(5):
        compiled.step()
    m, before = compiled.optimizer_state["m"], compiled.parameters.copy()
    compiled.adjust(Adam(1e-300), 0.0, 0.0)
    compiled.step()
    np.testing.assert_array_equal(compiled.parameters, before)
    assert compiled.optimizer_state["m"] is m
    assert compiled.optimizer_state["t"].tolist() == [6.0]
    compiled.adjust(Adam(0.01), 0.0, 10.0)
    for _ in range(300):
        compiled.step()
    weights = compiled.network.layout.views(compiled.parameters)["hidden_1/W"]
    assert np.abs(weights).max() < 0.05


def test_another_optimizer_begins_afresh():
    compiled = program(Adam())
    compiled.step()
    compiled.adjust(Momentum(), 0.0, 0.0)
    assert set(compiled.optimizer_state) == {"velocity"}
    assert not compiled.optimizer_state["velocity"].any()
    compiled.step()
    assert compiled.optimizer_state["velocity"].all()


def test_two_batch_sizes_share_parameters_and_state():
    full = program(Adam())
    rest = Program(full.network, full.parameters, 2, MSE, full.optimizer, full.optimizer_state)
    x, y = samples(GRAPH)
    rest.x[...], rest.y[...] = x[:2], y[:2]
    full.step()
    rest.step()
    full.step()
    assert full.optimizer_state["t"].tolist() == [3.0]
    assert rest.optimizer_state["m"] is full.optimizer_state["m"]


def test_state_of_another_network_is_refused():
    network = Network(GRAPH, "float64")
    with pytest.raises(UserError, match="optimizer's array 'm'"):
        Program(network, network.initial(0), 6, MSE, Adam(), {"m": np.zeros(3)})
    with pytest.raises(UserError, match="flat float64 array of 23 values"):
        Program(network, np.zeros(23, np.float32), 6, MSE, Adam())
