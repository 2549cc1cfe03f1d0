"""What the network says to one input: name, bar and number of each output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralbuilder.data.samples import Samples
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.theme.theme import follow
from neuralbuilder.ui.widgets.numbers import compact, fixed

ROW, GAP = 20, 8
MOST_ANSWERS = 12
WIDTH = 190
DIGITS = 5
NAME_SHARE = 0.45
"""Of the width at most so much is for the names."""

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Answer:
    """One output: what it is called, its value in words, and from 0 to 1 how long its bar is."""

    name: str
    value: float
    text: str
    share: float
    stressed: bool = False


def answers_of(samples: Samples, output: str, arrays: Arrays) -> tuple[Answer, ...]:
    """What the live values of the canvas say about the input that they are of.

    Classes come with their probabilities, of many the likeliest ones; yes or no with the
    probability of yes; quantities in original units, with bars from their smallest to their
    largest value in the data.
    """
    classifies = samples.task != "regression"
    values = arrays.get(f"{output}/{'activation' if classifies else 'original'}")
    names = samples.target_names
    if values is None:
        return ()
    if samples.task == "classification" and len(values) == 1 and len(names) == 2:
        values = np.array([1 - values[0], values[0]])
    if len(values) != len(names):  # thinned out, or of a network that the data do not fit
        return ()
    if samples.task == "classification":
        return _classes(names, values)
    if samples.task == "yes/no":
        return tuple(
            Answer(n, v, f"{'yes' if v >= 0.5 else 'no'} {fixed(v, 2)}", v, v >= 0.5)
            for n, v in zip(names, map(float, values), strict=True)
        )[:MOST_ANSWERS]
    return _quantities(samples, values)


def _classes(names: tuple[str, ...], values: NDArray[Any]) -> tuple[Answer, ...]:
    best = float(values.max())
    found = [Answer(name, value, fixed(value, 2), value, value == best)
             for name, value in zip(names, map(float, values), strict=True)]  # fmt: skip
    if len(found) > MOST_ANSWERS:
        found = sorted(found, key=lambda answer: -answer.value)[:MOST_ANSWERS]
    return tuple(found)


def _quantities(samples: Samples, values: NDArray[Any]) -> tuple[Answer, ...]:
    low, high = samples.y.min(axis=0), samples.y.max(axis=0)
    spread = np.where(high > low, high - low, 1.0)
    shares = np.clip((values - low) / spread, 0.0, 1.0)
    return tuple(
        Answer(name, float(value), compact(float(value), DIGITS), float(share), True)
        for name, value, share in zip(samples.target_names, values, shares, strict=True)
    )[:MOST_ANSWERS]


class Answers(QWidget):
    """Shows `Answer`s, those stressed that matter most."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: tuple[Answer, ...] = ()
        self.setAccessibleName("What the network says")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        follow(self.update)

    @property
    def rows(self) -> tuple[tuple[str, float], ...]:
        """Names and values."""
        return tuple((answer.name, answer.value) for answer in self.shown)

    def show_answers(self, answers: tuple[Answer, ...]) -> None:
        """Show these."""
        if len(answers) != len(self.shown):
            self.updateGeometry()
        self.shown = answers
        stressed = [f"{answer.name}: {answer.text}" for answer in answers if answer.stressed]
        self.setAccessibleDescription(", ".join(stressed))
        self.setToolTip("\n".join(f"{answer.name}: {answer.text}" for answer in answers))
        self.update()

    def sizeHint(self) -> QSize:
        scale = current().text_scale
        return QSize(round(WIDTH * scale), round(ROW * scale) * max(len(self.shown), 10))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        names, numbers = self._rooms()
        for number, answer in enumerate(self.shown):
            self._paint(painter, number, answer, names, numbers)
        painter.end()

    def _rooms(self) -> tuple[float, float]:
        """How wide the names and the numbers are."""
        metrics = QFontMetricsF(current().font("mono_bold"))
        names = max((metrics.horizontalAdvance(a.name) for a in self.shown), default=0.0)
        numbers = max((metrics.horizontalAdvance(a.text) for a in self.shown), default=0.0)
        return min(names, NAME_SHARE * self.width()) + GAP, numbers + GAP

    def _paint(
        self, painter: QPainter, number: int, answer: Answer, names: float, numbers: float
    ) -> None:
        theme = current()
        step = round(ROW * theme.text_scale)
        top = number * step
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font("mono_bold" if answer.stressed else "mono"))
        painter.setPen(theme.color("text" if answer.stressed else "muted"))
        text = painter.fontMetrics().elidedText(
            answer.name, Qt.TextElideMode.ElideRight, round(names - GAP) + 1
        )
        painter.drawText(QRectF(0, top, names, step), middle, text)
        at = QRectF(self.width() - numbers, top, numbers, step)
        painter.drawText(at, middle | Qt.AlignmentFlag.AlignRight, answer.text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("raised"))
        bar = QRectF(names, top + step / 2 - 5, self.width() - names - numbers, 10)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setBrush(theme.color("accent"))
        bar.setWidth(bar.width() * min(max(answer.share, 0.0), 1.0))
        painter.drawRoundedRect(bar, 3, 3)
