"""Normalisation: values of mean 0 and deviation 1, over a mini-batch or within a sample."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.engine.initializers import Constant
from neuralbuilder.engine.layers.base import Layer, Parameter, Shape, rows_of
from neuralbuilder.parts import number, register
from neuralbuilder.problems import Problem

_EPSILON = 1e-5
_EPSILON_HELP = "Added to the variance, so that values without spread are not divided by 0."


@register("batchnorm", "BatchNorm", "γ(x−μ)/σ+β")
@dataclass(frozen=True)
class BatchNorm(Layer):
    """Gives every unit, or every channel of an image, mean β and deviation γ over the mini-batch.

    output = γ·(x − μ)/√(v + ε) + β. While training, μ and v are mean and variance of the mini-batch
    (of an image: over height and width as well), and their running means are kept for afterwards;
    γ and β are trained. Ioffe and Szegedy (2015), algorithms 1 and 2. Running variances are those
    with divisor n − 1.
    """

    family: ClassVar[str] = "Noise and normalisation"
    stem: ClassVar[str] = "batchnorm"
    title: ClassVar[str] = "Batch norm"
    mixes_samples: ClassVar[bool] = True

    momentum: float = number(
        0.1, "Momentum", minimum=0.0, maximum=1.0, open_minimum=True, word="momentum",
        help="The share of the newest mini-batch in the running mean and variance.",
    )  # fmt: skip
    epsilon: float = number(
        _EPSILON, "Epsilon", minimum=0.0, maximum=1.0, open_minimum=True, logarithmic=True,
        word="epsilon",
        help=_EPSILON_HELP,
    )  # fmt: skip

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape of the input."""
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """``scale`` (γ), ``shift`` (β), and the running ``mean`` and ``variance``: (units,) or
        (channels,) each.
        """
        shape = inputs[0][:1]
        return (
            *_scale_and_shift(shape),
            Parameter("mean", shape, None, 1, 1, decays=False, trainable=False),
            Parameter("variance", shape, Constant(1.0), 1, 1, decays=False, trainable=False),
        )

    def least_batch(self, inputs: tuple[Shape, ...]) -> int:
        """2, where a sample has one value per unit; one image has enough by itself."""
        return 2 if prod(inputs[0][1:]) == 1 else 1

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """The values without their mean."""
        return prod(inputs[0])

    def build(self, binding: Binding) -> None:
        """Append the statistics where training, the normalisation, and the way back."""
        x = rows_of(binding.inputs[0])
        statistics = _BatchStatistics(binding, x, self.momentum)
        keeps = binding.learns or binding.training
        centred = binding.scratch("centred", x.shape) if keeps else rows_of(binding.output)
        inverse = binding.scratch("inverse", x.shape[:1])
        factor = binding.scratch("factor", x.shape[:1])
        statistics.build(centred)
        binding.forward(np.add, statistics.variance, binding.constant(self.epsilon), inverse)
        _build_inverse_root(binding, inverse)
        binding.forward(np.multiply, inverse, binding.parameter("scale"), factor)
        output = rows_of(binding.output)
        binding.forward(np.multiply, centred, _column(factor), output)
        binding.forward(np.add, output, _column(binding.parameter("shift")), output)
        if binding.learns:
            self._build_backward(binding, centred, inverse, factor)

    def _build_backward(
        self, binding: Binding, centred: Array, inverse: Array, factor: Array
    ) -> None:
        """∂L/∂x = γ/σ·(g − mean of g − x̂·mean of g·x̂), where x̂ = (x − μ)/σ and g = ∂L/∂output."""
        assert binding.output_gradient is not None
        gradient = rows_of(binding.output_gradient)
        of_scale, of_shift = binding.gradient("scale"), binding.gradient("shift")
        binding.backward(np.add.reduce, gradient, 1, None, of_shift)
        binding.backward(np.vecdot, gradient, centred, of_scale)
        binding.backward(np.multiply, of_scale, inverse, of_scale)
        if binding.input_gradients[0] is None:
            return
        back = rows_of(binding.input_gradients[0])
        if not binding.training:
            binding.backward(np.multiply, gradient, _column(factor), back)
            return
        share = binding.constant(1.0 / centred.shape[1])
        slope = binding.scratch("slope", factor.shape)
        mean = binding.scratch("mean gradient", factor.shape)
        binding.backward(np.multiply, of_shift, share, mean)
        binding.backward(np.multiply, of_scale, inverse, slope)
        binding.backward(np.multiply, slope, share, slope)
        binding.backward(np.multiply, centred, _column(slope), back)
        binding.backward(np.add, back, _column(mean), back)
        binding.backward(np.subtract, gradient, back, back)
        binding.backward(np.multiply, back, _column(factor), back)


class _BatchStatistics:
    """Mean and variance of every row: of the mini-batch while training, else the running ones."""

    def __init__(self, binding: Binding, x: Array, momentum: float) -> None:
        self._binding, self._x, self._momentum = binding, x, momentum
        if binding.training:
            self.mean = binding.scratch("batch mean", x.shape[:1])
            self.variance = binding.scratch("batch variance", x.shape[:1])
        else:
            self.mean = binding.parameter("mean")
            self.variance = binding.parameter("variance")

    def build(self, centred: Array) -> None:
        """Append the statistics, the values without their mean, and the running means."""
        binding, count = self._binding, self._x.shape[1]
        if binding.training:
            share = binding.constant(1.0 / count)
            binding.forward(np.add.reduce, self._x, 1, None, self.mean)
            binding.forward(np.multiply, self.mean, share, self.mean)
        binding.forward(np.subtract, self._x, _column(self.mean), centred)
        if binding.training:
            binding.forward(np.vecdot, centred, centred, self.variance)
            binding.forward(np.multiply, self.variance, share, self.variance)
            self._build_running("mean", self.mean, self._momentum)
            self._build_running("variance", self.variance, self._momentum * count / (count - 1))

    def _build_running(self, name: str, newest: Array, share: float) -> None:
        binding, running = self._binding, self._binding.parameter(name)
        part = binding.scratch("part", newest.shape)
        binding.forward(np.multiply, running, binding.constant(1.0 - self._momentum), running)
        binding.forward(np.multiply, newest, binding.constant(share), part)
        binding.forward(np.add, running, part, running)


@register("layernorm", "LayerNorm", "γ(x−μ)/σ+β")
@dataclass(frozen=True)
class LayerNorm(Layer):
    """Gives the values of every sample mean 0 and deviation 1, then scales and shifts each.

    output = γ·(x − μ)/√(v + ε) + β with mean μ and variance v over all values of the sample; every
    value has a γ and a β of its own. It does the same in training and afterwards, with mini-batches
    of any size. Ba, Kiros and Hinton (2016), equation 4.
    """

    family: ClassVar[str] = "Noise and normalisation"
    stem: ClassVar[str] = "layernorm"
    title: ClassVar[str] = "Layer norm"
    bends: ClassVar[bool] = True

    epsilon: float = number(
        _EPSILON, "Epsilon", minimum=0.0, maximum=1.0, open_minimum=True, logarithmic=True,
        word="epsilon",
        help=_EPSILON_HELP,
    )  # fmt: skip

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape of the input."""
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """``scale`` (γ) and ``shift`` (β), each of the shape of one input."""
        return _scale_and_shift(inputs[0])

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """The normalised values, and products."""
        return 2 * prod(inputs[0])

    def build(self, binding: Binding) -> None:
        """Append the statistics of every sample, the normalisation, and the way back."""
        x, output = _samples(binding.inputs[0]), _samples(binding.output)
        normal = binding.scratch("normal", x.shape)
        products = binding.scratch("products", x.shape)
        mean = binding.scratch("mean", x.shape[1:])
        inverse = binding.scratch("inverse", x.shape[1:])
        share = binding.constant(1.0 / len(x))
        binding.forward(np.add.reduce, x, 0, None, mean)
        binding.forward(np.multiply, mean, share, mean)
        binding.forward(np.subtract, x, mean, normal)
        binding.forward(np.multiply, normal, normal, products)
        binding.forward(np.add.reduce, products, 0, None, inverse)
        binding.forward(np.multiply, inverse, share, inverse)
        binding.forward(np.add, inverse, binding.constant(self.epsilon), inverse)
        _build_inverse_root(binding, inverse)
        binding.forward(np.multiply, normal, inverse, normal)
        binding.forward(np.multiply, normal, _column(binding.parameter("scale")), output)
        binding.forward(np.add, output, _column(binding.parameter("shift")), output)
        if binding.learns:
            _build_layer_backward(binding, normal, products, mean, inverse)


def _build_layer_backward(
    binding: Binding, normal: Array, products: Array, mean: Array, inverse: Array
) -> None:
    """∂L/∂x = (h − mean of h − x̂·mean of h·x̂)/σ, where h = γ·∂L/∂output."""
    assert binding.output_gradient is not None
    gradient = _samples(binding.output_gradient)
    binding.backward(np.add.reduce, gradient, 1, None, binding.gradient("shift").reshape(-1))
    binding.backward(np.vecdot, gradient, normal, binding.gradient("scale").reshape(-1))
    if binding.input_gradients[0] is None:
        return
    back = _samples(binding.input_gradients[0])
    share = binding.constant(1.0 / len(back))
    binding.backward(np.multiply, gradient, _column(binding.parameter("scale")), back)
    binding.backward(np.multiply, back, normal, products)
    binding.backward(np.add.reduce, products, 0, None, mean)
    binding.backward(np.multiply, mean, share, mean)
    binding.backward(np.multiply, normal, mean, products)
    binding.backward(np.add.reduce, back, 0, None, mean)
    binding.backward(np.multiply, mean, share, mean)
    binding.backward(np.subtract, back, mean, back)
    binding.backward(np.subtract, back, products, back)
    binding.backward(np.multiply, back, inverse, back)


def _scale_and_shift(shape: Shape) -> tuple[Parameter, Parameter]:
    # Neither decays: a penalty would pull the spread of the values itself towards 0.
    return (
        Parameter("scale", shape, Constant(1.0), 1, 1, decays=False),
        Parameter("shift", shape, None, 1, 1, decays=False),
    )


def _build_inverse_root(binding: Binding, values: Array) -> None:
    binding.forward(np.sqrt, values, values)
    binding.forward(np.divide, binding.constant(1.0), values, values)


def _samples(values: Array) -> Array:
    """One column per sample."""
    return values if values.ndim == 2 else values.reshape(-1, values.shape[-1])


def _column(values: Array) -> Array:
    return values.reshape(-1, 1)
