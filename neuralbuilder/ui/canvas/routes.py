"""How links without weights run: from each unit to its partner, or around what is between.

Pure numbers, no Qt. Lengths are canvas units; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Shape = tuple[int, ...]
Point = tuple[float, float]

LANE_ABOVE, LANE_STEP = 22.0, 12.0
"""How far above the highest header the first lane runs, and the next ones above it."""
INSET = 16.0
"""How far inside a header's edge a link rises from it or comes down to it."""
TURN = 30.0
"""How far from a header a link turns to another row."""
CLEARANCE = 14.0


@dataclass(frozen=True)
class Box:
    """The place that a layer takes; `header` is the height of the middle of its header."""

    left: float
    top: float
    right: float
    bottom: float
    header: float


def partners(source: Shape, inputs: tuple[Shape, ...], number: int, target: Shape) -> int | None:
    """How much further on in the target the partner of each unit of a source is.

    That is for layers that hand on values one by one; None where units have no partners. `number`
    says which of the `inputs` comes from the source. A layer as wide as its inputs together puts
    them one behind the other. The first axis counts neurons or feature maps.
    """
    if not source or not target or not inputs:
        return None
    if source[0] == target[0]:
        return 0
    if len(inputs) > 1 and target[0] == sum(shape[0] for shape in inputs):
        return sum(shape[0] for shape in inputs[:number])
    return None


def plain(source: Box, target: Box) -> tuple[Point, ...]:
    """The corners of a line from header to header, for links of which no more is known."""
    x = target.left - TURN
    start, end = (source.right, source.header), (target.left, target.header)
    return (start, (x, source.header), (x, target.header), end)


class Lanes:
    """Finds ways around layers; links that run above the same ones get lanes of their own."""

    def __init__(self, boxes: Mapping[str, Box]) -> None:
        self._boxes = boxes
        self._above: list[tuple[float, float]] = []

    def detour(self, source: str, target: str) -> tuple[Point, ...]:
        """The corners of a way from one layer to another; () where nothing stands between them."""
        start, end = self._boxes[source], self._boxes[target]
        others = (box for node_id, box in self._boxes.items() if node_id not in (source, target))
        obstacles = between(start, end, others)
        if not obstacles:
            return ()
        corners = _in_a_row(start, end, obstacles)
        if corners:
            return corners
        lane = sum(left < end.left and right > start.right for left, right in self._above)
        self._above.append((start.right, end.left))
        return _above(start, end, obstacles, lane)


def between(source: Box, target: Box, others: Iterable[Box]) -> list[Box]:
    """The layers that straight links from source to target would cross."""
    top, bottom = min(source.top, target.top), max(source.bottom, target.bottom)
    left, right = source.right, target.left
    return [
        box
        for box in others
        if box.right > left and box.left < right and box.bottom > top and box.top < bottom
    ]


def _in_a_row(source: Box, target: Box, obstacles: list[Box]) -> tuple[Point, ...]:
    """A way in the row of the source or of the target, where that is free."""
    if all(_misses(box, source.header) for box in obstacles):
        return plain(source, target)
    if all(_misses(box, target.header) for box in obstacles):
        x = source.right + TURN
        start, end = (source.right, source.header), (target.left, target.header)
        return (start, (x, source.header), (x, target.header), end)
    return ()


def _above(source: Box, target: Box, obstacles: list[Box], lane: int) -> tuple[Point, ...]:
    """A way above everything, on the given lane (0 is the lowest)."""
    y = min(box.top for box in (source, target, *obstacles)) - LANE_ABOVE - lane * LANE_STEP
    start, end = source.right - INSET, target.left + INSET + lane * INSET / 2
    return ((start, source.top), (start, y), (end, y), (end, target.top))


def _misses(box: Box, y: float) -> bool:
    return not box.top - CLEARANCE < y < box.bottom + CLEARANCE
