"""Which classes are taken for which, and how many of each class are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.answers import Outcome
from neuralbuilder.insights.base import PARTS, PLANE, Insight, Source, classifies
from neuralbuilder.insights.figure import Axis, Bars, Figure, HeatMap
from neuralbuilder.insights.gallery import NO_CLASSES, Gallery
from neuralbuilder.parts import choice, register

MOST_CLASSES = 30
"""Of more classes those with the most mistakes are shown."""
MOST_CLASSES_WITH_TEXT = 16
LEAST_SHADE = 0.25
"""How strong the colour of the rarest mistake is; the most frequent one has all of it."""
EMPTY = "–"
"""What is written of a class without samples."""
SUBSET_HELP = "Which part of the data is looked at."


@register("confusion_matrix", "Confusion matrix")
@dataclass(frozen=True)
class ConfusionMatrix(Insight):
    """How often each class is taken for which: right answers blue, mistakes orange.

    A click on a cell shows its samples.
    """

    of_classes: ClassVar[bool] = True

    subset: str = choice("test", "Part", PARTS, help=SUBSET_HELP)
    texts: str = choice(
        "counts",
        "Numbers",
        ("counts", "per cent"),
        help="How many samples, or which part of the samples of the right class.",
    )

    @classmethod
    def usual_for(cls, samples: Samples | None) -> bool:
        """Of classes, but those over a plane have a surface to look at."""
        return samples is not None and classifies(samples) and samples.input_shape != PLANE

    def compute(self, source: Source) -> Figure:
        """A map: rows are right classes, columns the given ones, values shares of the row."""
        if source.data.samples.task != "classification":
            return Figure(title=self.label, message=NO_CLASSES)
        outcome = source.outcome(self.subset)
        names = source.data.samples.class_names
        classes = shown_classes(outcome, len(names))
        counts = counted(outcome, len(names))[np.ix_(classes, classes)]
        shown = tuple(names[index] for index in classes)
        return Figure(
            title=self.label,
            note=_note(outcome, len(classes), names),
            x_axis=Axis("predicted class", categories=shown),
            y_axis=Axis("right class", categories=shown[::-1]),
            marks=(
                matrix(
                    counts,
                    _worst_samples(outcome, len(names))[np.ix_(classes, classes)],
                    self.texts,
                ),
            ),
            growing=not outcome.complete,
        )

    def behind(self, figure: Figure, row: int, column: int) -> Insight | None:
        """The samples of a cell, the worst first."""
        right, given = figure.y_axis.categories, figure.x_axis.categories
        if not (row < len(right) and column < len(given)):
            return None
        return Gallery(self.subset, "all", right[row], given[column])


@register("class_accuracy", "Accuracy per class")
@dataclass(frozen=True)
class ClassAccuracy(Insight):
    """The share of the samples of each class that get the right class."""

    of_classes: ClassVar[bool] = True

    subset: str = choice("test", "Part", PARTS, help=SUBSET_HELP)

    def compute(self, source: Source) -> Figure:
        """One bar per class, in per cent; none for a class without samples."""
        if source.data.samples.task != "classification":
            return Figure(title=self.label, message=NO_CLASSES)
        outcome = source.outcome(self.subset)
        names = source.data.samples.class_names
        classes = shown_classes(outcome, len(names))
        counts = counted(outcome, len(names))
        totals = counts.sum(axis=1)
        shares = 100.0 * counts.diagonal() / np.maximum(totals, 1)
        texts = tuple(
            (_per_cent(share / 100.0) or "0") if total else EMPTY
            for share, total in zip(shares[classes], totals[classes], strict=True)
        )
        return Figure(
            title=self.label,
            note=_worst(names, shares, totals, outcome),
            x_axis=Axis("", categories=tuple(names[index] for index in classes)),
            y_axis=Axis("%", minimum=0.0, maximum=100.0),
            marks=(
                Bars("right", np.arange(len(classes) + 1.0), shares[classes].copy(), texts=texts),
            ),
            growing=not outcome.complete,
        )


def matrix(counts: NDArray[np.intp], samples: NDArray[np.intp], texts: str) -> HeatMap:
    """The map of counts (right class, given class); a click on a cell selects one of `samples`.

    `texts` are "counts", or "per cent" of the samples of the right class.
    """
    size = float(len(counts))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # Row 0 of a heat map is at the bottom; the first class belongs at the top.
    return HeatMap(
        shares[::-1].copy(),
        (0.0, size, 0.0, size),
        "sequential",
        texts=_texts(counts, shares, texts)[::-1] if size <= MOST_CLASSES_WITH_TEXT else (),
        samples=samples[::-1].copy(),
        counts=counts[::-1].copy(),
        shades=shades(shares)[::-1].copy(),
    )


def _texts(
    counts: NDArray[np.intp], shares: NDArray[np.float64], texts: str
) -> tuple[tuple[str, ...], ...]:
    if texts == "counts":
        return tuple(tuple(str(count or "") for count in row) for row in counts)
    return tuple(tuple(_per_cent(share) for share in row) for row in shares)


def counted(outcome: Outcome, classes: int) -> NDArray[np.intp]:
    """How often each class (row) was taken for each class (column)."""
    cells = np.bincount(outcome.right * classes + outcome.given, minlength=classes * classes)
    return np.asarray(cells.reshape(classes, classes), np.intp)


def shown_classes(outcome: Outcome, classes: int) -> NDArray[np.intp]:
    """All of a few classes, or those in most mistakes, in their own order."""
    if classes <= MOST_CLASSES:
        return np.arange(classes)
    wrong = outcome.wrong
    involved = np.bincount(outcome.right[wrong], minlength=classes)
    involved += np.bincount(outcome.given[wrong], minlength=classes)
    return np.sort(np.argsort(-involved, kind="stable")[:MOST_CLASSES])


def shades(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours of a matrix of shares: right answers up to 1, mistakes down to −1.

    Mistakes have a scale of their own, which ends at the most frequent one and follows the square
    root: of a good network the right answers are a hundred times as many.
    """
    mistakes = shares * (1.0 - np.eye(len(shares)))
    strength = np.sqrt(mistakes / (mistakes.max(initial=0.0) or 1.0))
    wrong = np.where(mistakes > 0, LEAST_SHADE + (1.0 - LEAST_SHADE) * strength, 0.0)
    return np.diag(shares.diagonal()) - wrong


def _worst_samples(outcome: Outcome, classes: int) -> NDArray[np.intp]:
    return hardest(outcome.right, outcome.given, outcome.rows, outcome.losses, classes)


def hardest(
    right: NDArray[np.intp],
    given: NDArray[np.intp],
    rows: NDArray[np.intp],
    losses: NDArray[np.float64],
    classes: int,
) -> NDArray[np.intp]:
    """The one of these rows with the largest loss in every cell; −1 in empty ones."""
    samples = np.full(classes * classes, -1, np.intp)
    rising = np.argsort(losses, kind="stable")
    cells = right * classes + given
    samples[cells[rising]] = rows[rising]  # of several the last one stays
    return samples.reshape(classes, classes)


def _note(outcome: Outcome, shown: int, names: Sequence[str]) -> str:
    """The share of right answers first, and of how many, because notes are cut at the end."""
    if not len(outcome.rows):
        return outcome.part
    right = f"{100 * outcome.correct_share:.1f} %"
    if len(outcome.rows) < outcome.total:
        note = f"{right} of {len(outcome.rows):,} {outcome.part} · {outcome.total:,} in all"
    else:
        note = f"{right} · {outcome.in_words}"
    few = outcome.few(names)
    note = f"{note} · {few}" if few else note
    return note if shown == len(names) else f"{note} · {shown} of {len(names)} classes"


def _worst(
    names: tuple[str, ...],
    shares: NDArray[np.float64],
    totals: NDArray[np.intp],
    outcome: Outcome,
) -> str:
    present = np.flatnonzero(totals)
    if not len(present):
        return outcome.part
    lowest = present[shares[present].argmin()]
    told = (f"least {names[lowest]}: {shares[lowest]:.0f} %", outcome.few(names), outcome.in_words)
    return " · ".join(filter(None, told))


def _per_cent(share: float) -> str:
    """A whole number, but never 0 or 100 for what is only nearly so."""
    if share == 0:
        return ""
    if share < 1:
        return "<1" if share < 0.01 else f"{min(100 * share, 99.0):.0f}"
    return "100"
