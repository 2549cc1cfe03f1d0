"""From a text to the network that it describes."""

from __future__ import annotations

import re
from typing import Any

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Dense, Output
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.parts import Setting, settings_of
from neuralbuilder.problems import SettingError
from neuralbuilder.project.model import MAXIMUM_NODES
from neuralbuilder.project.text.design import Design, TextError, Word
from neuralbuilder.project.text.expectations import (
    closest,
    expected_choice,
    expected_main,
    no_layer,
    not_an_output,
    said_twice,
    unknown_word,
)
from neuralbuilder.project.text.values import (
    checked,
    is_value,
    not_expected,
    read_part,
    read_units,
    read_value,
)
from neuralbuilder.project.text.words import (
    dependents,
    layers_by_name,
    layers_by_part,
    main_settings,
    meanings,
)

MAXIMUM_LENGTH = 100_000
_ARROW = re.compile(r"->|→")
_WORD = re.compile(r"[^\s(]+(?:\([^)]*\)?)?|\([^)]*\)?")
_SPACE = "the input space, such as R^4 or 4, or auto for that of the data"
OPEN_INPUT = "auto"
"""Stands for the input space of the data."""


def parse(text: str) -> Design:
    """The network that a text describes.

    Raises `TextError`, which names the column and what was expected there. Whether the layers fit
    together is not looked at here: the checks of a project say that.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise TextError(MAXIMUM_LENGTH + 1, "the text is too long.", "Shorten it.")
    items = _items(text)
    if len(items) > MAXIMUM_NODES:
        raise TextError(
            items[MAXIMUM_NODES][0].column,
            f"there are {len(items)} layers.",
            f"A network has at most {MAXIMUM_NODES}.",
        )
    layers: list[Layer] = [_input(items[0])]
    is_open = items[0][0].name == OPEN_INPUT
    if len(items) == 1:
        raise TextError(
            len(text.rstrip()) + 1,
            "the network ends after its input.",
            "Expected -> and a layer, as in R^4 -> 3 tanh -> R^2.",
        )
    mentioned = [frozenset[str]() if is_open else frozenset({"shape"})]
    for item in items[1:]:
        layer, settings = _layer(item, last=item is items[-1])
        layers.append(layer)
        mentioned.append(settings)
    return Design(tuple(layers), tuple(mentioned))


def _items(text: str) -> list[list[Word]]:
    """The words between the arrows; every item has at least one."""
    items: list[list[Word]] = []
    start = 0
    ends = [*((m.start(), m.end()) for m in _ARROW.finditer(text)), (len(text), len(text))]
    for end, following in ends:
        words = [
            Word(match.group(), match.start() + 1) for match in _WORD.finditer(text, start, end)
        ]
        if not words:
            expected = "a layer such as 3 tanh" if items else "the input space, such as R^4"
            found = "the text ends" if end == len(text) else "there is nothing before the arrow"
            raise TextError(end + 1, f"{found}.", f"Expected {expected}.")
        items.append(words)
        start = following
    return items


def _input(words: list[Word]) -> Input:
    (setting,) = settings_of(Input)
    is_open = words[0].name == OPEN_INPUT
    shape = Input().shape if is_open else read_value(setting, words[0], _SPACE)
    if len(words) > 1:
        raise TextError(
            words[1].column,
            f"{words[1].quoted} cannot follow the input space.",
            "An input computes nothing, so it has no activation and no bias; expected ->.",
        )
    return Input(shape)


def _layer(words: list[Word], last: bool) -> tuple[Layer, frozenset[str]]:
    """The layer that an item describes, and the settings that it spells out."""
    cls, rest = _class_of(words)
    if last:
        if cls is not Dense:
            raise not_an_output(words[0])
        cls = Output
    settings = _settings(cls, words[0], rest)
    try:
        return cls(**settings), frozenset(settings)
    except SettingError as error:
        raise TextError(words[0].column, error.message, error.hint) from None


def _class_of(words: list[Word]) -> tuple[type[Layer], list[Word]]:
    """The class of the layer, and the words about it without its name."""
    first = words[0]
    if is_value(first):
        return Dense, words
    by_name, by_part = layers_by_name(), layers_by_part()
    if first.text.lower() in by_name:
        return by_name[first.text.lower()], words[1:]
    if first.name in by_part:
        return by_part[first.name], words
    raise no_layer(first, by_name, by_part)


def _settings(cls: type[Layer], name: Word, words: list[Word]) -> dict[str, Any]:
    """The settings that the words behind a layer's name spell out."""
    main = main_settings(cls)
    settings: dict[str, Any] = {}
    if main and words and is_value(words[0]):
        settings |= _main_values(cls, words[0])
        words = words[1:]
    elif main and main[0].needed:
        found, column = (words[0].quoted, words[0].column) if words else ("nothing", name.end)
        raise TextError(column, f"{found} follows {name.text}.",
                        f"Expected {expected_main(cls, main[0])}.")  # fmt: skip
    known, follows = meanings(cls), words[0].column if words and not settings else 0
    waiting = iter(words)
    for word in waiting:
        meaning = known.get(word.name)
        if meaning is None or ("(" in word.text and meaning.part is None):
            raise unknown_word(cls, word, first=word.column == follows)
        if meaning.setting.name in settings:
            raise said_twice(meaning.setting, word)
        if meaning.value_follows:
            settings |= _following(cls, meaning.setting, word, next(waiting, None))
        elif meaning.part is not None:
            settings[meaning.setting.name] = read_part(meaning.part, word)
        else:
            settings[meaning.setting.name] = meaning.switched
    return settings


def read_main_values(cls: type[Layer], text: str) -> dict[str, Any]:
    """The settings of a layer that a text such as ``3@5x5`` means; raises `TextError`."""
    return _main_values(cls, Word("".join(text.split()), 1))


def _main_values(cls: type[Layer], word: Word) -> dict[str, Any]:
    """The values right behind the name, such as ``3@5x5``."""
    main = main_settings(cls)
    values: dict[str, Any] = {}
    column = word.column
    for index, text in enumerate(word.text.split("@")):
        piece = Word(text, column)
        if index == len(main):
            raise TextError(column - 1, f"{word.quoted} has one value too many.",
                            f"Expected {expected_main(cls, main[0])}.")  # fmt: skip
        setting = main[index]
        if not text:
            raise TextError(column, "nothing follows @." if index else "nothing precedes @.",
                            f"Expected {expected_main(cls, setting)}.")  # fmt: skip
        read = read_units if cls in (Dense, Output) else read_value
        values[setting.name] = read(setting, piece, expected_main(cls, setting))
        column = piece.end + 1
    return values


def _following(
    cls: type[Layer], setting: Setting, keyword: Word, word: Word | None
) -> dict[str, Any]:
    """The value behind a word such as ``stride``; a choice may be said by another setting."""
    expected = f"{expected_choice(cls, setting)} after {setting.word}"
    if word is None:
        raise TextError(keyword.end, f"nothing follows {setting.word}.", f"Expected {expected}.")
    if setting.type != "choice":
        return {setting.name: read_value(setting, word, expected)}
    speakers = dependents(cls, setting)
    lowered = word.text.lower()
    if lowered in setting.choices and lowered not in speakers:
        return {setting.name: checked(setting, lowered, word)}
    if is_value(word):
        for value, speaker in speakers.items():
            return {setting.name: value, speaker.name: read_value(speaker, word, expected)}
    close = closest(word, set(setting.choices) - set(speakers), 0.6)
    if close:
        raise TextError(word.column, f"{word.quoted} is not a word I know here.",
                        f"Did you mean {setting.word} {close}?")  # fmt: skip
    raise not_expected(word, expected)
