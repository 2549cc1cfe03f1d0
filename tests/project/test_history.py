"""Undo, redo, and which weights are there afterwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.planes import Spiral
from neuralbuilder.data.preprocessing import MinMax, Scaling
from neuralbuilder.engine.activations import Relu, Sine
from neuralbuilder.engine.layers import Dense
from neuralbuilder.engine.network import Network
from neuralbuilder.project import edits, history
from neuralbuilder.project.history import MAXIMUM_ENTRIES, History, WeightChange
from neuralbuilder.project.model import Project, State
from neuralbuilder.project.state import OUTDATED, carry_over
from neuralbuilder.training.log import TrainingLog

CHAIN = edits.set_design(Project(), "R^4 -> 3 tanh -> 5 relu -> R^2")
SCALING = Scaling(np.zeros(4), np.ones(4), np.zeros(2), np.ones(2))


def state_of(project, seed=7, **facts):
    network = Network(project.graph(), project.plan.precision)
    flat = network.initial(seed)
    flat += 1  # biases too are then unlike fresh ones
    slots = {"m": flat * 2, "v": flat * 3, "t": np.array([9.0])}
    return State(flat, slots, step=9, epoch=1, scaling=SCALING, **facts)


def views(project, state, array=None):
    layout = Network(project.graph(), project.plan.precision).layout
    return layout.views(state.parameters if array is None else array)


# ------------------------------------------------------------------ carrying weights over


def test_layers_with_unchanged_shapes_keep_weights_and_optimizer_state():
    old = state_of(CHAIN)
    project = edits.set_units(CHAIN, "hidden_2", 6)
    state, fresh = carry_over(CHAIN.graph(), old, project.graph(), seed=3)
    assert fresh == ("hidden_2", "output")
    before, after = views(CHAIN, old), views(project, state)
    initial = views(project, state, Network(project.graph()).initial(3))
    for name in after:
        kept = before if name.startswith("hidden_1") else initial
        np.testing.assert_array_equal(after[name], kept[name])
    moments = views(project, state, state.optimizer["m"])
    np.testing.assert_array_equal(moments["hidden_1/W"], before["hidden_1/W"] * 2)
    assert not moments["hidden_2/W"].any()
    assert state.optimizer["t"] == [9]
    assert (state.step, state.epoch) == (9, 1)
    assert not state.parameters.flags.writeable


def test_what_was_measured_of_another_network_is_outdated():
    log = {"loss/test": np.array([[1.0, 0.5], [9.0, 0.25]])}
    old = state_of(CHAIN, log=log)
    for project in (
        edits.set_units(CHAIN, "hidden_2", 6),
        edits.change_layer(CHAIN, "hidden_1", activation=Sine()),
    ):
        state, _ = carry_over(CHAIN.graph(), old, project.graph())
        kept = History(CHAIN, old).push("Edit", project).state
        for changed in (state, kept):
            assert changed.log[OUTDATED].tolist() == [[9, 0]]
            assert TrainingLog(changed.log).newest() == {}
    same, _ = carry_over(CHAIN.graph(), old, CHAIN.graph(), "float64")
    assert same.log == log


def test_a_bias_switched_on_begins_at_zero_and_disturbs_nobody():
    off = edits.change_layer(CHAIN, "hidden_1", bias=False)
    old = state_of(off)
    state, fresh = carry_over(off.graph(), old, CHAIN.graph())
    assert fresh == ()
    assert not views(CHAIN, state)["hidden_1/b"].any()
    x = np.ones((3, 4), np.float32)
    np.testing.assert_array_equal(
        Network(off.graph()).forward(old.parameters, x),
        Network(CHAIN.graph()).forward(state.parameters, x),
    )


def test_an_unfinished_network_keeps_what_has_a_shape():
    old = state_of(CHAIN)
    broken = edits.remove_nodes(CHAIN, ["output"])
    state, fresh = carry_over(CHAIN.graph(), old, broken.graph())
    assert fresh == ()
    again = edits.connect(replace(CHAIN, links=CHAIN.links[:-1]), "hidden_2", "output")
    state, fresh = carry_over(broken.graph(), state, again.graph())
    assert fresh == ("output",)
    before, after = views(CHAIN, old), views(again, state)
    np.testing.assert_array_equal(after["hidden_2/W"], before["hidden_2/W"])


def test_precision_and_ends_matter():
    old = state_of(CHAIN)
    state, fresh = carry_over(CHAIN.graph(), old, CHAIN.graph(), "float64")
    assert (state.parameters.dtype, fresh) == (np.float64, ())
    assert state.scaling is SCALING
    other = edits.set_units(CHAIN, "output", 3)
    assert carry_over(CHAIN.graph(), old, other.graph())[0].scaling is None


def test_nothing_comes_of_nothing():
    assert carry_over(CHAIN.graph(), None, CHAIN.graph()) == (
        None,
        ("hidden_1", "hidden_2", "output"),
    )


def test_t4_a_network_beyond_the_memory_is_not_even_begun():
    huge = edits.set_design(CHAIN, "4 -> 1000000 tanh -> 1000000 relu -> 2")
    assert carry_over(CHAIN.graph(), state_of(CHAIN), huge.graph())[0] is None
    now = History(CHAIN, state_of(CHAIN)).push("Text", huge)
    assert now.state is None
    assert now.undo().state is not None


# ------------------------------------------------------------------ undo and redo


def test_names_and_ends():
    start = History(CHAIN)
    assert (start.undo_name, start.redo_name, start.can_undo, start.can_redo) == (
        "",
        "",
        *[False] * 2,
    )
    assert start.undo() is start
    assert start.redo() is start
    one = start.push("Add Dense", edits.append_after(CHAIN, "input", Dense(2)))
    two = one.push("Rename", edits.rename(one.project, "input", "In"))
    assert two.undo_name == "Rename"
    assert two.undo().redo_name == "Rename"
    assert two.undo().undo().project == CHAIN
    assert two.undo().undo().redo().redo().project == two.project
    other = two.undo().push("Move", edits.move_nodes(one.project, {"input": (9, 9)}))
    assert not other.can_redo
    assert two.project.node("input").name == "In", "the older value is untouched"


def test_undoing_a_setting_keeps_training_and_undoing_a_deletion_brings_it_back():
    trained = state_of(CHAIN)
    now = History(CHAIN, trained).push("Batch size", edits.change_plan(CHAIN, batch_size=8))
    assert now.state is trained
    later = state_of(CHAIN, seed=8)
    now = now.with_state(later)
    assert now.undo().state is later
    cut = now.push("Delete", edits.remove_nodes(now.project, ["hidden_2"]))
    assert cut.state.parameters.size == Network(cut.project.graph()).parameter_count
    cut = cut.with_state(state_of(cut.project, seed=9))
    assert cut.undo().state is later
    assert cut.undo().redo().state is cut.state


def test_undoing_an_activation_keeps_the_newest_weights():
    trained = state_of(CHAIN)
    changed = edits.change_layer(CHAIN, "hidden_1", activation=Relu())
    assert History(CHAIN, trained).push("Activation", changed).undo().state is trained


def test_an_edited_weight_is_undone_and_redone_in_the_newest_weights():
    name, place = "hidden_1/W", 0
    trained = state_of(CHAIN)
    edited = History(CHAIN, trained).push_weight("Set", WeightChange(name, (0, 0), 0.25, 4.0))
    assert edited.state.parameters[place] == 4.0
    later = state_of(CHAIN, seed=8)
    back = edited.with_state(later).undo()
    assert back.state.parameters[place] == 0.25
    np.testing.assert_array_equal(back.state.parameters[1:], later.parameters[1:])
    assert back.state.step == later.step
    assert back.redo().state.parameters[place] == 4.0
    renamed = edited.push("Rename", edits.rename(CHAIN, "input", "In"))
    assert renamed.undo().state is edited.state


def test_a_rewind_keeps_what_was_trained_before_and_after_it():
    trained = state_of(CHAIN)
    now = History(CHAIN, trained).push_rewind()
    assert (now.state, now.undo_name, now.undo_rewinds) == (None, "Rewind", True)
    assert now.undo().state is trained
    assert now.undo().redo_rewinds
    assert now.undo().redo().state is None
    later = state_of(CHAIN, seed=8)
    now = now.with_state(later).push("L2", edits.change_plan(CHAIN, l2=0.1))
    assert not now.undo_rewinds
    assert now.undo().undo().state is trained
    assert now.undo().undo().redo().state is later
    goes_on = now.undo().undo().with_state(state_of(CHAIN, seed=9))
    assert goes_on.redo().undo().state is goes_on.state


def test_an_untrained_network_has_nothing_to_rewind():
    now = History(CHAIN)
    assert now.push_rewind() is now
    rewound = now.with_state(state_of(CHAIN)).push_rewind()
    assert rewound.push_rewind() is rewound


def test_a_weight_written_before_a_rewind_is_not_in_what_is_current():
    change = WeightChange("hidden_1/W", (0, 0), 0.25, 4.0)
    edited = History(CHAIN, state_of(CHAIN)).push_weight("Set", change)
    rewound = edited.push_rewind()
    assert edited.has_written_weights
    assert not rewound.has_written_weights
    assert rewound.undo().has_written_weights
    assert rewound.push_weight("Set", change).has_written_weights


def test_other_data_make_the_scaling_void_but_keep_the_weights():
    trained = state_of(CHAIN, batch=3)
    other = edits.change_plan(CHAIN, dataset=Spiral())
    state = History(CHAIN, trained).push("Data", other).state
    assert state.scaling is None
    assert state.batch == 0
    np.testing.assert_array_equal(state.parameters, trained.parameters)
    assert History(CHAIN, trained).push("L2", edits.change_plan(CHAIN, l2=0.1)).state is trained


# ------------------------------------------------------------------ merging and bounds


def sized(units):
    return edits.set_units(CHAIN, "hidden_1", units)


def test_a_slider_is_one_step():
    now = History(CHAIN)
    for units in (4, 5, 6):
        now = now.push("Neurons", sized(units), merge="hidden_1/units")
    assert now.project == sized(6)
    assert now.undo().project == CHAIN
    assert not now.undo().can_undo
    assert now.undo().redo().project == sized(6)
    other = now.push("Other", edits.rename(now.project, "input", "In"), merge="name")
    assert other.undo().project == sized(6)


def test_nothing_merges_across_undo_and_redo():
    now = History(CHAIN).push("Neurons", sized(4), merge="m").undo().redo()
    now = now.push("Neurons", sized(5), merge="m")
    assert now.undo().project == sized(4)


def test_a_slider_dragged_there_and_back_changes_nothing():
    trained = state_of(CHAIN)
    now = History(CHAIN, trained).push("Neurons", sized(4), merge="m")
    back = now.push("Neurons", CHAIN, merge="m")
    assert back.state is trained
    assert not back.can_undo


def test_a_merged_step_takes_the_weights_of_where_it_began():
    trained = state_of(CHAIN)
    now = History(CHAIN, trained).push("Form", sized(4), merge="m")
    now = now.push("Form", edits.rename(CHAIN, "hidden_1", "New"), merge="m")
    assert now.state is trained


def test_the_history_is_bounded():
    now = History(CHAIN)
    for step in range(MAXIMUM_ENTRIES + 50):
        now = now.push("Move", edits.move_nodes(now.project, {"input": (step, 1)}))
    assert len(now.entries) == MAXIMUM_ENTRIES
    while now.can_undo:
        now = now.undo()
    assert now.project.node("input").x == 50


def test_old_weights_are_forgotten_before_memory_runs_out(monkeypatch):
    monkeypatch.setattr(history, "MAXIMUM_STATE_BYTES", 3000)
    now = History(CHAIN, state_of(CHAIN))
    for units in range(4, 14):
        now = now.push("Neurons", sized(units))
    assert now.state is not None
    assert now.entries[0].state is None
    while now.can_undo:
        now = now.undo()
    assert now.project == CHAIN


def test_a_rewind_whose_weights_are_forgotten_is_no_step_any_more(monkeypatch):
    monkeypatch.setattr(history, "MAXIMUM_STATE_BYTES", 2000)
    now, kept = History(CHAIN, state_of(CHAIN)), []
    for seed in range(6):
        kept.append(now.state)
        now = now.push_rewind().with_state(state_of(CHAIN, seed=seed))
    steps = 0
    while now.can_undo:
        now, steps = now.undo(), steps + 1
        assert now.state is kept[-steps]
    assert 1 < steps < 6


def test_one_trained_network_survives_a_rewind_however_large_it_is(monkeypatch):
    monkeypatch.setattr(history, "MAXIMUM_STATE_BYTES", 1)
    trained = state_of(CHAIN)
    assert History(CHAIN, trained).push_rewind().undo().state is trained


def test_f17_ten_thousand_random_edits_and_all_undone():
    random = np.random.default_rng(0)
    now = History(CHAIN, state_of(CHAIN))
    seen = [now.project]
    for _ in range(10_000):
        choice = random.integers(20)
        if choice <= 3 and now.can_undo:
            now = now.undo()
            seen.pop()
            assert now.project == seen[-1]
        elif choice == 4:
            units = int(random.integers(1, 9))
            project = edits.set_units(now.project, "hidden_1", units)
        else:
            project = edits.move_nodes(now.project, {"input": tuple(random.random(2))})
        if choice > 3:
            now = now.push("Edit", project)
            seen = [*seen, project][-MAXIMUM_ENTRIES:]
    while now.can_undo:
        now = now.undo()
        seen.pop()
        assert now.project == seen[-1]
    assert len(seen) == 1


# ------------------------------------------------------------ what a stop rule has kept


def waiting():
    """A state in the middle of a plateau and of early stopping."""
    state = state_of(CHAIN)
    memory = {"schedule/factor": 0.5, "stopping/best": 0.25}
    return replace(state, memory=memory, best={"best": state.parameters})


def test_another_plan_or_name_keeps_the_best_weights():
    trained = waiting()
    for project in (edits.change_plan(CHAIN, l2=0.1), edits.rename(CHAIN, "input", "In")):
        assert History(CHAIN, trained).push("Edit", project).state is trained


@pytest.mark.parametrize(
    "project",
    [
        edits.set_units(CHAIN, "hidden_2", 6),
        edits.change_layer(CHAIN, "hidden_1", activation=Relu()),
    ],
)
def test_another_network_forgets_the_best_weights_and_keeps_the_schedule(project):
    state = History(CHAIN, waiting()).push("Edit", project).state
    assert (state.best, state.memory) == ({}, {"schedule/factor": 0.5})


def test_other_data_forget_the_schedule_too():
    project = edits.change_plan(CHAIN, preprocessing=MinMax())
    state = History(CHAIN, waiting()).push("Pixels", project).state
    assert (state.best, state.memory, state.epoch) == ({}, {}, 0)


def test_a_new_seed_leaves_the_weights_and_undo_brings_them_back():
    trained = waiting()
    now = History(CHAIN, trained).push("Seed", edits.change_plan(CHAIN, seed=5), "seed")
    assert now.state is None
    assert now.undo_rewinds
    further = now.push("Seed", edits.change_plan(CHAIN, seed=6), "seed")
    assert further.state is None
    assert further.undo().state is trained
    assert further.undo().redo_rewinds
    assert further.undo().redo().state is None
