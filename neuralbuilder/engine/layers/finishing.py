"""Bias and activation after a sum, and the way back through both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neuralbuilder.engine.activations import Activation
from neuralbuilder.engine.binding import Array, Binding


@dataclass(frozen=True, eq=False)
class Finish:
    """What is done to the sums of a layer of feature maps: add the bias, apply the activation.

    Its steps may be appended to the binding of another layer than the one that owns the arrays: max
    pooling does it after a convolution, see `Layer.can_wait`. `bias` and `bias_gradient` have one
    value per map, None where there is no bias neuron.
    """

    activation: Activation
    bias: Array | None
    bias_gradient: Array | None

    @classmethod
    def of(cls, activation: Activation, owner: Binding) -> Finish:
        """What the layer that `owner` belongs to asks for."""
        return cls(activation, owner.parameters.get("b"), owner.gradients.get("b"))

    def build(self, binding: Binding, sums: Array, z: Array) -> Array | None:
        """Append z = sums + b, output = f(z), and the way back.

        Returns where ∂L/∂z will be, None where nothing learns. `z` may be the same array as `sums`,
        and is the output when the activation is linear.
        """
        if self.bias is not None:
            binding.forward(np.add, sums, self.bias.reshape(-1, 1, 1, 1), z)
        self.activation.forward(binding, z, binding.output)
        gradient = binding.output_gradient
        if gradient is None:
            return None
        delta = gradient if self.activation.identity else binding.scratch("delta", z.shape)
        self.activation.backward(binding, z, binding.output, gradient, delta)
        if self.bias_gradient is not None:
            of_maps = delta.reshape(len(delta), -1)
            binding.backward(np.add.reduce, of_maps, 1, None, self.bias_gradient)
        return delta


def sums_of(activation: Activation, binding: Binding) -> Array:
    """Memory for the sums of a layer: its output, where the activation leaves them as they are."""
    if activation.identity:
        return binding.output
    return binding.scratch("pre_activation", binding.output.shape)
