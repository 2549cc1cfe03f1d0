"""Samples: what every dataset delivers and everything else works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.parts import Part

Array = NDArray[np.float64]
Task = Literal["regression", "classification"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs and targets in original units.

    `x` has shape (samples, features) or (samples, channels, height, width). `y` has shape
    (samples, outputs): the target values of a regression, or one column per class holding 0 and
    1 for a classification. All values are finite float64.
    """

    x: Array
    y: Array
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    task: Task
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of samples."""
        return len(self.x)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input, without the batch axis."""
        return self.x.shape[1:]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `y`; empty for a regression."""
        return self.target_names if self.task == "classification" else ()

    @property
    def labels(self) -> NDArray[np.intp]:
        """The class index of every sample (classification only)."""
        labels: NDArray[np.intp] = self.y.argmax(axis=1)
        return labels


class Dataset(Part):
    """A source of samples. Its settings say everything needed to obtain them again."""

    kind: ClassVar[str] = "dataset"
    group: ClassVar[str] = "Other"
    """The heading under which lists of datasets show it."""

    def load(self) -> Samples:
        """The samples; equal settings give equal samples. Raises `UserError` with place and
        remedy when they cannot be had.
        """
        raise NotImplementedError
