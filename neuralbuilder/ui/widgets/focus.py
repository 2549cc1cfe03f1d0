"""Where the keyboard belongs after something has been chosen or entered."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget


def home_of(widget: QWidget) -> QWidget | None:
    """The part of the window that keys are meant for, as its attribute `home`; dialogs have none.

    Fields and lists give the focus back to it once they are done with, so that Space trains
    instead of opening the list anew.
    """
    home = getattr(widget.window(), "home", None)
    return home if isinstance(home, QWidget) else None


def give_back(home: QWidget | None) -> None:
    """Give the focus to a home, if there is one."""
    if home is not None:
        home.setFocus(Qt.FocusReason.OtherFocusReason)


def leave(button: QWidget) -> None:
    """Give the focus of a button back after a click; one that is pressed with a key keeps it."""
    if button.underMouse():
        give_back(home_of(button))


def wants_space(window: QWidget, event: QEvent) -> bool:
    """Whether a key is Space and would press the button or open the list that has the focus."""
    presses = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
    return presses and isinstance(window.focusWidget(), (QAbstractButton, QComboBox))
