"""What the cells of a column are: numbers, words or dates; proposed by rule, settled by choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from neuralbuilder.data.notes import listed
from neuralbuilder.data.tables.dates import date_format
from neuralbuilder.data.tables.numbers import Notation, found_thousands, grouping
from neuralbuilder.data.tables.reading.format import INFINITE_WORDS, MISSING_WORDS
from neuralbuilder.data.tables.readings import KINDS, Cellwise, Kind, Reading
from neuralbuilder.data.tables.table import Column, Table

MAYBE_WORDS = frozenset(("-", "+", "none", "na", "n/a", "?", "."))
"""What may stand for a missing value, or be a word as good as any other."""
FREQUENT = 0.1
"""From this share of the filled cells on, and three of them, such a cell is a word."""

_MOST_ODD = 0.2
_SLIPS = 0.02
_MOSTLY = 1 - _MOST_ODD
_MANY_NUMBERS = 20
_NAMES = 50
_FEW_ROWS = 10


@dataclass(frozen=True)
class KindChoices:
    """What people have said about columns, by their names; the rest is proposed.

    `missing_words` are all cells that stand for a missing value, where any are given.
    `thousands` is a word of `THOUSANDS`, or auto.
    """

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    missing_words: tuple[str, ...] = ()
    thousands: str = "auto"


# ------------------------------------------------------------------ proposing


@dataclass(frozen=True, eq=False)
class Meaning:
    """A column as it is read, why it is passed over where it is no input ("" where it may be
    one), and what people should know about it.

    `kept` are cells such as NA that are words like the others, `missing` those that stand for a
    missing value, with how often they occur.
    """

    reading: Reading
    passed_over: str = ""
    notes: tuple[str, ...] = ()
    kept: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the column is called."""
        return self.reading.name

    @property
    def kind(self) -> Kind:
        """Numbers, words, dates, or empty."""
        return self.reading.kind


# What was found last, as a preview, the roles and the samples all ask for it.
_latest: list[tuple[Table, KindChoices, dict[str, Meaning]]] = []


def meanings(table: Table, choices: KindChoices | None = None) -> dict[str, Meaning]:
    """What all columns of a table mean, by their names."""
    chosen = choices or KindChoices()
    if _latest and _latest[0][0] is table and _latest[0][1] == chosen:
        return _latest[0][2]
    thousandths = _has_other_decimals(table)
    found = {
        column.name: _meaning(table, place, chosen, thousandths)
        for place, column in enumerate(table.columns)
    }
    _latest[:] = [(table, chosen, found)]
    return found


def _meaning(table: Table, place: int, choices: KindChoices, thousandths: bool) -> Meaning:
    column = table.columns[place]
    declared = table.kinds.get(column.name)
    chosen = choices.kinds.get(column.name) or (declared if declared in KINDS else None)
    missing, kept, gone = _missing_words(column, table, choices)
    found = _proposed(column, table.format.decimal, missing, choices.thousands)
    notes = found.notes
    how = found.how
    if chosen is not None and how.kind not in (chosen, "empty"):
        how = Cellwise(
            chosen, how.decimal, how.thousands,
            _chosen_format(column, missing) if chosen == "dates" else "", missing,
        )  # fmt: skip
    reading = Reading(column, how)
    if how.kind == "numbers" and column.cells is None and not thousandths:
        notes += _in_doubt(table, place)
    if reading.odd:
        notes += (_odd_note(table, reading),)
    over = "" if chosen is not None else _passed_over(table, place, reading)
    return Meaning(reading, over, notes, kept, gone)


def _missing_words(
    column: Column, table: Table, choices: KindChoices
) -> tuple[tuple[str, ...], dict[str, int], dict[str, int]]:
    """The cells that stand for a missing value in this column; which of the usual ones occur and
    are words all the same, and which do not.
    """
    usual = MISSING_WORDS - {""}
    if choices.missing_words:
        usual = frozenset(word.lower() for word in choices.missing_words) - {""}
    if column.cells is None:
        return tuple(sorted(usual)), {}, {}
    numbers = column.cells.counts().tolist()
    pairs = zip(column.cells.words, numbers, strict=True)
    counts = {word: count for word, count in pairs if word and count}
    found = {w: n for w, n in counts.items() if w.lower() in usual}
    others = {w: n for w, n in counts.items() if w not in found}
    maybe = {w: n for w, n in found.items() if w.lower() in MAYBE_WORDS}
    two, filled = len(others) + len(maybe) == 2, sum(counts.values())
    numbers_only = _mostly_numbers(others, table.format.decimal) if others else not two
    if choices.missing_words or not maybe or numbers_only:
        return tuple(sorted(usual)), {}, found
    kept = {w: n for w, n in maybe.items() if two or (n >= FREQUENT * filled and n > 2)}
    missing = tuple(sorted(usual - {word.lower() for word in kept}))
    return missing, kept, {w: n for w, n in found.items() if w.lower() in missing}


def meaning_notes(found: Sequence[Meaning]) -> tuple[str, ...]:
    """What people should know about some columns: first what stands for a missing value."""
    return (
        *_word_notes({m.name: m.kept for m in found},
                     "is a word like the others, not a missing value,"),
        *_word_notes({m.name: m.missing for m in found}, "stands for a missing value"),
        *(note for meaning in found for note in meaning.notes),
    )  # fmt: skip


def _word_notes(counts: Mapping[str, Mapping[str, int]], what: str) -> list[str]:
    words = dict.fromkeys(word for of_column in counts.values() for word in of_column)
    places = {
        word: [f"{name!r} ({n[word]})" for name, n in counts.items() if word in n] for word in words
    }
    return [f"{word!r} {what} in {listed(names)}." for word, names in places.items()]


def _mostly_numbers(counts: dict[str, int], decimal: str) -> bool:
    """Whether these cells are nearly all numbers."""
    notation = Notation(decimal, found_thousands(list(counts), decimal)[0])
    numbers = sum(count for word, count in counts.items() if notation.number(word) is not None)
    return numbers >= _MOSTLY * sum(counts.values())


@dataclass(frozen=True)
class _Found:
    how: Cellwise
    notes: tuple[str, ...] = ()


def _proposed(column: Column, decimal: str, missing: tuple[str, ...], thousands: str) -> _Found:
    """How this column is most likely meant."""
    if column.cells is None:
        kind: Kind = "empty" if np.isnan(column.values).all() else "numbers"
        return _Found(Cellwise(kind, decimal, _given(thousands), "", missing))
    gone = set(missing) | INFINITE_WORDS
    words = [word for word in column.cells.words if word and word.lower() not in gone]
    if not words:
        return _Found(Cellwise("empty", decimal, _given(thousands), "", missing))
    parting, notes = _thousands(column.name, words, decimal, thousands)
    how = Cellwise("numbers", decimal, parting, "", missing)
    if _are_numbers(column, how, words):
        return _Found(how, notes)
    format, swapped = date_format(words)
    if format and format != "%Y%m%d":
        notes = (_swapped_note(column.name, words[0], format),) if swapped else ()
        return _Found(Cellwise("dates", decimal, parting, format, missing), notes)
    return _Found(Cellwise("words", decimal, parting, "", missing))


def _given(thousands: str) -> str:
    return "none" if thousands == "auto" else thousands


def _thousands(
    name: str, words: list[str], decimal: str, choice: str
) -> tuple[str, tuple[str, ...]]:
    if choice != "auto":
        return choice, ()
    parting, found = found_thousands(words, decimal)
    if found.sure or not found.fits:
        return parting, ()
    whole = Notation(decimal, parting).number(found.example)
    fraction = Notation(parting).number(found.example)
    return parting, (
        f"Column {name!r}: {found.example} is read as {whole:.12g}, not as {fraction:.12g}; the "
        f"setting Thousands changes it.",
    )


def _are_numbers(column: Column, how: Cellwise, words: list[str]) -> bool:
    """Whether a column with these odd cells is one of numbers all the same.

    A column of words with some numbers among them is none: grades 1, 2, 3 and fail.
    """
    reading = Reading(column, how)
    numbers = reading.values[~np.isnan(reading.values)]
    odd = sum(n for w, n in reading.odd.items() if w.lower() not in INFINITE_WORDS)
    letters = any(
        any(sign.isalpha() for sign in word)
        for word in reading.odd
        if word.lower() not in INFINITE_WORDS
    )
    if odd == 0 or len(numbers) == 0:
        return len(numbers) > 0
    if odd >= len(numbers):
        return False
    if not letters:
        return True
    share, different = odd / (odd + len(numbers)), len(np.unique(numbers))
    if share <= _SLIPS and all(count == 1 for count in reading.odd.values()):
        return True
    many = different > _MANY_NUMBERS or different >= max(5, len(numbers) / 2)
    return share <= _MOST_ODD and many


def _chosen_format(column: Column, missing: tuple[str, ...]) -> str:
    """The format of a column that is said to hold dates, judged by most of its cells."""
    words = Reading(column, Cellwise("words", missing_words=missing)).cells[0]
    filled = [word for word in words if word]
    format, _ = date_format(filled)
    return format or date_format(filled[:1])[0] or "ISO8601"


def _swapped_note(name: str, word: str, format: str) -> str:
    order = "month first" if format.startswith("%m") else "day first"
    return f"Column {name!r}: dates such as {word} are read with the {order}."


def _odd_note(table: Table, reading: Reading) -> str:
    what = "date" if reading.kind == "dates" else "finite number"
    words = reading.odd
    first = next(iter(words))
    cells = reading.column.cells
    assert cells is not None
    line = table.line(cells.first_row(cells.words.index(first)))
    return (
        f"Column {reading.name!r}: {sum(words.values())} not a {what}, treated as missing "
        f"(line {line}: {first[:40]!r})."
    )


# ------------------------------------------------------------------ thousands in doubt


def _has_other_decimals(table: Table) -> bool:
    """Whether a number among the first rows has a decimal sign with another count of digits
    behind it than three, so that it parts no thousands.
    """
    sign = {"point": ".", "comma": ","}[table.format.decimal]
    for row in table.head:
        for cell in row:
            front, found, behind = cell.strip().partition(sign)
            if found and behind.isdecimal() and len(behind) != 3 and front.isdecimal():
                return True
            if found and front == "0":
                return True
    return False


def _in_doubt(table: Table, place: int) -> tuple[str, ...]:
    """A note where a decimal sign in all of a column looks like one that parts thousands."""
    decimal = table.format.decimal
    if table.format.delimiter == "comma" and decimal == "point":
        return ()
    found = grouping([row[place] for row in table.head if place < len(row)], decimal)
    if not found.fits or (decimal == "point" and not found.varied):
        return ()
    fraction = Notation(decimal).number(found.example)
    if fraction is None:
        return ()
    return (
        f"Column {table.columns[place].name!r}: {found.example} is read as {fraction:.12g}, not as "
        f"{fraction * 1000:.12g}; the setting Thousands changes it.",
    )


# ------------------------------------------------------------------ columns that say nothing


def _passed_over(table: Table, place: int, reading: Reading) -> str:
    """Why a column is proposed as ignored; "" where it is not."""
    if reading.kind == "empty":
        return "without any values"
    if reading.kind == "numbers" and _counts_rows(table, place, reading):
        return "counts the rows"
    if reading.kind == "words" and table.row_count > _FEW_ROWS:
        different, filled = len(reading.counts), sum(reading.counts.values())
        if different == filled:
            return f"{different} different words"
        if different > _NAMES and different > filled / 2:
            return f"{different} different words in {filled} rows"
    return ""


_ROW_NAMES = frozenset(("", "index", "unnamed: 0", "id", "row", "rownames", "row number", "nr"))


def _counts_rows(table: Table, place: int, reading: Reading) -> bool:
    if reading.name.lower() not in _ROW_NAMES and reading.name != f"column {place + 1}":
        return False
    values = reading.values
    if len(values) < 3 or values[0] not in (0.0, 1.0) or len(table.columns) < 3:
        return False
    return bool((values == values[0] + np.arange(len(values))).all())
