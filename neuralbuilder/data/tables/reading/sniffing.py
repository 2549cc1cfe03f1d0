"""Finding out how a text table is written, by its first 256 kB."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from neuralbuilder.data.tables.numbers import decimal_sign
from neuralbuilder.data.tables.reading import excel
from neuralbuilder.data.tables.reading.containers import container_reader
from neuralbuilder.data.tables.reading.format import (
    COMMENTS,
    DELIMITERS,
    ENCODINGS,
    TableFormat,
    is_missing,
    is_number,
)
from neuralbuilder.data.tables.reading.opening import first_bytes, zero_bytes
from neuralbuilder.data.tables.reading.pasted import Pasted, Source
from neuralbuilder.data.tables.reading.top import ORANGE_KINDS, ORANGE_ROLES, cells_in

_SAMPLE_BYTES = 262_144
_SAMPLE_RECORDS = 200
_MOST_SKIPPED = 20
_SEP = re.compile(r'"?sep=(.|\\t)"?', re.IGNORECASE)

_NUMBER = re.compile(
    r"[+-]?[€$£¥]? ?(?:\d+[.,]?\d*|[.,]\d+|\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d+)?)"
    r"(?:[eE][+-]?\d+)? ?[%€$£¥]?",
    re.ASCII,
)
"""A number in any of the usual notations, with separators of thousands, a currency or %."""

Rows = list[list[str]]


def sniff(path: Source, sheet: str = "") -> TableFormat:
    """The format of the table at `path`, or that was pasted, judged by its first 256 kB; of a
    workbook this sheet.

    Raises `UserError` when the file cannot be read, is empty or is no table, saying what it is.
    """
    if isinstance(path, Pasted):
        return format_of(path.data[:_SAMPLE_BYTES])
    head = first_bytes(path)
    reader = container_reader(head)
    if reader is excel.read:
        return replace(_format_of_rows(excel.first_rows(Path(path), sheet)), sheet=sheet)
    return format_of(head) if reader is None else TableFormat(encoding=_encoding(head))


def _format_of_rows(rows: Rows) -> TableFormat:
    """The format of a table that comes as rows of cells."""
    width = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    usual = Counter(filled).most_common(1)[0][0] if filled else 0
    skip = next((i for i, count in enumerate(filled) if 2 * count > usual), 0)
    header = _has_header(rows[skip:], "point")
    below = 1 if header and _has_units(rows[skip:], "point") else 0
    return TableFormat(header=header, skip=min(skip, _MOST_SKIPPED), skip_below=below)


def format_of(data: bytes) -> TableFormat:
    """The format of the table that begins with these bytes."""
    encoding = _encoding(data)
    text = data.decode(ENCODINGS[encoding], errors="replace")
    if len(data) >= _SAMPLE_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    return replace(_format(text), encoding=encoding)


def _encoding(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if zeros := zero_bytes(data):
        return "utf-16-le" if zeros == "second" else "utf-16-be"
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


# ------------------------------------------------------------------ layout


@dataclass(frozen=True)
class _Sample:
    """The first lines, without comments, and the comments that stand above them."""

    lines: list[str]
    comment: str
    above: list[str]


def _format(text: str) -> TableFormat:
    lines = text.splitlines(keepends=True)[: 4 * _SAMPLE_RECORDS]
    said = _SEP.fullmatch(lines[0].strip()) if lines else None
    if said is not None:
        return _format_said(said[1], lines[1:])
    sample = _without_comments(lines)
    delimiter, rows = _delimiter(sample.lines)
    if delimiter == "tab" and _is_orange(rows):
        decimal = _decimal(rows[3:])
        return TableFormat(delimiter, decimal, comment=sample.comment, layout="orange")
    skip = 0 if sample.above else _titles(rows, delimiter, sample.lines)
    rows = rows if not skip else _records(sample.lines[skip:], DELIMITERS[delimiter])
    found = TableFormat(delimiter, _decimal(rows), comment=sample.comment, skip=skip)
    return _names(found, rows, sample.above)


def _format_said(sign: str, lines: list[str]) -> TableFormat:
    """The format of lines below one that says the delimiter, as spreadsheets write it."""
    words = {sign: word for word, sign in DELIMITERS.items()}
    delimiter = words.get("\t" if sign == "\\t" else sign)
    rows: Rows = []
    if delimiter is None:
        delimiter, rows = _delimiter(lines)
    rows = rows or _records(lines, DELIMITERS[delimiter])
    return _names(TableFormat(delimiter, _decimal(rows), skip=1), rows, [])


def _names(format: TableFormat, rows: Rows, above: list[str]) -> TableFormat:
    """The format with what is known about the names of the columns."""
    width = _usual_width(rows)
    header = _has_header(rows, format.decimal)
    if not header and rows and above and _name_columns(above[-1], format, width):
        return replace(format, header=True, layout="names_in_comment")
    if _has_row_names(rows, width, format.decimal):
        return replace(format, header=True, layout="row_names")
    below = 1 if header and _has_units(rows, format.decimal) else 0
    return replace(format, header=header, skip_below=below)


def _without_comments(lines: list[str]) -> _Sample:
    """The lines without comments: those above the table, and later ones where they are few."""
    filled = [line.strip() for line in lines if line.strip()]
    for word, sign in COMMENTS.items():
        if not sign or not filled or not filled[0].startswith(sign):
            continue
        count = next((i for i, line in enumerate(filled) if not line.startswith(sign)), 0)
        rest = filled[count:]
        if count and sum(line.startswith(sign) for line in rest) <= len(rest) // 2:
            kept = [line for line in lines if not line.lstrip().startswith(sign)]
            return _Sample(kept, word, [line[len(sign) :].strip() for line in filled[:count]])
    return _Sample(lines, "none", [])


def _delimiter(lines: list[str]) -> tuple[str, Rows]:
    best, best_rows, best_score = "comma", _records(lines, ","), 0.0
    for word, sign in DELIMITERS.items():
        rows = _records(lines, sign)
        if sign == " " and _are_even(best_rows) and not _are_even(rows):
            continue  # blanks stand inside of cells, such as 5 Jan 2024
        score = _score(rows, sign)
        if score > best_score + 1e-9:
            best, best_rows, best_score = word, rows, score
    return best, best_rows


def _are_even(rows: Rows) -> bool:
    """Whether all rows have the same number of cells, and more than one."""
    return len({len(row) for row in rows}) == 1 and len(rows[0]) > 1


def _records(lines: list[str], sign: str) -> Rows:
    if sign == " ":
        lines = [line.replace("\t", " ").strip() + "\n" for line in lines]
    found: Rows = []
    try:
        for record in csv.reader(lines, delimiter=sign, skipinitialspace=True):
            if any(cell.strip() for cell in record) or len(record) > 1:
                found.append(record)
            if len(found) == _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # the reader says what is wrong; here the rows before it are enough
    return found


def _usual_width(rows: Rows) -> int:
    lengths = Counter(len(row) for row in rows)
    return lengths.most_common(1)[0][0] if lengths else 0


def _score(rows: Rows, sign: str) -> float:
    """How well this delimiter explains the rows: equal lengths, clean cells, many numbers."""
    width = _usual_width(rows)
    if width < 2:
        return 0.0
    count = sum(len(row) == width for row in rows)
    cells = [cell for row in rows[:50] for cell in row]
    others = ",;|" if sign == " " else ",;\t|"
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell.strip())]
    unclean = sum(
        any(other in cell for other in others if other != sign)
        and not _NUMBER.fullmatch(cell.strip())
        for cell in cells
    )
    return (count / len(rows)) * (1 - unclean / len(cells)) * (1 + len(numbers) / len(cells))


def _titles(rows: Rows, delimiter: str, lines: list[str]) -> int:
    """How many lines at the top are no part of the table: they have fewer cells than the rows."""
    width = _usual_width(rows)
    first = next((i for i, row in enumerate(rows) if len(row) == width), 0)
    if width < 2 or not 0 < first <= _MOST_SKIPPED or len(rows) < first + 2:
        return 0
    if any(len(row) > width for row in rows[:first]) or _names_rows(rows, width):
        return 0
    if any(is_number(cell) for row in rows[:first] for cell in row):
        return 0  # a row that lost a cell
    sign = DELIMITERS[delimiter]
    for number, line in enumerate(lines):
        if len(cells_in(line, delimiter)) == width and (sign in line or sign == " "):
            return number
    return 0


def _names_rows(rows: Rows, width: int) -> bool:
    """Whether the first row lacks one cell, and all others begin with a name of their own."""
    if width < 2 or len(rows) < 3 or len(rows[0]) != width - 1:
        return False
    first = [row[0] for row in rows[1:]]
    if any(len(row) != width for row in rows[1:]) or len(set(first)) < len(first):
        return False
    # A title looks alike where a header is below it.
    numbers = [any(_NUMBER.fullmatch(cell.strip()) for cell in row) for row in rows[1:]]
    return numbers[0] or not any(numbers)


def _has_row_names(rows: Rows, width: int, decimal: str) -> bool:
    return _names_rows(rows, width) and not any(is_number(cell, decimal) for cell in rows[0])


def _name_columns(comment: str, format: TableFormat, width: int) -> bool:
    """Whether a comment holds one name for every column."""
    cells = [cell.strip() for cell in cells_in(comment, format.delimiter)]
    named = len(cells) == width and all(cells) and len(set(cells)) == width
    return named and not any(is_number(cell, format.decimal) for cell in cells)


def _is_orange(rows: Rows) -> bool:
    """Whether names are followed by a row of types and a row of roles."""
    if len(rows) < 4 or not any(cell.strip() for cell in rows[1]):
        return False
    types = [cell.strip().lower() for cell in rows[1]]
    flags = [word for cell in rows[2] for word in cell.lower().split()]
    known = sum(cell in ORANGE_KINDS for cell in types)
    lists = sum(" " in cell for cell in types)
    return (
        bool(known)
        and known + lists + types.count("") == len(types)
        and all(word in ORANGE_ROLES or "=" in word for word in flags)
    )


def _has_units(rows: Rows, decimal: str) -> bool:
    """Whether the row below the names holds units: words above nothing but numbers."""
    if len(rows) < 4 or len(rows[1]) != len(rows[0]):
        return False
    units, found = rows[1], 0
    values = [row for row in rows[2:] if len(row) == len(units)]
    for column, unit in enumerate(units):
        cells = [row[column] for row in values]
        numbers = sum(is_number(cell, decimal) for cell in cells)
        plain = numbers > 0 and all(is_number(c, decimal) or is_missing(c) for c in cells)
        if is_number(unit, decimal) or (not plain and not is_missing(unit)):
            return False
        found += plain and not is_missing(unit)
    return found >= 2


def _decimal(rows: Rows) -> str:
    width = max((len(row) for row in rows), default=0)
    columns = ([row[place] for row in rows if place < len(row)] for place in range(width))
    return decimal_sign(columns) or "point"


def _has_header(rows: Rows, decimal: str) -> bool:
    if not rows or any(is_number(cell, decimal) for cell in rows[0]):
        return False
    if len(rows) == 1 or any(is_number(cell, decimal) for row in rows[1:] for cell in row):
        return True
    # Nothing but words: names of columns do not come back as values.
    columns = zip(rows[0], *(row for row in rows[1:] if len(row) == len(rows[0])), strict=True)
    return not any(column[0] in column[1:] for column in columns)
