from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.engine import metrics


def test_accuracy_of_one_column_and_of_several():
    output = np.array([[0.2], [0.5], [0.9], [0.4]])
    target = np.array([[0.0], [1.0], [1.0], [1.0]])
    assert metrics.accuracy(output, target) == 0.75
    assert metrics.accuracy(np.array([[1.0, 3.0], [2.0, 0.0]]), np.eye(2)[[1, 1]]) == 0.5


def test_confusion_counts_rows_are_the_truth():
    target = np.eye(3)[[0, 0, 1, 2]]
    output = np.eye(3)[[0, 1, 1, 0]]
    expected = [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert metrics.confusion_counts(output, target).tolist() == expected
    assert metrics.confusion_counts(np.array([[0.9]]), np.array([[0.0]])).tolist() == [
        [0, 1],
        [0, 0],
    ]


def test_the_class_is_among_the_largest():
    output = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.3, 0.3, 0.4]])
    target = np.eye(3)[[1, 2, 1, 0]]
    assert [metrics.top_k_accuracy(output, target, k) for k in (1, 2, 3)] == [0.0, 0.75, 1.0]
    assert metrics.top_k_accuracy(np.array([[0.2], [0.9]]), np.array([[1.0], [1.0]]), 1) == 0.5
    assert metrics.top_k_accuracy(np.array([[0.2], [0.9]]), np.array([[1.0], [1.0]]), 2) == 1.0


@pytest.mark.parametrize("classes", [2, 5, 20])
def test_the_first_of_the_largest_is_the_accuracy(classes):
    random = np.random.default_rng(classes)
    output = random.integers(0, 4, (200, classes)).astype(float)
    target = np.eye(classes)[random.integers(0, classes, 200)]
    assert metrics.top_k_accuracy(output, target, 1) == metrics.accuracy(output, target)
    assert metrics.top_k_accuracy(output, target, classes) == 1.0
    shares = [metrics.top_k_accuracy(output, target, k) for k in range(1, classes + 1)]
    assert shares == sorted(shares)


@pytest.mark.parametrize("k", [0, 4, -1, 1.0, True])
def test_more_places_than_classes_are_refused(k):
    with pytest.raises(ValueError, match="from 1 to 3, the classes"):
        metrics.top_k_accuracy(np.ones((2, 3)), np.eye(3)[:2], k)


def test_errors():
    output, target = np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]])
    assert metrics.mean_absolute_error(output, target) == 1.5
    assert metrics.mean_squared_error(output, target) == 2.5


def test_r_squared():
    target = np.array([[1.0], [2.0], [3.0]])
    assert metrics.r_squared(target, target) == 1.0
    assert metrics.r_squared(np.full((3, 1), 2.0), target) == 0.0
    assert metrics.r_squared(target[::-1], target) == -3.0
    constant = np.ones((3, 1))
    assert metrics.r_squared(constant, constant) == 1.0
    assert metrics.r_squared(constant + 1, constant) == 0.0
    both = np.hstack([target, target])
    assert metrics.r_squared(np.hstack([target, np.full((3, 1), 2.0)]), both) == pytest.approx(0.5)


def test_they_agree_with_scikit_learn():
    theirs = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    output, target = random.normal(size=(200, 6)), np.eye(6)[random.integers(6, size=200)]
    classes = target.argmax(axis=1), output.argmax(axis=1)
    assert metrics.accuracy(output, target) == pytest.approx(theirs.accuracy_score(*classes))
    expected = theirs.confusion_matrix(*classes)
    np.testing.assert_array_equal(metrics.confusion_counts(output, target), expected)
    top = theirs.top_k_accuracy_score(classes[0], output, k=3)
    assert metrics.top_k_accuracy(output, target, 3) == pytest.approx(top)
    numbers = output + random.normal(size=output.shape)
    assert metrics.r_squared(output, numbers) == pytest.approx(theirs.r2_score(numbers, output))
    error = theirs.mean_absolute_error(numbers, output)
    assert metrics.mean_absolute_error(output, numbers) == pytest.approx(error)
