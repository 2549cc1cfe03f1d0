"""What the window costs: steps per second with and without it, and how long its frames take."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject
from PySide6.QtWidgets import QApplication

from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.project.task import meant
from neuralbuilder.training.messages import Ask, Load, Pause, Run, Snapshot
from neuralbuilder.training.session import Session
from neuralbuilder.ui.application import make_application
from neuralbuilder.ui.garbage import spare_modules
from neuralbuilder.ui.preparation import Preparation
from neuralbuilder.ui.settings import Settings
from neuralbuilder.ui.window import MainWindow

FRAME = 1000 / 60
"""Milliseconds of one frame at 60 frames per second."""
NOTHING = 0.1
"""Milliseconds below which nothing was done but to look whether there is something to do."""


class FrameClock(QObject):
    """Runs the event loop and measures how long the window is busy for each frame it paints.

    A frame is everything done since the one before: taking the snapshot, updating the figures,
    painting. Waiting is not counted. What ends not in painting but in waiting for longer than a
    frame has held up nothing; it counts only where it took longer than a frame itself. `work` is
    the processor time of the same frames: where other programs compete for the processor, it says
    what they would take without them.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.frames: list[float] = []
        self.work: list[float] = []
        self._painted = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that the window is painted."""
        if event.type() == QEvent.Type.UpdateRequest:
            self._painted = True
        return False

    def run(self, seconds: float) -> None:
        """Handle events for so long."""
        busy = worked = waited = 0.0
        end = time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            start_work = time.thread_time()
            QApplication.processEvents()
            spent = 1000 * (time.perf_counter() - start)
            if spent > NOTHING:
                busy, waited = busy + spent, 0.0
                worked += 1000 * (time.thread_time() - start_work)
            if self._painted or waited > FRAME:
                if self._painted or busy > FRAME:
                    self.frames.append(busy)
                    self.work.append(worked)
                busy, worked, self._painted = 0.0, 0.0, False
            time.sleep(0.002)
            waited += 2.0


def measure(
    rounds: int = 4, seconds: float = 3.0, document: Document | None = None
) -> dict[str, Any]:
    """Train the same network in turns without and with a window, with the default panels.

    The result holds ``steps_per_second`` without and with the window, the ``share`` that is left
    (the aim is 0.90), the ``frame_ms`` percentiles 50, 95 and 99 (the aim is 16.7), and the same
    of the processor time, ``frame_processor_ms``.
    """
    if QApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = make_application(["neuralbuilder"])
    document = _endless(document or Document(example()))
    spare_modules()
    window = MainWindow(document, None, Settings(temporary=True))
    window.resize(1600, 1000)
    window.show()
    alone = Alone(document)
    try:
        _until(lambda: window.runner.settled and alone.ready)
        clock = FrameClock(window)
        without, with_window = [], []
        for round_ in range(rounds + 1):
            pair = alone.speed(seconds), _window_speed(window, clock, seconds)
            if round_ == 0:  # the first round warms everything up
                clock.frames.clear()
                clock.work.clear()
                continue
            without.append(pair[0])
            with_window.append(pair[1])
        frames, work = np.array(clock.frames), np.array(clock.work)
    finally:
        alone.close()
        window.close_now()
        application.processEvents()
    shares = np.array(with_window) / np.array(without)
    return {
        "steps_per_second_without_window": float(np.median(without)),
        "steps_per_second_with_window": float(np.median(with_window)),
        "share": float(np.median(shares)),
        "shares": [float(share) for share in shares],
        "frames_per_second": len(frames) / (rounds * seconds),
        "frame_ms": _percentiles(frames),
        "frame_processor_ms": _percentiles(work),
        "slowest_frame_ms": float(frames.max()),
    }


def _endless(document: Document) -> Document:
    """Training that cannot come to its end while it is measured."""
    return replace(document, project=edits.change_plan(document.project, epochs=0))


def _percentiles(values: np.ndarray) -> dict[str, float]:
    return {str(percent): float(np.percentile(values, percent)) for percent in (50, 95, 99)}


class Alone:
    """A training process of its own, with nobody who looks at it."""

    def __init__(self, document: Document) -> None:
        project = document.project
        samples = meant(project, document.samples or project.plan.dataset.load())
        self._load = Load(
            1, project.graph(), project.plan, Preparation().prepared(project, samples)
        )
        self._session = Session()
        self._session.start()
        self._session.send(self._load)
        self._requests = 0

    @property
    def ready(self) -> bool:
        """Whether the process answers."""
        return self._steps() >= 0

    def speed(self, seconds: float) -> float:
        """Steps per second while this process does nothing."""
        self._session.send(Run())
        first, start = self._steps(), time.perf_counter()
        time.sleep(seconds)
        last, stop = self._steps(), time.perf_counter()
        self._session.send(Pause())
        return (last - first) / (stop - start)

    def close(self) -> None:
        """End the process."""
        self._session.close()

    def _steps(self) -> int:
        self._requests += 1
        self._session.send(Ask(self._requests))
        end = time.monotonic() + 30
        while time.monotonic() < end:
            for reply in self._session.poll():
                if isinstance(reply, Snapshot) and reply.request == self._requests:
                    return reply.step
            time.sleep(0.0005)
        raise UserError("The training process does not answer.", "Try it again.")


def _window_speed(window: MainWindow, clock: FrameClock, seconds: float) -> float:
    points: list[tuple[float, int]] = []

    def note(snapshot: Snapshot) -> None:
        if snapshot.status == "running":
            points.append((time.perf_counter(), snapshot.step))

    runner = window.runner
    runner.snapshot_arrived.connect(note)
    runner.train()
    clock.run(seconds)
    runner.pause()
    runner.snapshot_arrived.disconnect(note)
    _until(lambda: runner.settled)
    (start, first), (stop, last) = points[0], points[-1]
    return (last - first) / (stop - start)


def _until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)
        if time.monotonic() > end:
            raise UserError("The training process does not answer.", "Try it again.")
