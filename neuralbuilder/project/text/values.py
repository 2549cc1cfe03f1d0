"""Single values in the text form, both ways: numbers, sizes, shapes, and parts with brackets."""

from __future__ import annotations

import re
from typing import Any

from neuralbuilder.parts import Part, Setting, settings_of
from neuralbuilder.problems import SettingError
from neuralbuilder.project.text.design import TextError, Word, quoted

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_VECTOR = re.compile(r"(?:[Rℝ](?:\^?([0-9]+)|([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?|([0-9]+))", re.IGNORECASE)
_IMAGE = re.compile(r"(?:([0-9]+)[x×])?([0-9]+)[x×]([0-9]+)", re.IGNORECASE)
_SIZE = re.compile(r"([0-9]+)(?:[x×]([0-9]+))?", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?[0-9]+")
_CALL = re.compile(r"[^(]+\(([^)]*)\)")
_LONGEST = 12
"""Digits of a whole number. Python refuses more than 4,300 with an error of its own."""


# ------------------------------------------------------------------ reading


def is_value(word: Word) -> bool:
    """Whether a word can only be a value: it does not begin with a letter, or is a space."""
    return not word.text[0].isalpha() or _VECTOR.fullmatch(word.text) is not None


def read_value(setting: Setting, word: Word, expected: str) -> Any:
    """The value of a setting; raises `TextError` with what was expected, or the range."""
    reader = _READERS.get(setting.type)
    value = None if reader is None else reader(word)
    if value is None:
        raise not_expected(word, expected)
    return checked(setting, value, word)


def read_units(setting: Setting, word: Word, expected: str) -> Any:
    """A number of neurons, which may be written as a space: ``3`` or ``R^3``."""
    shape = _read_shape(word)
    if shape is None or len(shape) != 1:
        raise not_expected(word, expected)
    return checked(setting, shape[0], word)


def checked(setting: Setting, value: Any, word: Word) -> Any:
    """The value, if the setting allows it; raises `TextError` at the word otherwise."""
    try:
        setting.check(value)
    except SettingError as error:
        raise TextError(word.column, error.message, error.hint) from None
    return value


def not_expected(word: Word, expected: str) -> TextError:
    """A word where something else was expected."""
    return TextError(word.column, f"{word.quoted} is not expected here.", f"Expected {expected}.")


def _read_integer(word: Word) -> int | None:
    return _whole(word.text, word) if _WHOLE.fullmatch(word.text) else None


def _read_number(word: Word) -> float | None:
    try:
        return _number("number", word.text)
    except ValueError:
        return None


def _read_size(word: Word) -> tuple[int, int] | None:
    match = _SIZE.fullmatch(word.text)
    if match is None:
        return None
    height, width = match.groups()
    return _whole(height, word), _whole(width or height, word)


def _read_shape(word: Word) -> tuple[int, ...] | None:
    image = _IMAGE.fullmatch(word.text)
    if image is not None:
        return tuple(_whole(size or "1", word) for size in image.groups())
    vector = _VECTOR.fullmatch(word.text)
    if vector is None:
        return None
    plain, raised, bare = vector.groups()
    return (_whole(plain or bare or (raised.translate(_SUPERSCRIPTS) if raised else "1"), word),)


_READERS: dict[str, Any] = {
    "integer": _read_integer,
    "number": _read_number,
    "size": _read_size,
    "shape": _read_shape,
}


def _whole(digits: str, word: Word) -> int:
    if len(digits) > _LONGEST:
        raise TextError(word.column, f"{word.quoted} is too large.", "Give a smaller number.")
    return int(digits)


def read_part(cls: type[Part], word: Word) -> Part:
    """The part of this class that a word names, with the settings in its brackets."""
    call = _CALL.fullmatch(word.text)
    if call is None and "(" in word.text:
        raise TextError(word.column, f"{word.quoted} has no closing bracket.", f"Write {cls.name}.")
    arguments = call.group(1) if call else ""
    given = [text.strip() for text in arguments.split(",")] if arguments.strip() else []
    settings = settings_of(cls)
    if len(given) > len(settings):
        most = f"at most {len(settings)} numbers" if settings else "no number"
        raise TextError(word.column, f"{cls.name} takes {most} in brackets, not {len(given)}.",
                        f"Write {cls.name}.")  # fmt: skip
    try:
        values = {s.name: _number(s.type, text) for s, text in zip(settings, given, strict=False)}
        return cls(**values)
    except SettingError as error:
        raise TextError(word.column, error.message, error.hint) from None
    except ValueError:
        raise TextError(word.column, f"{quoted(arguments)} is not a number.",
                        f"Write for example {cls.name}(0.1).") from None  # fmt: skip


def _number(kind: str, text: str) -> float | int:
    if not text.isascii() or "_" in text or len(text) > 40:
        raise ValueError(text)
    return int(text) if kind == "integer" else float(text)


# ------------------------------------------------------------------ writing


def write_value(setting: Setting, value: Any, short: bool = True) -> str:
    """A value as `read_value` reads it; a square size is one number where it may be `short`."""
    if setting.type == "size" and short and value[0] == value[1]:
        return str(value[0])
    if setting.type in ("size", "shape"):
        return "x".join(str(length) for length in value)
    return str(value) if setting.type == "choice" else repr(value)


def write_space(shape: tuple[int, ...]) -> str:
    """The space of the input: ``R^4``, ``28x28``, ``3x32x32``."""
    if len(shape) == 1:
        return f"R^{shape[0]}"
    return "x".join(str(size) for size in (shape if shape[0] > 1 else shape[1:]))


def write_part(part: Part) -> str:
    """The name of a part, with those settings in brackets that differ from the default."""
    settings = settings_of(type(part))
    values = [getattr(part, s.name) for s in settings]
    while values and values[-1] == settings[len(values) - 1].default:
        values.pop()
    return f"{part.name}({', '.join(repr(v) for v in values)})" if values else part.name
