"""The words about a layer, derived from the declarations of its settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.parts import Part, Setting, catalogue, counts, settings_of


@dataclass(frozen=True)
class Meaning:
    """What a word says about a layer: the value of a setting, or that its value comes next.

    `part` is the class whose name the word is, `switched` what the word of a switch sets it to.
    """

    setting: Setting
    part: type[Part] | None = None
    switched: bool | None = None

    @property
    def value_follows(self) -> bool:
        """Whether the next word is the value."""
        return self.part is None and self.switched is None


def layers_by_name() -> dict[str, type[Layer]]:
    """The layers that can stand between input and output, by name."""
    return {cls.name: cls for cls in catalogue("layer") if _is_hidden(cls)}  # type: ignore[misc]


def _is_hidden(cls: type[Part]) -> bool:
    return issubclass(cls, Layer) and cls.role == "hidden"


def layers_by_part() -> dict[str, type[Layer]]:
    """The layers that are all about one part, such as an activation, by the names of such parts."""
    found: dict[str, type[Layer]] = {}
    for layer in layers_by_name().values():
        for setting in settings_of(layer):
            if setting.main and setting.type == "part":
                found |= {part.name: layer for part in catalogue(setting.part_kind)}
    return found


def main_settings(cls: type[Layer]) -> tuple[Setting, ...]:
    """The settings whose values stand right after the name, joined by ``@``."""
    return tuple(s for s in settings_of(cls) if s.main and s.type != "part")


def meanings(cls: type[Layer]) -> dict[str, Meaning]:
    """The words that may follow in any order, by what they mean for this layer.

    Where two kinds of parts share a name, the first setting has it.
    """
    found: dict[str, Meaning] = {}
    for setting in settings_of(cls):
        for word, meaning in _words_of(setting):
            found.setdefault(word, meaning)
    return found


def _words_of(setting: Setting) -> Iterator[tuple[str, Meaning]]:
    if setting.type == "part":
        for part in catalogue(setting.part_kind):
            yield part.name, Meaning(setting, part=part)
    elif setting.word and setting.type == "switch":
        yield setting.word, Meaning(setting, switched=True)
        yield f"no{setting.word}", Meaning(setting, switched=False)
    elif setting.word:
        yield setting.word, Meaning(setting)


def all_meanings() -> dict[str, Meaning]:
    """What every word means that some layer knows."""
    found: dict[str, Meaning] = {}
    for layer in catalogue("layer"):
        if issubclass(layer, Layer):
            found = meanings(layer) | found
    return found


def dependent(cls: type[Part], choice: Setting, value: Any) -> Setting | None:
    """The setting that counts only where this choice has this value, and then speaks for it."""
    return next((s for s in settings_of(cls) if s.when == (choice.name, value)), None)


def dependents(cls: type[Part], choice: Setting) -> dict[str, Setting]:
    """Those values of a choice that are said by the value of another setting, with that setting."""
    found = {value: dependent(cls, choice, value) for value in choice.choices}
    return {value: setting for value, setting in found.items() if setting is not None}


def defaulted(layer: Layer) -> frozenset[str]:
    """The settings that have their defaults where a text about this layer leaves them out.

    The others stay as they are: those a text has no words for, and those it always shows.
    """
    cls = type(layer)
    return frozenset(s.name for s in settings_of(cls) if _is_said(layer, s) and not s.always)


def _is_said(layer: Layer, setting: Setting) -> bool:
    if setting.when is not None:
        return counts(setting, layer)
    return setting.main or bool(setting.word) or setting.type == "part"


def main_values(layer: Layer) -> tuple[Any, ...]:
    """What the layer is all about: the values of its main settings."""
    return tuple(getattr(layer, s.name) for s in settings_of(type(layer)) if s.main)
