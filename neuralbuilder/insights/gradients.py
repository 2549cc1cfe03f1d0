"""How large the gradients of the layers are, which says where learning happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.common import LARGEST, clean
from neuralbuilder.insights.figure import Axis, Bars, Figure
from neuralbuilder.parts import register, switch

MOST_LAYERS = 16
SMALLEST = 1e-12
"""Gradients below this are drawn at it on a logarithmic axis."""


@register("gradient_sizes", "Gradients")
@dataclass(frozen=True)
class GradientSizes(Insight):
    """The root mean square of ∂L/∂W per layer, over up to 256 training samples.

    Gradients that shrink by powers of ten towards the input vanish: the first layers learn slowly.
    """

    logarithmic: bool = switch(
        True, "Logarithmic", help="Equal factors are equal heights, so that small ones are seen."
    )

    def compute(self, source: Source) -> Figure:
        """One bar per layer with weights, from input to output."""
        layout = source.network.layout
        nodes = [entry.node for entry in layout.entries if entry.parameter == "W"][-MOST_LAYERS:]
        if not nodes:
            return Figure(title=self.label, message="No layer has weights.")
        views = layout.views(source.batch_trace.gradient)
        sizes = np.array([_root_mean_square(views[f"{node}/W"]) for node in nodes])
        lowest = 0.0
        if self.logarithmic:
            sizes = np.maximum(sizes, SMALLEST)
            lowest = 10.0 ** (np.floor(np.log10(sizes.min())) - 1)
        return Figure(
            title=self.label,
            note=f"rms ∂L/∂W · {len(source.batch[0])} samples",
            x_axis=Axis("", categories=tuple(source.name(node) for node in nodes)),
            y_axis=Axis("", self.logarithmic, minimum=float(lowest)),
            marks=(Bars("∂L/∂W", np.arange(len(nodes) + 1.0), sizes),),
        )


def _root_mean_square(values: np.ndarray) -> float:
    # Divided by the largest first, so that no square leaves the range of numbers.
    exact = clean(values)
    largest = float(np.abs(exact).max(initial=0.0))
    if largest == 0:
        return 0.0
    return min(float(np.sqrt(np.mean((exact / largest) ** 2))) * largest, LARGEST)
