"""A one-line label that shortens its text instead of widening its panel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QToolTip, QWidget


class ElidedLabel(QLabel):
    """Shows as much of its text as fits, then an ellipsis; the tooltip has the whole text."""

    def __init__(
        self,
        text: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._elide_mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def shown_text(self) -> str:
        """The text as it is drawn at the present width."""
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), self._elide_mode, room)

    def minimumSizeHint(self) -> QSize:
        """Room for an ellipsis and little more."""
        wide = self.fontMetrics().horizontalAdvance("xx…")
        return QSize(min(wide, self.sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shortened text as the style draws labels."""
        painter = QPainter(self)
        style: QStyle = self.style()
        style.drawItemText(
            painter,
            self.contentsRect(),
            self.alignment().value,
            self.palette(),
            self.isEnabled(),
            self.shown_text(),
            self.foregroundRole(),
        )
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Show the whole text as tooltip, where it is shortened and there is no other tooltip."""
        hidden = event.type() == QEvent.Type.ToolTip and not self.toolTip()
        if hidden and isinstance(event, QHelpEvent) and self.shown_text() != self.text():
            QToolTip.showText(event.globalPos(), self.text(), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten for the new width."""
        super().resizeEvent(event)
        self.update()
