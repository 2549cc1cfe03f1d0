"""Bad input on the command line: one line, exit code 2, and every file as it was.

The rows of the acceptance list are made in `bad_files`; what the readers themselves say to each of
them is tested beside the readers.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neuralbuilder.cli.app import main
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document, load, save
from tests.bad_files import NOT_TRAINED, ODD, REFUSED, TABLES, Bad, trained


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line with which a command is refused; an exception would fail the test."""
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("neuralbuilder: ")
    assert "Traceback" not in captured.out + captured.err
    return line


def facts(folder: Path) -> dict[str, object]:
    """What lies in a folder, and when it was last changed."""
    return {
        each.name: (each.lstat().st_size, each.lstat().st_mtime_ns) for each in folder.iterdir()
    }


@pytest.mark.parametrize("bad", REFUSED.values(), ids=REFUSED)
def test_a_bad_project_file(bad: Bad, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = bad.at(folder)
    before = facts(folder)
    line = refusal(capsys, "info", path)
    assert bad.word in line
    assert path.name[:40] in line, "the message names the file"
    assert len(line) < 600
    assert facts(folder) == before


@pytest.mark.parametrize("row", ["P1 empty", "P2 cut in the arrays", "P14 units 0", "P19 missing"])
def test_no_command_takes_a_bad_project_file(
    row: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = REFUSED[row]
    path = bad.at(folder)
    (folder / "in.csv").write_text("x1,x2,x3,x4\n1,2,3,4\n", encoding="utf-8")
    before = facts(folder)
    for arguments in (
        ("info", path, "--json"),
        ("train", path, "--epochs", 1),
        ("train", path, "--epochs", 1, "-o", "other.nbnet"),
        ("predict", path, "in.csv", "-o", "out.csv"),
    ):
        assert bad.word in refusal(capsys, *arguments)
    assert facts(folder) == before


@pytest.mark.parametrize("bad", ODD.values(), ids=ODD)
def test_an_odd_project_file_opens_with_a_word(
    bad: Bad, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(bad.at(folder))]) == 0
    captured = capsys.readouterr()
    assert bad.word in captured.out + captured.err


@pytest.mark.parametrize("row", NOT_TRAINED)
def test_what_cannot_be_trained_is_not(
    row: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ODD[row].at(folder)
    before = path.read_bytes()
    assert main(["train", str(path), "--epochs", "1"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("neuralbuilder: ")
    assert all(line.startswith("Note: ") for line in lines[:-1])
    assert path.read_bytes() == before


def test_w5_a_new_seed_begins_with_good_weights(folder: Path) -> None:
    path = ODD["W5 not finite"].at(folder)
    assert main(["train", str(path), "--epochs", "1", "--seed", "1"]) == 0
    assert load(path).notices == ()


@pytest.mark.parametrize("bad", TABLES.values(), ids=TABLES)
def test_a_bad_table(bad: Bad, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = bad.at(folder)
    before = facts(folder)
    line = refusal(capsys, "new", "2 -> 3 -> 2", "--data", path, "-o", "new.nbnet")
    assert bad.word in line
    assert path.name in line
    assert len(line) < 600
    assert facts(folder) == before


@pytest.mark.parametrize("bad", TABLES.values(), ids=TABLES)
def test_a_bad_table_of_new_samples(
    bad: Bad, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(folder / "good.nbnet", trained())
    path = bad.at(folder)
    line = refusal(capsys, "predict", "good.nbnet", path, "-o", "out.csv")
    assert path.name in line
    assert not (folder / "out.csv").exists()


def test_where_the_result_cannot_go_is_said_before_the_training(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(folder / "good.nbnet", Document(example()))
    years = ("train", "good.nbnet", "--epochs", 10**8)
    assert "no folder none" in refusal(capsys, *years, "-o", "none/b.nbnet")
    assert "it is a folder" in refusal(capsys, *years, "-o", folder)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind here")
def test_a_folder_that_takes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    locked = folder / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    line = refusal(capsys, "new", "2 -> 1", "-o", locked / "a.nbnet")
    assert "permission" in line
