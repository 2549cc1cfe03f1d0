"""What goes wrong in a trained network is said with a remedy, and nothing of a good one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.bundled import Iris
from neuralbuilder.data.class_weights import BalancedClassWeights
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.engine.activations import LeakyRelu, Relu, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.layers import Dense, Input, Output
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.engine.stopping import EarlyStopping
from neuralbuilder.insights import NetworkView
from neuralbuilder.insights.base import Source
from neuralbuilder.insights.symptoms import symptoms
from tests.insights.conftest import source


def classifier(*hidden: Dense, dataset: Dataset | None = None, outputs: int = 3) -> Source:
    layers = (Input((4,)), *hidden, Output(outputs, Softmax()))
    made = source(dataset or Iris(), CategoricalCrossEntropy(), *layers)
    # Steps and epochs as of a training that has gone on for a while.
    return replace(made, log={"epoch": np.array([[10.0, 1.0], [100.0, 10.0]])})


def with_weights(made: Source, **weights: object) -> Source:
    flat = made.parameters.copy()
    views = made.network.layout.views(flat)
    for name, values in weights.items():
        views[name.replace("__", "/")][...] = values
    return replace(made, parameters=flat)


def found(made: Source) -> list[str]:
    return [str(problem) for problem in symptoms(made)]


def test_nothing_is_said_of_a_good_network_or_of_one_that_has_hardly_begun():
    good = classifier(Dense(5, Relu()))
    assert found(good) == []
    bad = with_weights(good, hidden_1__b=-100.0)
    assert len(found(bad)) == 2
    assert found(replace(bad, log={"epoch": np.array([[10.0, 1.0]])})) == []
    assert found(replace(bad, log={})) == []


def test_relus_that_never_fire_are_said_of_whole_layers_and_marked_one_by_one():
    made = classifier(Dense(5, Relu()))
    some = with_weights(made, hidden_1__b=np.array([0.0, -100, 0, 0, -100]))
    assert found(some) == []
    assert NetworkView().compute(some).marks[0].values["hidden_1/silent"].tolist() == [
        False, True, False, False, True,
    ]  # fmt: skip
    (dead,) = [p for p in symptoms(with_weights(made, hidden_1__b=-100.0)) if p.node == "hidden_1"]
    assert "No ReLU of Hidden 1 fires for any of 105 training samples" in dead.message
    assert dead.fix.settings == (("activation", LeakyRelu()),)
    assert not dead.confirms
    assert found(with_weights(classifier(Dense(5, LeakyRelu())), hidden_1__b=-100.0)) != []


@pytest.mark.parametrize("activation", [Sigmoid(), Tanh()])
def test_a_saturated_layer_is_said_but_not_an_output_that_is_sure(activation):
    made = classifier(Dense(6, activation))
    assert found(made) == []
    (saturated,) = symptoms(
        with_weights(made, hidden_1__W=200 * made.parameters[:24].reshape(4, 6))
    )
    assert f"The {activation.label.lower()} of Hidden 1 is saturated" in saturated.message
    assert saturated.fix.settings == (("activation", Relu()),)
    sure = with_weights(made, output__W=500 * np.eye(6, 3))
    assert not [p for p in symptoms(sure) if "saturated" in p.message]


class Uneven(Dataset):
    """Nine in ten samples are of one class."""

    def load(self) -> Samples:
        labels = (np.arange(200) % 10 == 0).astype(int)
        x = np.random.default_rng(0).normal(size=(200, 4))
        return Samples(x, np.eye(2)[labels], tuple("abcd"), ("no", "yes"), "classification")


def test_a_network_that_says_one_class_only():
    even = with_weights(classifier(Dense(5, Tanh())), output__b=np.array([0.0, 50.0, 0.0]))
    (one,) = symptoms(even)
    assert "answers versicolor for each of 105 training samples, 70 of which are" in one.message
    assert (one.node, one.fix) == ("output", None)
    made = classifier(Dense(5, Tanh()), dataset=Uneven(), outputs=2)
    (one,) = symptoms(with_weights(made, output__b=np.array([50.0, 0.0])))
    assert "answers no for each of 140 training samples, 14 of which are" in one.message
    assert one.fix.plan == (("class_weights", BalancedClassWeights()),)


def curves(
    validation: list[float], train: list[float], counts: list[int] | None = None
) -> dict[str, np.ndarray]:
    samples = np.array(counts or [15] * len(validation), float)
    steps = 10.0 * np.arange(1, len(validation) + 1)
    return {
        "epoch": np.stack([steps, steps / 10], axis=1),
        "loss/validation": np.stack([steps, validation], axis=1),
        "loss/train": np.stack([steps, train], axis=1),
        "samples/validation": np.stack([steps, samples], axis=1),
        "samples/train": np.stack([steps, samples], axis=1),
    }


def test_a_validation_loss_that_rises():
    good = classifier(Dense(5, Tanh()))
    falling = list(np.linspace(1.0, 0.1, 20))
    rising = [*np.linspace(1.0, 0.46, 10), *np.linspace(0.5, 2.73, 10)]
    (problem,) = symptoms(replace(good, log=curves(rising, falling)))
    assert "it was 0.46 in epoch 10 and is 2.73 now" in problem.message
    assert problem.fix.plan == (("stop_rule", EarlyStopping()),)
    for validation, train in (
        (falling, falling),
        (rising, rising),  # the training loss rises as well: that is something else
        ([*rising[:-1], 0.46], falling),  # the best weights are back
        ([*np.linspace(1.0, 0.46, 19), 0.6], falling),  # it may only waver
        (rising[8:15], falling[8:15]),
    ):
        assert found(replace(good, log=curves(validation, train))) == []
    # Points of other samples may lie higher because of those.
    assert found(replace(good, log=curves(rising, falling, [32] * 5 + [125] * 15))) != []
    jump = [*np.linspace(1.0, 0.46, 19), 0.9]
    assert (
        found(replace(good, log=curves([*jump, 0.9], [*falling, 0.1], [32] * 19 + [300] * 2))) == []
    )
    # The best weights of a large part are back, measured whole.
    back = curves([*rising, 0.5], [*falling, 0.3], [32] * 20 + [300])
    assert found(replace(good, log=back)) == []
    # What was measured of another network says nothing.
    log = curves(rising, falling) | {"outdated": np.array([[150.0, 0.0]])}
    assert found(replace(good, log=log)) == []
