"""What layers measure on the training data before training begins."""

from __future__ import annotations

from collections.abc import Collection

from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.network import Network


def fit_layers(
    network: Network, parameters: FloatArray, x: Array, nodes: Collection[str] | None = None
) -> None:
    """Write into `parameters` what the layers that measure find in their own inputs for `x`.

    `x` (samples, …) is the training part. Layers come in order of computation, so each sees what
    those before it have measured. With `nodes`, only these layers measure; the others keep what
    they have. `Layer.fits` says which layers there are.
    """
    views = network.layout.views(parameters)
    for node in network.shapes.outputs:
        layer = network.graph.layer(node)
        if not layer.fits or (nodes is not None and node not in nodes):
            continue
        (source,) = network.graph.sources(node)
        inputs = x if source == network.input_id else network.activation(parameters, x, source)
        for name, values in layer.fitted(inputs).items():
            views[f"{node}/{name}"][...] = values
