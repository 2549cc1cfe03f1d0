"""What a classifier makes of its samples, found out in slices, so that no look takes long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.metrics import predicted_classes

MOST = 10_000
"""Samples of a part that are looked at; a larger part is represented by so many of them."""
LEAST = 20
"""Samples of every class that the first look shows, so that its share says something."""
ORDER = 7
"""Seed of the order in which samples are looked at: the first ones stand for all."""

Rows = NDArray[np.intp]
Answer = Callable[[Rows], NDArray[Any]]
"""Gives the outputs of the network (rows, outputs) for some rows of the data."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The answers to some samples of a part of the data, which has `total` samples.

    All arrays have one value per sample: its row in the data, the right class, the class that was
    given, the outputs for both of these, and the loss. With a single output, that of class 0 is
    one minus that of class 1. `output` and `target` are (samples, outputs), as the network gives
    and is to give them. `complete` says that another look will not show more.
    """

    part: str
    total: int
    rows: Rows
    right: Rows
    given: Rows
    right_output: NDArray[np.float64]
    given_output: NDArray[np.float64]
    losses: NDArray[np.float64]
    output: NDArray[Any]
    target: NDArray[Any]
    complete: bool

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Where another class than the right one was given."""
        return np.asarray(self.right != self.given)

    @property
    def correct_share(self) -> float:
        """The share of right answers, 0 without any sample."""
        return float(np.mean(self.right == self.given)) if len(self.rows) else 0.0

    @property
    def in_words(self) -> str:
        """`150 test`, or `500 of 10,000 test` where not all samples were looked at."""
        of = "" if len(self.rows) == self.total else f" of {self.total:,}"
        return f"{len(self.rows):,}{of} {self.part}"

    def few(self, names: Sequence[str]) -> str:
        """Of which class fewer than `LEAST` samples have been looked at so far: `only 3 of yes`.

        It is "" where there are enough of each, or no more to look at.
        """
        counts = np.bincount(self.right, minlength=len(names))
        if self.complete or counts.min() >= LEAST:
            return ""
        return f"only {counts.min()} of {names[int(counts.argmin())]}"


@dataclass(eq=False)
class Answers:
    """Remembers outcomes as long as the weights stay as they are; each look adds a slice."""

    _known: dict[str, Outcome] = field(default_factory=dict)
    _orders: dict[str, Rows] = field(default_factory=dict)

    def look(
        self,
        part: str,
        rows: Rows,
        at_once: int,
        y: NDArray[Any],
        loss: Loss,
        answer: Answer,
        most: int = 0,
    ) -> Outcome:
        """What is known of these rows, and of up to `at_once` more; `y` are all targets.

        The first look takes up to `most` where that is what it needs to see `LEAST` samples of
        every class.
        """
        known = self._known.get(part)
        if known is not None and known.complete:
            return known
        if part not in self._orders:
            order = np.random.default_rng(ORDER).permutation(len(rows))
            self._orders[part] = rows[order][:MOST]
        start = 0 if known is None else len(known.rows)
        if not start and at_once < most:
            classes = predicted_classes(y[self._orders[part][:most]])
            at_once = max(at_once, _enough(classes))
        some = self._orders[part][start : start + at_once]
        complete = start + len(some) == len(self._orders[part])
        found = _outcome(part, len(rows), some, answer(some), y[some], loss, complete)
        self._known[part] = found if known is None else _joined(known, found)
        return self._known[part]


def _enough(classes: Rows) -> int:
    """How many of these samples, from the first one on, have `LEAST` of every class, or all."""
    order = np.argsort(classes, kind="stable")
    counts = np.bincount(classes)
    starts = np.cumsum(counts) - counts
    last = starts + np.minimum(counts, LEAST) - 1
    return int(order[last[counts > 0]].max(initial=-1)) + 1


def _outcome(
    part: str,
    total: int,
    rows: Rows,
    output: NDArray[Any],
    target: NDArray[Any],
    loss: Loss,
    complete: bool,
) -> Outcome:
    right, given = predicted_classes(target), predicted_classes(output)
    by_class = np.hstack([1 - output, output]) if output.shape[1] == 1 else output
    every = np.arange(len(rows))
    return Outcome(
        part,
        total,
        rows,
        right,
        given,
        _finite(by_class[every, right]),
        _finite(by_class[every, given]),
        _finite(loss.of_samples(output, target)),
        output.copy(),
        target,
        complete,
    )


def _finite(values: NDArray[Any]) -> NDArray[np.float64]:
    """NaN, the loss of what cannot be computed, counts as very much."""
    return np.nan_to_num(values.astype(np.float64), nan=1e30, posinf=1e30, neginf=-1e30)


def _joined(one: Outcome, other: Outcome) -> Outcome:
    names = (
        "rows", "right", "given", "right_output", "given_output", "losses", "output", "target",
    )  # fmt: skip
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names
    }
    return replace(one, complete=other.complete, **arrays)
