"""The runner with a real workspace and a real training process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

import numpy as np
import pytest
from PySide6.QtCore import QElapsedTimer
from pytestqt.qtbot import QtBot

from neuralbuilder.data.preprocessing import MinMax, NoPreprocessing, SignedMinMax
from neuralbuilder.engine.activations import Relu
from neuralbuilder.engine.optimizers import Adam
from neuralbuilder.engine.schedules import Cosine
from neuralbuilder.insights.loss import LossCurve
from neuralbuilder.parts import changed
from neuralbuilder.project import edits
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Project, State
from neuralbuilder.training.messages import Snapshot
from neuralbuilder.ui.best_button import BestButton
from neuralbuilder.ui.consequences import Consequence, consequence, restart_notice
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.travel import TRAINED_AGAIN, Travel
from neuralbuilder.ui.workspace import Workspace

PATIENCE = 20_000


class Bench:
    """A workspace and a runner without a window."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.workspace = Workspace(Document(example()))
        self.runner = Runner(self.workspace)
        self.travel = Travel(self.workspace, self.runner)
        self.notices: list[str] = []
        self.failures: list[object] = []
        self.runner.notice.connect(self.notices.append)
        self.runner.failed.connect(self.failures.append)
        self.runner.watch("loss", LossCurve())
        self.runner.start()
        self.rest()

    def until(self, done) -> None:
        self.qtbot.waitUntil(done, timeout=PATIENCE)

    def rest(self) -> None:
        self.until(lambda: self.runner.settled and not self.runner.is_running)
        arrived: list[bool] = []
        self.runner.after_state(lambda: arrived.append(True))
        self.until(lambda: bool(arrived))

    def train_some(self) -> None:
        before = self.runner.last.step
        self.runner.train()
        self.until(lambda: self.runner.last.step > before)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(qtbot)
    yield bench
    bench.runner.close()


def test_a_fresh_network_is_idle_and_changes_nothing(bench: Bench) -> None:
    assert bench.runner.status == "idle"
    assert bench.workspace.state is None
    assert not bench.workspace.unsaved
    assert "loss" in bench.runner.last.figures


def test_steps_epochs_and_rewind(bench: Bench) -> None:
    bench.runner.step()
    bench.rest()
    assert bench.workspace.state.step == 1
    first = bench.workspace.state.parameters
    bench.runner.epoch()
    bench.rest()
    assert bench.workspace.state.epoch == 1
    assert bench.workspace.unsaved
    bench.runner.rewind()
    bench.rest()
    assert bench.workspace.state is None
    assert not bench.workspace.unsaved
    bench.runner.step()
    bench.rest()
    np.testing.assert_array_equal(bench.workspace.state.parameters, first)


def test_a_rewind_is_undone_and_done_again(bench: Bench) -> None:
    runner, workspace = bench.runner, bench.workspace
    runner.train_epochs(2)
    bench.until(lambda: runner.last.epoch == 2)
    bench.rest()
    runner.step()
    bench.rest()
    trained, curves = workspace.state, runner.last.figures["loss"]
    runner.rewind()
    bench.rest()
    assert not runner.last.figures["loss"].marks
    assert workspace.history.undo_name == "Rewind"
    assert bench.notices[-1] == "The initial weights are back; undo returns to the trained ones"
    assert runner.last.step == 0
    bench.travel.undo()
    bench.rest()
    assert (runner.status, runner.last.step, runner.last.epoch) == ("paused", trained.step, 2)
    assert bench.notices[-1] == TRAINED_AGAIN
    assert_same(workspace.state, trained)
    for line, before in zip(runner.last.figures["loss"].marks, curves.marks, strict=True):
        np.testing.assert_array_equal(line.y, before.y)
    runner.step()
    bench.rest()
    one_more = workspace.state
    bench.travel.redo()
    bench.rest()
    assert (runner.status, runner.last.step, workspace.state) == ("idle", 0, None)
    assert bench.notices[-1] == ""
    bench.travel.undo()
    bench.rest()
    assert_same(workspace.state, one_more)


def test_the_best_weights_are_taken_with_one_click_and_undone(bench: Bench, qtbot: QtBot) -> None:
    runner, workspace = bench.runner, bench.workspace
    button = BestButton(runner, None)
    qtbot.addWidget(button)
    workspace.apply("Rate", edits.change_plan(workspace.project, optimizer=Adam(0.3)))
    bench.rest()
    for _ in range(20):  # at this rate the loss goes up and down
        runner.train_epochs(1)
        bench.until(lambda: not runner.is_running)
        bench.rest()
        if runner.last.best is not None:
            break
    best, trained = runner.last.best, workspace.state
    assert best is not None
    assert button.text().strip().startswith(f"Epoch {ceil(best.epoch)} was best: ")
    assert not button.isHidden()
    button.click()
    bench.rest()
    assert bench.notices[-1] == "The best weights are back; undo returns to the others"
    assert workspace.history.undo_name == "Best weights"
    np.testing.assert_array_equal(workspace.state.parameters, trained.best["best"])
    assert runner.last.metrics["loss/validation"] == pytest.approx(best.loss)
    assert button.isHidden()
    bench.travel.undo()
    bench.rest()
    assert_same(workspace.state, trained)
    assert runner.last.best == best
    bench.travel.redo()
    bench.rest()
    np.testing.assert_array_equal(workspace.state.parameters, trained.best["best"])
    runner.take_best()
    bench.rest()
    assert bench.notices[-1] == "No weights were better than these"
    runner.train()  # a running training is paused
    bench.until(lambda: runner.last.status == "running")
    runner.take_best()
    bench.rest()
    assert runner.status == "paused"


def assert_same(state: State, other: State) -> None:
    """Weights, optimizer, counters, noise and curves."""
    np.testing.assert_array_equal(state.parameters, other.parameters)
    assert (state.step, state.epoch, state.batch) == (other.step, other.epoch, other.batch)
    assert (state.random, state.memory) == (other.random, other.memory)
    assert state.optimizer.keys() == other.optimizer.keys() != set()
    for name, array in state.optimizer.items():
        np.testing.assert_array_equal(array, other.optimizer[name])
    assert state.log.keys() == other.log.keys()
    for name, points in state.log.items():
        np.testing.assert_array_equal(points, other.log[name])


def test_training_on_after_an_undone_rewind_gives_the_same_bits(bench: Bench) -> None:
    runner, workspace = bench.runner, bench.workspace
    runner.train_epochs(2)
    bench.until(lambda: runner.last.epoch == 2)
    bench.rest()
    never_rewound = workspace.state
    runner.rewind()
    runner.epoch()
    bench.rest()
    runner.rewind()
    bench.travel.undo()  # that of the second rewind, whose answer is not here yet
    bench.rest()
    assert workspace.state.epoch == 1
    runner.epoch()
    bench.rest()
    np.testing.assert_array_equal(workspace.state.parameters, never_rewound.parameters)
    bench.travel.undo()
    bench.rest()
    assert_same(workspace.state, never_rewound)


def test_undoing_a_rewind_of_a_running_training_pauses_it(bench: Bench) -> None:
    runner, workspace = bench.runner, bench.workspace
    bench.train_some()
    runner.rewind()
    assert runner.is_running
    bench.until(lambda: workspace.history.undo_rewinds)
    trained = workspace.history.entries[0].state
    bench.until(lambda: runner.last.step > 0)
    bench.travel.undo()
    assert not runner.is_running
    bench.rest()
    assert_same(workspace.state, trained)
    assert runner.status == "paused"
    bench.travel.redo()
    bench.rest()
    assert runner.status == "paused"  # with what has been trained after the rewind
    assert 0 < workspace.state.step == runner.last.step


def test_a_rewind_of_an_untrained_network_is_no_step(bench: Bench) -> None:
    bench.runner.rewind()
    bench.rest()
    assert not bench.workspace.history.can_undo
    assert not bench.notices
    bench.runner.set_weight("hidden_1/W", (0, 1), 2.5)
    bench.until(lambda: bench.workspace.history.can_undo)
    bench.runner.rewind()
    bench.runner.rewind()
    bench.rest()
    assert bench.workspace.state is None
    assert bench.workspace.history.undo_name == "Rewind"
    bench.travel.undo()
    bench.rest()
    assert bench.workspace.state.parameters[1] == 2.5
    assert bench.workspace.history.undo_name == "Set weight hidden_1/W"


def test_weights_trained_a_moment_before_a_rewind_are_not_lost(bench: Bench) -> None:
    workspace = bench.workspace
    bench.runner.step()
    bench.until(lambda: bench.runner.status == "paused")
    assert workspace.state is None
    bench.runner.rewind()
    bench.rest()
    assert workspace.state is None
    bench.travel.undo()
    bench.rest()
    assert workspace.state.step == 1


def test_saving_waits_for_a_rewind(bench: Bench) -> None:
    bench.runner.epoch()
    bench.rest()
    states: list[State | None] = []
    bench.runner.rewind()
    bench.runner.after_state(lambda: states.append(bench.workspace.state))
    assert not states
    bench.until(lambda: bool(states))
    assert states == [None]


def test_an_edit_right_after_a_rewind_stands_behind_it_or_before_it(bench: Bench) -> None:
    runner, workspace = bench.runner, bench.workspace
    runner.epoch()
    bench.rest()
    start, trained = workspace.project, workspace.state.parameters
    runner.rewind()
    workspace.apply("Grow", edits.set_units(workspace.project, "hidden_1", 5))
    bench.rest()
    assert workspace.state is None
    while workspace.history.can_undo:
        bench.travel.undo()
        bench.rest()
    assert workspace.project == start
    np.testing.assert_array_equal(workspace.state.parameters, trained)


def test_another_document_has_no_part_in_a_rewind(bench: Bench) -> None:
    runner, workspace = bench.runner, bench.workspace
    runner.epoch()
    bench.rest()
    trained = workspace.document
    runner.rewind()
    workspace.open(trained, None)
    bench.rest()
    assert not workspace.history.can_undo
    assert workspace.state.epoch == 1


def test_pause_keeps_the_newest_weights(bench: Bench) -> None:
    bench.train_some()
    assert bench.runner.is_running
    bench.runner.pause()
    assert not bench.runner.is_running
    bench.rest()
    assert bench.runner.status == "paused"
    assert bench.workspace.state.step == bench.runner.last.step


def test_a_structural_edit_goes_on_with_the_other_layers(bench: Bench) -> None:
    workspace = bench.workspace
    bench.train_some()
    workspace.apply("Insert", edits.set_design(workspace.project, "4 -> 3 tanh -> 5 tanh -> 2"))
    loaded = bench.runner.last.generation
    bench.until(lambda: bench.runner.last.generation > loaded)
    bench.until(lambda: bench.runner.last.step > 50)
    assert bench.runner.is_running
    told = "Hidden 2 and Output start with fresh weights; the other layer keeps its own"
    assert bench.notices == [told]
    bench.runner.pause()
    bench.rest()
    assert workspace.state.parameters.shape == (15 + 20 + 12,)


def test_undo_brings_the_weights_back(bench: Bench) -> None:
    workspace = bench.workspace
    bench.runner.epoch()
    bench.rest()
    trained = workspace.state.parameters
    workspace.apply("Grow", edits.set_units(workspace.project, "hidden_1", 5))
    bench.rest()
    assert workspace.state.parameters.shape == (37,)
    workspace.undo()
    bench.rest()
    np.testing.assert_array_equal(workspace.state.parameters, trained)
    bench.runner.step()
    bench.rest()
    assert workspace.state.step == 45


def test_live_settings_do_not_interrupt(bench: Bench) -> None:
    workspace = bench.workspace
    bench.train_some()
    generation = bench.runner.last.generation
    workspace.apply("Batch", edits.change_plan(workspace.project, batch_size=64, l2=0.01))
    step = bench.runner.last.step
    settled = QElapsedTimer()
    settled.start()
    # Changes are collected for a moment before they are sent.
    bench.until(lambda: bench.runner.last.step > step + 200 and settled.elapsed() > 500)
    assert bench.runner.last.generation == generation
    assert not bench.failures
    bench.runner.pause()
    bench.rest()
    assert any(name.startswith("mark/") for name in workspace.state.log)


def test_a_weight_written_by_hand_can_be_undone(bench: Bench) -> None:
    workspace = bench.workspace
    bench.runner.set_weight("hidden_1/W", (0, 1), 2.5)
    bench.until(lambda: workspace.history.can_undo)
    bench.rest()
    assert workspace.state.parameters[1] == 2.5
    assert workspace.history.undo_name == "Set weight hidden_1/W"
    workspace.undo()
    bench.rest()
    assert workspace.state is None
    assert workspace.history.can_redo


def test_undoing_a_weight_leaves_training_where_it_is(bench: Bench) -> None:
    workspace = bench.workspace
    bench.runner.epoch()
    bench.rest()
    old = float(workspace.state.parameters[1])
    bench.runner.set_weight("hidden_1/W", (0, 1), 2.5)
    bench.until(lambda: workspace.history.can_undo)
    bench.rest()
    assert workspace.state.parameters[1] == 2.5
    bench.runner.epoch()
    bench.rest()
    trained = workspace.state.parameters.copy()
    workspace.undo()
    bench.rest()
    assert workspace.state.epoch == 2
    assert workspace.state.parameters[1] == old
    np.testing.assert_array_equal(workspace.state.parameters[2:], trained[2:])
    workspace.redo()
    bench.rest()
    assert workspace.state.parameters[1] == 2.5
    bench.train_some()
    workspace.undo()
    assert bench.runner.is_running
    bench.runner.pause()
    bench.rest()
    assert bench.runner.last.epoch >= 2


def test_other_data_start_epochs_afresh_and_keep_the_weights(bench: Bench) -> None:
    workspace = bench.workspace
    bench.runner.epoch()
    bench.rest()
    trained = workspace.state.parameters
    data = changed(workspace.project.plan.dataset, seed=5)
    workspace.apply("Data", edits.change_plan(workspace.project, dataset=data))
    bench.rest()
    assert bench.runner.last.epoch == bench.runner.last.step == 0
    assert not bench.runner.last.metrics
    assert bench.notices[-1].startswith("Other data: ")
    np.testing.assert_array_equal(workspace.state.parameters, trained)


def test_a_training_that_cannot_go_on_is_paused_and_says_so(bench: Bench) -> None:
    workspace, emptied = bench.workspace, []
    bench.runner.emptied.connect(lambda: emptied.append(True))
    bench.train_some()
    workspace.apply("Delete", edits.remove_nodes(workspace.project, ["output"]))
    bench.until(lambda: bench.runner.status == "waiting")
    assert emptied
    assert not bench.runner.is_running
    assert bench.notices[-1].startswith("Training is paused: ")
    bench.runner.train()
    assert bench.failures
    workspace.undo()
    bench.rest()
    assert bench.runner.status == "paused"


def test_another_document_begins_at_rest(bench: Bench) -> None:
    emptied: list[bool] = []
    bench.runner.emptied.connect(lambda: emptied.append(True))
    bench.train_some()
    bench.workspace.open(Document(example()), None)
    assert emptied
    assert not bench.runner.is_running
    bench.rest()
    assert bench.runner.status == "idle"
    assert bench.runner.last.step == 0


def test_a_new_seed_starts_afresh(bench: Bench) -> None:
    bench.runner.epoch()
    bench.rest()
    workspace = bench.workspace
    workspace.apply("New seed", edits.change_plan(workspace.project, seed=7))
    bench.rest()
    assert workspace.state is None
    assert bench.runner.last.step == 0


def test_undoing_a_new_seed_brings_back_what_was_trained(bench: Bench) -> None:
    bench.runner.epoch()
    bench.rest()
    workspace, trained = bench.workspace, bench.workspace.state
    workspace.apply("New seed", edits.change_plan(workspace.project, seed=7))
    bench.rest()
    bench.runner.step()
    bench.rest()
    bench.travel.undo()
    bench.rest()
    assert workspace.project.plan.seed != 7
    assert np.array_equal(workspace.state.parameters, trained.parameters)
    assert bench.runner.last.step == trained.step
    bench.travel.redo()
    bench.rest()
    assert workspace.state.step == 1


def test_a_seed_that_is_turned_back_leaves_what_was_trained(bench: Bench) -> None:
    bench.runner.epoch()
    bench.rest()
    workspace, trained = bench.workspace, bench.workspace.state
    first = workspace.project.plan.seed
    for seed in (first + 1, first):
        project = edits.change_plan(workspace.project, seed=seed)
        workspace.apply("Seed", project, merge="seed")
    bench.rest()
    assert not workspace.history.can_undo
    assert np.array_equal(workspace.state.parameters, trained.parameters)
    assert bench.runner.last.step == trained.step


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")
def test_a_killed_process_is_told_and_can_be_restarted(bench: Bench) -> None:
    endings: list[tuple[str, str]] = []
    bench.runner.ended.connect(lambda how, hint: endings.append((how, hint)))
    bench.runner.epoch()
    bench.rest()
    bench.runner.train()
    os.kill(bench.runner.process_id, signal.SIGKILL)
    bench.until(lambda: bool(endings))
    assert endings[0][0] == "training process ended (signal 9)"
    assert bench.runner.status == "ended"
    assert bench.workspace.state.step >= 44
    bench.runner.train()
    assert "Restart" in str(bench.failures[-1])
    bench.runner.rewind()
    assert bench.workspace.state is None
    bench.travel.undo()
    assert bench.workspace.state.step >= 44
    bench.runner.restart()
    bench.rest()
    assert bench.runner.last.step == bench.workspace.state.step


def test_hidden_windows_ask_for_no_figures(bench: Bench) -> None:
    bench.runner.set_visible(False)
    bench.runner.epoch()
    bench.until(lambda: bench.workspace.state is not None and bench.workspace.state.epoch == 1)
    assert not bench.runner.last.figures
    bench.runner.set_visible(True)
    bench.until(lambda: "loss" in bench.runner.last.figures)


def test_weights_and_figures_come_in_different_snapshots_while_training_runs(bench: Bench) -> None:
    arrived: list[tuple[bool, bool]] = []

    def note(snapshot: Snapshot) -> None:
        if snapshot.status == "running":
            arrived.append((snapshot.state is not None, bool(snapshot.figures)))

    bench.runner.snapshot_arrived.connect(note)
    bench.runner.train()
    bench.until(lambda: {(True, False), (False, True)} <= set(arrived))
    bench.runner.pause()
    assert (True, True) not in arrived
    bench.rest()
    assert bench.runner.last.figures.keys() == {"loss"}


def test_what_a_change_means_for_training() -> None:
    project = example()
    assert consequence(project, edits.rename(project, "hidden_1", "h")) is Consequence.NOTHING
    assert consequence(project, edits.change_plan(project, l2=0.1)) is Consequence.ADJUST
    assert consequence(project, edits.set_units(project, "hidden_1", 4)) is Consequence.RELOAD
    float64 = edits.change_plan(project, precision="float64")
    assert consequence(project, float64) is Consequence.RELOAD
    assert consequence(project, edits.change_plan(project, seed=1)) is Consequence.RESTART


@pytest.mark.parametrize(
    ("restarted", "sentence"),
    [
        (("hidden_1",), "Hidden 1 starts with fresh weights; the other layer keeps its own"),
        (("hidden_1", "output"), "All layers start with fresh weights"),
    ],
)
def test_the_notice_names_the_layers(restarted: tuple[str, ...], sentence: str) -> None:
    assert restart_notice(example(), restarted) == sentence


def test_the_notice_speaks_of_layers_with_weights_alone() -> None:
    text = "2x3x3 -> flatten -> 4 tanh -> 2"
    project = edits.set_design(Project(), text)
    assert restart_notice(project, ("hidden_1", "output")) == "All layers start with fresh weights"
    sentence = "Output starts with fresh weights; the other layer keeps its own"
    assert restart_notice(project, ("output",)) == sentence


def test_the_project_type_is_what_the_signal_carries() -> None:
    workspace = Workspace(Document(example()))
    seen: list[tuple[object, object]] = []
    workspace.project_changed.connect(lambda old, new: seen.append((old, new)))
    workspace.apply("Rename", edits.rename(workspace.project, "output", "y"))
    assert isinstance(seen[0][0], Project)
    assert seen[0][1] is workspace.project


def test_training_after_the_end_of_a_schedule_says_how_small_the_rate_is(bench: Bench) -> None:
    plan = {"schedule": Cosine(epochs=2, minimum=0.01), "epochs": 2}
    bench.workspace.apply("Plan", edits.change_plan(bench.workspace.project, **plan))
    bench.rest()
    bench.runner.train()
    bench.until(lambda: bench.runner.status == "finished")
    bench.rest()
    assert not any("schedule" in told for told in bench.notices)
    bench.runner.step()
    bench.rest()
    assert bench.notices[-1] == (
        "The schedule is over: the learning rate stays at 0.0001. Rewind (R) begins it again"
    )
    over = bench.workspace.state.epoch
    deeper = edits.set_design(bench.workspace.project, "R^4 -> 3 tanh -> 5 tanh -> R^2")
    bench.workspace.apply("Deeper", deeper)
    bench.rest()
    bench.runner.epoch()
    bench.rest()
    assert "schedule is over" not in bench.notices[-1], "with fresh weights it begins again"
    assert bench.workspace.state.memory["schedule/start"] == over


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """All data count as large, so that they are prepared beside the window."""
    monkeypatch.setattr("neuralbuilder.ui.preparation.LARGE", 0)


def test_large_data_are_prepared_beside_the_window(beside, bench: Bench) -> None:
    before = bench.runner.last.generation
    design = edits.change_plan(bench.workspace.project, preprocessing=MinMax())
    bench.workspace.apply("Scale", design)
    bench.runner._loading.at_once()
    assert bench.runner._loading._preparation.busy
    assert not bench.runner.settled
    assert bench.notices[-1] == "The data are being prepared …"
    bench.runner.train()  # it begins when the data are there
    other = edits.change_plan(design, preprocessing=SignedMinMax())
    bench.workspace.apply("Scale otherwise", other)
    bench.until(lambda: bench.runner.last.generation > before and bench.runner.last.step > 0)
    bench.runner.pause()
    bench.rest()
    assert bench.workspace.state.scaling.input_scale[0] == pytest.approx(
        np.ptp(bench.workspace.samples.x[:, 0]) / 2, rel=0.05
    )
    assert bench.failures == []


def test_what_is_wrong_with_large_data_is_told(beside, bench: Bench) -> None:
    samples = bench.workspace.samples
    huge = replace(samples, x=samples.x * 1e300)
    plan = edits.change_plan(bench.workspace.project, preprocessing=NoPreprocessing())
    bench.workspace.open(Document(plan, samples=huge), None)
    bench.until(lambda: bool(bench.failures))
    assert "leaves the range of float32" in str(bench.failures[0])
    assert bench.runner.status == "waiting"


def test_a_runner_may_go_while_data_are_prepared(beside, bench: Bench) -> None:
    bench.workspace.apply(
        "Scale", edits.change_plan(bench.workspace.project, preprocessing=MinMax())
    )
    bench.runner._loading.at_once()
    assert bench.runner._loading._preparation.busy
    bench.runner.close()
    bench.until(lambda: not bench.runner._loading._preparation.busy)


def test_where_something_goes_wrong_nothing_is_praised(bench: Bench) -> None:
    runner, workspace = bench.runner, bench.workspace
    workspace.apply("ReLU", edits.change_layer(workspace.project, "hidden_1", activation=Relu()))
    bench.rest()
    assert any(problem.confirms for problem in workspace.advice)
    runner.train_epochs(4)
    bench.until(lambda: runner.last.epoch == 4)
    bench.rest()
    assert any(problem.confirms for problem in workspace.advice)
    for neuron in range(3):
        runner.set_weight("hidden_1/b", (neuron,), -100.0)
    bench.rest()
    bench.until(lambda: "fires" in str(workspace.advice[0]))
    (dead, *_) = workspace.advice
    assert "No ReLU of Hidden 1 fires" in dead.message
    assert not any(problem.confirms for problem in workspace.advice)
    workspace.apply_fix(dead.fix)
    bench.rest()
    bench.until(lambda: any(problem.confirms for problem in workspace.advice))
    bench.travel.undo()
    bench.rest()
    bench.until(lambda: "fires" in str(workspace.advice[0]))
    runner.rewind()
    bench.rest()
    bench.until(lambda: any(problem.confirms for problem in workspace.advice))
