"""The weights of the moment on the links of a scene, and which of very many links are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.canvas import drawn_neurons
from neuralbuilder.ui.canvas import gradient_drawing
from neuralbuilder.ui.canvas.layout import Placement
from neuralbuilder.ui.canvas.link_geometry import same, strongest

Arrays = Mapping[str, NDArray[Any]]
Key = tuple[str, str]


class LiveLinks:
    """Shows weights on the bundles of a scene, each known by the ids of its two layers.

    `chosen` holds for a bundle out of a strip the links (links, 2) that are drawn of it.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self.chosen: dict[Key, NDArray[np.intp]] = {}
        self._large: dict[str, NDArray[np.float32]] = {}

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

    def _choose(self, key: Key, weights: NDArray[Any] | None) -> None:
        """Of the links from a strip draw the strongest ones of this moment."""
        source, target = (self._scene.placement.columns[node_id] for node_id in key)
        before = self.chosen.get(key)
        if not source.strip or target.block or weights is None:
            self.chosen.pop(key, None)
        else:
            self.chosen[key] = strongest(weights, target.indices, before)
        if not same(before, self.chosen.get(key)):
            self._scene.place_bundle(key)

    def _fitting(
        self, target: str, arrays: Arrays
    ) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
        """W and b of a layer, if they are those of the layer as it is drawn now."""
        weights, biases = gradient_drawing.link_weights(arrays, target)
        inputs = self._scene.words.input_shapes.get(target, ())
        units = self._scene.placement.columns[target].units
        wanted = (*inputs[0], units) if inputs else ()
        if weights is None and len(wanted) == 2:
            weights = self._drawn_only(target, arrays, wanted)
        if weights is not None and (weights.ndim != 2 or weights.shape != wanted):
            weights = None
        return weights, biases if biases is not None and biases.shape == (units,) else None

    def _drawn_only(
        self, target: str, arrays: Arrays, wanted: tuple[int, ...]
    ) -> NDArray[Any] | None:
        """W of a large layer, of which only the columns of drawn neurons are known."""
        known, neurons = arrays.get(f"{target}/W_drawn"), drawn_neurons(wanted[1])
        if known is None or known.shape != (wanted[0], len(neurons)):
            self._large.pop(target, None)
            return None
        whole = self._large.get(target)
        if whole is None or whole.shape != wanted:
            # Made once: it is much larger than what changes in it.
            whole = self._large[target] = np.full(wanted, np.nan, np.float32)
        whole[:, neurons] = known
        return whole


def _drawn(placement: Placement, node_id: str) -> tuple[int, tuple[int, ...]] | None:
    """How many neurons a layer has and which of them are drawn; None where it is gone."""
    column = placement.columns.get(node_id)
    return None if column is None else (column.units, column.indices)
