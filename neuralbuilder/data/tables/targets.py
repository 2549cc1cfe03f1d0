"""Columns of a table as targets: quantities, classes, and columns that are 0 and 1 already."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array, Task
from neuralbuilder.data.tables.readings import Reading
from neuralbuilder.data.tables.table import Table
from neuralbuilder.data.tasks import MAXIMUM_CLASSES
from neuralbuilder.problems import UserError

_FEW_WHOLE_NUMBERS = 10

Rows = NDArray[np.intp]
Classes = tuple[Array, tuple[str, ...], Literal["classification"], tuple[str, ...]]
Targets = tuple[Array, tuple[str, ...], Task, tuple[str, ...]]
"""The targets, their names or those of the classes, the task that is proposed, and notes."""


def targets_of(table: Table, targets: list[Reading], rows: Rows) -> Targets:
    """What these columns hold in these rows; words are classes, as are few whole numbers."""
    texts = [column for column in targets if column.kind != "numbers"]
    if texts and (len(targets) > 1 or texts[0].kind != "words"):
        what = "a text" if texts[0].kind == "words" else "a date"
        raise UserError(
            f"{table.name}: the target {texts[0].name!r} is {what}, not a number.",
            "Make it the only target, so that its words become classes, or leave it out.",
        )
    if len(targets) == 1 and is_class_column(targets[0], rows):
        return class_columns(table, targets[0], rows)
    y = np.stack([column.values[rows] for column in targets], axis=1)
    answers = len(targets) > 1 and bool(np.isin(y, (0.0, 1.0)).all())
    return y, tuple(column.name for column in targets), "yes/no" if answers else "regression", ()


def is_class_column(column: Reading, rows: Rows) -> bool:
    """Whether a target looks like classes: words, 0 and 1, or few and often repeated whole
    numbers.
    """
    if column.kind == "words":
        return True
    values = column.values[rows]
    if not (values == np.round(values)).all():
        return False
    different = np.unique(values)
    if different.tolist() == [0.0, 1.0]:
        return True
    distinct = len(different)
    return 1 < distinct <= _FEW_WHOLE_NUMBERS and len(rows) >= 5 * distinct


def class_columns(table: Table, column: Reading, rows: Rows) -> Classes:
    """One 0/1 column per class of `column`; refuses one class, or far too many."""
    if column.kind == "words":
        words, codes = column.cells
        names, classes = np.unique(np.array(words, dtype=object)[codes[rows]].astype(str),
                                   return_inverse=True)  # fmt: skip
        shown = tuple(str(name) for name in names)
    else:
        numbers, classes = np.unique(column.values[rows], return_inverse=True)
        shown = tuple(f"{number:.12g}" for number in numbers)
    _check_classes(table, column, shown, len(rows))
    notes = _class_notes(shown, classes)
    y = np.zeros((len(rows), len(shown)))
    y[np.arange(len(rows)), classes] = 1.0
    return y, shown, "classification", notes


def _check_classes(table: Table, column: Reading, names: tuple[str, ...], rows: int) -> None:
    if len(names) < 2:
        raise UserError(
            f"{table.name}: the target {column.name!r} has a single class, {names[0]!r}.",
            "There is nothing to tell apart; choose another target.",
        )
    if len(names) > MAXIMUM_CLASSES:
        raise UserError(
            f"{table.name}: the target {column.name!r} has {len(names)} classes in {rows} rows; "
            f"at most {MAXIMUM_CLASSES} are possible.",
            "Choose another target, or set the task to quantities if it is a number.",
        )


def _class_notes(names: tuple[str, ...], classes: NDArray[np.intp]) -> tuple[str, ...]:
    notes = []
    counts = np.bincount(classes, minlength=len(names))
    single = [name for name, count in zip(names, counts, strict=True) if count == 1]
    if single:
        shown = ", ".join(single[:5]) + (" …" if len(single) > 5 else "")
        notes.append(f"Classes with a single row, never tested: {len(single)} ({shown}).")
    return tuple(notes)
