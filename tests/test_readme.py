"""What the README shows is run as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

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
    assert len(commands()) == 8
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


def test_the_pictures_are_there() -> None:
    for name in re.findall(r"\]\((resources/[^)]+|\w+\.md|LICENSE)\)", TEXT):
        assert (ROOT / name).is_file(), name
