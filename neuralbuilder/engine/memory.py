"""How much memory training will take, from shapes alone, before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.optimizers import Adam, Optimizer
from neuralbuilder.engine.shapes import Shapes, infer
from neuralbuilder.engine.splitting import MOST_VALUES

_COPIES_OF_STATE = 5
"""Parameters and optimizer's arrays: in training, the three that the guard can return to, and those
on their way out; the best ones come on top where they are kept."""
_ADAM = Adam()
_COPIES_OF_OUTPUTS = 2
"""Output and its gradient; what a layer needs besides it says by itself."""


@dataclass(frozen=True)
class Memory:
    """Bytes needed in all, and by the layer that needs most (id "" where there is no layer)."""

    total: int
    largest: str
    largest_bytes: int
    parameters: int


def estimate_memory(
    graph: Graph,
    batch_size: int,
    precision: str = "float32",
    samples: int = 0,
    optimizer: Optimizer = _ADAM,
    *,
    keeps_best: bool = False,
) -> Memory:
    """The memory for training with mini-batches of this size on a data set of `samples`.

    `keeps_best` says that the best weights are kept. Layers whose shape is not known yet
    count as nothing.
    """
    size = 8 if precision == "float64" else 4
    shapes = infer(graph)
    per_parameter = _per_parameter(optimizer, size, keeps_best)
    held = _samples_held(graph, shapes, batch_size)
    count, by_node = 0, {}
    for node, inputs in shapes.inputs.items():
        layer = graph.layer(node)
        parameters = sum(prod(p.shape) for p in layer.parameters(inputs))
        copies = 0 if layer.is_view else _COPIES_OF_OUTPUTS
        values = copies * prod(shapes.outputs[node]) + layer.scratch_values(inputs)
        by_node[node] = per_parameter * parameters + size * values * held
        count += parameters
    ends = [*graph.input_ids(), *graph.output_ids()]
    # The data are held as they are (float64), and scaled and shuffled in the network's precision.
    columns = sum(prod(shapes.outputs[node]) for node in ends if node in shapes.outputs)
    data = samples * columns * (8 + 2 * size)
    largest = max(by_node, key=lambda node: by_node[node], default="")
    return Memory(sum(by_node.values()) + data, largest, by_node.get(largest, 0), count)


def _per_parameter(optimizer: Optimizer, size: int, keeps_best: bool) -> int:
    """Bytes for every parameter: its gradient, and copies of it with the optimizer's arrays."""
    copies = (_COPIES_OF_STATE + keeps_best) * (1 + len(optimizer.slots))
    return size * (1 + copies) + 8 * optimizer.work_numbers


def _samples_held(graph: Graph, shapes: Shapes, batch_size: int) -> int:
    """Of how many samples all values are held at once: a very large mini-batch comes in parts."""
    values = sum(prod(shape) for shape in shapes.outputs.values())
    if not values or any(layer.mixes_samples for _, layer in graph.layers):
        return batch_size
    return min(batch_size, max(1, MOST_VALUES // values))
