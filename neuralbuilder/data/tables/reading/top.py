"""The top of a text table: lines passed over, names, and what the file says about its columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from neuralbuilder.data.tables.reading.format import DELIMITERS, TableFormat
from neuralbuilder.data.tables.reading.records import Lines, Record, records
from neuralbuilder.data.tables.reading.source import TextSource
from neuralbuilder.data.tables.table import unique_names
from neuralbuilder.problems import UserError

MAXIMUM_COLUMNS = 20_000
ROW_NAMES = "row name"

ORANGE_KINDS = {"continuous": "numbers", "c": "numbers", "numeric": "numbers", "n": "numbers",
                "discrete": "words", "d": "words", "categorical": "words", "string": "words",
                "s": "words", "text": "words", "time": "dates", "t": "dates"}  # fmt: skip
ORANGE_ROLES = {"class": "target", "c": "target", "meta": "ignore", "m": "ignore",
                "weight": "ignore", "w": "ignore", "ignore": "ignore", "i": "ignore"}  # fmt: skip


@dataclass(frozen=True)
class Top:
    """Names and number of the columns, what the file declares about them, and the records below
    that have been read already.
    """

    names: list[str]
    notices: tuple[str, ...] = ()
    rows: list[Record] = field(default_factory=list)
    roles: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.names)


def top_of(source: TextSource, format: TableFormat) -> Top:
    """The top of a table; raises `UserError` where there is none, or far too many columns."""
    passed = _pass_over(source, format.skip)
    lines = Lines(source.all_lines(), format, source.lines)
    found = records(lines, source.name, format)
    first = next(found, None)
    if first is None:
        below = " below the lines that are passed over" if format.skip else ""
        raise UserError(
            f"{source.name} holds nothing but empty lines{below}.",
            "A table needs at least two columns and two rows.",
        )
    if len(first[1]) > MAXIMUM_COLUMNS:
        raise UserError(
            f"{source.name} has {len(first[1])} columns; at most {MAXIMUM_COLUMNS} are read.",
            "Choose another delimiter, or remove columns.",
        )
    top = _layout(first, found, lines, source.name, format)
    return replace(top, notices=passed + top.notices)


def top_of_rows(found: Iterator[Record], name: str, format: TableFormat) -> Top:
    """The top of a table that comes as rows of cells, such as a sheet of a workbook."""
    passed = [", ".join(filter(None, row)) for _, row in islice(found, format.skip)]
    first = next(found, None)
    if first is None:
        raise UserError(
            f"{name} holds nothing but empty rows.",
            "A table needs at least two columns and two rows.",
        )
    rows = replace(format, layout="plain") if format.layout != "row_names" else format
    top = _layout(first, found, Lines([], format), name, rows)
    return replace(top, notices=_told(passed, format.skip) + top.notices)


def _pass_over(source: TextSource, count: int) -> tuple[str, ...]:
    passed = []
    for _ in range(count):
        if (line := source.line()) is None:
            break
        if line.strip() and not line.strip().lower().strip('"').startswith("sep="):
            passed.append(line.strip())
    return _told(passed, count)


def _told(passed: list[str], count: int) -> tuple[str, ...]:
    """What is said about lines that are passed over at the top."""
    if not passed:
        return ()
    number = "line is" if count == 1 else f"{count} lines are"
    return (f"The first {number} passed over: {_shown(passed[0])}.",)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _layout(
    first: Record, found: Iterator[Record], lines: Lines, name: str, format: TableFormat
) -> Top:
    if format.layout == "orange":
        return _orange(first, found, name)
    if format.layout == "names_in_comment":
        return _named_in_comment(first, lines, name, format)
    if not format.header:
        names, notices = unique_names([""] * len(first[1]), announce=False)
        return Top(names, notices, [first])
    below = list(islice(found, format.skip_below))
    cells = first[1]
    rows: list[Record] = []
    if format.layout == "row_names":
        rows = list(islice(found, 1))
        if rows and len(rows[0][1]) == len(cells) + 1:
            cells = [ROW_NAMES, *cells]
    names, notices = unique_names(cells)
    told = tuple(f"Line {line} is passed over: {_shown(', '.join(r))}." for line, r in below)
    named = {ROW_NAMES: "ignore"} if len(cells) > len(first[1]) else {}
    return Top(names, notices + told, rows, named)


def _named_in_comment(first: Record, lines: Lines, name: str, format: TableFormat) -> Top:
    """The names of the last comment above the first row."""
    width = len(first[1])
    cells = cells_in(lines.comments[-1], format.delimiter) if lines.comments else []
    if len(cells) != width:
        found = f"holds {len(cells)} names" if cells else "is missing"
        raise UserError(
            f"{name}: the comment above the rows that should name {width} columns {found}.",
            "Choose another layout.",
        )
    names, notices = unique_names(cells)
    return Top(names, notices, [first])


def cells_in(line: str, delimiter: str) -> list[str]:
    """The cells of a single line."""
    sign = DELIMITERS[delimiter]
    line = line.replace("\t", " ").strip() if sign == " " else line.strip("\r\n")
    try:
        return next(csv.reader([line], delimiter=sign, skipinitialspace=True), [])
    except csv.Error:
        return []


def _orange(first: Record, found: Iterator[Record], name: str) -> Top:
    """Three rows: names, types, and roles."""
    types, flags = next(found, (0, [])), next(found, (0, []))
    width = len(first[1])
    if len(types[1]) > width or len(flags[1]) > width:
        raise UserError(
            f"{name}: the rows of types and roles are longer than that of the names.",
            "Choose another layout.",
        )
    names, notices = unique_names(first[1])
    kinds = {name: kind for name, cell in zip(names, types[1], strict=False)
             if (kind := _orange_kind(cell))}  # fmt: skip
    roles = {name: role for name, cell in zip(names, flags[1], strict=False)
             if (role := _orange_role(cell))}  # fmt: skip
    given = {name: roles.get(name, "input") for name in names} if roles else {}
    return Top(names, notices, [], given, kinds)


def _orange_kind(cell: str) -> str:
    """The kind that a type stands for; a list of values stands for words."""
    word = cell.strip()
    return ORANGE_KINDS.get(word.lower(), "words" if word else "")


def _orange_role(cell: str) -> str:
    """The role among the flags of a column, some of which say other things."""
    return next((ORANGE_ROLES[word] for word in cell.lower().split() if word in ORANGE_ROLES), "")
