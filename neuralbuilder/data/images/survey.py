"""What is decided once for all pictures of a data set: the range of grey, and the ground behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neuralbuilder.data.images.pictures import (
    GROUNDS,
    Look,
    Range,
    deep_values,
    is_deep,
    is_transparent,
)

_NEAREST = 0.1


class Survey:
    """Looks at the pictures of a data set one after the other and then settles their look.

    The range of grey is the one that occurs in all pictures of more than 8 bits. The ground is the
    one among white, black and grey from which the shapes on transparent pictures differ most: the
    tenth of them that is most like it decides, and where that is equal, white before black.
    """

    def __init__(self, finds_grey: bool, finds_ground: bool) -> None:
        self._finds_grey, self._finds_ground = finds_grey, finds_ground
        self._low, self._high = np.inf, -np.inf
        self._shades = np.zeros(256)
        self._deep = self._transparent = 0

    def takes(self, picture: Any) -> bool:
        """Look at a picture, within `upright`; whether its pixels wait for what is settled."""
        if self._finds_grey and is_deep(picture):
            values = deep_values(picture)
            self._low = min(self._low, float(values.min()))
            self._high = max(self._high, float(values.max()))
            self._deep += 1
            return True
        if self._finds_ground and is_transparent(picture):
            self._add_shades(picture)
            self._transparent += 1
            return True
        return False

    def _add_shades(self, picture: Any) -> None:
        """How much of each shade from black to white there is, in what is not transparent."""
        image = picture.convert("RGBA")
        shades = np.asarray(image.convert("RGB").convert("L")).ravel()
        opaque = np.asarray(image.getchannel("A"), np.float64).ravel()
        if opaque.any():
            self._shades += np.bincount(shades, opaque / opaque.sum(), minlength=256)

    @property
    def grey(self) -> Range | None:
        """The smallest and the largest grey value; None where no picture has more than 8 bits."""
        if not self._deep:
            return None
        return self._low, self._high if self._high > self._low else self._low + 1

    @property
    def ground(self) -> str:
        """The ground for transparent pictures; white where there are none."""
        return max(GROUNDS, key=lambda name: self._distance(GROUNDS[name][0]))

    def _distance(self, shade: int) -> int:
        """How far the nearest tenth of the shades is away from this one, at most."""
        distances = np.abs(np.arange(256) - shade)
        order = np.argsort(distances, kind="stable")
        shares = np.cumsum(self._shades[order])
        reached = int(np.searchsorted(shares, _NEAREST * shares[-1], side="right"))
        return int(distances[order[min(reached, 255)]])

    def settled(self, look: Look) -> Look:
        """The look with what was to be found."""
        grey = self.grey if self._finds_grey else look.grey
        return replace(look, grey=grey, ground=self.ground if self._finds_ground else look.ground)

    def notes(self) -> tuple[str, ...]:
        """Sentences on what was found."""
        notes = []
        if self.grey is not None:
            low, high = self.grey
            notes.append(
                f"{_pictures(self._deep)} more than 8 bits: grey values from {low:.12g} to "
                f"{high:.12g}, the range that occurs in the data set, go from black to white."
            )
        if self._transparent:
            notes.append(
                f"{_pictures(self._transparent)} transparent parts: they lie on {self.ground}, "
                "from which what they show differs most."
            )
        return tuple(notes)


def _pictures(count: int) -> str:
    return f"{count:,} picture{' has' if count == 1 else 's have'}"
