"""Which columns of a table are inputs and which are targets, where nobody has said so."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neuralbuilder.data.tables.dates import varying_parts
from neuralbuilder.data.tables.kinds import Meaning
from neuralbuilder.data.tables.readings import Kind
from neuralbuilder.data.tables.table import Table

TARGET_NAMES = frozenset(("class", "label", "target", "y", "outcome"))
MOST_CLASSES = 1000
_LIKELY_CLASSES = 50


@dataclass(frozen=True)
class Candidate:
    """What decides about the role of a column: its kind, how many inputs it would make, and how
    many different values it has where they may be classes (0 where they may not).

    Dates have `parts` that come back again and again; whole numbers without a gap are `gapless`.
    `passed_over` says that it is proposed as neither input nor target.
    """

    name: str
    kind: Kind
    width: int = 1
    classes: int = 0
    passed_over: bool = False
    parts: int = 0
    gapless: bool = True

    @property
    def usable(self) -> bool:
        """Whether it is proposed as input or target."""
        return not self.passed_over and self.kind != "empty"

    def fits(self, outputs: int | None) -> bool:
        """Whether it can be the only target of a network with so many outputs."""
        if self.kind == "numbers":
            return outputs in (None, 1) or self.classes == outputs
        if self.kind != "words":
            return False
        if outputs is None:
            return 1 <= self.classes <= _LIKELY_CLASSES
        return self.classes == outputs or (outputs == 1 and self.classes == 2)


@dataclass(frozen=True)
class Roles:
    """The names of the inputs and of the targets.

    `fits` says that they make a network of the sizes that were asked for; `columns_fit` that as
    many columns are left as it has inputs, though their words may make more inputs of them.
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    fits: bool = True
    columns_fit: bool = True


def candidates(table: Table, meanings: Mapping[str, Meaning]) -> tuple[Candidate, ...]:
    """The columns of a table as candidates for a role."""
    return tuple(_candidate(meanings[column.name]) for column in table.columns)


def _candidate(meaning: Meaning) -> Candidate:
    kind, reading = meaning.kind, meaning.reading
    width, classes, parts, gapless = 1, 0, 0, True
    if kind == "words":
        classes = len(reading.counts)
        width = classes + int(bool(reading.absent.any()))
    elif kind == "numbers":
        known = reading.values[~reading.absent]
        if (known == np.round(known)).all():
            classes = len(np.unique(known))
            gapless = classes == 0 or float(np.ptp(known)) == classes - 1
    elif kind == "dates":
        parts = len(varying_parts(reading.times))
    return Candidate(
        meaning.name, kind, width, classes if classes <= MOST_CLASSES else 0,
        bool(meaning.passed_over),
        parts,
        gapless,
    )  # fmt: skip


def proposed_roles(
    columns: Iterable[Candidate], inputs: int | None = None, outputs: int | None = None
) -> Roles:
    """The most likely roles, for a network with so many inputs and outputs where it is drawn.

    The target is a column called class, label, target, y or outcome; else the last column, or as
    many as there are outputs; else the first one; each of them only if it fits the outputs. Where
    the inputs are known, what leaves so many of them comes first. All others are inputs; where the
    network reads as many as there are columns of numbers, those alone.
    """
    usable = [column for column in columns if column.usable]
    options = _options(usable, outputs)
    # People count columns; only where no count fits, what words make of them.
    for measure in (len, _width):
        for targets in [*options, *_words_between(usable, outputs)] if inputs is not None else ():
            rest = [column for column in usable if column not in targets]
            if measure(rest) == inputs:
                return _roles(rest, targets, _width(rest) == inputs, True)
    for targets in options if inputs is not None else ():
        rest = [column for column in usable if column not in targets]
        if len(without_words(rest, inputs)) == inputs:
            return _roles(without_words(rest, inputs), targets)
    # Where the inputs do not fit either, several outputs say nothing about these columns.
    likely = [targets for targets in options if inputs is None or len(targets) == 1]
    likely = likely or _options(usable, None)
    targets = likely[0] if likely else _last(usable)
    rest = [column for column in usable if column not in targets]
    fits = inputs is None and bool(options)
    return _roles(rest, targets, fits, fits)


def without_words(rest: list[Candidate], inputs: int | None) -> list[Candidate]:
    """The columns of numbers alone, where the network reads exactly those; else all of them."""
    if inputs in (None, len(rest), _width(rest)):
        return rest
    numbers = [column for column in rest if column.kind != "words"]
    return numbers if len(numbers) == inputs else rest


def _roles(
    inputs: Sequence[Candidate], targets: Sequence[Candidate], fits: bool = True, by: bool = True
) -> Roles:
    return Roles(tuple(c.name for c in inputs), tuple(c.name for c in targets), fits, by)


def _width(columns: Sequence[Candidate]) -> int:
    return sum(column.width for column in columns)


def _last(usable: list[Candidate]) -> tuple[Candidate, ...]:
    """The last column that can be a target of any network."""
    possible = [c for c in usable if c.kind == "numbers" or (c.kind == "words" and c.classes)]
    return tuple(possible[-1:])


def _options(usable: list[Candidate], outputs: int | None) -> list[tuple[Candidate, ...]]:
    """Possible targets, the most likely first."""
    named = [c for c in usable if c.name.strip().lower() in TARGET_NAMES]
    found: list[tuple[Candidate, ...]] = [(c,) for c in named if c.fits(outputs)]
    if not usable:
        return found
    first, last = usable[0], usable[-1]
    single = [(last,), (first,)]
    of_classes = outputs is not None and outputs > 1
    if of_classes and last.gapless and last.fits(outputs):
        found.append((last,))
    several = tuple(usable[-outputs:]) if outputs is not None and outputs > 1 else ()
    if 0 < len(several) < len(usable) and all(c.kind == "numbers" for c in several):
        found.append(several)
    for gapless in (True, False):
        fitting = (c for (c,) in single if c.fits(outputs))
        found += [(c,) for c in fitting if not of_classes or c.gapless or not gapless]
    return list(dict.fromkeys(found))


def _words_between(usable: list[Candidate], outputs: int | None) -> list[tuple[Candidate, ...]]:
    """The only column of words, wherever it stands, if it fits the outputs."""
    words = [c for c in usable if c.kind == "words"]
    fits = len(words) == 1 and outputs is not None and words[0].fits(outputs)
    return [(words[0],)] if fits else []


def chosen_columns(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """The columns that a text chooses: names with commas between, or a number from the end.

    A number that is itself the name of a column is that name. Names that are not there are
    returned as they are.
    """
    words = [word.strip() for word in next(csv.reader([text], skipinitialspace=True), [])]
    if len(words) == 1 and words[0].isascii() and words[0].isdigit() and words[0] not in names:
        count = int(words[0])
        return tuple(names[-count:]) if count else ()
    return tuple(word for word in words if word)
