"""Reading a text table into columns, with the line of whatever is wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from neuralbuilder.data.samples import Array, Progress
from neuralbuilder.data.table import Column, Table, cells_of, plain_numbers, unique_names
from neuralbuilder.data.table_format import (
    DELIMITERS,
    TableFormat,
    opened_size,
    unreadable,
)
from neuralbuilder.data.table_records import records
from neuralbuilder.problems import UserError

MAXIMUM_BYTES = 2_000_000_000
MAXIMUM_CELLS = 20_000_000
MAXIMUM_COLUMNS = 20_000
HEAD_ROWS = 200
LISTED_ROWS = 10

_CHUNK = 20_000


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


@dataclass
class _ColumnParts:
    """The chunks of one column while a file is being read; the cells packed into texts."""

    values: list[Array] = field(default_factory=list)
    packed: list[str] = field(default_factory=list)
    odd: bool = False

    def add(self, cells: tuple[str, ...], decimal: str) -> None:
        values = plain_numbers(cells, decimal)
        self.odd = self.odd or any(
            cells[row].strip() for row in np.flatnonzero(np.isnan(values)).tolist()
        )
        self.values.append(values)
        self.packed.append("\0".join(cells))

    def finish(self, name: str) -> Column:
        values = np.concatenate(self.values) if self.values else np.empty(0)
        cells = cells_of(text.split("\0") for text in self.packed) if self.odd else None
        return Column(name, values, cells)


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
        for part, cells in zip(self.parts, zip(*self.rows, strict=True), strict=True):
            part.add(cells, self.format.decimal)
        self.rows = []

    def table(self, names: list[str], notices: tuple[str, ...], truncated: bool) -> Table:
        self.flush()
        return Table(
            name=self.name,
            format=self.format,
            columns=tuple(part.finish(name) for part, name in zip(self.parts, names, strict=True)),
            row_count=self.count,
            head=tuple(self.head),
            line_of=tuple(self.lines).__getitem__,
            uneven=tuple(self.uneven),
            uneven_count=self.uneven_count,
            truncated=truncated,
            notices=notices,
        )
