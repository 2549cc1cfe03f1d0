"""A table as it is written: columns of cells, numbers where they are plain, and nothing judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array
from neuralbuilder.data.tables.reading.format import TableFormat, is_number
from neuralbuilder.problems import UserError

MAXIMUM_NAME = 60

_SIGNS_OF_NUMBERS = re.compile(r"[0-9eE+\-. \t\n]*")


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a column as they are written, without blanks around them.

    `words` are the different ones, in the order in which they first occur, "" for an empty cell;
    row r holds ``words[codes[r]]``.
    """

    words: tuple[str, ...]
    codes: NDArray[np.int32]

    def counts(self) -> NDArray[np.intp]:
        """How many rows hold each of the words."""
        counts: NDArray[np.intp] = np.bincount(self.codes, minlength=len(self.words))
        return counts

    def first_row(self, code: int) -> int:
        """The first row that holds this word."""
        return int((self.codes == code).argmax())


@dataclass(frozen=True, eq=False)
class Column:
    """One column: what is a plain number, and the cells where anything else occurs.

    `values` is NaN where a cell is empty or no plain number in the table's decimal sign: digits
    with an exponent, not ``1_000``, ``inf`` or ``1e999``. `cells` is None where every cell is
    empty or a plain number.
    """

    name: str
    values: Array
    cells: Cells | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """All columns of a table, its first rows as they are written (`head`), and what was odd.

    `line_of` finds the line of a row in the file. `uneven` lists line and number of cells of (the
    first of) the `uneven_count` rows that have another length than the first; they are not among
    the rows. `truncated` says that there are more rows than were asked for. `roles` and `kinds`
    are what the file itself declares, by the names of the columns: "input", "target" or "ignore",
    and "numbers", "words" or "dates".
    """

    name: str
    format: TableFormat
    columns: tuple[Column, ...]
    row_count: int
    head: tuple[tuple[str, ...], ...]
    line_of: Callable[[int], int]
    uneven: tuple[tuple[int, int], ...] = ()
    uneven_count: int = 0
    truncated: bool = False
    notices: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def line(self, row: int) -> int:
        """The line of the file that a row begins in; both count from their first, 1 and 0."""
        return self.line_of(row)

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


def plain_numbers(cells: Sequence[str], decimal: str = "point") -> Array:
    """The cells as numbers, NaN where they are no plain and finite ones."""
    if decimal == "comma":
        cells = ["·" if "." in cell else cell.replace(",", ".") for cell in cells]
    values = _numbers_at_once(cells)
    if values is None:
        values = np.array([float(c) if is_number(c) else np.nan for c in cells], dtype=np.float64)
    values[np.isinf(values)] = np.nan
    return values


def _numbers_at_once(cells: Sequence[str]) -> Array | None:
    """The cells as numbers, where nothing but signs of plain numbers is in them; else None."""
    if _SIGNS_OF_NUMBERS.fullmatch("\n".join(cells)) is None:
        return None
    try:
        return np.array([float(cell or "nan") for cell in cells], dtype=np.float64)
    except ValueError:
        return None


def cells_of(cells: Iterable[str]) -> Cells:
    """The cells of a column, without blanks around them."""
    known: dict[str, int] = {}
    codes = [known.setdefault(cell.strip(), len(known)) for cell in cells]
    return Cells(tuple(known), np.array(codes, dtype=np.int32))


def column_of(name: str, cells: Sequence[str], decimal: str = "point") -> Column:
    """The column of these cells."""
    return column_from(name, cells_of(cells), decimal)


def column_from(name: str, cells: Cells, decimal: str = "point") -> Column:
    """The column of these cells, which it keeps only where any of them is odd."""
    numbers = plain_numbers(cells.words, decimal)
    odd = any(cells.words[code] for code in np.flatnonzero(np.isnan(numbers)).tolist())
    return Column(name, numbers[cells.codes], cells if odd else None)


def unique_names(cells: list[str], announce: bool = True) -> tuple[list[str], tuple[str, ...]]:
    """Usable column names, and notices of what was renamed.

    Empty names become "column 3", repeated ones get a number, long ones are cut, and control
    characters become spaces.
    """
    names: dict[str, None] = {}
    numbers: dict[str, int] = {}
    notices = []
    for position, cell in enumerate(cells, start=1):
        name = _usable(cell) or f"column {position}"
        candidate, number = name, numbers.get(name, 2)
        while candidate in names:
            candidate, number = f"{name} ({number})", number + 1
        names[candidate], numbers[name] = None, number
        if announce and candidate != cell.strip():
            shown = f"{cell.strip()[:20]!r}" if cell.strip() else "without a name"
            notices.append(f"Column {position} {shown} is called {candidate!r} here.")
    return list(names), tuple(notices)


def _usable(cell: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in cell)
    name = " ".join(printable.split())
    return name if len(name) <= MAXIMUM_NAME else name[: MAXIMUM_NAME - 1] + "…"
