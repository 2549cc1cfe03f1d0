"""Importing data of any kind: a table, IDX files, a NumPy archive or a folder of pictures."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from neuralbuilder.data.images.archive import NumpyArchive, labels_beside
from neuralbuilder.data.images.folder import ImageFolder, read_as
from neuralbuilder.data.images.idx import IdxFiles, labels_are_found
from neuralbuilder.data.images.sources import dataset_at
from neuralbuilder.data.samples import Dataset, FileDataset, ReadingCancelled
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.data.tables.reading.opening import TABLE_SUFFIXES
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.ui.data_panel.csv_import import import_csv, read_shape
from neuralbuilder.ui.data_panel.progress import with_progress
from neuralbuilder.ui.workspace import Workspace

_TABLES = " ".join(f"*{suffix}" for suffix in TABLE_SUFFIXES)
_IMAGES = "*.npz *.npy *ubyte *ubyte.gz *.idx"
FILTER = f"Data ({_TABLES} {_IMAGES});;Tables ({_TABLES});;Images ({_IMAGES} *.gz);;All files (*)"


def import_data(
    workspace: Workspace, path: str | Path | None = None, parent: QWidget | None = None
) -> bool:
    """Take what is at `path` as the project's data; whether the project has changed.

    Without a path the user is asked for a file. What cannot be read is reported through
    `workspace.failed`; the project stays as it is.
    """
    if path is None:
        path, _ = QFileDialog.getOpenFileName(parent, "Import data", _start(workspace), FILTER)
        if not path:
            return False
    try:
        dataset = _dataset_at(Path(path), parent)
    except ReadingCancelled:
        return False
    except UserError as error:
        workspace.failed.emit(error)
        return False
    if dataset is None:
        return import_csv(workspace, path, parent)
    if isinstance(dataset, ImageFolder):
        dataset = read_as(dataset, read_shape(workspace.project))
    return _take(workspace, dataset, parent)


def _dataset_at(path: Path, parent: QWidget | None) -> FileDataset | None:
    """As `dataset_at`; many pictures in a folder take their time."""
    if not os.path.isdir(path):
        return dataset_at(path)
    return with_progress(path.name, parent, lambda tell: dataset_at(path))


def import_folder(workspace: Workspace, parent: QWidget | None = None) -> bool:
    """Let the user choose a folder of pictures; whether the project has changed."""
    chosen = QFileDialog.getExistingDirectory(
        parent, "Folder with one sub-folder per class", _start(workspace)
    )
    return bool(chosen) and import_data(workspace, chosen, parent)


def ask_for(cls: type[Dataset], workspace: Workspace, parent: QWidget | None = None) -> bool:
    """Let the user choose what a dataset of this class reads."""
    if cls is ImageFolder:
        return import_folder(workspace, parent)
    return import_data(workspace, None, parent)


def find_data(workspace: Workspace, parent: QWidget | None = None) -> bool:
    """Let the user say where the files of the present dataset are now; whether they were found.

    Its other settings stay. A dataset without files has nothing to find.
    """
    dataset = workspace.project.plan.dataset
    if not isinstance(dataset, FileDataset):
        return False
    name = Path(dataset.path).name
    title, start = f"Where is {name}?", _start(workspace)
    if isinstance(dataset, ImageFolder):
        chosen = QFileDialog.getExistingDirectory(parent, title, start)
    else:
        chosen, _ = QFileDialog.getOpenFileName(parent, title, start, "All files (*)")
    if not chosen:
        return False
    found: FileDataset = changed(dataset, path=os.path.abspath(chosen))
    if isinstance(found, CsvTable):
        found = changed(found, content=())
    if isinstance(found, IdxFiles | NumpyArchive):
        found = changed(found, labels="")  # those beside it
    return _take(workspace, found, parent, moved=True)


def _take(
    workspace: Workspace, dataset: FileDataset, parent: QWidget | None, moved: bool = False
) -> bool:
    if _lacks_labels(dataset):
        title = f"Labels of {Path(dataset.path).name}"
        folder = str(Path(dataset.path).parent)
        labels, _ = QFileDialog.getOpenFileName(parent, title, folder, "All files (*)")
        if not labels:
            return False
        dataset = changed(dataset, labels=labels)
    project = edits.change_plan(workspace.project, dataset=dataset)
    verb = "Find" if moved else "Import"
    return workspace.import_as(f"{verb} {Path(dataset.path).name}", project, moved)


def _lacks_labels(dataset: FileDataset) -> bool:
    """Whether the labels are in a file that cannot be found by its name."""
    if isinstance(dataset, NumpyArchive):
        return not labels_beside(dataset)
    return isinstance(dataset, IdxFiles) and not labels_are_found(dataset)


class ImportMenu(QMenu):
    """Asks whether to import a file or a folder, which no dialog of the system offers together, or
    the table on the clipboard.

    `file_wanted`, `folder_wanted` and `paste_wanted` say which.
    """

    file_wanted = Signal()
    folder_wanted = Signal()
    paste_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Import", parent)
        for text, hint, wanted in (
            ("File…", "A table, IDX files or arrays of NumPy", self.file_wanted),
            ("Folder of pictures…", "One sub-folder per class", self.folder_wanted),
            ("Paste table…", "The table on the clipboard, as text", self.paste_wanted),
        ):
            action = self.addAction(text)
            action.setMenuRole(QAction.MenuRole.NoRole)
            action.setToolTip(hint)
            action.triggered.connect(wanted)
        self.setToolTipsVisible(True)


def _start(workspace: Workspace) -> str:
    """The folder in which a file dialog begins."""
    return str(workspace.path.parent) if workspace.path else ""
