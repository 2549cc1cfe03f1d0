"""From the first line to the event loop: the program with its window."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Slot
from PySide6.QtWidgets import QApplication

from neuralbuilder.data.samples import FileDataset
from neuralbuilder.problems import UserError
from neuralbuilder.project.files import Document, load
from neuralbuilder.project.model import Project
from neuralbuilder.ui import theme
from neuralbuilder.ui.garbage import spare_modules
from neuralbuilder.ui.settings import NAME, Settings

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
EXIT_SECONDS = 3


def run(path: Path | None = None) -> int:
    """Open the window on this file, or on the example R⁴ → R²; returns when it is closed.

    A file that cannot be read leaves the example in the window, and a message above it.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    application = make_application(sys.argv[:1])
    path = path and path.absolute()
    document, shown, problem = _first_document(path)
    later = shown if _has_data_outside(document) else None
    if later is not None:  # the window stands there while they are read, and says how far it is
        document, shown = Document(Project()), None
    from neuralbuilder.ui.window import MainWindow

    spare_modules()
    window = MainWindow(document, shown)
    window.messages.errors.install()
    farewell = Farewell(window.rescue_and_quit)
    window.show()
    if later is not None:
        QTimer.singleShot(0, lambda: window.files.open_path(later))
    if shown is not None:
        window.settings.remember_file(shown)
    if problem is not None and path is not None:
        window.messages.show_unreadable(problem, path)
    elif document.notices:
        window.messages.show_notices(document.notices)
    else:
        window.messages.offer_rescued()
    code = application.exec()
    farewell.close()
    return code


def make_application(arguments: list[str], mode: str | None = None) -> QApplication:
    """The one `QApplication`, dressed in the theme that was used last, or in this one."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(arguments)
    application.setApplicationName(NAME)
    application.setApplicationDisplayName("")
    application.setDesktopFileName("neuralbuilder")
    # Two threads carry messages to and from the training process. They hand Python back to the
    # window after half a millisecond instead of the usual five, so that no frame waits for them.
    sys.setswitchinterval(0.0005)
    chosen = mode or Settings().text("theme", "system", theme.theme.MODES)
    theme.install(application, chosen)
    return application


def _first_document(path: Path | None) -> tuple[Document, Path | None, UserError | None]:
    if path is not None:
        try:
            return load(path), path, None
        except UserError as error:
            return _example(), None, error
    return _example(), None, None


def _has_data_outside(document: Document) -> bool:
    """Whether the samples are not in the file of the project, but in files of their own."""
    return document.samples is None and isinstance(document.project.plan.dataset, FileDataset)


def _example() -> Document:
    from neuralbuilder.project.examples import example

    return Document(example())


class Farewell(QObject):
    """Turns Ctrl-C and the signals that end a program into one orderly end.

    Python runs a signal handler only when it runs Python code, which the event loop does not do
    by itself; so the number of the signal goes through a socket that wakes the loop. A second
    signal ends the program at once, and so does an end that takes too long.
    """

    def __init__(self, leave, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._leave = leave
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._before = {}
        self._count = 0
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is not None:
                self._before[number] = signal.signal(number, self._caught)
        self._old_descriptor = signal.set_wakeup_fd(self._theirs.fileno())

    def close(self) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._ours.close()
        self._theirs.close()

    def _caught(self, number: int, frame: object) -> None:
        self._count += 1
        if self._count > 1:
            os._exit(128 + number)

    @Slot()
    def _woken(self) -> None:
        try:
            self._ours.recv(64)
        except BlockingIOError:
            return
        if self._count == 1:
            QTimer.singleShot(0, self._leave_now)

    @Slot()
    def _leave_now(self) -> None:
        if hasattr(signal, "setitimer"):
            # Should the end itself hang, the system ends the program.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, EXIT_SECONDS)
        self._leave()
