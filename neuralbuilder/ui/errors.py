"""What happens when the program itself makes a mistake: say so, rescue the document, go on."""

from __future__ import annotations

import itertools
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from neuralbuilder.project.disk import Claim
from neuralbuilder.project.files import Document, save
from neuralbuilder.ui.settings import data_folder

_log = logging.getLogger("neuralbuilder")
KEPT_DAYS = 30
_count = itertools.count(1)


class Rescue:
    """Writes documents into the recovery folder; the name of a file tells process and time."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where rescued documents lie."""
        folder = self._folder or data_folder() / "recovery"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def write(self, document: Document, name: str) -> Path:
        """Save the document under a name that tells process and time; its path."""
        path = self.place(name, run_name())
        save(path, document, versions=False)
        return path

    def place(self, name: str, run: str) -> Path:
        """Where the work called `name` of this run of the program lies."""
        stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:80] or "untitled"
        return self.folder / f"{stem}-{run}.nbnet"

    def claim(self, run: str) -> Claim:
        """Say that this run of the program lives; its files are offered to nobody meanwhile."""
        return Claim(self.folder / f"{run}.alive")

    def found(self) -> list[Path]:
        """The documents that programs which have ended left, newest first.

        Those older than 30 days are removed.
        """
        oldest = time.time() - KEPT_DAYS * 86_400
        found: list[tuple[float, Path]] = []
        try:
            candidates = list(self.folder.glob("*.nbnet"))
        except OSError:  # no folder can be made there, so nothing was rescued either
            return []
        for path in candidates:
            try:
                modified = path.stat().st_mtime
                if modified < oldest:
                    path.unlink()
                elif not Claim.stands(path.with_name(f"{name_and_run(path)[1]}.alive")):
                    found.append((modified, path))
            except OSError:  # another window has just removed it
                continue
        return [path for _, path in sorted(found, reverse=True)]


def run_name() -> str:
    """Date, time, process and a number, as `20261123-221500-4711_1`; another one at each call."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}_{next(_count)}"


def name_and_run(path: Path) -> tuple[str, str]:
    """What a rescued document is called, and by which run it was written."""
    name, _, run = path.stem.rpartition("-")
    for _ in range(2):
        name, _, part = name.rpartition("-")
        run = f"{part}-{run}"
    return name, run


class ErrorWatch(QObject):
    """Catches exceptions that nobody else did.

    Each place in the program is logged and reported once, not once per frame. `reported` carries
    one sentence and the details; it is delivered after the event in which the mistake happened.
    """

    reported = Signal(str, str)

    def __init__(self, rescue: Callable[[], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rescue = rescue
        self._known: set[tuple[str, str, int]] = set()
        self._waiting: list[tuple[str, str]] = []
        self._before = sys.excepthook
        self._tell = QTimer(self)
        self._tell.setSingleShot(True)
        self._tell.timeout.connect(self._report)

    def install(self) -> None:
        """Begin to catch."""
        self._before = sys.excepthook
        sys.excepthook = self.catch

    def remove(self) -> None:
        """Catch no longer."""
        if sys.excepthook == self.catch:
            sys.excepthook = self._before
        self._tell.stop()

    def catch(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Note one exception."""
        if issubclass(kind, KeyboardInterrupt):
            self._before(kind, error, trace)
            return
        last = traceback.extract_tb(trace)[-1:] if trace is not None else []
        where = (kind.__name__, *((last[0].filename, last[0].lineno or 0) if last else ("", 0)))
        if where in self._known:
            return
        self._known.add(where)
        details = "".join(traceback.format_exception(kind, error, trace))
        _log.error("An unexpected error:\n%s", details)
        self._waiting.append((f"{kind.__name__}: {error}", details))
        self._tell.start(0)

    @Slot()
    def _report(self) -> None:
        waiting, self._waiting = self._waiting, []
        rescued = self._rescue()
        for sentence, details in waiting:
            text = f"Something went wrong in the program ({sentence})."
            self.reported.emit(f"{text} {rescued}".strip(), details)
