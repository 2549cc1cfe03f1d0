"""The commands of the canvas as actions for menus, each with its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from neuralbuilder.ui.canvas.view import CanvasView


def edit_actions(view: CanvasView) -> list[QAction]:
    """What can be done with the selected layers."""
    commands = view.commands
    return [
        _action(view, "Cut", commands.cut, "Cut the selected layers", "Ctrl+X"),
        _action(view, "Copy", commands.copy, "Copy the selected layers", "Ctrl+C"),
        _action(view, "Paste", view.paste, "Paste copied layers", "Ctrl+V"),
        _action(view, "Duplicate", commands.duplicate, "Copy layers beside themselves", "Ctrl+D"),
        _action(
            view, "Delete", commands.delete_selected, "Delete layers; a chain stays joined",
            "Del", "Backspace",
        ),
        _action(view, "Select all", commands.select_all, "Select every layer", "Ctrl+A"),
        _action(view, "Rename", view.rename_selected, "Rename the selected layer", "F2"),
        _action(view, "Arrange", commands.arrange, "Put the layers in columns"),
    ]  # fmt: skip


def view_actions(view: CanvasView) -> list[QAction]:
    """How the network is looked at."""
    return [
        _action(view, "Zoom in", view.zoom_in, "Enlarge the network", "Ctrl++", "Ctrl+="),
        _action(view, "Zoom out", view.zoom_out, "Make the network smaller", "Ctrl+-"),
        _action(view, "100 %", view.reset_zoom, "Show the network in its own size", "Ctrl+0"),
        _action(view, "Fit", view.fit, "Show the whole network", "F"),
    ]


def _action(
    view: CanvasView, text: str, slot: Callable[[], None], hint: str, *shortcuts: str
) -> QAction:
    action = QAction(text, view)
    action.setShortcuts([QKeySequence(keys) for keys in shortcuts])
    # Only while the canvas has the focus: a text field has its own Ctrl+C, a table its own Del.
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.setMenuRole(QAction.MenuRole.NoRole)
    action.setStatusTip(hint)
    action.triggered.connect(slot)
    return action
