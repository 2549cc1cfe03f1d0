"""The smallest edits: one layer put in, taken out or given other settings, and the plan.

What is larger is made of these; `edits` names them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import MAXIMUM_NODES, Link, Node, Project
from neuralbuilder.project.naming import name_of, new_id
from neuralbuilder.project.placement import (
    COLUMN_DISTANCE,
    Point,
    kept_in_columns,
    make_room,
    moved,
)
from neuralbuilder.project.wiring import links_without, with_links

# ------------------------------------------------------------------ layers


def placed(project: Project, layer: Layer, at: Point) -> tuple[Project, Node]:
    """With one more layer at this place, without links; and the node that it has become."""
    if len(project.nodes) >= MAXIMUM_NODES:
        raise UserError(
            f"The network already has {MAXIMUM_NODES} layers, which is the most there can be.",
            "Remove a layer first.",
        )
    node_id = new_id((node.id for node in project.nodes), layer)
    node = Node(node_id, layer, name_of(node_id, layer))
    project = moved(replace(project, nodes=(*project.nodes, node)), {node_id: at})
    return project, project.nodes[-1]


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
    project, node = placed(project, layer, (x, before.y))
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


# ------------------------------------------------------------------ settings


def replace_layer(project: Project, node_id: str, layer: Layer) -> Project:
    """Put another layer in the place of this one; id, name and links stay."""
    return with_node(project, replace(project.node(node_id), layer=layer))


def change_layer(project: Project, node_id: str, **settings: Any) -> Project:
    """Change settings of a layer; raises `SettingError` where one is out of range."""
    return replace_layer(project, node_id, changed(project.node(node_id).layer, **settings))


def change_plan(project: Project, **settings: Any) -> Project:
    """Change settings of the training plan; raises `SettingError` where one is out of range."""
    return replace(project, plan=changed(project.plan, **settings))


def with_node(project: Project, changed_node: Node) -> Project:
    """With this node in the place of the one that has its id."""
    nodes = tuple(changed_node if node.id == changed_node.id else node for node in project.nodes)
    return replace(project, nodes=nodes)
