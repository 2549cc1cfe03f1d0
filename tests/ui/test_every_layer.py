"""Every layer of the palette in the real window, and branches drawn with the mouse."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import Digits
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.network import Network
from neuralbuilder.parts import catalogue
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Link
from neuralbuilder.ui.canvas.hits import Hit
from neuralbuilder.ui.canvas.layout import BIAS_SIZE
from neuralbuilder.ui.canvas.menu import build_menu
from neuralbuilder.ui.window import MainWindow
from tests.ui.canvas_parts import Hand
from tests.ui.window_parts import PATIENCE, drop_layer, open_window, settle, steps, train_until

LAYERS = [kind for kind in catalogue("layer") if issubclass(kind, Layer)]
IMAGES = (
    "R^64 -> reshape 1x8x8 -> conv 12@3x3 relu -> batchnorm -> maxpool 2 -> activation tanh"
    " -> avgpool 1 -> flatten -> dropout 0.2 -> 10 softmax"
)
IN, HIDDEN, OUT = "input", "hidden_1", "output"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window with R⁴ → 3 tanh → R² on the formulas, ready to train."""
    with open_window(qtbot, Document(example())) as window:
        yield window


@pytest.fixture
def images(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window with a convolutional network on the digits, ready to train."""
    project = new_project(IMAGES, Digits(), Digits().load())
    with open_window(qtbot, Document(project)) as window:
        yield window


def port(window: MainWindow, node_id: str, which: str) -> QPointF:
    """Where links are drawn from (output) or to (input)."""
    item = window.canvas.view.canvas_scene.layers[node_id]
    return item.pos() + (item.output_port() if which == "output" else item.input_port())


def draw_link(window: MainWindow, source: str, target: str) -> None:
    """Drag from the port of one layer onto the header of another."""
    end = window.canvas.view.canvas_scene.layers[target].pos()
    start = port(window, source, "output") + QPointF(4, 0)
    Hand(window.canvas).drag(start, (start + end) / 2, end)


def links(window: MainWindow) -> set[tuple[str, str]]:
    return {(link.source, link.target) for link in window.workspace.project.links}


def undo_everything(window: MainWindow) -> int:
    count = 0
    while window.actions_["undo"].isEnabled():
        window.actions_["undo"].trigger()
        count += 1
    return count


def check_new_layer(window: MainWindow, kind: type[Layer], before: set[str]) -> None:
    """It is there, selected, has a form, and where it does not fit it says what to do."""
    workspace = window.workspace
    (new,) = [node for node in workspace.project.nodes if node.id not in before]
    assert type(new.layer) is kind
    assert workspace.selection.nodes == {new.id}
    assert window.panes.inspector.layer_page.form.part == new.layer
    window.grab()
    for problem in workspace.problems:
        assert problem.severity != "error" or problem.hint, problem
    if kind.role == "hidden":
        assert any(new.id in (link.source, link.target) for link in workspace.project.links)


# ------------------------------------------------------------------ one layer at a time


def test_every_layer_is_added_by_double_click_and_by_drop(window: MainWindow) -> None:
    project = window.workspace.project
    before = {node.id for node in project.nodes}
    items = {item.layer: item for item in window.panes.layers.items}
    assert set(items) == set(LAYERS)
    for kind in LAYERS:
        QTest.mouseDClick(items[kind], Qt.MouseButton.LeftButton)
        check_new_layer(window, kind, before)
        assert undo_everything(window) == 1
        assert window.workspace.project == project
        x = 1.5 * edits.COLUMN_DISTANCE
        drop_layer(window, kind.name, x, 20)
        check_new_layer(window, kind, before)
        assert undo_everything(window) == 1
        assert window.workspace.project == project


def test_every_layer_is_added_to_a_network_of_images_while_it_trains(
    images: MainWindow, qtbot: QtBot
) -> None:
    project = images.workspace.project
    before = {node.id for node in project.nodes}
    scene = images.canvas.view.canvas_scene
    images.runner.train()
    for kind in LAYERS:
        if kind.role != "hidden":
            continue
        first, second = scene.layers["conv_1"], scene.layers["batchnorm_1"]
        middle = (first.pos() + second.pos()) / 2
        drop_layer(images, kind.name, middle.x(), middle.y())
        check_new_layer(images, kind, before)
        assert images.actions_["undo"].isEnabled()
        images.actions_["undo"].trigger()
        assert images.workspace.project == project
    images.runner.pause()
    settle(qtbot, images)


def test_every_form_edits_every_setting_without_a_fault(images: MainWindow) -> None:
    for node in images.workspace.project.nodes:
        images.canvas.commands.select([node.id])
        QApplication.processEvents()
        page = images.panes.inspector.layer_page
        assert page.form.part == node.layer
        assert page.heading()[1].endswith(("parameters", "parameter"))
        assert page.curve.isVisible() == hasattr(node.layer, "activation")
        assert not page.neuron.isVisible()


def test_a_vector_becomes_a_square_image_with_one_click(window: MainWindow) -> None:
    window.canvas.commands.set_units(HIDDEN, 9)
    drop_layer(window, "reshape", 1.5 * edits.COLUMN_DISTANCE, 0)
    item = window.canvas.view.canvas_scene.layers["reshape_1"]
    assert item.face.fix == "Use 1 × 3 × 3"
    Hand(window.canvas).click(item.pos() + item.fix_rect().center())
    assert window.workspace.project.node("reshape_1").layer.shape == (1, 3, 3)


# ------------------------------------------------------------------ a network of images


def test_feature_maps_are_drawn_live(images: MainWindow, qtbot: QtBot) -> None:
    scene = images.canvas.view.canvas_scene
    assert scene.layers["conv_1"].column.drawn == 5
    maps = scene.layers["conv_1"].column.fills.images
    assert maps is not None
    assert maps.shape == (5, 6, 6)
    assert scene.layers["maxpool_1"].column.fills.images.shape == (5, 3, 3)
    train_until(qtbot, images, lambda metrics: metrics.get("accuracy/test", 0) > 0.7)
    qtbot.waitUntil(lambda: images.runner.settled, timeout=PATIENCE)
    assert not np.array_equal(scene.layers["conv_1"].column.fills.images, maps)
    assert scene.captions["reshape_1", "conv_1"].text == "W 12×1×3×3 + b 12 = 120"
    assert not scene.captions["conv_1", "batchnorm_1"].text.startswith("W")
    assert scene.captions["batchnorm_1", "maxpool_1"].text == ""


def test_maps_and_kernel_of_a_convolution_are_edited_in_place(images: MainWindow) -> None:
    view = images.canvas.view
    item = view.canvas_scene.layers["conv_1"]
    assert item.face.details[0].text == "12@3×3"
    Hand(images.canvas).double_click(item.pos() + item.detail_rect("main values").center())
    assert view.editor.field is not None
    assert view.editor.field.text() == "12@3×3"
    QTest.keyClicks(view.editor.field, "5@5x3")
    QTest.keyClick(view.editor.field, Qt.Key.Key_Return)
    layer = images.workspace.project.node("conv_1").layer
    assert (layer.maps, layer.kernel) == (5, (5, 3))
    assert images.actions_["undo"].text() == "Undo change size of Conv 1"
    view.editor.edit_main_values("conv_1")
    QTest.keyClicks(view.editor.field, "4")
    QTest.keyClick(view.editor.field, Qt.Key.Key_Return)
    layer = images.workspace.project.node("conv_1").layer
    assert (layer.maps, layer.kernel) == (4, (5, 3))
    reshape = view.canvas_scene.layers["reshape_1"]
    Hand(images.canvas).double_click(reshape.pos() + reshape.detail_rect("shape").center())
    QTest.keyClicks(view.editor.field, "2x4x8")
    QTest.keyClick(view.editor.field, Qt.Key.Key_Return)
    assert images.workspace.project.node("reshape_1").layer.shape == (2, 4, 8)
    assert undo_everything(images) == 3


def test_what_cannot_be_maps_and_kernel_leaves_the_editor_open(images: MainWindow) -> None:
    view = images.canvas.view
    view.editor.edit_main_values("conv_1")
    before = images.workspace.project
    for text in ("many@3", "5@", "@5", "5@0x3", "5@3x3@2", "200000@3", ""):
        view.editor.field.setText(text)
        QTest.keyClick(view.editor.field, Qt.Key.Key_Return)
        assert view.editor.is_open
        assert images.workspace.project is before
    QTest.keyClick(view.editor.field, Qt.Key.Key_Escape)
    assert not view.editor.is_open


def test_what_cannot_be_a_size_leaves_the_editor_open(images: MainWindow) -> None:
    view = images.canvas.view
    view.editor.edit_setting("maxpool_1", "window")
    for text in ("nonsense", "0x2", "1x2x3", ""):
        view.editor.field.setText(text)
        QTest.keyClick(view.editor.field, Qt.Key.Key_Return)
        assert view.editor.is_open
        assert images.workspace.project.node("maxpool_1").layer.window == (2, 2)
    view.editor.close()


# ------------------------------------------------------------------ branches


def draw_branches(window: MainWindow) -> None:
    """R⁴ → 3 tanh → Add → R², with a second dense layer of 3 beside the first."""
    hand = Hand(window.canvas)
    scene = window.canvas.view.canvas_scene
    middle = (scene.layers[HIDDEN].pos() + scene.layers[OUT].pos()) / 2
    drop_layer(window, "add", middle.x(), middle.y())
    window.canvas.commands.select([])
    draw_link(window, IN, "add_1")
    assert (IN, "add_1") in links(window)
    way = scene.bundles[IN, "add_1"].detour
    assert way, "the link leads around the layer between"
    crossing = (way[1] + way[2]) / 2
    drop_layer(window, "dense", crossing.x(), crossing.y())
    (new,) = [
        n.id for n in window.workspace.project.nodes if n.id not in (IN, HIDDEN, OUT, "add_1")
    ]
    window.canvas.commands.set_units(new, 3)
    hand.click(QPointF(-200, -200))


def test_a_branch_is_drawn_trained_saved_opened_and_trained_on(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    project = window.workspace.project
    draw_branches(window)
    assert links(window) == {
        (IN, HIDDEN), (HIDDEN, "add_1"), (IN, "hidden_2"), ("hidden_2", "add_1"), ("add_1", OUT),
    }  # fmt: skip
    assert "branch" in window.transport.design.text()
    assert not [p for p in window.workspace.problems if p.severity == "error"]
    drawn = window.workspace.project
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
    train_until(qtbot, window, lambda metrics: metrics.get("loss/train", 9.0) < 0.6)
    trained = steps(window)
    weights = window.workspace.state.parameters
    window.files.save_to(tmp_path / "branches.nbnet")
    qtbot.waitUntil(lambda: not window.workspace.unsaved, timeout=PATIENCE)
    undone = undo_everything(window)
    assert window.workspace.project == project
    for _ in range(undone):
        window.actions_["redo"].trigger()
    assert window.workspace.project == drawn
    window.files.open_path(tmp_path / "branches.nbnet")
    qtbot.waitUntil(lambda: not window.workspace.unsaved and steps(window) == trained)
    assert window.workspace.project == drawn
    assert np.array_equal(window.workspace.state.parameters, weights)
    window.runner.step()
    qtbot.waitUntil(lambda: steps(window) == trained + 1, timeout=PATIENCE)


def test_deleting_in_a_branch_joins_what_can_be_joined(window: MainWindow) -> None:
    draw_branches(window)
    window.canvas.commands.delete(["hidden_2"])
    assert links(window) == {(IN, HIDDEN), (HIDDEN, "add_1"), (IN, "add_1"), ("add_1", OUT)}
    problems = [p for p in window.workspace.problems if p.node == "add_1"]
    assert "3" in problems[0].message
    assert "4" in problems[0].message
    assert problems[0].hint
    assert window.canvas.view.canvas_scene.layers["add_1"].face.severity == "error"
    window.canvas.commands.delete(["add_1"])
    assert (HIDDEN, OUT) in links(window)
    undo_everything(window)
    assert window.workspace.project == example()


def test_branches_are_copied_and_pasted_with_their_links(window: MainWindow) -> None:
    draw_branches(window)
    commands = window.canvas.commands
    commands.select([HIDDEN, "hidden_2", "add_1"])
    commands.copy()
    commands.paste()
    new = links(window) - {
        (IN, HIDDEN), (HIDDEN, "add_1"), (IN, "hidden_2"), ("hidden_2", "add_1"), ("add_1", OUT),
    }  # fmt: skip
    assert new == {("hidden_3", "add_2"), ("hidden_4", "add_2")}
    assert set(commands.selected()) == {"hidden_3", "hidden_4", "add_2"}


def test_what_cannot_be_linked_says_why(window: MainWindow) -> None:
    draw_branches(window)
    told: list[UserError] = []
    window.workspace.failed.connect(told.append)
    draw_link(window, "hidden_2", HIDDEN)
    draw_link(window, "add_1", "hidden_2")
    assert [error.message for error in told] == [
        "Hidden 1 reads one layer only, and Input is linked to it.",
        "Hidden 2 already feeds Add 1: values cannot flow in a circle.",
    ]
    assert all(error.hint for error in told)


def test_arranged_branches_overlap_nowhere_and_no_link_crosses_a_layer(window: MainWindow) -> None:
    """A deep network with paths around one, two and five layers and a branch of three."""
    project = new_project("R^4 -> 6 tanh -> 6 tanh -> 6 tanh -> 6 tanh -> R^2")
    for source, name in (("hidden_1", "add"), ("input", "concatenate")):
        link = next(link for link in project.links if link.target == OUT)
        kind = next(kind for kind in LAYERS if kind.name == name)
        project = edits.insert_on_link(project, link, kind())
        project = edits.connect(project, source, project.nodes[-1].id)
    dense = next(kind for kind in LAYERS if kind.name == "dense")
    project = edits.insert_on_link(project, Link("input", "concatenate_1"), dense(units=10))
    project = edits.insert_on_link(project, Link("hidden_5", "concatenate_1"), dense(units=10))
    window.workspace.apply("Branches", edits.arrange(project))
    scene = window.canvas.view.canvas_scene
    places = {}
    for node_id, item in scene.layers.items():
        rects = [item.header.translated(item.pos())]
        rects += [disc.translated(item.column.scenePos()) for disc in item.column.discs()]
        places[node_id] = rects
    for bias in scene.biases.values():
        half = BIAS_SIZE / 2
        box = bias.boundingRect().adjusted(34 - half, 0, half - 34, 0).translated(bias.pos())
        assert not any(box.intersects(r) for rects in places.values() for r in rects)
    ids = list(places)
    for number, one in enumerate(ids):
        for other in ids[number + 1 :]:
            assert not any(a.intersects(b) for a in places[one] for b in places[other])
    for (source, target), bundle in scene.bundles.items():
        others = [
            r for node_id, rects in places.items() if node_id not in (source, target) for r in rects
        ]
        points = bundle._polylines.reshape(-1, 2).tolist()
        points += [[p.x(), p.y()] for p in _along(bundle.detour)]
        assert not any(r.contains(x, y) for r in others for x, y in points), (source, target)


def _along(corners: tuple[QPointF, ...]) -> list[QPointF]:
    ways = pairwise(corners)
    return [a + (b - a) * (step / 40) for a, b in ways for step in range(41)]


# ------------------------------------------------------------------ folding


@pytest.mark.parametrize("running", [False, True])
def test_a_standardisation_is_folded_into_the_next_layer(qtbot: QtBot, running: bool) -> None:
    project = new_project("R^4 -> standardise -> 3 tanh -> R^2")
    with open_window(qtbot, Document(project)) as window:
        workspace, page = window.workspace, window.panes.inspector.layer_page
        train_until(qtbot, window, lambda metrics: metrics.get("loss/train", 9.0) < 0.9)
        window.canvas.commands.select([HIDDEN])
        assert not page.fold.isVisible()
        window.canvas.commands.select(["standardise_1"])
        assert page.fold.isVisible()
        before, x = workspace.state, np.random.default_rng(1).normal(size=(20, 4))
        expected = Network(project.graph()).forward(before.parameters, x)
        if running:
            window.runner.train()
        page.fold.click()
        qtbot.waitUntil(lambda: len(workspace.project.nodes) == 3, timeout=PATIENCE)
        assert window.actions_["undo"].text() == "Undo fold Standardise 1"
        assert links(window) == {(IN, HIDDEN), (HIDDEN, OUT)}
        if running:
            window.runner.pause()
        else:
            found = Network(workspace.project.graph()).forward(workspace.state.parameters, x)
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
        settle(qtbot, window)
        assert window.runner.status == "paused"
        window.actions_["undo"].trigger()
        assert workspace.project == project
        assert running or np.array_equal(workspace.state.parameters, before.parameters)
        settle(qtbot, window)


def test_what_cannot_be_folded_says_why(images: MainWindow) -> None:
    told: list[UserError] = []
    images.workspace.failed.connect(told.append)
    view = images.canvas.view
    first = view.canvas_scene.layers["conv_1"].pos()
    second = view.canvas_scene.layers["batchnorm_1"].pos()
    drop_layer(images, "standardise", *((first + second) / 2).toTuple())
    entries = {entry.text(): entry for entry in build_menu(
        view, Hit("header", "standardise_1"), QPointF()).actions()}  # fmt: skip
    entries["Fold into next layer"].trigger()
    assert told[0].message.startswith("Standardise 1 is read by Batch norm 1")
