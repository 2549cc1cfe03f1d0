"""What flows through a network: the shape at every layer, and what does not fit yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.problems import Problem


@dataclass(frozen=True)
class Shapes:
    """The result of `infer`.

    `outputs` and `inputs` hold the layers whose shape is known, in the order of computation;
    `problems` says what keeps the others, or the network as a whole, from being computed.
    """

    outputs: dict[str, Shape] = field(default_factory=dict)
    inputs: dict[str, tuple[Shape, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def infer(graph: Graph) -> Shapes:
    """The shapes of all layers as far as they are known. Never raises for an unfinished design."""
    problems = [*_link_problems(graph), *_end_problems(graph)]
    order, cyclic = graph.sorted_as_far_as_possible()
    problems += [_cycle(node) for node in _on_cycles(graph, cyclic)]
    outputs: dict[str, Shape] = {}
    inputs: dict[str, tuple[Shape, ...]] = {}
    for node in order:
        layer, sources = graph.layer(node), graph.sources(node)
        unlinked = _number_of_inputs(layer, len(sources))
        if unlinked is not None:
            problems.append(unlinked.at(node))
        elif all(source in outputs for source in sources):
            known = tuple(outputs[source] for source in sources)
            shape = layer.output_shape(known)
            if isinstance(shape, Problem):
                problems.append(shape.at(node))
            else:
                inputs[node], outputs[node] = known, shape
    return Shapes(outputs, inputs, tuple(problems))


def _link_problems(graph: Graph) -> Iterator[Problem]:
    if len(set(graph.ids)) != len(graph.ids):
        yield Problem("Two layers have the same id.", "Remove one of them.")
    seen: set[tuple[str, str]] = set()
    for source, target in graph.links:
        if source not in graph or target not in graph:
            known = source if source in graph else target if target in graph else ""
            yield Problem("A link leads to a layer that does not exist.", "Remove it.", node=known)
        elif (source, target) in seen:
            yield Problem("Two links join the same layers.", "Remove one of them.", node=target)
        seen.add((source, target))


def _end_problems(graph: Graph) -> Iterator[Problem]:
    inputs, outputs = graph.input_ids(), graph.output_ids()
    for role, found in (("input", inputs), ("output", outputs)):
        if not found:
            yield Problem(f"The network has no {role}.", f"Add an {role.capitalize()} layer.")
        for extra in found[1:]:
            yield Problem(
                f"The network has more than one {role}.", "Remove all but one.", node=extra
            )
    for node, layer in graph.layers:
        if layer.role == "output" and graph.targets(node):
            yield Problem(
                "The output is the end of the network, but a link leads on from it.",
                "Remove the link, or use a hidden layer here.",
                node=node,
            )
        elif layer.role != "output" and outputs and not graph.targets(node):
            yield Problem(
                "The values of this layer go nowhere.",
                "Link it to the next layer.",
                node=node,
                severity="error" if layer.role == "input" else "warning",
            )


def _on_cycles(graph: Graph, candidates: tuple[str, ...]) -> list[str]:
    """Those candidates that lie on a cycle, without the ones that only come after one."""
    left = set(candidates)
    while True:
        ends = {node for node in left if not left.intersection(graph.targets(node))}
        if not ends:
            return [node for node in candidates if node in left]
        left -= ends


def _cycle(node: str) -> Problem:
    return Problem(
        "This layer's output leads back to its own input.",
        "Remove one link of the cycle: values flow from the input to the output only.",
        node=node,
    )


def _number_of_inputs(layer: Layer, count: int) -> Problem | None:
    least, most = layer.inputs_allowed
    if count < least:
        needed = "an input" if least == 1 else f"at least {least} inputs"
        return Problem(
            f"This layer needs {needed}, and has {count or 'none'}.",
            "Link the layer before it to this one.",
        )
    if most is not None and count > most:
        return Problem(
            f"{count} links lead into this layer, which reads {most or 'none'}.",
            "Remove links until one is left." if most == 1 else "Remove the links into it.",
        )
    return None
