"""The largest of a few neighbours along one axis, and the way back to it."""

from __future__ import annotations

import numpy as np

from neuralbuilder.engine.binding import Array, Binding
from neuralbuilder.engine.layers.windows import Line


class LargestOf:
    """Appends largest = the largest value of every stretch of a line; `route` appends the way back.

    The largest of a window is that of the largest of its rows: so most steps work on a part of the
    values, and along whole rows of memory.
    """

    def __init__(self, binding: Binding, line: Line, values: Array, largest: Array) -> None:
        self._binding, self._line, self._shape = binding, line, largest.shape
        self._cells = [values[place] for place in line.places()]
        self._before = self._build(largest)

    def _build(self, largest: Array) -> list[Array]:
        """Append the comparisons, cell by cell.

        Returns for every cell but the first the largest value of the cells before it; the way back
        compares them with the cell.
        """
        binding, (first, *others) = self._binding, self._cells
        if not others:
            binding.forward(np.copyto, largest, first)
            return []
        before = [first]
        for number, cell in enumerate(others[:-1]):
            target = self._scratch(f"largest {number}") if binding.learns else largest
            binding.forward(np.maximum, before[-1], cell, out=target)
            before.append(target)
        binding.forward(np.maximum, before[-1], others[-1], out=largest)
        return before

    def route(self, delta: Array, gradient: Array) -> None:
        """Append the way back: each δ goes to the first cell that holds the largest value.

        From the last cell to the first: a cell that is larger than all before it takes what is
        left.
        """
        binding, (first, *targets) = self._binding, [gradient[at] for at in self._line.places()]
        if not targets:
            binding.backward(np.copyto, first, delta)
            return
        overlap = self._line.overlap
        if overlap:
            binding.backward(gradient.fill, 0)
        wins, left = self._scratch("wins", np.bool_), delta
        rivals = list(zip(self._cells[1:], self._before, targets, strict=True))
        for number, (cell, before, target) in reversed(list(enumerate(rivals))):
            won = self._scratch("won") if overlap else target
            rest = self._scratch("rest") if overlap or number else first
            binding.backward(np.greater, cell, before, wins)
            binding.backward(np.multiply, left, wins, won)
            binding.backward(np.subtract, left, won, rest)
            if overlap:
                binding.backward(np.add, target, won, target)
            left = rest
        if overlap:
            binding.backward(np.add, first, left, first)

    def _scratch(self, name: str, dtype: type | None = None) -> Array:
        return self._binding.scratch(f"{name} along {self._line.axis}", self._shape, dtype)
