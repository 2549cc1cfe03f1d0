"""What the network answers to files that a user chooses, and to all samples of its data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from neuralbuilder.data.images.pictures import SUFFIXES
from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.data.samples import Progress, ReadingCancelled
from neuralbuilder.data.tables.reading.opening import TABLE_SUFFIXES
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.problems import UserError
from neuralbuilder.project import files
from neuralbuilder.project.model import Project
from neuralbuilder.project.new_answers import (
    NewSamples,
    new_answers,
    read_new_samples,
    together,
)
from neuralbuilder.project.predictions import AnswerTable, checked_answers
from neuralbuilder.ui.answers_dialog import AnswersDialog
from neuralbuilder.ui.data_panel.progress import with_progress
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.workspace import Workspace

Result = TypeVar("Result")
Work = Callable[[Project, FloatArray, Progress], Result]
"""What is computed beside the window with a project and its newest weights."""

_TABLES = "Tables ({});;All files (*)".format(" ".join(f"*{suffix}" for suffix in TABLE_SUFFIXES))
_PICTURES = "Pictures and arrays ({});;All files (*)".format(
    " ".join([*(f"*{suffix}" for suffix in sorted(SUFFIXES)), "*.npz", "*.npy", "*ubyte", "*.gz"])
)


class Predictions(QObject):
    """Asks for files, and answers with the newest weights.

    `told` says what has been written; `failed` carries why there are no answers.
    """

    told = Signal(str)
    failed = Signal(object)

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._workspace = workspace
        self._runner = runner

    @Slot()
    def ask_for_files(self) -> None:
        """Ask which files, and show what the network says to all that is in them."""
        data = self._data()
        if data is None:
            return
        place = self._workspace.path
        kinds = _PICTURES if data.samples.is_images else _TABLES
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window, "Predict a file", str(place.parent if place else Path.home()), kinds
        )
        if chosen:
            paths = [Path(name) for name in chosen]
            self._runner.after_state(lambda: self.show_answers(paths, data))

    @Slot()
    def save(self) -> None:
        """Ask where, and save one line per sample of the data: its number and part, the right
        answer, the given one, and the error or the probabilities.
        """
        data = self._data()
        if data is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save predictions", self._suggestion(), "Tables (*.csv)"
        )
        if path:
            file = Path(path if Path(path).suffix else f"{path}.csv")
            self._runner.after_state(lambda: self.write(file, data))

    def _data(self) -> Prepared | None:
        """The data of the network that is ready; says so where there is none."""
        data = self._runner.data
        if data is None:
            hint = "Mend what the list of problems names first."
            self.failed.emit(UserError("The network is not ready to answer yet.", hint))
        return data

    def _suggestion(self) -> str:
        place = self._workspace.path
        folder, stem = (place.parent, place.stem) if place else (Path.home(), "network")
        return str(folder / f"{stem} predictions.csv")

    def show_answers(self, paths: list[Path], data: Prepared) -> None:
        """Show the answers to what is in these files."""
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"

        def work(
            project: Project, parameters: FloatArray, tell: Progress
        ) -> tuple[NewSamples, AnswerTable]:
            return _answered(paths, project, parameters, data, tell)

        found = self._beside_the_window(name, work)
        if found is not None:
            new, table = found
            dialog = AnswersDialog(name, table, new.notes, paths[0].parent, self._window)
            dialog.failed.connect(self.failed)
            dialog.open()

    def write(self, path: Path, data: Prepared) -> None:
        """Write the answers to all samples; the file is whole or as it was."""

        def work(project: Project, parameters: FloatArray, tell: Progress) -> int:
            table = checked_answers(project, parameters, data)
            files.write(path, table.csv_text().encode("utf-8-sig"))
            return data.samples.count

        count = self._beside_the_window(path.name, work)
        if count is not None:
            self.told.emit(f"Saved the answers to {thousands(count)} samples in {path.name}")

    def _beside_the_window(self, name: str, work: Work[Result]) -> Result | None:
        """What `work` comes to; None where it failed, which is said, or was cancelled."""
        state, project = self._workspace.state, self._workspace.project
        if state is None:
            self.failed.emit(UserError("The network has no weights yet.", "Train it first."))
            return None
        try:
            return with_progress(
                name, self._window, lambda tell: work(project, state.parameters, tell)
            )
        except ReadingCancelled:
            return None
        except UserError as error:
            self.failed.emit(error)
            return None


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
