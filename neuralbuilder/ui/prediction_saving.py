"""Saving what the network answers to every sample of its data, as a table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.data.samples import Progress, ReadingCancelled
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.problems import UserError
from neuralbuilder.project import files
from neuralbuilder.project.model import Project
from neuralbuilder.project.predictions import checked_answers
from neuralbuilder.ui.data_panel.progress import with_progress
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.workspace import Workspace


class PredictionSaving(QObject):
    """Asks for a file and writes one line per sample: its number and part, the right answer, the
    given one, and the error or the probabilities.

    `told` says what has been written; `failed` carries why nothing was.
    """

    told = Signal(str)
    failed = Signal(object)

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._workspace = workspace
        self._runner = runner

    @Slot()
    def save(self) -> None:
        """Ask where, and save the answers of the newest weights there."""
        data = self._runner.data
        if data is None:
            self.failed.emit(UserError("The network is not ready to answer yet.", "Mend what the "
                                       "list of problems names first."))  # fmt: skip
            return
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save predictions", self._suggestion(), "Tables (*.csv)"
        )
        if path:
            file = Path(path if Path(path).suffix else f"{path}.csv")
            self._runner.after_state(lambda: self.write(file, data))

    def _suggestion(self) -> str:
        place = self._workspace.path
        folder, stem = (place.parent, place.stem) if place else (Path.home(), "network")
        return str(folder / f"{stem} predictions.csv")

    def write(self, path: Path, data: Prepared) -> None:
        """Write the answers of the workspace's weights; the file is whole or as it was."""
        state = self._workspace.state
        if state is None:
            self.failed.emit(UserError("The network has no weights yet.", "Train it first."))
            return
        project, parameters = self._workspace.project, state.parameters

        def work(tell: Progress) -> int:
            return _write(path, project, parameters, data)

        try:
            count = with_progress(path.name, self._window, work)
        except ReadingCancelled:
            return
        except UserError as error:
            self.failed.emit(error)
        else:
            self.told.emit(f"Saved the answers to {thousands(count)} samples in {path.name}")


def _write(path: Path, project: Project, parameters: FloatArray, data: Prepared) -> int:
    """Write the table; how many rows it has."""
    table = checked_answers(project, parameters, data)
    files.write(path, table.csv_text().encode("utf-8-sig"))
    return data.samples.count
