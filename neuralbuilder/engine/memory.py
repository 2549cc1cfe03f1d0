"""How much memory training will take, from shapes alone, before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.shapes import infer

_COPIES_OF_PARAMETERS = 6
"""Parameters, gradient, two arrays of Adam, the last good weights, and one on its way elsewhere."""
_COPIES_OF_OUTPUTS = 7
"""Output, its gradient, z, ∂L/∂z, and up to three that an activation needs for itself."""


@dataclass(frozen=True)
class Memory:
    """Bytes needed in all, and by the layer that needs most (id "" where there is no layer)."""

    total: int
    largest: str
    largest_bytes: int
    parameters: int


def estimate_memory(
    graph: Graph, batch_size: int, precision: str = "float32", samples: int = 0
) -> Memory:
    """The memory for training with mini-batches of this size on a data set of `samples`.

    Layers whose shape is not known yet count as nothing.
    """
    size = 8 if precision == "float64" else 4
    shapes = infer(graph)
    count, by_node = 0, {}
    for node, inputs in shapes.inputs.items():
        parameters = sum(prod(p.shape) for p in graph.layer(node).parameters(inputs))
        values = prod(shapes.outputs[node]) * batch_size
        by_node[node] = size * (_COPIES_OF_PARAMETERS * parameters + _COPIES_OF_OUTPUTS * values)
        count += parameters
    ends = [*graph.input_ids(), *graph.output_ids()]
    # The data are held as they are (float64), and scaled and shuffled in the network's precision.
    columns = sum(prod(shapes.outputs[node]) for node in ends if node in shapes.outputs)
    data = samples * columns * (8 + 2 * size)
    largest = max(by_node, key=lambda node: by_node[node], default="")
    return Memory(sum(by_node.values()) + data, largest, by_node.get(largest, 0), count)
