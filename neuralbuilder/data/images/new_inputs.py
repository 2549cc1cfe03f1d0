"""New images for a network that has been trained: pictures, folders, IDX files and archives."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.images.archive import read_archive_inputs
from neuralbuilder.data.images.folder import ImageFolder
from neuralbuilder.data.images.idx import IdxFiles, holds_idx, read_idx_images
from neuralbuilder.data.images.labelled import sizes
from neuralbuilder.data.images.listing import pictures_in
from neuralbuilder.data.images.pictures import (
    SUFFIXES,
    Look,
    pixels_of,
    remark_notes,
    remarks_on,
    upright,
)
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.data.tables.new_rows import read_inputs
from neuralbuilder.problems import UserError


@dataclass(frozen=True, eq=False)
class NewInputs:
    """Inputs in the units of the data that the network knows; the file of each where it has one;
    and sentences on what could not be read and on what had to be converted.
    """

    x: NDArray[Any]
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_new_inputs(
    path: Path, samples: Samples, dataset: Dataset, shape: tuple[int, ...]
) -> NewInputs | None:
    """The images at `path` for a network with inputs of `shape`; None for what may be a table,
    unless the network has learnt from a table whose rows are images.

    Pictures are made the size of the network's input, in the way that `dataset` asks for where it
    is a folder of pictures, with the range of grey and the ground that it keeps from training; and
    their black and white become those of `samples`. Raises `UserError` where they do not fit.
    """
    suffix = path.suffix.lower()
    if os.path.isdir(path) and len(shape) == 3:
        return _pictures(path, pictures_in(path), samples, dataset, shape)
    if suffix in SUFFIXES:
        return _pictures(path.parent, [path], samples, dataset, shape)
    if suffix in (".npz", ".npy"):
        return NewInputs(_fitting(path, read_archive_inputs(path), shape))
    if holds_idx(path):
        transposed = isinstance(dataset, IdxFiles) and dataset.transposed
        return NewInputs(_fitting(path, read_idx_images(path, transposed), shape))
    if isinstance(dataset, CsvTable) and dataset.images and prod(shape) == len(dataset.inputs):
        rows = read_inputs(path, dataset.inputs)
        return NewInputs(rows.reshape(-1, *shape))
    return None


def ending_of(data: bytes) -> str:
    """The ending that a file with these bytes would have, such as ``.png``; "" for no images."""
    from PIL import Image, UnidentifiedImageError

    if data.startswith(b"PK"):
        return ".npz"
    try:
        with Image.open(BytesIO(data)) as image:
            return f".{(image.format or '').lower()}"
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return ""


def _fitting(path: Path, x: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if x.shape[1:] != shape:
        raise UserError(
            f"{path.name} holds inputs of {sizes(x.shape[1:])}, but the network reads "
            f"{sizes(shape)}.",
            "Bring them to this size.",
        )
    return x


def _pictures(
    folder: Path, pictures: list[Path], samples: Samples, dataset: Dataset, shape: tuple[int, ...]
) -> NewInputs:
    look = _look(dataset, shape)
    read, files, broken = [], [], []
    remarks: Counter[str] = Counter()
    for picture in pictures:
        try:
            with upright(picture, look) as (image, its_remarks):
                read.append(pixels_of(image, look))
                remarks.update((*its_remarks, *remarks_on(image, look), *_resized(image, look)))
        except UserError as error:
            broken.append(f"{error} It is left out.")
        else:
            files.append(picture.relative_to(folder).as_posix())
    if not read:
        first = broken[0].removesuffix(" It is left out.") if broken else ""
        raise UserError(first or f"{folder.name} holds no pictures.",
                        "" if first else "Pictures are files such as .png or .jpg.")  # fmt: skip
    notes = (*broken, *remark_notes(remarks))
    return NewInputs(_in_units_of(samples, np.stack(read)), tuple(files), notes)


def _look(dataset: Dataset, shape: tuple[int, ...]) -> Look:
    """The look that the network has been trained with, where that was on a folder of pictures."""
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise UserError(
            f"The network reads {sizes(shape)} numbers, not pictures.",
            "Give it a table, or an .npz file with an array x.",
        )
    trained = dataset.look if isinstance(dataset, ImageFolder) else Look(*shape[1:])
    return replace(trained, height=shape[1], width=shape[2], channels=shape[0])


def _resized(image: Any, look: Look) -> tuple[str, ...]:
    """That a picture has another size, in words that follow “3 pictures are”."""
    if (image.height, image.width) == (look.height, look.width):
        return ()
    ways = {"fit": "fitted in with a margin", "crop": "cropped", "stretch": "stretched"}
    other = image.height * look.width != image.width * look.height
    how = f" and, where the shape is another one, {ways[look.resizing]}" if other else ""
    return (f"resized to {look.height}×{look.width}{how}",)


def _in_units_of(samples: Samples, pixels: NDArray[np.uint8]) -> NDArray[Any]:
    """Bytes with black and white as in the data that the network has learnt from."""
    if samples.x.dtype == np.uint8:
        return pixels
    black, white = samples.pixel_range
    return black + pixels * ((white - black) / 255)
