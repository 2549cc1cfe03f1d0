"""The contract of a layer: settings, a shape rule and a kernel, and no arrays of its own."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, Literal

from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.engine.initializers import Initializer
from neuralbuilder.parts import Part
from neuralbuilder.problems import Problem

Shape = tuple[int, ...]
Role = Literal["input", "hidden", "output"]


def sizes(shape: Shape) -> str:
    """A shape as messages show it: ``4``, or ``3 × 24 × 24``."""
    return " × ".join(str(size) for size in shape)


def rows_of(values: Array) -> Array:
    """Values of a mini-batch as one row per unit or channel, in the same memory."""
    return values if values.ndim == 2 else values.reshape(len(values), -1)


@dataclass(frozen=True)
class Parameter:
    """One trainable array of a layer: its name (``W``), shape and where its numbers come from.

    `initial` None means zeros. `fan_in` and `fan_out` are the numbers of connections into and out
    of one neuron, as the initializers need them. `decays` says whether L1 and L2 apply. What is not
    `trainable` (a running mean) has the gradient 0, so that no optimizer moves it; its layer writes
    it by itself, while training or in `Layer.fitted`.
    """

    name: str
    shape: Shape
    initial: Initializer | None
    fan_in: int
    fan_out: int
    decays: bool
    trainable: bool = True


class Layer(Part):
    """Base of all layers. A shape is (units,) or (channels, height, width), without the batch.

    `family` is the heading under which people look for it. `stem` is how ids of this layer begin,
    and `title` how its name does, where that is not the same word. `inputs_allowed` is the least
    and the largest number of links into it (None: any number).

    `is_view` says that the output is the input under another shape, `draws_noise` that it is the
    input except while training, when `Binding.random` has a part in it. `mixes_samples` says that
    while training an output depends on the other samples of its mini-batch, which then cannot be
    computed in parts. `selects` says that every output is one of the inputs, so that a rising
    function may as well be applied afterwards; `can_wait` that bias and activation of this layer
    may be left to such a reader. `bends` says that without an activation the output is no linear
    function of the input. `fits` says that `fitted` takes numbers from the training data.
    """

    kind: ClassVar[str] = "layer"
    family: ClassVar[str] = "More"
    role: ClassVar[Role] = "hidden"
    stem: ClassVar[str] = "hidden"
    title: ClassVar[str] = ""
    inputs_allowed: ClassVar[tuple[int, int | None]] = (1, 1)
    is_view: ClassVar[bool] = False
    mixes_samples: ClassVar[bool] = False
    selects: ClassVar[bool] = False
    can_wait: ClassVar[bool] = False
    draws_noise: ClassVar[bool] = False
    bends: ClassVar[bool] = False
    fits: ClassVar[bool] = False

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """The shape of one output for inputs of these shapes, or what does not fit."""
        raise NotImplementedError

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The trainable arrays for inputs of these shapes, in the order of storage."""
        return ()

    def multiplications(self, inputs: tuple[Shape, ...]) -> int:
        """How often a weight is multiplied with a value, for one sample on its way forward."""
        return sum(prod(p.shape) for p in self.parameters(inputs) if len(p.shape) > 1)

    def penalties(self) -> tuple[float, float]:
        """The strengths of L1 and L2 on this layer's weights."""
        return 0.0, 0.0

    def least_batch(self, inputs: tuple[Shape, ...]) -> int:
        """The smallest mini-batch this layer can be trained with, for inputs of these shapes."""
        return 1

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """About how many values per sample training needs besides output and gradient."""
        return 0

    def fitted(self, inputs: Array) -> dict[str, Array]:
        """Parameters of this layer for these inputs of the training part, (samples, …), by name."""
        return {}

    def build(self, binding: Binding) -> None:
        """Append the steps of one forward and one backward pass over the arrays of `binding`."""
        raise NotImplementedError
