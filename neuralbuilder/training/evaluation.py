"""Losses and metrics of whole parts of the data, in epochs that are far enough apart."""

from __future__ import annotations

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.insights.base import spread
from neuralbuilder.training.effort import epochs_between
from neuralbuilder.training.loop import Loop

MOST_SAMPLES = 2000
"""So many samples of the training or the test part tell its accuracy to a percent while training
goes on. The validation part is always measured whole, because choices are made by it."""


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
        self._exact_step = -1
        self._loop = loop
        self.plan_changed()

    def plan_changed(self) -> None:
        """Measure as often as the loop's present plan makes it worth while."""
        samples = sum(len(rows) for rows in self._some.values())
        self._every = epochs_between(self._loop, samples)

    def is_due(self, epoch: int) -> bool:
        """Whether the parts are measured at the end of so many epochs: of the first one, and of
        every so many, whenever training has been interrupted.
        """
        return epoch == 1 or epoch % self._every == 0

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

    def note(self, step: int, roughly: bool) -> None:
        """Remember that the weights of this step have been measured."""
        if not roughly or all(self._some[part] is rows for part, rows in self._rows.items()):
            self._exact_step = step
