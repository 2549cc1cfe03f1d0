"""The reach of a cell, against the gradients of random linear networks."""

from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.engine.activations import Linear, Softmax
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
    GlobalAvgPool,
    Input,
    MaxPool2D,
    Missing,
    Output,
    Reshape,
)
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.receptive_field import Cell, fits, mask, sources_of, users_of
from tests.insights.conftest import chain

LINEAR = Linear()


def conv(maps, kernel, **settings):
    return Conv2D(maps, kernel, LINEAR, **settings)


def branches() -> Graph:
    layers = {
        "input": Input((2, 9, 8)),
        "left": conv(3, (3, 3), padding="same"),
        "right": conv(3, (1, 5), padding="same", stride=1),
        "add": Add(),
        "pool": AvgPool2D((2, 2)),
        "deep": conv(2, (3, 2), padding="same"),
        "both": Concatenate(),
        "last": conv(2, (2, 2), stride=2),
        "flatten": Flatten(),
        "output": Output(2, LINEAR),
    }
    links = (
        ("input", "left"), ("input", "right"), ("left", "add"), ("right", "add"), ("add", "pool"),
        ("pool", "deep"), ("pool", "both"), ("deep", "both"), ("both", "last"),
        ("last", "flatten"), ("flatten", "output"),
    )  # fmt: skip
    return Graph(tuple(layers.items()), links)


NETWORKS = {
    "two windows": chain(
        Input((1, 12, 11)), conv(2, (3, 3)), AvgPool2D((2, 2)), conv(3, (2, 3)), Flatten(),
        Output(2, LINEAR),
    ),
    "stride and padding": chain(
        Input((2, 11, 9)), conv(3, (5, 3), stride=2, padding="same"), conv(2, (2, 2), stride=3),
        Flatten(), Output(1, LINEAR),
    ),
    "gaps": chain(
        Input((1, 13, 13)), conv(1, (2, 2), stride=3), AvgPool2D((2, 2), 1), Flatten(),
        Output(2, LINEAR),
    ),
    "border": chain(
        Input((1, 5, 5)), conv(2, (2, 2), padding="margin", margin=3), conv(1, (3, 3), stride=2),
        Flatten(), Output(1, LINEAR),
    ),
    "kernel of one": chain(
        Input((3, 4, 4)), conv(2, (1, 1)), BatchNorm(), Dropout(), ActivationLayer(LINEAR),
        GlobalAvgPool(), Output(2, LINEAR),
    ),
    "reshaped": chain(
        Input((48,)), Reshape((3, 4, 4)), conv(2, (3, 3)), Reshape((4, 1, 2)), conv(2, (1, 2)),
        Flatten(), Dense(4, LINEAR), Output(2, LINEAR),
    ),
    "branches": branches(),
}  # fmt: skip


@pytest.fixture(params=list(NETWORKS))
def network(request: pytest.FixtureRequest) -> Network:
    return Network(NETWORKS[request.param], "float64")


def influence(network: Network, node: str, random: np.random.Generator) -> np.ndarray:
    """Which values of a layer (last axis) change with which inputs (first axis), tried out."""
    parameters = random.uniform(0.5, 1.0, network.parameter_count)
    count = int(np.prod(network.input_shape))
    x = np.concatenate([np.zeros((1, count)), np.eye(count)]).reshape(-1, *network.input_shape)
    values = network.activation(parameters, x, node).reshape(count + 1, -1)
    return np.abs(values[1:] - values[0]) > 1e-12


def cells_of(network: Network, node: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, index)) for index in np.ndindex(network.shapes.outputs[node])]


def test_the_receptive_field_is_every_input_that_moves_the_cell(network):
    random, shapes = np.random.default_rng(3), network.shapes.outputs
    for node in network.graph.ids:
        moved = influence(network, node, random)
        for number, index in enumerate(cells_of(network, node)):
            reach = sources_of(network.graph, shapes, Cell(node, index))
            region = reach.regions.get(network.input_id, ())
            found = mask(region, network.input_shape).ravel()
            assert np.array_equal(found, moved[:, number]), (node, index)
            assert reach.exact


def test_what_an_input_is_used_by_is_every_value_that_it_moves(network):
    random, shapes = np.random.default_rng(4), network.shapes.outputs
    tried = {node: influence(network, node, random) for node in network.graph.ids}
    for number, index in enumerate(cells_of(network, network.input_id)):
        reach = users_of(network.graph, shapes, Cell(network.input_id, index))
        for node, moved in tried.items():
            found = mask(reach.regions.get(node, ()), shapes[node]).ravel()
            assert np.array_equal(found, moved[number]), (node, index)


def test_both_directions_agree_between_any_two_layers(network):
    graph, shapes = network.graph, network.shapes.outputs
    for node in graph.ids:
        for index in cells_of(network, node)[:5]:
            back = sources_of(graph, shapes, Cell(node, index)).regions
            for before, region in back.items():
                inside = mask(region, shapes[before])
                for other in np.argwhere(inside)[:3]:
                    cell = Cell(before, tuple(map(int, other)))
                    assert mask(users_of(graph, shapes, cell).regions[node], shapes[node])[index]


def test_a_maximum_looks_where_a_mean_would():
    graphs = [
        chain(Input((2, 9, 9)), pool, conv(2, (2, 2)), Flatten(), Output(1, LINEAR))
        for pool in (MaxPool2D((3, 2), 2), AvgPool2D((3, 2), 2))
    ]
    found = []
    for graph in graphs:
        shapes = Network(graph).shapes.outputs
        reach = sources_of(graph, shapes, Cell("conv", (1, 2, 1)))
        found.append(mask(reach.regions["input"], shapes["input"]))
    assert np.array_equal(*found)
    assert found[0].any()


def test_softmax_at_a_pixel_looks_at_all_its_channels():
    graph = chain(Input((3, 2, 2)), ActivationLayer(Softmax()), Flatten(), Output(1, LINEAR))
    shapes = Network(graph).shapes.outputs
    region = sources_of(graph, shapes, Cell("activation", (1, 0, 1))).regions["input"]
    assert mask(region, (3, 2, 2)).sum(axis=(1, 2)).tolist() == [1, 1, 1]
    assert region[0].bounds == (0, 0, 1, 1)


def test_an_unknown_layer_is_said_to_be_unknown():
    graph = chain(Input((1, 4, 4)), Missing("sorcery"), Flatten())
    shapes = {"input": (1, 4, 4), graph.ids[1]: (1, 4, 4), "flatten": (16,)}
    reach = sources_of(graph, shapes, Cell("flatten", (5,)))
    assert not reach.exact
    assert mask(reach.regions["input"], (1, 4, 4)).all()
    assert not users_of(graph, shapes, Cell("input", (0, 1, 1))).exact


def test_a_design_under_way_is_followed_as_far_as_its_shapes_are_known():
    graph = chain(Input((1, 4, 4)), conv(1, (9, 9)), Flatten(), Output(1, LINEAR))
    shapes = {"input": (1, 4, 4)}
    cell = Cell("input", (0, 1, 1))
    assert list(users_of(graph, shapes, cell).regions) == ["input"]
    assert list(sources_of(graph, shapes, cell).regions) == ["input"]
    assert fits(cell, shapes)
    assert not fits(Cell("conv", (0, 0, 0)), shapes)
    assert not fits(Cell("input", (0, 4, 0)), shapes)
    assert not fits(Cell("input", (3,)), shapes)
