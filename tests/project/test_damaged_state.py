"""Weights, curves, scaling and data in a file that do not fit: told, and never believed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from neuralbuilder.data.preprocessing import Scaling
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.engine.layers.missing import Missing
from neuralbuilder.engine.network import Network
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.container import pack, unpack
from neuralbuilder.project.files import Document, from_bytes, to_bytes
from neuralbuilder.project.history import History
from neuralbuilder.project.model import Project, State
from neuralbuilder.project.strict_json import dumps

PROJECT = edits.set_design(Project(), "R^4 -> 3 tanh -> R^2")
WEIGHTS = Network(PROJECT.graph()).initial(0)
STATE = State(
    WEIGHTS,
    {"m": WEIGHTS / 2, "t": np.array([7.0])},
    step=7,
    random=np.random.default_rng(1).bit_generator.state,
    log={"loss/mini-batches": np.array([[1.0, 0.5]])},
    memory={"schedule/factor": 0.1, "stopping/best": 1 / 3, "stopping/waited": 4.0},
    best={"best": WEIGHTS + 1, "optimizer/m": WEIGHTS / 3, "optimizer/t": np.array([3.0])},
    scaling=Scaling(np.zeros(4), np.ones(4), np.zeros(2), np.ones(2)),
)
TENSORS, METADATA = unpack(to_bytes(Document(PROJECT, STATE)))


def opened(training: dict[str, Any] | None = None, **tensors: Any) -> Document:
    facts = dict(METADATA)
    if training is not None:
        facts["training"] = json.dumps(json.loads(facts["training"]) | training)
    changed = {name.replace("__", "/"): np.asarray(array) for name, array in tensors.items()}
    return from_bytes(pack(TENSORS | changed, facts))


def test_the_file_itself_opens_without_a_word():
    document = opened()
    assert document.notices == ()
    assert document.state.random == STATE.random
    assert document.state.scaling is not None
    assert dict(document.state.memory) == dict(STATE.memory)
    assert document.state.best.keys() == STATE.best.keys()
    for name, array in document.state.best.items():
        np.testing.assert_array_equal(array, STATE.best[name])
        assert not array.flags.writeable


@pytest.mark.parametrize(
    "array", [np.zeros(5, np.float32), np.full(23, np.nan, np.float32), np.zeros((23, 1))]
)
def test_an_optimizer_that_does_not_fit_starts_afresh(array):
    document = opened(optimizer__m=array)
    assert document.state.optimizer == {}
    assert "optimizer starts afresh" in document.notices[0]
    assert document.state.parameters.tobytes() == WEIGHTS.tobytes()


def test_steps_below_none_start_the_optimizer_afresh():
    document = opened(optimizer__t=np.array([-1.0]))
    assert document.state.optimizer == {}
    assert "optimizer starts afresh" in document.notices[0]


@pytest.mark.parametrize(
    "random",
    [
        {
            "bit_generator": "PCG64",
            "state": {"state": "int:1", "inc": "int:3"},
            "has_uint32": True,
            "uinteger": "int:0",
        },
        {"bit_generator": "MT19937", "state": "int:3"},
        {"bit_generator": "PCG64", "state": {"state": "int:1"}},
        {"bit_generator": "PCG64", "state": {"state": f"int:{2**140}", "inc": "int:1"}},
        {"anything": 3},
        [1, 2],
        "text",
    ],
)
def test_a_damaged_random_state_starts_afresh(random):
    document = opened({"random": random})
    assert document.state.random == {}
    assert "Noise starts afresh" in document.notices[0]


@pytest.mark.parametrize(
    "tensors",
    [
        {"stopping__best": np.zeros(5, np.float32)},
        {"stopping__best": np.full(23, np.inf, np.float32)},
        {"stopping__optimizer__m": np.zeros((23, 1), np.float32)},
    ],
)
def test_best_weights_that_do_not_fit_are_forgotten(tensors):
    document = opened(**tensors)
    assert document.state.best == {}
    assert document.state.memory == {"schedule/factor": 0.1}
    assert document.notices == ("Early stopping starts afresh: its best weights do not fit.",)


def test_best_weights_without_their_numbers_are_forgotten_too():
    document = opened({"memory": {"schedule/factor": 0.1}})
    assert (document.state.best, document.state.memory) == ({}, {"schedule/factor": 0.1})
    assert "Early stopping starts afresh" in document.notices[0]


@pytest.mark.parametrize(
    "memory",
    [[1.0], "text", None, {"stopping/best": "0.5"}, {"schedule/factor": -0.5},
     {"schedule/factor": True}, {"schedule/factor": {}}],
)  # fmt: skip
def test_a_damaged_memory_starts_afresh(memory):
    document = opened({"memory": memory})
    assert (document.state.best, document.state.memory) == ({}, {})
    assert "Schedule and early stopping start afresh" in document.notices[0]


@pytest.mark.parametrize("array", [np.float64(3.0), np.zeros(4), np.zeros((3, 3)), [[np.nan, 1.0]]])
def test_curves_that_are_none_are_left_out(array):
    document = opened(log__loss__test=array)
    assert list(document.state.log) == ["loss/mini-batches"]
    assert "loss/test" in document.notices[0]


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("input_shift", np.zeros(3)),
        ("input_scale", np.zeros(4)),
        ("input_scale", np.full(4, np.inf)),
        ("target_scale", np.float64(1.0)),
        ("target_shift", np.zeros(2, np.int64)),
    ],
)
def test_a_scaling_that_does_not_fit_is_fitted_anew(name, array):
    document = opened(**{f"preprocessing__{name}": array})
    assert document.state.scaling is None
    assert "fitted anew" in document.notices[0]


@pytest.mark.parametrize(
    "training", [{"step": -1}, {"epoch": 1.5}, {"batch": True}, {"step": "7"}, {"random": "int:x"}]
)
def test_counters_that_count_nothing_are_refused(training):
    with pytest.raises(UserError):
        opened(training)


# ------------------------------------------------------------------ data


SAMPLES = Samples(np.ones((5, 2)), np.ones((5, 1)), ("a", "b"), ("c",), "regression")


def with_data(x: Any, y: Any, **facts: Any) -> bytes:
    project = edits.change_plan(PROJECT, dataset=CsvTable(path="gone.csv"))
    tensors, metadata = unpack(to_bytes(Document(project, samples=SAMPLES)))
    metadata["data"] = dumps(json.loads(metadata["data"]) | facts)
    return pack(tensors | {"data/x": np.asarray(x), "data/y": np.asarray(y)}, metadata)


@pytest.mark.parametrize(
    ("x", "y", "facts"),
    [
        (np.float64(1.0), np.ones((5, 1)), {}),
        (np.ones((5, 2)), np.float64(1.0), {}),
        (np.ones((4, 2)), np.ones((5, 1)), {}),
        (np.ones((5, 1, 0, 0), np.uint8), np.ones((5, 1)), {}),
        (np.ones((5, 0)), np.ones((5, 1)), {"input_names": []}),
        (np.ones((0, 2)), np.ones((0, 1)), {}),
        (np.ones((5, 2)), np.ones((5, 0)), {"target_names": []}),
        (np.ones((5, 3)), np.ones((5, 1)), {}),
        (np.ones((5, 2)), np.ones((5, 2)), {}),
        (np.full((5, 2), np.nan), np.ones((5, 1)), {}),
        (np.ones((5, 2)), np.ones((5, 1)), {"task": "guessing"}),
        (np.ones((5, 2)), np.ones((5, 1)), {"input_names": "ab"}),
        (np.ones((5, 2)), np.ones((5, 1)), {"target_names": [3]}),
    ],
)
def test_data_that_do_not_fit_their_description_are_refused(x, y, facts):
    assert from_bytes(with_data(SAMPLES.x, SAMPLES.y)).samples.x.shape == (5, 2)
    with pytest.raises(UserError, match="do not fit their description"):
        from_bytes(with_data(x, y, **facts))


# ------------------------------------------------------------------ what a newer version wrote


def newer() -> bytes:
    """A file whose hidden layer has an activation, and weights, that nobody knows here."""
    design = json.loads(METADATA["project"])
    design["nodes"]["hidden_1"]["layer"]["activation"] = {"part": "wiggle", "times": 3}
    gate = {"weights/hidden_1/gate": np.arange(3.0), "timeline/000120": np.arange(4.0)}
    return pack(TENSORS | gate, METADATA | {"project": json.dumps(design), "version": "[1, 9]"})


def test_p13_an_unknown_activation_makes_a_placeholder_and_weights_survive_a_save():
    document = from_bytes(newer())
    layer = document.project.node("hidden_1").layer
    assert isinstance(layer, Missing)
    assert document.state.step == 7
    assert dict(document.state.memory) == dict(STATE.memory)
    renamed = History(document.project, document.state).push(
        "Rename", edits.rename(document.project, "input", "In")
    )
    saved, metadata = unpack(to_bytes(Document(renamed.project, renamed.state)))
    before, _ = unpack(newer())
    assert saved.keys() == before.keys()
    assert all(saved[name].tobytes() == before[name].tobytes() for name in before)
    again = json.loads(metadata["project"])["nodes"]["hidden_1"]["layer"]
    assert again["activation"] == {"part": "wiggle", "times": 3}
    assert json.loads(metadata["training"])["step"] == 7


def test_p13_what_belonged_to_a_placeholder_goes_with_it():
    document = from_bytes(newer())
    history = History(document.project, document.state)
    known = history.push("Delete", edits.remove_nodes(document.project, ["hidden_1"]))
    saved, _ = unpack(to_bytes(Document(known.project, known.state)))
    assert not any("gate" in name or "timeline" in name for name in saved)
    assert from_bytes(to_bytes(Document(known.project, known.state))).state is not None
