"""What the columns of a table do to the answers: how much each is needed, and which way it works.

Both are scikit-learn's, on a network in the manner of its estimators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.metrics import accuracy, binary_accuracy, r_squared
from neuralbuilder.insights.decisions import CLASSES, QUANTITIES

Array = NDArray[Any]
Answer = Callable[[Array], Array]
"""Gives the outputs (rows, outputs) for inputs (rows, columns)."""
Score = Callable[[Array], float]
"""Says how good outputs (rows, outputs) are for these rows, the more the better."""

REPEATS = 5
SEED = 7
ONE_OF_THE_WORDS = " = "
"""Stands in the name of an input that is one word of a column: ``colour = red``."""


@dataclass(frozen=True, eq=False)
class Importance:
    """How much worse the score becomes when a column is shuffled, so that it says nothing.

    `names` are the columns, the most important one first, `means` and `deviations` those over
    several ways of shuffling. `score` is what there is without shuffling.
    """

    names: tuple[str, ...]
    means: NDArray[np.float64]
    deviations: NDArray[np.float64]
    score: float


def score_of(task: str, target: Array) -> tuple[str, Score]:
    """The name of the score that suits a task, and the score itself: R² of quantities, otherwise
    the share of right answers.
    """
    if task == QUANTITIES:
        return "R2", lambda output: r_squared(output, target)
    if task == CLASSES:
        return "accuracy", lambda output: accuracy(output, target)
    return "binary accuracy", lambda output: binary_accuracy(output, target)


def columns_of(names: Sequence[str]) -> dict[str, list[int]]:
    """The inputs by the column of the table they come from: words of one column go together."""
    found: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        found.setdefault(name.split(ONE_OF_THE_WORDS)[0], []).append(index)
    return found


def importance(
    answer: Answer, x: Array, names: Sequence[str], score: Score, repeats: int = REPEATS
) -> Importance:
    """The permutation importance of every column for these inputs (rows, inputs).

    The inputs that are words of one column are shuffled together. Breiman, "Random forests",
    Machine Learning 45 (2001).
    """
    from sklearn.inspection import permutation_importance

    columns = columns_of(names)
    # scikit-learn shuffles single columns: it is given those of row numbers, one per column of the
    # table, so that all inputs of a column take the same way.
    rows = np.tile(np.arange(len(x))[:, None], (1, len(columns)))
    inputs = [np.array(own) for own in columns.values()]

    def judged(network: _Estimator, shuffled: Array, right: object) -> float:
        mixed = x.copy()
        for place in np.flatnonzero((shuffled != rows).any(axis=0)):
            mixed[:, inputs[place]] = x[shuffled[:, [place]], inputs[place]]
        return score(network.predict(mixed))

    found = permutation_importance(
        _Estimator(answer), rows, None, scoring=judged, n_repeats=repeats, random_state=SEED
    )
    falling = np.argsort(-found.importances_mean, kind="stable")
    return Importance(
        tuple(list(columns)[place] for place in falling),
        np.asarray(found.importances_mean[falling], np.float64),
        np.asarray(found.importances_std[falling], np.float64),
        score(answer(x)),
    )


@dataclass(frozen=True, eq=False)
class Dependence:
    """The mean output over all rows, if one input had the same value in each of them.

    `values` (points,) are those of the input, `outputs` (outputs, points) the means.
    """

    values: NDArray[np.float64]
    outputs: NDArray[np.float64]


def dependence(answer: Answer, x: Array, column: int, points: int) -> Dependence:
    """The partial dependence of the outputs on one input, from its 5 % to its 95 % quantile.

    Friedman, "Greedy function approximation", Annals of Statistics 29 (2001).
    """
    from sklearn.inspection import partial_dependence

    found = partial_dependence(
        _estimator_for(answer),
        np.asarray(x, np.float64),
        [column],
        grid_resolution=points,
        method="brute",
        kind="average",
    )
    return Dependence(
        np.asarray(found["grid_values"][0], np.float64), np.asarray(found["average"], np.float64)
    )


class _Estimator:
    """A network in the manner of scikit-learn, which is already fitted."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def fit(self, x: Array, y: object = None) -> _Estimator:
        """Nothing is left to do."""
        return self

    def predict(self, x: Array) -> Array:
        """The outputs."""
        return self.answer(x)


def _estimator_for(answer: Answer) -> Any:
    """An estimator that scikit-learn knows to be one of quantities."""
    from sklearn.base import BaseEstimator, RegressorMixin

    class Fitted(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        def fit(self, x: Array, y: object = None) -> Fitted:
            return self

        def predict(self, x: Array) -> Array:
            return answer(x)

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return Fitted()
