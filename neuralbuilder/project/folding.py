"""Folding a standardisation into the weights behind it, so that the network computes the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neuralbuilder.engine.layers.convolution import Conv2D
from neuralbuilder.engine.layers.dense import Dense, Output
from neuralbuilder.engine.layers.standardisation import Standardise
from neuralbuilder.engine.layout import FloatArray, layout
from neuralbuilder.engine.shapes import infer
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Link, Project, State
from neuralbuilder.project.placement import kept_in_columns
from neuralbuilder.project.state import carry_over, read_only

Views = dict[str, FloatArray]


def can_fold(project: Project, state: State | None, node_id: str) -> str | None:
    """Why this layer cannot be folded into the next one, or None when it can."""
    obstacle = _obstacle(project, state, node_id)
    return None if obstacle is None else obstacle[0]


def fold(project: Project, state: State | None, node_id: str) -> tuple[Project, State]:
    """Without this Standardise layer, whose only reader takes over what it does.

    From f(W·(x − mean)/deviation + b) it becomes f(W′·x + b′) with W′ = W/deviation and
    b′ = b − W′·mean. The reader, a dense, output or convolutional layer, gets a bias neuron where
    it has none. The network computes the same but for rounding; the optimizer's arrays of the
    reader start at 0. Raises `UserError` with the reason where that cannot be done.
    """
    obstacle = _obstacle(project, state, node_id)
    if obstacle is not None:
        raise UserError(*obstacle)
    assert state is not None
    graph = project.graph()
    (source,), (reader,) = graph.sources(node_id), graph.targets(node_id)
    folded = _without(project, source, node_id, reader)
    before = layout(graph, infer(graph)).views(state.parameters)
    new_graph = folded.graph()
    precision = state.parameters.dtype.name
    carried, _ = carry_over(graph, state, new_graph, precision, project.plan.seed)
    assert carried is not None
    places = layout(new_graph, infer(new_graph))
    parameters = carried.parameters.copy()
    views = places.views(parameters)
    with np.errstate(over="ignore", invalid="ignore"):
        _take_over(before, node_id, reader, views)
    if not np.isfinite(parameters).all():
        name = project.node(reader).name
        raise UserError(
            f"The weights of {name} would leave the range of {precision}.",
            "Keep the layer, or rescale the data.",
        )
    optimizer = dict(carried.optimizer)
    for name, array in optimizer.items():
        if array.shape == parameters.shape and places.size > 1:
            optimizer[name] = _cleared(array, [(e.start, e.stop) for e in places.of(reader)])
    # What was measured stays true: the network computes the same.
    return folded, replace(
        carried, parameters=read_only(parameters), optimizer=optimizer, log=state.log
    )


def _obstacle(project: Project, state: State | None, node_id: str) -> tuple[str, str] | None:
    """What is in the way, and what to do about it."""
    node, graph, shapes = project.node(node_id), project.graph(), infer(project.graph())
    readers = [project.node(reader) for reader in graph.targets(node_id)]
    if not isinstance(node.layer, Standardise):
        return f"{node.name} is no standardisation.", "Choose a Standardise layer."
    if len(readers) != 1:
        found = " and ".join(reader.name for reader in readers) or "no layer"
        return (
            f"{node.name} is read by {found}; it can be folded into one layer only.",
            "Give each reader a Standardise layer of its own, or keep this one.",
        )
    (reader,) = readers
    if not isinstance(reader.layer, Dense | Output | Conv2D):
        return (
            f"{node.name} is read by {reader.name}, which has no weights to fold it into.",
            "Put it right before a dense, output or convolutional layer.",
        )
    if reader.id not in shapes.inputs:
        return f"{reader.name} does not fit yet.", "Solve the problems shown at the layers first."
    (shape,) = shapes.inputs[reader.id]
    if isinstance(reader.layer, Conv2D) and reader.layer.windows(shape).is_padded:
        return (
            f"{reader.name} puts zeros around its image, after the standardisation; around the "
            "image before it they would be other values.",
            "Choose no padding there, or keep the layer.",
        )
    if state is None or state.parameters.shape != (layout(graph, shapes).size,):
        return f"{node.name} has measured nothing yet.", "Load the network with its data first."
    return None


def _without(project: Project, source: str, node_id: str, reader: str) -> Project:
    nodes = tuple(
        replace(node, layer=changed(node.layer, bias=True)) if node.id == reader else node
        for node in project.nodes
        if node.id != node_id
    )
    direct = {Link(node_id, reader): Link(source, reader)}
    links = tuple(direct.get(link, link) for link in project.links if link != Link(source, node_id))
    return kept_in_columns(project, replace(project, nodes=nodes, links=links))


def _take_over(before: Views, node_id: str, reader: str, views: Views) -> None:
    """Write W′ and b′ of the reader, computed in float64."""
    mean, deviation = (
        before[f"{node_id}/{name}"].astype(np.float64) for name in ("mean", "deviation")
    )
    weights = before[f"{reader}/W"].astype(np.float64)
    # Dense weights are (inputs, units), those of filters (maps, channels, height, width).
    axis = 0 if weights.ndim == 2 else 1
    along = [1] * weights.ndim
    along[axis] = -1
    scaled = weights / deviation.reshape(along)
    sums = scaled if weights.ndim == 2 else scaled.sum(axis=(2, 3)).T
    bias = before.get(f"{reader}/b", np.zeros(sums.shape[1]))
    views[f"{reader}/W"][...] = scaled
    views[f"{reader}/b"][...] = bias - mean @ sums


def _cleared(array: FloatArray, stretches: list[tuple[int, int]]) -> FloatArray:
    cleared = array.copy()
    for start, stop in stretches:
        cleared[start:stop] = 0
    return read_only(cleared)
