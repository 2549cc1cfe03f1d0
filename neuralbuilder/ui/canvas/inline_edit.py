"""Small editors that open on the canvas itself: names, sizes, activations and weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu

from neuralbuilder.parts import Setting, catalogue, settings_of
from neuralbuilder.ui.canvas import hits, labels
from neuralbuilder.ui.canvas.hits import Hit
from neuralbuilder.ui.canvas.look import look
from neuralbuilder.ui.forms.fields import number_field, sizes_of
from neuralbuilder.ui.widgets.number_field import NumberField

if TYPE_CHECKING:
    from neuralbuilder.ui.canvas.view import CanvasView

NUMBER_WIDTH = 120
LARGEST_WEIGHT = 1e6
LARGEST_LETTERS = 2.0
"""How many times their usual size the letters grow with the header that they stand over."""

Editing = tuple[QLineEdit, Callable[[], bool]]
"""A field, and what takes its text; that says whether the text could be taken."""


class InlineEditor(QObject):
    """Opens one editor at a time over the thing it edits.

    Enter or a click elsewhere takes the text, Escape gives it up.
    """

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._take: Callable[[], bool] | None = None
        self.field: QLineEdit | None = None
        self.menu: QMenu | None = None

    # ------------------------------------------------------------ what can be edited

    def edit_name(self, node_id: str) -> None:
        """Rename a layer in place."""
        node = self._view.workspace.project.node(node_id)
        field = self._text_field(node.name)
        field.setMaxLength(80)
        field.setObjectName("layer_name")

        def take() -> bool:
            self._view.commands.rename(node_id, field.text())
            return True

        item = self._view.canvas_scene.layers[node_id]
        self._open(field, item.header.translated(item.pos()), take, 140)

    def edit_size(self, node_id: str) -> None:
        """Edit the number of neurons in place."""
        layer = self._view.workspace.project.node(node_id).layer
        self.edit_setting(node_id, "units" if hasattr(layer, "units") else "shape")

    def edit_main_values(self, node_id: str) -> None:
        """Edit what a layer is all about in place, as the text form writes it: ``3@5×5``."""
        before = labels.main_text(self._view.workspace.project.node(node_id).layer)
        field = self._text_field(before)

        def take() -> bool:
            text = field.text()
            return text == before or self._view.commands.change_main_values(node_id, text)

        self._open_over_header(node_id, field, take)

    def edit_setting(self, node_id: str, name: str) -> None:
        """Edit a number, size or shape of a layer in place."""
        layer = self._view.workspace.project.node(node_id).layer
        setting = next(s for s in settings_of(type(layer)) if s.name == name)
        value = getattr(layer, name)
        if setting.type in ("shape", "size") and len(value) > 1:
            field, take = self._sizes_field(node_id, setting, value)
        elif setting.type == "shape":
            field, take = self._length_field(node_id, setting, value[0])
        elif setting.type in ("integer", "number"):
            field, take = self._number_field(node_id, setting, value)
        else:
            return
        self._open_over_header(node_id, field, take)

    def _open_over_header(self, node_id: str, field: QLineEdit, take: Callable[[], bool]) -> None:
        field.setObjectName("layer_size")
        item = self._view.canvas_scene.layers[node_id]
        self._open(field, item.header.translated(item.pos()), take, NUMBER_WIDTH)

    def _text_field(self, text: str) -> QLineEdit:
        field = QLineEdit(text, self._view.viewport())
        field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return field

    def _sizes_field(self, node_id: str, setting: Setting, value: tuple[int, ...]) -> Editing:
        field = self._text_field("×".join(map(str, value)))

        def take() -> bool:
            sizes = sizes_of(setting, field.text())
            return sizes == value or self._view.commands.change(node_id, setting, sizes)

        return field, take

    def _length_field(self, node_id: str, setting: Setting, length: int) -> Editing:
        field = NumberField(
            length, integer=True, minimum=1, maximum=1_000_000, parent=self._view.viewport()
        )

        def take() -> bool:
            if not field.commit():
                return False
            return self._view.commands.change(node_id, setting, (int(field.value()),))

        return field, take

    def _number_field(self, node_id: str, setting: Setting, value: float) -> Editing:
        field = number_field(setting, value, self._view.viewport())

        def take() -> bool:
            if not field.commit():
                return False
            if setting.name == "units":
                self._view.commands.set_units(node_id, int(field.value()))
                return True
            return self._view.commands.change(node_id, setting, field.value())

        return field, take

    def edit_weight(self, found: Hit, at: QPointF) -> None:
        """Edit the weight of a link; it is written into the network in training."""
        scene = self._view.canvas_scene
        runner = self._view.runner
        assert found.link is not None
        weight = hits.weight_of(scene, found)
        if runner is None or weight is None:
            return
        name, index = hits.parameter(scene, found)
        field = NumberField(
            float(f"{weight:.6g}"),
            minimum=-LARGEST_WEIGHT,
            maximum=LARGEST_WEIGHT,
            parent=self._view.viewport(),
        )
        field.setObjectName("link_weight")
        row = index[0] if name.endswith("/W") else -1
        field.set_hint(labels.weight_name(scene.words, found.link, row, index[-1]))
        before = field.value()

        def take() -> bool:
            if not field.commit():
                return False
            if field.value() != before:
                runner.set_weight(name, index, float(field.value()))
            return True

        self._open(field, QRectF(at, at), take, NUMBER_WIDTH)

    def choose_activation(self, node_id: str) -> None:
        """Offer the activations in a menu under the word that names the present one."""
        layer = self._view.workspace.project.node(node_id).layer
        if not hasattr(layer, "activation"):
            return
        self.close()
        menu = QMenu(self._view)
        menu.setObjectName("activations")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for part in catalogue("activation"):
            action = QAction(f"{part.label}\t{part.symbol}", menu)
            action.setData(part.name)
            action.setCheckable(True)
            action.setChecked(part.name == layer.activation.name)
            menu.addAction(action)
        menu.setProperty("node", node_id)
        menu.triggered.connect(self._activation_chosen)
        self.menu = menu
        item = self._view.canvas_scene.layers[node_id]
        place = item.detail_rect("activation").translated(item.pos()).bottomLeft()
        menu.popup(self._view.viewport().mapToGlobal(self._view.mapFromScene(place)))

    def _activation_chosen(self, action: QAction) -> None:
        assert self.menu is not None
        self._view.commands.set_activation(self.menu.property("node"), action.data())

    # ------------------------------------------------------------ opening and closing

    @property
    def is_open(self) -> bool:
        """Whether something is being edited."""
        return self.field is not None

    def close(self, take: bool = False) -> None:
        """Close the editor, and take its text if asked to."""
        field, taking = self.field, self._take
        self.field = self._take = None
        if field is None:
            return
        if take and taking is not None:
            taking()
        field.removeEventFilter(self)
        field.hide()
        field.deleteLater()

    def _open(self, field: QLineEdit, place: QRectF, take: Callable[[], bool], width: int) -> None:
        self.close(take=True)
        self.field, self._take = field, take
        self._view.canvas_scene.card.hide()
        view = self._view
        _enlarge_letters(field, 1.0 if place.isEmpty() else view.zoom)
        on_view = view.mapFromScene(place).boundingRect()
        height = max(field.sizeHint().height(), on_view.height())
        width = max(width, on_view.width() + 8)
        box = QRect(0, 0, width, height)
        box.moveCenter(on_view.center())
        limits = view.viewport().rect().adjusted(4, 4, -4, -4)
        left = max(limits.left(), min(box.left(), limits.right() - width))
        top = max(limits.top(), min(box.top(), limits.bottom() - height))
        field.setGeometry(QRect(QPoint(left, top), box.size()))
        field.installEventFilter(self)
        field.show()
        field.setFocus(Qt.FocusReason.PopupFocusReason)
        field.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the text on Enter and when the focus leaves; give it up on Escape."""
        if watched is not self.field or self.field is None:
            return False
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.ShortcutOverride:
            # Letters belong to the editor, not to shortcuts of the window such as S for Step.
            assert isinstance(event, QKeyEvent)
            if not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
                event.accept()
                return True
        if event.type() == QEvent.Type.FocusOut:
            self.close(take=True)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._take is not None and not self._take():
                return False  # The field itself says what is wrong with its text.
            self.close()
        else:
            return False
        self._view.setFocus()
        return True


def _enlarge_letters(field: QLineEdit, zoom: float) -> None:
    """Give a field the letters of what it stands over, which is drawn at this zoom; never smaller
    ones than usual.
    """
    font = look().field_font
    field.setFont(font)
    pixels = round(font.pixelSize() * min(max(zoom, 1.0), LARGEST_LETTERS))
    if pixels != font.pixelSize():
        # The style sheet of the window has the last word about fields of numbers.
        field.setStyleSheet(f"font-size: {pixels}px;")
