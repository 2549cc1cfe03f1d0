"""What people do with the program: the real window, the real training process, start to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.planes import Spiral
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.project import files
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Project
from neuralbuilder.ui import process
from neuralbuilder.ui.data_panel import CsvImportDialog
from neuralbuilder.ui.window import MainWindow
from tests.ui.window_parts import (
    PATIENCE,
    drop_layer,
    open_window,
    settle,
    steps,
    train_until,
)


@pytest.fixture
def empty(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window with an empty canvas, as after New."""
    with open_window(qtbot, Document(Project()), ready=False) as window:
        yield window


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window with R⁴ → 3 tanh → R² on the formulas, ready to train."""
    with open_window(qtbot, Document(example())) as window:
        yield window


def type_design(window: MainWindow, text: str) -> None:
    """Type a network into the tool bar and press Enter."""
    window.edit_design()
    QTest.keyClicks(window.transport.design, text)
    QTest.keyClick(window.transport.design, Qt.Key.Key_Return)


def choose_data(window: MainWindow, kind: type) -> None:
    """Pick a data set from the list, as a user does."""
    source = window.panes.data.source
    index = source._values.index(kind)
    source.setCurrentIndex(index)
    source.activated.emit(index)


def type_number(field: QLineEdit, text: str) -> None:
    """Type a number into a field and press Enter."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def undo_everything(window: MainWindow) -> int:
    """Undo until nothing is left; how many steps there were."""
    count = 0
    while window.actions_["undo"].isEnabled():
        window.actions_["undo"].trigger()
        count += 1
    return count


def test_drawn_by_mouse_trained_undone_saved_and_continued(
    empty: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window, workspace = empty, empty.workspace
    drop_layer(window, "input", 0, 0)
    drop_layer(window, "dense", 300, 0)
    drop_layer(window, "output", 600, 0)
    assert [node.id for node in workspace.project.nodes] == ["input", "hidden_1", "output"]
    assert len(workspace.project.links) == 2
    type_design(window, "R^4 -> 3 tanh -> R^2")
    choose_data(window, FormulaDataset)
    train_until(qtbot, window, lambda metrics: metrics.get("loss/train", 9.0) < 0.5)

    window.canvas.commands.toggle_bias("hidden_1")
    window.canvas.commands.set_activation("hidden_1", "relu")
    assert window.transport.design.text() == "R^4 -> 3 relu nobias -> R^2 linear"
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
    final = workspace.project
    count = undo_everything(window)
    assert workspace.project == Project()
    for _ in range(count):
        window.actions_["redo"].trigger()
    assert workspace.project == final
    settle(qtbot, window)

    path = tmp_path / "drawn.nbnet"
    train_until(qtbot, window, lambda metrics: window.runner.last.step > 0)
    window.files.save_to(path)
    qtbot.waitUntil(lambda: not workspace.unsaved, timeout=PATIENCE)
    saved = steps(window)
    document = files.load(path)
    assert document.project == final
    assert document.state is not None
    assert document.state.step == saved > 0
    window.files.new()
    window.files.open_path(path)
    window.runner.step()
    qtbot.waitUntil(lambda: steps(window) == saved + 1, timeout=PATIENCE)


def test_stopping_saving_and_reopening_changes_no_bit(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    for _ in range(3):
        window.runner.epoch()
        settle(qtbot, window)
    never_stopped = window.workspace.state.parameters
    window.runner.rewind()
    window.runner.epoch()
    settle(qtbot, window)
    window.runner.step()
    settle(qtbot, window)
    path = tmp_path / "net.nbnet"
    window.files.save_to(path)
    qtbot.waitUntil(lambda: not window.workspace.unsaved, timeout=PATIENCE)
    window.files.new()
    window.files.open_path(path)
    window.runner.train_epochs(2)
    settle(qtbot, window)
    assert window.workspace.state.epoch == 3
    np.testing.assert_array_equal(window.workspace.state.parameters, never_stopped)


def test_the_text_form_is_edited_while_training(window: MainWindow, qtbot: QtBot) -> None:
    window.runner.train()
    qtbot.waitUntil(lambda: window.runner.last.step > 20, timeout=PATIENCE)
    told: list[str] = []
    window.runner.notice.connect(lambda _: told.append(window.status.message.text()))
    type_design(window, "R^4 -> 3 tanh -> 6 relu -> R^2")
    qtbot.waitUntil(lambda: any("fresh weights" in text for text in told), timeout=PATIENCE)
    assert "Hidden 2 and Output" in told[-1]
    generation = window.runner.last.generation
    step = window.runner.last.step
    qtbot.waitUntil(lambda: window.runner.last.step > step, timeout=PATIENCE)
    assert window.runner.last.generation >= generation
    assert window.runner.is_running
    window.runner.pause()
    settle(qtbot, window)
    assert len(window.workspace.project.nodes) == 4


def test_a_table_is_imported_and_trained_on(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "houses.csv"
    generator = np.random.default_rng(3)
    rows = generator.normal(size=(120, 2))
    lines = ["area;age;price"]
    lines += [f"{a:.4f};{b:.4f};{2 * a - b:.4f}".replace(".", ",") for a, b in rows]
    lines[1] = ";" + lines[1].split(";", 1)[1]
    path.write_text("\n".join(lines))

    def accept() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, CsvImportDialog)
        assert dialog.reason() == ""
        dialog.accept()

    QTimer.singleShot(300, accept)
    window.files.open_path(path)
    samples = window.workspace.samples
    assert samples.input_names == ("area", "age")
    assert samples.target_names == ("price",)
    assert np.isnan(samples.x[0, 0])
    assert window.status.problems.isVisible()
    window.panes.data.fit_network()
    assert window.transport.design.text() == "R^2 -> 3 tanh -> R^1 linear"
    assert not window.status.problems.isVisible()
    train_until(qtbot, window, lambda metrics: metrics.get("loss/train", 9.0) < 0.05)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")
def test_the_training_process_is_killed(window: MainWindow, qtbot: QtBot) -> None:
    window.runner.epoch()
    settle(qtbot, window)
    window.runner.train()
    qtbot.waitUntil(lambda: window.runner.last.step > 60, timeout=PATIENCE)
    os.kill(window.runner.process_id, signal.SIGKILL)
    qtbot.waitUntil(window.banner.isVisible, timeout=PATIENCE)
    assert window.banner.message() == "The training process ended (signal 9)."
    assert "signal 9" in window.status.message.text()
    assert window.transport.train.text().strip() == "Train"
    assert steps(window) >= 44
    window.canvas.commands.set_activation("hidden_1", "relu")
    assert window.transport.design.text() == "R^4 -> 3 relu -> R^2 linear"
    restart = next(b for b in window.banner.findChildren(QPushButton) if b.text() == "Restart")
    known = steps(window)
    restart.click()
    assert not window.banner.isVisible()
    settle(qtbot, window)
    assert window.runner.last.step == known
    window.runner.step()
    qtbot.waitUntil(lambda: steps(window) == known + 1, timeout=PATIENCE)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs signals")
def test_the_training_process_hangs(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "HANGS_AFTER", 0.5)
    window.runner.epoch()
    settle(qtbot, window)
    pid = window.runner.process_id
    os.kill(pid, signal.SIGSTOP)
    window.runner.train()
    qtbot.waitUntil(window.banner.isVisible, timeout=PATIENCE)
    assert "not answered" in window.banner.message()
    next(b for b in window.banner.findChildren(QPushButton) if b.text() == "Stop").click()
    assert window.runner.status == "ended"
    assert window.banner.message() == "The training process was stopped."
    assert steps(window) == 44
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_iris_is_learnt_with_a_network_drawn_in_the_window(empty: MainWindow, qtbot: QtBot) -> None:
    choose_data(empty, Iris)
    drop_layer(empty, "input", 0, 0)
    drop_layer(empty, "dense", 300, 0)
    drop_layer(empty, "output", 600, 0)
    empty.panes.data.fit_network()
    assert empty.transport.design.text() == "R^4 -> 8 tanh -> R^3 softmax"
    type_number(empty.transport.live.fields["batch_size"].field, "2^4")
    assert empty.workspace.project.plan.batch_size == 16
    train_until(qtbot, empty, lambda metrics: metrics.get("accuracy/train", 0.0) >= 0.97)
    test = empty.runner.last.metrics["accuracy/test"]
    assert test >= 0.9


def test_a_typed_network_gets_the_loss_of_a_drawn_one_in_one_step(empty: MainWindow) -> None:
    choose_data(empty, Iris)
    before = empty.workspace.project
    type_design(empty, "4 -> 8 tanh -> 3")
    assert empty.transport.design.text() == "R^4 -> 8 tanh -> R^3 softmax"
    assert empty.workspace.project.plan.loss == CategoricalCrossEntropy()
    empty.actions_["undo"].trigger()
    assert empty.workspace.project == before


def test_the_spiral_is_separated_by_two_hidden_layers(empty: MainWindow, qtbot: QtBot) -> None:
    choose_data(empty, Spiral)
    type_number(empty.panes.data.settings.field("noise"), "0")
    assert empty.workspace.project.plan.dataset.noise == 0
    type_design(empty, "2 -> 16 tanh -> 16 tanh -> 1 sigmoid")
    empty.panes.data.fit_network()
    train_until(qtbot, empty, lambda metrics: metrics.get("accuracy/train", 0.0) >= 0.98)
