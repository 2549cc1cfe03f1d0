"""What every command keeps to when it writes a file.

A file is replaced only where this program has written it as that kind, or where --force says so;
only files are replaced, never devices, pipes or folders; and nothing is written over what the
command reads.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuralbuilder import __version__
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.data.samples import Dataset

PROGRAM = "NeuralBuilder"
LARGEST_JSON = 64 * 2**20
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST_TEXT = 2**16

force_option = click.option(
    "--force", is_flag=True, help="Replace a file also where something else has written it."
)


@dataclass(frozen=True)
class Kind:
    """A kind of file: what people call it, and how one of our own is told from all others."""

    name: str
    is_own: Callable[[Path], bool]


def check_output(path: Path, kind: Kind, inputs: Iterable[Path] = (), force: bool = False) -> None:
    """Raise `UserError` where a command must not write to `path`.

    `inputs` are the files and folders that the command reads; these not even `force` gives up.
    """
    check_target(path, inputs)
    check_kind(path, kind, force)


def check_target(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Raise `UserError` where no file can be written, or one that the command itself reads."""
    from neuralbuilder.project.files import check_place

    check_place(path)
    for read in inputs:
        if _is_same(path, read) or _is_among(path, read):
            raise UserError(
                f"{path} is read by this command, and so never written over.",
                "Choose another name for the output.",
            )


def check_kind(path: Path, kind: Kind, force: bool = False) -> None:
    """Raise `UserError` where a file is there that we have not written as this kind.

    An empty file is nobody's loss.
    """
    try:
        if force or not path.exists() or path.stat().st_size == 0 or kind.is_own(path):
            return
    except OSError:  # what cannot be read is not known to be ours
        pass
    raise UserError(
        f"{path} is there already, and cannot be told to be {kind.name}.",
        "Choose another name, or say --force to replace it.",
    )


def files_of(dataset: Dataset) -> tuple[Path, ...]:
    """The files and folders that a data set is read from."""
    from neuralbuilder.data.samples import FileDataset

    if not isinstance(dataset, FileDataset):
        return ()
    path = Path(dataset.path)
    others = (getattr(dataset, name, "") for name in ("labels", "test_file"))
    return (path, *(path.parent / other for other in others if other))


def _is_same(first: Path, second: Path) -> bool:
    """Whether both are one file, however it is spelt."""
    try:
        return first.samefile(second)
    except OSError:
        return first.resolve() == second.resolve()


def _is_among(path: Path, folder: Path) -> bool:
    """Whether it is a picture that is there already in a folder that is read."""
    from neuralbuilder.data.images.pictures import SUFFIXES

    is_picture = path.suffix.lower() in SUFFIXES and path.exists()
    return is_picture and folder.is_dir() and path.resolve().is_relative_to(folder.resolve())


# ------------------------------------------------------------------ kinds


def _is_project(path: Path) -> bool:
    from neuralbuilder.project.files import is_project

    return is_project(path)


def _is_picture(path: Path) -> bool:
    """Whether the text chunk "Software" of a PNG names this program."""
    with path.open("rb") as file:
        if file.read(8) != _PNG:
            return False
        while len(head := file.read(8)) == 8:
            length, kind = int.from_bytes(head[:4], "big"), head[4:]
            if kind == b"IDAT" or length > _LARGEST_TEXT:
                return False
            content = file.read(length + 4)  # and the checksum
            if kind == b"tEXt" and content.startswith(b"Software\0" + PROGRAM.encode()):
                return True
    return False


def _is_measurements(path: Path) -> bool:
    found = _json_in(path)
    return isinstance(found, dict) and str(found.get("measured_by", "")).startswith(PROGRAM)


PROJECT = Kind("a project of NeuralBuilder", _is_project)
PICTURE = Kind("a picture by NeuralBuilder", _is_picture)
MEASUREMENTS = Kind("measurements by NeuralBuilder", _is_measurements)
MEASURED_BY = {"measured_by": f"{PROGRAM} {__version__}"}
"""What marks `MEASUREMENTS`."""


def predictions_like(text: str) -> Kind:
    """Predictions with the columns of this text, CSV or JSON.

    Only where a probability for each class or an error is among them: a table with the names of the
    targets alone may as well be the right answers that somebody has written down.
    """

    def is_own(path: Path) -> bool:
        wanted = _columns(text)
        computed = any(name.startswith(("probability of ", "error of ")) for name in wanted)
        return computed and _columns_in(path) == wanted

    return Kind("predictions of this network", is_own)


def _columns_in(path: Path) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            start = file.read(1)
            text = start + (file.read(LARGEST_JSON) if start == "[" else file.readline(2**20))
            return _columns(text)
    except (OSError, ValueError):
        return ()


def _columns(text: str) -> tuple[str, ...]:
    """Whether it is CSV or JSON, and the names of the columns, or those of the first entry."""
    if not text.startswith("["):
        return ("CSV", *next(csv.reader(io.StringIO(text, newline="")), ()))
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return ("JSON", *entries[0]) if entries and isinstance(entries[0], dict) else ()


def _json_in(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_JSON:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
