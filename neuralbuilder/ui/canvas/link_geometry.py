"""The curves between two columns as arrays, and which of them is nearest to a point. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.strong_links import LASTING, links_each, smallest

Floats = NDArray[np.float64]

CURVE_POINTS = 25
BEND = 0.5
"""How far along the horizontal distance the control points stand."""
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


@dataclass(frozen=True, eq=False)
class Weights:
    """What is known of a matrix W (inputs, outputs): `values` at these rows and units of it, both
    in rising order.
    """

    values: NDArray[Any]
    rows: NDArray[np.intp]
    units: NDArray[np.intp]

    @staticmethod
    def whole(matrix: NDArray[Any]) -> Weights:
        """A matrix of which everything is known."""
        return Weights(matrix, np.arange(matrix.shape[0]), np.arange(matrix.shape[1]))

    def at(self, rows: NDArray[np.intp], units: NDArray[np.intp]) -> Floats:
        """The weights of these links, NaN where they are not known."""
        row, row_known = _places(self.rows, rows)
        unit, unit_known = _places(self.units, units)
        return np.where(row_known & unit_known, self.values[row, unit], np.nan)

    def strongest(
        self, units: tuple[int, ...], before: NDArray[np.intp] | None
    ) -> NDArray[np.intp]:
        """As the function of this name, among what is known."""
        if before is not None:
            row, row_known = _places(self.rows, before[:, 0])
            unit, unit_known = _places(self.units, before[:, 1])
            before = np.stack([row, unit], axis=1)[row_known & unit_known]
        places = tuple(np.searchsorted(self.units, units).tolist())
        found = strongest(self.values, places, before)
        return np.stack([self.rows[found[:, 0]], self.units[found[:, 1]]], axis=1)


def _places(among: NDArray[np.intp], wanted: NDArray[np.intp]) -> tuple[NDArray[np.intp], Any]:
    """Where the wanted numbers are among others in rising order, and whether they are there."""
    places = np.minimum(np.searchsorted(among, wanted), len(among) - 1)
    return places, among[places] == wanted


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
    each = links_each(len(units), len(weights))
    values = np.nan_to_num(weights[:, columns])
    drawn = np.zeros(values.shape, dtype=bool)
    if before is not None and len(before) and np.isin(before[:, 1], columns).all():
        drawn[before[:, 0], np.searchsorted(columns, before[:, 1])] = True
    chosen = np.zeros(values.shape, dtype=bool)
    for strong in (smallest(values, LASTING * each), smallest(-values, LASTING * each)):
        # The very strongest are drawn at once.
        stays = np.take_along_axis(drawn, strong, axis=0)
        stays[: each // 2] = True
        first = np.argsort(~stays, axis=0, kind="stable")[:each]
        np.put_along_axis(chosen, np.take_along_axis(strong, first, axis=0), True, axis=0)
    rows, places = np.nonzero(chosen)
    return np.stack([rows, columns[places]], axis=1)


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
