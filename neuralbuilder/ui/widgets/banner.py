"""A bar with a message that stays until it is dealt with, and the same as an advice box."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.focus import leave
from neuralbuilder.ui.widgets.section import label, set_style_property

Action = tuple[str, Callable[[], object]]

# kind: (icon, role)
KINDS = {
    "info": ("info", "accent"),
    "good": ("check", "good"),
    "warning": ("warning", "warning"),
    "error": ("error", "error"),
}


class ActionButton(QPushButton):
    """A button that calls what it was given. A bound method here keeps no widget alive."""

    def __init__(self, text: str, call: Callable[[], object], parent: QWidget | None) -> None:
        super().__init__(text, parent)
        self._call = call
        self.clicked.connect(self._run)

    def _run(self) -> None:
        leave(self)
        self._call()


class Banner(QFrame):
    """Message, hint, action buttons and a close button; hidden until `show_message`."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._kind = "info"
        self._sign = QLabel(self)
        self._message = label("", "section", self)
        self._hint = label("", "muted", self)
        for text in (self._message, self._hint):
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons: list[ActionButton] = []
        self._close = QToolButton(self)
        self._close.setProperty("flat", True)
        self._close.setProperty("small", True)
        self._close.setAccessibleName("Close this message")
        self._close.setToolTip("Close this message")
        current().bind_icon(self._close, "close", "muted")
        self._close.clicked.connect(self._dismiss_by_user)
        self._lay_out()
        follow(self._draw_sign)
        self.hide()

    def show_message(
        self, kind: str, message: str, hint: str = "", actions: Sequence[Action] = ()
    ) -> None:
        """Show a message of a kind of `KINDS`; each action is a text and what to call."""
        if kind not in KINDS:
            raise KeyError(f"There is no kind of message {kind!r}. Kinds: {', '.join(KINDS)}.")
        self._kind = kind
        set_style_property(self, "kind", kind)
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._replace_buttons(actions)
        self._draw_sign()
        self.setAccessibleName(f"{message} {hint}".strip())
        self.show()

    def dismiss(self) -> None:
        """Take the message away."""
        self.hide()

    def message(self) -> str:
        """The message last shown."""
        return self._message.text()

    def _lay_out(self) -> None:
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 8, 8, 8)
        self._row.setSpacing(10)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._message)
        texts.addWidget(self._hint)
        self._row.addWidget(self._sign)
        self._row.addLayout(texts, 1)
        self._row.addWidget(self._close)

    def _replace_buttons(self, actions: Sequence[Action]) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [ActionButton(text, call, self) for text, call in actions]
        for button in self._buttons:
            self._row.insertWidget(self._row.indexOf(self._close), button)

    def _draw_sign(self) -> None:
        icon, role = KINDS[self._kind]
        pixmap = current().icon(icon, role).pixmap(QSize(20, 20), self.devicePixelRatioF())
        self._sign.setPixmap(pixmap)

    def _dismiss_by_user(self) -> None:
        self.dismiss()
        self.dismissed.emit()


class Advice(QFrame):
    """A boxed piece of advice inside a panel: a coloured title over small text."""

    def __init__(
        self,
        title: str = "Advice",
        text: str = "",
        kind: str = "warning",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._title = label(title, "", self)
        self._text = label(text, "small", self)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(3)
        column.addWidget(self._title)
        column.addWidget(self._text)
        self.set_advice(text, title, kind)

    def set_advice(self, text: str, title: str = "Advice", kind: str = "warning") -> None:
        """Show another text."""
        set_style_property(self, "kind", kind)
        set_style_property(self._title, "role", f"advice-{kind}")
        self._title.setText(title)
        self._text.setText(text)
