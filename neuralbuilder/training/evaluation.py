"""Losses and accuracies of whole parts of the data, as often as they are cheap."""

from __future__ import annotations

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.training.loop import Loop
from neuralbuilder.training.measuring import TOP

SHARE = 0.05
"""The part of the training time that evaluation may take."""

FIRST_COST = 0.0005
"""Seconds that the first measurement counts at most."""


class Evaluation:
    """Measures the validation and the test part, and for classes the training part too.

    The names of the results are those of the series: "loss/validation", "accuracy/train" ….
    """

    def __init__(self, loop: Loop, data: Prepared) -> None:
        self._measuring, self._data = loop.measuring, data
        rows = {"validation": data.validation, "test": data.test}
        if self._measuring.classifies:
            rows["train"] = data.train
        self._rows = {part: of_part for part, of_part in rows.items() if len(of_part)}
        self._cost = 0.0
        self.step = -1

    def is_due(self, seconds_trained: float) -> bool:
        """Whether another measurement fits into the share of time that it may take."""
        return bool(self._rows) and seconds_trained * SHARE >= self._cost

    def measure(self, everything: bool = False) -> dict[str, float]:
        """All results for the weights that the loop has now.

        The loss of the training part is known from the steps; it is measured with `everything`.
        """
        results: dict[str, float] = {}
        parts = {**self._rows, "train": self._data.train} if everything else self._rows
        for part, rows in parts.items():
            found = self._measuring.measure(part, rows)
            if part != "train" or everything:
                results[f"loss/{part}"] = found.loss
            if self._measuring.classifies:
                results[f"accuracy/{part}"] = found.accuracy
            if self._measuring.has_many_classes:
                results[f"top-{TOP} accuracy/{part}"] = found.top
        return results

    def note(self, step: int, seconds: float) -> None:
        """Remember at which step the last measurement was made, and how long it took."""
        # The first measurement compiles the programs, which says nothing about the next.
        self._cost = seconds if self.step >= 0 else min(seconds, FIRST_COST)
        self.step = step
