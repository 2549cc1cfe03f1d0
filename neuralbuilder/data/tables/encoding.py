"""How the columns of a table become the inputs of a network: the same for training and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array
from neuralbuilder.data.tables.dates import PARTS, days, recurring
from neuralbuilder.data.tables.derived import Derived, derived_column
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.readings import KINDS, Cellwise, Reading
from neuralbuilder.data.tables.table import Table
from neuralbuilder.problems import UserError

Rule = Literal["keep", "drop", "stop", "mean", "median", "most_frequent", "word", "zero"]
RULES: tuple[Rule, ...] = (
    "keep", "drop", "mean", "median", "most_frequent", "word", "zero", "stop",
)  # fmt: skip
"""What to do where a value is missing; keep is the median for numbers, a word of its own for
words."""

OTHERS = "(others)"
MISSING = "(missing)"


@dataclass(frozen=True)
class ColumnEncoding:
    """How one column becomes inputs.

    Words are one input of 0 and 1 for each of `words`, and one for all `others` where that is
    set. Dates are the days since `origin`, and a sine and a cosine for each of `parts`. Where
    `missing_input` is set, one more input says with 1 that the value is missing. What is only
    named in formulas is no input itself (`is_input`).
    """

    source: str
    how: Cellwise = field(default_factory=Cellwise)
    rule: Rule = "keep"
    words: tuple[str, ...] = ()
    others: bool = False
    missing_input: bool = False
    origin: str = "1970-01-01T00:00:00"
    parts: tuple[str, ...] = ()
    is_input: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its inputs."""
        if not self.is_input:
            return ()
        last = (f"{self.source} = {MISSING}",) if self.missing_input else ()
        if self.how.kind != "words":
            turns = (f"{self.source} {part} {wave}" for part in self.parts for wave in _WAVES)
            return (self.source, *turns, *last)
        others = (OTHERS,) if self.others else ()
        return (*(f"{self.source} = {word}" for word in (*self.words, *others)), *last)

    def numbers(self, reading: Reading) -> Array:
        """The column as numbers: days since the origin for dates; NaN where there is none."""
        if self.how.kind == "dates":
            return days(reading.times, self.origin)
        values = reading.values
        return np.where(np.isnan(values), 0.0, values) if self.rule == "zero" else values


_WAVES = ("sin", "cos")


@dataclass(frozen=True)
class TableEncoding:
    """How a table becomes the inputs of a network.

    `names` are all columns of the table that was trained on, in order; `targets` those that it
    was trained to give. `derived` are formulas over columns. With `lags` above 0 the inputs of so
    many rows before a row are inputs as well.
    """

    format: TableFormat
    names: tuple[str, ...]
    columns: tuple[ColumnEncoding, ...]
    targets: tuple[str, ...] = ()
    derived: tuple[Derived, ...] = ()
    lags: int = 0

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of all inputs, in order."""
        own = self._own_names
        return (*own, *(f"{n} −{lag}" for lag in range(1, self.lags + 1) for n in own))

    @property
    def _own_names(self) -> tuple[str, ...]:
        of_columns = tuple(name for column in self.columns for name in column.names)
        return of_columns + tuple(formula.name for formula in self.derived)

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that a table must have."""
        return tuple(column.source for column in self.columns)

    def fill(self, x: Array) -> Array:
        """What takes the place of NaN in each input, fitted to the training rows `x`.

        The mean, or the median, of numbers; for words the most frequent one. 0 where no row of
        `x` has a value.
        """
        own = self._own_fill(x[:, : len(self._own_names)])
        return np.tile(own, 1 + self.lags)

    def _own_fill(self, x: Array) -> Array:
        found = np.zeros(x.shape[1])
        at = 0
        for column in self.columns:
            width = len(column.names)
            block = x[:, at : at + width]
            if width:
                found[at : at + width] = _fill_of(column, block)
            at += width
        for place in range(at, x.shape[1]):
            found[place] = _middle(x[:, place], "median")
        return found


def _fill_of(column: ColumnEncoding, block: Array) -> Array:
    found = np.zeros(block.shape[1])
    if column.how.kind == "words":
        known = block[~np.isnan(block[:, 0])]
        if len(known):
            found[int(known.sum(axis=0).argmax())] = 1.0
        return found
    found[0] = _middle(block[:, 0], column.rule)
    return found


def _middle(values: Array, rule: str) -> float:
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0
    if rule == "mean":
        return float(known.mean())
    if rule == "most_frequent":
        different, counts = np.unique(known, return_counts=True)
        return float(different[counts.argmax()])
    return float(np.median(known))


# ------------------------------------------------------------------ encoding


@dataclass(frozen=True, eq=False)
class Encoded:
    """A table as inputs: `x` (rows, inputs) with NaN where a value is missing.

    `unknown` are, for each column, the cells that the encoding does not know, with how often they
    occur: other words, or what is no number or date. `lacking` are the rows without a usable value
    in each column, before any rule; `undefined` how often a formula has no value though all its
    columns have one.
    """

    x: Array
    unknown: Mapping[str, Mapping[str, int]]
    lacking: Mapping[str, NDArray[np.bool_]]
    undefined: Mapping[str, int]


def encode(
    table: Table, encoding: TableEncoding, known: Mapping[str, Reading] | None = None
) -> Encoded:
    """The inputs that a table makes; its columns are found by name, whatever their order.

    `known` are columns that have been read already in the way of the encoding. Raises `UserError`
    for a column that is not there.
    """
    readings = known or {c.source: Reading(table.column(c.source), c.how) for c in encoding.columns}
    own = len(encoding._own_names)
    x = np.empty((table.row_count, own * (1 + encoding.lags)))
    unknown: dict[str, Mapping[str, int]] = {}
    lacking: dict[str, NDArray[np.bool_]] = {}
    at = 0
    for column in encoding.columns:
        reading = readings[column.source]
        width = len(column.names)
        unknown[column.source] = _put(column, reading, x[:, at : at + width])
        lacking[column.source] = reading.absent
        at += width
    values = {c.source: c.numbers(readings[c.source]) for c in encoding.columns
              if encoding.derived and c.how.kind != "words"}  # fmt: skip
    undefined: dict[str, int] = {}
    for formula in encoding.derived:
        result, bare = derived_column(formula, values, table.row_count)
        values[formula.name] = x[:, at] = result
        undefined[formula.name] = bare
        at += 1
    for lag in range(1, encoding.lags + 1):
        shifted = x[:, lag * own : (lag + 1) * own]
        shifted[:lag] = np.nan
        shifted[lag:] = x[: max(0, len(x) - lag), :own]
    return Encoded(x, unknown, lacking, undefined)


def _put(column: ColumnEncoding, reading: Reading, block: Array) -> Mapping[str, int]:
    """Fill the inputs of one column; returns the cells it does not know."""
    if column.how.kind == "words":
        return _put_words(column, reading, block)
    if not column.is_input:
        return reading.odd
    block[:, 0] = column.numbers(reading)
    at = 1
    for part in column.parts:
        block[:, at], block[:, at + 1] = recurring(reading.times, part)
        at += 2
    if column.missing_input:
        block[:, at] = reading.absent
    return reading.odd


def _put_words(column: ColumnEncoding, reading: Reading, block: Array) -> Mapping[str, int]:
    words, codes = reading.cells
    places = {word: place for place, word in enumerate(column.words)}
    others = len(places) if column.others else None
    missing = len(places) + int(column.others) if column.missing_input else None
    rows = np.zeros((len(words), block.shape[1]))
    for code, word in enumerate(words):
        place = places.get(word, others) if word else missing
        if place is None and word:
            place = missing
        if place is not None:
            rows[code, place] = 1.0
        elif column.rule != "zero":
            rows[code] = np.nan
    block[:] = rows[codes]
    return {word: count for word, count in reading.counts.items() if word not in places}


# ------------------------------------------------------------------ to and from plain data


def encoding_to_dict(encoding: TableEncoding) -> dict[str, Any]:
    """The encoding as plain data for a file."""
    return asdict(encoding)


def encoding_from_dict(data: Any) -> TableEncoding:
    """The encoding in plain data; raises `UserError` where it makes no sense.

    What this program does not know is passed over.
    """
    wrong = UserError("The description of the table in the file is damaged.", "")
    try:
        found = TableEncoding(
            format=_made(TableFormat, data["format"]),
            names=_words(data["names"]),
            columns=tuple(_column(column) for column in data["columns"]),
            targets=_words(data["targets"]),
            derived=tuple(_made(Derived, formula) for formula in data["derived"]),
            lags=data["lags"],
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        raise wrong from None
    fits = type(found.lags) is int and 0 <= found.lags <= 1000
    if not fits or not all(_makes_sense(column) for column in found.columns):
        raise wrong
    return found


def _column(data: Any) -> Any:
    how = data["how"]
    cells = _made(Cellwise, {**how, "missing_words": _words(how["missing_words"])})
    plain = {**data, "how": cells, "words": _words(data["words"]), "parts": _words(data["parts"])}
    return _made(ColumnEncoding, plain)


def _made(cls: Any, data: Any) -> Any:
    known = {f.name for f in fields(cls)}
    return cls(**{name: value for name, value in data.items() if name in known})


def _words(found: Any) -> tuple[str, ...]:
    if not isinstance(found, (list, tuple)) or not all(isinstance(word, str) for word in found):
        raise TypeError
    return tuple(found)


def _makes_sense(column: ColumnEncoding) -> bool:
    texts = (column.source, column.origin, column.how.date_format)
    return (
        all(isinstance(text, str) for text in texts)
        and column.how.kind in KINDS
        and column.rule in RULES
        and all(part in PARTS for part in column.parts)
    )
