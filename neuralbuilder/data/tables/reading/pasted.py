"""A table that was pasted as text, and travels with the project as text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from neuralbuilder.problems import UserError

PASTED_NAME = "Pasted table"
LARGEST_PASTED = 4_000_000


@dataclass(frozen=True)
class Pasted:
    """The lines of a pasted table, without their ends."""

    lines: tuple[str, ...]
    name: str = PASTED_NAME

    @cached_property
    def data(self) -> bytes:
        """The lines as a file would hold them."""
        return ("\n".join(self.lines) + "\n").encode("utf-8", "replace")


Source = str | Path | Pasted
"""Where a table is."""


def looks_like_table(text: str) -> bool:
    """Whether a text may be a table: at least two lines, with anything between cells."""
    lines = [line for line in text[:10_000].splitlines() if line.strip()]
    return len(lines) >= 2 and all(any(s in line.strip() for s in ",;\t| ") for line in lines[:2])


def pasted(text: str) -> Pasted:
    """A text from the clipboard as a table; raises `UserError` where it is none, or too long."""
    if len(text) > LARGEST_PASTED:
        raise UserError(
            f"The text on the clipboard has {len(text) / 1e6:.1f} million characters; at most "
            f"{LARGEST_PASTED / 1e6:.0f} million are kept with a project.",
            "Save it as a file, and import that.",
        )
    if not looks_like_table(text):
        raise UserError(
            "There is no table on the clipboard.",
            "Copy at least two rows and two columns, for instance in a spreadsheet.",
        )
    return Pasted(tuple(text.replace("\0", " ").splitlines()))
