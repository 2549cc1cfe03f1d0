"""Values of norms, Standardise and softmax opened: the terms of the formulas add up to the engine's
numbers, forward and backward.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from neuralbuilder.data.bundled import Digits, Iris
from neuralbuilder.engine.activations import Linear, Relu, Softmax, Tanh
from neuralbuilder.engine.layers import (
    ActivationLayer,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    Input,
    LayerNorm,
    Output,
    Standardise,
)
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.insights.base import Source
from neuralbuilder.insights.cell_backward import way_back
from neuralbuilder.insights.neuron import signed
from neuralbuilder.insights.receptive_field import Cell
from neuralbuilder.insights.statistics import LayerStatistics
from tests.insights.conftest import DigitImages, chain, source_of
from tests.insights.test_cells import cells, close, compute, layers_of, numbers, rows

SOFTMAX = Output(10, Softmax())
NETWORKS = {
    "images": (DigitImages, chain(
        Input((1, 8, 8)), Standardise(), Conv2D(3, (3, 3), Linear()), BatchNorm(epsilon=0.01),
        ActivationLayer(Tanh()), Conv2D(4, (2, 2), Linear()), LayerNorm(),
        ActivationLayer(Softmax()), Flatten(), SOFTMAX)),
    "vectors": (Digits, chain(
        Input((64,)), Standardise(), Dense(7, Linear()), BatchNorm(), ActivationLayer(Relu()),
        Dense(5, Linear()), LayerNorm(epsilon=0.1), ActivationLayer(Softmax()), SOFTMAX)),
    "norms of strips": (DigitImages, chain(
        Input((1, 8, 8)), Conv2D(2, (3, 3)), Flatten(), LayerNorm(), BatchNorm(), SOFTMAX)),
}  # fmt: skip
OPENED = (BatchNorm, LayerNorm, Standardise, ActivationLayer)


@cache
def source_in(name: str, precision: str) -> Source:
    """A network whose statistics, scales and shifts are other than those of a fresh one."""
    dataset, graph = NETWORKS[name]
    found = source_of(dataset(), CategoricalCrossEntropy(), graph, precision=precision, sample=7)
    random, parameters = np.random.default_rng(3), found.parameters.copy()
    for key, values in found.network.layout.views(parameters).items():
        if key.endswith(("/scale", "/variance", "/deviation")):
            values[...] = random.uniform(0.5, 2.0, values.shape)
        elif key.endswith(("/shift", "/mean")):
            values[...] = random.normal(size=values.shape)
    return replace(found, parameters=parameters)


@pytest.fixture(params=list(NETWORKS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["float64", "float32"])
def source(name: str, request: pytest.FixtureRequest) -> Source:
    return source_in(name, request.param)


def parameters_at(source: Source, node: str, name: str, index: tuple[int, ...]) -> float:
    """A parameter of a layer at a value: one per map of an image, or one per value."""
    values = source.network.layout.views(source.parameters)[f"{node}/{name}"]
    return float(values[index[: values.ndim]])


def test_a_normalised_value_is_scale_times_normal_plus_shift(source):
    seen = 0
    for node in layers_of(source, BatchNorm, LayerNorm):
        (before,) = source.network.graph.sources(node)
        inputs = source.sample_trace.activations[before][0]
        for index in cells(source, node):
            found = numbers(compute(source, node, index))
            value = float(source.sample_trace.activations[node][(0, *index)])
            assert found["x"][0] == inputs[index]
            deviation = np.sqrt(found["variance"] + found["epsilon"])
            assert np.allclose((found["x"] - found["mean"]) / deviation, found["normal"])
            terms = np.concatenate([found["scale"] * found["normal"], found["shift"]])
            scale = np.concatenate([terms, found["x"] / deviation, found["mean"] / deviation])
            assert close(terms, value, scale)
            assert found["value"][0] == value
            for own in ("scale", "shift"):
                assert found[own][0] == parameters_at(source, node, own, index)
            seen += 1
    assert seen


def test_mean_and_variance_are_the_running_ones_or_those_of_the_sample(source):
    for node in layers_of(source, BatchNorm, LayerNorm):
        (before,) = source.network.graph.sources(node)
        inputs = source.sample_trace.activations[before][0].astype(np.float64)
        index = cells(source, node)[-1]
        figure = compute(source, node, index)
        found, said = numbers(figure), rows(figure)
        if isinstance(source.network.graph.layer(node), BatchNorm):
            assert found["mean"][0] == parameters_at(source, node, "mean", index)
            assert found["variance"][0] == parameters_at(source, node, "variance", index)
            assert "mean μ, running" in said
        else:
            assert np.isclose(found["mean"][0], inputs.mean(), atol=1e-6)
            assert np.isclose(found["variance"][0], inputs.var(), rtol=1e-5)
            assert f"mean μ of {inputs.size}" in said


def test_a_standardised_value_is_what_is_left_over_the_deviation(source):
    for node in layers_of(source, Standardise):
        for index in cells(source, node):
            found = numbers(compute(source, node, index))
            value = (found["x"] - found["mean"]) / found["deviation"]
            assert value[0] == found["value"][0]
            assert found["mean"][0] == parameters_at(source, node, "mean", index)
            assert found["deviation"][0] == parameters_at(source, node, "deviation", index)


def test_a_share_of_a_softmax_is_its_power_over_the_sum(source):
    for node in layers_of(source, ActivationLayer):
        softmax = isinstance(source.network.graph.layer(node).activation, Softmax)
        for index in cells(source, node):
            figure = compute(source, node, index)
            found = numbers(figure)
            assert found["value"][0] == source.sample_trace.activations[node][(0, *index)]
            assert ("power" in found) == softmax
            if softmax:
                assert np.allclose(found["power"] / found["total"], found["value"], rtol=1e-6)
                assert np.allclose(np.exp(found["x"] - found["largest"]), found["power"])
                assert "Σ of all exp" in rows(figure)


def test_the_named_terms_add_up_to_the_engines_gradient(source):
    gradients, graph = source.sample_gradients, source.network.graph
    seen = set()
    for node in graph.ids:
        readers = [n for n in graph.targets(node) if isinstance(graph.layer(n), OPENED)]
        for index in cells(source, node) if readers else ():
            figure = compute(source, node, index, backward=True)
            found = numbers(figure)
            products = found["incoming_factors"] * found["incoming_deltas"]
            assert np.allclose(products, found["incoming_terms"], rtol=1e-6, atol=0)
            scale = np.asarray(found["incoming_terms"], source.network.dtype)
            gradient = float(gradients[node][(0, *index)])
            assert close(found["incoming_terms"], gradient, scale), (node, index)
            assert "not taken apart" not in rows(figure).values()
            seen |= {one.name for one in way_back(source, Cell(node, index)).terms}
    assert "γ/σ × g" in seen


def test_what_goes_through_the_statistics_of_a_layer_norm_are_two_sums():
    source = source_in("images", "float64")
    (node,) = layers_of(source, LayerNorm)
    (before,) = source.network.graph.sources(node)
    index = (1, 2, 3)
    own, mean, spread = way_back(source, Cell(before, index)).terms
    x = source.sample_trace.activations[before][0]
    sigma = np.sqrt(x.var() + source.network.graph.layer(node).epsilon)
    normal = (x - x.mean()) / sigma
    g = source.sample_gradients[node][0]
    scaled = source.network.layout.views(source.parameters)[f"{node}/scale"] * g
    assert np.isclose(mean.delta, scaled.sum())
    assert np.isclose(spread.delta, (scaled * normal).sum())
    assert np.isclose(own.term, scaled[index] / sigma)
    assert np.isclose(mean.term, -scaled.mean() / sigma)
    assert np.isclose(spread.term, -normal[index] * (scaled * normal).mean() / sigma)
    said = rows(compute(source, before, index, backward=True))
    assert said["  n values"] == str(x.size)
    assert {f"  {one.name}" for one in (own, mean, spread)} <= set(said)


def test_nothing_comes_back_through_running_statistics_and_it_says_so():
    source = source_in("images", "float64")
    said = rows(compute(source, "conv_2", (0, 1, 1), backward=True))
    (term,) = way_back(source, Cell("conv_2", (0, 1, 1))).terms
    assert term.name == "γ/σ × g"
    assert said["  through μ and v"] == "0, they are running"


def test_a_softmax_between_layers_gives_back_its_own_share_and_the_sum():
    source = source_in("vectors", "float64")
    node = layers_of(source, ActivationLayer)[1]
    (before,) = source.network.graph.sources(node)
    own, others = way_back(source, Cell(before, (2,))).terms
    p, g = source.sample_trace.activations[node][0], source.sample_gradients[node][0]
    assert np.isclose(own.term, p[2] * g[2])
    assert np.isclose(others.delta, (p * g).sum())
    assert np.isclose(others.factor, -p[2])


def test_gradients_of_scale_and_shift_are_sums_over_the_positions(source):
    views = source.network.layout.views(source.sample_trace.gradient)
    for node in layers_of(source, BatchNorm, LayerNorm):
        shape = source.network.shapes.outputs[node]
        own = views[f"{node}/scale"]
        for channel in range(min(shape[0], 3)):
            inner = list(np.ndindex(shape[1:]))
            found = [
                numbers(compute(source, node, (channel, *map(int, place)), backward=True))
                for place in inner
            ]
            dtype = source.network.dtype
            at = np.array([one["gradient"][0] * one["normal"][0] for one in found], dtype)
            plain = np.array([one["gradient"][0] for one in found], dtype)
            if own.ndim == 1:
                assert close(at, float(own[channel]), at)
                assert close(plain, float(views[f"{node}/shift"][channel]), plain)
                assert all(one["scale_gradient"][0] == own[channel] for one in found)
            else:
                for place, share in zip(inner, at, strict=True):
                    assert np.isclose(share, own[(channel, *place)], rtol=1e-4, atol=1e-7)


def test_gradients_are_how_the_loss_changes_with_statistics_that_stay():
    source = source_in("images", "float64")
    network, row = source.network, slice(source.sample, source.sample + 1)
    x, y = source.data.x[row], source.data.y[row]
    for index in cells(source, "input")[:6]:
        moved = [x.copy(), x.copy()]
        moved[0][(0, *index)] += 1e-6
        moved[1][(0, *index)] -= 1e-6
        high, low = (network.loss(source.parameters, at, y, source.loss) for at in moved)
        found = numbers(compute(source, "input", index, backward=True))
        assert np.isclose(found["incoming_terms"].sum(), (high - low) / 2e-6, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("layer", [BatchNorm, Standardise])
def test_statistics_of_a_layer_are_told_per_map_or_feature(source, layer):
    for node in layers_of(source, layer):
        figure = LayerStatistics(node).compute(source)
        found = numbers(figure)
        (table, _) = figure.marks
        views = source.network.layout.views(source.parameters)
        own = {key.split("/")[1]: values for key, values in views.items() if key.startswith(node)}
        assert set(found) == set(own)
        assert all(np.array_equal(found[key], own[key]) for key in own)
        is_image = len(source.network.shapes.outputs[node]) == 3
        assert table.columns[0] == ("map" if is_image else "feature")
        assert table.rows[0][1] == signed(found["mean"][0])
        assert len(table.rows) == min(24, len(found["mean"]))


def test_features_of_the_data_have_their_names():
    graph = chain(Input((4,)), BatchNorm(), Output(3, Softmax()))
    source = source_of(Iris(), CategoricalCrossEntropy(), graph)
    table = LayerStatistics().compute(source).marks[0]
    assert tuple(row[0] for row in table.rows) == source.data.samples.input_names
    assert table.columns == ("feature", "μ", "v", "γ", "β")
