"""Sizes of files in words, and the progress window while a large file is read."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QApplication, QProgressDialog, QWidget

from neuralbuilder.data.samples import Progress, ReadingCancelled

Result = TypeVar("Result")

_MOMENT = 0.03
_PAUSE = 0.01
"""Seconds that the window waits for what is read, before it begins to show that, and in turns."""


def file_size(size: int) -> str:
    """`812 bytes`, `12 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def with_progress(name: str, parent: QWidget | None, work: Callable[[Progress], Result]) -> Result:
    """What `work` comes to, as `ReadingProgress.run` does it."""
    progress = ReadingProgress(name, parent)
    try:
        return progress.run(work)
    finally:
        progress.close()


class ReadingProgress:
    """A progress window with Cancel, shown when reading takes longer than a moment."""

    def __init__(self, name: str, parent: QWidget | None) -> None:
        self._name = name
        self._window = QProgressDialog(f"Reading {name} …", "Cancel", 0, 1000, parent)
        self._window.setWindowTitle("Import data")
        self._window.setWindowModality(Qt.WindowModality.ApplicationModal)
        self._window.setMinimumDuration(400)
        self._window.setAutoReset(False)
        self._window.setAutoClose(False)

    def tell(self, share: float) -> bool:
        """Show the share, let the window work, and say whether to go on."""
        self._window.setValue(int(1000 * share))
        return not self._window.wasCanceled()

    def run(self, work: Callable[[Progress], Result]) -> Result:
        """What `work` comes to, in a thread of its own while the window goes on.

        Raises what it raises, and `ReadingCancelled` as soon as the user cancels; the work ends
        by itself when it tells its progress the next time.
        """
        task = _Task(work)
        task.start()
        task.join(_MOMENT)
        while task.is_alive():
            go_on = self.tell(task.share)
            self._let_window_work()
            if not go_on:
                task.is_wanted = False
                raise ReadingCancelled(f"Reading {self._name} was stopped.")
            task.join(_PAUSE)
        return task.outcome()

    def _let_window_work(self) -> None:
        """Qt does so by itself only where the window is shown and the value is another one."""
        flag = QEventLoop.ProcessEventsFlag
        shown = self._window.isVisible()
        QApplication.processEvents(flag.AllEvents if shown else flag.ExcludeUserInputEvents)

    def close(self) -> None:
        """Take the window away."""
        self._window.reset()
        self._window.hide()
        self._window.deleteLater()


class _Task(Thread, Generic[Result]):
    """Some work in a thread, which tells how far it is."""

    def __init__(self, work: Callable[[Progress], Result]) -> None:
        super().__init__(name="reading", daemon=True)
        self._work = work
        self._result: list[Result] = []
        self._error: Exception | None = None
        self.share = 0.0
        self.is_wanted = True

    def run(self) -> None:
        try:
            self._result.append(self._work(self._tell))
        except Exception as error:  # raised where somebody waits for it
            self._error = error

    def _tell(self, share: float) -> bool:
        self.share = share
        return self.is_wanted

    def outcome(self) -> Result:
        """The result of the work that has ended; raises what it has raised."""
        if self._error is not None:
            raise self._error
        return self._result[0]
