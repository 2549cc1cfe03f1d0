"""A field for one number that also takes sums, powers of ten and a decimal comma."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QToolTip, QWidget

from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets import stepping
from neuralbuilder.ui.widgets.arithmetic import NumberTextError, evaluate
from neuralbuilder.ui.widgets.focus import give_back, home_of
from neuralbuilder.ui.widgets.numbers import ABSENT, real_minus, shortest
from neuralbuilder.ui.widgets.section import set_style_property

BUTTON = 24
"""Width of the part with the two chevrons, in pixels."""

_KEY_STEPS: dict[int, int] = {
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: -10,
}


class NumberField(QLineEdit):
    """Shows and edits one number; `value_changed(number)` on Enter, leaving the field or a step.

    `scale` is what the shown number is multiplied with (100 for shares shown in %), `digits` the
    least decimals shown. `logarithmic` steps along 1, 2, 5, 10 … instead of by `step`. A 0 is shown
    as the `zero_word` where there is one; the word can be typed as well as the number.
    A text that is no number in the range gets a red border and a sentence as tooltip, and the
    old number comes back when the field is left.
    """

    value_changed = Signal(object)

    def __init__(
        self,
        value: float = 0,
        *,
        integer: bool = False,
        minimum: float | None = None,
        maximum: float | None = None,
        step: float | None = None,
        logarithmic: bool = False,
        suffix: str = "",
        scale: float = 1.0,
        digits: int = 0,
        minus_sign: bool = True,
        zero_word: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._integer = integer
        self._step = step if step is not None else (1.0 if integer else 0.1)
        self._logarithmic = logarithmic
        self._suffix = suffix
        self._scale = scale
        self._digits = digits
        self._minus_sign = minus_sign
        self._zero_word = zero_word
        self._minimum, self._maximum = minimum, maximum
        self._value: int | float = self._typed(value)
        self._hint = ""
        self._unused = False
        self._wheel_rest = 0
        self._pressed = 0
        self._double_clicked = False
        self._repeat = QTimer(self)
        self._repeat.timeout.connect(self._step_again)
        self.setProperty("mono", True)
        self.setTextMargins(0, 0, BUTTON - 8, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.textEdited.connect(self._check)
        follow(self.update)
        self._show_value()

    def value(self) -> int | float:
        """The number, whatever is being typed."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show another number without a signal. Text that is being typed is kept."""
        value = self._typed(value)
        if value == self._value and type(value) is type(self._value):
            return
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self._show_value()

    def set_range(self, minimum: float | None, maximum: float | None) -> None:
        """Accept other limits from now on; the number itself stays."""
        self._minimum, self._maximum = minimum, maximum

    def set_hint(self, hint: str) -> None:
        """The tooltip while the text is right."""
        self._hint = hint
        if not self.problem():
            self.setToolTip(hint)

    def set_unused(self, unused: bool) -> None:
        """Show a dash that cannot be edited instead of a number that has no use, or the number."""
        if unused != self._unused:
            self._unused = unused
            self.setEnabled(not unused)
            self._show_value()

    def problem(self) -> str:
        """What is wrong with the text, as one sentence; empty if it is a number in the range."""
        if self._unused:
            return ""
        try:
            self._read()
        except NumberTextError as problem:
            return str(problem)
        return ""

    def step_by(self, steps: int) -> None:
        """Move the number up or down, within the range, and tell."""
        if self.isReadOnly() or not self.isEnabled():
            return
        self.commit()
        self._accept(self._inside(self._stepped(steps)))
        self._show_value()

    def commit(self) -> bool:
        """Take the text as the number if it can be read; whether it could."""
        if not self.isModified():
            return True
        try:
            value = self._read()
        except NumberTextError:
            return False
        self._accept(value)
        self._show_value()
        return True

    def sizeHint(self) -> QSize:
        """Room for about seven digits; forms stretch it."""
        return QSize(96, super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step by arrow and page keys, take the text by Enter, give it up by Escape."""
        steps = _KEY_STEPS.get(event.key())
        if steps is not None:
            self.step_by(steps)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter(event)
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self._show_value()
        else:
            super().keyPressEvent(event)

    def _enter(self, event: QKeyEvent) -> None:
        home = home_of(self)
        done = self.commit()
        if done:
            self.selectAll()
        else:
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), self.toolTip(), self)
        super().keyPressEvent(event)
        if done:
            give_back(home)

    def event(self, event: QEvent) -> bool:
        """Leave Space to the window unless a text is being typed; a number holds no blank."""
        if event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and (
            isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
            and not self.isModified()
        ):
            event.ignore()
            return event.type() == QEvent.Type.ShortcutOverride
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the text, or show the old number again if it is none."""
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            if not self.commit():
                self._show_value()
            self._repeat.stop()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step only with the focus, so that scrolling a form changes nothing."""
        if not self.hasFocus():
            event.ignore()
            return
        self._wheel_rest += event.angleDelta().y()
        steps = int(self._wheel_rest / 120)
        self._wheel_rest -= steps * 120
        if steps:
            self.step_by(steps)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Step while a chevron is held."""
        if event.button() != Qt.MouseButton.LeftButton or not self._over_buttons(event):
            super().mousePressEvent(event)
            return
        self._pressed = 1 if event.position().y() < self.height() / 2 else -1
        self.step_by(self._pressed)
        self._repeat.start(400)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stop stepping; of a word nothing is to be kept when a number is typed."""
        self._repeat.stop()
        if self._pressed:
            self._pressed = 0
            return
        self._double_clicked = False
        super().mouseReleaseEvent(event)
        if self._zero_word and self.text() == self._zero_word and not self.hasSelectedText():
            self.selectAll()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A pointing hand would be too much here; the plain arrow says: no text."""
        over = self._over_buttons(event)
        self.setCursor(Qt.CursorShape.ArrowCursor if over else Qt.CursorShape.IBeamCursor)
        if not self._pressed and not self._double_clicked:
            super().mouseMoveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select the whole number; a quick second click on a chevron is a second step."""
        if self._over_buttons(event):
            self.mousePressEvent(event)
            return
        super().mouseDoubleClickEvent(event)
        self._double_clicked = True  # a hand that shakes keeps what is selected
        self.selectAll()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line edit with two chevrons on its right."""
        super().paintEvent(event)
        if self.isReadOnly():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(current().color("muted" if self.isEnabled() else "line"), 1.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        centre = self._buttons().center()
        middle, left = centre.y() + 0.5, centre.x() - 4.0
        for side in (-1, 1):
            tip, foot = middle + side * 7.2, middle + side * 3.2
            corners = [QPointF(left, foot), QPointF(left + 4, tip), QPointF(left + 8, foot)]
            painter.drawPolyline(corners)
        painter.end()

    def _read(self) -> int | float:
        """The number in the text, in the unit of `value`."""
        text = self.text().strip()
        if self._zero_word and text.casefold() == self._zero_word.casefold():
            return self._typed(0)
        if self._zero_word and not text:
            raise NumberTextError(f"Enter a number, or {self._zero_word}.")
        if self._suffix and text.endswith(self._suffix):
            text = text[: -len(self._suffix)]
        value = evaluate(text) / self._scale if self._scale != 1 else evaluate(text)
        if self._integer and value != int(value):
            raise NumberTextError("This has to be a whole number.")
        value = self._typed(value)
        if self._inside(value) != value:
            raise NumberTextError(self._range_sentence())
        return value

    def _range_sentence(self) -> str:
        low, high = (
            None if limit is None else self._figure_of(self._typed(limit))
            for limit in (self._minimum, self._maximum)
        )
        if low is None:
            return f"This has to be at most {high}."
        if high is None:
            return f"This has to be at least {low}."
        return f"This has to be between {low} and {high}."

    def _typed(self, value: float) -> int | float:
        return int(value) if self._integer else float(f"{float(value):.15g}")

    def _inside(self, value: int | float) -> int | float:
        if self._minimum is not None:
            value = max(value, self._typed(self._minimum))
        if self._maximum is not None:
            value = min(value, self._typed(self._maximum))
        return value

    def _stepped(self, steps: int) -> int | float:
        if not self._logarithmic:
            if self._integer:
                return self._typed(self._value + steps * int(self._step))
            return stepping.linear(self._value, steps, self._step)
        smallest = 1.0 if self._integer else stepping.SMALLEST
        if self._minimum is not None and self._minimum > 0:
            smallest = self._minimum
        return self._typed(stepping.logarithmic(self._value, steps, smallest))

    def _accept(self, value: int | float) -> None:
        if value != self._value:
            self._value = value
            self.value_changed.emit(value)

    def _text_of(self, value: int | float) -> str:
        return self._zero_word if self._zero_word and value == 0 else self._figure_of(value)

    def _figure_of(self, value: int | float) -> str:
        if self._integer and self._scale == 1:
            text = str(value)
        else:
            text = shortest(float(f"{value * self._scale:.15g}"), self._digits)
        if self._minus_sign:
            text = real_minus(text)
        return f"{text} {self._suffix}" if self._suffix else text

    def _show_value(self) -> None:
        self.setText(ABSENT if self._unused else self._text_of(self._value))
        self.setModified(False)
        if not self.hasFocus():
            self.setCursorPosition(0)
        self._check()

    def _check(self) -> None:
        problem = self.problem() if self.isModified() else ""
        set_style_property(self, "invalid", bool(problem))
        self.setToolTip(problem or self._hint)

    def _step_again(self) -> None:
        self._repeat.setInterval(60)
        self.step_by(self._pressed)

    def _buttons(self) -> QRect:
        return QRect(self.width() - BUTTON - 1, 0, BUTTON, self.height())

    def _over_buttons(self, event: QMouseEvent) -> bool:
        return not self.isReadOnly() and self._buttons().contains(event.position().toPoint())
