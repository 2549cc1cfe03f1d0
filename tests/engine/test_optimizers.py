from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Adam, Momentum, Optimizer, Sgd
from neuralbuilder.engine.program import Program
from neuralbuilder.problems import UserError
from tests.engine.networks import chain, samples

MSE = MeanSquaredError()
GRAPH = chain(4, 3, 2)


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


FORMULAS = [
    (Sgd(0.3), plain_sgd),
    (Momentum(0.05, 0.8), plain_momentum),
    (Adam(0.02, 0.8, 0.99, 1e-4), plain_adam),
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


@pytest.mark.parametrize("optimizer", [Sgd(0.1), Momentum(), Adam()], ids=lambda part: part.name)
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
