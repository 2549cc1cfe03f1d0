"""How a text table is written: delimiter, decimal sign, encoding, header; and how to find out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from neuralbuilder.problems import UserError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " ", "bar": "|"}
DECIMALS = ("point", "comma")
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "windows-1252": "cp1252",
    "latin-1": "latin-1",
}
COMMENTS = {"none": "", "hash": "#", "percent": "%", "slashes": "//", "exclamation": "!"}
LAYOUTS = ("plain", "row_names", "names_in_comment", "orange")
MISSING_WORDS = frozenset(
    ("", "na", "n/a", "#n/a", "nan", "null", "none", "missing", "?", "-", "--", ".")
)
INFINITE_WORDS = frozenset(("inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"))

_NUMBERS = {
    "point": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII),
    "comma": re.compile(r"[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII),
}


@dataclass(frozen=True)
class TableFormat:
    """How a table is written, in the words of `DELIMITERS`, `DECIMALS`, `ENCODINGS`, `COMMENTS`
    and `LAYOUTS`.

    `skip` lines at the top are passed over, and `skip_below` rows below the names. In the layout
    "row_names" every row begins with its own name, which the header has none for, as R writes it;
    with "names_in_comment" the last comment above the first row holds the names, as numpy.savetxt
    writes it; "orange" has three rows of names, types and roles. `sheet`
    names the one of a workbook that is read, "" the first one with any cells.
    """

    delimiter: str = "comma"
    decimal: str = "point"
    encoding: str = "utf-8"
    header: bool = True
    comment: str = "none"
    skip: int = 0
    skip_below: int = 0
    layout: str = "plain"
    sheet: str = ""


def is_number(cell: str, decimal: str = "point") -> bool:
    """Whether a cell is a plain number with this decimal sign; ``1_000`` and ``１２`` are not."""
    return _NUMBERS[decimal].fullmatch(cell.strip()) is not None


def is_missing(cell: str) -> bool:
    """Whether a cell stands for a value that is not there."""
    return cell.strip().lower() in MISSING_WORDS


_ENOUGH = "A table needs at least two columns and two rows."


def opened_size(
    path: str | Path, hint: str = "Choose a CSV or TSV file.", if_empty: str = _ENOUGH
) -> int:
    """The size of the file in bytes; raises `UserError` when it cannot be read or is empty.

    `hint` says what to choose instead, and `if_empty` what the file should hold.
    """
    file = Path(path)
    if "\0" in str(path):
        raise UserError("The file name holds a NUL character.", "Choose another file.")
    try:
        size = file.stat().st_size
        regular = file.is_file()
    except OSError as error:
        raise unreadable(file, error) from None
    if not regular:
        raise UserError(f"{file.name or file} is not a file.", hint)
    if size == 0:
        raise UserError(f"{file.name} is empty.", if_empty)
    return size


def unreadable(path: Path, error: OSError) -> UserError:
    """The reason why the system does not hand out a file, as a sentence."""
    if isinstance(error, FileNotFoundError):
        return UserError(f"{path.name} is not there.", f"Look for it in {path.absolute().parent}.")
    if isinstance(error, PermissionError):
        return UserError(f"{path.name} may not be read.", "Ask for permission or copy the file.")
    reason = error.strerror or type(error).__name__
    return UserError(f"{path.name[:80]} cannot be read: {reason}.", "Choose another file.")
