"""Columns computed from others: ``area = width * height``, in the language of the data formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neuralbuilder.data.expressions import (
    ALIASES,
    CONSTANTS,
    FUNCTIONS,
    Expression,
    evaluate,
    parse_expression,
)
from neuralbuilder.data.samples import Array
from neuralbuilder.data.tokens import FormulaError, Token, tokens
from neuralbuilder.problems import SettingError

MAXIMUM_VALUE = 1e100
MAXIMUM_DERIVED = 64


@dataclass(frozen=True)
class Derived:
    """A column with its name and the formula that gives its values."""

    name: str
    formula: str

    def __str__(self) -> str:
        return f"{self.name} = {self.formula}"


def parse_derived(text: str) -> tuple[Derived, ...]:
    """The formulas in a text that separates them by ; or line ends.

    Each has a name before its =. Raises `SettingError` that names the formula.
    """
    parts = [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]
    if len(parts) > MAXIMUM_DERIVED:
        raise SettingError("derived", f"{len(parts)} derived columns are given.",
                           f"Give at most {MAXIMUM_DERIVED}.")  # fmt: skip
    found = tuple(_parsed(part, place) for place, part in enumerate(parts, start=1))
    names = [formula.name for formula in found]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise SettingError("derived", f"Two derived columns are called {name!r}.",
                               "Give each its own name.")  # fmt: skip
    return found


def _parsed(text: str, place: int) -> Derived:
    name, sign, formula = (part.strip() for part in text.partition("="))
    if not sign:
        name, formula = text, text
    if not name or not formula:
        raise SettingError("derived", f"Derived column {place}: {text!r} lacks name or formula.",
                           "Write for example: area = width * height.")  # fmt: skip
    try:
        tokens(_without_quotes(formula)[0])
    except FormulaError as error:
        raise _refused(Derived(name, formula), error) from None
    return Derived(name, formula)


def used_columns(formula: Derived, names: Sequence[str]) -> tuple[str, ...]:
    """The columns that a formula reads; raises `SettingError` for a name that is none."""
    return tuple(dict.fromkeys(_parse(formula, names)[1]))


def derived_column(formula: Derived, columns: Mapping[str, Array], rows: int) -> tuple[Array, int]:
    """The values for each row, NaN where the formula has none, and in how many rows it has none
    though its columns have one (the logarithm of a negative number).
    """
    tree, used = _parse(formula, tuple(columns))
    x = np.stack([columns[name] for name in used], axis=1) if used else np.empty((rows, 0))
    values = evaluate(tree, x)
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(values) <= MAXIMUM_VALUE)
    values[bad] = np.nan
    return values, int((bad & ~np.isnan(x).any(axis=1)).sum())


def _parse(formula: Derived, names: Sequence[str]) -> tuple[Expression, list[str]]:
    """The expression, whose x1, x2 … are the columns that are returned with it."""
    try:
        text, quoted = _without_quotes(formula.formula)
        used: list[str] = []
        words = tokens(text)
        plain = [
            _as_variable(word, words[at + 1].kind, names, quoted, used)
            if word.kind == "name" else word
            for at, word in enumerate(words)
        ]  # fmt: skip
        return parse_expression(plain, max(1, len(used))), used
    except FormulaError as error:
        raise _refused(formula, error) from None


def _as_variable(
    word: Token, after: str, names: Sequence[str], quoted: Mapping[str, str], used: list[str]
) -> Token:
    """A name as x1, x2 …, in the order in which columns are used; functions stay."""
    wanted = quoted.get(word.text, word.text)
    name = _column_called(wanted, names)
    if after == "(" and ALIASES.get(word.text.lower(), word.text.lower()) in FUNCTIONS:
        return word
    if name is None:
        if word.text not in quoted and word.text.lower() in _WORDS:
            return word
        raise FormulaError(f"{wanted!r} is no column that holds numbers", word.column,
                           "Columns of numbers are: " + ", ".join(names[:12]) + ".")  # fmt: skip
    if name not in used:
        used.append(name)
    return replace(word, text=f"x{used.index(name) + 1}")


_WORDS = frozenset((*CONSTANTS, *ALIASES))


def _column_called(wanted: str, names: Sequence[str]) -> str | None:
    """The column of this name; else the only one that differs in case or in odd signs."""
    if wanted in names:
        return wanted
    plain = _plain(wanted)
    found = [name for name in names if _plain(name) == plain]
    return found[0] if len(found) == 1 else None


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower()


_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'|`([^`]*)`")


def _without_quotes(text: str) -> tuple[str, dict[str, str]]:
    """The text with names such as Q1 in place of quoted ones, and what they stand for."""
    found: dict[str, str] = {}

    def short(match: re.Match[str]) -> str:
        key = f"Qu{len(found) + 1}"
        found[key] = next(part for part in match.groups() if part is not None)
        return key

    return _QUOTED.sub(short, text), found


def _refused(formula: Derived, error: FormulaError) -> SettingError:
    return SettingError(
        "derived", f"Derived column {formula.name!r}: {error.message}.",
        error.hint or "Names with blanks stand in quotation marks.",
    )  # fmt: skip
