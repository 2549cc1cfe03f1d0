"""Activations of a kind of their own: waves, jumps, and shares of a whole layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neuralbuilder.engine.activations.base import Activation
from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.parts import register


@register("sine", "Sine", "sin z")
@dataclass(frozen=True)
class Sine(Activation):
    """Swings between -1 and 1 for ever; for waves, sounds and fine detail in images.

    Sitzmann, Martel, Bergman, Lindell and Wetzstein (2020).
    """

    def value(self, z: Array) -> Array:
        """The sine of z, in radians."""
        return np.asarray(np.sin(z))

    def derivative(self, z: Array) -> Array | None:
        """The cosine of z."""
        return np.asarray(np.cos(z))

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """One step."""
        binding.forward(np.sin, z, output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = gradient·cos z."""
        binding.backward(np.cos, z, delta)
        binding.backward(np.multiply, delta, gradient, delta)


@register("step", "Step (forward only)", "1 if z≥0 else 0")
@dataclass(frozen=True)
class Step(Activation):
    """Fires or does not, like the first model of a neuron; its derivative is 0, so no weight of
    this layer or of those before it is ever trained.

    McCulloch and Pitts (1943). For networks whose weights are set by hand.
    """

    def value(self, z: Array) -> Array:
        """1 where z is 0 or more, else 0."""
        return np.heaviside(z, np.ones((), np.asarray(z).dtype))

    def derivative(self, z: Array) -> Array | None:
        """0 everywhere; the jump at 0 has none."""
        return np.zeros_like(z)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """One step."""
        binding.forward(np.heaviside, z, binding.constant(1), output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = 0."""
        binding.backward(delta.fill, 0.0)


@register("softmax", "Softmax", "eᶻ/Σeᶻ")
@dataclass(frozen=True)
class Softmax(Activation):
    """Turns the sums of a layer into shares that add up to 1: one probability per class."""

    def value(self, z: Array) -> Array:
        """e^z / Σ e^z along the last axis."""
        with np.errstate(invalid="ignore"):
            powers = np.exp(z - np.max(z, axis=-1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

    def derivative(self, z: Array) -> Array | None:
        """None: every output depends on every z of its layer."""
        return None

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Shift, power, sum and share."""
        # The largest z is taken off first: the shares stay the same and no power overflows.
        # `shifted` and `total` are kept under their names for the cross-entropy.
        across = (1, *z.shape[1:])
        shifted = binding.scratch("shifted", z.shape)
        largest = binding.scratch("largest", across)
        total = binding.scratch("total", across)
        binding.forward(np.maximum.reduce, z, 0, None, largest, True)
        binding.forward(np.subtract, z, largest, shifted)
        binding.forward(np.exp, shifted, output)
        binding.forward(np.add.reduce, output, 0, None, total, True)
        binding.forward(np.divide, output, total, output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = f·(gradient - Σ gradient·f)."""
        # δ = p ⊙ (g - Σ g ⊙ p): the Jacobian diag(p) - p·pᵀ times g.
        mean = binding.scratch("mean_gradient", (1, *z.shape[1:]))
        binding.backward(np.multiply, gradient, output, delta)
        binding.backward(np.add.reduce, delta, 0, None, mean, True)
        binding.backward(np.subtract, gradient, mean, delta)
        binding.backward(np.multiply, delta, output, delta)
