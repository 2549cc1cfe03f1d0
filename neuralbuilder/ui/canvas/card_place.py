"""Where the card of a link stands: beside the link's middle, where it covers no neuron."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF

GAP = 12.0
STEPS = (0.0, 24.0, 48.0, 80.0, 120.0)


def best_place(size: QSizeF, at: QPointF, occupied: Sequence[QRectF], room: QRectF) -> QPointF:
    """The upper left corner for a box of this size near the point `at`.

    Of the places above, below and beside the point the nearest one inside `room` that touches
    nothing `occupied`; the one that hides least where there is no such. All in pixels.
    """

    def cost(box: QRectF) -> float:
        hidden = sum(_area(box & thing) for thing in occupied)
        outside = _area(box) - _area(box & room)
        away = box.center() - at
        return 100 * outside + 10 * hidden + abs(away.x()) + abs(away.y())

    return min(_candidates(size, at), key=cost).topLeft()


def _candidates(size: QSizeF, at: QPointF) -> list[QRectF]:
    width, height = size.width(), size.height()
    across = (-width / 2, GAP, -width - GAP)
    down = [y for step in STEPS for y in (-height - GAP - step, GAP + step)]
    return [QRectF(at + QPointF(x, y), size) for x in across for y in down]


def _area(rect: QRectF) -> float:
    return max(rect.width(), 0.0) * max(rect.height(), 0.0)
