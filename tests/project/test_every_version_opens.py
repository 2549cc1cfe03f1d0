"""Files of every version of the format open for ever, and no damage to a file is ever believed.

`samples/` holds one file per version of the format, written by that version. Never write them
anew: a change that cannot read them needs a migration.
"""

from __future__ import annotations

import json
import random
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuralbuilder.data.planes import Spiral
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.engine.layers import Input, Missing
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Rprop
from neuralbuilder.engine.schedules import Constant, Plateau, WarmUp
from neuralbuilder.engine.stopping import EarlyStopping, NeverStop
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.files import Document, from_bytes, load, to_bytes
from neuralbuilder.project.history import History
from neuralbuilder.project.model import State
from neuralbuilder.project.text import print_design

FROZEN = Path(__file__).parent / "samples" / "version_1_0.nbnet"
MUTATIONS = 400


def test_version_1_0_opens():
    document = load(FROZEN)
    assert document.notices == ()
    project, state = document.project, document.state
    assert print_design(project) == (
        "R^2 -> 4 leaky_relu(0.2) he_normal -> 3 tanh nobias -> R^1 linear"
    )
    assert project.node("hidden_1").name == "Première couche ✓"
    assert project.node("hidden_2").layer.l2 == 0.25
    assert project.plan.dataset.formulas == ("y1 = x1*x2",)
    assert project.plan.seed == 7
    assert project.plan.split.seed == 7, "the split had no seed of its own"
    assert project.notes == "Frozen with version 1.0 of the format."
    assert (state.step, state.epoch, state.batch) == (10, 5, 0)
    np.testing.assert_array_equal(
        state.parameters[:3], np.float32([-0.5825474, -1.2241858, 0.09387517])
    )
    assert set(state.optimizer) == {"m", "v", "t"}
    assert state.scaling is not None
    assert (state.memory, state.best) == ({}, {})
    assert project.plan.schedule == Constant()
    assert project.plan.stop_rule == NeverStop()
    assert (project.plan.clip_norm, project.plan.clip_value) == (0.0, 0.0)


def table():
    samples = Samples(np.ones((9, 2)), np.eye(9)[:, :2], ("a", "b"), ("c", "d"), "classification")
    project = new_project("2 -> 3 -> 2", CsvTable("t.csv"), samples)
    return Document(project, samples=samples)


def branching():
    project = edits.duplicate(example(), ["hidden_1"])
    return Document(edits.connect(project, "input", "hidden_2"))


def unknown():
    project = edits.replace_layer(example(), "hidden_1", Missing('{"part": "wormhole"}'))
    return Document(replace(project, unknown={"colour": {"deep": [1, "two"]}}))


def waiting():
    """A document in the middle of a schedule and of early stopping."""
    plan = {"schedule": WarmUp(3, then=Plateau()), "stop_rule": EarlyStopping(), "clip_norm": 1.0}
    project = edits.change_plan(example(), optimizer=Rprop(), **plan)
    weights = Network(project.graph()).initial(0)
    memory = {"schedule/best": 0.5, "schedule/waited": 2.0, "stopping/best": 0.25,
              "stopping/waited": 1.0, "stopping/epoch": 4.0}  # fmt: skip
    best = {"best": weights, "optimizer/previous": weights, "optimizer/step_size": abs(weights)}
    slots = {"previous": weights, "step_size": abs(weights)}
    return Document(project, State(weights, slots, step=5, epoch=5, memory=memory, best=best))


FILES = {
    "frozen": FROZEN.read_bytes(),
    "table": to_bytes(table()),
    "branching": to_bytes(branching()),
    "unknown": to_bytes(unknown()),
    "waiting": to_bytes(waiting()),
    "spiral": to_bytes(Document(new_project("2 -> 8 relu -> 2", Spiral(), Spiral().load()))),
}


def damaged(content: bytes, generator: random.Random) -> bytes:
    """The content with a few bytes flipped, put in, cut out or written twice."""
    bytes_ = bytearray(content)
    for _ in range(generator.randint(1, 4)):
        at = generator.randrange(len(bytes_))
        end = min(len(bytes_), at + generator.randint(1, 40))
        how = generator.randrange(5)
        if how == 0:
            bytes_[at] = generator.randrange(256)
        elif how == 1:
            bytes_[at:at] = generator.randbytes(generator.randint(1, 8))
        elif how == 2 and end - at < len(bytes_):
            del bytes_[at:end]
        elif how == 3:
            bytes_[at:at] = bytes_[at:end]
        else:
            # Damage that leaves the JSON whole reaches deepest.
            bytes_[at : at + 1] = generator.choice(b'0123456789-.eE"[]{}truefalsn,: ').to_bytes()
    return bytes(bytes_)


def with_damaged_design(content: bytes, generator: random.Random) -> bytes:
    """The content with one value of its design replaced by another one, the container whole."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    design = json.loads(header["__metadata__"]["project"])
    place, node = [], design
    while isinstance(node, dict | list) and node and (not place or generator.random() < 0.8):
        key = generator.choice(list(node) if isinstance(node, dict) else range(len(node)))
        place.append((node, key))
        node = node[key]
    parent, key = place[-1]
    odd = [None, True, -1, 0, 2.5, 10**17, "", "text", "\u202e", [], {}, [[]], {"part": 3},
           {"part": "tanh"}, [1, 2], ["a"] * 3, 1e300, "linear", "x" * 5000]  # fmt: skip
    parent[key] = generator.choice(odd)
    header["__metadata__"]["project"] = json.dumps(design)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", [damaged, with_damaged_design])
def test_a_damaged_file_is_refused_or_opens_and_can_be_worked_with(name, damage):
    generator = random.Random(name)
    refused = 0
    for _ in range(MUTATIONS):
        content = damage(FILES[name], generator)
        try:
            document = from_bytes(content)
        except UserError as error:
            refused += 1
            assert error.message  # noqa: PT017 - the other outcome is that it opens
            continue
        check(document.project)
        print_design(document.project)
        again = from_bytes(to_bytes(document))
        assert again.project == document.project
        history = History(document.project, document.state)
        history.push("Add", edits.add_node(document.project, Input((3,)))).undo()
    assert 0 < refused <= MUTATIONS


def test_the_largest_design_opens_and_can_be_worked_with():
    project = edits.set_design(example(), "4" + " -> 2 tanh" * 998 + " -> 2")
    opened = from_bytes(to_bytes(Document(project))).project
    assert opened == project
    check(opened)
    ends = edits.remove_nodes(opened, [node.id for node in opened.nodes[1:-1]])
    assert print_design(ends) == "R^4 -> R^2 linear"
