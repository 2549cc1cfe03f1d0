"""What the canvas shows of a network that does not fit together yet, computed in the window."""

from __future__ import annotations

import numpy as np

from neuralbuilder.data.preprocessing import Scaling
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.sound_part import sound_part
from neuralbuilder.insights.canvas import input_values, layer_values, weight_values
from neuralbuilder.project.state import carry_over
from neuralbuilder.ui.canvas.live_links import Arrays
from neuralbuilder.ui.workspace import Workspace

MOST_MULTIPLICATIONS = 20_000_000
"""What one sample may cost: about the time of a frame or two. Larger networks show their input."""


def standing_values(workspace: Workspace, scaling: Scaling | None) -> Arrays:
    """The selected sample, and what the layers before the first problem make of it with the
    weights that they have; as of a `NetworkView`, without gradients.
    """
    project, samples, own = workspace.project, workspace.samples, workspace.selection.own_input
    graph = project.graph()
    inputs = graph.input_ids()
    if samples is None or not inputs:
        return {}
    row = min(workspace.selection.sample, samples.count - 1)
    shown = samples.x[row : row + 1] if own is None else own.values[None]
    shown = shown if scaling is None else scaling.filled(shown)
    values = input_values(inputs[0], shown, samples)
    network = sound_part(graph, project.plan.precision)
    fits = network is not None and network.input_shape == shown.shape[1:]
    if network is None or scaling is None or not fits:
        return values
    if network.multiplications > MOST_MULTIPLICATIONS:
        return values
    parameters = _parameters(workspace, graph, network)
    scaled = np.ascontiguousarray(scaling.inputs(shown), dtype=network.dtype)
    with np.errstate(all="ignore"):
        activations = network.activations(parameters, scaled)
    found = layer_values(activations) | weight_values(network.layout, parameters)
    return {key: value for key, value in found.items() if key.split("/")[0] in graph} | values


def _parameters(workspace: Workspace, graph: Graph, network: Network) -> np.ndarray:
    plan = workspace.project.plan
    state, _ = carry_over(graph, workspace.state, network.graph, plan.precision, plan.seed)
    return network.initial(plan.seed) if state is None else state.parameters
