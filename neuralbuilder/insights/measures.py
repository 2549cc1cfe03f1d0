"""The measures of every class, of every output that says yes or no, or of every quantity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neuralbuilder.insights.base import PARTS, Insight, Source, decides
from neuralbuilder.insights.confusion import EMPTY, SUBSET_HELP
from neuralbuilder.insights.figure import Figure, Table
from neuralbuilder.insights.report import Report, Row, report
from neuralbuilder.parts import choice, register

COLUMNS = {
    "classification": ("precision", "recall", "F1", "ROC AUC"),
    "regression": ("root mean squared error", "mean absolute error", "R2"),
}
ANSWERS = ("accuracy", "precision", "recall", "F1", "ROC AUC")
"""Of outputs that say yes or no."""
SHORT = {
    "root mean squared error": "RMSE", "mean absolute error": "MAE", "R2": "R²", "ROC AUC": "AUC",
}  # fmt: skip
"""What stands above columns and in notes for names that are long."""
SHARES = (
    "accuracy", "binary accuracy", "balanced accuracy", "exact match", "top-5 accuracy",
    "calibration error",
)  # fmt: skip
"""What people read in per cent."""
ROUNDING = 1e-9
"""By how much a sum of shares may miss 1."""


@register("measures", "Table of measures")
@dataclass(frozen=True)
class Measures(Insight):
    """Precision, recall, F1 and area under the ROC curve of every class; of quantities how large
    the errors are.

    Samples are counted in the last column; what has no meaning is a dash.
    """

    subset: str = choice("test", "Part", PARTS, help=SUBSET_HELP)

    def compute(self, source: Source) -> Figure:
        """A table with one row per class, output or quantity."""
        samples, outcome = source.data.samples, source.outcome(self.subset)
        if decides(samples):
            found = report(samples.task, samples.target_names, outcome.output, outcome.target)
        else:
            given = source.quantities(self.subset)
            found = report(samples.task, samples.target_names, given.given, given.right)
        columns = COLUMNS.get(samples.task, ANSWERS)
        first = {"classification": "class", "regression": "target"}.get(samples.task, "output")
        support = "yes" if samples.task not in COLUMNS else "samples"
        return Figure(
            title="Measures",
            note=f"{in_words(found)} · {outcome.in_words}",
            marks=(
                Table(
                    (first, *(SHORT.get(name, name) for name in columns), support),
                    tuple(_cells(row, columns) for row in found.rows),
                ),
            ),
            growing=not outcome.complete,
        )


def _cells(row: Row, columns: tuple[str, ...]) -> tuple[str, ...]:
    measures = (figure_of(row.measures.get(name, np.nan)) for name in columns)
    return (row.name, *measures, f"{row.support:,}")


def in_words(found: Report) -> str:
    """The most important measures of all together, the first ones first."""
    names = {
        "classification": ("accuracy", "balanced accuracy", "macro F1", "F1", "ROC AUC"),
        "regression": ("R2", "root mean squared error", "mean absolute error"),
    }.get(found.task, ("binary accuracy", "exact match", "F1", "macro F1", "ROC AUC"))
    shown = [name for name in names if name in found.measures]
    return " · ".join(f"{SHORT.get(n, n)} {figure_of(found.measures[n])}" for n in shown)


def written(name: str, value: float) -> str:
    """A measure for people: shares that are counted in per cent, all others as `figure_of`."""
    if name in SHARES and not np.isnan(value):
        return f"{100 * value:.2f} %"
    return figure_of(value)


def figure_of(value: float) -> str:
    """Three digits behind the point, or three digits of large and of small numbers; never 1.000
    for what is less, and a dash for what has no meaning.
    """
    if np.isnan(value):
        return EMPTY
    if abs(value) >= 10 or 0 < abs(value) < 0.01:
        text = f"{value:.3g}"
    else:
        text = f"{value:.3f}"
        text = "0.999" if text == "1.000" and value < 1 - ROUNDING else text
    return text.replace("-", "−")
