"""What the Help menu shows: all shortcuts, and what this program is."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder import __version__
from neuralbuilder.ui.actions import COMMANDS
from neuralbuilder.ui.widgets.section import label

ABOUT = (
    "Draw, train and understand neural networks.",
    "MIT licence. Fonts: DejaVu, Bitstream Vera licence. Window: Qt for Python, LGPL 3.",
)
EXTRA = (
    ("View", "All commands", ("Alt+M",)),
    ("Cells of maps", "Pin the middle of the selected layer", ("Return",)),
    ("Cells of maps", "Move the pinned cell", ("Left", "Right", "Up", "Down")),
    ("Cells of maps", "Previous or next map", ("PgUp", "PgDown")),
    ("Cells of maps", "Release it", ("Esc",)),
)
"""Keys that are no commands of a menu: heading, text and keys."""


def shortcuts_dialog(parent: QWidget) -> QDialog:
    """Every command that has keys, under the heading of its menu."""
    dialog = _dialog(parent, "Keyboard shortcuts")
    inside = QWidget(dialog)
    grid = QGridLayout(inside)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(5)
    listed = [(c.menu, c.text, c.shortcuts) for c in COMMANDS if c.shortcuts]
    listed += EXTRA
    row = 0
    for heading in dict.fromkeys(menu for menu, _, _ in listed):
        grid.addWidget(label(heading, "section", inside), row, 0, 1, 2)
        row += 1
        for menu, text, keys in listed:
            if menu == heading:
                grid.addWidget(label(text.rstrip("…"), "", inside), row, 0)
                grid.addWidget(label(native(keys), "mono-muted", inside), row, 1)
                row += 1
    scroll = QScrollArea(dialog)
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(inside)
    _finish(dialog, scroll)
    for each in inside.findChildren(QLabel):
        each.ensurePolished()  # the fonts of the theme, which the widest keys are measured with
    bar = scroll.verticalScrollBar().sizeHint().width()
    scroll.setMinimumWidth(inside.sizeHint().width() + bar + 2 * scroll.frameWidth())
    dialog.resize(380, 560)
    return dialog


def about_dialog(parent: QWidget) -> QDialog:
    """Name, version and licences."""
    dialog = _dialog(parent, "About NeuralBuilder")
    inside = QWidget(dialog)
    column = QVBoxLayout(inside)
    column.addWidget(label(f"NeuralBuilder {__version__}", "title", inside))
    versions = f"Python {platform.python_version()}, Qt {qVersion()}"
    for text in (*ABOUT, versions):
        line = label(text, "", inside)
        line.setWordWrap(True)
        column.addWidget(line)
    _finish(dialog, inside)
    dialog.resize(400, 200)
    return dialog


def native(keys: tuple[str, ...]) -> str:
    """The keys as this system writes them."""
    form = QKeySequence.SequenceFormat.NativeText
    return " or ".join(QKeySequence(each).toString(form) for each in keys)


def _dialog(parent: QWidget, title: str) -> QDialog:
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    return dialog


def _finish(dialog: QDialog, inside: QWidget) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.addWidget(inside, 1)
    column.addWidget(buttons)
