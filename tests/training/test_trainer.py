"""The training loop: repeatable, interruptible, adjustable, and never silent about bad numbers."""

from __future__ import annotations

import gc
import itertools
from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.preprocessing import prepare
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Dense, Dropout, Output
from neuralbuilder.engine.losses import Huber, MeanSquaredError
from neuralbuilder.engine.optimizers import Adam, Lbfgs, Momentum, Rprop, Sgd
from neuralbuilder.engine.schedules import Cosine
from neuralbuilder.insights.base import spread
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.project import files
from neuralbuilder.project.examples import example
from neuralbuilder.training.effort import epochs_between
from neuralbuilder.training.evaluation import POINTS, SIZES, gap
from neuralbuilder.training.messages import Ask, Load
from neuralbuilder.training.trainer import Trainer


def loaded(load: Load) -> Trainer:
    trainer = Trainer()
    trainer.load(load)
    return trainer


def same_weights(first: Trainer, second: Trainer) -> bool:
    return np.array_equal(first.parameters, second.parameters)


# ------------------------------------------------------------ the same numbers


@pytest.mark.parametrize("optimizer", [Sgd(), Momentum(), Adam()])
@pytest.mark.parametrize("batch_size", [1, 32, 1000])
def test_continuing_from_a_state_is_the_same_as_never_having_stopped(
    make_load, optimizer, batch_size
):
    load = make_load(optimizer=optimizer, batch_size=batch_size)
    whole, first, second = loaded(load), loaded(load), Trainer()
    whole.run(steps=1000)
    first.run(steps=400)
    second.load(replace(load, state=first.state()))
    second.run(steps=600)
    assert whole.steps_done == second.steps_done == 1000
    assert whole.epochs_done == second.epochs_done
    assert same_weights(whole, second)
    for name, array in whole.state().optimizer.items():
        assert np.array_equal(array, second.state().optimizer[name])


def test_continuing_from_a_file_is_the_same_as_never_having_stopped(tmp_path):
    project, path = example(), tmp_path / "example.nbnet"
    plan = project.plan
    data = prepare(plan.dataset.load(), plan.split, plan.preprocessing, plan.scale_targets)
    load = Load(1, project.graph(), plan, data)
    whole, first, second = loaded(load), loaded(load), Trainer()
    whole.run(steps=500)
    first.run(steps=217)
    files.save(path, files.Document(project, first.state(), None))
    second.load(replace(load, state=files.load(path).state))
    second.run(steps=283)
    assert second.steps_done == 500
    assert same_weights(whole, second)


@pytest.mark.parametrize(("samples", "batch_size"), [(1000, 1), (330, 3), (100, 15), (40, 40)])
def test_an_interrupted_run_has_the_points_of_one_that_was_not(make_load, samples, batch_size):
    load = make_load(samples=samples, batch_size=batch_size)
    whole, broken, breaks = loaded(load), loaded(load), (1, 37, 211, 480, 777, 1204)
    whole.run(steps=1500)
    for before, step in itertools.pairwise((0, *breaks)):
        broken.run(steps=step - before)
        resumed = Trainer()
        resumed.load(replace(load, state=broken.state()))
        broken = resumed
    broken.run(steps=1500 - breaks[-1])
    assert same_weights(whole, broken)
    one, other = (trainer.state().log for trainer in (whole, broken))
    for name in ("loss/mini-batches", "epoch"):
        assert len(one[name]) > 10
        assert np.array_equal(np.union1d(one[name][:, 0], breaks), other[name][:, 0])
    # Every run has points enough of its own, so there are some more after each interruption.
    for name in ("loss/train", "loss/validation", "R2/test"):
        assert len(one[name]) >= POINTS
        assert np.isin(np.union1d(one[name][:, 0], breaks), other[name][:, 0]).all()


@pytest.mark.parametrize("steps_per_epoch", [1, 7, 79, 80, 1500])
@pytest.mark.parametrize("run", [40, 79, 80, 1500, 123_456])
def test_any_run_of_an_epoch_has_points_enough_and_their_gaps_grow(steps_per_epoch, run):
    steps = [s for s in range(1, run + 1) if s % gap(s, steps_per_epoch) == 0]
    if run >= steps_per_epoch:
        assert len(steps) >= POINTS
        assert len([s for s in steps if s > run // 2]) >= POINTS // 4
    assert len(steps) <= POINTS * (2 + np.log2(run / POINTS))
    gaps = np.diff(steps)
    assert (np.diff(gaps) >= 0).all()


def test_short_runs_have_a_point_per_step_and_a_second_run_has_as_many(make_load):
    trainer = loaded(make_load(optimizer=Rprop()))  # one step is an epoch
    trainer.run(epochs=30)
    assert trainer.state().log["loss/validation"][:, 0].tolist() == list(range(1, 31))
    trainer.run(epochs=1000)
    trainer.run(epochs=50)
    steps = trainer.state().log["loss/validation"][:, 0]
    assert np.count_nonzero(steps > 1030) >= POINTS


def test_the_length_of_the_stretches_does_not_change_the_points(make_load):
    load = make_load(samples=330, batch_size=3)
    one, many = loaded(load), loaded(load)
    one.run(steps=1500)
    many.start(steps=1500)
    while many.status == "running":
        many.run_chunk(7)
    points = [trainer.state().log["loss/mini-batches"] for trainer in (one, many)]
    assert np.allclose(*points, rtol=1e-12, atol=0)


def test_the_length_of_the_stretches_does_not_change_the_weights(make_load):
    one, many = loaded(make_load()), loaded(make_load())
    one.run(steps=500)
    many.start(steps=500)
    while many.status == "running":
        many.run_chunk(7)
    assert same_weights(one, many)


def test_another_seed_gives_another_order(make_load):
    load = make_load(optimizer=Sgd())
    other = replace(load, plan=changed(load.plan, seed=1), state=loaded(load).state())
    same, different = loaded(load), loaded(other)
    same.run(steps=5)
    different.run(steps=5)
    assert not same_weights(same, different)


def test_every_sample_is_used_once_per_epoch(make_load):
    load = make_load(batch_size=32)
    trainer = loaded(load)
    loop = trainer._loop
    seen = []
    for _ in range(-(-len(load.data.train) // 32)):
        seen.append(loop.next_batch()[0].copy())
        loop.run(1)
    assert loop.epoch == 1
    assert [len(batch) for batch in seen][-1] == len(load.data.train) % 32
    used, available = np.concatenate(seen), load.data.train_x
    assert np.array_equal(used[np.lexsort(used.T)], available[np.lexsort(available.T)])


def test_it_trains_the_network_that_the_engine_computes(make_load):
    load = make_load(optimizer=Sgd(learning_rate=0.1), batch_size=10_000, precision="float64")
    trainer = loaded(load)
    network, before = trainer.source().network, trainer.state().parameters
    _, gradient = network.loss_and_gradients(
        before, load.data.train_x, load.data.train_y, MeanSquaredError()
    )
    trainer.step()
    assert np.allclose(trainer.parameters, before - 0.1 * gradient, rtol=1e-12, atol=1e-14)


# ------------------------------------------------------------ running and stopping


def test_training_lowers_the_loss_and_logs_it(make_load):
    trainer = loaded(make_load())
    trainer.run(epochs=60)
    log = trainer.state().log
    assert log["loss/train"][-1, 1] < 0.6 * log["loss/train"][0, 1]
    for name in ("loss/train", "loss/validation", "loss/test", "epoch"):
        steps = log[name][:, 0]
        assert (np.diff(steps) > 0).all()
        assert steps[-1] == trainer.steps_done
    assert log["epoch"][-1, 1] == 60


def test_the_logged_losses_are_those_of_the_weights(make_load):
    load = make_load()
    trainer = loaded(load)
    trainer.run(epochs=3)
    source, data = trainer.source(), load.data
    for part in ("train", "validation", "test"):
        x, y = getattr(data, f"{part}_x"), getattr(data, f"{part}_y")
        output = source.network.forward(source.parameters, x)
        assert trainer.metrics[f"loss/{part}"] == pytest.approx(
            load.plan.loss.value(output, y), rel=1e-5
        )


def test_the_train_loss_is_that_of_the_weights_that_are_saved_without_dropout(make_load):
    load = make_load(hidden=20)
    layers = (*load.graph.layers, ("dropout", Dropout(0.5)))
    links = (("input", "hidden_1"), ("hidden_1", "dropout"), ("dropout", "output"))
    trainer = loaded(replace(load, graph=Graph(layers, links)))
    trainer.run(steps=33)
    assert trainer.metrics["loss/train"] == pytest.approx(loss_of(trainer, load), rel=1e-5)
    assert trainer.metrics["samples/train"] == len(load.data.train)
    assert trainer.metrics["loss/mini-batches"] > 1.05 * trainer.metrics["loss/train"]
    trainer.set_weight("output/b", (0,), 3.0)
    assert trainer.metrics["loss/train"] == pytest.approx(loss_of(trainer, load), rel=1e-5)
    other = replace(load, plan=changed(load.plan, loss=Huber()))
    trainer.adjust(other.plan)
    assert trainer.metrics["loss/train"] == pytest.approx(loss_of(trainer, other), rel=1e-5)


def test_every_point_of_every_curve_depends_on_the_seed_alone(make_load):
    def clock_of(tick: float):
        now = itertools.count()
        return lambda: next(now) * tick

    logs = []
    for tick in (1e-9, 1e-3, 10.0):  # on machines of any speed
        trainer = Trainer(clock_of(tick))
        trainer.load(make_load())
        trainer.start(epochs=200)
        while trainer.status == "running":
            trainer.run_chunk(100)
        logs.append(trainer.state().log)
    for log in logs[1:]:
        assert log.keys() == logs[0].keys() > {"loss/test", "R2/validation"}
        for name, points in log.items():
            np.testing.assert_array_equal(points, logs[0][name])


def test_parts_are_measured_after_the_first_epoch_and_then_at_even_distances(make_load):
    load = make_load()
    trainer = loaded(load)
    trainer.run(epochs=1000)
    loop = trainer._loop
    every, per_epoch = epochs_between(loop, len(load.data.x)), loop.steps_per_epoch
    found = set(trainer.state().log["loss/test"][:, 0].tolist())
    ends = [epoch * per_epoch for epoch in (1, *range(every, 1001, every))]
    between = [s for s in range(1, 1000 * per_epoch) if s % gap(s, per_epoch) == 0]
    assert found == {*ends, *between, 1000 * per_epoch}
    assert 2 < every < 100
    # One sample a step takes longer to train on than to measure.
    trainer.adjust(changed(load.plan, batch_size=1))
    trainer.run(epochs=10)
    steps = trainer.state().log["loss/test"][:, 0]
    oftener = epochs_between(loop, len(load.data.x))
    assert oftener < every
    ends = [1000 * per_epoch + epoch * loop.steps_per_epoch for epoch in range(11)]
    assert np.isin(ends[::oftener], steps).all()


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({"batch_size": 4}, False),
        ({"batch_size": 1000}, True),
        ({"optimizer": Lbfgs()}, False),
        ({"split": Split(0.4, 0.4)}, True),
        ({"hidden": 300, "batch_size": 1000}, False),
    ],
)
def test_the_more_measuring_takes_of_training_the_rarer_it_is(make_load, settings, more):
    def every(**settings):
        load = make_load(samples=1000, **settings)
        return epochs_between(loaded(load)._loop, len(load.data.x))

    usual = every(batch_size=1000) if "hidden" in settings else every()
    assert (every(**settings) > usual) is more


def test_a_mini_batch_in_lanes_is_trained_on_in_less_time(make_load, monkeypatch):
    found = []
    for cores in (1, 2):
        monkeypatch.setattr("neuralbuilder.training.loop.threads", lambda cores=cores: cores)
        loop = loaded(make_load(samples=4000, hidden=2000, batch_size=1000))._loop
        assert loop.lanes == cores
        found.append(epochs_between(loop, 4000))
    assert found[0] < found[1]


def test_a_classifier_logs_its_accuracy(iris_load):
    trainer = loaded(iris_load)
    trainer.run(epochs=60)
    source, data = trainer.source(), iris_load.data
    output = source.network.forward(source.parameters, data.test_x)
    right = output.argmax(axis=1) == data.test_y.argmax(axis=1)
    assert trainer.metrics["accuracy/test"] == pytest.approx(right.mean())
    assert trainer.metrics["accuracy/train"] > 0.9


def test_looks_take_some_of_large_parts_and_the_end_takes_all(make_load):
    load = make_load(samples=8000, split=Split(0.3, 0.3), batch_size=500)
    parts = {part: getattr(load.data, part) for part in ("train", "validation", "test")}
    some = {part: spread(rows, SIZES[2]) for part, rows in parts.items()}
    for part, rows in some.items():
        assert (rows[0], rows[-1]) == (parts[part][0], parts[part][-1])
        assert np.all(np.diff(rows) > 0)
    looks, ends = loaded(load), loaded(load)
    looks.start(epochs=2)
    ends.start(epochs=1)
    while not ends.epochs_done:
        looks.run_chunk(1)
        ends.run_chunk(1)
    assert (looks.status, ends.status) == ("running", "paused")
    scaling = load.data.scaling
    for trainer, measured in ((looks, some), (ends, parts)):
        source = trainer.source()
        for part, rows in measured.items():
            output = source.network.forward(source.parameters, load.data.x[rows])
            error = scaling.original_targets(output) - scaling.original_targets(load.data.y[rows])
            found = trainer.metrics[f"mean absolute error/{part}"]
            assert found == pytest.approx(np.mean(np.abs(error)), rel=1e-5)
            loss = load.plan.loss.value(output, load.data.y[rows])
            assert trainer.metrics[f"loss/{part}"] == pytest.approx(loss, rel=1e-5)
            assert trainer.metrics[f"samples/{part}"] == len(rows)
    looks.pause()
    assert looks.metrics == ends.metrics
    # The longer a run has become, the more samples are worth while.
    looks.run(epochs=3000)
    whole = len(parts["validation"])
    counts = looks.state().log["samples/validation"][:, 1]
    assert set(counts) <= {*SIZES, whole}
    assert SIZES[0] < counts[-2] == SIZES[-1] < counts[-1] == whole


def test_it_pauses_after_the_steps_epochs_or_plan_that_were_asked_for(make_load):
    trainer = loaded(make_load(epochs=3, batch_size=50))
    assert trainer.step().status == "paused"
    assert trainer.steps_done == 1
    assert trainer.run(epochs=1).status == "paused"
    assert trainer.epochs_done == 1
    assert trainer.run().status == "finished"
    assert trainer.epochs_done == 3
    assert trainer.run().status == "finished"
    assert trainer.epochs_done == 6


def test_endless_training_is_refused_inline(make_load):
    with pytest.raises(UserError, match="never end"):
        loaded(make_load()).run()


def test_nothing_works_before_a_network_is_loaded():
    with pytest.raises(UserError, match="Load one first"):
        Trainer().start()


def test_train_for_a_time_trains_and_pause_stops_it(make_load):
    trainer = loaded(make_load())
    trainer.start()
    assert trainer.train_for(0.02) is None
    assert trainer.status == "running"
    trainer.pause()
    steps = trainer.steps_done
    assert steps > 0
    trainer.train_for(0.02)
    assert trainer.steps_done == steps


def test_a_batch_larger_than_the_data_is_the_whole_data(make_load):
    trainer = loaded(make_load(batch_size=100_000))
    trainer.step()
    assert trainer.epochs_done == 1


def test_a_regression_has_its_metrics_in_the_units_of_the_targets(make_load):
    load = make_load()
    trainer = loaded(load)
    trainer.run(epochs=2)
    data = load.data
    source = trainer.source()
    for part in ("train", "validation", "test"):
        rows = getattr(data, part)
        scaled = source.network.forward(trainer.parameters, data.x[rows])
        given, right = data.scaling.original_targets(scaled), data.samples.y[rows]
        error = np.mean(np.abs(given - right))
        assert trainer.metrics[f"mean absolute error/{part}"] == pytest.approx(error, rel=1e-4)
        left = 1 - np.sum((given - right) ** 2, 0) / np.sum((right - right.mean(0)) ** 2, 0)
        assert trainer.metrics[f"R2/{part}"] == pytest.approx(np.mean(left), rel=1e-4, abs=1e-4)
    assert not any("accuracy" in name for name in trainer.metrics)


def test_no_test_and_no_validation_part_is_fine(make_load):
    trainer = loaded(make_load(split=Split(validation=0.0, test=0.0)))
    trainer.run(epochs=2)
    measured = {"loss/train", "R2/train", "mean absolute error/train", "samples/train"}
    assert set(trainer.metrics) == measured | {"loss/mini-batches"}


def test_the_log_of_a_run_has_its_first_and_its_last_step(make_load):
    trainer = loaded(make_load(samples=20, batch_size=20))
    trainer.run(epochs=5_003)
    log = trainer.state().log
    assert log["loss/train"][0, 0] == 1
    assert log["loss/train"][-1, 0] == 5_003


# ------------------------------------------------------------ changing things live


def test_rewind_returns_to_the_initial_weights(make_load):
    trainer = loaded(make_load())
    initial = trainer.state().parameters
    trainer.run(steps=30)
    first = trainer.state().parameters
    trainer.rewind()
    assert np.array_equal(trainer.parameters, initial)
    assert trainer.steps_done == 0
    assert trainer.state().log == {}
    trainer.run(steps=30)
    assert np.array_equal(trainer.parameters, first)


def test_a_live_learning_rate_is_the_same_as_one_given_at_the_start(make_load):
    slow, fast = make_load(optimizer=Adam(learning_rate=0.001)), make_load()
    live, given = loaded(slow), loaded(fast)
    live.adjust(fast.plan)
    for trainer in (live, given):
        trainer.run(steps=50)
    assert same_weights(live, given)


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        ({"optimizer": Adam(learning_rate=0.5)}, "mark/learning rate"),
        ({"optimizer": Sgd()}, "mark/SGD, learning rate"),
        ({"batch_size": 7}, "mark/batch size"),
        ({"l2": 0.25}, "mark/l2 penalty"),
        ({"l1": 0.25}, "mark/l1 penalty"),
    ],
)
def test_live_changes_leave_the_weights_and_mark_the_log(make_load, change, mark):
    load = make_load()
    trainer = loaded(load)
    trainer.run(steps=20)
    before = trainer.state()
    trainer.adjust(changed(load.plan, **change))
    assert np.array_equal(trainer.parameters, before.parameters)
    marks = {name.lower(): points for name, points in trainer.state().log.items()}
    assert marks[mark.lower()][-1, 0] == 20
    trainer.run(steps=20)
    assert not np.array_equal(trainer.parameters, before.parameters)


def test_data_cannot_be_adjusted_live(make_load):
    load = make_load()
    with pytest.raises(UserError, match="loading"):
        loaded(load).adjust(changed(load.plan, precision="float64"))


def test_set_weight_writes_that_weight_only(make_load):
    trainer = loaded(make_load())
    before = trainer.state().parameters
    trainer.set_weight("hidden_1/W", (2, 1), 0.75)
    views = trainer.source().network.layout.views(trainer.state().parameters)
    assert views["hidden_1/W"][2, 1] == 0.75
    assert np.count_nonzero(trainer.parameters != before) == 1


@pytest.mark.parametrize(
    ("name", "index", "value"),
    [
        ("nowhere/W", (0, 0), 1.0),
        ("hidden_1/W", (9, 0), 1.0),
        ("hidden_1/W", (-1, 0), 1.0),
        ("hidden_1/W", (0,), 1.0),
        ("hidden_1/W", (0, 0), float("nan")),
        ("hidden_1/W", (0, 0), 1e300),
    ],
)
def test_set_weight_refuses_what_is_not_there(make_load, name, index, value):
    trainer = loaded(make_load())
    before = trainer.state().parameters
    with pytest.raises(UserError):
        trainer.set_weight(name, index, value)
    assert np.array_equal(trainer.parameters, before)


def test_a_structural_change_keeps_the_layers_that_still_fit(make_load):
    load = make_load()
    trainer = loaded(load)
    trainer.run(steps=40)
    before = trainer.source().network.layout.views(trainer.state().parameters)
    layers = dict(load.graph.layers)
    layers["extra"] = Dense(2)
    layers["output"] = Output(2)
    links = (("input", "hidden_1"), ("hidden_1", "extra"), ("extra", "output"))
    graph = type(load.graph)(tuple(layers.items()), links)
    answer = trainer.load(replace(load, generation=2, graph=graph, keep=True))
    after = trainer.source().network.layout.views(trainer.state().parameters)
    assert set(answer.restarted) == {"extra", "output"}
    assert np.array_equal(before["hidden_1/W"], after["hidden_1/W"])
    assert trainer.steps_done == 40
    assert trainer.generation == 2
    assert "mark/Extra: added" in trainer.state().log
    trainer.run(steps=5)


def test_a_network_that_keeps_no_weights_is_trained_from_the_beginning(make_load):
    trainer = loaded(make_load(schedule=Cosine(epochs=3)))
    trainer.run(epochs=3)
    answer = trainer.load(replace(make_load(hidden=7), generation=2, keep=True))
    assert answer.restarted == ("hidden_1", "output")
    state = trainer.state()
    assert (state.step, state.epoch, dict(state.log)) == (0, 0, {})
    assert not any(array.any() for array in state.optimizer.values())
    trainer.run(epochs=1)
    assert trainer.state().log["loss/train"][0, 0] < trainer.steps_done


def test_without_a_state_all_layers_start_afresh(make_load):
    assert Trainer().load(make_load()).restarted == ("hidden_1", "output")


def test_a_load_that_fails_leaves_the_old_network_in_training(make_load):
    load = make_load()
    trainer = loaded(load)
    trainer.run(steps=3)
    bad_state = replace(trainer.state(), parameters=np.zeros(5, np.float32))
    broken = np.full(23, np.nan, np.float32)
    unlinked = replace(load.graph, links=())
    for failing in (
        replace(load, state=bad_state),
        replace(load, state=replace(bad_state, parameters=broken)),
        replace(load, state=replace(trainer.state(), random={"bit_generator": "PCG64"})),
        replace(load, graph=unlinked),
        replace(make_load(), data=make_load(dataset=_one_output()).data),
    ):
        with pytest.raises(UserError):
            trainer.load(failing)
        assert trainer.steps_done == 3
    trainer.run(steps=1)


def _one_output():
    from neuralbuilder.data.formulas import FormulaDataset

    return FormulaDataset(("y = x1",), samples=50)


# ------------------------------------------------------------ numbers that are none


def test_divergence_stops_names_the_place_and_keeps_good_weights(make_load):
    load = make_load(optimizer=Sgd(learning_rate=1e6))
    trainer = loaded(load)
    stopped = trainer.run(steps=10_000)
    assert stopped.status == trainer.status == "diverged"
    assert stopped.problem is not None
    assert stopped.problem.node in ("hidden_1", "output")
    assert "learning rate" in stopped.problem.hint
    assert np.isfinite(trainer.parameters).all()
    assert trainer.steps_done < 100
    loss = trainer.source().network.loss(
        trainer.parameters, load.data.train_x, load.data.train_y, load.plan.loss
    )
    assert np.isfinite(loss)
    # A lower rate goes on from there.
    trainer.adjust(changed(load.plan, optimizer=Sgd(learning_rate=0.01)))
    assert trainer.run(steps=50).status == "paused"


def test_infinite_weights_are_found_and_undone(make_load):
    load = make_load(optimizer=Sgd(learning_rate=0.01))
    trainer = loaded(load)
    trainer.run(steps=30)
    good = trainer.state().parameters
    trainer.adjust(changed(load.plan, optimizer=Sgd(learning_rate=1e6), l2=1000.0))
    stopped = trainer.run(steps=200)
    assert stopped.status == "diverged"
    assert np.isfinite(trainer.parameters).all()
    assert np.abs(trainer.parameters).max() < 1e30
    assert len(good) == len(trainer.parameters)


def test_the_last_good_weights_are_those_before_the_loss_ran_away(make_load):
    load = make_load(optimizer=Sgd(learning_rate=3.0), batch_size=200, precision="float32")
    load = replace(load, graph=_all_linear(load.graph))
    trainer = loaded(load)
    stopped = trainer.run(steps=5_000)
    assert stopped.status == "diverged"
    assert "input" not in stopped.problem.message
    assert "exploded to" in stopped.problem.message
    assert loss_of(trainer, load) <= 10 * loss_of(loaded(load), load)
    repeated = loaded(load)
    repeated.run(steps=trainer.steps_done)
    assert same_weights(trainer, repeated)


def test_the_first_layer_to_run_away_is_named(make_load):
    load = make_load(optimizer=Sgd(learning_rate=0.01), l2=0.0)
    names = {"hidden_1": "First", "output": "Last"}
    trainer = loaded(replace(load, names=names))
    trainer.run(steps=50)
    trainer.set_weight("output/W", (0, 0), 1e5)
    stopped = trainer.run(steps=100)
    assert stopped.status == "diverged"
    assert "Last" in stopped.problem.message
    # The window may give a layer another name at any time.
    trainer = loaded(replace(load, plan=changed(load.plan, optimizer=Sgd(1e3)), names=names))
    trainer.snapshot(Ask(request=1, names={"hidden_1": "Eye", "output": "Mouth"}))
    stopped = trainer.run(steps=1000)
    assert "Eye" in stopped.problem.message
    assert stopped.problem.node == "hidden_1"


def loss_of(trainer: Trainer, load: Load) -> float:
    data = load.data
    return trainer.source().network.loss(
        trainer.parameters, data.train_x, data.train_y, load.plan.loss
    )


@pytest.mark.parametrize("batch_size", [1, 32])
def test_a_loss_that_runs_away_without_becoming_infinite_leaves_good_weights(make_load, batch_size):
    load = make_load(optimizer=Adam(learning_rate=0.01), batch_size=batch_size)
    trainer = loaded(load)
    trainer.run(epochs=20)
    good = loss_of(trainer, load)
    # Trained weights are the start of a run, and the steps that follow run away at once.
    other = replace(
        load, state=trainer.state(), plan=changed(load.plan, optimizer=Sgd(learning_rate=1000.0))
    )
    astray = loaded(other)
    stopped = astray.run(epochs=40)
    assert stopped.status == "diverged"
    assert loss_of(astray, load) <= 10 * good
    # What is noted is what is true of these weights, and nothing of later ones.
    assert astray.metrics["loss/train"] == pytest.approx(loss_of(astray, load), rel=1e-5)
    log = astray.state().log
    assert all(points[-1, 0] <= astray.steps_done for points in log.values())
    assert any(name.startswith("mark/Loss ran away") for name in log)
    # A change of settings in the middle of it does not make the bad weights good ones.
    live = loaded(load)
    live.run(epochs=20)
    live.adjust(changed(load.plan, optimizer=Adam(learning_rate=100.0)))
    assert live.run(steps=3).problem is None
    assert loss_of(live, load) > 100 * good
    live.adjust(changed(load.plan, optimizer=Adam(learning_rate=1e6)))
    assert live.run(steps=20_000).status == "diverged"
    assert loss_of(live, load) <= 10 * good


def _all_linear(graph):
    from neuralbuilder.engine.activations import Linear

    layers = dict(graph.layers) | {"hidden_1": Dense(3, Linear())}
    return replace(graph, layers=tuple(layers.items()))


# ------------------------------------------------------------ looking


def test_a_snapshot_is_a_consistent_copy(make_load):
    trainer = loaded(make_load())
    trainer.run(steps=10)
    snapshot = trainer.snapshot(Ask(request=4, with_state=True))
    assert (snapshot.request, snapshot.step, snapshot.status) == (4, 10, "paused")
    assert snapshot.state is not None
    kept = snapshot.state.parameters.copy()
    trainer.run(steps=10)
    assert np.array_equal(snapshot.state.parameters, kept)
    with pytest.raises(ValueError, match="read-only"):
        snapshot.state.parameters[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        trainer.parameters[0] = 1


def test_loading_again_and_again_leaks_nothing(make_load):
    trainer, load, counts = Trainer(), make_load(), []
    for generation in range(51):
        trainer.load(replace(load, generation=generation))
        trainer.run(steps=3)
        if generation % 25 == 0:
            gc.collect()
            counts.append(len(gc.get_objects()))
    assert abs(counts[2] - counts[1]) < 200


# ------------------------------------------------------------ what is known of the answers


def test_answers_are_remembered_as_long_as_the_weights_stay_the_same(iris_load):
    trainer = loaded(iris_load)
    first = trainer.source().outcome("train")
    assert trainer.source().outcome("train") is first
    trainer.step()
    second = trainer.source().outcome("train")
    assert second is not first
    trainer.set_weight("output/b", (0,), 100.0)
    third = trainer.source().outcome("train")
    assert set(third.given.tolist()) == {0}
    trainer.rewind()
    again = trainer.source().outcome("train")
    assert np.array_equal(again.losses, first.losses)
    assert not np.array_equal(again.losses, second.losses)


def test_looks_are_short_while_training_goes_on(iris_load):
    trainer = loaded(iris_load)
    assert not trainer.source().hurries
    trainer.start()
    assert trainer.source().hurries
    before = trainer.source().outcome("train")
    trainer.run_chunk(5)
    assert not np.array_equal(trainer.source().outcome("train").losses, before.losses)
