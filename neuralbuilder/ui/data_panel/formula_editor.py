"""Formulas as they are on paper; a click turns them into a text to edit."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from neuralbuilder.data.formulas import BadFormula, FormulaDataset, parse_formula
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.focus import give_back, home_of
from neuralbuilder.ui.widgets.numbers import number_at
from neuralbuilder.ui.widgets.section import label

SHOWN = 8
PAUSE = 600
"""Milliseconds without a key after which a formula that can be read is used."""

HINT = (
    "One output per line, such as y1 = sin(x1) + x2*x3.\n"
    "Knows + − * / ^, pi, e, and sin cos tan exp log sqrt abs tanh sigmoid relu step min max."
)


class FormulaEditor(QWidget):
    """Shows the formulas of a dataset and lets the user edit them in place.

    `edited(dataset)` carries the dataset with the new formulas: on Ctrl+Enter, when the editor
    is left, and after a pause in typing. What cannot be read stays in the editor, underlined at
    the place in question, with the reason below.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset = FormulaDataset()
        self.pretty = PrettyFormulas(self)
        self.pretty.clicked.connect(self.edit)
        self.editor = FormulaText(self)
        self.editor.textChanged.connect(self._look)
        self.editor.finished.connect(self._finish)
        self.editor.given_up.connect(self._give_up)
        self.reason = label("", "error", self)
        self.reason.setWordWrap(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self._commit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.editor, self.pretty, self.reason):
            column.addWidget(widget)
        self.editor.hide()
        self.reason.hide()

    def set_dataset(self, dataset: FormulaDataset) -> None:
        """Show these formulas; what is being typed stays."""
        self._dataset = dataset
        if not self.editor.isVisibleTo(self):
            self._show_pretty()
        elif not self.editor.document().isModified():
            self._fill()
        self._look()

    def edit(self) -> None:
        """Turn into an editor."""
        self._fill()
        self.editor.show()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self._look()

    def problem(self) -> str:
        """Why the text cannot be used; empty if it can, or if nothing is being edited."""
        return self.reason.text() if self.reason.isVisibleTo(self) else ""

    def _fill(self) -> None:
        text = "\n".join(self._dataset.formulas)
        if text != self.editor.toPlainText():
            self.editor.setPlainText(text)
        self.editor.document().setModified(False)

    def _show_pretty(self) -> None:
        self.pretty.set_lines([str(formula) for formula in self._dataset.parsed()])

    def _read(self) -> FormulaDataset:
        dataset: FormulaDataset = changed(self._dataset, formulas=self.editor.formulas())
        return dataset

    def _look(self) -> None:
        """Print what can be read so far, and say what cannot."""
        if not self.editor.isVisibleTo(self):
            self.reason.hide()
            return
        self._pause.stop()
        try:
            dataset = self._read()
        except UserError as error:
            place = error if isinstance(error, BadFormula) else None
            self.editor.mark(place.formula if place else 0, place.column if place else 0)
            self.reason.setText(error.message)
            self.reason.setToolTip(error.hint)
            self.reason.show()
            self.pretty.set_lines(self._readable())
            return
        self.editor.mark(0, 0)
        self.reason.hide()
        self.pretty.set_lines([str(formula) for formula in dataset.parsed()])
        if self.editor.document().isModified():
            self._pause.start()

    def _readable(self) -> list[str]:
        """The formulas that can be read already, in their places."""
        lines = []
        for position, text in enumerate(self.editor.formulas(), start=1):
            try:
                lines.append(str(parse_formula(text, position, self._dataset.inputs)))
            except UserError:
                lines.append("…")
        return lines

    def _commit(self) -> bool:
        """Use the text if it can be read; whether it could."""
        self._pause.stop()
        try:
            dataset = self._read()
        except UserError:
            return False
        self.editor.document().setModified(False)
        if dataset != self._dataset:
            self._dataset = dataset
            self.edited.emit(dataset)
        return True

    def _finish(self) -> None:
        if self.editor.isVisibleTo(self) and self._commit():
            self._close()

    def _give_up(self) -> None:
        self._pause.stop()
        self.editor.document().setModified(False)
        self._close()

    def _close(self) -> None:
        home = home_of(self) or self.pretty
        had_focus = self.editor.hasFocus()
        self.editor.hide()
        self.reason.hide()
        self._show_pretty()
        if had_focus:
            give_back(home)


class FormulaText(QPlainTextEdit):
    """The text being edited, as high as its lines."""

    finished = Signal()
    given_up = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("mono", True)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Formulas")
        self.setToolTip(HINT + "\nCtrl+Enter: done. Escape: as before.")
        self.textChanged.connect(self.updateGeometry)

    def formulas(self) -> tuple[str, ...]:
        """The lines that hold something."""
        lines = self.toPlainText().replace(";", "\n").splitlines()
        return tuple(line.strip() for line in lines if line.strip())

    def mark(self, formula: int, column: int) -> None:
        """Underline the place of an error, counted from 1; nothing for formula 0."""
        cursor = self._cursor_at(formula, column)
        if cursor is None:
            self.setExtraSelections([])
            return
        shape = QTextCharFormat()
        shape.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        shape.setUnderlineColor(current().color("error"))
        shape.setBackground(current().color("error", 0.25))
        selection = QTextEdit.ExtraSelection()
        selection.cursor, selection.format = cursor, shape  # type: ignore[attr-defined]
        self.setExtraSelections([selection])

    def _cursor_at(self, formula: int, column: int) -> QTextCursor | None:
        if ";" in self.toPlainText():
            return None
        count = 0
        block = self.document().begin()
        while block.isValid():
            text = block.text()
            count += bool(text.strip())
            if text.strip() and count == formula:
                start = len(text) - len(text.lstrip()) + column - 1
                start = max(0, min(start, len(text) - 1))
                cursor = QTextCursor(block)
                cursor.setPosition(block.position() + start)
                cursor.movePosition(
                    QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor
                )
                return cursor
            block = block.next()
        return None

    def sizeHint(self) -> QSize:
        """Two to eight lines."""
        pitch = QFontMetricsF(self.font()).lineSpacing()
        return QSize(120, round(min(max(self.blockCount(), 2), SHOWN) * pitch) + 14)

    def minimumSizeHint(self) -> QSize:
        """As `sizeHint`: no line is hidden for lack of room."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter is done, Escape gives up; every other key edits."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finished.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select a word, and a number with all its digits."""
        super().mouseDoubleClickEvent(event)
        cursor = self.cursorForPosition(event.position().toPoint())
        place = number_at(cursor.block().text(), cursor.positionInBlock())
        if place is not None:
            start = cursor.block().position()
            cursor.setPosition(start + place[0])
            cursor.setPosition(start + place[1], QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving for another widget is done, too; leaving the window or for a menu is not."""
        super().focusOutEvent(event)
        elsewhere = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
        if event.reason() not in elsewhere:
            self.finished.emit()


class PrettyFormulas(QWidget):
    """The formulas in mathematical print; a click, Enter or Space asks to edit them."""

    clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines: list[str] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        follow(self.update)

    def lines(self) -> list[str]:
        """The formulas as printed."""
        return self._lines

    def set_lines(self, lines: list[str]) -> None:
        """Show these formulas."""
        if lines != self._lines:
            self._lines = lines
            self.setToolTip("\n".join(lines) + "\n\nClick to edit.")
            self.setAccessibleName("Formulas: " + "; ".join(lines))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """One row per formula, up to a limit."""
        return QSize(120, 8 + self._pitch() * min(max(1, len(self._lines)), SHOWN))

    def minimumSizeHint(self) -> QSize:
        """As high as `sizeHint`."""
        return QSize(40, self.sizeHint().height())

    def _pitch(self) -> int:
        return round(QFontMetricsF(current().font("mono", 11)).lineSpacing() * 1.35)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click asks to edit."""
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """So do Enter, Space and F2."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2)
        if event.key() in keys:
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The frame comes and goes with the mouse and the focus."""
        kinds = (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave, QEvent.Type.FocusIn)
        if event.type() in kinds or event.type() == QEvent.Type.FocusOut:
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines, shortened where they do not fit."""
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(theme.color("accent" if self.hasFocus() else "line"), 1))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        painter.setPen(theme.color("muted"))
        painter.setFont(theme.font("mono", 11))
        shown = self._lines[:SHOWN]
        if len(self._lines) > SHOWN:
            shown[-1] = f"… {len(self._lines) - SHOWN + 1} more"
        pitch = self._pitch()
        for i, text in enumerate(shown):
            box = self.rect().adjusted(4, 0, -4, 0)
            box.setTop(4 + i * pitch)
            box.setHeight(pitch)
            short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, short)
        painter.end()
