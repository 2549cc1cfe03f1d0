"""Ids and names of new layers, and of spaces.

An id is fixed for life; a name is for people and can be changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from neuralbuilder.engine.layers.base import Layer, Shape

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MAXIMUM_NAME = 80
ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""What an id looks like; ids become the names of arrays in files."""


def new_id(taken: Iterable[str], layer: Layer) -> str:
    """An id that is not taken: ``input``, ``hidden_1``, ``output`` and so on.

    Numbers go on above the highest that is in use, so that an id never comes to mean another
    layer while its own is still there.
    """
    ids = set(taken)
    if layer.role != "hidden" and layer.stem not in ids:
        return layer.stem
    first = 1 if layer.role == "hidden" else 2
    pattern = re.compile(rf"{re.escape(layer.stem)}_([0-9]{{1,9}})")
    numbers = [int(match.group(1)) for id in ids if (match := pattern.fullmatch(id))]
    return f"{layer.stem}_{max([first - 1, *numbers]) + 1}"


def name_of(node_id: str, layer: Layer) -> str:
    """The name a new layer starts with: ``hidden_1`` is called Hidden 1, maxpool_1 Max pool 1."""
    if layer.title and node_id.startswith(layer.stem):
        return layer.title + node_id.removeprefix(layer.stem).replace("_", " ")
    return node_id.replace("_", " ").capitalize()


def clean_name(text: str) -> str:
    """A name as people may give it: one line, without invisible characters, not too long."""
    shown = "".join(
        " " if character.isspace() else character
        for character in text[: 10 * MAXIMUM_NAME]
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
    )
    return " ".join(shown.split())[:MAXIMUM_NAME].rstrip()


def space(shape: Shape) -> str:
    """A shape as people write spaces: ℝ⁴, or 3×24×24."""
    if len(shape) == 1:
        return "ℝ" + str(shape[0]).translate(_SUPERSCRIPTS)
    return "×".join(str(size) for size in shape)
