"""Whether probabilities are what they say: of the answers given with 70 %, are 70 % right?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.decisions import Decisions

BINS = 10


@dataclass(frozen=True, eq=False)
class Calibration:
    """Samples in bins of equal width by their probability; empty bins are left out.

    `predicted` is the mean probability in each bin, `observed` the share of samples for which it
    was so, `counts` how many samples there are.
    """

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    counts: NDArray[np.intp]

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
        return Calibration(np.zeros(0), np.zeros(0), np.zeros(0, np.intp))
    observed, predicted = calibration_curve(truth, probability, n_bins=bins)
    # scikit-learn does not tell how many samples are in its bins; their edges are these.
    edges = np.linspace(0.0, 1.0, bins + 1)
    places = np.searchsorted(edges[1:-1], probability)
    counts = np.bincount(places, minlength=bins)
    return Calibration(predicted, observed, np.asarray(counts[counts > 0], np.intp))


def calibration_error(found: Decisions) -> float:
    """The expected calibration error of what people are told, see `calibration`."""
    return calibration(found).error


def _judged(
    found: Decisions, column: int | None
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
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
