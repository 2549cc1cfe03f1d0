"""The way back, for the drawing of the network: gradients in the place of activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.canvas import (
    MOST_WEIGHTS,
    drawn_images,
    picture_arrays,
    signed_shares,
    thinned,
)
from neuralbuilder.insights.common import clean
from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.parts import register


@register("backward_view", "Network, backward")
@dataclass(frozen=True)
class BackwardView(Insight):
    """∂L/∂activation of the selected sample, for every layer, weight and bias.

    One `Arrays` mark with, per layer of a vector, ``id/activation`` (units,), the plain gradients;
    per layer of images ``id/images`` (maps, rows, columns), the drawn maps from −1 to 1; per layer
    with weights ``id/W``, ``id/b`` and their gradients ``id/dW``, ``id/db`` for the loss of this
    sample alone, of which ``batch`` (1,) is the number. An image in colour that goes in stays in
    sight as ``id/picture``. Where the loss is computed from the sums z
    of the output layer, that layer has ∂L/∂z. ``backward`` (1,) tells these arrays from those of
    `NetworkView`. Layers that the loss does not depend on have none.
    """

    in_panels: ClassVar[bool] = False

    def compute(self, source: Source) -> Figure:
        """The arrays for this moment."""
        values: dict[str, NDArray[Any]] = {"backward": np.ones(1), "batch": np.ones(1, np.intp)}
        for node, gradient in source.sample_gradients.items():
            if gradient.ndim == 2:
                values[f"{node}/activation"] = thinned(clean(gradient[0]))
            else:
                values[f"{node}/images"] = signed_shares(drawn_images(gradient[0]))
        values |= picture_arrays(source)
        layout = source.network.layout
        weights = layout.views(source.parameters)
        gradients = layout.views(source.sample_trace.gradient)
        for entry in layout.entries:
            if entry.count <= MOST_WEIGHTS:
                values[f"{entry.node}/{entry.parameter}"] = weights[entry.name].copy()
                values[f"{entry.node}/d{entry.parameter}"] = gradients[entry.name].copy()
        return Figure(marks=(Arrays(values),))
