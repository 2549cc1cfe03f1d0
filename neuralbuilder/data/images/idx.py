"""IDX files, the format of MNIST and its relatives, plain or packed with gzip.

Four bytes say what is in the file: 0, 0, the type of the numbers, and the number of axes; then
follow the sizes of the axes as 32-bit numbers, most significant byte first, and the numbers.
Source: Y. LeCun, "The MNIST database of handwritten digits".
"""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.images.labelled import (
    GROUP,
    classified,
    numbered_classes,
    refuse_too_much,
    sizes,
)
from neuralbuilder.data.images.reading import exactly, fill, naming, opened
from neuralbuilder.data.samples import Expected, FileDataset, Progress, Samples
from neuralbuilder.data.tables.reading.format import opened_size
from neuralbuilder.parts import integer, register, switch, text
from neuralbuilder.problems import UserError

Bytes = NDArray[np.uint8]

IMAGES = re.compile(r"(?P<stem>.*)images[-.]idx3[-.]ubyte(?P<rest>.*)", re.IGNORECASE)
"""The usual names of files with images."""

_TYPES = {
    0x08: "bytes", 0x09: "signed bytes", 0x0B: "16-bit numbers", 0x0C: "32-bit numbers",
    0x0D: "fractions", 0x0E: "fractions in double precision",
}  # fmt: skip
_AGAIN = "Copy or download it again."
_WANTED = ("Choose the file with the images.", _AGAIN)
_LARGEST_RATIO = 1100  # gzip cannot make a file smaller than about a thousandth


@register("idx", "IDX files (MNIST)", "images + labels")
@dataclass(frozen=True)
class IdxFiles(FileDataset):
    """Images and labels in two files as in MNIST, plain or packed with gzip.

    The labels are found beside the images by the usual names, and so is the pair for the test:
    t10k beside train.
    """

    group = GROUP

    path: str = text("", "Images", help="The file with the images, train-images-idx3-ubyte.")
    labels: str = text("", "Labels", help="The file with the labels; empty: beside the images.")
    pair: bool = switch(
        True, "Test file",
        help="Where the pair for the test (t10k) is beside it, it becomes the test part.",
    )  # fmt: skip
    transposed: bool = switch(
        False, "Transposed",
        help="The images are stored column by column, as those of EMNIST are: turn them upright.",
    )  # fmt: skip
    rows: int = integer(
        0,
        "At most",
        minimum=0,
        maximum=1_000_000_000,
        zero_word="all",
        help="So many samples of each file are read.",
    )

    def expected(self) -> Expected:
        """The number of images in the files, and their shape."""
        found = [self._header(images) for images, _ in self._files()]
        shape = found[0][1]
        return Expected(sum(count for count, _ in found), (1, *_turned(shape, self.transposed)))

    def load(self) -> Samples:
        """Images (samples, 1, height, width) of uint8, and the classes that the labels name."""
        return self.read()

    def read(self, progress: Progress | None = None) -> Samples:
        """As `load`, telling `progress` how far it is."""
        files = self._files()
        counts = [self._header(images)[0] for images, _ in files]
        shape = self._header(files[0][0])[1]
        _refuse_other_sizes(files[-1][0], self._header(files[-1][0])[1], shape)
        pixels = np.empty((sum(counts), 1, *shape), np.uint8)
        labels = np.empty(len(pixels), np.uint8)
        start = 0
        for (images, its_labels), count in zip(files, counts, strict=True):
            stop = start + count
            _read_labels(its_labels, images, labels[start:stop], self.rows)
            share = start / len(pixels), stop / len(pixels)
            _read_images(images, pixels[start:stop], progress, *share)
            start = stop
        name = Path(self.path).name
        notes: tuple[str, ...] = ()
        test_from = None
        if len(files) > 1:
            notes = (f"The test part is {files[1][0].name}.",)
            test_from = counts[0]
        if self.transposed:
            pixels = _transposed(pixels)
            notes += ("Rows and columns of the images are swapped.",)
        return classified(name, pixels, *numbered_classes(labels), notes, test_from)

    def _header(self, path: Path) -> tuple[int, tuple[int, int]]:
        """How many images of a file are read, and their height and width."""
        count, shape = images_in(path)
        count = min(count, self.rows) if self.rows else count
        refuse_too_much(path.name, count, shape)
        return count, shape

    def _files(self) -> list[tuple[Path, Path]]:
        """The files with images and labels: those to learn from, and those for the test."""
        if not self.path:
            raise UserError("No file is chosen.", "Import the file with the images.")
        images = Path(self.path)
        opened_size(images, *_WANTED)
        images_in(images)
        pairs = [(images, self._labels_of(images))]
        other = _test_file(images) if self.pair else None
        if other is not None:
            pairs.append((other, _labels_beside(other)))
        return pairs

    def _labels_of(self, images: Path) -> Path:
        return images.parent / self.labels if self.labels else _labels_beside(images)


def is_idx_name(path: Path) -> bool:
    """Whether a file is called as IDX files are."""
    return "ubyte" in path.name.lower() or path.suffix.lower() in (".gz", ".idx")


def holds_idx(path: Path) -> bool:
    """Whether a file is to be read as IDX: by its name, and where that only ends with .gz, by the
    two zeros that it begins with.
    """
    if path.suffix.lower() != ".gz" or "ubyte" in path.name.lower():
        return is_idx_name(path)
    try:
        with gzip.open(path) as file:
            return file.read(2) == bytes(2)
    except (OSError, EOFError, zlib.error):
        return False


def labels_are_found(dataset: IdxFiles) -> bool:
    """Whether the labels are chosen, or beside images; True for what holds no images at all."""
    path = Path(dataset.path)
    try:
        images_in(path)
    except UserError:
        return True
    try:
        return bool(dataset.labels) or _labels_beside(path).is_file()
    except UserError:
        return False


def images_in(path: Path) -> tuple[int, tuple[int, int]]:
    """How many images a file holds, and their height and width; raises `UserError`."""
    with _header_of(path) as (_, axes):
        if len(axes) == 1:
            raise UserError(
                f"{path.name} holds labels, not images.",
                "Choose the file with the images, such as train-images-idx3-ubyte.",
            )
        if len(axes) != 3 or 0 in axes:
            raise UserError(
                f"{path.name} holds numbers of shape {sizes(axes)}; images are "
                "number × height × width.",
                "Choose a file with grey images.",
            )
        return axes[0], (axes[1], axes[2])


def _turned(shape: tuple[int, int], transposed: bool) -> tuple[int, int]:
    return (shape[1], shape[0]) if transposed else shape


def _transposed(pixels: Bytes) -> Bytes:
    """Images with rows and columns swapped."""
    return np.ascontiguousarray(pixels.swapaxes(2, 3))


def found_idx(path: str) -> IdxFiles:
    """The files with what their name tells: the images of EMNIST are stored column by column."""
    return IdxFiles(path, transposed=Path(path).name.lower().startswith("emnist"))


def read_idx_images(path: Path, transposed: bool = False) -> Bytes:
    """All images of one file, (images, 1, height, width), without labels."""
    opened_size(path, *_WANTED)
    count, shape = images_in(path)
    refuse_too_much(path.name, count, shape)
    pixels = np.empty((count, 1, *shape), np.uint8)
    _read_images(path, pixels, None, 0.0, 1.0)
    return _transposed(pixels) if transposed else pixels


@contextmanager
def _header_of(path: Path) -> Iterator[tuple[IO[bytes], tuple[int, ...]]]:
    """The file behind its header, and the sizes of the axes; raises `UserError`."""
    with naming(path), opened(path) as file:
        start = exactly(file, 4)
        if start[:2] != b"\0\0" or start[2] not in _TYPES or not 1 <= start[3] <= 4:
            raise UserError(
                f"{path.name} is not an IDX file: it begins with {start.hex(' ')} and not with "
                "00 00 08 03.",
                "Choose a file such as train-images-idx3-ubyte.gz.",
            )
        if start[2] != 0x08:
            raise UserError(
                f"{path.name} holds {_TYPES[start[2]]} (type code 0x{start[2]:02X}); only bytes "
                "(0x08) are read.",
                "Write the file with one byte per pixel.",
            )
        axes = tuple(np.frombuffer(exactly(file, 4 * start[3]), ">u4").tolist())
        size = path.stat().st_size
        if prod(axes) > _LARGEST_RATIO * size:
            raise UserError(
                f"{path.name} says that it holds {prod(axes):,} bytes, which {size:,} bytes on "
                "disk cannot be.",
                _AGAIN,
            )
        yield file, axes


def _read_images(
    path: Path, pixels: Bytes, progress: Progress | None, begin: float, end: float
) -> None:
    with _header_of(path) as (file, axes):
        fill(pixels, file, path.name, progress, begin, end)
        if len(pixels) == axes[0]:
            _refuse_more(path, file)


def _read_labels(path: Path, images: Path, labels: Bytes, limit: int) -> None:
    """Read as many labels as there are images; raises `UserError` where their numbers differ."""
    count = images_in(images)[0]
    opened_size(path, "Choose the file with the labels.", _AGAIN)
    with _header_of(path) as (file, axes):
        if len(axes) != 1:
            raise UserError(
                f"{path.name} holds images, not labels.",
                "Choose the file with the labels, such as train-labels-idx1-ubyte.",
            )
        if axes[0] != count:
            raise UserError(
                f"{images.name} holds {count:,} images, but {path.name} {axes[0]:,} labels.",
                "They do not belong together: choose the labels of these images.",
            )
        fill(labels, file, path.name, None)
        if not limit or limit >= count:
            _refuse_more(path, file)


def _refuse_more(path: Path, file: IO[bytes]) -> None:
    # Reading on also lets gzip compare its checksum; never more than one byte is unpacked.
    if file.read(1):
        raise UserError(f"{path.name} holds more than it says at its beginning.", _AGAIN)


def _refuse_other_sizes(path: Path, found: tuple[int, int], wanted: tuple[int, int]) -> None:
    if found != wanted:
        raise UserError(
            f"{path.name} holds images of {sizes(found)}, not of {sizes(wanted)} like those for "
            "training.",
            "Switch “Test file” off, or put the right file beside it.",
        )


# ------------------------------------------------------------------ the usual names


def _labels_beside(images: Path) -> Path:
    """The file with the labels of these images; raises `UserError` where it is not there."""
    match = IMAGES.fullmatch(images.name)
    if match is None:
        raise UserError(
            f"{images.name} does not tell the name of the file with its labels.",
            "Choose that file as Labels.",
        )
    stem, ending = match["stem"], images.name[match.end("stem") :]
    ending = ending.replace("images", "labels", 1).replace("idx3", "idx1", 1)
    wanted = images.with_name(stem + ending)
    for candidate in (wanted, *_packed_or_not(wanted)):
        if os.path.isfile(candidate):
            return candidate
    raise UserError(
        f"{images.name}: the file with the labels, {wanted.name}, is not beside it.",
        "Put it there, or choose another file as Labels.",
    )


def _packed_or_not(path: Path) -> list[Path]:
    """The same name with or without .gz."""
    if path.suffix.lower() == ".gz":
        return [path.with_suffix("")]
    return [path.with_name(path.name + ".gz")]


def _test_file(images: Path) -> Path | None:
    """The images for the test that belong to those for training, where they are there."""
    match = IMAGES.fullmatch(images.name)
    if match is None or "train" not in match["stem"].lower():
        return None
    ending = images.name[match.end("stem") :]
    for word in ("t10k", "test"):
        stem = re.sub(r"train\d*k?", word, match["stem"], count=1, flags=re.IGNORECASE)
        wanted = images.with_name(stem + ending)
        for candidate in (wanted, *_packed_or_not(wanted)):
            if os.path.isfile(candidate):
                return candidate
    return None
