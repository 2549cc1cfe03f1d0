"""Measures in Python, beside scikit-learn."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from sklearn import metrics as sk

import neuralbuilder as nb
from neuralbuilder.data.bundled import Iris

IRIS = Iris().load()
LABELS = IRIS.labels


@pytest.fixture(scope="module")
def flowers() -> nb.Network:
    return nb.Network("4 -> 8 tanh -> 3 softmax").fit(IRIS.x, LABELS, epochs=20)


def test_classes_are_measured_as_scikit_learn_measures_predictions(flowers):
    p = flowers.predict(IRIS.x).astype(float)
    p, given = p / p.sum(axis=1, keepdims=True), p.argmax(axis=1)
    found = flowers.evaluate(IRIS.x, LABELS)
    assert found["samples"] == 150
    assert found["loss"] == pytest.approx(sk.log_loss(LABELS, p), rel=1e-5)
    assert found["accuracy"] == sk.accuracy_score(LABELS, given)
    assert found["macro F1"] == pytest.approx(sk.f1_score(LABELS, given, average="macro"))
    assert found["confusion"] == sk.confusion_matrix(LABELS, given).tolist()
    assert [row["support"] for row in found["classes"]] == [50, 50, 50]


def test_measuring_changes_nothing(flowers):
    before = {name: array.copy() for name, array in flowers.parameters.items()}
    flowers.evaluate(IRIS.x, LABELS)
    flowers.importance(IRIS.x, LABELS)
    flowers.partial_dependence(IRIS.x, 0)
    assert all(np.array_equal(flowers.parameters[name], before[name]) for name in before)


def test_of_two_classes_the_threshold_can_be_moved():
    is_setosa = LABELS == 0
    net = nb.Network("4 -> 3 tanh -> 1 sigmoid").fit(IRIS.x, is_setosa, epochs=3)
    said = net.predict(IRIS.x)[:, 0] >= 0.3
    found = net.evaluate(IRIS.x, is_setosa, threshold=0.3)
    assert found["recall"] == pytest.approx(sk.recall_score(is_setosa, said))
    assert found["precision"] == pytest.approx(sk.precision_score(is_setosa, said))
    assert found["ROC AUC"] == pytest.approx(sk.roc_auc_score(is_setosa, net.predict(IRIS.x)[:, 0]))


def test_quantities_are_measured_in_their_units():
    x, y = IRIS.x[:, :3], 10 * IRIS.x[:, 3:]
    net = nb.Network("3 -> 4 tanh -> 1").fit(x, y, epochs=10)
    found = net.evaluate(x, y)
    given = net.predict(x)
    assert found["root mean squared error"] == pytest.approx(
        sk.root_mean_squared_error(y, given), rel=1e-6
    )
    assert found["R2"] == pytest.approx(sk.r2_score(y, given), rel=1e-6)
    assert found["targets"][0]["name"] == "y1"


def test_a_class_without_samples_is_nan(flowers):
    found = flowers.evaluate(IRIS.x[:60], LABELS[:60])
    assert isnan(found["classes"][2]["recall"])
    assert not isnan(found["balanced accuracy"])


def test_importance_names_the_inputs(flowers):
    found = flowers.importance(IRIS.x, LABELS)
    assert set(found) == {"x1", "x2", "x3", "x4"}
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert max(found, key=found.__getitem__) in ("x3", "x4")


def test_partial_dependence_is_a_mean_of_predictions(flowers):
    values, outputs = flowers.partial_dependence(IRIS.x, 2, points=5)
    assert outputs.shape == (3, len(values))
    same = IRIS.x.copy()
    same[:, 2] = values[1]
    assert np.allclose(outputs[:, 1], flowers.predict(same).mean(axis=0), atol=1e-6)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda net: net.evaluate(IRIS.x[:, :3], LABELS), "reads"),
        (lambda net: net.evaluate(IRIS.x, LABELS[:9]), "9"),
        (lambda net: net.evaluate(IRIS.x, LABELS, threshold=1.5), "from 0 to 1"),
        (lambda net: net.evaluate(IRIS.x[:0], LABELS[:0]), "too few"),
        (lambda net: net.partial_dependence(IRIS.x, 4), "from 0 to 3"),
        (lambda net: net.partial_dependence(IRIS.x, 0, points=1), "at least 2"),
        (lambda net: net.partial_dependence(IRIS.x[:0], 0), "no rows"),
    ],
)
def test_what_does_not_fit_is_said(flowers, call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(flowers)
