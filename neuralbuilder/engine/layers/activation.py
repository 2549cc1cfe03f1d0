"""An activation of its own, for places where no layer with weights comes right before."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from neuralbuilder.engine.activations import Activation, Relu
from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.engine.layers.reshaping import pass_on
from neuralbuilder.parts import nested, register
from neuralbuilder.problems import Problem


@register("activation", "Activation", "f(z)")
@dataclass(frozen=True)
class ActivationLayer(Layer):
    """Applies a function to every value that arrives, for instance after a normalisation.

    Softmax works across the units of a vector, and across the channels at every pixel of an image.
    """

    family: ClassVar[str] = "Basic"
    stem: ClassVar[str] = "activation"

    activation: Activation = nested(
        Relu(), "Activation", main=True, help="The function f that is applied to every value."
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape of the input."""
        return inputs[0]

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """What the activation keeps between; z and ∂L/∂z are arrays of the layer before."""
        return max(0, self.activation.copies - 2) * prod(inputs[0])

    def build(self, binding: Binding) -> None:
        """Append output = f(input), and the way back."""
        if self.activation.identity:
            pass_on(binding)
            return
        z = binding.inputs[0]
        self.activation.forward(binding, z, binding.output)
        gradient, back = binding.output_gradient, binding.input_gradients[0]
        if gradient is not None and back is not None:
            self.activation.backward(binding, z, binding.output, gradient, back)
