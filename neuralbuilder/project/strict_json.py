"""JSON as a project file may hold it: no duplicates, no NaN, no bottomless nesting.

Python's own reader accepts all of these, and crashes on some. Everything refused here is refused
with the place at which it stands.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any

from neuralbuilder.problems import UserError

LARGEST_TEXT = 16 * 2**20
DEEPEST = 40
LONGEST_INTEGER = 18

# Possessive, and content with a string that never ends: the time and the memory for a search grow
# with the length of the text and not faster.
_ONE_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_STRING = re.compile(_ONE_STRING, re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STRING_OR_BRACKET = re.compile(_ONE_STRING + r"|[\[{]|[\]}]", re.DOTALL)


class _Refused:
    """Stands for a value that is not allowed until its place in the document is known."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def loads(text: str, what: str) -> Any:
    """The value of a JSON text; `what` names it in messages, such as ``design``.

    Raises `UserError` for anything but strict JSON of moderate size, naming line and column or
    the field.
    """
    if len(text) > LARGEST_TEXT:
        raise UserError(f"The {what} is {len(text):,} characters long.", _damaged())
    _check_depth(text, what)
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_constant=lambda word: _Refused(f"{word} is not a number a file may hold"),
            parse_float=_float,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno} (character {error.pos})"
        raise UserError(
            f"The {what} is damaged at {place}: {error.msg.lower()}.", _damaged()
        ) from None
    _check_values(value, what)
    return value


def dumps(value: Any) -> str:
    """The value as JSON with sorted keys and a fixed format, so that designs compare well."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)


def _check_depth(text: str, what: str) -> None:
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    if len(brackets) <= DEEPEST or _depth(brackets) <= DEEPEST:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        sign = match.group()
        if sign in "[{":
            depth += 1
            if depth > DEEPEST:
                raise UserError(
                    f"The {what} is nested more than {DEEPEST} levels deep at character "
                    f"{match.start()}.",
                    _damaged(),
                )
        elif sign in "]}":
            depth -= 1


def _depth(brackets: str) -> int:
    """How deep the brackets are nested at most."""
    steps = (1 if bracket in "[{" else -1 for bracket in brackets)
    return max(accumulate(steps), default=0)


def _object(pairs: list[tuple[str, Any]]) -> Any:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return _Refused(f"the key {key[:60]!r} stands there twice")
        seen.add(key)
    return result


def _float(word: str) -> Any:
    value = float(word)
    if not math.isfinite(value):
        return _Refused(f"{word[:20]} is too large for a number")
    return _Refused("-0 is written as 0") if value == 0 and word.startswith("-") else value


def _integer(word: str) -> Any:
    if len(word) > LONGEST_INTEGER:
        return _Refused(f"a whole number of {len(word):,} digits is too long")
    return _Refused("-0 is written as 0") if word == "-0" else int(word)


def _check_values(value: Any, what: str) -> None:
    # A loop and not a recursion: what is checked here comes from outside. Places are put into
    # words only when something is wrong.
    waiting: list[tuple[Any, Any]] = [((), value)]
    while waiting:
        place, item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(((place, index), entry) for index, entry in enumerate(item))
        elif isinstance(item, dict):
            for key, entry in item.items():
                _check_text(key, place, what)
                waiting.append(((place, key), entry))
        elif isinstance(item, str):
            _check_text(item, place, what)
        elif isinstance(item, _Refused):
            where = f"at {_in_words(place)}" if place else "as a whole"
            raise UserError(f"The {what} is refused {where}: {item.reason}.", _damaged())


def _check_text(text: str, place: Any, what: str) -> None:
    if _SURROGATE.search(text):
        raise UserError(
            f"The {what} holds half a character (a lone surrogate) at {_in_words(place)}.",
            _damaged(),
        )


def _in_words(place: Any) -> str:
    """A place such as ``nodes.hidden_1.x`` or ``links[3]``, from nested pairs (place, key)."""
    keys = []
    while place:
        place, key = place
        keys.append(f"[{key}]" if isinstance(key, int) else f".{key[:60]}")
    return "".join(reversed(keys)).removeprefix(".")


def _damaged() -> str:
    return "Open an earlier version of the file, or ask for it to be sent again."
