"""The report against scikit-learn, by hand, and by what must hold of all rates."""

from __future__ import annotations

import json
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from neuralbuilder.engine import metrics as engine
from neuralbuilder.insights.calibration import calibration
from neuralbuilder.insights.decisions import decisions
from neuralbuilder.insights.report import report

LETTERS = "abcdefgh"


def classified(seed: int, classes: int, samples: int = 80):
    """Probabilities and one-hot targets that fit together somewhat."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, samples)
    target = np.eye(classes)[labels]
    raw = np.exp(random.normal(size=(samples, classes)) + target)
    return raw / raw.sum(axis=1, keepdims=True), target, labels


def test_classes_are_measured_as_scikit_learn_does():
    output, target, right = classified(0, 4)
    given_classes = output.argmax(axis=1)
    found = report("classification", LETTERS[:4], output, target)
    table = sk.classification_report(right, given_classes, output_dict=True)
    for row, label in zip(found.rows, "0123", strict=True):
        assert row.measures["precision"] == pytest.approx(table[label]["precision"])
        assert row.measures["recall"] == pytest.approx(table[label]["recall"])
        assert row.measures["F1"] == pytest.approx(table[label]["f1-score"])
        assert row.support == table[label]["support"]
    m = found.measures
    assert m["accuracy"] == table["accuracy"] == engine.accuracy(output, target)
    assert m["balanced accuracy"] == pytest.approx(sk.balanced_accuracy_score(right, given_classes))
    assert m["macro precision"] == pytest.approx(table["macro avg"]["precision"])
    assert m["macro F1"] == pytest.approx(table["macro avg"]["f1-score"])
    assert m["weighted F1"] == pytest.approx(table["weighted avg"]["f1-score"])
    assert m["macro ROC AUC"] == pytest.approx(
        sk.roc_auc_score(right, output, multi_class="ovr", average="macro")
    )
    assert m["macro average precision"] == pytest.approx(
        sk.average_precision_score(target, output, average="macro")
    )
    assert np.array_equal(found.confusion, sk.confusion_matrix(right, given_classes))
    assert np.array_equal(found.confusion, engine.confusion_counts(output, target))


@pytest.mark.parametrize("outputs", [1, 2])
def test_of_two_classes_the_second_counts_as_positive(outputs):
    output, target, right = classified(1, 2)
    if outputs == 1:
        given_, wanted = output[:, 1:], target[:, 1:]
    else:
        given_, wanted = output, target
    found = report("classification", ("no", "yes"), given_, wanted)
    p, labels = output[:, 1], output.argmax(axis=1)
    assert found.positive == "yes"
    m = found.measures
    assert m["precision"] == pytest.approx(sk.precision_score(right, labels))
    assert m["recall"] == pytest.approx(sk.recall_score(right, labels))
    assert m["F1"] == pytest.approx(sk.f1_score(right, labels))
    assert m["ROC AUC"] == pytest.approx(sk.roc_auc_score(right, p))
    assert m["average precision"] == pytest.approx(sk.average_precision_score(right, p))
    assert found.rows[0].measures["ROC AUC"] == pytest.approx(m["ROC AUC"])


def test_yes_or_no_is_measured_output_by_output():
    random = np.random.default_rng(2)
    target = (random.random((60, 3)) < [0.5, 0.2, 0.8]).astype(float)
    output = np.clip(0.5 * target + 0.7 * random.random((60, 3)), 0, 1)
    answered = output >= 0.5
    found = report("yes/no", ("rain", "wind", "snow"), output, target)
    for k, row in enumerate(found.rows):
        assert row.measures["F1"] == pytest.approx(sk.f1_score(target[:, k], answered[:, k]))
        assert row.measures["accuracy"] == sk.accuracy_score(target[:, k], answered[:, k])
        assert row.measures["ROC AUC"] == pytest.approx(
            sk.roc_auc_score(target[:, k], output[:, k])
        )
        assert row.support == target[:, k].sum()
    assert found.measures["exact match"] == sk.accuracy_score(target, answered)
    assert found.measures["binary accuracy"] == pytest.approx(1 - sk.hamming_loss(target, answered))
    assert found.measures["macro F1"] == pytest.approx(
        sk.f1_score(target, answered, average="macro")
    )
    assert found.confusion is None
    assert [row["name"] for row in found.facts()["outputs"]] == ["rain", "wind", "snow"]


def test_a_single_yes_or_no_is_like_two_classes():
    output, target, _ = classified(3, 2)
    two = report("classification", ("no", "yes"), output[:, 1:], target[:, 1:])
    one = report("yes/no", ("yes",), output[:, 1:], target[:, 1:])
    assert one.measures["binary accuracy"] == two.measures["accuracy"]
    for name in ("balanced accuracy", "precision", "recall", "F1", "ROC AUC",
                 "average precision", "calibration error"):  # fmt: skip
        assert one.measures[name] == pytest.approx(two.measures[name]), name


def test_quantities_are_measured_as_scikit_learn_and_training_do():
    random = np.random.default_rng(4)
    right = random.normal(size=(50, 2)) * [1, 100]
    given_ = right + random.normal(size=(50, 2))
    found = report("regression", ("mass", "length"), given_, right)
    m = found.measures
    assert m["R2"] == pytest.approx(engine.r_squared(given_, right), rel=1e-12)
    assert m["mean absolute error"] == pytest.approx(
        engine.mean_absolute_error(given_, right), rel=1e-12
    )
    assert m["root mean squared error"] == pytest.approx(sk.root_mean_squared_error(right, given_))
    for k, row in enumerate(found.rows):
        mse = engine.mean_squared_error(given_[:, [k]], right[:, [k]])
        assert row.measures["root mean squared error"] ** 2 == pytest.approx(mse)
        assert row.measures["R2"] == pytest.approx(sk.r2_score(right[:, k], given_[:, k]))


# ------------------------------------------------------------ what has no meaning


def test_a_class_without_samples_is_empty_and_not_counted():
    output, target, right = classified(5, 3)
    rows = right != 2
    found = report("classification", "abc", output[rows], target[rows])
    assert found.rows[2].support == 0
    assert all(isnan(value) for value in found.rows[2].measures.values())
    recalls = [row.measures["recall"] for row in found.rows[:2]]
    assert found.measures["balanced accuracy"] == pytest.approx(np.mean(recalls))


def test_a_class_that_is_never_given_has_no_precision():
    target = np.eye(2)[[0, 0, 1]]
    found = report("classification", ("no", "yes"), np.tile([0.9, 0.1], (3, 1)), target)
    assert isnan(found.measures["precision"])
    assert found.measures["recall"] == found.measures["F1"] == 0.0
    assert found.measures["balanced accuracy"] == 0.5
    assert found.measures["macro precision"] == pytest.approx((2 / 3 + 0) / 2)
    assert found.measures["ROC AUC"] == 0.5, "who answers the same always ranks nothing"


@pytest.mark.parametrize("task", ["classification", "yes/no", "regression"])
@pytest.mark.parametrize("samples", [0, 1])
def test_of_no_samples_and_of_one_there_is_still_a_report(task, samples):
    target = np.eye(3)[[1]][:samples]
    found = report(task, "abc", target * 0.8, target)
    assert found.samples == samples
    assert len(found.rows) == 3
    if not samples:
        assert all(isnan(value) for value in found.measures.values())
    json.dumps(found.facts())


def test_outputs_that_are_no_numbers_are_survived():
    output = np.full((4, 3), np.nan)
    found = report("classification", "abc", output, np.eye(3)[[0, 1, 2, 0]])
    assert found.measures["accuracy"] == 0.5
    assert "calibration error" not in found.measures, "these are no probabilities"


# ------------------------------------------------------------ properties

counts = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(counts)
def test_all_rates_follow_from_the_confusion_matrix(pairs):
    right, answered = np.array(pairs).T
    found = report("classification", "abc", np.eye(3)[answered], np.eye(3)[right])
    table = found.confusion
    assert table.sum() == len(pairs)
    assert found.measures["accuracy"] == pytest.approx(np.trace(table) / table.sum())
    for k, row in enumerate(found.rows):
        hits, real, said = table[k, k], table[k].sum(), table[:, k].sum()
        assert row.support == real
        if not real:
            assert isnan(row.measures["recall"])
            continue
        assert row.measures["recall"] == pytest.approx(hits / real)
        assert row.measures["F1"] == pytest.approx(2 * hits / (real + said))
        if said:
            assert row.measures["precision"] == pytest.approx(hits / said)
        else:
            assert isnan(row.measures["precision"])


scores = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=2, max_size=40)


@settings(max_examples=40, deadline=None)
@given(scores, st.sampled_from([lambda s: s**2, lambda s: np.sqrt(s), lambda s: 0.2 + s / 2]))
def test_the_area_under_the_roc_curve_knows_the_order_alone(pairs, rising):
    score, truth = np.array([s / 20 for s, _ in pairs]), np.array([t for _, t in pairs])
    one, other = (
        report("yes/no", ("it",), values[:, None], truth[:, None].astype(float)).measures
        for values in (score, rising(score))
    )
    for name in ("ROC AUC", "average precision"):
        assert one[name] == pytest.approx(other[name], nan_ok=True)
    mirrored = report("yes/no", ("it",), 1 - score[:, None], truth[:, None].astype(float))
    if not isnan(one["ROC AUC"]):
        assert one["ROC AUC"] + mirrored.measures["ROC AUC"] == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_counts_every_sample_once(pairs):
    probability, truth = np.array([p for p, _ in pairs]), np.array([t for _, t in pairs])
    asked = decisions("yes/no", ("it",), probability[:, None], truth[:, None].astype(float))
    found = calibration(asked)
    assert found.counts.sum() == len(pairs)
    assert len(found.counts) == len(found.predicted) == len(found.observed)
    assert np.average(found.predicted, weights=found.counts) == pytest.approx(probability.mean())
    assert np.average(found.observed, weights=found.counts) == pytest.approx(truth.mean())
    assert 0 <= found.error <= 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_higher_threshold_never_says_yes_more_often(seed, one, other):
    low, high = sorted((one, other))
    output, target, _ = classified(seed, 2, 30)
    often, seldom = (
        decisions("classification", ("no", "yes"), output[:, 1:], target[:, 1:], threshold)
        for threshold in (low, high)
    )
    assert not (seldom.given[:, 1] & ~often.given[:, 1]).any()
    assert (often.given.sum(axis=1) == 1).all()
