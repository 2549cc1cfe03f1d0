"""How good the weights of a network are on a part of its data: the same numbers for the command
line, for Python, and in the plots of the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.class_weights import ClassWeights, NoClassWeights, sample_weights
from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.base import PARTS, spread
from neuralbuilder.insights.calibration import calibration
from neuralbuilder.insights.decisions import QUANTITIES, decisions
from neuralbuilder.insights.influence import dependence, importance, score_of
from neuralbuilder.insights.ranking import precision_recall, roc
from neuralbuilder.insights.report import Report, report
from neuralbuilder.problems import UserError
from neuralbuilder.training.measuring import Measuring

EVERYTHING = "all"
MOST_POINTS = 200
"""Of a curve that is told as numbers."""
MOST_ROWS = 2000
"""Rows that stand for a part of the data where columns are shuffled or replaced."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a network makes of a part of the data.

    `loss` is the mean one over all samples of the part, as the plan has it, without penalties.
    """

    part: str
    loss: float
    report: Report

    def facts(self) -> dict[str, Any]:
        """Part, samples, loss, measures, and those row by row, as JSON types."""
        return {"part": self.part, "loss": self.loss, **self.report.facts()}


class Judge:
    """Judges the weights in `parameters` on prepared data.

    Everything is computed anew when it is asked for; `rows` of samples are those of `data`. The
    loss is the weighted mean that training makes small, where classes or samples have weights; the
    measures count every sample alike.
    """

    def __init__(
        self,
        network: Network,
        parameters: FloatArray,
        data: Prepared,
        loss: Loss,
        class_weights: ClassWeights | None = None,
    ) -> None:
        self._network, self._parameters, self._data = network, parameters, data
        weights = sample_weights(class_weights or NoClassWeights(), data)
        self._measuring = Measuring(network, parameters, data, loss, weights)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the data that have samples, test first."""
        return tuple(part for part in PARTS if len(getattr(self._data, part)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return self._data.samples.input_names

    @property
    def decides(self) -> bool:
        """Whether a threshold decides: between two classes, or between yes and no."""
        samples = self._data.samples
        return samples.task == "yes/no" or len(samples.class_names) == 2

    def judge(self, part: str, threshold: float = 0.5) -> Judgement:
        """The loss and all measures on "train", "validation", "test" or "all".

        Raises `UserError` for a part without samples, and for outputs that are no finite numbers.
        """
        loss, given, right = self._answers(part)
        samples = self._data.samples
        found = report(samples.task, samples.target_names, given, right, threshold)
        return Judgement(part, loss, found)

    def curves(self, part: str) -> list[dict[str, Any]]:
        """ROC, precision-recall and calibration of every class, or output that says yes or no;
        of quantities there are none.
        """
        samples = self._data.samples
        if samples.task == QUANTITIES:
            return []
        _, given, right = self._answers(part)
        found = decisions(samples.task, samples.target_names, given, right)
        curves = []
        for column, name in enumerate(found.names):
            own: dict[str, Any] = {"name": name}
            if found.is_open(column):
                false, true = _thinned(*roc(found, column))
                recall, precision = _thinned(*precision_recall(found, column))
                own["roc"] = {"false positive rate": false, "true positive rate": true}
                own["precision recall"] = {"recall": recall, "precision": precision}
            if found.are_probabilities:
                bins = calibration(found, column)
                own["calibration"] = {
                    "mean probability": bins.predicted.tolist(),
                    "share that is so": bins.observed.tolist(),
                    "samples": bins.counts.tolist(),
                }
            curves.append(own)
        return curves

    def importance(self, part: str) -> dict[str, Any]:
        """The permutation importance of every column, the most important one first; see
        `insights.influence`.

        Raises `UserError` for images.
        """
        self._check_table()
        samples = self._data.samples
        rows = spread(self.rows(part), MOST_ROWS)
        name, score = score_of(samples.task, self._data.y[rows])
        with np.errstate(all="ignore"):
            found = importance(self._forward, self._data.x[rows], samples.input_names, score)
        return {
            "score": name,
            "without shuffling": found.score,
            "samples": len(rows),
            "columns": [
                {"name": column, "lost": float(mean), "deviation": float(deviation)}
                for column, mean, deviation in zip(
                    found.names, found.means, found.deviations, strict=True
                )
            ],
        }

    def dependence(self, part: str, column: int, points: int = 40) -> Mapping[str, Any]:
        """The partial dependence of every output on the input in this column, from 0 on.

        Raises `UserError` for images.
        """
        self._check_table()
        samples, scaling = self._data.samples, self._data.scaling
        rows = spread(self.rows(part), MOST_ROWS)

        def answer(x: NDArray[Any]) -> NDArray[Any]:
            inputs = scaling.inputs(x).astype(self._network.dtype)
            return scaling.original_targets(self._forward(inputs))

        with np.errstate(all="ignore"):
            found = dependence(answer, samples.x[rows], column, points)
        outputs = [samples.class_of(k, len(found.outputs)) for k in range(len(found.outputs))]
        names = outputs if all(outputs) else samples.target_names
        return {
            "input": samples.input_names[column],
            "samples": len(rows),
            "values": found.values.tolist(),
            "outputs": [
                {"name": name, "mean": own.tolist()}
                for name, own in zip(names, found.outputs, strict=True)
            ],
        }

    def rows(self, part: str) -> NDArray[np.intp]:
        """The rows of a part; raises `UserError` where it has none."""
        if part == EVERYTHING:
            return np.arange(self._data.samples.count)
        rows: NDArray[np.intp] = getattr(self._data, part)
        if not len(rows):
            raise UserError(
                f"The {part} part of these data has no samples.",
                f"Choose one of: {', '.join((*self.parts, EVERYTHING))}.",
            )
        return rows

    def _answers(self, part: str) -> tuple[float, NDArray[Any], NDArray[Any]]:
        """Loss, outputs and right answers, in original units."""
        rows = self.rows(part)
        with np.errstate(all="ignore"):
            loss, outputs = self._measuring.answer(part, rows)
        if not np.isfinite(outputs).all():
            raise UserError(
                "Some outputs are not finite numbers.",
                "Rewind and train again, with a lower learning rate.",
            )
        original = self._data.scaling.original_targets
        return loss, original(outputs), original(self._data.y[rows])

    def _forward(self, inputs: NDArray[Any]) -> NDArray[Any]:
        return self._network.forward(self._parameters, inputs)

    def _check_table(self) -> None:
        if self._data.samples.is_images:
            raise UserError("These inputs are images.", "This is about the columns of a table.")


def _thinned(x: NDArray[Any], y: NDArray[Any]) -> tuple[list[float], list[float]]:
    """At most `MOST_POINTS` points of a curve, the first and the last one among them."""
    kept = spread(np.arange(len(x)), MOST_POINTS)
    return x[kept].tolist(), y[kept].tolist()
