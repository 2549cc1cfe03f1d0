"""Dividing samples into a training, a validation and a test part.

Parts that the source gives hold. Whatever it leaves open is divided at random by the seed, or in
the order of the rows; samples of one group always stay together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import TEST, TRAINING, VALIDATION, Samples
from neuralbuilder.parts import Part, choice, integer, number, register
from neuralbuilder.problems import SettingError, UserError

Indices = NDArray[np.intp]
Parts = tuple[Indices, Indices, Indices]
"""The rows of the training, the validation and the test part."""
Shares = tuple[float, float, float]
LARGEST_SHARE = 0.9
FEWEST_DIVIDED = 20
_NOTHING = 1e-9
"""Shares up to this are rounding errors of 0."""


@register("split", "Split")
@dataclass(frozen=True)
class Split(Part):
    """How much of the data is kept apart: for validation while training, and for the final test.

    What is left, at least a tenth, is trained on.
    """

    kind: ClassVar[str] = "split"

    validation: float = number(
        0.1, "Validation", minimum=0.0, maximum=LARGEST_SHARE, unit="%",
        help="The share watched while training and never trained on.",
    )  # fmt: skip
    test: float = number(
        0.2, "Test share", minimum=0.0, maximum=LARGEST_SHARE, unit="%",
        help="The share kept for the end: neither trained on nor used for choices.",
    )  # fmt: skip
    by: str = choice(
        "share", "Division", ("share", "order"), choice_labels=("At random", "In order"),
        help="At random by the split seed, or in the order of the rows, as for measurements over "
        "time: the last ones test, those before them are for validation.",
    )  # fmt: skip
    seed: int = integer(
        0, "Split seed", minimum=0, maximum=2**32 - 1, when=("by", "share"),
        help="Decides which samples are in which part; the seed of training has no say in it.",
    )  # fmt: skip
    least: int = integer(
        FEWEST_DIVIDED, "Divide from", minimum=0, maximum=1_000_000_000, unit="samples",
        hidden=True, help="Fewer samples than these are not divided: all of them train.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        together = self.validation + self.test
        if together > LARGEST_SHARE + 1e-9:
            raise SettingError(
                "test",
                f"Validation and test share are {100 * together:.3g} % together, which leaves "
                f"too little for training.",
                f"Keep them at {100 * LARGEST_SHARE:.0f} % or less together.",
            )

    @property
    def train(self) -> float:
        """The share that is trained on."""
        return 1.0 - self.validation - self.test


def split_indices(samples: Samples, split: Split) -> Parts:
    """The rows of the training, the validation and the test part, each in ascending order.

    Equal arguments give equal parts; the parts are disjoint and complete. Parts that the samples
    bring along are taken as they are; one that they do not bring is a share of their training
    part. Fewer than `split.least` rows are not divided.

    At random, a classification is stratified: every class is divided by largest remainder, so each
    part holds its share of the class to within one row, and every class has at least one row in
    the training part. Groups are divided as wholes, the classes spread among them. In order, the
    training part comes first and the test part last, cut where no group is cut. A part with a
    share above zero gets at least one row, or group, wherever there are enough. Raises `UserError`
    when there are no samples, or none to train on.
    """
    if samples.count == 0:
        raise UserError("There are no samples to split.", "Choose data with at least one row.")
    rows, shares = _divided_rows(samples), _shares(samples, split)
    if not len(rows):
        raise UserError(
            "No sample is in the training part.", "Name at least one row as one to train on."
        )
    if max(shares[1:]) <= _NOTHING:
        parts: Parts = rows, rows[:0], rows[:0]
    elif split.by == "order":
        parts = _in_order(samples, rows, shares)
    elif samples.groups is not None:
        parts = _by_groups(samples, rows, shares, split.seed)
    else:
        parts = _by_classes(samples, rows, shares, split.seed)
    given = samples.parts
    if given is None:
        return parts
    train, validation, test = parts
    return (
        train,
        np.sort(np.concatenate([validation, np.flatnonzero(given == VALIDATION)])),
        np.sort(np.concatenate([test, np.flatnonzero(given == TEST)])),
    )


def trained_count(samples: Samples, split: Split) -> int:
    """About how many samples are trained on: at least 1."""
    return max(1, round(divided_count(samples) * _shares(samples, split)[0]))


def divided_count(samples: Samples) -> int:
    """How many samples the split divides: all but those whose part is given."""
    return len(_divided_rows(samples))


def _divided_rows(samples: Samples) -> Indices:
    """The rows that the split divides."""
    given = samples.parts
    return np.arange(samples.count) if given is None else np.flatnonzero(given == TRAINING)


def _shares(samples: Samples, split: Split) -> Shares:
    """The shares of training, validation and test among the rows that the split divides."""
    if divided_count(samples) < split.least:
        return 1.0, 0.0, 0.0
    return _wanted_shares(samples, split)


def _wanted_shares(samples: Samples, split: Split) -> Shares:
    """The shares that would be, were there rows enough."""
    given = samples.parts
    if given is None:
        return split.train, split.validation, split.test
    validation = 0.0 if (given == VALIDATION).any() else split.validation
    test = 0.0 if (given == TEST).any() else split.test
    return 1.0 - validation - test, validation, test


# ------------------------------------------------------------------ at random, by class


def _by_classes(samples: Samples, rows: Indices, shares: Shares, seed: int) -> Parts:
    """Every class divided by the shares; all rows as one class otherwise."""
    generator = np.random.default_rng([seed, 2])
    classes = _classes(samples, rows)
    counts = _counts(np.array([len(of_class) for of_class in classes]), np.array(shares))
    parts: list[list[Indices]] = [[], [], []]
    for of_class, count in zip(classes, counts, strict=True):
        shuffled = generator.permutation(of_class)
        for part, some in zip(parts, np.split(shuffled, np.cumsum(count)[:-1]), strict=True):
            part.append(some)
    train, validation, test = (np.sort(np.concatenate(part)) for part in parts)
    return train, validation, test


def _classes(samples: Samples, rows: Indices) -> list[Indices]:
    """The rows of each class that occurs; all rows as one class otherwise."""
    if samples.task != "classification":
        return [rows]
    labels = samples.labels[rows]
    order = np.argsort(labels, kind="stable")
    edges = np.flatnonzero(np.diff(labels[order])) + 1
    return np.split(rows[order], edges)


def _counts(sizes: NDArray[np.intp], shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """How many rows of each class go to each part: shape (classes, 3).

    Rounding errors are carried from class to class, so that many small classes do not all round
    the same way.
    """
    counts = np.zeros((len(sizes), 3), dtype=np.intp)
    carried = np.zeros(3)
    for at, size in enumerate(sizes):
        quota = size * shares
        count = np.floor(quota + 1e-9).astype(np.intp)
        fraction = quota - count
        wanted = np.where(fraction > 1e-9, fraction + carried, -np.inf)
        count[np.argsort(-wanted, kind="stable")[: size - count.sum()]] += 1
        if count[0] == 0:
            count[count.argmax()] -= 1
            count[0] = 1
        carried += quota - count
        counts[at] = count
    _fill_empty_parts(counts, sizes, shares)
    return counts


def _fill_empty_parts(
    counts: NDArray[np.intp], sizes: NDArray[np.intp], shares: NDArray[np.float64]
) -> None:
    """Give one training row to each part that should have some and got none."""
    for part in (2, 1):
        if shares[part] <= _NOTHING or counts[:, part].any() or counts[:, 0].max() < 2:
            continue
        surplus = np.where(counts[:, 0] >= 2, counts[:, 0] - sizes * shares[0], -np.inf)
        at = int(surplus.argmax())
        counts[at, 0] -= 1
        counts[at, part] += 1


# ------------------------------------------------------------------ groups, and order


def _by_groups(samples: Samples, rows: Indices, shares: Shares, seed: int) -> Parts:
    """Whole groups in random order, cut in three."""
    assert samples.groups is not None
    group = np.unique(samples.groups[rows], return_inverse=True)[1]
    sizes = np.bincount(group)
    order = np.random.default_rng([seed, 2]).permutation(len(sizes))
    if samples.task == "classification":
        order = _classes_spread(order, sizes, _usual_class(group, samples.labels[rows]))
    first, second = _cuts(sizes[order], shares)
    part_of = np.full(len(sizes), TRAINING)
    part_of[order[first:second]] = VALIDATION
    part_of[order[second:]] = TEST
    part = part_of[group]
    return rows[part == TRAINING], rows[part == VALIDATION], rows[part == TEST]


def _usual_class(group: Indices, labels: Indices) -> Indices:
    """The most frequent class of every group."""
    width = int(labels.max()) + 1
    pairs, counts = np.unique(group * width + labels, return_counts=True)
    usual = np.zeros(int(group.max()) + 1, dtype=np.intp)
    rising = pairs[np.argsort(counts, kind="stable")]
    usual[rising // width] = rising % width  # of several values for one place, the last stays
    return usual


def _classes_spread(order: Indices, sizes: Indices, classes: Indices) -> Indices:
    """The groups in an order of which every stretch holds about the same share of each class."""
    place = np.empty(len(order))
    for found in np.unique(classes):
        of_class = order[classes[order] == found]
        ends = np.cumsum(sizes[of_class])
        place[of_class] = (ends - sizes[of_class] / 2) / ends[-1]
    return order[np.argsort(place[order], kind="stable")]


def _in_order(samples: Samples, rows: Indices, shares: Shares) -> Parts:
    """The rows as they stand, cut in three where no group is cut."""
    sizes = np.ones(len(rows), dtype=np.intp)
    if samples.groups is not None:
        sizes = _whole_groups(samples.groups[rows])
    first, second = _cuts(sizes, shares)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    train, validation, test = np.split(rows, [ends[first], ends[second]])
    return train, validation, test


def _whole_groups(groups: Indices) -> Indices:
    """The lengths of the shortest stretches of rows that hold each of their groups wholly."""
    group = np.unique(groups, return_inverse=True)[1]
    rows = np.arange(len(group))
    last = np.zeros(int(group.max()) + 1, dtype=np.intp)
    last[group] = rows  # of several values for one place, the last stays
    ends = np.flatnonzero(np.maximum.accumulate(last[group]) == rows) + 1
    return np.diff(ends, prepend=0)


def _cuts(sizes: Indices, shares: Shares) -> tuple[int, int]:
    """How many units of these sizes, from the first on, are in the training part, and how many in
    training and validation together, so that the parts come as near to their shares as whole units
    can.
    """
    count = len(sizes)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    has_test = shares[2] > _NOTHING and count > 1
    has_validation = shares[1] > _NOTHING and count > 1 + has_test
    first, second = (int(np.abs(ends - share * ends[-1]).argmin()) for share in
                     (shares[0], shares[0] + shares[1]))  # fmt: skip
    second = min(max(second, 1 + has_validation), count - 1) if has_test else count
    first = min(max(first, 1), second - 1) if has_validation else second
    return first, second


# ------------------------------------------------------------------ notes


def split_notes(samples: Samples, split: Split, parts: Parts | None = None) -> tuple[str, ...]:
    """Sentences on what is unusual about the parts: nothing is kept apart though it should be,
    classes are not trained on, groups are torn. The parts are found anew where they are not given.
    """
    parts = parts or split_indices(samples, split)
    return (*_undivided(samples, split, parts), *_untrained(samples, parts[0]),
            *_torn(samples, parts))  # fmt: skip


def _undivided(samples: Samples, split: Split, parts: Parts) -> tuple[str, ...]:
    """That all rows train though shares of them were asked for."""
    rows = _divided_rows(samples)
    if _wanted_shares(samples, split)[0] >= 1.0 or len(parts[0]) < len(rows):
        return ()
    whose = "" if samples.parts is None else " of the training part"
    count = f"All {len(rows)} samples" if len(rows) > 1 else "The only sample"
    if len(rows) < split.least:
        reason = f"fewer than {split.least} are not divided"
    elif split.by == "order" and samples.groups is not None:
        reason = "there is no row at which they could be cut without cutting a group"
    elif samples.groups is not None:
        reason = "they are of one single group"
    else:
        reason = "every class is too small to be divided"
    return (f"{count}{whose} {'are' if len(rows) > 1 else 'is'} trained on: {reason}.",)


def _untrained(samples: Samples, train: Indices) -> tuple[str, ...]:
    """Which classes occur and are not in the training part."""
    if samples.task != "classification":
        return ()
    everywhere, trained = (np.bincount(samples.labels[rows], minlength=samples.y.shape[1])
                           for rows in (np.arange(samples.count), train))  # fmt: skip
    found = [samples.class_names[at] for at in np.flatnonzero((everywhere > 0) & (trained == 0))]
    if not found:
        return ()
    return (f"The training part has no sample of {listed([repr(name) for name in found])}.",)


def _torn(samples: Samples, parts: Parts) -> tuple[str, ...]:
    """How many groups are in several parts, which only parts that are given can do."""
    if samples.groups is None or samples.parts is None:
        return ()
    groups = np.concatenate([np.unique(samples.groups[part]) for part in parts])
    torn = int(np.count_nonzero(np.unique(groups, return_counts=True)[1] > 1))
    if not torn:
        return ()
    are = "groups are" if torn > 1 else "group is"
    return (f"{torn} {are} in several parts, because the parts are given: what is measured there "
            "says little about other groups.",)  # fmt: skip
