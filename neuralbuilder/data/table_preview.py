"""What is in a table file, before anyone decides what to do with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neuralbuilder.data.samples import Progress
from neuralbuilder.data.table import Table
from neuralbuilder.data.table_columns import MAXIMUM_VALUE, Reading, readings
from neuralbuilder.data.table_format import TableFormat
from neuralbuilder.data.table_pasted import Source
from neuralbuilder.data.table_reader import read_table


@dataclass(frozen=True)
class ColumnSummary:
    """What a preview says about one column; `distinct` stops counting at 1000."""

    name: str
    kind: str
    missing: int
    infinite: int
    unreadable: int
    distinct: int
    minimum: float | None = None
    maximum: float | None = None

    @property
    def constant(self) -> bool:
        """Whether all values are the same."""
        return self.distinct == 1

    @property
    def lacking(self) -> int:
        """The number of rows without a usable value."""
        return self.missing + self.infinite + (self.unreadable if self.kind == "number" else 0)


@dataclass(frozen=True, eq=False)
class TablePreview:
    """What is in a file: columns, first rows as written, and what deserves attention."""

    table: Table
    columns: tuple[ColumnSummary, ...]
    rows: tuple[tuple[str, ...], ...]
    notices: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(column.name for column in self.columns)

    @property
    def row_count(self) -> int:
        """The number of rows with the right number of cells."""
        return self.table.row_count


def preview(
    path: Source,
    format: TableFormat,
    rows: int = 50,
    progress: Progress | None = None,
    at_most: int = 0,
) -> TablePreview:
    """Columns, counts and the first `rows` rows of the table at `path`.

    The whole file is read (at most its first `at_most` rows where that is above 0), so the
    counts are exact. Raises `UserError` as `read_table` does.
    """
    table = read_table(path, format, at_most, progress)
    found = readings(table)
    summaries = tuple(_summary(column) for column in found)
    return TablePreview(table, summaries, table.head[:rows], _notices(table, found, summaries))


def _summary(column: Reading) -> ColumnSummary:
    lowest = highest = None
    if column.kind == "number":
        present = column.values[~np.isnan(column.values)]
        distinct = len(np.unique(present))
        lowest, highest = float(present.min()), float(present.max())
    else:
        distinct = 1000 if column.words is None else len(set(column.words) - {""})
    return ColumnSummary(
        column.name, column.kind, column.missing, column.infinite, column.unreadable,
        0 if column.kind == "empty" else min(distinct, 1000), lowest, highest,
    )  # fmt: skip


def _notices(
    table: Table, columns: tuple[Reading, ...], summaries: tuple[ColumnSummary, ...]
) -> tuple[str, ...]:
    found = list(table.notices)
    if table.uneven_count:
        found.append(table.uneven_text())
    if table.truncated:
        found.append(f"Only the first {table.row_count} rows are read.")
    if table.row_count > 1:
        for read, column in zip(columns, summaries, strict=True):
            found += _column_notices(table, read, column)
    return tuple(found)


def _column_notices(table: Table, read: Reading, column: ColumnSummary) -> list[str]:
    found = []
    if column.kind == "empty":
        found.append(f"Column {column.name!r} has no values.")
    elif column.constant:
        found.append(f"Column {column.name!r} has the same value in all rows.")
    if column.infinite:
        found.append(f"Column {column.name!r}: {column.infinite} infinite, treated as missing.")
    if column.kind == "number" and column.unreadable:
        row, cell = read.odd_cell or (0, "")
        found.append(
            f"Column {column.name!r}: {column.unreadable} not a number, treated as missing "
            f"(line {table.line(row)}: {cell!r})."
        )
    largest = max(abs(column.minimum or 0.0), abs(column.maximum or 0.0))
    if largest > MAXIMUM_VALUE:
        found.append(f"Column {column.name!r} holds values up to {largest:g}, too large to use.")
    return found
