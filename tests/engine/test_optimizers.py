from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import scipy.optimize

from neuralbuilder.engine.clipping import Clipping
from neuralbuilder.engine.layers import Dense, Input, Output
from neuralbuilder.engine.layers.base import Layer, Parameter
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import (
    Adagrad,
    Adam,
    AdamW,
    Lbfgs,
    Momentum,
    Nesterov,
    Optimizer,
    RmsProp,
    Rprop,
    Sgd,
)
from neuralbuilder.engine.program import Program
from neuralbuilder.parts import catalogue, changed
from neuralbuilder.problems import SettingError, UserError
from neuralbuilder.training.crew import ThreadCrew
from tests.engine.networks import chain, joined, samples

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


def plain_rprop(w, g, state, t):
    size, previous = state.get("size", np.full_like(w, 0.02)), state.get("g", np.zeros_like(w))
    size = size * np.choose(np.sign(g * previous).astype(int) + 1, [0.4, 1.0, 1.3])
    state["size"] = size = np.clip(size, 1e-3, 0.05)
    state["g"] = np.where(g * previous < 0, 0.0, g)
    return w - size * np.sign(state["g"])


FORMULAS = [
    (Sgd(0.3), plain_sgd),
    (Momentum(0.05, 0.8), plain_momentum),
    (Adam(0.02, 0.8, 0.99, 1e-4), plain_adam),
    (Nesterov(0.05, 0.8), plain_nesterov),
    (RmsProp(0.02, 0.9, 1e-4), plain_rmsprop),
    (Adagrad(0.1, 1e-4), plain_adagrad),
    (AdamW(0.02, 0.8, 0.99, 1e-4, 0.5), plain_adamw),
    (Rprop(0.02, 0.4, 1.3, 1e-3, 0.05), plain_rprop),
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


# ------------------------------------------------------------ a rate that changes

FOLLOWING = [(optimizer, formula) for optimizer, formula in FORMULAS if optimizer.follows_rate]


@pytest.mark.parametrize("optimizer", [o for o, _ in FOLLOWING], ids=lambda part: part.name)
def test_a_factor_is_the_same_as_another_learning_rate(optimizer):
    scheduled, given = program(optimizer), program(optimizer)
    for factor in (1.0, 0.5, 0.25, 2.0, 0.0):
        rate = optimizer.learning_rate * factor
        scheduled.rate_factor = factor
        given.adjust(changed(optimizer, learning_rate=rate), 0.0, 0.0)
        for _ in range(3):
            scheduled.step()
            given.step()
        np.testing.assert_array_equal(scheduled.parameters, given.parameters)


def test_the_factor_outlives_a_change_of_settings():
    compiled = program(Sgd(0.1))
    compiled.rate_factor = 0.0
    before = compiled.parameters.copy()
    compiled.adjust(Sgd(0.5), 0.0, 0.0)
    compiled.step()
    np.testing.assert_array_equal(compiled.parameters, before)
    assert compiled.rate_factor == 0.0


# ------------------------------------------------------------ all samples in every step


def test_optimizers_say_what_they_have():
    assert (Lbfgs().rate, Rprop(0.5).rate, Sgd(0.5).rate) == (None, 0.5, 0.5)
    assert [o.name for o in catalogue("optimizer") if o.full_batch] == ["rprop", "lbfgs"]


def test_step_limits_of_rprop_must_be_in_order():
    with pytest.raises(SettingError, match=r"smallest step 0\.1 is larger than the largest 0\.01"):
        Rprop(smallest=0.1, largest=0.01)
    for bad in (
        {"learning_rate": 0.0},
        {"shrinking": 1.0},
        {"growth": 0.9},
        {"smallest": 0.0},
        {"largest": float("inf")},
    ):
        with pytest.raises(SettingError):
            Rprop(**bad)
    for bad in ({"iterations": 0}, {"iterations": 2.5}, {"memory": 0}, {"memory": 101}):
        with pytest.raises(SettingError):
            Lbfgs(**bad)


def linear_problem():
    """A network without hidden layers and an L2 penalty: one minimum, known in closed form."""
    graph = joined(Input((4,)), Output(2))
    network = Network(graph, "float64")
    x, y = samples(graph, 30)
    rows = np.hstack([x, np.ones((30, 1))])
    decay = 0.1 * np.diag([1, 1, 1, 1, 0])  # biases do not decay
    # The mean is over samples and outputs, so the slope of the loss is 2/(30·2)·Xᵀ(X·W - y).
    best = np.linalg.solve(rows.T @ rows / 30 + decay, rows.T @ y / 30)
    return network, x, y, best


def test_lbfgs_finds_the_minimum_of_a_convex_problem():
    network, x, y, best = linear_problem()
    compiled = Program(network, network.initial(0), 30, MSE, Lbfgs(), l2=0.1)
    for _ in range(3):
        compiled.run(x, y)
    views = network.layout.views(compiled.parameters)
    found = np.vstack([views["output/W"], views["output/b"]])
    np.testing.assert_allclose(found, best, atol=1e-8)


@pytest.mark.parametrize("penalties", [(0.0, 0.0), (0.0, 0.02)])
def test_one_step_of_lbfgs_is_one_run_of_scipy(penalties):
    compiled = program(Lbfgs(iterations=7, memory=3), l1=penalties[0], l2=penalties[1])
    network, (x, y) = compiled.network, samples(GRAPH)

    def objective(w):
        loss, gradient = network.loss_and_gradients(w, x, y, MSE, *penalties)
        return loss + network.penalty(w, *penalties), gradient

    options = {"maxiter": 7, "maxcor": 3, "ftol": 0.0, "gtol": 0.0}
    start = compiled.parameters.copy()
    expected = scipy.optimize.minimize(
        objective, start, jac=True, method="L-BFGS-B", options=options
    )
    before = network.loss(start, x, y, MSE)
    compiled.step()
    np.testing.assert_allclose(compiled.parameters, expected.x, rtol=1e-9)
    assert compiled.take_loss() == pytest.approx(before, rel=1e-12)


@pytest.mark.parametrize("optimizer", [Lbfgs(5), Rprop()], ids=lambda part: part.name)
def test_all_samples_may_be_computed_in_parts_by_several_threads(optimizer):
    graph = chain(40, 60, 3)
    network = Network(graph, "float64")
    x, y = samples(graph, 5000)
    found = []
    for crew in (None, ThreadCrew(2)):
        compiled = Program(network, network.initial(0), 5000, MSE, optimizer, l2=0.01, crew=crew)
        assert bool(compiled.bindings) == (crew is None), "in parts there is nothing to look at"
        for _ in range(3):
            compiled.run(x, y)
        found.append((compiled.parameters, compiled.take_loss()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-6, atol=1e-9)
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-9)


def test_lbfgs_goes_downhill_in_single_precision_until_nothing_is_left():
    compiled = program(Lbfgs(), "float32")
    losses = []
    for _ in range(30):
        compiled.step()
        losses.append(compiled.take_loss())
    assert losses[-1] < 0.05 * losses[0]
    assert (np.diff(losses) <= 1e-7).all()


@dataclass(frozen=True)
class Noise(Layer):
    """Adds noise in training, and counts in a parameter without gradient how often it ran."""

    name: ClassVar[str] = "test_noise"
    label: ClassVar[str] = "Noise"
    draws_noise: ClassVar[bool] = True

    def output_shape(self, inputs):
        return inputs[0]

    def parameters(self, inputs):
        return (Parameter("runs", (1,), None, 1, 1, decays=False, trainable=False),)

    def build(self, binding):
        runs, noise = binding.parameter("runs"), binding.scratch("noise", binding.output.shape)
        if binding.training:
            binding.forward(np.add, runs, 1.0, runs)
            binding.forward(binding.random.standard_normal, None, noise.dtype, noise)
            binding.forward(np.multiply, noise, 0.1, noise)
        binding.forward(np.add, binding.inputs[0], noise, binding.output)
        if binding.learns and binding.input_gradients[0] is not None:
            binding.backward(np.copyto, binding.input_gradients[0], binding.output_gradient)


def test_all_evaluations_of_a_step_see_the_same_noise():
    graph = joined(Input((4,)), Dense(3), Noise(), Output(2))
    network = Network(graph, "float64")
    random = np.random.default_rng(0)
    compiled = Program(network, network.initial(0), 6, MSE, Lbfgs(5), random=random)
    compiled.x[...], compiled.y[...] = samples(graph)
    drawn = np.random.default_rng(0)
    losses = []
    for _ in range(20):
        compiled.step()
        drawn.standard_normal((3, 6))
        # One draw per step, however many evaluations it took.
        assert random.bit_generator.state == drawn.bit_generator.state
        losses.append(compiled.take_loss())
    # With other noise in each evaluation no line search would succeed.
    assert np.mean(losses[-5:]) < 0.5 * losses[0]
    # What has no gradient is moved by its layer alone, once per step.
    assert network.layout.views(compiled.parameters)["hidden_2/runs"] == [20.0]


# ------------------------------------------------------------ clipping


def moved(clipping):
    """What one step of descent with a rate of 1 takes off the weights: the clipped gradient."""
    compiled = program(Sgd(1.0), clipping=clipping)
    before = compiled.parameters.copy()
    compiled.step()
    return before - compiled.parameters


def test_clipping_by_value_and_by_norm():
    free = moved(Clipping())
    limit = float(np.median(np.abs(free)))
    cut = np.clip(free, -limit, limit)
    np.testing.assert_allclose(moved(Clipping(value=limit)), cut, rtol=1e-9, atol=1e-15)
    short = moved(Clipping(norm=0.01))
    assert np.linalg.norm(short) == pytest.approx(0.01, rel=1e-3)
    np.testing.assert_allclose(short / np.linalg.norm(short), free / np.linalg.norm(free))
    both = moved(Clipping(limit, 0.01))
    np.testing.assert_allclose(both / np.linalg.norm(both), cut / np.linalg.norm(cut))
    np.testing.assert_allclose(moved(Clipping(norm=1e6)), free, rtol=1e-12)


def test_clipping_counts_the_penalties_and_leaves_the_shown_gradient():
    compiled = program(Sgd(1.0), l2=100.0, clipping=Clipping(norm=0.5))
    compiled.forward()
    compiled.backward()
    assert np.linalg.norm(compiled.gradient) > 50
    before = compiled.parameters.copy()
    compiled.step()
    assert np.linalg.norm(before - compiled.parameters) == pytest.approx(0.5, rel=1e-6)


def test_clipping_a_network_of_several_blocks():
    graph = chain(150, 140, 2)
    network = Network(graph, "float64")
    parameters = network.initial(0)
    compiled = Program(network, parameters, 6, MSE, Sgd(1.0), l2=1.0, clipping=Clipping(norm=0.25))
    compiled.x[...], compiled.y[...] = samples(graph)
    before = parameters.copy()
    compiled.step()
    assert np.linalg.norm(before - parameters) == pytest.approx(0.25, rel=1e-5)
