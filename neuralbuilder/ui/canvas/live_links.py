"""The weights of the moment on the links of a scene, and which of very many links are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.canvas import drawn_neurons
from neuralbuilder.ui.canvas import gradient_drawing
from neuralbuilder.ui.canvas.layout import Placement
from neuralbuilder.ui.canvas.link_geometry import Weights, same

Arrays = Mapping[str, NDArray[Any]]
Key = tuple[str, str]


class LiveLinks:
    """Shows weights on the bundles of a scene, each known by the ids of its two layers.

    `chosen` holds for a bundle out of a strip the links (links, 2) that are drawn of it.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self.chosen: dict[Key, NDArray[np.intp]] = {}

    def show(self, arrays: Arrays) -> None:
        """Show the weights of these arrays."""
        for key, bundle in self._scene.bundles.items():
            weights, biases = self._fitting(key[1], arrays)
            self._choose(key, weights)
            bundle.set_weights(weights, biases, gradient_drawing.are_gradients(arrays))

    def forget(self, before: Placement) -> None:
        """Forget the strongest links of layers that no longer draw the same neurons."""
        now = self._scene.placement
        for key in list(self.chosen):
            if any(_drawn(before, node_id) != _drawn(now, node_id) for node_id in key):
                del self.chosen[key]

    def _choose(self, key: Key, weights: Weights | None) -> None:
        """Of the links from a strip draw the strongest ones of this moment."""
        source, target = (self._scene.placement.columns[node_id] for node_id in key)
        before = self.chosen.get(key)
        if not source.strip or target.block or weights is None:
            self.chosen.pop(key, None)
        else:
            self.chosen[key] = weights.strongest(target.indices, before)
        if not same(before, self.chosen.get(key)):
            self._scene.place_bundle(key)

    def _fitting(self, target: str, arrays: Arrays) -> tuple[Weights | None, NDArray[Any] | None]:
        """W and b of a layer, if they are those of the layer as it is drawn now."""
        weights, biases = gradient_drawing.link_weights(arrays, target)
        inputs = self._scene.words.input_shapes.get(target, ())
        units = self._scene.placement.columns[target].units
        wanted = (*inputs[0], units) if inputs else ()
        biases = biases if biases is not None and biases.shape == (units,) else None
        if len(wanted) != 2:
            return None, biases
        if weights is None:
            return _known_part(target, arrays, *wanted), biases
        return Weights.whole(weights) if weights.shape == wanted else None, biases


def _known_part(target: str, arrays: Arrays, inputs: int, units: int) -> Weights | None:
    """What is told of a large W, if it is that of the layer as it is drawn now."""
    values, rows = arrays.get(f"{target}/W_drawn"), arrays.get(f"{target}/W_rows")
    neurons = np.array(drawn_neurons(units), np.intp)
    if values is None or rows is None or values.shape != (len(rows), len(neurons)):
        return None
    return Weights(values, rows, neurons) if len(rows) and rows[-1] < inputs else None


def _drawn(placement: Placement, node_id: str) -> tuple[int, tuple[int, ...]] | None:
    """How many neurons a layer has and which of them are drawn; None where it is gone."""
    column = placement.columns.get(node_id)
    return None if column is None else (column.units, column.indices)
