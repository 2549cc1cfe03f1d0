"""Which columns of a table the answers depend on, and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.base import PARTS, Insight, Source, spread
from neuralbuilder.insights.common import clean
from neuralbuilder.insights.confusion import SUBSET_HELP
from neuralbuilder.insights.figure import Axis, Bars, Figure, Line
from neuralbuilder.insights.influence import (
    Dependence,
    Importance,
    columns_of,
    dependence,
    importance,
    score_of,
)
from neuralbuilder.insights.measures import SHORT, figure_of
from neuralbuilder.parts import choice, integer, register

NO_TABLE = "This is about the columns of a table; these inputs are images."
PATIENT, HURRY = 20_000_000, 4
"""Values that a look may compute; while training goes on, they are divided."""
MOST_ROWS, LEAST_ROWS = 2000, 20
"""Rows that stand for a part of the data; fewer would say too little."""
REPEATS = 3
POINTS = 40
MOST_LINES = 10


@register("importance", "Importance of inputs")
@dataclass(frozen=True)
class InputImportance(Insight):
    """How much accuracy, or R², is lost when one column of the table is shuffled among the rows.

    What the network does without has 0. Two columns that say the same can stand in for each other,
    so that both seem to be of little importance.
    """

    subset: str = choice("test", "Part", PARTS, help=SUBSET_HELP)
    most: int = integer(8, "At most", minimum=1, maximum=60, help="How many columns are shown.")

    @classmethod
    def suits(cls, samples: Samples | None) -> bool:
        """Tables."""
        return _is_table(samples)

    def compute(self, source: Source) -> Figure:
        """One bar per column, the longest first."""
        samples = source.data.samples
        if not _is_table(samples):
            return Figure(title=self.label, message=NO_TABLE)
        columns = len(columns_of(samples.input_names))
        rows, total = _rows(source, self.subset, columns * REPEATS)
        message = _why_not(source, rows, total, columns)
        if message:
            return Figure(title=self.label, message=message)
        name, score = score_of(samples.task, source.data.y[rows])
        found = importance(
            lambda x: source.network.forward(source.parameters, x),
            source.data.x[rows],
            samples.input_names,
            lambda output: score(clean(output)),
        )
        name = SHORT.get(name, name)
        return Figure(
            title="Importance",
            note=f"{name} {figure_of(found.score)} · {_in_words(source, self.subset, rows)}"
            + (f" · {self.most} of {columns} columns" if columns > self.most else ""),
            rows=_bars(found, self.most),
        )


@register("partial_dependence", "Partial dependence")
@dataclass(frozen=True)
class PartialDependence(Insight):
    """The mean answer over all rows, if one column had the same value in each of them.

    Where columns belong together, as height and weight do, it also asks about rows that there are
    not.
    """

    column: int = integer(
        1, "Input", minimum=1, maximum=1_000_000, help="Which input, counted from 1."
    )
    output: int = integer(
        0,
        "Output",
        minimum=0,
        maximum=1_000_000,
        zero_word="all",
        help="Which output, counted from 1.",
    )
    subset: str = choice("train", "Part", PARTS, help=SUBSET_HELP)

    @classmethod
    def suits(cls, samples: Samples | None) -> bool:
        """Tables."""
        return _is_table(samples)

    def compute(self, source: Source) -> Figure:
        """One curve per output, in original units."""
        samples = source.data.samples
        if not _is_table(samples):
            return Figure(title=self.label, message=NO_TABLE)
        rows, total = _rows(source, self.subset, POINTS)
        message = _why_not(source, rows, total, 1)
        if message:
            return Figure(title=self.label, message=message)
        column = min(self.column, len(samples.input_names)) - 1
        found = dependence(lambda x: _answers(source, x), samples.x[rows], column, POINTS)
        outputs = len(found.outputs)
        shown = list(range(outputs))
        if 0 < self.output <= outputs:
            shown = [self.output - 1]
        more = f" · {MOST_LINES} of {outputs} outputs" if len(shown) > MOST_LINES else ""
        return Figure(
            title=self.label,
            note=_in_words(source, self.subset, rows) + more,
            x_axis=Axis(samples.input_names[column]),
            y_axis=Axis("mean output"),
            marks=tuple(_lines(found, shown[:MOST_LINES], _output_names(samples, outputs))),
        )


def _is_table(samples: Samples | None) -> bool:
    return samples is not None and len(samples.input_shape) == 1


def _answers(source: Source, x: NDArray[Any]) -> NDArray[np.float64]:
    """The outputs in original units for inputs in original units."""
    scaling = source.data.scaling
    inputs = scaling.inputs(x).astype(source.network.dtype)
    output = source.network.forward(source.parameters, inputs)
    return clean(scaling.original_targets(output.astype(np.float64)))


def _rows(source: Source, part: str, times: int) -> tuple[NDArray[np.intp], int]:
    """As many rows of a part as can go through the network so many times; and how many it has."""
    every = source.part(part)[1]
    budget = PATIENT // HURRY if source.hurries else PATIENT
    most = max(0, min(MOST_ROWS, budget // (source.cost * times)))
    return spread(every, most) if most else every[:0], len(every)


def _why_not(source: Source, rows: NDArray[np.intp], total: int, columns: int) -> str:
    """Why these rows say too little; "" where they are enough."""
    if not total:
        return "There are no samples in this part."
    if len(rows) >= min(LEAST_ROWS, total):
        return ""
    if source.hurries:
        return "This takes a while: shown as soon as training pauses."
    return (
        f"With {columns} columns and so large a network this takes too long for a plot. On the "
        "command line: neuralbuilder evaluate FILE --importance."
    )


def _in_words(source: Source, part: str, rows: NDArray[np.intp]) -> str:
    name, every = source.part(part)
    return name if len(rows) == len(every) else f"{len(rows):,} of {len(every):,} {name}"


def _bars(found: Importance, most: int) -> tuple[Figure, ...]:
    """Rows with one lying bar each, over a common axis that begins at 0 or left of it."""
    means = clean(found.means[:most])
    high = max(float(means.max()), 1e-3)
    low = min(0.0, float(means.min()))
    axis = Axis("lost", minimum=low, maximum=high)
    least = 1e-6 * (high - low)
    return tuple(
        Figure(
            title=name,
            x_axis=axis,
            y_axis=Axis(minimum=0.0, maximum=1.0),
            marks=(
                Bars(
                    "importance",
                    np.array([min(mean, 0.0), max(mean, 0.0) or least]),
                    np.ones(1),
                    "accent" if mean >= 0 else "second",
                ),
            ),
        )
        for name, mean in zip(found.names, means, strict=False)
    )


def _lines(found: Dependence, shown: list[int], names: tuple[str, ...]) -> Iterator[Line]:
    for k in shown:
        yield Line(
            names[k],
            clean(found.values),
            clean(found.outputs[k]),
            f"class {k}" if len(shown) > 1 else "accent",
            dashed=k % 3 > 0,
            dotted=k % 3 == 2,
        )


def _output_names(samples: Samples, outputs: int) -> tuple[str, ...]:
    names = tuple(samples.class_of(k, outputs) for k in range(outputs))
    return names if all(names) else samples.target_names
