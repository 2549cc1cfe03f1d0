"""The estimate of memory, beside what is really taken."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from neuralbuilder.engine.activations import Gelu, Linear
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    LayerNorm,
    MaxPool2D,
    Output,
)
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.memory import estimate_memory
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Adam
from neuralbuilder.engine.program import Program
from tests.engine.networks import chain, joined


def test_memory_is_estimated_without_allocating():
    memory = estimate_memory(chain(4, 1_000_000, 1_000_000, 1), batch_size=32, samples=1000)
    assert memory.largest == "hidden_2"
    assert memory.parameters == 5_000_000 + 1_000_001_000_000 + 1_000_001
    assert memory.total > 4 * 4 * memory.parameters
    assert memory.largest_bytes <= memory.total
    small = chain(4, 3, 2)
    assert estimate_memory(small, 32, "float64").total == 2 * estimate_memory(small, 32).total
    assert estimate_memory(Graph(), 1).total == 0


def with_normalisation(*, images: bool) -> Graph:
    if images:
        conv = Conv2D(8, (3, 3), Linear(), padding="same")
        pooled = (conv, BatchNorm(), ActivationLayer(), MaxPool2D(), Dropout(), Flatten())
        return joined(Input((3, 24, 24)), *pooled, Output(10))
    return joined(Input((100,)), Dense(300), BatchNorm(), Dense(300), LayerNorm(), Output(10))


@pytest.mark.parametrize("batch", [16, 128])
@pytest.mark.parametrize(
    "graph",
    [
        chain(100, 300, 300, 10),
        chain(100, 300, 300, 10, hidden=Gelu()),
        chain(100, 300, 300, 10, hidden=Linear()),
        joined(Input((3, 24, 24)), Conv2D(8, (5, 5)), MaxPool2D(), Flatten(), Output(10)),
        joined(Input((3, 24, 24)), Conv2D(8, padding="same"), AvgPool2D(), Flatten(), Output(10)),
        with_normalisation(images=False),
        with_normalisation(images=True),
    ],
)
def test_the_estimate_is_what_a_program_takes(graph, batch):
    network = Network(graph)
    random = np.random.default_rng(0)
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        program = Program(
            network, network.initial(0), batch, MeanSquaredError(), Adam(), random=random
        )
        taken = tracemalloc.get_traced_memory()[0] - start
    finally:
        tracemalloc.stop()
    assert program.batch_size == batch
    # Four copies of the weights with both arrays of Adam belong to the training loop.
    estimate = estimate_memory(graph, batch).total - 4 * 3 * 4 * network.parameter_count
    assert taken / 2 <= estimate <= taken * 2
