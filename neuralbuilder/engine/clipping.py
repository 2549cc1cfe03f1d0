"""Gradient clipping: a limit to how far one unlucky mini-batch can throw the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from neuralbuilder.engine.binding import Array, Step


@dataclass(frozen=True)
class Clipping:
    """Limits to the gradient of what is minimised, penalties included; 0 means no limit.

    First every entry is cut to [-`value`, `value`], then the whole gradient is shortened where its
    norm √Σg² is above `norm` (Pascanu, Mikolov and Bengio 2013). Both are PyTorch's
    ``clip_grad_value_`` and ``clip_grad_norm_``.
    """

    value: float = 0.0
    norm: float = 0.0

    def steps(self, gradient: Array, stretches: Sequence[slice]) -> list[Step]:
        """The calls that clip `gradient` in place, stretch by stretch."""
        steps: list[Step] = []
        parts = [gradient[at] for at in stretches]
        if self.value:
            low, high = (np.array(n, gradient.dtype) for n in (-self.value, self.value))
            for part in parts:
                steps.append(partial(np.maximum, part, low, out=part))
                steps.append(partial(np.minimum, part, high, out=part))
        if self.norm:
            factor = np.ones((), gradient.dtype)
            steps.append(partial(_measure, parts, self.norm, factor))
            steps += [partial(np.multiply, part, factor, part) for part in parts]
        return steps


NO_CLIPPING = Clipping()


def _measure(parts: Sequence[Array], norm: float, factor: Array) -> None:
    """Write the factor that brings the gradient to `norm`, 1 where it is shorter."""
    square = 0.0
    for part in parts:
        square += float(np.dot(part, part))
    # PyTorch's small number keeps the division safe where the gradient is 0.
    factor[()] = min(1.0, norm / (square**0.5 + 1e-6))
