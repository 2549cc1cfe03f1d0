"""A picture of the real window, made without a screen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from neuralbuilder.problems import Problem, UserError
from neuralbuilder.project.files import Document, load, write
from neuralbuilder.ui.application import make_application
from neuralbuilder.ui.png import png_of
from neuralbuilder.ui.settings import Settings
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.window import SMALLEST_SIZE, MainWindow
from neuralbuilder.ui.workspace import Selection

SAMPLE = 16
START_PATIENCE = 60.0
"""Seconds that the training process may take to start and to answer."""


def take(
    source: Path | Document,
    png: Path,
    size: tuple[int, int] = (1600, 1000),
    theme: str = "dark",
    train_epochs: int = 0,
) -> None:
    """Save a picture of the window with this document, trained for so many epochs, as PNG.

    The training runs in its own process as always; the picture is made when every figure in the
    window has arrived. Raises `UserError` when the file cannot be read, the network cannot be
    trained, or the picture cannot be written.
    """
    if size[0] < SMALLEST_SIZE.width() or size[1] < SMALLEST_SIZE.height():
        least = f"{SMALLEST_SIZE.width()} × {SMALLEST_SIZE.height()}"
        raise UserError(f"The window is at least {least} pixels large.", "Give a larger size.")
    document, path = (source, None) if isinstance(source, Document) else (load(source), source)
    if QApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = make_application(["neuralbuilder"], theme)
    before = current().mode
    current().set_mode(theme)
    window = MainWindow(document, path, Settings(temporary=True))
    window.resize(*size)
    window.show()
    try:
        _fill(application, window, train_epochs)
        write(png, png_of(window.grab().toImage()))
    finally:
        window.close_now()
        current().set_mode(before)
        application.processEvents()


def _fill(application: QApplication, window: MainWindow, epochs: int) -> None:
    """Train, select a neuron, and wait until everything is shown."""
    runner = window.runner
    failures: list[Problem] = []
    runner.failed.connect(failures.append)
    drawable = not any(p.severity == "error" for p in window.workspace.problems)
    if drawable:
        _wait(application, lambda: runner.settled or bool(failures), START_PATIENCE)
        if epochs and not failures:
            runner.train_epochs(epochs)
            _wait(application, lambda: runner.status != "running", None)
        select_neuron(window)
        _wait(application, lambda: runner.settled or bool(failures), START_PATIENCE)
    if failures and epochs:
        raise UserError(failures[0].message, failures[0].hint)
    window.banner.dismiss()
    window.canvas.view.fit()
    for _ in range(3):  # layouts, then what depends on their sizes
        application.processEvents()


def select_neuron(window: MainWindow) -> None:
    """Select the second neuron of the first hidden layer, as in the design pictures."""
    workspace = window.workspace
    hidden = [node for node in workspace.project.nodes if node.layer.role == "hidden"]
    if hidden:
        units = getattr(hidden[0].layer, "units", 1)
        neuron = (hidden[0].id, min(1, units - 1))
        workspace.select(Selection(frozenset({hidden[0].id}), neuron, SAMPLE))


def _wait(application: QApplication, done: Callable[[], bool], seconds: float | None) -> None:
    start = time.monotonic()
    while not done():
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)
        if seconds is not None and time.monotonic() - start > seconds:
            raise UserError("The training process does not answer.", "Try it again.")
