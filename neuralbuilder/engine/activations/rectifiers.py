"""Activations that pass positive numbers and hold back negative ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.activations.base import Activation
from neuralbuilder.engine.activations.squashing import Sigmoid, sigmoid_steps
from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.parts import number, register

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
_GELU_LINEAR = 2.0 * math.sqrt(2.0 / math.pi)
_GELU_CUBIC = 0.044715 * _GELU_LINEAR


@register("relu", "ReLU", "max(0, z)")
@dataclass(frozen=True)
class Relu(Activation):
    """Passes positive numbers and turns the rest to 0; fast, and good in deep networks."""

    rising: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """max(0, z)."""
        return np.maximum(z, np.zeros((), np.asarray(z).dtype))

    def derivative(self, z: Array) -> Array | None:
        """1 where z is positive, else 0."""
        return np.asarray(np.greater(z, 0), dtype=np.asarray(z).dtype)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """One step."""
        binding.forward(np.maximum, z, binding.filled(0, z.shape), out=output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient where the output is positive."""
        # The output is never negative, so its sign is the derivative: 0 or 1.
        binding.backward(np.sign, output, delta)
        binding.backward(np.multiply, delta, gradient, delta)


@register("leaky_relu", "Leaky ReLU", "max(a·z, z)")
@dataclass(frozen=True)
class LeakyRelu(Activation):
    """Like ReLU, but negative numbers keep a small slope, so that no neuron stops learning."""

    rising: ClassVar[bool] = True

    slope: float = number(
        0.01, "Slope", minimum=0.0, maximum=1.0, help="The slope a for negative z."
    )

    def value(self, z: Array) -> Array:
        """Z where positive, else slope·z."""
        return np.asarray(np.where(z > 0, z, self.slope * z))

    def derivative(self, z: Array) -> Array | None:
        """1 where z is positive, else the slope."""
        return np.where(z > 0, 1.0, self.slope).astype(np.asarray(z).dtype)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """The larger of z and slope·z."""
        binding.forward(np.multiply, z, binding.constant(self.slope), output)
        binding.forward(np.maximum, z, output, out=output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient·slope, and the gradient itself where z is positive."""
        # The slope is at most 1, so the larger of it and the sign of z is the derivative.
        binding.backward(np.sign, z, delta)
        binding.backward(np.maximum, delta, binding.filled(self.slope, z.shape), out=delta)
        binding.backward(np.multiply, delta, gradient, delta)


@register("elu", "ELU", "z, or α·(eᶻ-1)")
@dataclass(frozen=True)
class Elu(Activation):
    """Like ReLU, but bends smoothly towards -α for negative sums, so the mean stays near 0.

    Clevert, Unterthiner and Hochreiter (2016).
    """

    rising: ClassVar[bool] = True

    alpha: float = number(
        1.0, "α", minimum=0.0, maximum=100.0, help="The value approached for negative z is -α."
    )

    def value(self, z: Array) -> Array:
        """Z where positive, else α·(e^z - 1)."""
        return _exponential_value(z, 1.0, self.alpha)

    def derivative(self, z: Array) -> Array | None:
        """1 where z is positive, else α·e^z."""
        return _exponential_derivative(z, 1.0, self.alpha)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Positive and negative part apart, then their sum."""
        _exponential_forward(binding, z, output, 1.0, self.alpha)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient·(f + α), and the gradient itself where z is positive."""
        _exponential_backward(binding, output, gradient, delta, 1.0, self.alpha)


@register("selu", "SELU", "λ·ELU(z)")
@dataclass(frozen=True)
class Selu(Activation):
    """An ELU scaled so that deep layers keep mean 0 and deviation 1; use LeCun initial weights.

    λ·z for positive z, else λ·α·(e^z - 1), with λ = 1.0507… and α = 1.6732… of Klambauer,
    Unterthiner, Mayr and Hochreiter (2017).
    """

    rising: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """λ·z where positive, else λ·α·(e^z - 1)."""
        return _exponential_value(z, _SELU_SCALE, _SELU_ALPHA)

    def derivative(self, z: Array) -> Array | None:
        """The scale λ where z is positive, else λ·α·e^z."""
        return _exponential_derivative(z, _SELU_SCALE, _SELU_ALPHA)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Positive and negative part apart, then their sum."""
        _exponential_forward(binding, z, output, _SELU_SCALE, _SELU_ALPHA)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient·(f + λ·α), and gradient·λ where z is positive."""
        _exponential_backward(binding, output, gradient, delta, _SELU_SCALE, _SELU_ALPHA)


def _exponential_value(z: Array, scale: float, alpha: float) -> Array:
    bent = scale * alpha * np.expm1(np.minimum(z, 0.0))
    return np.asarray(np.where(z > 0, scale * z, bent))


def _exponential_derivative(z: Array, scale: float, alpha: float) -> Array:
    bent = scale * alpha * np.exp(np.minimum(z, 0.0))
    return np.where(z > 0, scale, bent).astype(np.asarray(z).dtype)


def _exponential_forward(
    binding: Binding, z: Array, output: Array, scale: float, alpha: float
) -> None:
    # e^z - 1 instead of expm1, which is many times slower: the rounding is that of numbers near 1,
    # as in every sum that reads this output.
    positive, zeros = binding.scratch("positive", z.shape), binding.filled(0, z.shape)
    binding.forward(np.minimum, z, zeros, out=output)
    binding.forward(np.exp, output, output)
    binding.forward(np.subtract, output, binding.constant(1), output)
    if scale * alpha != 1.0:
        binding.forward(np.multiply, output, binding.constant(scale * alpha), output)
    binding.forward(np.maximum, z, zeros, out=positive)
    if scale != 1.0:
        binding.forward(np.multiply, positive, binding.constant(scale), positive)
    binding.forward(np.add, output, positive, output)


def _exponential_backward(
    binding: Binding,
    output: Array,
    gradient: Array,
    delta: Array,
    scale: float,
    alpha: float,
) -> None:
    # Below 0 the derivative scale·α·e^z is f + scale·α; above it, min(f, 0) + scale·α lacks
    # scale·(1 - α). Sums, because masks would take many times as long.
    binding.backward(np.minimum, output, binding.filled(0, output.shape), out=delta)
    binding.backward(np.add, delta, binding.constant(scale * alpha), delta)
    if alpha != 1.0:
        lacking = binding.scratch("lacking", output.shape)
        binding.backward(np.sign, binding.scratch("positive", output.shape), lacking)
        binding.backward(np.multiply, lacking, binding.constant(scale * (1.0 - alpha)), lacking)
        binding.backward(np.add, delta, lacking, delta)
    binding.backward(np.multiply, delta, gradient, delta)


@register("gelu", "GELU", "≈ z·Φ(z)")
@dataclass(frozen=True)
class Gelu(Activation):
    """A smooth ReLU: z times the share of a normal distribution below z, in the usual tanh form.

    ½·z·(1 + tanh u) with u = √(2/π)·(z + 0.044715·z³), Hendrycks and Gimpel (2016), which is within
    0.0005 of z·Φ(z); PyTorch's ``approximate="tanh"``. Computed as the same z / (1 + e^(-2u)),
    which has no cancellation for negative z.
    """

    def value(self, z: Array) -> Array:
        """The quotient z / (1 + e^(-2u))."""
        return np.asarray(z * Sigmoid().value(_gelu_argument(z)))

    def derivative(self, z: Array) -> Array | None:
        """With s = 1 / (1 + e^(-2u)): s + f·(1 - s)·2u′."""
        s = Sigmoid().value(_gelu_argument(z))
        rise = _GELU_LINEAR + 3.0 * _GELU_CUBIC * np.square(z)
        return np.asarray(s + z * s * (1.0 - s) * rise)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """2u, its sigmoid, which is kept for the way back, and that times z."""
        s = binding.scratch("share", z.shape)
        binding.forward(np.multiply, z, z, s)
        binding.forward(np.multiply, s, binding.constant(_GELU_CUBIC), s)
        binding.forward(np.add, s, binding.constant(_GELU_LINEAR), s)
        binding.forward(np.multiply, s, z, s)
        sigmoid_steps(binding, s, s)
        binding.forward(np.multiply, z, s, output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient·(s + f·(1 - s)·2u′)."""
        s, falling = binding.scratch("share", z.shape), binding.scratch("rest", z.shape)
        binding.backward(np.multiply, z, z, delta)
        binding.backward(np.multiply, delta, binding.constant(3.0 * _GELU_CUBIC), delta)
        binding.backward(np.add, delta, binding.constant(_GELU_LINEAR), delta)
        binding.backward(np.subtract, binding.constant(1), s, falling)
        binding.backward(np.multiply, falling, output, falling)
        binding.backward(np.multiply, delta, falling, delta)
        binding.backward(np.add, delta, s, delta)
        binding.backward(np.multiply, delta, gradient, delta)


def _gelu_argument(z: Array) -> Array:
    return np.asarray(z * (_GELU_LINEAR + _GELU_CUBIC * np.square(z)))


@register("silu", "SiLU (swish)", "z/(1+e⁻ᶻ)")
@dataclass(frozen=True)
class Silu(Activation):
    """A smooth ReLU that dips a little below 0 before it rises: z times its own sigmoid.

    Elfwing, Uchibe and Doya (2018); swish with β = 1 of Ramachandran, Zoph and Le (2017).
    """

    def value(self, z: Array) -> Array:
        """The quotient z / (1 + e⁻ᶻ)."""
        return np.asarray(z * Sigmoid().value(z))

    def derivative(self, z: Array) -> Array | None:
        """With s the sigmoid of z: s + f·(1 - s)."""
        s = Sigmoid().value(z)
        return np.asarray(s + z * s * (1.0 - s))

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """The sigmoid, which is kept for the way back, times z."""
        s = binding.scratch("sigmoid", z.shape)
        sigmoid_steps(binding, z, s)
        binding.forward(np.multiply, z, s, output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient·(s + f·(1 - s))."""
        s = binding.scratch("sigmoid", z.shape)
        binding.backward(np.subtract, binding.constant(1), s, delta)
        binding.backward(np.multiply, delta, output, delta)
        binding.backward(np.add, delta, s, delta)
        binding.backward(np.multiply, delta, gradient, delta)


@register("softplus", "Softplus", "ln(1+eᶻ)")
@dataclass(frozen=True)
class Softplus(Activation):
    """A smooth ReLU: always positive, bent gently around 0."""

    rising: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """ln(1 + eᶻ), without overflow."""
        return np.logaddexp(np.zeros((), np.asarray(z).dtype), z)

    def derivative(self, z: Array) -> Array | None:
        """The sigmoid of z."""
        return Sigmoid().value(z)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """One step."""
        binding.forward(np.logaddexp, z, binding.constant(0), output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient / (1 + e⁻ᶻ)."""
        binding.backward(np.negative, z, delta)
        binding.backward(np.exp, delta, delta)
        binding.backward(np.add, delta, binding.constant(1), delta)
        binding.backward(np.divide, gradient, delta, delta)
