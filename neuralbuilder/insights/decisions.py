"""Answers that are right or wrong: classes, or yes or no for every output, in one form.

Class by class or output by output it is one question: is it so, and how sure is the network? All
measures of classification are taken of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.metrics import predicted_classes

CLASSES, QUANTITIES = "classification", "regression"
"""Tasks by the names that samples have for them; any other one is yes or no per output."""
USUAL_THRESHOLD = 0.5
_ROUNDING = 1e-5
"""How far outputs in single precision may be beyond 0 and 1 and still be probabilities."""

Columns = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Decisions:
    """What was asked of some samples, what is right, and what was answered.

    `names` are the classes, or the outputs that say yes or no. All arrays are (samples, names):
    `truth` and `given` say yes or no, `scores` are the outputs behind `given` (float64, finite).
    With `exclusive` exactly one is true of every sample, as it is for classes.
    """

    names: tuple[str, ...]
    truth: Columns
    given: Columns
    scores: NDArray[np.float64]
    exclusive: bool

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return len(self.truth)

    @property
    def support(self) -> NDArray[np.intp]:
        """How many samples there are of each class, or how many yes of each output."""
        return np.asarray(self.truth.sum(axis=0), np.intp)

    @property
    def positive(self) -> int | None:
        """What counts as positive where there are two answers only: the second class, or the yes
        of the only output; None where there are more.
        """
        if self.exclusive:
            return 1 if len(self.names) == 2 else None
        return 0 if len(self.names) == 1 else None

    @property
    def are_probabilities(self) -> bool:
        """Whether all scores are from 0 to 1."""
        low, high = self.scores.min(initial=0.0), self.scores.max(initial=1.0)
        return bool(low >= -_ROUNDING and high <= 1 + _ROUNDING)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The scores without the rounding beyond 0 and 1; see `are_probabilities`."""
        return np.clip(self.scores, 0.0, 1.0)

    def is_open(self, column: int) -> bool:
        """Whether both answers to a question are right for some samples; only then can it be said
        how well the network tells them apart.
        """
        return 0 < int(self.support[column]) < self.samples


def decisions(
    task: str,
    names: Sequence[str],
    output: NDArray[Any],
    target: NDArray[Any],
    threshold: float = USUAL_THRESHOLD,
) -> Decisions:
    """The answers (samples, outputs) of a network that tells classes apart, or says yes or no.

    Of two classes the second one is given from the `threshold` on, and so is yes; among more
    classes the largest output counts. One output for two classes is the probability of the second.
    """
    scores, right = _finite(output), np.asarray(target, np.float64)
    if task != CLASSES:
        return Decisions(tuple(names), right >= 0.5, scores >= threshold, scores, False)
    if scores.shape[1] == 1 and len(names) == 2:
        scores = np.hstack([1 - scores, scores])
    labels = predicted_classes(np.asarray(target))
    given = predicted_classes(np.asarray(output))
    if len(names) == 2 and threshold != USUAL_THRESHOLD:
        given = np.asarray(scores[:, 1] >= threshold, np.intp)
    every = np.arange(len(names))
    return Decisions(
        tuple(names), labels[:, None] == every, given[:, None] == every, scores, exclusive=True
    )


def _finite(values: NDArray[Any]) -> NDArray[np.float64]:
    """What cannot be computed counts as very small, so that it is never a confident yes."""
    exact = np.asarray(values, np.float64)
    return np.nan_to_num(exact, nan=-1e30, posinf=1e30, neginf=-1e30)
