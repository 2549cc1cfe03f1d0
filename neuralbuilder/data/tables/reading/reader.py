"""Reading a text table into columns: the names at its top, then block by block."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO, StringIO
from pathlib import Path

from neuralbuilder.data.samples import Progress
from neuralbuilder.data.tables.reading.collecting import (
    MAXIMUM_CELLS,
    PART_ROWS,
    Collected,
    Rows,
    in_parts,
)
from neuralbuilder.data.tables.reading.containers import container_reader
from neuralbuilder.data.tables.reading.format import COMMENTS, DELIMITERS, TableFormat, opened_size
from neuralbuilder.data.tables.reading.opening import MAXIMUM_BYTES, first_bytes, opened, stamp_of
from neuralbuilder.data.tables.reading.pasted import Pasted, Source
from neuralbuilder.data.tables.reading.pieces import FastPiece, fast_piece
from neuralbuilder.data.tables.reading.records import Lines, records
from neuralbuilder.data.tables.reading.source import Block, TextSource
from neuralbuilder.data.tables.reading.top import top_of
from neuralbuilder.data.tables.table import Table
from neuralbuilder.problems import UserError

_BLOCK = 8_000_000
_SMALL = 300_000  # bytes that are read before pandas is loaded
_MUCH = 20_000_000  # bytes that are announced
_WORKERS = min(4, os.cpu_count() or 1)

# The last table read, so that a preview followed by loading does not read a large file twice.
_latest: list[tuple[object, Table]] = []


def read_table(
    path: Source,
    format: TableFormat,
    rows: int = 0,
    progress: Progress | None = None,
    small: int = _SMALL,
) -> Table:
    """The table at `path`, or that was pasted; at most its first `rows` rows where that is above 0.

    Blocks of up to `small` bytes are read record by record, larger ones by pandas where that
    gives the same. Raises `UserError` with file, line and remedy when the table cannot be read,
    is too large, or changes meanwhile, and `ReadingCancelled` when `progress` says so.
    """
    tell = progress or (lambda share: True)
    if isinstance(path, Pasted):
        raw = BytesIO(path.data)
        source = TextSource(raw, path.name, format, lambda: tell(raw.tell() / len(path.data)))
        return _read_text(source, format, rows, small, len(path.data))
    file = Path(path)
    size = opened_size(file)
    key = (os.path.abspath(file), stamp_of(file), format, rows, small)
    if _latest and _latest[0][0] == key:
        return _latest[0][1]
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
    reader = container_reader(head)
    if reader is not None:
        return reader(path, format, rows, tell)
    with opened(path) as raw:
        if not rows:
            _check_size(path.name, head, None if raw.is_packed else size, format)
        source = TextSource(raw, path.name, format, lambda: tell(raw.share()))
        return _read_text(source, format, rows, small, 0 if raw.is_packed else size)


def _read_text(source: TextSource, format: TableFormat, rows: int, small: int, size: int) -> Table:
    reading = _Reading(source, format, rows, small, size)
    reading.run()
    return reading.table()


def estimated_size(path: str | Path, format: TableFormat) -> tuple[int, int] | None:
    """About how many rows and columns a text table has, judged by its first lines; None for small
    and for compressed ones. Raises `UserError` where it cannot be read.
    """
    size = opened_size(path)
    if size < _MUCH:
        return None
    with opened(path) as raw:
        if raw.is_packed or container_reader(first_bytes(path)) is not None:
            return None
        top = top_of(TextSource(raw, Path(path).name, format, lambda: True), format)
    head = first_bytes(path)
    return round(_lines(head) * size / len(head)), top.width


def _lines(head: bytes) -> int:
    return head.count(b"\n") or head.count(b"\r") or 1


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
    lines = _lines(head)
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


class _Reading:
    """Reads the rows below the top, in the order of the file."""

    def __init__(
        self, source: TextSource, format: TableFormat, rows: int, small: int, size: int
    ) -> None:
        self._source = source
        self._format = format
        self._top = top_of(source, format)
        self._size = size
        self._limit = rows
        self._small = small
        self._collected = Collected(source.name, self._top.width)
        self._words: frozenset[int] = frozenset()

    def run(self) -> None:
        """Read all rows, or as many as were asked for."""
        self._take(in_parts(iter(self._top.rows), self._top.width, self._format.decimal))
        if self._limit:
            self._run_to_limit()
        else:
            self._run_all()

    def _run_all(self) -> None:
        """Read block after block; several at a time from the second on."""
        waiting: deque[Future[list[Rows]]] = deque()
        with ThreadPoolExecutor(_WORKERS) as workers:
            try:
                for number, block in enumerate(self._blocks()):
                    if number == 0:
                        self._expect(block)
                    waiting.append(workers.submit(self._rows_of, block))
                    # The first one says which columns hold words.
                    if number == 0 or len(waiting) > 2 * _WORKERS:
                        self._take(waiting.popleft().result())
                while waiting:
                    self._take(waiting.popleft().result())
            finally:
                workers.shutdown(cancel_futures=True)
        self._take(self._rest())

    def _expect(self, block: Block) -> None:
        """Make room for as many rows as the whole file seems to have."""
        if len(block.data) < self._size:
            self._collected.expect(round(1.02 * block.count * self._size / len(block.data)))

    def _run_to_limit(self) -> None:
        for block in self._blocks():
            left = self._limit - self._collected.count
            if left <= 0:
                self._collected.truncated |= bool(block.data.strip())
                return
            found = self._rows_of(block) if left > PART_ROWS else None
            if found is None or sum(len(rows.part.lines) for rows in found) > left:
                found = list(self._exact_rows(block, left))
            self._take(found)
            if self._collected.truncated:
                return
        self._take(self._rest(max(0, self._limit - self._collected.count)))

    def _blocks(self) -> Iterator[Block]:
        """The blocks up to the first one in which a quotation mark stands where none belongs."""
        while True:
            block = self._source.block(max(_BLOCK, min(64_000_000, 400 * self._top.width)))
            if block is None or not block.clean:
                return
            yield block

    def _rest(self, limit: int | None = None) -> Iterator[Rows]:
        """What the blocks have left, record by record."""
        lines = Lines(self._source.all_lines(), self._format, self._source.lines)
        found = records(lines, self._source.name, self._format)
        return in_parts(found, self._top.width, self._format.decimal, limit)

    def _rows_of(self, block: Block) -> list[Rows]:
        part: FastPiece | None = None
        if self._pays(block) and not self._has_comments(block.data):
            words = sorted(self._words)
            part = fast_piece(block, self._format, self._top.width, words)
        return [Rows(part)] if part is not None else list(self._exact_rows(block))

    def _pays(self, block: Block) -> bool:
        """Whether pandas is worth its time: it takes long for each column, not for each row."""
        return len(block.data) > self._small and block.count > min(200, self._small)

    def _has_comments(self, data: bytes) -> bool:
        sign = COMMENTS[self._format.comment].encode()
        if not sign or sign not in data:
            return False
        return re.search(rb"(?:\A|[\r\n])[ \t]*" + re.escape(sign), data) is not None

    def _exact_rows(self, block: Block, limit: int | None = None) -> Iterator[Rows]:
        lines = Lines(StringIO(block.data.decode(), newline=""), self._format, block.line - 1)
        found = records(lines, self._source.name, self._format)
        return in_parts(found, self._top.width, self._format.decimal, limit)

    def _take(self, found: Iterable[Rows]) -> None:
        for rows in found:
            self._collected.add(rows)
            if isinstance(rows.part, FastPiece):
                self._words |= set(rows.part.odd)

    def table(self) -> Table:
        """The table that has been read."""
        return self._collected.table(self._top, self._format)
