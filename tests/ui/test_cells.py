"""Pointing at cells: outlines on the canvas, numbers in the inspector, the way back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea

from neuralbuilder.data.bundled import Digits
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.canvas import drawn_maps
from neuralbuilder.insights.figure import Axis, Figure, HeatMap
from neuralbuilder.insights.neuron import plain, signed
from neuralbuilder.insights.receptive_field import Cell, mask, sources_of
from neuralbuilder.project import edits
from neuralbuilder.project.files import Document
from neuralbuilder.ui import theme
from neuralbuilder.ui.canvas import hits
from neuralbuilder.ui.canvas.cell_places import cell_at, rects_of
from neuralbuilder.ui.inspector.cell_page import CellPage
from neuralbuilder.ui.inspector.number_grid import SHADE, NumberGrids, fitting, text_on
from neuralbuilder.ui.plots.heat import diverging
from neuralbuilder.ui.theme.roles import DARK, LIGHT, READABLE, contrast
from neuralbuilder.ui.workspace import Selection
from tests.ui.canvas_parts import Hand, make_canvas, project_of
from tests.ui.window_parts import PATIENCE, open_window, settle

DIGITS = "64 -> reshape 1x8x8 -> conv 4@3x3 relu -> maxpool 2 -> flatten -> 10 softmax"
DEEP = (
    "64 -> reshape 1x8x8 -> conv 20@3x3 tanh pad same -> avgpool 2 -> conv 2@4x4 relu -> flatten"
    " -> 10 softmax"
)


@pytest.fixture
def canvas(qtbot):
    return make_canvas(qtbot, project_of(DIGITS, Digits()))


def middle(canvas, cell: Cell) -> QPointF:
    """The middle of a cell on the canvas."""
    scene = canvas.view.canvas_scene
    shape = scene.words.shapes[cell.node]
    region = sources_of(scene.workspace.project.graph(), {cell.node: shape}, cell)
    return rects_of(scene, cell.node, region.regions[cell.node])[0].center()


def node_of(canvas, stem: str) -> str:
    nodes = canvas.view.workspace.project.nodes
    return next(node.id for node in nodes if node.id.startswith(stem))


def key(canvas, which: Qt.Key) -> None:
    QTest.keyClick(canvas.view, which)


def cells(canvas):
    return canvas.view.workspace.cells


# ------------------------------------------------------------ on the canvas


@pytest.mark.parametrize("text", [DIGITS, DEEP])
def test_every_drawn_cell_is_found_where_it_is_drawn(qtbot, text):
    canvas = make_canvas(qtbot, project_of(text, Digits()))
    scene = canvas.view.canvas_scene
    seen = set()
    for node, item in scene.layers.items():
        shape = scene.words.shapes[node]
        column = item.column.face.column
        if len(shape) != 3 and not node.startswith("flatten"):
            continue
        drawn = range(shape[0]) if len(shape) == 1 else column.indices
        for first in drawn:
            for rest in np.ndindex(shape[1:]):
                cell = Cell(node, (first, *map(int, rest)))
                assert cell_at(scene, middle(canvas, cell)) == cell
                seen.add(node)
    assert {node.split("_")[0] for node in seen} >= {"reshape", "conv", "flatten"}


def test_neurons_and_the_ground_are_no_cells(canvas):
    scene = canvas.view.canvas_scene
    output = scene.layers[node_of(canvas, "output")]
    assert cell_at(scene, output.column.scenePos() + output.column.discs()[0].center()) is None
    assert cell_at(scene, QPointF(-2000, -2000)) is None
    assert cell_at(scene, scene.layers[node_of(canvas, "conv")].pos()) is None


def test_the_window_of_the_pointed_cell_is_outlined_on_the_layers_before_and_behind(canvas):
    hand, scene = Hand(canvas), canvas.view.canvas_scene
    conv, reshape = node_of(canvas, "conv"), node_of(canvas, "reshape")
    pool, flatten = node_of(canvas, "maxpool"), node_of(canvas, "flatten")
    at = middle(canvas, Cell(conv, (1, 2, 3)))
    hand.move(at)
    overlay = scene.overlay
    assert overlay.isVisible()
    assert overlay.cell.contains(at)
    graph, shapes = scene.workspace.project.graph(), scene.words.shapes
    back = sources_of(graph, shapes, Cell(conv, (1, 2, 3))).regions
    assert back[reshape][0].bounds == (2, 4, 3, 5)
    (window,) = overlay.sources[reshape]
    picture = scene.layers[reshape].column
    (whole,) = [disc.translated(picture.scenePos()) for disc in picture.discs()]
    assert window.left() == pytest.approx(whole.left() + 3 / 8 * whole.width())
    assert window.bottom() == pytest.approx(whole.top() + 5 / 8 * whole.height())
    assert len(overlay.source_lines) >= 2
    assert len(overlay.users[pool]) == len(overlay.users[flatten]) == 1
    assert "output_1" not in overlay.users
    assert "map 2, row 3, column 4" in canvas.view._hint
    hand.move(QPointF(-400, -400))
    assert not overlay.isVisible()


def test_the_outline_on_the_input_is_the_receptive_field(qtbot):
    canvas = make_canvas(qtbot, project_of(DEEP, Digits()))
    scene = canvas.view.canvas_scene
    deep = node_of(canvas, "conv_2") if "conv_2" in scene.layers else [
        node for node in scene.layers if node.startswith("conv")][1]  # fmt: skip
    cells(canvas).pin(Cell(deep, (1, 0, 0)))
    network = Network(scene.workspace.project.graph())
    region = sources_of(network.graph, network.shapes.outputs, Cell(deep, (1, 0, 0)))
    reshape = node_of(canvas, "reshape")
    top, bottom, left, right = region.regions[reshape][0].bounds
    (rect,) = scene.overlay.sources[reshape]
    column = scene.layers[reshape].column
    whole = column.discs()[0].translated(column.scenePos())
    pixel = whole.width() / 8
    wanted = QRectF(whole.left() + left * pixel, whole.top() + top * pixel,
                    (right - left + 1) * pixel, (bottom - top + 1) * pixel)  # fmt: skip
    for one, other in zip(rect.getRect(), wanted.getRect(), strict=True):
        assert one == pytest.approx(other)
    # Of twenty maps the drawn ones are outlined.
    pool = next(node for node in scene.layers if node.startswith("avgpool"))
    assert len(scene.overlay.sources[pool]) == len(drawn_maps(20)) < 20


def test_a_cell_of_a_map_that_is_not_drawn_still_has_its_window(qtbot):
    canvas = make_canvas(qtbot, project_of(DEEP, Digits()))
    overlay = canvas.view.canvas_scene.overlay
    first = next(node for node in canvas.view.canvas_scene.layers if node.startswith("conv"))
    cells(canvas).pin(Cell(first, (10, 0, 0)))
    assert overlay.isVisible()
    assert overlay.cell is None
    assert overlay.sources[node_of(canvas, "reshape")]
    assert not canvas.grab().toImage().isNull()


def test_a_click_pins_and_escape_or_a_click_elsewhere_releases(canvas):
    hand, conv = Hand(canvas), node_of(canvas, "conv")
    cell = Cell(conv, (0, 1, 1))
    hand.click(middle(canvas, cell))
    assert cells(canvas).pinned == cell
    hand.move(middle(canvas, Cell(conv, (2, 3, 3))))
    assert cells(canvas).cell == cell
    key(canvas, Qt.Key.Key_Escape)
    assert cells(canvas).pinned is None
    assert canvas.view.workspace.selection.nodes == {conv}
    hand.click(middle(canvas, cell))
    hand.click(QPointF(-400, -400))
    assert cells(canvas).cell is None
    hand.click(middle(canvas, cell))
    hand.click(canvas.view.canvas_scene.layers[conv].pos())
    assert cells(canvas).pinned is None


def test_a_drag_or_a_pan_pins_nothing(canvas):
    hand, conv = Hand(canvas), node_of(canvas, "conv")
    start = middle(canvas, Cell(conv, (0, 1, 1)))
    hand.drag(start, start + QPointF(60, 60))
    assert cells(canvas).pinned is None
    hand.press(start, button=Qt.MouseButton.MiddleButton)
    hand.release(button=Qt.MouseButton.MiddleButton)
    assert cells(canvas).pinned is None


def test_keys_pin_move_and_release(canvas):
    conv = node_of(canvas, "conv")
    canvas.commands.select([conv])
    key(canvas, Qt.Key.Key_Return)
    assert cells(canvas).pinned == Cell(conv, (0, 3, 3))
    key(canvas, Qt.Key.Key_Right)
    key(canvas, Qt.Key.Key_Up)
    key(canvas, Qt.Key.Key_PageDown)
    assert cells(canvas).pinned == Cell(conv, (1, 2, 4))
    for _ in range(9):
        key(canvas, Qt.Key.Key_Down)
        key(canvas, Qt.Key.Key_Left)
        key(canvas, Qt.Key.Key_PageDown)
    assert cells(canvas).pinned == Cell(conv, (3, 5, 0))
    assert canvas.view.workspace.selection.nodes == {conv}
    key(canvas, Qt.Key.Key_Escape)
    key(canvas, Qt.Key.Key_Right)
    assert cells(canvas).pinned is None
    assert canvas.view.workspace.selection.nodes == {node_of(canvas, "maxpool")}


def test_a_value_of_the_strip_moves_by_arrow_keys_too(canvas):
    flatten = node_of(canvas, "flatten")
    Hand(canvas).click(middle(canvas, Cell(flatten, (20,))))
    key(canvas, Qt.Key.Key_Down)
    assert cells(canvas).pinned == Cell(flatten, (21,))
    graph, shapes = canvas.view.workspace.project.graph(), canvas.view.canvas_scene.words.shapes
    region = sources_of(graph, shapes, Cell(flatten, (21,))).regions[node_of(canvas, "maxpool")]
    assert np.argwhere(mask(region, (4, 3, 3))).tolist() == [[2, 1, 0]]
    assert len(canvas.view.canvas_scene.overlay.sources[node_of(canvas, "maxpool")]) == 1


def test_a_pin_stays_while_the_cell_exists(canvas):
    workspace, conv = canvas.view.workspace, node_of(canvas, "conv")
    cells(canvas).pin(Cell(conv, (3, 5, 5)))
    layer = workspace.project.node(conv).layer
    workspace.apply("More", edits.replace_layer(workspace.project, conv, replace(layer, maps=6)))
    assert cells(canvas).pinned is not None
    workspace.apply("Less", edits.replace_layer(workspace.project, conv, replace(layer, maps=3)))
    assert cells(canvas).pinned is None
    assert not canvas.view.canvas_scene.overlay.isVisible()
    cells(canvas).pin(Cell(conv, (0, 0, 0)))
    large = replace(layer, kernel=(9, 9))
    workspace.apply("Too large", edits.replace_layer(workspace.project, conv, large))
    assert cells(canvas).pinned is None
    workspace.undo()
    cells(canvas).pin(Cell(conv, (0, 0, 0)))
    workspace.open(Document(project_of(DIGITS, Digits())), None)
    assert cells(canvas).cell is None


def test_a_network_that_does_not_fit_is_followed_as_far_as_it_goes(qtbot):
    canvas = make_canvas(qtbot, project_of("1x8x8 -> conv 2@3x3 -> conv 2@9x9 -> flatten -> 3"))
    first = next(node for node in canvas.view.canvas_scene.layers if node.startswith("conv"))
    assert canvas.view.workspace.problems
    Hand(canvas).move(middle(canvas, Cell(first, (1, 5, 0))))
    overlay = canvas.view.canvas_scene.overlay
    assert overlay.isVisible()
    assert overlay.sources
    assert not overlay.users


def test_a_layer_that_is_drawn_but_does_not_fit_outlines_nothing(qtbot):
    canvas = make_canvas(qtbot, project_of("63 -> reshape 1x8x8 -> conv 2@3x3 -> flatten -> 2"))
    reshape, hand = node_of(canvas, "reshape"), Hand(canvas)
    at = middle(canvas, Cell(reshape, (0, 2, 2)))
    hand.click(at)
    assert cells(canvas).cell == Cell(reshape, (0, 2, 2))
    assert not canvas.view.canvas_scene.overlay.isVisible()
    key(canvas, Qt.Key.Key_Right)
    key(canvas, Qt.Key.Key_Escape)
    assert cells(canvas).pinned is None


def test_maps_of_one_cell_and_huge_maps_can_be_pointed_at(qtbot):
    small = make_canvas(qtbot, project_of("1x3x3 -> conv 2@3x3 -> flatten -> 2"))
    conv = node_of(small, "conv")
    Hand(small).move(middle(small, Cell(conv, (1, 0, 0))))
    assert cells(small).cell == Cell(conv, (1, 0, 0))
    text = "1x2000x3000 -> maxpool 100 -> conv 2@5x5 -> globalavgpool -> 2"
    large = make_canvas(qtbot, project_of(text))
    conv = node_of(large, "conv")
    Hand(large).move(middle(large, Cell(conv, (1, 3, 7))))
    overlay = large.view.canvas_scene.overlay
    assert overlay.isVisible()
    assert overlay.sources[node_of(large, "input")][0].width() > 5
    assert not large.grab().toImage().isNull()


def test_the_outline_follows_a_layer_that_is_dragged(canvas):
    conv = node_of(canvas, "conv")
    cells(canvas).pin(Cell(conv, (0, 1, 1)))
    overlay, item = canvas.view.canvas_scene.overlay, canvas.view.canvas_scene.layers[conv]
    before = overlay.cell.center()
    Hand(canvas).drag(item.pos(), item.pos() + QPointF(0, 40), release=False)
    assert overlay.cell.center() - before == item.pos() - QPointF(
        *_place(canvas.view.workspace.project, conv)
    )
    canvas.view.cancel_gesture()
    assert overlay.cell.center() == before


def _place(project, node_id):
    node = project.node(node_id)
    return node.x, node.y


# ------------------------------------------------------------ in the window


@pytest.fixture
def window(qtbot):
    with open_window(qtbot, Document(project_of(DIGITS, Digits()))) as opened:
        yield opened


def page_of(window) -> CellPage:
    return window.panes.inspector.cell_page


def shown(window, qtbot, title: str) -> dict[str, str]:
    """The lines of the cell page as soon as this cell's numbers have come."""
    page = page_of(window)
    qtbot.waitUntil(lambda: page.heading()[1] == title and window.runner.settled, timeout=PATIENCE)
    assert window.panes.inspector.page is page
    return dict(page.rows())


def test_pointing_shows_the_numbers_and_leaving_the_page_before(window, qtbot):
    inspector, hand = window.panes.inspector, Hand(window.canvas)
    conv = node_of(window.canvas, "conv")
    hand.move(middle(window.canvas, Cell(conv, (0, 2, 3))))
    rows = shown(window, qtbot, "map 1, row 3, column 4")
    (grids,) = page_of(window).grids()
    products = grids.maps[2].values
    assert rows["Σ of 9 products"] == signed(products.sum())
    assert rows["= z"] == signed(products.sum())  # no bias so far
    assert [len(grid.texts) for grid in grids.maps] == [3, 3, 3]
    hand.move(QPointF(-400, -400))
    assert inspector.page is inspector.plan_page
    hand.click(middle(window.canvas, Cell(node_of(window.canvas, "maxpool"), (1, 0, 2))))
    rows = shown(window, qtbot, "map 2, row 1, column 3")
    assert rows["winner of 4"].startswith("row ")
    assert page_of(window).grids()[0].mark is not None


def test_another_sample_and_other_weights_change_the_numbers_of_a_pinned_cell(window, qtbot):
    conv = node_of(window.canvas, "conv")
    window.workspace.cells.pin(Cell(conv, (0, 2, 3)))
    first = shown(window, qtbot, "map 1, row 3, column 4")
    window.workspace.select(Selection(frozenset(), None, 11))
    qtbot.waitUntil(lambda: dict(page_of(window).rows()) != first, timeout=PATIENCE)
    second = shown(window, qtbot, "map 1, row 3, column 4")
    window.runner.step()
    qtbot.waitUntil(lambda: dict(page_of(window).rows()) != second, timeout=PATIENCE)


def test_b_turns_everything_backward_and_forward_again(window, qtbot):
    canvas, workspace = window.canvas, window.workspace
    scene, conv = canvas.view.canvas_scene, node_of(window.canvas, "conv")
    output = scene.layers[node_of(canvas, "output")].column
    workspace.cells.pin(Cell(conv, (0, 2, 3)))
    shown(window, qtbot, "map 1, row 3, column 4")
    assert output.face.probabilities
    QTest.keyClick(canvas.view, Qt.Key.Key_B)
    assert workspace.cells.backward
    assert window.actions_["backward"].isChecked()
    assert canvas.direction_bar.isChecked()
    assert "∂L/∂activation, sample 1" in canvas.direction_bar.text()
    assert "∂L/∂z = p − y" in canvas.direction_bar.toolTip()
    assert page_of(window).switch.isChecked()
    qtbot.waitUntil(lambda: "∂L/∂a = Σ" in dict(page_of(window).rows()), timeout=PATIENCE)
    qtbot.waitUntil(lambda: "backward" in scene.arrays, timeout=PATIENCE)
    assert output.face.gradients
    assert not output.face.probabilities
    deltas = scene.arrays[f"{node_of(canvas, 'output')}/activation"]
    assert deltas.sum() == pytest.approx(0, abs=1e-5)  # p − y
    found = hits.Hit("neuron", node_of(canvas, "output"), 4)
    assert "∂L/∂z = p − y" in hits.hint(scene, found)
    assert all(text[-1].isdigit() for text in output.texts())
    qtbot.mouseClick(canvas.direction_bar, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "backward" not in scene.arrays, timeout=PATIENCE)
    assert output.face.probabilities
    assert not window.actions_["backward"].isChecked()
    assert "∂L/∂z" not in canvas.direction_bar.toolTip() + hits.hint(scene, found)


def test_links_show_gradients_but_tell_and_keep_the_weights(window, qtbot):
    scene, workspace = window.canvas.view.canvas_scene, window.workspace
    output = node_of(window.canvas, "output")
    workspace.cells.set_backward(True)
    qtbot.waitUntil(lambda: "backward" in scene.arrays, timeout=PATIENCE)
    (key,) = [key for key in scene.bundles if key[1] == output]
    bundle = scene.bundles[key]
    found = hits.Hit("link", output, 0, link=bundle.link)
    name, index = hits.parameter(scene, found)
    assert hits.weight_of(scene, found) == scene.arrays[name][index]
    gradient = scene.arrays[name.replace("/W", "/dW").replace("/b", "/db")][index]
    assert np.sign(bundle.weight(0)) == np.sign(gradient)
    assert "(batch of 1)" in hits.link_lines(scene, found)[1]


def test_no_link_is_drawn_where_nothing_comes_back(window, qtbot):
    scene, workspace = window.canvas.view.canvas_scene, window.workspace
    output, flatten = (node_of(window.canvas, stem) for stem in ("output", "flatten"))
    bundle = scene.bundles[flatten, output]
    assert drawn_links(bundle) == len(bundle.curves), "a weight of 0 is a link all the same"
    workspace.cells.set_backward(True)
    qtbot.waitUntil(lambda: "backward" in scene.arrays, timeout=PATIENCE)
    gradients = scene.arrays[f"{output}/dW"]
    rows, units = bundle.curves.rows, bundle.curves.units
    shown = np.where(rows < 0, scene.arrays[f"{output}/db"][units], gradients[rows, units])
    assert (shown == 0).any(), "the ReLU has cut some values off"
    assert drawn_links(bundle) == np.count_nonzero(shown)
    for link in np.flatnonzero(shown == 0):
        assert bundle.nearest(bundle.middle(int(link)))[0] != link
    workspace.cells.set_backward(False)
    qtbot.waitUntil(lambda: "backward" not in scene.arrays, timeout=PATIENCE)
    assert drawn_links(bundle) == len(bundle.curves)


def drawn_links(bundle) -> int:
    """How many curves its paths are made of: each is a start and three points of a cubic."""
    return sum(group.path.elementCount() for group in bundle._gathered().groups) // 4


def test_a_neuron_after_a_strip_shows_which_values_push_it_most(window, qtbot):
    canvas, scene = window.canvas, window.canvas.view.canvas_scene
    output, flatten = node_of(canvas, "output"), node_of(canvas, "flatten")
    window.workspace.select(Selection(frozenset({output}), (output, 4), 3))
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
    terms = scene.arrays[f"{output}/W"][:, 4] * scene.arrays[f"{flatten}/activation"]
    pushes = scene.pushes.pushes
    assert scene.pushes.isVisible()
    wanted = np.sort(np.abs(terms))[::-1][: len(pushes)]
    assert np.allclose([abs(push.term) for push in pushes], wanted)
    for push in pushes:
        assert push.term == terms[push.value.index[0]]
        assert push.cell.node == node_of(canvas, "maxpool")
        assert np.ravel_multi_index(push.cell.index, (4, 3, 3)) == push.value.index[0]
    assert len(scene.pushes.up) == 2 * sum(push.term > 0 for push in pushes)
    assert len(scene.pushes.down) == 2 * sum(push.term < 0 for push in pushes)
    hand, column = Hand(canvas), scene.layers[output].column
    hand.move(column.scenePos() + column.discs()[0].center())
    other = scene.arrays[f"{output}/W"][:, 0] * scene.arrays[f"{flatten}/activation"]
    assert abs(scene.pushes.pushes[0].term) == np.abs(other).max()
    window.workspace.cells.pin(Cell(node_of(canvas, "conv"), (0, 0, 0)))
    assert not scene.pushes.isVisible()
    window.workspace.cells.pin(None)
    hand.move(QPointF(-400, -400))
    assert scene.pushes.pushes == pushes
    window.workspace.select(Selection())
    assert not scene.pushes.isVisible()


def test_numbers_of_a_neuron_do_not_give_way_to_the_scroll_bar(window, qtbot):
    inspector = window.panes.inspector
    page, output = inspector.layer_page, node_of(window.canvas, "output")
    usual = inspector.plan_page.width()
    window.workspace.select(Selection(frozenset({output}), (output, 1), 0))
    qtbot.waitUntil(lambda: window.runner.settled and bool(page.neuron.rows()), timeout=PATIENCE)
    area = next(a for a in inspector.findChildren(QScrollArea) if a.isAncestorOf(page))
    bar = area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=PATIENCE)
    assert bar.isEnabled()
    assert bar.isVisible()
    assert page.width() == usual, "as wide as a page without a bar"
    assert page.minimumSizeHint().width() <= area.viewport().width()
    left, right = page.mapTo(inspector, QPoint()).x(), page.mapTo(inspector, page.rect().topRight())
    assert left == inspector.width() - 1 - right.x(), "the same margin on both sides"
    edge = bar.mapTo(inspector, bar.rect().topLeft()).x()
    assert right.x() < edge
    assert edge + bar.width() < inspector.width()
    window.workspace.select(Selection(frozenset({node_of(window.canvas, "flatten")})))
    qtbot.waitUntil(lambda: not bar.isEnabled(), timeout=PATIENCE)
    assert page.width() == usual


def test_a_field_keeps_the_focus_while_the_pointer_drifts_over_a_map(window, qtbot):
    inspector, conv = window.panes.inspector, node_of(window.canvas, "conv")
    window.canvas.commands.select([conv])
    inspector.layer_page.name_field.setFocus()
    assert QApplication.focusWidget() is inspector.layer_page.name_field
    hand, cell = Hand(window.canvas), Cell(conv, (0, 2, 3))
    hand.move(middle(window.canvas, cell))
    assert window.canvas.view.canvas_scene.overlay.isVisible()
    assert inspector.page is inspector.layer_page
    assert QApplication.focusWidget() is inspector.layer_page.name_field
    hand.click(middle(window.canvas, cell))
    assert inspector.page is inspector.cell_page


def test_hundreds_of_moves_ask_for_the_last_cell_only_once_more(window, qtbot):
    hand, conv = Hand(window.canvas), node_of(window.canvas, "conv")
    window.runner.train()
    arrived: list[str] = []
    window.runner.snapshot_arrived.connect(
        lambda snapshot: arrived.extend(
            figure.note for key, figure in snapshot.figures.items() if key == CellPage.key
        )
    )
    moves = [Cell(conv, (i % 4, i % 6, i // 4 % 6)) for i in range(300)]
    for cell in moves:
        hand.move(middle(window.canvas, cell))
    last = moves[-1].index
    note = f"map {last[0] + 1}, row {last[1] + 1}, column {last[2] + 1}"
    qtbot.waitUntil(lambda: page_of(window).heading()[1] == note, timeout=PATIENCE)
    window.runner.pause()
    assert len(arrived) < 100


def test_what_cannot_be_computed_yet_says_so_on_the_page(window, qtbot):
    workspace, conv = window.workspace, node_of(window.canvas, "conv")
    workspace.cells.pin(Cell(conv, (0, 2, 3)))
    shown(window, qtbot, "map 1, row 3, column 4")
    pool = node_of(window.canvas, "maxpool")
    layer = replace(workspace.project.node(pool).layer, window=(9, 9))
    workspace.apply("Too large", edits.replace_layer(workspace.project, pool, layer))
    page = page_of(window)
    qtbot.waitUntil(lambda: bool(page.figure.message), timeout=PATIENCE)
    assert not page.rows()
    assert not page.grids()
    workspace.undo()
    shown(window, qtbot, "map 1, row 3, column 4")


def test_a_batch_norm_shows_its_running_statistics_and_opens_its_values(qtbot):
    text = "64 -> reshape 1x8x8 -> conv 3@3x3 linear -> batchnorm -> flatten -> 10 softmax"
    with open_window(qtbot, Document(project_of(text, Digits()))) as window:
        workspace, inspector = window.workspace, window.panes.inspector
        norm, conv = (node_of(window.canvas, stem) for stem in ("batchnorm", "conv"))
        workspace.select(Selection(frozenset({norm}), None, 3))
        card = inspector.layer_page.statistics
        qtbot.waitUntil(lambda: len(card.table.texts()) == 4, timeout=PATIENCE)
        assert card.table.texts()[1] == ("1", "0", "1.000", "+1.000", "0")
        window.runner.step()
        settle(qtbot, window)
        network = Network(workspace.project.graph())
        own = network.layout.views(workspace.state.parameters)
        mean, variance = own[f"{norm}/mean"], own[f"{norm}/variance"]
        for number, row in enumerate(card.table.texts()[1:]):
            assert row[:3] == (str(number + 1), signed(mean[number]), plain(variance[number]))
        assert mean.any()
        workspace.cells.pin(Cell(norm, (1, 2, 3)))
        rows = shown(window, qtbot, "map 2, row 3, column 4")
        assert rows["mean μ, running"] == signed(mean[1])
        workspace.cells.pin(Cell(conv, (1, 2, 3)))
        workspace.cells.set_backward(True)
        qtbot.waitUntil(lambda: "  γ/σ × g" in dict(page_of(window).rows()), timeout=PATIENCE)
        workspace.select(Selection(frozenset({conv})))
        workspace.cells.pin(None)
        assert not card.isVisible()


# ------------------------------------------------------------ grids


def grid(rows: int, columns: int, texts: bool = True) -> HeatMap:
    values = np.linspace(-1, 1, rows * columns).reshape(rows, columns)
    words = tuple(tuple("+0.123" for _ in range(columns)) for _ in range(rows)) if texts else ()
    return HeatMap(values, (0, columns, 0, rows), texts=words)


@pytest.mark.parametrize("width", [240, 285, 700])
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (5, 5), (7, 2)])
def test_grids_lie_inside_the_card_and_beside_each_other(qtbot, width, shape):
    grids = NumberGrids()
    qtbot.addWidget(grids)
    grids.resize(width, 10)
    grids.set_figure(
        Figure("Input", x_axis=Axis(categories=("a", "b", "c")), marks=(grid(*shape),) * 3)
    )
    places = grids.places()
    assert all(place.right() <= width + 0.01 and place.bottom() <= grids.height() + 1
               for place in places)  # fmt: skip
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
    assert not grids.grab().toImage().isNull()


@pytest.mark.parametrize("width", [222, 285])
@pytest.mark.parametrize("columns", [3, 5, 7])
def test_long_numbers_do_not_reach_into_the_next_cell(qtbot, width, columns):
    texts = (("−1.23e−5",) * columns,)
    marks = (HeatMap(np.zeros((1, columns)), (0, columns, 0, 1), texts=texts),)
    grids = NumberGrids()
    qtbot.addWidget(grids)
    grids.resize(width, 10)
    grids.set_figure(Figure(marks=marks))
    (place,) = grids.places()
    letters = fitting(theme.current().font("mono_small"), marks[0], place.width() / columns)
    assert QFontMetricsF(letters).horizontalAdvance(texts[0][0]) <= place.width() / columns


def test_a_grid_without_numbers_shrinks_into_the_card(qtbot):
    grids = NumberGrids()
    qtbot.addWidget(grids)
    grids.resize(280, 10)
    grids.set_figure(Figure(marks=(grid(100, 400, texts=False),)), (3, 4))
    (place,) = grids.places()
    assert place.width() <= 280.01
    assert not grids.grab().toImage().isNull()


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_numbers_can_be_read_on_every_shade(qapp, mode):
    theme.install(qapp, mode)
    palette = {"dark": DARK, "light": LIGHT}[mode]
    try:
        for colour in diverging(SHADE * np.linspace(-1, 1, 41), palette):
            ground = QColor(*map(int, colour))
            assert contrast(text_on(ground).name(), ground.name()) >= READABLE
    finally:
        theme.install(qapp, "dark")
