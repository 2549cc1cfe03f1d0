"""What was put in the place of missing values, in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array
from neuralbuilder.data.tables.encoding import ColumnEncoding, TableEncoding

_MOST = 12
_MIDDLES = {"mean": "mean", "most_frequent": "most frequent value"}


def fill_notes(x: Array, encoding: TableEncoding, fill: Array) -> tuple[str, ...]:
    """Sentences such as ``horsepower: 6 filled with the median 93.5``.

    `x` are inputs with NaN where a value is missing, and `fill` is what takes their place. Of words
    it is also said how often *missing* counts as a word.
    """
    notes = []
    at = 0
    for column in encoding.columns:
        width = len(column.names)
        if width:
            block = x[:, at : at + width]
            count = int(np.isnan(block[:, 0]).sum())
            if count:
                taken = _taken(column, fill[at : at + width])
                notes.append(f"{column.source}: {count} filled with {taken}.")
            elif column.missing_input and column.how.kind == "words":
                notes += _own_word(column, int(block[:, -1].sum()))
        at += width
    for formula in encoding.derived:
        count = int(np.isnan(x[:, at]).sum())
        if count:
            notes.append(f"{formula.name}: {count} filled with the median {fill[at]:.6g}.")
        at += 1
    if len(notes) > _MOST:
        rest = len(notes) - _MOST
        notes = [*notes[:_MOST], f"… and missing values of {rest} more columns filled likewise."]
    return tuple(notes)


def zero_notes(
    encoding: TableEncoding, lacking: Mapping[str, NDArray[np.bool_]]
) -> tuple[str, ...]:
    """Sentences about the columns whose rule puts 0 where a value is missing, which their inputs
    no longer show. `lacking` are the rows without a value in each column.
    """
    notes = []
    for column in encoding.columns:
        count = int(lacking[column.source].sum())
        if column.rule == "zero" and count and column.how.kind != "dates":
            words = column.how.kind == "words"
            done = "missing, where all its inputs are 0" if words else "filled with 0"
            notes.append(f"{column.source}: {count} {done}.")
    return tuple(notes)


def _own_word(column: ColumnEncoding, count: int) -> list[str]:
    return [f"{column.source}: {count} missing, which counts as a word."] if count else []


def _taken(column: ColumnEncoding, fill: Array) -> str:
    """What takes the place of a missing value of this column."""
    if column.how.kind == "words":
        if not fill.any():
            return "0, as no row has a word"
        return f"the most frequent word {column.names[int(fill.argmax())].split(' = ', 1)[1]!r}"
    middle = f"the {_MIDDLES.get(column.rule, 'median')}"
    if column.how.kind == "dates":
        moment = np.datetime64(column.origin, "s") + np.timedelta64(round(fill[0] * 86400), "s")
        return f"{middle} {str(moment).replace('T', ' ')}"
    return f"{middle} {fill[0]:.6g}"
