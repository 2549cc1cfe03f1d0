"""New, open, save and recent files, as the window offers them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from neuralbuilder.data.images.idx import is_idx_name
from neuralbuilder.data.tables.reading.opening import TABLE_SUFFIXES
from neuralbuilder.problems import UserError
from neuralbuilder.project import files
from neuralbuilder.project.disk import Stamp, stamp
from neuralbuilder.project.files import SUFFIX, Document
from neuralbuilder.project.model import Project
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.settings import Settings
from neuralbuilder.ui.workspace import Workspace

NETWORK_FILTER = f"Networks (*{SUFFIX})"
_TABLES = " ".join(f"*{suffix}" for suffix in TABLE_SUFFIXES)
OPEN_FILTER = f"Networks and data (*{SUFFIX} {_TABLES} *.npz *.npy *ubyte);;All files (*)"
PATIENCE = 2000
"""Milliseconds that a save waits for the newest weights of a training process."""

Then = Callable[[], object]


def is_data(path: Path) -> bool:
    """Whether data can be imported from here, judged by the name: a table, images or a folder."""
    suffix = path.suffix.lower()
    if suffix == SUFFIX:
        return False
    # Unlike Path.is_dir, this does not mind names that no system would take.
    return suffix in (*TABLE_SUFFIXES, ".npz", ".npy") or is_idx_name(path) or os.path.isdir(path)


class Saver(QObject):
    """Writes documents in a thread of its own, one after the other.

    `known` are the stamps of files as they were when they were read or written here. Earlier
    `versions` of a file are kept beside it.
    """

    done = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None, versions: bool = True) -> None:
        super().__init__(parent)
        self._versions = versions
        self.known: dict[Path, Stamp | None] = {}
        self._threads: list[Thread] = []

    def write(self, path: Path, document: Document, overwrite: bool) -> None:
        """Begin to write; `done(path, document, error or None)` follows.

        A file that somebody else has changed is written only when `overwrite` says so.
        """
        before = self._threads[-1] if self._threads else None
        arguments = (path, document, overwrite, before)
        thread = Thread(target=self._work, args=arguments, name="saving")
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until everything is written, but not longer than this."""
        for thread in self._threads:
            thread.join(seconds)

    def _work(self, path: Path, document: Document, overwrite: bool, before: Thread | None) -> None:
        if before is not None:
            before.join()
        error: Exception | None = None
        try:
            known = None if overwrite else self.known.get(path)
            self.known[path] = files.save(path, document, known, self._versions)
        except Exception as problem:  # told in the window's thread, whatever it is
            error = problem
        self.done.emit(path, document, error)


class FileCommands(QObject):
    """Opens and saves the document of the workspace; `failed(error)` and `told(text)` speak.

    `unreadable` carries an error and the path of the file that could not be opened, `noticed`
    what had to be put right in a file that could.
    """

    failed = Signal(object)
    unreadable = Signal(object, object)
    noticed = Signal(object)
    save_failed = Signal(object)
    saved = Signal()
    told = Signal(str)
    opened = Signal()

    def __init__(
        self, workspace: Workspace, runner: Runner, settings: Settings, window: QWidget
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._runner = runner
        self._settings = settings
        self._window = window
        self._wanted: tuple[Path, Then | None, bool] | None = None
        self._then: dict[Path, Then] = {}
        self.saver = Saver(self)
        self.saver.done.connect(self._saved)
        if workspace.path is not None:
            self.saver.known[workspace.path] = stamp(workspace.path)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._write_wanted)

    # ------------------------------------------------------------ new and open

    @Slot()
    def new(self) -> None:
        """Start with an empty canvas, after asking about unsaved changes."""
        self.when_nothing_is_lost(self._start_new)

    def _start_new(self) -> None:
        self._runner.pause()
        self._workspace.open(Document(Project()), None)
        self.opened.emit()

    @Slot()
    def open(self) -> None:
        """Let the user choose a file and open it."""
        folder = self._workspace.path.parent if self._workspace.path else Path.home()
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", str(folder), OPEN_FILTER)
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Open a network, after asking about unsaved changes, or import data."""
        if is_data(path):
            self.import_file(path)
        elif not self._workspace.unsaved or self._is_readable(path):
            self.when_nothing_is_lost(lambda: self.load(path))

    def open_dropped(self, path: Path) -> None:
        """Open a network; anything else is tried as data, and refused by what it is."""
        if path.suffix.lower() == SUFFIX:
            self.open_path(path)
        else:
            self.import_file(path)

    def _is_readable(self, path: Path) -> bool:
        """Whether it makes sense to ask what is to become of unsaved changes."""
        try:
            files.load(path)
        except UserError as error:
            self.unreadable.emit(error, path)
            return False
        return True

    def open_copy(self, path: Path) -> None:
        """Open a rescued document as one that has no file of its own yet."""
        self.when_nothing_is_lost(lambda: self.load(path, is_copy=True))

    def load(self, path: Path, is_copy: bool = False) -> bool:
        """Put the document of a file in place of the present one; whether it could be read."""
        found = stamp(path)
        try:
            document = files.load(path)
        except UserError as error:
            self.unreadable.emit(error, path)
            return False
        self.saver.known[path] = found
        self._runner.pause()
        self._workspace.open(document, None if is_copy else path)
        if is_copy:
            self._workspace.mark_unsaved()
        else:
            self._settings.remember_file(path)
        self.opened.emit()
        self.told.emit(f"Opened {path.name}")
        if document.notices:
            self.noticed.emit(document.notices)
        return True

    def open_before(self, path: Path) -> None:
        """Open the newest earlier version of a file that can be read, as a copy."""
        for version in files.previous_versions(path):
            try:
                files.load(version)
            except UserError:
                continue
            self.open_copy(version)
            return
        self.failed.emit(UserError(f"No earlier version of {path.name} can be read either."))

    @Slot()
    def import_data(self) -> None:
        """Let the user choose a table or images and take them as data."""
        self.import_file(None)

    @Slot()
    def import_folder(self) -> None:
        """Let the user choose a folder of pictures and take them as data."""
        from neuralbuilder.ui.data_panel import import_folder

        import_folder(self._workspace, self._window)

    def import_file(self, path: Path | None) -> None:
        """Take a table, IDX files, an archive or a folder of pictures as data, or ask for one."""
        from neuralbuilder.ui.data_panel import import_data

        import_data(self._workspace, path, self._window)

    def can_paste_data(self) -> bool:
        """Whether the clipboard holds what may be a table."""
        from neuralbuilder.ui.data_panel import can_paste_table

        return can_paste_table()

    @Slot()
    def paste_data(self) -> None:
        """Take the table on the clipboard as data."""
        from neuralbuilder.ui.data_panel import paste_table

        paste_table(self._workspace, self._window)

    # ------------------------------------------------------------ save

    @Slot()
    def save(self) -> None:
        """Save where the file is, or ask where."""
        self.save_then(None)

    @Slot()
    def save_as(self) -> None:
        """Ask where to save, and save there."""
        path = self._ask_where()
        if path is not None:
            self.save_to(path)

    def save_then(self, then: Then | None) -> None:
        """Save, asking where if need be, and go on with `then` once it has worked."""
        path = self._workspace.path or self._ask_where()
        if path is not None:
            self.save_to(path, then, overwrite=path != self._workspace.path)

    @Slot()
    def overwrite(self) -> None:
        """Save where the file is, whatever somebody else has written there."""
        if self._workspace.path is not None:
            self.save_to(self._workspace.path)

    def save_to(self, path: Path, then: Then | None = None, overwrite: bool = True) -> None:
        """Save with the newest weights, without holding up the window.

        Without `overwrite` a file that somebody else has changed is left alone.
        """
        self._wanted = (path, then, overwrite)
        self._patience.start()
        self._runner.after_state(self._write_wanted)

    @Slot()
    def _write_wanted(self) -> None:
        self._patience.stop()
        if self._wanted is None:
            return
        (path, then, overwrite), self._wanted = self._wanted, None
        if then is not None:
            self._then[path] = then
        self.saver.write(path, self._workspace.document, overwrite)

    @Slot(object, object, object)
    def _saved(self, path: Path, document: Document, error: Exception | None) -> None:
        then = self._then.pop(path, None)
        if isinstance(error, UserError):
            self.save_failed.emit(error)
        elif error is not None:
            raise error
        else:
            self._workspace.saved_as(path, document)
            self._settings.remember_file(path)
            left = files.left_outside(document.project.plan.dataset, document.samples)
            self.told.emit(f"Saved {path.name}. {left}".strip())
            self.saved.emit()
            if then is not None:
                then()

    def _ask_where(self) -> Path | None:
        suggestion = self._workspace.path or Path.home() / f"network{SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._window, "Save", str(suggestion), NETWORK_FILTER)
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else path.with_suffix(SUFFIX)

    # ------------------------------------------------------------ nothing is lost

    def when_nothing_is_lost(self, then: Then) -> None:
        """Go on with `then`, after asking whether to save what would be lost."""
        if self.may_close(then):
            then()

    def may_close(self, after_saving: Then) -> bool:
        """Whether nothing would be lost, or the user does not mind.

        False when the user cancels, and when the user wants to save first; `after_saving` is
        called once that has worked.
        """
        if not self._workspace.unsaved:
            return True
        answer = ask_about_changes(self._window, self.name)
        if answer == QMessageBox.StandardButton.Save:
            self.save_then(after_saving)
        return answer == QMessageBox.StandardButton.Discard

    @property
    def name(self) -> str:
        """What the document is called."""
        return self._workspace.path.name if self._workspace.path else "untitled"


def ask_about_changes(parent: QWidget, name: str) -> QMessageBox.StandardButton:
    """Save, Discard or Cancel."""
    button = QMessageBox.StandardButton
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle("Unsaved changes")
    box.setText(f"Save the changes to {name}?")
    box.setInformativeText("The network and its trained weights are lost otherwise.")
    box.setStandardButtons(button.Save | button.Discard | button.Cancel)
    box.setDefaultButton(button.Save)
    answer = button(box.exec())
    box.deleteLater()
    return answer


class RecentFiles(QMenu):
    """The files used last. Which of them are gone is found out in a thread, while it is open."""

    chosen = Signal(object)
    _looked = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__("Open recent", parent)
        self._settings = settings
        self.aboutToShow.connect(self.fill)
        self._looked.connect(self._grey)

    @Slot()
    def fill(self) -> None:
        """List the files, and begin to look which are still there."""
        self.clear()
        paths = self._settings.recent_files()
        for path in paths:
            action = QAction(path.name.replace("&", "&&"), self)
            action.setMenuRole(QAction.MenuRole.NoRole)
            action.setData(str(path))
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            action.triggered.connect(self._choose)
            self.addAction(action)
        if not paths:
            self.addAction("No files yet").setEnabled(False)
        self._thread = Thread(target=self._look, args=(paths,), name="recent files", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for the look at the files, but not longer than this."""
        if hasattr(self, "_thread"):
            self._thread.join(seconds)

    def _look(self, paths: list[Path]) -> None:
        missing = []
        for path in paths:
            try:
                if not path.is_file():
                    missing.append(str(path))
            except OSError:
                missing.append(str(path))
        self._looked.emit(missing)

    @Slot(object)
    def _grey(self, missing: list[str]) -> None:
        for action in self.actions():
            if action.data() in missing:
                action.setEnabled(False)
                action.setStatusTip("The file is no longer there")

    def _choose(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.chosen.emit(Path(action.data()))
