"""Scaling that is measured, not trained: the data's own mean and deviation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.engine.initializers import Constant
from neuralbuilder.engine.layers.base import Layer, Parameter, Shape, rows_of
from neuralbuilder.parts import register
from neuralbuilder.problems import Problem

_ROUNDING = {"float32": 1e-6, "float64": 1e-13}
"""A deviation below this share of the largest value of a column is rounding error."""


@register("standardise", "Standardise", "(x−μ)/σ")
@dataclass(frozen=True)
class Standardise(Layer):
    """Gives every value, or every channel of an image, mean 0 and deviation 1 over the training
    data.

    output = (x − mean)/deviation. Both are measured once, when training begins with fresh weights,
    and then stay; they can be folded into the weights of the next layer. A value that is the same
    in all samples keeps the deviation 1. LeCun, Bottou, Orr and Müller (1998), section 4.3.
    """

    family: ClassVar[str] = "Noise and normalisation"
    stem: ClassVar[str] = "standardise"
    fits: ClassVar[bool] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape of the input."""
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """``mean`` and ``deviation``, (units,) or (channels,) each; at first 0 and 1."""
        shape = inputs[0][:1]
        return (
            Parameter("mean", shape, None, 1, 1, decays=False, trainable=False),
            Parameter("deviation", shape, Constant(1.0), 1, 1, decays=False, trainable=False),
        )

    def fitted(self, inputs: Array) -> dict[str, Array]:
        """Mean and deviation (divisor n) of these inputs (samples, …), measured in float64."""
        columns = np.moveaxis(inputs, 1, 0).reshape(inputs.shape[1], -1).astype(np.float64)
        # Brought to about 1 by a power of two, which is exact, so that no square leaves the range.
        _, power = np.frexp(np.abs(columns).max(axis=1))
        columns = np.ldexp(columns, -power[:, None])
        mean, deviation = columns.mean(axis=1), columns.std(axis=1)
        spread = np.ldexp(deviation, power).astype(inputs.dtype)
        spread[(deviation <= _ROUNDING[inputs.dtype.name]) | (spread == 0)] = 1
        return {"mean": np.ldexp(mean, power), "deviation": spread}

    def restored(self, outputs: Array, parameters: Mapping[str, Array]) -> Array:
        """The inputs that gave these outputs (samples, …): the inverse, exact but for rounding.

        `parameters` are this layer's own by name.
        """
        shape = (-1, *(1,) * (outputs.ndim - 2))
        mean, deviation = parameters["mean"].reshape(shape), parameters["deviation"].reshape(shape)
        restored: Array = outputs * deviation + mean
        return restored

    def build(self, binding: Binding) -> None:
        """Append (x − mean)/deviation, and the gradient divided by the deviation."""
        x, output = rows_of(binding.inputs[0]), rows_of(binding.output)
        mean = binding.parameter("mean").reshape(-1, 1)
        deviation = binding.parameter("deviation").reshape(-1, 1)
        binding.forward(np.subtract, x, mean, output)
        binding.forward(np.divide, output, deviation, output)
        gradient, back = binding.output_gradient, binding.input_gradients[0]
        if gradient is not None and back is not None:
            binding.backward(np.divide, rows_of(gradient), deviation, rows_of(back))
