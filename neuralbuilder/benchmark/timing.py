"""Measuring in turns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median

from neuralbuilder.benchmark.candidates import Steps

_MOST_STEPS = 1_000_000


def in_turns(
    candidates: Mapping[str, Steps], rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Seconds per step of every candidate in every round.

    A turn takes about so many seconds. One more round comes first and only warms up. Whoever was
    first in one round is last in the next, so that none is always behind the same other one.
    """
    counts = {name: _steps_of_a_turn(steps, seconds) for name, steps in candidates.items()}
    turns: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name in list(candidates)[:: -1 if turn % 2 else 1]:
            time_per_step = _seconds(candidates[name], counts[name]) / counts[name]
            if turn:
                turns[name].append(time_per_step)
    return turns


def ratio(others: list[float], own: list[float]) -> float:
    """How many times longer the others take: the median of the ratios within each round."""
    return median(other / mine for other, mine in zip(others, own, strict=True))


def _steps_of_a_turn(steps: Steps, seconds: float) -> int:
    count = 1
    while (passed := _seconds(steps, count)) < seconds / 4 and count < _MOST_STEPS:
        count *= 4
    return max(1, round(count * seconds / passed))


def _seconds(steps: Steps, count: int) -> float:
    start = time.perf_counter()
    steps(count)
    return time.perf_counter() - start
