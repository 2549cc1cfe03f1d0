"""The number that follows when a number field is stepped up or down. No Qt here."""

from __future__ import annotations

import math

SMALLEST = 1e-6
"""Where a logarithmic field starts above zero when its range does not say."""

_SERIES = (1, 2, 5)


def linear(value: float, steps: int, step: float) -> float:
    """`value` moved by `steps` steps, without the dust of binary fractions."""
    return _clean(value + steps * step)


def logarithmic(value: float, steps: int, smallest: float = SMALLEST) -> float:
    """The next number of the series 1, 2, 5, 10, 20, … in either direction.

    Zero is the number below `smallest` and the one above −`smallest`.
    """
    for _ in range(abs(steps)):
        value = _next(value, smallest) if steps > 0 else -_next(-value, smallest)
    return value


def _next(value: float, smallest: float) -> float:
    """The first number of the series above `value`."""
    if value < 0:
        below = _previous_magnitude(-value)
        return -below if below >= smallest * 0.999 else 0.0
    if value < smallest * 0.999:
        return smallest
    decade = math.floor(math.log10(value))
    candidates = (_decimal(digit, power) for power in (decade, decade + 1) for digit in _SERIES)
    return next(number for number in candidates if number > value * (1 + 1e-9))


def _previous_magnitude(value: float) -> float:
    decade = math.floor(math.log10(value))
    powers = (decade + 1, decade, decade - 1)
    candidates = (_decimal(digit, power) for power in powers for digit in reversed(_SERIES))
    return next(number for number in candidates if number < value * (1 - 1e-9))


def _decimal(digit: int, power: int) -> float:
    return float(f"{digit}e{power}")


def _clean(value: float) -> float:
    return float(f"{value:.12g}")
