"""Where every weight lies in the network's one flat array."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Parameter, Shape
from neuralbuilder.engine.shapes import Shapes

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Entry:
    """One parameter: ``hidden_1/W`` belongs to node ``hidden_1`` and is its parameter ``W``.

    It takes the stretch from `start` to `stop` of the flat array, row by row. `l1` and `l2` are
    the layer's own strengths, 0 where the parameter does not decay. What is not `trainable` has the
    gradient 0.
    """

    name: str
    node: str
    parameter: str
    shape: Shape
    start: int
    stop: int
    decays: bool
    l1: float
    l2: float
    trainable: bool = True

    @property
    def count(self) -> int:
        """How many values it has."""
        return self.stop - self.start


@dataclass(frozen=True)
class Layout:
    """All parameters of a network in their order, and the size of the flat array."""

    entries: tuple[Entry, ...] = ()
    size: int = 0

    @cached_property
    def _by_name(self) -> dict[str, Entry]:
        return {entry.name: entry for entry in self.entries}

    @cached_property
    def _by_node(self) -> dict[str, tuple[Entry, ...]]:
        groups: dict[str, tuple[Entry, ...]] = {}
        for entry in self.entries:
            groups[entry.node] = (*groups.get(entry.node, ()), entry)
        return groups

    @property
    def trainable_count(self) -> int:
        """How many values the gradient moves."""
        return sum(entry.count for entry in self.entries if entry.trainable)

    def trainable_of(self, node: str) -> int:
        """How many values of one layer the gradient moves."""
        return sum(entry.count for entry in self.of(node) if entry.trainable)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parameters, in order."""
        return tuple(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def entry(self, name: str) -> Entry:
        """The entry of this name; raises `KeyError` when there is none."""
        return self._by_name[name]

    def of(self, node: str) -> tuple[Entry, ...]:
        """The entries of one layer, in order."""
        return self._by_node.get(node, ())

    def decaying(self, stretch: slice) -> tuple[slice, ...]:
        """The parts of a stretch of the flat array that belong to weights, which decay."""
        parts = (
            slice(max(e.start, stretch.start), min(e.stop, stretch.stop))
            for e in self.entries
            if e.decays
        )
        return tuple(part for part in parts if part.start < part.stop)

    def views(self, flat: FloatArray) -> dict[str, FloatArray]:
        """Every parameter as an array of its own shape that shares the memory of `flat`."""
        return {e.name: flat[e.start : e.stop].reshape(e.shape) for e in self.entries}


def layout(graph: Graph, shapes: Shapes) -> Layout:
    """The layout of all layers whose shapes are known, in the order of computation."""
    entries: list[Entry] = []
    start = 0
    for node, inputs in shapes.inputs.items():
        layer = graph.layer(node)
        for parameter in layer.parameters(inputs):
            l1, l2 = layer.penalties() if parameter.decays else (0.0, 0.0)
            entries.append(_entry(node, parameter, start, l1, l2))
            start = entries[-1].stop
    return Layout(tuple(entries), start)


def _entry(node: str, parameter: Parameter, start: int, l1: float, l2: float) -> Entry:
    return Entry(
        name=f"{node}/{parameter.name}",
        node=node,
        parameter=parameter.name,
        shape=parameter.shape,
        start=start,
        stop=start + prod(parameter.shape),
        decays=parameter.decays,
        l1=l1,
        l2=l2,
        trainable=parameter.trainable,
    )
