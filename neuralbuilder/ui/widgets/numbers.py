"""Numbers as text: a real minus sign, fixed digits, mathematical small digits. No Qt here."""

from __future__ import annotations

import math
import re

MINUS = "\u2212"
ABSENT = "–"
"""Stands where there is no number."""
NO_BREAK = "\u202f"  # narrow no-break space, the separator of thousands in ISO 80000

_NUMBER = re.compile(r"(?<![\w.])(?:\d+(?:[.,]\d+)?(?:[eE][-+\u2212]?\d+)?|\.\d+)")
_SUBSCRIPT = str.maketrans("0123456789-", "₀₁₂₃₄₅₆₇₈₉₋")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def real_minus(text: str) -> str:
    """The text with every hyphen replaced by a minus sign."""
    return text.replace("-", MINUS)


def signed(value: float, digits: int = 2) -> str:
    """`+0.42` or `−1.10`: always a sign, always the same number of digits; zero is `+0.00`."""
    if not math.isfinite(value):
        return _not_finite(value, plus=True)
    rounded = round(value, digits) + 0.0  # adding 0.0 turns −0.0 into 0.0
    return real_minus(f"{rounded:+.{digits}f}")


def fixed(value: float, digits: int = 2) -> str:
    """`0.42` or `−1.10`: no plus sign, always the same number of digits."""
    if not math.isfinite(value):
        return _not_finite(value)
    return real_minus(f"{round(value, digits) + 0.0:.{digits}f}")


def compact(value: float, significant: int = 3) -> str:
    """A loss or a step size in few characters: `0.0127`, `12.5`, `1.3e−05`, `4.20e+06`.

    Trailing zeros of the significant digits stay, so that the text keeps its length.
    """
    if not math.isfinite(value):
        return _not_finite(value)
    if value == 0:
        return f"{0:.{max(significant - 1, 0)}f}"
    # Rounding first: 0.99996 belongs to the decade of 1.
    exponent = int(f"{value:.{significant - 1}e}".split("e")[1])
    if -4 <= exponent < 6:
        return real_minus(f"{value:.{max(significant - 1 - exponent, 0)}f}")
    # One digit less: the exponent takes room.
    return real_minus(f"{value:.{max(significant - 2, 0)}e}")


def gradient(value: float) -> str:
    """A gradient with its sign: four decimals, or a power of ten where those would say 0."""
    if value == 0 or abs(value) >= 0.0005 or not math.isfinite(value):
        return signed(value, 4)
    text = compact(value, 2)
    return text if value < 0 else f"+{text}"


def shortest(value: float, digits: int = 0) -> str:
    """The shortest text that is read back as `value`, with at least `digits` decimals.

    With a hyphen, so that it can be edited; see `real_minus`. `1e-05` is written `1e-5`.
    """
    if not math.isfinite(value):
        return _not_finite(value)
    text = f"{value + 0.0:.12g}"
    if float(text) != value:
        text = repr(float(value))
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(digits, "0")
    return f"{whole}.{decimals}" if decimals else whole


def thousands(number: int) -> str:
    """`83 100`, with narrow no-break spaces."""
    return real_minus(f"{number:,}").replace(",", NO_BREAK)


def number_at(text: str, place: int) -> tuple[int, int] | None:
    """Where the number begins and ends that `place` lies in or at the edge of, without its sign;
    the digits of a name such as ``x1`` are none.
    """
    spans = (found.span() for found in _NUMBER.finditer(text))
    return next((span for span in spans if span[0] <= place <= span[1]), None)


def subscript(number: int) -> str:
    """`12` as `₁₂`."""
    return str(number).translate(_SUBSCRIPT)


def superscript(number: int) -> str:
    """`12` as `¹²`."""
    return str(number).translate(_SUPERSCRIPT)


def _not_finite(value: float, plus: bool = False) -> str:
    if math.isnan(value):
        return "NaN"
    return (MINUS if value < 0 else "+" if plus else "") + "∞"
