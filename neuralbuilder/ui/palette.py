"""The list of layers to drag onto the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.parts import catalogue, help_of
from neuralbuilder.ui.canvas import layer_mime
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.panel import PanelHeader
from neuralbuilder.ui.widgets.section import label

ROLES = {"input": "good", "hidden": "accent", "output": "negative"}
HEIGHT, GAP = 27, 4
COLUMNS = 2
MARK, INSIDE = 17, 5
"""Where the name of a layer begins, and the free space at the right edge of its card."""
NARROW = 88
"""Per cent of its width that the letters of the longest names have."""


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
        """A card; two stand side by side."""
        return QSize(96, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """A name that is cut off still has its tooltip."""
        return QSize(60, HEIGHT)

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
        """A card with the colour of the layer's role, its name, and its formula if it has room."""
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
        painter.drawRoundedRect(QRectF(7, HEIGHT / 2 - 7, 5, 14), 2.5, 2.5)
        self._paint_words(painter, box.adjusted(MARK, 0, -INSIDE, 0))
        painter.end()

    def _paint_words(self, painter: QPainter, place: QRectF) -> None:
        theme = current()
        small = theme.font("mono_small")
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        name = self.layer.label.split(" (")[0]
        font = _fitting_font(name, place.width())
        metrics = QFontMetricsF(font)
        room = place.width() - metrics.horizontalAdvance(name) - 10
        painter.setPen(theme.color("text"))
        painter.setFont(font)
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, middle | left, shown)
        if QFontMetricsF(small).horizontalAdvance(self.layer.symbol) <= room:
            painter.setPen(theme.color("muted"))
            painter.setFont(small)
            painter.drawText(place, middle | right, self.layer.symbol)


def _fitting_font(name: str, room: float) -> QFont:
    """The largest of the usual fonts in which a name is not cut off; the narrowest otherwise."""
    fonts = [current().font(kind) for kind in ("ui", "small", "note")]
    narrow = QFont(fonts[-1])
    narrow.setStretch(NARROW)
    fitting = (f for f in (*fonts, narrow) if QFontMetricsF(f).horizontalAdvance(name) <= room)
    return next(fitting, narrow)


class LayerPalette(QWidget):
    """All layers of the catalogue by family; `chosen(name)` asks to append one to the network."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 5, 9, 9)
        column.setSpacing(GAP)
        header = PanelHeader("Layers", "drag onto the canvas", parent=self)
        header.setContentsMargins(4, 0, 4, 0)
        column.addWidget(header)
        self.items: list[PaletteItem] = []
        for family, kinds in families().items():
            column.addWidget(self._heading(family))
            column.addLayout(self._cards(kinds))

    def _heading(self, family: str) -> QWidget:
        heading = label(family, "note", self)
        heading.setContentsMargins(4, 1, 4, 0)
        return heading

    def _cards(self, kinds: list[type[Layer]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GAP)
        for index, kind in enumerate(kinds):
            item = PaletteItem(kind, self)
            item.chosen.connect(self.chosen)
            grid.addWidget(item, index // COLUMNS, index % COLUMNS)
            self.items.append(item)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        return grid


def families() -> dict[str, list[type[Layer]]]:
    """The layers of the catalogue under the names of their families, both in order."""
    found: dict[str, list[type[Layer]]] = {}
    for kind in catalogue("layer"):
        if issubclass(kind, Layer):
            found.setdefault(kind.family, []).append(kind)
    return found
