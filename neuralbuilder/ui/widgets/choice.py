"""A list to choose one thing from, where the things are any Python values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QWidget,
)

from neuralbuilder.ui.widgets.focus import give_back, home_of


class Choice(QComboBox):
    """A combo box that carries Python values; `choice_changed(value)` when the user picks one.

    The mouse wheel scrolls the form it stands in unless the list has the focus. After a choice by
    mouse the focus goes back to where keys are meant for; who came by keyboard stays.
    """

    choice_changed = Signal(object)

    def __init__(
        self, choices: Iterable[tuple[str, Any]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        # Kept here and not as item data: Qt would turn tuples, enums and dicts into its own types.
        self._values: list[Any] = []
        self._by_mouse = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setItemDelegate(QStyledItemDelegate(self))  # without it the list ignores the sheet
        self.setMaxVisibleItems(16)
        self.set_choices(choices)
        self.activated.connect(self._tell)

    def set_choices(self, choices: Iterable[tuple[str, Any]]) -> None:
        """Replace all entries by pairs of text and value; keeps the chosen value if it is there."""
        before = self.choice()
        self.clear()
        self._values = []
        for text, value in choices:
            self.add_choice(text, value)
        self.set_choice(before)

    def add_choice(self, text: str, value: Any, hint: str = "") -> None:
        """Append one entry, with a tooltip."""
        self._values.append(value)
        self.addItem(text)
        if hint:
            self.setItemData(self.count() - 1, hint, Qt.ItemDataRole.ToolTipRole)

    def choice(self) -> Any:
        """The chosen value; None when there are no entries."""
        index = self.currentIndex()
        return self._values[index] if 0 <= index < len(self._values) else None

    def set_choice(self, value: Any) -> bool:
        """Choose an entry by its value without a signal; False if there is none."""
        for index, candidate in enumerate(self._values):
            if type(candidate) is type(value) and candidate == value:
                self.setCurrentIndex(index)
                return True
        return False

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """End a text that is too long with three dots; a style sheet would cut it off."""
        super().initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, field.width()
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the scroll area around, unless the list has the focus."""
        self._by_mouse = False
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note that the mouse opens the list."""
        self._by_mouse = True
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Note that the keyboard opens the list, or chooses without it."""
        self._by_mouse = False
        super().keyPressEvent(event)

    def _tell(self, index: int) -> None:
        home = home_of(self) if self._by_mouse else None
        self._by_mouse = False
        give_back(home)  # before the signal, after which this list may be gone
        self.choice_changed.emit(self._values[index])
