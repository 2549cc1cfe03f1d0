"""Which figures to ask for next while training runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

FREQUENT = "canvas"
"""The key of the insight that has every other turn: the eye rests on the canvas."""


class Turns:
    """Deals out turns, so that no frame has to compute, send and paint all figures at once.

    The canvas has every other turn; in between comes whichever figure has waited longest.
    """

    def __init__(self) -> None:
        self._turn = 0
        self._had_turn: dict[str, int] = {}

    def next(self, watched: Mapping[str, object], everything: bool) -> Collection[str]:
        """The keys whose turn it is; all of them with `everything`, as when training rests."""
        self._turn += 1
        self._had_turn = {key: turn for key, turn in self._had_turn.items() if key in watched}
        if everything:
            keys = list(watched)
        elif FREQUENT in watched and self._had_turn.get(FREQUENT, -1) < self._turn - 1:
            keys = [FREQUENT]
        else:
            others = [key for key in watched if key != FREQUENT] or list(watched)
            keys = sorted(others, key=lambda key: self._had_turn.get(key, -1))[:1]
        self._had_turn.update(dict.fromkeys(keys, self._turn))
        return keys
