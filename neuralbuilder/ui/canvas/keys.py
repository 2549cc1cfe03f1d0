"""What the keys do while the canvas has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from neuralbuilder.ui.canvas.view import CanvasView

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


def belongs_to_canvas(view: CanvasView, event: QKeyEvent) -> bool:
    """Whether the canvas wants this key although it may be a shortcut of the window."""
    if event.key() == Qt.Key.Key_Space and not event.modifiers():
        return True
    return event.key() == Qt.Key.Key_Escape and view.gesture is not None


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Carry out what a key stands for; whether it stands for anything."""
    commands = view.commands
    standard = {
        QKeySequence.StandardKey.SelectAll: commands.select_all,
        QKeySequence.StandardKey.Copy: commands.copy,
        QKeySequence.StandardKey.Cut: commands.cut,
        QKeySequence.StandardKey.Paste: commands.paste,
        QKeySequence.StandardKey.ZoomIn: view.zoom_in,
        QKeySequence.StandardKey.ZoomOut: view.zoom_out,
    }
    for sequence, command in standard.items():
        if event.matches(sequence):
            command()
            return True
    control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
    return _control(view, event) if control else _plain(view, event)


def _control(view: CanvasView, event: QKeyEvent) -> bool:
    match event.key():
        case Qt.Key.Key_D:
            view.commands.duplicate()
        case Qt.Key.Key_0:
            view.reset_zoom()
        case _:
            return False
    return True


def _plain(view: CanvasView, event: QKeyEvent) -> bool:
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    if _move_cell(view, event.key()):
        return True
    if event.key() in _ARROWS:
        view.commands.select_neighbour(*_ARROWS[Qt.Key(event.key())])
        return True
    match event.key():
        case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
            view.commands.delete()
        case Qt.Key.Key_F:
            view.fit()
        case Qt.Key.Key_F2:
            view.rename_selected()
        case Qt.Key.Key_Return | Qt.Key.Key_Enter:
            chosen = view.commands.selected()
            return len(chosen) == 1 and view.workspace.cells.pin_middle(chosen[0])
        case Qt.Key.Key_Escape:
            return _escape(view)
        case _:
            return False
    return True


def _move_cell(view: CanvasView, key: int) -> bool:
    """Move the pinned cell; whether the key does that and a cell is pinned."""
    cells = view.workspace.cells
    if key in _ARROWS:
        columns, rows = _ARROWS[Qt.Key(key)]
        return cells.move(rows, columns)
    if key in _PAGES:
        return cells.move(0, 0, _PAGES[Qt.Key(key)])
    return False


def _escape(view: CanvasView) -> bool:
    if view.cancel_gesture():
        return True
    if view.workspace.cells.pinned is not None:
        view.workspace.cells.pin(None)
        return True
    if view.commands.selected():
        view.commands.select([])
        return True
    return False
