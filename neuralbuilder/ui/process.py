"""The training process as the window sees it: requests, answers, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from neuralbuilder.insights.base import Insight, OwnInput
from neuralbuilder.training.messages import (
    Ask,
    Load,
    Ready,
    Refused,
    Reply,
    Request,
    Snapshot,
)
from neuralbuilder.training.session import Session
from neuralbuilder.ui.garbage import GarbageCollector

BUSY_POLL, IDLE_POLL = 16, 500
"""Milliseconds between two looks for answers: while something is going on, and otherwise (then
only the end of the process could be noticed)."""
HANGS_AFTER = 10.0
"""Seconds without an answer after which the process is said to hang."""


class TrainingProcess(QObject):
    """One child process after another, at most one question at a time.

    `answered` carries the answers about the network loaded last; those about earlier ones are
    passed over. `looked` follows each look for answers, as the time to ask the next question.
    """

    ready = Signal()
    answered = Signal(object)
    looked = Signal()
    ended = Signal(str, str)
    hangs = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._generation = 0
        self._request = 0
        self._asked: Ask | None = None
        self._hung = False
        self._is_ready = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        # The session reads on a thread of its own, where Qt objects must not be collected.
        self._garbage = GarbageCollector(self)

    @property
    def is_ready(self) -> bool:
        """Whether there is a process that has imported the engine."""
        return self._is_ready

    @property
    def is_started(self) -> bool:
        """Whether there is a process at all."""
        return self._session is not None

    @property
    def asked(self) -> bool:
        """Whether a question is without an answer so far."""
        return self._asked is not None

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return self._session.pid if self._session is not None else None

    def start(self) -> None:
        """Start a process unless there is one."""
        if self._session is None:
            self._garbage.start()
            self._session = Session()
            self._session.start()
            self.wake()

    def close(self) -> None:
        """End the process and stop looking."""
        self._timer.stop()
        self._forget()

    def load(self, load: Load) -> None:
        """Pass on another network; questions about the one before are forgotten."""
        self._generation = load.generation
        self._asked = None
        self.send(load)

    def ask(
        self,
        insights: Mapping[str, Insight],
        sample: int,
        with_state: bool,
        names: Mapping[str, str],
        own_input: OwnInput | None = None,
    ) -> None:
        """Ask for one snapshot, see `Ask`. Call it only while `asked` is false."""
        self._request += 1
        self._asked = Ask(self._request, dict(insights), sample, with_state, names, own_input)
        self.send(self._asked)

    def send(self, request: Request) -> None:
        """Pass on any other request; without a process it is dropped."""
        if self._session is not None:
            self._session.send(request)
            self.wake()

    def wake(self) -> None:
        """Look for answers often, until `rest`."""
        busy = self._timer.isActive() and self._timer.interval() == BUSY_POLL
        if self._session is not None and not busy:
            self._timer.start(BUSY_POLL)

    def rest(self) -> None:
        """Look for answers rarely: nothing is going on."""
        if self._session is not None and self._timer.interval() != IDLE_POLL:
            self._timer.start(IDLE_POLL)

    @Slot()
    def _look(self) -> None:
        session = self._session
        if session is None:
            return
        for reply in session.poll():
            self._pass_on(reply)
        if self._session is not session:  # whoever heard an answer has closed it
            return
        if not session.alive:
            text, hint = session.ended, session.ended_hint
            self._timer.stop()
            self._forget()
            self.ended.emit(text or "training process ended", hint)
            return
        self._watch_over(session)
        self.looked.emit()

    def _pass_on(self, reply: Reply) -> None:
        if isinstance(reply, Ready):
            self._is_ready = True
            self.ready.emit()
            return
        refused = isinstance(reply, Refused)
        asked = self._asked
        if refused or (isinstance(reply, Snapshot) and asked and reply.request == asked.request):
            self._asked = None
        # After a network that was refused the process still has the one before.
        if refused or reply.generation == self._generation:
            self.answered.emit(reply)

    def _watch_over(self, session: Session) -> None:
        hung = session.silence > HANGS_AFTER
        if hung != self._hung:
            self._hung = hung
            self.hangs.emit(hung)

    def _forget(self) -> None:
        if self._session is not None:
            self._session.close()
        self._garbage.stop()
        self._session = None
        self._asked = None
        self._is_ready = self._hung = False
