"""Records as columns: a part of a table at a time, by the exact reader or by that of pandas."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array
from neuralbuilder.data.tables.reading.format import DELIMITERS, TableFormat
from neuralbuilder.data.tables.reading.records import Lines, records
from neuralbuilder.data.tables.reading.source import Block, outside_quotes
from neuralbuilder.data.tables.table import Cells, Column, cells_of, column_from, plain_numbers

if TYPE_CHECKING:
    import pandas as pd


class Piece(Protocol):
    """Some consecutive rows."""

    lines: Sequence[int]
    """The line that every row begins in."""

    def head(self, count: int) -> list[tuple[str, ...]]:
        """The first of its rows, as they are written."""

    def handed_over(self) -> list[Array | None]:
        """Every column as numbers, NaN where a cell is empty, and None where any cell is odd; the
        part keeps them no longer.
        """

    def cells(self, columns: Sequence[int]) -> list[Cells]:
        """The cells of some columns."""


class ExactPiece:
    """Rows that are there as lists of cells; packed into texts, which need less memory."""

    def __init__(self, lines: list[int], rows: list[list[str]], width: int, decimal: str) -> None:
        self.lines: Sequence[int] = array("q", lines)
        self._packed: list[str] = []
        self._numbers: list[Array | None] = []
        for cells in zip(*rows, strict=True) if rows else [()] * width:
            values = plain_numbers(cells, decimal)
            odd = any(cells[row].strip() for row in np.flatnonzero(np.isnan(values)).tolist())
            self._numbers.append(None if odd else values)
            self._packed.append("\0".join(cells))

    def head(self, count: int) -> list[tuple[str, ...]]:
        """The first of its rows."""
        columns = [text.split("\0", count)[:count] for text in self._packed]
        return list(zip(*columns, strict=True))[: len(self.lines)]

    def handed_over(self) -> list[Array | None]:
        """Every column as numbers; None where any cell is odd."""
        numbers, self._numbers = self._numbers, []
        return numbers

    def cells(self, columns: Sequence[int]) -> list[Cells]:
        """The cells of some columns."""
        return [cells_of(self._packed[column].split("\0")) for column in columns]


class FastPiece:
    """The records of a block, read by pandas."""

    def __init__(
        self,
        block: Block,
        format: TableFormat,
        frame: pd.DataFrame,
        known: Sequence[int],
    ) -> None:
        self.lines: Sequence[int] = range(block.line, block.line + block.count)
        self._data = block.data
        self._format = format
        self._numbers = [_plain(series) for _, series in frame.items()]
        self.odd = [column for column, values in enumerate(self._numbers) if values is None]
        self._cells = {column: _coded(frame[column]) for column in known}

    def head(self, count: int) -> list[tuple[str, ...]]:
        """The first of its rows."""
        first = b"\n".join(self._data.replace(b"\r\n", b"\n").split(b"\n", count)[:count])
        lines = Lines(StringIO(first.decode(), newline=""), self._format)
        return [tuple(record) for _, record in records(lines, "", self._format)]

    def handed_over(self) -> list[Array | None]:
        """Every column as numbers; None where any cell is odd."""
        numbers, self._numbers = self._numbers, []
        return numbers

    def cells(self, columns: Sequence[int]) -> list[Cells]:
        """The cells of some columns."""
        lacking = [column for column in columns if column not in self._cells]
        if lacking:
            frame = _frame(self._data, self._format, lacking, only=True)
            self._cells |= {column: _coded(frame[column]) for column in lacking}
        return [self._cells[column] for column in columns]


def fast_piece(
    block: Block, format: TableFormat, width: int, known: Sequence[int]
) -> FastPiece | None:
    """The records of a block, where `known` columns hold words; None where only the exact reader
    tells what they are: rows of another length, empty lines, cells over several lines, cells that
    are too long.
    """
    import pandas as pd

    try:
        frame = _frame(block.data, format, known)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError):
        return None
    if frame.shape[1] != width or len(frame) != block.count:
        return None
    if _has_gaps(frame.iloc[:, -1]) and not _is_even(block.data, format, width, len(frame)):
        return None
    part = FastPiece(block, format, frame, known)
    longest = csv.field_size_limit()
    for cells in part.cells(part.odd):
        if any(len(word) > longest for word in cells.words):
            return None
    return part


def _frame(
    data: bytes, format: TableFormat, words: Sequence[int], only: bool = False
) -> pd.DataFrame:
    import pandas as pd

    sign = DELIMITERS[format.delimiter]
    options: Any = {"usecols": list(words)} if only else {}
    frame: pd.DataFrame = pd.read_csv(
        BytesIO(data),
        header=None,
        sep=r"\s+" if sign == " " else sign,
        decimal="," if format.decimal == "comma" else ".",
        skipinitialspace=b" " in data,  # it costs a fifth of the time
        keep_default_na=False,
        na_values=[""],
        dtype=dict.fromkeys(words, str),
        encoding="utf-8",
        engine="c",
        low_memory=False,
        **options,
    )
    return frame


def _plain(series: pd.Series[Any]) -> Array | None:
    """A series of plain and finite numbers, or None."""
    if getattr(series.dtype, "kind", "O") not in "iuf":
        return None
    values = series.to_numpy(dtype=np.float64)
    return None if np.isinf(values).any() else values


def _coded(series: pd.Series[Any]) -> Cells:
    """The cells of a series of words; pandas marks empty ones by -1."""
    import pandas as pd

    codes, words = pd.factorize(series)
    different = cells_of([*np.asarray(words, dtype=object).tolist(), ""])
    return Cells(different.words, different.codes[codes])


def _has_gaps(series: pd.Series[Any]) -> bool:
    gaps = series.isna()
    if getattr(series.dtype, "kind", "O") not in "iufb":
        gaps |= series == ""  # beside whole numbers of 20 digits
    return bool(gaps.any())


def _is_even(data: bytes, format: TableFormat, width: int, rows: int) -> bool:
    """Whether all rows have as many cells as the first; pandas takes short ones for rows with
    empty cells at their end.
    """
    sign = DELIMITERS[format.delimiter]
    if sign == " ":
        return False  # blanks cannot be counted
    signs = np.frombuffer(data, np.uint8) == ord(sign)
    if b'"' in data:
        signs &= outside_quotes(data)
    return int(np.count_nonzero(signs)) == rows * (width - 1)


class Numbers:
    """The numbers of all columns, row below row, in arrays that have room for more rows."""

    def __init__(self, width: int) -> None:
        self.odd: set[int] = set()
        self.expected = 0
        self._rows = 0
        self._arrays = [np.empty(0) for _ in range(width)]

    def append(self, columns: Sequence[Array | None], rows: int) -> None:
        """Append so many rows; None is a column with an odd cell, whose numbers are dropped."""
        end = self._rows + rows
        for column, values in enumerate(columns):
            if values is None:
                self.odd.add(column)
                self._arrays[column] = np.empty(0)
            elif column not in self.odd:
                if end > len(self._arrays[column]):
                    self._arrays[column] = self._longer(self._arrays[column], end)
                self._arrays[column][self._rows : end] = values
        self._rows = end

    def _longer(self, array: Array, end: int) -> Array:
        longer = np.empty(max(end, self.expected, 3 * len(array) // 2))
        longer[: self._rows] = array[: self._rows]
        return longer

    def column(self, column: int) -> Array:
        """All numbers of a column without odd cells."""
        return self._arrays[column][: self._rows]


def columns_of(
    parts: Sequence[Piece], numbers: Numbers, names: Sequence[str], decimal: str
) -> tuple[Column, ...]:
    """The columns that the parts make one below the other."""
    odd = sorted(numbers.odd)
    found = [part.cells(odd) for part in parts] if odd else []
    cells = {column: _joined([of_part[i] for of_part in found]) for i, column in enumerate(odd)}
    return tuple(
        column_from(name, cells[column], decimal)
        if column in cells
        else Column(name, numbers.column(column))
        for column, name in enumerate(names)
    )


def _joined(parts: Sequence[Cells]) -> Cells:
    """The cells of all parts, their words in the order in which they first occur."""
    known: dict[str, int] = {}
    codes = []
    for part in parts:
        numbers = [known.setdefault(word, len(known)) for word in part.words]
        codes.append(np.array(numbers, dtype=np.int32)[part.codes])
    return _in_order(tuple(known), np.concatenate(codes))


def _in_order(words: tuple[str, ...], codes: NDArray[np.int32]) -> Cells:
    first = np.full(len(words), len(codes))
    np.minimum.at(first, codes, np.arange(len(codes)))
    order = np.argsort(first, kind="stable")
    order = order[: np.count_nonzero(first < len(codes))]  # some words may not occur at all
    place = np.zeros(len(words), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Cells(tuple(words[code] for code in order.tolist()), place[codes])
