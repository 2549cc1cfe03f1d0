"""Schedules, early stopping and full-batch optimizers in the course of training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.bundled import Digits
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.activations import Softmax, Tanh
from neuralbuilder.engine.layers import BatchNorm, Dense, Dropout, Input, Output
from neuralbuilder.engine.losses import CategoricalCrossEntropy, Huber
from neuralbuilder.engine.optimizers import Adam, Lbfgs, Rprop, Sgd
from neuralbuilder.engine.schedules import Cosine, Exponential, Plateau, Steps, WarmUp
from neuralbuilder.engine.stopping import EarlyStopping, NeverStop
from neuralbuilder.insights import LearningRate, LossCurve
from neuralbuilder.insights.figure import Marker
from neuralbuilder.parts import changed
from neuralbuilder.project import files
from neuralbuilder.project.model import Link, Node, Plan, Project
from neuralbuilder.training.messages import Load
from neuralbuilder.training.trainer import Trainer
from tests.training.conftest import chain, prepared


def loaded(load: Load) -> Trainer:
    trainer = Trainer()
    trainer.load(load)
    return trainer


def validation_loss(trainer: Trainer, load: Load, parameters=None) -> float:
    network = trainer.source().network
    weights = trainer.parameters if parameters is None else parameters
    return network.loss(weights, load.data.validation_x, load.data.validation_y, load.plan.loss)


OVERFITTING = {
    "hidden": 40,
    "samples": 60,
    "batch_size": 8,
    "optimizer": Adam(learning_rate=0.05),
}
"""Settings with which the validation loss soon begins to rise."""


# ------------------------------------------------------------ the same bits after a file


PLANS = [
    {"schedule": Plateau(0.5, patience=0, improvement=0.05), "optimizer": Adam(0.05)},
    {"schedule": WarmUp(4, then=Plateau(patience=1, improvement=0.1)), "optimizer": Sgd(0.3)},
    {"stop_rule": EarlyStopping(1000), "optimizer": Adam(0.05)},
    {"schedule": Cosine(9), "stop_rule": EarlyStopping(4, 0.5), "split": Split(0.0, 0.1)},
    {"optimizer": Rprop()},
    {"optimizer": Lbfgs(iterations=3)},
    {"optimizer": Lbfgs(iterations=3), "stop_rule": EarlyStopping(3)},
    {"clip_norm": 0.1, "clip_value": 0.05, "schedule": Exponential(0.9)},
]


@pytest.mark.parametrize("settings", PLANS)
@pytest.mark.parametrize("cuts", [(5, 6, 7, 13), (23,)])
def test_going_on_from_files_is_the_same_as_never_having_stopped(
    make_load, tmp_path, settings, cuts
):
    load = make_load(**{"batch_size": 50} | settings)
    project = project_of(load)
    whole = loaded(load)
    states, steps = [], 30
    for _ in range(steps):
        if whole.run(steps=1).status == "finished":
            whole.start()
        states.append(whole.state())
    for cut in cuts:
        path = tmp_path / f"{cut}.nbnet"
        files.save(path, files.Document(project, states[cut - 1]))
        document = files.load(path)
        assert document.notices == ()
        assert document.project.plan == load.plan
        state = document.state
        assert dict(state.memory) == dict(states[cut - 1].memory)
        resumed = loaded(replace(load, state=state))
        for _ in range(steps - cut):
            resumed.run(steps=1)
        same_state(resumed.state(), states[-1])


def project_of(load: Load) -> Project:
    nodes = tuple(Node(node, layer, node) for node, layer in load.graph.layers)
    return Project(nodes, tuple(Link(*link) for link in load.graph.links), load.plan)


def same_state(first, second) -> None:
    np.testing.assert_array_equal(first.parameters, second.parameters)
    assert dict(first.memory) == dict(second.memory)
    assert (first.step, first.epoch, first.batch) == (second.step, second.epoch, second.batch)
    for arrays, others in ((first.optimizer, second.optimizer), (first.best, second.best)):
        assert arrays.keys() == others.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, others[name])


@pytest.mark.parametrize("settings", PLANS[:4])
def test_the_length_of_the_stretches_changes_nothing(make_load, settings):
    one, many = (loaded(make_load(**settings)) for _ in range(2))
    one.run(steps=150)
    many.start(steps=150)
    while many.status == "running":
        many.run_chunk(7)
    same_state(one.state(), many.state())


# ------------------------------------------------------------ early stopping


def test_early_stopping_brings_the_best_weights_back(make_load):
    load = make_load(**OVERFITTING, stop_rule=EarlyStopping(10))
    plain = loaded(replace(load, plan=changed(load.plan, stop_rule=NeverStop())))
    losses, states = [], []
    trainer = loaded(load)
    stopped = trainer.run(epochs=500)
    for _ in range(trainer.epochs_done):
        plain.run(epochs=1)
        losses.append(validation_loss(plain, load))
        states.append(plain.state())
    best = int(np.argmin(losses))
    epochs = trainer.epochs_done
    assert epochs == best + 11 < 500
    assert stopped.status == trainer.status == "finished"
    assert stopped.problem is None
    assert stopped.message == (
        f"Stopped at epoch {epochs}: the validation loss has not improved for 10 epochs; "
        f"the weights of epoch {best + 1} are back."
    )
    np.testing.assert_array_equal(trainer.parameters, states[best].parameters)
    for name, array in states[best].optimizer.items():
        np.testing.assert_array_equal(trainer.state().optimizer[name], array)
    assert trainer.metrics["loss/validation"] == pytest.approx(min(losses), rel=1e-5)


def test_training_on_after_a_stop_waits_afresh(make_load):
    trainer = loaded(make_load(**OVERFITTING, stop_rule=EarlyStopping(3)))
    first = trainer.run(epochs=500)
    epoch = trainer.epochs_done
    assert trainer.state().best == {}
    assert trainer.state().memory == {}
    assert trainer.run(epochs=1).message == ""
    assert trainer.epochs_done == epoch + 1
    assert trainer.state().memory["stopping/epoch"] == epoch + 1
    second = trainer.run(epochs=500)
    assert first.message != second.message
    assert second.message.startswith(f"Stopped at epoch {trainer.epochs_done}")


def test_without_a_validation_part_the_training_loss_is_watched(make_load):
    load = make_load(
        optimizer=Sgd(0.0), split=Split(0.0, 0.0), stop_rule=EarlyStopping(1), batch_size=10
    )
    trainer = loaded(load)
    stopped = trainer.run(epochs=10)
    assert stopped.message == (
        "Stopped at epoch 2: the training loss has not improved for 1 epoch; "
        "the weights of epoch 1 are back."
    )


def test_the_watched_loss_is_measured_at_every_epoch(make_load):
    load = make_load(stop_rule=EarlyStopping(1000), batch_size=20)
    trainer = loaded(load)
    trainer.run(epochs=400)
    log = trainer.state().log
    assert len(log["loss/test"]) < 250  # the other parts are not
    per_epoch = -(-len(load.data.train) // 20)
    ends = [per_epoch * (epoch + 1) for epoch in range(400)]
    assert np.isin(ends, log["loss/validation"][:, 0]).all()
    assert set(log["samples/validation"][:, 1]) == {len(load.data.validation)}


def test_another_loss_or_rule_forgets_the_best_weights(make_load):
    load = make_load(stop_rule=EarlyStopping(1000), schedule=Plateau())
    for change in ({"loss": Huber()}, {"stop_rule": NeverStop()}):
        trainer = loaded(load)
        trainer.run(epochs=3)
        assert set(trainer.state().best) == {"best", "optimizer/m", "optimizer/v", "optimizer/t"}
        trainer.adjust(changed(load.plan, **change))
        assert trainer.state().best == {}
        kept = {name for name in trainer.state().memory if name.startswith("schedule/")}
        assert bool(kept) == ("loss" not in change)
    trainer = loaded(load)
    trainer.run(epochs=3)
    trainer.adjust(changed(load.plan, stop_rule=EarlyStopping(5), l2=0.1))
    assert "best" in trainer.state().best


def test_a_change_of_the_network_forgets_them_too(make_load):
    load = make_load(stop_rule=EarlyStopping(1000), schedule=Plateau())
    trainer = loaded(load)
    trainer.run(epochs=3)
    layers = {**dict(load.graph.layers), "output": Output(2, bias=False)}
    graph = replace(load.graph, layers=tuple(layers.items()))
    trainer.load(replace(load, graph=graph, keep=True))
    assert trainer.state().best == {}
    assert set(trainer.state().memory) == {"schedule/best", "schedule/waited"}
    trainer.run(epochs=3)
    assert trainer.state().best["best"].shape == trainer.parameters.shape


def test_another_optimizer_takes_the_best_weights_without_its_arrays(make_load):
    load = make_load(**OVERFITTING, stop_rule=EarlyStopping(5))
    trainer = loaded(load)
    trainer.run(epochs=2)
    trainer.adjust(changed(load.plan, optimizer=Sgd(0.0)))
    best = trainer.state().best["best"]
    stopped = trainer.run(epochs=50)
    assert stopped.message
    np.testing.assert_array_equal(trainer.parameters, best)


def test_divergence_while_waiting_is_found_and_repeated_exactly(make_load):
    load = make_load(
        optimizer=Sgd(0.1),
        batch_size=500,
        stop_rule=EarlyStopping(1000),
        schedule=Plateau(patience=2),
    )
    trainer, other = loaded(load), loaded(load)
    trainer.run(epochs=20)
    diverging = changed(load.plan, optimizer=Sgd(1e6))
    trainer.adjust(diverging)
    stopped = trainer.run(epochs=50)
    assert stopped.status == "diverged"
    other.run(epochs=20)
    other.adjust(diverging)
    other.run(steps=trainer.steps_done - 20) if trainer.steps_done > 20 else None
    same_state(trainer.state(), other.state())


# ------------------------------------------------------------ schedules


def test_a_schedule_is_the_same_as_changing_the_rate_by_hand(make_load):
    load = make_load(optimizer=Sgd(0.2), schedule=Steps(2, 0.5))
    scheduled = loaded(load)
    by_hand = loaded(make_load(optimizer=Sgd(0.2)))
    for epoch in range(8):
        plan = by_hand._loaded().plan
        by_hand.adjust(changed(plan, optimizer=Sgd(0.2 * 0.5 ** (epoch // 2))))
        by_hand.run(epochs=1)
        scheduled.run(epochs=1)
        np.testing.assert_array_equal(scheduled.parameters, by_hand.parameters)


def with_another_layer(load: Load, hidden: int) -> Load:
    """The network with one more layer behind the hidden one, which keeps its weights."""
    graph = chain(Input((4,)), Dense(3, Tanh()), Dense(hidden, Tanh()), Output(2))
    return replace(load, graph=graph, keep=True)


def test_a_schedule_that_is_over_begins_again_with_fresh_weights(make_load, tmp_path):
    load = make_load(optimizer=Sgd(0.2), schedule=Cosine(2, 0.01), epochs=2)
    trainer = loaded(load)
    trainer.run()
    assert trainer._loop.rate == pytest.approx(0.002)
    deeper = with_another_layer(load, 5)
    assert trainer.load(deeper).restarted == ("hidden_2", "output")
    assert trainer._loop.rate == 0.2
    state = trainer.state()
    assert (state.epoch, state.memory["schedule/start"]) == (2, 2)
    assert trainer.run().status == "finished"
    assert trainer.state().epoch == 4, "the epochs of the plan are counted from there, too"
    assert trainer._loop.rate == pytest.approx(0.002)
    again = loaded(replace(deeper, state=state, keep=False))
    again.run()
    same_state(again.state(), trainer.state())


def test_a_schedule_goes_on_where_it_is_not_over_or_nothing_is_fresh(make_load):
    load = make_load(optimizer=Sgd(0.2), schedule=Cosine(4))
    trainer = loaded(load)
    trainer.run(epochs=3)
    rate = trainer._loop.rate
    assert 0 < rate < 0.1
    trainer.load(with_another_layer(load, 5))
    assert trainer._loop.rate == rate
    trainer.run(epochs=1)
    assert trainer._loop.rate == 0
    same = replace(trainer._loaded(), keep=True)
    assert trainer.load(same).restarted == ()
    assert trainer._loop.rate == 0


def test_a_plateau_lowers_the_rate_when_nothing_improves(make_load):
    load = make_load(optimizer=Adam(0.0), schedule=Plateau(0.5, patience=1, minimum=0.25))
    trainer = loaded(load)
    trainer.run(epochs=12)
    assert trainer.state().memory["schedule/factor"] == 0.25


@pytest.mark.parametrize("gamma", [0.9, 0.1])
def test_every_step_of_the_rate_is_marked(make_load, gamma):
    steps = make_load(optimizer=Adam(0.08), schedule=Steps(3, gamma), batch_size=500)
    trainer = loaded(steps)
    trainer.run(epochs=10)
    marks = trainer.state().log["mark/learning rate"]
    assert marks[:, 0].tolist() == [3, 6, 9]
    assert marks[:, 1] == pytest.approx(0.08 * gamma ** np.arange(1, 4))


def test_a_gliding_rate_is_marked_at_every_tenth_and_at_its_end(make_load):
    load = make_load(optimizer=Adam(0.08), schedule=Cosine(40, 0.02), batch_size=500)
    trainer = loaded(load)
    trainer.run(epochs=60)
    log = trainer.state().log
    marks = log["mark/learning rate"]
    assert marks[:, 1] == pytest.approx(0.08 * np.array([0.092, 0.02]), abs=1e-3)
    assert marks[-1].tolist() == [40, pytest.approx(0.0016)]
    assert log["learning rate"][0].tolist() == [1, 0.08 * Cosine(40, 0.02).factor(1, {})]
    assert log["learning rate"][-1, 1] == pytest.approx(0.0016)


def test_the_learning_rate_can_be_plotted(make_load):
    trainer = loaded(make_load(optimizer=Adam(0.08), schedule=Exponential(0.5), batch_size=500))
    assert "Train with a schedule" in LearningRate().compute(trainer.source()).message
    trainer.run(epochs=5)
    figure = LearningRate(logarithmic=True).compute(trainer.source())
    line, *markers = figure.marks
    assert line.x.tolist() == [1, 2, 5]
    assert line.y == pytest.approx([0.04, 0.02, 0.0025])
    assert [(marker.x, marker.text) for marker in markers] == [(4, "rate 0.005")]
    assert [mark.name for mark in LossCurve().compute(trainer.source()).marks[:3]] == [
        "train", "validation", "test",
    ]  # fmt: skip


def test_a_warm_up_is_marked_when_it_is_over_and_once_only(make_load):
    load = make_load(optimizer=Adam(0.04), schedule=WarmUp(3, 0.6), batch_size=500)
    trainer = loaded(load)
    trainer.run(epochs=2)
    resumed = loaded(replace(load, state=trainer.state()))
    resumed.run(epochs=20)
    assert resumed.state().log["mark/learning rate"].tolist() == [[3, 0.04]]


def test_a_constant_rate_leaves_no_trace(make_load):
    trainer = loaded(make_load())
    trainer.run(epochs=5)
    assert not [name for name in trainer.state().log if "learning rate" in name]


def test_other_schedules_and_rules_are_marked_by_name(make_load):
    load = make_load()
    trainer = loaded(load)
    trainer.run(steps=10)
    plan = changed(load.plan, schedule=Plateau(), stop_rule=EarlyStopping())
    trainer.adjust(plan)
    trainer.adjust(changed(plan, schedule=Plateau(patience=3), optimizer=Lbfgs(), clip_norm=1.0))
    marks = {name: points[-1, 1] for name, points in trainer.state().log.items() if "mark" in name}
    assert marks == {
        "mark/Schedule: reduce on plateau": 0.0,
        "mark/Early stopping: no improvement": 0.0,
        "mark/schedule, patience": 3.0,
        "mark/Optimizer: L-BFGS": 0.0,
        "mark/clip norm/no limit": 1.0,
    }


def test_a_limit_that_is_taken_away_is_marked_in_words(make_load):
    load = make_load()
    trainer = loaded(load)
    trainer.run(steps=10)
    trainer.adjust(changed(load.plan, clip_norm=0.5))
    trainer.run(steps=10)
    trainer.adjust(load.plan)
    marks = LossCurve().compute(trainer.source()).marks
    texts = [mark.text for mark in marks if isinstance(mark, Marker)]
    assert texts == ["clip norm 0.5", "clip norm: no limit"]


# ------------------------------------------------------------ all samples in every step


@pytest.mark.parametrize("optimizer", [Rprop(), Lbfgs(iterations=2)])
def test_full_batch_optimizers_use_all_samples_in_every_step(make_load, optimizer):
    load = make_load(optimizer=optimizer, batch_size=7)
    trainer = loaded(load)
    assert trainer._loop.next_batch()[0].shape[0] == len(load.data.train)
    trainer.run(steps=3)
    assert trainer.epochs_done == 3
    same = loaded(make_load(optimizer=optimizer, batch_size=1000))
    same.run(steps=3)
    np.testing.assert_array_equal(trainer.parameters, same.parameters)


def test_changing_to_a_full_batch_optimizer_begins_the_epoch_anew(make_load):
    load = make_load(batch_size=50)
    trainer = loaded(load)
    trainer.run(steps=2)
    assert trainer.state().batch == 100
    trainer.adjust(changed(load.plan, optimizer=Lbfgs()))
    assert trainer.state().batch == 0
    assert trainer._loop.next_batch()[0].shape[0] == len(load.data.train)
    trainer.run(steps=1)
    assert trainer.epochs_done == 1


def test_a_state_within_an_epoch_goes_on_with_all_samples(make_load):
    load = make_load(batch_size=50)
    trainer = loaded(load)
    trainer.run(steps=2)
    other = loaded(replace(load, plan=changed(load.plan, optimizer=Rprop()), state=trainer.state()))
    other.run(steps=1)
    assert other.epochs_done == 1


def test_lbfgs_learns_in_a_few_steps_what_takes_descent_hundreds(make_load):
    fast, slow = loaded(make_load(optimizer=Lbfgs())), loaded(make_load(optimizer=Sgd(0.1)))
    fast.run(epochs=10)
    slow.run(epochs=200)
    assert fast.metrics["loss/train"] < 0.8 * slow.metrics["loss/train"]


# ------------------------------------------------------------ many classes


def test_with_many_classes_the_first_five_are_counted_too():
    plan = Plan(dataset=Digits(), loss=CategoricalCrossEntropy())
    shape = plan.dataset.load().input_shape
    graph = chain(Input(shape), Dense(10, Tanh()), Output(10, Softmax()))
    trainer = loaded(Load(1, graph, plan, prepared(plan, outputs=10)))
    trainer.run(epochs=1)
    metrics = trainer.metrics
    assert 1 > metrics["top-5 accuracy/test"] > metrics["accuracy/test"] > 0.1


def test_an_infinite_loss_stops_lbfgs_and_no_learning_rate_is_blamed(make_load):
    trainer = loaded(make_load(optimizer=Lbfgs()))
    trainer.run(steps=1)
    trainer.set_weight("output/W", (0, 0), 3e38)
    before = trainer.state().parameters
    stopped = trainer.run(steps=5)
    assert stopped.status == "diverged"
    assert stopped.problem.hint == (
        "Train on with another optimizer. The last good weights are kept."
    )
    np.testing.assert_array_equal(trainer.parameters, before)


@pytest.mark.parametrize("optimizer", [Lbfgs(iterations=3), Rprop(), Adam(0.02)])
def test_noise_and_running_means_go_on_from_a_file_too(make_load, tmp_path, optimizer):
    load = make_load(optimizer=optimizer, stop_rule=EarlyStopping(3), clip_norm=1.0)
    graph = chain(Input((4,)), Dense(6, Tanh()), BatchNorm(), Dropout(0.2), Output(2))
    load = replace(load, graph=graph)
    whole, first = loaded(load), loaded(load)
    whole.run(steps=12)
    first.run(steps=5)
    files.save(tmp_path / "a.nbnet", files.Document(project_of(load), first.state()))
    state = files.load(tmp_path / "a.nbnet").state
    second = loaded(replace(load, state=state))
    second.run(steps=7)
    same_state(second.state(), whole.state())
    means = whole.source().network.layout.views(whole.parameters)
    moved = [name for name in means if "mean" in name]
    assert moved
    assert all(means[name].any() for name in moved)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_after_early_stopping_the_losses_are_those_of_the_weights_that_are_back(make_load, share):
    load = make_load(
        hidden=30, samples=60, optimizer=Adam(0.1), stop_rule=EarlyStopping(5),
        split=Split(share, 0.0),
    )  # fmt: skip
    trainer = loaded(load)
    assert trainer.run(epochs=2000).status == "finished"
    network, data = trainer.source().network, load.data
    for part in ("train", "validation")[: 1 + bool(share)]:
        rows = getattr(data, part)
        true = network.loss(trainer.parameters, data.x[rows], data.y[rows], load.plan.loss)
        assert trainer.metrics[f"loss/{part}"] == pytest.approx(true, rel=1e-5)
        newest = trainer.state().log[f"loss/{part}"][-1]
        assert newest.tolist() == [trainer.steps_done, pytest.approx(true, rel=1e-5)]
