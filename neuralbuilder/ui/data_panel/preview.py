"""What the data look like: points or a table, counts, and notes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralbuilder.data.notes import notes_on
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import Split, split_indices, split_notes
from neuralbuilder.ui.data_panel.class_counts import ClassCounts
from neuralbuilder.ui.data_panel.image_grid import ImageGrid
from neuralbuilder.ui.data_panel.sample_table import SampleTable
from neuralbuilder.ui.data_panel.scatter import Scatter
from neuralbuilder.ui.data_panel.source import space_of
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.widgets.section import label

SHOWN_NOTES = 3
_NOUNS = {"classification": "class", "yes/no": "yes/no", "regression": "output"}


def counted(count: int, noun: str) -> str:
    """`1 input`, `2 000 samples`."""
    plural = "es" if noun.endswith("s") else "s"
    return f"{thousands(count)} {noun}" + ("" if count == 1 else plural)


def summary(samples: Samples) -> str:
    """`2 000 samples · 4 inputs → 2 outputs`."""
    noun = _NOUNS[samples.task]
    if samples.is_images:
        return f"{counted(samples.count, 'image')} · {counted(samples.y.shape[1], noun)}"
    inputs = samples.input_shape[0]
    return (
        f"{counted(samples.count, 'sample')} · {counted(inputs, 'input')} → "
        f"{counted(samples.y.shape[1], noun)}"
    )


class Preview(QWidget):
    """Points for one or two inputs, images by class, otherwise the first rows; then the counts."""

    sample_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: Samples | None = None
        self._split: Split | None = None
        self.scatter = Scatter(self)
        self.table = SampleTable(self)
        self.grid = ImageGrid(self)
        self.classes = ClassCounts(self)
        self.heading = label("", "muted", self)
        self.counts = label("", "muted", self)
        self.parts = label("", "note", self)
        self.notes = label("", "note", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.scatter, self.table, self.heading, self.grid, self.classes, self.counts,
                       self.parts, self.notes):  # fmt: skip
            column.addWidget(widget)
        for text in (self.counts, self.parts, self.notes):
            text.setWordWrap(True)
        self.scatter.sample_chosen.connect(self.sample_chosen)
        self.table.sample_chosen.connect(self.sample_chosen)
        self.grid.sample_chosen.connect(self.sample_chosen)

    def show_samples(self, samples: Samples | None, split: Split) -> None:
        """Show these samples; nothing for None."""
        if samples is self._samples and split == self._split:
            return
        self._samples, self._split = samples, split
        self.setVisible(samples is not None)
        if samples is None:
            return
        train, validation, test = parts = split_indices(samples, split)
        trained = np.zeros(samples.count, dtype=np.bool_)
        trained[train] = True
        drawable = samples.x.ndim == 2 and samples.x.shape[1] <= 2
        drawable = drawable and (samples.x.shape[1] == 2 or samples.task != "classification")
        self.scatter.setVisible(drawable)
        images = samples.is_images
        self.table.setVisible(not drawable and not images)
        self.grid.setVisible(images)
        self.heading.setVisible(images)
        self.counts.setVisible(not images)
        self.classes.setVisible(images and samples.task == "classification")
        if drawable:
            self.scatter.set_samples(samples, trained)
        elif images:
            self.grid.set_samples(samples)
            self.classes.set_samples(samples)
        else:
            self.table.set_samples(samples)
        self.heading.setText(summary(samples))
        self.heading.setToolTip(f"{space_of(samples.input_shape)} each" if images else "")
        self.counts.setText(summary(samples).replace(" · ", "\n"))
        sizes = [thousands(len(part)) for part in (train, validation, test)]
        self.parts.setText("{} train · {} val. · {} test".format(*sizes))
        self.parts.setToolTip("{} for training, {} for validation, {} for the test".format(*sizes))
        self._show_notes((*notes_on(samples), *split_notes(samples, split, parts)))

    def show_chosen(self, row: int) -> None:
        """Mark the sample that the window looks at."""
        self.scatter.set_chosen(row)
        self.table.set_chosen(row)
        self.grid.set_chosen(row)

    def _show_notes(self, notes: tuple[str, ...]) -> None:
        lines = [f"• {note}" for note in notes[:SHOWN_NOTES]]
        if len(notes) > SHOWN_NOTES:
            lines.append(f"• … and {len(notes) - SHOWN_NOTES} more")
        self.notes.setText("\n".join(lines))
        self.notes.setToolTip("\n".join(notes))
        self.notes.setVisible(bool(notes))
