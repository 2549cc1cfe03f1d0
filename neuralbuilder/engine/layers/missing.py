"""A placeholder for a layer that this version does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers.base import Layer, Shape
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
            "This version does not know this type of layer.",
            "Open the project with a newer version, or put another layer in its place.",
        )

    def build(self, binding: Binding) -> None:
        """Never reached: a network with a missing layer has no shape and is not compiled."""
        raise TypeError("a missing layer cannot be computed")
