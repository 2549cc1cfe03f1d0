"""What every activation offers: a formula for people and a kernel for programs.

`value` and `derivative` are plain functions of arrays (samples, units). `forward` and `backward`
append the steps a compiled program runs, over arrays in the layout of `engine.binding`.
"""

from __future__ import annotations

from typing import ClassVar

from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.parts import Part


class Activation(Part):
    """Base of all activations.

    `identity` means that output and z are one and the same array, `rising` that f(z) never falls
    while z rises, but for rounding.
    """

    kind: ClassVar[str] = "activation"
    identity: ClassVar[bool] = False
    rising: ClassVar[bool] = False

    @property
    def copies(self) -> int:
        """About how many arrays as large as the output a layer needs for this activation: z, ∂L/∂z
        and up to two in between.
        """
        return 0 if self.identity else 4

    def value(self, z: Array) -> Array:
        """f(z) for any array; softmax works along the last axis."""
        raise NotImplementedError

    def derivative(self, z: Array) -> Array | None:
        """f′(z), or None where an output depends on more than its own z."""
        raise NotImplementedError

    def forward(self, binding: Binding, z: Array, output: Array) -> None:
        """Append the steps that write f(z) into `output`."""
        raise NotImplementedError

    def backward(
        self, binding: Binding, z: Array, output: Array, gradient: Array, delta: Array
    ) -> None:
        """Append the steps that write ∂L/∂z into `delta`, given `gradient` = ∂L/∂output."""
        raise NotImplementedError
