"""A copy of unsaved work, written every few seconds, for the case that the program is killed."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from neuralbuilder.project.disk import Claim
from neuralbuilder.project.files import Document
from neuralbuilder.ui.errors import Rescue, run_name
from neuralbuilder.ui.files import PATIENCE, FileCommands, Saver
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.workspace import Workspace

EVERY = 20.0
"""Seconds from one copy to the next, while something changes."""
SHARE = 0.05
"""The part of the time that writing may take; large documents are copied less often."""
_log = logging.getLogger(__name__)


class Backup(QObject):
    """Keeps the unsaved work of one window in the recovery folder, as one file.

    The file goes with the last unsaved change: by saving, by opening another document, by closing.
    The next start of the program finds it only when this process has ended without that.
    `changed` follows whenever `age` has begun anew.
    """

    changed = Signal()

    def __init__(
        self, workspace: Workspace, runner: Runner, files: FileCommands, rescue: Rescue
    ) -> None:
        super().__init__(files)
        self._workspace = workspace
        self._runner = runner
        self._files = files
        self._rescue = rescue
        self._run = run_name()
        self._claim: Claim | None = None
        self._path: Path | None = None
        self._written: Document | None = None
        self._writes: tuple[Path, float] | None = None
        self._moment = 0.0
        self._wanted = False
        self._closed = False
        self._replaced: Path | None = None
        self._saver = Saver(self, versions=False)
        self._saver.done.connect(self._done)
        self._timer = self._single_shot(EVERY, self.update)
        self._patience = self._single_shot(PATIENCE / 1000, self._write)
        workspace.file_changed.connect(self._changed)
        runner.status_changed.connect(self._changed)

    def _single_shot(self, seconds: float, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(round(1000 * seconds))
        timer.timeout.connect(slot)
        return timer

    @property
    def age(self) -> float | None:
        """Seconds since the last copy of what is not saved; None while there is none."""
        return time.monotonic() - self._moment if self._path is not None else None

    @property
    def path(self) -> Path | None:
        """Where the copy is; None while there is none."""
        return self._path

    def take_over(self, rescued: Path) -> None:
        """Copy at once what has been restored from this file, which is not needed after that."""
        self._replaced = rescued
        self.update()

    @Slot()
    def update(self) -> None:
        """Write a copy, with the newest weights, unless nothing has changed since the last one."""
        self._timer.stop()
        if self._closed or self._writes is not None or self._wanted or not self._at_risk:
            return
        self._wanted = True
        self._patience.start()
        self._runner.after_state(self._write)

    def close(self) -> None:
        """Take the copy away: nothing is left to be rescued."""
        self._closed = True
        self._timer.stop()
        self._patience.stop()
        self._wanted = False
        self._saver.wait(5.0)
        if self._writes is not None:
            self._writes[0].unlink(missing_ok=True)
        self._forget()
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    @property
    def _at_risk(self) -> bool:
        """Whether something is not saved; training makes weights that nobody has asked for yet."""
        return self._workspace.unsaved or self._runner.is_running

    @Slot()
    def _changed(self) -> None:
        if not self._workspace.unsaved:
            self._forget()
        if self._closed or not self._at_risk:
            self._timer.stop()
            return
        busy = self._timer.isActive() or self._writes or self._wanted
        if not busy and (self._runner.is_running or not self._is_written()):
            self._timer.start()

    def _is_written(self) -> bool:
        now, then = self._workspace.document, self._written
        return then is not None and then.project == now.project and then.state is now.state

    @Slot()
    def _write(self) -> None:
        self._patience.stop()
        if not self._wanted:
            return
        self._wanted = False
        if self._workspace.unsaved and not self._is_written():
            self._begin()
        self._changed()

    def _begin(self) -> None:
        try:
            if self._claim is None:
                self._claim = self._rescue.claim(self._run)
            path = self._rescue.place(Path(self._files.name).stem, self._run)
        except OSError as error:
            _log.warning("No copy of unsaved work can be kept: %s", error)
            return
        self._writes = (path, time.monotonic())
        self._saver.write(path, self._workspace.document, overwrite=True)

    @Slot(object, object, object)
    def _done(self, path: Path, document: Document, error: Exception | None) -> None:
        if self._writes is None:  # closed meanwhile
            return
        took = time.monotonic() - self._writes[1]
        self._writes = None
        self._timer.setInterval(round(1000 * max(EVERY, took / SHARE)))
        if error is not None:
            _log.warning("No copy of unsaved work was written: %s", error)
        else:
            self._keep(path, document)
        self._changed()

    def _keep(self, path: Path, document: Document) -> None:
        if self._path not in (None, path):
            self._path.unlink(missing_ok=True)  # the document has another name now
        if self._replaced not in (None, path):
            self._replaced.unlink(missing_ok=True)
        self._replaced = None
        self._path, self._written, self._moment = path, document, time.monotonic()
        self.changed.emit()

    def _forget(self) -> None:
        self._written = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
            self.changed.emit()
