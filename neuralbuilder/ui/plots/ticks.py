"""Where an axis has its numbers, and how they are written. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from neuralbuilder.ui.widgets.numbers import real_minus

LINEAR_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
# Factors within a decade, then whole decades; the picture of the design has the second.
LOG_STEPS: tuple[tuple[float, ...], ...] = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
DECADES = (1, 2, 3, 5, 10, 20)
NARROW = 0.35
"""A logarithmic axis over less than so many decades has the even numbers of a linear one."""


ENOUGH = 0.8
"""Round numbers at the ends of an axis are as round as this part of it allows."""


@dataclass(frozen=True)
class Scale:
    """The range of an axis in places (log₁₀ where it is logarithmic) and its numbers there."""

    low: float
    high: float
    ticks: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()


def linear(low: float, high: float, most: int, widen: bool = True) -> Scale:
    """A linear axis over low … high with at most about `most` numbers.

    With `widen` the range grows to the next number on both sides, so that it moves in steps.
    """
    low, high = opened(low, high)
    step = _step((high - low) / max(1, most - 1))
    if widen:
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = tuple(index * step for index in range(first, min(last, first + 50) + 1))
    return Scale(low, high, ticks, texts(ticks, step))


def logarithmic(low: float, high: float, most: int, widen: bool = True) -> Scale:
    """A logarithmic axis; `low` and `high` are log₁₀ of the range."""
    if high - low < NARROW:
        return _narrow(low, high, most, widen)
    for grid in _log_grids(low, high):
        if widen:
            low_end = max((tick for tick in grid if tick <= low + 1e-9), default=low)
            high_end = min((tick for tick in grid if tick >= high - 1e-9), default=high)
        else:
            low_end, high_end = low, high
        ticks = [tick for tick in grid if low_end - 1e-9 <= tick <= high_end + 1e-9]
        if len(ticks) <= most:
            break
    return Scale(low_end, high_end, tuple(ticks), log_texts(ticks))


def _narrow(low: float, high: float, most: int, widen: bool) -> Scale:
    values = linear(10.0**low, 10.0**high, most, widen)
    shown = [
        (math.log10(value), text)
        for value, text in zip(values.ticks, values.texts, strict=True)
        if value > 0
    ]
    ends = [place for place, _ in shown] if widen else []
    low, high = opened(min([low, *ends]), max([high, *ends]))
    return Scale(low, high, tuple(p for p, _ in shown), tuple(t for _, t in shown))


def _log_grids(low: float, high: float) -> list[list[float]]:
    """Candidate places from dense to sparse, a little beyond the range on both sides."""
    first, last = math.floor(low), math.ceil(high)
    dense = [
        [decade + math.log10(factor) for decade in range(first, last + 1) for factor in factors]
        for factors in LOG_STEPS
    ]
    sparse = [
        [float(decade) for decade in range(first - first % every, last + every, every)]
        for every in DECADES[1:]
    ]
    return dense + sparse


def opened(low: float, high: float) -> tuple[float, float]:
    """The range, opened where it is too narrow to have numbers."""
    if high < low:
        low, high = high, low
    smallest = max(abs(low), abs(high)) * 1e-6
    if high - low > max(smallest, 1e-30):
        return low, high
    half = max(abs(low) * 0.1, 1e-6) if low or high else 1.0
    return low - half, high + half


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step for step in LINEAR_STEPS if rough <= step * power * (1 + 1e-9)) * power


def texts(ticks: Sequence[float], step: float) -> tuple[str, ...]:
    """The numbers of an axis with this step, as short as the step allows: `.5`, `1`, `−.5`."""
    largest = max((abs(tick) for tick in ticks), default=0.0)
    if largest >= 1e6 or (0 < largest < 1e-3):
        return tuple("0" if abs(tick) < step / 2 else _short(f"{tick:.3g}") for tick in ticks)
    digits = next((n for n in range(12) if abs(round(step, n) - step) < step * 1e-6), 12)
    return tuple(_short(_rounded(tick, digits)) for tick in ticks)


def _rounded(tick: float, digits: int) -> str:
    """With so many decimals, but whole numbers without any."""
    text = f"{tick:.{digits}f}"
    return f"{round(tick)}" if not text.partition(".")[2].strip("0") else text


def log_texts(places: Sequence[float]) -> tuple[str, ...]:
    """The numbers of a logarithmic axis: `.03`, `1`, `300`, or `1e−5`, `3e−5` on a long one."""
    plain = all(-3 <= place + 1e-6 < 5 for place in places)
    return tuple(_log_text(place, plain) for place in places)


def _log_text(place: float, plain: bool) -> str:
    decade = math.floor(place + 1e-6)
    factor = round(10 ** (place - decade), 3)
    if plain or place == 0:
        return _short(f"{10.0**decade * factor:.6g}")
    return real_minus(f"{factor:g}e{decade}")


def round_ends(low: float, high: float) -> Scale:
    """The first and the last round number within a range, or its ends where there is only one."""
    choices = [linear(low, high, most, widen=False) for most in (3, 5, 6, 11)]
    enough = (scale for scale in choices if _reach(scale) >= ENOUGH * (high - low))
    inner = next(enough, max(choices, key=_reach))
    if len(inner.ticks) < 2:
        return Scale(
            low, high, (low, high), (end_text(low, high - low), end_text(high, high - low))
        )
    return Scale(
        low, high, inner.ticks[:: len(inner.ticks) - 1], inner.texts[:: len(inner.texts) - 1]
    )


def _reach(scale: Scale) -> float:
    return scale.ticks[-1] - scale.ticks[0] if scale.ticks else 0.0


def end_text(value: float, span: float) -> str:
    """The number at the end of an axis, as exact as its span calls for."""
    if value == 0 or abs(value) < span * 1e-6:
        return "0"
    if abs(value) >= 1e6 or abs(value) < 1e-3:
        return _short(f"{value:.2g}")
    digits = min(6, max(0, 2 - math.floor(math.log10(max(span, abs(value) * 1e-6)))))
    text = f"{value:.{digits}f}"
    return _short(text.rstrip("0").rstrip(".") if "." in text else text)


def _short(text: str) -> str:
    """Without the zero before the point, with a real minus, and `1e-05` as `1e−5`."""
    if "e" in text:
        mantissa, exponent = text.split("e")
        return real_minus(f"{mantissa}e{int(exponent)}")
    negative, text = text.startswith("-"), text.removeprefix("-")
    if text.startswith("0."):
        text = text[1:]
    if not text.strip(".0"):
        return "0"
    return real_minus("-" + text) if negative else text
