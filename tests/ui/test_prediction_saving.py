"""Saving the answers to all samples, from the window with its real process."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import Iris
from neuralbuilder.data.planes import Circle
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.files import Document
from neuralbuilder.ui import predictions
from tests.ui.window_parts import PATIENCE, open_window, train_until


def saved(window, path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> list[dict]:
    """The rows that the command writes."""
    dialog = predictions.QFileDialog
    monkeypatch.setattr(dialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.predictions.told, timeout=PATIENCE):
        window.actions_["save_predictions"].trigger()
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_every_sample_has_its_row_with_the_error(qtbot, tmp_path, monkeypatch):
    with open_window(qtbot, Document(example())) as window:
        train_until(qtbot, window, lambda values: values.get("loss/train", 9) < 0.6)
        rows = saved(window, tmp_path / "answers.csv", monkeypatch, qtbot)
        data, samples = window.runner.data, window.workspace.samples
    assert len(rows) == samples.count > 600
    assert [row["part"] for row in rows].count("test") == len(data.test)
    y1 = np.array([float(row["y1"]) for row in rows])
    given = np.array([float(row["predicted y1"]) for row in rows])
    errors = np.array([float(row["error of y1"]) for row in rows])
    np.testing.assert_array_equal(y1, samples.y[:, 0])
    np.testing.assert_allclose(errors, given - y1, atol=1e-12)
    assert np.abs(errors).mean() < np.abs(y1 - y1.mean()).mean()


def test_classes_have_their_names_and_probabilities(qtbot, tmp_path, monkeypatch):
    iris = Iris()
    document = Document(new_project("4 -> 3 softmax", iris, iris.load()))
    with open_window(qtbot, document) as window:
        train_until(qtbot, window, lambda values: values.get("loss/train", 9) < 0.5)
        rows = saved(window, tmp_path / "answers.csv", monkeypatch, qtbot)
    assert rows[0]["class"] == "setosa"
    assert {row["predicted class"] for row in rows} <= {"setosa", "versicolor", "virginica"}
    names = [name for name in rows[0] if name.startswith("probability of ")]
    assert len(names) == 3
    assert sum(float(rows[0][name]) for name in names) == pytest.approx(1, abs=1e-6)


def test_a_folder_that_is_not_there_is_said(qtbot, tmp_path, monkeypatch):
    circles = Circle()
    document = Document(new_project("2 -> 1", circles, circles.load()))
    with open_window(qtbot, document) as window:
        train_until(qtbot, window, lambda values: values.get("loss/train", 9) < 0.7)
        path = tmp_path / "nowhere" / "a.csv"
        dialog = predictions.QFileDialog
        monkeypatch.setattr(dialog, "getSaveFileName", lambda *_: (str(path), ""))
        with qtbot.waitSignal(window.predictions.failed, timeout=PATIENCE) as caught:
            window.actions_["save_predictions"].trigger()
    assert "could not be written" in str(caught.args[0])
