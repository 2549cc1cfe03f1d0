"""Replacing a file wholly or not at all, and telling whether somebody else has replaced it.

The rest of the program reaches the disk through `files`, which knows what the bytes mean.
"""

from __future__ import annotations

import contextlib
import os
import stat as modes
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_TEMPORARY = (".nbnet-", ".tmp")

Stamp = tuple[int, int, int]
"""Tells two states of a file apart: moment of the last change, size, and number of the file."""


def stamp(path: Path | str) -> Stamp | None:
    """The stamp of the file as it is now; None where there is none."""
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


def irregular(path: Path) -> str:
    """What stands at a place where a file may not be put: "a folder", "a pipe", "a device" …; ""
    for a file, and where there is nothing.

    Renaming something over a device or a pipe takes it away from the whole system.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return ""
    if modes.S_ISREG(mode):
        return ""
    kinds = {modes.S_ISDIR: "a folder", modes.S_ISFIFO: "a pipe", modes.S_ISSOCK: "a socket"}
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "a device")


def replace(
    path: Path, content: bytes, before_renaming: Callable[[], None] = lambda: None
) -> Stamp | None:
    """Write to a temporary file in the same folder, make sure it is on disk, rename it.

    Returns the stamp of the new file. Raises `OSError`; the old file is then as it was.
    """
    mode = modes.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=_TEMPORARY[0], suffix=_TEMPORARY[1]
    )
    try:
        with _claimed(handle):
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, mode)
            before_renaming()
            new = stamp(temporary)
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(path.parent)
    return new


def remove_strays(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they saved."""
    start, end = _TEMPORARY
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(start) and name.endswith(end):
                _remove_unless_claimed(folder / name)


class Claim:
    """A small file that says that its maker lives: the system lets go of it when a process ends.

    No number of a process is trusted for that; another one may get the same number.
    """

    def __init__(self, path: Path) -> None:
        """Make the file. Raises `OSError`."""
        self._path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if sys.platform != "win32":
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def release(self) -> None:
        """Take the file away."""
        os.close(self._handle)
        with contextlib.suppress(OSError):
            self._path.unlink()

    @staticmethod
    def stands(path: Path) -> bool:
        """Whether the maker of the file still lives; the file of a dead one is removed."""
        _remove_unless_claimed(path)
        return path.exists()


@contextlib.contextmanager
def _claimed(handle: int) -> Iterator[None]:
    """Lock an open file, so that nobody takes it for a stray one while this process lives."""
    if sys.platform == "win32":  # there an open file cannot be removed anyway
        yield
        return
    claim = os.dup(handle)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(claim)


def _remove_unless_claimed(path: Path) -> None:
    with contextlib.suppress(OSError):
        if sys.platform != "win32":
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            finally:
                os.close(handle)
        path.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can open a folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
