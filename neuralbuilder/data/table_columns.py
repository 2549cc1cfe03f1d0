"""Columns of a table as inputs, classes and 0/1 columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import Array
from neuralbuilder.data.table import Column, Table
from neuralbuilder.data.table_format import INFINITE_WORDS, is_missing, is_number
from neuralbuilder.data.tasks import MAXIMUM_CLASSES
from neuralbuilder.problems import UserError

MAXIMUM_VALUE = 1e100
MAXIMUM_CATEGORIES = 50
KEPT_WORDS = 100_000
_FEW_WHOLE_NUMBERS = 10

Rows = NDArray[np.intp]
Classes = tuple[Array, tuple[str, ...], Literal["classification"], tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Reading:
    """What the cells of a column mean: how many are missing, infinite or unreadable as a number.

    `odd_cell` is the row of the first unreadable cell and what it holds.
    """

    column: Column
    missing: int
    infinite: int
    unreadable: int
    odd_cell: tuple[int, str] | None

    @property
    def name(self) -> str:
        """What the column is called."""
        return self.column.name

    @property
    def values(self) -> Array:
        """The numbers, NaN where a cell is missing, infinite or unreadable."""
        return self.column.values

    @property
    def kind(self) -> str:
        """Number, text or empty; mostly unreadable cells make a text."""
        readable = len(self.values) - self.missing - self.infinite - self.unreadable
        if self.unreadable > readable:
            return "text"
        return "number" if readable else "empty"

    @cached_property
    def words(self) -> NDArray[Any] | None:
        """The cells of a text, "" where missing; None for others, and for far too many words."""
        cells = self.column.cells
        if cells is None or self.kind != "text" or len(cells.words) > KEPT_WORDS:
            return None
        words = ["" if is_missing(word) else word for word in cells.words]
        return np.array(words, dtype=object)[cells.codes]


def reading(column: Column, decimal: str = "point") -> Reading:
    """What the cells of a column mean, in a table with this decimal sign."""
    if column.cells is None:
        return Reading(column, int(np.isnan(column.values).sum()), 0, 0, None)
    counts = {"missing": 0, "infinite": 0, "unreadable": 0}
    odd = None
    numbers = column.cells.counts().tolist()
    for code, (word, count) in enumerate(zip(column.cells.words, numbers, strict=True)):
        meaning = _meaning(word, decimal)
        if meaning == "unreadable" and odd is None:  # words come in the order of their rows
            odd = (column.cells.first_row(code), word[:40])
        if meaning != "number":
            counts[meaning] += count
    return Reading(column, odd_cell=odd, **counts)


def _meaning(word: str, decimal: str) -> str:
    if is_missing(word):
        return "missing"
    if word.lower() in INFINITE_WORDS:
        return "infinite"
    if not is_number(word, decimal):
        return "unreadable"
    finite = np.isfinite(float(word.replace(",", ".")))
    return "number" if finite else "infinite"


def readings(table: Table) -> tuple[Reading, ...]:
    """What all columns of a table mean."""
    return tuple(reading(column, table.format.decimal) for column in table.columns)


@dataclass(frozen=True, eq=False)
class Encoded:
    """Inputs as numbers: shape (rows, names)."""

    x: Array
    names: tuple[str, ...]
    notes: tuple[str, ...]


def encode_inputs(table: Table, columns: list[Reading], rows: Rows) -> Encoded:
    """Numbers as they are (the column's mean where missing), words as one 0/1 input each."""
    parts: list[Array] = []
    names: list[str] = []
    filled: list[str] = []
    notes: list[str] = []
    for column in columns:
        if column.kind == "text":
            words = _categories(table, column, rows)
            parts += [encode_categories(column, word)[rows] for word in words]
            names += [f"{column.name} = {word}" for word in words]
            notes.append(f"The words of {column.name!r} are {len(words)} inputs of 0 and 1.")
            continue
        values, count = _filled(column, rows)
        parts.append(values)
        names.append(column.name)
        if count:
            filled.append(f"{count} in {column.name!r}")
    if filled:
        notes.append(f"Missing values replaced by the column's mean: {listed(filled)}.")
    return Encoded(np.ascontiguousarray(np.stack(parts, axis=1)), tuple(names), tuple(notes))


def _filled(column: Reading, rows: Rows) -> tuple[Array, int]:
    values = column.values[rows]
    lacking = np.isnan(values)
    if lacking.any():
        values[lacking] = values[~lacking].mean() if not lacking.all() else 0.0
    return values, int(lacking.sum())


def _categories(table: Table, column: Reading, rows: Rows) -> list[str]:
    found = [] if column.words is None else sorted(set(column.words[rows]))
    if column.words is None or len(found) > MAXIMUM_CATEGORIES:
        count = "more than 100000" if column.words is None else str(len(found))
        row, cell = column.odd_cell or (0, "")
        raise UserError(
            f"{table.name}: the input {column.name!r} is a text with {count} different words "
            f"(line {table.line(row)}: {cell!r}).",
            f"Leave it out; at most {MAXIMUM_CATEGORIES} words can become inputs of 0 and 1.",
        )
    return found


def encode_categories(column: Reading, word: str) -> Array:
    """1 in the rows where the column holds this word, else 0."""
    if column.words is None:
        as_text = np.array([f"{value:.12g}" for value in column.values], dtype=object)
        return np.asarray(as_text == word, dtype=np.float64)
    return np.asarray(column.words == word, dtype=np.float64)


def is_class_column(column: Reading, rows: Rows) -> bool:
    """Whether a target looks like classes: words, 0 and 1, or few and often repeated whole
    numbers.
    """
    if column.kind == "text":
        return True
    values = column.values[rows]
    if not (values == np.round(values)).all():
        return False
    different = np.unique(values)
    if different.tolist() == [0.0, 1.0]:
        return True
    distinct = len(different)
    return 1 < distinct <= _FEW_WHOLE_NUMBERS and len(rows) >= 5 * distinct


def class_columns(table: Table, column: Reading, rows: Rows) -> Classes:
    """One 0/1 column per class of `column`; refuses one class, or far too many."""
    if column.kind == "text":
        labels = _words(table, column)[rows]
        names, classes = np.unique(labels.astype(str), return_inverse=True)
        shown = tuple(str(name) for name in names)
    else:
        numbers, classes = np.unique(column.values[rows], return_inverse=True)
        shown = tuple(f"{number:.12g}" for number in numbers)
    _check_classes(table, column, shown, len(rows))
    notes = _class_notes(shown, classes)
    y = np.zeros((len(rows), len(shown)))
    y[np.arange(len(rows)), classes] = 1.0
    return y, shown, "classification", notes


def _words(table: Table, column: Reading) -> NDArray[np.object_]:
    if column.words is None:
        raise UserError(
            f"{table.name}: the target {column.name!r} has more than 100000 different words.",
            "Choose a target with classes or numbers.",
        )
    return column.words


def _check_classes(table: Table, column: Reading, names: tuple[str, ...], rows: int) -> None:
    if len(names) < 2:
        raise UserError(
            f"{table.name}: the target {column.name!r} has a single class, {names[0]!r}.",
            "There is nothing to tell apart; choose another target.",
        )
    if len(names) > MAXIMUM_CLASSES:
        raise UserError(
            f"{table.name}: the target {column.name!r} has {len(names)} classes in {rows} rows; "
            f"at most {MAXIMUM_CLASSES} are possible.",
            "Choose another target, or set the task to quantities if it is a number.",
        )


def _class_notes(names: tuple[str, ...], classes: NDArray[np.intp]) -> tuple[str, ...]:
    notes = []
    counts = np.bincount(classes, minlength=len(names))
    single = [name for name, count in zip(names, counts, strict=True) if count == 1]
    if single:
        shown = ", ".join(single[:5]) + (" …" if len(single) > 5 else "")
        notes.append(f"Classes with a single row, never tested: {len(single)} ({shown}).")
    return tuple(notes)
