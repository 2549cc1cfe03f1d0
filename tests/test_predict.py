"""``neuralbuilder predict``: one answer for each row, whatever the table looks like."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from neuralbuilder.cli.app import cli, main

COLOURS = ("red", "green", "blue")
HEADER = "id;size;colour;kind"


def rows_of(count: int) -> list[str]:
    """Rows with decimal commas: small red and green ones are of kind a."""
    cells = ((f"n{i:03}", f"{i % 10},5", COLOURS[i % 3]) for i in range(count))
    return [";".join((*c, "ab"[c[1] > "5" or c[2] == "blue"])) for c in cells]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network that has learnt classes from a table with numbers and words."""
    place = tmp_path_factory.mktemp("predict")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        Path("t.csv").write_text("\n".join([HEADER, *rows_of(60)]) + "\n", encoding="utf-8")
        new = ("new", "4 -> 4 tanh -> 2 softmax", "--data", "t.csv", "--inputs", "size,colour")
        assert main([*new, "--targets", "kind", "-o", "a.nbnet"]) == 0
        assert main(["train", "a.nbnet", "--epochs", "40"]) == 0
    return place


@pytest.fixture(autouse=True)
def folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which the test stands."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def predict(*arguments: str, data: str | bytes | None = None) -> Result:
    """What the command does with the trained network."""
    return CliRunner().invoke(cli, ["predict", "a.nbnet", *arguments], input=data)


def told(result: Result) -> list[dict[str, str]]:
    """The rows that were printed."""
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_rows_in_any_layout_have_their_answers_and_notes_say_what_was_done(folder: Path) -> None:
    lines = ["colour;id;size;more", "blue;x1;2,5;0", "purple;x2;;0", "purple;x2;1,5;0"]
    (folder / "in.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = predict("in.csv", "--keep", "id, size")
    rows = told(result)
    assert list(rows[0])[:4] == ["row", "id", "size", "class"]
    assert [(row["row"], row["id"], row["size"]) for row in rows] == [
        ("1", "x1", "2.5"), ("2", "x2", ""), ("3", "x2", "1.5"),
    ]  # fmt: skip
    assert rows[0]["class"] in "ab"
    notes = result.stderr
    for part in ("another order", "more", "'purple' (2)", "size: 1 filled with the median"):
        assert part in notes
    straight = ["size;colour", "2,5;blue", ";purple", "1,5;purple"]
    (folder / "in.csv").write_text("\n".join(straight) + "\n", encoding="utf-8")
    assert [row["class"] for row in told(predict("in.csv"))] == [row["class"] for row in rows]


def test_the_streams_are_files_too(folder: Path) -> None:
    table = "size;colour\n2,5;blue\n9,5;red\n"
    (folder / "in.csv").write_text(table, encoding="utf-8")
    straight = predict("in.csv")
    assert predict("-", data=table).stdout == straight.stdout
    assert predict("-", "-o", "-", data=table).stdout == straight.stdout
    assert not Path("-").exists()
    rows = json.loads(predict("-", "--json", data=table).stdout)
    assert [row["row"] for row in rows] == [1, 2]
    empty = predict("-", data="")
    assert empty.exit_code != 0


def test_several_tables_say_which_file_a_row_is_from(folder: Path) -> None:
    for name, colours in (("one.csv", ("red", "blue")), ("two.csv", ("pink",))):
        lines = ["size;colour", *(f"1,5;{colour}" for colour in colours)]
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    result = predict("one.csv", "two.csv")
    rows = told(result)
    assert [(row["file"], row["row"]) for row in rows] == [
        ("one.csv", "1"), ("one.csv", "2"), ("two.csv", "1"),
    ]  # fmt: skip
    assert "two.csv: colour: unknown words" in result.stderr
    assert [row["class"] for row in rows[:2]] == [row["class"] for row in told(predict("one.csv"))]


def test_columns_that_are_kept_may_be_called_as_the_answers_are(folder: Path) -> None:
    lines = ["row;class;size;colour", "7;=b;1,5;red", "-8;c;1,5;red"]
    (folder / "in.csv").write_text("\n".join(lines), encoding="utf-8")
    rows = told(predict("in.csv", "--keep", "class,row"))
    assert list(rows[0])[:4] == ["row", "class", "row in the table", "predicted class"]
    assert [list(row.values())[:3] for row in rows] == [["1", "'=b", "7"], ["2", "c", "-8"]]


def test_labels_of_digits_that_cannot_be_kept_as_they_are_are_said(folder: Path) -> None:
    lines = ["id;size;colour", "007;1,5;red", "12;1,5;red"]
    (folder / "in.csv").write_text("\n".join(lines), encoding="utf-8")
    result = predict("in.csv", "--keep", "id,size")
    assert [row["id"] for row in told(result)] == ["7", "12"]
    assert "id is kept as numbers: 007 is written as 7." in result.stderr
    assert "size is kept" not in result.stderr


def test_the_projects_own_samples_have_the_right_answer_beside(folder: Path) -> None:
    everything = told(predict("--part", "all"))
    assert len(everything) == 60
    assert list(everything[0])[:4] == ["sample", "part", "class", "predicted class"]
    tested = told(predict("--part", "test"))
    assert tested == [row for row in everything if row["part"] == "test"] != []
    for _ in range(2):  # our own table is replaced
        assert predict("--part", "test", "-o", "out.csv").exit_code == 0


def test_the_projects_own_samples_say_which_row_they_are(folder: Path) -> None:
    lines = ["a,t", *(f"{i}," if i % 3 == 0 else f"{i},{i}.5" for i in range(1, 40))]
    Path("gaps.csv").write_text("\n".join(lines), encoding="utf-8")
    assert main(["new", "1 -> 1 linear", "--data", "gaps.csv", "-o", "gaps.nbnet"]) == 0
    assert main(["train", "gaps.nbnet", "--epochs", "1"]) == 0
    rows = told(CliRunner().invoke(cli, ["predict", "gaps.nbnet", "--part", "all"]))
    assert list(rows[0])[:4] == ["sample", "row", "part", "t"]
    assert all(float(row["t"]) == int(row["row"]) + 0.5 for row in rows)
    assert len(rows) == 26


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((), "not said what to predict"),
        (("t.csv", "--part", "test"), "exclude each other"),
        (("--part", "test", "--keep", "id"), "--keep"),
        (("t.csv", "t.csv"), "given twice"),
        (("t.csv", "--keep", "name"), "has no column 'name'"),
        (("picture.png",), "not pictures"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("L", (2, 2)).save("picture.png")
    assert main(["predict", "a.nbnet", *arguments]) == 2
    assert part in capsys.readouterr().err


def test_many_pictures_are_one_table(folder: Path) -> None:
    x = np.random.default_rng(0).integers(0, 255, (20, 4, 4), dtype=np.uint8)
    np.savez("images.npz", x=x, y=np.arange(20) % 2)
    assert main(["new", "4x4 -> flatten -> 2", "--data", "images.npz", "-o", "a.nbnet",
                 "--force"]) == 0  # fmt: skip
    assert main(["train", "a.nbnet", "--epochs", "1"]) == 0
    (folder / "more").mkdir()
    for name, pixels in zip(("one.png", "two.png", "more/three.png"), x, strict=False):
        Image.fromarray(pixels).save(name)
    rows = told(predict("one.png", "two.png", "more"))
    assert [row["file"] for row in rows] == ["one.png", "two.png", str(Path("more/three.png"))]
    (stream,) = told(predict("-", data=Path("two.png").read_bytes()))
    assert stream["class"] == rows[1]["class"]
    assert stream["file"] == "standard input.png"
