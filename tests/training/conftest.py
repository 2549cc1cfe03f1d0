"""Networks, plans and data for the training tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from neuralbuilder.data.bundled import Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.preprocessing import prepare
from neuralbuilder.engine.activations import Softmax, Tanh
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Dense, Input, Output
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.engine.optimizers import Adam
from neuralbuilder.project.model import Plan
from neuralbuilder.training.messages import Load
from neuralbuilder.training.session import Session

MakeLoad = Callable[..., Load]


def chain(*layers: Layer) -> Graph:
    ids = [layer.stem for layer in layers]
    ids = [f"hidden_{i}" if stem == "hidden" else stem for i, stem in enumerate(ids)]
    return Graph(tuple(zip(ids, layers, strict=True)), tuple(pairwise(ids)))


@pytest.fixture
def make_load() -> MakeLoad:
    """A function from plan settings to a `Load` of R⁴ → 3 tanh → R² on a typed function."""

    def make(generation: int = 1, hidden: int = 3, samples: int = 203, **settings: object) -> Load:
        plan = Plan(
            dataset=settings.pop("dataset", FormulaDataset(samples=samples)),
            optimizer=settings.pop("optimizer", Adam(learning_rate=0.01)),
            **settings,
        )
        graph = chain(Input((4,)), Dense(hidden, Tanh()), Output(2))
        return Load(generation, graph, plan, prepared(plan, outputs=2))

    return make


@pytest.fixture
def iris_load() -> Load:
    """A classifier of the iris data, 4 → 8 tanh → 3 softmax."""
    plan = Plan(dataset=Iris(), loss=CategoricalCrossEntropy(), batch_size=16)
    graph = chain(Input((4,)), Dense(8, Tanh()), Output(3, Softmax()))
    return Load(1, graph, plan, prepared(plan, outputs=3))


@pytest.fixture
def session() -> Iterator[Session]:
    """A started training process, closed after the test."""
    session = Session()
    session.start()
    yield session
    session.close()


def prepared(plan: Plan, outputs: int):
    return prepare(
        plan.dataset.load(),
        plan.split,
        plan.preprocessing,
        plan.scale_targets,
        outputs,
        plan.precision,
    )
