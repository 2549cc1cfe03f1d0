"""Dividing samples into a training, a validation and a test part by seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples
from neuralbuilder.parts import Part, integer, number, register
from neuralbuilder.problems import SettingError, UserError

Indices = NDArray[np.intp]
LARGEST_SHARE = 0.9


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
    seed: int = integer(
        0, "Split seed", minimum=0, maximum=2**32 - 1,
        help="Decides which samples are in which part; the seed of training has no say in it.",
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


def split_indices(samples: Samples, split: Split) -> tuple[Indices, Indices, Indices]:
    """The rows of the training, the validation and the test part, each in ascending order.

    Equal arguments give equal parts; the parts are disjoint and complete. A classification is
    stratified: every class is divided by largest remainder, so each part holds its share of the
    class to within one row, and every class has at least one row in the training part. A part
    with a share above zero gets at least one row wherever there are enough. A test part that the
    samples bring along is taken as it is; the validation share is then one of all other rows.
    Raises `UserError` when there are no samples.
    """
    if samples.count == 0:
        raise UserError("There are no samples to split.", "Choose data with at least one row.")
    generator = np.random.default_rng([split.seed, 2])
    groups = _groups(samples)
    shares = np.array(_shares(samples, split))
    counts = _counts(np.array([len(group) for group in groups]), shares)
    parts: list[list[Indices]] = [[], [], []]
    for group, count in zip(groups, counts, strict=True):
        shuffled = generator.permutation(group)
        for part, rows in zip(parts, np.split(shuffled, np.cumsum(count)[:-1]), strict=True):
            part.append(rows)
    train, validation, test = (np.sort(np.concatenate(part)) for part in parts)
    if samples.test_from is not None:
        test = np.arange(samples.test_from, samples.count)
    return train, validation, test


def trained_count(samples: Samples, split: Split) -> int:
    """About how many samples are trained on: at least 1."""
    return max(1, round(divided_count(samples) * _shares(samples, split)[0]))


def divided_count(samples: Samples) -> int:
    """How many samples the split divides: all but a test part that is given."""
    return samples.count if samples.test_from is None else samples.test_from


def _shares(samples: Samples, split: Split) -> tuple[float, float, float]:
    """The shares of training, validation and test among the rows that the split divides."""
    if samples.test_from is None:
        return split.train, split.validation, split.test
    return 1.0 - split.validation, split.validation, 0.0


def _groups(samples: Samples) -> list[Indices]:
    """The rows of each class that occurs; all rows as one group otherwise."""
    count = divided_count(samples)
    if samples.task != "classification":
        return [np.arange(count)]
    labels = samples.labels[:count]
    order = np.argsort(labels, kind="stable")
    edges = np.flatnonzero(np.diff(labels[order])) + 1
    return np.split(order, edges)


def _counts(sizes: NDArray[np.intp], shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """How many rows of each group go to each part: shape (groups, 3).

    Rounding errors are carried from group to group, so that many small groups do not all round
    the same way.
    """
    counts = np.zeros((len(sizes), 3), dtype=np.intp)
    carried = np.zeros(3)
    for group, size in enumerate(sizes):
        quota = size * shares
        count = np.floor(quota + 1e-9).astype(np.intp)
        fraction = quota - count
        wanted = np.where(fraction > 1e-9, fraction + carried, -np.inf)
        count[np.argsort(-wanted, kind="stable")[: size - count.sum()]] += 1
        if count[0] == 0:
            count[count.argmax()] -= 1
            count[0] = 1
        carried += quota - count
        counts[group] = count
    _fill_empty_parts(counts, sizes, shares)
    return counts


def _fill_empty_parts(
    counts: NDArray[np.intp], sizes: NDArray[np.intp], shares: NDArray[np.float64]
) -> None:
    """Give one training row to each part that should have some and got none."""
    for part in (2, 1):
        if shares[part] <= 1e-9 or counts[:, part].any() or counts[:, 0].max() < 2:
            continue
        surplus = np.where(counts[:, 0] >= 2, counts[:, 0] - sizes * shares[0], -np.inf)
        group = int(surplus.argmax())
        counts[group, 0] -= 1
        counts[group, part] += 1
