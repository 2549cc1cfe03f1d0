"""Where layers stand on the canvas: one column per step of the computation.

A node's position is the centre of its header; lengths are pixels at 100 % zoom.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, count

from neuralbuilder.project.model import Node, Project

COLUMN_DISTANCE = 288.0
NARROW_DISTANCE = 216.0
"""Between columns with no links to tell apart, because no layer in the second one has weights."""
ROW_DISTANCE = 560.0
"""As far as the tallest column reaches below its header, bias neuron included."""
LARGEST_COORDINATE = 1e6

Point = tuple[float, float]


def arrange(project: Project) -> Project:
    """All layers in columns from left to right, in the order of the computation.

    A layer stands in the row of the first layer that feeds it, if that place is free; other
    branches follow in the rows below.
    """
    depths = _depths(project)
    rows, xs = _rows(project, depths), _columns(project, depths)
    places = {n.id: (xs[depths[n.id]], rows[n.id] * ROW_DISTANCE) for n in project.nodes}
    return moved(project, places)


def _columns(project: Project, depths: Mapping[str, int]) -> list[float]:
    """Where each column stands, from left to right."""
    wide = {depths[node.id] for node in project.nodes if hasattr(node.layer, "bias")}
    xs = [0.0]
    for depth in range(1, max(depths.values(), default=0) + 1):
        xs.append(xs[-1] + (COLUMN_DISTANCE if depth in wide else NARROW_DISTANCE))
    return xs


def _rows(project: Project, depths: Mapping[str, int]) -> dict[str, int]:
    """The row of every layer: the first free one of its sources, or else the highest free one."""
    graph = project.graph()
    order, cyclic = graph.sorted_as_far_as_possible()
    rows: dict[str, int] = {}
    taken: set[tuple[int, int]] = set()
    for node in (*order, *cyclic):
        wanted = [rows[source] for source in graph.sources(node) if source in rows]
        row = next(r for r in chain(wanted, count()) if (depths[node], r) not in taken)
        rows[node] = row
        # The way to a layer further on stays free, so that the link does not lead through others.
        next_depth = min((depths[target] for target in graph.targets(node)), default=0)
        taken.update(
            (depth, row) for depth in range(depths[node], max(next_depth, depths[node] + 1))
        )
    return rows


def in_columns(project: Project) -> bool:
    """Whether the layers stand as `arrange` puts them, wherever on the canvas that is."""
    return _shifted_to(arrange(project), project) == project


def kept_in_columns(before: Project, after: Project) -> Project:
    """`after` arranged anew if `before` stood in columns; the first layer keeps its place.

    A network that nobody has moved by hand stays tidy wherever layers are dropped, and one that
    somebody has moved stays as it was put.
    """
    return _shifted_to(arrange(after), after) if in_columns(before) else after


def _shifted_to(arranged: Project, like: Project) -> Project:
    """The arranged project, moved so that its first node stands where it does in the other."""
    if not like.nodes:
        return arranged
    dx, dy = like.nodes[0].x - arranged.nodes[0].x, like.nodes[0].y - arranged.nodes[0].y
    return moved(arranged, {n.id: (n.x + dx, n.y + dy) for n in arranged.nodes})


def _depths(project: Project) -> dict[str, int]:
    """The column of every layer: one more than the last of its sources."""
    graph = project.graph()
    order, cyclic = graph.sorted_as_far_as_possible()
    depths: dict[str, int] = {}
    for node in order:
        depths[node] = 1 + max((depths.get(s, -1) for s in graph.sources(node)), default=-1)
    behind = 1 + max(depths.values(), default=-1)
    return depths | dict.fromkeys(cyclic, behind)


def moved(project: Project, places: Mapping[str, Point]) -> Project:
    """The layers of these ids at these places, the others where they were.

    A coordinate beyond the canvas is drawn to its edge, one that is no number counts as 0.
    """
    nodes = tuple(
        replace(node, x=_on_canvas(places[node.id][0]), y=_on_canvas(places[node.id][1]))
        if node.id in places
        else node
        for node in project.nodes
    )
    return replace(project, nodes=nodes)


def is_on_canvas(node: Node) -> bool:
    """Whether the position is a number within the canvas."""
    return all(abs(value) <= LARGEST_COORDINATE for value in (node.x, node.y))


def _on_canvas(value: float) -> float:
    if math.isnan(value):
        return 0.0
    # Adding 0.0 turns a negative zero into an ordinary one.
    return max(-LARGEST_COORDINATE, min(LARGEST_COORDINATE, float(value))) + 0.0


def free_place(project: Project) -> Point:
    """A place for one more layer: right of everything."""
    if not project.nodes:
        return 0.0, 0.0
    last = max(project.nodes, key=lambda node: node.x)
    return last.x + COLUMN_DISTANCE, last.y


def make_room(project: Project, node_id: str) -> Project:
    """Shift what comes after this layer to the right, where it stands closer than one column."""
    graph, node = project.graph(), project.node(node_id)
    after = {target: project.node(target) for target in graph.targets(node_id)}
    if not after:
        return project
    shift = node.x + COLUMN_DISTANCE - min(target.x for target in after.values())
    if shift <= 0:
        return project
    waiting = list(after)
    downstream: set[str] = set()
    while waiting:
        current = waiting.pop()
        if current not in downstream and current != node_id:
            downstream.add(current)
            waiting += graph.targets(current)
    places = {n.id: (n.x + shift, n.y) for n in project.nodes if n.id in downstream}
    return moved(project, places)
