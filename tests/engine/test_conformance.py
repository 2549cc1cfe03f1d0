"""What every part of the engine must do, whoever adds it: one suite over the catalogue."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import neuralbuilder.engine  # noqa: F401  (registers the parts)
from neuralbuilder.engine.activations import Elu, Gelu, Step, Tanh
from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.gradient_check import check_gradients
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.initializers import Constant, Orthogonal
from neuralbuilder.engine.layers import Conv2D, Dense, Flatten, Input, Output
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.metrics import Metric, followed
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.engine.program import Program
from neuralbuilder.engine.shapes import infer
from neuralbuilder.parts import Part, catalogue, changed, from_dict, help_of, settings_of, to_dict
from neuralbuilder.problems import Problem
from tests.engine.networks import chain, joined, samples

KINDS = (
    "layer",
    "activation",
    "loss",
    "optimizer",
    "schedule",
    "stop_rule",
    "initializer",
    "metric",
)
PARTS = [part for kind in KINDS for part in catalogue(kind)]
MSE = MeanSquaredError()


def each(kind: str) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("part", catalogue(kind), ids=lambda part: part.name)


every_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}-{part.name}")


@every_part
def test_it_survives_json(part: type[Part]):
    original = part()
    copy = from_dict(part.kind, json.loads(json.dumps(to_dict(original))))
    assert copy == original
    assert hash(copy) == hash(original)
    assert type(copy) is part


@every_part
def test_it_explains_itself(part: type[Part]):
    assert part.label
    assert help_of(part).endswith(".")
    assert part.__doc__ != Part.__doc__
    for setting in settings_of(part):
        assert setting.label, setting.name
        assert setting.help, setting.name


@every_part
def test_its_defaults_are_allowed(part: type[Part]):
    for setting in settings_of(part):
        setting.check(setting.default)


# ------------------------------------------------------------------ layers


def around(layer: Layer) -> Graph:
    """A network with this layer in it, whose input it accepts."""
    if layer.role == "input":
        return joined(Input((4,)), Dense(3), Output(2))
    if layer.role == "output":
        return joined(Input((4,)), Dense(3), layer)
    for shape in ((4,), (4, 6, 6)):
        if not isinstance(layer.output_shape((shape,) * layer.inputs_allowed[0]), Problem):
            return _with_input(layer, shape)
    raise AssertionError(f"{layer} accepts neither a vector nor an image")


def _with_input(layer: Layer, shape: Shape) -> Graph:
    """Layers with weights before it, as many as it has inputs, and a vector for the output."""
    before = Dense(4) if len(shape) == 1 else Conv2D(2, (3, 3), Tanh(), padding="same")
    sources = [f"before_{i}" for i in range(layer.inputs_allowed[0])]
    after = "flatten" if _gives_image(layer, shape) else "layer"
    layers = [("input", Input(shape)), ("layer", layer), ("output", Output(2))]
    layers += [(source, before) for source in sources]
    links = [("input", source) for source in sources] + [(source, "layer") for source in sources]
    if after == "flatten":
        layers.append(("flatten", Flatten()))
        links.append(("layer", "flatten"))
    return Graph(tuple(layers), (*links, (after, "output")))


def _gives_image(layer: Layer, shape: Shape) -> bool:
    output = layer.output_shape((shape,) * layer.inputs_allowed[0])
    return isinstance(output, tuple) and len(output) == 3


@each("layer")
def test_the_promised_shape_is_the_real_one(part: type[Layer]):
    graph = around(part())
    network = Network(graph)
    x, _ = samples(graph)
    for node, values in network.activations(network.initial(0), x).items():
        assert values.shape == (6, *network.shapes.outputs[node])


def without_kinks(layer: Layer) -> Layer:
    """The layer with a smooth activation, since differences cannot be taken across a kink."""
    smooth: Layer = changed(layer, activation=Tanh()) if hasattr(layer, "activation") else layer
    return smooth


@each("layer")
def test_its_gradient_is_right(part: type[Layer]):
    graph = around(without_kinks(part()))
    network = Network(graph, "float64")
    random = np.random.default_rng(4)
    parameters = network.initial(4) + 0.2 * random.normal(size=network.parameter_count)
    assert check_gradients(network, parameters, *samples(graph), MSE) <= 1e-6
    assert check_gradients(network, parameters, *samples(graph), MSE, training=True) <= 1e-6


@each("layer")
def test_the_number_of_inputs_is_checked(part: type[Layer]):
    layer = part()
    graph = Graph((("layer", layer),))
    found = [problem for problem in infer(graph).problems if "needs" in problem.message]
    assert bool(found) == (layer.inputs_allowed[0] > 0)


@each("layer")
def test_its_numbers_come_from_the_seed(part: type[Layer]):
    network = Network(around(part()))
    first = network.initial(3)
    np.testing.assert_array_equal(first, Network(network.graph).initial(3))
    assert np.isfinite(first).all()


@each("layer")
def test_evaluating_changes_nothing(part: type[Layer]):
    graph = around(part())
    network = Network(graph)
    parameters = network.initial(0)
    before = parameters.copy()
    x, y = samples(graph)
    first = network.forward(parameters, x)
    network.loss(parameters, x, y, MSE)
    network.trace(parameters, x, y, MSE)
    np.testing.assert_array_equal(parameters, before)
    np.testing.assert_array_equal(network.forward(parameters, x), first)


@each("layer")
def test_training_twice_gives_the_same_numbers(part: type[Layer]):
    graph = around(part())
    x, y = samples(graph, 40)

    def trained() -> Any:
        network = Network(graph)
        random = np.random.default_rng(9)
        program = Program(network, network.initial(0), 8, MSE, Sgd(0.05), random=random)
        for _ in range(20):
            program.run(x, y)
        return program.parameters

    np.testing.assert_array_equal(trained(), trained())


# ------------------------------------------------------------------ activations


@each("activation")
def test_the_kernel_is_the_formula(part):
    activation = part()
    for precision, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        graph = joined(Input((5,)), Dense(5, activation=activation, bias=False), Output(1))
        network = Network(graph, precision)
        parameters = network.initial(0)
        network.layout.views(parameters)["hidden_1/W"][...] = np.eye(5)
        z = np.linspace(-6, 6, 50).reshape(10, 5).astype(precision)
        values = network.activations(parameters, z)["hidden_1"]
        np.testing.assert_allclose(values, activation.value(z), rtol=tolerance, atol=1e-7)


@each("activation")
def test_the_derivative_is_the_slope_of_the_value(part):
    activation = part()
    z = np.linspace(-3, 3, 31) + 0.01
    derivative = activation.derivative(z)
    if derivative is None:
        # Then one z must move the value at another.
        moved = activation.value(np.array([0.0, 1.0])) != activation.value(np.array([0.0, 2.0]))
        assert moved[0]
        return
    slope = (activation.value(z + 1e-6) - activation.value(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(derivative, slope, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 2.5])
def test_an_elu_of_another_depth(alpha):
    graph = chain(4, 5, 2, hidden=Elu(alpha))
    network = Network(graph, "float64")
    parameters = network.initial(0)
    x, y = samples(graph)
    z = network.pre_activations(parameters, x)["hidden_1"]
    expected = np.where(z > 0, z, alpha * np.expm1(z))
    found = network.activations(parameters, x)["hidden_1"]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    assert check_gradients(network, parameters, x, y, MSE) <= 1e-6


def test_gelu_is_close_to_the_normal_distribution():
    z = np.linspace(-8, 8, 321)
    exact = np.array([v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in z])
    np.testing.assert_allclose(Gelu().value(z), exact, atol=5e-4)


def test_a_step_fires_from_0_on_and_holds_back_all_gradients():
    np.testing.assert_array_equal(Step().value(np.array([-1e-9, 0.0, 1e-9])), [0.0, 1.0, 1.0])
    graph = chain(4, 5, 2, hidden=Step())
    network = Network(graph, "float64")
    _, gradient = network.loss_and_gradients(network.initial(0), *samples(graph), MSE)
    views = network.layout.views(gradient)
    assert not views["hidden_1/W"].any()
    assert views["output/b"].all()


@each("activation")
def test_huge_sums_stay_finite(part):
    z = np.array([[-1000.0, 1000.0, 0.0]])
    for precision in (np.float32, np.float64):
        values = part().value(z.astype(precision))
        assert np.isfinite(values).all()
        assert values.dtype == precision


# ------------------------------------------------------------------ losses


@each("loss")
def test_a_perfect_answer_costs_nothing_and_a_worse_one_more(part):
    target = np.array([[1.0, 0.0], [0.0, 1.0]])
    loss = part()
    close, far = np.abs(target - 0.1), np.abs(target - 0.4)
    assert loss.value(target, target) == pytest.approx(0.0, abs=1e-9)
    assert 0 < loss.value(close, target) < loss.value(far, target)


@each("loss")
def test_it_accepts_some_output_layer(part):
    outputs = [Output(2, activation=activation()) for activation in catalogue("activation")]
    tasks = ("regression", "classification", "yes/no")
    fits = [not part().check(output, task, 2) for output in outputs for task in tasks]
    assert any(fits)


# ------------------------------------------------------------------ optimizers


@each("optimizer")
def test_it_goes_downhill_and_uses_its_own_state(part):
    graph = chain(4, 3, 2)
    network = Network(graph)
    x, y = samples(graph)
    program = Program(network, network.initial(0), 6, MSE, part())
    before = network.loss(program.parameters, x, y, MSE)
    for _ in range(50):
        program.run(x, y)
    assert network.loss(program.parameters, x, y, MSE) < before
    sizes = {name: array.size for name, array in program.optimizer_state.items()}
    expected = dict.fromkeys(part.slots, network.parameter_count)
    assert sizes == expected | ({"t": 1} if part.counts else {})
    for slot in part.slots:
        assert program.optimizer_state[slot].any()


# ------------------------------------------------------------------ schedules and stop rules


def losses(count: int = 300) -> list[float]:
    """A loss that falls, and more and more rises as often as it falls."""
    random = np.random.default_rng(3)
    return [float(1 / (1 + e) + 0.05 * random.random()) for e in range(count)]


@each("schedule")
def test_its_factors_are_shares_and_stay_once_they_have_settled(part):
    schedule, memory = part(), {}
    factors, settled = [], []
    for epoch, loss in enumerate(losses()):
        factors.append(schedule.factor(epoch, memory))
        settled.append(schedule.settled(epoch, memory))
        if schedule.watches:
            schedule.observe(epoch, loss, memory)
    assert all(0.0 <= factor <= 1.0 for factor in factors)
    first = settled.index(True) if True in settled else len(settled)
    assert all(settled[first:])
    assert len(set(factors[first:])) <= 1
    assert bool(memory) == schedule.watches
    assert all(type(value) is float and math.isfinite(value) for value in memory.values())


@each("stop_rule")
def test_it_stops_only_after_something_was_kept(part):
    rule, memory = part(), {}
    if not rule.watches:
        return
    assert rule.observe(1, math.nan, memory) == "waiting"
    verdicts = [rule.observe(e, loss, memory) for e, loss in enumerate(losses(), 2)]
    assert verdicts[0] == "better"
    assert "stop" in verdicts
    assert all(type(value) is float and math.isfinite(value) for value in memory.values())


# ------------------------------------------------------------------ initializers


@each("initializer")
def test_it_draws_what_the_seed_says(part):
    initializer = part()
    first, second = (initializer.draw(np.random.default_rng(5), (30, 40), 30, 40) for _ in range(2))
    assert first.shape == (30, 40)
    assert first.dtype == np.float64
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("glorot_uniform", math.sqrt(2 / 500)),
        ("glorot_normal", math.sqrt(2 / 500)),
        ("he_uniform", math.sqrt(2 / 200)),
        ("he_normal", math.sqrt(2 / 200)),
        ("lecun_uniform", math.sqrt(1 / 200)),
        ("lecun_normal", math.sqrt(1 / 200)),
        ("orthogonal", math.sqrt(1 / 300)),
        ("uniform", 0.5 / math.sqrt(3)),
        ("normal", 0.1),
        ("zeros", 0.0),
    ],
)
def test_the_spread_is_the_published_one(name, deviation):
    initializer: Any = from_dict("initializer", {"part": name})
    drawn = initializer.draw(np.random.default_rng(0), (200, 300), 200, 300)
    assert drawn.std() == pytest.approx(deviation, rel=0.02)
    assert abs(drawn.mean()) <= 0.02 * deviation


@pytest.mark.parametrize("shape", [(30, 30), (40, 7), (7, 40), (5,), (4, 2, 3)])
def test_an_orthogonal_matrix_keeps_lengths_and_angles(shape):
    drawn = Orthogonal(1.5).draw(np.random.default_rng(0), shape, 1, 1)
    assert drawn.shape == shape
    matrix = drawn.reshape(shape[0], -1)
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    expected = 1.5**2 * np.eye(matrix.shape[1])
    np.testing.assert_allclose(matrix.T @ matrix, expected, atol=1e-12)


def test_orthogonal_matrices_prefer_no_direction():
    random = np.random.default_rng(0)
    mean = np.mean([Orthogonal().draw(random, (3, 3), 3, 3) for _ in range(4000)], axis=0)
    assert np.abs(mean).max() < 0.05


def test_a_constant_is_the_same_everywhere():
    drawn = Constant(-0.25).draw(np.random.default_rng(0), (3, 4), 3, 4)
    np.testing.assert_array_equal(drawn, np.full((3, 4), -0.25))


# ------------------------------------------------------------------ metrics


def answers(metric: Metric) -> tuple[Array, Array]:
    """Outputs and targets of 40 samples that suit a metric."""
    random = np.random.default_rng(7)
    if metric.task == "classification":
        return random.random((40, 12)), np.eye(12)[random.integers(0, 12, 40)]
    if metric.task == "yes/no":
        return random.random((40, 3)), random.integers(0, 2, (40, 3)).astype(float)
    target = random.normal(size=(40, 3))
    return target + 0.3 * random.normal(size=(40, 3)), target


@each("metric")
def test_a_metric_counts_every_sample_once_and_in_any_order(part: type[Metric]):
    metric = part()
    output, target = answers(metric)
    found = np.asarray(metric.measure(output, target))
    order = np.random.default_rng(8).permutation(len(output))
    np.testing.assert_allclose(metric.measure(output[order], target[order]), found)
    twice = np.asarray(metric.measure(np.tile(output, (2, 1)), np.tile(target, (2, 1))))
    np.testing.assert_allclose(twice, found if metric.is_number else 2 * found)
    assert metric.is_number == (found.ndim == 0)


@each("metric")
def test_a_metric_is_at_its_best_where_the_outputs_are_the_targets(part: type[Metric]):
    metric = part()
    output, target = answers(metric)
    given, perfect = metric.measure(output, target), metric.measure(target, target)
    if not metric.is_number:
        assert np.trace(perfect) == len(target)
        return
    assert perfect == (1.0 if metric.measure(1.0 - target, target) < given else 0.0)
    assert abs(given - perfect) > 0.01


@each("metric")
def test_a_metric_is_followed_for_its_own_kind_of_data(part: type[Metric]):
    metric = part()
    tasks = {"regression", "classification", "yes/no"}
    assert (metric in followed(metric.task, 12)) == metric.is_number
    assert not any(metric in followed(task, 12) for task in tasks - {metric.task})
    names = [each().series for each in catalogue("metric")]
    assert len(set(names)) == len(names)
    assert metric.title
    assert ("%" in metric.written(0.5)) == metric.is_share
