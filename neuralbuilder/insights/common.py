"""What several insights share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.base import Source
from neuralbuilder.insights.figure import Bars, Role, Values

LARGEST = 1e30
"""Values beyond this are drawn at it."""
MOST_SORTED = 1000
MOST_COUNTED = 200_000


def chosen(node: str, fitting: Iterable[str]) -> str | None:
    """`node`, or the first of the fitting layers where it is ""; None where it does not fit."""
    nodes = list(fitting)
    if not node:
        return nodes[0] if nodes else None
    return node if node in nodes else None


def activated(source: Source) -> tuple[str, ...]:
    """The layers that apply an activation, in the order of computation."""
    graph = source.network.graph
    return tuple(n for n in source.network.shapes.outputs if hasattr(graph.layer(n), "activation"))


def dense(source: Source) -> tuple[str, ...]:
    """The layers whose every neuron weighs all inputs, in the order of storage."""
    entries = source.network.layout.entries
    return tuple(e.node for e in entries if e.parameter == "W" and len(e.shape) == 2)


def clean(values: Any) -> Values:
    """Finite float64: NaN becomes 0, infinities and extremes become ±`LARGEST`."""
    array = np.array(values, dtype=np.float64)
    if not np.isfinite(array).all():
        np.nan_to_num(array, copy=False, posinf=LARGEST, neginf=-LARGEST)
    return np.clip(array, -LARGEST, LARGEST, out=array)


def reach(values: NDArray[Any]) -> float:
    """A round magnitude that nearly all of these values lie within; 1 where there are none."""
    flat = np.ravel(values)
    # A part of the values is enough to find out what is usual; sorting all of them takes long.
    magnitudes = np.sort(np.abs(clean(flat[:: len(flat) // MOST_SORTED + 1])))
    if not magnitudes.size:
        return 1.0
    usual = 1.5 * float(magnitudes[int(0.98 * (len(magnitudes) - 1))])
    return nice(min(float(magnitudes[-1]), usual) if usual > 0 else float(magnitudes[-1]))


def nice(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten; 1 for 0.

    A scale that changes in steps does not dance while training.
    """
    if value <= 0 or not np.isfinite(value):
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    steps = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return float(next(step for step in steps if value <= step * power * (1 + 1e-9)) * power)


def histogram(
    name: str, values: NDArray[Any], limit: float, bins: int, role: Role = "accent"
) -> Bars:
    """Shares of the values in equal bins from −limit to limit; what lies beyond counts at the ends.

    The heights add up to 1 (or are all 0 where there are no values). Of very many values some,
    evenly spread, are counted.
    """
    edges = np.linspace(-limit, limit, bins + 1)
    flat = np.ravel(values)
    flat = np.clip(clean(flat[:: len(flat) // MOST_COUNTED + 1]), -limit, limit)
    # Faster than np.histogram for a few thousand values, because all bins are equally wide.
    places = np.minimum(((flat + limit) * (bins / (2 * limit))).astype(np.intp), bins - 1)
    heights = np.bincount(places, minlength=bins) / max(1, flat.size)
    return Bars(name, edges, heights, role)
