"""The bar at the bottom: what one can do, what has just happened, and how training stands."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QElapsedTimer, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from neuralbuilder.engine.layout import layout
from neuralbuilder.engine.shapes import infer
from neuralbuilder.problems import Problem
from neuralbuilder.training.messages import Snapshot
from neuralbuilder.ui.bars import Bar
from neuralbuilder.ui.best_button import BestButton
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.numbers import ABSENT, compact, thousands
from neuralbuilder.ui.widgets.section import label
from neuralbuilder.ui.workspace import Workspace

HEIGHT = 29
SIZE = 11
"""Pixels of the numbers' letters."""
NOTICE_SECONDS = 8
READABLE = 90
"""Milliseconds that the numbers of a running training stay, since nobody reads faster."""
ROOMY = 1450
"""Pixels of a window in which the key hints have room beside the best weights."""
KEYS = (
    ("Space", "train/pause"),
    ("S", "step"),
    ("E", "epoch"),
    ("R", "rewind"),
    ("F", "fit"),
    ("?", "shortcuts"),
)
COLUMNS = {"fps": 6, "speed": 14, "epoch": 11, "step": 12, "loss": 18, "test": 11, "parameters": 0}
"""The numbers from left to right, with the room in characters that they have from the start. Those
that vanish when nothing runs are on the left, where they leave no hole."""
STATUS_TEXTS = {
    "starting": "starting the training process …",
    "waiting": "waiting until the design fits",
    "ended": "training process ended",
}


class SteadyLabel(QWidget):
    """A number whose place, of `room` characters, only grows: its neighbours do not dance.

    It paints its text itself: a `QLabel` would have the whole window laid out anew for every
    number that changes.
    """

    def __init__(self, name: str, room: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._text = ""
        self._longest = room
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow(self._measure)
        self._measure()

    def text(self) -> str:
        """What is shown."""
        return self._text

    def show_value(self, value: str, unit: str = "", name: str = "") -> None:
        """Show a value after a name, or before its unit; nothing for an empty one."""
        text = (f"{value} {unit}" if unit else f"{name or self._name} {value}") if value else ""
        if text == self._text:
            return
        self._text = text
        if len(text) > self._longest:
            self._longest = len(text)
            self._measure()
        if self.isHidden() == bool(text):
            self.setVisible(bool(text))
        self.update()

    def _measure(self) -> None:
        metrics = QFontMetrics(current().font("mono", SIZE))
        self.setFixedSize(metrics.horizontalAdvance("0" * self._longest) + 1, metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, at the right end."""
        painter = QPainter(self)
        painter.setFont(current().font("mono", SIZE))
        painter.setPen(current().color("muted"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), right, self._text)
        painter.end()


class ProblemButton(QToolButton):
    """How many problems the design has; its menu jumps to the layer of each."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._shown: tuple[Problem, ...] = ()
        self.setProperty("flat", True)
        self.setProperty("small", True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        workspace.project_changed.connect(self._project_changed)
        workspace.samples_changed.connect(self.refresh)
        self.refresh()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the button counts: everything but advice."""
        return self._shown

    @Slot(object, object)
    def _project_changed(self, old: object, new: object) -> None:
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Count the problems of the present project."""
        found = self._workspace.problems
        self._shown = tuple(p for p in found if p.severity != "advice")
        errors = any(p.severity == "error" for p in self._shown)
        count = len(self._shown)
        self.setVisible(count > 0)
        self.setText(f" {count} problem" if count == 1 else f" {count} problems")
        if count:
            kind = "error" if errors else "warning"
            current().bind_icon(self, kind, kind)
            first = self._shown[0]
            self.setToolTip(f"{first.message}\n{first.hint}".strip())

    def jump_to(self, problem: Problem) -> None:
        """Select the layer of a problem, or nothing where it concerns the whole."""
        nodes = frozenset({problem.node}) if problem.node else frozenset()
        selection = replace(self._workspace.selection, nodes=nodes, neuron=None)
        self._workspace.select(selection)

    def _fill(self) -> None:
        self._menu.clear()
        names = {node.id: node.name for node in self._workspace.project.nodes}
        for problem in self._shown:
            place = f"{names[problem.node]}: " if problem.node in names else ""
            action = self._menu.addAction(f"{place}{problem.message}".replace("&", "&&"))
            action.setToolTip(problem.hint)
            action.setData(problem)
            action.triggered.connect(self._chosen)

    def _chosen(self) -> None:
        action = self.sender()
        if action is not None:
            self.jump_to(action.data())  # type: ignore[attr-defined]


class StatusLine(Bar):
    """Key hints or a message on the left; epoch, step, speed, losses on the right."""

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(HEIGHT, False, parent)
        self._workspace = workspace
        self._runner = runner
        self._notice = ""
        self._hover = ""
        self._frames: deque[int] = deque(maxlen=200)
        self._clock, self._since_values = QElapsedTimer(), QElapsedTimer()
        self._clock.start()
        self._since_values.start()
        self.row.setContentsMargins(16, 1, 16, 0)
        self.row.setSpacing(20)
        self.hints = label("", "small", self)
        self.hints.setTextFormat(Qt.TextFormat.RichText)
        self.message = label("", "small", self)
        self.best = BestButton(runner, self)
        self.problems = ProblemButton(workspace, self)
        self.row.addWidget(self.hints)
        self.row.addWidget(self.message, 1)
        self.row.addStretch(1)
        self.row.addWidget(self.best)
        self.row.addWidget(self.problems)
        self.values = {name: SteadyLabel(name, room, self) for name, room in COLUMNS.items()}
        for value in self.values.values():
            self.row.addWidget(value)
            value.hide()
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(NOTICE_SECONDS * 1000)
        self._quiet.timeout.connect(self._forget_notice)
        self._connect()

    def _connect(self) -> None:
        self._runner.snapshot_arrived.connect(self._take)
        self._runner.emptied.connect(self._empty)
        self._runner.status_changed.connect(self._status_changed)
        self._runner.notice.connect(self.tell)
        self._workspace.project_changed.connect(self._count_parameters)
        follow(self._show_hints)
        self._show_hints()
        self._count_parameters()

    def tell(self, text: str) -> None:
        """Show what has just happened for some seconds."""
        self._notice = text
        self._quiet.start()
        self._show_message()

    def show_hover(self, text: str) -> None:
        """Show the hint of what is under the pointer; an empty text takes it away."""
        self._hover = text
        self._show_message()

    def note_frame(self) -> None:
        """Count one repaint of the window."""
        self._frames.append(self._clock.elapsed())

    def close_down(self) -> None:
        """Stop the timer."""
        self._quiet.stop()

    def _forget_notice(self) -> None:
        self._notice = ""
        self._show_message()

    def _show_message(self) -> None:
        text = self._hover or self._notice or STATUS_TEXTS.get(self._runner.status, "")
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the key hints where there is room for them."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        fits = self.best.isHidden() or self.width() >= ROOMY
        self.hints.setVisible(fits and not self.message.text())

    @Slot()
    def _show_hints(self) -> None:
        theme = current()
        text, muted = theme.color("text").name(), theme.color("muted").name()
        parts = [
            f'<span style="color:{text}">{key}</span>&nbsp;'
            f' <span style="color:{muted}">{what}</span>'
            for key, what in KEYS
        ]
        self.hints.setText("&nbsp;&nbsp;&nbsp; ".join(parts))

    @Slot(str)
    def _status_changed(self, status: str) -> None:
        if status == "running":
            self._notice = ""
        else:
            self._show_speed(0, 0)
        self._show_message()

    @Slot()
    def _empty(self) -> None:
        """Nothing that is known belongs to the present network."""
        for name in ("epoch", "step", "loss", "test"):
            self.values[name].show_value("")
        self._show_speed(0, 0)

    def _show_speed(self, rate: int, frames: int) -> None:
        self.values["speed"].show_value(thousands(rate) if rate else "", "steps/s")
        self.values["fps"].show_value(str(frames) if frames else "", "fps")

    @Slot(object, object)
    def _count_parameters(self, old: object = None, new: object = None) -> None:
        graph = self._workspace.project.graph()
        count = layout(graph, infer(graph)).trainable_count
        self.values["parameters"].show_value(
            thousands(count), "parameter" if count == 1 else "parameters"
        )

    @Slot(object)
    def _take(self, snapshot: Snapshot) -> None:
        if snapshot.status == "running" and self._since_values.elapsed() < READABLE:
            return
        self._since_values.restart()
        values, metrics = self.values, snapshot.metrics
        values["epoch"].show_value(thousands(snapshot.epoch))
        values["step"].show_value(thousands(snapshot.step))
        # While weights change, the mini-batches tell more quickly how it goes; at rest there is one
        # loss of the training part, and it is that of these weights.
        running = snapshot.status == "running"
        self._show_part(values["loss"], "mini-batches" if running else "train", metrics)
        self._show_part(values["test"], held_out(metrics), metrics)
        self._make_room()
        if snapshot.status == "running" and self._runner.status == "running":
            self._show_speed(round(snapshot.steps_per_second), self.frames_per_second())
        else:
            self._show_speed(0, 0)

    def _show_part(self, value: SteadyLabel, part: str, metrics: Mapping[str, float]) -> None:
        """The loss of a part of the data, and its share of right classes."""
        loss, accuracy = metrics.get(f"loss/{part}"), metrics.get(f"accuracy/{part}")
        text = ABSENT if loss is None else compact(loss)
        if loss is not None and accuracy is not None:
            text += f" · {100 * accuracy:.1f} %"
        value.show_value(text, name=part)
        value.setToolTip(_explained(part, metrics.get(f"samples/{part}")))

    def frames_per_second(self) -> int:
        """How often the window was repainted in the last second."""
        now = self._clock.elapsed()
        return sum(1 for moment in self._frames if now - moment <= 1000)


def held_out(metrics: Mapping[str, float]) -> str:
    """The part that is not trained on whose measures are shown: "test", or else "validation"."""
    has_others = "loss/test" not in metrics and "loss/validation" in metrics
    return "validation" if has_others else "test"


def _explained(part: str, samples: float | None) -> str:
    """What the number that stands after the name of a part is."""
    if part == "mini-batches":
        return "Mean loss of the newest mini-batches, of weights that go on changing."
    if samples is None:
        return ""
    return f"Loss of the weights as they are, measured on {thousands(int(samples))} {part} samples."
