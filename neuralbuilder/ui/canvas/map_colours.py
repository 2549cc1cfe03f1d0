"""Which colours the values of an enlarged map have, and which numbers stand at their ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.common import nice
from neuralbuilder.ui.theme import diverging, greys, tinted
from neuralbuilder.ui.theme.colormaps import RGBA


@dataclass(frozen=True)
class Scale:
    """Colours from `low` to `high`; `ramp` takes shares from 0 to 1 of the way between them.

    Where it is `signed`, zero is in the middle and has a colour of its own.
    """

    low: float
    high: float
    ramp: Callable[[NDArray[Any]], RGBA]
    signed: bool = False

    def colours(self, values: NDArray[Any]) -> RGBA:
        """The colours of values (rows, columns), as (rows, columns, 4)."""
        # Of one value alone the lowest colour is shown.
        return self.ramp((values - self.low) / ((self.high - self.low) or 1.0))


def signed_scale(values: NDArray[Any]) -> Scale:
    """For activations or gradients: both ends are as far from zero as a round number."""
    limit = nice(float(np.abs(values).max(initial=0.0)))
    return Scale(-limit, limit, _around_zero, signed=True)


def grey_scale(values: NDArray[Any]) -> Scale:
    """From black, the smallest value, to white, the largest."""
    return Scale(float(values.min()), float(values.max()), greys)


def tint_scale(black: float, white: float, channel: int) -> Scale:
    """From black to pure red, green or blue: one `channel`, 0 to 2, of an image in colour."""
    return Scale(black, white, partial(tinted, channel=channel))


def _around_zero(shares: NDArray[Any]) -> RGBA:
    return diverging(2 * shares - 1)
