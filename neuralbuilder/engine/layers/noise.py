"""Noise while training, so that a network cannot lean on single values."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.engine.layers.reshaping import pass_on
from neuralbuilder.parts import number, register
from neuralbuilder.problems import Problem

_LARGEST_RATE = 0.999_999


@register("dropout", "Dropout", "x·m")
@dataclass(frozen=True)
class Dropout(Layer):
    """While training, sets values to 0 by chance, anew at every step; afterwards it does nothing.

    What is left is divided by 1 − rate, so that its mean stays as it was: output = x·m/(1 − rate)
    with m = 1 with probability 1 − rate, else 0. Srivastava, Hinton, Krizhevsky, Sutskever and
    Salakhutdinov (2014), section 4, scaled while training as in section 10.
    """

    family: ClassVar[str] = "Noise and normalisation"
    stem: ClassVar[str] = "dropout"
    draws_noise: ClassVar[bool] = True

    rate: float = number(
        0.5, "Rate", minimum=0.0, maximum=_LARGEST_RATE, unit="%", main=True,
        help="The share of values that is set to 0 at every step; below 1.",
    )  # fmt: skip

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape of the input."""
        return inputs[0]

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """The mask."""
        return prod(inputs[0])

    def build(self, binding: Binding) -> None:
        """Append a mask of zeros and 1/(1 − rate) for values, and for their gradients back."""
        if not binding.training or self.rate == 0:
            pass_on(binding)
            return
        mask = binding.scratch("mask", binding.output.shape)
        binding.forward(_generator(binding).random, dtype=binding.dtype, out=mask)
        # Rounded up, a number from -rate to 1 - rate becomes 0 or 1.
        binding.forward(np.subtract, mask, binding.constant(self.rate), mask)
        binding.forward(np.ceil, mask, mask)
        binding.forward(np.multiply, mask, binding.constant(1.0 / (1.0 - self.rate)), mask)
        binding.forward(np.multiply, binding.inputs[0], mask, binding.output)
        gradient, back = binding.output_gradient, binding.input_gradients[0]
        if gradient is not None and back is not None:
            binding.backward(np.multiply, gradient, mask, back)


@register("noise", "Gaussian noise", "x+σ·ε")
@dataclass(frozen=True)
class GaussianNoise(Layer):
    """While training, adds normal noise to every value, anew at every step; afterwards it does
    nothing.

    output = x + σ·ε with ε of mean 0 and deviation 1. Bishop (1995), "Training with noise is
    equivalent to Tikhonov regularization".
    """

    family: ClassVar[str] = "Noise and normalisation"
    stem: ClassVar[str] = "noise"
    draws_noise: ClassVar[bool] = True

    deviation: float = number(
        0.1, "Deviation", minimum=0.0, maximum=1e6, main=True,
        help="The standard deviation σ of the noise, in units of the values.",
    )  # fmt: skip

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape of the input."""
        return inputs[0]

    def build(self, binding: Binding) -> None:
        """Append input plus noise, and the gradient itself back."""
        if not binding.training or self.deviation == 0:
            pass_on(binding)
            return
        output = binding.output
        normal = _generator(binding).standard_normal
        binding.forward(normal, dtype=binding.dtype, out=output)
        binding.forward(np.multiply, output, binding.constant(self.deviation), output)
        binding.forward(np.add, output, binding.inputs[0], output)
        gradient, back = binding.output_gradient, binding.input_gradients[0]
        if gradient is not None and back is not None:
            binding.backward(np.copyto, back, gradient)


def _generator(binding: Binding) -> np.random.Generator:
    if binding.random is None:
        raise ValueError(f"{binding.node} draws noise: give the program a generator, random=…")
    return binding.random
