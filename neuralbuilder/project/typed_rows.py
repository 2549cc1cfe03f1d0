"""A row that people type: what it consists of, and the input that it makes for the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from neuralbuilder.data.samples import Array, Samples
from neuralbuilder.data.tables.dates import read_dates
from neuralbuilder.data.tables.encoding import (
    MISSING,
    OTHERS,
    ColumnEncoding,
    TableEncoding,
    encode,
)
from neuralbuilder.data.tables.table import Cells, Column, Table
from neuralbuilder.problems import UserError

Value = float | str | None
"""A number, a word, a date as it is written; None where it is missing."""
_ISO = "ISO8601"


@dataclass(frozen=True)
class RowField:
    """One thing to be typed: a number, a word, or a date.

    `low` and `high` are the ends of a number in the data, equal where there is no range; `whole`
    says that it is a whole number in all of them. `words` are the ones that can be chosen.
    `sample` is a date as it has to be written.
    """

    name: str
    kind: Literal["numbers", "words", "dates"] = "numbers"
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    words: tuple[str, ...] = ()
    sample: str = ""
    may_be_missing: bool = False


@dataclass(frozen=True, eq=False)
class TypedRow:
    """How rows are typed for a network that learns from `samples`, which are no images.

    There is a field for each column of their table, or for each input where they are from none.
    """

    samples: Samples

    @cached_property
    def fields(self) -> tuple[RowField, ...]:
        """What there is to be typed, in order."""
        encoding = self.samples.encoding
        if encoding is None:
            places = range(len(self.samples.input_names))
            return tuple(self._number(self.samples.input_names[at], at) for at in places)
        return tuple(self._field(column, start) for column, start in _starts(encoding.columns))

    def values(self, row: int) -> tuple[Value, ...]:
        """What stands in a row of the samples; None where nothing does, or where it is unknown."""
        x = self.samples.x[row]
        encoding = self.samples.encoding
        if encoding is None:
            return tuple(x.tolist())
        return tuple(
            _value(column, x[start : start + len(column.names)])
            for column, start in _starts(encoding.columns)
        )

    def inputs(self, values: Sequence[Value], row: int) -> Array:
        """The inputs (inputs,) of the values of all fields, NaN where one is missing.

        What the network reads of rows before is that of a `row` of the samples. Raises `UserError`
        for a text that is no date.
        """
        encoding = self.samples.encoding
        if encoding is None:
            return np.array([np.nan if value is None else value for value in values], np.float64)
        columns = tuple(map(_cell, encoding.columns, values))
        table = Table("The row", encoding.format, columns, 1, (), lambda line: line + 1)
        found: Array = encode(table, encoding).x[0]
        own = len(found) // (1 + encoding.lags)
        found[own:] = self.samples.x[row, own:]
        return found

    def _field(self, column: ColumnEncoding, start: int) -> RowField:
        missing = column.rule != "stop"
        if column.how.kind == "words":
            words = (*column.words, *((OTHERS,) if column.others else ()))
            return RowField(column.source, "words", words=words, may_be_missing=missing)
        if column.how.kind == "dates":
            sample = _written(column, 0.0)
            return RowField(column.source, "dates", sample=sample, may_be_missing=missing)
        if not column.is_input:  # only formulas read it, and the samples do not hold it
            return RowField(column.source, may_be_missing=missing)
        return self._number(column.source, start, missing)

    def _number(self, name: str, at: int, missing: bool = False) -> RowField:
        values = self.samples.x[:, at]
        known = values[~np.isnan(values)]
        if not len(known):
            return RowField(name, may_be_missing=missing)
        whole = bool((known == np.rint(known)).all())
        low, high = float(known.min()), float(known.max())
        return RowField(name, "numbers", low, high, whole, may_be_missing=missing)


def _starts(columns: Sequence[ColumnEncoding]) -> list[tuple[ColumnEncoding, int]]:
    """Each column with the place of its first input."""
    widths = [len(column.names) for column in columns]
    starts = np.cumsum([0, *widths[:-1]]).tolist()
    return list(zip(columns, starts, strict=True))


def _value(column: ColumnEncoding, block: Array) -> Value:
    """What the inputs of one column say."""
    if column.how.kind == "words":
        names = [*column.words, *((OTHERS,) if column.others else ()), MISSING]
        is_known = bool(block.any()) and not np.isnan(block[0])
        word = names[int(block.argmax())] if is_known else MISSING
        return None if word == MISSING else word
    if not column.is_input or np.isnan(block[0]):
        return None
    return _written(column, float(block[0])) if column.how.kind == "dates" else float(block[0])


def _written(column: ColumnEncoding, days: float) -> str:
    """So many days since the origin of the column, as its dates are written."""
    seconds = np.timedelta64(round(days * 86_400), "s")
    moment = (np.datetime64(column.origin, "s") + seconds).astype(object)
    if column.how.date_format != _ISO:
        return str(moment.strftime(column.how.date_format))
    at_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return str(moment.date().isoformat() if at_midnight else moment.isoformat(" "))


def _cell(column: ColumnEncoding, value: Value) -> Column:
    """A column with one cell; raises `UserError` for a text that is no date."""
    if column.how.kind == "numbers":
        return Column(column.source, np.array([np.nan if value is None else value], np.float64))
    text = "" if value is None else str(value).strip()
    if column.how.kind == "dates" and text and not _is_date(text, column.how.date_format):
        raise UserError(
            f"{column.source}: {text[:40]!r} is no date.", f"Write it as {_written(column, 0.0)}."
        )
    cells = Cells((text,), np.zeros(1, np.int32))
    return Column(column.source, np.array([np.nan]), cells)


def _is_date(text: str, format: str) -> bool:
    return not np.isnat(read_dates([text], format)).any()


def lags_of(encoding: TableEncoding | None) -> int:
    """How many rows before it the network reads with every row."""
    return 0 if encoding is None else encoding.lags
