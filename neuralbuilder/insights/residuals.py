"""By how much quantities are wrong, against what the network says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.base import PARTS, Insight, Source, decides, spread
from neuralbuilder.insights.common import clean
from neuralbuilder.insights.confusion import SUBSET_HELP
from neuralbuilder.insights.figure import Axis, Figure, Line, Points
from neuralbuilder.insights.measures import in_words
from neuralbuilder.insights.report import report
from neuralbuilder.parts import choice, integer, register

MOST_POINTS = 600
NO_QUANTITIES = "This is about numbers to predict; these data have classes."


@register("residuals", "Residuals")
@dataclass(frozen=True)
class Residuals(Insight):
    """By how much the right number is larger than the prediction, against the prediction.

    A cloud around 0 without any shape is all that can be learnt. A bend or a funnel says what the
    network has not understood yet.
    """

    subset: str = choice("test", "Part", PARTS, help=SUBSET_HELP)
    output: int = integer(
        0,
        "Output",
        minimum=0,
        maximum=1_000_000,
        zero_word="all",
        help="Which output, counted from 1.",
    )

    @classmethod
    def suits(cls, samples: Samples | None) -> bool:
        """Quantities."""
        return samples is not None and not decides(samples)

    def compute(self, source: Source) -> Figure:
        """One point per sample and target, in original units."""
        samples = source.data.samples
        if decides(samples):
            return Figure(title=self.label, message=NO_QUANTITIES)
        found, names = source.quantities(self.subset), samples.target_names
        if not len(found.right):
            return Figure(title=self.label, message="There are no samples in this part.")
        if 0 < self.output <= len(names):
            columns = range(self.output - 1, self.output)
        else:
            columns = range(len(names))
        chosen = tuple(names[column] for column in columns)
        given, right = found.given[:, columns], found.right[:, columns]
        measured = report(samples.task, chosen, given, right)
        about = f"{chosen[0]} · " if len(chosen) < len(names) else ""
        return Figure(
            title=self.label,
            note=f"{about}{in_words(measured)} · {found.outcome.in_words}",
            x_axis=_across(clean(given)),
            y_axis=Axis("right − prediction"),
            marks=_marks(clean(given), clean(right), columns, names),
            growing=not found.outcome.complete,
        )


def _across(given: np.ndarray) -> Axis:
    """An axis with a margin, so that no point is cut."""
    low, high = float(given.min()), float(given.max())
    margin = 0.04 * (high - low) or 1.0
    return Axis("prediction", minimum=low - margin, maximum=high + margin)


def _marks(
    given: np.ndarray, right: np.ndarray, columns: range, names: tuple[str, ...]
) -> tuple[Points, Line]:
    shown = spread(np.arange(len(given)), max(1, MOST_POINTS // given.shape[1]))
    x, y = given[shown], right[shown] - given[shown]
    classes = np.ascontiguousarray(np.broadcast_to(np.array(columns), x.shape)).ravel()
    points = Points(
        "samples", x.ravel(), y.ravel(), classes=classes, class_names=names, hollow=True
    )
    ends = np.array([x.min(), x.max()])
    return points, Line("exact", ends, np.zeros(2), "muted", True)
