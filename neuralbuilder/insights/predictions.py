"""What the network answers, against what would be right."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.metrics import accuracy, r_squared
from neuralbuilder.insights.base import PARTS, PLANE, Insight, Source, classifies, spread
from neuralbuilder.insights.common import clean, nice
from neuralbuilder.insights.confusion import ConfusionMatrix
from neuralbuilder.insights.figure import Axis, Figure, HeatMap, Line, Points, Values
from neuralbuilder.parts import choice, integer, register

GRID = 60
MOST_POINTS = 600
MOST_SCORES = 6
"""Targets whose own R² are told."""
VIEWS = ("automatic", "targets", "surface", "classes")


@register("predictions", "Predictions")
@dataclass(frozen=True)
class Predictions(Insight):
    """The answers of the network beside the right ones, in original units.

    Over a plane of two inputs the answer to every point is drawn as a surface; numbers to predict
    are drawn against the right numbers; classes are counted in a confusion matrix.
    """

    view: str = choice(
        "automatic", "View", VIEWS, help="Targets: right against given. Classes: confusion matrix."
    )
    subset: str = choice("test", "Part", PARTS, help="Which part of the data is shown.")
    output: int = integer(
        1, "Output", minimum=1, maximum=1_000_000, help="Which output the surface of numbers shows."
    )

    @classmethod
    def usual_for(cls, samples: Samples | None) -> bool:
        """Of numbers to predict, and of classes over a plane."""
        return samples is None or not classifies(samples) or samples.input_shape == PLANE

    def compute(self, source: Source) -> Figure:
        """The view that fits the data, or the one that was chosen."""
        view = self._fitting_view(source)
        if view == "classes":
            return ConfusionMatrix(self.subset).compute(source)
        part, every = source.part(self.subset)
        rows = spread(every, source.affordable(len(every)))
        if view == "surface":
            return _surface(source, part, rows, self.output - 1)
        return _targets(source, part, rows)

    def behind(self, figure: Figure, row: int, column: int) -> Insight | None:
        """The samples of a cell of the confusion matrix."""
        return ConfusionMatrix(self.subset).behind(figure, row, column)

    def _fitting_view(self, source: Source) -> str:
        samples = source.data.samples
        classifies = samples.task == "classification"
        flat = source.network.input_shape == PLANE
        if self.view == "surface" and flat:
            return "surface"
        if self.view == "automatic" and flat:
            return "surface"
        if self.view == "targets" and not classifies:
            return "targets"
        return "classes" if classifies else "targets"


# ------------------------------------------------------------ numbers


def _targets(source: Source, part: str, rows: NDArray[np.intp]) -> Figure:
    data = source.data
    output = source.network.forward(source.parameters, data.x[rows])
    given = clean(data.scaling.original_targets(output.astype(np.float64)))
    right = clean(data.scaling.original_targets(data.y[rows].astype(np.float64)))
    shown = spread(np.arange(len(rows)), max(1, MOST_POINTS // right.shape[1]))
    low, high = _range(right, given)
    columns = np.broadcast_to(np.arange(right.shape[1]), right[shown].shape)
    points = Points(
        "samples",
        right[shown].ravel(),
        given[shown].ravel(),
        classes=np.ascontiguousarray(columns).ravel(),
        class_names=data.samples.target_names,
        hollow=True,
    )
    return Figure(
        title="Predictions",
        note=_score_note(given, right, part, data.samples.target_names),
        x_axis=Axis("target", minimum=low, maximum=high),
        y_axis=Axis("prediction", minimum=low, maximum=high),
        marks=(Line("exact", np.array([low, high]), np.array([low, high]), "muted", True), points),
    )


def _score_note(given: Values, right: Values, part: str, names: tuple[str, ...]) -> str:
    """R² over all targets first, because notes are cut at the end; then R² of each target."""
    scores = [f"R² {_hundredths(r_squared(given, right))}", part]
    if 1 < len(names) <= MOST_SCORES:
        for column, name in enumerate(names):
            own = r_squared(given[:, [column]], right[:, [column]])
            scores.append(f"{name} {_hundredths(own)}")
    return " · ".join(scores)


def _hundredths(score: float) -> str:
    """Two digits, but never 1.00 for what is not exact."""
    text = f"{score:.2f}"
    return f"{score:.4f}"[:6] if text == "1.00" and score < 1 else text.replace("-", "−")


def _right_note(output: Values, targets: Values, part: str) -> str:
    """The share of right classes, first, because notes are cut at the end."""
    if not len(targets):
        return part
    return f"{100 * accuracy(output, targets):.1f} % right · {part}"


def _range(right: Values, given: Values) -> tuple[float, float]:
    """The range of the targets and nearly all predictions, with a margin."""
    if not right.size:
        return 0.0, 1.0
    low = min(float(right.min()), float(np.quantile(given, 0.01)))
    high = max(float(right.max()), float(np.quantile(given, 0.99)))
    margin = 0.05 * (high - low) or max(1.0, abs(high)) * 0.05
    return low - margin, high + margin


# ------------------------------------------------------------ surfaces


def plane(source: Source, size: int) -> tuple[NDArray[Any], tuple[float, float, float, float]]:
    """Scaled inputs of a grid over the plane, row by row from the bottom, and its extent."""
    x = source.data.samples.x
    low, high = x.min(axis=0), x.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    half = np.where(half > 0, half * 1.08, 1.0)
    left, bottom = middle - half
    right, top = middle + half
    # Cell centres, so that the picture of the cells fills the extent exactly.
    steps = (np.arange(size) + 0.5) / size
    across, up = left + (right - left) * steps, bottom + (top - bottom) * steps
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    scaled = source.data.scaling.inputs(grid).astype(source.network.dtype)
    return scaled, (float(left), float(right), float(bottom), float(top))


def _surface(source: Source, part: str, rows: NDArray[np.intp], output: int) -> Figure:
    samples = source.data.samples
    size = max(4, isqrt(source.affordable(GRID * GRID)))
    grid, extent = plane(source, size)
    answers = clean(source.network.forward(source.parameters, grid))
    shown = spread(rows, MOST_POINTS)
    if samples.task == "classification":
        heat, points = _class_surface(source, answers, extent, shown)
        output_rows = source.network.forward(source.parameters, source.data.x[rows])
        note = _right_note(output_rows, source.data.y[rows], part)
    else:
        output = min(output, answers.shape[1] - 1)
        heat, points = _number_surface(source, answers[:, output], extent, shown, output)
        note = f"{samples.target_names[output]} · {part} samples"
    x_name, y_name = samples.input_names[:2]
    return Figure(
        title="Predictions",
        note=note,
        x_axis=Axis(x_name, minimum=extent[0], maximum=extent[1]),
        y_axis=Axis(y_name, minimum=extent[2], maximum=extent[3]),
        marks=(heat, points),
    )


def _class_surface(
    source: Source,
    answers: Values,
    extent: tuple[float, float, float, float],
    shown: NDArray[np.intp],
) -> tuple[HeatMap, Points]:
    """The likeliest class of every cell, as strong as the network is sure of it."""
    samples, size = source.data.samples, isqrt(len(answers))
    shares = np.hstack([1 - answers, answers]) if answers.shape[1] == 1 else answers
    guess = 1.0 / shares.shape[1]
    sure = np.clip((shares.max(axis=1) - guess) / (1 - guess), 0.0, 1.0)
    heat = HeatMap(
        sure.reshape(size, size),
        extent,
        "sequential",
        classes=shares.argmax(axis=1).reshape(size, size),
    )
    points = Points(
        "samples",
        clean(samples.x[shown, 0]),
        clean(samples.x[shown, 1]),
        classes=samples.labels[shown],
        class_names=samples.class_names,
    )
    return heat, points


def _number_surface(
    source: Source,
    answers: Values,
    extent: tuple[float, float, float, float],
    shown: NDArray[np.intp],
    output: int,
) -> tuple[HeatMap, Points]:
    """The answer of every cell and the targets of the samples, on one scale of colours."""
    data, size = source.data, isqrt(len(answers))
    shift, scale = data.scaling.target_shift, data.scaling.target_scale
    values = clean(answers * scale[output] + shift[output])
    targets = clean(data.samples.y[:, output])
    limit = nice(float(np.abs(targets).max()))
    heat = HeatMap(values.reshape(size, size), extent, "diverging", limit)
    points = Points(
        "samples",
        clean(data.samples.x[shown, 0]),
        clean(data.samples.x[shown, 1]),
        values=targets[shown],
        limit=limit,
    )
    return heat, points
