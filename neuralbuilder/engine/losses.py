"""Losses: how far the outputs are from the targets, and what each output has to do with it.

Cross-entropies are computed from z instead of from the probabilities when the output layer has
the activation that belongs to them; then they are exact for any z, and ∂L/∂z = (output - target).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.activations import Activation, Linear, Sigmoid, Softmax
from neuralbuilder.engine.binding import Array, Binding, Step
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.parts import Part, register
from neuralbuilder.problems import Fix, Problem


@dataclass(eq=False)
class LossBinding:
    """The arrays of a loss inside one compiled program.

    `target` lies in memory like `output`. The forward steps add the loss of a batch, divided by
    `scale`, to `total` (a single number); the backward steps write ∂L/∂output into
    `output_gradient`, or ∂L/∂z into `delta` when `fused`.
    """

    layer: Binding
    target: Array
    total: Array
    fused: bool
    scale: float = 1.0
    forward_steps: list[Step] = field(default_factory=list)
    backward_steps: list[Step] = field(default_factory=list)

    def forward(self, function: Callable[..., object], *arguments: Any, **named: Any) -> None:
        """Append a call to the computation of the value."""
        self.forward_steps.append(partial(function, *arguments, **named))

    def backward(self, function: Callable[..., object], *arguments: Any, **named: Any) -> None:
        """Append a call to the computation of the gradient."""
        self.backward_steps.append(partial(function, *arguments, **named))

    def scratch(self, name: str, like: Array, dtype: Any = None) -> Array:
        """Memory of the loss's own, of the shape of `like`."""
        return self.layer.scratch(f"loss {name}", like.shape, dtype)

    def scalar(self, name: str) -> Array:
        """A single number of the network's precision, as an array without axes."""
        return self.layer.scratch(f"loss {name}", ())


class Loss(Part):
    """Base of all losses. `partner` is the activation with which the loss is computed from z."""

    kind: ClassVar[str] = "loss"
    partner: ClassVar[type[Activation] | None] = None

    def value(self, output: Array, target: Array) -> float:
        """The loss of outputs (samples, outputs) against targets of the same shape."""
        raise NotImplementedError

    def fuses(self, layer: Layer) -> bool:
        """Whether the loss is computed from z when this is the output layer."""
        return self.partner is not None and type(activation_of(layer)) is self.partner

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """What does not fit between this loss, the output layer and the data.

        `task` is "regression" or "classification" and `columns` the number of target columns,
        None where unknown. Problems whose setting is "loss" are about the plan, the others about
        the output layer.
        """
        return ()

    def build(self, binding: LossBinding) -> None:
        """Append the steps for the value and, where the network learns, for the gradient."""
        raise NotImplementedError


def activation_of(layer: Layer) -> Activation:
    """The activation of a layer; linear for layers that have none."""
    activation = getattr(layer, "activation", None)
    return activation if isinstance(activation, Activation) else Linear()


@register("mse", "Mean squared error", "mean (y-ŷ)²")
@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """The mean of the squared differences, over samples and outputs; for predicting numbers."""

    def value(self, output: Array, target: Array) -> float:
        """mean((output - target)²) over samples and outputs."""
        return float(np.mean(np.square(output - target, dtype=np.float64)))

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """Advice to use a cross-entropy for classes."""
        if task != "classification":
            return ()
        units = getattr(layer, "units", columns)
        better: Loss = BinaryCrossEntropy() if units == 1 else CategoricalCrossEntropy()
        return (
            Problem(
                "Mean squared error learns classes slowly.",
                f"{better.label} compares probabilities and is the usual choice for classes.",
                setting="loss",
                severity="advice",
                fix=Fix(f"Use {better.label.lower()}", (("loss", better),)),
            ),
        )

    def build(self, binding: LossBinding) -> None:
        """Σ(output - target)², and 2·(output - target) / size."""
        output, layer = binding.layer.output, binding.layer
        binding.scale = 1.0 / output.size
        difference = binding.scratch("difference", output)
        total = binding.scalar("sum of squares")
        binding.forward(np.subtract, output, binding.target, difference)
        binding.forward(np.dot, difference.reshape(-1), difference.reshape(-1), total)
        binding.forward(np.add, binding.total, total, binding.total)
        if layer.learns:
            factor = layer.constant(2.0 / output.size)
            binding.backward(np.multiply, difference, factor, layer.output_gradient)


@register("binary_cross_entropy", "Binary cross-entropy", "-y·ln ŷ-(1-y)·ln(1-ŷ)")
@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """How surprised the outputs are by yes-or-no targets (0 or 1); for sigmoid outputs.

    Mean over samples and outputs. With a sigmoid: max(z, 0) - z·y + ln(1 + e^-|z|).
    """

    partner: ClassVar[type[Activation] | None] = Sigmoid

    def value(self, output: Array, target: Array) -> float:
        """Mean over samples and outputs; outputs are probabilities, kept off exactly 0 and 1."""
        p = _clipped(output)
        losses = target * np.log(p) + (1.0 - target) * np.log1p(-p)
        return -float(np.mean(losses, dtype=np.float64))

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """A problem unless the output layer has a sigmoid and the data have classes."""
        return _check_task(self, task) + _check_activation(self, layer, Sigmoid())

    def build(self, binding: LossBinding) -> None:
        """From z where the output has a sigmoid, else from clipped probabilities."""
        size = binding.layer.output.size
        binding.scale = 1.0 / size
        if binding.fused:
            _build_sigmoid_value(binding)
            _build_output_minus_target(binding, 1.0 / size)
        else:
            _build_clipped_binary(binding, 1.0 / size)


@register("categorical_cross_entropy", "Categorical cross-entropy", "-Σ y·ln ŷ")
@dataclass(frozen=True)
class CategoricalCrossEntropy(Loss):
    """How surprised the outputs are by the right class; for a softmax with one output per class.

    Mean over samples, sum over classes. The targets of a sample are shares that add up to 1.
    With a softmax: ln Σe^z - Σ y·z.
    """

    partner: ClassVar[type[Activation] | None] = Softmax

    def value(self, output: Array, target: Array) -> float:
        """Mean over samples; outputs are probabilities, kept off exactly 0."""
        losses = target * np.log(_clipped(output))
        return -float(np.sum(losses, dtype=np.float64)) / len(output)

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """A problem unless a softmax over two or more outputs meets data with classes."""
        return (
            _check_task(self, task)
            + _check_activation(self, layer, Softmax())
            + _check_classes(layer, columns)
        )

    def build(self, binding: LossBinding) -> None:
        """From z where the output has a softmax, else from clipped probabilities."""
        binding.scale = 1.0 / binding.layer.batch
        if binding.fused:
            _build_softmax_value(binding)
            _build_output_minus_target(binding, 1.0 / binding.layer.batch)
        else:
            _build_clipped_categorical(binding, 1.0 / binding.layer.batch)


# ------------------------------------------------------------------ what fits


def _check_task(loss: Loss, task: str | None) -> tuple[Problem, ...]:
    if task != "regression":
        return ()
    return (
        Problem(
            f"{loss.label} is for classes, but these data have numbers to predict.",
            "Mean squared error fits them.",
            setting="loss",
            fix=Fix("Use mean squared error", (("loss", MeanSquaredError()),)),
        ),
    )


def _check_activation(loss: Loss, layer: Layer, wanted: Activation) -> tuple[Problem, ...]:
    activation = activation_of(layer)
    if type(activation) is type(wanted):
        return ()
    name = wanted.label.lower()
    return (
        Problem(
            f"{loss.label} needs a {name} at the output, which has {activation.label.lower()}.",
            f"Only a {name} gives the probabilities that it compares.",
            setting="activation",
            fix=Fix(f"Use {name}", (("activation", wanted),)),
        ),
    )


def _check_classes(layer: Layer, columns: int | None) -> tuple[Problem, ...]:
    if getattr(layer, "units", 2) >= 2:
        return ()
    units = max(2, columns or 2)
    return (
        Problem(
            "A softmax over one output is always 1.",
            "Give the output one neuron per class, or use a sigmoid with binary cross-entropy.",
            setting="units",
            fix=Fix(f"Use {units} neurons", (("units", units),)),
        ),
    )


# ------------------------------------------------------------------ kernels


def _build_output_minus_target(binding: LossBinding, factor: float) -> None:
    layer = binding.layer
    if layer.learns:
        binding.backward(np.subtract, layer.output, binding.target, layer.delta)
        binding.backward(np.multiply, layer.delta, layer.constant(factor), layer.delta)


def _build_softmax_value(binding: LossBinding) -> None:
    # ln Σ e^(z - max) - Σ y·(z - max), with the arrays that the softmax has already computed.
    layer = binding.layer
    total = layer.scratch("total", ())
    shifted = layer.scratch("shifted", ())
    logarithms = binding.scratch("logarithms", total)
    logarithm, agreement = binding.scalar("logarithm"), binding.scalar("agreement")
    binding.forward(np.log, total, logarithms)
    binding.forward(np.add.reduce, logarithms.reshape(-1), 0, None, logarithm)
    binding.forward(np.dot, shifted.reshape(-1), binding.target.reshape(-1), agreement)
    binding.forward(np.subtract, logarithm, agreement, logarithm)
    binding.forward(np.add, binding.total, logarithm, binding.total)


def _build_sigmoid_value(binding: LossBinding) -> None:
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
    binding.forward(np.add.reduce, softened.reshape(-1), 0, None, total)
    binding.forward(np.add, binding.total, total, binding.total)


def _clipped(output: Array) -> Array:
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


def _build_clipped_categorical(binding: LossBinding, factor: float) -> None:
    layer, target = binding.layer, binding.target
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


def _build_clipped_binary(binding: LossBinding, factor: float) -> None:
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
        binding.backward(np.copyto, gradient, layer.constant(0), "same_kind", changed)
