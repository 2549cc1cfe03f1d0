"""The contract of a layer: settings, a shape rule and a kernel, and no arrays of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.initializers import Initializer
from neuralbuilder.parts import Part
from neuralbuilder.problems import Problem

Shape = tuple[int, ...]
Role = Literal["input", "hidden", "output"]


@dataclass(frozen=True)
class Parameter:
    """One trainable array of a layer: its name (``W``), shape and where its numbers come from.

    `initial` None means zeros. `fan_in` and `fan_out` are the numbers of connections into and out
    of one neuron, as the initializers need them. `decays` says whether L1 and L2 apply.
    """

    name: str
    shape: Shape
    initial: Initializer | None
    fan_in: int
    fan_out: int
    decays: bool


class Layer(Part):
    """Base of all layers. A shape is (units,) or (channels, height, width), without the batch.

    `stem` is how ids of this layer begin; `inputs_allowed` is the least and the largest number of
    links into it (None: any number).
    """

    kind: ClassVar[str] = "layer"
    role: ClassVar[Role] = "hidden"
    stem: ClassVar[str] = "hidden"
    inputs_allowed: ClassVar[tuple[int, int | None]] = (1, 1)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape of one output for inputs of these shapes, or what does not fit."""
        raise NotImplementedError

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The trainable arrays for inputs of these shapes, in the order of storage."""
        return ()

    def penalties(self) -> tuple[float, float]:
        """The strengths of L1 and L2 on this layer's weights."""
        return 0.0, 0.0

    def build(self, binding: Binding) -> None:
        """Append the steps of one forward and one backward pass over the arrays of `binding`."""
        raise NotImplementedError
