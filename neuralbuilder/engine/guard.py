"""Finding the first number that is no longer finite."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.program import Program


def first_non_finite(
    network: Network, parameters: FloatArray, program: Program | None = None
) -> tuple[str, str] | None:
    """The node id and the name of the first array with NaN or infinity, or None if all is well.

    Layers are looked at in the order of computation: parameters (``W``), and where `program` is
    given what its last step left (``z``, ``output``), then the gradients (``gradient of W``).
    """
    for node, name, values in _arrays(network, parameters, program):
        if not np.isfinite(values).all():
            return node, name
    return None


def _arrays(
    network: Network, parameters: FloatArray, program: Program | None
) -> Iterator[tuple[str, str, Array]]:
    views = network.layout.views(parameters)
    for node in network.shapes.outputs:
        for entry in network.layout.of(node):
            yield node, entry.parameter, views[entry.name]
        if program is not None:
            z = program.pre_activation(node)
            if z is not None:
                yield node, "z", z
            yield node, "output", program.activation(node)
    if program is not None and program.gradient.size:
        gradients = network.layout.views(program.gradient)
        for entry in reversed(network.layout.entries):
            yield entry.node, f"gradient of {entry.parameter}", gradients[entry.name]
