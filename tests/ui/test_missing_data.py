"""Data too large to travel with a project: that is said, and they are found again in the window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from neuralbuilder.data.images.folder import ImageFolder
from neuralbuilder.data.images.idx import IdxFiles
from neuralbuilder.data.samples import FileDataset
from neuralbuilder.parts import changed
from neuralbuilder.project import files
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document
from neuralbuilder.ui.window import MainWindow
from tests.image_files import write_idx, write_pictures
from tests.ui.window_parts import PATIENCE, open_window, settle, train_until

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data of any size are too large to travel with a project."""
    monkeypatch.setattr("neuralbuilder.project.files.LARGEST_EMBEDDED", 100)


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    """A project whose images are in a folder of their own."""
    (tmp_path / "data").mkdir()
    dataset = IdxFiles(str(write_idx(tmp_path / "data", "train", 60)))
    path = tmp_path / "project.nbnet"
    project = new_project("4x5 -> flatten -> 10", dataset, dataset.load())
    files.save(path, Document(project, samples=dataset.load()))
    return path


def move(folder: Path, place: Path) -> Path:
    """Move all files of a folder; where the images are now."""
    place.mkdir()
    for path in folder.iterdir():
        path.rename(place / path.name)
    return next(path for path in place.iterdir() if "images" in path.name)


def answer(monkeypatch: pytest.MonkeyPatch, *paths: object) -> list[str]:
    """What the user chooses in the dialogs; their titles."""
    waiting, titles = list(paths), []

    def choose(parent, title, *rest, **settings):
        titles.append(title)
        return str(waiting.pop(0)), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: choose(*a, **k)[0])
    return titles


def action(window: MainWindow, text: str) -> QPushButton:
    """The button of the banner with this text."""
    (button,) = [b for b in window.banner.findChildren(QPushButton) if b.text() == text]
    return button


@pytest.fixture
def window(qtbot: QtBot, project_file: Path) -> Iterator[MainWindow]:
    with open_window(qtbot) as window:
        window.files.load(project_file)
        yield window


START = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from neuralbuilder.data.images.idx import IdxFiles
from neuralbuilder.ui import application

def the_window():
    return next((w for w in QApplication.topLevelWidgets() if hasattr(w, "workspace")), None)

def reading(self, *given):
    window = the_window()
    print("reads, window shown:", window is not None and window.isVisible(), flush=True)
    return read(self, *given)

def look():
    window = the_window()
    if window is None or window.workspace.path is None:
        QTimer.singleShot(50, look)
        return
    print(window.workspace.path.name, window.workspace.samples.count, flush=True)
    window.close_now()
    QApplication.quit()

if __name__ == "__main__":
    read, IdxFiles.read = IdxFiles.read, reading
    application.make_application(["x"])
    QTimer.singleShot(50, look)
    raise SystemExit(application.run(Path(sys.argv[1])))
"""


def test_the_window_stands_there_before_data_outside_are_read(
    project_file: Path, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(START)
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", PYTHONPATH=os.getcwd())
    command = [sys.executable, str(program), str(project_file)]
    done = subprocess.run(command, env=environment, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["reads, window shown: True", "project.nbnet 60"]


def test_what_is_not_saved_is_said(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    panel = window.panes.data
    assert panel.outside.isVisibleTo(panel)
    assert "only notes that they are in" in panel.outside.toolTip()
    told: list[str] = []
    window.files.told.connect(told.append)
    window.files.save_to(tmp_path / "other.nbnet")
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE)
    assert told[0].startswith("Saved other.nbnet. The data (0 MB) are too large")
    assert not panel.look_for.isVisibleTo(panel)


def test_moved_data_are_asked_for_and_training_goes_on(
    window: MainWindow, qtbot: QtBot, project_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(qtbot, window)
    train_until(qtbot, window, lambda metrics: window.runner.last.epoch >= 2)
    settle(qtbot, window)
    window.files.save_to(project_file)
    qtbot.waitUntil(lambda: not window.workspace.unsaved, timeout=PATIENCE)
    state, plan = window.workspace.state, window.workspace.project.plan
    moved = move(project_file.parent / "data", project_file.parent / "elsewhere")
    assert window.files.load(project_file)
    assert window.banner.isVisible()
    assert window.banner.message() == f"{moved.name} is not there."
    panel = window.panes.data
    assert panel.look_for.isVisibleTo(panel)

    titles = answer(monkeypatch, "", moved)
    for _ in range(2):  # the first time the user thinks better of it
        QTest.mouseClick(action(window, "Find…"), LEFT)
    assert titles == [f"Where is {moved.name}?"] * 2
    assert not window.banner.isVisible()
    assert not panel.look_for.isVisibleTo(panel)
    found = window.workspace.project.plan
    assert found.dataset == IdxFiles(str(moved))
    assert found == changed(plan, dataset=found.dataset)
    window.runner.step()
    qtbot.waitUntil(
        lambda: window.runner.last is not None and window.runner.last.step == state.step + 1,
        timeout=PATIENCE,
    )


def test_a_file_that_is_back_is_read_without_a_change(
    window: MainWindow, project_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = project_file.parent / "data"
    moved = move(data, project_file.parent / "elsewhere")
    window.files.load(project_file)
    assert window.workspace.samples is None
    project = window.workspace.project
    answer(monkeypatch, data / moved.name, data / moved.name)
    QTest.mouseClick(window.panes.data.look_for, LEFT)
    assert window.workspace.samples is None
    moved.parent.joinpath(moved.name.replace("images", "labels").replace("idx3", "idx1")).rename(
        data / "train-labels-idx1-ubyte"
    )
    moved.rename(data / moved.name)
    QTest.mouseClick(window.panes.data.look_for, LEFT)
    assert window.workspace.samples.count == 60
    assert window.workspace.project is project
    assert not window.workspace.unsaved


def test_a_window_that_starts_without_its_data_asks_too(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pets = write_pictures(tmp_path / "pets", {"cat": 6, "dog": 6})
    dataset: FileDataset = ImageFolder(str(tmp_path / "gone"), size=(6, 8))
    project = new_project("6x8 -> flatten -> 2", dataset, ImageFolder(str(pets)).load())
    with open_window(qtbot, Document(project), ready=False) as window:
        assert window.banner.isVisible()
        assert window.panes.data.look_for.text() == "Find the folder…"
        answer(monkeypatch, pets)
        QTest.mouseClick(action(window, "Find…"), LEFT)
        assert window.workspace.samples.class_names == ("cat", "dog")
        assert window.workspace.project.plan.dataset == ImageFolder(str(pets), size=(6, 8))
