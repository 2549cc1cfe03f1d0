"""The same values under another shape. Nothing is computed and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt, prod
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers.base import Layer, Shape, sizes
from neuralbuilder.parts import register, shape
from neuralbuilder.problems import Fix, Problem


@register("flatten", "Flatten", "c·h·w")
@dataclass(frozen=True)
class Flatten(Layer):
    """Lays all values of an image in one vector: channel by channel, row by row.

    It has no weights and no activation, and can be undone exactly.
    """

    family: ClassVar[str] = "Shape and merging"
    stem: ClassVar[str] = "flatten"
    is_view: ClassVar[bool] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """(channels · height · width,)."""
        return (prod(inputs[0]),)

    def build(self, binding: Binding) -> None:
        """Nothing, where the output is the memory of the input; else a copy."""
        pass_on(binding)


@register("reshape", "Reshape", "ℝⁿ → c×h×w")
@dataclass(frozen=True)
class Reshape(Layer):
    """Makes an image of a vector, or another image of an image, value by value in order."""

    family: ClassVar[str] = "Shape and merging"
    stem: ClassVar[str] = "reshape"
    is_view: ClassVar[bool] = True

    shape: Shape = shape(
        (1, 2, 2),
        "Shape",
        main=True,
        needed=True,
        help="One size, or channels × height × width, of as many values.",
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape itself, for inputs of as many values."""
        given, wanted = prod(inputs[0]), prod(self.shape)
        if given == wanted:
            return self.shape
        return Problem(
            f"{sizes(self.shape)} takes {wanted} values, but {given} arrive.",
            f"Choose sizes whose product is {given}.",
            setting="shape",
            fix=_square(given),
        )

    def build(self, binding: Binding) -> None:
        """Nothing, where the output is the memory of the input; else a copy."""
        pass_on(binding)


def _square(values: int) -> Fix | None:
    """One square image of so many values, where there is one."""
    side = isqrt(values)
    if side * side != values:
        return None
    return Fix(f"Use {sizes((1, side, side))}", (("shape", (1, side, side)),))


def pass_on(binding: Binding) -> None:
    """Append what makes the output the input: nothing where they are one memory, else copies."""
    values, output = binding.inputs[0], binding.output
    if not np.may_share_memory(values, output):
        binding.forward(np.copyto, output.reshape(values.shape), values)
    gradient, back = binding.output_gradient, binding.input_gradients[0]
    if gradient is not None and back is not None and not np.may_share_memory(gradient, back):
        binding.backward(np.copyto, back, gradient.reshape(back.shape))
