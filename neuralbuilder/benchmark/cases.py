"""The networks that are measured, how they are trained, and how fast they are meant to be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.activations import Activation, Linear, Relu, Softmax, Tanh
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPool2D,
    Output,
)
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Adam, Optimizer, Sgd

Array = NDArray[Any]

BATCHES = 16
"""How many mini-batches of data there are; then they come again."""


@dataclass(frozen=True)
class Case:
    """One row of the table: a chain of layers, how it is trained, and the goal.

    `goal` is how many times faster than PyTorch a training step is meant to be.
    """

    title: str
    layers: tuple[Layer, ...]
    batch_size: int
    optimizer: Optimizer
    loss: Loss
    goal: float

    @property
    def graph(self) -> Graph:
        """The layers with links from each to the next."""
        ids = [f"layer_{index}" for index in range(len(self.layers))]
        return Graph(tuple(zip(ids, self.layers, strict=True)), tuple(pairwise(ids)))

    @property
    def network(self) -> Network:
        """A new network in single precision."""
        return Network(self.graph)

    @property
    def has_classes(self) -> bool:
        """Whether the targets are one-hot."""
        return isinstance(self.loss, CategoricalCrossEntropy)

    @property
    def is_dense(self) -> bool:
        """Whether all layers are fully connected."""
        return all(isinstance(layer, Input | Dense | Output) for layer in self.layers)

    @property
    def training(self) -> str:
        """Batch size, optimizer and loss in words."""
        loss = "cross-entropy" if self.has_classes else "MSE"
        return f"{self.batch_size}, {self.optimizer.label}, {loss}"

    def data(self) -> tuple[Array, Array]:
        """A few mini-batches of noise, (samples, …) each; one-hot targets for classes."""
        network, random = self.network, np.random.default_rng(0)
        count = BATCHES * self.batch_size
        x = random.standard_normal((count, *network.input_shape), np.float32)
        (outputs,) = network.output_shape
        if self.has_classes:
            return x, np.eye(outputs, dtype=np.float32)[random.integers(outputs, size=count)]
        return x, random.uniform(-1, 1, (count, outputs)).astype(np.float32)


def dense(*sizes: int, hidden: Activation, output: Activation) -> tuple[Layer, ...]:
    """Input, fully connected layers and output of these sizes."""
    first, *between, last = sizes
    layers = (Dense(size, hidden) for size in between)
    return Input((first,)), *layers, Output(last, output)


_RELU, _TANH = Relu(), Tanh()
_ONE_FILTER_LAYER = (
    Input((1, 28, 28)),
    Conv2D(3, (5, 5), _RELU),
    MaxPool2D((2, 2)),
    Flatten(),
    Output(10, Softmax()),
)
_LENET_TITLE = "LeNet-5 (6, 16 maps; tanh; average pool; 120, 84, 10)"
# LeCun, Bottou, Bengio and Haffner (1998), section II.B, with a softmax.
_LENET = (
    Input((1, 28, 28)),
    Conv2D(6, (5, 5), _TANH, padding="same"),
    AvgPool2D((2, 2)),
    Conv2D(16, (5, 5), _TANH),
    AvgPool2D((2, 2)),
    Flatten(),
    Dense(120, _TANH),
    Dense(84, _TANH),
    Output(10, Softmax()),
)
_TWO_FILTER_LAYERS_TITLE = "conv 32 → pool → conv 64 → pool → 128 → 10, 3×3 same"
_TWO_FILTER_LAYERS = (
    Input((1, 28, 28)),
    Conv2D(32, (3, 3), _RELU, padding="same"),
    MaxPool2D((2, 2)),
    Conv2D(64, (3, 3), _RELU, padding="same"),
    MaxPool2D((2, 2)),
    Flatten(),
    Dense(128, _RELU),
    Output(10, Softmax()),
)
_TINY = dense(2, 4, 2, 1, hidden=_TANH, output=_TANH)
_SMALL = dense(4, 3, 2, hidden=_TANH, output=Linear())
_DEEP = dense(7, *[8] * 6, 1, hidden=_TANH, output=_TANH)
_MIDDLE = dense(64, 64, 32, 10, hidden=_TANH, output=Softmax())
_IMAGE = dense(784, 128, 10, hidden=_RELU, output=Softmax())
_WIDE = dense(784, 512, 512, 10, hidden=_RELU, output=Softmax())

_MSE, _CE = MeanSquaredError(), CategoricalCrossEntropy()
_SGD, _ADAM = Sgd(0.01), Adam(0.001)
CASES = (
    Case("2-4-2-1 tanh", _TINY, 10, _SGD, _MSE, goal=10),
    Case("4-3-2 tanh", _SMALL, 32, _ADAM, _MSE, goal=8),
    Case("7-8×6-1 tanh", _DEEP, 30, _SGD, _MSE, goal=8),
    Case("64-64-32-10 tanh", _MIDDLE, 32, _ADAM, _CE, goal=6),
    Case("784-128-10 ReLU", _IMAGE, 64, _SGD, _CE, goal=2.5),
    Case("784-512-512-10 ReLU", _WIDE, 128, _ADAM, _CE, goal=2.5),
    Case("28×28 → 3@5×5 ReLU → pool 2 → 10", _ONE_FILTER_LAYER, 32, _SGD, _CE, goal=1.2),
    Case(_LENET_TITLE, _LENET, 64, _ADAM, _CE, goal=1.3),
    Case(_TWO_FILTER_LAYERS_TITLE, _TWO_FILTER_LAYERS, 64, _ADAM, _CE, goal=1.6),
)


def widest(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The two fully connected networks with the most weights, in the order of `cases`."""
    by_size = sorted((c for c in cases if c.is_dense), key=lambda c: c.network.parameter_count)
    return tuple(case for case in cases if case in by_size[-2:])
