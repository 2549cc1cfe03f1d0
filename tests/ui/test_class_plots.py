"""Confusion matrix, galleries, kernels and softmax in the real window, by mouse and keyboard."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import Digits, Iris
from neuralbuilder.engine.network import Network
from neuralbuilder.insights import (
    Accuracy,
    ClassAccuracy,
    ConfusionMatrix,
    Gallery,
    Kernels,
    LossCurve,
)
from neuralbuilder.insights.figure import Figure, HeatMap, Pictures, Table
from neuralbuilder.parts import to_dict
from neuralbuilder.project import edits
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.files import Document
from neuralbuilder.ui.plots import FigureView, PlotPanel, export
from neuralbuilder.ui.plots.picture_grid import PictureGrid, arranged
from neuralbuilder.ui.preparation import Preparation
from neuralbuilder.ui.theme import current, install
from neuralbuilder.ui.window import MainWindow
from neuralbuilder.ui.workspace import Selection
from tests.ui.window_parts import PATIENCE, open_window, settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
CNN = "R^64 -> reshape 1x8x8 -> conv 3@3x3 relu -> maxpool 2 -> flatten -> 10 softmax"


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[None]:
    install(qapp, "dark")
    yield
    current().set_mode("dark")


def classifier(text: str, dataset) -> Document:
    return Document(new_project(text, dataset, dataset.load()))


def show_plots(qtbot: QtBot, window: MainWindow, *insights) -> list[PlotPanel]:
    window.panes.plots.restore_layout({"plots": [to_dict(insight) for insight in insights]})
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
    return list(window.panes.plots.panels)


def click_cell(qtbot: QtBot, panel: PlotPanel, row: int, column: int) -> None:
    """Click the middle of a cell of the map that a panel shows."""
    axes = panel.view._axes
    assert axes is not None
    heat = next(m for m in panel.view.figure.marks if isinstance(m, HeatMap))
    rows, columns = heat.values.shape
    point = axes.box.mapToScene(
        axes.box.mapFromView(
            QPointF((column + 0.5) / columns * heat.extent[1], (row + 0.5) / rows * heat.extent[3])
        )
    )
    sheet = panel.view.sheet
    place = sheet.mapFromScene(point)
    qtbot.mouseMove(sheet.viewport(), place)
    qtbot.mouseClick(sheet.viewport(), Qt.MouseButton.LeftButton, pos=place)


def mark(panel: PlotPanel, kind):
    return next(m for m in panel.view.figure.marks if isinstance(m, kind))


def mistakes(count: int = 7, **facts) -> Figure:
    images = (np.arange(count * 64).reshape(count, 8, 8) % 256).astype(np.uint8)
    captions = tuple(f"{i}→9 · 0.50" for i in range(count))
    hints = tuple(f"sample {i + 1}" for i in range(count))
    pictures = Pictures(images, captions, hints, tuple(range(100, 100 + count)), **facts)
    return Figure("Worst mistakes", marks=(pictures,))


def shown(qtbot: QtBot, figure: Figure, size: tuple[int, int] = (300, 200)) -> FigureView:
    view = FigureView()
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    view.set_figure(figure)
    QApplication.processEvents()
    return view


# ------------------------------------------------------------ in the window


def test_a_click_on_a_cell_selects_its_worst_sample_and_opens_all_of_them(qtbot: QtBot) -> None:
    with open_window(qtbot, classifier(CNN, Digits())) as window:
        window.runner.train_epochs(1)
        settle(qtbot, window)
        panels = show_plots(qtbot, window, LossCurve(), ConfusionMatrix())
        heat = mark(panels[1], HeatMap)
        row, column = np.argwhere(heat.samples >= 0)[0]
        click_cell(qtbot, panels[1], row, column)
        assert window.workspace.selection.sample == heat.samples[row, column]
        gallery = window.panes.plots.panels[2]
        names = window.workspace.samples.class_names
        assert gallery.insight == Gallery("test", "all", names[9 - row], names[column])
        qtbot.waitUntil(lambda: bool(gallery.view.figure.marks), timeout=PATIENCE)
        pictures = mark(gallery, Pictures)
        assert heat.texts[row][column] == str(len(pictures.samples))
        assert heat.samples[row, column] in pictures.samples


def test_another_cell_changes_the_gallery_that_is_there(qtbot: QtBot) -> None:
    with open_window(qtbot, classifier("4 -> 3 softmax", Iris())) as window:
        window.resize(1000, 700)
        matrix, _ = show_plots(qtbot, window, ConfusionMatrix("train"), LossCurve())
        heat = mark(matrix, HeatMap)
        cells = np.argwhere(heat.samples >= 0)
        for row, column in cells[:2]:
            click_cell(qtbot, matrix, row, column)
            qtbot.wait(QApplication.doubleClickInterval() + 50)
        galleries = [p for p in window.panes.plots.panels if isinstance(p.insight, Gallery)]
        assert len(galleries) == 1
        names = window.workspace.samples.class_names
        assert galleries[0].insight.right == names[2 - cells[1][0]]
        qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
        table = mark(galleries[0], Table)
        assert len(table.rows) == min(24, int(heat.texts[cells[1][0]][cells[1][1]]))


def test_empty_cells_are_no_buttons(qtbot: QtBot) -> None:
    with open_window(qtbot, classifier("4 -> 3 softmax", Iris())) as window:
        (matrix,) = show_plots(qtbot, window, ConfusionMatrix())
        before = window.workspace.selection
        row, column = np.argwhere(mark(matrix, HeatMap).samples < 0)[0]
        click_cell(qtbot, matrix, row, column)
        assert len(window.panes.plots.panels) == 1
        assert window.workspace.selection == before


def test_a_mistake_that_is_clicked_is_the_sample_everywhere(qtbot: QtBot) -> None:
    with open_window(qtbot, classifier(CNN, Digits())) as window:
        (gallery,) = show_plots(qtbot, window, Gallery())
        grid, pictures = gallery.view.pictures, mark(gallery, Pictures)
        place = grid.place(2).center().toPoint()
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
        chosen = pictures.samples[2]
        assert window.workspace.selection.sample == chosen
        qtbot.keyClick(grid, Qt.Key.Key_Right)
        assert window.workspace.selection.sample == pictures.samples[3]
        output = window.workspace.project.nodes[-1].id
        window.workspace.select(Selection(frozenset({output}), None, chosen))
        qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
        card = window.panes.inspector.layer_page.softmax
        assert card.isVisible()
        rows = card.classes.texts()
        assert rows[0] == ("class", "z", "exp(z−m)", "p", "y", "δ")
        right = next(row for row in rows if row[4] == "1")
        assert pictures.captions[2].startswith(right[0])
        assert sum(float(row[3].replace("−", "-")) for row in rows[1:-1]) == pytest.approx(
            1, abs=0.01
        )


def test_a_row_of_features_selects_its_sample_too(qtbot: QtBot) -> None:
    with open_window(qtbot, classifier("4 -> 3 softmax", Iris())) as window:
        (gallery,) = show_plots(qtbot, window, Gallery(which="all"))
        table, view = mark(gallery, Table), gallery.view.table
        place = view.visualRect(view.model().index(3, 0)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert window.workspace.selection.sample == table.samples[3]
        assert {index.row() for index in view.selectedIndexes()} == {3}
        window.workspace.select_sample(table.samples[0])
        assert {index.row() for index in view.selectedIndexes()} == {0}


def test_plots_of_classes_are_offered_for_classes_only(qtbot: QtBot) -> None:
    of_classes = {Accuracy, ConfusionMatrix, ClassAccuracy, Gallery}
    for document, expected in (
        (Document(example()), set()),
        (classifier("4 -> 3 softmax", Iris()), of_classes),
    ):
        with open_window(qtbot, document) as window:
            panel = window.panes.plots.panels[0]
            panel.add_menu.fill()
            offered = {action.data() for action in panel.add_menu.actions()}
            assert {cls.name for cls in of_classes} & offered == {cls.name for cls in expected}
            panel._before_menu()
            lines = {a.data() for a in panel.menu.kind_actions() if a.isVisible()}
            assert {cls.name for cls in of_classes} & lines == {cls.name for cls in expected}


def test_kernels_stand_in_the_inspector_of_a_convolution(qtbot: QtBot) -> None:
    with open_window(qtbot, classifier(CNN, Digits())) as window:
        conv = next(n.id for n in window.workspace.project.nodes if n.id.startswith("conv"))
        window.workspace.select(Selection(frozenset({conv})))
        qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
        card = window.panes.inspector.layer_page.kernels
        assert card.isVisible()
        before = card.view.figure.marks[0].values
        assert before.shape == (3, 3, 3)
        window.runner.step()
        settle(qtbot, window)
        assert not np.array_equal(card.view.figure.marks[0].values, before), "live"
        window.workspace.select(Selection(frozenset({window.workspace.project.nodes[0].id})))
        assert not card.isVisible()


def test_kernels_show_their_gradients_in_the_backward_view(qtbot: QtBot) -> None:
    with open_window(qtbot, classifier(CNN, Digits())) as window:
        runner, workspace, plots = window.runner, window.workspace, window.panes.plots
        conv = next(n.id for n in workspace.project.nodes if n.id.startswith("conv"))
        workspace.select(Selection(frozenset({conv}), None, 4))
        plots.panels[0].set_insight(Kernels())
        card = window.panes.inspector.layer_page.kernels
        views = (card.view, plots.panels[0].view)
        runner.step()
        settle(qtbot, window)
        forward = [view.figure.marks[0].values for view in views]
        workspace.cells.set_backward(True)
        qtbot.waitUntil(
            lambda: all("∂L/∂kernel" in view.figure.title for view in views), timeout=PATIENCE
        )
        qtbot.waitUntil(lambda: runner.settled, timeout=PATIENCE)
        project, samples = workspace.project, workspace.samples
        prepared = Preparation().prepared(project, samples)
        network = Network(project.graph())
        _, flat = network.loss_and_gradients(
            workspace.state.parameters, prepared.x[4:5], prepared.y[4:5], project.plan.loss
        )
        own = network.layout.views(flat)[f"{conv}/W"][:, 0]
        assert own.any()
        for view in views:
            mark = view.figure.marks[0]
            np.testing.assert_allclose(mark.values, own, rtol=1e-4, atol=1e-7)
            assert mark.limit >= np.abs(own).max()
            assert "this sample (5)" in view.figure.note
        assert plots.panels[0].insight == Kernels(), "what is saved is what was chosen"
        assert plots.add_panel(Kernels()) is not None
        qtbot.waitUntil(
            lambda: "∂L/∂kernel" in plots.panels[-1].view.figure.title, timeout=PATIENCE
        )
        workspace.cells.set_backward(False)
        qtbot.waitUntil(
            lambda: all("∂L/∂kernel" not in view.figure.title for view in views), timeout=PATIENCE
        )
        for view, before in zip(views, forward, strict=True):
            np.testing.assert_array_equal(view.figure.marks[0].values, before)


def test_more_samples_than_one_look_takes_are_all_answered_at_rest(qtbot: QtBot) -> None:
    # So many neurons make a look of fewer samples than there are.
    with open_window(qtbot, classifier("64 -> 1500 tanh -> 10 softmax", Digits())) as window:
        (matrix,) = show_plots(qtbot, window, ConfusionMatrix("train"))
        counts = [int(t or 0) for row in mark(matrix, HeatMap).texts for t in row]
        assert sum(counts) == 1258
        assert matrix.view.figure.note.endswith(" · 1,258 train")


# ------------------------------------------------------------ painting


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_images_are_painted_pixel_by_pixel(qtbot: QtBot, theme: None, mode: str) -> None:
    current().set_mode(mode)
    values = np.zeros((2, 2, 2), np.float32)
    values[0] = [[1.0, -1.0], [0.0, 1.0]]
    view = shown(qtbot, Figure(marks=(Pictures(values, scale="diverging"),)))
    grid = view.pictures
    image, place = view.grab().toImage(), grid.place(0)
    for (row, column), role in (((0, 0), "positive"), ((0, 1), "negative"), ((1, 0), "raised")):
        x = place.left() + (column + 0.5) * place.width() / 2
        y = place.top() + (row + 0.5) * place.height() / 2
        assert image.pixelColor(int(x), int(y)) == QColor(current().color(role)), role
        edge = place.left() + (column + 0.95) * place.width() / 2 - 1
        assert image.pixelColor(int(edge), int(y)) == QColor(current().color(role)), "no blur"


def test_colours_of_colour_images(qtbot: QtBot, theme: None) -> None:
    values = np.zeros((1, 2, 2, 3), np.uint8)
    values[0, :, :, 1] = 200
    view = shown(qtbot, Figure(marks=(Pictures(values),)))
    centre = view.pictures.place(0).center().toPoint()
    assert view.grab().toImage().pixelColor(centre) == QColor(0, 200, 0)


def test_images_use_the_room_and_never_overlap(qtbot: QtBot, theme: None) -> None:
    view = shown(qtbot, mistakes(24))
    grid = view.pictures
    for size in ((150, 90), (220, 220), (300, 200), (900, 120), (60, 400)):
        view.resize(*size)
        places = dict(grid.places())
        assert places
        boxes = [place.adjusted(0, 0, 0, 13) for place in places.values()]
        for index, box in enumerate(boxes):
            assert box.right() <= size[0] + 1
            assert not any(box.intersects(other) for other in boxes[:index])


def test_pixels_of_the_screen_are_not_shared_between_pixels_of_an_image() -> None:
    pictures = mistakes(4).marks[0]
    for ratio in (1.0, 2.0):
        for width in range(100, 400, 37):
            side = arranged(pictures, width, 150, ratio).width * ratio / 8
            assert side == pytest.approx(round(side))
    large = Pictures(np.zeros((12, 28, 28), np.uint8))
    assert arranged(large, 224, 170).width > 50, "1.8 pixels are better than one"


def test_the_wheel_shows_the_images_without_room(qtbot: QtBot, theme: None) -> None:
    view = shown(qtbot, mistakes(60), (150, 100))
    grid = view.pictures
    assert grid.hidden_rows > 0
    first = dict(grid.places())
    turn = QWheelEvent(QPointF(20, 20), QPointF(grid.mapToGlobal(QPoint(20, 20))), QPoint(),
                       QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                       Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    for _ in range(grid.hidden_rows + 3):
        QApplication.sendEvent(grid, turn)
    last = dict(grid.places())
    assert 59 in last
    assert 0 not in last
    assert 0 in first


def test_the_chosen_image_has_a_frame_and_says_more_under_the_pointer(
    qtbot: QtBot, theme: None
) -> None:
    view = shown(qtbot, mistakes())
    plain = view.grab().toImage()
    view.set_chosen(102)
    assert view.grab().toImage() != plain
    grid = view.pictures
    assert grid.hint_at(grid.place(2).center().toPoint()) == "sample 3"
    assert grid.hint_at(QPoint(299, 199)) == ""


def test_images_are_copied_and_saved_like_every_plot(
    qtbot: QtBot, theme: None, tmp_path: Path
) -> None:
    view = shown(qtbot, mistakes(3))
    for suffix, head in ((".png", b"\x89PNG"), (".svg", b"<?xml")):
        export.save(view, tmp_path / f"plot{suffix}")
        assert (tmp_path / f"plot{suffix}").read_bytes().startswith(head)
    assert b"<image" in (tmp_path / "plot.svg").read_bytes()
    rows = list(csv.reader(io.StringIO(export.csv_text(view.figure))))
    assert rows[0] == ["sample", "caption", "image 1", "image 2", "image 3"]
    assert rows[1] == ["101", "0→9 · 0.50", "0.0", "64.0", "128.0"]
    assert len(rows) == 65


def test_a_grid_of_no_samples_is_no_button(qtbot: QtBot, theme: None) -> None:
    grid = PictureGrid()
    qtbot.addWidget(grid)
    grid.resize(200, 100)
    grid.set_mark(Pictures(np.zeros((2, 3, 3), np.float32), scale="diverging"))
    told: list[object] = []
    grid.sample_chosen.connect(told.append)
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.place(0).center().toPoint())
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert told == []


def test_the_layer_of_kernels_is_chosen_from_those_with_images(qtbot: QtBot) -> None:
    text = CNN.replace(" -> flatten", " -> conv 2@2x2 relu -> flatten")
    with open_window(qtbot, classifier(text, Digits())) as window:
        (panel,) = show_plots(qtbot, window, Kernels())
        qtbot.waitUntil(lambda: bool(panel.view.figure.layers), timeout=PATIENCE)
        field = panel.menu.form.field("node")
        entries = [field.itemText(index) for index in range(field.count())]
        assert entries == ["First that fits", "Conv 1", "Conv 2"]
        assert field.currentText() == "First that fits"
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_End)
        assert panel.insight == Kernels("conv_2")
        qtbot.waitUntil(lambda: panel.view.figure.title == "Kernels of Conv 2", timeout=PATIENCE)
        project = window.workspace.project
        window.workspace.apply("Rename", edits.rename(project, "conv_2", "Strokes"))
        qtbot.waitUntil(lambda: field.currentText() == "Strokes", timeout=PATIENCE)
        window.workspace.apply("Remove", edits.remove_nodes(project, ["conv_2"]))
        qtbot.waitUntil(lambda: bool(panel.view.figure.message), timeout=PATIENCE)
        assert field.currentText() == "conv_2", "the layer that is gone stays what was chosen"
        field.setCurrentIndex(0)
        field.activated.emit(0)
        qtbot.waitUntil(lambda: not panel.view.figure.message, timeout=PATIENCE)
        assert panel.insight == Kernels()


def test_the_kernels_of_a_saved_layout_come_back(qtbot: QtBot) -> None:
    with open_window(qtbot, classifier(CNN, Digits())) as window:
        plots = window.panes.plots
        show_plots(qtbot, window, Kernels("conv_1"), Gallery(right="3"))
        saved = plots.saved_layout()
        plots.reset_layout()
        plots.restore_layout(saved)
        assert [p.insight for p in plots.panels] == [Kernels("conv_1"), Gallery(right="3")]
