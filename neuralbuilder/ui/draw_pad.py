"""A pad to draw an input by mouse; the network answers while one draws."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QColor
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.data.drawing import (
    ColourStyle,
    Style,
    as_colour_input,
    as_input,
    colour_style_of,
    style_of,
)
from neuralbuilder.insights.base import OwnInput
from neuralbuilder.insights.images import is_colour
from neuralbuilder.ui.answers import Answers, Arrays, answers_of
from neuralbuilder.ui.paper import (
    BLACK,
    THINNEST,
    USUAL,
    WHITE,
    WIDEST,
    ColourRow,
    Paper,
    away_from,
)
from neuralbuilder.ui.widgets.section import elided, label
from neuralbuilder.ui.workspace import Workspace

SETTLE = 30
"""Milliseconds from a stroke to the question what the network says to it."""


class DrawPad(QDialog):
    """Draws an input, which stands in the place of the selected sample until the pad is closed.

    It is centred and scaled as the data are; a picture in colour is taken as it is drawn, in the
    proportions of the data. `show_arrays` takes the live values of the canvas.
    """

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draw_pad")
        self.setWindowTitle("Draw an input")
        self._workspace = workspace
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE)
        self._settle.timeout.connect(self._show_drawing)
        self.paper, self.answers, self.colours = Paper(self), Answers(self), ColourRow(self)
        self.pen_button, self.eraser_button = self._tool("Pen"), self._tool("Eraser")
        self.clear_button = QPushButton("Clear", self)
        self.size_slider = QSlider(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self._connect()
        self._measure()

    def _tool(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setCheckable(True)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        self.pen_button.setChecked(True)
        self.clear_button.setAutoDefault(False)
        tools = QButtonGroup(self)
        tools.addButton(self.pen_button)
        tools.addButton(self.eraser_button)
        self.size_slider.setRange(THINNEST, WIDEST)
        self.size_slider.setValue(USUAL)
        self.size_slider.setAccessibleName("Width of the pen")
        self.size_slider.setToolTip("Width of the pen")
        row = QHBoxLayout()
        for widget in (self.pen_button, self.eraser_button, self.clear_button):
            row.addWidget(widget)
        left = QVBoxLayout()
        left.addWidget(self.paper)
        left.addLayout(row)
        left.addWidget(self.colours)
        left.addWidget(self.size_slider)
        left.addStretch(1)
        self.note = elided("", "note", self)
        right = QVBoxLayout()
        right.addWidget(label("The network says", "section", self))
        right.addWidget(self.answers)
        right.addWidget(self.note)
        right.addStretch(1)
        both = QHBoxLayout(self)
        both.setContentsMargins(16, 16, 16, 16)
        both.setSpacing(16)
        both.addLayout(left)
        both.addLayout(right)

    def _connect(self) -> None:
        self.paper.drawn.connect(self._settle.start)
        self.clear_button.clicked.connect(self.paper.clear)
        self.eraser_button.toggled.connect(self._erase)
        self.colours.chosen.connect(self._set_colour)
        self.size_slider.valueChanged.connect(self._set_pen_width)
        self._workspace.samples_changed.connect(self._measure)
        self._workspace.project_changed.connect(self._project_changed)

    # ------------------------------------------------------------ following

    @Slot()
    def _measure(self) -> None:
        """Look how the images of the data are made."""
        samples = self._workspace.samples
        self._style: Style | ColourStyle | None = None
        if samples is None or not self._workspace.draws:
            self.close()
            return
        in_colour = is_colour(samples.input_shape)
        self._style = colour_style_of(samples) if in_colour else style_of(samples)
        ground, pen = BLACK, WHITE
        if isinstance(self._style, ColourStyle):
            ground = QColor(*self._style.ground)
            pen = away_from(ground)
        self.paper.set_form(self._style.height, self._style.width, ground, pen)
        self.colours.choose(self.paper.pen)
        self.colours.setVisible(in_colour)

    @Slot(object, object)
    def _project_changed(self, old: object, new: object) -> None:
        if not self._workspace.draws:
            self.close()

    @Slot(bool)
    def _erase(self, erases: bool) -> None:
        self.paper.erases = erases

    @Slot(object)
    def _set_colour(self, colour: QColor) -> None:
        self.paper.pen = colour
        self.pen_button.setChecked(True)

    @Slot(int)
    def _set_pen_width(self, width: int) -> None:
        self.paper.pen_width = width

    @Slot()
    def _show_drawing(self) -> None:
        if self._style is None:
            return
        if isinstance(self._style, ColourStyle):
            values = as_colour_input(self.paper.picture(), self._style)
        else:
            values = as_input(self.paper.ink(), self._style)
        values.flags.writeable = False
        selection = self._workspace.selection
        self._workspace.select(replace(selection, own_input=OwnInput(values)))

    @Slot(object)
    def show_arrays(self, arrays: Arrays) -> None:
        """Show the answer among the live values of the canvas, while it is about the drawing."""
        workspace = self._workspace
        output = next((n.id for n in workspace.project.nodes if n.layer.role == "output"), "")
        samples = workspace.samples
        # The answer to a drawing has no right value beside it.
        if samples is None or "y" in arrays:
            self.answers.show_answers(())
        else:
            self.answers.show_answers(answers_of(samples, output, arrays))

    # ------------------------------------------------------------ end

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        event.accept()

    def done(self, result: int) -> None:
        """Close; the selected sample is shown again."""
        self._settle.stop()
        self._workspace.select(replace(self._workspace.selection, own_input=None))
        super().done(result)
