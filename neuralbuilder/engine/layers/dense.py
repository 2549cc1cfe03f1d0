"""Fully connected layers: every neuron sees every input and the bias neuron."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.activations import Activation, Linear, Tanh
from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.engine.initializers import GlorotUniform, Initializer, Zeros
from neuralbuilder.engine.layers.base import Layer, Parameter, Role, Shape, sizes
from neuralbuilder.engine.layers.weights import (
    ACTIVATION_HELP,
    BIAS_HELP,
    INITIALIZER_HELP,
    l1_penalty,
    l2_penalty,
)
from neuralbuilder.parts import integer, nested, register, switch
from neuralbuilder.problems import Fix, Problem

_UNITS: dict[str, Any] = {
    "minimum": 1,
    "maximum": 1_000_000,
    "main": True,
    "needed": True,
    "help": "How many neurons the layer has.",
}


@dataclass(frozen=True)
class FullyConnected(Layer):
    """What hidden and output layers of neurons have in common."""

    family: ClassVar[str] = "Basic"

    units: int = integer(8, "Neurons", **_UNITS)
    activation: Activation = nested(Tanh(), "Activation", always=True, help=ACTIVATION_HELP)
    bias: bool = switch(True, "Bias neuron", word="bias", help=BIAS_HELP)
    initializer: Initializer = nested(GlorotUniform(), "Initial weights", help=INITIALIZER_HELP)
    l1: float = l1_penalty()
    l2: float = l2_penalty()

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """(units,), for one vector."""
        (shape,) = inputs
        if len(shape) == 1:
            return (self.units,)
        return Problem(
            f"A dense layer reads a vector, but an image of {sizes(shape)} arrives.",
            f"Put a Flatten layer before it: {sizes(shape)} becomes {prod(shape)} values.",
            fix=Fix("Insert a Flatten layer", insert="flatten"),
        )

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """W of shape (inputs, units), and b of shape (units,) where there is a bias neuron."""
        ((features,),) = inputs
        fans = features, self.units
        weights = Parameter("W", fans, self.initializer, *fans, decays=True)
        if not self.bias:
            return (weights,)
        return weights, Parameter("b", (self.units,), Zeros(), *fans, decays=False)

    def penalties(self) -> tuple[float, float]:
        """This layer's own L1 and L2."""
        return self.l1, self.l2

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """What the activation needs."""
        return self.activation.copies * self.units

    def build(self, binding: Binding) -> None:
        """Append z = W·x + b, output = f(z), and the way back."""
        _build(self.activation, self.bias, binding)


@register("dense", "Dense (hidden)", "W·x+b")
@dataclass(frozen=True)
class Dense(FullyConnected):
    """Hidden neurons that each weigh all inputs, add the bias and apply the activation."""


@register("output", "Output", "ℝᵐ")
@dataclass(frozen=True)
class Output(FullyConnected):
    """The last neurons: one per value to predict, or one per class."""

    role: ClassVar[Role] = "output"
    stem: ClassVar[str] = "output"

    units: int = integer(1, "Neurons", **_UNITS)
    activation: Activation = nested(Linear(), "Activation", always=True, help=ACTIVATION_HELP)


def _build(activation: Activation, bias: bool, binding: Binding) -> None:
    # With the bias neuron as one more input, W and b stand in memory as one matrix, and each of
    # the products below serves both.
    x: Array = binding.inputs_with_one[0] if bias else binding.inputs[0]
    weights = binding.stacked if bias else binding.parameter("W")
    assert weights is not None
    binding.pre_activation = z = (
        binding.output
        if activation.identity
        else binding.scratch("pre_activation", binding.output.shape)
    )
    binding.forward(np.dot, weights.T, x, z)
    activation.forward(binding, z, binding.output)
    if not binding.learns:
        return
    output_gradient = binding.output_gradient
    assert output_gradient is not None
    binding.delta = delta = (
        output_gradient if activation.identity else binding.scratch("delta", binding.output.shape)
    )
    if not binding.delta_given:
        activation.backward(binding, z, binding.output, output_gradient, delta)
    gradient = binding.stacked_gradient if bias else binding.gradient("W")
    binding.backward(np.dot, x, delta.T, gradient)
    if binding.input_gradients[0] is not None:
        binding.backward(np.dot, binding.parameter("W"), delta, binding.input_gradients[0])
