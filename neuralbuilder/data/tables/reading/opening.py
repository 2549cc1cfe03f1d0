"""Opening a file that may be a table: unpacked where it is compressed, refused by what it is."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from neuralbuilder.data.tables.reading.format import opened_size, unreadable
from neuralbuilder.data.tables.reading.source import Readable
from neuralbuilder.problems import UserError

MAXIMUM_BYTES = 2_000_000_000
_HEAD = 262_144

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".json", ".jsonl", ".arff")
PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".zip")
TABLE_SUFFIXES = (*TEXT_SUFFIXES, ".xlsx", ".xlsm", ".parquet", *PACKED_SUFFIXES)
"""How files are called that are tried as tables; others are tried, too, when they are chosen."""
_DAMAGE = (zlib.error, EOFError, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError,
           RuntimeError, ValueError)  # fmt: skip
_ZIP, _GZIP, _BZIP2, _XZ = b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_PARQUET = b"PAR1"

_SAVE_AS_CSV = "Export the table as CSV from its own program."
_NOT_TABLES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x05\x06", "an empty archive", "Choose a table."),
    (b"%PDF", "a PDF document", "Copy its table into a spreadsheet, and save that as CSV."),
    (b"\x89PNG", "a picture", "Choose the folder whose sub-folders hold pictures of each class."),
    (b"\xff\xd8\xff", "a picture", "Choose the folder whose sub-folders hold the pictures."),
    (b"GIF8", "a picture", "Choose the folder whose sub-folders hold the pictures of each class."),
    (b"II*\x00", "a picture", "Choose the folder whose sub-folders hold the pictures."),
    (b"MM\x00*", "a picture", "Choose the folder whose sub-folders hold the pictures."),
    (b"\xd0\xcf\x11\xe0", "an old Office document (.xls or .doc)", "Save it as .xlsx or as CSV."),
    (b"version https://git-lfs.github.com", "a pointer of Git LFS; the data are not in it",
     "Fetch the file itself: git lfs pull."),
    (b"../.git/annex/objects", "a pointer of git-annex; the data are not in it",
     "Fetch the file itself: git annex get."),
    (b"/annex/objects/", "a pointer of git-annex; the data are not in it",
     "Fetch the file itself: git annex get."),
    (b"{\\rtf", "a document of a word processor", _SAVE_AS_CSV),
    (b"\x89HDF", "an HDF5 file", _SAVE_AS_CSV),
    (b"\x93NUMPY", "an array of NumPy", "Save an .npz file with arrays x and y, or a CSV file."),
    (b"SQLite format 3", "a data base of SQLite", _SAVE_AS_CSV),
    (b"ARROW1", "an Arrow or Feather file", "Save it as Parquet or as CSV."),
    (b"FEA1", "a Feather file", "Save it as Parquet or as CSV."),
    (b"Obj\x01", "an Avro file", "Save it as Parquet or as CSV."),
    (b"ORC", "an ORC file", "Save it as Parquet or as CSV."),
    (b"MATLAB 5.0", "a file of MATLAB", "Save the matrix as text: writematrix(A, 'data.csv')."),
    (b"RDX", "data of R", "Write it as text: write.csv(data, \"data.csv\")."),
    (b"$FL2", "a file of SPSS", _SAVE_AS_CSV),
    (b"<stata_dta>", "a file of Stata", _SAVE_AS_CSV),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it, and choose the table in it."),
    (b"Rar!", "a RAR archive", "Unpack it, and choose the table in it."),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "Unpack it first."),
    (b"\x7fELF", "a program", "Choose a table."),
    (b"MZ", "a program", "Choose a table."),
    (b"RIFF", "a picture, sound or film", "Choose a table."),
    (b"ID3", "a sound file", "Choose a table."),
    (b"OggS", "a sound file", "Choose a table."),
)  # fmt: skip


class Opened:
    """An open file, unpacked; `share` is how much of it has been read.

    Raises `UserError` where the packed data are damaged, or unpack to more than anyone would read.
    """

    def __init__(self, file: BinaryIO, size: int, name: str, inner: Readable | None) -> None:
        self._file = file
        self._size = size
        self._name = name
        self._inner: Readable = inner if inner is not None else file
        self.is_packed = inner is not None
        self._unpacked = 0

    def share(self) -> float:
        """How much has been read, from 0 to 1."""
        return min(1.0, self._file.tell() / max(1, self._size))

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        try:
            data = self._inner.read(size)
        except _DAMAGE as error:
            raise _damaged(self._name, error) from None
        except OSError as error:
            if self.is_packed and error.errno is None:
                raise _damaged(self._name, error) from None
            raise unreadable(Path(self._name), error) from None
        self._unpacked += len(data)
        if self.is_packed and self._unpacked > MAXIMUM_BYTES:
            raise UserError(
                f"{self._name} unpacks to more than {MAXIMUM_BYTES / 1e9:.0f} GB, which is the "
                "most that is read.",
                "Make the table smaller.",
            )
        return data


@contextmanager
def opened(path: str | Path) -> Iterator[Opened]:
    """The file, unpacked where it is a compressed one or an archive with a single table."""
    file = Path(path)
    size = opened_size(file)
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(open(file, "rb"))
            magic = raw.read(8)
            raw.seek(0)
        except OSError as error:
            raise unreadable(file, error) from None
        yield Opened(raw, size, file.name, _unpacking(raw, magic, file, stack))


def _unpacking(raw: BinaryIO, magic: bytes, path: Path, stack: ExitStack) -> Readable | None:
    if magic.startswith(_GZIP):
        return stack.enter_context(gzip.GzipFile(fileobj=raw))
    if magic.startswith(_BZIP2) and magic[4:8] == b"1AY&":
        return stack.enter_context(bz2.BZ2File(raw))
    if magic.startswith(_XZ):
        return _Xz(raw)
    return _member(raw, path.name, stack) if magic.startswith(_ZIP) else None


class _Xz:
    """Unpacks xz with a bound on the memory that a file may ask for."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=500_000_000)

    def read(self, size: int) -> bytes:
        while not self._decoder.eof:
            piece = self._raw.read(65_536) if self._decoder.needs_input else b""
            if self._decoder.needs_input and not piece:
                raise EOFError("the file ends too early")
            if data := self._decoder.decompress(piece, size):
                return data
        return b""


def _member(raw: BinaryIO, name: str, stack: ExitStack) -> Readable | None:
    """The single table in a ZIP archive, ready to be read; None for a workbook of Excel."""
    try:
        archive = stack.enter_context(zipfile.ZipFile(raw))
        if "xl/workbook.xml" in archive.NameToInfo:
            raw.seek(0)
            return None
        info = _single(archive, name)
        if info.flag_bits & 1:
            raise UserError(f"{name} is protected by a password.", "Unpack it first.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
            raise UserError(f"{name} is packed in an unusual way.", "Unpack it first.")
        if info.file_size > MAXIMUM_BYTES:
            raise UserError(
                f"{info.filename} in {name} has {info.file_size / 1e9:.1f} GB; at most "
                f"{MAXIMUM_BYTES / 1e9:.0f} GB are read.",
                "Make the table smaller.",
            )
        return stack.enter_context(archive.open(info))
    except (*_DAMAGE, OSError) as error:
        raise _damaged(name, error) from None


def _single(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = archive.infolist()
    names = {member.filename for member in members}
    if "word/document.xml" in names or "ppt/presentation.xml" in names:
        raise UserError(f"{name} is an Office document without a table.", "Choose a table.")
    if "content.xml" in names and "mimetype" in names:
        raise UserError(f"{name} is an OpenDocument file.", "Save it as .xlsx or as CSV.")
    files = [m for m in members if not m.is_dir() and not _is_hidden(m.filename)]
    tables = [m for m in files if m.filename.lower().endswith(TEXT_SUFFIXES)]
    if len(files) == 1 or len(tables) == 1:
        return files[0] if len(files) == 1 else tables[0]
    if not files:
        raise UserError(f"{name} is an empty archive.", "Choose a table.")
    shown = ", ".join(m.filename[:40] for m in (tables or files)[:5])
    raise UserError(
        f"{name} holds {len(tables or files)} files: {shown}{' …' if len(files) > 5 else ''}.",
        "Unpack it, and choose the table.",
    )


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _damaged(name: str, error: Exception) -> UserError:
    return UserError(f"{name} is damaged and cannot be unpacked: {str(error)[:80] or 'it ends'}.",
                     "Get it again from where it came.")  # fmt: skip


# ------------------------------------------------------------------ what a file is


def first_bytes(path: str | Path) -> bytes:
    """The beginning of a file, unpacked; raises `UserError` for what is no table at all, saying
    what it is.
    """
    with opened(path) as file:
        head = b""
        while len(head) < _HEAD and (piece := file.read(_HEAD - len(head))):
            head += piece
    refuse_other_kinds(head, Path(path).name)
    return head


def refuse_other_kinds(head: bytes, name: str) -> None:
    """Raise `UserError` for files that are known to be something else."""
    if not head.strip() and b"\n" not in head and b"\r" not in head:
        raise UserError(f"{name} is empty.", "A table needs at least two columns and two rows.")
    for magic, what, remedy in _NOT_TABLES:
        if head.startswith(magic):
            raise UserError(f"{name} is {what}.", remedy)
    start = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<table")):
        raise UserError(
            f"{name} is a web page, not a table.",
            "Download the file itself; a site often shows a page about it first.",
        )
    if start.startswith((b"<?xml", b"<svg")):
        raise UserError(f"{name} is an XML file.", _SAVE_AS_CSV)
    if head[8:9] == b"{" and b'"dtype"' in head[:100_000]:
        raise UserError(f"{name} holds the weights of a network.", "Open it with File → Open.")
    if start.startswith(b"{") and b'"nbformat"' in head:
        raise UserError(f"{name} is a notebook of Jupyter.", "Save the table from it as CSV.")
    if not head.startswith((_ZIP, _PARQUET)) and _is_binary(head):
        raise UserError(f"{name} is not a text table; its bytes are no letters.", _SAVE_AS_CSV)


def _is_binary(head: bytes) -> bool:
    """Whether there are many control characters, apart from the zeros of UTF-16."""
    sample = head[:4096].rstrip(b"\0")
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or zero_bytes(sample) in ("first", "second"):
        return False
    control = sum(byte < 32 and byte not in (0x08, 9, 10, 12, 13, 26, 27) for byte in sample)
    return control > len(sample) // 20 + 1


def zero_bytes(data: bytes) -> str:
    """Which byte of each pair is mostly zero, as in UTF-16: "first", "second" or "" for none."""
    pairs = max(1, len(data) // 2)
    first, second = data[0::2].count(0), data[1::2].count(0)
    if second > 0.4 * pairs and first < 0.1 * pairs:
        return "second"
    return "first" if first > 0.4 * pairs and second < 0.1 * pairs else ""


def stamp_of(path: Path) -> tuple[int, int]:
    """What changes when a file does: its size and when it was written."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise unreadable(path, error) from None
    return status.st_size, status.st_mtime_ns
