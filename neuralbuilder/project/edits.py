"""Edits: pure functions from project to project. What cannot be done raises `UserError`.

`set_design` stands in `fitting`, `arrange` in `placement`, `reorder` in `ordering`, `connect` in
`wiring`, `fold`, which changes the weights as well, in `folding`, `fit_to_data` in `readable`,
`apply_fix` in `remedies`, and what all of them are made of in `changing`; all are named here, so
that one import gives every edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.problems import UserError
from neuralbuilder.project.changing import change_layer as change_layer
from neuralbuilder.project.changing import change_plan as change_plan
from neuralbuilder.project.changing import insert_on_link as insert_on_link
from neuralbuilder.project.changing import placed, with_node
from neuralbuilder.project.changing import remove_nodes as remove_nodes
from neuralbuilder.project.changing import replace_layer as replace_layer
from neuralbuilder.project.fitting import fit_ends as fit_ends
from neuralbuilder.project.fitting import fitted_layer, with_suitable_loss
from neuralbuilder.project.fitting import set_design as set_design
from neuralbuilder.project.folding import can_fold as can_fold
from neuralbuilder.project.folding import fold as fold
from neuralbuilder.project.model import Link, Node, Project
from neuralbuilder.project.naming import clean_name
from neuralbuilder.project.ordering import move_before as move_before
from neuralbuilder.project.ordering import reorder as reorder
from neuralbuilder.project.placement import (
    COLUMN_DISTANCE,
    Point,
    free_place,
    kept_in_columns,
    moved,
)
from neuralbuilder.project.placement import arrange as arrange
from neuralbuilder.project.readable import fit_to_data as fit_to_data
from neuralbuilder.project.readable import what_fitting_did as what_fitting_did
from neuralbuilder.project.remedies import apply_fix as apply_fix
from neuralbuilder.project.wiring import can_connect as can_connect
from neuralbuilder.project.wiring import connect as connect
from neuralbuilder.project.wiring import disconnect as disconnect
from neuralbuilder.project.wiring import finished_chain as finished_chain
from neuralbuilder.project.wiring import with_links


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
    project, node = placed(project, layer, free_place(project) if at is None else at)
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
    project, new = placed(project, layer, (node.x + COLUMN_DISTANCE, node.y))
    if can_connect(project, node_id, new.id) is not None:
        return add_node(old, layer)
    return connect(project, node_id, new.id)


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
        project, new = placed(project, node.layer, (node.x + dx, node.y + dy))
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
    return with_node(project, replace(project.node(node_id), name=name)) if name else project


# ------------------------------------------------------------------ settings


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
