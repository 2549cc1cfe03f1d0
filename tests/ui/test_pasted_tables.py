"""Tables on the clipboard and files dropped on the window."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.project import files
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui.data_panel import CsvImportDialog, DataPanel, edit_csv, paste_table
from neuralbuilder.ui.theme import install
from neuralbuilder.ui.workspace import Workspace

CELLS = "a\tb\ty\n" + "".join(f"{i}\t{i * 2},5\t{i * 3},25\n" for i in range(30))


@pytest.fixture
def panel(qtbot, qapp):
    install(qapp, "dark")
    panel = DataPanel(Workspace(Document(example())))
    qtbot.addWidget(panel)
    panel.show()
    return panel


def accept(seen: list[str]) -> None:
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, CsvImportDialog)
    seen.append(dialog.verdict.text())
    dialog.accept()


def test_a_table_on_the_clipboard_travels_with_the_project(panel, tmp_path: Path) -> None:
    workspace = panel._workspace
    QGuiApplication.clipboard().setText(CELLS)
    seen: list[str] = []
    QTimer.singleShot(0, lambda: accept(seen))
    panel.import_menu.actions()[2].trigger()
    assert "30 samples" in seen[0]
    dataset = workspace.project.plan.dataset
    assert isinstance(dataset, CsvTable)
    assert (dataset.delimiter, dataset.decimal) == ("tab", "comma")
    assert workspace.samples.count == 30
    assert panel.source.currentText() == "Pasted table"
    files.save(tmp_path / "pasted.nbnet", workspace.document)
    loaded = files.load(tmp_path / "pasted.nbnet").project.plan.dataset
    assert loaded == dataset
    assert loaded.load().x[2].tolist() == workspace.samples.x[2].tolist()
    QTimer.singleShot(0, lambda: accept(seen))
    assert edit_csv(workspace, panel)


@pytest.mark.parametrize("text", ["", "one line", "a\nb\nc", "x" * 4_000_001])
def test_what_is_no_table_is_not_pasted(panel, text: str) -> None:
    workspace = panel._workspace
    told: list[str] = []
    workspace.failed.connect(lambda error: told.append(str(error)))
    QGuiApplication.clipboard().setText(text)
    before = workspace.project
    assert not paste_table(workspace, panel)
    assert len(told) == 1
    assert "clipboard" in told[0]
    assert workspace.project is before
