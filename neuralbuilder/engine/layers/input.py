"""The input layer: the space the data come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers.base import Layer, Role, Shape
from neuralbuilder.parts import register, shape
from neuralbuilder.problems import Problem


@register("input", "Input", "ℝⁿ")
@dataclass(frozen=True)
class Input(Layer):
    """Hands the data to the network unchanged: one neuron per input value.

    It has no activation and no weights, because nothing is computed here.
    """

    family: ClassVar[str] = "Basic"
    role: ClassVar[Role] = "input"
    stem: ClassVar[str] = "input"
    inputs_allowed: ClassVar[tuple[int, int | None]] = (0, 0)

    shape: Shape = shape(
        (2,), "Shape", help="Number of input values, or channels × height × width of an image."
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape itself."""
        return self.shape

    def build(self, binding: Binding) -> None:
        """Nothing to compute: the program's input array is this layer's output."""
