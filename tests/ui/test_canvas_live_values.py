"""What the canvas shows of a network in training, and how one looks at it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QGraphicsItem

from neuralbuilder.data.bundled import Diabetes, Iris
from neuralbuilder.data.planes import Circle
from neuralbuilder.project import edits
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Link
from neuralbuilder.ui import theme
from neuralbuilder.ui.canvas import Canvas
from neuralbuilder.ui.canvas.links_item import LinksItem
from neuralbuilder.ui.canvas.look import LEVELS, UNKNOWN, look, strengths
from neuralbuilder.ui.canvas.zooming import FIT_MARGIN, LARGEST_FIT, LEAST_FIT
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.workspace import Selection, Workspace
from tests.ui.canvas_parts import (
    CONTROL,
    Hand,
    arrays_of,
    make_canvas,
    project_of,
    snapshot_of,
)

CHAIN = "R^4 -> 3 tanh -> R^2"
INTO, OUT = ("input", "hidden_1"), ("hidden_1", "output")


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> Any:
    theme.install(qapp, "dark")
    yield
    current().set_mode("dark")


@pytest.fixture
def canvas(qtbot: Any) -> Canvas:
    return make_canvas(qtbot, project_of(CHAIN))


def show(canvas: Canvas, steps: int = 20, sample: int = 0) -> Any:
    """Train for real, show it, and give back what is shown."""
    snapshot = snapshot_of(canvas, steps, sample)
    canvas._show_figure(snapshot.figures["canvas"])
    return arrays_of(snapshot)


def picture(canvas: Canvas) -> QImage:
    QApplication.processEvents()
    return canvas.grab().toImage()


def index_of(bundle: LinksItem, row: int, unit: int) -> int:
    found = (bundle.curves.rows == row) & (bundle.curves.units == unit)
    return int(np.flatnonzero(found)[0])


# ------------------------------------------------------------------ values


def test_without_a_snapshot_the_structure_is_drawn(canvas: Canvas) -> None:
    scene = canvas.view.canvas_scene
    assert len(scene.bundles[INTO].curves) == 4 * 3 + 3
    assert (scene.bundles[INTO]._levels == UNKNOWN).all()
    assert scene.layers["hidden_1"].column.texts() == ()
    assert scene.captions[INTO].shown() == "W 4×3 + b 3 = 15"
    assert scene.captions[OUT].shown() == "W 3×2 + b 2 = 8"


def test_arrays_reach_links_and_neurons(canvas: Canvas) -> None:
    arrays = show(canvas)
    scene = canvas.view.canvas_scene
    bundle = scene.bundles[INTO]
    for row in range(4):
        for unit in range(3):
            weight = bundle.weight(index_of(bundle, row, unit))
            assert weight == pytest.approx(float(arrays["hidden_1/W"][row, unit]))
    assert bundle.weight(index_of(bundle, -1, 2)) == pytest.approx(float(arrays["hidden_1/b"][2]))
    values = arrays["hidden_1/activation"]
    expected = tuple(f"{value:+.2f}".replace("-", "−") for value in values)
    assert scene.layers["hidden_1"].column.texts() == expected
    assert scene.layers["output"].column.texts()[0].startswith("y₁ ")


def test_only_what_has_changed_is_drawn_anew(canvas: Canvas) -> None:
    show(canvas)
    bundle = canvas.view.canvas_scene.bundles[INTO]
    groups = bundle._gathered()
    snapshot = snapshot_of(canvas, 20)
    canvas._show_figure(snapshot.figures["canvas"])
    assert bundle._gathered() is groups, "the same weights need no new paths"
    canvas._show_figure(snapshot_of(canvas, 400).figures["canvas"])
    assert bundle._gathered() is not groups


def test_maps_are_shown_on_neurons_over_a_plane(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("2 -> 4 tanh -> 1", Circle()))
    plain = picture(canvas)
    arrays = show(canvas, 100)
    column = canvas.view.canvas_scene.layers["hidden_1"].column
    assert column.fills.maps is not None
    assert picture(canvas) != plain
    # Row 0 of a map is at the bottom of the disc: its brush begins with the last row.
    image = column.fills.discs(column.face, look())[0].textureImage()
    top_left = image.pixelColor(0, 0)
    colour = theme.diverging(arrays["hidden_1/map"][0, -1, 0])
    assert (top_left.red(), top_left.green(), top_left.blue()) == tuple(map(int, colour[:3]))


def test_a_classifier_names_its_classes(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("4 -> 5 tanh -> 3", Iris()))
    arrays = show(canvas, 200)
    column = canvas.view.canvas_scene.layers["output"].column
    assert column.face.classes == ("setosa", "versicolor", "virginica")
    shares = [float(text) for text in column.texts()]
    assert shares == pytest.approx(list(arrays["output/activation"]), abs=0.0051)


def test_arrays_of_an_older_design_are_not_drawn(canvas: Canvas) -> None:
    show(canvas)
    canvas.commands.set_units("hidden_1", 6)
    bundle = canvas.view.canvas_scene.bundles[INTO]
    assert len(bundle.curves) == 4 * 6 + 6
    assert (bundle._levels == UNKNOWN).all()
    assert canvas.view.canvas_scene.layers["hidden_1"].column.texts() == ()


def test_strength_grows_with_the_weight_and_keeps_its_sign() -> None:
    levels = strengths(np.array([-9.0, -0.5, 0.0, 0.5, 9.0]), 1.0)
    assert list(levels) == sorted(levels)
    assert levels[2] == 0
    assert levels[0] == -LEVELS
    assert levels[1] == -levels[3] != 0


# ------------------------------------------------------------------ hovering and weights


def test_hovering_finds_the_link_and_tells_weight_and_gradient(canvas: Canvas) -> None:
    arrays, scene, hand = show(canvas), canvas.view.canvas_scene, Hand(canvas)
    bundle = scene.bundles[OUT]
    index = index_of(bundle, 1, 0)
    hand.move(bundle.middle(index))
    assert bundle.hovered == index
    assert scene.bundles[INTO].hovered == -1
    weight, gradient = arrays["output/W"][1, 0], arrays["output/dW"][1, 0]
    assert scene.card.isVisible()
    assert scene.card.lines[0] == f"w(h₂ → y₁) = {weight:.3f}".replace("-", "−")
    batch = int(arrays["batch"][0])
    gradient_line = f"∂L/∂w = {gradient:+.4f} (batch of {batch})"
    assert scene.card.lines[1] == gradient_line.replace("-", "−")
    card = scene.card.box().translated(QPointF(canvas.view.mapFromScene(scene.card.pos())))
    for item in scene.layers.values():
        for disc in item.column.discs():
            rect = disc.translated(item.column.scenePos())
            assert not card.intersects(QRectF(canvas.view.mapFromScene(rect).boundingRect()))
    hand.move(scene.layers["output"].pos() + QPointF(0, -80))
    assert bundle.hovered == -1
    assert not scene.card.isVisible()


def test_card_and_hint_follow_the_training_while_the_mouse_rests(canvas: Canvas) -> None:
    show(canvas)
    hints: list[str] = []
    canvas.hint_changed.connect(hints.append)
    scene = canvas.view.canvas_scene
    bundle = scene.bundles[OUT]
    Hand(canvas).move(bundle.middle(index_of(bundle, 1, 0)))
    before = scene.card.lines[0]
    show(canvas, 300)
    assert scene.card.lines[0] != before
    assert hints[-1].startswith(scene.card.lines[0])


def test_hovering_tells_the_bias_weight_too(canvas: Canvas) -> None:
    show(canvas)
    scene = canvas.view.canvas_scene
    bundle = scene.bundles[INTO]
    x, y = bundle._polylines[index_of(bundle, -1, 2), 8]
    Hand(canvas).move(QPointF(x, y))
    assert scene.card.lines[0].startswith("b(h₃) = ")


def test_the_card_stays_inside_the_view(canvas: Canvas) -> None:
    show(canvas)
    canvas.view.zoom_at(3.0, QPointF(canvas.view.viewport().rect().center()))
    scene, view = canvas.view.canvas_scene, canvas.view
    bundle = scene.bundles[OUT]
    points = bundle._polylines[index_of(bundle, 0, 0)]
    point = QPointF(*points[12])
    view.look_at(point - QPointF(view.visible_rect().width() / 2 - 5, 0))
    Hand(canvas).move(point)
    at = view.mapFromScene(scene.card.pos())
    assert at.x() + scene.card.box().right() <= view.viewport().width()


def test_hints_say_what_is_under_the_pointer(canvas: Canvas) -> None:
    hints: list[str] = []
    canvas.hint_changed.connect(hints.append)
    scene, hand = canvas.view.canvas_scene, Hand(canvas)
    hand.move(scene.biases["hidden_1"].pos())
    hand.move(scene.layers["input"].pos())
    assert hints[0].startswith("Bias neuron of Hidden 1")
    assert hints[1].startswith("Input")


def test_inputs_tell_their_column_and_original_value(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("4 -> 5 tanh -> 3", Iris()))
    show(canvas)
    hints: list[str] = []
    canvas.hint_changed.connect(hints.append)
    item = canvas.view.canvas_scene.layers["input"]
    offset = item.column.face.column.offsets[0]
    Hand(canvas).move(item.pos() + item.column.pos() + QPointF(0, offset))
    assert hints[-1].startswith("x₁ · sepal length")
    assert "= 5.100 (standardised −0.93) in the selected sample" in hints[-1]


def test_outputs_tell_their_class_and_others_do_not(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("4 -> 5 tanh -> 3 softmax", Iris()))
    hints: list[str] = []
    canvas.hint_changed.connect(hints.append)
    for node, start in (
        ("output", "y₂ · class versicolor of Output"),
        ("hidden_1", "h₂ of Hidden"),
    ):
        item = canvas.view.canvas_scene.layers[node]
        offset = item.column.face.column.offsets[1]
        Hand(canvas).move(item.pos() + item.column.pos() + QPointF(0, offset))
        assert hints[-1].startswith(start)


def test_numbers_at_both_ends_are_in_original_units_under_the_names_of_the_data(
    qtbot: Any,
) -> None:
    canvas = make_canvas(qtbot, project_of("10 -> 5 tanh -> 1", Diabetes()))
    arrays, samples = show(canvas), canvas.view.workspace.samples
    assert samples is not None
    layers = canvas.view.canvas_scene.layers
    assert layers["input"].column.texts()[0] == f"age {samples.x[0, 0]:+.2f}"
    number = float(arrays["output/original"][0])
    assert abs(number - float(arrays["output/activation"][0])) > 20
    (text,) = layers["output"].column.texts()
    assert text.endswith(f"{number:+.2f}")
    assert not text.startswith("y")
    hints: list[str] = []
    canvas.hint_changed.connect(hints.append)
    Hand(canvas).move(layers["output"].column.scenePos())
    assert "(standardised " in hints[-1]


def test_clicking_a_link_edits_the_weight_in_training(qtbot: Any) -> None:
    workspace = Workspace(Document(project_of(CHAIN)))
    runner = Runner(workspace)
    canvas = Canvas(workspace, runner)
    canvas.resize(996, 596)
    qtbot.addWidget(canvas)
    canvas.show()
    runner.start()
    try:
        qtbot.waitUntil(lambda: runner.settled, timeout=20_000)
        scene, hand = canvas.view.canvas_scene, Hand(canvas)
        bundle = scene.bundles[OUT]
        index = index_of(bundle, 2, 1)
        assert bundle.weight(index) is not None
        hand.click(bundle.middle(index))
        field = canvas.view.editor.field
        assert field is not None
        field.selectAll()
        qtbot.keyClicks(field, "3/4")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bundle.weight(index) == 0.75, timeout=20_000)
        assert not canvas.view.editor.is_open
    finally:
        runner.close()
        workspace.setParent(canvas)
        runner.setParent(canvas)


# ------------------------------------------------------------------ many neurons


def test_layers_of_more_than_ten_neurons_fold_and_stay_readable(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("64 -> 10 relu -> 11 relu -> 10"))
    layers = canvas.view.canvas_scene.layers
    assert layers["hidden_1"].column.drawn == 10
    for node_id in ("input", "hidden_2"):
        column = layers[node_id].column.face.column
        assert column.indices[:3] == (0, 1, 2)
        assert column.indices[-1] == column.units - 1
        assert len(column.indices) < 10
        assert column.ellipsis is not None
    canvas.resize(1000, 458)
    canvas.view.fit()
    canvas.commands.set_units("hidden_1", 30)
    canvas.commands.set_units("output", 3)
    assert canvas.view.zoom >= 0.7


def test_a_huge_layer_is_a_block_of_few_items(qtbot: Any) -> None:
    small = make_canvas(qtbot, project_of("4 -> 3 tanh -> 2"))
    huge = make_canvas(qtbot, project_of("784 -> 10000 relu -> 10"))
    scene = huge.view.canvas_scene
    assert len(scene.items()) == len(small.view.canvas_scene.items())
    assert scene.layers["hidden_1"].column.face.column.block
    assert scene.layers["hidden_1"].column.drawn == 0
    assert len(scene.bundles[INTO].curves) == 0
    assert scene.bundles[INTO].ribbons
    assert len(scene.bundles[OUT].curves) == 10, "only the bias links of the ten outputs"
    scene.show_arrays({"hidden_1/activation": np.linspace(-1, 1, 10_000)})
    assert not picture(huge).isNull()


def test_small_zoom_draws_only_the_strongest_links(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("16 -> 16 tanh -> 16 tanh -> 1"))
    scene = canvas.view.canvas_scene
    rng = np.random.default_rng(0)
    scene.show_arrays({"hidden_1/W": rng.normal(size=(16, 16)), "hidden_1/b": np.zeros(16)})
    bundle = scene.bundles[INTO]
    drawn = sum(len(lines) for _, lines in bundle._straight_lines())
    assert 0 < drawn <= 60 < len(bundle.curves)


def test_in_turns_the_links_follow_the_values(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("2 -> 3 tanh -> 1"))
    scene, bundle = canvas.view.canvas_scene, canvas.view.canvas_scene.bundles[INTO]
    first = {"hidden_1/activation": np.zeros(3), "hidden_1/W": np.ones((2, 3))}
    later = {"hidden_1/activation": np.full(3, 0.5), "hidden_1/W": np.full((2, 3), -1.0)}
    scene.show_arrays(first)
    assert bundle.weight(0) == 1.0
    scene.show_arrays(later, in_turns=True)
    assert scene.layers["hidden_1"].column.texts() == ("+0.50",) * 3
    assert bundle.weight(0) == 1.0
    qtbot.waitUntil(lambda: bundle.weight(0) == -1.0)


def pixels(image: QImage) -> NDArray[np.int16]:
    """Red, green and blue of every pixel."""
    plain = image.convertToFormat(QImage.Format.Format_RGBX8888)
    flat = np.frombuffer(plain.constBits(), np.uint8)
    return flat.reshape(plain.height(), plain.width(), 4)[..., :3].astype(np.int16)


def test_a_kept_picture_of_the_links_shows_what_they_are_now(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("2 -> 3 tanh -> 1"))
    scene = canvas.view.canvas_scene
    for sign in (1.0, -1.0):
        scene.keep_links(True)
        qtbot.waitUntil(lambda: all(bundle.is_kept for bundle in scene.bundles.values()))
        scene.show_arrays({"hidden_1/W": np.full((2, 3), sign)}, in_turns=True)
        qtbot.waitUntil(lambda sign=sign: scene.bundles[INTO].weight(0) == sign)
        kept = pixels(picture(canvas))
        scene.keep_links(False)
        qtbot.waitUntil(lambda: not any(bundle.is_kept for bundle in scene.bundles.values()))
        assert np.abs(pixels(picture(canvas)) - kept).max() <= 3, "rounding of smooth edges only"


def test_very_many_links_are_plain_while_they_move_and_smooth_again_at_rest(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("10 -> " + "10 tanh -> " * 20 + "10"))
    view, smooth = canvas.view, QPainter.RenderHint.Antialiasing
    view.reset_zoom()
    for move in (lambda: view.pan_by(QPoint(9, 0)), view.zoom_in):
        qtbot.waitUntil(lambda: bool(view.renderHints() & smooth))
        resting = pixels(picture(canvas))
        move()
        assert not view.renderHints() & smooth
        assert not np.array_equal(pixels(picture(canvas)), resting)
    few = make_canvas(qtbot, project_of("2 -> 3 tanh -> 1"))
    few.view.pan_by(QPoint(9, 0))
    assert few.view.renderHints() & smooth


# ------------------------------------------------------------------ looking


def test_fit_shows_everything_and_ctrl_0_is_100_per_cent(canvas: Canvas, qtbot: Any) -> None:
    view = canvas.view
    qtbot.keyClick(view, Qt.Key.Key_0, CONTROL)
    assert view.zoom == pytest.approx(1.0)
    assert canvas.zoom_bar.zoom_button.text() == "100 %"
    view.zoom_at(3.5, QPointF(10, 10))
    assert not view.visible_rect().contains(view.canvas_scene.content())
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.visible_rect().contains(view.canvas_scene.content())
    assert view.zoom <= LARGEST_FIT


@pytest.mark.parametrize(
    ("width", "height", "largest"),
    [(706, 414, 1.25), (990, 549, 1.25), (1950, 549, 1.25), (1310, 660, 1.5), (1950, 900, 1.6)],
)
def test_a_tiny_network_grows_with_a_large_window(
    qtbot: Any, width: int, height: int, largest: float
) -> None:
    canvas = make_canvas(qtbot, project_of("1 -> 1"), width, height)
    view = canvas.view
    room = view.viewport().rect().adjusted(FIT_MARGIN, FIT_MARGIN, -FIT_MARGIN, -FIT_MARGIN)
    content = view.canvas_scene.content()
    fitting = min(room.width() / content.width(), room.height() / content.height())
    view.fit()
    assert view.zoom == pytest.approx(min(fitting, largest), abs=0.02)
    assert view.visible_rect().contains(content)
    seen = view.mapFromScene(content).boundingRect().center() - view.viewport().rect().center()
    assert max(abs(seen.x()), abs(seen.y())) <= 2, "in the middle"


@pytest.mark.parametrize(("zoom", "letters"), [(0.7, 12), (1.0, 12), (1.6, 19), (3.5, 24)])
def test_an_editor_has_letters_as_large_as_the_header_below_it(
    qtbot: Any, zoom: float, letters: int
) -> None:
    canvas = make_canvas(qtbot, project_of("2 -> 3 tanh -> 1"), 1900, 900)
    view = canvas.view
    item = view.canvas_scene.layers["hidden_1"]
    view.look_at(item.pos())
    view.zoom_at(zoom / view.zoom, QPointF(view.mapFromScene(item.pos())))
    for edit in (view.editor.edit_name, view.editor.edit_size):
        edit("hidden_1")
        field = view.editor.field
        assert field.font().pixelSize() == letters
        header = view.mapFromScene(item.header.translated(item.pos())).boundingRect()
        assert field.geometry().contains(header.center())
        assert abs(field.geometry().center().x() - header.center().x()) <= 2
        assert field.height() >= header.height()
        assert field.height() >= field.sizeHint().height()
        view.editor.close()


def test_ctrl_wheel_zooms_at_the_pointer(canvas: Canvas) -> None:
    view, hand = canvas.view, Hand(canvas)
    point = view.canvas_scene.layers["output"].pos()
    before, zoom = view.mapFromScene(point), view.zoom
    hand.wheel(point, 240, CONTROL)
    assert view.zoom > zoom * 1.2
    assert (view.mapFromScene(point) - before).manhattanLength() <= 3
    hand.wheel(point, -100_000, CONTROL)
    assert view.zoom > 0.01, "there is a smallest zoom"


def test_wheel_middle_drag_and_space_drag_pan(canvas: Canvas, qtbot: Any) -> None:
    view, hand = canvas.view, Hand(canvas)
    item = view.canvas_scene.layers["input"].pos()

    def place() -> QPoint:
        return view.mapFromScene(item)

    start = place()
    hand.wheel(QPointF(0, 0), -120)
    assert place() == start - QPoint(0, 120)
    middle = Qt.MouseButton.MiddleButton
    hand.at = QPoint(400, 300)
    hand.press(view.mapToScene(400, 300), button=middle)
    hand.move(view.mapToScene(440, 310), middle)
    hand.release(button=middle)
    assert place() == start + QPoint(40, -110)
    qtbot.keyPress(view, Qt.Key.Key_Space)
    hand.drag(view.mapToScene(300, 300), view.mapToScene(260, 410))
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert place() == start
    assert not view.workspace.selection.nodes


def test_fit_shows_a_readable_part_of_a_very_long_network(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("4 -> " + "6 tanh -> " * 58 + "2"))
    view, layers = canvas.view, canvas.view.canvas_scene.layers
    assert view.zoom == LEAST_FIT
    content = view.canvas_scene.content()
    seen = view.visible_rect()
    assert seen.left() < content.left() < seen.center().x() < layers["hidden_20"].x()
    assert seen.top() < content.top()
    assert content.bottom() < seen.bottom()
    canvas.commands.select(["hidden_30"])
    view.fit()
    assert view.visible_rect().center().x() == pytest.approx(layers["hidden_30"].x(), abs=5)
    canvas.commands.select(["output"])
    view.fit()
    assert seen.width() == pytest.approx(view.visible_rect().width(), abs=5)
    assert content.right() < view.visible_rect().right() < content.right() + 100
    canvas.commands.select(["hidden_30"])
    assert view.visible_rect().contains(layers["output"].pos()), "looking elsewhere is a choice"


def test_the_minimap_shows_and_moves_what_is_seen(canvas: Canvas, qtbot: Any) -> None:
    assert canvas.minimap._dots.size() == 4 + 3 + 2
    canvas.view.zoom_at(4.0, QPointF(0, 0))
    before = canvas.view.visible_rect().center()
    qtbot.mouseClick(canvas.minimap, Qt.MouseButton.LeftButton, pos=QPoint(100, 60))
    after = canvas.view.visible_rect().center()
    assert after.x() > before.x()
    assert after.y() > before.y()


def test_a_theme_switch_repaints(canvas: Canvas) -> None:
    show(canvas)
    dark = picture(canvas)
    current().set_mode("light")
    light = picture(canvas)
    corner = canvas.view.viewport().mapTo(canvas, QPoint(7, 7))
    assert light.pixelColor(corner) == current().color("canvas")
    assert dark.pixelColor(corner) != light.pixelColor(corner)
    current().set_mode("dark")
    assert picture(canvas) == dark


def test_larger_text_makes_wider_headers(canvas: Canvas) -> None:
    item = canvas.view.canvas_scene.layers["input"]
    width = item.width
    try:
        current().set_text_scale(1.6)
        assert item.width > width
    finally:
        current().set_text_scale(1.0)
    assert item.width == width


# ------------------------------------------------------------------ following the workspace


def test_another_project_replaces_all_items(canvas: Canvas) -> None:
    scene = canvas.view.canvas_scene
    old = {*scene.layers.values(), *scene.bundles.values(), *scene.biases.values()}
    canvas.view.workspace.open(Document(project_of("2 -> 2 relu -> 2 relu -> 1")), None)
    assert set(scene.layers) == {"input", "hidden_1", "hidden_2", "output"}
    canvas.view.workspace.open(Document(project_of("")), None)
    left = [item for item in scene.items() if item.parentItem() is None]
    assert set(left) == {scene.card, scene.mark, scene.overlay, scene.pushes}
    assert not canvas.minimap.isVisible()
    assert all(item.scene() is None for item in old)


def test_unchanged_layers_keep_their_items(canvas: Canvas) -> None:
    scene = canvas.view.canvas_scene
    items, bundle = dict(scene.layers), scene.bundles[OUT]
    groups = bundle._gathered()
    canvas.commands.rename("input", "Sensors")
    assert scene.layers == items
    assert scene.bundles[OUT]._gathered() is groups
    assert scene.layers["input"].face.name == "Sensors"


def test_selection_from_elsewhere_is_shown(canvas: Canvas) -> None:
    canvas.view.workspace.select(Selection(frozenset({"output"})))
    faces = {i: item.face.selected for i, item in canvas.view.canvas_scene.layers.items()}
    assert faces == {"input": False, "hidden_1": False, "output": True}


def test_revealing_a_layer_scrolls_to_it(canvas: Canvas) -> None:
    view = canvas.view
    view.zoom_at(4.0, QPointF(0, 0))
    view.reveal("output")
    assert view.visible_rect().contains(view.canvas_scene.layers["output"].pos())
    assert view.workspace.selection.nodes == {"output"}


def test_a_failing_paint_is_outlined_and_logged_once(
    canvas: Canvas, caplog: pytest.LogCaptureFixture
) -> None:
    from neuralbuilder.ui.canvas.look import guarded

    class Broken(QGraphicsItem):
        def boundingRect(self) -> Any:
            return canvas.view.visible_rect().adjusted(90, 90, -90, -90)

        @guarded
        def paint(self, painter: Any, option: Any, widget: Any = None) -> None:
            raise ValueError("broken on purpose")

    item = Broken()
    canvas.view.canvas_scene.addItem(item)
    first, second = picture(canvas), picture(canvas)
    assert first == second
    assert sum("Broken" in record.message for record in caplog.records) == 1
    edge = canvas.view.mapFromScene(item.boundingRect().topLeft() + QPointF(40, 0))
    colours = {
        first.pixelColor(canvas.view.viewport().mapTo(canvas, edge + QPoint(0, dy))).name()
        for dy in (-1, 0, 1)
    }
    assert current().palette.error in colours


def test_a_caption_does_not_look_out_from_behind_a_header(canvas: Canvas) -> None:
    captions = canvas.view.canvas_scene.captions
    canvas.commands.disconnect_layers(Link("hidden_1", "output"))
    canvas.commands.connect_layers("input", "output")
    assert captions[INTO].text == "W 4×3 + b 3 = 15"
    assert captions[("input", "output")].text == "", "Hidden 1 stands there"
    assert OUT not in captions


def test_a_caption_leaves_the_room_to_the_words_of_a_problem(canvas: Canvas) -> None:
    """Where the zoom puts the caption below the headers, a problem in words stands there."""
    captions = canvas.view.canvas_scene.captions
    assert captions[OUT].shown(0.84) == "W 3×2 + b 2 = 8"
    workspace = canvas.view.workspace
    workspace.apply("Change", edits.set_design(workspace.project, "4 -> 3 tanh -> 5"))
    words = canvas.view.canvas_scene.layers["output"]
    caption = captions[OUT]
    half = look().width_of(look().readable(look().details_font, 0.84), caption.shown(0.84)) / 2
    assert words.problem_reach > 0
    assert caption.x() + half < words.x() - words.problem_reach


def test_relus_that_never_fire_are_crossed_out(canvas: Canvas) -> None:
    arrays = dict(show(canvas))
    before = picture(canvas)
    canvas.view.canvas_scene.show_arrays(
        {**arrays, "hidden_1/silent": np.array([False, True, False])}
    )
    column = canvas.view.canvas_scene.layers["hidden_1"].column
    assert column.fills.silent == {1}
    assert picture(canvas) != before
    canvas.view.canvas_scene.show_arrays(arrays)
    assert column.fills.silent == set()
    assert picture(canvas) == before
