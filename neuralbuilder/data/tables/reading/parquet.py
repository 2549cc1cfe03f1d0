"""Tables in Parquet files, read by pyarrow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from neuralbuilder.data.samples import Progress, ReadingCancelled
from neuralbuilder.data.tables.reading.collecting import MAXIMUM_CELLS
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.frames import table_of
from neuralbuilder.data.tables.reading.opening import MAXIMUM_BYTES
from neuralbuilder.data.tables.reading.top import MAXIMUM_COLUMNS
from neuralbuilder.data.tables.table import Table
from neuralbuilder.problems import UserError

_BATCH_ROWS = 65_536


def read(path: Path, format: TableFormat, rows: int, tell: Progress) -> Table:
    """The columns that hold single values; raises `UserError`."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as parquet
    except ImportError:
        raise UserError(
            f"{path.name} is a Parquet file, and pyarrow is not installed to read it.",
            'Install it: pip install "neuralbuilder[parquet]", or save the table as CSV.',
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            names = [f.name for f in file.schema_arrow if not pa.types.is_nested(f.type)]
            left_out = [f.name for f in file.schema_arrow if pa.types.is_nested(f.type)]
            _check_size(path.name, file.metadata, len(names), rows)
            frame = _frame(pa, file, names, rows, tell, path.name)
    except UserError:
        raise
    except Exception as error:  # pyarrow raises its own kinds for whatever is wrong inside
        raise UserError(
            f"{path.name} is damaged and cannot be read as Parquet: "
            f"{(str(error) or type(error).__name__).splitlines()[0][:80]}.",
            "Get it again from where it came, or save the table as CSV.",
        ) from None
    table = table_of(frame, path.name)
    told = tuple(
        f"Column {name!r} holds lists or records and is left out." for name in left_out[:20]
    )
    truncated = bool(rows) and len(frame) > rows
    if truncated:
        table = table_of(frame.iloc[:rows], path.name)
    return replace(table, format=format, truncated=truncated, notices=told + table.notices,
                   line_of=lambda row: row + 1)  # fmt: skip


def _check_size(name: str, facts: Any, columns: int, rows: int) -> None:
    if not columns or columns > MAXIMUM_COLUMNS:
        raise UserError(
            f"{name} has {columns} columns of single values; 1 to {MAXIMUM_COLUMNS} are read.",
            "Choose another table.",
        )
    count = min(facts.num_rows, rows) if rows else facts.num_rows
    groups = (facts.row_group(index) for index in range(facts.num_row_groups))
    size = sum(group.total_byte_size for group in groups)
    if count * columns > MAXIMUM_CELLS or (size > MAXIMUM_BYTES and not rows):
        raise UserError(
            f"{name} has {facts.num_rows:,} rows and {columns} columns, {size / 1e9:.1f} GB; at "
            f"most {MAXIMUM_CELLS / 1e6:.0f} million values of {MAXIMUM_BYTES / 1e9:.0f} GB are "
            "read.",
            "Read only the first rows (setting 'At most rows'), or make the file smaller.",
        )


def _frame(pa: Any, file: Any, names: list[str], rows: int, tell: Progress, name: str) -> Any:
    """The rows as a frame, one more than asked for so that it is known whether there are more."""
    batches, count, total = [], 0, max(1, file.metadata.num_rows)
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
        if not tell(count / total):
            raise ReadingCancelled(f"Reading {name} was stopped.")
        batches.append(batch)
        count += batch.num_rows
        if rows and count > rows:
            break
    schema = pa.schema([file.schema_arrow.field(column) for column in names])
    table = pa.Table.from_batches(batches, batches[0].schema if batches else schema)
    return table.to_pandas(ignore_metadata=True, date_as_object=False)
