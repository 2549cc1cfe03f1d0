"""Parts: everything a user can pick from a list.

A part is a frozen dataclass registered under a kind (layer, activation, loss, dataset …). Its
fields are its settings, declared with `integer`, `number`, `switch`, `choice`, `text`, `lines`,
`shape`, `size`, `columns`, `layer` and `nested`; forms, files, limits and help texts are all
derived from that one declaration. A part holds no arrays and no state, so one object can sit in the
document, the undo history, the file and the training process at the same time.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

from neuralbuilder.problems import SettingError, UserError

SettingType = Literal[
    "integer", "number", "switch", "choice", "text", "lines", "shape", "size", "columns", "layer",
    "part",
]  # fmt: skip
_SETTING = "neuralbuilder.setting"


@dataclass(frozen=True)
class Setting:
    """One setting of a part: its type, range, unit, default and help, and its place in texts.

    In the text form of a network the `main` settings of a layer stand right after its name, joined
    by ``@``; where the first one is `needed`, it cannot be left out. The value of another setting
    follows its `word` (``stride 2``), and the word of a switch stands alone or behind ``no``. Parts
    are said by their names. What is neither main nor a part and has no word is not in the text.
    `always` says that the text shows the value even where it is the default. `when` is a choice and
    one of its values: this setting counts only there, forms show it only there, and in texts its
    value says the choice as well (``pad 2``). `zero_word` is what the number 0 means where that is
    something of its own, such as ``no limit``: forms show it, and take it, instead of the 0. A
    number with `slider` has a range that people like to run through: plots have a slider for it.
    """

    name: str
    label: str
    type: SettingType
    default: Any
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    part_kind: str = ""
    open_minimum: bool = False
    logarithmic: bool = False
    hidden: bool = False
    choice_labels: tuple[str, ...] = ()
    main: bool = False
    needed: bool = False
    word: str = ""
    always: bool = False
    when: tuple[str, str] | None = None
    zero_word: str = ""
    slider: bool = False

    def check(self, value: object) -> None:
        """Raise `SettingError` unless `value` is of this setting's type and within its range."""
        _CHECKS[self.type](self, value)

    def allowed(self) -> str:
        """The range in words, such as ``a whole number from 0 to 1,000; 0 means all``."""
        return f"{self._range()}; 0 means {self.zero_word}" if self.zero_word else self._range()

    def _range(self) -> str:
        noun = "a whole number" if self.type == "integer" else "a number"
        low = "above" if self.open_minimum else "from"
        if self.minimum is not None and self.maximum is not None:
            return f"{noun} {low} {_figure(self.minimum)} to {_figure(self.maximum)}"
        if self.minimum is not None:
            words = "above" if self.open_minimum else "of at least"
            return f"{noun} {words} {_figure(self.minimum)}"
        if self.maximum is not None:
            return f"{noun} of at most {_figure(self.maximum)}"
        return noun

    def word_for(self, choice: str) -> str:
        """What people read for one of the choices."""
        named = dict(zip(self.choices, self.choice_labels, strict=False))
        return named.get(choice, choice)


def _figure(value: float) -> str:
    """``1,000,000`` for a whole number below 10^15, otherwise as short as possible."""
    return f"{int(value):,}" if value == int(value) and abs(value) < 1e15 else f"{value:g}"


class Part:
    """Base of all parts. Subclasses are frozen dataclasses registered with `register`."""

    kind: ClassVar[str]
    name: ClassVar[str]
    label: ClassVar[str]
    symbol: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for setting in settings_of(type(self)):
            setting.check(getattr(self, setting.name))


PartType = TypeVar("PartType", bound=type[Part])
_registry: dict[str, dict[str, type[Part]]] = {}


def register(name: str, label: str, symbol: str = "") -> Callable[[PartType], PartType]:
    """Class decorator that adds a part to the catalogue of its kind, in order of definition.

    `name` is the word used in files and text; `label` is what people read; `symbol` is a short
    mathematical hint such as ``W·x+b``.
    """

    def decorate(cls: PartType) -> PartType:
        cls.name, cls.label, cls.symbol = name, label, symbol
        of_kind = _registry.setdefault(cls.kind, {})
        if name in of_kind:
            raise ValueError(f"there are two parts of kind {cls.kind!r} named {name!r}")
        of_kind[name] = cls
        return cls

    return decorate


def catalogue(kind: str) -> tuple[type[Part], ...]:
    """All registered parts of a kind, in the order in which they were defined."""
    return tuple(_registry.get(kind, {}).values())


def kinds() -> tuple[str, ...]:
    """The kinds that have at least one registered part."""
    return tuple(_registry)


def find(kind: str, name: str) -> type[Part]:
    """The part of this kind and name; raises `UserError` that lists the names there are."""
    try:
        return _registry[kind][name]
    except KeyError:
        known = ", ".join(_registry.get(kind, {}))
        raise UserError(f"There is no {kind} named {name!r}.", f"Choose one of: {known}.") from None


def settings_of(cls: type[Part]) -> tuple[Setting, ...]:
    """The settings of a part class, in order of declaration."""
    cached = cls.__dict__.get("_settings")
    if cached is None:
        fields: tuple[dataclasses.Field[Any], ...] = (
            dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()
        )
        cached = tuple(
            dataclasses.replace(field.metadata[_SETTING], name=field.name)
            for field in fields
            if _SETTING in field.metadata
        )
        cls._settings = cached  # type: ignore[attr-defined]
    return cached


def counts(setting: Setting, part: Part) -> bool:
    """Whether a setting has a meaning in this part, or depends on a choice that was not taken."""
    return setting.when is None or getattr(part, setting.when[0]) == setting.when[1]


def help_of(cls: type[Part]) -> str:
    """The first paragraph of the part's docstring, as help for people."""
    return " ".join((cls.__doc__ or "").split("\n\n")[0].split())


def changed(part: Part, **settings: Any) -> Any:
    """A copy of `part` with other settings; raises `SettingError` where one is out of range."""
    return dataclasses.replace(part, **settings)  # type: ignore[type-var]


def to_dict(part: Part) -> dict[str, Any]:
    """The part as a plain dict of JSON types, under the key ``part`` its registered name."""
    values = {s.name: _plain(getattr(part, s.name)) for s in settings_of(type(part))}
    return {"part": part.name, **values}


def from_dict(kind: str, data: Mapping[str, Any]) -> Part:
    """The part described by `data`.

    Missing settings take their defaults and keys the part does not know are passed over (files
    keep them aside). Raises `UserError` for an unknown part and `SettingError` for a bad value.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("part"), str):
        article = "An" if kind[0] in "aeiou" else "A"
        raise UserError(f"{article} {kind} needs a key 'part' with its name.")
    cls = find(kind, data["part"])
    known = {s.name: s for s in settings_of(cls)}
    values = {k: _from_plain(known[k], v) for k, v in data.items() if k in known}
    return cls(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return to_dict(value)
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _from_plain(setting: Setting, value: Any) -> Any:
    if setting.type == "part" and isinstance(value, Mapping):
        return from_dict(setting.part_kind, value)
    if setting.type == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 2**53 else value
    return tuple(value) if isinstance(value, list) else value


# ------------------------------------------------------------------ declaring settings


def _declare(default: Any, **facts: Any) -> Any:
    setting = Setting(name="", default=default, **facts)
    return dataclasses.field(default=default, metadata={_SETTING: setting})


def integer(default: int, label: str, **facts: Any) -> Any:
    """A whole number; facts: minimum, maximum, unit, zero_word, help."""
    return _declare(default, label=label, type="integer", **facts)


def number(default: float, label: str, **facts: Any) -> Any:
    """A finite real number; facts: minimum, maximum, open_minimum, logarithmic, unit, zero_word,
    slider, help.
    """
    return _declare(default, label=label, type="number", **facts)


def switch(default: bool, label: str, **facts: Any) -> Any:
    """A yes-or-no setting."""
    return _declare(default, label=label, type="switch", **facts)


def choice(default: str, label: str, choices: tuple[str, ...], **facts: Any) -> Any:
    """One word out of a closed list; `choice_labels` are what people read for them."""
    return _declare(default, label=label, type="choice", choices=choices, **facts)


def text(default: str, label: str, **facts: Any) -> Any:
    """Free text on one line."""
    return _declare(default, label=label, type="text", **facts)


def lines(default: tuple[str, ...], label: str, **facts: Any) -> Any:
    """Several lines of text, such as one formula per output."""
    return _declare(default, label=label, type="lines", **facts)


def shape(default: tuple[int, ...], label: str, **facts: Any) -> Any:
    """The sizes of an array without its batch axis: (4,) or (channels, height, width)."""
    return _declare(default, label=label, type="shape", **facts)


def size(default: tuple[int, int], label: str, **facts: Any) -> Any:
    """The height and width of a window, from 1 to `maximum` each."""
    return _declare(default, label=label, type="size", **facts)


def columns(default: tuple[str, ...], label: str, **facts: Any) -> Any:
    """Names of table columns."""
    return _declare(default, label=label, type="columns", **facts)


def layer(default: str, label: str, **facts: Any) -> Any:
    """A layer of the network by its id; "" leaves it to the part which one."""
    return _declare(default, label=label, type="layer", **facts)


def nested(default: Part, label: str, **facts: Any) -> Any:
    """Another part as a setting, such as the activation of a layer."""
    return _declare(default, label=label, type="part", part_kind=default.kind, **facts)


# ------------------------------------------------------------------ checking settings


def _check_integer(setting: Setting, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(setting, value)
    _check_range(setting, value)


def _check_number(setting: Setting, value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise _wrong(setting, value)
    _check_range(setting, value)


def _check_range(setting: Setting, value: float) -> None:
    below = setting.minimum is not None and (
        value < setting.minimum or (setting.open_minimum and value == setting.minimum)
    )
    if below or (setting.maximum is not None and value > setting.maximum):
        raise _wrong(setting, value)


def _check_switch(setting: Setting, value: object) -> None:
    if not isinstance(value, bool):
        raise SettingError(setting.name, f"{setting.label} is on or off, not {_shown(value)}.")


def _check_choice(setting: Setting, value: object) -> None:
    if value not in setting.choices:
        options = ", ".join(setting.choices)
        raise SettingError(
            setting.name,
            f"{setting.label} cannot be {_shown(value)}.",
            f"Choose one of: {options}.",
        )


def _check_text(setting: Setting, value: object) -> None:
    if not isinstance(value, str):
        raise SettingError(setting.name, f"{setting.label} is a text, not {_shown(value)}.")


def _check_lines(setting: Setting, value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(line, str) for line in value):
        raise SettingError(
            setting.name, f"{setting.label} is a list of texts, not {_shown(value)}."
        )


def _check_shape(setting: Setting, value: object) -> None:
    largest = setting.maximum if setting.maximum is not None else 1_000_000
    fits = isinstance(value, tuple) and len(value) in (1, 3)
    if not fits or not all(
        isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= largest
        for size in value  # type: ignore[attr-defined]
    ):
        raise SettingError(
            setting.name,
            f"{setting.label} cannot be {_shown(value)}.",
            f"Give one size, or channels × height × width, each from 1 to {largest:g}.",
        )


def _check_size(setting: Setting, value: object) -> None:
    largest = 1_000 if setting.maximum is None else setting.maximum
    fits = isinstance(value, tuple) and len(value) == 2
    if not fits or not all(
        isinstance(length, int) and not isinstance(length, bool) and 1 <= length <= largest
        for length in value  # type: ignore[attr-defined]
    ):
        raise SettingError(
            setting.name,
            f"{setting.label} cannot be {_shown(value)}.",
            f"Give height × width, each from 1 to {largest:g}, or one number for both.",
        )


def _check_part(setting: Setting, value: object) -> None:
    if not isinstance(value, Part) or value.kind != setting.part_kind:
        raise SettingError(
            setting.name, f"{setting.label} must be a {setting.part_kind}, not {_shown(value)}."
        )


def _wrong(setting: Setting, value: object) -> SettingError:
    return SettingError(
        setting.name,
        f"{setting.label} cannot be {_shown(value)}.",
        f"Give {setting.allowed()}.",
    )


def _shown(value: object) -> str:
    shown = repr(value)
    if isinstance(value, tuple) and len(value) > 1 and all(type(size) is int for size in value):
        shown = " × ".join(map(str, value))
    return shown if len(shown) <= 40 else shown[:37] + "…"


_CHECKS: dict[str, Callable[[Setting, object], None]] = {
    "integer": _check_integer,
    "number": _check_number,
    "switch": _check_switch,
    "choice": _check_choice,
    "text": _check_text,
    "lines": _check_lines,
    "shape": _check_shape,
    "size": _check_size,
    "columns": _check_lines,
    "part": _check_part,
    "layer": _check_text,
}
