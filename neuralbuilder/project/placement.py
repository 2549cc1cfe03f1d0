"""Where layers stand on the canvas: one column per step of the computation.

A node's position is the centre of its header; lengths are pixels at 100 % zoom.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, count

from neuralbuilder.problems import Problem
from neuralbuilder.project.model import Node, Project

COLUMN_DISTANCE = 288.0
NARROW_DISTANCE = 216.0
"""Between columns with no links to tell apart, because no layer in the second one has weights."""
IMAGE_DISTANCE, NARROW_IMAGE_DISTANCE, STRIP_DISTANCE = 212.0, 168.0, 256.0
"""The same behind feature maps, which are linked by a few lines, and behind a flattened layer."""
ROW_DISTANCE = 560.0
"""As far as the tallest column reaches below its header, bias neuron included."""
USUAL_COLUMNS, TIGHTEST = 6, 0.7
"""Longer networks stand closer, the longest by this factor: so more of them is seen at once."""
CLOSEST = 150.0
"""What two wide headers beside each other need."""
LARGEST_COORDINATE = 1e6

_TRIED = {1: (4096,), 3: (4, 1024, 1024)}

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
    axes = _axes(project)
    distances: dict[int, float] = {}
    for node in project.nodes:
        depth = depths[node.id]
        distances[depth] = max(distances.get(depth, 0.0), _distance(project, node, axes))
    xs, last = [0.0], max(depths.values(), default=0)
    closer = max(TIGHTEST, min(1.0, math.sqrt(USUAL_COLUMNS / (last + 1))))
    for depth in range(1, last + 1):
        xs.append(xs[-1] + max(round(distances[depth] * closer), CLOSEST))
    return xs


def _distance(project: Project, node: Node, axes: Mapping[str, int]) -> float:
    """How far behind the layers that feed it a layer stands."""
    sources = project.graph().sources(node.id)
    behind_images = bool(sources) and all(axes[source] == 3 for source in sources)
    if hasattr(node.layer, "bias"):
        if sources and all(project.node(source).layer.is_view for source in sources):
            return STRIP_DISTANCE
        return IMAGE_DISTANCE if behind_images else COLUMN_DISTANCE
    return NARROW_IMAGE_DISTANCE if behind_images else NARROW_DISTANCE


def _axes(project: Project) -> dict[str, int]:
    """3 for the layers that give feature maps, 1 for those that give vectors.

    This asks only for the kinds of the layers, and tries them with large inputs: a kernel that
    does not fit for a while moves nothing.
    """
    graph = project.graph()
    order, cyclic = graph.sorted_as_far_as_possible()
    axes = dict.fromkeys(cyclic, 1)
    for node in order:
        sources = graph.sources(node)
        before = axes.get(sources[0], 1) if sources else 1
        layer = graph.layer(node)
        tried = tuple(_TRIED[axes.get(source, 1)] for source in sources)
        least, most = layer.inputs_allowed
        if not least <= len(sources) <= (most or len(sources)):
            axes[node] = before
            continue
        shape = getattr(layer, "shape", None) or layer.output_shape(tried)
        axes[node] = before if isinstance(shape, Problem) else 3 if len(shape) == 3 else 1
    return axes


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
