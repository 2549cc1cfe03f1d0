"""Curves over the course of training: loss, accuracy and other metrics, learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.metrics import Metric, RSquared, followed
from neuralbuilder.insights.base import Insight, Source, classifies
from neuralbuilder.insights.common import clean
from neuralbuilder.insights.figure import Axis, Figure, Line, Mark, Marker, Role, Values
from neuralbuilder.parts import nested, register, switch

MOST_POINTS = 600
MOST_MARKERS = 12
PARTS: tuple[tuple[str, Role, bool, bool], ...] = (
    ("train", "accent", False, False),
    ("validation", "good", True, True),
    ("test", "second", True, False),
    ("mini-batches", "zero", False, False),
)
"""Name, role, whether dashed, and whether the dashes are short."""
MARK = "mark/"
RATE = "learning rate"
SAMPLES = "samples/"


@register("loss_curve", "Loss")
@dataclass(frozen=True)
class LossCurve(Insight):
    """The loss of the training, validation and test part over the epochs, and of the mini-batches.

    The parts are measured with the weights of the moment. What is known of the mini-batches without
    measuring is the mean loss of weights that went on changing, with dropout and noise.
    """

    logarithmic: bool = switch(
        True,
        "Logarithmic",
        help="Equal factors are equal heights, so that small losses can be seen.",
    )

    @classmethod
    def usual_for(cls, samples: Samples | None) -> bool:
        """Always."""
        return True

    def compute(self, source: Source) -> Figure:
        """One line per part, markers where settings were changed."""
        lines = _lines(source.log, "loss/", 1.0)
        label = "epoch (log y)" if self.logarithmic else "epoch"
        return Figure(
            title="Loss",
            note=_measured_on(source),
            message="" if lines else "Train, and the loss appears here.",
            x_axis=Axis(label, minimum=0.0),
            y_axis=Axis(logarithmic=self.logarithmic),
            marks=(*lines, *_markers(source.log)) if lines else (),
        )


@register("accuracy", "Accuracy")
@dataclass(frozen=True)
class Accuracy(Insight):
    """The share of samples that get the right class, over the epochs."""

    of_classes: ClassVar[bool] = True

    @classmethod
    def usual_for(cls, samples: Samples | None) -> bool:
        """Of classes."""
        return classifies(samples)

    def compute(self, source: Source) -> Figure:
        """One line per part, in per cent."""
        lines = _lines(source.log, "accuracy/", 100.0)
        message = "" if lines else "Train, and the accuracy appears here."
        if source.data.samples.task != "classification":
            message = "Accuracy counts right classes; these data have numbers to predict."
        return Figure(
            title="Accuracy",
            note=_measured_on(source) if lines else "per cent",
            message=message,
            x_axis=Axis("epoch", minimum=0.0),
            y_axis=Axis("%", maximum=100.0),
            marks=() if message else (*lines, *_markers(source.log)),
        )


@register("metrics", "Metrics")
@dataclass(frozen=True)
class MetricCurve(Insight):
    """A measure of how good the outputs are, over the epochs, such as R² or top-5 accuracy."""

    metric: Metric = nested(RSquared(), "Metric", help="What is measured.")

    def compute(self, source: Source) -> Figure:
        """One line per part; shares in per cent."""
        metric = self.metric
        lines = _lines(source.log, f"{metric.series}/", 100.0 if metric.is_share else 1.0)
        message = "" if lines else f"Train, and {_inside(metric.title)} appears here."
        measured = followed(source.data.samples.task, source.network.output_shape[0])
        if metric not in measured:
            names = " and ".join(_inside(each.title) for each in measured)
            message = f"Of these data, training measures {names}."
        return Figure(
            title=metric.title,
            note="" if message else _measured_on(source),
            message=message,
            x_axis=Axis("epoch", minimum=0.0),
            y_axis=Axis("%", maximum=100.0) if metric.is_share else Axis(),
            marks=() if message else (*lines, *_markers(source.log)),
        )


def _measured_on(source: Source) -> str:
    """On how many samples the newest points were measured: `500 of 1,050 train · 150 test`."""
    found = []
    for part in ("train", "validation", "test"):
        points = source.log.get(SAMPLES + part)
        if points is not None and len(points):
            count, total = int(points[-1, 1]), len(getattr(source.data, part))
            of = "" if count == total else f" of {total:,}"
            found.append(f"{count:,}{of} {part}")
    return " · ".join(found)


def _inside(title: str) -> str:
    """A title inside a sentence."""
    return title[0].lower() + title[1:] if title[1:2].islower() else title


@register("learning_rate", "Learning rate")
@dataclass(frozen=True)
class LearningRate(Insight):
    """The learning rate that the schedule has set, over the epochs."""

    logarithmic: bool = switch(
        False, "Logarithmic", help="Equal factors are equal heights; an exponential is straight."
    )

    def compute(self, source: Source) -> Figure:
        """One line, with the markers that the loss has."""
        points = source.log.get(RATE)
        lines: tuple[Line, ...] = ()
        if points is not None and len(points):
            shown = thinned(points)
            lines = (Line(RATE, epochs_at(source.log, shown[:, 0]), clean(shown[:, 1])),)
        return Figure(
            title="Learning rate",
            message="" if lines else "Train with a schedule, and its learning rate appears here.",
            x_axis=Axis("epoch (log y)" if self.logarithmic else "epoch", minimum=0.0),
            y_axis=Axis(logarithmic=self.logarithmic),
            marks=(*lines, *_markers(source.log)) if lines else (),
        )


def epochs_at(log: Mapping[str, Any], steps: Values) -> Values:
    """The epoch, as a fraction, at each of these steps."""
    ends = log.get("epoch")
    if ends is None or not len(ends):
        return np.asarray(steps, dtype=np.float64)
    known = np.vstack([[[0.0, 0.0]], ends])
    return np.asarray(np.interp(steps, known[:, 0], known[:, 1]))


def thinned(points: Values, limit: int = MOST_POINTS) -> Values:
    """At most `limit` points that keep the extremes: the lowest and highest of each stretch."""
    if len(points) <= limit:
        return points
    size = -(-(len(points) - 2) // (limit // 2 - 1))
    inner = np.arange(1, len(points) - 1)
    # The last stretch is filled up with its last point, so that all have the same length.
    stretches = np.append(inner, np.full(-len(inner) % size, inner[-1])).reshape(-1, size)
    heights = points[stretches, 1]
    rows = np.arange(len(stretches))
    lowest = stretches[rows, heights.argmin(axis=1)]
    highest = stretches[rows, heights.argmax(axis=1)]
    kept: Values = points[np.unique(np.concatenate([[0], lowest, highest, [len(points) - 1]]))]
    return kept


def _lines(log: Mapping[str, Any], prefix: str, factor: float) -> tuple[Line, ...]:
    lines = []
    for part, role, dashed, dotted in PARTS:
        points = log.get(prefix + part)
        if points is not None and len(points):
            shown = thinned(points)
            x = epochs_at(log, shown[:, 0])
            lines.append(Line(part, x, clean(shown[:, 1] * factor), role, dashed, dotted))
    return tuple(lines)


def _markers(log: Mapping[str, Any]) -> tuple[Mark, ...]:
    found = [
        (float(step), _mark_text(name.removeprefix(MARK), float(value)))
        for name, points in log.items()
        if name.startswith(MARK)
        for step, value in points
    ]
    newest = sorted(found)[-MOST_MARKERS:]
    return tuple(Marker(float(epochs_at(log, np.array([step]))[0]), text) for step, text in newest)


def _mark_text(name: str, value: float) -> str:
    """What a mark says: a setting with its new value, or a change of the network as it is."""
    if ":" in name:
        return name
    name, _, zero_word = name.partition("/")
    if zero_word and not value:
        return f"{name}: {zero_word}"
    number = f"{value:g}" if value.is_integer() else f"{value:.3g}"
    return f"{'rate' if name == RATE else name} {number.replace('e-0', 'e-')}"
