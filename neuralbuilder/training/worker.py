"""The training process: it trains in short turns and answers between them."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.problems import Problem, UserError
from neuralbuilder.training.channel import Channel, PipeChannel
from neuralbuilder.training.messages import (
    Adjust,
    Ask,
    Load,
    LoadAgain,
    Pause,
    Quit,
    Ready,
    Refused,
    Request,
    Rewind,
    Rewound,
    Run,
    SetWeight,
    TakeBest,
    Written,
)
from neuralbuilder.training.trainer import Trainer

TURN = 0.008
"""Seconds of training between two looks at the channel."""
ANSWER_SHARE = 0.05
"""The part of the time that answers may take while training runs."""
LONGEST_WAIT = 2.0
"""Seconds of training after which even a very expensive answer is given."""
FIRST_WAIT = 0.25
"""The same after the first answer with some figures, which costs more than all others."""

MEMORY_HINT = "Make the layers or the batch smaller, or close other programs."


class Worker:
    """Carries out requests one by one, and trains while there are none."""

    def __init__(self, channel: Channel, clock: Callable[[], float] = time.perf_counter) -> None:
        self.trainer = Trainer(clock)
        self._channel = channel
        self._clock = clock
        self._pending: Ask | None = None
        self._data: Prepared | None = None
        self._answer_costs: dict[frozenset[str], float] = {}
        self._needed = 0.0
        self._trained = LONGEST_WAIT

    def serve(self) -> None:
        """Work until told to quit, or until the other side is gone."""
        self._channel.send(Ready())
        while self.turn():
            pass

    def turn(self) -> bool:
        """One request, one answer, or one short stretch of training; False means quit."""
        running = self.trainer.status == "running"
        if self._channel.waiting() or not (running or self._pending):
            return self._next_request()
        if self._pending and (not running or self._may_answer()):
            self._answer(self._pending)
        elif running:
            self._train()
        return True

    def _next_request(self) -> bool:
        try:
            request = self._channel.receive()
        except Exception:  # what came through the pipe is no value of ours
            self._refuse(Problem("A request could not be read."), traceback.format_exc())
            return True
        if isinstance(request, Quit):
            return False
        # Whoever has asked for another network is told by its number that it did not come.
        generation = request.generation if isinstance(request, Load | LoadAgain) else None
        self._guarded(lambda: self._carry_out(request), generation)
        return True

    def _carry_out(self, request: Request) -> None:
        trainer = self.trainer
        match request:
            case Load():
                self._load(request)
            case LoadAgain():
                if self._data is None:
                    raise ValueError("there are no data from before")
                self._load(request.with_data(self._data))
            case Run(steps, epochs):
                trainer.start(steps, epochs)
                self._trained = LONGEST_WAIT
            case Pause():
                trainer.pause()
            case Rewind():
                before = trainer.state()
                trainer.rewind()
                self._channel.send(Rewound(trainer.generation, before))
            case TakeBest():
                trainer.pause()
                before = trainer.state()
                taken = trainer.take_best()
                best = trainer.state() if taken else before
                self._channel.send(Rewound(trainer.generation, before, best))
            case Adjust(plan):
                stopped = trainer.adjust(plan)
                if stopped is not None:
                    self._channel.send(stopped)
            case SetWeight(name, index, value, undoable):
                change = trainer.set_weight(name, index, value)
                if undoable:
                    self._channel.send(Written(trainer.generation, change))
            case Ask():
                self._pending = request

    def _load(self, load: Load) -> None:
        self._pending = None
        self._data = load.data  # also where loading fails: the window counts on it
        self._channel.send(self.trainer.load(load))
        self._answer_costs, self._needed = {}, 0.0

    def _train(self) -> None:
        start = self._clock()
        self._guarded(self._train_one_turn)
        self._trained += self._clock() - start

    def _train_one_turn(self) -> None:
        stopped = self.trainer.train_for(TURN)
        if stopped is not None:
            self._channel.send(stopped)

    def _may_answer(self) -> bool:
        return self._trained >= min(self._needed, LONGEST_WAIT)

    def _answer(self, ask: Ask) -> None:
        self._pending = None
        start = self._clock()
        self._guarded(lambda: self._channel.send(self.trainer.snapshot(ask)))
        self._note_cost(frozenset(ask.insights), self._clock() - start)
        self._trained = 0.0

    def _note_cost(self, keys: frozenset[str], cost: float) -> None:
        """How long to train now, so that answers take no more than their share of the time."""
        # Figures differ in their costs, so each set of them is compared with itself. The cheaper
        # one of two counts: a single answer may have been held up by something else.
        counted = min(cost, self._answer_costs.get(keys, FIRST_WAIT * ANSWER_SHARE))
        self._answer_costs[keys] = cost
        self._needed = counted * (1 - ANSWER_SHARE) / ANSWER_SHARE

    def _guarded(self, action: Callable[[], None], generation: int | None = None) -> None:
        """Do something; whatever goes wrong pauses the training and is told to the window."""
        try:
            action()
        except UserError as error:
            self._refuse(Problem(error.message, error.hint), "", generation)
        except MemoryError:
            self.trainer.pause()
            problem = Problem("There is not enough memory for this.", MEMORY_HINT)
            self._refuse(problem, "", generation)
        except Exception as error:
            self.trainer.pause()
            what = f"The training process made a mistake: {type(error).__name__}: {error}"
            self._refuse(Problem(what), traceback.format_exc(), generation)

    def _refuse(self, problem: Problem, details: str = "", generation: int | None = None) -> None:
        if generation is None:
            generation = self.trainer.generation
        self._channel.send(Refused(generation, problem, details))


def main(connection: Connection) -> None:
    """The training process from start to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _detach_standard_streams()
    Worker(PipeChannel(connection)).serve()


def _detach_standard_streams() -> None:
    """Read nothing from the terminal, and write nothing into the output of the program."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # a program without a console has no stream 2
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    os.close(nothing)
    if sys.stderr is not None:
        sys.stdout = sys.stderr
