"""Losses and metrics of whole parts of the data, as often as they are cheap."""

from __future__ import annotations

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.training.loop import Loop

SHARE = 0.05
"""The part of the training time that evaluation may take."""

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
        self._cost = 0.0
        self.step = -1

    def is_due(self, seconds_trained: float) -> bool:
        """Whether another measurement fits into the share of time that it may take."""
        return seconds_trained * SHARE >= self._cost

    def measure(self, everything: bool = False) -> dict[str, float]:
        """All results for the weights that the loop has now.

        The loss of the training part is known from the steps; it is measured with `everything`.
        """
        results: dict[str, float] = {}
        for part, rows in self._rows.items():
            found = self._measuring.measure(part, rows)
            if part != "train" or everything:
                results[f"loss/{part}"] = found.loss
            results.update({f"{name}/{part}": value for name, value in found.metrics.items()})
        return results

    def note(self, step: int, seconds: float) -> None:
        """Remember at which step the last measurement was made, and how long it took."""
        # The first measurement compiles the programs, which says nothing about the next.
        self._cost = seconds if self.step >= 0 else min(seconds, FIRST_COST)
        self.step = step
