"""What a table says about its own division: groups, named parts, a second table for the test."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import TEST, TRAINING, VALIDATION
from neuralbuilder.data.tables.reading.format import is_missing
from neuralbuilder.data.tables.table import Cells, Column, Table
from neuralbuilder.problems import UserError

Groups = NDArray[np.intp]
Parts = NDArray[np.int8]

_SPELLINGS = {
    TRAINING: ("train", "training", "trn", "tr", "learn", "learning", "fit"),
    VALIDATION: ("validation", "valid", "val", "vl", "dev", "development"),
    TEST: ("test", "testing", "tst", "te", "holdout", "evaluation", "eval"),
}
_PART_OF = {word: part for part, words in _SPELLINGS.items() for word in words}
_NOUN = re.compile(r"(set|data|part|split|samples|rows)$")


def divided(
    table: Table, test: Table | None, group: str, part: str
) -> tuple[Table, Groups | None, Parts | None]:
    """The table without the columns that divide it, the group and the part of each of its rows.

    The rows of `test` are appended, as the test part; its columns are found by name. `group` and
    `part` name columns, "" none. Raises `UserError` that says which column or cell is wrong.
    """
    parts = _named_parts(table, part) if part else None
    table = _without(table, part)
    if test is not None:
        before = np.full(table.row_count, TRAINING, np.int8) if parts is None else parts
        parts = np.concatenate([before, np.full(test.row_count, TEST, np.int8)])
        table = _joined(table, test)
    groups = _group_numbers(table, group) if group else None
    return _without(table, group), groups, parts


def part_named(word: str) -> int | None:
    """The part that a word such as ``Train``, ``val`` or ``test set`` stands for, if any."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    return _PART_OF.get(letters, _PART_OF.get(_NOUN.sub("", letters)))


def _named_parts(table: Table, name: str) -> Parts:
    cells = _cells(table.column(name))
    found = [part_named(word) for word in cells.words]
    if None in found:
        code = found.index(None)
        raise UserError(
            f"{table.name}, line {table.line(cells.first_row(code))}: column {name!r} holds "
            f"{cells.words[code][:40]!r}, which names no part.",
            "Write train, validation or test there, or choose another column for the parts.",
        )
    return np.array(found, dtype=np.int8)[cells.codes]


def _group_numbers(table: Table, name: str) -> Groups:
    cells = _cells(table.column(name))
    for code, word in enumerate(cells.words):
        if is_missing(word):
            raise UserError(
                f"{table.name}, line {table.line(cells.first_row(code))}: column {name!r} names "
                "no group.",
                "Complete it, or choose another column for the groups.",
            )
    return cells.codes.astype(np.intp)


def _without(table: Table, name: str) -> Table:
    """The table without a column; raises `UserError` where there is none of this name."""
    if not name:
        return table
    at = table.columns.index(table.column(name))
    return replace(
        table,
        columns=(*table.columns[:at], *table.columns[at + 1 :]),
        head=tuple((*row[:at], *row[at + 1 :]) for row in table.head),
        roles={column: role for column, role in table.roles.items() if column != name},
        kinds={column: kind for column, kind in table.kinds.items() if column != name},
    )


def _cells(column: Column) -> Cells:
    """The cells of a column, written anew where only its numbers are kept."""
    if column.cells is not None:
        return column.cells
    numbers, codes = np.unique(column.values, return_inverse=True)
    words = tuple("" if np.isnan(number) else f"{number:.15g}" for number in numbers)
    return Cells(words, codes.astype(np.int32))


def _joined(first: Table, second: Table) -> Table:
    """The rows of the first table and those of the second below them."""
    absent = [c.name for c in first.columns if c.name not in {o.name for o in second.columns}]
    if absent:
        columns = "columns" if len(absent) > 1 else "column"
        raise UserError(
            f"{second.name} lacks the {columns} {listed([repr(name) for name in absent])} of "
            f"{first.name}.",
            "The table for the test needs the same columns, in any order.",
        )
    if second.uneven_count:
        raise UserError(f"{second.name}: {second.uneven_text()}", "Correct these rows.")
    count = first.row_count
    return replace(
        first,
        name=f"{first.name} + {second.name}",
        columns=tuple(_below(c, second.column(c.name)) for c in first.columns),
        row_count=count + second.row_count,
        line_of=lambda row: first.line(row) if row < count else second.line(row - count),
        truncated=first.truncated or second.truncated,
    )


def _below(first: Column, second: Column) -> Column:
    values = np.concatenate([first.values, second.values])
    if first.cells is None and second.cells is None:
        return Column(first.name, values)
    one, other = _cells(first), _cells(second)
    known = {word: code for code, word in enumerate(one.words)}
    codes = [known.setdefault(word, len(known)) for word in other.words]
    joined = np.concatenate([one.codes, np.array(codes, np.int32)[other.codes]])
    return Column(first.name, values, Cells(tuple(known), joined))
