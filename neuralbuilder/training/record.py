"""What is measured and noted between the steps of a run."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

import numpy as np

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.engine.schedules import Constant
from neuralbuilder.problems import Problem
from neuralbuilder.training.evaluation import Evaluation
from neuralbuilder.training.guard import Guard
from neuralbuilder.training.log import BACK, BATCHES, EPOCH, MARKED_RATE, RATE, SAMPLES, TrainingLog
from neuralbuilder.training.loop import Loop

EARLY_STEPS = (1, 2, 5, 10, 20, 50, 100, 200)
"""Steps at which the loss is noted inside the first epoch, where it moves fastest."""
REPORT_STEPS = 500
"""A long epoch is noted whenever the number of steps is a multiple of this."""
SHORT_EPOCH = 20
"""Of epochs of fewer steps than this, the first that ends in every so many steps is noted."""

FAR = 10.0
"""The factor between two marks of a learning rate that changes in every epoch."""


class Record:
    """Reads the losses of `loop`, has them judged, and notes them in `log`.

    The loss of the mini-batches is the mean over the steps since the last note. Training,
    validation and test part are measured at steps that are far enough apart to take little of the
    time, and whenever training stops; only then large parts are measured over all samples. When
    something is noted depends on the number of the step, and on where training begins and stops: a
    run that was interrupted has the points of one that was not, and more after every interruption.
    `names` are what messages call the layers.
    """

    def __init__(
        self,
        loop: Loop,
        data: Prepared,
        log: TrainingLog,
        names: Mapping[str, str],
    ) -> None:
        self.log = log
        self._loop, self._data = loop, data
        self._evaluation = Evaluation(loop, data)
        self._guard = Guard(loop, log.first(BATCHES), names)
        self._sum, self._samples = 0.0, 0
        self._marked_rate = self._rate_of_last_mark()

    def begin_run(self) -> None:
        """Training begins, or begins again, at this step."""
        self._evaluation.begin = self._loop.step

    def call_layers(self, names: Mapping[str, str]) -> None:
        """Name layers so in messages from now on."""
        self._guard.names = names

    @property
    def next_stop(self) -> int:
        """The step at which something has to be looked at next."""
        step = self._loop.step
        report = (step // REPORT_STEPS + 1) * REPORT_STEPS
        early = next((early for early in EARLY_STEPS if early > step), report)
        due = self._evaluation.next_due(step)
        return max(step + 1, min(step + self._guard.steps_left, report, early, due))

    def after_steps(self, is_last: bool) -> Problem | None:
        """Look at the steps that have just been done; what is wrong with them, if anything.

        `is_last` says that training stops here.
        """
        epoch_ended = self._loop.position == 0
        notes = is_last or self._is_due(epoch_ended)
        if notes or self._guard.steps_left <= 0:
            problem = self.look()
            if problem is not None:
                return problem
        if notes:
            self._note()
        if epoch_ended:
            self._mark_rate()
            self._note_watched()
        if not is_last:
            self._measure(epoch_ended)
        return None

    def _measure(self, epoch_ended: bool) -> None:
        """Measure what is worth measuring after this step."""
        evaluation = self._evaluation
        is_due = evaluation.is_due(self._loop.step, epoch_ended)
        if is_due:
            self.evaluate()
        known = is_due and evaluation.measures_all_of("validation")
        if epoch_ended and evaluation.judges(self._loop.epoch) and not known:
            self._judge()

    def _is_due(self, epoch_ended: bool) -> bool:
        """Whether this step is one whose loss is noted."""
        step = self._loop.step
        if step in EARLY_STEPS or step % REPORT_STEPS == 0:
            return True
        last_end = step - self._loop.steps_per_epoch
        return epoch_ended and step // SHORT_EPOCH > last_end // SHORT_EPOCH

    def look(self) -> Problem | None:
        """Read the loss since the last look and let the guard judge it.

        When something is wrong, the loop is back at its last good weights.
        """
        with np.errstate(all="ignore"):
            loss, samples = self._loop.take_loss()
            problem = self._guard.check(loss) if samples else None
        if problem is not None:
            self._return_to_good_weights()
            return problem
        self._sum += loss * samples
        self._samples += samples
        return None

    def _return_to_good_weights(self) -> None:
        """Let the log say of the weights that are back what is true of them."""
        step = self._loop.step
        self._sum, self._samples = 0.0, 0
        self.log.cut(step)
        if step:
            self.log.mark(BACK, step, self._loop.epoch)
        self.evaluate(exactly=True)

    def finish(self) -> Problem | None:
        """Bring the log up to this step, because training stops here."""
        problem = self.look()
        if problem is None:
            self._note()
        # Where the best weights are back, what was measured at this step is true of others.
        if self._loop.stop_message or not self._evaluation.is_exact(self._loop.step):
            self.evaluate(exactly=True)
        return problem

    def evaluate(self, exactly: bool = False) -> None:
        """Measure the parts of the data now, see `Evaluation.measure`."""
        with np.errstate(all="ignore"):
            results = self._evaluation.measure(exactly)
        for name, value in results.items():
            self.log.add(name, self._loop.step, value)

        if results.get(f"{SAMPLES}validation") == self._loop.validation_count:
            self._loop.note_validation(results["loss/validation"])

    def _judge(self) -> None:
        """Measure the whole validation part, unless schedule or stop rule do so by themselves."""
        if self._loop.watches:
            return
        with np.errstate(all="ignore"):
            loss = self._evaluation.validation_loss()
        if loss is not None:
            self._loop.note_validation(loss)

    def watched_loss(self) -> float:
        """The newest loss of the whole part by which the best weights are chosen."""
        part, log = self._loop.watched_part, self.log
        count = self._loop.validation_count if part == "validation" else self._loop.samples
        newest = log.newest_value(f"loss/{part}")
        is_whole = newest is not None and log.newest_value(SAMPLES + part) == count
        return newest if newest is not None and is_whole else self._loop.watched

    def take_best(self) -> None:
        """Bring the best weights back, and note what is true of them."""
        loop = self._loop
        loop.take_best()
        self._sum, self._samples = 0.0, 0
        epoch = loop.course.stopping["epoch"]
        self.log.mark(f"Best weights: epoch {ceil(epoch)}", loop.step, epoch)
        self.weights_changed()
        self.evaluate(exactly=True)

    def plan_changed(
        self, changes: list[tuple[str, float]], *, other_loss: bool, other_optimizer: bool
    ) -> None:
        """Note live changes of settings by name and new value, and go on under the new plan."""
        if self._loop.step:
            for text, value in changes:
                self.log.mark(text, self._loop.step, value)
        if other_loss:
            self._sum, self._samples = 0.0, 0
            self._evaluation = Evaluation(self._loop, self._data)
        self._evaluation.plan_changed()
        before = self._guard
        self._guard = Guard(self._loop, None if other_loss else before.first_loss, before.names)
        if not (other_loss or other_optimizer):
            self._guard.go_on_from(before)
        self._marked_rate = self._loop.rate

    def weights_changed(self) -> None:
        """Take the weights as they are now for good ones: somebody has set one."""
        self._guard.accept()
        self._evaluation.forget()

    def _note(self) -> None:
        if self._samples:
            loop = self._loop
            self.log.add(BATCHES, loop.step, self._sum / self._samples)
            self.log.add(EPOCH, loop.step, loop.epoch + loop.position / loop.samples)
            if self._is_scheduled and loop.rate is not None:
                self.log.add(RATE, loop.step, loop.rate)
        self._sum, self._samples = 0.0, 0

    # ------------------------------------------------------------ what schedule and rule do

    @property
    def _is_scheduled(self) -> bool:
        return not isinstance(self._loop.plan.schedule, Constant)

    def _rate_of_last_mark(self) -> float | None:
        """The learning rate that the curve shows last: that of a mark, or of the beginning."""
        optimizer, schedule = self._loop.plan.optimizer, self._loop.plan.schedule
        if optimizer.rate is None or not optimizer.follows_rate:
            return None
        marked = self.log.newest_value(MARKED_RATE)
        return optimizer.rate * schedule.factor(0, {}) if marked is None else marked

    def _mark_rate(self) -> None:
        """Mark every step of the learning rate.

        One that glides is marked where it is a tenth or ten times of the last mark, and at its end:
        a mark in every epoch would hide the curve.
        """
        if not self._is_scheduled:
            return
        loop = self._loop
        rate, marked = loop.rate, self._marked_rate
        if rate is None or marked is None or rate == marked:
            return
        far = max(rate, marked) >= FAR * min(rate, marked)
        steps = not loop.plan.schedule.glides(loop.epoch - loop.course.start)
        if steps or far or loop.course.settled(loop.plan, loop.epoch):
            self.log.mark(RATE, loop.step, rate)
            self._marked_rate = rate

    def _note_watched(self) -> None:
        """Note the validation loss that schedule or stop rule have just looked at.

        Of a part so large that the other points are of some of its samples, it is not noted: the
        curve would jump to and fro between the two.
        """
        loop = self._loop
        if not (loop.watches and loop.watched_part == "validation") or loop.stop_message:
            return
        loop.note_validation(loop.watched)
        if self._evaluation.measures_all_of("validation"):
            self.log.add("loss/validation", loop.step, loop.watched)
            self.log.add(f"{SAMPLES}validation", loop.step, loop.validation_count)
