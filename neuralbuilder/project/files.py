"""Project files on disk: reading one completely or not at all, and replacing one or leaving it.

A `.nbnet` file is a safetensors container. Its metadata hold the design as JSON (``format``,
``version``, ``app``, ``project``), the counters of training and what the data mean; its arrays are
the weights (``weights/hidden_1/W``), the optimizer's arrays (``optimizer/m``), the curves
(``log/loss/train``), the fitted scaling (``preprocessing/…``), the rows of the parts
(``split/test``) and small data (``data/x``).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neuralbuilder import __version__
from neuralbuilder.data.samples import Dataset, FileDataset, Samples
from neuralbuilder.problems import UserError
from neuralbuilder.project.container import (
    LARGEST_HEADER,
    is_plain_design,
    pack,
    read_metadata,
    unpack,
)
from neuralbuilder.project.disk import Stamp, irregular, remove_strays, replace, stamp
from neuralbuilder.project.encoding import decode, encode
from neuralbuilder.project.model import Project, State
from neuralbuilder.project.strict_json import dumps, loads
from neuralbuilder.project.task import meant
from neuralbuilder.project.tensors import (
    decode_samples,
    decode_state,
    encode_parts,
    encode_samples,
    encode_state,
    stored_bytes,
)

FORMAT = "neuralbuilder"
VERSION = (1, 0)
LARGEST_FILE = 4 * 2**30
LARGEST_EMBEDDED = 64 * 2**20
"""Bytes of data that travel with a project; 70,000 images of 28×28 are 56 MB."""
KEPT_VERSIONS = 3
SUFFIX = ".nbnet"


@dataclass(frozen=True, eq=False)
class Document:
    """Everything a file holds: design, trained state, samples, and what had to be put right.

    `samples` are only there where they cannot be made again from the design.
    """

    project: Project
    state: State | None = None
    samples: Samples | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """What a file says about itself: format, program, and ids and types of its layers."""

    version: tuple[int, int]
    app: str
    layers: tuple[tuple[str, str], ...]


class NewerFormatError(UserError):
    """The file is in a format that only a newer version of the program reads; see `summary`."""


class ChangedOnDiskError(UserError):
    """Somebody else has written the file since it was read or saved here."""


def save(
    path: Path | str, document: Document, known: Stamp | None = None, versions: bool = True
) -> Stamp | None:
    """Write the document so that the file is either wholly new or wholly old; its new stamp.

    The three versions before are kept beside it as hidden files, unless `versions` is False.
    Raises `UserError` when the disk does not take it, and `ChangedOnDiskError` when the file is
    there with another stamp than `known`; the file is then as it was.
    """
    content = to_bytes(document)
    path = _target(path)
    if known is not None and stamp(path) not in (None, known):
        raise ChangedOnDiskError(
            f"{_shown(path)} has been changed by another program since you opened or saved it.",
            "Save yours as a copy, reload the file, or overwrite it.",
        )
    try:
        remove_strays(path.parent)
        if not versions:
            return replace(path, content)
        # The earlier versions move on only once the new one is safely on disk.
        return replace(path, content, before_renaming=lambda: _keep_previous(path))
    except OSError as error:
        kept = "The file on disk is as it was; save" if path.exists() else "Save"
        raise UserError(
            f"{path.name} could not be saved: {_save_reason(path, error)}.",
            f"{kept} a copy to another place.",
        ) from error


def check_place(path: Path | str) -> None:
    """Raise `UserError` where nothing can be saved, before hours of work are put into it."""
    path = _target(path)
    folder = path.parent
    if not folder.is_dir():
        reason = f"there is no folder {_shown(folder)}"
    elif not os.access(folder, os.W_OK | os.X_OK):
        reason = _REASONS[errno.EACCES]
    else:
        return
    raise UserError(f"{_shown(path)} cannot be saved: {reason}.", "Choose another place.")


def write(path: Path | str, content: bytes) -> None:
    """Write a file of any kind so that it is either wholly new or wholly old.

    Raises `UserError` when the disk does not take it, or what is there is no file.
    """
    path = _target(path)
    try:
        replace(path, content)
    except OSError as error:
        raise UserError(
            f"{_shown(path)} could not be written: {_save_reason(path, error)}.",
            "Choose another place.",
        ) from error


def _target(path: Path | str) -> Path:
    """The file that is written for a path: a link stays a link.

    Raises `UserError` where something else than a file is there.
    """
    path = Path(path)
    what = irregular(path)
    if what:
        raise UserError(f"{_shown(path)} cannot be saved: it is {what}.", "Choose another place.")
    return Path(os.path.realpath(path))


def is_project(path: Path | str) -> bool:
    """Whether a file says of itself that it is a project; only its header is read."""
    try:
        return _metadata_in(Path(path)).get("format") == FORMAT
    except (OSError, ValueError, UserError):
        return False


def _metadata_in(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > LARGEST_HEADER:
            return {}
        header = loads(file.read(length).decode("utf-8"), "header")
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def load(path: Path | str) -> Document:
    """The document in a file; nothing is run and nothing is written.

    Raises `UserError` that says what is wrong with the file and what to do.
    """
    path = Path(path)
    with _naming(path):
        return from_bytes(_read(path))


def summary(path: Path | str) -> Summary:
    """What can be said about a file, also one that is too new to be opened.

    Raises `UserError` for a file that is damaged or none of ours.
    """
    path = Path(path)
    with _naming(path):
        content = _read(path)
        metadata = read_metadata(content)
        version = _format_version(metadata)
        design = loads(metadata["project"], "design")
        nodes = design.get("nodes") if isinstance(design, dict) else None
        layers = nodes.items() if isinstance(nodes, dict) else ()
        app = metadata.get("app", "")[:20]
        return Summary(version, app, tuple((n[:64], _layer_type(e)) for n, e in layers))


def _layer_type(entry: object) -> str:
    """The registered name of the layer in a node, as far as it can be made out."""
    layer = entry.get("layer") if isinstance(entry, dict) else None
    part = layer.get("part") if isinstance(layer, dict) else None
    return part[:40] if isinstance(part, str) else "unknown"


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """What goes wrong in this block is told with the name of the file."""
    try:
        yield
    except UserError as error:
        kind = NewerFormatError if isinstance(error, NewerFormatError) else UserError
        earlier = previous_versions(path)
        hint = f"The version before it is {earlier[0].name}." if earlier else ""
        raise kind(f"{_shown(path)}: {error.message}", f"{error.hint} {hint}".strip()) from error
    except OSError as error:
        raise UserError(
            f"{_shown(path)} could not be read: {_reason(error)}.", "Choose another file."
        ) from error


def previous_versions(path: Path | str) -> tuple[Path, ...]:
    """The earlier versions of a file that are kept beside it, newest first."""
    path = Path(path)
    try:
        candidates = [_version(path, number) for number in range(1, KEPT_VERSIONS + 1)]
        return tuple(candidate for candidate in candidates if candidate.is_file())
    except (OSError, ValueError):  # a path that cannot have anything beside it
        return ()


# ------------------------------------------------------------------ bytes


def to_bytes(document: Document) -> bytes:
    """The content of the file for a document."""
    tensors, metadata = encode_state(document.project, document.state)
    if document.samples is not None and is_embedded(document):
        arrays, description = encode_samples(document.samples)
        tensors |= arrays
        metadata["data"] = dumps(description)
    if document.samples is not None:
        samples = meant(document.project, document.samples)  # classes are divided each
        tensors |= encode_parts(samples, document.project.plan.split)
    metadata |= {
        "format": FORMAT,
        "version": json.dumps(VERSION),
        "app": __version__,
        "project": dumps(encode(document.project)),
    }
    return pack(tensors, metadata)


def from_bytes(content: bytes) -> Document:
    """The document in the content of a file; raises `UserError`."""
    metadata = read_metadata(content)
    _check_format(metadata)
    project, notices = decode(loads(metadata["project"], "design"))
    if is_plain_design(content):
        return Document(project, notices=notices)
    tensors, metadata = unpack(content)
    state, more = decode_state(project, tensors, metadata)
    return Document(project, state, decode_samples(tensors, metadata), notices + more)


def left_outside(dataset: Dataset, samples: Samples | None) -> str:
    """A sentence on data that a file does not hold, because they are too large to travel with it;
    "" where they do, or can be made again.
    """
    if samples is None or not isinstance(dataset, FileDataset) or _travels(samples):
        return ""
    return (
        f"The data ({stored_bytes(samples) / 1e6:,.0f} MB) are too large to be saved with the "
        f"project: it only notes that they are in {dataset.path}."
    )


def is_embedded(document: Document) -> bool:
    """Data from the user's own files travel with the project while they are small."""
    samples = document.samples
    if samples is None or not isinstance(document.project.plan.dataset, FileDataset):
        return False
    return _travels(samples)


def _travels(samples: Samples) -> bool:
    return stored_bytes(samples) <= LARGEST_EMBEDDED


def _format_version(metadata: dict[str, str]) -> tuple[int, int]:
    """Major and minor version of the format; raises `UserError` for what is no file of ours."""
    if metadata.get("format") != FORMAT or "project" not in metadata:
        raise UserError("This is not a NeuralBuilder file.", "Choose a NeuralBuilder project.")
    version = loads(metadata.get("version", "null"), "version")
    pair = isinstance(version, list) and len(version) == 2
    if not pair or not all(type(number) is int and number >= 0 for number in version):
        raise UserError("The version of the file is not a pair of numbers.", "")
    return version[0], version[1]


def _check_format(metadata: dict[str, str]) -> None:
    major, minor = _format_version(metadata)
    if major > VERSION[0]:
        app = metadata.get("app", "an unknown version")[:20]
        raise NewerFormatError(
            f"The file was written by NeuralBuilder {app} in format {major}.{minor}; "
            f"this version reads up to format {VERSION[0]}.",
            "Update NeuralBuilder to open it.",
        )
    if major < 1:
        raise UserError(f"There never was a format {major}.{minor}.", "The file is damaged.")


# ------------------------------------------------------------------ disk


def _read(path: Path) -> bytes:
    if len(path.name) > 255 or len(str(path)) > 4000:
        raise UserError("The path is too long.", "Give the file a shorter name.")
    if path.is_symlink() and not path.exists():
        raise UserError("This is a link to a file that is gone.", "Choose the file itself.")
    facts = path.stat()
    if stat.S_ISDIR(facts.st_mode):
        raise UserError("This is a folder, not a file.", "Choose a NeuralBuilder project.")
    if not stat.S_ISREG(facts.st_mode):
        raise UserError("This is a device, not a file.", "Choose a NeuralBuilder project.")
    if facts.st_size > LARGEST_FILE:
        raise UserError(
            f"The file has {facts.st_size / 2**30:.1f} GiB; the limit is "
            f"{LARGEST_FILE / 2**30:.0f} GiB.",
            "Choose a smaller file.",
        )
    return path.read_bytes()


def _version(path: Path, number: int) -> Path:
    return path.with_name(f".{path.name}.{number}")


def _keep_previous(path: Path) -> None:
    """Shift the earlier versions by one and keep the present file as the newest of them."""
    if not path.is_file():
        return
    for number in range(KEPT_VERSIONS, 1, -1):
        if _version(path, number - 1).exists():
            os.replace(_version(path, number - 1), _version(path, number))
    newest = _version(path, 1)
    # A second name for the same bytes: the file itself is never absent, not even for a moment.
    with contextlib.suppress(FileNotFoundError):
        newest.unlink()
    try:
        os.link(path, newest)
    except OSError:  # a file system without links
        replace(newest, path.read_bytes())


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EACCES: "you have no permission there",
    errno.EPERM: "you have no permission there",
    errno.EROFS: "the folder can only be read",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EISDIR: "it is a folder",
}


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, error.strerror or "the system refused")


def _save_reason(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and not path.parent.is_dir():
        return f"there is no folder {_shown(path.parent)}"
    return _reason(error)


def _shown(path: Path) -> str:
    name = path.name or str(path)
    return name if len(name) <= 80 else f"{name[:77]}…"
