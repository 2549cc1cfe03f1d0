"""Answers to what is typed and to files, in the window with its real process."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from pytestqt.qtbot import QtBot

from neuralbuilder.cli.app import cli
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document, load
from neuralbuilder.project.predictions import outputs_for
from neuralbuilder.ui import answers_dialog, predictions
from neuralbuilder.ui.answers_dialog import AnswersDialog
from neuralbuilder.ui.row_fields import DateEdit, NumberEdit, WordEdit
from neuralbuilder.ui.row_pad import RowPad
from neuralbuilder.ui.window import MainWindow
from tests.ui.window_parts import PATIENCE, open_window

LONG = "a name of a column that is much longer than what fits beside a field"
HEADER = ["size", LONG, "bought", "kind"]


def rows_of(count: int) -> list[list[object]]:
    """Numbers, words, dates and a class that depends on them; a size is missing."""
    words = ("red", "green", "blue")
    found = [[i % 10 + 0.5, words[i % 3], f"2024-01-{i % 28 + 1:02}", "ab"[i % 10 > 4]]
             for i in range(count)]  # fmt: skip
    found[7][0] = ""
    return found


def write(path: Path, rows: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has learnt from such a table."""
    place = tmp_path_factory.mktemp("rows")
    write(place / "t.csv", [HEADER, *rows_of(60)])
    path = str(place / "a.nbnet")
    new = ["new", "5 -> 4 tanh -> 2 softmax", "--data", str(place / "t.csv"), "-o", path]
    for words in (new, ["train", path, "--epochs", "30"]):
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, result.output
    return Path(path)


@pytest.fixture
def window(trained: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with open_window(qtbot, load(trained)) as opened:
        yield opened


def opened_pad(window: MainWindow) -> RowPad:
    """The pad that the command opens."""
    assert window.actions_["draw"].text() == "Try a row…"
    window.actions_["draw"].trigger()
    pad = window.canvas.pad
    assert isinstance(pad, RowPad)
    return pad


def answered(window: MainWindow, qtbot: QtBot) -> np.ndarray:
    """The answer to a row of one's own, as the canvas shows it, and as it should be."""
    workspace, scene, pad = window.workspace, window.canvas.view.canvas_scene, window.canvas.pad
    assert isinstance(pad, RowPad)

    def expected() -> np.ndarray:
        own = workspace.selection.own_input
        assert own is not None
        data = window.runner.data
        return outputs_for(
            workspace.project, workspace.state.parameters, data.scaling, own.values[None]
        )[0]

    def is_there() -> bool:
        if workspace.selection.own_input is None or "y" in scene.arrays or not pad.answers.rows:
            return False
        shown = [value for _, value in pad.answers.rows]
        return bool(np.allclose(shown, expected(), atol=1e-4))

    qtbot.waitUntil(is_there, timeout=PATIENCE)
    return expected()


def test_a_row_is_typed_and_dragged_and_the_network_answers(
    window: MainWindow, qtbot: QtBot
) -> None:
    workspace = window.workspace
    pad = opened_pad(window)
    size, colour, bought = pad.edits
    assert isinstance(size, NumberEdit)
    assert isinstance(colour, WordEdit)
    assert isinstance(bought, DateEdit)
    values = [edit.value() for edit in pad.edits]
    assert values == [0.5, "red", "2024-01-01"]
    assert [name for name, _ in pad.answers.rows] == ["a", "b"], "the answer to the sample"
    size.slider.setValue(size.slider.maximum())
    high = answered(window, qtbot)
    assert high.argmax() == 1
    assert window.canvas.sample_bar.number_button.text() == "yours"
    assert workspace.selection.own_input.values[0] == 9.5
    size.none.click()
    qtbot.waitUntil(lambda: workspace.selection.own_input.values[0] != 9.5, timeout=PATIENCE)
    answered(window, qtbot)
    assert np.isfinite(workspace.selection.own_input.values).all(), "what is missing is filled in"
    before = workspace.selection.own_input
    bought.text.setText("2024-02-30")
    bought.text.textEdited.emit("2024-02-30")
    qtbot.waitUntil(lambda: bool(pad.note.text()), timeout=PATIENCE)
    assert "no date" in pad.note.text()
    assert bought.text.property("invalid") is True
    assert workspace.selection.own_input is before
    window.actions_["next_sample"].trigger()
    assert workspace.selection.own_input is None
    assert [edit.value() for edit in pad.edits] == [1.5, "green", "2024-01-02"]
    assert not pad.note.text()
    colour.list.set_choice("blue")
    colour.list.choice_changed.emit("blue")
    answered(window, qtbot)
    pad.close()
    assert workspace.selection.own_input is None
    assert window.canvas.pad is None


def test_every_network_of_numbers_can_be_tried(qtbot: QtBot) -> None:
    with open_window(qtbot, Document(example())) as window:
        pad = opened_pad(window)
        assert len(pad.edits) == 4
        assert all(isinstance(edit, NumberEdit) and edit.none.isHidden() for edit in pad.edits)
        pad.edits[0].slider.setValue(0)
        qtbot.waitUntil(lambda: window.workspace.selection.own_input is not None, timeout=PATIENCE)
        sent = window.workspace.selection.own_input.values
        assert sent[0] == pytest.approx(window.workspace.samples.x[:, 0].min(), rel=1e-5)
        window.workspace.apply("Other size", window.workspace.project)
        pad.close()


def test_a_file_is_answered_in_a_table_that_can_be_saved(
    window: MainWindow, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    turned = [row[::-1] for row in [HEADER, *rows_of(9)]]
    turned[2][2] = "purple"
    write(tmp_path / "new.csv", turned)
    chosen = [str(tmp_path / "new.csv")]
    dialogs = predictions.QFileDialog
    monkeypatch.setattr(dialogs, "getOpenFileNames", lambda *_: (chosen, ""))
    window.actions_["predict_file"].trigger()
    qtbot.waitUntil(lambda: window.findChild(AnswersDialog) is not None, timeout=PATIENCE)
    dialog = window.findChild(AnswersDialog)
    assert "'purple' (1)" in dialog.notes.text()
    assert "size: 1 filled" in dialog.notes.text()
    model = dialog.view.model()
    assert model.rowCount() == 9
    assert model.index(8, 0).data() == "9"
    path = tmp_path / "out.csv"
    monkeypatch.setattr(
        answers_dialog.QFileDialog, "getSaveFileName", lambda *_: (str(path.with_suffix("")), "")
    )
    dialog.save()
    assert dialog.heading.text() == "Saved in out.csv"
    dialog.close()
    result = CliRunner().invoke(cli, ["predict", str(trained), chosen[0]])
    saved = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    told = list(csv.reader(result.stdout.splitlines()))
    assert [row[:2] for row in saved] == [row[:2] for row in told]
    chosen[0] = str(tmp_path / "other.csv")
    write(tmp_path / "other.csv", [["size", "kind"], [1, "a"]])
    with qtbot.waitSignal(window.predictions.failed, timeout=PATIENCE) as caught:
        window.actions_["predict_file"].trigger()
    assert "lacks 2 columns" in str(caught.args[0])
