"""Who is measured: each candidate is a function that does so many training steps.

Everybody does what their users do: forward, loss, backward, update, and the loss is read once in
`READ_EVERY` steps. The data are in the candidate's own arrays before the first step.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import count, islice
from typing import Any

import numpy as np

from neuralbuilder.benchmark.cases import BATCHES, Case
from neuralbuilder.engine.activations import Activation, Relu, Tanh
from neuralbuilder.engine.layers import AvgPool2D, Conv2D, Dense, Flatten, MaxPool2D, Output
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.engine.optimizers import Adam, Sgd
from neuralbuilder.engine.program import Program, quiet
from neuralbuilder.training.crew import crew

Steps = Callable[[int], None]

READ_EVERY = 50


# ------------------------------------------------------------------ this program


def ours(case: Case, threads: int) -> Steps:
    """Our own training steps, as the training loop does them."""
    from threadpoolctl import ThreadpoolController

    program = program_of(case, threads)
    size, numbers = case.batch_size, count(1)
    x, y = case.data()
    libraries = ThreadpoolController()

    def steps(number: int) -> None:
        # The threads are ours, as in a training process; the library has one in each of them.
        with quiet(), libraries.limit(limits=1, user_api="blas"):
            for index in islice(numbers, number):
                start = index % BATCHES * size
                np.copyto(program.x, x[start : start + size])
                np.copyto(program.y, y[start : start + size])
                program.step()
                if not index % READ_EVERY:
                    program.take_loss()

    return steps


def program_of(case: Case, threads: int) -> Program:
    """The compiled program that is measured, the one place that says how we train."""
    network = case.network
    parameters = network.initial(0)
    size, loss, optimizer = case.batch_size, case.loss, case.optimizer
    return Program(network, parameters, size, loss, optimizer, crew=crew(threads))


# ------------------------------------------------------------------ PyTorch


def pytorch(case: Case, threads: int) -> Steps:
    """The usual eager training loop, with everything at PyTorch's defaults."""
    import torch

    torch.set_num_threads(threads)
    model = torch_model(case)
    optimizer: Any = torch_optimizer(case, model)
    criterion = torch.nn.CrossEntropyLoss() if case.has_classes else torch.nn.MSELoss()
    x, y = (torch.from_numpy(array) for array in case.data())
    if case.has_classes:
        y = y.argmax(1)
    size, numbers = case.batch_size, count(1)

    def steps(number: int) -> None:
        for index in islice(numbers, number):
            start = index % BATCHES * size
            optimizer.zero_grad()
            loss = criterion(model(x[start : start + size]), y[start : start + size])
            loss.backward()
            optimizer.step()
            if not index % READ_EVERY:
                loss.item()

    return steps


def torch_model(case: Case) -> Any:
    """The network as a ``torch.nn.Sequential``; its softmax is inside PyTorch's loss."""
    import torch

    network, modules = case.network, []
    for node, inputs in network.shapes.inputs.items():
        if inputs:
            modules += _torch_modules(network.graph.layer(node), inputs[0])
    return torch.nn.Sequential(*modules)


def _torch_modules(layer: Layer, shape: Shape) -> list[Any]:
    from torch import nn

    if isinstance(layer, Dense | Output):
        return [nn.Linear(shape[0], layer.units), *_torch_activation(layer.activation)]
    if isinstance(layer, Conv2D):
        padding = "same" if layer.padding == "same" else 0
        convolution = nn.Conv2d(shape[0], layer.maps, layer.kernel, padding=padding)
        return [convolution, *_torch_activation(layer.activation)]
    if isinstance(layer, MaxPool2D):
        return [nn.MaxPool2d(layer.window)]
    if isinstance(layer, AvgPool2D):
        return [nn.AvgPool2d(layer.window)]
    assert isinstance(layer, Flatten), layer
    return [nn.Flatten()]


def _torch_activation(activation: Activation) -> list[Any]:
    from torch import nn

    if isinstance(activation, Tanh):
        return [nn.Tanh()]
    return [nn.ReLU()] if isinstance(activation, Relu) else []


def torch_optimizer(case: Case, model: Any) -> Any:
    """PyTorch's optimizer of the same kind and learning rate."""
    import torch

    assert isinstance(case.optimizer, Adam | Sgd), case.optimizer
    kind = torch.optim.Adam if isinstance(case.optimizer, Adam) else torch.optim.SGD
    return kind(model.parameters(), lr=case.optimizer.learning_rate)


# ------------------------------------------------------------------ scikit-learn


def scikit_learn(case: Case, threads: int) -> Steps | None:
    """Steps of its ``partial_fit``, which also reads every loss; None for layers it has not.

    An output activation other than linear and softmax is left out, because it has none.
    """
    if not case.is_dense:
        return None
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    x, y = case.data()
    settings, options, size = _sklearn_settings(case), {}, case.batch_size
    if case.has_classes:
        model, options = MLPClassifier(**settings), {"classes": np.arange(y.shape[1])}
        y = y.argmax(1)
    else:
        model, y = MLPRegressor(**settings), y[:, 0] if y.shape[1] == 1 else y
    numbers = count(1)

    def steps(number: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for index in islice(numbers, number):
                start = index % BATCHES * size
                model.partial_fit(x[start : start + size], y[start : start + size], **options)
                options.clear()

    return steps


def _sklearn_settings(case: Case) -> dict[str, Any]:
    hidden: Any = case.layers[1:-1]
    optimizer: Any = case.optimizer
    return {
        "hidden_layer_sizes": [layer.units for layer in hidden],
        "activation": hidden[0].activation.name,
        "solver": optimizer.name,
        "learning_rate_init": optimizer.learning_rate,
        "momentum": 0.0,
        "alpha": 0.0,
        "batch_size": case.batch_size,
        "shuffle": False,
        "random_state": 0,
    }
