from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.engine.activations import Linear, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.gradient_check import check_gradients
from neuralbuilder.engine.layers import Input, Output
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)
from neuralbuilder.engine.network import Network
from tests.engine.networks import chain, joined, samples


def straight_through(units, activation, precision):
    """A network whose z are its inputs."""
    network = Network(joined(Input((units,)), Output(units, activation=activation)), precision)
    parameters = np.zeros(network.parameter_count, precision)
    network.layout.views(parameters)["output/W"][...] = np.eye(units)
    return network, parameters


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(
    ("z", "y", "expected"),
    [(1000.0, 1.0, 0.0), (1000.0, 0.0, 1000.0), (-1000.0, 0.0, 0.0), (-1000.0, 1.0, 1000.0)],
)
def test_binary_cross_entropy_is_exact_for_huge_sums(precision, z, y, expected):
    network, parameters = straight_through(1, Sigmoid(), precision)
    x, target = np.array([[z]]), np.array([[y]])
    loss, gradient = network.loss_and_gradients(parameters, x, target, BinaryCrossEntropy())
    assert loss == expected
    assert network.layout.views(gradient)["output/b"] == float(z > 0) - y


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_categorical_cross_entropy_is_exact_for_huge_sums(precision):
    network, parameters = straight_through(3, Softmax(), precision)
    x = np.array([[1000.0, -1000.0, 0.0]])
    for right, expected in ((0, 0.0), (1, 2000.0), (2, 1000.0)):
        target = np.eye(3)[[right]]
        loss, gradient = network.loss_and_gradients(
            parameters, x, target, CategoricalCrossEntropy()
        )
        assert loss == expected
        bias = network.layout.views(gradient)["output/b"]
        np.testing.assert_array_equal(bias, np.array([1.0, 0.0, 0.0]) - target[0])


def test_small_binary_losses_keep_their_digits_in_single_precision():
    network, parameters = straight_through(1, Sigmoid(), "float32")
    loss = network.loss(parameters, np.array([[12.0]]), np.array([[1.0]]), BinaryCrossEntropy())
    assert loss == pytest.approx(np.log1p(np.exp(-12.0)), rel=1e-5)


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        (Sigmoid(), BinaryCrossEntropy()),
        (Softmax(), CategoricalCrossEntropy()),
        (Linear(), MeanSquaredError()),
        (Softmax(), BinaryCrossEntropy()),
        (Sigmoid(), CategoricalCrossEntropy()),
        (Linear(), MeanAbsoluteError()),
        (Linear(), Huber(0.5)),
        (Linear(), Hinge()),
    ],
)
def test_the_compiled_value_is_the_formula(activation, loss):
    graph = chain(4, 5, 3, output=activation)
    network = Network(graph, "float64")
    parameters = network.initial(1)
    x, y = samples(graph, 7)
    output = network.forward(parameters, x)
    assert network.loss(parameters, x, y, loss) == pytest.approx(loss.value(output, y), rel=1e-12)


def test_every_sample_has_its_own_loss():
    output, target = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 0.0], [0.0, 5.0]])
    assert MeanSquaredError().of_samples(output, target).tolist() == [2.0, 4.5]
    assert MeanAbsoluteError().of_samples(output, target).tolist() == [1.0, 1.5]
    assert Huber(1.0).of_samples(output, target).tolist() == [0.75, 1.25]
    p, y = np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    expected = -np.log([0.75, 0.5])
    assert np.allclose(CategoricalCrossEntropy().of_samples(p, y), expected)
    assert np.allclose(BinaryCrossEntropy().of_samples(p, y), expected)
    assert np.allclose(Hinge().of_samples(p, y), [0.25, 0.5])


def test_values_by_hand():
    output, target = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 0.0], [0.0, 5.0]])
    assert MeanSquaredError().value(output, target) == (4 + 9) / 4
    p = np.array([[0.25, 0.75]])
    y = np.array([[0.0, 1.0]])
    assert CategoricalCrossEntropy().value(p, y) == pytest.approx(-np.log(0.75))
    assert BinaryCrossEntropy().value(p, y) == pytest.approx(-np.log(0.75))
    assert np.isfinite(CategoricalCrossEntropy().value(np.array([[0.0, 1.0]]), 1 - y))


def test_values_of_absolute_and_huber_by_hand():
    output, target = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.5, 0.0], [0.0, 5.0]])
    assert MeanAbsoluteError().value(output, target) == 5.5 / 4
    assert Huber(1.0).value(output, target) == (0.125 + 1.5 + 2.5) / 4
    assert Huber(1e6).value(output, target) == (0.25 + 4 + 9) / 8


def test_hinge_asks_the_right_class_to_lead_by_one():
    scores = np.array([[2.0, 0.5, 1.5]])
    assert Hinge().value(scores, np.array([[1.0, 0.0, 0.0]])) == pytest.approx(0.5 / 3)
    assert Hinge().value(scores, np.array([[0.0, 1.0, 0.0]])) == pytest.approx((2.5 + 2.0) / 3)
    assert Hinge().value(scores + 100, np.array([[0.0, 0.0, 1.0]])) == pytest.approx(1.5 / 3)
    assert Hinge().value(np.array([[3.0, 1.9, 2.0]]), np.eye(3)[[0]]) == 0.0


@pytest.mark.parametrize("delta", [1e-3, 0.2, 30.0])
def test_the_gradient_of_huber_on_both_sides_of_delta(delta):
    graph = chain(4, 5, 3)
    network = Network(graph, "float64")
    x, y = samples(graph, 7)
    assert check_gradients(network, network.initial(1), x, y, Huber(delta)) <= 1e-6


def test_losses_for_numbers_advise_a_cross_entropy_for_classes():
    for loss in (MeanAbsoluteError(), Huber()):
        (problem,) = loss.check(Output(1), "classification", 2)
        assert problem.severity == "advice"
        assert problem.fix is not None
        assert problem.fix.plan == (("loss", BinaryCrossEntropy()),)
        assert problem.fix.settings == (("activation", Sigmoid()),)
        assert not loss.check(Output(1), "regression", 1)


def test_hinge_says_what_it_needs():
    assert not Hinge().check(Output(3), "classification", 3)
    (problem,) = Hinge().check(Output(1), "classification", 3)
    assert (problem.severity, problem.setting) == ("error", "units")
    assert problem.fix is not None
    assert problem.fix.settings == (("units", 3),)
    (problem,) = Hinge().check(Output(3, activation=Softmax()), "classification", 3)
    assert (problem.severity, problem.setting) == ("advice", "activation")
    assert problem.fix is not None
    assert problem.fix.settings == (("activation", Linear()),)
    (problem,) = Hinge().check(Output(3), "regression", 3)
    assert (problem.severity, problem.setting) == ("error", "loss")


def test_losses_say_which_activation_they_need_and_how_to_get_it():
    (problem,) = BinaryCrossEntropy().check(Output(1, activation=Tanh()), "classification", 2)
    assert (problem.severity, problem.setting) == ("error", "activation")
    assert problem.fix is not None
    assert problem.fix.settings == (("activation", Sigmoid()),)
    (problem,) = CategoricalCrossEntropy().check(Output(3), "classification", 3)
    assert problem.fix is not None
    assert problem.fix.settings == (("activation", Softmax()),)
    (problem,) = CategoricalCrossEntropy().check(Output(1, activation=Softmax()), None, 3)
    assert problem.setting == "units"
    assert problem.fix is not None
    assert problem.fix.settings == (("units", 3), ("activation", Softmax()))
    (problem,) = BinaryCrossEntropy().check(Output(1, activation=Sigmoid()), "regression", 1)
    assert problem.setting == "loss"
    assert not BinaryCrossEntropy().check(Output(1, activation=Sigmoid()), "classification", 2)
    assert not CategoricalCrossEntropy().check(Output(3, activation=Softmax()), "classification", 3)
    assert not MeanSquaredError().check(Output(1), "regression", 1)
    (problem,) = MeanSquaredError().check(Output(3), "classification", 3)
    assert problem.severity == "advice"
