"""From which probability on an answer is yes, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.answers import Outcome
from neuralbuilder.insights.base import PARTS, Insight, Source, decides
from neuralbuilder.insights.common import clean
from neuralbuilder.insights.confusion import SUBSET_HELP, hardest, matrix
from neuralbuilder.insights.decisions import Decisions
from neuralbuilder.insights.figure import Axis, Figure, Line, Marker
from neuralbuilder.insights.gallery import NO_CLASSES
from neuralbuilder.insights.loss import thinned
from neuralbuilder.insights.measures import figure_of
from neuralbuilder.insights.report import rates
from neuralbuilder.parts import choice, integer, number, register

MOST_POINTS = 300


@register("threshold", "Threshold")
@dataclass(frozen=True)
class Threshold(Insight):
    """From which probability on the second of two classes is given, or yes; the confusion matrix
    follows it.

    A lower threshold finds more of them, and takes more others for them.
    """

    threshold: float = number(
        0.5,
        "Threshold",
        minimum=0.0,
        maximum=1.0,
        slider=True,
        help="The probability from which on the answer is yes.",
    )
    view: str = choice(
        "matrix",
        "View",
        ("matrix", "curves"),
        help="The confusion matrix, or precision, recall and F1 at every threshold.",
    )
    subset: str = choice("test", "Part", PARTS, help=SUBSET_HELP)
    output: int = integer(
        1, "Output", minimum=1, maximum=1_000_000, help="Which output that says yes or no."
    )

    @classmethod
    def suits(cls, samples: Samples | None) -> bool:
        """Two classes, and yes and no."""
        return samples is not None and decides(samples) and not _too_many(samples)

    def compute(self, source: Source) -> Figure:
        """The matrix of the two answers, or three curves; precision and recall in the note."""
        samples = source.data.samples
        if not decides(samples):
            return Figure(title=self.label, message=NO_CLASSES)
        if _too_many(samples):
            count = len(samples.class_names)
            message = f"A threshold is for two answers; these data have {count} classes."
            return Figure(title=self.label, message=message)
        outcome = source.outcome(self.subset)
        found = source.decisions(self.subset, self.threshold)
        column = found.positive
        if column is None:
            column = min(self.output, len(found.names)) - 1
        if not found.are_probabilities:
            return Figure(title=self.label, message="A threshold is for outputs from 0 to 1.")
        draw = self._matrix if self.view == "matrix" else self._curves
        return draw(found, column, outcome)

    def _matrix(self, found: Decisions, column: int, outcome: Outcome) -> Figure:
        right, given = (found.truth[:, column], found.given[:, column])
        apart = np.abs(found.scores[:, column] - right)
        cells = np.bincount(2 * right.astype(np.intp) + given, minlength=4).reshape(2, 2)
        worst = hardest(right.astype(np.intp), given.astype(np.intp), outcome.rows, apart, 2)
        names = found.names if found.exclusive else ("no", "yes")
        what = "class" if found.exclusive else found.names[column]
        return Figure(
            title=self._title,
            note=self._note(found, column, outcome),
            x_axis=Axis(f"predicted {what}", categories=names),
            y_axis=Axis(f"right {what}", categories=names[::-1]),
            marks=(matrix(cells, worst, "counts"),),
            growing=not outcome.complete,
        )

    def _curves(self, found: Decisions, column: int, outcome: Outcome) -> Figure:
        if not found.is_open(column):
            return Figure(title=self._title, message="All of these samples have the same answer.")
        return Figure(
            title=self._title,
            note=self._note(found, column, outcome),
            x_axis=Axis("threshold", minimum=0.0, maximum=1.0),
            y_axis=Axis("", minimum=0.0, maximum=1.0),
            marks=(*_lines(found, column), Marker(self.threshold, f"{self.threshold:.2f}")),
            growing=not outcome.complete,
        )

    @property
    def _title(self) -> str:
        return f"Threshold {self.threshold:.2f}"

    def _note(self, found: Decisions, column: int, outcome: Outcome) -> str:
        measured = rates(found, column)
        texts = (f"{name} {figure_of(value)}" for name, value in measured.items())
        return f"{found.names[column]}: {' · '.join(texts)} · {outcome.in_words}"


def _too_many(samples: Samples) -> bool:
    """Whether there are classes, but not two."""
    return samples.task == "classification" and len(samples.class_names) != 2


def _lines(found: Decisions, column: int) -> tuple[Line, ...]:
    from sklearn.metrics import precision_recall_curve

    precision, recall, at = precision_recall_curve(found.truth[:, column], found.scores[:, column])
    precision, recall = precision[:-1], recall[:-1]  # the last point has no threshold
    both = precision + recall
    f1 = np.where(both > 0, 2 * precision * recall / np.where(both > 0, both, 1.0), 0.0)
    shown = (
        ("precision", precision, "accent", (False, False)),
        ("recall", recall, "second", (True, False)),
        ("F1", f1, "good", (True, True)),
    )
    lines = []
    for name, values, role, (dashed, dotted) in shown:
        points = thinned(np.stack([at, values], axis=1), MOST_POINTS)
        lines.append(Line(name, clean(points[:, 0]), clean(points[:, 1]), role, dashed, dotted))
    return tuple(lines)
