"""The list of layers to drag onto the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QVBoxLayout, QWidget

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.parts import catalogue, help_of
from neuralbuilder.ui.canvas import layer_mime
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.panel import PanelHeader

ROLES = {"input": "good", "hidden": "accent", "output": "negative"}
HEIGHT, GAP = 36, 5


class PaletteItem(QWidget):
    """One kind of layer: drag it, double-click it, or press Enter on it."""

    chosen = Signal(str)

    def __init__(self, layer: type[Layer], parent: QWidget) -> None:
        super().__init__(parent)
        self.layer = layer
        self._pressed: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(f"{layer.label} layer")
        self.setToolTip(f"{help_of(layer)}\nDrag it onto the canvas, or double-click to append it.")
        self.setStatusTip(f"{layer.label}: drag it onto the canvas or a link, or double-click")
        follow(self.update)

    def sizeHint(self) -> QSize:
        """A row of the design."""
        return QSize(180, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin a drag once the mouse has moved far enough."""
        if self._pressed is None:
            return
        distance = (event.position().toPoint() - self._pressed).manhattanLength()
        if distance >= QApplication.startDragDistance():
            self._pressed = None
            drag = QDrag(self)
            drag.setMimeData(layer_mime(self.layer.name))
            drag.setPixmap(self.grab())
            drag.setHotSpot(QPoint(24, HEIGHT // 2))
            drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click alone does nothing."""
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Append this layer to the network."""
        self.chosen.emit(self.layer.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter appends this layer to the network."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.layer.name)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with the colour of the layer's role, its name and its formula."""
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        edge = "accent" if self.hasFocus() else "zero" if self.underMouse() else "line"
        painter.setPen(QPen(theme.color(edge), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ROLES.get(self.layer.role, "zero")))
        painter.drawRoundedRect(QRectF(8, HEIGHT / 2 - 9, 6, 18), 3, 3)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font("ui"))
        text = box.adjusted(24, 0, -12, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignLeft, self.layer.label)
        painter.setPen(theme.color("muted"))
        painter.setFont(theme.font("mono_small"))
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignRight, self.layer.symbol)
        painter.end()


class LayerPalette(QWidget):
    """All layers of the catalogue; `chosen(name)` asks to append one to the network."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 5, 9, 9)
        column.setSpacing(GAP)
        header = PanelHeader("Layers", "drag onto the canvas", parent=self)
        header.setContentsMargins(4, 0, 4, 0)
        column.addWidget(header)
        kinds = [kind for kind in catalogue("layer") if issubclass(kind, Layer)]
        self.items = [PaletteItem(kind, self) for kind in kinds]
        for item in self.items:
            item.chosen.connect(self.chosen)
            column.addWidget(item)
