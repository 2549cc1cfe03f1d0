"""Losses and metrics of whole parts of the data, as often as they are cheap."""

from __future__ import annotations

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.insights.base import spread
from neuralbuilder.training.loop import Loop

SHARE = 0.1
"""The part of the training time that evaluation may take."""

MOST_SAMPLES = 2000
"""So many samples of the training or the test part tell its accuracy to a percent while training
goes on. The validation part is always measured whole, because choices are made by it."""

FIRST_COST = 0.0005
"""Seconds that the first measurement counts at most."""


class Evaluation:
    """Measures every part of the data that has samples.

    The names of the results are those of the series: "loss/validation", "accuracy/train" ….
    """

    def __init__(self, loop: Loop, data: Prepared) -> None:
        self._measuring = loop.measuring
        rows = {"train": data.train, "validation": data.validation, "test": data.test}
        self._rows = {part: of_part for part, of_part in rows.items() if len(of_part)}
        self._some = {
            part: of_part if part == "validation" else spread(of_part, MOST_SAMPLES)
            for part, of_part in self._rows.items()
        }
        self._cost: float | None = None
        self._exact_step = -1

    def is_due(self, seconds_trained: float) -> bool:
        """Whether another measurement fits into the share of time that it may take."""
        return seconds_trained * SHARE >= (self._cost or 0.0)

    def is_exact(self, step: int) -> bool:
        """Whether all samples have been measured with the weights of this step."""
        return self._exact_step == step

    def measure(self, everything: bool = False, roughly: bool = False) -> dict[str, float]:
        """All results for the weights that the loop has now.

        The loss of the training part is known from the steps; it is measured with `everything`.
        `roughly` takes some samples, spread over the training and the test part, so that it can be
        done often.
        """
        results: dict[str, float] = {}
        for part, all_rows in self._rows.items():
            rows = self._some[part] if roughly else all_rows
            called = part if len(rows) == len(all_rows) else f"some of {part}"
            found = self._measuring.measure(called, rows)
            if part != "train" or everything:
                results[f"loss/{part}"] = found.loss
            results.update({f"{name}/{part}": value for name, value in found.metrics.items()})
        return results

    def note(self, step: int, seconds: float, roughly: bool) -> None:
        """Remember at which step was measured, and how long it took to do so roughly."""
        if not roughly or all(self._some[part] is rows for part, rows in self._rows.items()):
            self._exact_step = step
        if roughly:
            # The first measurement compiles the programs, which says nothing about the next.
            self._cost = min(seconds, FIRST_COST) if self._cost is None else seconds
