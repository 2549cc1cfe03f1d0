"""Garbage collection at a time and on a thread that Qt can bear.

Python collects cycles whenever enough objects have been made, on whatever thread makes them, in
the middle of a paint if need be. A Qt object that dies on another thread, or while the scene it
belongs to is being painted, takes the program down.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY = 1000
"""Milliseconds between two looks; between them nothing is collected."""


def spare_modules() -> None:
    """Look no more at what exists now; called once, before the first window is built.

    Modules with their classes and functions are most of what a whole collection looks through,
    and none of it is ever garbage: without them it takes a thirtieth of the time, so that no frame
    waits for it.
    """
    gc.freeze()


class GarbageCollector(QObject):
    """While started, collects from the event loop of the main thread and nowhere else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_automatic = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._collect)

    def start(self) -> None:
        """Take over from Python's own collector."""
        if not self._timer.isActive():
            self._was_automatic = gc.isenabled()
            gc.disable()
            self._timer.start()

    def stop(self) -> None:
        """Give the task back."""
        if self._timer.isActive():
            self._timer.stop()
            if self._was_automatic:
                gc.enable()

    @Slot()
    def _collect(self) -> None:
        # As Python's own collector does it: the young often, the old rarely.
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [c > t for c, t in zip(counts, thresholds, strict=True)]
        if any(due):
            gc.collect(max(generation for generation, is_due in enumerate(due) if is_due))
