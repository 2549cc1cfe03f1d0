"""Which rows of a table take part, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.tables.encoding import Rule
from neuralbuilder.data.tables.readings import Reading
from neuralbuilder.data.tables.table import Table
from neuralbuilder.problems import UserError


@dataclass(frozen=True, eq=False)
class RowRules:
    """What a row must have: the columns in use, which of them are targets, the rule for missing
    values of each, and how many rows must stand before it.
    """

    used: tuple[Reading, ...]
    targets: tuple[str, ...]
    rule_of: Callable[[str], Rule]
    lags: int = 0

    def needed(self) -> Iterator[Reading]:
        """The columns without whose value a row is left out. Targets are never invented, and a
        word has no mean.
        """
        for reading in self.used:
            rule = self.rule_of(reading.name)
            drops = rule == "drop" or (rule == "mean" and reading.kind == "words")
            if drops or reading.name in self.targets:
                yield reading


def usable_rows(table: Table, rules: RowRules) -> NDArray[np.intp]:
    """The rows that take part. Raises `UserError` for too few, or with the place of a missing
    value where the rule is to stop.
    """
    gone = np.zeros(table.row_count, dtype=np.bool_)
    gone[: rules.lags] = True
    for reading in rules.used:
        if rules.rule_of(reading.name) == "stop" and reading.absent.any():
            lacking = reading.absent
            raise missing_value(table, reading, int(lacking.argmax()), int(lacking.sum()))
    for reading in rules.needed():
        gone |= reading.absent
    rows = np.flatnonzero(~gone)
    if rules.lags and table.row_count - rules.lags < 2:
        raise UserError(
            f"{table.name} has {counted(table.row_count, 'row')}, and with {rules.lags} lags only "
            "those with so many rows before them are samples; at least 2 are needed.",
            "Set fewer lags.",
        )
    if len(rows) < 2:
        raise UserError(
            f"{table.name}: {counted(len(rows), 'row')} of {table.row_count} would be left "
            "without missing values; at least 2 are needed.",
            "Fill in missing values instead of dropping rows, or leave out the columns with many.",
        )
    return rows


def missing_value(table: Table, reading: Reading, row: int, count: int) -> UserError:
    """The error that says where a value is missing."""
    return UserError(
        f"{table.name}, line {table.line(row)}: column {reading.name!r} has "
        f"{_instead_of_a_value(reading, row)} "
        f"({counted(count, 'such cell')} in this column).",
        "Complete the file, or choose how to fill in missing values.",
    )


def _instead_of_a_value(reading: Reading, row: int) -> str:
    """What a cell without a usable value holds."""
    cells = reading.column.cells
    word = "" if cells is None else cells.words[cells.codes[row]]
    if word in reading.odd:
        what = "date" if reading.kind == "dates" else "finite number"
        return f"{word[:40]!r}, which is not a {what}"
    return f"{word[:40]!r}, which stands for no value" if word else "no value"


def row_notes(table: Table, rules: RowRules, rows: NDArray[np.intp]) -> tuple[str, ...]:
    """Sentences about the rows of a table that do not take part."""
    notes = list(table.notices)
    if table.uneven_count:
        notes.append(f"Skipped: {table.uneven_text()}")
    if table.truncated:
        notes.append(f"Only the first {table.row_count} rows are read.")
    if rules.lags:
        first = counted(rules.lags, "row")
        notes.append(f"The first {first} left out: they have too few before them.")
    taken = np.zeros(table.row_count, dtype=np.bool_)
    taken[rows] = True
    taken[: rules.lags] = True
    if not taken.all():
        notes.append(_left_out(table, rules, taken))
    return tuple(notes)


def _left_out(table: Table, rules: RowRules, taken: NDArray[np.bool_]) -> str:
    """How many rows lack a value and are left out, and the place of the first of them."""
    first, count = int(taken.argmin()), int((~taken).sum())
    reading = next(reading for reading in rules.needed() if reading.absent[first])
    role = "target" if reading.name in rules.targets else "column"
    more = f"; and {count - 1} more" if count > 1 else ""
    return (
        f"{counted(count, 'row')} of {table.row_count} left out: line {table.line(first)}, "
        f"{role} {reading.name!r} has {_instead_of_a_value(reading, first)}{more}."
    )


def counted(count: int, noun: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{count} {noun}" + ("" if count == 1 else "s")
