"""Commands that draw the real window, each in a process of its own."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import pytest

from neuralbuilder.cli.writing import PICTURE
from neuralbuilder.data.bundled import Iris
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document, save

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "neuralbuilder", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "QT_QPA_PLATFORM": "offscreen",
        },
    )


def png_size(path):
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", content[16:24])


def test_demo_trains_and_saves_the_picture(tmp_path):
    done = run(tmp_path, "demo", "--epochs", 5)
    assert (done.returncode, done.stderr) == (0, "")
    assert "R^4 -> 3 tanh -> R^2" in done.stdout
    assert "train loss" in done.stdout
    assert "steps per second" in done.stdout
    assert png_size(tmp_path / "neuralbuilder-demo.png") == (1600, 1000)
    assert PICTURE.is_own(tmp_path / "neuralbuilder-demo.png"), "the next demo may replace it"


def test_screenshot_trains_a_file_and_leaves_it_alone(tmp_path):
    samples = Iris().load()
    path = tmp_path / "iris.nbnet"
    save(path, Document(new_project("4 -> 6 tanh -> 3", Iris(), samples)))
    before = path.read_bytes()
    arguments = ("--size", "1200x800", "--theme", "light", "--train", 3)
    done = run(tmp_path, "screenshot", path, "-o", "iris.png", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert png_size(tmp_path / "iris.png") == (1200, 800)
    assert path.read_bytes() == before
    done = run(tmp_path, "screenshot", path, "-o", "no/folder/iris.png")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
