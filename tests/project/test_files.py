"""Project files: round trips, promises about saving, and every bad input of the list by name."""

from __future__ import annotations

import json
import os
import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import split_indices
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.engine.layers.missing import Missing
from neuralbuilder.engine.network import Network
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits, files
from neuralbuilder.project.container import pack, read_metadata, unpack
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import (
    Document,
    NewerFormatError,
    from_bytes,
    load,
    previous_versions,
    save,
    summary,
    to_bytes,
)
from neuralbuilder.project.fitting import set_design
from neuralbuilder.project.model import Project, State
from neuralbuilder.project.tensors import decode_samples, encode_samples


def trained() -> Document:
    project = set_design(Project(), "R^4 -> 3 tanh -> R^2")
    weights = Network(project.graph()).initial(0)
    slots = {"m": weights / 2, "v": weights**2, "t": np.array([7.0])}
    log = {
        "loss/train": np.array([[1.0, 0.5], [2.0, 0.25]]),
        "samples/train": np.array([[1.0, 100.0], [2.0, 100.0]]),
    }
    random = np.random.default_rng(3).bit_generator.state
    state = State(weights, slots, step=7, epoch=1, batch=2, random=random, log=log)
    return Document(project, state)


CONTENT = to_bytes(trained())


def design(**changes: Any) -> dict[str, Any]:
    data = json.loads(read_metadata(CONTENT)["project"])
    return data | changes


def content_of(project: Any, **metadata: str) -> bytes:
    text = project if isinstance(project, str) else json.dumps(project)
    facts = {"format": "neuralbuilder", "version": "[1, 0]", "app": "0.1.0", "project": text}
    return pack({}, facts | metadata)


def refusal(content: bytes) -> str:
    with pytest.raises(UserError) as caught:
        from_bytes(content)
    assert caught.value.message.endswith(".")
    return str(caught.value)


# ------------------------------------------------------------------ round trips


def test_a_trained_document_comes_back_bit_for_bit(tmp_path: Path) -> None:
    before = trained()
    save(tmp_path / "a.nbnet", before)
    after = load(tmp_path / "a.nbnet")
    assert after.project == before.project
    assert after.notices == ()
    assert before.state is not None
    assert after.state is not None
    assert after.state.parameters.tobytes() == before.state.parameters.tobytes()
    assert after.state.parameters.dtype == before.state.parameters.dtype
    assert not after.state.parameters.flags.writeable
    for name, array in before.state.optimizer.items():
        assert after.state.optimizer[name].tobytes() == array.tobytes()
    assert (after.state.step, after.state.epoch, after.state.batch) == (7, 1, 2)
    assert after.state.random == before.state.random
    assert np.array_equal(after.state.log["loss/train"], before.state.log["loss/train"])


def test_what_older_files_call_the_train_loss_is_that_of_the_mini_batches() -> None:
    before = trained()
    curve = before.state.log["loss/train"]
    older = replace(before, state=replace(before.state, log={"loss/train": curve}))
    log = from_bytes(to_bytes(older)).state.log
    assert list(log) == ["loss/mini-batches"]
    assert np.array_equal(log["loss/mini-batches"], curve)


def test_saving_what_was_opened_gives_the_same_content() -> None:
    tensors, metadata = unpack(CONTENT)
    again, metadata_again = unpack(to_bytes(from_bytes(CONTENT)))
    assert metadata_again == metadata
    assert {n: a.tobytes() for n, a in again.items()} == {
        n: a.tobytes() for n, a in tensors.items()
    }


def test_any_safetensors_reader_can_read_the_weights(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    save(tmp_path / "a.nbnet", trained())
    tensors = load_file(tmp_path / "a.nbnet")
    assert tensors["weights/hidden_1/W"].shape == (4, 3)
    assert tensors["weights/output/b"].shape == (2,)


def test_a_design_without_weights_is_a_file_without_tensors() -> None:
    document = Document(trained().project)
    assert from_bytes(to_bytes(document)).state is None


def test_small_data_of_a_table_travel_with_the_file() -> None:
    x, y = np.arange(6.0).reshape(3, 2), np.array([[0.0], [1.0], [2.0]])
    samples = Samples(x, y, ("a", "b"), ("c",), "regression")
    table = CsvTable(path="gone.csv", inputs=("a", "b"), targets=("c",))
    project = edits.change_plan(trained().project, dataset=table)
    again = from_bytes(to_bytes(Document(project, samples=samples)))
    assert again.samples is not None
    assert np.array_equal(again.samples.x, x)
    assert again.samples.target_names == ("c",)


# ------------------------------------------------------------------ saving


def test_saving_keeps_the_three_versions_before(tmp_path: Path) -> None:
    path = tmp_path / "a.nbnet"
    for number in range(6):
        save(path, Document(edits.rename(trained().project, "hidden_1", f"Name {number}")))
    assert load(path).project.node("hidden_1").name == "Name 5"
    names = [load(v).project.node("hidden_1").name for v in previous_versions(path)]
    assert names == ["Name 4", "Name 3", "Name 2"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders have other rights there")
@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
def test_f2_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "a.nbnet"
    for name in ("A", "B"):
        save(path, Document(edits.rename(trained().project, "input", name)))
    save(path, trained())
    before = path.read_bytes()
    older = [version.read_bytes() for version in previous_versions(path)]

    def no_room(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if failing == "write":
        monkeypatch.setattr("neuralbuilder.project.files.os.fdopen", no_room)
    else:
        monkeypatch.setattr(f"neuralbuilder.project.files.os.{failing}", no_room)
    for _ in range(4):
        with pytest.raises(UserError, match="disk is full"):
            save(path, Document(trained().project))
    monkeypatch.undo()
    assert [version.read_bytes() for version in previous_versions(path)] == older
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_saving_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link.nbnet", tmp_path / "there" / "a.nbnet"
    link.symlink_to(target)
    save(link, trained())
    save(link, Document(trained().project))
    assert link.is_symlink()
    assert load(target).state is None
    assert load(previous_versions(target)[0]).state is not None


# ------------------------------------------------------------------ bad inputs, by number


def test_p1_empty_file() -> None:
    assert "empty" in refusal(b"")
    assert "previous versions" in refusal(b"")


def test_p2_truncated_at_each_of_200_points() -> None:
    for cut in np.linspace(1, len(CONTENT) - 1, 200).astype(int):
        message = refusal(CONTENT[:cut])
        assert "ends" in message or "cut short" in message or "not a NeuralBuilder" in message


def test_p2_truncated_design_text_names_the_position() -> None:
    text = json.dumps(design())
    for cut in np.linspace(1, len(text) - 1, 200).astype(int):
        assert "character" in refusal(content_of(text[:cut]))


def test_p3_random_bytes_and_a_picture() -> None:
    random = np.random.default_rng(0).bytes(5000)
    assert "not a NeuralBuilder file" in refusal(random)
    assert "PNG" in refusal(b"\x89PNG\r\n\x1a\n" + random)


def test_p4_encodings() -> None:
    text = json.dumps(
        {"format": "neuralbuilder", "version": [1, 0], "app": "é", "project": design()},
        ensure_ascii=False,
    )
    assert "UTF-16" in refusal(text.encode("utf-16"))
    assert "Latin-1" in refusal(text.encode("latin-1"))
    assert from_bytes(text.encode("utf-8-sig")).project == trained().project


def test_p5_another_format() -> None:
    assert "not a NeuralBuilder file" in refusal(content_of(design(), format="other"))
    assert "not a NeuralBuilder file" in refusal(b'{"a": 1}')


def test_p6_newer_major_version_names_the_program_that_wrote_it() -> None:
    message = refusal(content_of(design(), version="[2, 0]", app="9.8.7"))
    assert "9.8.7" in message
    assert "Update" in message


def test_p6_a_file_that_is_too_new_can_still_be_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "new.nbnet"
    data = design(nodes={"a": {"layer": {"part": "wormhole"}}, "b": 3})
    path.write_bytes(content_of(data, version="[2, 3]", app="9.8.7"))
    with pytest.raises(NewerFormatError, match=r"new\.nbnet"):
        load(path)
    found = summary(path)
    assert (found.version, found.app) == ((2, 3), "9.8.7")
    assert found.layers == (("a", "wormhole"), ("b", "unknown"))
    path.write_bytes(content_of("[]", version="[2, 0]"))
    assert summary(path).layers == ()
    path.write_bytes(b"hello, hello, hello")
    with pytest.raises(UserError, match="not a NeuralBuilder file"):
        summary(path)
    assert "never was" in refusal(content_of(design(), version="[0, 9]"))


def test_p7_unknown_keys_of_a_newer_minor_version_survive() -> None:
    data = design(colour="blue")
    data["nodes"]["hidden_1"]["mood"] = {"deep": [1, 2]}
    data["nodes"]["hidden_1"]["layer"]["gain"] = 2
    data["plan"]["warp"] = 9
    document = from_bytes(content_of(data, version="[1, 7]"))
    renamed = edits.rename(document.project, "hidden_1", "Other")
    again = json.loads(read_metadata(to_bytes(Document(renamed)))["project"])
    assert again["colour"] == "blue"
    assert again["nodes"]["hidden_1"]["mood"] == {"deep": [1, 2]}
    assert again["nodes"]["hidden_1"]["layer"]["gain"] == 2
    assert again["nodes"]["hidden_1"]["name"] == "Other"
    assert again["plan"]["warp"] == 9


def test_p7_what_belonged_to_a_removed_layer_goes_with_it() -> None:
    data = design()
    data["nodes"]["hidden_1"]["mood"] = "calm"
    project = edits.remove_nodes(from_bytes(content_of(data)).project, ["hidden_1"])
    assert (
        "hidden_1" not in json.loads(read_metadata(to_bytes(Document(project)))["project"])["nodes"]
    )


def test_p9_duplicate_keys() -> None:
    assert "twice" in refusal(content_of('{"nodes": {}, "notes": "", "notes": "x"}'))


@pytest.mark.parametrize(
    "word", ["NaN", "Infinity", "-Infinity", "1e999", "-0", "-0.0", "9" * 5000]
)
def test_p10_numbers_a_file_may_not_hold(word: str) -> None:
    text = json.dumps(design()).replace('"x": 288.0', f'"x": {word}')
    assert "nodes.hidden_1.x" in refusal(content_of(text))


def test_p11_a_hundred_thousand_brackets() -> None:
    assert "nested" in refusal(content_of('{"a": ' + "[" * 100_000))


def test_p12_too_many_layers_and_links() -> None:
    node = design()["nodes"]["hidden_1"]
    assert "10,000 layers" in refusal(
        content_of(design(nodes={f"n{i}": node for i in range(10_000)}))
    )
    assert "links" in refusal(content_of(design(links=[["input", "output"]] * 100_000)))


def test_p13_an_unknown_layer_type_is_kept() -> None:
    data = design()
    data["nodes"]["hidden_1"]["layer"] = {"part": "capsule", "routing": 3}
    project = from_bytes(content_of(data)).project
    assert isinstance(project.node("hidden_1").layer, Missing)
    again = json.loads(read_metadata(to_bytes(Document(project)))["project"])
    assert again["nodes"]["hidden_1"]["layer"] == {"part": "capsule", "routing": 3}


@pytest.mark.parametrize("units", [0, -3, 2.5, "64", True, 10**12, None, [3]])
def test_p14_units_out_of_range(units: object) -> None:
    data = design()
    data["nodes"]["hidden_1"]["layer"]["units"] = units
    message = refusal(content_of(data))
    assert "hidden_1" in message
    assert "1000000" in message.replace(",", "").replace("1e+06", "1000000")


@pytest.mark.parametrize(
    "links",
    [
        [["input", "nowhere"]],
        [["input", "input"]],
        [["input", "output"], ["input", "output"]],
        [["input"]],
        ["input"],
        [[1, 2]],
        "input",
    ],
)
def test_p15_links_that_lead_nowhere(links: object) -> None:
    refusal(content_of(design(links=links)))


def test_p15_a_cycle_opens_and_is_shown_as_a_problem() -> None:
    from neuralbuilder.project.checks import check

    links = [["input", "hidden_1"], ["hidden_1", "output"], ["output", "hidden_1"]]
    project = from_bytes(content_of(design(links=links))).project
    assert any(problem.severity == "error" for problem in check(project))


@pytest.mark.parametrize("node_id", ["", "a/b", "..", "a\0b", "Hidden", "é", "x" * 65, "_a"])
def test_p16_ids(node_id: str) -> None:
    data = design()
    data["nodes"][node_id] = data["nodes"]["hidden_1"]
    assert "id of a layer" in refusal(content_of(data))


@pytest.mark.parametrize("name", ["x" * 1_000_000, "\u202eabc", "🦊" * 50, "a\u200bb", "a\nb"])
def test_p17_names_are_shown_clipped_on_one_line(name: str) -> None:
    data = design()
    data["nodes"]["hidden_1"]["name"] = name
    shown = from_bytes(content_of(data)).project.node("hidden_1").name
    assert 0 < len(shown) <= 200
    assert "\n" not in shown


def test_p18_a_layer_out_of_reach_is_brought_back() -> None:
    data = design()
    data["nodes"]["hidden_1"]["x"] = 1e300
    document = from_bytes(content_of(data))
    assert all(abs(node.x) < 1e5 for node in document.project.nodes)
    assert "arranged" in document.notices[0]


@pytest.mark.skipif(sys.platform == "win32", reason="no device files or links there")
def test_p19_paths_that_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    for path, word in [
        (tmp_path, "folder"),
        (tmp_path / "gone", "link"),
        (tmp_path / "pipe", "device"),
        (tmp_path / "missing.nbnet", "no such file"),
        (tmp_path / ("x" * 300), "too long"),
    ]:
        with pytest.raises(UserError, match=word):
            load(path)


def test_p20_a_file_of_five_gigabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "big.nbnet"
    with path.open("wb") as file:
        file.truncate(5 * 2**30)  # takes no room on the disk
    with pytest.raises(UserError, match="GiB"):
        load(path)


# ------------------------------------------------------------------ weights


def raw(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(start: int, stop: int, shape: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def test_w1_header_beyond_the_file() -> None:
    assert "cut short" in refusal(struct.pack("<Q", 1000) + b'{"a"')
    assert "not a NeuralBuilder" in refusal(struct.pack("<Q", 2**62) + b'{"a":1}')
    assert "cut short" in refusal(raw({"a": entry(0, 8, [2])}, b"1234"))


def test_w2_overlap_gap_and_trailing_bytes() -> None:
    assert "overlaps" in refusal(raw({"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, b"0" * 12))
    assert "gap" in refusal(raw({"a": entry(0, 8, [2]), "b": entry(12, 16, [1])}, b"0" * 16))
    assert "after its end" in refusal(raw({"a": entry(0, 8, [2])}, b"0" * 9))
    assert "twice" in refusal(raw(b'{"a": 1, "a": 2}'))


def test_w3_shapes() -> None:
    for shape in ([-1], [10**17, 10**17], ["2"], [True], None):
        assert "wrongly" in refusal(raw({"a": entry(0, 8, shape)}, b"0" * 8))  # type: ignore[arg-type]


def test_w4_weights_that_do_not_fit_open_untrained() -> None:
    metadata = read_metadata(CONTENT)
    document = from_bytes(pack({"weights/hidden_1/W": np.zeros((9, 9))}, metadata))
    assert document.state is None
    assert "hidden_1/W has shape (9, 9) and not (4, 3)" in document.notices[0]
    assert "output/b is missing" in document.notices[0]


def test_w5_weights_that_are_not_numbers_are_named() -> None:
    document = trained()
    assert document.state is not None
    weights = document.state.parameters.copy()
    weights[0] = np.nan
    opened = from_bytes(to_bytes(Document(document.project, State(weights))))
    assert "hidden_1/W" in opened.notices[0]


@pytest.mark.parametrize("start", [b"\x80\x04K", b"PK\x03\x04", b"\x93NUMPY"])
def test_w7_other_formats_are_named_and_never_opened(start: bytes) -> None:
    refusal(start + b"0" * 100)


# ------------------------------------------------------------------ anything at all


@given(st.data())
def test_no_damage_gives_anything_but_a_clear_refusal(data: st.DataObject) -> None:
    content = bytearray(CONTENT)
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(content) - 1))
        how = data.draw(st.sampled_from(["flip", "insert", "cut"]))
        if how == "flip":
            content[where] = data.draw(st.integers(0, 255))
        elif how == "insert":
            content[where:where] = data.draw(st.binary(max_size=8))
        else:
            del content[where : where + data.draw(st.integers(1, 64))]
        if not content:
            break
    try:
        from_bytes(bytes(content))
    except UserError as error:
        assert error.message  # noqa: PT017  either it opens or it says why not


def test_opening_never_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.nbnet"
    save(path, trained())
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    load(path)
    assert {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before


def test_the_limits_are_those_of_the_documentation() -> None:
    assert files.VERSION == (1, 0)
    assert files.KEPT_VERSIONS == 3


def test_the_rows_of_the_parts_stand_in_the_file() -> None:
    project = example()
    samples = project.plan.dataset.load()
    tensors, _ = unpack(to_bytes(Document(project, samples=samples)))
    parts = split_indices(samples, project.plan.split)
    for name, rows in zip(("train", "validation", "test"), parts, strict=True):
        np.testing.assert_array_equal(tensors[f"split/{name}"], rows)


def test_groups_and_given_parts_travel_with_the_samples() -> None:
    samples = Samples(
        np.zeros((6, 1)), np.zeros((6, 1)), ("x",), ("y",), "regression",
        groups=np.array([3, 3, 1, 1, 2, 2]),
        given_parts=np.array([0, 0, 0, 1, 2, 2], np.int8),
        rows=np.array([1, 2, 4, 5, 8, 9]),
    )  # fmt: skip
    tensors, description = encode_samples(samples)
    metadata = {"data": json.dumps(description)}
    project = edits.change_plan(example(), dataset=CsvTable("a.csv"))
    again = from_bytes(to_bytes(Document(project, samples=samples))).samples
    assert again is not None
    np.testing.assert_array_equal(again.groups, samples.groups)
    np.testing.assert_array_equal(again.given_parts, samples.given_parts)
    np.testing.assert_array_equal(again.rows, samples.rows)
    damaged = {
        "data/groups": np.zeros(5, np.int64),
        "data/rows": np.zeros(5, np.int64),
        "data/given_parts": np.full(6, 3, np.int8),
    }
    for name, array in damaged.items():
        with pytest.raises(UserError, match="do not fit their description"):
            decode_samples(tensors | {name: array}, metadata)
