"""Watching for numbers that are no longer numbers.

The check is made at every epoch and every hundred steps, because looking at each step would cost
a tenth of the speed of a small network. When it fails, the steps since the last good look are
repeated one by one: training is exactly repeatable, so the repetition meets the same first bad
number, and the weights from just before it are kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.problems import Problem
from neuralbuilder.training.loop import Checkpoint, Loop

STEPS_BETWEEN_CHECKS = 100
EXPLODED = 1e6
"""A loss this many times its first value counts as exploding."""
SMALLEST_FIRST = 1e-3
"""A run that starts from trained weights has a first loss near 0, of which any value is a
multiple; then this stands for the first loss."""

HINT = "Lower the learning rate and train on; the last good weights are kept."
HINT_WITHOUT_RATE = "Train on with another optimizer; the last good weights are kept."


class Guard:
    """Keeps the last good checkpoint and finds the first bad step."""

    def __init__(self, loop: Loop, first_loss: float | None) -> None:
        self._loop = loop
        self.first_loss = first_loss
        self.exploded: tuple[int, float] | None = None  # the step and the loss it had
        self._good = loop.checkpoint()
        self._checked_at = loop.step

    @property
    def steps_left(self) -> int:
        """How many steps may pass before the next check is due."""
        return STEPS_BETWEEN_CHECKS - (self._loop.step - self._checked_at)

    def accept(self) -> None:
        """Take what the loop holds now as good, after a weight was set by hand."""
        self._good = self._loop.checkpoint()
        self._checked_at = self._loop.step

    def check(self, loss: float) -> Problem | None:
        """Look at the mean loss since the last look; None when all is well.

        Otherwise the loop is back at the last good weights, and the problem names the first
        layer and array that went wrong.
        """
        if self._is_fine(loss):
            if self.steps_left <= 0:
                return self._check_weights()
            return None
        return self._find()

    def _check_weights(self) -> Problem | None:
        if not np.isfinite(self._loop.parameters).all():
            return self._find()
        self.accept()
        return None

    def _is_fine(self, loss: float) -> bool:
        if not np.isfinite(loss):
            return False
        if self.first_loss is None:
            self.first_loss = loss
        return loss <= EXPLODED * max(self.first_loss, SMALLEST_FIRST)

    # ------------------------------------------------------------ finding the first bad step

    def _find(self) -> Problem:
        loop, last_step = self._loop, self._loop.step
        self.exploded = None
        loop.restore(self._good)
        before = good = self._good
        problem = None
        while problem is None and loop.step < last_step:
            before, good = good, loop.checkpoint()
            batch = loop.next_batch()
            loop.run(1)
            loss, _ = loop.take_loss()
            if not self._is_fine(loss):
                problem = self._name_values(good, batch, loss)
                good = before
            elif not np.isfinite(loop.parameters).all():
                problem = self._name_parameters(loop.parameters, loop.step)
        loop.restore(good)
        self._checked_at = loop.step
        self._good = good
        return problem or Problem("The loss is growing without limit.", self._hint)

    @property
    def _hint(self) -> str:
        return HINT if self._loop.plan.optimizer.rate is not None else HINT_WITHOUT_RATE

    def _name_parameters(self, parameters: FloatArray, step: int) -> Problem:
        name = next(
            (n for n, v in self._loop.network.layout.views(parameters).items() if _bad(v)), ""
        )
        return self._problem(name.partition("/")[0], f"the weights {name}", step)

    def _name_values(
        self,
        before: Checkpoint,
        batch: tuple[NDArray[np.floating], NDArray[np.floating]],
        loss: float,
    ) -> Problem:
        """The first array, in the order of computation, that is not finite in that step."""
        network = self._loop.network
        program = self._loop.looking_pass(before, batch)
        largest, reached = "", -1.0
        for node in network.shapes.outputs:
            z, outputs = program.pre_activation(node), program.activation(node)
            if z is not None and _bad(z):
                return self._problem(node, f"the sums z of {node}", before.step)
            if _bad(outputs):
                return self._problem(node, f"the outputs of {node}", before.step)
            if z is not None and float(np.abs(z).max()) > reached:
                largest, reached = node, float(np.abs(z).max())
        if np.isfinite(loss):
            self.exploded = (before.step + 1, loss)
            return Problem(
                f"The loss exploded to {loss:.3g} at step {before.step + 1}; "
                f"the largest values are the sums z of {largest}.",
                self._hint,
                node=largest,
            )
        return self._problem(network.output_id, "the loss", before.step)

    def _problem(self, node: str, array: str, step: int) -> Problem:
        return Problem(
            f"Training stopped at step {step}: {array} became infinite or not a number.",
            self._hint,
            node=node,
        )


def _bad(array: NDArray[np.floating]) -> bool:
    return not bool(np.isfinite(array).all())
