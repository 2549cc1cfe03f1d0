"""What is under a point of the canvas, and how it is stressed and explained while hovering."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF

from neuralbuilder.project.model import Link
from neuralbuilder.ui.canvas import labels
from neuralbuilder.ui.canvas.gradient_drawing import are_gradients
from neuralbuilder.ui.canvas.layer_item import LayerItem
from neuralbuilder.ui.canvas.links_item import REACH
from neuralbuilder.ui.canvas.scene import CanvasScene
from neuralbuilder.ui.widgets.numbers import compact, fixed, signed
from neuralbuilder.ui.widgets.numbers import gradient as gradient_as_text

Kind = Literal["nothing", "port", "fix", "header", "neuron", "button", "bias", "link", "column"]


@dataclass(frozen=True)
class Hit:
    """One thing on the canvas.

    `node` is the layer (of a bias: the layer it belongs to; of a link: its target); `index` the
    neuron, or the number of the link in its bundle; `word` the port ("input", "output"), the
    button ("add", "remove"), "picture" on the picture in colour of a column, or the setting of a
    header's word ("name" for its first line, "" for a word that stands for no setting of the
    layer).
    """

    kind: Kind = "nothing"
    node: str = ""
    index: int = -1
    word: str = ""
    link: Link | None = None


NOTHING = Hit()


def hit(scene: CanvasScene, point: QPointF, links: bool = True) -> Hit:
    """The uppermost thing at a point of the scene."""
    for item in reversed(scene.layers.values()):
        found = _hit_layer(item, point - item.pos())
        if found is not None:
            return found
    for bias in scene.biases.values():
        if bias.contains_point(point):
            return Hit("bias", bias.node_id)
    if links:
        found = _hit_link(scene, point)
        if found is not None:
            return found
    return next(_hit_columns(scene, point), NOTHING)


def _hit_layer(item: LayerItem, local: QPointF) -> Hit | None:
    port = item.port_at(local)
    if port and not item.header.adjusted(3, 0, -3, 0).contains(local):
        return Hit("port", item.node_id, word=port)
    if item.header.contains(local):
        return Hit("header", item.node_id, word=item.word_at(local))
    if item.fix_rect().contains(local):
        return Hit("fix", item.node_id)
    inside = local - item.column.pos()
    slot = item.column.slot_at(inside)
    if slot >= 0:
        return Hit("neuron", item.node_id, item.column.face.column.indices[slot])
    if item.column.picture_place().contains(inside):
        return Hit("column", item.node_id, word="picture")
    button = item.column.button_at(inside)
    return Hit("button", item.node_id, word=button) if button else None


def _hit_link(scene: CanvasScene, point: QPointF) -> Hit | None:
    best, found = REACH, None
    for bundle in scene.bundles.values():
        index, distance = bundle.nearest(point)
        if distance < best:
            best, found = distance, Hit("link", bundle.link.target, index, link=bundle.link)
    return found


def _hit_columns(scene: CanvasScene, point: QPointF) -> Iterator[Hit]:
    """The strip around a column's neurons, where + and − appear."""
    for item in scene.layers.values():
        local = point - item.pos() - item.column.pos()
        column = item.column.face.column
        if abs(local.x()) <= 44 and abs(local.y()) <= column.half_height + 44:
            yield Hit("column", item.node_id)


def layer_at(scene: CanvasScene, point: QPointF) -> str:
    """The layer whose header or column is at a point; "" for none."""
    found = hit(scene, point, links=False)
    return "" if found.kind in ("nothing", "bias") else found.node


def bundle_at(scene: CanvasScene, point: QPointF) -> Link | None:
    """The link between two layers at a point: on its curves, between them, or between headers."""
    for key, bundle in scene.bundles.items():
        if bundle.covers(point) or _between_headers(scene, key, point):
            return bundle.link
    return None


def _between_headers(scene: CanvasScene, key: tuple[str, str], point: QPointF) -> bool:
    source, target = scene.layers[key[0]], scene.layers[key[1]]
    left, right = source.x() + source.width / 2, target.x() - target.width / 2
    if not left < point.x() < right:
        return False
    share = (point.x() - left) / (right - left)
    height = source.y() + share * (target.y() - source.y())
    return abs(point.y() - height) <= 24


# ------------------------------------------------------------------ hovering


def show_hover(scene: CanvasScene, found: Hit) -> None:
    """Stress what is under the pointer and nothing else; a link shows its card."""
    for node_id, item in scene.layers.items():
        over = found.node == node_id and found.kind not in ("bias", "link")
        item.set_ports_shown(over and found.kind in ("header", "port"))
        neuron = found.index if over and found.kind == "neuron" else -1
        indices = item.column.face.column.indices
        slot = indices.index(neuron) if neuron in indices else -1
        button = found.word if over and found.kind == "button" else ""
        item.column.set_hover(slot, over and found.kind in ("column", "neuron", "button"), button)
    for node_id, bias in scene.biases.items():
        bias.set_hovered(found.kind == "bias" and found.node == node_id)
    for bundle in scene.bundles.values():
        bundle.set_hovered(found.index if found.link == bundle.link else -1)
    scene.hover_neuron((found.node, found.index) if found.kind == "neuron" else None)
    show_card(scene, found)


def show_card(scene: CanvasScene, found: Hit) -> None:
    """The card of the link under the pointer, with the numbers of this moment."""
    if found.kind == "link":
        assert found.link is not None
        bundle = scene.bundles[(found.link.source, found.link.target)]
        scene.card.show_lines(link_lines(scene, found), bundle.middle(found.index))
    else:
        scene.card.hide()


def parameter(scene: CanvasScene, found: Hit) -> tuple[str, tuple[int, ...]]:
    """The name of a link's weight, such as "hidden_1/W", and its index in that array."""
    assert found.link is not None
    curves = scene.bundles[(found.link.source, found.link.target)].curves
    row, unit = int(curves.rows[found.index]), int(curves.units[found.index])
    target = found.link.target
    return (f"{target}/b", (unit,)) if row < 0 else (f"{target}/W", (row, unit))


def weight_of(scene: CanvasScene, found: Hit) -> float | None:
    """The weight of a link as last told; None before that."""
    assert found.link is not None
    bundle = scene.bundles[(found.link.source, found.link.target)]
    if not are_gradients(scene.arrays):
        return bundle.weight(found.index)
    name, index = parameter(scene, found)
    weights = scene.arrays.get(name)
    if weights is None or any(i >= n for i, n in zip(index, weights.shape, strict=False)):
        return None
    return float(weights[index])


def link_lines(scene: CanvasScene, found: Hit) -> tuple[str, ...]:
    """The name and weight of a link, and the gradient of the loss with respect to it."""
    assert found.link is not None
    name, index = parameter(scene, found)
    row = index[0] if name.endswith("/W") else -1
    written = labels.weight_name(scene.words, found.link, row, index[-1])
    weight = weight_of(scene, found)
    if weight is None:
        return (written, "no value yet")
    letter = "w" if row >= 0 else "b"
    lines = [f"{written} = {fixed(weight, 3)}"]
    gradient = scene.arrays.get(name.replace("/W", "/dW").replace("/b", "/db"))
    if gradient is not None and all(i < n for i, n in zip(index, gradient.shape, strict=False)):
        samples = scene.arrays.get("batch")
        over = "" if samples is None else f" (batch of {int(samples[0])})"
        lines.append(f"∂L/∂{letter} = {gradient_as_text(float(gradient[index]))}{over}")
    return tuple(lines)


def hint(scene: CanvasScene, found: Hit) -> str:
    """One line for the status bar about what is under the pointer."""
    project = scene.workspace.project
    name = next((node.name for node in project.nodes if node.id == found.node), "")
    match found.kind:
        case "port":
            return f"Drag from {name} to another layer to link them"
        case "header":
            return f"{name} · drag to move, double-click a name, size or activation to edit it"
        case "neuron":
            return _neuron_hint(scene, found, name)
        case "button":
            return f"{'Add a neuron to' if found.word == 'add' else 'Remove a neuron of'} {name}"
        case "bias":
            return f"Bias neuron of {name}, always 1 · click to switch it on or off"
        case "link":
            return f"{link_lines(scene, found)[0]} · click to edit"
        case "fix":
            return scene.layers[found.node].face.fix
    return ""


def _neuron_hint(scene: CanvasScene, found: Hit, name: str) -> str:
    """Its column of the data and its value in original units; how to learn more about it."""
    if scene.placement.columns[found.node].image is not None:
        return f"Feature map {found.index + 1} of {name} · double-click to see it large"
    neuron = _neuron_name(scene, found)
    is_input = scene.words.letters.get(found.node) == "x"
    value = _value_text(scene, found, "input" if is_input else "output")
    if scene.words.letters.get(found.node) == "y" and _shows_delta(scene):
        value = f", {labels.FUSED}"
    if is_input:
        return f"{neuron}{value} in the selected sample" if value else neuron
    if not hasattr(scene.workspace.project.node(found.node).layer, "units"):
        return f"{neuron} of {name}{value}"
    return f"{neuron} of {name}{value} · click to see how its value is computed"


def _shows_delta(scene: CanvasScene) -> bool:
    return are_gradients(scene.arrays) and labels.is_fused(scene.workspace.project)


def _neuron_name(scene: CanvasScene, found: Hit) -> str:
    """``h₂``, with what the data call it: ``x₁ · age``, or ``y₂ · class setosa``."""
    neuron = labels.neuron(scene.words, found.node, found.index)
    node = scene.workspace.project.node(found.node)
    column = labels.column_name(scene.words, found.node, found.index)
    named = labels.whole_class_name(scene.words, node, found.index)
    called = f"class {named}" if named else column
    return f"{neuron} · {called}" if called else neuron


def _value_text(scene: CanvasScene, found: Hit, role: str) -> str:
    """A value in original units, followed by what the network computes with where it is scaled."""
    original = scene.arrays.get(f"{found.node}/original")
    inside = scene.arrays.get(f"{found.node}/activation")
    units = scene.placement.columns[found.node].units
    if original is None or inside is None or not original.size == inside.size == units:
        return ""
    value, scaled = float(original[found.index]), float(inside.ravel()[found.index])
    text = f" = {compact(value, 4)}"
    if abs(value - scaled) <= 1e-5 * max(abs(value), 1.0):
        return text
    how = "standardised"
    if role == "input":
        how = labels.scaling_word(scene.workspace.project) or "scaled"
    return f"{text} ({how} {signed(scaled)})"
