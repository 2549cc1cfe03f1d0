"""What a text is read into, and the error of one that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.problems import UserError


class TextError(UserError):
    """A text that is not a network; `column` (from 1) is where it stops being one."""

    def __init__(self, column: int, message: str, hint: str = "") -> None:
        super().__init__(f"Column {column}: {message}", hint)
        self.column = column

    def __reduce__(self) -> tuple[Any, ...]:
        message = self.message.removeprefix(f"Column {self.column}: ")
        return TextError, (self.column, message, self.hint)


@dataclass(frozen=True)
class Design:
    """A chain of layers, the input first and the output last.

    `mentioned` names, per layer, the settings that the text spelt out; two texts that lead to the
    same layers are equal whatever they leave out.
    """

    layers: tuple[Layer, ...]
    mentioned: tuple[frozenset[str], ...] = field(default=(), compare=False)

    @property
    def has_open_input(self) -> bool:
        """Whether the text leaves the input space to the data."""
        return bool(self.mentioned) and "shape" not in self.mentioned[0]


@dataclass(frozen=True)
class Word:
    """A stretch of the text without spaces, and the column (from 1) where it begins."""

    text: str
    column: int

    @property
    def end(self) -> int:
        """The column behind it."""
        return self.column + len(self.text)

    @property
    def name(self) -> str:
        """What stands before a bracket, in small letters."""
        return self.text.split("(")[0].lower()

    @property
    def quoted(self) -> str:
        """The word as messages show it."""
        return quoted(self.text)


def quoted(text: str) -> str:
    """A piece of text as messages show it, cut where it is long."""
    return repr(text if len(text) <= 30 else text[:29] + "…")
