"""The pill in the corner: zoom out, the zoom, zoom in, fit."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from neuralbuilder.ui.canvas.pill import Pill


class ZoomBar(Pill):
    """Four small buttons on a rounded ground."""

    zoomed_in = Signal()
    zoomed_out = Signal()
    reset = Signal()
    fitted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.out_button = self.add_button("−", "Zoom out", self.zoomed_out, 18)
        self.zoom_button = self.add_button("100 %", "Zoom to 100 % (Ctrl+0)", self.reset, 42)
        self.in_button = self.add_button("+", "Zoom in", self.zoomed_in, 18)
        self.fit_button = self.add_button("Fit", "Show the whole network (F)", self.fitted, 26)

    def show_zoom(self, zoom: float) -> None:
        """Show this zoom in per cent."""
        self.zoom_button.setText(f"{round(100 * zoom)} %")
