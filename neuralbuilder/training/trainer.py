"""Training as one object: load, run, adjust, rewind, look. It knows nothing of processes.

The training process, the command line, the Python interface and the tests all use this loop.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import numpy as np

from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.answers import Answers
from neuralbuilder.insights.base import Insight, OwnInput, Source
from neuralbuilder.insights.figure import Figure
from neuralbuilder.insights.symptoms import symptoms
from neuralbuilder.problems import Problem, UserError
from neuralbuilder.project.history import WeightChange
from neuralbuilder.project.model import Plan, State
from neuralbuilder.project.state import BEST, carry_over, with_schedule_for_fresh, without_course
from neuralbuilder.training.beginning import check_batch, check_data, checked_state, new_loop
from neuralbuilder.training.changes import changes, graph_changes
from neuralbuilder.training.log import TrainingLog
from neuralbuilder.training.loop import Loop
from neuralbuilder.training.messages import Ask, Best, Load, Loaded, Snapshot, Status, Stopped
from neuralbuilder.training.record import Record

OF_DATA = ("dataset", "split", "preprocessing", "scale_targets")
NEEDS_LOAD = (*OF_DATA, "precision")


class Trainer:
    """Trains one network at a time, in stretches whose length the caller chooses.

    All methods but `load` raise `UserError` before the first `load`. NumPy's floating point
    warnings are off while it trains: a run that goes astray is found and reported as a problem.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._load: Load | None = None
        self.generation = 0
        self.status: Status = "idle"
        self._answers = Answers()
        self._answers_are_of: tuple[object, ...] = ()

    # ------------------------------------------------------------ loading

    def load(self, load: Load) -> Loaded:
        """Compile a network and take its weights from the message, see `Load`.

        `Loaded.restarted` names the layers that start with fresh weights: none where a state is
        given, those that do not fit what was in training with `keep`, otherwise all. Raises
        `UserError` when the network cannot be computed or the state does not fit; what was in
        training before is then untouched.
        """
        network = Network(load.graph, load.plan.precision)
        check_data(load, network)
        state, fresh = self._starting_state(load, network)
        other_data = self._has_other_data(load)
        if state is not None and other_data:
            state = replace(without_course(state), step=0, epoch=0, batch=0, log={}, scaling=None)
        goes_on = state is not None and load.state is None and not other_data
        marks = self._changes_by(load, network) if goes_on else []
        loop = new_loop(load, network, state, self._measuring(load, network, fresh))
        # The state is not kept: it would hold on to arrays that nobody needs any more.
        self._load, self._network, self._loop = replace(load, state=None), network, loop
        self._record = Record(
            loop, load.data, TrainingLog(state.log if state else None), load.names
        )
        self.generation, self.status = load.generation, "paused"
        for text, value in marks:
            self._record.log.mark(text, loop.step, value)
        self._begin_measuring()
        return Loaded(load.generation, fresh, other_data)

    def _measuring(self, load: Load, network: Network, fresh: tuple[str, ...]) -> Collection[str]:
        """The layers that measure the data anew: all for other data, else those that restart."""
        return network.shapes.outputs if self._brings_other_data(load) else fresh

    def _has_other_data(self, load: Load) -> bool:
        """Whether steps have been trained on other data than those a `Load` with `keep` brings."""
        return bool(self._brings_other_data(load) and self.steps_done)

    def _brings_other_data(self, load: Load) -> bool:
        if self._load is None or load.state is not None or not load.keep:
            return False
        before = self._load.plan
        return any(getattr(before, name) != getattr(load.plan, name) for name in OF_DATA)

    def _changes_by(self, load: Load, network: Network) -> list[tuple[str, float]]:
        """What a `Load` with `keep` changes about the run, as marks for the log."""
        before = self._loaded()
        if not self.steps_done:
            return []
        marks = changes(before.plan, load.plan)
        if load.graph != before.graph:
            what = graph_changes(before.graph, load.graph)
            marks.append((what, network.parameter_count))
        return marks

    def _starting_state(self, load: Load, network: Network) -> tuple[State | None, tuple[str, ...]]:
        if load.state is not None:
            return checked_state(load.state, network), ()
        everything = tuple(dict.fromkeys(entry.node for entry in network.layout.entries))
        if not load.keep or self._load is None:
            return None, everything
        state, fresh = carry_over(
            self._load.graph, self.state(), load.graph, load.plan.precision, load.plan.seed
        )
        # Without any weight of its own it is another network, whose training begins at step 0.
        if state is None or set(everything) <= set(fresh):
            return None, everything
        if (
            load.plan.objective != self._load.plan.objective
        ):  # losses of another kind cannot be compared
            state = without_course(state)
        if fresh:
            state = with_schedule_for_fresh(state, load.plan)
        return state, tuple(fresh)

    def _begin_measuring(self) -> None:
        self._target_step = sys.maxsize
        self._target_epoch: int | None = None
        self._plan_epoch: int | None = None
        self._step_seconds = 0.0
        self._rate, self._rate_time, self._rate_step = 0.0, self._clock(), self._loop.step

    def _loaded(self) -> Load:
        if self._load is None:
            raise UserError("No network has been loaded into the trainer.", "Load one first.")
        return self._load

    # ------------------------------------------------------------ running

    def start(self, steps: int | None = None, epochs: int | None = None) -> None:
        """Begin to train: for so many steps, so many epochs, or until the plan's epochs are done.

        An epoch that is under way counts as the first one. After the plan's epochs are done,
        starting again trains for as many once more.
        """
        plan, loop = self._loaded().plan, self._loop
        loop.stop_message = ""
        self._record.begin_run()
        self._target_step = sys.maxsize if steps is None else loop.step + steps
        self._target_epoch = None if epochs is None else loop.epoch + epochs
        self._plan_epoch = _end_of_plan(plan, loop)
        self.status = "running"
        self._rate, self._rate_time, self._rate_step = 0.0, self._clock(), loop.step

    def pause(self) -> None:
        """Stop after the running mini-batch, and measure what there is to measure."""
        if self.status == "running":
            self.status = "paused"
            self._record.finish()

    def train_for(self, seconds: float) -> Stopped | None:
        """Train for about this long; returns what made it stop by itself, if anything did."""
        start = now = self._clock()
        while self.status == "running" and now - start < seconds:
            left = seconds - (now - start)
            steps = int(left / self._step_seconds) if self._step_seconds else 1
            before = self._loop.step
            stopped = self.run_chunk(max(1, min(steps, 100_000)))
            passed = self._clock() - now
            now += passed
            self._note_speed(passed, self._loop.step - before, now)
            if stopped is not None:
                return stopped
        return None

    def run_chunk(self, max_steps: int) -> Stopped | None:
        """Train for at most this many steps while running."""
        loop = self._loop
        last = loop.step + max_steps
        with np.errstate(all="ignore"):
            while self.status == "running" and loop.step < last:
                loop.run(min(last, self._record.next_stop, self._target_step) - loop.step)
                stopped = self._after_steps()
                if stopped is not None:
                    return stopped
        return None

    def run(self, steps: int | None = None, epochs: int | None = None) -> Stopped:
        """Train until done, and say why it ended. Raises `UserError` when it would never end."""
        if steps is None and epochs is None and not self._loaded().plan.epochs:
            raise UserError("Training would never end.", "Give a number of steps or epochs.")
        self.start(steps, epochs)
        while True:
            stopped = self.run_chunk(100_000)
            if stopped is not None:
                return stopped

    def step(self) -> Stopped:
        """Train on one mini-batch."""
        return self.run(steps=1)

    def _note_speed(self, seconds: float, steps: int, now: float) -> None:
        if steps:
            measured = seconds / steps
            known = self._step_seconds
            self._step_seconds = 0.7 * known + 0.3 * measured if known else measured
        if self._rate == 0.0 or now - self._rate_time >= 0.5:
            passed = max(now - self._rate_time, 1e-9)
            self._rate = (self._loop.step - self._rate_step) / passed
        if now - self._rate_time >= 0.5:
            self._rate_time, self._rate_step = now, self._loop.step

    # ------------------------------------------------------------ between the steps

    def _after_steps(self) -> Stopped | None:
        reached = self._reached()
        problem = self._record.after_steps(is_last=reached is not None)
        if problem is not None:
            return self._diverge(problem)
        if reached is None:
            return None
        self.status = reached
        self._record.finish()
        return Stopped(self.generation, reached, message=self._loop.stop_message)

    def _reached(self) -> Status | None:
        """How training stops here, if it does: "finished" or "paused"."""
        loop = self._loop
        if loop.stop_message:
            return "finished"
        if self._plan_epoch is not None and loop.epoch >= self._plan_epoch:
            return "finished"
        if loop.step >= self._target_step:
            return "paused"
        if self._target_epoch is not None and loop.epoch >= self._target_epoch:
            return "paused"
        return None

    def _diverge(self, problem: Problem) -> Stopped:
        self.status = "diverged"
        return Stopped(self.generation, "diverged", problem)

    # ------------------------------------------------------------ changing

    def rewind(self) -> None:
        """Return to the initial weights of the plan's seed; the log starts afresh."""
        load = self._loaded()
        self._loop = new_loop(load, self._network, None)
        self._record = Record(self._loop, load.data, TrainingLog(), load.names)
        self.status = "paused"
        self._begin_measuring()

    def take_best(self) -> bool:
        """Return to the best weights that are kept; whether there were better ones.

        Counters, log and schedule go on.
        """
        self._loaded()
        self.pause()
        if self.best is None:
            return False
        self._record.take_best()
        return True

    def adjust(self, plan: Plan) -> Stopped | None:
        """Go on with other optimizer settings, batch size, penalties, loss or number of epochs.

        Each change is noted in the log, so that curves can show it. Returns what was found wrong
        with the steps since the last look, if anything. Raises `UserError` for a change that
        needs the data or the network to be loaded anew, or mini-batches that are too small.
        """
        load, loop = self._loaded(), self._loop
        old = load.plan
        if any(getattr(plan, name) != getattr(old, name) for name in NEEDS_LOAD):
            raise UserError("Data and precision cannot be changed without loading them anew.")
        if plan == old:
            return None
        check_batch(plan, self._network, loop.samples)
        problem = self._record.look()
        stopped = self._diverge(problem) if problem is not None else None
        loop.adjust(plan)
        self._record.plan_changed(
            changes(old, plan),
            other_loss=plan.objective != old.objective,
            other_optimizer=type(plan.optimizer) is not type(old.optimizer),
        )
        if plan.objective != old.objective and loop.step and self.status != "running":
            self._record.evaluate(exactly=True)  # what stands there now is of another kind
        self._load = replace(load, plan=plan)
        if plan.epochs != old.epochs:
            self._plan_epoch = _end_of_plan(plan, loop)
        return stopped

    def set_weight(self, name: str, index: tuple[int, ...], value: float) -> WeightChange:
        """Write one parameter; what it was before is returned.

        Raises `UserError` for an unknown place or a bad number.
        """
        self._loaded()
        array = self._network.layout.views(self._loop.parameters).get(name)
        if array is None:
            raise UserError(f"There is no parameter {name!r}.")
        inside = len(index) == array.ndim and all(
            0 <= i < size for i, size in zip(index, array.shape, strict=False)
        )
        if not inside:
            raise UserError(f"{name} has the shape {array.shape}; there is no place {index}.")
        with np.errstate(over="ignore"):
            number = array.dtype.type(value)
        if not np.isfinite(number):
            raise UserError(f"A weight cannot be {value}.", "Give a finite number.")
        change = WeightChange(name, index, float(array[index]), float(number))
        array[index] = number
        self._record.weights_changed()
        if self.status != "running":
            self._record.evaluate(exactly=True)
        return change

    # ------------------------------------------------------------ looking

    @property
    def steps_done(self) -> int:
        """Mini-batches since the initial weights."""
        return self._loop.step if self._load else 0

    @property
    def epochs_done(self) -> int:
        """Completed epochs since the initial weights."""
        return self._loop.epoch if self._load else 0

    @property
    def metrics(self) -> dict[str, float]:
        """The newest value of every series of the log."""
        return self._record.log.newest() if self._load else {}

    @property
    def best(self) -> Best | None:
        """Which weights were better than the present ones; None where these are the best."""
        loop = self._loop if self._load else None
        if loop is None or not loop.has_best:
            return None
        now = self._record.watched_loss()
        epoch, loss = loop.course.stopping["epoch"], loop.course.stopping["best"]
        better = now > loss and not np.array_equal(loop.parameters, loop.course.best[BEST])
        return Best(epoch, loss, loop.watched_part, now) if better else None

    @property
    def parameters(self) -> FloatArray:
        """The weights of this moment, as a read-only view that goes on changing."""
        self._loaded()
        view = self._loop.parameters.view()
        view.flags.writeable = False
        return view

    def state(self) -> State:
        """Everything needed to go on from here, as read-only copies."""
        data = self._loaded().data
        at = self._loop.checkpoint()
        arrays = (at.parameters, *at.optimizer.values())
        for array in arrays:
            array.flags.writeable = False
        return State(
            parameters=at.parameters,
            optimizer=at.optimizer,
            step=at.step,
            epoch=at.epoch,
            batch=at.position,
            random=at.random,
            memory=at.course.numbers(),
            best=at.course.best,
            log=self._record.log.copies(),
            scaling=data.scaling,
        )

    def source(
        self,
        sample: int = 0,
        names: Mapping[str, str] | None = None,
        own_input: OwnInput | None = None,
    ) -> Source:
        """What insights look at; valid until training goes on."""
        load = self._loaded()
        return Source(
            network=self._network,
            loss=load.plan.loss,
            parameters=self.parameters,
            data=load.data,
            log=self._record.log.views(),
            sample=min(max(sample, 0), load.data.samples.count - 1),
            names=names or {},
            answers=self._answers_now(),
            hurries=self.status == "running",
            own_input=own_input,
        )

    def _answers_now(self) -> Answers:
        """What is known of the answers of the weights as they are now."""
        if self.status == "running":
            return Answers()
        # As bytes, because NaN differs from itself.
        of = self.generation, self._loaded().plan.loss, self._loop.parameters.tobytes()
        if of != self._answers_are_of:
            self._answers, self._answers_are_of = Answers(), of
        return self._answers

    def snapshot(self, ask: Ask) -> Snapshot:
        """The answer to a request of the window."""
        source = self.source(ask.sample, ask.names, ask.own_input)
        if ask.names:
            self._record.call_layers(ask.names)
        with np.errstate(all="ignore"):
            figures = {key: _figure(insight, source) for key, insight in ask.insights.items()}
            # While training runs, as rarely as the weights are asked for.
            looks = self.status != "running" or ask.with_state
            found = self._symptoms(source) if looks else None
        return Snapshot(
            generation=self.generation,
            request=ask.request,
            status=self.status,
            step=self._loop.step,
            epoch=self._loop.epoch,
            steps_per_second=self._rate if self.status == "running" else 0.0,
            metrics=self.metrics,
            figures=figures,
            state=self.state() if ask.with_state else None,
            best=self.best,
            symptoms=found,
        )

    def symptoms(self, names: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
        """What goes wrong in the network as it is now, with the remedies that are not yet taken."""
        with np.errstate(all="ignore"):
            return self._symptoms(self.source(names=names))

    def _symptoms(self, source: Source) -> tuple[Problem, ...]:
        plan = self._loaded().plan
        return tuple(_without_taken(problem, plan) for problem in symptoms(source))


def _figure(insight: Insight, source: Source) -> Figure:
    """What an insight shows. One that makes a mistake says so in its place, and the others go on;
    missing memory is for whoever asked to deal with.
    """
    try:
        return insight.compute(source)
    except MemoryError:
        raise
    except UserError as error:
        return Figure(title=insight.label, message=str(error))
    except Exception as error:
        what = f"This view could not be computed: {type(error).__name__}: {error}"
        return Figure(title=insight.label, message=what, details=traceback.format_exc())


def _without_taken(problem: Problem, plan: Plan) -> Problem:
    """The problem without a remedy that the plan already has."""
    fix = problem.fix
    if fix is None or not fix.plan or any(getattr(plan, name) != v for name, v in fix.plan):
        return problem
    return replace(problem, fix=None)


def _end_of_plan(plan: Plan, loop: Loop) -> int | None:
    """The epoch at which the plan says to pause next, counted as the schedule is."""
    if not plan.epochs:
        return None
    start = loop.course.start
    return start + ((loop.epoch - start) // plan.epochs + 1) * plan.epochs
