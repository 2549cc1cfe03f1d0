"""What the compiler hands to a layer: arrays to read and write, and lists to append steps to.

The mini-batch is the last axis everywhere: vectors lie as (units, batch) and images as (channels,
height, width, batch). So the values of a unit are contiguous, a row of an image is one run of
memory for all its samples, every elementwise step runs over one block, and flattening an image is
no more than another name for the same memory. Below the values of every output lies one row more,
always 1: the bias neuron. A layer only ever writes its own output, the gradients of its inputs and
of its parameters; it never adds to them, because the compiler gives every reader of an output a
gradient array of its own and sums them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Step = Callable[[], object]


@dataclass(frozen=True, eq=False)
class Buffer:
    """The output of one layer for a whole mini-batch.

    `values` is what kernels read and write, `with_one` the same memory as (values, batch) with the
    bias neuron's row, `samples` the same memory with the batch first, as people see it.
    """

    values: Array
    with_one: Array
    samples: Array


def output_buffer(shape: tuple[int, ...], batch: int, dtype: np.dtype[Any]) -> Buffer:
    """Memory for outputs of this shape."""
    with_one = np.zeros((prod(shape) + 1, batch), dtype)
    with_one[-1] = 1
    return _buffer(with_one, shape)


def input_buffer(shape: tuple[int, ...], batch: int, dtype: np.dtype[Any]) -> Buffer:
    """Memory for the network's input: a vector is one row per sample, so that filling it is a
    plain copy.
    """
    if len(shape) > 1:
        return output_buffer(shape, batch, dtype)
    rows = np.zeros((batch, shape[0] + 1), dtype)
    rows[:, -1] = 1
    return _buffer(rows.T, shape)


def viewed_buffer(source: Buffer, shape: tuple[int, ...]) -> Buffer | None:
    """The memory of another buffer under a shape of as many values; None where its values do not
    lie one after the other.
    """
    return _buffer(source.with_one, shape) if source.with_one.flags.c_contiguous else None


def _buffer(with_one: Array, shape: tuple[int, ...]) -> Buffer:
    values = with_one[:-1]
    if len(shape) > 1:
        values = values.reshape(*shape, -1)
    return Buffer(values, with_one, batch_first(values))


def plain_array(shape: tuple[int, ...], batch: int, dtype: np.dtype[Any]) -> Array:
    """An array in the layout of `Buffer.values`, without the bias neuron."""
    return np.zeros((*shape, batch), dtype)


def batch_first(array: Array) -> Array:
    """An array in the layout of `Buffer.values` as (samples, units) or (samples, c, h, w)."""
    return np.moveaxis(array, -1, 0)


@dataclass(eq=False)
class Binding:
    """The arrays of one layer inside one compiled program.

    `inputs` and `inputs_with_one` are the outputs of the sources; `input_gradients` has None where
    nothing before that source learns. `output_gradient` and the parameters' gradients are present
    only when `learns`. `delta_given` means that the loss writes ∂L/∂z into `delta` by itself.
    `random` is the generator for noise; it is drawn from only when `training`. A layer that `waits`
    leaves bias and activation to its reader, for which it is the one `waiting`.
    """

    node: str
    batch: int
    dtype: np.dtype[Any]
    inputs: tuple[Array, ...]
    inputs_with_one: tuple[Array, ...]
    output: Array
    input_gradients: tuple[Array | None, ...] = ()
    output_gradient: Array | None = None
    parameters: Mapping[str, Array] = field(default_factory=dict)
    gradients: Mapping[str, Array] = field(default_factory=dict)
    stacked: Array | None = None
    stacked_gradient: Array | None = None
    training: bool = False
    delta_given: bool = False
    random: np.random.Generator | None = None
    waits: bool = False
    waiting: tuple[Any, Binding] | None = None
    pre_activation: Array | None = None
    delta: Array | None = None
    forward_steps: list[Step] = field(default_factory=list)
    backward_steps: list[Step] = field(default_factory=list)
    _scratch: dict[str, Array] = field(default_factory=dict)

    @property
    def learns(self) -> bool:
        """Whether a backward pass goes through this layer."""
        return self.output_gradient is not None

    def parameter(self, name: str) -> Array:
        """The trainable array of this name."""
        return self.parameters[name]

    def gradient(self, name: str) -> Array:
        """The array that receives the gradient of the parameter of this name."""
        return self.gradients[name]

    def scratch(self, name: str, shape: tuple[int, ...], dtype: Any = None) -> Array:
        """Memory of this layer's own, zero at first; the same name gives the same array."""
        if name not in self._scratch:
            self._scratch[name] = np.zeros(shape, self.dtype if dtype is None else dtype)
        return self._scratch[name]

    def constant(self, value: float) -> Array:
        """A number as an array without axes, so that no step has to convert it."""
        name = f"constant {value!r}"
        if name not in self._scratch:
            self._scratch[name] = np.array(value, self.dtype)
        return self._scratch[name]

    def filled(self, value: float, shape: tuple[int, ...]) -> Array:
        """A whole array of one number.

        For `maximum` and `minimum`, which are several times faster with two whole arrays.
        """
        name = f"filled {value!r} {shape}"
        if name not in self._scratch:
            self._scratch[name] = np.full(shape, value, self.dtype)
        return self._scratch[name]

    def forward(self, function: Callable[..., object], *arguments: Any, **named: Any) -> None:
        """Append the call ``function(*arguments, **named)`` to the forward pass."""
        self.forward_steps.append(partial(function, *arguments, **named))

    def backward(self, function: Callable[..., object], *arguments: Any, **named: Any) -> None:
        """Append the call ``function(*arguments, **named)`` to the backward pass."""
        self.backward_steps.append(partial(function, *arguments, **named))
