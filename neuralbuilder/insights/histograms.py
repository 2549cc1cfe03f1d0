"""Histograms per layer: what comes out of the neurons, and the weights themselves."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.base import Insight, Source, classifies
from neuralbuilder.insights.common import histogram, reach
from neuralbuilder.insights.figure import Axis, Figure
from neuralbuilder.parts import integer, register, switch

_BINS: dict[str, Any] = {"minimum": 5, "maximum": 101, "help": "How many bars each layer has."}
_COMMON: dict[str, Any] = {
    "help": "Draws all layers over the same axis, so that their spreads can be compared."
}
MOST_ROWS = 8


@register("activation_histograms", "Activations")
@dataclass(frozen=True)
class ActivationHistograms(Insight):
    """How the outputs of each layer are spread, over up to 256 training samples."""

    bins: int = integer(31, "Bars", **_BINS)
    common_axis: bool = switch(True, "Common axis", **_COMMON)

    @classmethod
    def usual_for(cls, samples: Samples | None) -> bool:
        """Of numbers to predict; classes have more to look at."""
        return not classifies(samples)

    def compute(self, source: Source) -> Figure:
        """One row per layer, from input to output."""
        values = source.batch_trace.activations
        title = f"per layer, {len(source.batch[0])} samples"
        return _rows(source, "Activations", title, values, self.bins, self.common_axis)


@register("weight_histograms", "Weights")
@dataclass(frozen=True)
class WeightHistograms(Insight):
    """How the weights of each layer are spread; those of the bias neuron are left out."""

    bins: int = integer(31, "Bars", **_BINS)
    common_axis: bool = switch(True, "Common axis", **_COMMON)

    def compute(self, source: Source) -> Figure:
        """One row per layer with weights."""
        layout = source.network.layout
        views = layout.views(source.parameters)
        values = {e.node: views[e.name] for e in layout.entries if e.parameter == "W"}
        return _rows(
            source, "Weights", "per layer, without bias", values, self.bins, self.common_axis
        )


def _rows(
    source: Source, title: str, note: str, values: dict[str, NDArray[Any]], bins: int, common: bool
) -> Figure:
    if not values:
        return Figure(title=title, message="No layer has weights.")
    shown, left_out = _ends(list(values))
    limits = {node: reach(values[node]) for node in shown}
    if common:
        limits = dict.fromkeys(shown, max(limits.values()))
    rows = tuple(_row(source.name(node), values[node], limits[node], bins) for node in shown)
    if left_out:
        note = f"first and last layers; {left_out} between not shown"
    return Figure(title=title, note=note, rows=rows)


def _row(name: str, values: NDArray[Any], limit: float, bins: int) -> Figure:
    # A dozen values in dozens of bars would look like a comb.
    bars = histogram(name, values, limit, min(bins, 2 * ceil(values.size**0.5) + 3))
    return Figure(
        title=name,
        x_axis=Axis(minimum=-limit, maximum=limit),
        y_axis=Axis(minimum=0.0, maximum=max(float(np.max(bars.heights)), 1e-9)),
        marks=(bars,),
    )


def _ends(nodes: list[str]) -> tuple[list[str], int]:
    """The first and last layers of a deep network, and how many lie between."""
    if len(nodes) <= MOST_ROWS:
        return nodes, 0
    half = MOST_ROWS // 2
    return nodes[:half] + nodes[-half:], len(nodes) - MOST_ROWS
