"""One feature map with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.common import clean
from neuralbuilder.insights.figure import Arrays, Figure
from neuralbuilder.insights.images import in_colour, picture_of, thinned
from neuralbuilder.parts import integer, register, switch, text

MOST_PIXELS = 512
"""Of maps with more rows or columns every second, third … pixel is told."""


@register("feature_map", "Feature map")
@dataclass(frozen=True)
class FeatureMap(Insight):
    """The values of one map of a layer for the selected sample.

    One `Arrays` mark: ``map`` (rows, columns), its ``index`` (1,), ``shape`` (maps, rows, columns)
    of the layer, and ``step`` (1,): of large maps every so many-th row and column is told. The
    input shows the data in original units, one in colour also as ``picture`` (rows, columns, 3) of
    bytes and ``pixels`` (3, rows, columns), with the values of black and white in ``range`` (2,).
    On the way back the values are ∂L/∂value for the loss of this sample alone, and ``backward``
    (1,) says so; picture and pixels stay those of the data.
    """

    in_panels: ClassVar[bool] = False

    node: str = text("", "Layer", help="Which layer; the first one with maps where this is empty.")
    index: int = integer(0, "Map", minimum=0, help="Which of its maps, from 0.")
    backward: bool = switch(False, "Gradients", help="The way back instead of the way forward.")

    def compute(self, source: Source) -> Figure:
        """The values of this moment; a message where there is no such map, or no way back to it."""
        shapes = source.network.shapes.outputs
        with_maps = [node for node, shape in shapes.items() if len(shape) == 3]
        node = self.node or next(iter(with_maps), "")
        if node not in with_maps or self.index >= shapes[node][0]:
            return Figure(message="There is no such feature map.")
        if self.backward and node not in source.sample_gradients:
            return Figure(message="The loss does not depend on this layer.")
        maps = self._maps(source, node)
        step = -(-max(maps.shape[1:]) // MOST_PIXELS)
        values = {
            "map": clean(maps[self.index, ::step, ::step]),
            "shape": np.array(maps.shape),
            "index": np.array([self.index]),
            "step": np.array([step]),
        }
        if in_colour(source.network, node):
            values["picture"] = picture_of(source, MOST_PIXELS)
            values["pixels"] = thinned(source.sample_input[0], MOST_PIXELS)
            values["range"] = np.array(source.data.samples.pixel_range)
        if self.backward:
            values["backward"] = np.ones(1)
        return Figure(title=source.name(node), marks=(Arrays(values),))

    def _maps(self, source: Source, node: str) -> NDArray[Any]:
        if self.backward:
            maps: NDArray[Any] = source.sample_gradients[node][0]
        elif node == source.network.input_id:
            maps = source.sample_input[0]
        else:
            maps = source.sample_trace.activations[node][0]
        return maps
