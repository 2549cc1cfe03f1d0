"""Activations that squeeze any number into a bounded range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.activations.base import Activation
from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.parts import register


@register("sigmoid", "Sigmoid", "1/(1+e⁻ᶻ)")
@dataclass(frozen=True)
class Sigmoid(Activation):
    """Squeezes any number into 0…1, like a probability; for the output of a yes-or-no question."""

    rising: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """1 / (1 + e⁻ᶻ)."""
        with np.errstate(over="ignore"):
            return np.asarray(1.0 / (1.0 + np.exp(-z)))

    def derivative(self, z: Array) -> Array | None:
        """f·(1 - f)."""
        s = self.value(z)
        return np.asarray(s * (1.0 - s))

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Four steps in place."""
        sigmoid_steps(binding, z, output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient·f·(1 - f)."""
        binding.backward(np.subtract, binding.constant(1), output, delta)
        binding.backward(np.multiply, delta, output, delta)
        binding.backward(np.multiply, delta, gradient, delta)


def sigmoid_steps(binding: Binding, z: Array, output: Array) -> None:
    """Append 1 / (1 + e⁻ᶻ). An overflow of e⁻ᶻ to infinity gives the right answer, 0."""
    binding.forward(np.negative, z, output)
    binding.forward(np.exp, output, output)
    binding.forward(np.add, output, binding.constant(1), output)
    binding.forward(np.reciprocal, output, output)


@register("tanh", "Tanh", "tanh z")
@dataclass(frozen=True)
class Tanh(Activation):
    """Squeezes any number into -1…1, symmetric about 0; a good first choice for hidden layers."""

    rising: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """Tanh z."""
        return np.asarray(np.tanh(z))

    def derivative(self, z: Array) -> Array | None:
        """1 - f²."""
        return np.asarray(1.0 - np.tanh(z) ** 2)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """One step."""
        binding.forward(np.tanh, z, output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient·(1 - f²)."""
        binding.backward(np.multiply, output, output, delta)
        binding.backward(np.subtract, binding.constant(1), delta, delta)
        binding.backward(np.multiply, delta, gradient, delta)


@register("softsign", "Softsign", "z/(1+|z|)")
@dataclass(frozen=True)
class Softsign(Activation):
    """Squeezes any number into -1…1 like tanh, but approaches the ends much more slowly.

    Bergstra, Desjardins, Lamblin and Bengio (2009).
    """

    rising: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """The quotient z / (1 + |z|)."""
        return np.asarray(z / (1.0 + np.abs(z)))

    def derivative(self, z: Array) -> Array | None:
        """1 / (1 + |z|)²."""
        return np.asarray(1.0 / (1.0 + np.abs(z)) ** 2)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Three steps; the divisor is kept for the way back."""
        divisor = binding.scratch("divisor", z.shape)
        binding.forward(np.absolute, z, divisor)
        binding.forward(np.add, divisor, binding.constant(1), divisor)
        binding.forward(np.divide, z, divisor, output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient / (1 + |z|)²."""
        divisor = binding.scratch("divisor", z.shape)
        binding.backward(np.divide, gradient, divisor, delta)
        binding.backward(np.divide, delta, divisor, delta)


@register("hard_sigmoid", "Hard sigmoid", "min(1, max(0, z/6+½))")
@dataclass(frozen=True)
class HardSigmoid(Activation):
    """A sigmoid made of three straight lines: 0 below z = -3, 1 above z = 3; cheap to compute.

    With the slope 1/6 of Howard et al. (2019), as in PyTorch. Nothing is learned beyond ±3.
    """

    rising: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """The line z/6 + ½, cut off at 0 and 1."""
        return np.asarray(np.clip(z * (1.0 / 6.0) + 0.5, 0.0, 1.0))

    def derivative(self, z: Array) -> Array | None:
        """1/6 between -3 and 3, else 0."""
        return np.where(np.abs(z) < 3.0, 1.0 / 6.0, 0.0).astype(np.asarray(z).dtype)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Four steps in place."""
        binding.forward(np.multiply, z, binding.constant(1.0 / 6.0), output)
        binding.forward(np.add, output, binding.constant(0.5), output)
        binding.forward(np.maximum, output, binding.filled(0, z.shape), out=output)
        binding.forward(np.minimum, output, binding.filled(1, z.shape), out=output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient/6 where the output is neither 0 nor 1."""
        # f·(1 - f) is positive on the slope and 0 on both flat parts, so its sign tells them apart.
        binding.backward(np.subtract, binding.constant(1), output, delta)
        binding.backward(np.multiply, delta, output, delta)
        binding.backward(np.sign, delta, delta)
        binding.backward(np.multiply, delta, binding.constant(1.0 / 6.0), delta)
        binding.backward(np.multiply, delta, gradient, delta)
