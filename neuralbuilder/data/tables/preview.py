"""What is in a table file, and what its columns mean, before anyone decides what to do with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neuralbuilder.data.samples import Progress
from neuralbuilder.data.tables.kinds import KindChoices, Meaning, meaning_notes, meanings
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.pasted import Source
from neuralbuilder.data.tables.reading.reader import read_table
from neuralbuilder.data.tables.readings import Kind
from neuralbuilder.data.tables.table import Table
from neuralbuilder.data.tables.to_samples import MAXIMUM_VALUE


@dataclass(frozen=True)
class ColumnSummary:
    """What a preview says about one column; `distinct` stops counting at 1000.

    `lacking` rows have no usable value. `passed_over` says why it is proposed as ignored, and
    `first` and `last` are the earliest and the latest of dates.
    """

    name: str
    kind: Kind
    lacking: int
    distinct: int
    minimum: float | None = None
    maximum: float | None = None
    passed_over: str = ""
    first: str = ""
    last: str = ""

    @property
    def constant(self) -> bool:
        """Whether all values are the same."""
        return self.distinct == 1


@dataclass(frozen=True, eq=False)
class TablePreview:
    """What is in a file: columns, first rows as written, and what deserves attention.

    `missing_words` are the cells that stand for a missing value in any of the columns.
    """

    table: Table
    columns: tuple[ColumnSummary, ...]
    rows: tuple[tuple[str, ...], ...]
    notices: tuple[str, ...] = field(default=())
    missing_words: tuple[str, ...] = ()

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
    choices: KindChoices | None = None,
) -> TablePreview:
    """Columns, counts and the first `rows` rows of the table at `path`.

    The whole file is read (at most its first `at_most` rows where that is above 0), so the
    counts are exact. Raises `UserError` as `read_table` does.
    """
    return preview_of(read_table(path, format, at_most, progress), rows, choices)


def preview_of(table: Table, rows: int = 50, choices: KindChoices | None = None) -> TablePreview:
    """The preview of a table that has been read."""
    found = meanings(table, choices)
    summaries = tuple(_summary(found[column.name]) for column in table.columns)
    return TablePreview(
        table,
        summaries,
        table.head[:rows],
        _notices(table, tuple(found.values()), summaries),
        tuple(dict.fromkeys(word for meaning in found.values() for word in meaning.missing)),
    )


def _summary(meaning: Meaning) -> ColumnSummary:
    reading, kind = meaning.reading, meaning.kind
    lacking = int(reading.absent.sum())
    over = meaning.passed_over
    if kind == "numbers":
        present = reading.values[~reading.absent]
        if not len(present):
            return ColumnSummary(meaning.name, kind, lacking, 0, passed_over=over)
        distinct = min(len(np.unique(present)), 1000)
        return ColumnSummary(
            meaning.name, kind, lacking, distinct, float(present.min()), float(present.max()), over
        )
    distinct = 0 if kind == "empty" else min(len(reading.counts), 1000)
    ends = ("", "")
    if kind == "dates" and lacking < len(reading.absent):
        times = reading.times[~reading.absent]
        ends = (str(times.min()).replace("T", " "), str(times.max()).replace("T", " "))
    return ColumnSummary(meaning.name, kind, lacking, distinct, None, None, over, *ends)


def _notices(
    table: Table, found: tuple[Meaning, ...], summaries: tuple[ColumnSummary, ...]
) -> tuple[str, ...]:
    notices = list(table.notices)
    if table.uneven_count:
        notices.append(table.uneven_text())
    if table.truncated:
        notices.append(f"Only the first {table.row_count} rows are read.")
    if table.row_count > 1:
        notices += meaning_notes(found)
        for column in summaries:
            notices += _column_notices(column)
    return tuple(notices)


def _column_notices(column: ColumnSummary) -> list[str]:
    found = []
    if column.kind == "empty":
        found.append(f"Column {column.name!r} has no values.")
    elif column.constant:
        found.append(f"Column {column.name!r} has the same value in all rows.")
    elif column.passed_over:
        found.append(f"Column {column.name!r} is proposed as ignored: {column.passed_over}.")
    largest = max(abs(column.minimum or 0.0), abs(column.maximum or 0.0))
    if largest > MAXIMUM_VALUE:
        found.append(f"Column {column.name!r} holds values up to {largest:g}, too large to use.")
    return found
