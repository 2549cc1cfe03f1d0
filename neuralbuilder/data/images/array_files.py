"""Arrays in .npy files and .npz archives; nothing in them can run code here.

The size that an array declares is checked before any of it is unpacked. Members of an archive are
found by their plain names, so a name such as ``../x`` means nothing.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.images.labelled import MAXIMUM_BYTES, sizes
from neuralbuilder.data.images.reading import fill, naming
from neuralbuilder.data.samples import Progress
from neuralbuilder.data.tables.reading.format import opened_size
from neuralbuilder.problems import UserError

Shape = tuple[int, ...]
WANTED = "It needs an array x and an array y, as numpy.savez(file, x=x, y=y) writes them."

_LARGEST_HEADER = 10_000
_PLAIN = re.compile(r"([^/\\]+)\.npy")


@dataclass(frozen=True)
class Declared:
    """One array as it declares itself: where it is, and its shape, type and order."""

    path: Path
    name: str
    member: str
    shape: Shape
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def nbytes(self) -> int:
        """The size of the whole array."""
        return prod(self.shape) * self.dtype.itemsize


def names_in(path: str | Path) -> tuple[str, ...]:
    """The names of the arrays in a file; that of a single one is the name of the file.

    Raises `UserError` where the file cannot be read.
    """
    if not str(path):
        raise UserError("No file is chosen.", "Import an .npz file.")
    path = Path(path)
    opened_size(path, "Choose an .npz file.", WANTED)
    if _is_single(path):
        return (path.stem,)
    with naming(path), zipfile.ZipFile(path) as archive:
        found = (_PLAIN.fullmatch(name) for name in archive.namelist())
        return tuple(match[1] for match in found if match)


def _is_single(path: Path) -> bool:
    with naming(path), open(path, "rb") as file:
        return file.read(6) == b"\x93NUMPY" or path.suffix.lower() == ".npy"


def declared(path: str | Path, name: str, kinds: str) -> Declared:
    """What one array says about itself; raises `UserError` for what is not read.

    `kinds` are the letters of NumPy for the types that are.
    """
    path = Path(path)
    member = "" if _is_single(path) else f"{name}.npy"
    what = f"{path.name}: the array {name}"
    try:
        with naming(path), _opened(path, member) as file:
            shape, fortran, dtype = _header(file)
    except ValueError as error:
        raise UserError(f"{what} is damaged ({str(error)[:120]}).", "Save it again.") from None
    if dtype.hasobject:
        raise UserError(
            f"{what} holds Python objects, which can run code; they are not supported.",
            "Save it as an array of numbers.",
        )
    if dtype.kind not in kinds or dtype.names is not None:
        raise UserError(f"{what} holds {dtype} and not numbers.", "Save it as an array of numbers.")
    _refuse_size(what, shape, dtype)
    return Declared(path, name, member, shape, dtype, fortran)


@contextmanager
def _opened(path: Path, member: str) -> Iterator[IO[bytes]]:
    """An array of an archive, or the single one of a file where `member` is empty."""
    if not member:
        with open(path, "rb") as single:
            yield cast(IO[bytes], single)
        return
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(member)
        if info.flag_bits & 1:
            raise UserError(f"{path.name} is encrypted.", "Save it without a password.")
        with archive.open(info) as file:
            yield file


def _header(file: IO[bytes]) -> tuple[Shape, bool, np.dtype[Any]]:
    """Shape, order and type at the beginning of an array; raises `ValueError`."""
    version = np.lib.format.read_magic(file)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 has written
            shape, fortran, dtype = read(file, max_header_size=_LARGEST_HEADER)
    except (OSError, UserError, ValueError):
        raise
    except Exception as error:  # NumPy hands on what Python's own tokenizer and parser raise
        raise ValueError(f"its header cannot be read: {error}") from None
    if not all(type(length) is int for length in shape):
        raise ValueError(f"its shape is {shape}")
    return shape, fortran, dtype


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


def read_arrays(
    arrays: list[Declared], count: Callable[[Declared], int], progress: Progress | None = None
) -> list[NDArray[Any]]:
    """The first so many entries of each array; raises `UserError` where one is damaged."""
    total = sum(array.nbytes for array in arrays)
    done, read = 0, []
    for array in arrays:
        end = done + array.nbytes
        read.append(_read(array, count(array), progress, done / total, end / total))
        done = end
    return read


def _read(
    array: Declared, count: int, progress: Progress | None, begin: float, end: float
) -> NDArray[Any]:
    # Where the last axis runs slowest, the first samples are spread over the whole array.
    read_count = array.shape[0] if array.fortran else count
    shape = (read_count, *array.shape[1:])
    values = np.empty(prod(shape), array.dtype)
    with naming(array.path), _opened(array.path, array.member) as file:
        _header(file)
        fill(values, file, array.path.name, progress, begin, end)
    order: Literal["F", "C"] = "F" if array.fortran else "C"
    return values.reshape(shape, order=order)[:count]
