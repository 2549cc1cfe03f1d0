"""The innermost loop: mini-batches in their order, through compiled programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.class_weights import sample_weights
from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.engine.clipping import Clipping
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.program import Program
from neuralbuilder.project.model import Plan
from neuralbuilder.project.state import BEST
from neuralbuilder.training.course import Course, after_epoch, bring_back
from neuralbuilder.training.crew import crew
from neuralbuilder.training.environment import threads
from neuralbuilder.training.measuring import Measuring

AT_ONCE = 512
"""Images that are augmented together; training goes on between, so that it can be paused."""


class Shuffle:
    """A contiguous copy of the training part, in an order that depends on seed and epoch alone.

    Because order and augmentation need no memory of earlier epochs, a run that is continued from a
    file sees the same mini-batches as one that never stopped. The first `ready` samples are as
    they are trained on. `weights`, where there are some, say how much each of all samples counts,
    and `w` the same in the order of `x` and `y`.
    """

    def __init__(self, data: Prepared, plan: Plan, weights: NDArray[Any] | None = None) -> None:
        self._data, self._weights = data, weights
        self._seed, self._augmentation = plan.seed, plan.augmentation
        self.augments = plan.augmentation.changes and data.x.ndim == 4
        self._generator = np.random.PCG64(np.random.SeedSequence([plan.seed, 1]))
        self._start = self._generator.state
        self._epoch = -1
        self.ready = 0
        self.x: NDArray[Any] = np.empty((len(data.train), *data.x.shape[1:]), data.x.dtype)
        self.y: NDArray[Any] = np.empty((len(data.train), *data.y.shape[1:]), data.y.dtype)
        self.w = None if weights is None else np.empty(len(data.train), weights.dtype)

    def arrange(self, epoch: int) -> None:
        """Fill `x` and `y` for this epoch."""
        if epoch == self._epoch:
            return
        self._generator.state = self._start
        self._generator.advance(epoch << 64)
        rows = self._data.train[np.random.Generator(self._generator).permutation(len(self.x))]
        np.take(self._data.x, rows, axis=0, out=self.x, mode="clip")
        np.take(self._data.y, rows, axis=0, out=self.y, mode="clip")
        if self._weights is not None:
            np.take(self._weights, rows, out=self.w, mode="clip")
        self._epoch = epoch
        self.ready = len(self.x)
        if self.augments:
            random = np.random.default_rng([self._seed, 4, epoch])
            self._change, self.ready = self._augmentation.draw(len(self.x), random), 0

    def prepare(self, count: int) -> None:
        """Augment images until at least so many are ready."""
        while self.ready < min(count, len(self.x)):
            start = self.ready
            self._change(self.x[start : start + AT_ONCE], start)
            self.ready = min(start + AT_ONCE, len(self.x))


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that decides how training goes on from here."""

    parameters: FloatArray
    optimizer: Mapping[str, FloatArray]
    random: Mapping[str, Any]
    step: int
    epoch: int
    position: int
    course: Course


class Loop:
    """Trains `parameters` and `optimizer_state` in place.

    `step` counts mini-batches, `epoch` completed epochs, and `position` the samples of the
    running epoch that have been used. What is left at the end of an epoch and is too small a
    mini-batch for the network (a single sample for batch normalisation) is left out; the next
    epoch leaves out another one. `random` is where layers with noise draw from. `course` is
    what schedule and stop rule remember; after an epoch at the end of which the rule has ended
    training, `stop_message` says so.
    """

    def __init__(
        self,
        network: Network,
        data: Prepared,
        plan: Plan,
        parameters: FloatArray,
        optimizer_state: dict[str, FloatArray],
    ) -> None:
        self.network = network
        self.parameters = parameters
        self.optimizer_state = optimizer_state
        self.step = self.epoch = self.position = 0
        self.course = Course()
        self.watched = float("nan")
        self.stop_message = ""
        self._data = data
        self.random = np.random.default_rng([plan.seed, 3])
        self.samples = len(data.train)
        self._weigh(plan)
        self._compile(plan)

    def _weigh(self, plan: Plan) -> None:
        """Take losses as this plan does."""
        self._weights = weights = sample_weights(plan.class_weights, self._data)
        self._shuffle = Shuffle(self._data, plan, weights)
        self.measuring = Measuring(self.network, self.parameters, self._data, plan.loss, weights)

    # ------------------------------------------------------------ programs

    def _compile(self, plan: Plan) -> None:
        self.plan = plan
        self.batch_size = min(plan.batch_size, self.samples)
        if plan.optimizer.full_batch:
            self.batch_size = self.samples
            self.position = 0
        self._programs: dict[int, Program] = {}
        self._steps_since: dict[int, int] = {}

    def _program(self, size: int) -> Program:
        """The program for batches of this size; the last batch of an epoch may be smaller."""
        if size not in self._programs:
            plan = self.plan
            self._programs[size] = Program(
                self.network,
                self.parameters,
                size,
                plan.loss,
                plan.optimizer,
                self.optimizer_state,
                l1=plan.l1,
                l2=plan.l2,
                clipping=_clipping(plan),
                random=self.random,
                crew=crew(threads()),
                weighted=self._weights is not None,
            )
            self._steps_since[size] = 0
        return self._programs[size]

    def adjust(self, plan: Plan) -> None:
        """Go on with another plan for the same data and precision, from the next batch on."""
        old = self.plan
        if plan.objective != old.objective:
            self._weigh(plan)
        elif (plan.seed, plan.augmentation) != (old.seed, old.augmentation):
            self._shuffle = Shuffle(self._data, plan, self._weights)
        self.course = self.course.suited_to(old, plan)
        if type(plan.optimizer) is not type(old.optimizer):
            size, dtype = self.parameters.size, self.parameters.dtype
            self.optimizer_state = plan.optimizer.new_state(size, dtype)
            self._compile(plan)
        elif plan.objective != old.objective or plan.batch_size != old.batch_size:
            self._compile(plan)
        for program in self._programs.values():
            program.adjust(plan.optimizer, plan.l1, plan.l2, _clipping(plan))
        self.plan = plan

    # ------------------------------------------------------------ training

    def run(self, steps: int) -> int:
        """Train for at most this many mini-batches and at most to the end of the epoch.

        Returns how many were done. The caller keeps NumPy's floating point warnings quiet.
        """
        self._arrange()
        size = min(self.batch_size, self.samples - self.position)
        self._shuffle.prepare(self.position + size)
        count = min(steps, (self._shuffle.ready - self.position) // size)
        program, data = self._program(size), self._shuffle
        factor = self.course.factor(self.plan, self.epoch)
        if factor != program.rate_factor:
            program.rate_factor = factor
        x, y, all_x, all_y = program.x, program.y, data.x, data.y
        weights, all_weights = program.weights, data.w
        copy, step = np.copyto, program.step
        for start in range(self.position, self.position + count * size, size):
            copy(x, all_x[start : start + size])
            copy(y, all_y[start : start + size])
            if weights is not None and all_weights is not None:
                copy(weights, all_weights[start : start + size])
            step()
        self.step += count
        self.position += count * size
        self._steps_since[size] += count
        if not self.can_go_on_at(self.position):
            self._end_epoch()
        return count

    def can_go_on_at(self, position: int) -> bool:
        """Whether enough samples of an epoch are left there for a mini-batch."""
        return self.samples - position >= self.network.least_batch

    @property
    def steps_per_epoch(self) -> int:
        """The mini-batches of an epoch; a rest too small for the network is none."""
        batches, rest = divmod(self.samples, self.batch_size)
        return batches + (rest >= max(1, self.network.least_batch))

    def _end_epoch(self) -> None:
        self.position = 0
        self.epoch += 1
        if not self.watches:
            return
        # Measured here and after every epoch, because what follows must not depend on the time
        # that measuring takes, and happens again when the guard repeats these steps.
        part = self.watched_part
        self.watched = self.measuring.measure(part, getattr(self._data, part)).loss
        self.course, stops = after_epoch(
            self.course, self.plan, self.epoch, self.watched, self.parameters, self.optimizer_state
        )
        if stops:
            self._bring_back()

    def _bring_back(self) -> None:
        """Return to the best weights; whoever trains on begins to wait anew."""
        course, part = self.course, self.watched_part
        bring_back(course.best, self.parameters, self.optimizer_state)
        waited, best = int(course.stopping["waited"]), int(course.stopping["epoch"])
        name = "training" if part == "train" else part
        self.stop_message = (
            f"Stopped at epoch {self.epoch}: the {name} loss has not improved for {waited} "
            f"{'epoch' if waited == 1 else 'epochs'}; the weights of epoch {best} are back."
        )
        self.course = Course(course.schedule)

    def note_validation(self, loss: float) -> None:
        """Keep the weights where this loss of the whole validation part is the best so far.

        Where a rule watches, it keeps them by itself, and does so after every epoch.
        """
        self.watched = loss
        if not self.plan.stop_rule.watches:
            epoch = self.epoch + self.position / self.samples
            self.course = self.course.with_best(epoch, loss, self.parameters)

    @property
    def has_best(self) -> bool:
        """Whether weights are kept that were the best so far."""
        return BEST in self.course.best

    def take_best(self) -> None:
        """Write the best weights in the place of the present ones."""
        bring_back(self.course.best, self.parameters, self.optimizer_state)

    @property
    def lanes(self) -> int:
        """How many parts of a mini-batch are computed at the same time."""
        return self._program(self.batch_size).lanes

    @property
    def watches(self) -> bool:
        """Whether schedule or stop rule look at the loss after every epoch."""
        return self.plan.schedule.watches or self.plan.stop_rule.watches

    @property
    def watched_part(self) -> str:
        """The part of the data whose loss they look at."""
        return "validation" if len(self._data.validation) else "train"

    @property
    def validation_count(self) -> int:
        """How many samples the validation part has."""
        return len(self._data.validation)

    @property
    def rate(self) -> float | None:
        """The learning rate of this epoch; None where the optimizer has none that is followed."""
        optimizer = self.plan.optimizer
        if optimizer.rate is None or not optimizer.follows_rate:
            return None
        return optimizer.rate * self.course.factor(self.plan, self.epoch)

    def _arrange(self) -> None:
        # One batch that holds everything is the same in any order.
        is_whole = self.batch_size == self.samples and not self._shuffle.augments
        self._shuffle.arrange(0 if is_whole else self.epoch)

    def next_batch(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Inputs and targets of the next mini-batch, as views."""
        self._arrange()
        stop = min(self.position + self.batch_size, self.samples)
        self._shuffle.prepare(stop)
        return self._shuffle.x[self.position : stop], self._shuffle.y[self.position : stop]

    def take_loss(self) -> tuple[float, int]:
        """The mean loss per sample since the last call, and over how many samples."""
        total, samples = 0.0, 0
        for size, program in self._programs.items():
            steps = self._steps_since[size]
            if steps:
                total += program.take_loss() * steps * size
                samples += steps * size
                self._steps_since[size] = 0
        return (total / samples if samples else 0.0), samples

    def train_loss(self) -> float:
        """The loss of the present weights over the whole training part, as predictions see it."""
        return self.measuring.measure("train", self._data.train).loss

    # ------------------------------------------------------------ checkpoints

    def checkpoint(self) -> Checkpoint:
        """A copy of everything that training changes."""
        optimizer = {name: array.copy() for name, array in self.optimizer_state.items()}
        return Checkpoint(
            self.parameters.copy(),
            optimizer,
            dict(self.random.bit_generator.state),
            self.step,
            self.epoch,
            self.position,
            self.course,
        )

    def looking_pass(self, at: Checkpoint, batch: tuple[NDArray[Any], NDArray[Any]]) -> Program:
        """A program that has carried this mini-batch forward as the step after `at` did, and whose
        every value can be looked at; with the noise and the statistics of that step.
        """
        random = np.random.default_rng()
        random.bit_generator.state = at.random
        program = Program(
            self.network, at.parameters.copy(), len(batch[0]), training=True, random=random
        )
        program.x[...] = batch[0]
        program.forward()
        return program

    def restore(self, checkpoint: Checkpoint) -> None:
        """Return to a checkpoint of the same network and optimizer."""
        np.copyto(self.parameters, checkpoint.parameters)
        for name, array in checkpoint.optimizer.items():
            np.copyto(self.optimizer_state[name], array)
        self.random.bit_generator.state = checkpoint.random
        self.step, self.epoch = checkpoint.step, checkpoint.epoch
        self.position = checkpoint.position
        self.course, self.stop_message = checkpoint.course, ""
        self.take_loss()


def _clipping(plan: Plan) -> Clipping:
    return Clipping(plan.clip_value, plan.clip_norm)
