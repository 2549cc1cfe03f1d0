"""Sources of all kinds: regression, classification, two inputs, and one that is too large."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from neuralbuilder.data.bundled import Digits, Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.planes import PlaneRegression, Spiral
from neuralbuilder.data.preprocessing import Standardise, prepare
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.activations import Linear, Relu, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    AvgPool2D,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAvgPool,
    Input,
    LayerNorm,
    MaxPool2D,
    Output,
    Reshape,
)
from neuralbuilder.engine.layers import Standardise as StandardiseLayer
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanSquaredError,
)
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.base import Source

LOG = {
    "loss/train": np.array([[1.0, 1.0], [10.0, 0.5], [100.0, 0.25]]),
    "loss/test": np.array([[10.0, 0.7], [100.0, 0.3]]),
    "accuracy/test": np.array([[10.0, 0.5], [100.0, 0.75]]),
    "epoch": np.array([[1.0, 0.1], [10.0, 1.0], [100.0, 10.0]]),
    "mark/learning rate": np.array([[50.0, 0.003]]),
}


def chain(*layers: Layer) -> Graph:
    ids = [layer.stem for layer in layers]
    ids = [f"{stem}_{i}" if ids.count(stem) > 1 or stem == "hidden" else stem
           for i, stem in enumerate(ids)]  # fmt: skip
    return Graph(tuple(zip(ids, layers, strict=True)), tuple(pairwise(ids)))


def source(
    dataset: Dataset, loss: Loss, *layers: Layer, precision: str = "float64", sample: int = 5
) -> Source:
    return source_of(dataset, loss, chain(*layers), precision=precision, sample=sample)


def source_of(
    dataset: Dataset, loss: Loss, graph: Graph, precision: str = "float64", sample: int = 5
) -> Source:
    network = Network(graph, precision)
    samples = dataset.load()
    outputs = network.output_shape[0]
    data = prepare(samples, Split(), Standardise(), outputs=outputs, precision=precision)
    return Source(network, loss, network.initial(1), data, LOG, sample)


class DigitImages(Dataset):
    """The digits as images of one channel."""

    def load(self) -> Samples:
        samples = Digits().load()
        return dataclasses.replace(samples, x=samples.x.reshape(-1, 1, 8, 8))


class Weather(Dataset):
    """Three questions that are answered by yes or no."""

    def load(self) -> Samples:
        random = np.random.default_rng(0)
        x = random.normal(size=(200, 5))
        y = (x[:, :3] + random.normal(size=(200, 3)) > [0, 1, -0.5]).astype(float)
        return Samples(x, y, tuple("abcde"), ("rain", "wind", "snow"), "yes/no")


def residual() -> Graph:
    """A path around a layer, and another branch that joins behind it."""
    layers = {
        "input": Input((4,)),
        "hidden_1": Dense(6, Tanh()),
        "hidden_2": Dense(6, Relu(), bias=False),
        "hidden_3": Dense(2, Relu()),
        "add": Add(),
        "concatenate": Concatenate(),
        "output": Output(3, Softmax()),
    }
    links = (
        ("input", "hidden_1"),
        ("hidden_1", "hidden_2"),
        ("input", "hidden_3"),
        ("hidden_2", "add"),
        ("hidden_1", "add"),
        ("hidden_3", "concatenate"),
        ("add", "concatenate"),
        ("concatenate", "output"),
    )
    return Graph(tuple(layers.items()), links)


SOURCES: dict[str, Callable[[], Source]] = {
    "regression": lambda: source(
        FormulaDataset(samples=300), MeanSquaredError(), Input((4,)), Dense(3, Tanh()), Output(2)
    ),
    "float32": lambda: source(
        FormulaDataset(samples=300),
        MeanSquaredError(),
        Input((4,)),
        Dense(3, Tanh(), bias=False),
        Output(2),
        precision="float32",
    ),
    "classes": lambda: source(
        Iris(), CategoricalCrossEntropy(), Input((4,)), Dense(5, Relu()), Output(3, Softmax())
    ),
    "plane classes": lambda: source(
        Spiral(samples=200),
        BinaryCrossEntropy(),
        Input((2,)),
        Dense(8, Tanh()),
        Dense(8, Relu()),
        Output(1, Sigmoid()),
    ),
    "plane numbers": lambda: source(
        PlaneRegression(samples=200), MeanSquaredError(), Input((2,)), Dense(3, Tanh()), Output(1)
    ),
    "large": lambda: source(
        Digits(),
        CategoricalCrossEntropy(),
        Input((64,)),
        Dense(800, Relu()),
        Dense(100, Sigmoid()),
        Output(10, Softmax()),
    ),
    "convolution": lambda: source(
        Digits(),
        CategoricalCrossEntropy(),
        Input((64,)),
        Reshape((1, 8, 8)),
        Conv2D(12, (3, 3)),
        MaxPool2D(),
        Conv2D(3, (2, 2), Tanh(), bias=False),
        GlobalAvgPool(),
        Output(10, Softmax()),
    ),
    "images": lambda: source(
        DigitImages(),
        CategoricalCrossEntropy(),
        Input((1, 8, 8)),
        StandardiseLayer(),
        BatchNorm(),
        ActivationLayer(Relu()),
        AvgPool2D(),
        Flatten(),
        Output(10, Softmax()),
        precision="float32",
    ),
    "answers": lambda: source(
        Weather(), BinaryCrossEntropy(), Input((5,)), Dense(4, Tanh()), Output(3, Sigmoid())
    ),
    "branches": lambda: source_of(Iris(), CategoricalCrossEntropy(), residual()),
    "normalisation": lambda: source(
        Spiral(samples=200),
        BinaryCrossEntropy(),
        Input((2,)),
        BatchNorm(),
        Dense(6, Linear()),
        LayerNorm(),
        ActivationLayer(Tanh()),
        Dropout(),
        GaussianNoise(),
        Output(1, Sigmoid()),
    ),
}


@cache
def cached(name: str) -> Source:
    """A source of this kind, made once: nothing in it changes."""
    return SOURCES[name]()


@pytest.fixture(params=list(SOURCES))
def any_source(request: pytest.FixtureRequest) -> Source:
    return cached(request.param)


@pytest.fixture
def make_source() -> Callable[[str], Source]:
    return cached
