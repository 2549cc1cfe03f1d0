"""The record of a training run: bounded series of (step, value)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.project.state import OUTDATED

LIMIT = 4000
BATCHES = "loss/mini-batches"
"""The series of the mean losses of the mini-batches since the point before: known without being
measured, but of weights that went on changing, and with dropout and noise."""
SAMPLES = "samples/"
"""Series whose name starts so say how many samples of a part each point has been measured on."""
MARK = "mark/"
"""Series whose name starts so hold the moments at which a setting was changed live, and its new
value: ``mark/learning rate``. One with a colon, ``mark/Hidden 1: linear``, says everything itself;
its value says nothing more. Behind a slash stands what a 0 means: ``mark/clip norm/no limit``."""
RATE = "learning rate"
"""The series of the rates that a schedule sets, each from its step on; so its marks are called."""
MARKED_RATE = MARK + RATE
BACK = "Loss ran away: back to good weights"
"""The mark of the steps to which a run that went astray has returned."""
EPOCH = "epoch"
"""The series of (step, epoch) that says where on the axis of steps each epoch ended."""

Points = NDArray[np.float64]


class Series:
    """Points (step, value), at most `LIMIT`; when there are more, they are thinned evenly.

    The first and the newest point are always kept.
    """

    def __init__(self, points: Points | None = None) -> None:
        self._points = np.empty((LIMIT + 1, 2))
        self._count = 0
        self._gap = 0.0
        if points is not None and len(points):
            self._restore(np.asarray(points, dtype=np.float64))

    @property
    def points(self) -> Points:
        """A read-only view (points, 2), valid until the next `add`."""
        view = self._points[: self._count]
        view.flags.writeable = False
        return view

    @property
    def count(self) -> int:
        """How many points there are."""
        return self._count

    @property
    def newest(self) -> float:
        """The value of the newest point."""
        return float(self._points[self._count - 1, 1])

    def add(self, step: float, value: float) -> None:
        """Add a point; `step` does not decrease."""
        points, count = self._points, self._count
        same_step = count > 0 and points[count - 1, 0] >= step
        crowded = count > 1 and points[count - 1, 0] - points[count - 2, 0] < self._gap
        if same_step or crowded:
            count -= 1
        points[count] = step, value
        self._count = count + 1
        if self._count > LIMIT:
            self._thin()

    def cut(self, step: float) -> None:
        """Take back the points after this step."""
        steps = self._points[: self._count, 0]
        self._count = int(np.searchsorted(steps, step, side="right"))

    def _thin(self) -> None:
        steps = self._points[: self._count, 0]
        self._gap = max(2 * self._gap, 2 * (steps[-1] - steps[0]) / LIMIT)
        cells = np.floor((steps - steps[0]) / self._gap)
        keep = np.concatenate([[True], np.diff(cells) > 0])
        keep[-1] = True
        kept = self._points[: self._count][keep]
        self._points[: len(kept)] = kept
        self._count = len(kept)

    def _restore(self, points: Points) -> None:
        points = points[-LIMIT:]
        self._points[: len(points)] = points
        self._count = len(points)
        if self._count > LIMIT // 2:
            self._gap = (points[-1, 0] - points[0, 0]) / LIMIT


class TrainingLog:
    """Series by name, such as "loss/mini-batches", "loss/train", "mark/learning rate"."""

    def __init__(self, series: Mapping[str, Any] | None = None) -> None:
        self._series = {name: Series(points) for name, points in (series or {}).items()}
        self._noted: set[str] = set()  # the series with points of this run itself

    def add(self, name: str, step: float, value: float) -> None:
        """Add a point to a series; a value that is not finite is left out."""
        if not np.isfinite(value):
            return
        if name not in self._series:
            self._series[name] = Series()
        self._series[name].add(step, value)
        self._noted.add(name)

    def cut(self, step: float) -> None:
        """Take back what was noted after this step, because those weights are gone."""
        for series in self._series.values():
            series.cut(step)
        self._series = {name: series for name, series in self._series.items() if series.count}

    def mark(self, text: str, step: float, value: float) -> None:
        """Note that the setting called `text` has this value from this step on."""
        self.add(MARK + text, step, value)

    def newest(self) -> dict[str, float]:
        """The newest value of every series that was measured of the present network."""
        return {
            name: series.newest
            for name, series in self._series.items()
            if name not in (EPOCH, OUTDATED) and not name.startswith(MARK) and self._is_true(name)
        }

    def _is_true(self, name: str) -> bool:
        """Whether a series goes on after the network has become another."""
        return name in self._noted or self.last_step(name) > self.last_step(OUTDATED)

    def first(self, name: str) -> float | None:
        """The first value of a series, None where it is empty."""
        series = self._series.get(name)
        return None if series is None else float(series.points[0, 1])

    def newest_value(self, name: str) -> float | None:
        """The newest value of a series, None where it is empty."""
        series = self._series.get(name)
        return None if series is None else series.newest

    def last_step(self, name: str) -> float:
        """The step of the newest point of a series, −1 where it is empty."""
        series = self._series.get(name)
        return -1.0 if series is None else float(series.points[-1, 0])

    def views(self) -> dict[str, Points]:
        """Every series as a read-only array, valid until the next `add`."""
        return {name: series.points for name, series in self._series.items()}

    def copies(self) -> dict[str, Points]:
        """Every series as a read-only array of its own."""
        copies = {name: series.points.copy() for name, series in self._series.items()}
        for copy in copies.values():
            copy.flags.writeable = False
        return copies
