"""Losses and accuracies of whole parts of the data, as often as they are cheap."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.metrics import accuracy
from neuralbuilder.engine.program import Program
from neuralbuilder.training.loop import Loop

CHUNK = 1024
MOST_VALUES = 2_000_000
"""Values of all neurons in one chunk; very wide layers are measured with fewer samples at once."""
SHARE = 0.05
"""The part of the training time that evaluation may take."""

FIRST_COST = 0.0005
"""Seconds that the first measurement counts at most."""


class Evaluation:
    """Measures the validation and the test part, and for classes the training part too.

    The names of the results are those of the series: "loss/validation", "accuracy/train" ….
    """

    def __init__(self, loop: Loop, data: Prepared, loss: Loss) -> None:
        self._loop, self._loss, self._data = loop, loss, data
        self._classifies = data.samples.task == "classification"
        rows = {"validation": data.validation, "test": data.test}
        if self._classifies:
            rows["train"] = data.train
        self._rows = {part: of_part for part, of_part in rows.items() if len(of_part)}
        values = sum(prod(shape) for shape in loop.network.shapes.outputs.values())
        self._chunk = max(1, min(CHUNK, MOST_VALUES // max(1, values)))
        self._programs: dict[tuple[str, int], Program] = {}
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
            loss, right = self._measure_rows(part, rows)
            if part != "train" or everything:
                results[f"loss/{part}"] = loss / len(rows)
            if self._classifies:
                results[f"accuracy/{part}"] = right / len(rows)
        return results

    def note(self, step: int, seconds: float) -> None:
        """Remember at which step the last measurement was made, and how long it took."""
        # The first measurement compiles the programs, which says nothing about the next.
        self._cost = seconds if self.step >= 0 else min(seconds, FIRST_COST)
        self.step = step

    def _measure_rows(self, part: str, rows: NDArray[np.intp]) -> tuple[float, float]:
        total, right = 0.0, 0.0
        for start in range(0, len(rows), self._chunk):
            chunk = rows[start : start + self._chunk]
            program = self._filled(part, chunk, len(rows) <= self._chunk)
            program.forward()
            program.measure()
            total += program.take_loss() * program.batch_size
            if self._classifies:
                right += accuracy(program.output, program.y) * program.batch_size
        return total, right

    def _filled(self, part: str, rows: NDArray[np.intp], is_whole: bool) -> Program:
        """A program that holds these rows; a small part has one of its own and stays in it."""
        key = (part if is_whole else "", len(rows))
        program = self._programs.get(key)
        if program is None:
            loop = self._loop
            program = self._programs[key] = Program(
                loop.network, loop.parameters, len(rows), self._loss, learns=False, training=False
            )
        elif is_whole:
            return program
        program.x[...] = self._data.x[rows]
        program.y[...] = self._data.y[rows]
        return program
