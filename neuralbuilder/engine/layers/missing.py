"""A placeholder for a layer that this version does not know."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.parts import catalogue
from neuralbuilder.problems import Problem


@dataclass(frozen=True)
class Missing(Layer):
    """Keeps the description of an unknown layer, so that saving the project loses nothing.

    `original` is the JSON text found in the file. It is not in the catalogue, since nobody picks
    it from a list.
    """

    name: ClassVar[str] = "missing"
    label: ClassVar[str] = "Missing"
    stem: ClassVar[str] = "missing"
    inputs_allowed: ClassVar[tuple[int, int | None]] = (0, None)

    original: str = ""

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape | Problem:
        """Always a problem: nothing is known about what this layer computes."""
        return Problem(
            self._reason(),
            "Open the project with a newer version, or put another layer in its place.",
        )

    def _reason(self) -> str:
        found = json.loads(self.original) if self.original else {}
        part = str(found.get("part", ""))[:40]
        if part in {cls.name for cls in catalogue("layer")}:
            return f"This version does not know everything that this layer, {part!r}, is made of."
        return f"This version does not know this type of layer{f', {part!r}' if part else ''}."

    def build(self, binding: Binding) -> None:
        """Never reached: a network with a missing layer has no shape and is not compiled."""
        raise TypeError("a missing layer cannot be computed")
