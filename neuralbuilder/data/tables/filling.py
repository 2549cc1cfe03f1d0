"""What was put in the place of missing values, in words."""

from __future__ import annotations

import numpy as np

from neuralbuilder.data.samples import Array
from neuralbuilder.data.tables.encoding import ColumnEncoding, TableEncoding

_MOST = 12
_MIDDLES = {"mean": "mean", "most_frequent": "most frequent value"}


def fill_notes(x: Array, encoding: TableEncoding, fill: Array) -> tuple[str, ...]:
    """Sentences such as ``horsepower: 6 filled with the median 93.5``.

    `x` are inputs with NaN where a value is missing, and `fill` is what takes their place.
    """
    notes = []
    at = 0
    for column in encoding.columns:
        width = len(column.names)
        if width:
            count = int(np.isnan(x[:, at]).sum())
            if count:
                taken = _taken(column, fill[at : at + width])
                notes.append(f"{column.source}: {count} filled with {taken}.")
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
