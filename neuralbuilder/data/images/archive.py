"""Arrays of NumPy, x and y, as a dataset: in an .npz archive, or in a file each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.images.array_files import (
    WANTED,
    Declared,
    Shape,
    declared,
    names_in,
    read_arrays,
)
from neuralbuilder.data.images.array_roles import files_beside, inputs_in, pairs_in, role_of
from neuralbuilder.data.images.labelled import (
    GROUP,
    MAXIMUM_CLASSES,
    numbered_classes,
    refuse_classes,
    sizes,
)
from neuralbuilder.data.samples import (
    Array,
    Expected,
    FileDataset,
    Progress,
    Samples,
    Task,
    channel_names,
)
from neuralbuilder.parts import integer, register, text
from neuralbuilder.problems import UserError

_OF_INPUTS, _OF_TARGETS = "biuf", "biufU"
"""The types of numbers that are read, and words for targets."""


@register("npz", "NumPy archive", "x, y → samples")
@dataclass(frozen=True)
class NumpyArchive(FileDataset):
    """Arrays x and y in an .npz file, or in a file each; x holds images or rows of numbers.

    Images are (samples, height, width), or with channels in front or at the end. Whole numbers and
    words in y are classes, fractions are quantities. Other usual names will do as well, in any
    case: images and labels, data and target. Arrays x_train, y_train, x_test and y_test bring their
    own test part.
    """

    group = GROUP

    path: str = text("", "File", help="The archive with the arrays, or the file with x.")
    rows: int = integer(
        0,
        "At most",
        minimum=0,
        maximum=1_000_000_000,
        zero_word="all",
        help="So many samples of each array are read.",
    )
    labels: str = text(
        "", "Labels", help="The file with y where x has its own; empty: the one beside it."
    )

    def expected(self) -> Expected:
        """The number of samples, and the shape of one."""
        inputs = [x for x, _ in self._pairs().values()]
        count = sum(map(self._count, inputs))
        # Larger whole numbers that turn out to be bytes need less in the end.
        item_size = 1 if inputs[0].dtype.itemsize == 1 else 8
        return Expected(count, _image_shape(inputs[0].shape)[1:], item_size)

    def load(self) -> Samples:
        """The samples of the archive. Raises `UserError` with file, array and remedy."""
        return self.read()

    def read(self, progress: Progress | None = None) -> Samples:
        """As `load`, telling `progress` how far it is."""
        pairs, name = self._pairs(), Path(self.path).name
        _refuse_misfits(name, list(pairs.values()))
        arrays = read_arrays([a for pair in pairs.values() for a in pair], self._count, progress)
        inputs, targets = arrays[::2], [_column(y) for y in arrays[1::2]]
        x = _joined([_inputs(name, x) for x in inputs])
        y, names, task = _targets(name, np.concatenate(targets))
        images = x.ndim == 4
        of_inputs = channel_names(x.shape[1]) if images else _numbered("x", x.shape[1])
        test_from = len(x) - len(inputs[-1]) if "test" in pairs and len(pairs) > 1 else None
        return Samples(x, y, of_inputs, names, task, _notes(pairs), test_from)

    def _pairs(self) -> dict[str, tuple[Declared, Declared]]:
        """Inputs and targets of each part, those for the test last; raises `UserError`."""
        names = names_in(self.path)
        pairs = {} if self.labels else pairs_in(names)
        if pairs:
            return {part: (declared(self.path, x, _OF_INPUTS), declared(self.path, y, _OF_TARGETS))
                    for part, (x, y) in pairs.items()}  # fmt: skip
        alone = inputs_in(names)
        path = Path(self.path)
        files = {"": (path, path.parent / self.labels)} if self.labels else files_beside(path)
        if alone is None or not files:
            raise _without_pair(path, names)
        return {part: (_only(x, True), _only(y, False)) for part, (x, y) in files.items()}

    def _count(self, array: Declared) -> int:
        return min(array.shape[0], self.rows) if self.rows else array.shape[0]


def labels_beside(dataset: NumpyArchive) -> bool:
    """Whether targets are known; True for what holds no single array of inputs at all."""
    try:
        names = names_in(dataset.path)
        return bool(
            dataset.labels
            or pairs_in(names)
            or inputs_in(names) is None
            or files_beside(Path(dataset.path))
        )
    except UserError:
        return True


def read_archive_inputs(path: str | Path) -> NDArray[Any]:
    """The inputs of an archive alone, as new ones for a network."""
    name = Path(path).name
    found = inputs_in(names_in(path))
    if found is None:
        raise UserError(f"{name} holds no array x.", WANTED)
    array = declared(path, found, _OF_INPUTS)
    return _inputs(name, read_arrays([array], lambda a: a.shape[0])[0])


# ------------------------------------------------------------------ what is there


def _only(path: Path, is_inputs: bool) -> Declared:
    """The array of a file that holds only the inputs, or only the targets."""
    names = names_in(path)
    wanted = [n for n in names if (role := role_of(n)) and role.is_inputs == is_inputs]
    found = names if len(names) == 1 else wanted
    if len(found) != 1:
        what = "inputs" if is_inputs else "labels"
        raise UserError(f"{path.name} holds {_listed(names)}, of which none is known to be the "
                        f"{what}.", "Save one array in it.")  # fmt: skip
    return declared(path, found[0], _OF_INPUTS if is_inputs else _OF_TARGETS)


def _without_pair(path: Path, names: tuple[str, ...]) -> UserError:
    role = role_of(path.stem)
    if len(names) == 1 and role is not None and not role.is_inputs:
        return UserError(f"{path.name} holds labels by its name.", "Choose the file with x.")
    if len(names) == 1 and path.suffix.lower() == ".npy":
        return UserError(
            f"{path.name} holds one array, and no file with its labels is beside it.",
            "Put y.npy beside x.npy, or save an .npz file: numpy.savez(file, x=x, y=y).",
        )
    return UserError(f"{path.name} holds no arrays x and y; it holds {_listed(names)}.", WANTED)


def _listed(names: Iterable[str]) -> str:
    return (", ".join(sorted(names)[:8]) or "nothing")[:200]


def _notes(pairs: dict[str, tuple[Declared, Declared]]) -> tuple[str, ...]:
    """What became of the parts, by the names of their arrays or files."""
    notes = []
    if "val" in pairs and len(pairs) > 1:
        notes.append(
            f"{_titles(pairs['val'])} are joined to the training part, of which the validation "
            "share is taken."
        )
    if "test" in pairs and len(pairs) > 1:
        notes.append(f"The test part is {_titles(pairs['test'])}.")
    if len({array.path for pair in pairs.values() for array in pair}) > 1:
        first, second = next(iter(pairs.values()))
        notes.append(f"The labels of {first.path.name} are those in {second.path.name}.")
    return tuple(notes)


def _titles(pair: tuple[Declared, Declared]) -> str:
    one_file = pair[0].path == pair[1].path
    return " and ".join(array.name if one_file else array.path.name for array in pair)


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """The arrays one behind the other; a single one is not copied."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


# ------------------------------------------------------------------ inputs and targets


def _refuse_misfits(name: str, pairs: list[tuple[Declared, Declared]]) -> None:
    """Raise `UserError` where numbers of samples or their shapes differ."""
    for x, y in pairs:
        if x.shape[0] != y.shape[0]:
            raise UserError(
                f"{name}: {x.name} has {x.shape[0]:,} samples, but {y.name} has {y.shape[0]:,}.",
                "Save arrays of the same length.",
            )
    (first, _), *others = pairs
    for other, _ in others:
        if other.shape[1:] != first.shape[1:]:
            raise UserError(
                f"{name}: {first.name} has samples of {sizes(first.shape[1:])}, but {other.name} "
                f"of {sizes(other.shape[1:])}.",
                "Save arrays of the same shape.",
            )


def _image_shape(shape: Shape) -> Shape:
    """(samples, features) or (samples, channels, height, width) for the shape of x."""
    if len(shape) == 3:
        return shape[0], 1, *shape[1:]
    if _channels_last(shape):
        return shape[0], shape[3], *shape[1:3]
    return shape


def _channels_last(shape: Shape) -> bool:
    if len(shape) != 4 or shape[1] in (1, 3):
        return False
    return shape[3] in (1, 3) or (shape[3] == 4 != shape[1])


def _inputs(name: str, x: NDArray[Any]) -> NDArray[Any]:
    if not 2 <= x.ndim <= 4:
        raise UserError(
            f"{name}: x has shape {sizes(x.shape)}.",
            "It should be samples × features, or samples × channels × height × width.",
        )
    if _channels_last(x.shape):
        x = np.moveaxis(x, 3, 1)
    x = x.reshape(_image_shape(x.shape) if x.ndim == 3 else x.shape)
    if x.ndim == 4 and x.dtype.kind in "iu" and x.min() >= 0 and x.max() <= 255:
        return np.ascontiguousarray(x, np.uint8)
    return _finite(name, "x", x)


def _finite(name: str, what: str, values: NDArray[Any]) -> Array:
    array = np.ascontiguousarray(values, np.float64)
    finite = np.isfinite(array)
    if not finite.all():
        row = int(np.argwhere(~finite)[0][0])
        raise UserError(
            f"{name}: {what} holds values that are not finite, the first one in sample {row}.",
            "Replace or leave out such samples.",
        )
    return array


def _column(y: NDArray[Any]) -> NDArray[Any]:
    return y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y


def _targets(name: str, y: NDArray[Any]) -> tuple[Array, tuple[str, ...], Task]:
    """Values or one column per class, their names, and the task."""
    if y.ndim not in (1, 2):
        raise UserError(f"{name}: y has shape {sizes(y.shape)}.",
                        "It should be one label per sample, or samples × outputs.")  # fmt: skip
    if y.ndim == 2:
        return _several_targets(name, y)
    whole = y.dtype.kind != "f" and len(np.unique(y)) <= MAXIMUM_CLASSES
    if whole:
        labels, names = numbered_classes(y)
        refuse_classes(name, names)
        return np.eye(len(names))[labels], names, "classification"
    return _finite(name, "y", y)[:, None], ("y",), "regression"


def _several_targets(name: str, y: NDArray[Any]) -> tuple[Array, tuple[str, ...], Task]:
    if y.dtype.kind == "U":
        raise UserError(f"{name}: y holds {y.shape[1]} words per sample.", "Save one per sample.")
    values = _finite(name, "y", y)
    if not np.isin(values, (0, 1)).all():
        return values, _numbered("y", y.shape[1]), "regression"
    if (values.sum(axis=1) == 1).all():
        return values, tuple(str(number) for number in range(y.shape[1])), "classification"
    return values, _numbered("y", y.shape[1]), "yes/no"


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}{number}" for number in range(1, count + 1))
