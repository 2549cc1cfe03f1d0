"""Whether a mini-batch is computed at once or in parts, and in which.

Two reasons speak for parts: several cores can work on one mini-batch, and the memory for all
samples of a very large one need not be held at once. Parts that fit into a core's cache are no
faster in the layout that the engine has: its runs of memory get shorter with the mini-batch.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from neuralbuilder.engine.compiler import Options

if TYPE_CHECKING:
    from neuralbuilder.engine.network import Network

Lanes = list[list[int]]
"""For every lane the numbers of samples that are computed in it one after the other."""

MOST_VALUES = 32_000_000
"""Values of all layers that are held at once while training (128 MB in float32)."""
WORTH_A_LANE = 5_000_000
"""Multiplications per mini-batch and lane; handing over less takes longer than it saves."""


def lanes_of(network: Network, options: Options, most: int) -> Lanes | None:
    """How to compute a mini-batch in at most so many lanes, None for all of it at once.

    Only passes that train are cut. Where a layer mixes the samples of a mini-batch it stays whole,
    and where one draws noise it stays in one lane, so that the order of drawing is fixed.
    """
    layers = [layer for _, layer in network.graph.layers]
    if (
        not options.training
        or options.gradient is None
        or any(layer.mixes_samples for layer in layers)
    ):
        return None
    batch = options.batch
    values = sum(prod(shape) for shape in network.shapes.outputs.values())
    largest = max(1, MOST_VALUES // values)
    useful = network.multiplications * batch // WORTH_A_LANE
    if any(layer.draws_noise for layer in layers):
        most = 1
    shares = _shares(batch, max(1, min(most, useful, batch)))
    if len(shares) == 1 and batch <= largest:
        return None
    return [_cut(share, largest) for share in shares]


def _shares(count: int, parts: int) -> list[int]:
    """`count` in so many shares that differ by at most one."""
    return [count // parts + (index < count % parts) for index in range(parts)]


def _cut(count: int, largest: int) -> list[int]:
    """`count` in as few shares as possible, none larger than `largest`."""
    return _shares(count, -(-count // largest))
