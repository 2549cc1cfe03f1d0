"""Watching for numbers that are no longer numbers, and for losses that run away.

The check is made at every epoch and every hundred steps, because looking at each step would cost
a tenth of the speed of a small network. When it fails, the steps since the last look are repeated
one by one: training is exactly repeatable, so the repetition meets the same first bad number, and
its place can be named. A loss is bad long before it is infinite, though; so what is kept are the
newest weights whose loss is not far above the best one of this run.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.program import Program
from neuralbuilder.problems import Problem
from neuralbuilder.training.loop import Checkpoint, Loop

STEPS_BETWEEN_CHECKS = 100
EXPLODED = 1e6
"""A loss this many times its first value counts as exploding."""
SMALLEST_FIRST = 1e-3
"""A run that starts from trained weights has a first loss near 0, of which any value is a
multiple; then this stands for the first loss."""
FAR_ABOVE = 10.0
"""Weights whose loss is more than so many times the best one are not worth keeping. Small batches
make losses uneven, but hardly by so much."""
GROWN = 100.0
"""A layer whose largest value is so many times that of the kept weights has run away."""

KEPT = " The last good weights are kept."
"""What the remedies end with; whoever does something else with the weights says that instead."""
HINT = "Lower the learning rate and train on." + KEPT
HINT_WITHOUT_RATE = "Train on with another optimizer." + KEPT
FIRST_HINT = "Inputs, targets or weights are too large to be computed with: rescale them"
OR_PRECISE = ", or use float64"

Batch = tuple[NDArray[np.floating], NDArray[np.floating]]


class Guard:
    """Keeps checkpoints to return to, and finds the first bad step.

    There are three of them: where this run began, the newest one after which the mean loss was
    near the best, and the newest of all, from which steps are repeated. `names` maps ids of layers
    to what people call them.
    """

    def __init__(
        self, loop: Loop, first_loss: float | None, names: Mapping[str, str] | None = None
    ) -> None:
        self._loop = loop
        self.first_loss = first_loss
        self.names: Mapping[str, str] = names or {}
        self._start = self._near = self._newest = loop.checkpoint()
        self._best = float("inf")
        self._untouched: int | None = loop.step
        self._begin_stretch()

    def go_on_from(self, other: Guard) -> None:
        """Keep what another guard of the same loop, optimizer and loss knows to be good."""
        self._start, self._near, self._best = other._start, other._near, other._best
        self._untouched = other._untouched

    @property
    def steps_left(self) -> int:
        """How many steps may pass before the next check is due."""
        return STEPS_BETWEEN_CHECKS - (self._loop.step - self._newest.step)

    def accept(self) -> None:
        """Take what the loop holds now as good, after a weight was set by hand."""
        self._untouched = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._start = self._near = self._newest = self._loop.checkpoint()
        self._best = float("inf")
        self._begin_stretch()

    def _begin_stretch(self) -> None:
        self._sum, self._looked_at = 0.0, self._loop.step

    def check(self, loss: float) -> Problem | None:
        """Look at the mean loss since the last look; None when all is well.

        Otherwise the loop is back at the last good weights, and the problem names the first
        layer and array that went wrong.
        """
        if not self._is_fine(loss):
            return self._find()
        self._sum += loss * (self._loop.step - self._looked_at)
        self._looked_at = self._loop.step
        return self._check_weights() if self.steps_left <= 0 else None

    def _check_weights(self) -> Problem | None:
        if not np.isfinite(self._loop.parameters).all():
            return self._find()
        mean = self._sum / (self._loop.step - self._newest.step)
        self._best = min(self._best, mean)
        if mean <= FAR_ABOVE * self._best:
            self._near = self._newest
        self._newest = self._loop.checkpoint()
        self._begin_stretch()
        return None

    def _is_fine(self, loss: float) -> bool:
        if not np.isfinite(loss):
            return False
        if self.first_loss is None:
            self.first_loss = loss
        return loss <= EXPLODED * max(self.first_loss, SMALLEST_FIRST)

    # ------------------------------------------------------------ finding the first bad step

    def _find(self) -> Problem:
        """Repeat the steps since the newest checkpoint, and return to the last good weights."""
        loop, last_step = self._loop, self._loop.step
        kept, limit = self._kept()
        still_near = kept is self._newest
        loop.restore(self._newest)
        problem = None
        while problem is None and loop.step < last_step:
            before, batch = loop.checkpoint(), loop.next_batch()
            loop.run(1)
            loss, _ = loop.take_loss()
            still_near = still_near and loss <= limit
            kept = before if still_near else kept
            if not self._is_fine(loss):
                problem = self._name_values(before, batch, loss, kept)
            elif not np.isfinite(loop.parameters).all():
                problem = self._name_parameters(loop.parameters, loop.step)
        loop.restore(kept)
        self._begin_anew()
        return problem or Problem("The loss is growing without limit.", self._hint)

    def _kept(self) -> tuple[Checkpoint, float]:
        """The newest checkpoint whose loss is not far above the best one, and how far that is."""
        kept = (self._newest, self._near, self._start)
        losses = [self._measured(checkpoint) for checkpoint in kept]
        limit = FAR_ABOVE * min(losses)
        if not np.isfinite(limit):
            return self._start, limit
        return next(c for c, loss in zip(kept, losses, strict=True) if loss <= limit), limit

    def _measured(self, checkpoint: Checkpoint) -> float:
        """The loss of these weights over the whole training part, all judged alike."""
        self._loop.restore(checkpoint)
        loss = self._loop.train_loss()
        return loss if np.isfinite(loss) else float("inf")

    # ------------------------------------------------------------ saying what is wrong

    @property
    def _hint(self) -> str:
        return HINT if self._loop.plan.optimizer.rate is not None else HINT_WITHOUT_RATE

    def _name(self, node: str) -> str:
        return self.names.get(node, node)

    def _name_parameters(self, parameters: FloatArray, step: int) -> Problem:
        name = next(
            (n for n, v in self._loop.network.layout.views(parameters).items() if _bad(v)), ""
        )
        node, _, array = name.partition("/")
        return self._problem(node, f"the weights {array} of {self._name(node)}", step)

    def _name_values(
        self, before: Checkpoint, batch: Batch, loss: float, kept: Checkpoint
    ) -> Problem:
        """The first array, in the order of computation, that is not finite in that step."""
        network = self._loop.network
        program = self._loop.looking_pass(before, batch)
        for node in network.shapes.outputs:
            z, outputs = program.pre_activation(node), program.activation(node)
            if z is not None and _bad(z):
                return self._unusable(node, f"the sums z of {self._name(node)}", before.step)
            if _bad(outputs):
                return self._unusable(node, f"the outputs of {self._name(node)}", before.step)
        if not np.isfinite(loss):
            return self._unusable(network.output_id, "the loss", before.step)
        return self._explosion(program, self._loop.looking_pass(kept, batch), before.step, loss)

    def _explosion(self, program: Program, good: Program, step: int, loss: float) -> Problem:
        """The first layer whose sums z have grown far beyond those of the kept weights."""
        sizes = {node: size for node in self._loop.network.shapes.outputs
                 if (size := _largest_sum(program, node)) is not None}  # fmt: skip
        grown = [n for n, size in sizes.items() if size >= GROWN * (_largest_sum(good, n) or size)]
        place, what = "", self._loop.network.output_id
        if grown:
            what = grown[0]
            place = f"; the first to grow are the sums z of {self._name(what)}"
        elif sizes:
            what = max(sizes, key=lambda node: sizes[node])
            place = f"; the largest values are the sums z of {self._name(what)}"
        return Problem(
            f"The loss exploded to {loss:.3g} at step {step + 1}{place}.", self._hint, node=what
        )

    def _unusable(self, node: str, array: str, step: int) -> Problem:
        """What is wrong with the values of a step; before the first one, no step is to blame."""
        if step != self._untouched:
            return self._problem(node, array, step)
        precise = self._loop.network.precision == "float64"
        return Problem(
            f"Training cannot start: {array} became infinite or not a number before any weight "
            "was changed.",
            FIRST_HINT + ("." if precise else OR_PRECISE + "."),
            node=node,
        )

    def _problem(self, node: str, array: str, step: int) -> Problem:
        return Problem(
            f"Training stopped at step {step}: {array} became infinite or not a number.",
            self._hint,
            node=node,
        )


def _bad(array: NDArray[np.floating]) -> bool:
    return not bool(np.isfinite(array).all())


def _largest_sum(program: Program, node: str) -> float | None:
    z = program.pre_activation(node)
    return None if z is None else float(np.abs(z).max())
