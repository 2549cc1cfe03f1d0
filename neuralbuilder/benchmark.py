"""How long a training step takes here, beside PyTorch and scikit-learn where they are installed.

All candidates train the same network on the same data with the same mini-batches, float32, update
included. They are measured in turns within one run, so that what slows the machine down slows all
of them down; only the ratios can be compared between machines.
"""

from __future__ import annotations

import importlib.util
import platform
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Adam, Optimizer, Sgd
from neuralbuilder.engine.program import Program
from neuralbuilder.project.text import parse

Array = NDArray[Any]
Steps = Callable[[int], None]

TURN_SECONDS = 0.03
BATCHES = 16
OURS = "NeuralBuilder"


@dataclass(frozen=True)
class Case:
    """One row of the table: a network in its text form, and how it is trained."""

    title: str
    design: str
    batch_size: int
    optimizer: Optimizer
    loss: Loss

    @property
    def training(self) -> str:
        """Batch size, optimizer and loss in words."""
        loss = "MSE" if isinstance(self.loss, MeanSquaredError) else "cross-entropy"
        return f"{self.batch_size}, {self.optimizer.label}, {loss}"


_MSE, _CE = MeanSquaredError(), CategoricalCrossEntropy()
_SGD, _ADAM = Sgd(0.01), Adam(0.001)
CASES = (
    Case("2-4-2-1 tanh", "2 -> 4 tanh -> 2 tanh -> 1 tanh", 10, _SGD, _MSE),
    Case("4-3-2 tanh", "4 -> 3 tanh -> 2 linear", 32, _ADAM, _MSE),
    Case("7-8×6-1 tanh", "7" + " -> 8 tanh" * 6 + " -> 1 tanh", 30, _SGD, _MSE),
    Case("64-64-32-10 tanh", "64 -> 64 tanh -> 32 tanh -> 10 softmax", 32, _ADAM, _CE),
    Case("784-128-10 ReLU", "784 -> 128 relu -> 10 softmax", 64, _SGD, _CE),
    Case("784-512-512-10 ReLU", "784 -> 512 relu -> 512 relu -> 10 softmax", 128, _ADAM, _CE),
)


def measure(
    rounds: int = 7,
    report: Callable[[int, str], None] = lambda done, name: None,
    cases: tuple[Case, ...] | None = None,
) -> dict[str, Any]:
    """Microseconds per step of every case, the median of `rounds` turns, as JSON types.

    ``times_faster_than`` is the median of the ratios within each turn.
    """
    cases = CASES if cases is None else cases
    libraries = {"PyTorch": "torch", "scikit-learn": "sklearn"}
    found = [title for title, name in libraries.items() if importlib.util.find_spec(name)]
    rows = []
    for index, case in enumerate(cases):
        report(index, case.title)
        rows.append(_row(case, found, rounds))
    report(len(cases), "")
    return {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}",
        "rounds": rounds,
        "libraries": found,
        "rows": rows,
    }


def _row(case: Case, libraries: list[str], rounds: int) -> dict[str, Any]:
    data = _data(case)
    candidates = {OURS: _ours(case, data)}
    makers = {"PyTorch": _torch, "scikit-learn": _sklearn}
    candidates |= {title: makers[title](case, data) for title in libraries}
    turns = _turns(candidates, rounds)
    return {
        "network": case.title,
        "training": case.training,
        "microseconds": {name: 1e6 * median(times) for name, times in turns.items()},
        "times_faster_than": {
            name: median(other / own for other, own in zip(turns[name], turns[OURS], strict=True))
            for name in libraries
        },
    }


def _turns(candidates: Mapping[str, Steps], rounds: int) -> dict[str, list[float]]:
    """Seconds per step of every candidate in every round; the first round only warms up."""
    counts = {name: _calibrated(steps) for name, steps in candidates.items()}
    turns: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name, steps in candidates.items():
            start = time.perf_counter()
            steps(counts[name])
            seconds = (time.perf_counter() - start) / counts[name]
            if turn:
                turns[name].append(seconds)
    return turns


def _calibrated(steps: Steps) -> int:
    """How many steps fill one turn."""
    count = 1
    while True:
        start = time.perf_counter()
        steps(count)
        seconds = time.perf_counter() - start
        if seconds > TURN_SECONDS / 4 or count > 1_000_000:
            return max(1, round(count * TURN_SECONDS / seconds))
        count *= 4


# ------------------------------------------------------------------ the candidates


def _network(case: Case) -> Network:
    layers = parse(case.design).layers
    ids = [f"layer_{index}" for index in range(len(layers))]
    links = tuple(pairwise(ids))
    return Network(Graph(tuple(zip(ids, layers, strict=True)), links))


def _data(case: Case) -> tuple[Array, Array]:
    """A few mini-batches of noise; one-hot targets for classes."""
    network, random = _network(case), np.random.default_rng(0)
    count = BATCHES * case.batch_size
    x = random.standard_normal((count, *network.input_shape)).astype(np.float32)
    outputs = network.output_shape[0]
    if case.loss == _CE:
        return x, np.eye(outputs, dtype=np.float32)[random.integers(outputs, size=count)]
    return x, random.uniform(-1, 1, (count, outputs)).astype(np.float32)


def _ours(case: Case, data: tuple[Array, Array]) -> Steps:
    network, size = _network(case), case.batch_size
    state = case.optimizer.new_state(network.parameter_count, network.dtype)
    program = Program(network, network.initial(0), size, case.loss, case.optimizer, state)
    x, y = data

    def steps(count: int) -> None:
        with np.errstate(all="ignore"):
            for index in range(count):
                start = index % BATCHES * size
                np.copyto(program.x, x[start : start + size])
                np.copyto(program.y, y[start : start + size])
                program.step()

    return steps


def _torch(case: Case, data: tuple[Array, Array]) -> Steps:
    import torch

    activations = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
    network, modules = _network(case), []
    for node, inputs in network.shapes.inputs.items():
        layer: Any = network.graph.layer(node)
        if inputs:
            modules.append(torch.nn.Linear(inputs[0][0], layer.units))
            if layer.activation.name in activations:
                modules.append(activations[layer.activation.name]())
    model = torch.nn.Sequential(*modules)
    rate = getattr(case.optimizer, "learning_rate", 0.01)
    adam = isinstance(case.optimizer, Adam)
    optimizer = (torch.optim.Adam if adam else torch.optim.SGD)(model.parameters(), lr=rate)
    x, y = (torch.from_numpy(array) for array in data)
    criterion: Any
    if case.loss == _CE:
        y, criterion = y.argmax(1), torch.nn.CrossEntropyLoss()
    else:
        criterion = torch.nn.MSELoss()
    size = case.batch_size

    def steps(count: int) -> None:
        for index in range(count):
            start = index % BATCHES * size
            optimizer.zero_grad()
            criterion(model(x[start : start + size]), y[start : start + size]).backward()
            optimizer.step()

    return steps


def _sklearn(case: Case, data: tuple[Array, Array]) -> Steps:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    layers: Any = parse(case.design).layers
    settings: dict[str, Any] = {
        "hidden_layer_sizes": [layer.units for layer in layers[1:-1]],
        "activation": layers[1].activation.name,
        "solver": "adam" if isinstance(case.optimizer, Adam) else "sgd",
        "learning_rate_init": getattr(case.optimizer, "learning_rate", 0.01),
        "momentum": 0.0,
        "alpha": 0.0,
        "batch_size": case.batch_size,
        "shuffle": False,
        "random_state": 0,
    }
    x, y = data
    size = case.batch_size
    if case.loss == _CE:
        classes = np.arange(y.shape[1])
        model, options, y = MLPClassifier(**settings), {"classes": classes}, y.argmax(1)
    else:
        model, options, y = MLPRegressor(**settings), {}, y[:, 0] if y.shape[1] == 1 else y

    def steps(count: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for index in range(count):
                start = index % BATCHES * size
                model.partial_fit(x[start : start + size], y[start : start + size], **options)
                options.clear()

    return steps
