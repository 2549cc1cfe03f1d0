"""The list of all datasets, under headings."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Thread

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QApplication, QWidget

from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.images.mnist import Mnist
from neuralbuilder.data.samples import Dataset, FileDataset
from neuralbuilder.parts import catalogue, help_of
from neuralbuilder.ui.widgets.choice import Choice
from neuralbuilder.ui.widgets.numbers import superscript

GROUPS = ("Formula", "Points in the plane", "Classic data", "Images", "File")


class SourceChoice(Choice):
    """Carries the class of the chosen dataset; its text says more about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName("Data source")
        self.setMaxVisibleItems(30)
        found = [cls for cls in catalogue("dataset") if issubclass(cls, Dataset)]
        groups = [*GROUPS, *dict.fromkeys(c.group for c in found if c.group not in GROUPS)]
        for group in groups:
            members = [cls for cls in found if cls.group == group]
            members.sort(key=lambda cls: (issubclass(cls, FileDataset), cls is not Mnist))
            if len(members) > 1:
                self._add_heading(group)
            for cls in members:
                self.add_choice(cls.label, cls, help_of(cls))

    def showPopup(self) -> None:
        """Show the list, and meanwhile import what the classic data need; it takes seconds."""
        _preload()
        super().showPopup()

    def _tell(self, index: int) -> None:
        """The list is closed by now; what takes its time shows a wait cursor."""
        cls = self._values[index]
        if cls is None or cls.group != "Classic data":
            super()._tell(index)
            return
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            super()._tell(index)
        finally:
            QApplication.restoreOverrideCursor()

    def _add_heading(self, text: str) -> None:
        self.add_choice(text, None)
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(self.count() - 1)
        item.setFlags(Qt.ItemFlag.NoItemFlags)

    def show_dataset(self, dataset: Dataset) -> None:
        """Choose the class of this dataset and say what it is set to."""
        for index in range(self.count()):
            cls = self._values[index]
            if cls is not None:
                self.setItemText(index, cls.label)
        if self.set_choice(type(dataset)):
            self.setItemText(self.currentIndex(), described(dataset))
        path = dataset.path if isinstance(dataset, FileDataset) else ""
        self.setToolTip(path or help_of(type(dataset)))


@cache
def _preload() -> None:
    # Whoever needs the module before it is there waits for this import, as Python sees to.
    Thread(target=import_module, args=("sklearn.datasets",), daemon=True).start()


def described(dataset: Dataset) -> str:
    """`f: ℝ⁴ → ℝ²  (formula)`, a file name, or the label of the dataset."""
    if isinstance(dataset, FormulaDataset):
        return f"f: {space(dataset.inputs)} → {space(len(dataset.formulas))}  (formula)"
    if isinstance(dataset, FileDataset) and dataset.path:
        return Path(dataset.path).name
    return dataset.label


def space_of(shape: tuple[int, ...]) -> str:
    """`ℝ⁴`, or `1×28×28` for images."""
    return space(shape[0]) if len(shape) == 1 else "×".join(map(str, shape))


def space(size: int) -> str:
    """`ℝ⁴`."""
    return "ℝ" if size == 1 else f"ℝ{superscript(size)}"
