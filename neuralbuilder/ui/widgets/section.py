"""Labels by their role in a panel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from neuralbuilder.ui.widgets.elided_label import ElidedLabel


class Section(QLabel):
    """A bold heading inside a panel."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("role", "section")
        self.setTextFormat(Qt.TextFormat.PlainText)


def label(text: str, role: str = "", parent: QWidget | None = None) -> QLabel:
    """A plain label. Roles: muted, note, title, section, mono, mono-muted, good, warning, error."""
    result = QLabel(text, parent)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    return result


def elided(text: str, role: str = "", parent: QWidget | None = None) -> ElidedLabel:
    """A label of a role that shortens its text when there is no room."""
    result = ElidedLabel(text, parent=parent)
    if role:
        result.setProperty("role", role)
    return result


def number_line(parent: QWidget) -> tuple[QHBoxLayout, ElidedLabel, QLabel]:
    """A name with a number at the right edge that can be selected; the name is shortened no more
    than its own number needs.
    """
    name, value = elided("", "mono-muted", parent), label("", "mono-small", parent)
    value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(name, 1)
    row.addWidget(value)
    return row, name, value


def line(parent: QWidget | None = None) -> QFrame:
    """A thin horizontal line between the parts of a panel."""
    result = QFrame(parent)
    result.setProperty("role", "line")
    return result


def set_style_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let the widget show it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()
