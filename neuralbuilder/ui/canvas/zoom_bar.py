"""The pill in the corner: zoom out, the zoom, zoom in, fit."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow

HEIGHT = 20


class ZoomBar(QWidget):
    """Four small buttons on a rounded ground."""

    zoomed_in = Signal()
    zoomed_out = Signal()
    reset = Signal()
    fitted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 6, 0)
        row.setSpacing(0)
        self.out_button = self._button("−", "Zoom out", self.zoomed_out, 18)
        self.zoom_button = self._button("100 %", "Zoom to 100 % (Ctrl+0)", self.reset, 42)
        self.in_button = self._button("+", "Zoom in", self.zoomed_in, 18)
        self.fit_button = self._button("Fit", "Show the whole network (F)", self.fitted, 26)
        for button in (self.out_button, self.zoom_button, self.in_button, self.fit_button):
            row.addWidget(button)
        follow(self._dress)
        self._dress()

    def _button(self, text: str, tip: str, signal: object, width: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.setProperty("usual_width", width)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(signal)
        return button

    def show_zoom(self, zoom: float) -> None:
        """Show this zoom in per cent."""
        self.zoom_button.setText(f"{round(100 * zoom)} %")

    def _dress(self) -> None:
        theme = current()
        pixels = theme.font("small").pixelSize()
        for button in (self.out_button, self.zoom_button, self.in_button, self.fit_button):
            button.setFixedWidth(round(button.property("usual_width") * theme.text_scale))
        muted, text = theme.palette.muted, theme.palette.text
        self.setStyleSheet(
            f"QToolButton {{ border: none; background: transparent; color: {muted};"
            f" font-size: {pixels}px; padding: 0; min-width: 0; min-height: {HEIGHT - 2}px; }}"
            f"QToolButton:hover {{ color: {text}; background: transparent; }}"
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
