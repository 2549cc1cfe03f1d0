"""What the network answers to a table or to pictures that a user chooses."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from neuralbuilder.data.images.pictures import SUFFIXES
from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.data.samples import Progress, ReadingCancelled
from neuralbuilder.data.tables.reading.opening import TABLE_SUFFIXES
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Project
from neuralbuilder.project.new_answers import (
    NewSamples,
    new_answers,
    read_new_samples,
    together,
)
from neuralbuilder.project.predictions import AnswerTable
from neuralbuilder.ui.answers_dialog import AnswersDialog
from neuralbuilder.ui.data_panel.progress import with_progress
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.workspace import Workspace

_TABLES = "Tables ({});;All files (*)".format(" ".join(f"*{suffix}" for suffix in TABLE_SUFFIXES))
_PICTURES = "Pictures and arrays ({});;All files (*)".format(
    " ".join([*(f"*{suffix}" for suffix in sorted(SUFFIXES)), "*.npz", "*.npy", "*ubyte", "*.gz"])
)


class PredictionFiles(QObject):
    """Asks for files and shows the answers of the newest weights to all that is in them.

    `failed` carries why there are none.
    """

    failed = Signal(object)

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._workspace = workspace
        self._runner = runner

    @Slot()
    def ask(self) -> None:
        """Ask which files, and show what the network says to them."""
        data = self._runner.data
        if data is None:
            self.failed.emit(UserError("The network is not ready to answer yet.", "Mend what the "
                                       "list of problems names first."))  # fmt: skip
            return
        place = self._workspace.path
        kinds = _PICTURES if data.samples.is_images else _TABLES
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window, "Predict a file", str(place.parent if place else Path.home()), kinds
        )
        if chosen:
            paths = [Path(name) for name in chosen]
            self._runner.after_state(lambda: self.show_answers(paths, data))

    def show_answers(self, paths: list[Path], data: Prepared) -> None:
        """Show the answers to what is in these files."""
        state, project = self._workspace.state, self._workspace.project
        if state is None:
            self.failed.emit(UserError("The network has no weights yet.", "Train it first."))
            return
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"

        def work(tell: Progress) -> tuple[NewSamples, AnswerTable]:
            return _answered(paths, project, state.parameters, data, tell)

        try:
            new, table = with_progress(name, self._window, work)
        except ReadingCancelled:
            return
        except UserError as error:
            self.failed.emit(error)
            return
        dialog = AnswersDialog(name, table, new.notes, paths[0].parent, self._window)
        dialog.failed.connect(self.failed)
        dialog.open()


def _answered(
    paths: list[Path], project: Project, parameters: FloatArray, data: Prepared, tell: Progress
) -> tuple[NewSamples, AnswerTable]:
    """What is in the files, and the answers to it."""
    read = {}
    for number, path in enumerate(paths):
        if not tell(number / len(paths)):
            raise ReadingCancelled(f"Reading {path.name} was stopped.")
        read[path.name] = read_new_samples(path, project, data.samples, data.scaling)
    new = next(iter(read.values())) if len(read) == 1 else together(read)
    return new, new_answers(project, parameters, data.scaling, data.samples, new)
