"""Measures of how good predictions are. Arrays are (samples, outputs), in any one unit.

Each is a plain function, and a part that says of which data it is taken and how it is written. The
loss is a measure too, and a part of a kind of its own (see `engine.losses`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.binding import Array
from neuralbuilder.parts import Part, catalogue, integer, register

MANY_CLASSES = 10
"""With so many classes, it is also of interest whether the right one is among the first few."""


class Metric(Part):
    """Base of all measures.

    `task` says what it judges: "classification", "yes/no" or "regression"; `is_share` whether
    people read it in per cent, and `is_number` whether it is a single number, which can be
    followed over the course of training. It has no meaning for fewer than `least_samples`.
    """

    kind: ClassVar[str] = "metric"
    task: ClassVar[str] = "regression"
    is_share: ClassVar[bool] = False
    is_number: ClassVar[bool] = True
    least_samples: ClassVar[int] = 1

    @property
    def series(self) -> str:
        """The name under which it is noted, followed by the part of the data: ``accuracy/test``."""
        return self.label.lower()

    @property
    def title(self) -> str:
        """What it is called, with its settings."""
        return self.label

    def suits(self, task: str, outputs: int) -> bool:
        """Whether training measures it for such a task on so many outputs."""
        return self.is_number and self.task == task

    def measure(self, output: Array, target: Array) -> Any:
        """The number, or the table, for these samples."""
        raise NotImplementedError

    def written(self, value: float) -> str:
        """The number for people: ``97.50 %``, ``0.931``."""
        return f"{100 * value:.2f} %" if self.is_share else f"{value:.6g}"


@register("accuracy", "Accuracy", "right / all")
@dataclass(frozen=True)
class Accuracy(Metric):
    """The share of samples that get the right class: (right samples) / (all samples).

    Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006).
    """

    task: ClassVar[str] = "classification"
    is_share: ClassVar[bool] = True

    def measure(self, output: Array, target: Array) -> float:
        """From 0 to 1."""
        return accuracy(output, target)


@register("top_k", "Top-k accuracy", "right among k / all")
@dataclass(frozen=True)
class TopK(Metric):
    """The share of samples whose class is among the k largest outputs.

    Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge", IJCV 115 (2015).
    """

    task: ClassVar[str] = "classification"
    is_share: ClassVar[bool] = True

    k: int = integer(
        5, "k", minimum=1, maximum=1000, help="How many of the largest outputs count as right."
    )

    @property
    def series(self) -> str:
        """Such as ``top-5 accuracy``."""
        return f"top-{self.k} accuracy"

    @property
    def title(self) -> str:
        """Such as ``Top-5 accuracy``."""
        return f"Top-{self.k} accuracy"

    def suits(self, task: str, outputs: int) -> bool:
        """From `MANY_CLASSES` classes on; with fewer it says little."""
        return task == self.task and outputs >= max(MANY_CLASSES, self.k)

    def measure(self, output: Array, target: Array) -> float:
        """From 0 to 1; 1 where there are no more than k classes."""
        return top_k_accuracy(output, target, min(self.k, max(2, output.shape[1])))


@register("confusion", "Confusion counts", "n[true, given]")
@dataclass(frozen=True)
class ConfusionCounts(Metric):
    """How often each class was taken for each: n[i, j] samples of class i were given class j.

    A table rather than a number; the plot "Confusion matrix" shows it.
    Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006).
    """

    task: ClassVar[str] = "classification"
    is_number: ClassVar[bool] = False

    def measure(self, output: Array, target: Array) -> NDArray[np.intp]:
        """Counts of shape (classes, classes); rows are the truth."""
        return confusion_counts(output, target)


@register("binary_accuracy", "Binary accuracy", "right answers / all answers")
@dataclass(frozen=True)
class BinaryAccuracy(Metric):
    """The share of right answers where every output says yes or no: an output of at least 0.5 means
    yes. Samples and outputs count alike, so it is 1 − the Hamming loss.

    Tsoumakas and Katakis, "Multi-label classification: an overview", IJDWM 3 (2007).
    """

    task: ClassVar[str] = "yes/no"
    is_share: ClassVar[bool] = True

    def measure(self, output: Array, target: Array) -> float:
        """From 0 to 1."""
        return binary_accuracy(output, target)


@register("r_squared", "R²", "1−Σ(ŷ−y)²/Σ(y−ȳ)²")
@dataclass(frozen=True)
class RSquared(Metric):
    """How much of the spread of the targets is explained: 1 − Σ(ŷ−y)² / Σ(y−ȳ)², averaged over the
    outputs. 1 is perfect, 0 is as good as always answering the mean.

    The coefficient of determination, Wright, "Correlation and causation" (1921).
    """

    least_samples: ClassVar[int] = 2

    @property
    def series(self) -> str:
        """A name that can be typed."""
        return "R2"

    def measure(self, output: Array, target: Array) -> float:
        """At most 1."""
        return r_squared(output, target)


@register("mean_absolute_error", "Mean absolute error", "mean |ŷ−y|")
@dataclass(frozen=True)
class MeanAbsoluteError(Metric):
    """By how much the outputs are wrong on average: the mean of |ŷ−y| over samples and outputs, in
    the units of the targets.

    Willmott and Matsuura, Climate Research 30 (2005).
    """

    def measure(self, output: Array, target: Array) -> float:
        """At least 0."""
        return mean_absolute_error(output, target)


def followed(task: str, outputs: int) -> tuple[Metric, ...]:
    """The measures that training takes of such a task on so many outputs."""
    every = (cast("Metric", part()) for part in catalogue(Metric.kind))
    return tuple(metric for metric in every if metric.suits(task, outputs))


def written(series: str, value: float) -> str:
    """The value of a series such as ``accuracy`` or ``loss`` for people."""
    every = (cast("Metric", part()) for part in catalogue(Metric.kind))
    own = next((metric for metric in every if metric.series == series), None)
    return f"{value:.6g}" if own is None else own.written(value)


# ------------------------------------------------------------------ functions


def accuracy(output: Array, target: Array) -> float:
    """The share of samples whose class is right.

    With one column, an output of at least 0.5 means class 1; with more, the largest column wins.
    """
    return float(np.mean(predicted_classes(output) == predicted_classes(target)))


def binary_accuracy(output: Array, target: Array) -> float:
    """The share of outputs on the same side of 0.5 as their targets."""
    return float(np.mean((output >= 0.5) == (target >= 0.5)))


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
