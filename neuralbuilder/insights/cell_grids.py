"""Windows, kernels and products as small grids of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.base import Source
from neuralbuilder.insights.cell_forward import Array, Numbers
from neuralbuilder.insights.common import clean, nice
from neuralbuilder.insights.figure import Axis, Figure, HeatMap
from neuralbuilder.insights.images import in_colour
from neuralbuilder.insights.neuron import plain, signed
from neuralbuilder.insights.places import place
from neuralbuilder.insights.receptive_field import Cell

MOST_CHANNELS = 16
"""How many input channels are shown in full; of others only the sum."""
WIDEST_WITH_NUMBERS = 7
"""Windows with more columns or rows are shown in colours, without numbers."""
MOST_PIXELS = 64
"""Of windows with more rows or columns every second, third … pixel is shown."""
BORDER = "·"


def kernel_grids(
    source: Source,
    cell: Cell,
    numbers: Numbers,
    names: tuple[str, ...],
    keys: tuple[str, ...] = ("window", "kernel", "products"),
) -> tuple[Figure, ...]:
    """One row of grids per input channel, the first ones."""
    (before,) = source.network.graph.sources(cell.node)
    found = []
    for channel in range(shown_channels(numbers)):
        maps = [
            # Only the window itself shows where the border is.
            grid_of(numbers[key][channel], numbers["inside"] if key == "window" else None, write)
            for key, write in zip(keys, (plain, signed, signed), strict=True)
        ]
        title = map_title(source, before, channel)
        total = float(numbers[keys[-1]][channel].sum())
        note = f"Σ = {signed(total)}" if keys[-1] == "products" else ""
        found.append(row_of(title, note, names, maps))
    return tuple(found)


def map_title(source: Source, node: str, number: int) -> str:
    """``Conv 1, map 2``, or ``Input, green``."""
    colour = in_colour(source.network, node)
    return f"{source.name(node)}, {place((), (number,), colour=colour)}"


def shown_channels(numbers: Numbers) -> int:
    """How many channels are shown in full."""
    return min(len(numbers["window"]), MOST_CHANNELS)


def row_of(title: str, note: str, names: Sequence[str], maps: Iterable[HeatMap]) -> Figure:
    """Grids side by side, each with its name."""
    return Figure(title=title, note=note, x_axis=Axis(categories=tuple(names)), marks=tuple(maps))


def grid_of(values: NDArray[Any], inside: Array | None, write: Any) -> HeatMap:
    """A grid with its first row on top, and numbers where they find room."""
    height, width = values.shape
    texts: tuple[tuple[str, ...], ...] = ()
    if max(height, width) <= WIDEST_WITH_NUMBERS:
        texts = tuple(
            tuple(
                write(float(values[i, j])) if inside is None or inside[i, j] else BORDER
                for j in range(width)
            )
            for i in reversed(range(height))
        )
    step = -(-max(height, width) // MOST_PIXELS)
    shown = clean(values[::step, ::step])[::-1].copy()
    limit = nice(float(np.abs(shown).max(initial=0.0)))
    return HeatMap(shown, (0.0, width, 0.0, height), limit=limit, texts=texts)
