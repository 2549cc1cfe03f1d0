"""Convolution: small filters that slide over an image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import ClassVar

from neuralbuilder.engine.activations import Activation, Relu
from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.initializers import HeUniform, Initializer, Zeros
from neuralbuilder.engine.layers.base import Layer, Parameter, Shape
from neuralbuilder.engine.layers.finishing import Finish, sums_of
from neuralbuilder.engine.layers.patches import Patches
from neuralbuilder.engine.layers.row_pairs import RowPairs, pays
from neuralbuilder.engine.layers.weights import (
    ACTIVATION_HELP,
    INITIALIZER_HELP,
    l1_penalty,
    l2_penalty,
)
from neuralbuilder.engine.layers.windows import Windows, needs_image, too_large
from neuralbuilder.parts import choice, integer, nested, register, size, switch
from neuralbuilder.problems import Fix, Problem


@register("conv", "Conv2D", "W∗x+b")
@dataclass(frozen=True)
class Conv2D(Layer):
    """Feature maps: each is one small filter that looks at every place of the image.

    z[f, i, j] = Σ over channels c and kernel cells (u, v) of W[f, c, u, v]·x[c, i·s+u, j·s+v] +
    b[f], the cross-correlation that the field calls convolution; LeCun, Bottou, Bengio and Haffner
    (1998), section II.A.
    """

    family: ClassVar[str] = "Images"
    stem: ClassVar[str] = "conv"

    maps: int = integer(
        8,
        "Feature maps",
        minimum=1,
        maximum=100_000,
        main=True,
        needed=True,
        help="How many filters there are.",
    )
    kernel: tuple[int, int] = size(
        (3, 3),
        "Kernel",
        maximum=1_000,
        main=True,
        help="Height and width of every filter, in pixels.",
    )
    activation: Activation = nested(Relu(), "Activation", always=True, help=ACTIVATION_HELP)
    bias: bool = switch(
        True,
        "Bias neuron",
        word="bias",
        help="A neuron of constant value 1, with one weight per feature map.",
    )
    stride: int = integer(
        1,
        "Stride",
        minimum=1,
        maximum=1_000,
        word="stride",
        help="How far the filter moves from place to place.",
    )
    padding: str = choice(
        "valid",
        "Padding",
        ("valid", "same", "margin"),
        choice_labels=("none", "same size", "margin"),
        word="pad",
        help="Zeros around the image: none, as many as keep its size, or a margin of your own.",
    )
    margin: int = integer(
        0,
        "Margin",
        minimum=0,
        maximum=1_000,
        when=("padding", "margin"),
        help="Rows and columns of zeros on each side, where the padding is a margin.",
    )
    initializer: Initializer = nested(HeUniform(), "Initial weights", help=INITIALIZER_HELP)
    l1: float = l1_penalty()
    l2: float = l2_penalty()

    @property
    def can_wait(self) -> bool:  # type: ignore[override]
        """Whether max pooling may come before bias and activation."""
        return self.activation.rising

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """(maps, height, width), for one image of any number of channels."""
        (shape,) = inputs
        problem = needs_image("A convolution", shape)
        if problem is not None:
            return problem
        windows = self.windows(shape)
        remedy = "Use a smaller kernel, padding, or a larger image."
        problem = too_large("kernel", windows, remedy)
        if problem is not None and self.padding == "valid":
            padded = Fix("Pad to the same size", (("padding", "same"),))
            return replace(problem, fix=padded, others=problem.fixes)
        return problem or (self.maps, *windows.counts)

    def windows(self, shape: Shape) -> Windows:
        """Where the filters look, for inputs of this shape."""
        _, height, width = shape
        if self.padding == "margin":
            margins = (self.margin, self.margin)
            return Windows(self.kernel, self.stride, height, width, margins, margins)
        if self.padding == "valid":
            return Windows(self.kernel, self.stride, height, width)
        needed = [
            max(0, (-(-length // self.stride) - 1) * self.stride + kernel - length)
            for length, kernel in zip((height, width), self.kernel, strict=True)
        ]
        before = (needed[0] // 2, needed[1] // 2)
        after = (needed[0] - before[0], needed[1] - before[1])
        return Windows(self.kernel, self.stride, height, width, before, after)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """W of shape (maps, channels, kernel height, kernel width), and b of shape (maps,)."""
        channels = inputs[0][0]
        cells = self.kernel[0] * self.kernel[1]
        fans = channels * cells, self.maps * cells
        shape = (self.maps, channels, *self.kernel)
        weights = Parameter("W", shape, self.initializer, *fans, decays=True)
        if not self.bias:
            return (weights,)
        return weights, Parameter("b", (self.maps,), Zeros(), *fans, decays=False)

    def multiplications(self, inputs: tuple[Shape, ...]) -> int:
        """Every weight once for every place of its filter."""
        rows, columns = self.windows(inputs[0]).counts
        return super().multiplications(inputs) * rows * columns

    def scratch_values(self, inputs: tuple[Shape, ...]) -> int:
        """What either way to the sums keeps, and what the activation needs."""
        channels, windows = inputs[0][0], self.windows(inputs[0])
        sums = RowPairs if pays(windows, channels, self.maps) else Patches
        kept = sums.scratch_values(windows, channels, self.maps)
        return kept + self.activation.copies * self.maps * prod(windows.counts)

    def penalties(self) -> tuple[float, float]:
        """This layer's own L1 and L2."""
        return self.l1, self.l2

    def build(self, binding: Binding) -> None:
        """Append the sums under all windows, bias and activation, and the way back."""
        channels, height, width, _ = binding.inputs[0].shape
        windows = self.windows((channels, height, width))
        quick = binding.training and binding.learns and pays(windows, channels, self.maps)
        sums = RowPairs(binding, windows) if quick else Patches(binding, windows)
        z = binding.output if binding.waits else sums_of(self.activation, binding)
        sums.forward(z)
        if binding.waits:
            delta = binding.output_gradient
        else:
            delta = Finish.of(self.activation, binding).build(binding, z, z)
            binding.pre_activation, binding.delta = z, delta
        if delta is not None:
            sums.backward(delta)
