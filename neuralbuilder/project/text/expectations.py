"""What a text that cannot be read is answered: what was expected there, and the nearest word."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Dense, Output
from neuralbuilder.parts import Setting, catalogue
from neuralbuilder.project.text.design import TextError, Word
from neuralbuilder.project.text.values import is_value, write_value
from neuralbuilder.project.text.words import (
    Meaning,
    all_meanings,
    dependents,
    layers_by_name,
    layers_by_part,
    main_settings,
    meanings,
)

_UNITS = "the number of neurons, such as 3 or R^2"


def expected_main(cls: type[Layer], setting: Setting) -> str:
    """The value behind a layer's name, with an example made of the defaults."""
    if cls in (Dense, Output):
        return _UNITS
    main = main_settings(cls)
    example = "@".join(write_value(s, s.default, len(main) == 1) for s in main)
    noun = setting.label.lower()
    what = f"number of {noun}" if setting.type == "integer" else noun
    return f"the {what}, such as {cls.name} {example}"


def expected_choice(cls: type[Layer], setting: Setting) -> str:
    """The value behind a keyword."""
    if setting.type != "choice":
        return setting.allowed()
    speakers = dependents(cls, setting)
    words = [value for value in setting.choices if value not in speakers]
    return " or ".join([", ".join(words), *(s.allowed() for s in speakers.values())])


def no_layer(word: Word, by_name: Collection[str], by_part: Collection[str]) -> TextError:
    """An item that begins with a word which is no layer."""
    names = [name for name in by_name if name != Dense.name]
    hint = f"Expected {_UNITS}, or a layer: {', '.join(names)}."
    if word.name in {cls.name for cls in catalogue("layer")} - set(by_name):
        return TextError(
            word.column,
            f"the {word.name} is written without its name.",
            "The first item is the input space and the last one the size of the output, as in "
            "R^4 -> R^2.",
        )
    if word.name in by_name:
        return TextError(word.column, f"{word.name} takes no brackets.", f"Write {word.name}.")
    if word.name in all_meanings():
        return TextError(word.column, f"{word.quoted} is not a layer.", hint)
    close = closest(word, [*names, *by_part], 0.75)
    message = f"there is no layer called {word.quoted}."
    return TextError(word.column, message, f"Did you mean {close}? {hint}" if close else hint)


def not_an_output(word: Word) -> TextError:
    """A last item that is no number."""
    part = word.name in layers_by_part()
    example = f"10 {word.name}" if part else f"… -> {word.name} -> 10 softmax"
    return TextError(
        word.column,
        f"{word.quoted} cannot be the last layer.",
        f"A network ends in its output: expected a number such as 10 or R^2, as in {example}.",
    )


def said_twice(setting: Setting, word: Word) -> TextError:
    """A word about a setting that another word before it has set."""
    what = setting.word
    if setting.type == "part":
        article = "an" if setting.part_kind[0] in "aeiou" else "a"
        what = f"{article} {setting.part_kind}"
    elif setting.type == "switch":
        what = f"{setting.word} or no{setting.word}"
    return TextError(
        word.column,
        f"{word.quoted} comes too late: the layer already has {what}.",
        "Remove one of the two.",
    )


def unknown_word(cls: type[Layer], word: Word, first: bool) -> TextError:
    """A word that says nothing about this layer, but perhaps about another.

    `first` says that it stands right behind the layer's name, where a value could stand.
    """
    known = meanings(cls)
    elsewhere = all_meanings().get(word.name)
    listed = f"Expected {_listed(cls, known, first)}."
    if word.name in known:
        return TextError(word.column, f"{word.name} takes no brackets.", f"Write {word.name}.")
    if is_value(word):
        return TextError(word.column, f"{word.quoted} is not expected here.", listed)
    if elsewhere is not None:
        noun = elsewhere.setting.label.lower()
        own = layers_by_part().get(word.name)
        hint = f"Write it as a layer of its own: {cls.name} -> {word.text}." if own else listed
        return TextError(word.column, f"{cls.name} has no {noun}.", hint)
    if word.name in layers_by_name():
        message = f"{word.name} is a layer of its own."
        return TextError(word.column, message, f"Write -> before {word.name}.")
    close = closest(word, known, 0.6)
    message = f"{word.quoted} is not a word I know here."
    return TextError(word.column, message, f"Did you mean {close}?" if close else listed)


def closest(word: Word, names: Iterable[str], cutoff: float) -> str | None:
    """The name that was probably meant, if there is one."""
    # A very long word is close to nothing, and comparing it would take long.
    meant, names = word.name[:80], list(names)
    begun = [name for name in names if name.startswith(meant) and len(meant) > 2]
    close = begun or difflib.get_close_matches(meant, names, n=1, cutoff=cutoff)
    return close[0] if close else None


def _listed(cls: type[Layer], known: dict[str, Meaning], first: bool) -> str:
    """All words of a layer, grouped by what they are about, and its value where it may come."""
    groups: dict[str, list[str]] = {}
    for name, meaning in known.items():
        groups.setdefault(meaning.setting.name, []).append(name)
    settings = {meaning.setting.name: meaning.setting for meaning in known.values()}
    found = [_group(cls, settings[name], words) for name, words in groups.items()]
    if first:
        found[:0] = [expected_main(cls, setting) for setting in main_settings(cls)[:1]]
    return " or ".join(filter(None, [", ".join(found), "->"]))


def _group(cls: type[Layer], setting: Setting, words: list[str]) -> str:
    if setting.type == "part":
        article = "an" if setting.part_kind[0] in "aeiou" else "a"
        return f"{article} {setting.part_kind} ({', '.join(words)})"
    if setting.type == "switch":
        return ", ".join(words)
    speakers = dependents(cls, setting)
    values = [value for value in setting.choices if value not in speakers]
    if speakers or not values:
        values.append("n")
    return f"{setting.word} {'|'.join(values)}"
