"""Which data set a file or a folder is, judged by its name and by its first bytes."""

from __future__ import annotations

import os
from pathlib import Path

from neuralbuilder.data.images.archive import NumpyArchive
from neuralbuilder.data.images.folder import suggested_folder
from neuralbuilder.data.images.idx import IMAGES, found_idx, holds_idx
from neuralbuilder.data.images.pictures import SUFFIXES
from neuralbuilder.data.samples import FileDataset
from neuralbuilder.problems import UserError

_CAN_RUN_CODE = frozenset((".pkl", ".pickle", ".pt", ".pth", ".keras", ".h5", ".joblib", ".mat"))
_TABLES = frozenset((".csv", ".tsv", ".txt", ".dat"))


def dataset_at(path: str | Path) -> FileDataset | None:
    """The images at a path as a data set, ready to be read; None for what may be a table.

    Raises `UserError` for files that are never read.
    """
    path = Path(os.path.abspath(path))
    if path.suffix.lower() in _TABLES:
        return None
    if os.path.isdir(path):
        return _in_folder(path)
    suffix = path.suffix.lower()
    if suffix in _CAN_RUN_CODE:
        raise UserError(
            f"{path.name} can run code when it is opened; such files are not supported.",
            "Save the data as an .npz file with arrays x and y.",
        )
    if suffix in (".npz", ".npy"):
        return NumpyArchive(str(path))
    if holds_idx(path):
        return found_idx(str(path))
    if suffix in SUFFIXES:
        raise UserError(
            f"{path.name} is a single picture.",
            "Choose the folder whose sub-folders hold the pictures of each class.",
        )
    return None


def _in_folder(path: Path) -> FileDataset:
    """A folder of pictures, or the IDX files in it."""
    images = sorted(child for child in path.iterdir() if IMAGES.fullmatch(child.name))
    if not images:
        return suggested_folder(path)
    training = [child for child in images if "train" in child.name.lower()]
    return found_idx(str((training or images)[0]))
