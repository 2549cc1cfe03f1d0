"""Samples: what every dataset delivers and everything else works on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.parts import Part, changed
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.data.tables.encoding import TableEncoding

Array = NDArray[np.float64]
Task = Literal["regression", "classification", "yes/no"]
"""Quantities; one class of several; or yes or no, once for every target."""

Progress = Callable[[float], bool]
"""Is told the share that has been read, from 0 to 1; returns False to stop reading."""

TRAINING, VALIDATION, TEST = 0, 1, 2
"""The numbers of the parts in `Samples.given_parts`."""

_MUCH = 400_000_000  # bytes
_CHANNELS = {1: ("grey",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}


class ReadingCancelled(UserError):
    """The user has stopped the reading."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs and targets in original units.

    `x` has shape (samples, features) or (samples, channels, height, width). `y` has shape
    (samples, outputs): the target values of a regression, or one column per class holding 0 and
    1 for a classification, whose classes stood in `class_column` where they have a name; or one
    column per question holding 1 for yes and 0 for no. All values are finite float64, but the
    pixels of images may be uint8, which needs an eighth of the memory. `input_names` are the names
    of the features, or of the channels. Where the source says itself which samples are for the
    test, they are those from row `test_from` on, or `given_parts` (samples,) has the number of the
    part of each; `parts` is either. `groups` (samples,) has equal numbers for samples that belong
    together, such as those of one patient, and must not be parted. `found` are settings
    of the dataset, by name, that were left to it and that reading has found out; see
    `Dataset.keeping`. Inputs from a table have an `encoding`, which says how its columns
    became them, and are NaN where a value is missing until `prepare` fills it in. `weights`
    (samples,) say how much each sample counts in the loss, where not all count alike; they are not
    negative. `rows` (samples,) are the numbers of the rows that they come from, the first row of a
    table being 1, where not all rows of one table are samples.
    """

    x: NDArray[Any]
    y: Array
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    task: Task
    notes: tuple[str, ...] = ()
    test_from: int | None = None
    class_column: str = ""
    found: tuple[tuple[str, Any], ...] = ()
    groups: NDArray[np.intp] | None = None
    given_parts: NDArray[np.int8] | None = None
    encoding: TableEncoding | None = None
    weights: Array | None = None
    rows: NDArray[np.intp] | None = None

    @cached_property
    def parts(self) -> NDArray[np.int8] | None:
        """The number of the part that the source gives each sample; None where it gives none."""
        if self.given_parts is not None or self.test_from is None:
            return self.given_parts
        parts = np.full(self.count, TRAINING, dtype=np.int8)
        parts[self.test_from :] = TEST
        return parts

    @property
    def count(self) -> int:
        """The number of samples."""
        return len(self.x)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input, without the batch axis."""
        return self.x.shape[1:]

    @property
    def is_images(self) -> bool:
        """Whether every input is an image (channels, height, width)."""
        return self.x.ndim == 4

    @cached_property
    def pixel_range(self) -> tuple[float, float]:
        """The values of black and of white: 0 and 255 for bytes, otherwise the extremes of `x`."""
        if self.x.dtype == np.uint8:
            return 0.0, 255.0
        return float(self.x.min()), float(self.x.max())

    @cached_property
    def constant_inputs(self) -> tuple[str, ...]:
        """The names of the features, or of the channels, that have one single value."""
        over = tuple(axis for axis in range(self.x.ndim) if axis != 1)
        # The smallest and the largest of the values that are there.
        low, high = np.fmin.reduce(self.x, axis=over), np.fmax.reduce(self.x, axis=over)
        flat = np.flatnonzero(low == high)
        known = self.input_names if len(self.input_names) == self.x.shape[1] else ()
        return tuple(known[i] if known else f"channel {i + 1}" for i in flat)

    @cached_property
    def constant_targets(self) -> tuple[str, ...]:
        """The names of the targets of a regression that have one single value; of classes, the
        name of the only one there is.
        """
        if self.task == "classification":
            found = np.flatnonzero(self.y.any(axis=0))
            return (self.target_names[found[0]],) if len(found) == 1 else ()
        flat = np.flatnonzero(self.y.min(axis=0) == self.y.max(axis=0))
        return tuple(self.target_names[i] for i in flat)

    @cached_property
    def positives(self) -> NDArray[np.intp]:
        """How many samples there are of each class, or how many ones each target has (not for
        quantities).
        """
        return np.asarray(np.count_nonzero(self.y, axis=0), np.intp)

    def taken(self, rows: NDArray[np.intp], parts: NDArray[np.int8] | None = None) -> Samples:
        """Some of the samples, with these parts given."""
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, x=self.x[rows], y=self.y[rows], test_from=None, groups=groups,
                       given_parts=parts)  # fmt: skip

    def look_through(self) -> None:
        """Find out now what is found out only once, and takes long where there are many samples."""
        names = ["constant_inputs", "constant_targets"]
        names += ["pixel_range"] if self.is_images else []
        names += ["labels"] if self.task == "classification" else []
        names += ["positives"] if self.task != "regression" else []
        for name in names:
            getattr(self, name)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `y`; empty for a regression."""
        return self.target_names if self.task == "classification" else ()

    def class_of(self, output: int, outputs: int) -> str:
        """The class that one of so many outputs stands for; "" where there are no such classes."""
        return class_of_output(self.class_names, output, outputs)

    @cached_property
    def labels(self) -> NDArray[np.intp]:
        """The class index of every sample (classification only), read-only."""
        labels: NDArray[np.intp] = self.y.argmax(axis=1)
        labels.flags.writeable = False
        return labels


def class_of_output(names: Sequence[str], output: int, outputs: int) -> str:
    """The name of the class whose probability an output gives, counted from 0.

    It is "" where the outputs are not those of the classes. A single output tells two classes
    apart and gives the probability of the second one.
    """
    if outputs == 1 and len(names) == 2:
        return names[1]
    return names[output] if outputs == len(names) else ""


def channel_names(channels: int) -> tuple[str, ...]:
    """What the channels of an image are called."""
    numbered = tuple(f"channel {number}" for number in range(1, channels + 1))
    return _CHANNELS.get(channels, numbered)


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

    def read(self, progress: Progress | None = None) -> Samples:
        """As `load`, telling `progress` how far it is; raises `ReadingCancelled` where that says
        to stop. Datasets that are there at once have nothing to tell.
        """
        return self.load()

    def keeping(self, samples: Samples) -> Dataset:
        """This dataset with what was found out when these samples were read, so that new inputs
        are read in the same way, and that it is not found anew in files that have changed.
        """
        kept: Dataset = changed(self, **dict(samples.found))
        return kept

    def expected(self) -> Expected | None:
        """How much is to come, said before anything large is read; None where that is not much.

        Raises `UserError` as `load` does.
        """
        return None


class FileDataset(Dataset):
    """A source that reads the user's own files, at `path`; its samples travel with a project."""

    path: str


@dataclass(frozen=True)
class Expected:
    """How many samples of which shape a dataset will hold, and the bytes that each of their values
    takes as it is kept: one for pixels that are bytes, eight for other numbers. The count may be
    `estimated`.
    """

    count: int
    shape: tuple[int, ...]
    item_size: int = 1
    estimated: bool = False

    @property
    def training_bytes(self) -> int:
        """Memory while training: the values as they are, and in single precision, scaled and
        shuffled.
        """
        return self.count * prod(self.shape) * (self.item_size + 2 * 4)

    @property
    def is_much(self) -> bool:
        """Whether people should hear of it before it is read."""
        return self.training_bytes > _MUCH

    def in_words(self) -> str:
        """`100,000 images of 1×28×28, which take about 0.7 GB of memory while training`."""
        noun = "images" if len(self.shape) == 3 else "samples"
        sizes = "×".join(str(size) for size in self.shape)
        about = "about " if self.estimated else ""
        return (
            f"{about}{self.count:,} {noun} of {sizes}, which take about "
            f"{self.training_bytes / 1e9:.1f} GB of memory while training"
        )
