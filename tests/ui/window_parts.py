"""What the tests of the window share: a real window with a real training process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui import theme
from neuralbuilder.ui.canvas import layer_mime
from neuralbuilder.ui.window import MainWindow

PATIENCE = 20_000


@contextmanager
def open_window(
    qtbot: QtBot, document: Document | None = None, ready: bool = True
) -> Iterator[MainWindow]:
    """A window of 1400 × 900 whose training process answers; closed and deleted afterwards."""
    theme.install(QApplication.instance(), "dark")
    window = MainWindow(document or Document(example()))
    window.resize(1400, 900)
    window.show()
    try:
        if ready:
            qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
        yield window
    finally:
        if isValid(window):
            close(window)


def close(window: MainWindow) -> None:
    """Close without a question, and delete."""
    window.close_now()
    QApplication.processEvents()


def drop_layer(window: MainWindow, name: str, x: float, y: float) -> None:
    """Drag a layer from the palette to a point of the canvas scene, as Qt would deliver it."""
    view = window.canvas.view
    at = view.mapFromScene(QPointF(x, y))
    drag(view.viewport(), at, layer_mime(name))


def drag(target: QWidget, at: QPoint, mime) -> QDropEvent:
    """Enter, move and drop at a point of a widget; the drop event."""
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    action = Qt.DropAction.CopyAction
    for kind in (QDragEnterEvent, QDragMoveEvent):
        QApplication.sendEvent(target, kind(at, action, mime, buttons, keys))
    drop = QDropEvent(QPointF(at), action, mime, buttons, keys)
    QApplication.sendEvent(target, drop)
    return drop


def train_until(qtbot: QtBot, window: MainWindow, done: Callable[[dict[str, float]], bool]) -> None:
    """Train until the measured values satisfy `done`, then pause."""
    runner = window.runner
    runner.train()
    qtbot.waitUntil(
        lambda: runner.last is not None and done(dict(runner.last.metrics)), timeout=PATIENCE
    )
    runner.pause()
    settle(qtbot, window)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until training rests and the workspace holds its weights."""
    runner = window.runner
    qtbot.waitUntil(lambda: runner.settled and not runner.is_running, timeout=PATIENCE)
    arrived: list[bool] = []
    runner.after_state(lambda: arrived.append(True))
    qtbot.waitUntil(lambda: bool(arrived), timeout=PATIENCE)


def steps(window: MainWindow) -> int:
    """How many mini-batches the workspace knows of."""
    state = window.workspace.state
    return state.step if state is not None else 0
