"""Reading a text table into columns: the names at its top, then block by block."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from io import StringIO
from itertools import accumulate
from pathlib import Path

from neuralbuilder.data.samples import Progress
from neuralbuilder.data.table import Table
from neuralbuilder.data.table_format import COMMENTS, DELIMITERS, TableFormat, opened_size
from neuralbuilder.data.table_opening import MAXIMUM_BYTES, first_bytes, opened, stamp_of
from neuralbuilder.data.table_parts import ExactPart, FastPart, Part, columns_of, fast_part
from neuralbuilder.data.table_records import Lines, Record, records
from neuralbuilder.data.table_source import Block, TextSource
from neuralbuilder.data.table_top import Top, top_of
from neuralbuilder.problems import UserError

MAXIMUM_CELLS = 20_000_000
HEAD_ROWS = 200
LISTED_ROWS = 10

_BLOCK = 4_000_000
_ROWS = 20_000
_SMALL = 300_000  # bytes that are read before pandas is loaded
_WORKERS = min(4, os.cpu_count() or 1)

# The last table read, so that a preview followed by loading does not read a large file twice.
_latest: list[tuple[object, Table]] = []


def read_table(
    path: str | Path,
    format: TableFormat,
    rows: int = 0,
    progress: Progress | None = None,
    small: int = _SMALL,
) -> Table:
    """The table at `path`; at most the first `rows` rows where that is above 0.

    Blocks of up to `small` bytes are read record by record, larger ones by pandas where that
    gives the same. Raises `UserError` with file, line and remedy when the table cannot be read,
    is too large, or changes meanwhile, and `ReadingCancelled` when `progress` says so.
    """
    file = Path(path)
    size = opened_size(file)
    key = (os.path.abspath(file), stamp_of(file), format, rows, small)
    if _latest and _latest[0][0] == key:
        return _latest[0][1]
    tell = progress or (lambda share: True)
    table = _read(file, size, format, rows, tell, small)
    tell(1.0)
    if stamp_of(file) != key[1]:
        raise UserError(f"{file.name} changed while it was being read.", "Read it again.")
    _latest[:] = [(key, table)]
    return table


def _read(
    path: Path, size: int, format: TableFormat, rows: int, tell: Progress, small: int
) -> Table:
    head = first_bytes(path)
    with opened(path) as raw:
        if not rows:
            _check_size(path.name, head, None if raw.is_packed else size, format)
        source = TextSource(raw, path.name, format, lambda: tell(raw.share()))
        top = top_of(source, format)
        reading = _Reading(source, format, top, rows, small)
        reading.run()
    return reading.table()


def _check_size(name: str, head: bytes, size: int | None, format: TableFormat) -> None:
    """Refuse what would not fit, judged by the size and the first lines alone."""
    if size is None:
        return  # compressed: counted while it is read
    remedy = "Read only the first rows (setting 'At most rows'), or make the file smaller."
    if size > MAXIMUM_BYTES:
        raise UserError(
            f"{name} has {size / 1e9:.1f} GB; at most {MAXIMUM_BYTES / 1e9:.0f} GB are read.",
            remedy,
        )
    lines = head.count(b"\n") or head.count(b"\r") or 1
    rows = lines * size / len(head)
    sign = DELIMITERS[format.delimiter].encode()
    cells = rows * (1 + head.count(sign) / lines)
    if size > len(head) and cells > 1.2 * MAXIMUM_CELLS:
        raise UserError(
            f"{name} has about {rows / 1e6:.1f} million rows and {cells / 1e6:.0f} million "
            f"values; at most {MAXIMUM_CELLS / 1e6:.0f} million are read.",
            remedy,
        )


# ------------------------------------------------------------------ rows


@dataclass
class _Rows:
    """What a block gave: a part of the table, and the rows of another length."""

    part: Part
    uneven: list[tuple[int, int]] = field(default_factory=list)
    stopped: bool = False


def _exact(
    found: Iterator[Record], width: int, decimal: str, limit: int | None = None
) -> Iterator[_Rows]:
    """The records as parts; at most `limit` rows."""
    rows = _Gathered(width, decimal)
    count = 0
    for line, record in found:
        if limit is not None and count + len(rows.records) >= limit:
            yield rows.finish(stopped=True)
            return
        rows.add(line, record)
        if len(rows.records) == _ROWS:
            count += _ROWS
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

    def finish(self, stopped: bool = False) -> _Rows:
        part = ExactPart(self.lines, self.records, self._width, self._decimal)
        return _Rows(part, self.uneven, stopped)


class _Reading:
    """Reads the rows below the top, in the order of the file."""

    def __init__(
        self, source: TextSource, format: TableFormat, top: Top, rows: int, small: int
    ) -> None:
        self._source = source
        self._format = format
        self._top = top
        self._limit = rows
        self._small = small
        self._parts: list[Part] = []
        self._uneven: list[tuple[int, int]] = []
        self._count = 0
        self._truncated = False
        self._words: frozenset[int] = frozenset()

    def run(self) -> None:
        """Read all rows, or as many as were asked for."""
        self._take(_exact(iter(self._top.rows), self._top.width, self._format.decimal))
        if self._limit:
            self._run_to_limit()
        else:
            self._run_all()

    def _run_all(self) -> None:
        """Read block after block; several at a time from the second on."""
        waiting: deque[Future[list[_Rows]]] = deque()
        with ThreadPoolExecutor(_WORKERS) as workers:
            try:
                for number, block in enumerate(self._blocks()):
                    waiting.append(workers.submit(self._rows_of, block))
                    # The first one says which columns hold words.
                    if number == 0 or len(waiting) > 2 * _WORKERS:
                        self._take(iter(waiting.popleft().result()))
                while waiting:
                    self._take(iter(waiting.popleft().result()))
            finally:
                workers.shutdown(cancel_futures=True)
        self._take(self._rest())

    def _run_to_limit(self) -> None:
        for block in self._blocks():
            left = self._limit - self._count
            if left <= 0:
                self._truncated = self._truncated or bool(block.data.strip())
                return
            found = self._rows_of(block) if left > _ROWS else None
            if found is None or sum(len(rows.part.lines) for rows in found) > left:
                found = list(self._exact_rows(block, left))
            self._take(iter(found))
            if self._truncated:
                return
        self._take(self._rest(max(0, self._limit - self._count)))

    def _blocks(self) -> Iterator[Block]:
        """The blocks up to the first one in which a quotation mark stands where none belongs."""
        while True:
            block = self._source.block(max(_BLOCK, min(64_000_000, 400 * self._top.width)))
            if block is None or not block.clean:
                return
            yield block

    def _rest(self, limit: int | None = None) -> Iterator[_Rows]:
        """What the blocks have left, record by record."""
        lines = Lines(self._source.all_lines(), self._format, self._source.lines)
        found = records(lines, self._source.name, self._format)
        return _exact(found, self._top.width, self._format.decimal, limit)

    def _rows_of(self, block: Block) -> list[_Rows]:
        part: FastPart | None = None
        if self._pays(block) and not self._has_comments(block.data):
            words = sorted(self._words)
            part = fast_part(block, self._format, self._top.width, words)
        return [_Rows(part)] if part is not None else list(self._exact_rows(block))

    def _pays(self, block: Block) -> bool:
        """Whether pandas is worth its time: it takes long for each column, not for each row."""
        return len(block.data) > self._small and block.count > min(200, self._small)

    def _has_comments(self, data: bytes) -> bool:
        sign = COMMENTS[self._format.comment].encode()
        if not sign or sign not in data:
            return False
        return re.search(rb"(?:\A|[\r\n])[ \t]*" + re.escape(sign), data) is not None

    def _exact_rows(self, block: Block, limit: int | None = None) -> Iterator[_Rows]:
        lines = Lines(StringIO(block.data.decode(), newline=""), self._format, block.line - 1)
        found = records(lines, self._source.name, self._format)
        return _exact(found, self._top.width, self._format.decimal, limit)

    def _take(self, found: Iterator[_Rows]) -> None:
        for rows in found:
            self._uneven += rows.uneven
            self._truncated = self._truncated or rows.stopped
            if not len(rows.part.lines):
                continue
            self._parts.append(rows.part)
            self._count += len(rows.part.lines)
            if isinstance(rows.part, FastPart):
                self._words |= set(rows.part.odd)
            if self._count * self._top.width > MAXIMUM_CELLS:
                raise UserError(
                    f"{self._source.name} has more than {MAXIMUM_CELLS / 1e6:.0f} million values.",
                    "Read only the first rows (setting 'At most rows').",
                )

    def table(self) -> Table:
        """The table that the parts make."""
        top = self._top
        return Table(
            name=self._source.name,
            format=self._format,
            columns=columns_of(self._parts, top.names, self._format.decimal),
            row_count=self._count,
            head=self._head(),
            line_of=_line_finder([part.lines for part in self._parts]),
            uneven=tuple(self._uneven[:LISTED_ROWS]),
            uneven_count=len(self._uneven),
            truncated=self._truncated,
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


def _line_finder(lines: Sequence[Sequence[int]]) -> Callable[[int], int]:
    starts = [0, *accumulate(len(of_part) for of_part in lines)]

    def line_of(row: int) -> int:
        part = bisect_right(starts, row) - 1
        return int(lines[part][row - starts[part]])

    return line_of
