"""Plots of measures: against the report, scikit-learn and direct computation."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from neuralbuilder.data.preprocessing import NoPreprocessing, prepare
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.activations import Sigmoid, Tanh
from neuralbuilder.engine.layers import Dense, Input, Output
from neuralbuilder.engine.losses import BinaryCrossEntropy
from neuralbuilder.engine.network import Network
from neuralbuilder.insights import (
    CalibrationCurve,
    ClassAccuracy,
    ConfusionMatrix,
    InputImportance,
    Measures,
    PartialDependence,
    PrecisionRecall,
    Residuals,
    RocCurve,
    Threshold,
)
from neuralbuilder.insights.base import Source
from neuralbuilder.insights.decisions import decisions
from neuralbuilder.insights.figure import Bars, HeatMap, Line, Marker, Points, Table
from neuralbuilder.insights.influence import columns_of, dependence, importance, score_of
from neuralbuilder.insights.measures import figure_of, written
from neuralbuilder.insights.ranking import precision_recall, roc
from neuralbuilder.insights.report import areas, report
from tests.insights.conftest import chain

OF_ANSWERS = (Measures, Threshold, RocCurve, PrecisionRecall, CalibrationCurve)


def mark(figure, kind):
    return next(mark for mark in figure.marks if isinstance(mark, kind))


def marks(figure, kind):
    return [mark for mark in figure.marks if isinstance(mark, kind)]


def source_of(samples: Samples) -> Source:
    """An untrained network with one sigmoid per target."""
    width, outputs = samples.x.shape[1], samples.y.shape[1]
    graph = chain(Input((width,)), Dense(4, Tanh()), Output(outputs, Sigmoid()))
    network = Network(graph, "float64")
    data = prepare(samples, Split(0.0, 0.3), NoPreprocessing(), True, outputs, "float64")
    return Source(network, BinaryCrossEntropy(), network.initial(3), data, {})


@pytest.fixture
def answers(make_source) -> Source:
    """Three outputs that say yes or no."""
    return make_source("answers")


@pytest.fixture(scope="module")
def unequal() -> Source:
    """Three classes; in the test part the last one has no samples."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 100)
    labels[:5] = 2
    samples = Samples(
        random.normal(size=(100, 2)), np.eye(3)[labels], ("a", "b"), ("x", "y", "z"),
        "classification", test_from=60,
    )  # fmt: skip
    return source_of(samples)


# ------------------------------------------------------------ the table


def test_the_table_is_the_report(make_source):
    source = make_source("classes")
    outcome = source.outcome("test")
    found = report(
        "classification", source.data.samples.class_names, outcome.output, outcome.target
    )
    figure = Measures().compute(source)
    table = mark(figure, Table)
    assert table.columns == ("class", "precision", "recall", "F1", "AUC", "samples")
    for cells, row in zip(table.rows, found.rows, strict=True):
        assert cells[0] == row.name
        assert cells[1:5] == tuple(figure_of(row.measures[name]) for name in
                                   ("precision", "recall", "F1", "ROC AUC"))  # fmt: skip
        assert cells[5] == str(row.support)
    assert figure.note.startswith(f"accuracy {figure_of(found.measures['accuracy'])} · ")


def test_quantities_are_told_in_their_own_units(make_source):
    source = make_source("regression")
    rows = source.data.test
    output = source.network.forward(source.parameters, source.data.x[rows])
    off = source.data.scaling.original_targets(output) - source.data.samples.y[rows]
    table = mark(Measures().compute(source), Table)
    assert table.columns == ("target", "RMSE", "MAE", "R²", "samples")
    for column, cells in enumerate(table.rows):
        assert cells[1] == figure_of(np.sqrt(np.mean(off[:, column] ** 2)))
        assert cells[2] == figure_of(np.abs(off[:, column]).mean())


def test_yes_or_no_is_told_output_by_output(answers):
    table = mark(Measures().compute(answers), Table)
    assert table.columns == ("output", "accuracy", "precision", "recall", "F1", "AUC", "yes")
    assert [row[0] for row in table.rows] == ["rain", "wind", "snow"]
    yes = answers.data.samples.y[answers.data.test].sum(axis=0)
    assert [row[-1] for row in table.rows] == [f"{count:.0f}" for count in yes]


def test_a_class_without_samples_is_a_dash(unequal):
    table = mark(Measures().compute(unequal), Table)
    assert table.rows[2] == ("z", "–", "–", "–", "–", "0")
    bars = mark(ClassAccuracy().compute(unequal), Bars)
    assert bars.texts[2] == "–"
    assert bars.heights[2] == 0


def test_numbers_for_people_never_say_more_than_they_are():
    for value, text in ((1.0, "1.000"), (1 - 1e-12, "1.000"), (0.9999, "0.999"), (-0.25, "−0.250"),
                        (123.456, "123"), (0.001234, "0.00123"), (0.0, "0.000")):  # fmt: skip
        assert figure_of(value) == text
    assert written("accuracy", 0.975) == "97.50 %"
    assert written("F1", 0.975) == "0.975"
    assert written("accuracy", float("nan")) == "–"


# ------------------------------------------------------------ curves


@pytest.mark.parametrize("seed", range(4))
def test_the_areas_under_the_curves_are_those_of_the_report(seed):
    random = np.random.default_rng(seed)
    target = np.eye(3)[random.integers(0, 3, 50)]
    output = np.round(random.dirichlet([1, 1, 1], 50), 1)  # with ties
    found = decisions("classification", "abc", output, target)
    for column in range(3):
        x, y = roc(found, column)
        assert (np.diff(x) >= 0).all()
        assert (np.diff(y) >= 0).all()
        assert np.trapezoid(y, x) == pytest.approx(areas(found, column)["ROC AUC"])
        x, y = precision_recall(found, column)
        assert (x[0], x[-1]) == (0, 1)
        assert (np.diff(x) >= 0).all()
        assert np.trapezoid(y, x) == pytest.approx(areas(found, column)["average precision"])


@pytest.mark.parametrize("plot", [RocCurve, PrecisionRecall])
def test_every_class_has_a_curve_and_one_can_be_chosen(make_source, plot):
    source = make_source("large")
    lines = [line for line in marks(plot().compute(source), Line) if line.role != "muted"]
    assert len(lines) == 10
    assert len({(line.role, line.dashed, line.dotted) for line in lines}) == 10
    assert lines[3].name.startswith("3 0.")
    (only,) = (line for line in marks(plot(output=4).compute(source), Line) if line.role != "muted")
    assert np.array_equal(only.x, lines[3].x)
    assert only.name == "3"


def test_of_two_classes_there_is_one_curve(make_source):
    figure = RocCurve().compute(make_source("plane classes"))
    assert [line.role for line in marks(figure, Line)] == ["accent", "muted"]
    assert figure.note.startswith("AUC 0.")


def test_without_both_answers_there_is_no_curve(unequal):
    figure = RocCurve(output=3).compute(unequal)
    assert "'z'" in figure.message
    assert len(marks(RocCurve().compute(unequal), Line)) == 3, "two classes and the diagonal"


def test_calibration_says_how_often_it_is_so(make_source):
    source = make_source("plane classes")
    figure = CalibrationCurve("train", bins=4).compute(source)
    found = source.decisions("train")
    p, truth = found.scores[:, 1], found.truth[:, 1]
    points = mark(figure, Points)
    for across, up in zip(points.x, points.y, strict=True):
        low = np.floor(across * 4) / 4
        inside = (p > low) & (p <= low + 0.25)
        assert across == pytest.approx(p[inside].mean())
        assert up == pytest.approx(truth[inside].mean())
    assert mark(figure, Bars).heights.sum() == pytest.approx(1)


# ------------------------------------------------------------ threshold


def test_the_matrix_follows_the_threshold(make_source):
    source = make_source("plane classes")
    found = source.decisions("test")
    p, yes = found.scores[:, 1], found.truth[:, 1]
    for threshold in (0.0, 0.45, 0.55, 1.0):
        figure = Threshold(threshold).compute(source)
        said = p >= threshold
        table = mark(figure, HeatMap).counts[::-1]
        expected = [[(~yes & ~said).sum(), (~yes & said).sum()],
                    [(yes & ~said).sum(), (yes & said).sum()]]  # fmt: skip
        assert table.tolist() == expected
        assert f"recall {figure_of(said[yes].mean())}" in figure.note
        assert figure.title == f"Threshold {threshold:.2f}"


def test_at_one_half_it_is_the_confusion_matrix(make_source):
    source = make_source("plane classes")
    one, other = (
        mark(plot.compute(source), HeatMap).counts for plot in (Threshold(), ConfusionMatrix())
    )
    assert np.array_equal(one, other)


def test_a_click_on_a_cell_shows_who_is_most_wrong(make_source):
    source = make_source("plane classes")
    heat = mark(Threshold(0.4).compute(source), HeatMap)
    found = source.decisions("test", 0.4)
    p, yes, rows = found.scores[:, 1], found.truth[:, 1], source.outcome("test").rows
    wrong = np.flatnonzero(~yes & (p >= 0.4))
    assert heat.samples[1, 1] == rows[wrong[p[wrong].argmax()]]


def test_curves_meet_the_note_at_the_threshold(make_source):
    source = make_source("plane classes")
    figure = Threshold(0.5, "curves").compute(source)
    assert mark(figure, Marker).x == 0.5
    assert [line.name for line in marks(figure, Line)] == ["precision", "recall", "F1"]
    found = source.decisions("test")
    recall = next(line for line in marks(figure, Line) if line.name == "recall")
    for at, value in zip(recall.x, recall.y, strict=True):
        said = found.scores[:, 1] >= at
        assert value == pytest.approx(said[found.truth[:, 1]].mean())


def test_every_output_that_says_yes_or_no_has_a_threshold(answers):
    figure = Threshold(0.3, output=2).compute(answers)
    assert figure.x_axis.label == "predicted wind"
    assert figure.x_axis.categories == ("no", "yes")
    found = answers.decisions("test")
    said, yes = found.scores[:, 1] >= 0.3, found.truth[:, 1]
    assert mark(figure, HeatMap).counts[::-1][1, 1] == (said & yes).sum()


def test_a_threshold_is_for_two_answers(make_source):
    assert "3 classes" in Threshold().compute(make_source("classes")).message
    assert "none" in Threshold().compute(make_source("regression")).message


# ------------------------------------------------------------ which data they suit


def test_they_are_offered_for_data_that_they_say_something_about(make_source, answers):
    quantities, three, two = (
        make_source(name).data.samples for name in ("regression", "classes", "plane classes")
    )
    images, yes_no = make_source("images").data.samples, answers.data.samples
    for plot in OF_ANSWERS[1:]:
        assert not plot.suits(quantities)
        assert plot.suits(two)
        assert plot.suits(yes_no)
    assert not Threshold.suits(three)
    assert Residuals.suits(quantities)
    assert not Residuals.suits(two)
    assert InputImportance.suits(three)
    assert not InputImportance.suits(images)
    assert not any(plot.usual_for(two) for plot in (*OF_ANSWERS, Residuals, InputImportance))


@pytest.mark.parametrize("plot", [*OF_ANSWERS, InputImportance, PartialDependence])
def test_yes_or_no_is_drawn_too(plot, answers):
    figure = plot().compute(answers)
    assert not figure.message
    assert figure.marks or figure.rows


# ------------------------------------------------------------ residuals


def test_residuals_are_what_is_missing(make_source):
    source = make_source("regression")
    outcome = source.outcome("test")
    original = source.data.scaling.original_targets
    given, right = original(outcome.output), original(outcome.target)
    points = mark(Residuals(output=2).compute(source), Points)
    assert np.allclose(np.sort(points.x), np.sort(given[:, 1]))
    assert np.allclose(np.sort(points.y), np.sort((right - given)[:, 1]))
    assert set(points.classes) == {1}
    both = mark(Residuals().compute(source), Points)
    assert set(both.classes) == {0, 1}
    assert len(both.x) == 2 * len(points.x)


# ------------------------------------------------------------ inputs


def formula(x):
    return np.stack([3 * x[:, 0] + x[:, 2] ** 2, -x[:, 1]], axis=1)


def test_importance_is_what_scikit_learn_finds_for_single_columns():
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import LinearRegression

    random = np.random.default_rng(0)
    x = random.normal(size=(120, 3))
    y = formula(x)
    model = LinearRegression().fit(x, y)
    name, score = score_of("regression", y)
    ours = importance(model.predict, x, "abc", score, 4)
    theirs = permutation_importance(model, x, y, scoring="r2", n_repeats=4, random_state=7)
    assert name == "R2"
    assert ours.score == pytest.approx(model.score(x, y))
    order = np.argsort(-theirs.importances_mean)
    assert ours.names == tuple("abc"[place] for place in order)
    assert np.allclose(ours.means, theirs.importances_mean[order])
    assert np.allclose(ours.deviations, theirs.importances_std[order])


def test_the_words_of_one_column_are_shuffled_together():
    names = ("colour = red", "size", "colour = blue")
    assert columns_of(names) == {"colour": [0, 2], "size": [1]}
    random = np.random.default_rng(0)
    red = random.integers(0, 2, 60)
    x = np.stack([red, random.normal(size=60), 1 - red], axis=1).astype(float)
    seen = []

    def answer(inputs):
        seen.append(inputs)
        return inputs[:, :1]

    found = importance(answer, x, names, score_of("regression", x[:, :1])[1])
    assert found.names == ("colour", "size")
    assert found.means[1] == 0
    assert all((inputs[:, 0] + inputs[:, 2] == 1).all() for inputs in seen)


def test_accuracy_is_the_score_of_classes_and_of_yes_and_no():
    target = np.array([[1.0, 0.0], [0.0, 1.0]])
    for task, called in (("classification", "accuracy"), ("yes/no", "binary accuracy")):
        name, score = score_of(task, target)
        assert name == called
        assert score(target) == 1
        assert score(np.array([[0.9, 0.2], [0.8, 0.3]])) == 0.5


def test_partial_dependence_is_a_mean_over_all_rows():
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 3))
    found = dependence(formula, x, 2, 12)
    assert found.outputs.shape == (2, 12)
    for value, outputs in zip(found.values, found.outputs.T, strict=True):
        same = x.copy()
        same[:, 2] = value
        assert np.allclose(outputs, formula(same).mean(axis=0))
    low, high = np.quantile(x[:, 2], [0.05, 0.95])
    assert low - 0.2 < found.values[0] < found.values[-1] < high + 0.2


def test_dependence_is_drawn_in_the_units_of_the_data(make_source):
    source = make_source("regression")
    samples, rows = source.data.samples, source.data.train
    figure = PartialDependence(column=3).compute(source)
    line = marks(figure, Line)[1]
    same = samples.x[rows].copy()
    same[:, 2] = line.x[5]
    scaling = source.data.scaling
    output = source.network.forward(source.parameters, scaling.inputs(same))
    assert line.y[5] == pytest.approx(scaling.original_targets(output)[:, 1].mean())
    assert figure.x_axis.label == samples.input_names[2]
    assert line.name == samples.target_names[1]


def test_bars_of_importance_are_sorted_and_share_an_axis(make_source):
    figure = InputImportance(most=3).compute(make_source("classes"))
    assert len(figure.rows) == 3
    assert figure.note.endswith("3 of 4 columns")
    assert len({row.x_axis for row in figure.rows}) == 1
    ends = [mark(row, Bars).edges for row in figure.rows]
    lengths = [high if low == 0 else low for low, high in ends]
    assert lengths == sorted(lengths, reverse=True)


def test_what_takes_too_long_waits_for_a_pause(make_source):
    source = make_source("large")
    assert "evaluate FILE --importance" in InputImportance().compute(source).message
    hurried = dataclasses.replace(source, hurries=True)
    assert "pauses" in InputImportance().compute(hurried).message


def test_images_have_no_columns(make_source):
    for plot in (InputImportance, PartialDependence):
        assert "images" in plot().compute(make_source("images")).message
