"""The same targets read as classes, as yes or no, or as quantities.

A source only proposes a task. Which one is meant depends on the network and on the user; see
`neuralbuilder.project.task`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from weakref import WeakKeyDictionary, ref

import numpy as np

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import Array, Samples, Task
from neuralbuilder.data.tables.reading.format import is_number
from neuralbuilder.problems import UserError

MAXIMUM_CLASSES = 1000
TASK_WORDS: dict[Task, str] = {
    "classification": "classes",
    "yes/no": "yes/no",
    "regression": "quantities",
}
"""What people call the tasks."""
TASKS_BY_WORD: dict[str, str] = {"auto": "auto"} | {word: task for task, word in TASK_WORDS.items()}
"""The tasks by the words of people, and "auto"."""

# The samples once read as another task, so that asking again gives the same object.
_read: WeakKeyDictionary[Samples, dict[Task, Samples]] = WeakKeyDictionary()
_given: WeakKeyDictionary[Samples, ref[Samples]] = WeakKeyDictionary()


def as_task(samples: Samples, task: Task) -> Samples:
    """The samples with their targets read as `task`; the very same object when asked again.

    A single column of 0 and 1 read as yes/no has two classes, which one output can share; several
    such columns are one question each. Raises `UserError` when the targets cannot be read so.
    """
    if task == samples.task:
        return samples
    known = _read.setdefault(samples, {})
    if task not in known:
        known[task] = _READINGS[task](samples)
        _given[known[task]] = ref(samples)
    return known[task]


def as_given(samples: Samples) -> Samples:
    """The samples as their source gives them, where these have been read as another task."""
    known = _given.get(samples)
    return (samples if known is None else known()) or samples


def can_be(samples: Samples, task: Task) -> bool:
    """Whether the targets can be read as `task`."""
    try:
        as_task(samples, task)
    except UserError:
        return False
    return True


def class_numbers(samples: Samples) -> Array | None:
    """The number that each class stands for; None for classes that are words."""
    names = samples.class_names
    if not names or not all(is_number(name) for name in names):
        return None
    return np.array([float(name) for name in names])


def distinct_targets(samples: Samples) -> Array | None:
    """The different values of the only target column in ascending order; None for several."""
    return np.unique(samples.y) if samples.y.shape[1] == 1 else None


def _as_quantities(samples: Samples) -> Samples:
    if samples.task == "yes/no":
        return replace(samples, task="regression")
    numbers = class_numbers(samples)
    if numbers is None:
        raise UserError(
            f"The target holds words ({listed(samples.class_names, 3)}), which are no quantities.",
            "Set the task to classes, or choose a target that holds numbers.",
        )
    y = numbers[samples.labels][:, None]
    name = samples.class_column or "y"
    return replace(samples, y=y, target_names=(name,), task="regression")


def _as_yes_no(samples: Samples) -> Samples:
    if samples.task == "classification":
        if len(samples.class_names) == 2:
            return samples
        raise UserError(
            f"The target has {len(samples.class_names)} classes, and yes/no has two answers.",
            "Set the task to classes.",
        )
    wrong = ~np.isin(samples.y, (0.0, 1.0))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise UserError(
            f"The target {samples.target_names[column]!r} holds {samples.y[row, column]:g}, and "
            "yes/no is 1 or 0.",
            "Set the task to quantities or classes, or choose targets of 0 and 1.",
        )
    if samples.y.shape[1] > 1:
        return replace(samples, task="yes/no")
    return _classes(samples, samples.y[:, 0], np.array([0.0, 1.0]))


def _as_classes(samples: Samples) -> Samples:
    y = samples.y
    if y.shape[1] > 1:
        if not (np.isin(y, (0.0, 1.0)).all() and (y.sum(axis=1) == 1).all()):
            raise UserError(
                f"The targets {listed(samples.target_names)} do not hold a single 1 and otherwise "
                "0 in each row, so they are no classes.",
                "Choose one column with the class, or set the task to yes/no or quantities.",
            )
        return replace(samples, task="classification")
    values = np.unique(y)
    if len(values) > MAXIMUM_CLASSES:
        raise UserError(
            f"The target {samples.target_names[0]!r} has {len(values):,} different values; at most "
            f"{MAXIMUM_CLASSES:,} can be classes.",
            "Set the task to quantities.",
        )
    if len(values) < 2:
        raise UserError(
            f"The target {samples.target_names[0]!r} has a single value, {values[0]:g}.",
            "There is nothing to tell apart; choose another target.",
        )
    return _classes(samples, y[:, 0], values)


def _classes(samples: Samples, column: Array, values: Array) -> Samples:
    """One 0/1 column for each of `values`, which occur in `column`."""
    y = np.zeros((len(column), len(values)))
    y[np.arange(len(column)), np.searchsorted(values, column)] = 1.0
    names = tuple(f"{value:.12g}" for value in values)
    return replace(
        samples,
        y=y,
        target_names=names,
        task="classification",
        class_column=samples.target_names[0],
    )


_READINGS: dict[Task, Callable[[Samples], Samples]] = {
    "regression": _as_quantities,
    "classification": _as_classes,
    "yes/no": _as_yes_no,
}
