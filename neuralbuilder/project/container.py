"""The bytes of a project file: a safetensors container, checked before anything is believed.

A safetensors file is eight bytes with the length of a JSON header, the header, and the bytes of
the arrays. The library that reads it accepts duplicate keys and does not name what is wrong, so
the header is checked here first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from neuralbuilder.problems import UserError
from neuralbuilder.project.strict_json import dumps, loads

LARGEST_HEADER = 24 * 2**20
ITEM_SIZES = {"F64": 8, "F32": 4, "I64": 8, "I32": 4, "U8": 1}

_FOREIGN = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"PK\x03\x04", "a zip archive (such as .npz, .pt, .keras or .xlsx)"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x80\x04", "a Python pickle, which can run code and is never opened"),
    (b"\x80\x05", "a Python pickle, which can run code and is never opened"),
    (b"%PDF", "a PDF document"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


def pack(tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a container with these arrays and texts."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    packed: bytes = save_tensors(contiguous, dict(metadata))
    return packed


def unpack(content: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The arrays and texts of a container; raises `UserError` for anything else."""
    metadata = read_metadata(content)
    try:
        return load_tensors(content), metadata
    except Exception as error:  # the library has no common class for what it refuses
        raise UserError(f"The arrays of the file are damaged ({error}).", _retry()) from None


def read_metadata(content: bytes) -> dict[str, str]:
    """The texts of a container whose header is in order; raises `UserError` otherwise."""
    if not content:
        raise UserError("The file is empty (0 bytes).", "Open one of its previous versions.")
    if is_plain_design(content):
        return _plain_design(content)
    header, length = _header(content)
    metadata = header.pop("__metadata__", {})
    _check_arrays(header, len(content) - 8 - length)
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise UserError("The metadata of the file are not texts.", _retry())
    return metadata


def is_plain_design(content: bytes) -> bool:
    """Whether the content is the JSON of a design alone, without a container."""
    text = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith(b"{") and not _has_header(content)


def _has_header(content: bytes) -> bool:
    """Whether it begins as a container does; the first eight bytes may be those of anything."""
    return content[8:9] == b"{" and int.from_bytes(content[:8], "little") <= LARGEST_HEADER


def _plain_design(content: bytes) -> dict[str, str]:
    """A design that was written by hand or taken out of a file: one JSON object."""
    parts = loads(_decoded(content, "file"), "file")
    return {key: value if isinstance(value, str) else dumps(value) for key, value in parts.items()}


def _header(content: bytes) -> tuple[dict[str, Any], int]:
    if not _has_header(content):
        raise _foreign(content)
    length = int.from_bytes(content[:8], "little")
    if 8 + length > len(content):
        raise UserError(
            f"The file is cut short: its header should reach to byte {8 + length:,}, but the "
            f"file ends at byte {len(content):,}.",
            _retry(),
        )
    header = loads(_decoded(content[8 : 8 + length], "header"), "header")
    if not isinstance(header, dict):
        raise UserError("This is not a NeuralBuilder file.", _choose())
    return header, length


def _foreign(content: bytes) -> UserError:
    for start, name in _FOREIGN:
        if content.startswith(start):
            return UserError(f"This is {name}, not a NeuralBuilder file.", _choose())
    if len(content) < 10:
        return UserError(f"The file ends after {len(content)} bytes.", _retry())
    return UserError("This is not a NeuralBuilder file.", _choose())


def _decoded(content: bytes, what: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"The {what} is not UTF-8 text (byte {error.start}); it looks like Latin-1 or damage.",
            "Save it as UTF-8.",
        ) from None


def _check_arrays(header: Mapping[str, Any], available: int) -> None:
    """Every array has its bytes, and every byte belongs to one array."""
    stretches = sorted(_stretch(name, entry) for name, entry in header.items())
    end = 0
    for start, stop, name in stretches:
        if start != end:
            how = "overlaps another array" if start < end else "follows a gap"
            raise UserError(f"The array {name!r} {how} in the file.", _retry())
        end = stop
    if end > available:
        raise UserError(
            f"The file is cut short: its arrays need {end:,} bytes, but {available:,} are there.",
            _retry(),
        )
    if end < available:
        raise UserError(f"The file has {available - end:,} bytes after its end.", _retry())


def _stretch(name: str, entry: Any) -> tuple[int, int, str]:
    problem = UserError(f"The array {name[:80]!r} is described wrongly.", _retry())
    if not isinstance(entry, dict) or entry.get("dtype") not in tuple(ITEM_SIZES):
        raise problem  # compared one by one, since what stands there may be a list
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    if not _counts(shape) or not _counts(offsets) or len(offsets) != 2:
        raise problem
    size = ITEM_SIZES[entry["dtype"]]
    for length in shape:
        size *= length
    if offsets[1] - offsets[0] != size:
        raise problem
    return offsets[0], offsets[1], name


def _counts(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(
        isinstance(v, int) and not isinstance(v, bool) and v >= 0 for v in value
    )


def _choose() -> str:
    return "Choose a NeuralBuilder project."


def _retry() -> str:
    return "Open an earlier version of the file, or copy it again from where it came."
