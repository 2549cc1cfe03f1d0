"""Small flat buttons on a rounded ground, in a corner of the canvas."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow

HEIGHT = 20
TEXT_ROOM = 10
"""What a button is wider than its longest text."""


class Pill(QWidget):
    """A row of buttons; whoever makes it adds them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 0, 6, 0)
        self._row.setSpacing(0)
        self.buttons: list[QToolButton] = []
        follow(self._dress)

    def add_button(self, text: str, tip: str, clicked: Any, width: int) -> QToolButton:
        """One more button at the right end, so many pixels wide; `clicked` is a slot or signal."""
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setStatusTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.setProperty("usual_width", width)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(clicked)
        self.buttons.append(button)
        self._row.addWidget(button)
        self._dress()
        return button

    def set_longest_text(self, button: QToolButton, text: str) -> None:
        """Make a button wide enough for the longest text that it may come to show."""
        if button.property("longest_text") != text:
            button.setProperty("longest_text", text)
            self._dress()

    def _width(self, button: QToolButton) -> int:
        theme = current()
        font = QFont(button.font())
        font.setPixelSize(theme.font("small").pixelSize())
        longest = QFontMetrics(font).horizontalAdvance(button.property("longest_text") or "")
        return max(round(button.property("usual_width") * theme.text_scale), longest + TEXT_ROOM)

    def _dress(self) -> None:
        theme = current()
        pixels = theme.font("small").pixelSize()
        for button in self.buttons:
            button.setFixedWidth(self._width(button))
        muted, text, accent = theme.palette.muted, theme.palette.text, theme.palette.accent
        plain = "background: transparent; border: none;"
        self.setStyleSheet(
            f"QToolButton {{ {plain} color: {muted}; font-size: {pixels}px; padding: 0;"
            f" min-width: 0; min-height: {HEIGHT - 2}px; }}"
            f"QToolButton:hover {{ color: {text}; {plain} }}"
            f"QToolButton:checked {{ color: {text}; {plain} border-bottom: 2px solid {accent}; }}"
        )
        self.adjustSize()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(current().color("line"), 1))
        painter.setBrush(current().color("panel"))
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(ground, ground.height() / 2, ground.height() / 2)
        painter.end()
