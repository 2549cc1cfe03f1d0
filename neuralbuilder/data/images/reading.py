"""Reading bytes from files that may be packed, cut short or larger than they say."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Progress, ReadingCancelled
from neuralbuilder.data.tables.reading.format import unreadable
from neuralbuilder.problems import UserError

_PIECE = 4 * 2**20


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What goes wrong in this block is a `UserError` with the name of the file."""
    try:
        yield
    except EOFError:
        raise cut_short(path) from None
    except (gzip.BadGzipFile, BadZipFile, zlib.error) as error:
        raise UserError(
            f"{path.name} is damaged ({str(error).rstrip('.')}).", "Copy or download it again."
        ) from None
    except OSError as error:
        raise unreadable(path, error) from None


def cut_short(path: Path) -> UserError:
    """The file ends before everything is there that it promised."""
    return UserError(f"{path.name} is cut short.", "Copy or download it again.")


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file, unpacked on the fly where its first bytes are those of gzip."""
    with open(path, "rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield cast(IO[bytes], unpacked)


def exactly(file: IO[bytes], count: int) -> bytes:
    """So many bytes; raises `EOFError` where the file ends earlier."""
    found = file.read(count)
    if len(found) < count:
        raise EOFError
    return found


def fill(
    array: NDArray[Any],
    file: IO[bytes],
    name: str,
    progress: Progress | None,
    begin: float = 0.0,
    end: float = 1.0,
) -> None:
    """Read the bytes of a contiguous array piece by piece.

    `progress` is told shares from `begin` to `end`. Raises `EOFError` where the file ends too
    early and `ReadingCancelled` where `progress` says so.
    """  # fmt: skip
    bytes_of = array.reshape(-1).view(np.uint8).data
    total = len(bytes_of)
    for start in range(0, total, _PIECE):
        piece = bytes_of[start : start + _PIECE]
        piece[:] = exactly(file, len(piece))
        tell(progress, name, begin + (end - begin) * (start + len(piece)) / total)


def tell(progress: Progress | None, name: str, share: float) -> None:
    """Tell how far it is; raises `ReadingCancelled` where that is the end."""
    if progress is not None and not progress(share):
        raise ReadingCancelled(f"Reading {name} was stopped.")
