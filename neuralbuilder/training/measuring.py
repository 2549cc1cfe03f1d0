"""Measuring the weights of a loop on parts of the data, with programs of its own."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.metrics import followed
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.program import Program

CHUNK = 1024
MOST_VALUES = 500_000
"""Values of all neurons in one chunk; wide layers are measured with fewer samples at once, so that
what they work on stays in the processor's cache. 10,000 images of MNIST through 3 filters of 5×5
and 10 outputs: 0.12 s, and 0.25 s with four times as many."""


@dataclass(frozen=True)
class Measured:
    """Mean loss of some samples, and the metrics that suit them, by the names of their series."""

    loss: float
    metrics: dict[str, float]


class Measuring:
    """Computes losses and metrics for whatever `parameters` hold; equal weights, equal bits.

    The loss of some samples is the mean, weighted where `weights` (samples,) are given.
    """

    def __init__(
        self,
        network: Network,
        parameters: FloatArray,
        data: Prepared,
        loss: Loss,
        weights: NDArray[Any] | None = None,
    ) -> None:
        self._network, self._parameters = network, parameters
        self._data, self._loss, self._weights = data, loss, weights
        self._metrics = followed(data.samples.task, network.output_shape[0])
        values = sum(prod(shape) for shape in network.shapes.outputs.values())
        self._chunk = max(1, min(CHUNK, MOST_VALUES // max(1, values)))
        self._programs: dict[tuple[str, int], Program] = {}

    def measure(self, part: str, rows: NDArray[np.intp]) -> Measured:
        """What the samples of these rows give; `part` names them.

        Metrics are taken of original units, so that an error is one that people know.
        """
        loss, outputs = self.answer(part, rows)
        original = self._data.scaling.original_targets
        given, right = original(outputs), original(self._data.y[rows])
        metrics = {
            metric.series: float(metric.measure(given, right))
            for metric in self._metrics
            if len(rows) >= metric.least_samples
        }
        return Measured(loss, metrics)

    def answer(self, part: str, rows: NDArray[np.intp]) -> tuple[float, NDArray[Any]]:
        """The mean loss of these rows, and the outputs (rows, outputs) that the network gives."""
        loss = 0.0
        outputs = np.empty((len(rows), *self._network.output_shape), self._data.y.dtype)
        for start in range(0, len(rows), self._chunk):
            chunk = rows[start : start + self._chunk]
            program = self._filled(part, chunk, len(rows) <= self._chunk)
            program.forward()
            program.measure()
            loss += program.take_loss() * program.batch_size
            outputs[start : start + self._chunk] = program.output
        whole = len(rows) if self._weights is None else float(self._weights[rows].sum())
        return loss / whole if whole else float("nan"), outputs

    def _filled(self, part: str, rows: NDArray[np.intp], is_whole: bool) -> Program:
        """A program that holds these rows; a small part has one of its own and stays in it."""
        key = (part if is_whole else "", len(rows))
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = Program(
                self._network,
                self._parameters,
                len(rows),
                self._loss,
                learns=False,
                training=False,
                weighted=self._weights is not None,
            )
        elif is_whole:
            return program
        program.x[...] = self._data.x[rows]
        program.y[...] = self._data.y[rows]
        if program.weights is not None and self._weights is not None:
            program.weights[...] = self._weights[rows]
        return program
