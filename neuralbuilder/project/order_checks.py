"""Remedies for layers that stand in the wrong order: vectors where images are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Flatten, GlobalAvgPool
from neuralbuilder.engine.shapes import Shapes
from neuralbuilder.problems import Fix, Problem
from neuralbuilder.project.model import Project
from neuralbuilder.project.wiring import finished_chain

_LONGEST_NAME = 24
_IMAGE = (1, 8, 8)


def with_order(problem: Problem, project: Project, graph: Graph, shapes: Shapes) -> Problem:
    """The problem, or with the remedy for an image that becomes a vector too early.

    Where a layer that reads images has a Flatten layer before it, directly or with dense layers
    and others in between, these go behind the layers of images. A Flatten layer that is not
    needed there, as another one follows, is removed.
    """
    run = _from_image_on(graph, shapes, problem.node)
    if not run or graph.layer(problem.node).family != "Images":
        return problem
    fix = _fix(project, graph, problem.node, run)
    if fix is None:
        return problem
    first = project.node(run[0]).name
    return replace(
        problem,
        hint=f"{first} makes a vector of the image: it belongs behind the layers that read images.",
        fix=fix,
        others=problem.fixes,
    )


def _from_image_on(graph: Graph, shapes: Shapes, node: str) -> tuple[str, ...]:
    """The line of layers right before this one whose first makes a vector of an image; or ()."""
    run: list[str] = []
    while True:
        (node, *others) = graph.sources(node) or ("",)
        before = shapes.inputs.get(node, ())
        if others or len(before) != 1 or len(graph.targets(node)) != 1:
            return ()
        if len(shapes.outputs[node]) != 1:
            return ()
        run.insert(0, node)
        if len(before[0]) == 3:
            return tuple(run)


def _fix(project: Project, graph: Graph, node: str, run: Sequence[str]) -> Fix | None:
    chain = finished_chain(project) or ()
    place, is_vector = _place(graph, chain[chain.index(node) :] if chain else (node,))
    if len(run) == 1 and (is_vector or not place):
        return Fix(f"Remove {_short(project, run[0])}", node=node, remove=tuple(run))
    if not place:
        return None
    names = [_short(project, each) for each in run]
    between = " + " if len(run) == 2 else " to "
    moved = names[0] if len(run) == 1 else f"{names[0]}{between}{names[-1]}"
    return Fix(f"Move {moved} before {_short(project, place)}", node=place, move=tuple(run))


def _place(graph: Graph, ids: Sequence[str]) -> tuple[str, bool]:
    """The first of these layers that reads a vector, and whether one of them makes it; "" for none.

    `ids` begin with a layer that reads an image.
    """
    is_vector = False
    for node in ids:
        layer = graph.layer(node)
        # A kernel may be larger than this image, but a convolution never reads a vector.
        refuses = layer.family != "Images" and isinstance(layer.output_shape((_IMAGE,)), Problem)
        if is_vector or refuses:
            return node, is_vector
        is_vector = isinstance(layer, Flatten | GlobalAvgPool)
    return "", is_vector


def _short(project: Project, node: str) -> str:
    name = project.node(node).name
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"
