"""A switch for a setting that is on or off."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow

WIDTH, HEIGHT, KNOB = 34, 18, 14


class Switch(QAbstractButton):
    """On or off by mouse, Space or `setChecked`; tells by `toggled` and, for users, `clicked`."""

    def __init__(self, checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(checked)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        follow(self.update)

    def sizeHint(self) -> QSize:
        """The size of the switch in the design."""
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track and the knob; the knob's side says it without colour."""
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.45)
        track = QRectF(0, (self.height() - HEIGHT) / 2, WIDTH, HEIGHT)
        on = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen if on else QPen(theme.color("zero"), 1))
        painter.setBrush(theme.color("accent" if on else "raised"))
        edge = 0.0 if on else 0.5
        outline = track.adjusted(edge, edge, -edge, -edge)
        painter.drawRoundedRect(outline, HEIGHT / 2, HEIGHT / 2)
        if self.hasFocus():
            # Inside the track: a ring around it would move the switch off the form's grid.
            painter.setPen(QPen(theme.color("text"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = track.adjusted(0.75, 0.75, -0.75, -0.75)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.white if on else theme.color("muted"))
        radius = KNOB / 2 if on else KNOB / 2 - 1.5
        place = track.right() - HEIGHT / 2 if on else track.left() + HEIGHT / 2
        painter.drawEllipse(QPointF(place, track.center().y()), radius, radius)
        painter.end()
