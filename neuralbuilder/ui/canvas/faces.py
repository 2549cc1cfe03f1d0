"""What every item of the canvas shows, worked out from the project and the selection."""

from __future__ import annotations

import math
from collections.abc import Iterable

from neuralbuilder.problems import Problem
from neuralbuilder.project.model import Node, Project
from neuralbuilder.ui.canvas import labels
from neuralbuilder.ui.canvas.column_face import ColumnFace
from neuralbuilder.ui.canvas.labels import Words
from neuralbuilder.ui.canvas.layer_item import LayerFace
from neuralbuilder.ui.canvas.layout import Column
from neuralbuilder.ui.widgets.numbers import subscript
from neuralbuilder.ui.workspace import Selection

_ORDER = {"error": 0, "warning": 1}


def layer_face(
    project: Project, node: Node, words: Words, problem: Problem | None, selection: Selection
) -> LayerFace:
    """The header of a layer, with the most serious problem it has."""
    return LayerFace(
        name=node.name,
        details=labels.details(project, node, words.shapes.get(node.id, ())),
        selected=node.id in selection.nodes,
        severity=problem.severity if problem else "",
        problem=problem.message if problem else "",
        fix=problem.fix.label if problem and problem.fix else "",
        has_input=node.layer.inputs_allowed[1] != 0,
        has_output=node.layer.role != "output",
    )


def column_face(
    project: Project, node: Node, words: Words, column: Column, selection: Selection
) -> ColumnFace:
    """The column of a layer's neurons."""
    shape = words.shapes.get(node.id, ())
    is_input = node.layer.role == "input"
    chosen = selection.neuron
    named = [labels.class_name(words, node, index) for index in column.indices]
    classes = tuple(named) if named and all(named) else ()
    return ColumnFace(
        column=column,
        role=node.layer.role,
        labels=_labels(node, column),
        names=tuple(_name(words, node, index) for index in column.indices),
        classes=classes,
        probabilities=labels.gives_probabilities(node),
        selected=chosen[1] if chosen is not None and chosen[0] == node.id else -1,
        shape=labels.space(shape) if shape else "",
        buttons=can_count(node) and math.prod(shape) > 0,
        caption=_caption(words, selection) if is_input else "",
        maps=_source_maps(project, node, words) if column.strip else 0,
        marked=len(shape) == 3 and shape[0] > 1 and _feeds_strip(project, node),
    )


def _caption(words: Words, selection: Selection) -> str:
    return labels.sample_caption(words, selection.sample, selection.own_input is not None)


def _source_maps(project: Project, node: Node, words: Words) -> int:
    """How many feature maps a layer puts one behind the other; 0 where it does not."""
    inputs = words.input_shapes.get(node.id, ())
    return inputs[0][0] if node.layer.is_view and len(inputs) == 1 and len(inputs[0]) == 3 else 0


def _feeds_strip(project: Project, node: Node) -> bool:
    targets = project.graph().targets(node.id)
    return any(project.node(target).layer.is_view for target in targets)


def has_bars(words: Words, node: Node) -> bool:
    """Whether the neurons of a layer are classes, whose probabilities are shown as bars."""
    return labels.gives_probabilities(node) and bool(labels.class_name(words, node, 0))


def can_count(node: Node) -> bool:
    """Whether neurons can be added to and taken from this layer one by one."""
    shape = getattr(node.layer, "shape", ()) if node.layer.role == "input" else ()
    return hasattr(node.layer, "units") or len(shape) == 1


def _labels(node: Node, column: Column) -> tuple[str, ...]:
    letter = {"input": "x", "output": "y"}.get(node.layer.role, "")
    return tuple(letter + subscript(index + 1) for index in column.indices) if letter else ()


def _name(words: Words, node: Node, index: int) -> str:
    """What stands beside the value of a neuron: its column of the data, or yᵢ."""
    name = labels.shortened(labels.column_name(words, node.id, index))
    return name or (labels.neuron(words, node.id, index) if node.layer.role == "output" else "")


def worst(problems: Iterable[Problem], node_id: str) -> Problem | None:
    """The error of this layer to show, or else a warning; advice is for the inspector."""
    own = [p for p in problems if p.node == node_id and p.severity in _ORDER]
    return min(own, key=lambda p: _ORDER[p.severity], default=None)
