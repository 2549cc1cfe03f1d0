"""What is asked of the training process, and when: figures in turns, weights now and then."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject

from neuralbuilder.insights.base import Insight, OwnInput
from neuralbuilder.training.messages import Request
from neuralbuilder.ui.process import TrainingProcess
from neuralbuilder.ui.turns import Turns

ASK_EVERY, STATE_EVERY = 30, 1000
"""Milliseconds from an answer to the next question for figures, and between two for the weights,
while training runs. The training process has better things to do than to answer as often as the
screen could show it."""


class Questions(QObject):
    """Keeps account of what somebody wants to know; `ask` sends the next question.

    `commands` counts what has been sent to change the course of training, so that an answer to
    an earlier question can be told from news.
    """

    def __init__(self, process: TrainingProcess, sample: int, parent: QObject) -> None:
        super().__init__(parent)
        self.watched: dict[str, Insight] = {}
        self.sample = sample
        self.own_input: OwnInput | None = None
        self.names: dict[str, str] = {}
        self.commands = 0
        self.asked_at = 0
        self._process = process
        self._turns = Turns()
        self._visible = True
        self._look_due = self._state_due = False
        self._since_answer, self._since_state = QElapsedTimer(), QElapsedTimer()
        self._since_answer.start()
        self._since_state.start()

    @property
    def pending(self) -> bool:
        """Whether a question is to be asked, or without an answer so far."""
        return self._look_due or self._state_due or self._process.asked

    @property
    def is_news(self) -> bool:
        """Whether the last answer was to a question asked after the last command."""
        return self.asked_at == self.commands

    def watch(self, key: str, insight: Insight) -> None:
        """Want this figure from now on."""
        if self.watched.get(key) != insight:
            self.watched[key] = insight
            self.look()

    def set_names(self, names: dict[str, str]) -> None:
        """What the layers are called in figures."""
        if names != self.names:
            self.names = names
            self.look()

    def set_visible(self, visible: bool) -> None:
        """Whether anybody can see figures."""
        if visible != self._visible:
            self._visible = visible
            self.look()

    def look(self) -> None:
        """Want the figures once more."""
        self._look_due = True
        self._process.wake()

    def want_state(self) -> None:
        """Want the weights."""
        self._state_due = True
        self._process.wake()

    def state_arrived(self) -> None:
        """Count the time to the next question for the weights from here."""
        self._since_state.restart()

    def command(self, request: Request) -> None:
        """Send what changes the course of training; answers to earlier questions are old news."""
        self._process.send(request)
        self.commands += 1

    def forget(self) -> None:
        """Want nothing any more: there is nobody to answer."""
        self._look_due = self._state_due = False

    def ask(self, running: bool) -> None:
        """Send the next question if it is time for one and none is without an answer."""
        if running and self._since_state.elapsed() > STATE_EVERY:
            self._state_due = True
        if self._process.asked:
            self._since_answer.restart()
            return
        moves = running and self._since_answer.elapsed() >= ASK_EVERY
        wanted = self._state_due or (self._visible and (self._look_due or moves))
        if not wanted:
            return
        # Weights are much: while training runs, they come in a turn of their own.
        only_state = running and self._state_due
        looks = self._visible and not only_state
        keys = self._turns.next(self.watched, everything=not running) if looks else ()
        insights = {key: self.watched[key] for key in keys}
        own = self.own_input
        self._process.ask(insights, self.sample, self._state_due, self.names, own)
        self.asked_at = self.commands
        self._look_due, self._state_due = self._look_due and only_state, False
