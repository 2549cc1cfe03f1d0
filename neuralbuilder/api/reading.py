"""What arrays and frames given in Python mean to a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neuralbuilder.api.arguments import as_chosen_task
from neuralbuilder.api.arrays import (
    COMPARES_CLASSES,
    Array,
    are_bytes,
    check_probabilities,
    labels_of,
    names_of,
    numbered,
    numbers,
)
from neuralbuilder.api.frames import FrameInputs, inputs_of_frame
from neuralbuilder.data.samples import Samples, Task, channel_names
from neuralbuilder.data.tables.encoding import TableEncoding
from neuralbuilder.data.tables.reading.frames import is_frame as is_data_frame
from neuralbuilder.engine.activations import Softmax
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import BinaryCrossEntropy, Loss, activation_of
from neuralbuilder.problems import UserError


@contextmanager
def as_value_error() -> Iterator[None]:
    """What the program tells people is a `ValueError` to Python."""
    try:
        yield
    except UserError as error:
        raise ValueError(str(error)) from error


@dataclass(frozen=True, eq=False)
class DataReader:
    """Reads inputs and targets for a network, and refuses with `ValueError` what does not fit.

    Attributes:
        input_shape: the shape of one input that the network reads.
        output: its output layer, which says what targets mean.
        known: the samples that it has learnt from, if any; they name inputs, targets and columns.
        fill: what takes the place of a missing value in each input, once training has found it.
    """

    input_shape: tuple[int, ...]
    output: Layer
    known: Samples | None = None
    fill: Array | None = None

    @property
    def _units(self) -> int:
        units: int = getattr(self.output, "units", 0)
        return units

    def is_frame(self, x: object) -> bool:
        """Whether this is a frame of pandas, and the network reads rows of a table."""
        return is_data_frame(x) and len(self.input_shape) == 1

    @property
    def _encoding(self) -> TableEncoding | None:
        return None if self.known is None else self.known.encoding

    def reads_by_name(self, x: object) -> bool:
        """Whether this is a frame, and the names of its columns are known."""
        return self.is_frame(x) and self._encoding is not None

    def frame_to_learn(self, frame: Any) -> FrameInputs:
        """What a frame is to learn from, which says itself how it is read unless that is known."""
        return inputs_of_frame(frame, self._encoding, None, self.input_shape[0])

    def frame_inputs(self, frame: Any) -> FrameInputs:
        """What a frame is that comes after learning."""
        with as_value_error():
            return inputs_of_frame(frame, self._encoding, self.fill, self.input_shape[0])

    def inputs(self, x: ArrayLike) -> Array:
        """Inputs (samples, …), those of a frame by the names of its columns; missing values of a
        frame are NaN.
        """
        by_name = self.reads_by_name(x)
        return self.frame_inputs(x).x if by_name else self.array_inputs(x)

    def array_inputs(self, x: ArrayLike) -> Array:
        """Inputs (samples, …) from an array; grey images may leave their only channel out."""
        shape = self.input_shape
        array: Array = np.asarray(x) if len(shape) == 3 and are_bytes(x) else numbers(x, "x")
        if array.ndim == 3 and (1, *array.shape[1:]) == shape:
            array = array[:, None]
        if array.shape[1:] != shape or array.ndim != len(shape) + 1:
            sizes = ", ".join(map(str, shape))
            raise ValueError(
                f"x has shape {array.shape}, but the network reads (samples, {sizes})."
            )
        return array

    def samples(
        self,
        x: ArrayLike,
        y: ArrayLike,
        loss: Loss,
        frame: FrameInputs | None = None,
        at_least: int = 2,
        task: str = "auto",
    ) -> Samples:
        """The samples, with targets of the task of this word; `frame` is what `x` has been read as
        already, if it is one.
        """
        return as_chosen_task(self._samples(x, y, loss, frame, at_least, task), task)

    def _samples(
        self,
        x: ArrayLike,
        y: ArrayLike,
        loss: Loss,
        frame: FrameInputs | None,
        at_least: int,
        task: str,
    ) -> Samples:
        inputs = self.inputs(x) if frame is None else frame.x
        quantities = task == "quantities"
        targets, class_names = (numbers(y, "y"), ()) if quantities else self._numbered(y, loss)
        if len(inputs) != len(targets):
            raise ValueError(
                f"x has {len(inputs)} samples and y has {len(targets)}; "
                f"their shapes are {inputs.shape} and {targets.shape}."
            )
        if len(inputs) < at_least:
            are = "sample is" if len(inputs) == 1 else "samples are"
            raise ValueError(f"{len(inputs)} {are} too few; give at least {at_least}.")
        columns, found = self._columns(targets, loss, quantities)
        classes = found == "classification"
        first = self.known
        images = inputs.ndim == 4
        names = channel_names(len(inputs[0])) if images else names_of("x", inputs.shape[1])
        targets_names = names_of(
            "class " if classes else "y", columns.shape[1], 0 if classes else 1
        )
        if first is not None and first.y.shape[1] == columns.shape[1]:
            names, targets_names = first.input_names, first.target_names
        if class_names and len(class_names) == columns.shape[1]:
            targets_names = class_names
        if frame is None:
            encoding = self._encoding
            return Samples(inputs, columns, names, targets_names, found, encoding=encoding)
        encoding, names = frame.encoding, frame.encoding.input_names
        return Samples(inputs, columns, names, targets_names, found, frame.notes, encoding=encoding)

    def _numbered(self, y: ArrayLike, loss: Loss) -> tuple[Array, tuple[str, ...]]:
        """`y` as numbers, and the names of the classes where it holds words or other numbers than
        0, 1, 2 … in their place.
        """
        classes = max(2, self._units)
        known = self.known.class_names if self.known is not None else ()
        if self._classifies(loss):
            return numbered(y, classes, known)
        try:
            return numbers(y, "y"), ()
        except ValueError as error:
            if not any(isinstance(value, str) for value in np.asarray(y).ravel()):
                raise
            hint = "For classes, end the network with a softmax, such as 2 softmax."
            raise ValueError(f"{error}. {hint}") from None

    def _columns(self, y: Array, loss: Loss, quantities: bool) -> tuple[Array, Task]:
        """`y` with one column per output (two for classes that share one), and the task, which is
        given where they are `quantities`.
        """
        units = self._units
        if y.ndim == 1 and units > 1 and self._classifies(loss) and not quantities:
            return np.eye(units)[labels_of(y, units)], "classification"
        if y.ndim == 1 and units == 1:
            y = y[:, None]
        if y.ndim != 2 or y.shape[1] != units:
            expected = f"(samples, {units})"
            if units == 1 or self._classifies(loss):
                expected += " or (samples,)"
            hint = f" For classes, end it with {units} softmax." if y.ndim == 1 else ""
            raise ValueError(
                f"y has shape {y.shape}, but the network has {units} "
                f"{'output' if units == 1 else 'outputs'}: {expected} is expected.{hint}"
            )
        if quantities or not isinstance(loss, COMPARES_CLASSES):
            return y, "regression"
        check_probabilities(y, loss)
        whole = bool(np.isin(y, (0, 1)).all())
        if not whole:
            return y, "regression"
        if units == 1:
            return np.hstack([1 - y, y]), "classification"
        if isinstance(loss, BinaryCrossEntropy) or not (y.sum(axis=1) == 1).all():
            return y, "yes/no"
        return y, "classification"

    def _classifies(self, loss: Loss) -> bool:
        """Whether the outputs stand for classes, so that their numbers are targets, too."""
        is_softmax = isinstance(activation_of(self.output), Softmax)
        return is_softmax or isinstance(loss, COMPARES_CLASSES)
