"""Losses for classes: how surprised the outputs are by the right one, or by how much it leads.

Cross-entropies are computed from z instead of from the probabilities when the output layer has
the activation that belongs to them; then they are exact for any z, and ∂L/∂z = (output - target).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.activations import Activation, Linear, Sigmoid, Softmax
from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses.base import Loss, LossBinding, activation_of
from neuralbuilder.engine.losses.cross_entropy import (
    build_clipped_binary,
    build_clipped_categorical,
    build_output_minus_target,
    build_sigmoid_value,
    build_softmax_value,
    clipped,
)
from neuralbuilder.engine.losses.regression import MeanSquaredError
from neuralbuilder.parts import register
from neuralbuilder.problems import Fix, Problem


@register("binary_cross_entropy", "Binary cross-entropy", "-y·ln ŷ-(1-y)·ln(1-ŷ)")
@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """How surprised the outputs are by yes-or-no targets (0 or 1); for sigmoid outputs.

    Mean over samples and outputs. With a sigmoid: max(z, 0) - z·y + ln(1 + e^-|z|).
    """

    partner: ClassVar[type[Activation] | None] = Sigmoid

    def of_samples(self, output: Array, target: Array) -> Array:
        """Mean over the outputs, which are probabilities; they are kept off exactly 0 and 1."""
        p = clipped(output)
        losses = target * np.log(p) + (1.0 - target) * np.log1p(-p)
        return -np.asarray(np.mean(losses, axis=-1, dtype=np.float64))

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """A problem unless the output layer has a sigmoid and the data have classes."""
        return _check_task(self, task) or _check_activation(self, layer, Sigmoid())

    def build(self, binding: LossBinding) -> None:
        """From z where the output has a sigmoid, else from clipped probabilities."""
        binding.scale = binding.per_value
        if binding.fused:
            build_sigmoid_value(binding)
            build_output_minus_target(binding, binding.per_value)
        else:
            build_clipped_binary(binding, binding.per_value)


@register("categorical_cross_entropy", "Categorical cross-entropy", "-Σ y·ln ŷ")
@dataclass(frozen=True)
class CategoricalCrossEntropy(Loss):
    """How surprised the outputs are by the right class; for a softmax with one output per class.

    Mean over samples, sum over classes. The targets of a sample are shares that add up to 1.
    With a softmax: ln Σe^z - Σ y·z.
    """

    partner: ClassVar[type[Activation] | None] = Softmax

    def of_samples(self, output: Array, target: Array) -> Array:
        """Sum over the outputs, which are probabilities; they are kept off exactly 0."""
        losses = target * np.log(clipped(output))
        return -np.asarray(np.sum(losses, axis=-1, dtype=np.float64))

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """A problem unless a softmax over two or more outputs meets data with classes."""
        return (
            _check_task(self, task)
            or _check_one_answer(self, task)
            or _check_classes(layer, columns)
            or _check_activation(self, layer, Softmax())
        )

    def build(self, binding: LossBinding) -> None:
        """From z where the output has a softmax, else from clipped probabilities."""
        binding.scale = binding.per_sample
        if binding.fused:
            build_softmax_value(binding)
            build_output_minus_target(binding, binding.per_sample)
        else:
            build_clipped_categorical(binding, binding.per_sample)


@register("hinge", "Hinge", "Σ max(0, 1-ŷ_right+ŷⱼ)")
@dataclass(frozen=True)
class Hinge(Loss):
    """Wants the score of the right class to lead every other by 1; for linear outputs.

    Mean over samples of Σⱼ max(0, 1 - right + outputⱼ) / classes over the wrong classes j, where
    right = Σ target·output is the score of the right class of a one-hot target. Weston and Watkins
    (1999), as PyTorch's MultiMarginLoss. A class counts as wrong by 1 - target.
    """

    def of_samples(self, output: Array, target: Array) -> Array:
        """Mean over the classes."""
        y = np.asarray(target, np.float64)
        right = np.sum(y * output, axis=-1, keepdims=True)
        margins = np.maximum(0.0, 1.0 + output - right)
        return np.asarray(np.mean((1.0 - y) * margins, axis=-1))

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """A problem unless two or more outputs meet data with classes; advice to be linear."""
        return (
            _check_task(self, task)
            or _check_one_answer(self, task)
            or _check_scores(layer, columns) + _check_unbounded(self, layer)
        )

    def build(self, binding: LossBinding) -> None:
        """Σ (1 - target)·margin, and how each output moves the margins."""
        output, layer, target = binding.layer.output, binding.layer, binding.target
        factor = binding.scale = binding.per_value
        product, margins = (binding.scratch(n, output) for n in ("product", "margins"))
        wrong = binding.scratch("wrong", output)
        right, total = (
            layer.scratch("loss right", (1, *output.shape[1:])),
            binding.scalar("sum of margins"),
        )
        one, zero = layer.constant(1), layer.constant(0)
        binding.forward(np.multiply, output, target, product)
        binding.forward(np.add.reduce, product, 0, None, right, True)
        binding.forward(np.subtract, output, right, margins)
        binding.forward(np.add, margins, one, margins)
        binding.forward(np.maximum, margins, zero, out=margins)
        binding.forward(np.subtract, one, target, wrong)
        binding.weigh(wrong)
        binding.forward(np.dot, margins.reshape(-1), wrong.reshape(-1), total)
        binding.forward(np.add, binding.total, total, binding.total)
        gradient = layer.output_gradient
        if gradient is not None:
            # A margin that is not kept pushes its own output down and that of the right class up.
            binding.backward(np.sign, margins, gradient)
            binding.backward(np.multiply, gradient, wrong, gradient)
            binding.backward(np.add.reduce, gradient, 0, None, right, True)
            binding.backward(np.multiply, target, right, product)
            binding.backward(np.subtract, gradient, product, gradient)
            binding.backward(np.multiply, gradient, layer.constant(factor), gradient)


# ------------------------------------------------------------------ what fits


def _check_task(loss: Loss, task: str | None) -> tuple[Problem, ...]:
    if task != "regression":
        return ()
    return (
        Problem(
            f"{loss.label} is for classes, but these data have numbers to predict.",
            "Mean squared error and a linear output fit them.",
            setting="loss",
            fix=Fix(
                "Use mean squared error",
                (("activation", Linear()),),
                plan=(("loss", MeanSquaredError()),),
            ),
        ),
    )


def _check_one_answer(loss: Loss, task: str | None) -> tuple[Problem, ...]:
    """A problem where every output answers yes or no for itself."""
    if task != "yes/no":
        return ()
    return (
        Problem(
            f"{loss.label} is for one class of several, but every output here answers yes or no.",
            "Binary cross-entropy and sigmoids fit them.",
            setting="loss",
            fix=Fix(
                "Use binary cross-entropy",
                (("activation", Sigmoid()),),
                plan=(("loss", BinaryCrossEntropy()),),
            ),
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
    shared = Fix(
        "Use sigmoid", (("activation", Sigmoid()),), plan=(("loss", BinaryCrossEntropy()),)
    )
    return (
        Problem(
            "A softmax over one output is always 1.",
            "Give the output one neuron per class, or use a sigmoid with binary cross-entropy.",
            setting="units",
            fix=Fix(f"Use {units} neurons", (("units", units), ("activation", Softmax()))),
            others=(shared,) if units == 2 else (),
        ),
    )


def _check_scores(layer: Layer, columns: int | None) -> tuple[Problem, ...]:
    if getattr(layer, "units", 2) >= 2:
        return ()
    units = max(2, columns or 2)
    return (
        Problem(
            "Hinge compares the scores of classes, but there is only one output.",
            "Give the output one neuron per class.",
            setting="units",
            fix=Fix(f"Use {units} neurons", (("units", units),)),
        ),
    )


def _check_unbounded(loss: Loss, layer: Layer) -> tuple[Problem, ...]:
    activation = activation_of(layer)
    if isinstance(activation, Linear):
        return ()
    return (
        Problem(
            f"{loss.label} is meant for linear outputs, but the output has "
            f"{activation.label.lower()}.",
            "Only scores without bounds can always lead by 1.",
            setting="activation",
            severity="advice",
            fix=Fix("Use linear", (("activation", Linear()),)),
        ),
    )
