"""Reading datasets in the window: memory is said first, then progress is shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from neuralbuilder.data.samples import Dataset, Expected, FileDataset, ReadingCancelled, Samples
from neuralbuilder.ui.data_panel.csv_reading import ReadingProgress


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
        expected = dataset.expected()
        if expected is None:
            return dataset.load()
        name = Path(dataset.path).name if isinstance(dataset, FileDataset) else dataset.label
        if expected.is_much and expected.training_bytes > self._agreed:
            self._ask(name, expected)
        progress = ReadingProgress(name, self._parent)
        try:
            return dataset.read(progress.tell)
        finally:
            progress.close()

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
