"""Losses for predicting numbers: what a difference from the target costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neuralbuilder.engine.activations import Sigmoid, Softmax
from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses.base import Loss, LossBinding
from neuralbuilder.parts import find, number, register
from neuralbuilder.problems import Fix, Problem


@register("mse", "Mean squared error", "mean (y-ŷ)²")
@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """The mean of the squared differences, over samples and outputs; for predicting numbers."""

    def of_samples(self, output: Array, target: Array) -> Array:
        """mean((output - target)²) over the outputs."""
        return np.asarray(np.mean(np.square(output - target, dtype=np.float64), axis=-1))

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """Advice to use a cross-entropy for classes."""
        return check_numbers(self, layer, task, columns)

    def build(self, binding: LossBinding) -> None:
        """Σ(output - target)², and 2·(output - target) / size."""
        output, layer = binding.layer.output, binding.layer
        binding.scale = binding.per_value
        difference = binding.scratch("difference", output)
        total = binding.scalar("sum of squares")
        binding.forward(np.subtract, output, binding.target, difference)
        weighted = binding.weighted("difference", difference)
        binding.forward(np.dot, difference.reshape(-1), weighted.reshape(-1), total)
        binding.forward(np.add, binding.total, total, binding.total)
        if layer.learns:
            factor = layer.constant(2.0 * binding.per_value)
            binding.backward(np.multiply, weighted, factor, layer.output_gradient)


@register("mae", "Mean absolute error", "mean |y-ŷ|")
@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """The mean distance from the targets, over samples and outputs; stray targets count little.

    Its gradient has the same size however small the error: the sign of (output - target).
    """

    def of_samples(self, output: Array, target: Array) -> Array:
        """Mean |output - target| over the outputs."""
        distance = np.abs(np.subtract(output, target, dtype=np.float64))
        return np.asarray(np.mean(distance, axis=-1))

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """Advice to use a cross-entropy for classes."""
        return check_numbers(self, layer, task, columns)

    def build(self, binding: LossBinding) -> None:
        """Σ|output - target|, and the sign of (output - target) / size."""
        output, layer = binding.layer.output, binding.layer
        binding.scale = binding.per_value
        difference, distance = (binding.scratch(n, output) for n in ("difference", "distance"))
        total = binding.scalar("sum of distances")
        binding.forward(np.subtract, output, binding.target, difference)
        binding.forward(np.absolute, difference, distance)
        binding.weigh(distance)
        binding.forward(np.add.reduce, distance.reshape(-1), 0, None, total)
        binding.forward(np.add, binding.total, total, binding.total)
        if layer.output_gradient is not None:
            gradient, factor = layer.output_gradient, layer.constant(binding.per_value)
            binding.backward(np.sign, difference, gradient)
            binding.backward(np.multiply, gradient, factor, gradient)
            binding.weigh_gradient(gradient)


@register("huber", "Huber", "½d², then δ·(|d|-½δ)")
@dataclass(frozen=True)
class Huber(Loss):
    """Squared for small differences, linear for large ones: smooth, and not led by stray targets.

    Mean over samples and outputs of ½d² where |d| ≤ δ, else δ·(|d| - ½δ), for d = output - target;
    Huber (1964), as PyTorch's HuberLoss. With c = d cut off at ±δ this is c·(d - ½c).
    """

    delta: float = number(
        1.0,
        "δ",
        minimum=0.0,
        maximum=1e6,
        open_minimum=True,
        logarithmic=True,
        help="Differences beyond δ count linearly instead of squared.",
    )

    def of_samples(self, output: Array, target: Array) -> Array:
        """Mean of c·(d - ½c) over the outputs."""
        difference = np.subtract(output, target, dtype=np.float64)
        cut = np.clip(difference, -self.delta, self.delta)
        return np.asarray(np.mean(cut * (difference - 0.5 * cut), axis=-1))

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """Advice to use a cross-entropy for classes."""
        return check_numbers(self, layer, task, columns)

    def build(self, binding: LossBinding) -> None:
        """Σ c·(d - ½c), and c / size."""
        output, layer = binding.layer.output, binding.layer
        binding.scale = binding.per_value
        difference, cut = (binding.scratch(n, output) for n in ("difference", "cut"))
        rest, total = binding.scratch("rest", output), binding.scalar("sum of Huber")
        binding.forward(np.subtract, output, binding.target, difference)
        binding.forward(np.maximum, difference, layer.constant(-self.delta), out=cut)
        binding.forward(np.minimum, cut, layer.constant(self.delta), out=cut)
        binding.forward(np.multiply, cut, layer.constant(0.5), rest)
        binding.forward(np.subtract, difference, rest, rest)
        weighted = binding.weighted("cut", cut)
        binding.forward(np.dot, weighted.reshape(-1), rest.reshape(-1), total)
        binding.forward(np.add, binding.total, total, binding.total)
        if layer.output_gradient is not None:
            factor = layer.constant(binding.per_value)
            binding.backward(np.multiply, weighted, factor, layer.output_gradient)


def check_numbers(
    loss: Loss, layer: Layer, task: str | None, columns: int | None
) -> tuple[Problem, ...]:
    """Advice to use a cross-entropy, with its activation, where a loss for numbers meets classes or
    yes and no.
    """
    if task not in ("classification", "yes/no"):
        return ()
    # By name, because the losses for classes know those for numbers, and not the reverse.
    units = getattr(layer, "units", columns)
    is_binary = units == 1 or task == "yes/no"
    name = "binary_cross_entropy" if is_binary else "categorical_cross_entropy"
    activation = Sigmoid() if is_binary else Softmax()
    what = "yes or no" if task == "yes/no" else "classes"
    better = find("loss", name)()
    return (
        Problem(
            f"{loss.label} learns {what} slowly.",
            f"{better.label} compares probabilities, which a {activation.label.lower()} gives, and "
            f"is the usual choice for {what}.",
            setting="loss",
            severity="advice",
            fix=Fix(
                f"Use {better.label.lower()}",
                (("activation", activation),),
                plan=(("loss", better),),
            ),
        ),
    )
