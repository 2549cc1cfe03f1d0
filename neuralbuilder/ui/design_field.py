"""The network as one line of text in the tool bar, editable both ways."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget

from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.text import TextError, parse, print_design
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.focus import give_back, home_of
from neuralbuilder.ui.widgets.numbers import number_at
from neuralbuilder.ui.widgets.section import label, set_style_property
from neuralbuilder.ui.workspace import Workspace

HINT = (
    "The whole network as text: input space -> neurons activation -> output.\n"
    "For example R^4 -> 3 tanh -> R^2, or for images\n"
    "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> 10 softmax.\n"
    "Enter applies it, Escape gives it up."
)
LEFT = 9
"""Pixels from the edge of the field to its text: border and padding of the style sheet."""
TICK = 24
"""Pixels that the tick takes on the right."""
CURSOR = 4
USUAL_WIDTH = 500
SIZES = {"usual": "mono", "small": "mono_less", "smallest": "mono_small"}
"""The letters of the style sheet and their fonts, from which the first that fit are taken."""


class DesignField(QLineEdit):
    """Shows the network in its text form; Enter applies what was typed.

    A tick says that the text is a network that can be trained, an amber mark that something about
    it does not fit, which the tooltip says. Where the text is no network a mark stands under the
    column at fault and the sentence below the field says what was expected there.
    """

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._column: int | None = None
        self._fits = False
        self._problem = ""
        self._message: QLabel | None = None
        self.setProperty("mono", True)
        self.setTextMargins(0, 0, TICK, 0)
        self.setPlaceholderText("R^4 -> 3 tanh -> R^2")
        self.setAccessibleName("Network as text")
        self.setToolTip(HINT)
        self.setStatusTip("The whole network as text: Enter applies, Escape gives up")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(200)
        self.textEdited.connect(self._judge)
        self.returnPressed.connect(self.apply)
        workspace.project_changed.connect(self._project_changed)
        follow(self._fit)
        self.show_design()

    def sizeHint(self) -> QSize:
        """The width of the picture of the design; a longer text takes what is free beside it."""
        return QSize(USUAL_WIDTH, 32)

    @Slot()
    def _fit(self) -> None:
        """Take the room that the text needs, and letters that fit into the room there is."""
        self.setMaximumWidth(max(USUAL_WIDTH, self._needed("usual")))
        sizes = (size for size in SIZES if self._needed(size) <= self.width())
        set_style_property(self, "letters", next(sizes, "small"))
        self.update()

    def _needed(self, size: str) -> int:
        """The width of the field that shows the whole text in letters of this size."""
        text = QFontMetricsF(current().font(SIZES[size])).horizontalAdvance(self.text())
        return ceil(text) + 2 * LEFT + TICK + CURSOR

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Letters that fit; those of a text that is being typed stay as they are."""
        super().resizeEvent(event)
        if not self.isModified():
            self._fit()

    @property
    def error_column(self) -> int | None:
        """The column, from 1, at which the text stops being a network; None when it is one."""
        return self._column

    @property
    def message(self) -> str:
        """What is wrong with the text; empty when it is a network."""
        return self._message.text() if self._message is not None and self._column else ""

    def show_design(self) -> None:
        """Show the present network, whatever was being typed."""
        self.setText(print_design(self._workspace.project))
        self.setModified(False)
        self._fit()
        self.setCursorPosition(0)
        self._judge(self.text(), quietly=True)
        self._show_problems()

    def _show_problems(self) -> None:
        """Note the first thing that keeps the network from being trained."""
        errors = [p for p in self._workspace.problems if p.severity == "error"]
        self._problem = str(errors[0]) if errors else ""
        # The whole text is to be read somewhere where the field is too narrow for it.
        whole = print_design(self._workspace.project)
        self.setToolTip("\n\n".join(part for part in (self._problem, HINT, whole) if part))
        self.update()

    @Slot()
    def apply(self) -> None:
        """Make the network what the text says, in one undoable step; the canvas gets the keys."""
        if not self.isModified() or self._column is not None:
            self._judge(self.text())
            if self._column is None:
                give_back(home_of(self))
            return
        try:
            workspace = self._workspace
            project = edits.set_design(workspace.project, self.text(), workspace.source)
        except UserError as error:
            self._show_problem(1, str(error))
            return
        self.setModified(False)
        self._workspace.apply("Change the network", project)
        self.show_design()
        give_back(home_of(self))

    @Slot(object, object)
    def _project_changed(self, old: object, new: object) -> None:
        if not (self.hasFocus() and self.isModified()):
            self.show_design()

    def _judge(self, text: str, quietly: bool = False) -> None:
        """Say whether the text is a network; a network being built shows no mark of its own."""
        try:
            parse(text)
        except TextError as error:
            self._fits = False
            if quietly:
                self._show_problem(None, "")
            else:
                self._show_problem(error.column, str(error))
        else:
            self._fits = True
            self._show_problem(None, "")

    def _show_problem(self, column: int | None, message: str) -> None:
        self._column = column
        set_style_property(self, "invalid", column is not None)
        bubble = self._bubble()
        bubble.setText(message)
        bubble.setVisible(bool(message) and self.hasFocus())
        if bubble.isVisible():
            bubble.adjustSize()
            bubble.move(self.mapTo(self.window(), QPoint(0, self.height() + 4)))
            bubble.raise_()
        self.update()

    def _bubble(self) -> QLabel:
        """The sentence below the field; a child of the window, so that it may overlap."""
        if self._message is None or self._message.parentWidget() is not self.window():
            if self._message is not None:
                self._message.deleteLater()
            self._message = label("", "card", self.window())
            self._message.setMargin(7)
            self._message.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._message.hide()
        return self._message

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what was typed."""
        if event.key() == Qt.Key.Key_Escape:
            self.show_design()
            self.clearFocus()
            give_back(home_of(self))
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select a word, and a number with all its digits."""
        super().mouseDoubleClickEvent(event)
        place = number_at(self.text(), self.cursorPositionAt(event.position().toPoint()))
        if place is not None:
            self.setSelection(place[0], place[1] - place[0])

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was typed but not applied stays until Enter or Escape; the sentence goes."""
        super().focusOutEvent(event)
        if self._message is not None:
            self._message.hide()
        if not self.isModified():
            self.show_design()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line edit, a tick on its right, or a mark under the column at fault."""
        super().paintEvent(event)
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() - 18, self.height() / 2)
        if self._column is not None:
            painter.setPen(QPen(theme.color("error"), 1.8))
            for side in (-1, 1):
                painter.drawLine(middle + QPointF(-4, -4 * side), middle + QPointF(4, 4 * side))
            painter.fillRect(self._mark(), theme.color("error"))
        elif self._fits and not self._problem:
            painter.setPen(QPen(theme.color("good"), 1.8))
            tick = (QPointF(-4.5, 0.5), QPointF(-1.5, 3.5), QPointF(4.5, -4))
            painter.drawPolyline([middle + corner for corner in tick])
        elif self._fits:
            painter.setPen(QPen(theme.color("warning"), 1.8))
            painter.drawLine(middle + QPointF(0, -5), middle + QPointF(0, 1.5))
            painter.drawPoint(middle + QPointF(0, 5))
        painter.end()

    def _mark(self) -> QRectF:
        """Where the column at fault stands; the field may have scrolled, the cursor knows."""
        metrics = self.fontMetrics()
        column = (self._column or 1) - 1
        text = self.text()
        cursor = metrics.horizontalAdvance(text[: self.cursorPosition()])
        origin = self.cursorRect().center().x() - cursor
        left = origin + metrics.horizontalAdvance(text[:column])
        width = metrics.horizontalAdvance(text[column : column + 1] or " ")
        left = min(max(left, LEFT), self.width() - 34)
        return QRectF(left, self.height() - 6, max(width, 6), 2)
