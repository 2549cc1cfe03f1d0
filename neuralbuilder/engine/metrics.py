"""Measures of how good predictions are. Arrays are (samples, outputs), in any one unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.binding import Array


def accuracy(output: Array, target: Array) -> float:
    """The share of samples whose class is right.

    With one column, an output of at least 0.5 means class 1; with more, the largest column wins.
    """
    return float(np.mean(predicted_classes(output) == predicted_classes(target)))


def top_k_accuracy(output: Array, target: Array, k: int) -> float:
    """The share of samples whose class is among the `k` largest outputs; with 1, the accuracy.

    Of equal outputs the one further left comes first. Raises `ValueError` unless `k` is from 1 to
    the number of classes, which is two for one column.
    """
    classes = max(2, output.shape[1])
    if type(k) is not int or not 1 <= k <= classes:
        raise ValueError(f"k must be a whole number from 1 to {classes}, the classes, not {k!r}.")
    if output.shape[1] == 1:
        return accuracy(output, target) if k == 1 else 1.0
    truth = predicted_classes(target)
    own = output[np.arange(len(output)), truth][:, None]
    to_the_left = np.arange(output.shape[1]) < truth[:, None]
    # With `not <=`, NaN comes before every number, as for argmax.
    before = ~(output <= own) | (to_the_left & (output == own))
    return float(np.mean(np.count_nonzero(before, axis=1) < k))


def predicted_classes(output: Array) -> NDArray[np.intp]:
    """The class index of every sample."""
    if output.shape[1] == 1:
        return np.asarray(output[:, 0] >= 0.5, np.intp)
    return np.asarray(np.argmax(output, axis=1), np.intp)


def confusion_counts(output: Array, target: Array) -> NDArray[np.intp]:
    """How often each class (row) was taken for each class (column)."""
    classes = max(2, target.shape[1])
    counts = np.zeros((classes, classes), np.intp)
    np.add.at(counts, (predicted_classes(target), predicted_classes(output)), 1)
    return counts


def mean_squared_error(output: Array, target: Array) -> float:
    """The mean squared difference over samples and outputs."""
    return float(np.mean(np.square(_difference(output, target))))


def mean_absolute_error(output: Array, target: Array) -> float:
    """The mean absolute difference over samples and outputs."""
    return float(np.mean(np.abs(_difference(output, target))))


def r_squared(output: Array, target: Array) -> float:
    """1 - (squared errors) / (squared deviations of the targets), averaged over the outputs.

    1 is perfect, 0 is as good as always answering the mean. A column of equal targets counts as 1
    where it is met exactly and as 0 otherwise.
    """
    errors = np.sum(np.square(_difference(output, target)), axis=0)
    exact = np.asarray(target, np.float64)
    deviations = np.sum(np.square(exact - exact.mean(axis=0)), axis=0)
    safe = np.where(deviations > 0, deviations, 1.0)
    scores = np.where(deviations > 0, 1.0 - errors / safe, np.where(errors == 0, 1.0, 0.0))
    return float(np.mean(scores))


def _difference(output: Array, target: Array) -> NDArray[Any]:
    return np.asarray(output, np.float64) - np.asarray(target, np.float64)
