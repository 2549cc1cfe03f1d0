"""Which columns of a table are inputs and which are targets, where nobody has said so."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Protocol

Roles = tuple[tuple[str, ...], tuple[str, ...]]
"""The names of the inputs and of the targets."""


class Described(Protocol):
    """A column, or the summary of one."""

    @property
    def name(self) -> str:
        """What the column is called."""

    @property
    def kind(self) -> str:
        """`number`, `text` or `empty`."""


def fitting_roles(columns: Iterable[Described], inputs: int, outputs: int) -> Roles | None:
    """The roles that suit a network with so many inputs and outputs; None where none stand out.

    A single column of words is the target, when the other columns are as many as the inputs.
    Numbers are taken from the end: as many targets as outputs and before them the inputs, or a
    single target that holds the number of a class.
    """
    usable = [column for column in columns if column.kind != "empty"]
    names = tuple(column.name for column in usable)
    words = tuple(column.name for column in usable if column.kind == "text")
    if words:
        rest = tuple(name for name in names if name not in words)
        return (rest, words) if len(words) == 1 and len(rest) == inputs else None
    for targets in (outputs, 1):
        if targets > 0 and inputs > 0 and len(names) == inputs + targets:
            return names[:inputs], names[inputs:]
    return None


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
