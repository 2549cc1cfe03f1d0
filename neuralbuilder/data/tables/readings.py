"""The cells of a column read as numbers, words or dates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array
from neuralbuilder.data.tables.dates import Times, days, read_dates
from neuralbuilder.data.tables.numbers import Notation
from neuralbuilder.data.tables.reading.format import MISSING_WORDS
from neuralbuilder.data.tables.table import Column, plain_numbers

Kind = Literal["numbers", "words", "dates", "empty"]
KINDS: tuple[Kind, ...] = ("numbers", "words", "dates")


@dataclass(frozen=True)
class Cellwise:
    """How to read the cells of one column.

    `missing_words` are the cells, in lower case, that stand for a missing value beside the empty
    one; `decimal` and `thousands` say how numbers are written, `date_format` how dates are.
    """

    kind: Kind = "numbers"
    decimal: str = "point"
    thousands: str = "none"
    date_format: str = ""
    missing_words: tuple[str, ...] = tuple(sorted(MISSING_WORDS - {""}))

    @property
    def notation(self) -> Notation:
        """How the numbers are written."""
        return Notation(self.decimal, self.thousands)


@dataclass(frozen=True, eq=False)
class Reading:
    """A column read in one way."""

    column: Column
    how: Cellwise

    @property
    def name(self) -> str:
        """What the column is called."""
        return self.column.name

    @property
    def kind(self) -> Kind:
        """Numbers, words, dates, or empty."""
        return self.how.kind

    @cached_property
    def cells(self) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """The different cells, and which of them stands in each row.

        A plain number is written in one way only, however it stands in the file; "" is missing.
        """
        if self.column.cells is None:
            numbers, codes = np.unique(self.column.values, return_inverse=True)
            return tuple(map(_written, numbers.tolist())), codes.astype(np.int32)
        words = self.column.cells.words
        plain = plain_numbers(words, self.how.decimal).tolist()
        return (
            tuple(
                "" if self._is_missing(word) else word if number != number else _written(number)
                for word, number in zip(words, plain, strict=True)
            ),
            self.column.cells.codes,
        )

    def _is_missing(self, word: str) -> bool:
        return word == "" or word.lower() in self._missing_words

    @cached_property
    def _missing_words(self) -> frozenset[str]:
        return frozenset(self.how.missing_words)

    @cached_property
    def times(self) -> Times:
        """The moments of a column of dates, NaT where there is none."""
        words, codes = self.cells
        return read_dates(words, self.how.date_format)[codes]

    @cached_property
    def values(self) -> Array:
        """Numbers, or days since 1970 of dates; NaN where there is none."""
        if self.kind == "dates":
            return days(self.times)
        cells = self.column.cells
        if cells is None or self.kind != "numbers":
            return self.column.values
        numbers = np.full(len(cells.words), np.nan)
        numbers[cells.codes] = self.column.values
        notation = self.how.notation
        for code in np.flatnonzero(np.isnan(numbers)).tolist():
            word = cells.words[code]
            found = None if self._is_missing(word) else notation.number(word)
            numbers[code] = np.nan if found is None or np.isinf(found) else found
        return numbers[cells.codes]

    @cached_property
    def absent(self) -> NDArray[np.bool_]:
        """The rows without a usable value."""
        if self.kind in ("numbers", "dates"):
            return np.isnan(self.values)
        words, codes = self.cells
        return np.array([word == "" for word in words], dtype=np.bool_)[codes]

    @cached_property
    def odd(self) -> dict[str, int]:
        """Cells that are neither missing nor of this kind, with how often they occur."""
        if self.kind not in ("numbers", "dates") or self.column.cells is None:
            return {}
        cells = self.column.cells
        lacking = np.zeros(len(cells.words), dtype=np.bool_)
        lacking[cells.codes] = self.absent
        counts = cells.counts()
        return {
            word: int(counts[code])
            for code, word in enumerate(cells.words)
            if lacking[code] and counts[code] and not self._is_missing(word)
        }

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each different cell occurs, without those that stand for a missing value."""
        words, codes = self.cells
        counted: dict[str, int] = {}
        numbers = np.bincount(codes, minlength=len(words)).tolist()
        for word, count in zip(words, numbers, strict=True):
            if word and count:
                counted[word] = counted.get(word, 0) + count
        return counted


def _written(number: float) -> str:
    if number != number:
        return ""
    if number == int(number) and abs(number) < 2**53:
        return str(int(number))
    return f"{number:.12g}"
