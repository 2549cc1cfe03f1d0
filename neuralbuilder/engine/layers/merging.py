"""Where branches of a network join: sums, and one behind the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers.base import Layer, Shape, sizes
from neuralbuilder.parts import register
from neuralbuilder.problems import Problem


@register("add", "Add", "x₁+x₂")
@dataclass(frozen=True)
class Add(Layer):
    """Adds two or more inputs of one shape, value by value: a path around layers, as in residual
    networks.

    He, Zhang, Ren and Sun (2016), equation 1.
    """

    family: ClassVar[str] = "Shape and merging"
    stem: ClassVar[str] = "add"
    inputs_allowed: ClassVar[tuple[int, int | None]] = (2, None)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape that all inputs have."""
        first = inputs[0]
        other = next((shape for shape in inputs if shape != first), None)
        if other is None:
            return first
        return Problem(
            f"Only equal shapes can be added, but {sizes(first)} and {sizes(other)} arrive.",
            "Give the layers before it equal sizes, or use Concatenate.",
        )

    def build(self, binding: Binding) -> None:
        """Append the sum, and the gradient itself back to every input."""
        output = binding.output
        first, *others = binding.inputs
        for before, values in zip([first, *[output] * len(others)], others, strict=False):
            binding.forward(np.add, before, values, output)
        for back in binding.input_gradients:
            if back is not None:
                binding.backward(np.copyto, back, binding.output_gradient)


@register("concatenate", "Concatenate", "[x₁, x₂]")
@dataclass(frozen=True)
class Concatenate(Layer):
    """Puts inputs one behind the other, in the order of their links: vectors to a longer vector,
    images of equal height and width to an image with the channels of all.

    Huang, Liu, van der Maaten and Weinberger (2017), equation 2.
    """

    family: ClassVar[str] = "Shape and merging"
    stem: ClassVar[str] = "concatenate"
    inputs_allowed: ClassVar[tuple[int, int | None]] = (2, None)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """(units of all,), or (channels of all, height, width)."""
        first = inputs[0]
        other = next((shape for shape in inputs if shape[1:] != first[1:]), None)
        if other is None:
            return (sum(shape[0] for shape in inputs), *first[1:])
        if len(first) == len(other):
            return Problem(
                "Images can be concatenated where height and width are equal, but "
                f"{sizes(first)} and {sizes(other)} arrive.",
                "Give the images equal heights and widths, by padding or pooling.",
            )
        return Problem(
            "Vectors go with vectors and images with images, but "
            f"{sizes(first)} and {sizes(other)} arrive.",
            "Put a Flatten layer after the image.",
        )

    def build(self, binding: Binding) -> None:
        """Append a copy of every input into its part of the output, and of the gradients back."""
        start = 0
        for values, back in zip(binding.inputs, binding.input_gradients, strict=True):
            part = slice(start, start + len(values))
            start = part.stop
            binding.forward(np.copyto, binding.output[part], values)
            if back is not None:
                assert binding.output_gradient is not None
                binding.backward(np.copyto, back, binding.output_gradient[part])
