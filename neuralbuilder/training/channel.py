"""How the worker hears requests and gives answers, without knowing who listens.

`PipeChannel` joins it to the window's process; `DirectChannel` keeps both ends in one process,
for tests and for programs that train inline.
"""

from __future__ import annotations

from collections import deque
from multiprocessing.connection import Connection
from typing import Protocol, cast

from neuralbuilder.training import transfer
from neuralbuilder.training.messages import Quit, Reply, Request


class Channel(Protocol):
    """The worker's end of a conversation."""

    def waiting(self) -> bool:
        """Whether a request can be received without waiting."""

    def receive(self) -> Request:
        """The next request, however long it takes; `Quit` when the other side is gone."""

    def send(self, reply: Reply) -> None:
        """Give an answer; silently dropped when the other side is gone."""


class PipeChannel:
    """A channel over one end of a `multiprocessing.Pipe`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waiting(self) -> bool:
        """Whether a request has come, or the other side is gone (then `receive` says so)."""
        try:
            return self._connection.poll(0)
        except OSError:
            return True

    def receive(self) -> Request:
        """The next request; `Quit` when the other side is gone."""
        try:
            return cast(Request, transfer.receive(self._connection))
        except (EOFError, OSError):
            return Quit()

    def send(self, reply: Reply) -> None:
        """Write an answer into the pipe."""
        try:
            self._connection.send(reply)
        except OSError:
            # The window is gone; the next `receive` finds that out and ends the process.
            return


class DirectChannel:
    """A channel whose two ends are two queues in this process."""

    def __init__(self) -> None:
        self.requests: deque[Request] = deque()
        self.replies: deque[Reply] = deque()

    def waiting(self) -> bool:
        """Whether a request lies in the queue."""
        return bool(self.requests)

    def receive(self) -> Request:
        """The next request; `Quit` when there is none, since nobody else could add one."""
        return self.requests.popleft() if self.requests else Quit()

    def send(self, reply: Reply) -> None:
        """Put an answer into the queue."""
        self.replies.append(reply)
