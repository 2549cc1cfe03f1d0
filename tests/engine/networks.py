"""Small networks and layers that several test files use."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.activations import Activation, Linear, Tanh
from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Dense, Input, Output
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.problems import Problem

LINEAR, TANH = Linear(), Tanh()


def joined(*layers: Layer) -> Graph:
    """A chain with the usual ids."""
    ids = ["input", *(f"hidden_{i}" for i in range(1, len(layers) - 1)), "output"]
    return Graph(tuple(zip(ids, layers, strict=True)), tuple(pairwise(ids)))


def chain(
    *sizes: int, hidden: Activation = TANH, output: Activation = LINEAR, **settings: Any
) -> Graph:
    """Input, dense layers and output of these sizes."""
    return joined(
        Input((sizes[0],)),
        *(Dense(size, activation=hidden, **settings) for size in sizes[1:-1]),
        Output(sizes[-1], activation=output, **settings),
    )


def samples(graph: Graph, count: int = 6, seed: int = 0) -> tuple[Any, Any]:
    """Random inputs, and targets whose rows are shares that add up to 1 (one column: 0 or 1)."""
    random = np.random.default_rng(seed)
    shape = graph.layer(graph.input_ids()[0]).shape  # type: ignore[attr-defined]
    units = graph.layer(graph.output_ids()[0]).units  # type: ignore[attr-defined]
    x = random.normal(size=(count, *shape))
    if units == 1:
        return x, random.integers(0, 2, (count, 1)).astype(float)
    return x, random.dirichlet(np.ones(units), count)


@dataclass(frozen=True)
class Product(Layer):
    """Multiplies two inputs, so that each path's gradient depends on the other path."""

    name: ClassVar[str] = "test_product"
    label: ClassVar[str] = "Product"
    inputs_allowed: ClassVar[tuple[int, int | None]] = (2, 2)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        return inputs[0]

    def build(self, binding: Binding) -> None:
        first, second = binding.inputs
        binding.forward(np.multiply, first, second, binding.output)
        for gradient, other in zip(binding.input_gradients, (second, first), strict=True):
            if gradient is not None:
                binding.backward(np.multiply, binding.output_gradient, other, gradient)


@dataclass(frozen=True)
class WrongTanh(Tanh):
    """A tanh whose derivative is 1 - f instead of 1 - f²."""

    def backward(self, binding: Binding, z: Any, output: Any, gradient: Any, delta: Any) -> None:
        binding.backward(np.subtract, binding.constant(1), output, delta)
        binding.backward(np.multiply, delta, gradient, delta)
