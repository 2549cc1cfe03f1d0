"""The bytes of a text table, decoded, and cut into lines or into blocks of whole records."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.data.tables.reading.format import DELIMITERS, ENCODINGS, TableFormat
from neuralbuilder.problems import UserError

MAXIMUM_LINE = 20_000_000
PIECE = 1_000_000

_QUOTE, _NEWLINE, _RETURN, _TAB, _BLANK = b'"\n\r\t '

Places = NDArray[np.intp]


class Readable(Protocol):
    """An open file."""

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at its end."""


@dataclass(frozen=True)
class Block:
    """Some lines as UTF-8: `count` of them, from line `line` on.

    They are whole records where `clean` is true; otherwise a quotation mark stands where none
    belongs, and only a reader that goes on to the next lines can tell where a record ends.
    """

    data: bytes
    line: int
    count: int
    clean: bool


class TextSource:
    """A text table as it comes: line by line at its top, then in blocks of whole records.

    What cannot be decoded, and NUL bytes, raise `UserError` with their line as soon as that line
    is asked for. `go_on` is asked before anything is read and stops the reading by False.
    """

    def __init__(
        self, raw: Readable, name: str, format: TableFormat, go_on: Callable[[], bool]
    ) -> None:
        self.name = name
        self.lines = 0  # handed out so far
        self._raw = raw
        self._format = format
        self._go_on = go_on
        self._decoder = codecs.getincrementaldecoder(ENCODINGS[format.encoding])()
        self._wide = format.encoding.startswith("utf-16")
        self._started = False
        self._queue: deque[bytes] = deque()  # whole lines
        self._buffer = b""  # what follows them
        self._ended = False
        self._failure: UserError | None = None

    # ------------------------------------------------------------ lines

    def line(self) -> str | None:
        """The next line with its end; None when there is none left."""
        while not self._queue and not self._ended:
            if len(self._buffer) > MAXIMUM_LINE:
                raise self._too_long()
            self._more(PIECE)
            self._split()
        if not self._queue:
            self._fail()
            return None
        line = self._queue.popleft()
        if len(line) > MAXIMUM_LINE:
            raise self._too_long()
        self.lines += 1
        return line.decode()

    def _split(self) -> None:
        """Put the whole lines of the buffer into the queue."""
        lines = self._buffer.splitlines(keepends=True)
        self._buffer = b""
        # The newline of a pair may be in the next piece.
        if lines and not self._ended and not lines[-1].endswith(b"\n"):
            self._buffer = lines.pop()
        self._queue.extend(lines)

    def _too_long(self) -> UserError:
        return UserError(
            f"{self.name}, line {self.lines + 1} has more than {MAXIMUM_LINE / 1e6:.0f} million "
            "characters.",
            "This does not look like a table.",
        )

    def all_lines(self) -> Iterator[str]:
        """The rest, line by line."""
        while (line := self.line()) is not None:
            yield line

    # ------------------------------------------------------------ blocks

    def block(self, size: int) -> Block | None:
        """The next records, of about so many bytes; None when there are none left."""
        self._buffer = b"".join(self._queue) + self._buffer
        self._queue.clear()
        if len(self._buffer) < size:
            text = self._next(size - len(self._buffer))
            if (block := self._plain_block(text)) is not None:
                return block
            self._buffer += text
        cut, clean = self._cut()
        while not cut and clean and not self._ended and len(self._buffer) <= MAXIMUM_LINE:
            self._more(size)
            cut, clean = self._cut()
        if not cut:
            if not self._buffer:
                self._fail()
                return None
            self._split()
            return Block(b"", self.lines + 1, 0, False)
        data, self._buffer = self._buffer[:cut], self._buffer[cut:]
        return self._handed_out(data)

    def _plain_block(self, text: bytes) -> Block | None:
        """The buffer and the whole lines of what follows it, copied once; None where quotation
        marks or the end of the file ask for more care.
        """
        cut = text.rfind(b"\n") + 1
        if self._ended or not cut or b'"' in text or b'"' in self._buffer:
            return None
        data = b"".join((self._buffer, memoryview(text)[:cut]))
        self._buffer = text[cut:]
        return self._handed_out(data)

    def _handed_out(self, data: bytes) -> Block:
        first, count = self.lines + 1, _count_lines(data)
        self.lines += count
        return Block(data, first, count, True)

    def _cut(self) -> tuple[int, bool]:
        """Where the last whole record of the buffer ends, 0 where that is not known, and whether
        its quotation marks are where they belong.
        """
        data = self._buffer
        if b'"' in data:
            return _cut_outside_quotes(data, DELIMITERS[self._format.delimiter], self._all_there)
        if self._all_there:
            return len(data), True
        cut = data.rfind(b"\n") + 1
        return (cut or data.rfind(b"\r", 0, len(data) - 1) + 1), True

    @property
    def _all_there(self) -> bool:
        return self._ended and self._failure is None

    # ------------------------------------------------------------ bytes

    def _more(self, size: int) -> None:
        """Append what comes next to the buffer."""
        self._buffer += self._next(size)

    def _next(self, size: int) -> bytes:
        """About so many of the next bytes, as UTF-8."""
        if self._ended:
            return b""
        if not self._go_on():
            raise ReadingCancelled(f"Reading {self.name} was stopped.")
        piece = self._raw.read(max(size, 1))
        while piece and len(piece) < size and (rest := self._raw.read(size - len(piece))):
            piece += rest
        self._ended = len(piece) < size
        return self._without_nul(self._decoded(piece))

    def _decoded(self, piece: bytes) -> bytes:
        """The piece as UTF-8; up to the line of the first byte that is none in this encoding."""
        plain = self._started and not self._wide and not self._decoder.getstate()[0]
        self._started = True
        if plain and piece.isascii():
            return piece
        try:
            return self._decoder.decode(piece, self._ended).encode()
        except UnicodeError as error:
            good = b"" if self._wide else piece[: getattr(error, "start", 0)]
            text = good.decode(ENCODINGS[self._format.encoding], "ignore").encode()
            return self._up_to(
                text,
                f"{' or soon after' if self._wide else ''}: this is not {self._format.encoding} "
                "text.",
                "Choose another encoding, such as windows-1252.",
            )

    def _without_nul(self, text: bytes) -> bytes:
        place = text.find(b"\0")
        if place < 0:
            return text
        return self._up_to(text[:place], ": there is a NUL byte, which no text has.",
                           "Choose another encoding (UTF-16?), or remove it.")  # fmt: skip

    def _up_to(self, good: bytes, what: str, remedy: str) -> bytes:
        """The whole lines of `good`; what is wrong behind it is told when that is reached."""
        before = b"".join(self._queue) + self._buffer + good
        line = self.lines + _line_ends(before) + 1
        self._failure = UserError(f"{self.name}, line {line}{what}", remedy)
        self._ended = True
        return good[: max(good.rfind(b"\n"), good.rfind(b"\r")) + 1]

    def _fail(self) -> None:
        if self._failure is not None:
            raise self._failure


def _count_lines(data: bytes) -> int:
    """How many lines these bytes hold; the last one may lack its end."""
    open_end = bool(data) and not data.endswith((b"\n", b"\r"))
    return _line_ends(data) + open_end


def _line_ends(data: bytes) -> int:
    count = int(np.count_nonzero(np.frombuffer(data, np.uint8) == _NEWLINE))
    if b"\r" in data:
        count += data.count(b"\r") - data.count(b"\r\n")
    return count


def outside_quotes(data: bytes) -> NDArray[np.bool_]:
    """For every byte whether an even number of quotation marks stands before it."""
    quotes = np.frombuffer(data, np.uint8) == _QUOTE
    parity = np.logical_xor.accumulate(quotes)
    return np.asarray(~parity)


def _cut_outside_quotes(data: bytes, sign: str, whole: bool) -> tuple[int, bool]:
    """Where the last whole record ends, and whether all quotation marks open or close a cell."""
    places = np.flatnonzero(np.frombuffer(data, np.uint8) == _QUOTE)
    if not _quotes_belong(data, places[0::2], places[1::2], sign, whole):
        return 0, False
    if whole:
        return (len(data), True) if len(places) % 2 == 0 else (0, False)
    newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    even = np.searchsorted(places, newlines) % 2 == 0
    return (int(newlines[even][-1]) + 1 if even.any() else 0), True


def _quotes_belong(data: bytes, opening: Places, closing: Places, sign: str, whole: bool) -> bool:
    """Whether the marks that should open a cell follow an end, and those that close one precede
    an end; a doubled mark inside a cell closes it and opens it again.
    """
    edge = np.array([_NEWLINE], np.uint8)
    codes = np.concatenate([edge, np.frombuffer(data, np.uint8), edge])
    is_end = np.zeros(256, dtype=np.bool_)
    is_end[[_NEWLINE, _RETURN, ord(sign), _TAB if sign == " " else ord(sign)]] = True
    before, after = codes[opening], codes[closing + 2]
    blank_before = (before == _BLANK) & is_end[codes[np.maximum(opening - 1, 0)]]
    opens, closes = is_end[before] | blank_before, is_end[after]
    count = min(len(opening) - 1, len(closing))
    doubled = opening[1 : count + 1] == closing[:count] + 1
    opens[1 : count + 1] |= doubled
    closes[:count] |= doubled
    if not whole and len(closing) and closing[-1] + 1 == len(data):
        closes[-1] = True  # what follows is still to come
    return bool(opens.all() and closes.all())
