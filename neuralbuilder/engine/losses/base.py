"""The contract of a loss: a formula for people, a kernel, and what it fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.activations import Activation, Linear
from neuralbuilder.engine.binding import Array, Binding, Step
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.parts import Part
from neuralbuilder.problems import Problem


@dataclass(eq=False)
class LossBinding:
    """The arrays of a loss inside one compiled program.

    `target` lies in memory like `output`. The forward steps add the loss of a batch, divided by
    `scale`, to `total` (a single number); the backward steps write ∂L/∂output into
    `output_gradient`, or ∂L/∂z into `delta` when `fused`. These samples are the given `share` of a
    mini-batch, and the loss is that of the mini-batch. Where there are `weights`, one per sample,
    the loss is the mean of the samples' losses times their weights; without them every sample
    counts alike.
    """

    layer: Binding
    target: Array
    total: Array
    fused: bool
    share: float = 1.0
    scale: float = 1.0
    weights: Array | None = None
    forward_steps: list[Step] = field(default_factory=list)
    backward_steps: list[Step] = field(default_factory=list)

    @property
    def per_value(self) -> float:
        """One over the number of output values in the mini-batch."""
        return self.share / self.layer.output.size

    @property
    def per_sample(self) -> float:
        """One over the number of samples in the mini-batch."""
        return self.share / self.layer.batch

    def forward(self, function: Callable[..., object], *arguments: Any, **named: Any) -> None:
        """Append a call to the computation of the value."""
        self.forward_steps.append(partial(function, *arguments, **named))

    def backward(self, function: Callable[..., object], *arguments: Any, **named: Any) -> None:
        """Append a call to the computation of the gradient."""
        self.backward_steps.append(partial(function, *arguments, **named))

    def weighted(self, name: str, values: Array) -> Array:
        """Values of every sample (…, batch) times its weight, in memory of their own; without
        weights the values themselves.
        """
        if self.weights is None:
            return values
        result = self.scratch(f"weighted {name}", values)
        self.forward(np.multiply, values, self.weights, result)
        return result

    def weigh(self, values: Array) -> None:
        """Multiply the loss's own values (…, batch) by the weights, if there are some."""
        if self.weights is not None:
            self.forward(np.multiply, values, self.weights, values)

    def weigh_gradient(self, gradient: Array | None) -> None:
        """Multiply a gradient (…, batch) by the weights, if there are some."""
        if self.weights is not None and gradient is not None:
            self.backward(np.multiply, gradient, self.weights, gradient)

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

    def of_samples(self, output: Array, target: Array) -> Array:
        """The loss of every sample alone, (samples,) in float64.

        Outputs and targets are (samples, outputs).
        """
        raise NotImplementedError

    def value(self, output: Array, target: Array) -> float:
        """The mean of `of_samples`: the loss of outputs (samples, outputs) against targets of the
        same shape.
        """
        return float(np.mean(self.of_samples(output, target)))

    def fuses(self, layer: Layer) -> bool:
        """Whether the loss is computed from z when this is the output layer."""
        return self.partner is not None and type(activation_of(layer)) is self.partner

    def check(
        self, layer: Layer, task: str | None = None, columns: int | None = None
    ) -> tuple[Problem, ...]:
        """What does not fit between this loss, the output layer and the data.

        `task` is "regression", "classification" or "yes/no" and `columns` the number of target
        columns, None where unknown. Problems whose setting is "loss" are about the plan, the others
        about the output layer.
        """
        return ()

    def build(self, binding: LossBinding) -> None:
        """Append the steps for the value and, where the network learns, for the gradient."""
        raise NotImplementedError


def activation_of(layer: Layer) -> Activation:
    """The activation of a layer; linear for layers that have none."""
    activation = getattr(layer, "activation", None)
    return activation if isinstance(activation, Activation) else Linear()
