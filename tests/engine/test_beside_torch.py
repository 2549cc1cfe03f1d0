"""The same network in PyTorch: same outputs, losses and gradients; and what PyTorch has not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from neuralbuilder.engine.activations import Activation, Elu, LeakyRelu, Softmax
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Input,
    MaxPool2D,
    Output,
)
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import Huber, Loss
from neuralbuilder.parts import catalogue, kinds
from tests.engine.networks import chain, joined

torch: Any = pytest.importorskip("torch")

from tests.engine.torch_comparison import (  # noqa: E402  (needs PyTorch)
    CE,
    FLAT,
    LAYERS,
    MSE,
    compare,
    conv,
    image_network,
    named,
    part_of,
)
from tests.engine.torch_twin import LOSSES, TWINS  # noqa: E402

ACTIVATIONS: list[Any] = [part() for part in catalogue("activation")]


# ------------------------------------------------------------------ completeness


def test_every_kind_of_the_engine_is_compared() -> None:
    modules = {kind: catalogue(kind)[0].__module__ for kind in kinds()}
    of_engine = {kind for kind, module in modules.items() if ".engine." in module}
    assert of_engine == TWINS.keys()


@pytest.mark.parametrize("kind", TWINS)
def test_every_part_has_a_twin_or_a_reason(kind: str) -> None:
    with_twin, without = TWINS[kind]
    registered = {part.name for part in catalogue(kind)}
    assert registered == {*with_twin, *without}
    assert not {*with_twin} & {*without}
    assert all(reason.endswith(".") for reason in without.values())


# ------------------------------------------------------------------ activations and losses


@pytest.mark.parametrize("hidden", ACTIVATIONS, ids=named)
@pytest.mark.parametrize("name", LOSSES)
def test_activations_and_losses(hidden: Activation, name: str) -> None:
    output = part_of("activation", LOSSES[name][0])
    compare(chain(4, 5, 3, hidden=hidden, output=output), part_of("loss", name), 8, training=False)


@pytest.mark.parametrize("output", ACTIVATIONS, ids=named)
@pytest.mark.parametrize("loss", [MSE, Huber(0.3)], ids=named)
def test_activations_at_the_output(output: Activation, loss: Loss) -> None:
    compare(chain(4, 5, 3, output=output), loss, 8, training=False)


@pytest.mark.parametrize("hidden", [LeakyRelu(0.3), Elu(0.4), Elu(2.0)])
def test_settings_of_activations(hidden: Activation) -> None:
    compare(chain(4, 5, 3, hidden=hidden), MSE, 8, training=True)


@pytest.mark.parametrize("delta", [0.05, 0.5, 20.0])
def test_settings_of_huber(delta: float) -> None:
    compare(chain(4, 5, 3), Huber(delta), 8, training=True)


# ------------------------------------------------------------------ layers


looking_and_training = pytest.mark.parametrize(
    "training", [False, True], ids=["looking", "training"]
)


@looking_and_training
@pytest.mark.parametrize(
    ("layers", "count"),
    [
        pytest.param(layers, count, id=f"{name}-{count}")
        for name, layers in LAYERS.items()
        for count in (1, 7)
        if count > 1 or not name.startswith("batch normalisation of a vector")
    ],
)
def test_layers(layers: tuple[Layer, ...], count: int, training: bool) -> None:
    compare(image_network(*layers), CE, count, training)


@pytest.mark.parametrize("count", [1, 7])
def test_dropout_after_training(count: int) -> None:
    compare(image_network(Dropout(0.4), FLAT, Dropout(), Dense(4)), CE, count, training=False)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=named)
def test_activations_as_layers(activation: Activation) -> None:
    layers = (BatchNorm(), ActivationLayer(activation), FLAT, Dense(4), ActivationLayer(activation))
    compare(image_network(*layers), CE, 7, training=True)


BRANCHES = {
    "add vectors": ((4,), Dense(5), Add(), ()),
    "concatenate vectors": ((4,), Dense(5), Concatenate(), ()),
    "add images": ((2, 5, 6), conv((2, 3)), Add(), (MaxPool2D(), FLAT)),
    "concatenate images": ((2, 5, 6), conv((2, 3)), Concatenate(), (MaxPool2D(), FLAT)),
}


@looking_and_training
@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize(
    ("shape", "branch", "join", "after"), BRANCHES.values(), ids=list(BRANCHES)
)
def test_branches(
    shape: tuple[int, ...],
    branch: Layer,
    join: Layer,
    after: tuple[Layer, ...],
    count: int,
    training: bool,
) -> None:
    """Three branches from one layer; the order of their links is that of the join."""
    names = ["join", *(f"after_{index}" for index in range(len(after))), "output"]
    layers = [("input", Input(shape)), *((name, branch) for name in "abc")]
    layers += zip(names, (join, *after, Output(3, Softmax())), strict=True)
    links = [("input", name) for name in "abc"] + [(name, "join") for name in "bac"]
    compare(Graph(tuple(layers), (*links, *pairwise(names))), CE, count, training)


@looking_and_training
def test_a_sum_inside_a_longer_image(training: bool) -> None:
    """Outputs with two and three readers, and an input that joins far behind."""
    graph = Graph(
        (("input", Input((2, 5, 5))), ("a", conv((3, 3), "same")), ("b", conv((1, 1))),
         ("sum", Add()), ("norm", BatchNorm(0.3)), ("join", Concatenate()), ("flat", FLAT),
         ("output", Output(3))),
        (("input", "a"), ("input", "b"), ("a", "sum"), ("b", "sum"), ("sum", "norm"),
         ("norm", "join"), ("input", "join"), ("a", "join"), ("join", "flat"),
         ("flat", "output")),
    )  # fmt: skip
    compare(graph, MSE, 7, training)


@pytest.mark.parametrize("layer", [conv((3, 3)), conv((2, 2), "same")], ids=["valid", "same"])
def test_the_first_layer(layer: Layer) -> None:
    for shape in ((1, 5, 5), (3, 4, 6)):
        compare(joined(Input(shape), layer, FLAT, Output(2)), MSE, 7, training=True)


@pytest.mark.parametrize("window", [MaxPool2D((2, 2)), MaxPool2D((3, 3), stride=2)], ids=["2", "3"])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=named)
def test_activations_of_filters_before_max_pooling(
    activation: Activation, bias: bool, window: MaxPool2D
) -> None:
    """While training, bias and a rising activation are computed after the pooling."""
    layers = (Conv2D(4, (3, 3), activation, bias), window, FLAT)
    compare(image_network(*layers), CE, 7, training=True)
