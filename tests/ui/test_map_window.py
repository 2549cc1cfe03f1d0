"""The enlarged map: values under the pointer, the bar of its colours, cells that are pinned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from neuralbuilder.engine.network import Network
from neuralbuilder.insights.neuron import signed
from neuralbuilder.insights.receptive_field import Cell
from neuralbuilder.project import edits
from neuralbuilder.ui import theme
from neuralbuilder.ui.canvas.colour_bar import ColourBar
from neuralbuilder.ui.canvas.map_colours import grey_scale, signed_scale, tint_scale
from neuralbuilder.ui.canvas.map_picture import LEAST_OUTLINE, SIDE, THINNEST, MapPicture
from neuralbuilder.ui.canvas.map_window import WHOLE, MapWindow
from neuralbuilder.ui.preparation import Preparation
from neuralbuilder.ui.theme import current, diverging
from neuralbuilder.ui.window import MainWindow
from tests.image_samples import colour_document, colour_images, image_document
from tests.ui.window_parts import PATIENCE, open_window, settle

DESIGN = "8x8 -> conv 3@3x3 tanh -> maxpool 2 -> flatten -> 10 softmax"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    with open_window(qtbot, image_document(DESIGN)) as window:
        yield window


def enlarged(qtbot: QtBot, window: MainWindow, node: str, index: int) -> MapWindow:
    """The window of this map with its first values."""
    window.canvas.view.open_map(node, index)
    large = window.findChildren(MapWindow)[-1]
    qtbot.waitUntil(lambda: large.index == index and is_told(large), timeout=PATIENCE)
    return large


def is_told(large: MapWindow) -> bool:
    """Whether the values that are shown are those of its map."""
    return bool(large._arrays) and large._arrays["index"] == max(large.index, 0)


def middle_of(large: MapWindow, row: int, column: int) -> QPoint:
    return large.picture.cell_rect((row, column)).center().toPoint()


def point(large: MapWindow, row: int, column: int) -> None:
    """Move the pointer over a cell."""
    at = QPointF(middle_of(large, row, column))
    none = Qt.MouseButton.NoButton
    everywhere = large.picture.mapToGlobal(at)
    plain = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, everywhere, none, none, plain)
    QApplication.sendEvent(large.picture, event)


def click(large: MapWindow, row: int, column: int) -> None:
    point(large, row, column)
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(large.picture, left, plain, middle_of(large, row, column))


def shown(large: MapWindow) -> tuple[str, str]:
    return large.where.text(), large.value.text()


def engine_values(window: MainWindow, node: str, index: int) -> np.ndarray:
    """A map of the first sample, as the engine computes it with the weights of the workspace."""
    workspace = window.workspace
    prepared = Preparation().prepared(workspace.project, workspace.samples)
    network = Network(workspace.project.graph())
    trace = network.trace(
        workspace.state.parameters, prepared.x[:1], prepared.y[:1], workspace.project.plan.loss
    )
    return trace.activations[node][0, index]


# ------------------------------------------------------------------ pointing and pinning


def test_pointing_tells_the_value_and_opens_the_cell_in_the_inspector(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.runner.step()
    settle(qtbot, window)
    large = enlarged(qtbot, window, "conv_1", 1)
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
    point(large, 2, 4)
    value = engine_values(window, "conv_1", 1)[2, 4]
    assert shown(large) == ("row 3, column 5", signed(float(value)))
    assert window.workspace.cells.pointed == Cell("conv_1", (1, 2, 4))
    page = window.panes.inspector.cell_page
    qtbot.waitUntil(lambda: page.heading()[1] == "map 2, row 3, column 5", timeout=PATIENCE)
    assert signed(float(value)) in dict(page.rows()).values()
    assert large.picture.under == (2, 4)
    QApplication.sendEvent(large.picture, QEvent(QEvent.Type.Leave))
    assert window.workspace.cells.pointed is None
    assert large.value.text() == ""


def test_a_click_pins_a_cell_and_another_one_releases_it(window: MainWindow, qtbot: QtBot) -> None:
    large, cells = enlarged(qtbot, window, "conv_1", 2), window.workspace.cells
    click(large, 5, 0)
    assert cells.pinned == Cell("conv_1", (2, 5, 0))
    assert large.where.text() == "row 6, column 1 · pinned"
    overlay = window.canvas.view.canvas_scene.overlay
    assert overlay.isVisible()
    point(large, 1, 1)
    assert large.where.text() == "row 2, column 2", "the pointer comes first"
    assert large.picture.chosen == (5, 0)
    assert window.panes.inspector.page is window.panes.inspector.cell_page
    click(large, 5, 0)
    assert cells.pinned is None


def test_arrow_keys_move_the_pinned_cell_up_to_the_edge(window: MainWindow, qtbot: QtBot) -> None:
    large, cells = enlarged(qtbot, window, "conv_1", 0), window.workspace.cells
    QTest.keyClick(large.picture, Qt.Key.Key_Right)
    assert cells.pinned == Cell("conv_1", (0, 3, 3)), "the middle, where none was pinned"
    QTest.keyClick(large.picture, Qt.Key.Key_Right)
    QTest.keyClick(large.picture, Qt.Key.Key_Up)
    assert cells.pinned == Cell("conv_1", (0, 2, 4))
    for _ in range(9):
        QTest.keyClick(large.picture, Qt.Key.Key_Left)
        QTest.keyClick(large.picture, Qt.Key.Key_Down)
    assert cells.pinned == Cell("conv_1", (0, 5, 0))
    assert large.picture.chosen == (5, 0)
    QTest.keyClick(large.picture, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(MapWindow), timeout=PATIENCE)
    assert cells.pinned == Cell("conv_1", (0, 5, 0)), "the canvas goes on with it"


def test_a_click_on_a_button_leaves_the_arrow_keys_to_the_cells(
    window: MainWindow, qtbot: QtBot
) -> None:
    large = enlarged(qtbot, window, "conv_1", 0)
    activate(qtbot, large)
    large.picture.setFocus()
    click(large, 1, 1)
    QTest.mouseClick(large.next_button, Qt.MouseButton.LeftButton)
    assert large.focusWidget() is large.picture
    assert window.workspace.cells.pinned == Cell("conv_1", (1, 1, 1)), "it goes along"
    qtbot.waitUntil(lambda: is_told(large), timeout=PATIENCE)
    assert large.where.text() == "row 2, column 2 · pinned"
    QTest.keyClick(large.focusWidget(), Qt.Key.Key_Down)
    assert window.workspace.cells.pinned == Cell("conv_1", (1, 2, 1))


def test_a_pinned_cell_that_a_key_moves_is_told_until_the_pointer_moves(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.runner.step()
    settle(qtbot, window)
    large, cells = enlarged(qtbot, window, "conv_1", 0), window.workspace.cells
    click(large, 1, 1)
    QTest.keyClick(large.picture, Qt.Key.Key_Right)
    value = signed(float(large.picture.values[1, 2]))
    assert shown(large) == ("row 2, column 3 · pinned", value)
    assert (large.picture.chosen, large.picture.under) == ((1, 2), None)
    assert cells.pointed is None
    point(large, 1, 1)
    assert large.where.text() == "row 2, column 2", "the pointer counts again, also where it was"
    assert large.picture.under == (1, 1)
    QTest.keyClick(large.picture, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: is_told(large), timeout=PATIENCE)
    value = signed(float(engine_values(window, "conv_1", 1)[1, 2]))
    assert shown(large) == ("row 2, column 3 · pinned", value)
    assert large.picture.under is None


def test_the_cell_under_the_pointer_is_one_of_the_map_that_is_shown(
    window: MainWindow, qtbot: QtBot
) -> None:
    large, cells = enlarged(qtbot, window, "conv_1", 0), window.workspace.cells
    point(large, 2, 4)
    QTest.keyClick(large.picture, Qt.Key.Key_PageDown)
    assert cells.pointed == Cell("conv_1", (1, 2, 4))


def test_the_large_map_follows_a_cell_that_is_pinned_on_the_canvas(
    window: MainWindow, qtbot: QtBot
) -> None:
    large, cells = enlarged(qtbot, window, "conv_1", 0), window.workspace.cells
    cells.pin(Cell("conv_1", (2, 1, 3)))
    qtbot.waitUntil(lambda: large.index == 2 and is_told(large), timeout=PATIENCE)
    assert large.picture.chosen == (1, 3)
    QTest.keyClick(window.canvas.view, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: large.index == 1 and is_told(large), timeout=PATIENCE)
    assert "map 2 of 3" in large.place.text()
    cells.pin(Cell("maxpool_1", (0, 1, 1)))
    assert large.index == 1
    assert large.picture.chosen is None, "a cell of another layer"


def test_values_follow_training_and_turn_to_gradients(window: MainWindow, qtbot: QtBot) -> None:
    large = enlarged(qtbot, window, "maxpool_1", 0)
    click(large, 1, 2)
    before = large.value.text()
    window.runner.step()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: large.value.text() != before, timeout=PATIENCE)
    activate(qtbot, large)
    QTest.keyClick(large.picture, Qt.Key.Key_B)
    assert window.workspace.cells.backward
    qtbot.waitUntil(lambda: "∂L/∂value" in large.place.text(), timeout=PATIENCE)
    assert large.value.text() == signed(float(large.picture.values[1, 2]))
    page = window.panes.inspector.cell_page
    qtbot.waitUntil(
        lambda: large.value.text() in [value for _, value in page.rows()], timeout=PATIENCE
    )
    assert large.bar.numbers()[1] == (0.5, "0")
    assert large.picture.values.max() <= large.bar.scale.high


def test_keys_train_and_change_the_sample_as_in_the_main_window(
    window: MainWindow, qtbot: QtBot
) -> None:
    large, workspace = enlarged(qtbot, window, "conv_1", 0), window.workspace
    activate(qtbot, large)
    click(large, 1, 1)
    before = large.value.text()
    QTest.keyClick(large.picture, Qt.Key.Key_Period)
    assert workspace.selection.sample == 1
    qtbot.waitUntil(lambda: large.value.text() != before, timeout=PATIENCE)
    QTest.keyClick(large.picture, Qt.Key.Key_Comma)
    assert workspace.selection.sample == 0
    QTest.keyClick(large.picture, Qt.Key.Key_Space)
    assert window.runner.is_running
    QTest.keyClick(large.picture, Qt.Key.Key_Space)
    assert not window.runner.is_running
    settle(qtbot, window)
    large.next_button.setFocus()
    QTest.keyClick(large.next_button, Qt.Key.Key_Space)
    assert not window.runner.is_running, "Space presses the button that has the focus"
    assert large.index == 1
    activate(qtbot, window)
    QTest.keyClick(window.canvas.view, Qt.Key.Key_Period)
    assert workspace.selection.sample == 1, "once and no more"


def activate(qtbot: QtBot, window: QWidget) -> None:
    """Give a window the keyboard."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE)


def test_a_large_map_goes_to_the_last_map_or_closes_with_its_maps(
    window: MainWindow, qtbot: QtBot
) -> None:
    workspace = window.workspace
    large = enlarged(qtbot, window, "conv_1", 2)
    workspace.apply("Fewer", edits.change_layer(workspace.project, "conv_1", maps=2))
    qtbot.waitUntil(lambda: "map 2 of 2" in large.place.text(), timeout=PATIENCE)
    workspace.apply("Vector", edits.change_layer(workspace.project, "input", shape=(64,)))
    assert window.findChildren(MapWindow) == [large], "nobody knows what a problem leads to"
    at_input = enlarged_input(qtbot, window)
    workspace.apply("Vector", edits.change_layer(workspace.project, "input", shape=(64,)))
    qtbot.waitUntil(lambda: at_input not in window.findChildren(MapWindow), timeout=PATIENCE)


def enlarged_input(qtbot: QtBot, window: MainWindow) -> MapWindow:
    window.workspace.undo()
    return enlarged(qtbot, window, "input", 0)


def test_a_hidden_map_is_not_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    large = enlarged(qtbot, window, "conv_1", 0)
    key = large._watcher.key
    assert key in window.runner._questions.watched
    large.hide()
    assert key not in window.runner._questions.watched


def test_two_large_maps_show_each_its_own_layer(window: MainWindow, qtbot: QtBot) -> None:
    at_conv = enlarged(qtbot, window, "conv_1", 1)
    at_pool = enlarged(qtbot, window, "maxpool_1", 2)
    window.runner.step()
    settle(qtbot, window)
    for large in (at_conv, at_pool):
        assert_shows_its_map(window, large)
    QTest.keyClick(at_pool.picture, Qt.Key.Key_PageUp)
    settle(qtbot, window)
    assert (at_conv.index, at_pool.index) == (1, 1)
    for large in (at_conv, at_pool):
        assert_shows_its_map(window, large)
    at_conv.close()
    window.runner.step()
    settle(qtbot, window)
    assert_shows_its_map(window, at_pool)


def assert_shows_its_map(window: MainWindow, large: MapWindow) -> None:
    values = engine_values(window, large.node, large.index)
    np.testing.assert_allclose(large.picture.values, values, rtol=1e-5, atol=1e-6)


# ------------------------------------------------------------------ colour


def test_a_pixel_in_colour_tells_its_three_channels_by_name(qtbot: QtBot) -> None:
    text = "3x6x8 -> conv 2@3x3 relu -> maxpool 2 -> flatten -> 3 softmax"
    with open_window(qtbot, colour_document(text)) as window:
        large = enlarged(qtbot, window, "input", WHOLE)
        assert not large.bar.isVisible()
        point(large, 3, 6)
        red, green, blue = colour_images().x[0][:, 3, 6]
        assert shown(large) == ("row 4, column 7", f"red {red} · green {green} · blue {blue}")
        click(large, 3, 6)
        assert window.workspace.cells.pinned == Cell("input", (0, 3, 6))
        window.workspace.cells.set_backward(True)
        qtbot.waitUntil(lambda: "backward" in large._arrays, timeout=PATIENCE)
        assert large.value.text() == f"red {red} · green {green} · blue {blue}", "still the picture"
        window.workspace.cells.set_backward(False)
        for _ in range(2):
            large.next()
        qtbot.waitUntil(lambda: "green" in large.place.text(), timeout=PATIENCE)
        point(large, 3, 6)
        assert shown(large) == ("row 4, column 7 · pinned", str(green))
        assert large.bar.isVisible()
        assert [text for _, text in large.bar.numbers()] == ["0", "255"]


# ------------------------------------------------------------------ the bar of the colours


def test_the_bar_has_the_colours_of_the_map_and_the_numbers_at_its_ends(qtbot: QtBot) -> None:
    values = np.array([[-0.31, 0.0], [0.12, 0.4]])
    scale = signed_scale(values)
    np.testing.assert_array_equal(scale.colours(values), diverging(values / 0.4))
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.set_scale(scale)
    assert bar.numbers() == [(0.0, "−0.4"), (0.5, "0"), (1.0, "0.4")]
    assert bar.accessibleDescription() == "−0.4 to 0 to 0.4"
    image = bar.image()
    for value, x in ((-0.4, 0), (0.0, image.width() // 2), (0.4, image.width() - 1)):
        red, green, blue, _ = scale.colours(np.array([[value]]))[0, 0]
        assert image.pixelColor(x, 0) == QColor(int(red), int(green), int(blue))
    bar.set_scale(grey_scale(np.array([[2.0, 16.0]])))
    assert bar.numbers() == [(0.0, "2"), (1.0, "16")]
    assert bar.image().pixelColor(0, 0) == QColor("black")
    bar.set_scale(tint_scale(0.0, 1.0, 2))
    assert bar.image().pixelColor(256, 0) == QColor(0, 0, 255)
    bar.set_scale(grey_scale(np.zeros((2, 2))))
    assert bar.numbers() == [(0.0, "0")], "one value has no range"


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_the_bar_is_painted_from_end_to_end_in_both_themes(qtbot: QtBot, mode: str) -> None:
    before = current().mode
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.resize(384, bar.sizeHint().height())
    bar.set_scale(signed_scale(np.array([[1.0]])))
    bar.show()
    try:
        theme.current().set_mode(mode)
        image = bar.grab().toImage()
        scale = image.devicePixelRatio()
        for x, role in ((3, "negative"), (192, "raised"), (380, "positive")):
            seen, wanted = image.pixelColor(int(x * scale), int(5 * scale)), current().color(role)
            gaps = [abs(a - b) for a, b in zip(seen.getRgb(), wanted.getRgb(), strict=True)]
            assert max(gaps) <= 8
    finally:
        current().set_mode(before)


# ------------------------------------------------------------------ sizes


@pytest.mark.parametrize("size", [(28, 28), (1, 1), (224, 224), (3, 200), (300, 2)])
def test_cells_of_maps_of_all_sizes_are_found_where_they_are(
    qtbot: QtBot, size: tuple[int, int]
) -> None:
    picture = MapPicture()
    qtbot.addWidget(picture)
    values = np.random.default_rng(0).normal(size=size)
    picture.show_values(values, signed_scale(values))
    hint = picture.sizeHint()
    assert max(hint.width(), hint.height()) == SIDE
    assert min(hint.width(), hint.height()) >= THINNEST
    for room in (hint, hint * 2, picture.minimumSizeHint()):
        picture.resize(room)
        whole = picture.map_rect()
        assert QRectF(picture.rect()).contains(whole)
        for place in ((0, 0), (size[0] - 1, size[1] - 1), (size[0] // 2, size[1] // 2)):
            assert picture.place_at(picture.cell_rect(place).center()) == place
    assert picture.place_at(QPointF(-1, -1)) is None


@pytest.mark.parametrize("size", [(28, 28), (1, 1), (224, 224)])
def test_the_outline_of_a_cell_is_seen_however_small_it_is(
    qtbot: QtBot, size: tuple[int, int]
) -> None:
    picture = MapPicture()
    qtbot.addWidget(picture)
    values = np.zeros(size)
    picture.show_values(values, signed_scale(values))
    picture.resize(picture.sizeHint())
    bare = picture.grab().toImage()
    place = (size[0] // 2, size[1] // 3)
    picture.outline(place, None)
    marked = picture.grab().toImage()
    warning = current().color("warning")
    changed = [
        (x, y)
        for x in range(marked.width())
        for y in range(marked.height())
        if marked.pixelColor(x, y) != bare.pixelColor(x, y)
    ]
    assert any(marked.pixelColor(x, y) == warning for x, y in changed)
    wide = max(x for x, _ in changed) - min(x for x, _ in changed)
    assert wide >= LEAST_OUTLINE
    assert wide <= max(picture.cell_rect(place).width(), LEAST_OUTLINE) + 5


def test_of_very_large_maps_every_second_cell_is_told_and_pinned(qtbot: QtBot) -> None:
    samples = colour_images(4, 600, 520)
    document = colour_document("3x600x520 -> avgpool 20 -> flatten -> 3 softmax", samples)
    with open_window(qtbot, document) as window:
        large, cells = enlarged(qtbot, window, "input", 1), window.workspace.cells
        assert large.picture.values.shape == (300, 260)
        large.picture.clicked.emit((7, 9))
        assert cells.pinned == Cell("input", (1, 14, 18))
        assert shown(large) == ("row 15, column 19 · pinned", str(samples.x[0, 1, 14, 18]))
        QTest.keyClick(large, Qt.Key.Key_Right)
        assert cells.pinned == Cell("input", (1, 14, 20))
        assert large.picture.chosen == (7, 10)
        assert large.value.text() == str(samples.x[0, 1, 14, 20])


def test_a_long_name_is_shortened_instead_of_widening_the_window(
    window: MainWindow, qtbot: QtBot
) -> None:
    workspace, name = window.workspace, "A convolution whose name never ends " * 4
    workspace.apply("Rename", edits.rename(workspace.project, "conv_1", name))
    large = enlarged(qtbot, window, "conv_1", 0)
    assert large.width() < SIDE + 60
    assert large.name.shown_text().endswith("…")
    assert large.place.text() == "map 1 of 3 · 6×6"
    assert large.place.width() >= large.place.sizeHint().width()
