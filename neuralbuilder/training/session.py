"""The window's handle on the training process. Nothing here ever waits for the other side."""

from __future__ import annotations

import multiprocessing
import pickle
import queue
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.problems import Problem
from neuralbuilder.training import environment, transfer, worker
from neuralbuilder.training.messages import (
    Ask,
    Load,
    LoadAgain,
    Quit,
    Refused,
    Reply,
    Request,
    Snapshot,
)

_QUIET, _TERMINATED, _KILLED = 0.5, 0.2, 0.2
"""Seconds that `close` grants the process to end by itself, after a signal, and after the last."""


class Session:
    """One training process: requests go in with `send`, answers come out of `poll`.

    Two threads move the messages, because a pipe that is full, or a process that hangs in the
    middle of a message, would otherwise stop the window. A session that has ended is not started
    again; make a new one.
    """

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._outbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._inbox: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._threads: tuple[Thread, ...] = ()
        self._closed = False
        self._generation = 0
        self._data: Prepared | None = None
        self._asked_at: float | None = None

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Start the process; it answers `Ready` as soon as it has imported the engine."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=worker.main, args=(theirs,), name="NeuralBuilder training", daemon=True
        )
        with environment.for_new_process():
            process.start()
        theirs.close()  # with our copy open, the death of the process would not end the reading
        self._process, self._connection = process, ours
        self._threads = (
            Thread(target=self._write, args=(ours,), name="training requests", daemon=True),
            Thread(target=self._read, args=(ours,), name="training replies", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        """The number of the process, None before the start."""
        return None if self._process is None else self._process.pid

    @property
    def ended(self) -> str:
        """How the process ended, such as "training process ended (signal 9)".

        Empty while it runs, before its start and after `close`.
        """
        if self._closed or self._process is None or self._process.is_alive():
            return ""
        return f"training process ended ({_exit_text(self._process.exitcode)})"

    @property
    def ended_hint(self) -> str:
        """What may have ended the process, where its exit code says something about that."""
        if self.ended and self._process and self._process.exitcode == -9:
            return "The system ends a process in this way when the memory runs out."
        return ""

    @property
    def silence(self) -> float:
        """Seconds since the oldest `Ask` without an answer; 0.0 when nothing is outstanding."""
        return 0.0 if self._asked_at is None else time.monotonic() - self._asked_at

    def close(self) -> None:
        """End the process within a second, by force where it does not listen."""
        if self._closed:
            return
        self._closed = True
        process = self._process
        if process is None:
            return
        self._outbox.put(Quit())
        process.join(_QUIET)
        if process.is_alive():
            process.terminate()
            process.join(_TERMINATED)
        if process.is_alive():
            process.kill()
            process.join(_KILLED)
        self._outbox.put(None)
        for thread in self._threads:
            thread.join(0.2)
        if self._connection is not None:
            self._connection.close()
        if not process.is_alive():
            process.close()
        self._process = None

    # ------------------------------------------------------------ messages

    def send(self, request: Request) -> None:
        """Pass a request on; one that cannot be sent is answered with `Refused`."""
        if isinstance(request, Load):
            self._generation = request.generation
        if isinstance(request, Ask) and self._asked_at is None:
            self._asked_at = time.monotonic()
        self._outbox.put(self._without_known_data(request))

    def _without_known_data(self, request: Request) -> Request:
        if not isinstance(request, Load):
            return request
        known, self._data = self._data is request.data, request.data
        return LoadAgain.of(request) if known else request

    def poll(self) -> list[Reply]:
        """The answers that have come since the last call; never waits."""
        replies: list[Reply] = []
        while True:
            try:
                replies.append(self._inbox.get_nowait())
            except queue.Empty:
                break
        if any(isinstance(reply, (Snapshot, Refused)) for reply in replies):
            self._asked_at = None
        return replies

    def _write(self, connection: Connection) -> None:
        while (request := self._outbox.get()) is not None:
            try:
                transfer.send(connection, request)
            except OSError:  # the process is gone; `ended` says so
                return
            except (pickle.PicklingError, TypeError, AttributeError, ValueError) as error:
                problem = Problem(
                    f"{type(request).__name__} cannot be passed to the training process.",
                    f"It holds something that cannot be copied: {error}",
                )
                if isinstance(request, Load):
                    self._data = None  # they have not arrived there
                self._inbox.put(Refused(self._generation, problem, repr(error)))

    def _read(self, connection: Connection) -> None:
        while True:
            try:
                self._inbox.put(connection.recv())
            except (EOFError, OSError):
                return


def _exit_text(code: int | None) -> str:
    if code is None:
        return "for an unknown reason"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
