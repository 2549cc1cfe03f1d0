"""Activations: the function f in output = f(z), as a formula for people and as a kernel.

`value` and `derivative` are plain functions of arrays (samples, units). `forward` and `backward`
append the steps a compiled program runs, over arrays in the layout of `engine.binding`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.parts import Part, number, register


class Activation(Part):
    """Base of all activations. `identity` means that output and z are one and the same array."""

    kind: ClassVar[str] = "activation"
    identity: ClassVar[bool] = False

    def value(self, z: Array) -> Array:
        """f(z) for any array; softmax works along the last axis."""
        raise NotImplementedError

    def derivative(self, z: Array) -> Array | None:
        """f′(z), or None where an output depends on more than its own z."""
        raise NotImplementedError

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Append the steps that write f(z) into `output`."""
        raise NotImplementedError

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """Append the steps that write ∂L/∂z into `delta`, given `gradient` = ∂L/∂output."""
        raise NotImplementedError


@register("linear", "Linear", "z")
@dataclass(frozen=True)
class Linear(Activation):
    """The sum itself, unchanged. Several linear layers in a row amount to one matrix."""

    identity: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """Just z."""
        return np.array(z)

    def derivative(self, z: Array) -> Array | None:
        """1 everywhere."""
        return np.ones_like(z)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Nothing to do: z is the output."""

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """Nothing to do: the gradients are one array."""


@register("sigmoid", "Sigmoid", "1/(1+e⁻ᶻ)")
@dataclass(frozen=True)
class Sigmoid(Activation):
    """Squeezes any number into 0…1, like a probability; for the output of a yes-or-no question."""

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


@register("relu", "ReLU", "max(0, z)")
@dataclass(frozen=True)
class Relu(Activation):
    """Passes positive numbers and turns the rest to 0; fast, and good in deep networks."""

    def value(self, z: Array) -> Array:
        """max(0, z)."""
        return np.maximum(z, np.zeros((), np.asarray(z).dtype))

    def derivative(self, z: Array) -> Array | None:
        """1 where z is positive, else 0."""
        return np.asarray(np.greater(z, 0), dtype=np.asarray(z).dtype)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """One step."""
        binding.forward(np.maximum, z, binding.constant(0), out=output)

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
        positive = binding.scratch("positive", z.shape, np.bool_)
        binding.backward(np.greater, z, binding.constant(0), positive)
        binding.backward(np.multiply, gradient, binding.constant(self.slope), delta)
        binding.backward(np.copyto, delta, gradient, "same_kind", positive)


@register("softplus", "Softplus", "ln(1+eᶻ)")
@dataclass(frozen=True)
class Softplus(Activation):
    """A smooth ReLU: always positive, bent gently around 0."""

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
        axis = binding.unit_axis
        across = tuple(1 if i == axis else size for i, size in enumerate(z.shape))
        shifted = binding.scratch("shifted", z.shape)
        largest = binding.scratch("largest", across)
        total = binding.scratch("total", across)
        binding.forward(np.maximum.reduce, z, axis, None, largest, True)
        binding.forward(np.subtract, z, largest, shifted)
        binding.forward(np.exp, shifted, output)
        binding.forward(np.add.reduce, output, axis, None, total, True)
        binding.forward(np.divide, output, total, output)

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """∂L/∂z = f·(gradient - Σ gradient·f)."""
        # δ = p ⊙ (g - Σ g ⊙ p): the Jacobian diag(p) - p·pᵀ times g.
        axis = binding.unit_axis
        across = tuple(1 if i == axis else size for i, size in enumerate(z.shape))
        mean = binding.scratch("mean_gradient", across)
        binding.backward(np.multiply, gradient, output, delta)
        binding.backward(np.add.reduce, delta, axis, None, mean, True)
        binding.backward(np.subtract, gradient, mean, delta)
        binding.backward(np.multiply, delta, output, delta)
