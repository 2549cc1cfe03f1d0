"""Mini-batches that are computed in parts, one after the other or side by side."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from neuralbuilder.engine import splitting
from neuralbuilder.engine.activations import Sigmoid, Softmax
from neuralbuilder.engine.compiler import Options
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Conv2D, Dense, Flatten, Input, MaxPool2D, Output
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
)
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Adam, Sgd
from neuralbuilder.engine.program import Program
from neuralbuilder.training.crew import ThreadCrew
from tests.engine.networks import chain, joined, samples

IMAGES = joined(Input((1, 8, 8)), Conv2D(4), MaxPool2D(), Flatten(), Dense(6), Output(3, Softmax()))


@pytest.fixture
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thresholds so low that small networks are cut, too."""
    monkeypatch.setattr(splitting, "WORTH_A_LANE", 1)
    monkeypatch.setattr(splitting, "MOST_VALUES", 1000)


def program(graph: Graph, loss: Loss, batch: int, precision: str, **named: Any) -> Program:
    network = Network(graph, precision)
    compiled = Program(network, network.initial(0), batch, loss, Sgd(0.1), **named)
    x, y = samples(graph, batch)
    compiled.x[...], compiled.y[...] = x, y
    return compiled


@pytest.mark.usefixtures("in_small_parts")
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(
    ("graph", "loss"),
    [
        (IMAGES, CategoricalCrossEntropy()),
        (chain(40, 50, 3), MeanSquaredError()),
        (chain(40, 50, 3), MeanAbsoluteError()),
        (chain(40, 50, 3), Huber()),
        (chain(40, 50, 3), Hinge()),
        (chain(40, 50, 1, output=Sigmoid()), BinaryCrossEntropy()),
    ],
    ids=lambda value: value.name if isinstance(value, Loss) else "",
)
def test_gradient_and_loss_are_those_of_the_whole(graph, loss, threads):
    cut = program(graph, loss, 37, "float64", crew=ThreadCrew(threads), l2=0.1)
    assert not cut.bindings, "this mini-batch was meant to be cut"
    cut.step()
    network = Network(graph, "float64")
    start = network.initial(0)
    expected, gradient = network.loss_and_gradients(start, *samples(graph, 37), loss, l2=0.1)
    assert cut.take_loss() == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(cut.gradient, gradient, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(cut.parameters, start - 0.1 * gradient, rtol=1e-12)


@pytest.mark.usefixtures("in_small_parts")
def test_the_same_parts_give_the_same_bits():
    def trained() -> Any:
        cut = program(IMAGES, CategoricalCrossEntropy(), 37, "float32", crew=ThreadCrew(2))
        for _ in range(50):
            cut.step()
        return cut.parameters

    np.testing.assert_array_equal(trained(), trained())


@pytest.mark.usefixtures("in_small_parts")
def test_a_step_in_parts_allocates_nothing():
    cut = program(IMAGES, CategoricalCrossEntropy(), 37, "float32", crew=ThreadCrew(2))
    for _ in range(50):
        cut.step()
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(500):
            cut.step()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now - start < 1000
    assert peak - start < 4000


def lanes(graph: Graph, batch: int, threads: int, training: bool = True) -> Any:
    network = Network(graph)
    empty = np.zeros(network.parameter_count, np.float32)
    options = Options(batch, empty, gradient=empty, training=training)
    return splitting.lanes_of(network, options, threads)


def test_small_networks_stay_whole():
    assert lanes(chain(4, 8, 2), 32, 4) is None
    assert lanes(IMAGES, 32, 4) is None


def test_large_ones_use_the_threads_there_are():
    wide = chain(784, 512, 512, 10)
    assert lanes(wide, 128, 1) is None
    assert lanes(wide, 128, 2) == [[64], [64]]
    assert lanes(wide, 127, 2) == [[64], [63]]
    assert lanes(wide, 128, 2, training=False) is None


def test_what_would_fill_the_memory_is_cut():
    (sizes,) = lanes(chain(784, 512, 512, 10), 60_000, 1)
    assert sum(sizes) == 60_000
    assert max(sizes) * 1818 <= splitting.MOST_VALUES
    assert max(sizes) - min(sizes) <= 1


def test_what_goes_wrong_in_a_thread_is_raised_and_the_crew_goes_on():
    done: list[int] = []
    crew = ThreadCrew(2)

    def fail() -> None:
        raise ArithmeticError("broken")

    with pytest.raises(ArithmeticError, match="broken"):
        crew.run([[lambda: done.append(1)], [fail]])
    crew.run([[lambda: done.append(2)], [lambda: done.append(3)]])
    assert sorted(done) == [1, 2, 3]


def test_optimizers_work_on_the_gradient_of_all_parts():
    network = Network(chain(784, 512, 512, 10))
    compiled = Program(
        network, network.initial(0), 128, MeanSquaredError(), Adam(), crew=ThreadCrew(2)
    )
    x, y = samples(network.graph, 128)
    compiled.x[...], compiled.y[...] = x, y
    before = network.loss(compiled.parameters, x, y, MeanSquaredError())
    for _ in range(5):
        compiled.step()
    assert network.loss(compiled.parameters, x, y, MeanSquaredError()) < before
