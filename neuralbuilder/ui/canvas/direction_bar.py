"""The pill beside the zoom: activations, or the gradients of the way back?"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from neuralbuilder.ui.canvas import labels
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.workspace import Workspace

SIDE, HEIGHT = 12, 22
OFF = "Forward"
TIP = "Show gradients of the selected sample instead of activations and kernels (B)"
FUSED = f"Outputs show {labels.FUSED}: the loss is computed from their sums z."


class DirectionBar(QAbstractButton):
    """Says and switches what the maps, strips and neurons show; lit while it is the way back."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(TIP)
        self.clicked.connect(workspace.cells.set_backward)
        workspace.cells.backward_changed.connect(self._refresh)
        workspace.selection_changed.connect(self._refresh)
        workspace.project_changed.connect(self._refresh)
        follow(self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        """As wide as its text."""
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2 * SIDE
        return QSize(width, max(HEIGHT, self.fontMetrics().height() + 6))

    @Slot()
    def _refresh(self) -> None:
        backward = self._workspace.cells.backward
        sample = self._workspace.selection.sample + 1
        self.setChecked(backward)
        self.setText(f"◀ Backward: ∂L/∂activation, sample {sample}" if backward else OFF)
        fused = labels.is_fused(self._workspace.project)
        self.setToolTip(f"{TIP}\n{FUSED}" if backward and fused else TIP)
        self.setFont(current().font("small"))
        self.adjustSize()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.isChecked()
        painter.setPen(QPen(theme.color("warning" if lit else "line"), 1.6 if lit else 1))
        painter.setBrush(theme.color("panel"))
        ground = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(ground, ground.height() / 2, ground.height() / 2)
        text = theme.readable("warning", "panel") if lit else theme.color("muted")
        if self.underMouse() and not lit:
            text = theme.color("text")
        painter.setPen(text)
        painter.setFont(self.font())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()
