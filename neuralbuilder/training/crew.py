"""Threads that carry out lists of steps side by side.

NumPy lets other threads run while it computes, so that on several cores the parts of a mini-batch
can be computed at the same time. The linear algebra library must then use one thread of its own,
because it lets only one caller in at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from threading import Lock, Thread

from neuralbuilder.engine.passes import Steps


class ThreadCrew:
    """As many workers as there are lists to run at once; the caller is one of them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._others = [_Worker() for _ in range(size - 1)]

    def run(self, lists: Sequence[Steps]) -> None:
        """Run every list in a thread of its own and return when all are done.

        An exception of a step is raised here.
        """
        for worker, steps in zip(self._others, lists[1:], strict=False):
            worker.begin(steps)
        try:
            for step in lists[0]:
                step()
        finally:
            errors = [worker.wait() for worker, _ in zip(self._others, lists[1:], strict=False)]
        for error in errors:
            if error is not None:
                raise error


@cache
def crew(size: int) -> ThreadCrew:
    """The crew of this size; its threads sleep while there is nothing to do."""
    return ThreadCrew(size)


class _Worker:
    """A daemon thread, woken and waited for by two locks, which cost least."""

    def __init__(self) -> None:
        self._steps: Steps = ()
        self._error: BaseException | None = None
        self._may_begin, self._is_done = Lock(), Lock()
        self._may_begin.acquire()
        self._is_done.acquire()
        Thread(target=self._serve, name="network part", daemon=True).start()

    def begin(self, steps: Steps) -> None:
        self._steps = steps
        self._may_begin.release()

    def wait(self) -> BaseException | None:
        self._is_done.acquire()
        error, self._error = self._error, None
        return error

    def _serve(self) -> None:
        while True:
            self._may_begin.acquire()
            try:
                for step in self._steps:
                    step()
            except BaseException as error:
                self._error = error
            self._is_done.release()
