"""New images for a network that has been trained: pictures, folders, IDX files and archives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.images.archive import read_archive_inputs
from neuralbuilder.data.images.folder import ImageFolder, pictures_in
from neuralbuilder.data.images.idx import is_idx_name, read_idx_images
from neuralbuilder.data.images.labelled import sizes
from neuralbuilder.data.images.pictures import SUFFIXES, Look, read_picture
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.problems import UserError


@dataclass(frozen=True, eq=False)
class NewInputs:
    """Inputs in the units of the data that the network knows; the file of each where it has one;
    and what could not be read.
    """

    x: NDArray[Any]
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_new_inputs(
    path: Path, samples: Samples, dataset: Dataset, shape: tuple[int, ...]
) -> NewInputs | None:
    """The images at `path` for a network with inputs of `shape`; None for what may be a table.

    Pictures are made the size of the network's input, in the way that `dataset` asks for where it
    is a folder of pictures, and their black and white become those of `samples`. Raises
    `UserError` where they do not fit.
    """
    suffix = path.suffix.lower()
    if os.path.isdir(path) and len(shape) == 3:
        return _pictures(path, pictures_in(path), samples, dataset, shape)
    if suffix in SUFFIXES:
        return _pictures(path.parent, [path], samples, dataset, shape)
    if suffix == ".npz":
        return NewInputs(_fitting(path, read_archive_inputs(path), shape))
    if is_idx_name(path):
        return NewInputs(_fitting(path, read_idx_images(path), shape))
    return None


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
    read, files, notes = [], [], []
    for picture in pictures:
        try:
            read.append(read_picture(picture, look)[0])
        except UserError as error:
            notes.append(f"{error} It is left out.")
        else:
            files.append(picture.relative_to(folder).as_posix())
    if not read:
        first = notes[0].removesuffix(" It is left out.") if notes else ""
        raise UserError(first or f"{folder.name} holds no pictures.",
                        "" if first else "Pictures are files such as .png or .jpg.")  # fmt: skip
    return NewInputs(_in_units_of(samples, np.stack(read)), tuple(files), tuple(notes))


def _look(dataset: Dataset, shape: tuple[int, ...]) -> Look:
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise UserError(
            f"The network reads {sizes(shape)} numbers, not pictures.",
            "Give it a table, or an .npz file with an array x.",
        )
    resizing = dataset.resizing if isinstance(dataset, ImageFolder) else "fit"
    return Look(shape[1], shape[2], shape[0], resizing)


def _in_units_of(samples: Samples, pixels: NDArray[np.uint8]) -> NDArray[Any]:
    """Bytes with black and white as in the data that the network has learnt from."""
    if samples.x.dtype == np.uint8:
        return pixels
    black, white = samples.pixel_range
    return black + pixels * ((white - black) / 255)
