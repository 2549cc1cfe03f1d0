"""What a column of neurons or feature maps shows apart from live values. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass

from neuralbuilder.ui.canvas.layout import Column


@dataclass(frozen=True)
class ColumnFace:
    """What a column shows apart from live values.

    `labels` are the symbols of the drawn neurons, inside the disc for inputs; `names` stand beside
    their values.
    `classes` are class names, shown with a bar where the values are `probabilities`. A `caption`
    stands below feature maps. `maps` says of how many feature maps a strip is made (0 for none),
    and `marked` maps have the colours of its stretches. All values are `gradients` in the backward
    view.
    """

    column: Column
    role: str
    labels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    probabilities: bool = False
    selected: int = -1
    shape: str = ""
    buttons: bool = False
    gradients: bool = False
    caption: str = ""
    maps: int = 0
    marked: bool = False

    @property
    def bars(self) -> bool:
        """Whether every neuron has a bar."""
        return self.probabilities and bool(self.classes)
