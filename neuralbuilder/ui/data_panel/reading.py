"""Reading datasets in the window: memory is said first, then progress is shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from neuralbuilder.data.samples import (
    Dataset,
    Expected,
    FileDataset,
    Progress,
    ReadingCancelled,
    Samples,
)
from neuralbuilder.ui.data_panel.progress import with_progress


def _read(dataset: Dataset, tell: Progress) -> Samples:
    """The samples, and what the window will ask about them, which takes long for many."""
    samples = dataset.read(tell)
    samples.look_through()
    return samples


class ShownReading:
    """Reads a dataset under a progress window with Cancel; much is asked about before.

    Raises `ReadingCancelled` where the user does not want it, and `UserError` where it cannot be
    done.
    """

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._agreed = 0

    def __call__(self, dataset: Dataset) -> Samples:
        """The samples."""
        if not isinstance(dataset, FileDataset) and dataset.expected() is None:
            return dataset.load()
        name = Path(dataset.path).name if isinstance(dataset, FileDataset) else dataset.label
        expected = with_progress(name, self._parent, lambda tell: dataset.expected())
        if expected is not None and self._is_news(expected):
            self._ask(name, expected)
        return with_progress(name, self._parent, lambda tell: _read(dataset, tell))

    def _is_news(self, expected: Expected) -> bool:
        return expected.is_much and expected.training_bytes > self._agreed

    def _ask(self, name: str, expected: Expected) -> None:
        """Say how much memory it takes; raises `ReadingCancelled` for no."""
        button = QMessageBox.StandardButton
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle("Import data")
        box.setText(f"Read {name}?")
        box.setInformativeText(f"There are {expected.in_words()}.")
        box.setStandardButtons(button.Ok | button.Cancel)
        box.button(button.Ok).setText("Read")
        box.setDefaultButton(button.Ok)
        answer = box.exec()
        box.deleteLater()
        if answer != button.Ok:
            raise ReadingCancelled(f"Reading {name} was stopped.", "Choose other data.")
        self._agreed = expected.training_bytes
