"""Training with weights of classes and samples: what is made small, measured, saved and said."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder import Network
from neuralbuilder.data.class_weights import (
    BalancedClassWeights,
    NoClassWeights,
    OwnClassWeights,
    sample_weights,
)
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.engine.activations import Softmax, Tanh
from neuralbuilder.engine.layers import Dense, Input, Output
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.engine.optimizers import Adam, Sgd
from neuralbuilder.engine.stopping import EarlyStopping
from neuralbuilder.parts import changed
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document, from_bytes, to_bytes
from neuralbuilder.project.model import Plan
from neuralbuilder.training.judging import Judge
from neuralbuilder.training.messages import Load
from neuralbuilder.training.trainer import Trainer
from tests.training.conftest import chain, prepared


def rare(count: int = 400, share: float = 0.05) -> Samples:
    """Two classes that overlap, one of them rare."""
    random = np.random.default_rng(0)
    labels = (np.arange(count) < share * count).astype(int)
    x = random.normal(size=(count, 2)) + 1.2 * labels[:, None]
    return Samples(x, np.eye(2)[labels], ("a", "b"), ("no", "yes"), "classification")


class Rare(CsvTable):
    """The same as a data set."""

    def load(self) -> Samples:
        return rare()


def load_of(**settings) -> Load:
    plan = Plan(dataset=Rare("rare.csv"), loss=CategoricalCrossEntropy(), **settings)
    graph = chain(Input((2,)), Dense(4, Tanh()), Output(2, Softmax()))
    return Load(1, graph, plan, prepared(plan, outputs=2))


def loaded(load: Load) -> Trainer:
    trainer = Trainer()
    trainer.load(load)
    return trainer


def weighted_loss(trainer: Trainer, load: Load, part: str) -> float:
    rows, weights = getattr(load.data, part), sample_weights(load.plan.class_weights, load.data)
    output = trainer.source().network.forward(trainer.parameters, load.data.x[rows])
    each = load.plan.loss.of_samples(output, load.data.y[rows])
    return float(np.average(each, weights=None if weights is None else weights[rows]))


def test_every_measured_loss_is_the_weighted_mean_of_its_part():
    load = load_of(class_weights=BalancedClassWeights(), batch_size=20)
    trainer = loaded(load)
    trainer.run(epochs=3)
    for part in ("train", "validation", "test"):
        expected = weighted_loss(trainer, load, part)
        assert trainer.metrics[f"loss/{part}"] == pytest.approx(expected, rel=1e-5)
    network, plan = trainer.source().network, load.plan
    judge = Judge(network, trainer.parameters.copy(), load.data, plan.loss, plan.class_weights)
    assert judge.judge("test").loss == pytest.approx(trainer.metrics["loss/test"], rel=1e-6)


def test_a_full_batch_step_follows_the_gradient_of_the_weighted_mean():
    load = load_of(
        class_weights=BalancedClassWeights(),
        optimizer=Sgd(learning_rate=0.1),
        batch_size=10_000,
        precision="float64",
    )
    trainer = loaded(load)
    before, data = trainer.state().parameters, load.data
    weights = sample_weights(load.plan.class_weights, data)[data.train]
    _, gradient = trainer.source().network.loss_and_gradients(
        before, data.train_x, data.train_y, load.plan.loss, weights=weights
    )
    trainer.step()
    np.testing.assert_allclose(trainer.parameters, before - 0.1 * gradient, rtol=1e-12, atol=1e-14)


def test_training_goes_on_from_a_state_as_if_it_had_never_stopped():
    load = load_of(class_weights=OwnClassWeights("1, 7"), batch_size=16)
    whole, first, second = loaded(load), loaded(load), Trainer()
    whole.run(steps=60)
    first.run(steps=23)
    second.load(replace(load, state=first.state()))
    second.run(steps=37)
    assert np.array_equal(whole.parameters, second.parameters)


def test_changed_while_training_it_is_as_if_given_at_the_start():
    plain = load_of(batch_size=16, stop_rule=EarlyStopping(100))
    given = replace(plain, plan=changed(plain.plan, class_weights=BalancedClassWeights()))
    live, start = loaded(plain), loaded(given)
    live.adjust(given.plan)
    for trainer in (live, start):
        trainer.run(epochs=3)
    assert np.array_equal(live.parameters, start.parameters)
    assert live.state().memory == start.state().memory
    # At rest the losses that stand there are at once those of the other weights.
    live.adjust(plain.plan)
    assert live.metrics["loss/train"] == pytest.approx(
        weighted_loss(live, plain, "train"), rel=1e-5
    )
    assert live.state().memory == {}
    assert "mark/Class weights: none" in live.state().log


def test_balanced_weights_find_the_rare_class():
    found = {}
    for weights in (NoClassWeights(), BalancedClassWeights()):
        trainer = loaded(load_of(class_weights=weights, optimizer=Adam(0.02)))
        trainer.run(epochs=40)
        outcome = trainer.source().outcome("train")
        of_rare = outcome.right == 1
        found[weights.name] = np.mean(outcome.given[of_rare] == 1)
    assert found["balanced"] > found["none"] + 0.3


# ------------------------------------------------------------------ Python, files and checks


def test_in_python_classes_and_samples_have_weights():
    samples = rare()
    labels = samples.labels
    by_number = Network("2 -> 4 tanh -> 2 softmax")
    by_number.fit(samples.x, labels, class_weights={1: 3.0}, epochs=5)
    for same in (
        {"class_weights": [1, 3]},
        {"class_weights": OwnClassWeights("2, 6")},
        {"sample_weight": np.where(labels == 1, 3.0, 1.0)},
    ):
        other = Network("2 -> 4 tanh -> 2 softmax").fit(samples.x, labels, epochs=5, **same)
        for name, values in by_number.parameters.items():
            np.testing.assert_allclose(other.parameters[name], values, rtol=1e-4, atol=1e-6)
    plain = Network("2 -> 4 tanh -> 2 softmax").fit(samples.x, labels, epochs=5)
    assert not np.allclose(plain.parameters["output/W"], by_number.parameters["output/W"])
    one = Network("2 -> 4 tanh -> 1 sigmoid")
    one.fit(samples.x, labels, class_weights="balanced", epochs=30, learning_rate=0.02)
    assert (one.predict(samples.x)[:, 0] >= 0.5)[labels == 1].mean() > 0.5
    value, _ = one.loss_and_gradients(samples.x, labels)
    assert one.history["loss/train"][-1, 1] == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"class_weights": {2: 1.0}}, "names 2, but the classes are 0 to 1"),
        ({"class_weights": {"yes": 1.0}}, "names 'yes'"),
        ({"class_weights": [1, 2, 3]}, "shape"),
        ({"class_weights": [1, -2]}, "negative"),
        ({"class_weights": "heavy"}, "heavy"),
        ({"class_weights": [1, np.nan]}, "NaN"),
        ({"sample_weight": np.ones(7)}, "400 samples"),
        ({"sample_weight": -np.ones(400)}, "negative"),
        ({"sample_weight": np.zeros(400)}, "not all 0"),
    ],
)
def test_in_python_weights_that_do_not_fit_are_refused(settings, words):
    samples = rare()
    with pytest.raises(ValueError, match=words):
        Network("2 -> 2 softmax").fit(samples.x, samples.labels, epochs=1, **settings)


def test_weights_are_saved_with_the_project():
    samples = replace(rare(), weights=np.linspace(0.0, 2.0, 400))
    project = new_project("2 -> 3 -> 2", CsvTable("t.csv"), samples)
    project = edits.change_plan(project, class_weights=OwnClassWeights("no: 1, yes: 4"))
    again = from_bytes(to_bytes(Document(project, samples=samples)))
    assert again.project.plan.class_weights == OwnClassWeights("no: 1, yes: 4")
    assert np.array_equal(again.samples.weights, samples.weights)


def test_unequal_classes_are_said_with_their_remedy():
    samples = rare()
    project = new_project("2 -> 3 -> 2", CsvTable("t.csv"), samples)
    (advice,) = [p for p in check(project, samples) if p.setting == "class_weights"]
    assert advice.severity == "advice"
    assert "to answer 'no' always would be right 95 % of the time" in advice.message
    balanced = edits.apply_fix(project, advice.fix)
    assert balanced.plan.class_weights == BalancedClassWeights()
    assert not [p for p in check(balanced, samples) if p.setting == "class_weights"]
    wrong = edits.change_plan(project, class_weights=OwnClassWeights("1, 2, 3"))
    problem = check(wrong, samples)[0]
    assert (problem.severity, problem.setting) == ("error", "class_weights")
    assert "3 class weights for 2 classes (no, yes)" in problem.message
    numbers = edits.change_plan(new_project(), class_weights=BalancedClassWeights())
    text = " ".join(map(str, check(numbers, numbers.plan.dataset.load())))
    assert "class weights (balanced) are not used" in text


def test_the_command_line_trains_with_class_weights(tmp_path, monkeypatch, capsys):
    from neuralbuilder.cli.app import main

    monkeypatch.chdir(tmp_path)
    rows = rare()
    lines = [
        f"{a},{b},{rows.class_names[c]}" for (a, b), c in zip(rows.x, rows.labels, strict=True)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,answer", *lines]))

    def ok(*words: str) -> str:
        assert main(list(words)) == 0
        return capsys.readouterr().out

    ok("new", "2 -> 4 tanh -> 2 softmax", "--data", "t.csv", "-o", "a.nbnet")
    plain = json.loads(ok("train", "a.nbnet", "--epochs", "5", "-o", "b.nbnet", "--json"))
    found = json.loads(
        ok("train", "a.nbnet", "--epochs", "5", "--class-weights", "balanced", "--json")
    )
    assert found["loss/train"] > 1.5 * plain["loss/train"]  # the rare class counts as the other
    assert main(["train", "a.nbnet", "--class-weights", "1,2,3"]) == 2
    assert "3 class weights for 2 classes" in capsys.readouterr().err


def test_a_remedy_that_is_taken_already_is_not_offered_again():
    load = load_of(class_weights=BalancedClassWeights())
    trainer = loaded(load)
    trainer.run(epochs=4)
    trainer.set_weight("output/b", (0,), 100.0)
    (one,) = trainer.symptoms({"output": "Answer"})
    assert "answers no for each of" in one.message
    assert one.fix is None
    trainer.adjust(changed(load.plan, class_weights=NoClassWeights()))
    assert trainer.symptoms()[0].fix is not None
