"""Edits: pure functions from project to project. What cannot be done raises `UserError`.

`set_design` stands in `fitting`, `arrange` in `placement`, `reorder` in `ordering`, `connect` in
`wiring`, `fold`, which changes the weights as well, in `folding`; all are named here, so that one
import gives every edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.engine.layers.reshaping import Flatten
from neuralbuilder.engine.shapes import infer
from neuralbuilder.parts import changed, find
from neuralbuilder.problems import Fix, UserError
from neuralbuilder.project.fitting import fit_ends as fit_ends
from neuralbuilder.project.fitting import fitted_layer, with_suitable_loss
from neuralbuilder.project.fitting import set_design as set_design
from neuralbuilder.project.folding import can_fold as can_fold
from neuralbuilder.project.folding import fold as fold
from neuralbuilder.project.model import MAXIMUM_NODES, Link, Node, Project
from neuralbuilder.project.naming import clean_name, name_of, new_id
from neuralbuilder.project.ordering import move_before as move_before
from neuralbuilder.project.ordering import reorder as reorder
from neuralbuilder.project.placement import (
    COLUMN_DISTANCE,
    Point,
    free_place,
    kept_in_columns,
    make_room,
    moved,
)
from neuralbuilder.project.placement import arrange as arrange
from neuralbuilder.project.wiring import can_connect as can_connect
from neuralbuilder.project.wiring import connect as connect
from neuralbuilder.project.wiring import disconnect as disconnect
from neuralbuilder.project.wiring import finished_chain as finished_chain
from neuralbuilder.project.wiring import links_without, with_links


@dataclass(frozen=True)
class Fragment:
    """Layers with the links between them, as copied; ids are those of where they come from."""

    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()


# ------------------------------------------------------------------ adding and removing layers


def add_node(
    project: Project, layer: Layer, at: Point | None = None, samples: Samples | None = None
) -> Project:
    """Put a layer at this place, joined to the rest where there is only one way to do so.

    A hidden layer goes into a finished chain at the place where it is dropped, from left to
    right; before that, a layer continues the one loose end on its left and feeds the one loose
    start on its right. A new Input or Output takes its size from `samples` where given, and with
    the first Output comes the loss that suits them. Layers that stood in columns stand in columns
    afterwards.
    """
    if isinstance(layer, Output) and samples is not None:
        project = with_suitable_loss(project, samples)
    layer = fitted_layer(layer, samples)
    ids = finished_chain(project)
    if ids is not None and layer.role == "hidden":
        return _into_chain(project, ids, layer, at)
    before = project
    project, node = _added(project, layer, free_place(project) if at is None else at)
    source = _only_loose_end(project, node)
    if source is not None:
        project = connect(project, source, node.id)
    target = _only_loose_start(project, node)
    if target is not None:
        project = connect(project, node.id, target)
    return kept_in_columns(before, project)


def added(old: Project, new: Project) -> tuple[str, ...]:
    """The ids that an edit has added."""
    before = {node.id for node in old.nodes}
    return tuple(node.id for node in new.nodes if node.id not in before)


def _added(project: Project, layer: Layer, at: Point) -> tuple[Project, Node]:
    if len(project.nodes) >= MAXIMUM_NODES:
        raise UserError(
            f"The network already has {MAXIMUM_NODES} layers, which is the most there can be.",
            "Remove a layer first.",
        )
    node_id = new_id((node.id for node in project.nodes), layer)
    node = Node(node_id, layer, name_of(node_id, layer))
    project = moved(replace(project, nodes=(*project.nodes, node)), {node_id: at})
    return project, project.nodes[-1]


def _into_chain(project: Project, ids: tuple[str, ...], layer: Layer, at: Point | None) -> Project:
    """Before the first layer that stands right of the place; before the output at the latest."""
    following = next(
        (i for i in range(1, len(ids) - 1) if at is not None and project.node(ids[i]).x > at[0]),
        len(ids) - 1,
    )
    link = Link(ids[following - 1], ids[following])
    return insert_on_link(project, link, layer, at)


def _only_loose_end(project: Project, node: Node) -> str | None:
    graph = project.graph()
    ends = [n for n in project.nodes if not graph.targets(n.id)]
    ends = [n for n in ends if can_connect(project, n.id, node.id) is None]
    return _only([n for n in ends if n.x < node.x] or ends)


def _only_loose_start(project: Project, node: Node) -> str | None:
    graph = project.graph()
    starts = [n for n in project.nodes if not graph.sources(n.id)]
    starts = [n for n in starts if can_connect(project, node.id, n.id) is None]
    return _only([n for n in starts if n.x > node.x] or starts)


def _only(nodes: list[Node]) -> str | None:
    return nodes[0].id if len(nodes) == 1 else None


def insert_on_link(project: Project, link: Link, layer: Layer, at: Point | None = None) -> Project:
    """Put a hidden layer into a link. Layers after it move to the right as far as needed.

    The new layer stands level with the one before it, at the place's distance or one column on.
    """
    if link not in project.links:
        raise UserError("The link is no longer there.", "Drop the layer on another link.")
    if layer.role != "hidden":
        raise UserError(
            f"An {layer.stem} layer cannot stand between two layers.",
            "Drop a hidden layer here, or this one on an empty place.",
        )
    before, after = project.node(link.source), project.node(link.target)
    x = before.x + COLUMN_DISTANCE
    if at is not None and after.x - COLUMN_DISTANCE > x:
        x = min(max(at[0], x), after.x - COLUMN_DISTANCE)
    before_it = project
    project, node = _added(project, layer, (x, before.y))
    project = with_links(project, *_replaced(project.links, link, node.id))
    return kept_in_columns(before_it, make_room(project, node.id))


def _replaced(links: tuple[Link, ...], link: Link, middle: str) -> list[Link]:
    """The links with one of them led through another layer, in place, as the order matters."""
    found = []
    for other in links:
        if other == link:
            found += [Link(link.source, middle), Link(middle, link.target)]
        else:
            found.append(other)
    return found


def append_after(project: Project, node_id: str, layer: Layer) -> Project:
    """Put a layer behind another one: into its only link, at its loose end, or before an output."""
    graph = project.graph()
    node = project.node(node_id)
    targets, sources = graph.targets(node_id), graph.sources(node_id)
    if layer.role == "hidden" and node.layer.role == "output" and len(sources) == 1:
        return insert_on_link(project, Link(sources[0], node_id), layer)
    if layer.role == "hidden" and len(targets) == 1:
        return insert_on_link(project, Link(node_id, targets[0]), layer)
    old = project
    project, new = _added(project, layer, (node.x + COLUMN_DISTANCE, node.y))
    if can_connect(project, node_id, new.id) is not None:
        return add_node(old, layer)
    return connect(project, node_id, new.id)


def remove_nodes(project: Project, ids: Iterable[str]) -> Project:
    """Without these layers; what stood before and after a removed hidden layer is joined."""
    gone = set(ids) & {node.id for node in project.nodes}
    if not gone:
        return project
    layers = dict(project.graph().layers)
    links = list(project.links)
    for node in project.nodes:
        if node.id in gone:
            links = links_without(links, node.id, layers)
    nodes = tuple(node for node in project.nodes if node.id not in gone)
    return kept_in_columns(project, replace(project, nodes=nodes, links=tuple(links)))


def duplicate(project: Project, ids: Iterable[str]) -> Project:
    """Copies of these layers, with the links among them, a little to the right and below."""
    return paste(project, fragment(project, ids))


def fragment(project: Project, ids: Iterable[str]) -> Fragment:
    """These layers and the links among them."""
    wanted = set(ids)
    return Fragment(
        tuple(node for node in project.nodes if node.id in wanted),
        tuple(link for link in project.links if {link.source, link.target} <= wanted),
    )


def paste(project: Project, copied: Fragment, at: Point | None = None) -> Project:
    """The layers of a fragment under new ids; the leftmost one at this place, where given."""
    if not copied.nodes:
        return project
    left = min(node.x for node in copied.nodes)
    top = min(node.y for node in copied.nodes)
    dx, dy = (40.0, 40.0) if at is None else (at[0] - left, at[1] - top)
    ids: dict[str, str] = {}
    for node in copied.nodes:
        project, new = _added(project, node.layer, (node.x + dx, node.y + dy))
        ids[node.id] = new.id
    links = [Link(ids[link.source], ids[link.target]) for link in copied.links]
    return with_links(project, *project.links, *links)


# ------------------------------------------------------------------ places and names


def move_nodes(project: Project, places: Mapping[str, Point]) -> Project:
    """The layers of these ids at these places."""
    return moved(project, places)


def rename(project: Project, node_id: str, name: str) -> Project:
    """Give a layer another name for people; an empty name changes nothing."""
    name = clean_name(name)
    return _with_node(project, replace(project.node(node_id), name=name)) if name else project


# ------------------------------------------------------------------ settings


def replace_layer(project: Project, node_id: str, layer: Layer) -> Project:
    """Put another layer in the place of this one; id, name and links stay."""
    return _with_node(project, replace(project.node(node_id), layer=layer))


def change_layer(project: Project, node_id: str, **settings: Any) -> Project:
    """Change settings of a layer; raises `SettingError` where one is out of range."""
    return replace_layer(project, node_id, changed(project.node(node_id).layer, **settings))


def change_plan(project: Project, **settings: Any) -> Project:
    """Change settings of the training plan; raises `SettingError` where one is out of range."""
    return replace(project, plan=changed(project.plan, **settings))


def fit_to_data(project: Project, samples: Samples) -> Project:
    """As `fit_ends`, and where images then arrive at a dense layer, a Flatten layer before it."""
    project = fit_ends(project, samples)
    for problem in infer(project.graph()).problems:
        if problem.fix is not None and problem.fix.insert == Flatten.name:
            project = apply_fix(project, problem.fix)
    return project


def set_units(project: Project, node_id: str, units: int) -> Project:
    """Give a layer this many neurons, an input this many values."""
    node = project.node(node_id)
    if isinstance(node.layer, Input):
        return change_layer(project, node_id, shape=(units,))
    if not hasattr(node.layer, "units"):
        raise UserError(f"{node.name} has no neurons to count.", "Choose a dense layer.")
    return change_layer(project, node_id, units=units)


def add_neuron(project: Project, node_id: str) -> Project:
    """One neuron more."""
    return set_units(project, node_id, _units(project, node_id) + 1)


def remove_neuron(project: Project, node_id: str) -> Project:
    """One neuron less; the last one stays, with a `SettingError`."""
    return set_units(project, node_id, _units(project, node_id) - 1)


def _units(project: Project, node_id: str) -> int:
    node = project.node(node_id)
    if isinstance(node.layer, Input):
        if len(node.layer.shape) != 1:
            raise UserError(f"{node.name} is an image.", "Change its shape in the inspector.")
        return node.layer.shape[0]
    return int(getattr(node.layer, "units", 0))


def apply_fix(project: Project, fix: Fix) -> Project:
    """Carry out the one-click remedy of a problem: on its layer, around it, or on the plan."""
    settings = dict(fix.settings)
    if fix.remove:
        return remove_nodes(project, fix.remove)
    if fix.move:
        return move_before(project, fix.move, fix.node)
    if fix.insert:
        return _insert_before(project, fix.node, fix.insert)
    if fix.node:
        return change_layer(project, fix.node, **settings)
    return change_plan(project, **settings)


def _insert_before(project: Project, node_id: str, name: str) -> Project:
    """Put a layer of this name into every link that leads to this layer."""
    layer = find("layer", name)()
    assert isinstance(layer, Layer)
    for link in project.links:
        if link.target == node_id:
            project = insert_on_link(project, link, layer)
    return project


def _with_node(project: Project, changed_node: Node) -> Project:
    nodes = tuple(changed_node if node.id == changed_node.id else node for node in project.nodes)
    return replace(project, nodes=nodes)
