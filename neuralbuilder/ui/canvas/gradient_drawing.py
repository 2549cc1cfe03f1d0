"""How gradients are drawn where activations and weights usually are. No Qt here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.common import nice
from neuralbuilder.ui.canvas.column_face import ColumnFace
from neuralbuilder.ui.canvas.look import usual_weight

Arrays = Mapping[str, NDArray[Any]]
STRONG = 1.5
"""The value whose colour the largest gradient of a layer gets."""


def are_gradients(arrays: Arrays) -> bool:
    """Whether these arrays are those of a `BackwardView`."""
    return "backward" in arrays


def face(usual: ColumnFace) -> ColumnFace:
    """The face of a column of gradients: no shares, and class names beside the numbers."""
    return replace(
        usual, gradients=True, probabilities=False, names=usual.classes or usual.names, classes=()
    )


def column_values(
    arrays: Arrays, node: str
) -> tuple[NDArray[Any] | None, NDArray[Any] | None, NDArray[Any] | None]:
    """Values for the colours, heat maps, and numbers of a column."""
    values = arrays.get(f"{node}/activation")
    if not are_gradients(arrays):
        return values, arrays.get(f"{node}/map"), arrays.get(f"{node}/original")
    if values is None:
        return None, None, None
    return STRONG * scaled(values), None, values


def link_weights(arrays: Arrays, node: str) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """W and b of a layer as its links show them; gradients as strong as usual weights."""
    names = ("dW", "db") if are_gradients(arrays) else ("W", "b")
    weights, biases = (arrays.get(f"{node}/{name}") for name in names)
    if not are_gradients(arrays) or weights is None or weights.ndim != 2:
        return weights, biases
    largest = float(np.abs(weights).max(initial=0.0))
    if biases is not None:
        largest = max(largest, float(np.abs(biases).max(initial=0.0)))
    scale = STRONG * usual_weight(*weights.shape) / nice(largest)
    return weights * scale, None if biases is None else biases * scale


def scaled(values: NDArray[Any]) -> NDArray[np.float64]:
    """Values from −1 to 1, divided by a round number that they do not exceed."""
    return np.asarray(values / nice(float(np.abs(values).max(initial=0.0))), np.float64)
