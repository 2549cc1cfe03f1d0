"""Networks are drawn on the canvas: dropping, linking, moving, editing in place, with undo."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Link
from neuralbuilder.ui.canvas import Canvas, hits
from neuralbuilder.ui.canvas.menu import build_menu
from tests.ui.canvas_parts import CONTROL, SHIFT, Hand, make_canvas, project_of

CHAIN = "R^4 -> 3 tanh -> R^2"


@pytest.fixture
def canvas(qtbot: Any) -> Canvas:
    return make_canvas(qtbot, project_of(CHAIN))


@pytest.fixture
def hand(canvas: Canvas) -> Hand:
    return Hand(canvas)


def links_of(canvas: Canvas) -> set[tuple[str, str]]:
    return {(link.source, link.target) for link in canvas.view.workspace.project.links}


def header(canvas: Canvas, node_id: str) -> QPointF:
    """A point on the header that is not on a word."""
    item = canvas.view.canvas_scene.layers[node_id]
    return item.pos() + QPointF(item.width / 2 - 8, 0)


def word(canvas: Canvas, node_id: str, setting: str) -> QPointF:
    item = canvas.view.canvas_scene.layers[node_id]
    return item.pos() + item.detail_rect(setting).center()


def neuron(canvas: Canvas, node_id: str, slot: int) -> QPointF:
    item = canvas.view.canvas_scene.layers[node_id]
    return item.pos() + item.column.pos() + QPointF(0, item.column.face.column.offsets[slot])


def port(canvas: Canvas, node_id: str, name: str = "output") -> QPointF:
    item = canvas.view.canvas_scene.layers[node_id]
    side = item.output_port() if name == "output" else item.input_port()
    return item.pos() + side + QPointF(3 if name == "output" else -3, 0)


# ------------------------------------------------------------------ dropping


def test_dropping_input_dense_and_output_draws_a_joined_chain(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of(""))
    hand, workspace = Hand(canvas), canvas.view.workspace
    centre = canvas.view.mapToScene(498, 200)
    hand.drop_layer("input", centre - QPointF(300, 0))
    hand.drop_layer("dense", centre + QPointF(0, 9))
    event = hand.drop_layer("output", centre + QPointF(300, -9))
    assert event.isAccepted()
    assert links_of(canvas) == {("input", "hidden_1"), ("hidden_1", "output")}
    assert set(canvas.view.canvas_scene.layers) == {"input", "hidden_1", "output"}
    assert len({node.y for node in workspace.project.nodes}) == 1, "drops snap to one height"
    assert workspace.selection.nodes == {"output"}
    assert workspace.history.undo_name == "Add Output"
    for _ in range(3):
        workspace.undo()
    assert not canvas.view.canvas_scene.layers
    assert not canvas.view.canvas_scene.bundles


def test_dropping_a_layer_on_links_inserts_it_there(canvas: Canvas, hand: Hand) -> None:
    between = (neuron(canvas, "hidden_1", 1) + neuron(canvas, "output", 0)) / 2
    hand.drag_layer("dense", between)
    bundles = canvas.view.canvas_scene.bundles
    assert bundles[("hidden_1", "output")].highlighted
    assert not bundles[("input", "hidden_1")].highlighted
    hand.drop_layer("dense", between)
    assert links_of(canvas) == {
        ("input", "hidden_1"),
        ("hidden_1", "hidden_2"),
        ("hidden_2", "output"),
    }
    assert not any(bundle.highlighted for bundle in bundles.values())


def test_dropping_between_headers_inserts_too(canvas: Canvas, hand: Hand) -> None:
    between = (header(canvas, "input") + header(canvas, "hidden_1")) / 2
    hand.drop_layer("dense", between)
    assert ("input", "hidden_2") in links_of(canvas)


def test_other_drags_are_not_taken(canvas: Canvas, hand: Hand) -> None:
    event = hand.drag_layer("no such layer", QPointF(100, 100))
    assert not event.isAccepted()
    before = canvas.view.workspace.project
    hand.drop_layer("no such layer", QPointF(100, 100))
    assert canvas.view.workspace.project is before


def test_a_second_input_that_cannot_be_added_is_told(canvas: Canvas) -> None:
    told: list[UserError] = []
    canvas.view.workspace.failed.connect(told.append)
    assert not canvas.commands.connect_layers("output", "input")
    assert len(told) == 1
    assert "end of the network" in told[0].message


# ------------------------------------------------------------------ selecting and deleting


def test_deleting_a_layer_keeps_the_chain_joined(canvas: Canvas, hand: Hand, qtbot: Any) -> None:
    hand.click(header(canvas, "hidden_1"))
    qtbot.keyClick(canvas.view, Qt.Key.Key_Delete)
    assert links_of(canvas) == {("input", "output")}
    assert set(canvas.view.canvas_scene.layers) == {"input", "output"}
    canvas.view.workspace.undo()
    assert set(canvas.view.canvas_scene.layers) == {"input", "hidden_1", "output"}


def test_rubber_band_selects_what_it_touches(canvas: Canvas, hand: Hand) -> None:
    scene = canvas.view.canvas_scene
    first, second = scene.layers["input"], scene.layers["hidden_1"]
    start = first.pos() - QPointF(75, 40)
    hand.drag(start, start + QPointF(20, 20), second.pos() + QPointF(0, 5))
    assert canvas.view.workspace.selection.nodes == {"input", "hidden_1"}
    assert not scene.mark.isVisible()
    assert scene.layers["input"].face.selected
    assert not scene.layers["output"].face.selected


def test_shift_and_control_add_to_the_selection(canvas: Canvas, hand: Hand) -> None:
    hand.click(header(canvas, "input"))
    hand.click(header(canvas, "output"), SHIFT)
    assert canvas.view.workspace.selection.nodes == {"input", "output"}
    hand.click(header(canvas, "input"), CONTROL)
    assert canvas.view.workspace.selection.nodes == {"output"}
    hand.click(header(canvas, "output") + QPointF(0, -60))
    assert not canvas.view.workspace.selection.nodes


def test_clicking_a_neuron_selects_it_both_ways(canvas: Canvas, hand: Hand) -> None:
    hand.click(neuron(canvas, "hidden_1", 1))
    workspace = canvas.view.workspace
    assert workspace.selection.neuron == ("hidden_1", 1)
    assert workspace.selection.nodes == {"hidden_1"}
    assert canvas.view.canvas_scene.layers["hidden_1"].column.face.selected == 1
    canvas.commands.select(["output"], ("output", 0))
    assert canvas.view.canvas_scene.layers["hidden_1"].column.face.selected == -1
    assert canvas.view.canvas_scene.layers["output"].column.face.selected == 0


def test_arrow_keys_walk_along_the_layers(canvas: Canvas, qtbot: Any) -> None:
    view = canvas.view
    for expected in ("input", "hidden_1", "output", "output"):
        qtbot.keyClick(view, Qt.Key.Key_Right)
        assert view.workspace.selection.nodes == {expected}
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.workspace.selection.nodes == {"hidden_1"}


# ------------------------------------------------------------------ moving


def test_moving_a_layer_is_one_undo_step(canvas: Canvas, hand: Hand) -> None:
    workspace = canvas.view.workspace
    before = workspace.project.node("output")
    links_before = canvas.view.canvas_scene.bundles[("hidden_1", "output")].curves
    start = header(canvas, "output")
    changes: list[object] = []
    workspace.project_changed.connect(lambda old, new: changes.append(new))
    hand.drag(start, *(start + QPointF(step, 2 * step) for step in (5, 20, 40)), release=False)
    assert not changes, "while the mouse is down only items move"
    assert canvas.view.canvas_scene.layers["output"].x() == pytest.approx(before.x + 40, abs=2)
    moved = canvas.view.canvas_scene.bundles[("hidden_1", "output")].curves
    assert moved.ends[0, 0] > links_before.ends[0, 0], "links follow"
    hand.release()
    assert len(changes) == 1
    assert workspace.project.node("output").x == pytest.approx(before.x + 40, abs=2)
    assert workspace.history.undo_name == "Move Output"
    workspace.undo()
    assert workspace.project.node("output") == before
    assert canvas.view.canvas_scene.layers["output"].x() == before.x


def test_selected_layers_move_together(canvas: Canvas, hand: Hand) -> None:
    workspace = canvas.view.workspace
    canvas.commands.select(["hidden_1", "output"])
    before = {node.id: node for node in workspace.project.nodes}
    start = header(canvas, "output")
    hand.drag(start, start + QPointF(0, 30), start + QPointF(0, 60))
    after = {node.id: node for node in workspace.project.nodes}
    assert after["hidden_1"].y - before["hidden_1"].y == pytest.approx(60, abs=2)
    assert after["output"].y == after["hidden_1"].y
    assert after["input"] == before["input"]


def test_escape_gives_up_a_drag(canvas: Canvas, hand: Hand, qtbot: Any) -> None:
    workspace = canvas.view.workspace
    before, place = workspace.project, canvas.view.canvas_scene.layers["output"].pos()
    start = header(canvas, "output")
    hand.drag(start, start + QPointF(50, 50), release=False)
    assert canvas.view.canvas_scene.layers["output"].pos() != place
    qtbot.keyClick(canvas.view, Qt.Key.Key_Escape)
    assert canvas.view.canvas_scene.layers["output"].pos() == place
    hand.release()
    assert workspace.project is before


def test_dragging_a_header_past_its_neighbour_reorders(qtbot: Any) -> None:
    canvas = make_canvas(qtbot, project_of("2 -> 3 tanh -> 5 relu -> 1"))
    hand = Hand(canvas)
    start = header(canvas, "hidden_1")
    beyond = header(canvas, "hidden_2") + QPointF(60, 0)
    hand.drag(start, (start + beyond) / 2, beyond)
    assert ("input", "hidden_2") in links_of(canvas)
    assert ("hidden_1", "output") in links_of(canvas)
    layers = canvas.view.canvas_scene.layers
    assert layers["hidden_2"].x() < layers["hidden_1"].x()
    assert canvas.view.workspace.history.undo_name == "Reorder Hidden 1"


# ------------------------------------------------------------------ linking


def test_dragging_from_a_port_connects(canvas: Canvas, hand: Hand) -> None:
    canvas.commands.disconnect_layers(Link("hidden_1", "output"))
    assert ("hidden_1", "output") not in canvas.view.canvas_scene.bundles
    hand.drag(port(canvas, "hidden_1"), header(canvas, "output") - QPointF(60, 0))
    assert ("hidden_1", "output") in links_of(canvas)
    assert ("hidden_1", "output") in canvas.view.canvas_scene.bundles


def test_dragging_from_an_input_port_connects_backwards(canvas: Canvas, hand: Hand) -> None:
    canvas.commands.disconnect_layers(Link("hidden_1", "output"))
    hand.drag(port(canvas, "output", "input"), neuron(canvas, "hidden_1", 0))
    assert ("hidden_1", "output") in links_of(canvas)


def test_a_link_that_cannot_be_drawn_says_why(canvas: Canvas, hand: Hand) -> None:
    scene, before = canvas.view.canvas_scene, canvas.view.workspace.project
    told: list[UserError] = []
    canvas.view.workspace.failed.connect(told.append)
    hand.drag(port(canvas, "input"), neuron(canvas, "output", 0), release=False)
    assert scene.card.isVisible()
    assert "Output reads one layer only" in scene.card.lines[0]
    assert scene.layers["output"].feedback == "bad"
    hand.release()
    assert canvas.view.workspace.project is before
    assert len(told) == 1
    assert scene.layers["output"].feedback == ""
    assert not scene.mark.isVisible()


# ------------------------------------------------------------------ editing in place


def type_into_editor(canvas: Canvas, qtbot: Any, text: str, key: Any = Qt.Key.Key_Return) -> None:
    field = canvas.view.editor.field
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, key)


def test_double_click_on_the_name_renames_in_place(canvas: Canvas, hand: Hand, qtbot: Any) -> None:
    hand.double_click(canvas.view.canvas_scene.layers["hidden_1"].pos() - QPointF(0, 9))
    type_into_editor(canvas, qtbot, "Features")
    assert canvas.view.workspace.project.node("hidden_1").name == "Features"
    assert canvas.view.canvas_scene.layers["hidden_1"].face.name == "Features"
    assert not canvas.view.editor.is_open


def test_f2_renames_and_escape_keeps_the_name(canvas: Canvas, qtbot: Any) -> None:
    canvas.commands.select(["hidden_1"])
    qtbot.keyClick(canvas.view, Qt.Key.Key_F2)
    type_into_editor(canvas, qtbot, "Other", Qt.Key.Key_Escape)
    assert canvas.view.workspace.project.node("hidden_1").name == "Hidden 1"
    assert not canvas.view.editor.is_open


def test_double_click_on_the_size_edits_it(canvas: Canvas, hand: Hand, qtbot: Any) -> None:
    hand.double_click(word(canvas, "hidden_1", "units"))
    type_into_editor(canvas, qtbot, "2*4")
    assert canvas.view.workspace.project.node("hidden_1").layer.units == 8
    assert canvas.view.canvas_scene.layers["hidden_1"].column.drawn == 8
    hand.double_click(word(canvas, "input", "shape"))
    type_into_editor(canvas, qtbot, "3")
    assert canvas.view.workspace.project.node("input").layer.shape == (3,)


def test_gaps_in_a_header_belong_to_the_nearest_word(canvas: Canvas) -> None:
    item = canvas.view.canvas_scene.layers["hidden_1"]
    size, activation = item.detail_rect("units"), item.detail_rect("activation")
    gap = activation.left() - size.right()
    assert gap > 0
    y = size.center().y()
    assert item.word_at(QPointF(size.right() + 0.3 * gap, y)) == "units"
    assert item.word_at(QPointF(activation.left() - 0.3 * gap, y)) == "activation"
    assert item.word_at(QPointF(item.header.left() + 1, y)) == "units"
    assert item.word_at(QPointF(item.header.right() - 1, y)) == "bias"
    assert item.word_at(QPointF(size.center().x(), item.header.top() + 1)) == "name"


def test_what_is_drawn_stays_centred_and_large_until_the_user_zooms(
    canvas: Canvas, qtbot: Any
) -> None:
    view = canvas.view
    for _ in range(3):
        canvas.commands.remove_neuron("input")
    canvas.commands.set_units("hidden_1", 1)
    zoom, middle = view.zoom, view.visible_rect().center()
    view.fit()
    assert view.zoom == pytest.approx(zoom)
    assert (view.visible_rect().center() - middle).manhattanLength() < 3
    view.zoom_in()
    zoom = view.zoom
    canvas.commands.set_units("hidden_1", 9)
    assert view.zoom == pytest.approx(zoom)


def test_a_size_that_is_no_number_is_not_taken(canvas: Canvas, hand: Hand, qtbot: Any) -> None:
    before = canvas.view.workspace.project
    hand.double_click(word(canvas, "hidden_1", "units"))
    type_into_editor(canvas, qtbot, "many")
    assert canvas.view.editor.is_open
    qtbot.keyClick(canvas.view.editor.field, Qt.Key.Key_Escape)
    assert canvas.view.workspace.project is before


def test_double_click_on_the_activation_offers_all(canvas: Canvas, hand: Hand, qtbot: Any) -> None:
    hand.double_click(word(canvas, "hidden_1", "activation"))
    menu = canvas.view.editor.menu
    assert menu is not None
    choices = {action.data(): action for action in menu.actions()}
    assert choices["tanh"].isChecked()
    choices["relu"].trigger()
    menu.close()
    assert canvas.view.workspace.project.node("hidden_1").layer.activation.name == "relu"
    assert "relu" in [d.text for d in canvas.view.canvas_scene.layers["hidden_1"].face.details]


def test_plus_and_minus_change_the_number_of_neurons(canvas: Canvas, hand: Hand) -> None:
    column = canvas.view.canvas_scene.layers["hidden_1"].column

    def button(name: str) -> QPointF:
        return column.mapToScene(column._buttons()[name])

    hand.move(button("add"))
    assert column.buttons_shown
    hand.click(button("add"))
    hand.click(button("add"))
    assert canvas.view.workspace.project.node("hidden_1").layer.units == 5
    hand.click(button("remove"))
    assert canvas.view.workspace.project.node("hidden_1").layer.units == 4
    assert canvas.view.workspace.history.undo_name == "Remove neuron of Hidden 1"


def test_the_last_neuron_stays_and_it_is_said(canvas: Canvas) -> None:
    told: list[UserError] = []
    canvas.view.workspace.failed.connect(told.append)
    canvas.commands.set_units("hidden_1", 1)
    canvas.commands.remove_neuron("hidden_1")
    assert canvas.view.workspace.project.node("hidden_1").layer.units == 1
    assert len(told) == 1


def test_clicking_the_bias_neuron_toggles_it(canvas: Canvas, hand: Hand) -> None:
    scene = canvas.view.canvas_scene
    bias = scene.biases["hidden_1"]
    assert bias.x() == scene.layers["input"].x(), "it stands under the layer that feeds it"
    links = len(scene.bundles[("input", "hidden_1")].curves)
    hand.click(bias.pos())
    assert not canvas.view.workspace.project.node("hidden_1").layer.bias
    assert canvas.view.workspace.history.undo_name == "Turn bias off"
    assert not bias.enabled
    assert len(scene.bundles[("input", "hidden_1")].curves) == links - 3
    hand.click(bias.pos())
    assert canvas.view.workspace.history.undo_name == "Turn bias on"
    assert len(scene.bundles[("input", "hidden_1")].curves) == links


# ------------------------------------------------------------------ problems


def test_a_problem_shows_on_its_layer_and_its_fix_is_a_click(canvas: Canvas, hand: Hand) -> None:
    canvas.commands.set_units("output", 5)
    item = canvas.view.canvas_scene.layers["output"]
    assert item.face.severity == "error"
    assert "2 targets" in item.face.problem
    hand.click(item.pos() + item.fix_rect().center())
    assert canvas.view.workspace.project.node("output").layer == Output(units=2)
    assert item.face.severity == ""
    assert item.fix_rect().isEmpty()


# ------------------------------------------------------------------ clipboard and menus


def test_copy_paste_cut_and_duplicate(canvas: Canvas, qtbot: Any) -> None:
    view, workspace = canvas.view, canvas.view.workspace
    canvas.commands.select(["hidden_1"])
    qtbot.keyClick(view, Qt.Key.Key_C, CONTROL)
    assert '"hidden_1"' in QApplication.clipboard().text()
    qtbot.keyClick(view, Qt.Key.Key_V, CONTROL)
    assert "hidden_2" in view.canvas_scene.layers
    assert workspace.selection.nodes == {"hidden_2"}
    qtbot.keyClick(view, Qt.Key.Key_D, CONTROL)
    assert "hidden_3" in view.canvas_scene.layers
    qtbot.keyClick(view, Qt.Key.Key_A, CONTROL)
    assert len(workspace.selection.nodes) == 5
    qtbot.keyClick(view, Qt.Key.Key_X, CONTROL)
    assert not workspace.project.nodes
    assert not view.canvas_scene.biases


def test_pasting_something_else_is_told(canvas: Canvas) -> None:
    told: list[UserError] = []
    canvas.view.workspace.failed.connect(told.append)
    QApplication.clipboard().setText("a shopping list")
    canvas.commands.paste()
    assert len(told) == 1
    assert len(canvas.view.workspace.project.nodes) == 3


def test_every_gesture_has_a_menu_entry(canvas: Canvas) -> None:
    view = canvas.view

    def texts(found: hits.Hit, point: QPointF) -> set[str]:
        menu = build_menu(view, found, point)
        shown = {action.text().split("\t")[0] for action in menu.actions()}
        menu.deleteLater()
        return shown

    point = header(canvas, "hidden_1")
    layer = texts(hits.hit(view.canvas_scene, point), point)
    assert {"Rename", "Add neuron", "Activation", "Bias neuron", "Connect to", "Delete"} <= layer
    between = (header(canvas, "input") + header(canvas, "hidden_1")) / 2
    assert "Insert layer" in texts(hits.hit(view.canvas_scene, between), between)
    nowhere = QPointF(-200, -200)
    assert {"Add layer", "Fit", "Select all"} <= texts(
        hits.hit(view.canvas_scene, nowhere), nowhere
    )


def test_undo_in_the_middle_of_a_drag_ends_it(canvas: Canvas, hand: Hand) -> None:
    workspace = canvas.view.workspace
    canvas.commands.duplicate()
    canvas.commands.select(["hidden_1"])
    canvas.commands.duplicate()
    start = header(canvas, "hidden_2")
    hand.drag(start, start + QPointF(40, 40), release=False)
    workspace.undo()
    hand.release()
    assert set(canvas.view.canvas_scene.layers) == {"input", "hidden_1", "output"}
    assert workspace.project.nodes == project_of(CHAIN).nodes


def test_an_open_editor_closes_when_its_layer_goes(canvas: Canvas) -> None:
    canvas.commands.select(["hidden_1"])
    canvas.view.rename_selected()
    assert canvas.view.editor.is_open
    canvas.commands.delete(["hidden_1"])
    assert not canvas.view.editor.is_open
