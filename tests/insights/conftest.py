"""Sources of all kinds: regression, classification, two inputs, and one that is too large."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from neuralbuilder.data.bundled import Digits, Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.planes import PlaneRegression, Spiral
from neuralbuilder.data.preprocessing import Standardise, prepare
from neuralbuilder.data.samples import Dataset
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.activations import Relu, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Dense, Input, Output
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
    ids = [f"hidden_{i}" if stem == "hidden" else stem for i, stem in enumerate(ids)]
    return Graph(tuple(zip(ids, layers, strict=True)), tuple(pairwise(ids)))


def source(
    dataset: Dataset, loss: Loss, *layers: Layer, precision: str = "float64", sample: int = 5
) -> Source:
    network = Network(chain(*layers), precision)
    samples = dataset.load()
    outputs = network.output_shape[0]
    data = prepare(samples, Split(), Standardise(), outputs=outputs, precision=precision)
    return Source(network, loss, network.initial(1), data, LOG, sample)


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
        Dense(400, Relu()),
        Dense(100, Sigmoid()),
        Output(10, Softmax()),
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
