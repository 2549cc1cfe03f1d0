"""The order of the layers in a finished chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Link, Project
from neuralbuilder.project.placement import moved
from neuralbuilder.project.wiring import finished_chain


def reorder(project: Project, node_id: str, index: int) -> Project:
    """Move a hidden layer of a finished chain to this position (the input is 0).

    The layers keep the places on the canvas among themselves. Positions outside of the hidden
    layers mean the first or the last of them.
    """
    order = _without(project, [node_id])
    order.insert(min(max(index, 1), len(order) - 1), node_id)
    return _in_order(project, order)


def move_before(project: Project, ids: Iterable[str], target: str) -> Project:
    """Move hidden layers of a finished chain, one behind the other, right before another layer.

    The layers keep the places on the canvas among themselves.
    """
    run = tuple(ids)
    order = _without(project, run)
    if target not in order[1:]:
        raise UserError("There is no such place any more.", "Drag the layers instead.")
    place = order.index(target)
    return _in_order(project, [*order[:place], *run, *order[place:]])


def _without(project: Project, ids: Iterable[str]) -> list[str]:
    """The chain without these layers, which must be hidden ones."""
    chain = finished_chain(project)
    if chain is None:
        raise UserError(
            "Layers can be reordered in a finished chain only.", "Draw the links anew instead."
        )
    if any(project.node(node).layer.role != "hidden" for node in ids):
        raise UserError("The input stays first and the output last.", "Move a hidden layer.")
    return [node for node in chain if node not in ids]


def _in_order(project: Project, order: list[str]) -> Project:
    ids = finished_chain(project) or ()
    places = [(project.node(node).x, project.node(node).y) for node in ids]
    nodes = tuple(project.node(node) for node in order)
    links = tuple(Link(a, b) for a, b in pairwise(order))
    project = replace(project, nodes=nodes, links=links)
    return moved(project, dict(zip(order, places, strict=True)))
