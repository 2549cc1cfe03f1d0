"""No activation at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.activations.base import Activation
from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.parts import register


@register("linear", "Linear", "z")
@dataclass(frozen=True)
class Linear(Activation):
    """The sum itself, unchanged. Several linear layers in a row amount to one matrix."""

    identity: ClassVar[bool] = True
    rising: ClassVar[bool] = True

    def value(self, z: Array) -> Array:
        """Just z."""
        return np.array(z)

    def derivative(self, z: Array) -> Array | None:
        """1 everywhere."""
        return np.ones_like(z)

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Nothing to do: z is the output."""

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """Nothing to do: the gradients are one array."""
