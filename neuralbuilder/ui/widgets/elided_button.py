"""A push button that shortens its text instead of widening its panel."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

LEAST_WIDTH = 60


class ElidedButton(QPushButton):
    """Shows as much of its text as fits, then an ellipsis; the tooltip has the whole text."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        # Names of layers may have an ampersand, which is no mark of a key here.
        super().__init__(text.replace("&", "&&"), parent)
        self.whole_text = text
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def shown_text(self) -> str:
        """The text as it is drawn at the present width, with doubled ampersands."""
        metrics = self.fontMetrics()
        around = self.sizeHint().width() - metrics.horizontalAdvance(self.whole_text)
        room = self.width() - around
        shown = metrics.elidedText(self.whole_text, Qt.TextElideMode.ElideRight, room)
        return shown.replace("&", "&&")

    def minimumSizeHint(self) -> QSize:
        """As narrow as the panel around it."""
        return QSize(LEAST_WIDTH, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say the whole text where it is shortened."""
        super().resizeEvent(event)
        self.setToolTip(self.whole_text if self.shown_text() != self.text() else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shortened text as the style draws buttons."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.shown_text()
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.end()
