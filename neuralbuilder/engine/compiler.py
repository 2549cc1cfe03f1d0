"""From a graph to bound steps over preallocated arrays.

Nothing here assumes a chain: a layer may have several sources, and where an output has several
readers, each writes a gradient of its own and one more step adds them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralbuilder.engine.binding import (
    Array,
    Binding,
    Buffer,
    Step,
    input_buffer,
    output_buffer,
    plain_array,
    viewed_buffer,
)

if TYPE_CHECKING:
    from neuralbuilder.engine.network import Network


@dataclass(frozen=True)
class Options:
    """What a program is compiled for.

    `gradient` is the flat array for ∂L/∂parameters, None when nothing is learned;
    `input_gradient` asks for ∂L/∂input as well; `delta_given` says that the loss writes ∂L/∂z of
    the output layer.
    """

    batch: int
    parameters: Array
    gradient: Array | None = None
    training: bool = False
    random: np.random.Generator | None = None
    input_gradient: bool = False
    delta_given: bool = False


@dataclass(frozen=True, eq=False)
class Compiled:
    """The bound layers in order of computation, and the steps of both passes."""

    buffers: Mapping[str, Buffer]
    bindings: Mapping[str, Binding]
    forward: tuple[Step, ...]
    backward: tuple[Step, ...]


def compile_network(network: Network, options: Options) -> Compiled:
    """Allocate the arrays of all layers and let every layer append its steps."""
    graph = network.graph
    buffers = _buffers(network, options)
    gradients = _Gradients(network, options, buffers)
    bindings: dict[str, Binding] = {}
    for node in network.shapes.outputs:
        bindings[node] = _bind(network, options, node, buffers, gradients)
        _postpone(network, options, node, bindings)
    for node, binding in bindings.items():
        graph.layer(node).build(binding)
    backward: list[Step] = []
    for node in reversed(bindings):
        backward += gradients.sums.get(node, [])
        backward += bindings[node].backward_steps
    forward = [step for binding in bindings.values() for step in binding.forward_steps]
    return Compiled(buffers, bindings, tuple(forward), tuple(backward))


def _buffers(network: Network, options: Options) -> dict[str, Buffer]:
    graph, buffers = network.graph, dict[str, Buffer]()
    for node, shape in network.shapes.outputs.items():
        layer = graph.layer(node)
        passes_on = layer.is_view or (layer.draws_noise and not options.training)
        view = viewed_buffer(buffers[graph.sources(node)[0]], shape) if passes_on else None
        new = input_buffer if layer.role == "input" else output_buffer
        buffers[node] = new(shape, options.batch, network.dtype) if view is None else view
    return buffers


def _postpone(
    network: Network, options: Options, node: str, bindings: Mapping[str, Binding]
) -> None:
    """Leave bias and activation of the layer before to this one, where that saves work.

    Max pooling after a rising activation gives the same as max pooling before it, on a quarter of
    the data. Only while training: whoever looks at the layers wants to see each layer's own output.
    """
    graph = network.graph
    if not (options.training and options.gradient is not None and graph.layer(node).selects):
        return
    (source,) = graph.sources(node)
    layer = graph.layer(source)
    if layer.can_wait and graph.targets(source) == (node,) and bindings[source].learns:
        bindings[source].waits = True
        bindings[node].waiting = (layer, bindings[source])


@dataclass(eq=False)
class _Gradients:
    """The arrays that carry ∂L/∂output back: one per node, and one per link where paths join."""

    network: Network
    options: Options
    buffers: Mapping[str, Buffer]
    of_node: dict[str, Array] = field(default_factory=dict)
    of_link: dict[tuple[str, str], Array] = field(default_factory=dict)
    sums: dict[str, list[Step]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.options.gradient is None:
            return
        learning = _learning_nodes(self.network, self.options.input_gradient)
        for node in self.network.shapes.outputs:
            if node in learning:
                self._allocate(node, [t for t in self.network.graph.targets(node) if t in learning])

    def _allocate(self, node: str, readers: list[str]) -> None:
        view = self._view(node)
        self.of_node[node] = self._array(node) if view is None else view
        if len(readers) == 1:
            self.of_link[node, readers[0]] = self.of_node[node]
        elif readers:
            parts = [self._array(node) for _ in readers]
            self.of_link |= {
                (node, reader): part for reader, part in zip(readers, parts, strict=True)
            }
            self.sums[node] = _sum_steps(parts, self.of_node[node])

    def _view(self, node: str) -> Array | None:
        """Where values are the memory of the layer before, their gradients are too."""
        for source in self.network.graph.sources(node):
            of_link = self.of_link.get((source, node))
            shared = self.buffers[node].with_one is self.buffers[source].with_one
            if of_link is not None and shared:
                return of_link.reshape(*self.network.shapes.outputs[node], -1)
        return None

    def _array(self, node: str) -> Array:
        shape = self.network.shapes.outputs[node]
        return plain_array(shape, self.options.batch, self.network.dtype)


def _sum_steps(parts: list[Array], total: Array) -> list[Step]:
    steps: list[Step] = [partial(np.add, parts[0], parts[1], total)]
    return steps + [partial(np.add, total, part, total) for part in parts[2:]]


def _learning_nodes(network: Network, input_gradient: bool) -> set[str]:
    """The layers a gradient must reach: those between a trainable array and the output."""
    graph, order = network.graph, tuple(network.shapes.outputs)
    with_parameters = {entry.node for entry in network.layout.entries if entry.trainable}
    needed: set[str] = set()
    for node in order:
        wanted = node in with_parameters or (input_gradient and node == network.input_id)
        if wanted or needed.intersection(graph.sources(node)):
            needed.add(node)
    reaching = {network.output_id}
    for node in reversed(order):
        if reaching.intersection(graph.targets(node)):
            reaching.add(node)
    return needed & reaching


def _bind(
    network: Network,
    options: Options,
    node: str,
    buffers: Mapping[str, Buffer],
    gradients: _Gradients,
) -> Binding:
    sources = network.graph.sources(node)
    flat_gradient = options.gradient if node in gradients.of_node else None
    return Binding(
        node=node,
        batch=options.batch,
        dtype=network.dtype,
        inputs=tuple(buffers[source].values for source in sources),
        inputs_with_one=tuple(buffers[source].with_one for source in sources),
        output=buffers[node].values,
        input_gradients=tuple(gradients.of_link.get((source, node)) for source in sources),
        output_gradient=gradients.of_node.get(node),
        parameters=_views(network, node, options.parameters),
        gradients=_views(network, node, flat_gradient, trainable_only=True),
        stacked=_stacked(network, node, options.parameters),
        stacked_gradient=_stacked(network, node, flat_gradient),
        training=options.training,
        delta_given=options.delta_given and node == network.output_id,
        random=options.random,
    )


def _views(
    network: Network, node: str, flat: Array | None, trainable_only: bool = False
) -> dict[str, Any]:
    if flat is None:
        return {}
    entries = [e for e in network.layout.of(node) if e.trainable or not trainable_only]
    return {e.parameter: flat[e.start : e.stop].reshape(e.shape) for e in entries}


def _stacked(network: Network, node: str, flat: Array | None) -> Array | None:
    """All parameters of a layer as the rows of one matrix, where their rows are equally long."""
    entries = network.layout.of(node)
    if flat is None or not entries or any(len(e.shape) > 2 for e in entries):
        return None
    if len({e.shape[-1] for e in entries}) > 1:
        return None
    return flat[entries[0].start : entries[-1].stop].reshape(-1, entries[0].shape[-1])
