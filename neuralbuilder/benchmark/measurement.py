"""A whole run: the table, and what is measured besides it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from neuralbuilder.benchmark import sections
from neuralbuilder.benchmark.candidates import Steps, ours, pytorch, scikit_learn
from neuralbuilder.benchmark.cases import CASES, Case
from neuralbuilder.benchmark.machine import in_words, load, machine
from neuralbuilder.benchmark.sections import Pace
from neuralbuilder.benchmark.timing import in_turns, ratio

OURS = "NeuralBuilder"
LIBRARIES = {"torch": "PyTorch", "sklearn": "scikit-learn"}
"""Whom we can be measured against: what users ask for, and how it is called."""
_MAKERS: dict[str, Callable[[Case, int], Steps | None]] = {
    "torch": pytorch,
    "sklearn": scikit_learn,
}
_SECTIONS: dict[str, tuple[str, Callable[[Pace], sections.Rows]]] = {
    "products": ("matrix products", sections.product_shares),
    "scaling": ("scaling", sections.scaling),
    "compiling": ("compiling", sections.compiling),
    "memory": ("memory", sections.memory),
}


@dataclass(frozen=True)
class Settings:
    """What to measure. `networks` are parts of titles, none for a whole run with all sections.

    `against` are keys of `LIBRARIES`; a turn takes `seconds`.
    """

    rounds: int = 7
    threads: int = 1
    against: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    seconds: float = 0.1

    @property
    def cases(self) -> tuple[Case, ...]:
        """The rows that are asked for."""
        return tuple(
            case
            for case in CASES
            if not self.networks
            or any(part.lower() in case.title.lower() for part in self.networks)
        )


def installed() -> tuple[str, ...]:
    """Whom we can be measured against on this machine."""
    return tuple(name for name in LIBRARIES if importlib.util.find_spec(name))


def stages(settings: Settings) -> int:
    """How often `measure` reports before it is done."""
    return len(settings.cases) + (0 if settings.networks else len(_SECTIONS))


def measure(
    settings: Settings, report: Callable[[int, str], None] = lambda done, what: None
) -> dict[str, Any]:
    """Everything that was measured, as JSON types. `report` is told what is done and what is next.

    ``times_faster_than`` is the median of the ratios within each round.
    """
    rows, load_before = [], load()
    for done, case in enumerate(settings.cases):
        report(done, case.title)
        rows.append(_row(case, settings))
    result = {"rounds": settings.rounds, "against": list(settings.against), "rows": rows}
    if not settings.networks:
        pace = Pace(settings.rounds, settings.seconds, settings.threads)
        for done, (key, (title, section)) in enumerate(_SECTIONS.items(), len(rows)):
            report(done, title)
            result[key] = section(pace)
    # Last, because by now every library has been told how many threads to use.
    facts = machine(settings.threads, settings.against, load_before)
    return {"machine": facts, "machine_in_words": in_words(facts), **result}


def _row(case: Case, settings: Settings) -> dict[str, Any]:
    candidates = {OURS: ours(case, settings.threads)}
    for name in settings.against:
        steps = _MAKERS[name](case, settings.threads)
        if steps is not None:
            candidates[LIBRARIES[name]] = steps
    turns = in_turns(candidates, settings.rounds, settings.seconds)
    ratios = {name: ratio(turns[name], turns[OURS]) for name in candidates if name != OURS}
    return {
        "network": case.title,
        "training": case.training,
        "goal": case.goal,
        "microseconds": {name: 1e6 * median(times) for name, times in turns.items()},
        "times_faster_than": ratios,
        "reached": ratios["PyTorch"] >= case.goal if "PyTorch" in ratios else None,
        "microseconds_of_rounds": {
            name: [1e6 * seconds for seconds in times] for name, times in turns.items()
        },
    }


def verdict(row: dict[str, Any]) -> str:
    """Whether a row reached its goal, in a word."""
    return {True: "yes", False: "no", None: "–"}[row["reached"]]
