"""NumPy archives (.npz) with arrays x and y; nothing in them can run code here.

The sizes that the arrays declare are checked before any of them is unpacked, and members are found
by their exact names, so a name such as ``../x`` means nothing.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.images.labelled import (
    GROUP,
    MAXIMUM_BYTES,
    MAXIMUM_CLASSES,
    channel_names,
    numbered_classes,
    refuse_classes,
    sizes,
)
from neuralbuilder.data.images.reading import fill, naming
from neuralbuilder.data.samples import Array, Expected, FileDataset, Progress, Samples, Task
from neuralbuilder.data.table_format import opened_size
from neuralbuilder.parts import integer, register, text
from neuralbuilder.problems import UserError

Arrays = dict[str, NDArray[Any]]
Shape = tuple[int, ...]

_NAMES = (("x_train", "y_train", "x_test", "y_test"), ("x", "y"))
_WANTED = "It needs an array x and an array y, as numpy.savez(file, x=x, y=y) writes them."
_LARGEST_HEADER = 10_000


@dataclass(frozen=True)
class _Member:
    """One array of the archive as it declares itself."""

    name: str
    info: zipfile.ZipInfo
    shape: Shape
    dtype: np.dtype[Any]
    fortran: bool


@register("npz", "NumPy archive", "x, y → samples")
@dataclass(frozen=True)
class NumpyArchive(FileDataset):
    """Arrays x and y in an .npz file; x holds images or rows of numbers.

    Images are (samples, height, width), or with channels in front or at the end. Whole numbers and
    words in y are classes, fractions are quantities. Arrays x_train, y_train, x_test and y_test
    bring their own test part.
    """

    group = GROUP

    path: str = text("", "File", help="The archive with the arrays.")
    rows: int = integer(
        0,
        "At most",
        minimum=0,
        maximum=1_000_000_000,
        zero_word="all",
        help="So many samples of each array are read.",
    )

    def expected(self) -> Expected:
        """The number of samples, and the shape of one."""
        with _archive(self.path) as archive:
            members = _members(archive, Path(self.path).name)
            inputs = [member for name, member in members.items() if name.startswith("x")]
            count = sum(self._count(member) for member in inputs)
            # Larger whole numbers that turn out to be bytes need less in the end.
            item_size = 1 if inputs[0].dtype.itemsize == 1 else 8
            return Expected(count, _image_shape(inputs[0].shape)[1:], item_size)

    def load(self) -> Samples:
        """The samples of the archive. Raises `UserError` with file, array and remedy."""
        return self.read()

    def read(self, progress: Progress | None = None) -> Samples:
        """As `load`, telling `progress` how far it is."""
        with _archive(self.path) as archive:
            name = Path(self.path).name
            arrays = _read(archive, _members(archive, name), name, self._count, progress)
        parts = [(arrays["x"], arrays["y"])] if "x" in arrays else [
            (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
        ]  # fmt: skip
        for x, y in parts:
            _refuse_other_count(name, x, y)
        x = _joined([_inputs(name, x) for x, _ in parts])
        y, names, task = _targets(name, np.concatenate([_column(y) for _, y in parts]))
        images = x.ndim == 4
        of_inputs = channel_names(x.shape[1]) if images else _numbered("x", x.shape[1])
        test_from = len(parts[0][0]) if len(parts) > 1 else None
        notes = () if test_from is None else ("The test part is x_test and y_test.",)
        return Samples(x, y, of_inputs, names, task, notes, test_from)

    def _count(self, member: _Member) -> int:
        return min(member.shape[0], self.rows) if self.rows else member.shape[0]


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """The arrays one behind the other; a single one is not copied."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def read_archive_inputs(path: str | Path) -> NDArray[Any]:
    """The array x of an archive alone, as new inputs for a network."""
    with _archive(path) as archive:
        name = Path(path).name
        member = _member(archive, "x", name)
        return _inputs(name, _read(archive, {"x": member}, name, lambda m: m.shape[0], None)["x"])


# ------------------------------------------------------------------ the archive


@contextmanager
def _archive(path: str | Path) -> Iterator[zipfile.ZipFile]:
    if not str(path):
        raise UserError("No file is chosen.", "Import an .npz file.")
    opened_size(path, "Choose an .npz file.", _WANTED)
    with naming(Path(path)), zipfile.ZipFile(path) as archive:
        yield archive


def _members(archive: zipfile.ZipFile, name: str) -> dict[str, _Member]:
    """The arrays that make samples, by name; raises `UserError` where they are not all there."""
    present = set(archive.namelist())
    for names in _NAMES:
        if all(f"{wanted}.npy" in present for wanted in names):
            return {wanted: _member(archive, wanted, name) for wanted in names}
    found = ", ".join(sorted(Path(n).stem for n in present)[:8]) or "nothing"
    raise UserError(f"{name} holds no arrays x and y; it holds {found[:200]}.", _WANTED)


def _member(archive: zipfile.ZipFile, wanted: str, name: str) -> _Member:
    """What one array says about itself; raises `UserError` for what is not read."""
    try:
        info = archive.getinfo(f"{wanted}.npy")
    except KeyError:
        raise UserError(f"{name} holds no array {wanted}.", _WANTED) from None
    if info.flag_bits & 1:
        raise UserError(f"{name} is encrypted.", "Save it without a password.")
    try:
        with archive.open(info) as file:
            shape, fortran, dtype = _declared(file)
    except ValueError as error:
        raise UserError(
            f"{name}: the array {wanted} is damaged ({str(error)[:120]}).", "Save it again."
        ) from None
    if dtype.hasobject:
        raise UserError(
            f"{name}: the array {wanted} holds Python objects, which can run code; they are not "
            "supported.",
            "Save it as an array of numbers.",
        )
    kinds = "biuf" if wanted.startswith("x") else "biufU"
    if dtype.kind not in kinds or dtype.names is not None:
        raise UserError(f"{name}: the array {wanted} holds {dtype} and not numbers.",
                        "Save it as an array of numbers.")  # fmt: skip
    _refuse_size(f"{name}: the array {wanted}", shape, dtype)
    return _Member(wanted, info, shape, dtype, fortran)


def _declared(file: IO[bytes]) -> tuple[Shape, bool, np.dtype[Any]]:
    """Shape, order and type at the beginning of an array; raises `ValueError`."""
    version = np.lib.format.read_magic(file)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 has written
        return read(file, max_header_size=_LARGEST_HEADER)


def _refuse_size(what: str, shape: Shape, dtype: np.dtype[Any]) -> None:
    if not shape or min(shape) < 1:
        raise UserError(f"{what} is empty: its shape is {shape}.", "Save it with samples in it.")
    # Bytes stay bytes; all other numbers are worked with in double precision.
    total = prod(shape) * (1 if dtype.itemsize == 1 else max(8, dtype.itemsize))
    if total > MAXIMUM_BYTES:
        raise UserError(
            f"{what} of shape {sizes(shape)} unpacks to {total / 1e9:,.1f} GB; at most "
            f"{MAXIMUM_BYTES / 1e9:.1f} GB are read.",
            "Save fewer samples, or pixels as uint8.",
        )


def _read(
    archive: zipfile.ZipFile,
    members: dict[str, _Member],
    name: str,
    count: Any,
    progress: Progress | None,
) -> Arrays:
    """The first so many entries of each array."""  # fmt: skip
    total = sum(prod(member.shape) * member.dtype.itemsize for member in members.values())
    arrays: Arrays = {}
    done = 0
    for wanted, member in members.items():
        wanted_count = count(member)
        # Where the last axis runs slowest, the first samples are spread over the whole array.
        read_count = member.shape[0] if member.fortran else wanted_count
        shape = (read_count, *member.shape[1:])
        array = np.empty(prod(shape), member.dtype)
        with archive.open(member.info) as file:
            _declared(file)
            after = done + prod(member.shape) * member.dtype.itemsize
            fill(array, file, name, progress, done / total, after / total)
        order: Literal["F", "C"] = "F" if member.fortran else "C"
        arrays[wanted] = array.reshape(shape, order=order)[:wanted_count]
        done = after
    return arrays


# ------------------------------------------------------------------ inputs and targets


def _refuse_other_count(name: str, x: NDArray[Any], y: NDArray[Any]) -> None:
    if len(x) != len(y):
        raise UserError(
            f"{name}: x has {len(x):,} samples, but y has {len(y):,}.",
            "Save arrays of the same length.",
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
