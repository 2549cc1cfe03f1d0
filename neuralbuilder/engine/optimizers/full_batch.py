"""Optimizers that need the gradient over all samples: Rprop and L-BFGS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from neuralbuilder.engine.binding import Array, Step
from neuralbuilder.engine.optimizers.base import Block, Objective, Optimizer, Update
from neuralbuilder.parts import integer, number, register
from neuralbuilder.problems import SettingError

_LINE_SEARCH = 20
"""Evaluations that SciPy's line search makes at most in one iteration (its option ``maxls``)."""


@register("rprop", "Rprop", "w - Δ·sign(g)")
@dataclass(frozen=True)
class Rprop(Optimizer):
    """Looks only at the signs of the gradient: each weight has a step size of its own.

    Where a sign stays, its step grows; where it flips, the step shrinks and the weight waits one
    step (Riedmiller and Braun 1993, in PyTorch's form). It uses all samples in every step, because
    the signs of mini-batches flip by chance. In the state a step size of 0 has not begun yet.
    """

    slots: ClassVar[tuple[str, ...]] = ("previous", "step_size")
    full_batch: ClassVar[bool] = True
    follows_rate: ClassVar[bool] = False
    clips: ClassVar[bool] = False

    learning_rate: float = number(
        0.01,
        "First step size",
        minimum=0.0,
        maximum=50.0,
        open_minimum=True,
        logarithmic=True,
        help="How far every weight moves in the first step; later steps adapt by themselves.",
    )
    shrinking: float = number(
        0.5,
        "Shrinking",
        minimum=0.0,
        maximum=0.9999,
        open_minimum=True,
        help="The factor for the step size of a weight whose gradient has flipped its sign.",
    )
    growth: float = number(
        1.2,
        "Growth",
        minimum=1.0,
        maximum=10.0,
        help="The factor for the step size of a weight whose gradient keeps its sign.",
    )
    smallest: float = number(
        1e-6,
        "Smallest step",
        minimum=0.0,
        maximum=1e6,
        open_minimum=True,
        logarithmic=True,
        help="No step size becomes smaller than this.",
    )
    largest: float = number(
        50.0,
        "Largest step",
        minimum=0.0,
        maximum=1e6,
        open_minimum=True,
        logarithmic=True,
        help="No step size becomes larger than this.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.smallest > self.largest:
            raise SettingError(
                "smallest",
                f"The smallest step {self.smallest:g} is larger than the largest {self.largest:g}.",
                "Give a smallest step that is not above the largest.",
            )

    def steps(self, update: Update) -> list[Step]:
        """Append Δ ← Δ·η⁺ or Δ·η⁻, then w ← w - Δ·sign(g); a flipped g counts as 0."""
        longest = max((block.parameters.size for block in update.blocks), default=0)
        mask = np.zeros(longest, np.bool_)
        steps: list[Step] = []
        for block in update.blocks:
            steps += self._block_steps(block, mask[: block.parameters.size], update.rate)
        return steps

    def _block_steps(self, block: Block, mask: Array, first: Array) -> list[Step]:
        w, g, free = block.parameters, block.gradient, block.scratch
        previous, size = block.slots["previous"], block.slots["step_size"]
        zero, grow, shrink, low, high = (
            np.array(n, w.dtype)
            for n in (0.0, self.growth, self.shrinking, self.smallest, self.largest)
        )
        return [
            partial(np.equal, size, zero, mask),
            partial(np.copyto, size, first, where=mask),
            partial(np.multiply, g, previous, free),
            partial(np.copyto, previous, g),
            partial(np.greater, free, zero, mask),
            partial(np.multiply, size, grow, size, where=mask),
            partial(np.less, free, zero, mask),
            partial(np.multiply, size, shrink, size, where=mask),
            partial(np.copyto, previous, zero, where=mask),
            partial(np.maximum, size, low, out=size),
            partial(np.minimum, size, high, out=size),
            partial(np.sign, previous, free),
            partial(np.multiply, free, size, free),
            partial(np.subtract, w, free, w),
        ]


@register("lbfgs", "L-BFGS", "w - α·H·g")
@dataclass(frozen=True)
class Lbfgs(Optimizer):
    """Learns the curvature from past gradients and searches along each direction for the minimum.

    Very good for small networks on few samples. One step is a run of SciPy's L-BFGS-B (Byrd, Lu,
    Nocedal and Zhu 1995) over all samples from the present weights; what it learns of the
    curvature is built anew in every step, so that training can pause and go on between any two.
    It has no learning rate: the line search finds how far to go.
    """

    full_batch: ClassVar[bool] = True
    follows_rate: ClassVar[bool] = False
    clips: ClassVar[bool] = False
    searches: ClassVar[bool] = True

    iterations: int = integer(
        20,
        "Iterations",
        minimum=1,
        maximum=10_000,
        logarithmic=True,
        help="Directions searched in one step, each with one or a few looks at all samples.",
    )
    memory: int = integer(
        10,
        "Memory",
        minimum=1,
        maximum=100,
        help="How many past gradients tell the curvature; each takes memory like the weights.",
    )

    @property
    def work_numbers(self) -> int:
        """SciPy's history of two arrays per gradient, and what it needs besides."""
        return 2 * self.memory + 10

    def steps(self, update: Update) -> list[Step]:
        """Append one run of L-BFGS-B; unlike every other step it allocates, inside of SciPy."""
        if update.objective is None:
            raise ValueError("L-BFGS needs an objective to search along.")
        return [partial(self._search, update.objective)] if update.blocks else []

    def _search(self, objective: Objective) -> None:
        from scipy.optimize import minimize

        parameters, gradient = objective.parameters, objective.gradient
        start = parameters.astype(np.float64)
        # The pass that led here has computed value and gradient of the place where it starts.
        found: list[tuple[float, Array]] = [(objective.first(), gradient.astype(np.float64))]

        def evaluate(place: Array) -> tuple[float, Array]:
            if found and np.array_equal(place, start):
                return found.pop()
            parameters[...] = place
            return objective.evaluate(), gradient.astype(np.float64)

        result: Any = minimize(
            evaluate,
            start,
            method="L-BFGS-B",
            jac=True,
            options={
                "maxiter": self.iterations,
                "maxcor": self.memory,
                "maxls": _LINE_SEARCH,
                "maxfun": (self.iterations + 1) * (_LINE_SEARCH + 1),
                # Only the iterations end a step: SciPy's own limits are meant for one long run.
                "ftol": 0.0,
                "gtol": 0.0,
            },
        )
        parameters[...] = result.x
