"""Whether probabilities are what they say: of the answers given with 70 %, are 70 % right?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.base import PARTS, Insight, Source, decides
from neuralbuilder.insights.decisions import Decisions
from neuralbuilder.insights.figure import Axis, Bars, Figure, Line, Points
from neuralbuilder.insights.gallery import NO_CLASSES
from neuralbuilder.parts import choice, integer, register

BINS = 10


@dataclass(frozen=True, eq=False)
class Calibration:
    """Samples in bins of equal width by their probability; empty bins are left out.

    `predicted` is the mean probability in each bin, `observed` the share of samples for which it
    was so, `counts` how many samples there are; `shares` says of all bins, the empty ones too,
    which share of the samples is in them.
    """

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    counts: NDArray[np.intp]
    shares: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The expected calibration error: the mean of |observed − predicted| over all samples.

        Guo et al., "On calibration of modern neural networks", ICML (2017).
        """
        apart = np.abs(self.observed - self.predicted)
        return float(np.average(apart, weights=self.counts)) if self.counts.sum() else float("nan")


def calibration(found: Decisions, column: int | None = None, bins: int = BINS) -> Calibration:
    """The calibration of one class or output.

    None stands for what people are told: the probability of the class that was given where there
    are more than two classes, of the second one of two, and of every yes where outputs say yes or
    no. The scores must be probabilities.
    """
    from sklearn.calibration import calibration_curve

    truth, probability = _judged(found, column)
    if not len(truth):
        return Calibration(np.zeros(0), np.zeros(0), np.zeros(0, np.intp), np.zeros(bins))
    observed, predicted = calibration_curve(truth, probability, n_bins=bins)
    # scikit-learn does not tell how many samples are in its bins; their edges are these.
    edges = np.linspace(0.0, 1.0, bins + 1)
    places = np.searchsorted(edges[1:-1], probability)
    counts = np.bincount(places, minlength=bins)
    return Calibration(
        predicted, observed, np.asarray(counts[counts > 0], np.intp), counts / len(truth)
    )


def calibration_error(found: Decisions) -> float:
    """The expected calibration error of what people are told, see `calibration`."""
    return calibration(found).error


def _judged(found: Decisions, column: int | None) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    probabilities = found.probabilities
    if column is None:
        column = found.positive
    if column is not None:
        return found.truth[:, column], probabilities[:, column]
    if not found.exclusive:
        return found.truth.ravel(), probabilities.ravel()
    given = probabilities.argmax(axis=1)
    every = np.arange(found.samples)
    return found.truth[every, given], probabilities[every, given]


@register("calibration", "Calibration")
@dataclass(frozen=True)
class CalibrationCurve(Insight):
    """How often answers are right that are given with a probability of 5, 15, … 95 %.

    On the diagonal a probability is what it says. Below it the network is too sure of itself. Bars
    say which share of the samples gets such a probability.
    """

    subset: str = choice("test", "Part", PARTS, help="Which part of the data is looked at.")
    output: int = integer(
        0,
        "Class",
        minimum=0,
        maximum=1_000_000,
        zero_word="given",
        help="Which class or output, counted from 1; otherwise the answer that was given.",
    )
    bins: int = integer(
        BINS, "Bins", minimum=2, maximum=50, help="How many ranges of probabilities there are."
    )

    @classmethod
    def suits(cls, samples: Samples | None) -> bool:
        """Classes, and yes and no."""
        return decides(samples)

    def compute(self, source: Source) -> Figure:
        """The share that is right against the mean probability of each bin."""
        if not decides(source.data.samples):
            return Figure(title=self.label, message=NO_CLASSES)
        outcome, found = source.outcome(self.subset), source.decisions(self.subset)
        if not found.are_probabilities or not found.samples:
            return Figure(title=self.label, message="These outputs are no probabilities.")
        column = self.output - 1 if 0 < self.output <= len(found.names) else None
        curve = calibration(found, column, self.bins)
        ends = np.array([0.0, 1.0])
        return Figure(
            title=self.label,
            note=f"error {100 * curve.error:.1f} % · {outcome.in_words}",
            x_axis=Axis("mean probability", minimum=0.0, maximum=1.0),
            y_axis=Axis("share that is so", minimum=0.0, maximum=1.0),
            marks=(
                Line(_about(found, column), curve.predicted, curve.observed),
                Line("exact", ends, ends, "muted", True),
                Points("bins", curve.predicted, curve.observed),
                Bars("samples", np.linspace(0.0, 1.0, self.bins + 1), curve.shares),
            ),
            growing=not outcome.complete,
        )


def _about(found: Decisions, column: int | None) -> str:
    """Which class it is about, or that it is about what was given."""
    column = found.positive if column is None else column
    if column is not None:
        return found.names[column]
    return "given class" if found.exclusive else "yes"
