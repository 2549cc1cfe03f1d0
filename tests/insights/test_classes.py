"""Confusion matrix, accuracy per class, gallery and softmax, against direct computation."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.engine.losses import CategoricalCrossEntropy, MeanSquaredError
from neuralbuilder.insights import ClassAccuracy, ConfusionMatrix, Gallery, SoftmaxArithmetic
from neuralbuilder.insights.answers import LEAST, MOST, Answers
from neuralbuilder.insights.base import HURRY, PATIENT
from neuralbuilder.insights.confusion import MOST_CLASSES, counted, shades, shown_classes
from neuralbuilder.insights.figure import Arrays, Bars, HeatMap, Pictures, Table

LABELS = np.array([0, 0, 1, 1, 1, 2])
GIVEN = np.array([0, 1, 1, 1, 2, 2])
OUTPUT = np.array(
    [[0.9, 0.1, 0.0], [0.3, 0.6, 0.1], [0.2, 0.7, 0.1], [0.0, 1.0, 0.0], [0.1, 0.4, 0.5],
     [0.0, 0.2, 0.8]]
)  # fmt: skip


def mark(figure, kind):
    return next(mark for mark in figure.marks if isinstance(mark, kind))


def look(answers: Answers, at_once: int, rows=None, output=OUTPUT):
    y = np.eye(3)[LABELS]
    rows = np.arange(len(LABELS)) if rows is None else rows
    return answers.look("test", rows, at_once, y, CategoricalCrossEntropy(), lambda r: output[r])


def direct(source):
    """Rows of the test part, right classes, given classes and probabilities."""
    rows = source.data.test
    output = source.network.forward(source.parameters, source.data.x[rows])
    return rows, source.data.samples.labels[rows], output.argmax(axis=1), output


# ------------------------------------------------------------ slices


def test_outcomes_by_hand():
    outcome = look(Answers(), 100)
    order = np.argsort(outcome.rows)
    assert outcome.complete
    assert np.array_equal(outcome.rows[order], np.arange(6))
    assert np.array_equal(outcome.right[order], LABELS)
    assert np.array_equal(outcome.given[order], GIVEN)
    assert np.allclose(outcome.right_output[order], [0.9, 0.3, 0.7, 1.0, 0.4, 0.8])
    assert np.allclose(outcome.given_output[order], [0.9, 0.6, 0.7, 1.0, 0.5, 0.8])
    assert np.allclose(outcome.losses[order], -np.log([0.9, 0.3, 0.7, 1.0, 0.4, 0.8]))
    assert outcome.correct_share == pytest.approx(4 / 6)
    assert np.array_equal(counted(outcome, 3), [[1, 1, 0], [0, 2, 1], [0, 0, 1]])
    assert outcome.in_words == "6 test"


def test_every_look_adds_a_slice_until_all_are_known():
    answers, asked = Answers(), []

    def answer(rows):
        asked.extend(rows)
        return OUTPUT[rows]

    y, loss, rows = np.eye(3)[LABELS], CategoricalCrossEntropy(), np.arange(6)
    sizes = []
    for _ in range(5):
        outcome = answers.look("test", rows, 2, y, loss, answer)
        sizes.append((len(outcome.rows), outcome.complete, outcome.in_words))
    assert sizes[0] == (2, False, "2 of 6 test")
    assert sizes[1] == (4, False, "4 of 6 test")
    assert sizes[2:] == [(6, True, "6 test")] * 3
    assert sorted(asked) == list(range(6)), "no sample is answered twice"


def test_of_very_many_samples_some_stand_for_all():
    rows = np.arange(MOST + 500)
    output, y = np.tile(OUTPUT[:1], (len(rows), 1)), np.tile([[1.0, 0, 0]], (len(rows), 1))
    outcome = Answers().look(
        "train", rows, len(rows), y, CategoricalCrossEntropy(), lambda r: output[r]
    )
    assert outcome.complete
    assert len(outcome.rows) == MOST
    assert outcome.in_words == "10,000 of 10,500 train"
    assert outcome.rows.max() > MOST, "from all over the part"


def test_answers_that_are_no_numbers_count_as_very_wrong():
    outcome = look(Answers(), 6, output=np.full((6, 3), np.nan))
    assert np.isfinite(outcome.losses).all()
    assert outcome.losses.min() > 1e20


def test_two_classes_may_share_one_output(make_source):
    source = make_source("plane classes")
    outcome = source.outcome("test")
    p = source.network.forward(source.parameters, source.data.x[outcome.rows])[:, 0]
    assert np.array_equal(outcome.given, p >= 0.5)
    assert np.allclose(outcome.given_output, np.maximum(p, 1 - p))
    assert np.allclose(outcome.losses, -np.log(np.where(outcome.right == 1, p, 1 - p)))


def test_training_that_goes_on_looks_at_fewer_samples(make_source):
    source = make_source("images")
    patient, hurried = (replace(source, answers=Answers(), hurries=h) for h in (False, True))
    assert source.affordable(PATIENT) == PATIENT
    assert len(patient.outcome("train").rows) == source.data.train.size
    assert len(hurried.outcome("train").rows) == PATIENT // HURRY
    assert ConfusionMatrix("train").compute(hurried).growing
    assert not ConfusionMatrix("train").compute(patient).growing


def test_a_matrix_says_how_many_samples_it_counts(make_source):
    source = make_source("images")
    total = source.data.train.size
    hurried, patient = (replace(source, answers=Answers(), hurries=h) for h in (True, False))
    while_training, at_rest = (ConfusionMatrix("train").compute(s) for s in (hurried, patient))
    counts = mark(while_training, HeatMap).texts
    assert sum(int(text or 0) for row in counts for text in row) == PATIENT // HURRY
    some, all_of_them = while_training.note.split(" · ")
    assert some.endswith(f" % of {PATIENT // HURRY} train")
    assert all_of_them == f"{total:,} in all"
    assert at_rest.note.split(" · ")[1:] == [f"{total:,} train"]


@pytest.mark.parametrize("every", [20, 200])
def test_the_first_look_shows_twenty_of_every_class_or_says_how_few(every):
    rows, most, loss = np.arange(4000), 1000, CategoricalCrossEntropy()
    y = np.eye(2)[(rows % every == 0).astype(int)]
    answers = Answers()
    first, second = (
        answers.look("train", rows, 100, y, loss, lambda r: y[r], most) for _ in range(2)
    )
    rare = int(np.count_nonzero(first.right))
    assert 100 < len(first.rows) <= most
    assert len(second.rows) == len(first.rows) + 100
    if every == 20:
        assert (rare, first.few(("no", "yes"))) == (LEAST, "")
    else:
        assert rare < LEAST
        assert first.few(("no", "yes")) == f"only {rare} of yes"
    assert len(Answers().look("train", rows, 100, y, loss, lambda r: y[r]).rows) == 100


# ------------------------------------------------------------ confusion


@pytest.mark.parametrize("name", ["classes", "convolution", "branches", "plane classes"])
def test_every_cell_counts_its_samples_and_knows_the_worst(make_source, name):
    source = make_source(name)
    figure = ConfusionMatrix().compute(source)
    heat, outcome = mark(figure, HeatMap), source.outcome("test")
    classes = len(source.data.samples.class_names)
    right, given = outcome.right, outcome.given
    for i in range(classes):
        for j in range(classes):
            cell = (right == i) & (given == j)
            row = classes - 1 - i
            assert heat.texts[row][j] == (str(cell.sum()) if cell.any() else "")
            share = cell.sum() / max(1, (right == i).sum())
            assert heat.values[row, j] == pytest.approx(share)
            assert heat.counts[row, j] == cell.sum()
            if cell.any():
                worst = outcome.rows[cell][outcome.losses[cell].argmax()]
                assert heat.samples[row, j] == worst
            else:
                assert heat.samples[row, j] == -1
    assert figure.y_axis.categories == figure.x_axis.categories[::-1]


def test_shares_of_a_row_are_in_per_cent(make_source):
    source = make_source("classes")
    counts = counted(source.outcome("test"), 3)
    texts = mark(ConfusionMatrix(texts="per cent").compute(source), HeatMap).texts[::-1]
    for row, own in zip(counts, texts, strict=True):
        for count, text in zip(row, own, strict=True):
            assert text == ("" if not count else f"{100 * count / row.sum():.0f}")


def test_mistakes_have_a_scale_of_colours_of_their_own():
    """Beside a thousand right answers one mistake is seen, and which mistake is frequent."""
    counts = np.array([[1000, 1, 0], [16, 984, 0], [0, 0, 0]])
    shade = shades(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    assert shade.diagonal() == pytest.approx([1000 / 1001, 0.984, 0.0])
    assert shade[1, 0] == -1.0
    assert -0.5 < shade[0, 1] < -0.4
    assert (shade[[0, 1, 2, 2], [2, 2, 0, 1]] == 0.0).all()


def test_without_mistakes_every_other_cell_is_empty():
    assert np.array_equal(shades(np.eye(4)), np.eye(4))


def test_a_cell_opens_the_samples_in_it(make_source):
    source = make_source("classes")
    matrix = ConfusionMatrix("train")
    figure = matrix.compute(source)
    names = source.data.samples.class_names
    behind = matrix.behind(figure, 2, 1)
    assert behind == Gallery("train", "all", names[0], names[1]), "row 0 is at the bottom"
    assert matrix.behind(figure, 7, 0) is None


def test_of_many_classes_the_confused_ones_are_shown():
    labels = np.arange(100)
    output = np.eye(100)
    output[[80, 90]] = output[[90, 80]]
    outcome = Answers().look(
        "test", labels, 1000, np.eye(100), CategoricalCrossEntropy(), lambda rows: output[rows]
    )
    shown = shown_classes(outcome, 100)
    assert len(shown) == MOST_CLASSES
    assert {80, 90} <= set(shown.tolist())
    assert (np.diff(shown) > 0).all()


def test_the_accuracy_of_a_class_is_its_share_of_right_answers(make_source):
    source = make_source("classes")
    rows, right, given, _ = direct(source)
    figure = ClassAccuracy().compute(source)
    expected = [100 * np.mean(given[right == k] == k) for k in range(3)]
    assert np.allclose(mark(figure, Bars).heights, expected)
    for share, text in zip(expected, mark(figure, Bars).texts, strict=True):
        assert text == f"{share:.0f}"
    assert figure.x_axis.categories == source.data.samples.class_names
    lowest = int(np.argmin(expected))
    assert figure.note.startswith(f"least {source.data.samples.class_names[lowest]}: ")
    assert len(rows)


# ------------------------------------------------------------ gallery


def test_mistakes_are_sorted_by_loss_and_know_their_samples(make_source):
    source = make_source("images")
    rows, right, given, output = direct(source)
    losses = -np.log(output[np.arange(len(rows)), right])
    wrong = np.flatnonzero(given != right)
    worst = wrong[np.argsort(-losses[wrong], kind="stable")][:24]
    pictures = mark(Gallery().compute(source), Pictures)
    assert pictures.samples == tuple(int(row) for row in rows[worst])
    names = source.data.samples.class_names
    first = worst[0]
    assert pictures.captions[0].startswith(f"{names[right[first]]}→{names[given[first]]} · ")
    assert f"sample {rows[first] + 1} " in pictures.hints[0]
    assert f"loss {losses[first]:.2f}" in pictures.hints[0]
    original = source.data.samples.x[rows[first], 0]
    shown = pictures.values[0].astype(float)
    assert np.allclose(shown, original * 255 / 16, atol=0.51), "0 to 16 become black to white"


def test_vectors_that_are_reshaped_at_once_are_images(make_source):
    assert mark(Gallery().compute(make_source("convolution")), Pictures).values.shape[1:] == (8, 8)


def test_vectors_are_rows_of_features(make_source):
    source = make_source("classes")
    table = mark(Gallery(which="all").compute(source), Table)
    assert table.columns[:5] == ("sample", "right", "predicted", "output", "loss")
    assert table.columns[5:] == source.data.samples.input_names
    assert table.rows[0][0] == str(table.samples[0] + 1)
    losses = [float(row[4]) for row in table.rows]
    assert losses == sorted(losses, reverse=True)
    assert float(table.rows[0][5]) == source.data.samples.x[table.samples[0], 0]


def test_a_cell_of_the_gallery_is_the_cell_of_the_matrix(make_source):
    source = make_source("convolution")
    names = source.data.samples.class_names
    rows, right, given, _ = direct(source)
    i, j = right[0], given[0]
    expected = set(rows[(right == i) & (given == j)].tolist())
    figure = Gallery("test", "all", names[i], names[j], 60).compute(source)
    assert set(mark(figure, Pictures).samples) == expected
    only_right = Gallery("test", "right", "", "", 60).compute(source)
    wrong = set(rows[right != given].tolist())
    assert not wrong & set(mark(only_right, Pictures).samples)


def test_the_gallery_says_why_there_is_nothing(make_source):
    assert "no class 'cat'" in Gallery(right="cat").compute(make_source("classes")).message
    assert "none" in Gallery().compute(make_source("regression")).message
    source = make_source("classes")
    counts = counted(source.outcome("test"), 3)
    i, j = np.argwhere(counts == 0)[0]
    names = source.data.samples.class_names
    figure = Gallery("test", "all", names[i], names[j]).compute(source)
    assert figure.message == "No such samples among 30 test samples."


def test_all_of_it_stays_small_enough_to_travel(make_source):
    for name in ("images", "convolution", "large"):
        source = make_source(name)
        for insight in (ConfusionMatrix(), ClassAccuracy(), Gallery(most=60)):
            assert len(pickle.dumps(insight.compute(source))) < 100_000


# ------------------------------------------------------------ softmax


@pytest.mark.parametrize("name", ["classes", "large", "convolution", "images", "branches"])
def test_the_softmax_is_the_engines_and_adds_up(make_source, name):
    source = make_source(name)
    figure = SoftmaxArithmetic().compute(source)
    n = mark(figure, Arrays).values
    trace, node = source.sample_trace, source.network.output_id
    assert np.array_equal(n["z"], trace.pre_activations[node][0])
    assert np.array_equal(n["p"], trace.activations[node][0])
    assert np.array_equal(n["delta"], trace.deltas[node][0])
    assert n["loss"][0] == trace.loss
    close = {"rtol": 4 * np.finfo(n["z"].dtype).eps, "atol": 4 * np.finfo(n["z"].dtype).eps}
    assert np.allclose(n["powers"], np.exp(n["z"] - n["z"].max()), **close)
    assert np.allclose(n["powers"] / n["total"], n["p"], **close)
    assert np.allclose(n["p"].sum(), 1.0, **close)
    assert np.array_equal(n["delta"], n["p"] - n["y"])
    right = int(n["y"].argmax())
    loss = np.log(n["total"][0]) - (n["z"][right] - n["max"][0])
    assert n["loss"][0] == pytest.approx(float(loss), rel=1e-5, abs=1e-6)
    classes, results = (m for m in figure.marks if isinstance(m, Table))
    assert classes.rows[-1][0] == "Σ"
    assert classes.rows[-1][3] == "1.000"
    assert dict(results.rows)["δ = ∂L/∂z"] == "p − y"


def test_the_softmax_by_hand(make_source):
    source = make_source("classes")
    weights = np.zeros_like(source.parameters)
    views = source.network.layout.views(weights)
    views["output/b"][...] = np.log([1.0, 2.0, 5.0])
    figure = SoftmaxArithmetic().compute(replace(source, parameters=weights, sample=60))
    classes, results = (m for m in figure.marks if isinstance(m, Table))
    names = source.data.samples.class_names
    assert classes.rows[0] == (names[0], "0", "0.200", "0.125", "0", "+0.125")
    assert classes.rows[1] == (names[1], "0.693", "0.400", "0.250", "1", "−0.750")
    assert classes.rows[2] == (names[2], "1.609", "1.000", "0.625", "0", "+0.625")
    assert classes.rows[3] == ("Σ", "", "1.600", "1.000", "1", "0")
    assert dict(results.rows)["m = max z"] == "1.609"
    assert dict(results.rows)["L = −ln p = ln Σ − (z − m)"] == "1.386"


def test_other_losses_are_not_said_to_have_p_minus_y(make_source):
    source = make_source("classes")
    figure = SoftmaxArithmetic().compute(replace(source, loss=MeanSquaredError()))
    _, results = (m for m in figure.marks if isinstance(m, Table))
    assert dict(results.rows)["δ"] == "∂L/∂z"
    assert "no softmax" in SoftmaxArithmetic().compute(make_source("regression")).message
