"""Where the next wrongly classified sample is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralbuilder.engine.metrics import predicted_classes
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.parts import choice, integer, register

SLICE = 256
"""How many samples one answer looks at, so that training never waits long for it."""
DIRECTIONS = ("forward", "backward")


@register("next_wrong", "Next wrong sample")
@dataclass(frozen=True)
class NextWrong(Insight):
    """The first sample behind another one whose class the network does not name.

    One `Arrays` mark: ``asked`` is the start, the direction (1 or −1) and `passed`, ``row`` the
    sample that was found, or −1, and ``passed`` how many samples behind the start have been looked
    at by then; the count of all samples means that there is none. After the last sample comes the
    first one. A single answer looks at up to `SLICE` samples; whoever has got −1 asks again with
    the ``passed`` of the answer.
    """

    in_panels: ClassVar[bool] = False

    start: int = integer(0, "Behind sample", minimum=0, help="Where the search begins, from 0.")
    direction: str = choice("forward", "Direction", DIRECTIONS, help="Which way to look.")
    passed: int = integer(0, "Passed", minimum=0, help="How many have been looked at before.")

    def compute(self, source: Source) -> Figure:
        """Look at the next few samples; a message where samples have no classes."""
        data = source.data
        if data.samples.task != "classification":
            return Figure(message="Only classes can be wrong; here are numbers to predict.")
        count = data.samples.count
        sign = 1 if self.direction == "forward" else -1
        passed = min(self.passed, count)
        until = min(count, passed + source.affordable(SLICE))
        rows = (self.start + sign * np.arange(passed + 1, until + 1)) % count
        found = -1
        if len(rows):
            output = source.network.forward(source.parameters, data.x[rows])
            wrong = np.flatnonzero(predicted_classes(output) != predicted_classes(data.y[rows]))
            if len(wrong):
                found, until = int(rows[wrong[0]]), passed + int(wrong[0]) + 1
        values = {"asked": [self.start, sign, self.passed], "row": [found], "passed": [until]}
        return Figure(marks=(Arrays({key: np.array(value) for key, value in values.items()}),))
