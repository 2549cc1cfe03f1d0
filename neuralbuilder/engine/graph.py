"""A network as layers and links, without names, positions and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.problems import UserError


@dataclass(frozen=True)
class Graph:
    """Layers by id, and links from id to id.

    A layer may have several sources and several targets. The order of the links into a layer is
    the order of its inputs. A graph may be unfinished; `shapes.infer` says what is missing.
    """

    layers: tuple[tuple[str, Layer], ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _by_id(self) -> Mapping[str, Layer]:
        return dict(self.layers)

    @cached_property
    def _sources(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((target, source) for source, target in self.links)

    @cached_property
    def _targets(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped(self.links)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all layers, in the order in which they are listed."""
        return tuple(node for node, _ in self.layers)

    def __contains__(self, node: object) -> bool:
        return node in self._by_id

    def layer(self, node: str) -> Layer:
        """The layer with this id; raises `KeyError` when there is none."""
        return self._by_id[node]

    def sources(self, node: str) -> tuple[str, ...]:
        """The ids whose outputs this layer reads, in order."""
        return self._sources.get(node, ())

    def targets(self, node: str) -> tuple[str, ...]:
        """The ids that read this layer's output."""
        return self._targets.get(node, ())

    def input_ids(self) -> tuple[str, ...]:
        """The layers through which data come in."""
        return tuple(node for node, layer in self.layers if layer.role == "input")

    def output_ids(self) -> tuple[str, ...]:
        """The layers whose outputs are compared with the targets."""
        return tuple(node for node, layer in self.layers if layer.role == "output")

    def order(self) -> tuple[str, ...]:
        """All ids so that every layer stands after its sources; else as listed.

        Raises `UserError` for an id that is listed twice, a link to an unknown id, or a cycle.
        """
        if len(self._by_id) != len(self.layers):
            raise UserError("Two layers have the same id.", "Give every layer an id of its own.")
        for source, target in self.links:
            unknown = next((node for node in (source, target) if node not in self), None)
            if unknown is not None:
                raise UserError(
                    f"A link leads from {source!r} to {target!r}, but there is no {unknown!r}.",
                    "Remove the link or add the layer.",
                )
        ordered, left = self.sorted_as_far_as_possible()
        if left:
            raise UserError(
                f"The links between {', '.join(left)} form a cycle.",
                "Remove one of these links: values flow from the input to the output only.",
            )
        return ordered

    def sorted_as_far_as_possible(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ids in order, and the ids on or after a cycle."""
        waiting = {node: len([s for s in self.sources(node) if s in self]) for node in self._by_id}
        ready = [node for node in reversed(waiting) if waiting[node] == 0]
        ordered: list[str] = []
        while ready:
            node = ready.pop()
            ordered.append(node)
            for target in reversed(self.targets(node)):
                if target in waiting:
                    waiting[target] -= 1
                    if waiting[target] == 0:
                        ready.append(target)
        placed = set(ordered)
        return tuple(ordered), tuple(node for node in self._by_id if node not in placed)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}
