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
