"""Edits one by one, and any sequence of them with undo and redo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from neuralbuilder.data.bundled import BreastCancer, Iris
from neuralbuilder.data.planes import Spiral
from neuralbuilder.data.preprocessing import Standardise
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.activations import Linear, Relu, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.layers import (
    Add,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    GlobalAvgPool,
    Input,
    MaxPool2D,
    Missing,
    Output,
)
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    MeanSquaredError,
)
from neuralbuilder.engine.optimizers import Adam
from neuralbuilder.problems import Fix, SettingError, UserError
from neuralbuilder.project import edits
from neuralbuilder.project.clipboard import from_text, to_text
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.files import Document, from_bytes, to_bytes
from neuralbuilder.project.history import History
from neuralbuilder.project.model import MAXIMUM_NODES, Link, Plan, Project
from neuralbuilder.project.placement import COLUMN_DISTANCE, NARROW_DISTANCE
from neuralbuilder.project.text import is_chain, print_design


def chain(text="R^4 -> 3 tanh -> R^2"):
    return edits.set_design(Project(), text)


def ids(project):
    return [node.id for node in project.nodes]


def xs(project):
    return {node.id: node.x for node in project.nodes}


# ------------------------------------------------------------------ adding


def test_layers_dropped_from_left_to_right_become_a_chain():
    project = Project()
    for layer, x in ((Input((4,)), 0), (Dense(3), 300), (Output(2), 600)):
        project = edits.add_node(project, layer, (x, 10))
    assert print_design(project) == "R^4 -> 3 tanh -> R^2 linear"
    assert ids(project) == ["input", "hidden_1", "output"]
    assert [node.name for node in project.nodes] == ["Input", "Hidden 1", "Output"]


@pytest.mark.parametrize("order", ["io", "oi", "hio", "oih", "ohi", "iho"])
def test_any_order_of_dropping_leads_to_a_chain(order):
    layers = {"i": (Input((4,)), 0), "h": (Dense(3), 300), "o": (Output(2), 600)}
    project = Project()
    for layer, x in (layers[letter] for letter in order):
        project = edits.add_node(project, layer, (x, 0))
    assert is_chain(project)


def test_nothing_is_joined_where_there_are_two_ways():
    project = Project()
    for y in (0, 500):
        project = edits.add_node(project, Input((2,)), (0, y))
    project = edits.add_node(project, Dense(3), (300, 0))
    assert project.links == ()


def test_a_layer_dropped_into_a_finished_chain_goes_where_it_is_dropped():
    project = chain("4 -> 3 -> 5 -> 2")
    first = edits.add_node(project, Dense(7), (100, 400))
    assert print_design(first) == "R^4 -> 7 tanh -> 3 tanh -> 5 tanh -> R^2 linear"
    middle = edits.add_node(project, Dense(7), (400, 400))
    assert print_design(middle) == "R^4 -> 3 tanh -> 7 tanh -> 5 tanh -> R^2 linear"
    for far in ((5000, 0), None):
        assert print_design(edits.add_node(project, Dense(7), far)).endswith("7 tanh -> R^2 linear")
    before = edits.add_node(project, Dense(7), (-500, 0))
    assert print_design(before) == print_design(first)


def test_inserting_makes_room_for_the_new_column():
    project = chain()
    project = edits.insert_on_link(project, Link("input", "hidden_1"), Dense(5), (140, 0))
    columns = sorted(xs(project).values())
    assert np.diff(columns).min() >= COLUMN_DISTANCE
    assert edits.added(chain(), project) == ("hidden_2",)
    assert print_design(project) == "R^4 -> 5 tanh -> 3 tanh -> R^2 linear"


def test_input_and_output_take_the_size_of_the_data():
    samples = Iris().load()
    project = edits.add_node(Project(), Input(), samples=samples)
    project = edits.add_node(project, Output(), samples=samples)
    assert project.node("input").layer == Input((4,))
    assert project.node("output").layer == Output(3, Softmax())
    assert project.plan.loss == CategoricalCrossEntropy()
    hinge = edits.change_plan(Project(), loss=Hinge())
    assert edits.add_node(hinge, Output(), samples=samples).plan.loss == Hinge()
    chosen = edits.add_node(Project(), Output(7), samples=samples)
    assert chosen.node("output").layer.units == 7


def test_append_after_goes_into_the_link_or_to_the_end():
    project = edits.add_node(Project(), Input((4,)))
    project = edits.append_after(project, "input", Dense(3))
    project = edits.append_after(project, "hidden_1", Output(2))
    assert print_design(project) == "R^4 -> 3 tanh -> R^2 linear"
    project = edits.append_after(project, "input", Dense(6))
    project = edits.append_after(project, "output", Dense(9))
    assert print_design(project) == "R^4 -> 6 tanh -> 3 tanh -> 9 tanh -> R^2 linear"


def test_ids_never_come_to_mean_another_layer():
    project = chain("4 -> 3 -> 5 -> 2")
    project = edits.remove_nodes(project, ["hidden_1"])
    project = edits.append_after(project, "input", Dense(8))
    assert project.node("hidden_3").layer.units == 8


def test_there_is_an_end_to_adding():
    project = chain("1" + " -> 1" * (MAXIMUM_NODES - 1))
    with pytest.raises(UserError, match=str(MAXIMUM_NODES)):
        edits.add_node(project, Dense())


# ------------------------------------------------------------------ removing, links


def test_removing_keeps_a_chain_joined():
    project = edits.remove_nodes(chain("4 -> 3 -> 5 -> 6 -> 2"), ["hidden_1", "hidden_2"])
    assert print_design(project) == "R^4 -> 6 tanh -> R^2 linear"
    assert edits.remove_nodes(project, ["unknown"]) == project
    assert edits.remove_nodes(project, ids(project)) == replace(project, nodes=(), links=())


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("input", "input", "cannot feed itself"),
        ("input", "hidden_1", "already feeds"),
        ("output", "hidden_1", "end of the network"),
        ("hidden_1", "input", "reads no other layer"),
        ("hidden_2", "hidden_1", "circle"),
        ("input", "hidden_2", "one layer only, and Hidden 1"),
        ("input", "gone", "no longer there"),
    ],
)
def test_can_connect_says_why_not(source, target, reason):
    project = chain("4 -> 3 -> 5 -> 2")
    assert reason in edits.can_connect(project, source, target)
    with pytest.raises(UserError, match=reason):
        edits.connect(project, source, target)


def test_disconnect_and_connect_again():
    project = edits.disconnect(chain(), "input", "hidden_1")
    assert project.links == (Link("hidden_1", "output"),)
    assert edits.can_connect(project, "input", "hidden_1") is None
    assert set(edits.connect(project, "input", "hidden_1").links) == set(chain().links)


# ------------------------------------------------------------------ places, names, order


def test_arrange_puts_columns_side_by_side_and_branches_below_one_another():
    project = edits.move_nodes(chain(), {"input": (900, 5), "output": (-3, 1)})
    assert list(xs(edits.arrange(project)).values()) == [0, COLUMN_DISTANCE, 2 * COLUMN_DISTANCE]
    branch = edits.duplicate(project, ["hidden_1"])
    branch = edits.connect(branch, "input", "hidden_2")
    placed = edits.arrange(branch)
    first, second = placed.node("hidden_1"), placed.node("hidden_2")
    assert first.x == second.x
    assert first.y != second.y


def test_coordinates_stay_on_the_canvas():
    project = edits.move_nodes(chain(), {"input": (1e300, float("nan")), "output": (5, -0.0)})
    assert project.node("input").x == 1e6
    assert project.node("input").y == 0
    assert str(project.node("output").y) == "0.0"


def test_reorder_moves_a_layer_and_keeps_the_columns():
    project = chain("4 -> 3 -> 5 -> 6 -> 2")
    moved = edits.reorder(project, "hidden_3", 1)
    assert print_design(moved) == "R^4 -> 6 tanh -> 3 tanh -> 5 tanh -> R^2 linear"
    assert sorted(xs(moved).values()) == sorted(xs(project).values())
    assert edits.reorder(moved, "hidden_3", 99).nodes == project.nodes
    with pytest.raises(UserError, match="first"):
        edits.reorder(project, "input", 2)


def test_names_are_one_visible_line():
    project = edits.rename(chain(), "hidden_1", "  a\n\u202eb\x00 \u200bc" + "x" * 200)
    assert project.node("hidden_1").name.startswith("a b c")
    assert len(project.node("hidden_1").name) <= 80
    assert edits.rename(project, "hidden_1", " \n") == project
    assert edits.rename(project, "hidden_1", "عربي 🙂").node("hidden_1").name == "عربي 🙂"


# ------------------------------------------------------------------ settings


def test_settings_change_one_at_a_time():
    project = edits.change_layer(chain(), "hidden_1", activation=Relu(), bias=False)
    assert project.node("hidden_1").layer == Dense(3, Relu(), bias=False)
    assert edits.change_plan(project, batch_size=7).plan.batch_size == 7
    assert edits.set_units(project, "input", 9).node("input").layer == Input((9,))
    assert edits.add_neuron(project, "hidden_1").node("hidden_1").layer.units == 4
    single = edits.set_units(project, "hidden_1", 1)
    with pytest.raises(SettingError, match="Neurons cannot be 0"):
        edits.remove_neuron(single, "hidden_1")
    with pytest.raises(SettingError):
        edits.change_plan(project, batch_size=0)


def test_fixes_go_to_the_layer_or_to_the_plan():
    project = edits.apply_fix(chain(), Fix("", (("units", 5),), "output"))
    assert project.node("output").layer.units == 5
    fix = Fix("", (("units", 3),), "output", plan=(("loss", CategoricalCrossEntropy()),))
    fixed = edits.apply_fix(project, fix)
    assert fixed.plan.loss == CategoricalCrossEntropy()
    assert fixed.node("output").layer.units == 3


def test_a_fix_may_insert_a_layer():
    project = chain("8x8 -> conv 3 -> 2")
    fixed = edits.apply_fix(project, Fix("", node="output", insert="flatten"))
    assert fixed.node("flatten_1").layer == Flatten()
    assert print_design(fixed) == "8x8 -> conv 3@3x3 relu -> flatten -> R^2 linear"
    assert edits.apply_fix(project, Fix("", node="input", insert="flatten")) == project
    reshaped = edits.apply_fix(project, Fix("", (("shape", (64,)),), "output", insert="reshape"))
    assert reshaped.node("reshape_1").layer.shape == (64,)
    with pytest.raises(UserError, match="Choose one of"):
        edits.apply_fix(project, Fix("", node="output", insert="wormhole"))


def one_column(samples):
    return Samples(samples.x, samples.y[:, :1], samples.input_names, ("y",), "regression")


@pytest.mark.parametrize(
    ("samples", "units", "output", "loss"),
    [
        (Iris().load(), 2, Output(3, Softmax()), CategoricalCrossEntropy()),
        (BreastCancer().load(), 1, Output(1, Sigmoid()), BinaryCrossEntropy()),
        (Spiral().load(), 5, Output(2, Softmax()), CategoricalCrossEntropy()),
        (one_column(Iris().load()), 3, Output(1, Linear()), MeanSquaredError()),
    ],
)
def test_fit_to_data_chooses_sizes_activation_and_loss(samples, units, output, loss):
    project = edits.fit_to_data(edits.set_units(chain(), "output", units), samples)
    assert project.node("input").layer == Input(samples.input_shape)
    assert project.node("output").layer == output
    assert project.plan.loss == loss
    assert project.plan.preprocessing == Standardise()
    assert project.plan.optimizer == Adam()


# ------------------------------------------------------------------ text


def test_set_design_keeps_what_stays():
    project = edits.move_nodes(chain("4 -> 3 -> 5 relu -> 2"), {"hidden_2": (7, 8)})
    project = edits.rename(project, "hidden_2", "Middle")
    project = edits.change_layer(project, "hidden_2", l2=0.5)
    wider = edits.set_design(project, "4 -> 3 -> 9 -> 2")
    assert [(n.id, n.name, n.x) for n in wider.nodes] == [
        (n.id, n.name, n.x) for n in project.nodes
    ]
    layer = wider.node("hidden_2").layer
    assert (layer.units, layer.activation, layer.l2) == (9, Relu(), 0.5)


def test_set_design_knows_which_layer_was_taken_out():
    project = chain("4 -> 3 -> 5 -> 6 -> 2")
    assert ids(edits.set_design(project, "4 -> 5 -> 6 -> 2")) == [
        "input",
        "hidden_2",
        "hidden_3",
        "output",
    ]
    longer = edits.set_design(project, "4 -> 3 -> 8 -> 5 -> 6 -> 2")
    assert ids(longer) == ["input", "hidden_1", "hidden_4", "hidden_2", "hidden_3", "output"]
    assert sorted(xs(longer).values()) == [i * COLUMN_DISTANCE for i in range(6)]


def test_leaving_out_a_word_means_what_the_text_would_show():
    project = chain("4 -> 3 relu nobias he_normal -> 2")
    assert edits.set_design(project, "4 -> 3 -> 2").node("hidden_1").layer == Dense(3, Relu())
    assert edits.set_design(project, print_design(project)) == project


IMAGES = "28x28 -> conv 6@5x5 relu pad 2 -> maxpool 2 -> conv 16@5x5 relu -> maxpool 2 -> flatten"


def test_layers_that_stay_keep_id_and_name_whatever_their_type():
    project = edits.rename(chain(f"{IMAGES} -> 120 -> 10"), "conv_2", "Second")
    old = ids(project)
    text = print_design(project)
    assert edits.set_design(project, text) == project
    for before, after, expected in (
        ("conv 6@5x5", "conv 8@5x5", old),
        ("maxpool 2 -> conv 16", "avgpool 2 -> conv 16", [*old[:2], "avgpool_1", *old[3:]]),
        (" -> maxpool 2 -> flatten", " -> flatten", [*old[:4], *old[5:]]),
        ("conv 6@5x5 relu pad 2 -> maxpool 2 -> ", "", [old[0], *old[3:]]),
        ("28x28", "28x28 -> reshape 1x28x28", [old[0], "reshape_1", *old[1:]]),
    ):
        assert before in text
        edited = edits.set_design(project, text.replace(before, after, 1))
        assert ids(edited) == expected
        assert edited.node("conv_2").name == "Second"


def test_equal_layers_in_the_middle_are_known_again():
    project = chain("4 -> 5 -> 6 -> 7 -> 2")
    assert ids(edits.set_design(project, "4 -> 6 -> 7 -> 8 -> 2")) == [
        "input",
        "hidden_2",
        "hidden_3",
        "hidden_4",
        "output",
    ]


def test_what_a_text_has_no_words_for_stays():
    project = chain(f"{IMAGES} -> 10")
    project = edits.change_layer(project, "conv_1", l1=0.25, padding="same")
    assert project.node("conv_1").layer.margin == 2
    text = print_design(project)
    assert edits.set_design(project, text) == project
    layer = edits.set_design(project, text.replace("6@5x5 relu pad same", "7")).node("conv_1").layer
    assert layer == Conv2D(7, activation=Relu(), margin=2, l1=0.25)
    layer = edits.set_design(project, text.replace("pad same", "pad 1")).node("conv_1").layer
    assert (layer.padding, layer.margin, layer.l1) == ("margin", 1, 0.25)


def test_a_chain_moved_by_hand_stays_where_it_is():
    project = edits.move_nodes(
        chain("4 -> 3 -> 5 -> 2"), {"hidden_1": (300, 70), "output": (2000, 9)}
    )
    places = {node.id: (node.x, node.y) for node in project.nodes}
    shorter = edits.set_design(project, "4 -> 5 -> 2")
    assert {node.id: (node.x, node.y) for node in shorter.nodes} == {
        key: value for key, value in places.items() if key != "hidden_1"
    }
    longer = edits.set_design(project, "4 -> 3 -> 9 -> 5 -> 2")
    room = 300 + COLUMN_DISTANCE
    assert [(node.x, node.y) for node in longer.nodes][:4] == [
        (0, 0),
        (300, 70),
        (room, 70),
        (room + COLUMN_DISTANCE, 0),
    ]
    assert longer.node("output").x == 2000 + room + COLUMN_DISTANCE - places["hidden_2"][0]
    twice = edits.set_design(longer, print_design(longer))
    assert twice == longer


def test_the_first_layer_keeps_its_place():
    project = edits.move_nodes(chain(), {"input": (700, 50)})
    project = edits.move_nodes(
        project,
        {"hidden_1": (700 + COLUMN_DISTANCE, 50), "output": (700 + 2 * COLUMN_DISTANCE, 50)},
    )
    longer = edits.set_design(project, "4 -> 3 -> 9 -> 2")
    assert [(n.x, n.y) for n in longer.nodes] == [(700 + i * COLUMN_DISTANCE, 50) for i in range(4)]


def test_set_design_replaces_a_branching_network():
    project = edits.add_node(chain(), Input((9,)), (0, 900))
    assert print_design(edits.set_design(project, "4 -> 6 -> 2")) == "R^4 -> 6 tanh -> R^2 linear"


FIRST, LATER = Project(), chain("4 -> 8 tanh -> 3")


@pytest.mark.parametrize(
    ("before", "text", "activation", "loss"),
    [
        (FIRST, "4 -> 8 tanh -> 3 softmax", Softmax, CategoricalCrossEntropy),
        (FIRST, "4 -> 8 tanh -> 3", Softmax, CategoricalCrossEntropy),
        (FIRST, "4 -> 8 tanh -> 3 linear", Linear, MeanSquaredError),
        (LATER, "4 -> 8 tanh -> 3 softmax", Softmax, CategoricalCrossEntropy),
        (LATER, "4 -> 9 tanh -> 3", Linear, MeanSquaredError),
    ],
)
def test_a_new_output_activation_in_a_text_brings_its_loss(before, text, activation, loss):
    project = edits.set_design(before, text, Iris().load())
    output = project.node("output").layer
    assert isinstance(output.activation, activation)
    assert isinstance(project.plan.loss, loss)


def test_two_classes_on_one_typed_neuron_get_their_loss():
    project = edits.set_design(Project(), "30 -> 4 tanh -> 1 sigmoid", BreastCancer().load())
    assert project.plan.loss == BinaryCrossEntropy()


def test_a_text_leaves_the_loss_that_is_chosen():
    samples = Iris().load()
    hinge = edits.change_plan(Project(), loss=Hinge())
    assert edits.set_design(hinge, "4 -> 3 softmax", samples).plan.loss == Hinge()
    softmax = edits.set_design(Project(), "4 -> 3 softmax", samples)
    squared = edits.change_plan(softmax, loss=MeanSquaredError())
    other = edits.set_design(squared, "4 -> 5 tanh -> 3 softmax", samples)
    assert other.plan.loss == MeanSquaredError(), "the activation of the output is the old one"


def test_a_text_leaves_no_loss_that_its_output_cannot_be_trained_with():
    """The loss that suited the data before is no choice for the network that is typed now."""
    iris = Iris().load()
    stale = replace(chain("2 -> 8 tanh -> 3 sigmoid"), plan=Plan(loss=BinaryCrossEntropy()))
    typed = edits.set_design(stale, "4 -> 8 relu -> 3 softmax", iris)
    assert typed.plan.loss == CategoricalCrossEntropy()


def test_new_project_chooses_the_loss_and_an_activation_left_open():
    samples = Iris().load()
    project = new_project("4 -> 8 -> 3", Iris(), samples)
    assert project.node("output").layer.activation == Softmax()
    assert project.plan.loss == CategoricalCrossEntropy()
    spelt_out = new_project("4 -> 8 -> 3 tanh", Iris(), samples)
    assert spelt_out.node("output").layer.activation == Tanh()
    assert print_design(example()) == "R^4 -> 3 tanh -> R^2 linear"


# ------------------------------------------------------------------ clipboard


def test_copy_and_paste_take_layers_links_and_settings():
    project = edits.change_layer(chain("4 -> 3 -> 5 -> 2"), "hidden_2", bias=False)
    text = to_text(project, ["hidden_1", "hidden_2"])
    pasted = edits.paste(project, from_text(text), (100, 700))
    assert edits.added(project, pasted) == ("hidden_3", "hidden_4")
    assert Link("hidden_3", "hidden_4") in pasted.links
    assert pasted.node("hidden_4").layer == project.node("hidden_2").layer
    assert (pasted.node("hidden_3").x, pasted.node("hidden_3").y) == (100, 700)
    assert edits.added(project, edits.duplicate(project, ["input"])) == ("input_2",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no layers"),
        ("hello", "no layers"),
        ('{"nodes": {}}', "no layers"),
        ('{"format": "neuralbuilder layers", "version": 2}', "newer"),
        ('{"format": "neuralbuilder layers", "version": true}', "no version"),
        ('{"format": "neuralbuilder layers", "version": 1, "version": 1}', "version"),
        ('{"format": "neuralbuilder layers", "version": 1, "nodes": [', "damaged"),
        ('{"format": "neuralbuilder layers", "version": 1, "nodes": {"../x": {}}}', "id"),
        ('{"format": "neuralbuilder layers", "version": 1, "nodes": ' + "[" * 100_000, "deep"),
        ('{"format": "neuralbuilder layers", ' + " " * 100 * 2**20, "too long"),
    ],
)
def test_x4_foreign_text_is_refused(text, reason):
    with pytest.raises(UserError, match=reason):
        from_text(text)


def test_an_unknown_layer_is_copied_as_it_is():
    missing = Missing('{"part": "wormhole", "depth": 3}')
    project = edits.add_node(Project(), missing)
    copied = from_text(to_text(project, ids(project)))
    assert '"wormhole"' in copied.nodes[0].layer.original


# ------------------------------------------------------------------ any sequence


class AnySequence(RuleBasedStateMachine):
    """Adding, removing, connecting, renaming, pasting, undoing and redoing in any order."""

    @initialize()
    def start(self):
        self.start_project = chain()
        self.history = History(self.start_project)

    def push(self, project):
        if project != self.history.project:
            self.history = self.history.push("edit", project)

    @rule(x=st.integers(-500, 1500), kind=st.sampled_from([Dense(2), Input((3,)), Output(2)]))
    def add(self, x, kind):
        if len(self.history.project.nodes) < 12:
            self.push(edits.add_node(self.history.project, kind, (x, 0)))

    @precondition(lambda self: self.history.project.nodes)
    @rule(data=st.data())
    def remove(self, data):
        node = data.draw(st.sampled_from(ids(self.history.project)))
        self.push(edits.remove_nodes(self.history.project, [node]))

    @precondition(lambda self: self.history.project.nodes)
    @rule(data=st.data())
    def connect(self, data):
        project = self.history.project
        pair = [data.draw(st.sampled_from(ids(project))) for _ in range(2)]
        if edits.can_connect(project, *pair) is None:
            self.push(edits.connect(project, *pair))

    @precondition(lambda self: self.history.project.links)
    @rule(data=st.data())
    def disconnect(self, data):
        link = data.draw(st.sampled_from(self.history.project.links))
        self.push(edits.disconnect(self.history.project, link.source, link.target))

    @precondition(lambda self: 0 < len(self.history.project.nodes) < 8)
    @rule(data=st.data(), name=st.text(max_size=5))
    def rename_and_paste(self, data, name):
        project = self.history.project
        node = data.draw(st.sampled_from(ids(project)))
        copied = from_text(to_text(edits.rename(project, node, name), ids(project)))
        self.push(edits.paste(project, copied))

    @rule()
    def undo_then_redo(self):
        before = self.history
        if before.can_undo:
            assert before.undo().redo().project == before.project
            self.history = before.undo()

    @rule()
    def redo(self):
        self.history = self.history.redo()

    @invariant()
    def links_lead_to_layers_and_never_in_a_circle(self):
        project = self.history.project
        known = set(ids(project))
        assert len(known) == len(project.nodes)
        assert all({link.source, link.target} <= known for link in project.links)
        assert len(project.graph().order()) == len(project.nodes)

    @invariant()
    def the_file_holds_all_of_it(self):
        assert from_bytes(to_bytes(Document(self.history.project))).project == self.history.project

    def teardown(self):
        history = self.history
        while history.can_undo:
            history = history.undo()
        assert history.project == self.start_project


AnySequence.TestCase.settings = settings(max_examples=25, stateful_step_count=20)
TestAnySequence = AnySequence.TestCase


class TestColumns:
    def test_layers_dropped_anywhere_stand_in_columns(self) -> None:
        project = Project()
        places = ((100.0, 50.0), (90.0, 400.0), (95.0, -300.0))
        for layer, at in zip((Input((4,)), Dense(3), Output(2)), places, strict=True):
            project = edits.add_node(project, layer, at)
        xs, ys = [n.x for n in project.nodes], {n.y for n in project.nodes}
        assert xs == [100, 100 + COLUMN_DISTANCE, 100 + 2 * COLUMN_DISTANCE]
        assert ys == {50}

    def test_layers_moved_by_hand_stay_where_they_were_put(self) -> None:
        project = edits.add_node(Project(), Input((4,)), (0.0, 0.0))
        project = edits.add_node(project, Dense(3), (300.0, 0.0))
        project = edits.move_nodes(project, {"hidden_1": (333.0, 77.0)})
        project = edits.add_node(project, Output(2), (700.0, 20.0))
        assert [(n.x, n.y) for n in project.nodes] == [(0, 0), (333, 77), (700, 20)]

    def test_the_gap_of_a_removed_layer_closes(self) -> None:
        project = edits.set_design(Project(), "R^4 -> 3 tanh -> 5 tanh -> R^2")
        project = edits.remove_nodes(project, ["hidden_1"])
        assert [n.x for n in project.nodes] == [0, COLUMN_DISTANCE, 2 * COLUMN_DISTANCE]


def test_new_layers_have_readable_names():
    project = Project()
    for layer in (MaxPool2D(), BatchNorm(), Conv2D(), GlobalAvgPool(), Dense(), MaxPool2D()):
        project = edits.add_node(project, layer)
    assert [node.name for node in project.nodes] == [
        "Max pool 1", "Batch norm 1", "Conv 1", "Global average pool 1", "Hidden 1", "Max pool 2",
    ]  # fmt: skip


def test_the_main_path_stays_in_its_row_and_branches_stand_below():
    project = chain()
    project = edits.insert_on_link(project, Link("hidden_1", "output"), Add())
    project = edits.connect(project, "input", "add_1")
    assert len({node.y for node in edits.arrange(project).nodes}) == 1
    project = edits.insert_on_link(project, Link("input", "add_1"), Dense(units=3))
    placed = edits.arrange(project)
    below = placed.node("hidden_2")
    assert below.y > placed.node("hidden_1").y == placed.node("add_1").y == placed.node("output").y
    assert below.x == placed.node("hidden_1").x


def test_columns_of_layers_without_weights_stand_closer():
    project = edits.insert_on_link(chain(), Link("hidden_1", "output"), BatchNorm())
    columns = sorted(xs(edits.arrange(project)).values())
    assert np.diff(columns).tolist() == [COLUMN_DISTANCE, NARROW_DISTANCE, COLUMN_DISTANCE]
    assert edits.arrange(project) == project, "what stood in columns still does"
