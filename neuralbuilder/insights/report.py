"""How good the answers of a network are, in numbers: what window, files and Python all read.

The numbers are scikit-learn's, which is imported when the first report is made. One that has no
meaning is NaN, as the recall of a class without samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.metrics import TopK, top_k_accuracy
from neuralbuilder.insights.calibration import calibration_error
from neuralbuilder.insights.decisions import CLASSES, QUANTITIES, Decisions, decisions

NOTHING = float("nan")
MOST_AREAS = 100
"""Of more classes the areas under curves are not computed: each needs a sorting of all samples."""

Numbers = dict[str, float]


@dataclass(frozen=True, eq=False)
class Row:
    """The measures of one class, of one output that says yes or no, or of one quantity.

    `support` is how many samples are of this class, or how many yes; of quantities all samples.
    """

    name: str
    support: int
    measures: Numbers


@dataclass(frozen=True, eq=False)
class Report:
    """The measures of some samples by name, of all together and row by row.

    `positive` is the class that precision, recall and F1 are about where there are two, or the
    only output that says yes or no. `confusion` (classes, classes) counts how often each class
    (row) was taken for each (column); None where the answers are no classes.
    """

    task: str
    samples: int
    measures: Numbers
    rows: tuple[Row, ...]
    positive: str = ""
    confusion: NDArray[np.intp] | None = None

    def facts(self) -> dict[str, Any]:
        """All of it as lists, dicts, texts and numbers."""
        rows = {CLASSES: "classes", QUANTITIES: "targets"}.get(self.task, "outputs")
        found: dict[str, Any] = {"samples": self.samples, **self.measures}
        if self.positive:
            found["positive"] = self.positive
        found[rows] = [
            {"name": row.name, "support": row.support, **row.measures} for row in self.rows
        ]
        if self.confusion is not None:
            found["confusion"] = self.confusion.tolist()
        return found


def report(
    task: str,
    names: Sequence[str],
    output: NDArray[Any],
    target: NDArray[Any],
    threshold: float = 0.5,
) -> Report:
    """The report on outputs (samples, outputs) beside targets, both in original units.

    `names` are the classes, or what the outputs are called. Raises nothing: of no samples all
    measures are NaN.
    """
    if task == QUANTITIES:
        return _of_quantities(names, output, target)
    found = decisions(task, names, output, target, threshold)
    rows = _rows_of(found)
    measures = _of_classes(found, rows) if found.exclusive else _of_answers(found, rows)
    if found.positive is not None:
        chosen = rows[found.positive].measures
        measures |= {name: chosen[name] for name in chosen if name != "accuracy"}
    if found.exclusive and TopK().suits(task, output.shape[1]) and found.samples:
        measures[TopK().series] = top_k_accuracy(output, target, TopK().k)
    if found.are_probabilities and found.samples:
        measures["calibration error"] = calibration_error(found)
    return Report(
        task,
        found.samples,
        measures,
        rows,
        "" if found.positive is None else found.names[found.positive],
        _confusion(found) if found.exclusive else None,
    )


# ------------------------------------------------------------ classes, and yes or no


def _rows_of(found: Decisions) -> tuple[Row, ...]:
    """Precision, recall and F1 of every class or output, and the areas under its curves."""
    with_areas = len(found.names) <= MOST_AREAS
    rows = []
    for column, (name, support) in enumerate(zip(found.names, found.support, strict=True)):
        measures = rates(found, column)
        if with_areas:
            measures |= areas(found, column)
        if not found.exclusive:
            right = found.truth[:, column] == found.given[:, column]
            measures["accuracy"] = float(right.mean()) if found.samples else NOTHING
        rows.append(Row(name, int(support), measures))
    return tuple(rows)


def rates(found: Decisions, column: int) -> Numbers:
    """Precision, recall and F1 of one class or output; all are NaN without samples, the precision
    also where the answer was never given.
    """
    from sklearn.metrics import precision_recall_fscore_support

    if not found.support[column]:
        return dict.fromkeys(("precision", "recall", "F1"), NOTHING)
    precision, recall, f1, _ = precision_recall_fscore_support(
        found.truth[:, column], found.given[:, column], average="binary", zero_division=np.nan
    )
    return {"precision": float(precision), "recall": float(recall), "F1": float(f1)}


def areas(found: Decisions, column: int) -> Numbers:
    """The area under the ROC curve, and the average precision, which is the area under the steps
    of the precision-recall curve; NaN where all samples are alike.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    if not found.is_open(column):
        return {"ROC AUC": NOTHING, "average precision": NOTHING}
    truth, scores = found.truth[:, column], found.scores[:, column]
    return {
        "ROC AUC": float(roc_auc_score(truth, scores)),
        "average precision": float(average_precision_score(truth, scores)),
    }


def _of_classes(found: Decisions, rows: tuple[Row, ...]) -> Numbers:
    """The means over classes count those that have samples. A precision that has no meaning,
    because the class was never given, counts as 0 among them, as scikit-learn has it.
    """
    right = (found.truth & found.given).any(axis=1)
    accuracy = float(right.mean()) if found.samples else NOTHING
    return {
        "accuracy": accuracy,
        "balanced accuracy": _mean(rows, "recall"),
        "macro precision": _mean(rows, "precision"),
        "macro F1": _mean(rows, "F1"),
        "weighted F1": _weighted(rows, "F1"),
        **_mean_areas(found, rows),
    }


def _of_answers(found: Decisions, rows: tuple[Row, ...]) -> Numbers:
    """Of yes and no: how many answers are right, and of how many samples all are."""
    right = found.truth == found.given
    some = found.samples > 0
    return {
        "binary accuracy": float(right.mean()) if some else NOTHING,
        "exact match": float(right.all(axis=1).mean()) if some else NOTHING,
        **_balance(found),
        "macro precision": _mean(rows, "precision"),
        "macro recall": _mean(rows, "recall"),
        "macro F1": _mean(rows, "F1"),
        **_mean_areas(found, rows),
    }


def _balance(found: Decisions) -> Numbers:
    """How many of those with yes and of those with no are right, if both are there; one output."""
    from sklearn.metrics import balanced_accuracy_score

    if len(found.names) > 1:
        return {}
    truth, given = found.truth[:, 0], found.given[:, 0]
    known = found.is_open(0)
    balanced = float(balanced_accuracy_score(truth, given)) if known else NOTHING
    return {"balanced accuracy": balanced}


def _mean_areas(found: Decisions, rows: tuple[Row, ...]) -> Numbers:
    """The mean of the areas that have a meaning; of two answers they are those of the positive."""
    if found.positive is not None or len(found.names) > MOST_AREAS:
        return {}
    means = {}
    for name in ("ROC AUC", "average precision"):
        known = [row.measures[name] for row in rows if not np.isnan(row.measures[name])]
        means[f"macro {name}"] = float(np.mean(known)) if known else NOTHING
    return means


def _mean(rows: tuple[Row, ...], name: str) -> float:
    known = [np.nan_to_num(row.measures[name]) for row in rows if row.support]
    return float(np.mean(known)) if known else NOTHING


def _weighted(rows: tuple[Row, ...], name: str) -> float:
    known = [(np.nan_to_num(row.measures[name]), row.support) for row in rows if row.support]
    if not known:
        return NOTHING
    values, weights = zip(*known, strict=True)
    return float(np.average(values, weights=weights))


def _confusion(found: Decisions) -> NDArray[np.intp]:
    from sklearn.metrics import confusion_matrix

    labels = np.arange(len(found.names))
    if not found.samples:
        return np.zeros((len(labels), len(labels)), np.intp)
    right, given = found.truth.argmax(axis=1), found.given.argmax(axis=1)
    return np.asarray(confusion_matrix(right, given, labels=labels), np.intp)


# ------------------------------------------------------------ quantities


def _of_quantities(names: Sequence[str], output: NDArray[Any], target: NDArray[Any]) -> Report:
    given = np.nan_to_num(np.asarray(output, np.float64), nan=1e30, posinf=1e30, neginf=-1e30)
    right = np.asarray(target, np.float64)
    rows = tuple(
        Row(name, len(right), errors(given[:, [column]], right[:, [column]]))
        for column, name in enumerate(names)
    )
    return Report(QUANTITIES, len(right), errors(given, right), rows)


def errors(given: NDArray[np.float64], right: NDArray[np.float64]) -> Numbers:
    """How far answers are from what is right; the mean over several targets, each in its units."""
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    if not len(right):
        return dict.fromkeys(("R2", "mean absolute error", "root mean squared error"), NOTHING)
    return {
        "R2": float(r2_score(right, given)) if len(right) > 1 else NOTHING,
        "mean absolute error": float(mean_absolute_error(right, given)),
        "root mean squared error": float(root_mean_squared_error(right, given)),
    }
