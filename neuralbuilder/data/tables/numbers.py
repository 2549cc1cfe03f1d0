"""Numbers as people write them: thousands, per cent and currency signs; and how to tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from neuralbuilder.data.samples import Array

THOUSANDS = ("none", "comma", "point", "apostrophe", "space")
"""What may stand between the thousands of a number; `none` is nothing."""

_SIGNS = {
    "comma": ",",
    "point": ".",
    "apostrophe": "'’‘ʼ`´",
    "space": " \u00a0\u202f\u2009",
}
_DECIMALS = {"point": ".", "comma": ","}
_CURRENCIES = (
    "US$", "R$", "$", "€", "£", "¥", "₹", "₽", "₩", "₪", "฿", "₺", "₴", "zł", "kr.", "kr", "Kč",
    "Fr.", "Rs.", "Rs", "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "AUD", "CAD", "NZD", "SEK",
    "NOK", "DKK", "PLN", "CZK", "HUF", "BRL", "MXN", "ZAR", "RUB", "TRY", "KRW",
)  # fmt: skip
_MONEY = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_BLANK = f"[{_SIGNS['space']}]*"
_DRESSED = re.compile(
    rf"(?P<open>\()?{_BLANK}(?P<sign>[+\-−–])?{_BLANK}(?P<front>{_MONEY})?{_BLANK}"
    rf"(?P<after>[+\-−–])?{_BLANK}(?P<digits>[0-9.,](?:[0-9.,{re.escape(_SIGNS['apostrophe'])}"
    rf"{_SIGNS['space']}]*[0-9.,])?(?:[eE][+\-−]?[0-9]+)?){_BLANK}"
    rf"(?P<back>{_MONEY}|%|‰)?{_BLANK}(?P<close>\))?"
)
_MINUS = "-−–"
_ENOUGH_SEPARATED = {"comma": 3, "point": 10}  # decimals with three digits have a point more often


@dataclass(frozen=True)
class Notation:
    """How the numbers of a column are written: the decimal sign, and what parts thousands."""

    decimal: str = "point"
    thousands: str = "none"

    def number(self, word: str) -> float | None:
        """The number that a cell holds in this notation; None where it is none.

        ``-$1,234.50``, ``12.5 %``, ``1 234 €`` and ``(300)`` (a negative amount) are numbers; the
        signs beside the digits are left aside, so that 12.5 % is 12.5. ``1_000``, ``１２``, ``inf``
        and ``nan`` are none.
        """
        found = _DRESSED.fullmatch(word.strip())
        if found is None or bool(found["open"]) != bool(found["close"]):
            return None
        signs = [sign for sign in (found["sign"], found["after"]) if sign]
        if len(signs) > 1 or (signs and found["open"]) or (found["front"] and found["back"]):
            return None
        mantissa, _, exponent = found["digits"].replace("E", "e").partition("e")
        if not _digits(self.decimal, self.thousands).fullmatch(mantissa):
            return None
        plain = mantissa.translate({ord(sign): None for sign in _SIGNS.get(self.thousands, "")})
        plain = plain.replace(_DECIMALS[self.decimal], ".")
        value = float(f"{plain}e{exponent.replace('−', '-')}" if exponent else plain)
        return -value if found["open"] or (signs and signs[0] in _MINUS) else value

    def numbers(self, words: Sequence[str]) -> Array:
        """The number in each of these cells, NaN where there is none."""
        found = (self.number(word) for word in words)
        return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


@lru_cache(maxsize=16)
def _digits(decimal: str, thousands: str) -> re.Pattern[str]:
    sign = re.escape(_DECIMALS[decimal])
    whole = "[0-9]+"
    if thousands != "none":
        between = f"[{re.escape(_SIGNS[thousands])}]"
        whole = f"(?:[0-9]+|[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+)"
    return re.compile(f"{whole}(?:{sign}[0-9]*)?|{sign}[0-9]+")


# ------------------------------------------------------------------ finding out


@dataclass(frozen=True)
class Grouping:
    """Whether a sign parts the thousands in a column.

    `fits` says that three digits stand behind every such sign, `sure` that it cannot be a decimal
    sign as well; `varied` that the parts in front have different lengths, as those of counts have.
    `example` is a cell with the sign.
    """

    fits: bool = False
    sure: bool = False
    varied: bool = False
    example: str = ""


def grouping(words: Iterable[str], thousands: str) -> Grouping:
    """Judge by different cells of one column whether this sign parts thousands in them.

    Cells without any digit are passed over. A number of four or more digits without a sign
    contradicts, as does a separated one that begins with 0.
    """
    sign = _SIGNS[thousands]
    other = {"comma": ".", "point": ","}.get(thousands, ".,")
    fronts: set[int] = set()
    separated, short, sure, example = 0, 0, thousands in ("apostrophe", "space"), ""
    for word in words:
        found = _DRESSED.fullmatch(word.strip())
        if found is None:
            continue
        whole, *rest = re.split(f"[{re.escape(other)}]", found["digits"].strip(sign), maxsplit=1)
        groups = re.split(f"[{re.escape(sign)}]", whole)
        if len(groups) == 1:
            if len(whole) > 3 or "e" in whole.lower():
                return Grouping()
            short += 1
            continue
        if not _in_groups(groups) or any(set(sign) & set(part) for part in rest):
            return Grouping()
        separated += 1
        fronts.add(len(groups[0]))
        sure = sure or len(groups) > 2 or bool(rest)
        example = example or word
    varied = len(fronts) > 1 or (short > 0 and separated > 0)
    mixed = short > 0 and separated >= _ENOUGH_SEPARATED.get(thousands, 1)
    return Grouping(separated > 0, sure or mixed, varied, example)


def _in_groups(groups: list[str]) -> bool:
    first, *others = groups
    fits = 1 <= len(first) <= 3 and first.isdecimal() and not first.startswith("0")
    return fits and all(len(group) == 3 and group.isdecimal() for group in others)


def found_thousands(words: Sequence[str], decimal: str) -> tuple[str, Grouping]:
    """What parts the thousands in the cells of a column that has this decimal sign."""
    for thousands in THOUSANDS[1:]:
        if thousands == decimal or not any(set(_SIGNS[thousands]) & set(w) for w in words):
            continue
        found = grouping(words, thousands)
        if found.fits:
            return thousands, found
    return "none", Grouping()


def _is_number_with(word: str, decimal: str) -> bool:
    others = (thousands for thousands in THOUSANDS if thousands != decimal)
    return any(Notation(decimal, thousands).number(word) is not None for thousands in others)


def decimal_sign(columns: Iterable[Sequence[str]]) -> str | None:
    """The decimal sign that cells of some columns point to; None where none has a comma or point.

    A sign with three digits behind it in a whole column, and different lengths in front, parts
    thousands; so the other one is the decimal sign, even where no cell has it.
    """
    votes = {"point": 0.0, "comma": 0.0}
    for words in columns:
        for sign, other in (("point", "comma"), ("comma", "point")):
            mark = _DECIMALS[sign]
            having = [word for word in words if mark in word]
            parsed = [word for word in having if _is_number_with(word, sign)]
            found = grouping(words, sign) if having else Grouping()
            # Decimals with three digits are much more frequent with a point than with a comma.
            groups = found.fits and (found.sure or (found.varied and sign == "comma"))
            if groups:
                votes[other] += len(having)
            else:
                votes[sign] += len(parsed)
    if not any(votes.values()):
        return None
    return "comma" if votes["comma"] > votes["point"] else "point"
