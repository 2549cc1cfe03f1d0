"""Reading a text table into columns of numbers and words, with the place of everything odd."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array, Progress
from neuralbuilder.data.table_format import (
    DELIMITERS,
    INFINITE_WORDS,
    TableFormat,
    is_missing,
    opened_size,
    unreadable,
)
from neuralbuilder.data.table_records import records
from neuralbuilder.problems import UserError

MAXIMUM_BYTES = 2_000_000_000
MAXIMUM_CELLS = 20_000_000
MAXIMUM_COLUMNS = 20_000
MAXIMUM_NAME = 60
HEAD_ROWS = 200
KEPT_WORDS = 100_000
LISTED_ROWS = 10

_CHUNK = 20_000


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    `values` is NaN where a cell is missing, infinite or unreadable as a number. `words` holds
    the cells themselves where the column is a text, "" where missing; None where it is a column
    of numbers, or has more different words than anyone could use as classes.
    """

    name: str
    values: Array
    missing: int
    infinite: int
    unreadable: int
    odd_cell: tuple[int, str] | None
    words: NDArray[Any] | None

    @property
    def kind(self) -> str:
        """Number, text or empty; mostly unreadable cells make a text."""
        readable = len(self.values) - self.missing - self.infinite - self.unreadable
        if self.unreadable > readable:
            return "text"
        return "number" if readable else "empty"


@dataclass(frozen=True, eq=False)
class Table:
    """All columns of a file, `lines` with the line of each row, and what was odd.

    `uneven` lists line and number of cells of (the first of) the `uneven_count` rows that have
    another length than the first; they are not among the rows. `truncated` says that the file
    has more rows than were asked for.
    """

    name: str
    format: TableFormat
    columns: tuple[Column, ...]
    lines: NDArray[np.int64]
    head: tuple[tuple[str, ...], ...]
    uneven: tuple[tuple[int, int], ...] = ()
    uneven_count: int = 0
    truncated: bool = False
    notices: tuple[str, ...] = ()

    @property
    def row_count(self) -> int:
        """The number of rows, without header and uneven rows."""
        return len(self.lines)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """The column of this name; raises `UserError` that lists the names there are."""
        column = self._by_name.get(name)
        if column is not None:
            return column
        names = ", ".join(column.name for column in self.columns[:12])
        raise UserError(f"{self.name} has no column {name!r}.", f"Its columns are: {names}.")

    def uneven_text(self) -> str:
        """Which rows have another length, in words."""
        shown = ", ".join(f"line {line} has {count}" for line, count in self.uneven)
        more = (
            f" and {self.uneven_count - len(self.uneven)} more"
            if (self.uneven_count > len(self.uneven))
            else ""
        )
        rows = "row has" if self.uneven_count == 1 else "rows have"
        return (
            f"{self.uneven_count} {rows} another number of cells than the {len(self.columns)} of "
            f"the first row: {shown}{more}."
        )


# The last table read, so that a preview followed by loading does not read a large file twice.
_latest: list[tuple[object, Table]] = []


def read_table(
    path: str | Path, format: TableFormat, rows: int = 0, progress: Progress | None = None
) -> Table:
    """The table at `path`; at most the first `rows` rows where that is above 0.

    Raises `UserError` with file, line and remedy when it cannot be read, is too large, or
    changes meanwhile, and `ReadingCancelled` when `progress` says so.
    """
    file = Path(path)
    size = opened_size(file)
    key = (os.path.abspath(file), _stamp(file), format, rows)
    if _latest and _latest[0][0] == key:
        return _latest[0][1]
    if not rows:
        _check_size(file, size, format)
    table = _read(file, format, rows, progress or (lambda share: True), size)
    if _stamp(file) != key[1]:
        raise UserError(f"{file.name} changed while it was being read.", "Read it again.")
    _latest[:] = [(key, table)]
    return table


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable(path, error) from None
    return status.st_size, status.st_mtime_ns


def _check_size(path: Path, size: int, format: TableFormat) -> None:
    """Refuse what would not fit, judged by the size and the first lines alone."""
    remedy = "Read only the first rows (setting 'At most rows'), or make the file smaller."
    if size > MAXIMUM_BYTES:
        raise UserError(
            f"{path.name} has {size / 1e9:.1f} GB; at most {MAXIMUM_BYTES / 1e9:.0f} GB are read.",
            remedy,
        )
    try:
        with open(path, "rb") as file:
            sample = file.read(262_144)
    except OSError as error:
        raise unreadable(path, error) from None
    lines = sample.count(b"\n") or sample.count(b"\r") or 1
    rows = lines * size / len(sample)
    sign = DELIMITERS[format.delimiter].encode()
    cells = rows * (1 + sample.count(sign) / lines)
    if cells > 1.2 * MAXIMUM_CELLS:
        raise UserError(
            f"{path.name} has about {rows / 1e6:.1f} million rows and {cells / 1e6:.0f} million "
            f"values; at most {MAXIMUM_CELLS / 1e6:.0f} million are read.",
            remedy,
        )


# ------------------------------------------------------------------ rows to columns


def _read(path: Path, format: TableFormat, rows: int, progress: Progress, size: int) -> Table:
    source = records(path, format, progress, size)
    first = next(source, None)
    if first is None:
        raise UserError(
            f"{path.name} holds nothing but empty lines.",
            "A table needs at least two columns and two rows.",
        )
    width = len(first[1])
    if width > MAXIMUM_COLUMNS:
        raise UserError(f"{path.name} has {width} columns; at most {MAXIMUM_COLUMNS} are read.",
                        "Choose another delimiter, or remove columns.")  # fmt: skip
    cells = first[1] if format.header else [""] * width
    names, notices = unique_names(cells, announce=format.header)
    gathering = _Gathering(path.name, format, width)
    if not format.header:
        gathering.add(*first)
    truncated = False
    for line, record in source:
        if rows and gathering.count >= rows:
            truncated = True
            break
        gathering.add(line, record)
    progress(1.0)
    return gathering.table(names, notices, truncated)


def unique_names(cells: list[str], announce: bool = True) -> tuple[list[str], tuple[str, ...]]:
    """Usable column names, and notices of what was renamed.

    Empty names become "column 3", repeated ones get a number, long ones are cut, and control
    characters become spaces.
    """
    names: dict[str, None] = {}
    notices = []
    for position, cell in enumerate(cells, start=1):
        printable = "".join(c if c.isprintable() else " " for c in cell)
        name = " ".join(printable.split())
        if len(name) > MAXIMUM_NAME:
            name = name[: MAXIMUM_NAME - 1] + "…"
        name = name or f"column {position}"
        candidate, number = name, 2
        while candidate in names:
            candidate, number = f"{name} ({number})", number + 1
        names[candidate] = None
        if announce and candidate != cell.strip():
            shown = f"{cell.strip()[:20]!r}" if cell.strip() else "without a name"
            notices.append(f"Column {position} {shown} is called {candidate!r} here.")
    return list(names), tuple(notices)


@dataclass
class _ColumnParts:
    """The chunks of one column while a file is being read."""

    values: list[Array] = field(default_factory=list)
    words: list[NDArray[Any] | None] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    missing: int = 0
    infinite: int = 0
    unreadable: int = 0
    odd_cell: tuple[int, str] | None = None

    def add(self, cells: tuple[str, ...], lines: list[int], decimal: str) -> None:
        values = _numbers(cells, decimal)
        before = self.unreadable
        odd: dict[str, list[int]] = {}
        for i in np.flatnonzero(~np.isfinite(values)).tolist():
            odd.setdefault(cells[i], []).append(i)
        for cell, rows in odd.items():
            self._classify(cell, len(rows), lines[rows[0]], bool(np.isinf(values[rows[0]])))
        values[~np.isfinite(values)] = np.nan
        self.values.append(values)
        self.words.append(self._kept(cells) if self.unreadable > before else None)

    def _classify(self, cell: str, count: int, line: int, overflow: bool) -> None:
        if is_missing(cell):
            self.missing += count
        elif overflow or cell.strip().lower() in INFINITE_WORDS:
            self.infinite += count
        else:
            self.unreadable += count
            self.odd_cell = self.odd_cell or (line, cell.strip()[:40])

    def _kept(self, cells: tuple[str, ...]) -> NDArray[Any] | None:
        if len(self.known) > KEPT_WORDS:
            return None
        plain = {cell: "" if is_missing(cell) else cell.strip() for cell in set(cells)}
        for word in plain.values():
            self.known.setdefault(word, word)
        return np.array([self.known[plain[cell]] for cell in cells], dtype=object)

    def finish(self, name: str) -> Column:
        values = np.concatenate(self.values) if self.values else np.empty(0)
        column = Column(
            name, values, self.missing, self.infinite, self.unreadable, self.odd_cell, None
        )
        if column.kind != "text" or len(self.known) > KEPT_WORDS:
            return column
        chunks = [
            _as_words(value) if words is None else words
            for words, value in zip(self.words, self.values, strict=True)
        ]
        return replace(column, words=np.concatenate(chunks))


def _numbers(cells: tuple[str, ...], decimal: str) -> Array:
    """The cells as numbers, NaN where they are none; strict about digits and underscores."""
    import pandas as pd

    plain: Any = cells
    if decimal == "comma":
        plain = ["·" if "." in cell else cell.replace(",", ".") for cell in cells]
    series = pd.Series(list(plain), dtype=object)
    values: Array = np.array(pd.to_numeric(series, errors="coerce"), dtype=np.float64)
    return values


def _as_words(values: Array) -> NDArray[Any]:
    words = ["" if np.isnan(value) else f"{value:.12g}" for value in values]
    return np.array(words, dtype=object)


class _Gathering:
    """Turns rows into columns, a chunk at a time."""

    def __init__(self, name: str, format: TableFormat, width: int) -> None:
        self.name = name
        self.format = format
        self.width = width
        self.parts = [_ColumnParts() for _ in range(width)]
        self.rows: list[list[str]] = []
        self.lines: list[int] = []
        self.head: list[tuple[str, ...]] = []
        self.uneven: list[tuple[int, int]] = []
        self.uneven_count = 0

    @property
    def count(self) -> int:
        return len(self.lines)

    def add(self, line: int, record: list[str]) -> None:
        if len(record) > self.width and not any(record[self.width :]):
            record = record[: self.width]  # a delimiter at the end of the line
        if len(record) != self.width:
            self.uneven_count += 1
            if len(self.uneven) < LISTED_ROWS:
                self.uneven.append((line, len(record)))
            return
        self.rows.append(record)
        self.lines.append(line)
        if len(self.head) < HEAD_ROWS:
            self.head.append(tuple(record))
        if len(self.rows) == _CHUNK:
            self.flush()

    def flush(self) -> None:
        if self.count * self.width > MAXIMUM_CELLS:
            raise UserError(
                f"{self.name} has more than {MAXIMUM_CELLS / 1e6:.0f} million values.",
                "Read only the first rows (setting 'At most rows').",
            )
        if not self.rows:
            return
        lines = self.lines[-len(self.rows) :]
        for part, cells in zip(self.parts, zip(*self.rows, strict=True), strict=True):
            part.add(cells, lines, self.format.decimal)
        self.rows = []

    def table(self, names: list[str], notices: tuple[str, ...], truncated: bool) -> Table:
        self.flush()
        return Table(
            name=self.name,
            format=self.format,
            columns=tuple(part.finish(name) for part, name in zip(self.parts, names, strict=True)),
            lines=np.array(self.lines, dtype=np.int64),
            head=tuple(self.head),
            uneven=tuple(self.uneven),
            uneven_count=self.uneven_count,
            truncated=truncated,
            notices=notices,
        )
