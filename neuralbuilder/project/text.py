"""The text form of a network: one line such as ``R^4 -> 3 tanh -> R^2 linear``, both ways.

Items are separated by ``->`` or ``→``. The first is the input space (``4``, ``R^4``, ``ℝ⁴``,
``28x28``, ``3x32x32``), a number after it is a dense layer, and the last one is the output. After
the number stand words in any order: an activation, ``bias`` or ``nobias``, an initializer.
Settings of an activation or initializer that differ from the default follow it in brackets:
``leaky_relu(0.2)``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Dense, Output
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.parts import Part, catalogue, settings_of
from neuralbuilder.problems import SettingError, UserError
from neuralbuilder.project.model import MAXIMUM_NODES, Project

MAXIMUM_LENGTH = 100_000
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_ARROW = re.compile(r"->|→")
_WORD = re.compile(r"[^\s(]+(?:\([^)]*\)?)?|\([^)]*\)?")
_VECTOR = re.compile(r"(?:[Rℝ](?:\^?([0-9]+)|([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?|([0-9]+))", re.IGNORECASE)
_IMAGE = re.compile(r"(?:([0-9]+)[x×])?([0-9]+)[x×]([0-9]+)", re.IGNORECASE)
_CALL = re.compile(r"([^(]+)\(([^)]*)\)")


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


@dataclass(frozen=True)
class _Word:
    text: str
    column: int


# ------------------------------------------------------------------ reading


def parse(text: str) -> Design:
    """The network that a text describes.

    Raises `TextError`, which names the column and what was expected there.
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
    if len(items) == 1:
        raise TextError(
            len(text.rstrip()) + 1,
            "the network ends after its input.",
            "Expected -> and a layer, as in R^4 -> 3 tanh -> R^2.",
        )
    mentioned = [frozenset({"shape"})]
    for position, item in enumerate(items[1:], start=1):
        settings = _layer_settings(item)
        last = position == len(items) - 1
        layers.append(Output(**settings) if last else Dense(**settings))
        mentioned.append(frozenset(settings))
    return Design(tuple(layers), tuple(mentioned))


def _items(text: str) -> list[list[_Word]]:
    """The words between the arrows; every item has at least one."""
    items: list[list[_Word]] = []
    start = 0
    ends = [*((m.start(), m.end()) for m in _ARROW.finditer(text)), (len(text), len(text))]
    for end, following in ends:
        words = [
            _Word(match.group(), match.start() + 1) for match in _WORD.finditer(text, start, end)
        ]
        if not words:
            expected = "a layer such as 3 tanh" if items else "the input space, such as R^4"
            found = "the text ends" if end == len(text) else "there is nothing before the arrow"
            raise TextError(end + 1, f"{found}.", f"Expected {expected}.")
        items.append(words)
        start = following
    return items


def _input(words: list[_Word]) -> Input:
    word = words[0]
    image = _IMAGE.fullmatch(word.text)
    if image is not None:
        sizes = tuple(_whole(size or "1", word) for size in image.groups())
    else:
        sizes = (_size(word, "the input space, such as R^4 or 4"),)
    if len(words) > 1:
        raise TextError(
            words[1].column,
            f"{_quoted(words[1].text)} cannot follow the input space.",
            "An input computes nothing, so it has no activation and no bias; expected ->.",
        )
    try:
        return Input(sizes)
    except SettingError as error:
        raise TextError(word.column, error.message, error.hint) from None


def _layer_settings(words: list[_Word]) -> dict[str, Any]:
    """The settings of a dense layer that an item spells out."""
    size = words[0]
    settings: dict[str, Any] = {"units": _size(size, "the number of neurons, such as 3 or R^2")}
    _checked(size, {"units": settings["units"]})
    for word in words[1:]:
        name, value = _setting(word)
        if name in settings:
            what = {"activation": "an activation", "initializer": "an initializer"}
            raise TextError(
                word.column,
                f"{_quoted(word.text)} comes too late: the layer already has "
                f"{what.get(name, 'bias or nobias')}.",
                "Remove one of the two.",
            )
        settings[name] = value
    return settings


def _checked(word: _Word, settings: Mapping[str, Any]) -> None:
    try:
        Dense(**settings)
    except SettingError as error:
        raise TextError(word.column, error.message, error.hint) from None


def _size(word: _Word, expected: str) -> int:
    match = _VECTOR.fullmatch(word.text)
    if match is None:
        raise _unexpected(word, expected)
    plain, raised, bare = match.groups()
    digits = plain or bare or (raised.translate(_SUPERSCRIPTS) if raised else "1")
    return _whole(digits, word)


def _whole(digits: str, word: _Word) -> int:
    # Python refuses to convert numbers of more than 4,300 digits with an error of its own.
    if len(digits) > 12:
        raise TextError(word.column, f"{_quoted(word.text)} is too large.",
                        "Give a number up to 1,000,000.")  # fmt: skip
    return int(digits)


def _unexpected(word: _Word, expected: str) -> TextError:
    name = word.text.split("(")[0].lower()
    if not name[:1].isalpha() or name in _words():
        return TextError(word.column, f"{_quoted(word.text)} is not expected here.",
                         f"Expected {expected}.")  # fmt: skip
    close = difflib.get_close_matches(name, _words(), n=1, cutoff=0.75)
    if close:
        return TextError(word.column, f"{_quoted(word.text)} is not a word I know here.",
                         f"Did you mean {close[0]}? Expected {expected}.")  # fmt: skip
    return TextError(
        word.column,
        f"there is no layer called {_quoted(word.text)} in this version.",
        f"Expected {expected}; dense layers are the only ones there are so far.",
    )


def _setting(word: _Word) -> tuple[str, Any]:
    """The setting and value that one word stands for."""
    lowered = word.text.lower()
    if lowered in ("bias", "nobias"):
        return "bias", lowered == "bias"
    call = _CALL.fullmatch(word.text)
    name = (call.group(1) if call else word.text).lower()
    known = _words()
    if name not in known:
        raise _unknown_word(word, name, known)
    setting, cls = known[name]
    return setting, _part(cls, call.group(2) if call else "", word)


def _words() -> dict[str, tuple[str, type[Part]]]:
    """Word → (setting of a dense layer, part); activations come first where two share a name."""
    initializers = {cls.name: ("initializer", cls) for cls in catalogue("initializer")}
    return initializers | {cls.name: ("activation", cls) for cls in catalogue("activation")}


def _unknown_word(word: _Word, name: str, known: Mapping[str, object]) -> TextError:
    options = [*known, "bias", "nobias"]
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    listed = f"an activation or initializer ({', '.join(known)}), bias, nobias or ->"
    hint = f"Did you mean {close[0]}?" if close else f"Expected {listed}."
    return TextError(word.column, f"{_quoted(word.text)} is not a word I know here.", hint)


def _part(cls: type[Part], arguments: str, word: _Word) -> Part:
    given = [text.strip() for text in arguments.split(",")] if arguments.strip() else []
    settings = settings_of(cls)
    if len(given) > len(settings):
        most = f"at most {len(settings)} numbers" if settings else "no number"
        raise TextError(word.column, f"{cls.name} takes {most} in brackets, not {len(given)}.",
                        f"Write {cls.name}.")  # fmt: skip
    try:
        values = {s.name: _value(s.type, text) for s, text in zip(settings, given, strict=False)}
        return cls(**values)
    except SettingError as error:
        raise TextError(word.column, error.message, error.hint) from None
    except ValueError:
        raise TextError(word.column, f"{_quoted(arguments)} is not a number.",
                        f"Write for example {cls.name}(0.1).") from None  # fmt: skip


def _value(kind: str, text: str) -> float | int:
    if not text.isascii() or "_" in text or len(text) > 40:
        raise ValueError(text)
    return int(text) if kind == "integer" else float(text)


def _quoted(text: str) -> str:
    shown = text if len(text) <= 30 else text[:29] + "…"
    return repr(shown)


# ------------------------------------------------------------------ writing


def print_design(network: Project | Graph | Design) -> str:
    """The text form: what `parse` reads, for a finished chain.

    An unfinished chain ends in ``…``; a branching network gives a summary, which cannot be read.
    """
    if isinstance(network, Design):
        return " -> ".join(_printed(layer) for layer in network.layers)
    graph = network.graph() if isinstance(network, Project) else network
    ids = chain(graph)
    if ids is None or not _all_known(graph):
        return _summary(graph)
    items = [_printed(graph.layer(node)) for node in ids]
    if ids and graph.layer(ids[0]).role != "input":
        items.insert(0, "…")
    if ids and graph.layer(ids[-1]).role != "output":
        items.append("…")
    return " -> ".join(items)


def is_chain(network: Project | Graph) -> bool:
    """Whether the network is a finished chain from one input to one output, so that the text
    form describes all of it.
    """
    graph = network.graph() if isinstance(network, Project) else network
    ids = chain(graph)
    if not ids or len(ids) < 2:
        return False
    first, last = graph.layer(ids[0]), graph.layer(ids[-1])
    return _all_known(graph) and first.role == "input" and last.role == "output"


def _all_known(graph: Graph) -> bool:
    """Whether there are words for every layer."""
    return all(isinstance(layer, Input | Dense | Output) for _, layer in graph.layers)


def chain(graph: Graph) -> tuple[str, ...] | None:
    """All ids from first to last if the layers form one unbranched line, else None."""
    if len(graph.links) != max(0, len(graph.layers) - 1):
        return None
    starts = [node for node in graph.ids if not graph.sources(node)]
    if len(starts) != 1:
        return () if not graph.layers else None
    ids = [starts[0]]
    while targets := graph.targets(ids[-1]):
        if len(targets) > 1 or len(ids) > len(graph.layers):
            return None
        ids.append(targets[0])
    return tuple(ids) if len(ids) == len(graph.layers) else None


def _printed(layer: Layer) -> str:
    if isinstance(layer, Input):
        return _printed_space(layer.shape)
    assert isinstance(layer, Dense | Output)
    size = f"R^{layer.units}" if isinstance(layer, Output) else str(layer.units)
    words = [size, _printed_part(layer.activation)]
    if not layer.bias:
        words.append("nobias")
    if layer.initializer != type(layer)().initializer:
        words.append(_printed_part(layer.initializer))
    return " ".join(words)


def _printed_space(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"R^{shape[0]}"
    return "x".join(str(size) for size in (shape if shape[0] > 1 else shape[1:]))


def _printed_part(part: Part) -> str:
    settings = settings_of(type(part))
    values = [getattr(part, s.name) for s in settings]
    while values and values[-1] == settings[len(values) - 1].default:
        values.pop()
    return f"{part.name}({', '.join(repr(v) for v in values)})" if values else part.name


def _summary(graph: Graph) -> str:
    layers, links = len(graph.layers), len(graph.links)
    return (
        f"{layers} {'layer' if layers == 1 else 'layers'}, "
        f"{links} {'link' if links == 1 else 'links'} (not a chain: edit it on the canvas)"
    )
