"""Importing a table: ask for the file, show the dialog, change the project."""

from __future__ import annotations

from math import prod
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.data.tables.pixel_rows import image_shape, proposed_images
from neuralbuilder.data.tables.reading.opening import TABLE_SUFFIXES
from neuralbuilder.data.tables.reading.pasted import Source, looks_like_table, pasted
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.engine.shapes import infer
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.model import Project
from neuralbuilder.ui.data_panel.csv_dialog import CsvImportDialog
from neuralbuilder.ui.workspace import Workspace

FILTER = f"Tables ({' '.join(f'*{suffix}' for suffix in TABLE_SUFFIXES)});;All files (*)"


def import_csv(
    workspace: Workspace, path: str | Path | None = None, parent: QWidget | None = None
) -> bool:
    """Let the user import the table at `path` as the project's data; whether they did.

    Without a path the user is asked for one. A file that cannot be read at all is reported
    through `workspace.failed`; the project stays as it is.
    """
    if path is None:
        start = str(workspace.path.parent) if workspace.path else ""
        path, _ = QFileDialog.getOpenFileName(parent, "Import data", start, FILTER)
        if not path:
            return False
    return _ask(workspace, path, f"Import {Path(path).name}", parent)


def paste_table(workspace: Workspace, parent: QWidget | None = None) -> bool:
    """Let the user import the table on the clipboard, which the project keeps as text; whether
    they did.
    """
    try:
        found = pasted(QGuiApplication.clipboard().text())
    except UserError as error:
        workspace.failed.emit(error)
        return False
    return _ask(workspace, found, "Paste table", parent)


def can_paste_table() -> bool:
    """Whether the clipboard holds what may be a table."""
    return looks_like_table(QGuiApplication.clipboard().text())


def _ask(workspace: Workspace, source: Source, name: str, parent: QWidget | None) -> bool:
    try:
        dialog = CsvImportDialog(source, None, parent, _sizes(workspace.project))
    except UserError as error:
        workspace.failed.emit(error)
        return False
    return _taken(workspace, dialog, name, None)


def _sizes(project: Project) -> tuple[int, int] | None:
    """How many inputs and outputs the drawn network has, where it has both."""
    graph = project.graph()
    shapes = infer(graph).outputs
    ends = (graph.input_ids(), graph.output_ids())
    if any(len(ids) != 1 or ids[0] not in shapes for ids in ends):
        return None
    return prod(shapes[ends[0][0]]), prod(shapes[ends[1][0]])


def edit_csv(workspace: Workspace, parent: QWidget | None = None) -> bool:
    """Show the dialog for the table in use; whether the user changed something."""
    dataset = workspace.project.plan.dataset
    if not isinstance(dataset, CsvTable):
        return False
    try:
        dialog = CsvImportDialog(dataset.source, changed(dataset, images=""), parent)
    except UserError as error:
        workspace.failed.emit(error)
        return False
    return _taken(workspace, dialog, "Change columns", dataset.images)


def _taken(workspace: Workspace, dialog: CsvImportDialog, name: str, images: str | None) -> bool:
    """Show the dialog; `images` is what its rows have been so far, None for a new table."""
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dataset = dialog.dataset() if accepted else None
    dialog.deleteLater()
    if dataset is None:
        return False
    if images != "":
        dataset = _with_images(dataset, images or "", read_shape(workspace.project))
    workspace.apply(name, edits.change_plan(workspace.project, dataset=dataset))
    return True


def _with_images(dataset: CsvTable, images: str, read: tuple[int, ...]) -> CsvTable:
    """The table with its rows as the images that they have been, or else as those that the names
    of its columns or the drawn network propose.
    """
    shape = image_shape(images)
    if shape is None or prod(shape) != len(dataset.inputs):
        images = proposed_images(dataset.inputs, read)
    result: CsvTable = changed(dataset, images=images)
    return result


def read_shape(project: Project) -> tuple[int, ...]:
    """The shape of what the drawn network reads; () where it has not one input."""
    layers = [node.layer for node in project.nodes if isinstance(node.layer, Input)]
    return layers[0].shape if len(layers) == 1 else ()
