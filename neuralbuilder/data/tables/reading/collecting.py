"""Rows as they come, gathered into parts and at last into a table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.pieces import ExactPiece, Numbers, Piece, columns_of
from neuralbuilder.data.tables.reading.records import Record
from neuralbuilder.data.tables.reading.top import Top
from neuralbuilder.data.tables.table import Table
from neuralbuilder.problems import UserError

MAXIMUM_CELLS = 50_000_000
HEAD_ROWS = 200
LISTED_ROWS = 10
PART_ROWS = 20_000


@dataclass
class Rows:
    """What a block gave: a part of the table, and the rows of another length."""

    part: Piece
    uneven: list[tuple[int, int]] = field(default_factory=list)
    stopped: bool = False


def in_parts(
    found: Iterator[Record], width: int, decimal: str, limit: int | None = None
) -> Iterator[Rows]:
    """The records as parts; at most `limit` rows."""
    rows = _Gathered(width, decimal)
    count = 0
    for line, record in found:
        if limit is not None and count + len(rows.records) >= limit:
            yield rows.finish(stopped=True)
            return
        rows.add(line, record)
        if len(rows.records) == PART_ROWS:
            count += PART_ROWS
            yield rows.finish()
            rows = _Gathered(width, decimal)
    yield rows.finish()


class _Gathered:
    """Records that are gathered until they make a part."""

    def __init__(self, width: int, decimal: str) -> None:
        self._width = width
        self._decimal = decimal
        self.lines: list[int] = []
        self.records: list[list[str]] = []
        self.uneven: list[tuple[int, int]] = []

    def add(self, line: int, record: list[str]) -> None:
        if len(record) > self._width and not any(record[self._width :]):
            record = record[: self._width]  # a delimiter at the end of the line
        if len(record) != self._width:
            self.uneven.append((line, len(record)))
            return
        self.lines.append(line)
        self.records.append(record)

    def finish(self, stopped: bool = False) -> Rows:
        part = ExactPiece(self.lines, self.records, self._width, self._decimal)
        return Rows(part, self.uneven, stopped)


class Collected:
    """The parts of a table that have been read so far."""

    def __init__(self, name: str, width: int) -> None:
        self.count = 0
        self.truncated = False
        self._name = name
        self._width = width
        self._parts: list[Piece] = []
        self._numbers = Numbers(width)
        self._uneven: list[tuple[int, int]] = []

    def add(self, rows: Rows) -> None:
        """Take some more rows; raises `UserError` where they are too many."""
        self._uneven += rows.uneven
        self.truncated = self.truncated or rows.stopped
        if not rows.part.lines:
            return
        self._parts.append(rows.part)
        self._numbers.append(rows.part.handed_over(), len(rows.part.lines))
        self.count += len(rows.part.lines)
        if self.count * self._width > MAXIMUM_CELLS:
            raise UserError(
                f"{self._name} has more than {MAXIMUM_CELLS / 1e6:.0f} million values.",
                "Read only the first rows (setting 'At most rows').",
            )

    def expect(self, rows: int) -> None:
        """Make room for about so many rows at once."""
        self._numbers.expected = min(rows, MAXIMUM_CELLS // max(1, self._width))

    def table(self, top: Top, format: TableFormat) -> Table:
        """The table that the parts make."""
        return Table(
            name=self._name,
            format=format,
            columns=columns_of(self._parts, self._numbers, top.names, format.decimal),
            row_count=self.count,
            head=self._head(),
            line_of=_line_finder([part.lines for part in self._parts]),
            uneven=tuple(self._uneven[:LISTED_ROWS]),
            uneven_count=len(self._uneven),
            truncated=self.truncated,
            notices=top.notices,
            roles=top.roles,
            kinds=top.kinds,
        )

    def _head(self) -> tuple[tuple[str, ...], ...]:
        head: list[tuple[str, ...]] = []
        for part in self._parts:
            if len(head) >= HEAD_ROWS:
                break
            head += part.head(HEAD_ROWS - len(head))
        return tuple(head)


def collected(
    found: Iterator[Record], name: str, top: Top, format: TableFormat, rows: int = 0
) -> Table:
    """The table of these records below its top; at most so many rows where that is above 0."""
    gathered = Collected(name, top.width)
    for some in in_parts(chain(top.rows, found), top.width, format.decimal, rows or None):
        gathered.add(some)
    return gathered.table(top, format)


def _line_finder(lines: Sequence[Sequence[int]]) -> Callable[[int], int]:
    starts = [0, *accumulate(len(of_part) for of_part in lines)]

    def line_of(row: int) -> int:
        part = bisect_right(starts, row) - 1
        return int(lines[part][row - starts[part]])

    return line_of
