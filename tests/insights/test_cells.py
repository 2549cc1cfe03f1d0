"""The arithmetic of single cells: the shown terms add up to the engine's own numbers."""

from __future__ import annotations

import dataclasses
from functools import cache
from math import prod

import numpy as np
import pytest

from neuralbuilder.data.bundled import Digits
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.engine.activations import Linear, Relu, Softmax, Tanh
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    AvgPool2D,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Input,
    MaxPool2D,
    Output,
    Reshape,
)
from neuralbuilder.engine.losses import CategoricalCrossEntropy, MeanSquaredError
from neuralbuilder.insights.backward_view import BackwardView
from neuralbuilder.insights.base import Source
from neuralbuilder.insights.cell_backward import way_back
from neuralbuilder.insights.cells import CellArithmetic
from neuralbuilder.insights.figure import Arrays, Figure, Table
from neuralbuilder.insights.neuron import NeuronArithmetic, signed
from neuralbuilder.insights.receptive_field import Cell
from tests.insights.conftest import DigitImages, chain, source_of


class TwoChannels(Dataset):
    """The digits beside their mirror image."""

    def load(self) -> Samples:
        samples = Digits().load()
        images = samples.x.reshape(-1, 1, 8, 8)
        return dataclasses.replace(samples, x=np.concatenate([images, images[..., ::-1]], axis=1))


def branched() -> Graph:
    layers = {
        "input": Input((1, 8, 8)),
        "left": Conv2D(3, (3, 3), Tanh(), padding="same"),
        "right": Conv2D(3, (1, 1), Relu()),
        "add": Add(),
        "both": Concatenate(),
        "bend": ActivationLayer(Tanh()),
        "mean": AvgPool2D((3, 3), 2),
        "noise": Dropout(0.3),
        "flatten": Flatten(),
        "output": Output(10, Softmax()),
    }
    links = (
        ("input", "left"), ("input", "right"), ("left", "add"), ("right", "add"),
        ("add", "both"), ("left", "both"), ("both", "bend"), ("bend", "mean"),
        ("mean", "noise"), ("noise", "flatten"), ("flatten", "output"),
    )  # fmt: skip
    return Graph(tuple(layers.items()), links)


SOFTMAX = Output(10, Softmax())
NETWORKS = {
    "seed": (DigitImages, chain(
        Input((1, 8, 8)), Conv2D(3, (3, 3)), MaxPool2D(), Flatten(), SOFTMAX)),
    "padding and stride": (TwoChannels, chain(
        Input((2, 8, 8)), Conv2D(4, (5, 3), Tanh(), stride=2, padding="same"),
        Conv2D(3, (2, 2), Linear(), bias=False, padding="margin", margin=1), AvgPool2D((2, 2), 1),
        Flatten(), Dense(5, Tanh()), SOFTMAX)),
    "overlapping maxima": (TwoChannels, chain(
        Input((2, 8, 8)), Conv2D(5, (2, 2), Relu()), MaxPool2D((3, 3), 1), Conv2D(2, (3, 3)),
        GlobalAvgPool(), SOFTMAX)),
    "reshaped": (Digits, chain(
        Input((64,)), Reshape((4, 4, 4)), Conv2D(6, (1, 1), Tanh()), Conv2D(3, (4, 4)),
        Flatten(), SOFTMAX)),
    "branches": (DigitImages, branched()),
}  # fmt: skip


@cache
def source_in(name: str, precision: str) -> Source:
    dataset, graph = NETWORKS[name]
    loss = CategoricalCrossEntropy()
    return source_of(dataset(), loss, graph, precision=precision, sample=7)


@pytest.fixture(params=list(NETWORKS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["float64", "float32"])
def source(name: str, request: pytest.FixtureRequest) -> Source:
    return source_in(name, request.param)


def compute(source: Source, node: str, index: tuple[int, ...], backward: bool = False) -> Figure:
    at = (*index, 0, 0)[:3]
    return CellArithmetic(node, *at, backward).compute(source)


def numbers(figure: Figure) -> dict[str, np.ndarray]:
    return dict(next(mark for mark in figure.marks if isinstance(mark, Arrays)).values)


def rows(figure: Figure) -> dict[str, str]:
    return dict(next(mark for mark in figure.marks if isinstance(mark, Table)).rows)


def cells(source: Source, node: str) -> list[tuple[int, ...]]:
    """Corners, edges and some cells in between."""
    every = [tuple(map(int, index)) for index in np.ndindex(source.network.shapes.outputs[node])]
    return [*every[:: max(1, len(every) // 23)], every[-1]]


def close(shown: np.ndarray, wanted: float, scale: np.ndarray) -> bool:
    """Equal to rounding: 1e-12 in float64, a few units in the last place in float32."""
    size = float(np.abs(np.asarray(scale, np.float64)).sum()) + abs(wanted)
    total = float(np.asarray(shown, np.float64).sum())
    limit = 1e-12 if np.asarray(scale).dtype == np.float64 else 8 * np.finfo(np.float32).eps
    return abs(total - wanted) <= limit * max(size, 1e-30)


def layers_of(source: Source, *kinds: type) -> list[str]:
    graph = source.network.graph
    return [node for node in graph.ids if isinstance(graph.layer(node), kinds)]


def test_products_and_bias_of_a_convolution_add_up_to_the_engines_z(source):
    trace = source.sample_trace
    for node in layers_of(source, Conv2D):
        layer = source.network.graph.layer(node)
        for index in cells(source, node):
            found = numbers(compute(source, node, index))
            z = float(trace.pre_activations[node][(0, *index)])
            assert np.array_equal(found["products"], found["kernel"] * found["window"])
            terms = np.concatenate([found["products"].ravel(), found["bias"]])
            assert close(terms, z, terms)
            assert close(np.concatenate([found["sums"], found["bias"]]), z, terms)
            assert found["z"][0] == z
            assert found["value"][0] == trace.activations[node][(0, *index)]
            assert np.isclose(layer.activation.value(found["z"])[0], found["value"][0])
            assert found["window"].shape[1:] == layer.kernel
            assert not found["window"][:, ~found["inside"]].any()


def test_the_window_is_the_part_of_the_image_where_it_is_said_to_be(source):
    for node in layers_of(source, Conv2D, MaxPool2D, AvgPool2D):
        (before,) = source.network.graph.sources(node)
        image = source.sample_trace.activations[before][0]
        for index in cells(source, node):
            found = numbers(compute(source, node, index))
            top, left = found["corner"]
            shown = image if isinstance(source.network.graph.layer(node), Conv2D) else (
                image[index[0] : index[0] + 1])  # fmt: skip
            for row, column in np.argwhere(found["inside"]):
                here = shown[:, top + row, left + column]
                assert np.array_equal(found["window"][:, row, column], here)


def test_the_winner_of_a_pool_has_the_engines_value(source):
    for node in layers_of(source, MaxPool2D):
        for index in cells(source, node):
            found = numbers(compute(source, node, index))
            row, column = found["winner"]
            assert found["window"][0, row, column] == found["value"][0]
            assert found["value"][0] == source.sample_trace.activations[node][(0, *index)]
            assert (found["window"] <= found["value"][0]).all()


def test_the_mean_of_a_window_is_the_engines_value(source):
    for node in layers_of(source, AvgPool2D, GlobalAvgPool):
        for index in cells(source, node):
            found = numbers(compute(source, node, index))
            mean = found["window"].astype(np.float64).mean()
            assert close(np.array([mean]), float(found["value"][0]), found["window"])


def test_what_comes_back_to_a_cell_adds_up_to_the_engines_gradient(source):
    gradients = source.sample_gradients
    assert set(gradients) == set(source.network.graph.ids)
    for node in source.network.graph.ids:
        back = way_back(source, Cell(node, cells(source, node)[0]))
        if not source.network.graph.targets(node):
            continue
        assert not back.unopened
        for index in cells(source, node):
            figure = compute(source, node, index, backward=True)
            found = numbers(figure)
            gradient = gradients[node][(0, *index)]
            scale = np.asarray(found["incoming_terms"], source.network.dtype)
            assert close(found["incoming_terms"], float(gradient), scale), (node, index)
            products = found["incoming_factors"] * found["incoming_deltas"]
            assert np.allclose(products, found["incoming_terms"], rtol=1e-6, atol=1e-12)
            assert found["gradient"][0] == gradient
            assert rows(figure)["∂L/∂a = Σ"] == signed(gradient)


def test_a_pool_sends_everything_to_the_winner_and_the_others_get_nothing():
    for precision in ("float64", "float32"):
        source = source_in("seed", precision)
        gradients = source.sample_gradients
        for index in cells(source, "maxpool"):
            found = numbers(compute(source, "maxpool", index, backward=True))
            winner = (0, *found["winner"])
            assert found["routed"][winner] == gradients["maxpool"][(0, *index)]
            assert np.count_nonzero(found["routed"]) <= 1
            top, left = found["corner"]
            here = gradients["conv"][0, index[0], top : top + 2, left : left + 2]
            assert np.array_equal(found["routed"][0], here)


def test_the_first_of_equal_values_wins_as_it_does_in_the_engine():
    graph = chain(Input((1, 8, 8)), MaxPool2D(), Flatten(), SOFTMAX)
    source = source_of(DigitImages(), CategoricalCrossEntropy(), graph)
    ties = 0
    for index in np.ndindex(1, 4, 4):
        figure = compute(source, "maxpool", index, backward=True)
        found = numbers(figure)
        equal = int((found["window"] == found["value"][0]).sum())
        ties += int(equal > 1)
        said = "all equal:" if equal == 4 else f"{equal} are largest:"
        for told in (rows(figure), rows(compute(source, "maxpool", index))):
            assert told.get(said) == ("the first one counts" if equal > 1 else None)
        row, column = index[1] * 2, index[2] * 2
        here = source.sample_gradients["input"][0, 0, row : row + 2, column : column + 2]
        assert np.array_equal(found["routed"][0], here)
    assert ties


def test_a_kernels_gradient_is_the_sum_over_all_positions(source):
    trace, layout = source.sample_trace, source.network.layout
    for node in layers_of(source, Conv2D):
        gradients = layout.views(trace.gradient)[f"{node}/W"]
        shape = source.network.shapes.outputs[node]
        for number in range(shape[0]):
            total = np.zeros(gradients.shape[1:])
            for row, column in np.ndindex(shape[1:]):
                index = (number, row, column)
                found = numbers(compute(source, node, index, backward=True))
                assert found["delta"][0] == trace.deltas[node][(0, *index)]
                assert np.array_equal(found["share"], found["delta"][0] * found["window"])
                total += found["share"]
            assert np.array_equal(found["kernel_gradient"], gradients[number])
            limit = 1e-12 if source.network.precision == "float64" else 1e-5
            assert np.allclose(total, gradients[number], rtol=limit, atol=limit)
            weight = tuple(found["weight"])
            terms = found["positions"]
            assert np.array_equal(found["position_deltas"] * found["position_inputs"], terms)
            assert np.array_equal(found["position_deltas"], trace.deltas[node][0, number])
            assert terms.shape == shape[1:]
            assert close(terms, float(gradients[number][weight]), terms)


def test_delta_is_the_gradient_times_the_slope(source):
    for node in layers_of(source, Conv2D):
        activation = source.network.graph.layer(node).activation
        for index in cells(source, node):
            found = numbers(compute(source, node, index, backward=True))
            slope = activation.derivative(found["z"])[0]
            assert np.isclose(found["gradient"][0] * slope, found["delta"][0], rtol=1e-5)


def test_the_gradient_of_the_input_is_how_the_loss_changes():
    source = source_in("branches", "float64")
    network, row = source.network, slice(source.sample, source.sample + 1)
    x, y = source.data.x[row], source.data.y[row]
    step = 1e-6
    for index in cells(source, "input"):
        moved = [x.copy(), x.copy()]
        moved[0][(0, *index)] += step
        moved[1][(0, *index)] -= step
        high, low = (network.loss(source.parameters, at, y, source.loss) for at in moved)
        slope = (high - low) / (2 * step)
        found = numbers(compute(source, "input", index, backward=True))
        assert np.isclose(found["gradient"][0], slope, rtol=1e-5, atol=1e-9)


def test_grids_show_the_numbers_row_by_row():
    source = source_in("seed", "float64")
    figure = compute(source, "conv", (1, 2, 3))
    (row,) = figure.rows
    window, kernel, products = row.marks
    found = numbers(figure)
    for mark, key in ((window, "window"), (kernel, "kernel"), (products, "products")):
        assert np.array_equal(mark.values[::-1], found[key][0])
    assert kernel.texts[::-1][0][1] == signed(found["kernel"][0, 0, 1])
    assert row.x_axis.categories == ("window x", "kernel w", "products w·x")
    assert figure.note == "map 2, row 3, column 4"
    assert rows(figure)["sees of Input"] == "rows 3–5, columns 4–6"
    assert rows(figure)["used by Maxpool"] == "row 2, column 2"


def test_every_channel_is_opened():
    source = source_in("overlapping maxima", "float64")
    figure = compute(source, "conv_3", (1, 0, 2))
    found, said = numbers(figure), rows(figure)
    sums = [f"Σ = {signed(total)}" for total in found["sums"]]
    assert [row.note for row in figure.rows] == sums
    assert len(sums) == 5
    assert not any("channel" in name for name in said)
    assert said["Σ of 45 products"] == signed(found["sums"].sum())


def test_very_many_channels_fold_and_the_sums_stay_whole():
    graph = chain(Input((2, 8, 8)), Conv2D(19, (2, 2)), Conv2D(2, (1, 1)), Flatten(), SOFTMAX)
    source = source_of(TwoChannels(), CategoricalCrossEntropy(), graph)
    figure = compute(source, "conv_2", (1, 0, 2))
    found, said = numbers(figure), rows(figure)
    assert len(figure.rows) == 16
    assert said["Σ 16 channels above"] == signed(found["sums"][:16].sum())
    assert said["Σ 3 more channels"] == signed(found["sums"][16:].sum())
    assert said["Σ of 19 products"] == signed(found["sums"].sum())


def test_a_border_is_told_from_a_zero_of_the_image():
    source = source_in("padding and stride", "float64")
    figure = compute(source, "conv_1", (0, 0, 0))
    window = figure.rows[0].marks[0].texts[::-1]
    inside = numbers(figure)["inside"]
    assert [[text == "·" for text in row] for row in window] == (~inside).tolist()
    assert rows(figure)["·"] == "border of zeros"
    assert not any("·" in row for row in figure.rows[0].marks[1].texts)


def test_a_kernel_larger_than_the_card_is_shown_in_colours():
    graph = chain(Input((1, 8, 8)), Conv2D(2, (8, 8)), Flatten(), SOFTMAX)
    source = source_of(DigitImages(), CategoricalCrossEntropy(), graph)
    figure = compute(source, "conv", (0, 0, 0))
    assert all(mark.texts == () for mark in figure.rows[0].marks)
    assert "Σ of 64 products" in rows(figure)


def test_huge_windows_are_told_in_few_pixels_and_stay_right():
    graph = chain(
        Input((1, 8, 8)), Conv2D(40, (8, 8), Tanh(), padding="margin", margin=200),
        GlobalAvgPool(), SOFTMAX,
    )  # fmt: skip
    source = source_of(DigitImages(), CategoricalCrossEntropy(), graph)
    figure = compute(source, "globalavgpool", (3,))
    (mark,) = figure.rows[0].marks
    assert max(mark.values.shape) <= 64
    assert mark.extent == (0.0, 401.0, 0.0, 401.0)
    assert "window" not in numbers(figure)
    assert rows(figure)["Σ of 160801 values"]


def test_a_cell_with_too_many_readers_is_not_taken_apart():
    graph = chain(Input((1, 8, 8)), Conv2D(400, (8, 8), padding="same"), GlobalAvgPool(), SOFTMAX)
    source = source_of(DigitImages(), CategoricalCrossEntropy(), graph)
    assert way_back(source, Cell("input", (0, 4, 4))).unopened == ("conv",)
    assert way_back(source, Cell("conv", (0, 4, 4))).unopened == ()


def test_a_value_of_the_strip_says_where_it_comes_from_and_whom_it_pushes():
    source = source_in("seed", "float64")
    weights = source.network.layout.views(source.parameters)["output/W"]
    unit = 13  # of 3 × 3 × 3: map 2, row 2, column 2
    figure = compute(source, "flatten", (unit,))
    assert rows(figure)["from Maxpool"] == "map 2, row 2, column 2"
    value = source.sample_trace.activations["maxpool"][0, 1, 1, 1]
    assert numbers(figure)["value"][0] == value
    term = weights[unit] * value
    strongest = int(np.abs(term).argmax())
    # The classes of the digits are called 0 to 9.
    assert rows(figure)[f"→ class {strongest}"].endswith(f"= {signed(term[strongest])}")
    told = [name for name in rows(figure) if name.startswith("→")]
    assert len(told) == 10
    assert not any("smaller" in name for name in rows(figure)), "all of them are told"


def test_what_comes_back_from_classes_is_told_by_their_names():
    source = source_in("seed", "float64")
    unit = 13
    figure = compute(source, "flatten", (unit,), backward=True)
    weights = source.network.layout.views(source.parameters)["output/W"]
    terms = weights[unit] * source.sample_trace.deltas["output"][0]
    strongest = int(np.abs(terms).argmax())
    assert rows(figure)[f"from {source.name('output')}, class"] == "w × δ"
    assert rows(figure)[f"  {strongest}"].endswith(f"= {signed(terms[strongest])}")


def test_a_neuron_before_the_output_keeps_its_number():
    source = source_in("padding and stride", "float64")
    forward, back = (compute(source, "flatten", (0,), way) for way in (False, True))
    (dense,) = layers_of(source, Dense)
    assert rows(forward)[f"used by {source.name(dense)}"] == "5 neurons"
    assert {f"→ neuron {i}" for i in range(1, 6)} <= set(rows(forward))
    assert {f"  {i}" for i in range(1, 6)} <= set(rows(back))


def test_the_neuron_of_a_class_is_called_by_its_name():
    source = source_in("seed", "float64")
    figure = NeuronArithmetic("output", 1).compute(source)
    assert figure.title == "Output, class 1"
    assert {"p = softmax(z)", "target y"} <= set(rows(figure))
    source = source_in("padding and stride", "float64")
    (dense,) = layers_of(source, Dense)
    hidden = NeuronArithmetic(dense, 1).compute(source)
    assert hidden.title == f"{source.name(dense)}, neuron 2"
    assert "h₂ = tanh(z)" in rows(hidden)


def test_a_neuron_after_a_flatten_names_the_places_that_pushed_it_most():
    source = source_in("seed", "float64")
    figure = NeuronArithmetic("output", 4).compute(source)
    found = numbers(figure)
    strongest = int(np.abs(found["terms"]).argmax())
    number, row, column = np.unravel_index(strongest, (3, 3, 3))
    assert f"{number + 1}·r{row + 1}·c{column + 1}·w" in rows(figure)


def test_a_pixel_of_a_scaled_image_has_both_numbers():
    source = source_in("seed", "float64")
    said = rows(compute(source, "input", (0, 3, 4)))
    assert said["in the data"] != said["scaled"]
    assert said["used by Conv"] == "rows 2–4, columns 3–5"


def test_a_regression_begins_with_the_gradient_of_its_outputs():
    graph = chain(Input((1, 8, 8)), Conv2D(2, (3, 3)), Flatten(), Output(10, Tanh()))
    source = source_of(DigitImages(), MeanSquaredError(), graph)
    found = numbers(compute(source, "output", (3,), backward=True))
    output = source.sample_trace.activations["output"][0, 3]
    target = source.data.y[source.sample, 3]
    assert "∂L/∂a = Σ" in rows(compute(source, "output", (3,), backward=True))
    assert np.isclose(found["gradient"][0], 2 * (output - target) / 10)


def test_a_fused_output_begins_with_delta(source):
    trace = source.sample_trace
    assert np.array_equal(source.sample_gradients["output"], trace.deltas["output"])
    found = numbers(compute(source, "output", (3,), backward=True))
    wanted = trace.activations["output"][0, 3] - source.data.y[source.sample, 3]
    assert np.isclose(found["gradient"][0], wanted, rtol=1e-5)
    assert "δ = ∂L/∂z" in rows(compute(source, "output", (3,), backward=True))


def test_places_that_do_not_exist_are_said_to_be_missing():
    source = source_in("seed", "float64")
    assert "no such cell" in compute(source, "conv", (3, 0, 0)).message
    assert "no such cell" in compute(source, "conv", (0, 0, 6)).message
    assert "Point at a cell" in CellArithmetic("nowhere").compute(source).message


def test_the_backward_view_has_the_gradients_of_this_sample(source):
    (mark,) = BackwardView().compute(source).marks
    gradients = source.sample_gradients
    layout = source.network.layout
    for node, shape in source.network.shapes.outputs.items():
        if len(shape) == 1:
            assert np.array_equal(mark.values[f"{node}/activation"], gradients[node][0])
        else:
            images = mark.values[f"{node}/images"]
            scale = float(np.abs(gradients[node]).max())
            assert np.abs(images).max() <= 1
            if scale:
                where = np.unravel_index(np.abs(images).argmax(), images.shape)
                assert np.sign(images[where]) == np.sign(gradients[node][0][where])
    for key, gradient in layout.views(source.sample_trace.gradient).items():
        node, parameter = key.split("/")
        assert np.array_equal(mark.values[f"{node}/d{parameter}"], gradient)
    assert mark.values["batch"] == 1
    assert prod(mark.values["backward"].shape) == 1
