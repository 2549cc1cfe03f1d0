"""The kernels of the cross-entropies: exact from z, or from probabilities kept off 0 and 1."""

from __future__ import annotations

import numpy as np

from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.losses.base import LossBinding


def build_output_minus_target(binding: LossBinding, factor: float) -> None:
    """Append ∂L/∂z = factor·(output - target), the gradient of both fused cross-entropies."""
    layer = binding.layer
    if layer.learns:
        binding.backward(np.subtract, layer.output, binding.target, layer.delta)
        binding.backward(np.multiply, layer.delta, layer.constant(factor), layer.delta)
        binding.weigh_gradient(layer.delta)


def build_softmax_value(binding: LossBinding) -> None:
    """Append ln Σe^z - Σ y·z of a softmax."""
    # ln Σ e^(z - max) - Σ y·(z - max), with the arrays that the softmax has already computed.
    layer = binding.layer
    total = layer.scratch("total", ())
    shifted = layer.scratch("shifted", ())
    logarithms = binding.scratch("logarithms", total)
    logarithm, agreement = binding.scalar("logarithm"), binding.scalar("agreement")
    binding.forward(np.log, total, logarithms)
    binding.weigh(logarithms)
    target = binding.weighted("target", binding.target)
    binding.forward(np.add.reduce, logarithms.reshape(-1), 0, None, logarithm)
    binding.forward(np.dot, shifted.reshape(-1), target.reshape(-1), agreement)
    binding.forward(np.subtract, logarithm, agreement, logarithm)
    binding.forward(np.add, binding.total, logarithm, binding.total)


def build_sigmoid_value(binding: LossBinding) -> None:
    """Append max(z, 0) - z·y + ln(1 + e^-|z|) of a sigmoid."""
    # max(z, 0) - z·y is exactly 0 where the sign of z is right, so nothing cancels.
    layer, z = binding.layer, binding.layer.pre_activation
    assert z is not None
    softened, part = binding.scratch("softened", z), binding.scratch("part", z)
    product = binding.scratch("product", z)
    total = binding.scalar("sum")
    binding.forward(np.copysign, z, layer.constant(-1), softened)
    binding.forward(np.logaddexp, softened, layer.constant(0), softened)
    binding.forward(np.maximum, z, layer.constant(0), out=part)
    binding.forward(np.multiply, z, binding.target, product)
    binding.forward(np.subtract, part, product, part)
    binding.forward(np.add, softened, part, softened)
    binding.weigh(softened)
    binding.forward(np.add.reduce, softened.reshape(-1), 0, None, total)
    binding.forward(np.add, binding.total, total, binding.total)


def clipped(output: Array) -> Array:
    """Probabilities kept off exactly 0 and 1."""
    margin = np.finfo(output.dtype).eps
    return np.asarray(np.clip(output, margin, 1.0 - margin))


def _build_clip(binding: LossBinding) -> tuple[Array, Array]:
    """Probabilities kept off 0 and 1, and where that changed them (their gradient is 0 there)."""
    output = binding.layer.output
    margin = float(np.finfo(output.dtype).eps)
    p = binding.scratch("probabilities", output)
    changed = binding.scratch("changed", output, np.bool_)
    constant = binding.layer.constant
    binding.forward(np.maximum, output, constant(margin), out=p)
    binding.forward(np.minimum, p, constant(1.0 - margin), out=p)
    binding.forward(np.not_equal, p, output, changed)
    return p, changed


def build_clipped_categorical(binding: LossBinding, factor: float) -> None:
    """Append -Σ y·ln p over all outputs, and its gradient times `factor`."""
    layer, target = binding.layer, binding.weighted("target", binding.target)
    p, changed = _build_clip(binding)
    logarithms, total = binding.scratch("logarithms", p), binding.scalar("sum")
    binding.forward(np.log, p, logarithms)
    binding.forward(np.dot, logarithms.reshape(-1), target.reshape(-1), total)
    binding.forward(np.subtract, binding.total, total, binding.total)
    gradient = layer.output_gradient
    if gradient is not None:
        binding.backward(np.divide, target, p, gradient)
        binding.backward(np.multiply, gradient, layer.constant(-factor), gradient)
        binding.backward(np.copyto, gradient, layer.constant(0), "same_kind", changed)


def build_clipped_binary(binding: LossBinding, factor: float) -> None:
    """Append -Σ y·ln p + (1-y)·ln(1-p) over all outputs, and its gradient times `factor`."""
    layer, target = binding.layer, binding.target
    p, changed = _build_clip(binding)
    yes, no = binding.scratch("yes", p), binding.scratch("no", p)
    total = binding.scalar("sum")
    # y·ln p + (1-y)·ln(1-p) = ln(1-p) + y·(ln p - ln(1-p))
    binding.forward(np.log, p, yes)
    binding.forward(np.negative, p, no)
    binding.forward(np.log1p, no, no)
    binding.forward(np.subtract, yes, no, yes)
    binding.forward(np.multiply, yes, target, yes)
    binding.forward(np.add, yes, no, yes)
    binding.weigh(yes)
    binding.forward(np.add.reduce, yes.reshape(-1), 0, None, total)
    binding.forward(np.subtract, binding.total, total, binding.total)
    gradient = layer.output_gradient
    if gradient is not None:
        # (p - y) / (p·(1-p))
        binding.backward(np.subtract, layer.constant(1), p, no)
        binding.backward(np.multiply, no, p, no)
        binding.backward(np.subtract, p, target, gradient)
        binding.backward(np.divide, gradient, no, gradient)
        binding.backward(np.multiply, gradient, layer.constant(factor), gradient)
        binding.weigh_gradient(gradient)
        binding.backward(np.copyto, gradient, layer.constant(0), "same_kind", changed)
