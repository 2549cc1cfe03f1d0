"""The activation of a layer as a curve, with where its neurons work on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.losses import activation_of
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.common import activated, chosen, clean, histogram, nice, reach
from neuralbuilder.insights.figure import Axis, Figure, Line, Mark
from neuralbuilder.parts import register, text

POINTS = 121
BINS = 31
TALLEST = 0.45
"""The part of the picture's height that the tallest bar of the histogram takes."""


@register("activation_curve", "Activation and derivative")
@dataclass(frozen=True)
class ActivationCurve(Insight):
    """f and f′ of a layer, above a histogram of the sums z that its neurons work with."""

    in_panels: ClassVar[bool] = False

    node: str = text("", "Layer", help="The id of the layer; empty for the first with one.")

    def compute(self, source: Source) -> Figure:
        """Two lines and one histogram."""
        node = chosen(self.node, activated(source))
        if node is None:
            return Figure(title="Activation", message="This layer has no activation.")
        activation = activation_of(source.network.graph.layer(node))
        sums = _sums(source, node)
        limit = max(reach(sums), 3.0)
        z = np.linspace(-limit, limit, POINTS)
        # Softmax is a function of the whole layer; against a second neuron at 0 it is this curve.
        value = activation.value(np.stack([z, np.zeros(POINTS)], axis=-1))[:, 0]
        derivative = activation.derivative(z)
        curves: list[Mark] = [Line("f", z, clean(value))]
        if derivative is not None:
            curves.append(Line("f′", z, clean(derivative), "second", dashed=True))
        low, high = _bounds(curves)
        bars = histogram("z", sums, limit, BINS)
        tallest = max(float(bars.heights.max()), 1e-9)
        bars = replace(bars, heights=bars.heights * (TALLEST * (high - low) / tallest), base=low)
        of_two = derivative is None
        return Figure(
            title=f"{activation.label} of two neurons" if of_two
            else f"{activation.label.lower()} and its derivative",
            x_axis=Axis("pre-activation z", minimum=-limit, maximum=limit),
            y_axis=Axis(minimum=low, maximum=high),
            marks=(bars, *curves),
        )  # fmt: skip


def _sums(source: Source, node: str) -> NDArray[Any]:
    """What goes into the activation of a layer: its sums, or without weights just its input."""
    trace = source.batch_trace
    if node in trace.pre_activations:
        return trace.pre_activations[node]
    (before,) = source.network.graph.sources(node)
    return trace.activations[before]


def _bounds(curves: list[Mark]) -> tuple[float, float]:
    values = np.concatenate([curve.y for curve in curves if isinstance(curve, Line)])
    low, high = float(values.min()), float(values.max())
    low = -nice(-low) if low < 0 else 0.0
    return low, nice(high) if high > 0 else 1.0
