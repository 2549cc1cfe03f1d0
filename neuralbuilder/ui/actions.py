"""Every command of the window, declared once: text, shortcut, icon, hint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from neuralbuilder.ui.theme import current

Slot = Callable[[], object]


@dataclass(frozen=True)
class Command:
    """One command; `shortcuts` are in Qt's portable spelling, the first one is shown."""

    name: str
    text: str
    hint: str
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    menu: str = ""


# fmt: off
COMMANDS = (
    Command("new", "New", "Start a new network", ("Ctrl+N",), "new", "File"),
    Command("open", "Open…", "Open a network or a table of data", ("Ctrl+O",), "open", "File"),
    Command("save", "Save", "Save the network with its weights", ("Ctrl+S",), "save", "File"),
    Command("save_as", "Save as…", "Save under another name", ("Ctrl+Shift+S",), "", "File"),
    Command("import", "Import data…", "Train on a table or images", ("Ctrl+I",), "import", "File"),
    Command("import_folder", "Import folder…", "Train on pictures, one sub-folder per class", (),
            "", "File"),
    Command("paste_data", "Paste table…", "Train on a table on the clipboard", (), "", "File"),
    Command("picture", "Save picture…", "Save what the window shows", (), "export", "File"),
    Command("quit", "Quit", "Close the window", ("Ctrl+Q",), "", "File"),
    Command("undo", "Undo", "Take back the last change", ("Ctrl+Z",), "undo", "Edit"),
    Command("redo", "Redo", "Do it again", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", "Edit"),
    Command("cut", "Cut", "Copy the selected layers and remove them", ("Ctrl+X",), "", "Edit"),
    Command("copy", "Copy", "Put the selected layers on the clipboard", ("Ctrl+C",), "", "Edit"),
    Command("paste", "Paste", "Add the layers on the clipboard", ("Ctrl+V",), "", "Edit"),
    Command("duplicate", "Duplicate", "Copy the selected layers", ("Ctrl+D",), "", "Edit"),
    Command("delete", "Delete", "Remove the selected layers", (), "trash", "Edit"),
    Command("select_all", "Select all", "Select all layers", ("Ctrl+A",), "", "Edit"),
    Command("rename", "Rename layer", "Give the selected layer a name", ("F2",), "", "Edit"),
    Command("arrange", "Arrange layers", "Put all layers in columns", (), "", "Edit"),
    Command("design", "Edit as text", "Go to the text form", ("Ctrl+L",), "", "Edit"),
    Command("rewind", "Rewind", "Return to the same initial weights; undo brings the others back",
            ("R",), "rewind", "Train"),
    Command("best", "Best weights", "Return to the best weights so far; undo brings these back",
            (), "", "Train"),
    Command("train", "Train", "Train until paused", ("Space",), "train", "Train"),
    Command("step", "Step", "Train one mini-batch", ("S",), "", "Train"),
    Command("epoch", "Epoch", "Train one pass through the data", ("E",), "", "Train"),
    Command("crossval", "Cross-validation…",
            "Train on several divisions of the data, and test each on the rest", (), "", "Train"),
    Command("previous_sample", "Previous sample", "Look at the one before", (",",), "", "Sample"),
    Command("next_sample", "Next sample", "Look at the next one", (".",), "", "Sample"),
    Command("random_sample", "Random sample", "Look at any sample", ("/",), "", "Sample"),
    Command("next_wrong", "Next wrong sample", "The next that the network gets wrong", ("W",), "",
            "Sample"),
    Command("wrong_only", "Wrong samples only", "Step through those that the network gets wrong",
            ("Shift+W",), "", "Sample"),
    Command("save_predictions", "Save predictions…",
            "Save the answer to every sample as a table, beside the right one", (), "export",
            "Sample"),
    Command("predict_file", "Predict a file…", "See the answers to a table or to pictures", (), "",
            "Sample"),
    Command("draw", "Try an input…", "Draw an image or type a row, and see what the network says",
            ("D",), "", "Sample"),
    Command("fit", "Zoom to fit", "Show the whole network", ("F",), "fit", "View"),
    Command("actual_size", "Zoom to 100 %", "Show in usual size", ("Ctrl+0",), "", "View"),
    Command("zoom_in", "Zoom in", "Look closer", ("Ctrl++", "Ctrl+="), "plus", "View"),
    Command("zoom_out", "Zoom out", "See more", ("Ctrl+-",), "minus", "View"),
    Command("backward", "Show gradients", "Gradients instead of activations", ("B",), "", "View"),
    Command("reset_layout", "Reset layout", "All parts where they belong", (), "", "View"),
    Command("shortcuts", "Keyboard shortcuts", "All keys at a glance", ("?", "F1"), "", "Help"),
    Command("about", "About NeuralBuilder", "Version and licences", (), "", "Help"),
)
# fmt: on
WATCHING = (
    "rewind",
    "train",
    "step",
    "epoch",
    "previous_sample",
    "next_sample",
    "random_sample",
    "next_wrong",
    "wrong_only",
    "backward",
)
"""The commands of use to who watches values, whose keys work in windows beside it too."""
BEGIN_GROUPS = ("import", "quit", "cut", "select_all", "design", "backward", "reset_layout")
"""The commands above which a menu has a line."""
THEMES = (("dark", "Dark"), ("light", "Light"), ("system", "As the system"))


class Actions(QObject):
    """The `QAction`s of the window by name; each works by its shortcut wherever the focus is,
    except where the focus is in a field that wants the key itself.
    """

    def __init__(self, window: QWidget, slots: dict[str, Slot]) -> None:
        super().__init__(window)
        self._window = window
        self._by_name: dict[str, QAction] = {}
        self.menu_names: dict[str, list[str]] = {}
        for command in COMMANDS:
            action = make_action(window, command.text, slots[command.name], command)
            self._by_name[command.name] = action
            self.menu_names.setdefault(command.menu, []).append(command.name)
        self.themes = self._theme_actions()

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def rename(self, name: str, text: str) -> None:
        """Say what a command would do now, such as "Undo add Dense"."""
        self._by_name[name].setText(text)
        set_hint(self._by_name[name], text)

    def fill(self, menu: QMenu, heading: str) -> None:
        """Append the commands of a heading to a menu."""
        for name in self.menu_names.get(heading, ()):
            if name in BEGIN_GROUPS:
                menu.addSeparator()
            menu.addAction(self._by_name[name])

    def _theme_actions(self) -> dict[str, QAction]:
        group = QActionGroup(self)
        actions = {}
        for mode, text in THEMES:
            action = QAction(text, group)
            action.setMenuRole(QAction.MenuRole.NoRole)
            action.setCheckable(True)
            action.setData(mode)
            actions[mode] = action
        self.theme_group = group
        return actions


def make_action(window: QWidget, text: str, slot: Slot, command: Command) -> QAction:
    """A `QAction` that belongs to the window, with the hint and shortcut in its tooltip."""
    action = QAction(text, window)
    action.setObjectName(command.name)
    # macOS moves whatever sounds like "settings" or "quit" unless it is told not to.
    action.setMenuRole(QAction.MenuRole.NoRole)
    action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
    set_hint(action, command.hint)
    if command.icon:
        current().bind_icon(action, command.icon, "muted")
    action.triggered.connect(slot)
    window.addAction(action)
    return action


def lend(window: QWidget, other: QWidget) -> None:
    """Have the keys of `WATCHING` work in another window as in the main window."""
    other.addActions([action for action in window.actions() if action.objectName() in WATCHING])


def set_hint(action: QAction, hint: str) -> None:
    """Status tip and tooltip; the tooltip names the shortcut."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setStatusTip(hint)
    action.setToolTip(f"{hint} ({keys})" if keys else hint)
