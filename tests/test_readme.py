"""What the README shows is run as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from click import Context
from click.testing import CliRunner

from neuralbuilder.benchmark import CASES
from neuralbuilder.benchmark.markdown import COLUMNS
from neuralbuilder.cli.app import cli
from neuralbuilder.project.text import parse

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def test_the_python_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(block, names)
    assert names["gradients"]["hidden_1/W"].shape == (4, 8)  # type: ignore[index]
    net, same, x = names["net"], names["same"], names["x"]
    assert np.array_equal(net.predict(x), same.predict(x))  # type: ignore[attr-defined]


def commands() -> list[list[str]]:
    lines = [line for block in blocks("console") for line in block.splitlines()]
    return [shlex.split(line.removeprefix("$ neuralbuilder ")) for line in lines if line]


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["x1,x2,x3,x4", "0.1,0.2,0.3,0.4", "1,1,1,1"]
    (tmp_path / "new_inputs.csv").write_text("\n".join(rows), "utf-8")
    assert len(commands()) == 11
    for words in commands():
        if words[0] == "screenshot":  # the window has tests of its own
            continue
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, result.output
    assert len((tmp_path / "predictions.csv").read_text("utf-8").splitlines()) == 3


def test_the_text_forms_can_be_read() -> None:
    block = next(text for text in blocks("") if text.startswith("R^4"))
    for line in block.strip().splitlines():
        parse(line)


# ------------------------------------------------------------------ how fast


def speed_table() -> list[list[str]]:
    """The cells of the table under "How fast", without its rule."""
    section = TEXT.split("## How fast\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in rows if not row[0].startswith("---")]


def test_the_table_of_speed_has_the_networks_and_goals_that_are_measured() -> None:
    head, *rows = speed_table()
    assert tuple(head) == COLUMNS
    shown = [(network, training, goal) for network, training, _, _, _, goal, _ in rows]
    assert shown == [(case.title, case.training, f"≥ {case.goal:g}") for case in CASES]


def test_the_table_of_speed_agrees_with_itself() -> None:
    for network, _, theirs, ours, ratio, goal, reached in speed_table()[1:]:
        times = float(theirs.replace(",", "")) / float(ours.replace(",", ""))
        # The ratio is the median of ratios, and so near that of the medians, but not the same.
        assert float(ratio) == pytest.approx(times, rel=0.5), network
        assert reached == ("yes" if float(ratio) >= float(goal.removeprefix("≥ ")) else "no")


def test_the_command_beside_the_table_is_one() -> None:
    (words,) = re.findall(r"rounds of `neuralbuilder bench (.*?)`", TEXT)
    bench = cli.get_command(Context(cli), "bench")
    assert bench is not None
    options = bench.make_context("bench", shlex.split(words)).params
    assert options["against"] == ("torch",)
    assert options["rounds"] >= 7
    for option in re.findall(r"`(--\w+)", TEXT.split("## How fast\n")[1].split("\n## ")[0]):
        assert option in {name for parameter in bench.params for name in parameter.opts}


def test_the_pictures_are_there() -> None:
    for name in re.findall(r"\]\((resources/[^)]+|\w+\.md|LICENSE)\)", TEXT):
        assert (ROOT / name).is_file(), name
