"""New rows of a table for a network that has been trained: read as its own table was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import Array, Samples
from neuralbuilder.data.tables.encoding import (
    ColumnEncoding,
    Encoded,
    TableEncoding,
    encode,
)
from neuralbuilder.data.tables.filling import fill_notes, zero_notes
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.pasted import Source
from neuralbuilder.data.tables.reading.reader import read_table
from neuralbuilder.data.tables.reading.sniffing import sniff
from neuralbuilder.data.tables.readings import Cellwise, Reading
from neuralbuilder.data.tables.rows import counted, missing_value
from neuralbuilder.data.tables.table import Column, Table
from neuralbuilder.data.tables.to_samples import MAXIMUM_VALUE, undefined_notes
from neuralbuilder.problems import UserError


@dataclass(frozen=True, eq=False)
class NewRows:
    """Inputs from a table, one for each of its rows and in their order.

    `x` (rows, inputs) is in the units of the table, NaN where a value is missing; `Scaling.inputs`
    fills it in. `numbers` are the numbers of the rows, the first row below the header being 1.
    `table` holds all columns of the file, and `notes` say what was done.
    """

    x: Array
    numbers: NDArray[np.intp]
    notes: tuple[str, ...]
    table: Table

    def cells(self, name: str) -> list[str]:
        """The cells of a column as they are written; raises `UserError` where there is none."""
        column = self.table.column(name)
        if column.cells is not None:
            return [column.cells.words[code] for code in column.cells.codes.tolist()]
        return ["" if value != value else f"{value:.15g}" for value in column.values.tolist()]


def read_rows(path: Source, samples: Samples, fill: Array | None = None) -> NewRows:
    """The rows of a table for a network that has learnt from `samples`.

    The file at `path` is read as theirs was: delimiter, decimal sign, header, kinds of columns,
    words and missing values. Columns are found by name, whatever their order; where no name fits,
    by their position. `fill` is what the trained scaling puts in the place of missing values, for
    the notes. Raises `UserError` that names columns that are not there.
    """
    encoding = samples.encoding or _from_names(samples.input_names)
    table, notes = _read(path, encoding, samples.encoding is not None)
    return rows_from(table, encoding, fill, notes)


def read_inputs(path: Source, names: tuple[str, ...]) -> Array:
    """The inputs of these `names` in the table at `path`, which is read as it looks.

    A name such as "colour = red" is 1 where the column "colour" holds "red".
    """
    encoding = _from_names(names)
    table, notes = _read(path, encoding, False)
    return rows_from(table, encoding, None, notes).x


def rows_from(
    table: Table, encoding: TableEncoding, fill: Array | None = None, notes: Sequence[str] = ()
) -> NewRows:
    """As `read_rows`, for a table that is there already and has the columns of the encoding."""
    if table.uneven_count:
        raise UserError(f"{table.name}: {table.uneven_text()}", "Correct these rows.")
    if not table.row_count:
        raise UserError(f"{table.name} has no rows below its header.", "Add at least one row.")
    found, by_position = _named(table, encoding)
    encoded = encode(found, encoding)
    _refuse_missing(found, encoding, encoded)
    _check_magnitude(found, encoding)
    told = (
        *notes,
        *by_position,
        *_unknown_notes(encoding, encoded),
        *undefined_notes(encoded.undefined),
        *zero_notes(encoding, encoded.lacking),
        *(fill_notes(encoded.x, encoding, fill) if fill is not None else ()),
        *_lag_notes(encoding),
    )
    return NewRows(encoded.x, np.arange(1, table.row_count + 1), told, table)


def _from_names(names: tuple[str, ...]) -> TableEncoding:
    """An encoding for samples without one: ``colour = red`` is a word of the column colour."""
    words: dict[str, list[str]] = {}
    for name in names:
        column, sign, word = name.partition(" = ")
        words.setdefault(column if sign else name, []).extend([word] if sign else [])
    columns = tuple(
        ColumnEncoding(column, Cellwise("words"), "zero", tuple(of_column))
        if of_column else ColumnEncoding(column, rule="stop")
        for column, of_column in words.items()
    )  # fmt: skip
    return TableEncoding(TableFormat(), tuple(words), columns)


# ------------------------------------------------------------------ reading


def _read(path: Source, encoding: TableEncoding, known: bool) -> tuple[Table, tuple[str, ...]]:
    """The table in the format of the training data, else in the one it looks like."""
    if not known:
        return read_table(path, sniff(path)), ()
    table = read_table(path, encoding.format)
    none_named = not {column.name for column in table.columns} & set(encoding.sources)
    if encoding.format.header and none_named and _is_headless(table, path, encoding):
        table = read_table(path, replace(encoding.format, header=False))
    if _usable(table, encoding):
        return _without_header(table, path, encoding)
    try:
        own = sniff(path)
    except UserError:
        return table, ()
    other = table if own == encoding.format else read_table(path, own)
    if other is table or not _usable(other, encoding):
        return table, ()
    return other, (f"{other.name} is not written as the training data were; it is read as it looks "
                   f"({_in_words(own)}).",)  # fmt: skip


def _is_headless(table: Table, path: Source, encoding: TableEncoding) -> bool:
    """Whether what was read as names is the first row: numbers and words that are known."""
    if not sniff(path).header:
        return True
    named = _by_position(table, encoding)
    if named is None:
        return False
    cells = dict(
        zip((c.name for c in named.columns), (c.name for c in table.columns), strict=False)
    )
    known = [_may_hold(column, cells[column.source]) for column in encoding.columns]
    return sum(known) > len(known) / 2


def _may_hold(column: ColumnEncoding, cell: str) -> bool:
    if column.how.kind == "words":
        return cell in column.words
    return column.how.kind == "numbers" and column.how.notation.number(cell) is not None


def _in_words(format: TableFormat) -> str:
    header = "names in the first row" if format.header else "no names"
    return f"delimiter {format.delimiter}, decimal {format.decimal}, {header}"


def _usable(table: Table, encoding: TableEncoding) -> bool:
    """Whether the columns of the encoding can be found in a table."""
    try:
        _named(table, encoding)
    except UserError:
        return False
    return table.row_count > 0


def _without_header(
    table: Table, path: Source, encoding: TableEncoding
) -> tuple[Table, tuple[str, ...]]:
    """The table without a first row that holds names, though the training data had none."""
    numbers = [c for c in encoding.columns if c.how.kind == "numbers"]
    if encoding.format.header or table.row_count < 2 or not numbers:
        return table, ()
    named, _ = _named(table, encoding)
    cells = [named.column(c.source).cells for c in numbers]
    first = [None if c is None else c.words[c.codes[0]] for c in cells]
    notations = [column.how.notation for column in numbers]
    names = all(
        word and notation.number(word) is None
        for word, notation in zip(first, notations, strict=True)
    )
    if not names:
        return table, ()
    other = read_table(path, replace(encoding.format, header=True))
    renamed = replace(other, columns=tuple(
        replace(column, name=name.name)
        for column, name in zip(other.columns, table.columns, strict=False)
    ))  # fmt: skip
    return renamed, (f"The first row of {table.name} holds names and is no sample.",)


# ------------------------------------------------------------------ columns


def _named(table: Table, encoding: TableEncoding) -> tuple[Table, tuple[str, ...]]:
    """The table with its columns under the names of the encoding, and what to say about it."""
    wanted = encoding.sources
    present = [column.name for column in table.columns]
    absent = [name for name in wanted if name not in present]
    named = encoding.format.header
    if not absent and (named or len(present) == len(encoding.names) or not encoding.names):
        return table, _by_name_notes(encoding, present) if named else ()
    if len(absent) == len(wanted) or not named:
        by_position = _by_position(table, encoding)
        if by_position is not None:
            return by_position, _position_notes(encoding, present) if named else ()
    if not absent:
        return table, ()
    if len(absent) == len(wanted):
        raise UserError(
            f"{table.name} has {counted(len(present), 'column')} and none is called "
            f"{listed(wanted, 12)}.",
            f"Name its columns so, in any order, or leave only the {len(wanted)} inputs, in this "
            "order.",
        )
    raise UserError(
        f"{table.name} lacks {counted(len(absent), 'column')}: {listed(absent, 8)}.",
        f"The network needs columns of these names, in any order: {listed(wanted, 12)}.",
    )


def _by_position(table: Table, encoding: TableEncoding) -> Table | None:
    """The table with the names of the training data, where the number of columns tells which."""
    all_names = encoding.names
    without_targets = tuple(name for name in all_names if name not in encoding.targets)
    # Names that are all different from those of the inputs rather mean another table.
    many = () if table.format.header else (without_targets, all_names)
    for names in (encoding.sources, *many):
        if len(names) == len(table.columns):
            return _renamed(table, table.columns, names)
    numbers = [c for c in table.columns if c.cells is None and not np.isnan(c.values).all()]
    if len(numbers) == len(encoding.sources):
        return _renamed(table, numbers, encoding.sources)
    return None


def _renamed(table: Table, columns: Sequence[Column], names: Sequence[str]) -> Table:
    renamed = tuple(replace(column, name=name) for column, name in zip(columns, names, strict=True))
    return replace(table, columns=renamed)


def _by_name_notes(encoding: TableEncoding, present: list[str]) -> tuple[str, ...]:
    wanted = [name for name in present if name in encoding.sources]
    notes = []
    if wanted != [name for name in encoding.names if name in encoding.sources] and encoding.names:
        notes.append("The columns stand in another order than in the training data; they are "
                     "found by name.")  # fmt: skip
    extra = [name for name in present if name not in encoding.sources]
    if extra:
        notes.append(f"Not read by the network: {listed(extra)}.")
    return tuple(notes)


def _position_notes(encoding: TableEncoding, present: list[str]) -> tuple[str, ...]:
    return (f"No column has the name of an input; they are taken in the order "
            f"{listed(encoding.sources)}.",)  # fmt: skip


# ------------------------------------------------------------------ cells


def _refuse_missing(table: Table, encoding: TableEncoding, encoded: Encoded) -> None:
    """Raise `UserError` where the rule says that missing values stop the work."""
    for column in encoding.columns:
        lacking = encoded.lacking[column.source]
        if column.rule == "stop" and lacking.any():
            reading = Reading(table.column(column.source), column.how)
            raise missing_value(table, reading, int(lacking.argmax()), int(lacking.sum()))
        unknown = encoded.unknown[column.source]
        if column.rule == "stop" and unknown and not column.others:
            raise UserError(
                f"{table.name}: column {column.source!r} holds {_shown(unknown)}, which the "
                "network has never seen.",
                f"It knows: {listed(column.words, 12)}.",
            )


def _check_magnitude(table: Table, encoding: TableEncoding) -> None:
    for column in encoding.columns:
        if column.how.kind != "numbers":
            continue
        values = np.abs(np.nan_to_num(Reading(table.column(column.source), column.how).values))
        if values.max(initial=0.0) > MAXIMUM_VALUE:
            row = int(values.argmax())
            raise UserError(
                f"{table.name}, line {table.line(row)}: column {column.source!r} holds a value "
                f"beyond ±{MAXIMUM_VALUE:g}.",
                "Correct the value.",
            )


def _unknown_notes(encoding: TableEncoding, encoded: Encoded) -> tuple[str, ...]:
    notes = []
    for column in encoding.columns:
        unknown = encoded.unknown[column.source]
        if not unknown:
            continue
        what = {"words": "unknown words", "dates": "no dates"}.get(column.how.kind, "no numbers")
        taken = "counted among the others" if column.others else "treated as missing"
        if column.rule == "zero" and column.how.kind == "words" and not column.others:
            taken = "all inputs of this column are 0 there"
        notes.append(f"{column.source}: {what}, {taken}: {_shown(unknown)}.")
    return tuple(notes)


def _shown(words: Mapping[str, int]) -> str:
    """``'purple' (1), 'pink' (3)``, the most frequent first."""
    frequent = Counter(words).most_common()
    return listed([f"{word[:40]!r} ({count})" for word, count in frequent])


def _lag_notes(encoding: TableEncoding) -> tuple[str, ...]:
    if not encoding.lags:
        return ()
    return (f"The first {counted(encoding.lags, 'row')} have too few before them; what they lack "
            "is filled in.",)  # fmt: skip
