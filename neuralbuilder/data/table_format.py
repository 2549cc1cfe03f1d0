"""How a text table is written: delimiter, decimal sign, encoding, header; and how to find out."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
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
MISSING_WORDS = frozenset(
    ("", "na", "n/a", "#n/a", "nan", "null", "none", "missing", "?", "-", "--", ".")
)
INFINITE_WORDS = frozenset(("inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"))

_SAMPLE_BYTES = 262_144
_SAMPLE_RECORDS = 200
_NUMBERS = {
    "point": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII),
    "comma": re.compile(r"[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII),
}


@dataclass(frozen=True)
class TableFormat:
    """How a table is written, in the words of `DELIMITERS`, `DECIMALS` and `ENCODINGS`."""

    delimiter: str = "comma"
    decimal: str = "point"
    encoding: str = "utf-8"
    header: bool = True


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


def sniff(path: str | Path) -> TableFormat:
    """The format of the table at `path`, judged by its first 256 kB.

    Raises `UserError` when the file cannot be read, is empty or is not a text.
    """
    opened_size(path)
    try:
        with open(path, "rb") as file:
            data = file.read(_SAMPLE_BYTES)
    except OSError as error:
        raise unreadable(Path(path), error) from None
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"%PDF", b"\x1f\x8b")):
        raise UserError(
            f"{Path(path).name} is not a text table.", "Export it as CSV from its own program."
        )
    encoding = _encoding(data)
    text = data.decode(ENCODINGS[encoding], errors="replace")
    if len(data) == _SAMPLE_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    return replace(_layout(text), encoding=encoding)


def _encoding(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    pairs = max(1, len(data) // 2)
    zeros_first, zeros_second = data[0::2].count(0), data[1::2].count(0)
    if zeros_second > 0.4 * pairs and zeros_first < 0.1 * pairs:
        return "utf-16-le"
    if zeros_first > 0.4 * pairs and zeros_second < 0.1 * pairs:
        return "utf-16-be"
    for cut in range(4):  # the last character may be cut in two
        try:
            data[: len(data) - cut].decode("utf-8")
            return "utf-8"
        except UnicodeDecodeError:
            continue
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "windows-1252"


def _layout(text: str) -> TableFormat:
    best = TableFormat()
    best_score = 0.0
    for word, sign in DELIMITERS.items():
        rows = _records(text, sign)
        score = _score(rows, sign)
        if score > best_score + 1e-9:
            best, best_score = TableFormat(delimiter=word), score
    rows = _records(text, DELIMITERS[best.delimiter])
    decimal = _decimal(rows, best.delimiter)
    return replace(best, decimal=decimal, header=_has_header(rows, decimal))


def _records(text: str, sign: str) -> list[list[str]]:
    lines = text.splitlines(keepends=True)[: 4 * _SAMPLE_RECORDS]
    if sign == " ":
        lines = [line.strip() + "\n" for line in lines]
    found: list[list[str]] = []
    try:
        for record in csv.reader(lines, delimiter=sign, skipinitialspace=True):
            if record:
                found.append(record)
            if len(found) == _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # the reader says what is wrong; here the rows before it are enough
    return found


def _score(rows: list[list[str]], sign: str) -> float:
    """How well this delimiter explains the rows: equal lengths, clean cells, many numbers."""
    lengths = Counter(len(row) for row in rows)
    if not lengths:
        return 0.0
    width, count = lengths.most_common(1)[0]
    if width < 2:
        return 0.0
    cells = [cell for row in rows[:50] for cell in row]
    numbers = sum(is_number(cell) or is_number(cell, "comma") for cell in cells)
    unclean = sum(
        any(other in cell for other in ",;\t|" if other != sign) and not is_number(cell, "comma")
        for cell in cells
    )
    return (count / len(rows)) * (1 - unclean / len(cells)) * (1 + numbers / len(cells))


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    if delimiter == "comma" and not any("," in cell for row in rows for cell in row):
        return "point"
    cells = [cell for row in rows for cell in row]
    points = sum("." in cell and is_number(cell) for cell in cells)
    commas = sum("," in cell and is_number(cell, "comma") for cell in cells)
    return "comma" if commas > points else "point"


def _has_header(rows: list[list[str]], decimal: str) -> bool:
    if not rows or any(is_number(cell, decimal) for cell in rows[0]):
        return False
    if len(rows) == 1 or any(is_number(cell, decimal) for row in rows[1:] for cell in row):
        return True
    # Nothing but words: names of columns do not come back as values.
    columns = zip(rows[0], *(row for row in rows[1:] if len(row) == len(rows[0])), strict=True)
    return not any(column[0] in column[1:] for column in columns)
