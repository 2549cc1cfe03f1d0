"""Networks of images in the real window: their drawing, samples, large maps, drawing by mouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QStyleOptionGraphicsItem
from pytestqt.qtbot import QtBot

from neuralbuilder.data.images.generated import GeneratedDigits
from neuralbuilder.data.splits import Split, split_indices
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.strong_links import MOST_CHOSEN, strong_rows
from neuralbuilder.project import edits
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Project
from neuralbuilder.project.text import print_design
from neuralbuilder.ui.canvas import labels
from neuralbuilder.ui.canvas.column_words import TEXT_ROOM, folded
from neuralbuilder.ui.canvas.header_words import written
from neuralbuilder.ui.canvas.hits import Hit
from neuralbuilder.ui.canvas.link_geometry import BIAS_ROW, Weights, strongest
from neuralbuilder.ui.canvas.look import look
from neuralbuilder.ui.canvas.map_window import MapWindow
from neuralbuilder.ui.canvas.menu import build_menu
from neuralbuilder.ui.inspector.advice import ProblemCard
from neuralbuilder.ui.preparation import Preparation
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.window import MainWindow
from tests.image_samples import image_document
from tests.ui.canvas_parts import Hand
from tests.ui.window_parts import PATIENCE, drop_layer, open_window, settle, train_until

SEED = "8x8 -> conv 3@3x3 relu -> maxpool 2 -> flatten -> 10 softmax"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """The seed network on small digits."""
    with open_window(qtbot, image_document(SEED)) as window:
        yield window


def wait(qtbot: QtBot, window: MainWindow) -> None:
    """Wait for the answer about what is selected now."""
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)


def design(window: MainWindow, text: str) -> None:
    """Type another network into the tool bar."""
    field = window.transport.design
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def key(window: MainWindow, name: str) -> None:
    """Carry out a command of the window."""
    window.actions_[name].trigger()


def outputs(window: MainWindow, x: np.ndarray) -> np.ndarray:
    """What the engine gives for inputs in original units, with the weights of the workspace."""
    workspace = window.workspace
    project = workspace.project
    prepared = Preparation().prepared(project, workspace.samples)
    network = Network(project.graph(), "float64")
    weights = np.asarray(workspace.state.parameters, dtype=np.float64)
    return network.forward(weights, prepared.scaling.inputs(x))


def column(window: MainWindow, role: str) -> Any:
    """The column of the input or the output."""
    node = next(n for n in window.workspace.project.nodes if n.layer.role == role)
    return window.canvas.view.canvas_scene.layers[node.id].column


# ------------------------------------------------------------------ the drawing


def test_the_strip_shows_its_source_maps_and_the_strongest_links(
    window: MainWindow, qtbot: QtBot
) -> None:
    scene = window.canvas.view.canvas_scene
    strip = scene.layers["flatten_1"].column
    assert strip.face.column.strip
    assert strip.face.maps == 3
    assert scene.layers["maxpool_1"].column.face.marked
    assert not scene.layers["conv_1"].column.face.marked
    weights = scene.arrays["output/W"]
    bundle = scene.bundles["flatten_1", "output"]
    drawn = bundle.curves.rows != BIAS_ROW
    assert drawn.sum() <= MOST_CHOSEN
    for index in np.flatnonzero(drawn):
        row, unit = bundle.curves.rows[index], bundle.curves.units[index]
        assert bundle.weight(int(index)) == pytest.approx(float(weights[row, unit]))
    train_until(qtbot, window, lambda metrics: metrics.get("accuracy/test", 0) > 0.6)
    wait(qtbot, window)
    weights = scene.arrays["output/W"]
    pairs = set(zip(bundle.curves.rows.tolist(), bundle.curves.units.tolist(), strict=True))
    for unit in range(10):
        assert (int(weights[:, unit].argmax()), unit) in pairs, "the strongest one is drawn"
        assert (int(weights[:, unit].argmin()), unit) in pairs


def test_the_strongest_of_very_many_weights_are_drawn_in_colour(qtbot: QtBot) -> None:
    text = SEED.replace("conv 3@", "conv 32@").replace("10 softmax", "200 relu -> 10 softmax")
    with open_window(qtbot, image_document(text)) as window:
        scene = window.canvas.view.canvas_scene
        wait(qtbot, window)
        window.runner.step()
        settle(qtbot, window)
        assert "hidden_1/W" not in scene.arrays, "too many to be told while training"
        project, state = window.workspace.project, window.workspace.state
        views = Network(project.graph(), project.plan.precision).layout.views(state.parameters)
        weights = views["hidden_1/W"]
        assert weights.shape == (288, 200)
        bundle = scene.bundles["flatten_1", "hidden_1"]
        curves, neurons = bundle.curves, scene.layers["hidden_1"].column.face.column.indices
        assert 100 < np.sum(curves.rows != BIAS_ROW) <= MOST_CHOSEN
        links = set(zip(curves.rows.tolist(), curves.units.tolist(), strict=True))
        for unit in neurons:
            assert (int(weights[:, unit].argmax()), unit) in links
            assert (int(weights[:, unit].argmin()), unit) in links
        for index in np.flatnonzero(curves.rows != BIAS_ROW):
            assert bundle.weight(int(index)) == weights[curves.rows[index], curves.units[index]]


@pytest.mark.parametrize("rows", [10, 57, 58, 2000])
def test_the_strongest_are_those_of_a_whole_sort(rows: int) -> None:
    weights = np.random.default_rng(rows).permutation(4 * rows).reshape(rows, 4) - 2.0 * rows
    found = strongest(weights, (1, 3))
    each = min(MOST_CHOSEN // 4, rows)
    order = np.argsort(weights, axis=0)
    expected = {
        (int(row), unit) for unit in (1, 3) for row in (*order[:each, unit], *order[-each:, unit])
    }
    assert set(map(tuple, found.tolist())) == expected


def test_the_rows_that_are_told_hold_all_links_that_may_be_drawn() -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(5000, 30))
    moved = matrix + random.normal(scale=0.05, size=matrix.shape)
    neurons = np.array([0, 1, 28, 29])
    before = None
    for weights in (matrix, moved):
        rows = strong_rows(weights[:, neurons])
        assert len(rows) < 500
        known = Weights(weights[np.ix_(rows, neurons)], rows, neurons)
        whole = strongest(weights, tuple(neurons.tolist()), before)
        part = known.strongest(tuple(neurons.tolist()), before)
        np.testing.assert_array_equal(part, whole)
        before = whole
        np.testing.assert_array_equal(known.at(part[:, 0], part[:, 1]), weights[tuple(part.T)])
        unknown = np.setdiff1d(np.arange(5000), rows)[:2]
        assert np.isnan(known.at(unknown, np.array([0, 1]))).all()
        assert np.isnan(known.at(rows[:2], np.array([2, 27]))).all()


def test_what_stands_before_a_problem_stays_in_sight(window: MainWindow, qtbot: QtBot) -> None:
    scene, workspace = window.canvas.view.canvas_scene, window.workspace
    train_until(qtbot, window, lambda metrics: metrics.get("accuracy/test", 0) > 0.3)
    wait(qtbot, window)
    before = dict(scene.arrays)
    design(window, SEED.replace("flatten -> ", ""))
    qtbot.waitUntil(lambda: window.runner.status == "waiting", timeout=PATIENCE)
    for name in ("input/images", "conv_1/images", "maxpool_1/images", "conv_1/W"):
        assert scene.arrays[name] == pytest.approx(before[name], abs=1e-6), name
    assert not any(name.startswith(("output/", "closing")) for name in scene.arrays)
    workspace.select_sample(5)
    digit = workspace.samples.x[5, 0].astype(float)
    assert scene.arrays["input/images"][0] == pytest.approx(digit / digit.max())
    assert not np.array_equal(scene.arrays["conv_1/images"], before["conv_1/images"])
    design(window, SEED.replace("3@3x3", "3@30x30"))
    qtbot.waitUntil(lambda: "conv_1/images" not in scene.arrays, timeout=PATIENCE)
    assert scene.arrays["input/images"][0] == pytest.approx(digit / digit.max())
    design(window, SEED)
    qtbot.waitUntil(lambda: "output/activation" in scene.arrays, timeout=PATIENCE)


@pytest.mark.parametrize(
    "change",
    [("10 softmax", "7 softmax"), ("10 softmax", "12 softmax"), ("maxpool 2", "maxpool 3")],
)
def test_links_of_a_layer_that_changes_its_size_are_chosen_anew(
    change: tuple[str, str], window: MainWindow, qtbot: QtBot
) -> None:
    scene = window.canvas.view.canvas_scene
    ends = ("flatten_1", "output")
    assert scene.bundles[ends].chosen
    design(window, SEED.replace(*change))
    bundle = scene.bundles[ends]
    rows, units = (scene.layers[node].column.face.column.units for node in ends)
    assert not bundle.chosen, "nobody knows yet which of the new weights are the strongest"
    assert bundle.curves.units.max() == units - 1
    assert bundle.curves.rows.max() < rows


def test_links_stay_while_they_are_among_the_stronger_ones() -> None:
    weights = np.linspace(-1, 1, 200)[:, None] * np.ones((1, 4))
    first = strongest(weights, (0, 1, 2, 3))
    each = MOST_CHOSEN // 8
    assert len(first) == 8 * each
    moved = weights.copy()
    moved[[199 - each, 200 - each]] = moved[[200 - each, 199 - each]]
    kept = strongest(moved, (0, 1, 2, 3), first)
    assert {tuple(link) for link in first} == {tuple(link) for link in kept}
    assert {tuple(link) for link in strongest(moved, (0, 1, 2, 3))} != {tuple(p) for p in first}


def test_classes_stand_in_their_neurons_with_bar_and_number_beside(window: MainWindow) -> None:
    out = column(window, "output")
    assert out.face.bars
    assert out.pos().x() < 0, "bar and neuron together are below the header"
    shares = [float(text) for text in out.texts()]
    values = window.canvas.view.canvas_scene.arrays["output/activation"]
    np.testing.assert_allclose(shares, values, atol=0.0051)
    beside = out.boundingRect().right() - out.face.column.radius
    assert beside > 96, "there is room for the bar"


def test_no_column_paints_outside_of_its_rectangle(window: MainWindow) -> None:
    """What stands outside is not painted anew when the values change."""
    out = column(window, "output")
    column(window, "input").set_remark("seen as rather long 9")
    for names in (out.face.classes, tuple(f"rather long {i}" for i in range(10))):
        out.set_face(replace(out.face, classes=names))
        out.set_values(np.full(10, 0.5), None)
        for zoom in (0.25, 0.45, 0.5, 0.57, 0.8, 1.0, 2.5):
            for item in window.canvas.view.canvas_scene.layers.values():
                where = painted(item.column, zoom)
                assert not where.isEmpty()
                assert item.column.boundingRect().contains(where), (item.node_id, zoom)


def painted(item: Any, zoom: float) -> QRectF:
    """The part of its own plane that an item leaves a mark on; smooth edges do not count."""
    plane = item.boundingRect().adjusted(-80, -80, 80, 80)
    image = painting(item, plane, zoom, plane)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    rows, columns = np.nonzero(pixels[..., 3] > 127)
    corner = QPointF(columns.min(), rows.min()) / zoom + plane.topLeft()
    end = QPointF(columns.max() + 1, rows.max() + 1) / zoom + plane.topLeft()
    return QRectF(corner, end)


def painting(item: Any, part: QRectF, zoom: float, exposed: QRectF) -> QImage:
    """A part of an item as it paints itself where it is told that only `exposed` is new."""
    image = QImage(QSizeF(part.size() * zoom).toSize(), QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    painter.translate(-part.topLeft())
    option = QStyleOptionGraphicsItem()
    option.exposedRect = exposed
    item.paint(painter, option)
    painter.end()
    return image


def test_a_part_of_a_column_looks_as_in_the_whole(window: MainWindow, qtbot: QtBot) -> None:
    wait(qtbot, window)
    for item in window.canvas.view.canvas_scene.layers.values():
        whole = item.column.boundingRect()
        for x, y in product(range(9), (0, 2, 4)):
            part = QRectF(0, 0, whole.width() / 9, whole.height() / 5)
            part.moveTopLeft(whole.topLeft() + QPointF(x * part.width(), y * part.height()))
            alone = painting(item.column, part, 0.8, part)
            assert alone == painting(item.column, part, 0.8, whole), (item.node_id, x, y)


def test_the_seed_network_is_readable_when_all_of_it_is_seen(window: MainWindow) -> None:
    window.resize(1600, 1000)
    QApplication.processEvents()
    assert window.canvas.view.zoom >= 0.8
    window.resize(1400, 860)
    QApplication.processEvents()
    assert window.canvas.view.zoom >= 0.7


@pytest.mark.parametrize("zoom", [0.3, 0.5, 0.8])
def test_words_of_headers_are_large_enough_at_every_zoom(window: MainWindow, zoom: float) -> None:
    scene = window.canvas.view.canvas_scene
    for item in scene.layers.values():
        words = item._words_at(zoom)
        assert words.name_font.pixelSize() * zoom >= 9
        if words.details:
            assert words.details_font.pixelSize() * zoom >= 8
        assert words.width <= max(item.room, item.width) + 0.01
    items = sorted(scene.layers.values(), key=lambda item: item.x())
    for left, right in pairwise(items):
        right_edge = left.x() + left._words_at(zoom).width / 2
        assert right_edge < right.x() - right._words_at(zoom).width / 2, "headers do not touch"


def test_the_size_is_the_last_thing_that_a_header_leaves_out(qapp: QApplication) -> None:
    def at(zoom: float, room: float) -> tuple[str, str]:
        details = ("6@5×5", "tanh → 6×28×28")
        words = written(look(), "Average pool 1", details, zoom, (90.0, 34.0), room)
        return words.name, words.details

    assert at(1.0, 200.0) == ("Average pool 1", "6@5×5 · tanh → 6×28×28")
    assert at(1.0, 125.0)[1] == "6@5×5 → 6×28×28"
    assert at(0.57, 125.0) == ("Avg pool 1", "6×28×28")


def test_the_caption_of_the_input_takes_a_second_line_where_letters_are_large(
    qapp: QApplication,
) -> None:
    style, text = look(), "sample 1204 · label 9"
    for zoom, lines in ((1.0, (text,)), (0.57, ("sample 1204", "label 9"))):
        font = style.readable(style.value_font, zoom)
        assert folded(style, font, text, 2 * TEXT_ROOM) == lines
    assert folded(style, font, "one · two · three · four", 40.0) == ()


def test_the_caption_says_of_which_part_the_sample_is(window: MainWindow) -> None:
    workspace = window.workspace
    plan = workspace.project.plan
    parts = split_indices(workspace.samples, plan.split)
    for name, rows in zip(("train", "validation", "test"), parts, strict=True):
        row = int(rows[len(rows) // 2])
        workspace.select_sample(row)
        label = workspace.samples.class_names[workspace.samples.labels[row]]
        expected = f"sample {row + 1} · {name} · label {label}"
        assert column(window, "input").face.caption == expected


def test_counts_stand_between_the_layers(window: MainWindow) -> None:
    scene = window.canvas.view.canvas_scene
    assert scene.captions["input", "conv_1"].texts[-1] == "30"
    assert "270 + 10" in scene.captions["flatten_1", "output"].texts


# ------------------------------------------------------------------ samples


def test_going_from_sample_to_sample(window: MainWindow, qtbot: QtBot) -> None:
    workspace, bar = window.workspace, window.canvas.sample_bar
    key(window, "next_sample")
    assert workspace.selection.sample == 1
    key(window, "previous_sample")
    key(window, "previous_sample")
    assert workspace.selection.sample == workspace.samples.count - 1, "before the first is the last"
    assert bar.number_button.text() == "600 / 600"
    wait(qtbot, window)
    name = labels.sample_caption(window.canvas.view.canvas_scene.words, 599)
    assert column(window, "input").face.caption == name
    image = window.canvas.view.canvas_scene.arrays["x"].reshape(8, 8)
    np.testing.assert_array_equal(image, workspace.samples.x[599, 0])
    seen = set()
    for _ in range(12):
        QTest.mouseClick(bar.number_button, Qt.MouseButton.LeftButton)
        seen.add(workspace.selection.sample)
    assert len(seen) > 3
    assert all(0 <= sample < 600 for sample in seen)


def wrong_rows(window: MainWindow) -> np.ndarray:
    samples = window.workspace.samples
    return np.flatnonzero(outputs(window, samples.x).argmax(axis=1) != samples.labels)


def test_the_number_of_a_sample_has_room_among_many(window: MainWindow, qtbot: QtBot) -> None:
    few = window.canvas.sample_bar.number_button.width()
    document = image_document(SEED)
    assert document.samples is not None
    many = np.arange(20_000) % document.samples.count
    samples = replace(document.samples, x=document.samples.x[many], y=document.samples.y[many])
    with open_window(qtbot, replace(document, samples=samples), ready=False) as large:
        large.workspace.select_sample(18_370)
        bar = large.canvas.sample_bar
        button = bar.number_button
        count = thousands(20_000)
        assert button.text() == f"{thousands(18_371)} / {count}"
        room = button.fontMetrics().horizontalAdvance(f"{count} / {count}")
        assert button.width() >= room + 8 > few
        assert bar.size() == bar.sizeHint()
        assert bar.rect().contains(button.geometry())


def test_wrong_samples_are_found_by_the_engine(window: MainWindow, qtbot: QtBot) -> None:
    train_until(qtbot, window, lambda metrics: metrics.get("accuracy/test", 0) > 0.7)
    bar, workspace = window.canvas.sample_bar, window.workspace
    wrong = wrong_rows(window)
    assert 2 < len(wrong) < 300
    QTest.mouseClick(bar.wrong_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not bar.browser.searches, timeout=PATIENCE)
    assert workspace.selection.sample == wrong[wrong > 0][0]
    wait(qtbot, window)
    assert column(window, "input").remark.startswith("seen as ")
    key(window, "wrong_only")
    qtbot.waitUntil(lambda: not bar.browser.searches, timeout=PATIENCE)
    assert bar.only_button.isChecked()
    here = workspace.selection.sample
    assert here == wrong[wrong > 0][0], "a wrong one stays"
    key(window, "next_sample")
    qtbot.waitUntil(lambda: not bar.browser.searches, timeout=PATIENCE)
    assert workspace.selection.sample == wrong[wrong > here][0]
    key(window, "previous_sample")
    qtbot.waitUntil(lambda: workspace.selection.sample == here, timeout=PATIENCE)
    key(window, "wrong_only")
    key(window, "next_sample")
    assert workspace.selection.sample == here + 1


def test_where_nothing_is_wrong_the_window_says_so(qtbot: QtBot) -> None:
    document = image_document(SEED, count=20)
    split = Split(validation=0.0, test=0.0)
    project = replace(document.project, plan=replace(document.project.plan, split=split))
    with open_window(qtbot, Document(project, samples=document.samples)) as window:
        train_until(qtbot, window, lambda metrics: metrics.get("loss/train", 9) < 0.05)
        assert not len(wrong_rows(window))
        told: list[str] = []
        window.canvas.told.connect(told.append)
        key(window, "next_wrong")
        qtbot.waitUntil(lambda: not window.canvas.sample_bar.browser.searches, timeout=PATIENCE)
        assert told == ["All 20 samples are classified correctly"]
        assert window.workspace.selection.sample == 0


# ------------------------------------------------------------------ a map, large


def test_a_double_click_opens_a_map_large_and_live(window: MainWindow, qtbot: QtBot) -> None:
    view = window.canvas.view
    pool = view.canvas_scene.layers["maxpool_1"]
    place = pool.column.discs()[1].center()
    Hand(window.canvas).double_click(pool.pos() + pool.column.pos() + place)
    (large,) = window.findChildren(MapWindow)
    qtbot.waitUntil(lambda: large.count == 3, timeout=PATIENCE)
    wait(qtbot, window)
    assert max(large.picture.width(), large.picture.height()) >= 320
    assert large.picture.has_numbers()
    assert "map 2 of 3 · 3×3" in large.place.text()
    before = large.picture.values.copy()
    drawn = view.canvas_scene.layers["maxpool_1"].column.fills.images[1]
    np.testing.assert_allclose(before / before.max(), drawn / drawn.max(), rtol=1e-4)
    assert f"max {before.max():.4g}" in large.extremes.text()
    key(window, "step")
    settle(qtbot, window)
    wait(qtbot, window)
    assert not np.array_equal(large.picture.values, before), "it is live"
    QTest.keyClick(large, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: "map 3 of 3" in large.place.text(), timeout=PATIENCE)
    assert not large.next_button.isEnabled()
    QTest.keyClick(large, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(MapWindow), timeout=PATIENCE)


def test_a_large_map_turns_backward_with_the_canvas(window: MainWindow, qtbot: QtBot) -> None:
    key(window, "step")
    settle(qtbot, window)
    window.canvas.view.open_map("conv_1", 1)
    (large,) = window.findChildren(MapWindow)
    qtbot.waitUntil(lambda: large.count == 3, timeout=PATIENCE)
    forward = large.picture.values.copy()
    key(window, "backward")
    qtbot.waitUntil(lambda: "∂L/∂value" in large.place.text(), timeout=PATIENCE)
    workspace = window.workspace
    prepared = Preparation().prepared(workspace.project, workspace.samples)
    gradients = Network(workspace.project.graph()).activation_gradients(
        workspace.state.parameters, prepared.x[:1], prepared.y[:1], workspace.project.plan.loss
    )
    np.testing.assert_allclose(large.picture.values, gradients["conv_1"][0, 1], rtol=1e-4)
    assert large.picture.values.any()
    key(window, "backward")
    qtbot.waitUntil(lambda: "∂L" not in large.place.text(), timeout=PATIENCE)
    np.testing.assert_array_equal(large.picture.values, forward)
    large.close()


def test_a_large_map_closes_with_its_layer(window: MainWindow, qtbot: QtBot) -> None:
    window.canvas.view.open_map("maxpool_1", 0)
    (large,) = window.findChildren(MapWindow)
    qtbot.waitUntil(lambda: large.count == 3, timeout=PATIENCE)
    window.workspace.apply("remove", edits.remove_nodes(window.workspace.project, ["maxpool_1"]))
    qtbot.waitUntil(lambda: not window.findChildren(MapWindow), timeout=PATIENCE)


# ------------------------------------------------------------------ drawing by mouse


def stroke(paper: Any, *points: tuple[float, float]) -> None:
    """Draw along these points with the left button down."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    plain = Qt.KeyboardModifier.NoModifier
    QTest.mousePress(paper, left, plain, QPointF(*points[0]).toPoint())
    for x, y in points[1:]:
        at = QPointF(x, y)
        event = QMouseEvent(QEvent.Type.MouseMove, at, at, none, left, plain)
        QApplication.sendEvent(paper, event)
    QTest.mouseRelease(paper, left, plain, QPointF(*points[-1]).toPoint())


def test_the_network_answers_to_a_drawing(window: MainWindow, qtbot: QtBot) -> None:
    train_until(qtbot, window, lambda metrics: metrics.get("accuracy/test", 0) > 0.8)
    key(window, "draw")
    canvas, workspace = window.canvas, window.workspace
    pad = canvas.pad
    assert pad is not None
    stroke(pad.paper, (140, 40), (140, 240))
    qtbot.waitUntil(lambda: bool(pad.answers.rows), timeout=PATIENCE)
    wait(qtbot, window)
    own = workspace.selection.own_input.values
    assert own.shape == (1, 8, 8)
    assert own.max() == 16
    assert own.min() == 0
    assert column(window, "input").face.caption == "your own input"
    np.testing.assert_array_equal(canvas.view.canvas_scene.arrays["x"], own.ravel())
    expected = outputs(window, own[None])[0]
    np.testing.assert_allclose([value for _, value in pad.answers.rows], expected, atol=1e-4)
    assert canvas.sample_bar.number_button.text() == "yours"
    QTest.mouseClick(pad.clear_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not workspace.selection.own_input.values.any(), timeout=PATIENCE)
    wait(qtbot, window)
    pad.close()
    wait(qtbot, window)
    assert workspace.selection.own_input is None
    assert canvas.pad is None
    np.testing.assert_array_equal(
        canvas.view.canvas_scene.arrays["x"], workspace.samples.x[0].ravel()
    )


def test_the_eraser_takes_ink_away_and_the_slider_changes_the_pen(
    window: MainWindow, qtbot: QtBot
) -> None:
    key(window, "draw")
    pad = window.canvas.pad
    pad.size_slider.setValue(40)
    stroke(pad.paper, (60, 140), (220, 140))
    thick = pad.paper.ink().sum()
    QTest.mouseClick(pad.clear_button, Qt.MouseButton.LeftButton)
    pad.size_slider.setValue(10)
    stroke(pad.paper, (60, 140), (220, 140))
    thin = pad.paper.ink().sum()
    assert 0 < thin < thick / 2
    QTest.mouseClick(pad.eraser_button, Qt.MouseButton.LeftButton)
    pad.size_slider.setValue(40)
    stroke(pad.paper, (60, 140), (140, 140))
    assert 0 < pad.paper.ink().sum() < 0.75 * thin
    pad.close()


def test_another_sample_or_other_data_put_the_drawing_aside(
    window: MainWindow, qtbot: QtBot
) -> None:
    key(window, "draw")
    pad = window.canvas.pad
    stroke(pad.paper, (140, 40), (140, 240))
    qtbot.waitUntil(lambda: window.workspace.selection.own_input is not None, timeout=PATIENCE)
    key(window, "next_sample")
    assert window.workspace.selection.own_input is None
    assert window.workspace.selection.sample == 1
    vector = edits.change_layer(window.workspace.project, "input", shape=(64,))
    window.workspace.apply("shape", vector)
    assert window.canvas.pad is None, "a vector cannot be drawn"
    assert not window.workspace.draws


def test_a_network_of_numbers_has_a_pad_to_type_on_if_it_fits_its_data(qtbot: QtBot) -> None:
    with open_window(qtbot) as window:
        told: list[str] = []
        window.canvas.told.connect(told.append)
        assert window.canvas.sample_bar.draw_button.text() == "Try"
        assert not window.canvas.sample_bar.wrong_button.isVisible()
        workspace = window.workspace
        workspace.apply("shape", edits.change_layer(workspace.project, "input", shape=(7,)))
        assert not window.canvas.sample_bar.draw_button.isVisible()
        key(window, "draw")
        assert window.canvas.pad is None
        assert told
        workspace.undo()
        qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
        key(window, "next_wrong")
        assert "numbers to predict" in told[-1]
        key(window, "next_sample")
        assert window.workspace.selection.sample == 1


# ------------------------------------------------------------------ what does not fit


def test_a_network_for_images_drawn_without_images_is_given_some_with_one_click(
    qtbot: QtBot,
) -> None:
    with open_window(qtbot, Document(Project()), ready=False) as window:
        for place, name in enumerate(("input", "conv", "maxpool", "flatten", "output")):
            drop_layer(window, name, 200.0 * place, 0)
        workspace, drawn = window.workspace, window.workspace.project
        item = window.canvas.view.canvas_scene.layers["conv_1"]
        assert item.face.fix == "Use handwritten digits 28×28"
        Hand(window.canvas).click(item.pos() + item.fix_rect().center())
        assert print_design(workspace.project) == (
            "28x28 -> conv 8@3x3 relu -> maxpool 2 -> flatten -> R^10 softmax"
        )
        assert not [p for p in workspace.problems if p.severity != "advice" or p.fix]
        assert workspace.project.plan.augmentation.changes
        workspace.undo()
        assert workspace.project == drawn


def test_a_network_drawn_after_its_images_fits_them(qtbot: QtBot) -> None:
    with open_window(qtbot, Document(Project()), ready=False) as window:
        window.panes.data.choose_source(GeneratedDigits)
        for place, name in enumerate(("input", "conv", "flatten", "output")):
            drop_layer(window, name, 200.0 * place, 0)
        assert all(problem.confirms for problem in window.workspace.problems)


@pytest.mark.parametrize(
    ("design", "node", "words"),
    [
        ("8x8 -> conv 2@9x9 -> flatten -> 10 softmax", "conv_1", ("9 × 9", "8 × 8")),
        ("8x8 -> conv 2@3x3 -> 10 softmax", "output", ("2 × 6 × 6",)),
        (
            "8x8 -> conv 2@3x3 -> maxpool 4 -> flatten -> 10 softmax",
            "maxpool_1",
            ("4 × 4", "6 × 6"),
        ),
        ("8x8 -> maxpool 9 -> flatten -> 10 softmax", "maxpool_1", ("9 × 9", "8 × 8")),
        ("8x8 -> conv 2@3x3 -> flatten -> 7 softmax", "output", ("7", "10")),
        ("8x8 -> flatten -> conv 2@3x3 -> 10 softmax", "conv_1", ("reads an image", "64")),
        ("8x8 -> flatten -> 9 -> maxpool 2 -> 10 softmax", "maxpool_1", ("reads an image", "9")),
        ("8x8 -> flatten -> maxpool 2 -> flatten -> 10 softmax", "maxpool_1", ("64 values",)),
    ],
)
def test_a_click_mends_what_does_not_fit(
    design: str, node: str, words: tuple[str, ...], qtbot: QtBot
) -> None:
    with open_window(qtbot, image_document(design), ready=False) as window:
        item = window.canvas.view.canvas_scene.layers[node]
        assert item.face.severity
        assert all(word in item.face.problem for word in words)
        assert item.face.fix
        Hand(window.canvas).click(item.pos() + item.fix_rect().center())
        own = [p for p in window.workspace.problems if p.node == node and p.severity != "advice"]
        assert not own, "one click is enough"
        assert not any(p.severity == "error" for p in window.workspace.problems)


def test_the_canvas_shows_one_remedy_and_menu_and_inspector_all_of_them(qtbot: QtBot) -> None:
    design = "8x8 -> conv 2@9x9 -> flatten -> 10 softmax"
    with open_window(qtbot, image_document(design), ready=False) as window:
        view, workspace = window.canvas.view, window.workspace
        before = workspace.project
        labels = ["Pad to the same size", "Shrink kernel to 8 × 8"]
        item = view.canvas_scene.layers["conv_1"]
        assert item.face.fix == labels[0]
        menu = build_menu(view, Hit("header", "conv_1"), item.pos())
        entries = {action.text(): action for action in menu.actions()}
        assert list(entries)[:2] == labels
        entries[labels[1]].trigger()
        assert workspace.project.node("conv_1").layer.kernel == (8, 8)
        assert workspace.history.undo_name == labels[1]
        workspace.undo()
        assert workspace.project == before
        window.canvas.commands.select(["conv_1"])
        QApplication.processEvents()
        cards = window.panes.inspector.findChildren(ProblemCard)
        (card,) = [card for card in cards if card.isVisible() and len(card.problem.fixes) == 2]
        assert [button.text() for button in card.buttons] == labels
        QTest.mouseClick(card.buttons[1], Qt.MouseButton.LeftButton)
        assert workspace.project.node("conv_1").layer.kernel == (8, 8)
        assert not [p for p in workspace.problems if p.severity == "error"]


def test_a_flatten_layer_that_is_dropped_too_early_is_moved_back_with_its_weights(
    window: MainWindow, qtbot: QtBot
) -> None:
    workspace, view = window.workspace, window.canvas.view
    window.runner.step()
    settle(qtbot, window)
    kernel = workspace.state.parameters.copy()
    project = edits.reorder(workspace.project, "flatten_1", 1)
    workspace.apply("Reorder Flatten 1", project)
    item = view.canvas_scene.layers["conv_1"]
    assert item.face.fix == "Move Flatten 1 before Output"
    Hand(window.canvas).click(item.pos() + item.fix_rect().center())
    assert print_design(workspace.project) == (
        "8x8 -> conv 3@3x3 relu -> maxpool 2 -> flatten -> R^10 softmax"
    )
    settle(qtbot, window)
    np.testing.assert_array_equal(workspace.state.parameters, kernel)
    workspace.undo()
    assert workspace.project == project


def test_a_long_remedy_widens_neither_the_inspector_nor_its_place_on_the_canvas(
    window: MainWindow,
) -> None:
    workspace = window.workspace
    text = "8x8 -> flatten -> 9 -> maxpool 2 -> 10 softmax"
    project = edits.set_design(workspace.project, text)
    _, flatten, dense, pool, _ = (node.id for node in project.nodes)
    for node in (flatten, dense):
        project = edits.rename(project, node, f"A name & no end of it {node}")
    workspace.apply("Change the network", project)
    window.canvas.commands.select([pool])
    for _ in range(3):
        QApplication.processEvents()
    cards = window.panes.inspector.findChildren(ProblemCard)
    (card,) = [card for card in cards if card.isVisible() and card.problem.fixes]
    button = card.buttons[0]
    assert button.shown_text().endswith("…")
    assert "A name && no end" in button.shown_text()
    assert button.toolTip() == card.problem.fix.label
    assert not button.grab().toImage().isNull()
    area = card.parentWidget()
    while not isinstance(area, QScrollArea):
        area = area.parentWidget()
    assert area.widget().width() <= area.viewport().width()
    item = window.canvas.view.canvas_scene.layers[pool]
    assert item.boundingRect().contains(item.fix_rect())
