"""The bars at the top and bottom edge of the window."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow


class Bar(QWidget):
    """A strip in the colour of panels with a thin line on the side of the content."""

    def __init__(self, height: int, at_top: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at_top = at_top
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(10, 0, 12, 0)
        self.row.setSpacing(6)
        follow(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill, and draw the line."""
        theme = current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        y = self.height() - 1 if self._at_top else 0
        painter.fillRect(0, y, self.width(), 1, theme.color("line"))
        painter.end()


class UprightLine(QWidget):
    """A thin line between two groups of buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(1, 28)
        follow(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the line."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), current().color("line"))
        painter.end()
