"""How well outputs tell one class from all others, at every threshold: two curves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.base import PARTS, Insight, Source, decides
from neuralbuilder.insights.confusion import SUBSET_HELP
from neuralbuilder.insights.decisions import Decisions
from neuralbuilder.insights.figure import Axis, Figure, Line, Values
from neuralbuilder.insights.gallery import NO_CLASSES
from neuralbuilder.insights.loss import thinned
from neuralbuilder.insights.measures import figure_of
from neuralbuilder.insights.report import areas
from neuralbuilder.parts import choice, integer, register

MOST_CURVES = 10
"""Of more classes those with the smallest areas are shown."""
MOST_POINTS = 300
OUTPUT_HELP = "Which class, or which output that says yes or no, counted from 1."
STYLES = ((False, False), (True, False), (True, True))
"""Solid, dashed and with short dashes: colour alone does not tell curves apart."""

ENDS = np.array([0.0, 1.0])
DIAGONAL = Line("chance", ENDS, ENDS, "muted", True)


@register("roc_curve", "ROC curve")
@dataclass(frozen=True)
class RocCurve(Insight):
    """How many of a class are found, against how many others are taken for it, at every threshold.

    The area under the curve is 1 where a threshold tells them apart, and 0.5 for guessing.
    """

    subset: str = choice("test", "Part", PARTS, help=SUBSET_HELP)
    output: int = integer(
        0, "Class", minimum=0, maximum=1_000_000, zero_word="all", help=OUTPUT_HELP
    )

    @classmethod
    def suits(cls, samples: Samples | None) -> bool:
        """Classes, and yes and no."""
        return decides(samples)

    def compute(self, source: Source) -> Figure:
        """One curve per class; of two classes that of the second."""
        return _figure(ROC, source, self.subset, self.output)


@register("precision_recall", "Precision and recall")
@dataclass(frozen=True)
class PrecisionRecall(Insight):
    """How many of those taken for a class are of it, against how many of it are found, at every
    threshold.

    The area under its steps is the average precision. Of rare classes it says more than the ROC
    curve.
    """

    subset: str = choice("test", "Part", PARTS, help=SUBSET_HELP)
    output: int = integer(
        0, "Class", minimum=0, maximum=1_000_000, zero_word="all", help=OUTPUT_HELP
    )

    @classmethod
    def suits(cls, samples: Samples | None) -> bool:
        """Classes, and yes and no."""
        return decides(samples)

    def compute(self, source: Source) -> Figure:
        """One curve per class; of two classes that of the second."""
        return _figure(PRECISION_RECALL, source, self.subset, self.output)


def roc(found: Decisions, column: int) -> tuple[Values, Values]:
    """False positive rates and the true positive rates beside them, both rising from 0 to 1.

    Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006).
    """
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(found.truth[:, column], found.scores[:, column])
    return np.asarray(false, np.float64), np.asarray(true, np.float64)


def precision_recall(found: Decisions, column: int) -> tuple[Values, Values]:
    """Rising recall and the precision beside it, in steps: the area under them is the average
    precision.

    Davis and Goadrich, "The relationship between precision-recall and ROC curves", ICML (2006).
    """
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(found.truth[:, column], found.scores[:, column])
    across = np.repeat(recall[::-1], 2)[1:-1]
    up = np.repeat(precision[::-1][1:], 2)
    return np.asarray(across, np.float64), np.asarray(up, np.float64)


@dataclass(frozen=True)
class _Kind:
    """A kind of curve: what it is called, how it is found, and the name of the area under it, with
    how that is written.
    """

    title: str
    curve: Callable[[Decisions, int], tuple[Values, Values]]
    area: str
    short: str
    axes: tuple[str, str]
    diagonal: bool


ROC = _Kind("ROC curve", roc, "ROC AUC", "AUC", ("false positive rate", "true positive rate"), True)
PRECISION_RECALL = _Kind(
    "Precision and recall",
    precision_recall,
    "average precision",
    "AP",
    ("recall", "precision"),
    False,
)


def _figure(kind: _Kind, source: Source, subset: str, output: int) -> Figure:
    if not decides(source.data.samples):
        return Figure(title=kind.title, message=NO_CLASSES)
    outcome, found = source.outcome(subset), source.decisions(subset)
    sizes = {
        column: areas(found, column)[kind.area]
        for column in _columns(found, output)
        if found.is_open(column)
    }
    if not sizes:
        return Figure(title=kind.title, note=outcome.in_words, message=_nothing(found, output))
    shown = sorted(sorted(sizes, key=sizes.__getitem__)[:MOST_CURVES])
    across, up = kind.axes
    return Figure(
        title=kind.title,
        note=f"{_mean(kind, sizes, len(shown))} · {outcome.in_words}",
        x_axis=Axis(across, minimum=0.0, maximum=1.0),
        y_axis=Axis(up, minimum=0.0, maximum=1.0),
        marks=(*_lines(kind, found, sizes, shown), *([DIAGONAL] if kind.diagonal else [])),
        growing=not outcome.complete,
    )


def _columns(found: Decisions, output: int) -> range:
    """The class that was asked for, the positive one of two, or all."""
    if 0 < output <= len(found.names):
        return range(output - 1, output)
    if found.positive is not None:
        return range(found.positive, found.positive + 1)
    return range(len(found.names))


def _nothing(found: Decisions, output: int) -> str:
    if 0 < output <= len(found.names):
        name = found.names[output - 1]
        return (
            f"Either all of these samples are {name!r} or none is: there is nothing to tell apart."
        )
    return "All of these samples are alike: there is nothing to tell apart."


def _mean(kind: _Kind, sizes: Mapping[int, float], shown: int) -> str:
    """The area, or the mean of several."""
    mean = f"{kind.short} {figure_of(float(np.mean(list(sizes.values()))))}"
    if len(sizes) == 1:
        return mean
    return f"mean {mean}" + (f" · {shown} of {len(sizes)} classes" if shown < len(sizes) else "")


def _lines(
    kind: _Kind, found: Decisions, sizes: Mapping[int, float], shown: Sequence[int]
) -> Iterator[Line]:
    """Each with its area in its name, in the colour of its class, and only one in none."""
    of_many = len(shown) > 1
    for place, column in enumerate(shown):
        points = thinned(np.stack(kind.curve(found, column), axis=1), MOST_POINTS)
        name = found.names[column]
        yield Line(
            f"{name} {figure_of(sizes[column])}" if of_many else name,
            points[:, 0].copy(),
            points[:, 1].copy(),
            f"class {column}" if of_many else "accent",
            *STYLES[place % len(STYLES)],
        )
