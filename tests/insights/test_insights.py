"""Each insight against direct computation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.engine import metrics
from neuralbuilder.engine.layers import Dense, Input, Output
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.metrics import MeanAbsoluteError, TopK
from neuralbuilder.insights import (
    Accuracy,
    ActivationCurve,
    ActivationHistograms,
    LossCurve,
    MetricCurve,
    NetworkView,
    NeuronArithmetic,
    Predictions,
    WeightHistograms,
)
from neuralbuilder.insights.common import nice, reach
from neuralbuilder.insights.figure import Bars, HeatMap, Line, Marker, Points, Table
from neuralbuilder.insights.loss import thinned
from neuralbuilder.insights.neuron import plain, signed


def marks(figure, kind):
    return [mark for mark in figure.marks if isinstance(mark, kind)]


# ------------------------------------------------------------ curves


def test_the_loss_is_drawn_over_epochs_with_its_marks(make_source):
    figure = LossCurve().compute(make_source("regression"))
    train, test = marks(figure, Line)
    assert (train.name, train.dashed) == ("train", False)
    assert (test.name, test.dashed) == ("test", True)
    assert np.allclose(train.x, [0.1, 1.0, 10.0])
    assert np.allclose(train.y, [1.0, 0.5, 0.25])
    (marker,) = marks(figure, Marker)
    assert marker.text == "rate 0.003"
    assert marker.x == pytest.approx(5.0)
    assert figure.y_axis.logarithmic
    assert not LossCurve(logarithmic=False).compute(make_source("regression")).y_axis.logarithmic


def test_accuracy_is_in_per_cent_and_only_for_classes(make_source):
    (line,) = marks(Accuracy().compute(make_source("classes")), Line)
    assert np.allclose(line.y, [50.0, 75.0])
    assert "numbers to predict" in Accuracy().compute(make_source("regression")).message


def test_thinning_keeps_ends_and_extremes():
    points = np.stack([np.arange(5000.0), np.sin(np.arange(5000.0))], axis=1)
    points[1234, 1] = 9.0
    kept = thinned(points, 100)
    assert len(kept) <= 100
    assert kept[0, 0] == 0
    assert kept[-1, 0] == 4999
    assert kept[:, 1].max() == 9.0
    assert (np.diff(kept[:, 0]) > 0).all()


# ------------------------------------------------------------ histograms


def test_activation_histograms_count_the_outputs_of_every_layer(make_source):
    source = make_source("regression")
    figure = ActivationHistograms(bins=11).compute(source)
    assert [row.title for row in figure.rows] == ["Input", "Hidden 1", "Output"]
    assert figure.note == "per layer, 210 samples"
    values = source.network.activations(source.parameters, source.data.train_x)["hidden_1"]
    bars = figure.rows[1].marks[0]
    expected, _ = np.histogram(np.clip(values, bars.edges[0], bars.edges[-1]), bars.edges)
    assert np.allclose(bars.heights, expected / values.size)
    assert bars.heights.sum() == pytest.approx(1.0)


def test_rows_share_an_axis_or_have_their_own(make_source):
    source = make_source("regression")
    common = ActivationHistograms().compute(source).rows
    assert len({row.x_axis.maximum for row in common}) == 1
    own = ActivationHistograms(common_axis=False).compute(source).rows
    assert len({row.x_axis.maximum for row in own}) > 1


def test_weight_histograms_leave_out_the_bias(make_source):
    source = make_source("regression")
    rows = WeightHistograms(bins=9).compute(source).rows
    assert [row.title for row in rows] == ["Hidden 1", "Output"]
    weights = source.network.layout.views(source.parameters)["hidden_1/W"]
    bars = rows[0].marks[0]
    expected, _ = np.histogram(weights, bars.edges)
    assert np.allclose(bars.heights * weights.size, expected)


def test_a_deep_network_shows_its_first_and_last_layers(make_source):
    from tests.insights.conftest import source

    deep = source(_four_inputs(), MeanSquaredError(), Input((4,)), *[Dense(2)] * 12, Output(1))
    figure = ActivationHistograms().compute(deep)
    assert [row.title for row in figure.rows][-1] == "Output"
    assert len(figure.rows) == 8
    assert "6 between" in figure.note


def _four_inputs():
    from neuralbuilder.data.formulas import FormulaDataset

    return FormulaDataset(("y = x1",), samples=40)


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 1), (1, 1), (1.2, 1.5), (0.026, 0.03), (9, 10), (7e20, 8e20)]
)
def test_scales_are_round(value, expected):
    assert nice(value) == pytest.approx(expected)


def test_one_outlier_does_not_squeeze_a_histogram():
    values = np.append(np.linspace(-1, 1, 999), 1000.0)
    assert reach(values) < 3
    assert reach(np.zeros(5)) == 1.0
    assert reach(np.zeros(0)) == 1.0


# ------------------------------------------------------------ predictions


def test_targets_against_predictions_are_in_original_units(make_source):
    source = make_source("regression")
    figure = Predictions().compute(source)
    (points,) = marks(figure, Points)
    rows, data = source.data.test, source.data
    output = source.network.forward(source.parameters, data.x[rows])
    given = output * data.scaling.target_scale + data.scaling.target_shift
    right = data.samples.y[rows]
    assert np.allclose(points.x, right.ravel())
    assert np.allclose(points.y, given.ravel())
    errors = ((given - right) ** 2).sum(axis=0)
    score = np.mean(1 - errors / ((right - right.mean(axis=0)) ** 2).sum(axis=0))
    assert figure.note.startswith(f"R² {score:.2f} · test".replace("-", "−"))
    (diagonal,) = marks(figure, Line)
    assert np.array_equal(diagonal.x, diagonal.y)


def test_the_surface_of_two_classes_is_the_output_at_every_cell(make_source):
    source = make_source("plane classes")
    figure = Predictions().compute(source)
    (heat,), (points,) = marks(figure, HeatMap), marks(figure, Points)
    left, right, bottom, top = heat.extent
    size = len(heat.values)
    row, column = 7, 40
    at = np.array(
        [
            [
                left + (right - left) * (column + 0.5) / size,
                bottom + (top - bottom) * (row + 0.5) / size,
            ]
        ]
    )
    x = source.data.scaling.inputs(at)
    share = source.network.forward(source.parameters, x)[0, 0]
    assert heat.classes[row, column] == (share > 0.5)
    assert heat.values[row, column] == pytest.approx(abs(2 * share - 1), abs=1e-12)
    assert np.array_equal(points.classes, source.data.samples.labels[source.data.test])


def test_the_surface_of_numbers_has_the_scale_of_its_points(make_source):
    source = make_source("plane numbers")
    figure = Predictions(subset="train").compute(source)
    (heat,), (points,) = marks(figure, HeatMap), marks(figure, Points)
    assert np.array_equal(points.values, source.data.samples.y[source.data.train, 0])
    assert heat.limit == points.limit >= np.abs(points.values).max()
    assert np.allclose(points.x, source.data.samples.x[source.data.train, 0])


def test_the_confusion_matrix_counts_every_sample_once(make_source):
    source = make_source("classes")
    figure = Predictions().compute(source)
    (heat,) = marks(figure, HeatMap)
    counts = np.array([[int(text or 0) for text in row] for row in heat.texts])[::-1]
    rows = source.data.test
    given = source.network.forward(source.parameters, source.data.x[rows]).argmax(axis=1)
    right = source.data.samples.labels[rows]
    for i in range(3):
        for j in range(3):
            assert counts[i, j] == np.count_nonzero((right == i) & (given == j))
    assert figure.note == f"{100 * np.mean(given == right):.1f} % · {len(rows)} test"
    assert figure.y_axis.categories == figure.x_axis.categories[::-1]


def test_a_view_that_does_not_fit_gives_the_one_that_does(make_source):
    surface = Predictions(view="surface").compute(make_source("regression"))
    assert marks(surface, Points)
    classes = Predictions(view="classes").compute(make_source("plane classes"))
    assert marks(classes, HeatMap)[0].texts


def test_an_empty_test_part_falls_back(make_source):
    source = make_source("regression")
    data = replace(source.data, test=source.data.test[:0])
    assert "validation" in Predictions().compute(replace(source, data=data)).note


# ------------------------------------------------------------ the canvas


def arrays(figure):
    return figure.marks[-1].values


def test_the_canvas_gets_values_weights_and_gradients(make_source):
    source = make_source("regression")
    found = arrays(NetworkView().compute(source))
    network, data, row = source.network, source.data, source.sample
    x, y = data.train_x, data.train_y
    _, gradient = network.loss_and_gradients(source.parameters, x, y, source.loss)
    weights, gradients = (network.layout.views(a) for a in (source.parameters, gradient))
    for node in ("hidden_1", "output"):
        assert np.array_equal(found[f"{node}/W"], weights[f"{node}/W"])
        assert np.array_equal(found[f"{node}/b"], weights[f"{node}/b"])
        assert np.allclose(found[f"{node}/dW"], gradients[f"{node}/W"])
        assert np.allclose(found[f"{node}/db"], gradients[f"{node}/b"])
    one = data.x[row]
    hidden = np.tanh(one @ weights["hidden_1/W"] + weights["hidden_1/b"])
    assert np.allclose(found["hidden_1/activation"], hidden)
    assert np.allclose(found["input/activation"], one)
    assert np.allclose(
        found["output/pre_activation"], hidden @ weights["output/W"] + weights["output/b"]
    )
    assert np.array_equal(found["x"], data.samples.x[row])
    assert np.array_equal(found["y"], data.samples.y[row])
    assert "hidden_1/map" not in found


def test_maps_show_every_neuron_over_the_plane(make_source):
    source = make_source("plane classes")
    found = arrays(NetworkView().compute(source))
    assert found["hidden_1/map"].shape == (8, 20, 20)
    assert found["output/map"].shape == (1, 20, 20)
    # The first input grows to the right, the second upwards.
    assert (np.diff(found["input/map"][0], axis=1) > 0).all()
    assert (np.diff(found["input/map"][1], axis=0) > 0).all()
    assert all(np.abs(found[f"{n}/map"]).max() <= 1 for n in ("input", "hidden_2", "output"))


def test_images_arrive_as_the_maps_that_are_drawn(make_source):
    source = make_source("convolution")
    found = arrays(NetworkView().compute(source))
    maps = source.sample_trace.activations["conv_2"][0]
    assert found["conv_2/images"].shape == (5, 6, 6)
    drawn = maps[[0, 1, 2, 10, 11]]
    scale = drawn.max() / found["conv_2/images"].max()
    assert np.allclose(found["conv_2/images"] * scale, drawn, rtol=1e-5)
    assert found["conv_4/images"].shape == (3, 2, 2)
    assert np.abs(found["conv_4/images"]).max() <= 1
    assert found["globalavgpool/activation"].shape == (3,)
    assert "conv_2/activation" not in found


def test_images_of_the_data_go_from_dark_to_light(make_source):
    source = make_source("images")
    found = arrays(NetworkView().compute(source))
    image = source.data.samples.x[source.sample]
    assert np.allclose(found["input/images"], image / image.max())


def test_the_curve_of_an_activation_layer_stands_over_what_arrives(make_source):
    source = make_source("normalisation")
    figure = ActivationCurve(node="activation").compute(source)
    assert figure.title == "tanh and its derivative"
    assert ActivationCurve(node="dropout").compute(source).message
    assert NeuronArithmetic(node="batchnorm").compute(source).message


def test_large_weights_are_left_out_of_the_drawing(make_source):
    found = arrays(NetworkView().compute(make_source("large")))
    assert "hidden_1/W" not in found
    assert found["output/W"].shape == (100, 10)


# ------------------------------------------------------------ one neuron


@pytest.mark.parametrize("kind", ["regression", "float32", "classes", "plane classes"])
def test_the_terms_of_a_neuron_add_up_to_its_value(make_source, kind):
    source = make_source(kind)
    figure = NeuronArithmetic("hidden_1", 2).compute(source)
    found = arrays(figure)
    total = found["terms"].sum() + found["bias"].sum()
    assert found["z"][0] == pytest.approx(total, rel=1e-5, abs=1e-6)
    x, y = (a[source.sample : source.sample + 1] for a in (source.data.x, source.data.y))
    _, gradient = source.network.loss_and_gradients(source.parameters, x, y, source.loss)
    views = source.network.layout.views(gradient)
    assert np.allclose(found["gradient"], views["hidden_1/W"][:, 2])
    assert np.allclose(found["delta"] * found["x"], found["gradient"], rtol=1e-5)
    assert found["bias"].size == ("hidden_1/b" in views)


def test_the_table_of_a_neuron_reads_like_the_formula(make_source):
    source = make_source("regression")
    (table,) = marks(NeuronArithmetic("hidden_1", 1).compute(source), Table)
    names = [row[0] for row in table.rows]
    assert table.rows[0] == ("inputs x", "scaled")
    assert names[1:6] == ["x₁·w", "x₂·w", "x₃·w", "x₄·w", "1·b"]
    assert names[6:10] == ["z = Σ", "h₂ = tanh(z)", "loss L", "δ = ∂L/∂z"]
    assert " × " in table.rows[1][1]
    assert "-" not in "".join(row[1] for row in table.rows)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (-8.2e-4, "−8.20e−4"),
        (0.00234, "2.34e−3"),
        (0.009999, "0.0100"),
        (-0.0123, "−0.0123"),
        (0.09999, "0.100"),
        (0.5, "0.500"),
        (-12.3456, "−12.346"),
        (123456.0, "1.23e5"),
        (float("-inf"), "−inf"),
    ],
)
def test_numbers_keep_three_significant_digits(value, written):
    assert plain(value) == written
    assert signed(value) == ("+" if value > 0 else "") + written


def test_delta_of_an_output_neuron_can_be_checked_by_hand(make_source):
    source = make_source("regression")
    figure = NeuronArithmetic("output", 1).compute(source)
    found = arrays(figure)
    # The mean over two outputs: ∂L/∂y = 2 (y − t) / 2, and the output is linear.
    assert found["delta"][0] == pytest.approx(found["activation"][0] - found["target"][0])
    assert found["original_target"][0] == pytest.approx(source.data.samples.y[source.sample, 1])
    (table,) = marks(figure, Table)
    rows = dict(table.rows)
    assert {"y and t", "target t", "original y₂", "original t"} <= set(rows)
    assert "sample" in figure.note


def test_figures_call_layers_as_people_do(make_source):
    source = replace(make_source("regression"), names={"hidden_1": "Bend"})
    assert [row.title for row in ActivationHistograms().compute(source).rows] == [
        "Input",
        "Bend",
        "Output",
    ]
    assert NeuronArithmetic("hidden_1", 0).compute(source).title == "Bend, neuron 1"


def test_a_neuron_with_many_inputs_shows_the_largest_terms(make_source):
    source = make_source("large")
    (table,) = marks(NeuronArithmetic("hidden_1", 0).compute(source), Table)
    assert "54 smaller terms" in [row[0] for row in table.rows]
    assert len(table.rows) < 20


def test_a_neuron_that_is_not_there_gets_a_message(make_source):
    source = make_source("regression")
    assert NeuronArithmetic("input", 0).compute(source).message
    assert NeuronArithmetic("gone", 0).compute(source).message
    assert NeuronArithmetic("output", 2).compute(source).message


# ------------------------------------------------------------ the activation


def test_the_activation_curve_is_the_function_and_its_derivative(make_source):
    source = make_source("regression")
    figure = ActivationCurve("hidden_1").compute(source)
    f, derivative = marks(figure, Line)
    assert np.allclose(f.y, np.tanh(f.x))
    assert np.allclose(derivative.y, 1 - np.tanh(f.x) ** 2)
    (bars,) = marks(figure, Bars)
    sums = source.network.pre_activations(source.parameters, source.data.train_x)["hidden_1"]
    counts, _ = np.histogram(sums, bars.edges)
    assert np.allclose(bars.heights / bars.heights.max(), counts / counts.max())
    assert bars.base == figure.y_axis.minimum == -1
    assert figure.title == "tanh and its derivative"


def test_softmax_says_what_its_curve_means(make_source):
    figure = ActivationCurve("output").compute(make_source("classes"))
    (curve,) = marks(figure, Line)
    assert np.allclose(curve.y, 1 / (1 + np.exp(-curve.x)))
    assert "two neurons" in figure.title


def test_the_plot_of_metrics_has_a_line_per_part_and_says_what_there_is(make_source):
    regression = make_source("regression")
    noted = {"R2/train": np.array([[1.0, 0.1], [10.0, 0.5]]), "R2/test": np.array([[10.0, 0.4]])}
    log = {**regression.log, **noted}
    figure = MetricCurve().compute(replace(regression, log=log))
    lines = [mark for mark in figure.marks if isinstance(mark, Line)]
    assert (figure.title, [line.name for line in lines]) == ("R²", ["train", "test"])
    assert lines[0].y.tolist() == [0.1, 0.5]
    losses = LossCurve().compute(replace(regression, log=log)).marks
    assert len([mark for mark in losses if isinstance(mark, Line)]) == 2
    before = MetricCurve(MeanAbsoluteError()).compute(replace(regression, log={}))
    assert before.message == "Train, and mean absolute error appears here."
    other = MetricCurve(TopK(3)).compute(regression)
    assert other.message == "Of these data, training measures R² and mean absolute error."
    assert not other.marks


def test_the_plot_of_a_share_is_in_per_cent(make_source):
    source = make_source("classes")
    figure = MetricCurve(metrics.Accuracy()).compute(source)
    (line,) = (mark for mark in figure.marks if isinstance(mark, Line))
    assert line.y.tolist() == [50.0, 75.0]
    assert figure.y_axis.label == "%"
