"""Images in the data panel: chosen, dropped, shown by class, stopped while they are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

import numpy as np
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMessageBox,
    QProgressDialog,
    QPushButton,
    QToolTip,
)

from neuralbuilder.data.bundled import Digits
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.images.archive import NumpyArchive
from neuralbuilder.data.images.folder import ImageFolder
from neuralbuilder.data.images.generated import GeneratedDigits
from neuralbuilder.data.images.idx import IdxFiles
from neuralbuilder.data.preprocessing import MinMax, Standardise
from neuralbuilder.data.samples import ReadingCancelled, Samples
from neuralbuilder.engine.optimizers import Adam
from neuralbuilder.parts import changed
from neuralbuilder.project import edits
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.files import Document
from neuralbuilder.project.text import print_design
from neuralbuilder.project.usual_plan import RATE_FOR_IMAGES, usual_settings
from neuralbuilder.ui.data_panel import DataPanel, import_data
from neuralbuilder.ui.data_panel.class_counts import ClassCounts
from neuralbuilder.ui.data_panel.image_grid import ImageGrid, by_class, columns_for, image_of
from neuralbuilder.ui.files import is_data
from neuralbuilder.ui.theme import install
from neuralbuilder.ui.workspace import Workspace
from tests.image_files import pixels, write_idx, write_pictures

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(autouse=True)
def _theme(qapp: QApplication) -> None:
    install(qapp, "dark")


@pytest.fixture
def workspace(qapp):
    space = Workspace(Document(example(), None, None))
    yield space
    space.deleteLater()


@pytest.fixture
def panel(qtbot, workspace):
    panel = DataPanel(workspace)
    qtbot.addWidget(panel)
    panel.resize(208, 900)
    panel.show()
    return panel


def pick(panel, cls) -> None:
    panel.source.set_choice(cls)
    panel.source.activated.emit(panel.source.currentIndex())


def enter(field, text) -> None:
    """Type another text into a field."""
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def dataset_of(workspace):
    return workspace.project.plan.dataset


def choose(workspace, dataset) -> None:
    workspace.apply("Choose", edits.change_plan(workspace.project, dataset=dataset))


# ------------------------------------------------------------------ the panel


def test_generated_digits_are_shown_by_class_and_the_network_is_fitted_with_one_click(
    panel, workspace
):
    pick(panel, GeneratedDigits)
    assert dataset_of(workspace) == GeneratedDigits()
    preview = panel.preview
    assert preview.grid.isVisible()
    assert preview.classes.isVisible()
    assert not preview.table.isVisible()
    assert preview.heading.text().replace("\u202f", "") == "2000 images · 10 classes"
    assert workspace.samples.labels[preview.grid.rows()].tolist() == [*range(10), *range(5)]
    assert panel.fit.text() == "Fit to 1×28×28 → ℝ¹⁰"
    QTest.mouseClick(panel.fit, Qt.MouseButton.LeftButton)
    assert print_design(workspace.project) == "28x28 -> flatten -> 3 tanh -> R^10 softmax"
    assert not [p for p in workspace.problems if p.severity == "error"]
    assert not panel.fit.isVisible()
    workspace.undo()
    assert panel.fit.isVisible()


def test_images_from_the_list_bring_their_settings_and_other_data_take_them_back(panel, workspace):
    start = workspace.project.plan
    for cls in (GeneratedDigits, Digits, GeneratedDigits):
        pick(panel, cls)
        plan, usual = workspace.project.plan, usual_settings(workspace.samples)
        assert {name: getattr(plan, name) for name in usual} == usual
    assert workspace.project.plan.epochs == 100
    panel.settings.field("samples").step_by(-1)
    assert workspace.samples.count < 2000
    workspace.undo()
    workspace.apply("Train longer", edits.change_plan(workspace.project, epochs=300))
    pick(panel, FormulaDataset)
    assert workspace.project.plan == changed(start, epochs=300, schedule=plan.schedule)


def test_digits_are_vectors_or_images_by_a_switch(panel, workspace):
    pick(panel, Digits)
    assert not panel.preview.grid.isVisible()
    assert workspace.project.plan.preprocessing == Standardise()
    panel.settings.field("as_images").click()
    assert dataset_of(workspace) == Digits(as_images=True)
    assert panel.preview.grid.isVisible()
    assert workspace.project.plan.preprocessing == MinMax()


def test_other_settings_draw_other_digits(panel, workspace):
    pick(panel, GeneratedDigits)
    before = workspace.samples
    panel.settings.field("noise").step_by(1)
    assert workspace.samples is not before
    assert panel.new_seed.isVisible()


def test_a_given_test_part_leaves_no_share_to_choose(panel, workspace, tmp_path):
    images = write_idx(tmp_path, "train", 40)
    write_idx(tmp_path, "t10k", 20)
    assert import_data(workspace, images, panel)
    assert panel.preview.parts.text() == "36 train · 4 val. · 20 test"
    assert not panel.split.field("test").isEnabled()
    panel.settings.field("pair").click()
    assert panel.preview.parts.text() == "28 train · 4 val. · 8 test"
    assert panel.split.field("test").isEnabled()


def test_an_archive_of_rows_is_shown_as_a_table(panel, workspace, tmp_path):
    np.savez(tmp_path / "rows.npz", x=pixels(20, 1, 5)[:, 0], y=np.arange(20) % 2)
    assert import_data(workspace, tmp_path / "rows.npz", panel)
    assert panel.preview.table.isVisible()
    assert not panel.preview.grid.isVisible()


# ------------------------------------------------------------------ choosing files


@pytest.fixture
def answers(monkeypatch):
    """What the user chooses in the file dialogs, one after the other."""
    waiting: list[Path | str] = []

    def answer(*_arguments, **_settings):
        return str(waiting.pop(0)), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: answer()[0])
    return waiting


def test_every_source_asks_for_its_file_or_folder(panel, workspace, tmp_path, answers):
    np.savez(tmp_path / "data.npz", x=pixels(20), y=np.arange(20) % 2)
    images, pets = write_idx(tmp_path), write_pictures(tmp_path / "pets", {"cat": 2, "dog": 3})
    chosen = {IdxFiles: images, NumpyArchive: tmp_path / "data.npz", ImageFolder: pets}
    for cls, path in chosen.items():
        answers.append(path)
        pick(panel, cls)
        assert isinstance(dataset_of(workspace), cls)
        assert panel.source.currentText() == path.name
    assert workspace.project.plan.preprocessing == MinMax()
    assert workspace.project.plan.optimizer == Adam(learning_rate=RATE_FOR_IMAGES)
    assert panel.folder.isVisible()
    answers.append(write_pictures(tmp_path / "birds", {"owl": 2, "tit": 2, "jay": 1}))
    QTest.mouseClick(panel.folder, Qt.MouseButton.LeftButton)
    assert workspace.samples.class_names == ("jay", "owl", "tit")


def test_nothing_chosen_changes_nothing(panel, workspace, answers):
    start = workspace.project
    for cls in (IdxFiles, NumpyArchive, ImageFolder):
        answers.append("")
        pick(panel, cls)
        assert workspace.project is start
        assert panel.source.choice() is FormulaDataset


def test_labels_with_another_name_are_asked_for(panel, workspace, tmp_path, answers):
    images = write_idx(tmp_path).rename(tmp_path / "pixels.idx")
    answers += [images, tmp_path / "train-labels-idx1-ubyte"]
    panel.choose_file()
    assert dataset_of(workspace).labels.endswith("train-labels-idx1-ubyte")
    assert workspace.samples.count == 20


def test_the_link_offers_a_file_and_a_folder(panel, workspace, tmp_path, answers, qtbot):
    pets = write_pictures(tmp_path / "pets", {"cat": 2, "dog": 3})
    np.savez(tmp_path / "data.npz", x=pixels(20), y=np.arange(20) % 2)
    link = next(b for b in panel.header.findChildren(QPushButton) if b.text() == "Import…")
    for choice, path in (("Folder of pictures…", pets), ("File…", tmp_path / "data.npz")):
        answers.append(path)
        QTest.mouseClick(link, Qt.MouseButton.LeftButton)
        menu = panel.import_menu
        assert menu.isVisible()
        action = next(action for action in menu.actions() if action.text() == choice)
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
        assert not menu.isVisible()
        assert panel.source.currentText() == path.name


def test_a_folder_is_read_as_the_drawn_network_reads(panel, workspace, tmp_path):
    pets = write_pictures(tmp_path / "pets", {"cat": 2, "dog": 3})
    drawn = new_project("3x20x16 -> conv 2@3x3 relu -> flatten -> 2 softmax")
    workspace.apply("Draw", replace(drawn, plan=workspace.project.plan))
    assert import_data(workspace, pets, panel)
    assert workspace.samples.x.shape == (5, 3, 20, 16)
    assert not panel.fit.isVisible()


def test_what_is_found_in_pictures_becomes_settings(panel, workspace, tmp_path):
    for name, low in (("a", 1000), ("b", 2000)):
        (tmp_path / "deep" / name).mkdir(parents=True)
        for number in range(3):
            grey = np.full((6, 8), low + 10 * number, np.uint16)
            Image.fromarray(grey).save(tmp_path / "deep" / name / f"{number}.png")
    assert import_data(workspace, tmp_path / "deep", panel)
    assert dataset_of(workspace).grey == "1000 to 2020"
    assert dataset_of(workspace).ground == "white"
    assert "grey values from 1000 to 2020" in workspace.samples.notes[0]
    field = panel.settings.field("grey")
    assert field.text() == "1000 to 2020"
    enter(field, "0 to 4000")
    assert dataset_of(workspace).grey == "0 to 4000"
    assert workspace.samples.x[0].max() == round(255 * 1000 / 4000)
    # The range that occurs is found again, and what is found again is no step of its own.
    enter(field, "auto")
    assert (dataset_of(workspace).grey, field.text()) == ("1000 to 2020", "1000 to 2020")
    before = workspace.project
    enter(field, "auto")
    assert workspace.project is before
    assert field.text() == "1000 to 2020"
    enter(field, "bright")
    assert "Deep grey cannot be 'bright'" in panel.settings.reason()
    workspace.undo()
    assert isinstance(dataset_of(workspace), FormulaDataset)


def test_a_folder_that_is_imported_again_is_read_again_without_a_step(panel, workspace, tmp_path):
    pets = write_pictures(tmp_path / "pets", {"cat": 2, "dog": 3})
    assert import_data(workspace, pets, panel)
    before = workspace.project
    (pets / "dog" / "0.png").unlink()
    assert import_data(workspace, pets, panel)
    assert workspace.project is before
    assert workspace.samples.count == 4


def test_arrays_in_files_of_their_own_ask_for_labels_where_none_are_found(
    panel, workspace, tmp_path, answers
):
    np.save(tmp_path / "X.npy", pixels(20))
    np.save(tmp_path / "kinds.npy", np.arange(20) % 2)
    answers += [tmp_path / "X.npy", tmp_path / "kinds.npy"]
    panel.choose_file()
    assert dataset_of(workspace).labels.endswith("kinds.npy")
    (tmp_path / "kinds.npy").rename(tmp_path / "y.npy")
    answers.append(tmp_path / "X.npy")
    panel.choose_file()
    assert dataset_of(workspace).labels == ""
    assert workspace.samples.count == 20


def test_what_cannot_be_read_is_told_and_changes_nothing(panel, workspace, tmp_path):
    told = []
    workspace.failed.connect(told.append)
    start = workspace.project
    (tmp_path / "empty").mkdir()
    cut = write_idx(tmp_path)
    cut.write_bytes(cut.read_bytes()[:50])
    (tmp_path / "m.pkl").write_bytes(b"\x80\x04.")
    for path in (tmp_path / "empty", cut, tmp_path / "m.pkl"):
        assert not import_data(workspace, path, panel)
        assert path.name in told.pop().message
        assert not told
    assert workspace.project is start


def test_what_may_be_dropped_on_the_window(tmp_path):
    for name in ("a.csv", "a.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"):
        assert is_data(tmp_path / name)
    assert is_data(tmp_path)
    assert not is_data(tmp_path / "a.nbnet")
    assert not is_data(tmp_path / "a.png")
    assert not is_data(tmp_path / ("x" * 300))
    (tmp_path / "folder.nbnet").mkdir()
    assert not is_data(tmp_path / "folder.nbnet")


# ------------------------------------------------------------------ large data


@pytest.fixture
def much(monkeypatch):
    """Whatever says how large it is counts as much."""
    monkeypatch.setattr("neuralbuilder.data.samples._MUCH", 1000)


@pytest.mark.parametrize("goes_on", [True, False])
def test_memory_is_said_first(panel, workspace, much, monkeypatch, goes_on):
    said = []

    def answer(box):
        said.append(box.informativeText())
        kind = QMessageBox.StandardButton
        return kind.Ok if goes_on else kind.Cancel

    monkeypatch.setattr(QMessageBox, "exec", answer)
    start = workspace.project
    pick(panel, GeneratedDigits)
    assert said == ["There are 2,000 images of 1×28×28, which take about 0.0 GB of memory while "
                    "training."]  # fmt: skip
    assert (workspace.project is start) != goes_on
    assert panel.source.choice() is (GeneratedDigits if goes_on else FormulaDataset)
    if goes_on:  # the same amount is not asked about again
        panel.settings.field("noise").step_by(1)
        assert len(said) == 1


def test_reading_is_stopped_by_cancel_and_nothing_has_changed(panel, workspace, monkeypatch):
    monkeypatch.setattr(QProgressDialog, "wasCanceled", lambda self: True)
    start = workspace.project
    pick(panel, GeneratedDigits)
    assert workspace.project is start
    assert panel.source.choice() is FormulaDataset
    assert workspace.data_problem is None


def test_undo_that_would_read_again_can_be_stopped_too(workspace):
    choose(workspace, GeneratedDigits(samples=50))
    choose(workspace, Digits())

    def stop(dataset) -> Samples:
        raise ReadingCancelled("Stopped.")

    workspace.reader = stop
    before = workspace.project
    workspace.undo()
    assert workspace.project is before


# ------------------------------------------------------------------ grid and bars


@pytest.fixture
def grid(qtbot):
    grid = ImageGrid()
    qtbot.addWidget(grid)
    grid.resize(200, 120)
    grid.show()
    return grid


def test_the_order_of_the_grid_holds_every_sample_once():
    y = np.eye(3)[[0, 0, 0, 2, 1, 2]]
    samples = Samples(np.zeros((6, 1, 2, 2)), y, ("grey",), ("a", "b", "c"), "classification")
    assert by_class(samples).tolist() == [0, 4, 3, 1, 5, 2]
    assert [columns_for(n) for n in (2, 3, 4, 5, 6, 10, 7)] == [6, 6, 4, 5, 6, 5, 5]


def test_pixels_are_painted_as_they_are():
    x = np.arange(5 * 3 * 4 * 7).reshape(5, 3, 4, 7) % 256
    y = np.eye(2)[np.arange(5) % 2]
    colours = Samples(x.astype(np.uint8), y, ("r", "g", "b"), ("a", "b"), "classification")
    image = image_of(colours, 2)
    assert (image.width(), image.height()) == (7, 4)
    assert image.pixelColor(3, 1).getRgb()[:3] == tuple(x[2, :, 1, 3])
    grey = Samples(x[:, :1] / 510, y, ("grey",), ("a", "b"), "classification")
    low, high = grey.pixel_range
    expected = round((x[2, 0, 1, 3] / 510 - low) / (high - low) * 255)
    assert image_of(grey, 2).pixelColor(3, 1).red() == expected
    flat = Samples(np.ones((5, 1, 4, 7)), y, ("grey",), ("a", "b"), "classification")
    assert image_of(flat, 0).pixelColor(0, 0).red() == 0


def test_a_click_or_a_key_chooses_a_sample(grid):
    samples = GeneratedDigits(samples=50).load()
    grid.set_samples(samples)
    told = []
    grid.sample_chosen.connect(told.append)
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.tile(7).center().toPoint())
    assert told.pop() == grid.rows()[7]
    first = grid.rows()
    for key, index in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 5), (Qt.Key.Key_Left, 0)):
        QTest.keyClick(grid, key)
        assert told.pop() == first[index]
    QTest.keyClick(grid, Qt.Key.Key_PageDown)
    grid.set_chosen(told.pop())
    assert not set(grid.rows()) & set(first)
    QTest.keyClick(grid, Qt.Key.Key_PageUp)
    grid.set_chosen(told.pop())
    assert grid.rows() == first
    assert grid.row_at(QPointF(-5, -5)) is None


def test_the_tooltip_tells_number_and_label(grid, qapp):
    grid.set_samples(GeneratedDigits(samples=50).load())
    place = grid.tile(3).center().toPoint()
    qapp.sendEvent(grid, QHelpEvent(QHelpEvent.Type.ToolTip, place, grid.mapToGlobal(place)))
    assert QToolTip.text() == "sample 4 · label 3"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_grid_and_bars_are_painted_in_both_themes(qapp, grid, qtbot, theme):
    install(qapp, theme)
    samples = GeneratedDigits(samples=50).load()
    grid.set_samples(samples)
    picture = grid.grab().toImage()
    tile = grid.tile(1).toAlignedRect().adjusted(2, 2, -2, -2)
    inside = picture.copy(tile)
    light = [inside.pixelColor(x, y).lightness() for x in range(tile.width())
             for y in range(tile.height())]  # fmt: skip
    assert max(light) > 200
    assert min(light) < 40
    bars = ClassCounts()
    qtbot.addWidget(bars)
    bars.resize(200, 40)
    bars.set_samples(samples)
    assert bars.grab().toImage().pixelColor(10, 15) != bars.grab().toImage().pixelColor(0, 15)
    assert bars.toolTip().splitlines()[:2] == ["0: 5", "1: 5"]
