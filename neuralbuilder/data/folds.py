"""The folds of a cross-validation: several divisions that together test every sample once."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import TEST, TRAINING, Samples
from neuralbuilder.data.splits import Indices, Split
from neuralbuilder.problems import UserError

FEWEST_FOLDS, MOST_FOLDS = 2, 100


@dataclass(frozen=True, eq=False)
class Fold:
    """The rows that one fold tests, and those that are there to learn from; both ascending."""

    learnt: Indices
    tested: Indices

    def of(self, samples: Samples) -> Samples:
        """The samples of the fold, with the tested ones as the test part that is given."""
        rows = np.sort(np.concatenate([self.learnt, self.tested]))
        parts = np.full(len(rows), TRAINING, dtype=np.int8)
        parts[np.searchsorted(rows, self.tested)] = TEST
        return samples.taken(rows, parts)


def folds_of(samples: Samples, split: Split, count: int) -> tuple[Fold, ...]:
    """Divide the samples into so many folds; equal arguments give equal folds.

    A test part that is given takes no part; every other sample is tested in one fold. A
    classification is stratified, groups stay whole. In order, each fold tests a stretch of rows
    and learns from those before it, so that the first rows are never tested. Raises `UserError`
    where there are too few samples, or groups.
    """
    _check_count(samples, split, count)
    given = samples.parts
    rows = np.arange(samples.count) if given is None else np.flatnonzero(given != TEST)
    if len(rows) < count + (split.by == "order"):
        raise UserError(
            f"{len(rows)} {'sample is' if len(rows) == 1 else 'samples are'} too few for {count} "
            "folds.",
            "Choose fewer folds.",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say stands in `fold_notes`
        return tuple(_checked(rows, _divided(samples, rows, split, count)))


def fold_notes(samples: Samples, count: int) -> tuple[str, ...]:
    """Sentences on classes that are not in every fold."""
    if samples.task != "classification":
        return ()
    counts = np.bincount(samples.labels, minlength=samples.y.shape[1])
    rare = [samples.class_names[at] for at in np.flatnonzero((counts > 0) & (counts < count))]
    if not rare:
        return ()
    have = "have" if len(rare) > 1 else "has"
    return (f"{listed([repr(name) for name in rare])} {have} fewer samples than there are folds, "
            "so some folds test none of them.",)  # fmt: skip


def _check_count(samples: Samples, split: Split, count: int) -> None:
    if not FEWEST_FOLDS <= count <= MOST_FOLDS:
        raise UserError(
            f"{count} is no number of folds.", f"Choose from {FEWEST_FOLDS} to {MOST_FOLDS}."
        )
    if split.by == "order" and samples.groups is not None:
        raise UserError(
            "Folds in the order of the rows cannot keep groups whole.",
            "Divide at random, or choose no column for the groups.",
        )


def _divided(
    samples: Samples, rows: Indices, split: Split, count: int
) -> list[tuple[Indices, Indices]]:
    """Positions among `rows`: of those to learn from, and of those tested."""
    from sklearn import model_selection as sklearn

    folds: Any
    groups: Indices | None = None
    classes = samples.labels[rows] if samples.task == "classification" else None
    if split.by == "order":
        folds = sklearn.TimeSeriesSplit(count)
    elif samples.groups is not None:
        groups = _renumbered(samples.groups[rows], split.seed)
        if groups.max() + 1 < count:
            raise UserError(
                f"There are {groups.max() + 1} groups, too few for {count} folds.",
                "Choose fewer folds.",
            )
        folds = sklearn.GroupKFold(count)
        if classes is not None:
            folds = sklearn.StratifiedGroupKFold(count, shuffle=True, random_state=split.seed)
    elif classes is not None:
        folds = sklearn.StratifiedKFold(count, shuffle=True, random_state=split.seed)
    else:
        folds = sklearn.KFold(count, shuffle=True, random_state=split.seed)
    if split.by == "share" and classes is not None and np.bincount(classes).max() < count:
        raise UserError(
            f"Every class has fewer than {count} samples, too few for {count} folds.",
            "Choose fewer folds.",
        )
    return list(folds.split(rows, classes, groups))


def _renumbered(groups: Indices, seed: int) -> Indices:
    """The groups with numbers by chance: they decide between groups of one size."""
    found, group = np.unique(groups, return_inverse=True)
    numbers: Indices = np.random.default_rng([seed, 3]).permutation(len(found))
    return numbers[group]


def _checked(rows: Indices, positions: Iterable[tuple[Indices, Indices]]) -> Iterable[Fold]:
    for learnt, tested in positions:
        if not len(learnt) or not len(tested):
            raise UserError("A fold would be left without samples.", "Choose fewer folds.")
        yield Fold(np.sort(rows[learnt]), np.sort(rows[tested]))
