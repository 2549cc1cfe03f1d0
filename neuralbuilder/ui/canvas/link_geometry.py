"""The curves between two columns as arrays, and which of them is nearest to a point. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CURVE_POINTS = 25
BEND = 0.5
"""How far along the horizontal distance the control points stand."""
MOST_CHOSEN = 120
"""How many links of a layer with very many are drawn."""
BIAS_ROW = -1
"""The row number of links from the bias neuron."""


@dataclass(frozen=True, eq=False)
class Curves:
    """All links between two drawn columns, and from the bias neuron to the second.

    `rows` and `units` give the index of each link's source and target neuron; the row of a bias
    link is `BIAS_ROW`. `starts` and `ends` are points (links, 2) in canvas units.
    """

    rows: NDArray[np.intp]
    units: NDArray[np.intp]
    starts: Floats
    ends: Floats
    weighted: bool = True
    """Whether each link is one weight W[row, unit]; bias links always are weights."""

    def __len__(self) -> int:
        return len(self.rows)

    def controls(self) -> tuple[Floats, Floats]:
        """The two inner control points of each cubic curve."""
        reach = np.zeros_like(self.starts)
        reach[:, 0] = np.abs(self.ends[:, 0] - self.starts[:, 0]) * BEND
        # A target beside or left of its source would make a curve without room to turn.
        reach[:, 0] = np.maximum(reach[:, 0], 40.0)
        return self.starts + reach, self.ends - reach

    def polylines(self) -> Floats:
        """Points (links, `CURVE_POINTS`, 2) along each curve."""
        first, second = self.controls()
        t = np.linspace(0.0, 1.0, CURVE_POINTS)[None, :, None]
        s = 1.0 - t
        points: Floats = (
            s**3 * self.starts[:, None]
            + 3 * s * s * t * first[:, None]
            + 3 * s * t * t * second[:, None]
            + t**3 * self.ends[:, None]
        )
        return points


def no_curves() -> Curves:
    """A bundle without any link."""
    none, points = np.zeros(0, dtype=np.intp), np.zeros((0, 2))
    return Curves(none, none, points, points)


def join(
    sources: tuple[tuple[int, ...], Floats],
    targets: tuple[tuple[int, ...], Floats],
    bias: tuple[float, float] | None,
    weighted: bool = True,
) -> Curves:
    """Links from every drawn source to every drawn target, bias links last.

    Sources and targets are neuron indices and points (neurons, 2).
    """
    source_indices, source_points = sources
    target_indices, target_points = targets
    count, width = len(source_indices), len(target_indices)
    rows = np.repeat(np.asarray(source_indices, dtype=np.intp), width)
    units = np.tile(np.asarray(target_indices, dtype=np.intp), count)
    starts = np.repeat(source_points.reshape(-1, 2), width, axis=0)
    ends = np.tile(target_points.reshape(-1, 2), (count, 1))
    if bias is not None:
        rows = np.append(rows, np.full(width, BIAS_ROW, dtype=np.intp))
        units = np.append(units, np.asarray(target_indices, dtype=np.intp))
        starts = np.vstack([starts, np.tile(np.asarray(bias, dtype=float), (width, 1))])
        ends = np.vstack([ends, target_points.reshape(-1, 2)])
    return Curves(rows, units, starts, ends, weighted)


def some(
    links: NDArray[np.intp],
    starts: Floats,
    ends: Floats,
    targets: tuple[tuple[int, ...], Floats],
    bias: tuple[float, float] | None,
) -> Curves:
    """Only these `links` (links, 2), source and target neuron each; bias links last."""
    with_bias = join(((), np.zeros((0, 2))), targets, bias)
    return Curves(
        np.concatenate([links[:, 0], with_bias.rows]),
        np.concatenate([links[:, 1], with_bias.units]),
        np.concatenate([starts, with_bias.starts]),
        np.concatenate([ends, with_bias.ends]),
    )


def strongest(
    weights: NDArray[Any], units: tuple[int, ...], before: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """The strongest links (links, 2) into the target neurons `units`, ordered by them.

    These are, for every neuron, the ones that push it up most and the ones that push it down most.
    `weights` is W (inputs, outputs). A link that has been drawn `before` stays while it is among
    twice as many, so that the picture does not flicker while training.
    """
    columns = np.asarray(units, dtype=np.intp)
    each = min(max(1, MOST_CHOSEN // (2 * max(len(units), 1))), len(weights))
    values = np.nan_to_num(weights[:, columns])
    drawn = np.zeros(values.shape, dtype=bool)
    if before is not None and len(before) and np.isin(before[:, 1], columns).all():
        drawn[before[:, 0], np.searchsorted(columns, before[:, 1])] = True
    chosen = np.zeros(values.shape, dtype=bool)
    for strong in (_smallest(values, 2 * each), _smallest(-values, 2 * each)):
        # The very strongest are drawn at once.
        stays = np.take_along_axis(drawn, strong, axis=0)
        stays[: each // 2] = True
        first = np.argsort(~stays, axis=0, kind="stable")[:each]
        np.put_along_axis(chosen, np.take_along_axis(strong, first, axis=0), True, axis=0)
    rows, places = np.nonzero(chosen)
    return np.stack([rows, columns[places]], axis=1)


def _smallest(values: NDArray[Any], count: int) -> NDArray[np.intp]:
    """The rows of the smallest values of every column, from the smallest on, at most `count`."""
    if len(values) <= 2 * count:
        return np.argsort(values, axis=0, kind="stable")[:count]
    # Far fewer than all are sorted.
    rows = np.argpartition(values, count, axis=0)[:count]
    order = np.argsort(np.take_along_axis(values, rows, axis=0), axis=0, kind="stable")
    return np.take_along_axis(rows, order, axis=0)


def same(first: NDArray[Any] | None, second: NDArray[Any] | None) -> bool:
    """Whether two arrays, each of which may be missing, are equal."""
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def pair(
    sources: tuple[tuple[int, ...], Floats], targets: tuple[tuple[int, ...], Floats], shift: int
) -> Curves:
    """Links from every drawn source to its partner, `shift` further on, where that is drawn."""
    (from_indices, from_points), (to_indices, to_points) = sources, targets
    place = {index: slot for slot, index in enumerate(to_indices)}
    slots = [
        (slot, place[index + shift])
        for slot, index in enumerate(from_indices)
        if index + shift in place
    ]
    first = np.array([slot for slot, _ in slots], dtype=np.intp)
    second = np.array([slot for _, slot in slots], dtype=np.intp)
    return Curves(
        np.asarray(from_indices, dtype=np.intp)[first],
        np.asarray(to_indices, dtype=np.intp)[second],
        from_points.reshape(-1, 2)[first],
        to_points.reshape(-1, 2)[second],
        weighted=False,
    )


def nearest(polylines: Floats, x: float, y: float) -> tuple[int, float]:
    """The index of the curve nearest to a point and its distance; (−1, ∞) without curves."""
    if not len(polylines):
        return -1, float("inf")
    point = np.array([x, y])
    begins, ends = polylines[:, :-1], polylines[:, 1:]
    along = ends - begins
    lengths = np.maximum((along * along).sum(axis=2), 1e-12)
    share = np.clip(((point - begins) * along).sum(axis=2) / lengths, 0.0, 1.0)
    gaps = begins + share[:, :, None] * along - point
    squares = (gaps * gaps).sum(axis=2).min(axis=1)
    index = int(squares.argmin())
    return index, float(np.sqrt(squares[index]))
