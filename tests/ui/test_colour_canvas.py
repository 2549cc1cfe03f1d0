"""Images in colour on the canvas: the picture, its channels, cells, outlines and large views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from neuralbuilder.data.drawing import colour_style_of
from neuralbuilder.insights.receptive_field import Cell
from neuralbuilder.ui.canvas.cell_places import cell_at
from neuralbuilder.ui.canvas.layout import LARGEST_IMAGE, TALLEST_IMAGES, images
from neuralbuilder.ui.canvas.map_window import WHOLE, MapWindow
from neuralbuilder.ui.paper import COLOURS
from neuralbuilder.ui.theme import diverging, opaque, tinted
from neuralbuilder.ui.window import MainWindow
from neuralbuilder.ui.workspace import Selection
from tests.image_samples import colour_document, colour_images
from tests.ui.canvas_parts import Hand
from tests.ui.window_parts import PATIENCE, open_window

DESIGN = "3x6x8 -> conv 2@3x3 relu -> maxpool 2 -> flatten -> 3 softmax"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    with open_window(qtbot, colour_document(DESIGN)) as window:
        yield window


def input_column(window: MainWindow):
    return window.canvas.view.canvas_scene.layers["input"].column


def painted(window: MainWindow, place: QRectF, rows: int, columns: int) -> np.ndarray:
    """The colours in the middle of the pixels of an image, as the scene paints them."""
    image = QImage(columns * 20, rows * 20, QImage.Format.Format_RGB888)
    painter = QPainter(image)
    scene = window.canvas.view.canvas_scene
    scene.render(painter, QRectF(image.rect()), place, Qt.AspectRatioMode.IgnoreAspectRatio)
    painter.end()
    found = np.zeros((rows, columns, 3), int)
    for row, column in np.ndindex(rows, columns):
        colour = image.pixelColor(column * 20 + 10, row * 20 + 10)
        found[row, column] = colour.red(), colour.green(), colour.blue()
    return found


def on_scene(window: MainWindow, place: QRectF) -> QRectF:
    return place.translated(input_column(window).scenePos())


@pytest.mark.parametrize("size", [(6, 8), (32, 32), (200, 20), (10, 300), (1, 1)])
def test_a_picture_and_its_channels_stand_below_one_another_in_the_usual_height(size) -> None:
    height, width = size
    column = images(3, height, width, large=True)
    assert column.picture is not None
    assert column.image is not None
    assert column.picture.width / column.picture.height == pytest.approx(width / height, rel=0.9)
    assert max(column.picture.width, column.picture.height) <= LARGEST_IMAGE
    assert column.half_height <= TALLEST_IMAGES / 2 + 0.01
    middles = [column.picture.offset, *column.offsets]
    halves = [column.picture.height / 2, *[column.image[1] / 2] * 3]
    edges = [(at - half, at + half) for at, half in zip(middles, halves, strict=True)]
    assert all(before[1] < after[0] for before, after in pairwise(edges))
    assert edges[0][0] == pytest.approx(-edges[-1][1])
    assert images(3, height, width).picture is None, "feature maps are no colours"
    assert images(1, height, width, large=True).picture is None


def test_the_canvas_paints_the_picture_in_its_colours_and_the_channels_tinted(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.workspace.select(Selection(frozenset(), None, 7))
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
    sample, column = colour_images().x[7], input_column(window)
    picture = painted(window, on_scene(window, column.picture_place()), 6, 8)
    assert np.abs(picture - np.moveaxis(sample, 0, -1)).max() <= 1
    for channel, place in enumerate(column.discs()):
        found = painted(window, on_scene(window, place), 6, 8)
        wanted = np.zeros((6, 8, 3), int)
        wanted[..., channel] = sample[channel]
        assert np.abs(found - wanted).max() <= 1


def test_backward_the_picture_stays_and_the_channels_are_gradients(
    window: MainWindow, qtbot: QtBot
) -> None:
    scene, column = window.canvas.view.canvas_scene, input_column(window)
    window.workspace.cells.set_backward(True)
    qtbot.waitUntil(lambda: "backward" in scene.arrays, timeout=PATIENCE)
    picture = painted(window, on_scene(window, column.picture_place()), 6, 8)
    assert np.abs(picture - np.moveaxis(colour_images().x[0], 0, -1)).max() <= 1
    shares = scene.arrays["input/images"]
    for channel, place in enumerate(column.discs()):
        found = painted(window, on_scene(window, place), 6, 8)
        assert np.abs(found - diverging(shares[channel])[..., :3]).max() <= 1


def test_every_pixel_of_the_picture_can_be_pointed_at(window: MainWindow) -> None:
    scene, column = window.canvas.view.canvas_scene, input_column(window)
    for channel, place in enumerate([column.picture_place(), *column.discs()]):
        rect = on_scene(window, place)
        for row, at in np.ndindex(6, 8):
            point = QPointF(rect.left() + (at + 0.5) * rect.width() / 8,
                            rect.top() + (row + 0.5) * rect.height() / 6)  # fmt: skip
            assert cell_at(scene, point) == Cell("input", (max(channel - 1, 0), row, at))


def test_pointing_at_the_picture_outlines_the_pixel_and_tells_its_channels(
    window: MainWindow, qtbot: QtBot
) -> None:
    scene, column, hand = window.canvas.view.canvas_scene, input_column(window), Hand(window.canvas)
    rect = on_scene(window, column.picture_place())
    hand.click(rect.center() + QPointF(2, 2))
    cells = window.workspace.cells
    assert cells.pinned == Cell("input", (0, 3, 4))
    assert "red, row 4, column 5" in window.canvas.view._hint
    assert rect.contains(scene.overlay.cell)
    (on_channel,) = scene.overlay.sources["input"]
    assert on_scene(window, column.discs()[0]).contains(on_channel)
    page = window.panes.inspector.cell_page
    qtbot.waitUntil(lambda: "blue, scaled" in dict(page.rows()), timeout=PATIENCE)
    QTest.keyClick(window.canvas.view, Qt.Key.Key_PageDown)
    assert cells.pinned == Cell("input", (1, 3, 4))
    (on_channel,) = scene.overlay.sources["input"]
    assert on_scene(window, column.discs()[1]).contains(on_channel)


def test_a_receptive_field_is_outlined_on_picture_and_channels(window: MainWindow) -> None:
    scene, column = window.canvas.view.canvas_scene, input_column(window)
    window.workspace.cells.pin(Cell("conv_1", (1, 1, 2)))
    outlines = scene.overlay.sources["input"]
    places = [column.picture_place(), *column.discs()]
    assert len(outlines) == 4
    for outline, place in zip(outlines, places, strict=True):
        whole = on_scene(window, place)
        assert outline.left() == pytest.approx(whole.left() + 2 / 8 * whole.width())
        assert outline.top() == pytest.approx(whole.top() + 1 / 6 * whole.height())
        assert outline.width() == pytest.approx(3 / 8 * whole.width())
        assert outline.height() == pytest.approx(3 / 6 * whole.height())


def test_a_double_click_opens_the_picture_and_the_arrows_its_channels(
    window: MainWindow, qtbot: QtBot
) -> None:
    column = input_column(window)
    Hand(window.canvas).double_click(on_scene(window, column.picture_place()).center())
    (large,) = window.findChildren(MapWindow)
    assert large.index == WHOLE
    qtbot.waitUntil(lambda: "in colour · 6×8" in large.place.text(), timeout=PATIENCE)
    sample = colour_images().x[0]
    np.testing.assert_array_equal(large.picture.values, np.moveaxis(sample, 0, -1))
    np.testing.assert_array_equal(large.picture.colours(), opaque(np.moveaxis(sample, 0, -1)))
    assert not large.previous_button.isEnabled()
    assert not large.picture.has_numbers()
    assert not large.grab().toImage().isNull()
    for channel, name in enumerate(("red", "green", "blue")):
        QTest.keyClick(large, Qt.Key.Key_PageDown)
        qtbot.waitUntil(lambda name=name: name in large.place.text(), timeout=PATIENCE)
        np.testing.assert_array_equal(large.picture.values, sample[channel])
        shown = large.picture.colours()
        np.testing.assert_array_equal(shown, tinted(sample[channel] / 255.0, channel))
        assert large.picture.has_numbers()
    assert not large.next_button.isEnabled()
    for _ in range(5):
        QTest.keyClick(large, Qt.Key.Key_PageUp)
    assert large.index == WHOLE
    large.close()


# ------------------------------------------------------------------ drawing by mouse


def test_a_picture_in_colour_is_drawn_with_the_colours_of_the_pad(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_["draw"].trigger()
    pad, workspace = window.canvas.pad, window.workspace
    assert pad is not None
    assert (pad.paper.width(), pad.paper.height()) == (280, 210), "the proportions of the data"
    assert pad.colours.isVisible()
    ground = colour_style_of(colour_images()).ground
    assert pad.paper.picture()[0, 0].tolist() == list(ground)
    QTest.mouseClick(pad.eraser_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(pad.colours.swatches["Green"], Qt.MouseButton.LeftButton)
    assert pad.pen_button.isChecked(), "who takes a colour wants to draw"
    pad.size_slider.setValue(60)
    QTest.mouseClick(pad.paper, Qt.MouseButton.LeftButton, pos=QPoint(52, 122))
    qtbot.waitUntil(lambda: workspace.selection.own_input is not None, timeout=PATIENCE)
    own = workspace.selection.own_input.values
    green = COLOURS["Green"]
    assert own.shape == (3, 6, 8)
    assert own[:, 3, 1] == pytest.approx([green.red(), green.green(), green.blue()], abs=1)
    assert own[:, 0, 7] == pytest.approx(ground, abs=1)
    scene = window.canvas.view.canvas_scene
    qtbot.waitUntil(lambda: "y" not in scene.arrays and bool(pad.answers.rows), timeout=PATIENCE)
    shown = scene.arrays["input/picture"]
    assert np.abs(shown - np.moveaxis(own, 0, -1)).max() <= 0.5 + 1e-9
    assert sum(value for _, value in pad.answers.rows) == pytest.approx(1.0, abs=1e-4)
    assert not pad.grab().toImage().isNull()
    QTest.mouseClick(pad.clear_button, Qt.MouseButton.LeftButton)
    assert (pad.paper.picture() == ground).all()
    pad.close()


@pytest.mark.parametrize(("height", "width"), [(3, 9), (1, 12), (40, 25)])
def test_grey_images_of_any_size_can_be_drawn(qtbot: QtBot, height: int, width: int) -> None:
    random = np.random.default_rng(0)
    samples = replace(
        colour_images(),
        x=random.integers(0, 256, (60, 1, height, width)).astype(np.uint8),
        input_names=tuple(f"pixel {i + 1}" for i in range(height * width)),
    )
    document = colour_document(f"{height}x{width} -> flatten -> 3 softmax", samples)
    with open_window(qtbot, document) as window:
        window.actions_["draw"].trigger()
        pad = window.canvas.pad
        assert not pad.colours.isVisible()
        assert max(pad.paper.width(), pad.paper.height()) == 280
        middle = pad.paper.rect().center()
        QTest.mouseClick(pad.paper, Qt.MouseButton.LeftButton, pos=middle)
        qtbot.waitUntil(lambda: bool(pad.answers.rows), timeout=PATIENCE)
        own = window.workspace.selection.own_input.values
        assert own.shape == (1, height, width)
        assert own.max() > own.min()
        pad.close()


def test_other_data_cut_other_paper(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["draw"].trigger()
    pad, workspace = window.canvas.pad, window.workspace
    tall = colour_images(height=12, width=6)
    workspace.open(colour_document(DESIGN.replace("6x8", "12x6"), tall), None)
    if window.canvas.pad is None:
        window.actions_["draw"].trigger()
        pad = window.canvas.pad
    assert (pad.paper.width(), pad.paper.height()) == (140, 280)
    pad.close()
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
