"""The bar above the content: what went wrong, and what can be done about it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QObject, Slot
from PySide6.QtGui import QGuiApplication

from neuralbuilder.data.samples import FileDataset
from neuralbuilder.problems import Problem, UserError
from neuralbuilder.project.files import ChangedOnDiskError, previous_versions
from neuralbuilder.ui.backup import Backup
from neuralbuilder.ui.data_panel import find_data
from neuralbuilder.ui.data_panel.progress import file_size
from neuralbuilder.ui.errors import ErrorWatch, Rescue, name_and_run
from neuralbuilder.ui.files import FileCommands
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.banner import Action, Banner
from neuralbuilder.ui.workspace import Workspace

_HANGS = "The training process has not answered for 10 seconds."


class Messages(QObject):
    """Puts the messages of all parts of the window into its banner, the latest one in sight."""

    def __init__(
        self, banner: Banner, workspace: Workspace, runner: Runner, files: FileCommands
    ) -> None:
        super().__init__(banner)
        self._banner = banner
        self._workspace = workspace
        self._runner = runner
        self._files = files
        self._details = ""
        self._save_failure = ""
        self._stop = ""  # why the stop rule has ended training
        self._missing = ""  # what has been said about data that are not where they were
        self._of_design = ""  # the problem of the design that was told last
        self._of_fitting = ""  # what fitting the network to its data has done
        self._rescued = Path()
        self.rescue = Rescue()
        self.backup = Backup(workspace, runner, files, self.rescue)
        self.errors = ErrorWatch(self.rescue_document, self)
        self._connect()

    def _connect(self) -> None:
        self._workspace.failed.connect(self.show_failure)
        self._workspace.project_changed.connect(self._design_changed)
        self._workspace.fitted.connect(self._show_fitting)
        self._runner.failed.connect(self.show_failure)
        self._runner.stopped.connect(self._training_stopped)
        self._runner.status_changed.connect(self._status_changed)
        self._runner.ended.connect(self._process_ended)
        self._runner.hangs.connect(self._process_hangs)
        self._files.failed.connect(self.show_failure)
        self._files.unreadable.connect(self.show_unreadable)
        self._files.noticed.connect(self.show_notices)
        self._files.save_failed.connect(self._save_failed)
        self._files.saved.connect(self._saved)
        self._files.opened.connect(self._opened)
        self._workspace.samples_changed.connect(self._data_changed)
        self.errors.reported.connect(self._show_mistake)

    @Slot(object)
    def show_failure(self, problem: Problem | UserError) -> None:
        """Say what could not be done, and what to do next."""
        kind = "warning" if isinstance(problem, Problem) else "error"
        self._banner.show_message(kind, problem.message, problem.hint)
        self._of_design = problem.message if problem in self._workspace.problems else ""

    @Slot(str)
    def _training_stopped(self, message: str) -> None:
        self._stop = message
        self._banner.show_message("info", message)

    @Slot(str)
    def _status_changed(self, status: str) -> None:
        """Why training has ended is of no interest once it goes on."""
        if status == "running" and self._stop:
            if self._banner.message() == self._stop:
                self._banner.dismiss()
            self._stop = ""

    @Slot(object, object)
    def _design_changed(self, old: object, new: object) -> None:
        """What was wrong with the design and no longer is need not be told."""
        told = self._of_design
        if told and told not in {problem.message for problem in self._workspace.problems}:
            self._of_design = ""
            if self._banner.message() == told:
                self._banner.dismiss()
        if self._of_fitting and self._banner.message() == self._of_fitting:
            self._banner.dismiss()

    @Slot(str, str)
    def _show_fitting(self, message: str, hint: str) -> None:
        """Say what the network has lost or gained, until it is changed again."""
        self._of_fitting = message
        if message:
            self._banner.show_message("info", message, hint)

    # ------------------------------------------------------------ files

    @Slot(object, object)
    def show_unreadable(self, error: UserError, path: Path) -> None:
        """Say why a file cannot be opened, and offer the version before it where there is one."""
        actions: list[Action] = []
        if previous_versions(path):
            actions.append(("Open the version before", partial(self._files.open_before, path)))
        self._banner.show_message("error", error.message, error.hint, actions)

    @Slot(object)
    def show_notices(self, notices: tuple[str, ...]) -> None:
        """Say what had to be put right in a file."""
        self._banner.show_message("warning", notices[0], " ".join(notices[1:]))

    @Slot()
    def _opened(self) -> None:
        self._banner.dismiss()
        self.show_missing_data()

    def show_missing_data(self) -> None:
        """Ask where the data are, where a project has been opened whose files cannot be read."""
        problem = self._workspace.data_problem
        if problem is None or not isinstance(self._workspace.project.plan.dataset, FileDataset):
            return
        self._missing = problem.message
        hint = f"{problem.hint} Or say where it is now; the network and its weights are here."
        self._banner.show_message("error", problem.message, hint, [("Find…", self._find_data)])

    def _find_data(self) -> None:
        find_data(self._workspace, self._banner.window())

    @Slot()
    def _data_changed(self) -> None:
        """What was missing has been found, or is no longer needed."""
        found = self._missing and self._workspace.data_problem is None
        if found and self._banner.message() == self._missing:
            self._banner.dismiss()

    @Slot(object)
    def _save_failed(self, error: UserError) -> None:
        actions: list[Action] = [("Save a copy…", self._files.save_as)]
        if isinstance(error, ChangedOnDiskError):
            actions += [("Reload", self._reload), ("Overwrite", self._files.overwrite)]
        self._save_failure = error.message
        self._banner.show_message("error", error.message, error.hint, actions)

    @Slot()
    def _saved(self) -> None:
        if self._save_failure and self._banner.message() == self._save_failure:
            self._banner.dismiss()
        self._save_failure = ""

    def _reload(self) -> None:
        """Open the file anew; what is not saved stays in the recovery folder."""
        path = self._workspace.path
        if path is not None:
            self.rescue_document()
            self._files.load(path)

    # ------------------------------------------------------------ the training process

    @Slot(str, str)
    def _process_ended(self, how: str, hint: str) -> None:
        kept = "Your network and its last known weights are kept."
        actions = [("Restart", self._restart)]
        self._banner.show_message("error", f"The {how}.", f"{hint} {kept}".strip(), actions)

    @Slot(bool)
    def _process_hangs(self, hangs: bool) -> None:
        if hangs:
            self._banner.show_message(
                "warning",
                _HANGS,
                "Wait, or stop it; the last known weights are kept.",
                [("Stop", self._runner.stop_process)],
            )
        elif self._banner.message() == _HANGS:
            self._banner.dismiss()

    def _restart(self) -> None:
        self._banner.dismiss()
        self._runner.restart()

    # ------------------------------------------------------------ mistakes of the program

    @Slot(str, str)
    def _show_mistake(self, sentence: str, details: str) -> None:
        self._details = details
        actions = [("Copy details", self.copy_details)]
        self._banner.show_message("error", sentence, "You can go on working.", actions)

    def copy_details(self) -> None:
        """Put the details of the last mistake on the clipboard."""
        QGuiApplication.clipboard().setText(self._details)

    # ------------------------------------------------------------ rescued work

    def rescue_document(self) -> str:
        """Save the document into the recovery folder; a sentence that says so."""
        try:
            path = self.rescue.write(self._workspace.document, Path(self._files.name).stem)
        except (UserError, OSError) as error:
            return f"The network could not be rescued: {error}"
        return f"A copy of the network is in {path}."

    def offer_rescued(self) -> None:
        """Offer what an earlier run of the program has rescued, newest first."""
        found = self.rescue.found()
        if found:
            self._rescued = found[0]
            name = name_and_run(self._rescued)[0]
            facts = self._rescued.stat()
            written = QDateTime.fromSecsSinceEpoch(int(facts.st_mtime))
            moment = QLocale().toString(written, QLocale.FormatType.ShortFormat)
            self._banner.show_message(
                "info",
                f"Unsaved work on “{name}” was rescued ({moment}, {file_size(facts.st_size)}).",
                "It stays in the recovery folder for 30 days.",
                [
                    ("Restore", self.open_rescued),
                    ("Discard", self._discard_rescued),
                    ("Later", self._banner.dismiss),
                ],
            )

    def open_rescued(self) -> None:
        """Open the rescued document that was offered."""
        self._files.when_nothing_is_lost(self._restore)

    def _restore(self) -> None:
        if self._files.load(self._rescued, is_copy=True):
            self.backup.take_over(self._rescued)

    def _discard_rescued(self) -> None:
        self._rescued.unlink(missing_ok=True)
        self._banner.dismiss()
