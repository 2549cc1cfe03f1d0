"""The samples themselves, beside what the network makes of them, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.insights.answers import Outcome
from neuralbuilder.insights.base import PARTS, Insight, Source
from neuralbuilder.insights.figure import Figure, Mark, Pictures, Table
from neuralbuilder.insights.images import image_shape, pixels_of
from neuralbuilder.parts import choice, integer, register, text

NO_CLASSES = "This is about classes; these data have none."
MOST_BYTES = 200_000
"""Of all images together: they travel from one process to the other."""
MOST_COLUMNS = 8
ARROW = "→"
TITLES = {"mistakes": "Worst mistakes", "right": "Right answers", "all": "Samples"}


@register("gallery", "Worst mistakes")
@dataclass(frozen=True)
class Gallery(Insight):
    """Samples with their right and their predicted class, those with the largest loss first.

    A click on one selects it everywhere.
    """

    of_classes: ClassVar[bool] = True

    subset: str = choice("test", "Part", PARTS, help="Which part of the data is looked at.")
    which: str = choice(
        "mistakes",
        "Answers",
        ("mistakes", "all", "right"),
        help="Only wrong answers, all of them, or only right ones.",
    )
    right: str = text("", "Right class", help="Only samples of this class; empty for all.")
    given: str = text("", "Predicted class", help="Only samples taken for it; empty for all.")
    most: int = integer(24, "At most", minimum=1, maximum=60, help="How many samples are shown.")

    def compute(self, source: Source) -> Figure:
        """Images, or a table of features where the data are no images."""
        names = source.data.samples.class_names
        title = self._title()
        if source.data.samples.task != "classification":
            return Figure(title=title, message=NO_CLASSES)
        unknown = next((n for n in (self.right, self.given) if n and n not in names), "")
        if unknown:
            classes = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
            return Figure(title=title, message=f"There is no class {unknown!r}, only {classes}.")
        outcome = source.outcome(self.subset)
        found = self._found(outcome, names)
        if not len(found):
            return Figure(title=title, note=outcome.in_words, message=self._nothing(outcome),
                          growing=not outcome.complete)  # fmt: skip
        shown = found[: self.most]
        return Figure(
            title=title,
            note=f"{_counted(len(found), len(shown))} · {outcome.in_words}",
            marks=(_mark(source, outcome, shown, bool(self.right and self.given)),),
            growing=not outcome.complete,
        )

    def _title(self) -> str:
        if self.right and self.given:
            same = self.right == self.given
            return f"{self.right} is right" if same else f"{self.right} taken for {self.given}"
        name = TITLES[self.which]
        if self.right:
            return f"{name} of {self.right}"
        return f"{name} as {self.given}" if self.given else name

    def _found(self, outcome: Outcome, names: tuple[str, ...]) -> NDArray[np.intp]:
        """Which samples of the outcome are meant, the worst first."""
        wanted = np.ones(len(outcome.rows), np.bool_)
        if self.which != "all":
            wanted = outcome.wrong if self.which == "mistakes" else ~outcome.wrong
        for name, classes in ((self.right, outcome.right), (self.given, outcome.given)):
            if name:
                wanted = wanted & (classes == names.index(name))
        falling = np.argsort(-outcome.losses, kind="stable")
        return np.asarray(falling[wanted[falling]], np.intp)

    def _nothing(self, outcome: Outcome) -> str:
        if self.which == "mistakes" and not (self.right or self.given):
            return f"No mistakes among {outcome.in_words} samples."
        return f"No such samples among {outcome.in_words} samples."


def _mark(source: Source, outcome: Outcome, shown: NDArray[np.intp], one_cell: bool) -> Mark:
    shape = image_shape(source.network)
    if shape is None:
        return _table(source, outcome, shown)
    pixels = pixels_of(source, outcome.rows[shown], shape)
    fitting = max(1, MOST_BYTES // max(1, pixels[0].nbytes))
    shown, pixels = shown[:fitting], pixels[:fitting]
    names = source.data.samples.class_names
    return Pictures(
        pixels,
        captions=tuple(_caption(outcome, index, names, one_cell) for index in shown),
        hints=tuple(_hint(outcome, index, names) for index in shown),
        samples=tuple(int(row) for row in outcome.rows[shown]),
    )


def _table(source: Source, outcome: Outcome, shown: NDArray[np.intp]) -> Table:
    samples = source.data.samples
    features = samples.x[outcome.rows[shown]].reshape(len(shown), -1)[:, :MOST_COLUMNS]
    names = samples.class_names
    rows = tuple(
        (
            str(outcome.rows[index] + 1),
            names[outcome.right[index]],
            names[outcome.given[index]],
            _output(outcome.given_output[index]),
            _output(outcome.losses[index]),
            *(f"{value:.4g}".replace("-", "−") for value in values),
        )
        for index, values in zip(shown, features, strict=True)
    )
    columns = ("sample", "right", "predicted", "output", "loss")
    return Table(
        (*columns, *samples.input_names[: features.shape[1]]),
        rows,
        tuple(int(row) for row in outcome.rows[shown]),
    )


def _caption(outcome: Outcome, index: int, names: tuple[str, ...], one_cell: bool) -> str:
    """Both classes, unless all images have the same two, and the output for the given one."""
    if one_cell:
        return _output(outcome.given_output[index])
    right, given = names[outcome.right[index]], names[outcome.given[index]]
    classes = f"{right}{ARROW}{given}" if right != given else right
    return f"{classes} · {_output(outcome.given_output[index])}"


def _hint(outcome: Outcome, index: int, names: tuple[str, ...]) -> str:
    right, given = names[outcome.right[index]], names[outcome.given[index]]
    return (
        f"sample {outcome.rows[index] + 1} · right {right}, output "
        f"{_output(outcome.right_output[index])} · predicted {given}, output "
        f"{_output(outcome.given_output[index])} · loss {_output(outcome.losses[index])}"
    )


def _output(value: float) -> str:
    """Two decimals, but never 1.00 for what is less."""
    if abs(value) >= 1e5:
        return f"{value:.1e}".replace("-", "−")
    text = f"{value:.2f}"
    return "0.99" if text == "1.00" and value < 1 else text.replace("-", "−")


def _counted(found: int, shown: int) -> str:
    return f"{found:,}" if found == shown else f"{shown} of {found:,}"
