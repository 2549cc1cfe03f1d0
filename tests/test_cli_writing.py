"""Commands destroy nothing: what they replace, what they refuse, and what stays where they fail."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from neuralbuilder.cli.app import main
from neuralbuilder.cli.output import json_text
from neuralbuilder.cli.writing import (
    MEASURED_BY,
    MEASUREMENTS,
    PICTURE,
    PROJECT,
    check_kind,
    check_target,
    predictions_like,
)
from neuralbuilder.problems import UserError
from neuralbuilder.project.files import load, write

TABLE = "x1,x2,class\n" + "".join(f"{i},{-i},{'ab'[i % 2]}\n" for i in range(40))
WRITING = {
    "new": ("new", "4 -> 2", "-o"),
    "train": ("train", "a.nbnet", "--epochs", "1", "-o"),
    "predict": ("predict", "a.nbnet", "in.csv", "-o"),
    "screenshot": ("screenshot", "a.nbnet", "-o"),
    "demo": ("demo", "--epochs", "1", "-o"),
    "bench": ("bench", "--rounds", "1", "--network", "4-3-2", "--json"),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of two classes, a network trained on it, and rows to predict."""
    place = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        Path("t.csv").write_text(TABLE, encoding="utf-8")
        Path("in.csv").write_text("x1,x2\n1,2\n3,4\n", encoding="utf-8")
        assert main(["new", "2 -> 3 tanh -> 2", "--data", "t.csv", "-o", "a.nbnet"]) == 0
        assert main(["train", "a.nbnet", "--epochs", "1"]) == 0
    return place


@pytest.fixture(autouse=True)
def folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which the test stands."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which a command is refused."""
    capsys.readouterr()
    assert main(list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


@pytest.mark.parametrize("words", WRITING.values(), ids=WRITING)
def test_what_others_have_written_is_not_replaced(
    words: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.txt").write_text("hours of work", encoding="utf-8")
    assert "--force" in refused(capsys, *words, "mine.txt")
    assert (folder / "mine.txt").read_text(encoding="utf-8") == "hours of work"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files there")
@pytest.mark.parametrize("words", WRITING.values(), ids=WRITING)
def test_only_files_are_replaced_whatever_force_says(
    words: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo("pipe")
    Path("null").symlink_to(os.devnull)
    before = os.stat(os.devnull)
    for place, what in (("pipe", "a pipe"), ("null", "a device"), (".", "folder|directory")):
        line = refused(capsys, *words, place, "--force")
        assert any(word in line for word in what.split("|"))
    after = os.stat(os.devnull)
    assert (after.st_ino, after.st_rdev) == (before.st_ino, before.st_rdev)
    assert Path("pipe").is_fifo()


def test_nothing_is_written_over_what_is_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "a.nbnet", "--epochs", "1", "--data", "t.csv"]) == 0
    os.link("a.nbnet", "same.nbnet")
    Path("pictures").mkdir()
    Image.new("L", (8, 8)).save("pictures/one.png")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    cases = (
        ("train", "a.nbnet", "-o", "./a.nbnet"),
        ("train", "a.nbnet", "-o", "same.nbnet"),
        ("train", "a.nbnet", "-o", "t.csv"),
        ("predict", "a.nbnet", "in.csv", "-o", "in.csv"),
        ("predict", "a.nbnet", "in.csv", "-o", "t.csv"),
        ("predict", "a.nbnet", "pictures", "-o", "pictures/one.png"),
        ("screenshot", "a.nbnet", "-o", "a.nbnet"),
        ("new", "2 -> 2", "--data", "t.csv", "-o", "t.csv"),
    )
    for words in cases:
        assert "is read by this command" in refused(capsys, *words, "--force")
    assert {path: path.read_bytes() for path in before} == before


def test_our_own_files_of_the_same_kind_are_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["train", "a.nbnet", "--epochs", "1", "-o", "b.nbnet"]) == 0
        assert main(["predict", "a.nbnet", "in.csv", "-o", "out.csv"]) == 0
        assert main(["predict", "a.nbnet", "in.csv", "-o", "out.json", "--json"]) == 0
    assert len(json.loads(Path("out.json").read_text(encoding="utf-8"))) == 2
    for kind, name in (("CSV", "out.json"), ("another table", "t.csv"), ("project", "b.nbnet")):
        words = ("predict", "a.nbnet", "in.csv", "-o", name)
        assert "read" in (line := refused(capsys, *words)) or "--force" in line, kind
    assert "--force" in refused(capsys, "train", "a.nbnet", "-o", "out.csv")
    assert main(["predict", "a.nbnet", "in.csv", "-o", "out.json", "--force"]) == 0


def test_a_table_with_the_targets_alone_may_be_somebodys_answers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "q.csv").write_text("a,b,price\n" + "1,2,3.5\n4,5,7.25\n" * 20, encoding="utf-8")
    assert main(["new", "2 -> 1 linear", "--data", "q.csv", "-o", "q.nbnet"]) == 0
    assert main(["train", "q.nbnet", "--epochs", "1"]) == 0
    (folder / "right.csv").write_text("price\n3.5\n", encoding="utf-8")
    assert "--force" in refused(capsys, "predict", "q.nbnet", "q.csv", "-o", "right.csv")
    assert (folder / "right.csv").read_text(encoding="utf-8") == "price\n3.5\n"


def test_each_kind_is_told_from_its_likes(folder: Path) -> None:
    ours = PngInfo()
    ours.add_text("Software", "NeuralBuilder 9.9")
    picture = Image.new("RGB", (4, 3))
    picture.save("ours.png", pnginfo=ours)
    picture.save("photo.png")
    Path("ours.json").write_text(json_text({**MEASURED_BY, "rows": []}), encoding="utf-8")
    Path("rows.json").write_text('{"rows": []}', encoding="utf-8")
    Path("other.safetensors").write_bytes((20).to_bytes(8, "little") + b'{"__metadata__": {}}')
    Path("cut.nbnet").write_bytes(load_bytes("a.nbnet")[:-3])
    kinds = {PROJECT: {"a.nbnet", "cut.nbnet"}, PICTURE: {"ours.png"}, MEASUREMENTS: {"ours.json"}}
    for kind, own in kinds.items():
        found = {path.name for path in folder.glob("[a-z]*.*") if kind.is_own(path)}
        assert found == own, kind.name
    Path("empty").touch()
    for kind in (*kinds, predictions_like("class,probability of a\n")):
        check_kind(Path("empty"), kind)
        check_kind(Path("nowhere"), kind)
        for name in ("photo.png", "t.csv"):
            with pytest.raises(UserError, match="cannot be told to be"):
                check_kind(Path(name), kind)
            check_kind(Path(name), kind, force=True)


def load_bytes(name: str) -> bytes:
    return Path(name).read_bytes()


def test_a_place_without_a_folder_is_refused_before_work() -> None:
    with pytest.raises(UserError, match="there is no folder"):
        check_target(Path("no/where.csv"))


def test_a_full_disk_leaves_the_file_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out.csv").write_text("before", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("neuralbuilder.project.disk.os.fsync", full)
    with pytest.raises(UserError, match="the disk is full"):
        write("out.csv", b"after")
    assert Path("out.csv").read_text(encoding="utf-8") == "before"
    assert not [path for path in Path().iterdir() if path.name.endswith(".tmp")]


def test_the_outcome_of_a_training_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    words = ["--seed", "3", "--split-seed", "8", "--optimizer", "sgd", "--batch-size", "5"]
    assert main(["train", "a.nbnet", "--epochs", "2", *words, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    settings = facts["settings"]
    assert (settings["seed"], settings["split_seed"], settings["batch_size"]) == (3, 8, 5)
    assert (settings["optimizer"]["part"], settings["schedule"]["part"]) == ("sgd", "constant")
    assert settings["learning_rate"] == settings["optimizer"]["learning_rate"]
    matrix = facts["confusion_matrix"]
    assert matrix["classes"] == ["a", "b"]
    counts = {part: np.array(matrix[part]) for part in ("train", "validation", "test")}
    assert sum(count.sum() for count in counts.values()) == 40
    for part, count in counts.items():
        assert count.trace() / count.sum() == pytest.approx(facts[f"accuracy/{part}"])
        curve = facts["curves"][f"loss/{part}"]
        assert (curve["steps"][-1], curve["values"][-1]) == (facts["step"], facts[f"loss/{part}"])
    assert load("a.nbnet").state is not None
