"""The words of a formula: numbers, names, operators; also the signs people paste (·, −, ², x₁)."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAXIMUM_LENGTH = 1000

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SIGNS = {
    "·": "*", "×": "*", "∙": "*", "⋅": "*", "**": "^", "−": "-", "–": "-", "÷": "/", "∕": "/",
    "^": "^", "+": "+", "-": "-", "*": "*", "/": "/", "(": "(", ")": ")", ",": ",", "=": "=",
}  # fmt: skip
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+\-−]?[0-9]+)?)"
    r"|(?P<superscript>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<name>[A-Za-zπ][A-Za-z0-9_₀₁₂₃₄₅₆₇₈₉]*)"
    r"|(?P<sign>\*\*|[·×∙⋅−–÷∕^+\-*/(),=])"
)


class FormulaError(Exception):
    """A formula cannot be read: what is wrong, at which column (from 1), and the remedy."""

    def __init__(self, message: str, column: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.hint = hint


@dataclass(frozen=True)
class Token:
    """A word of a formula: its kind, its text in plain ASCII and its column, counted from 1."""

    kind: str
    text: str
    column: int


def tokens(text: str) -> list[Token]:
    """The words of `text`, followed by one of kind "end".

    The kind of an operator is its plain form, such as "*" for "·". Raises `FormulaError` for a
    character that has no place in a formula.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise FormulaError(
            f"it has {len(text)} characters; at most {MAXIMUM_LENGTH} are allowed", MAXIMUM_LENGTH
        )
    found = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unexpected(text, position)
        found.append(_token(match))
        position = match.end()
    found.append(Token("end", "", len(text) + 1))
    return found


def _token(match: re.Match[str]) -> Token:
    text, column = match.group(), match.start() + 1
    if match.lastgroup == "sign":
        return Token(_SIGNS[text], text, column)
    if match.lastgroup == "number":
        return Token("number", text.replace("−", "-"), column)
    if match.lastgroup == "superscript":
        return Token("superscript", text.translate(_SUPERSCRIPTS), column)
    return Token("name", "pi" if text == "π" else text.translate(_SUBSCRIPTS), column)


def _unexpected(text: str, position: int) -> FormulaError:
    character = text[position]
    shown = repr(character) if character.isprintable() else f"U+{ord(character):04X}"
    return FormulaError(
        f"{shown} has no place in a formula",
        position + 1,
        "Use numbers, x1, x2 …, + - * / ^, parentheses and functions such as sin.",
    )
