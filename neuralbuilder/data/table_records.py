"""The records of a text table, one by one, with the line of whatever is wrong."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path

from neuralbuilder.data.samples import Progress, ReadingCancelled
from neuralbuilder.data.table_format import DELIMITERS, ENCODINGS, TableFormat, unreadable
from neuralbuilder.problems import UserError

MAXIMUM_LINE = 20_000_000


def records(
    path: Path, format: TableFormat, progress: Progress, size: int
) -> Iterator[tuple[int, list[str]]]:
    """The line number and the cells of each record; raises `UserError` with the line."""
    try:
        with open(path, "rb") as raw:
            text = TextIOWrapper(raw, encoding=ENCODINGS[format.encoding], newline="")

            def told() -> bool:
                return progress(min(1.0, raw.tell() / size))

            yield from _records(text, path.name, format, told)
    except OSError as error:
        raise unreadable(path, error) from None


def _records(
    file: TextIOWrapper, name: str, format: TableFormat, go_on: Callable[[], bool]
) -> Iterator[tuple[int, list[str]]]:
    lines = _lines(file, name, format, go_on)
    sign = DELIMITERS[format.delimiter]
    reader = csv.reader(lines, delimiter=sign, skipinitialspace=True, strict=True)
    start = 1
    while True:
        start = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise _broken(name, start, str(error)) from None
        if record is None:
            return
        if record:
            yield start, record


def _broken(name: str, line: int, reason: str) -> UserError:
    if "field larger" in reason:
        return UserError(
            f"{name}, line {line}: a cell has more than {csv.field_size_limit()} characters, or "
            "its quotation mark is never closed.",
            "Shorten or remove it.",
        )
    if "unexpected end" in reason:
        return UserError(
            f'{name}, line {line}: the quotation mark (") is never closed.',
            "Close it, or remove it.",
        )
    return UserError(
        f'{name}, line {line}: text follows a closing quotation mark (").',
        'Write a quotation mark inside a cell twice ("").',
    )


def _lines(
    file: TextIOWrapper, name: str, format: TableFormat, go_on: Callable[[], bool]
) -> Iterator[str]:
    number = 0
    while True:
        try:
            line = file.readline(MAXIMUM_LINE)
        except UnicodeError:
            raise UserError(
                f"{name}, line {number + 1} or soon after: this is not {format.encoding} text.",
                "Choose another encoding, such as windows-1252.",
            ) from None
        number += 1
        if not line:
            return
        if "\0" in line:
            raise UserError(
                f"{name}, line {number}: there is a NUL byte, which no text has.",
                "Choose another encoding (UTF-16?), or remove it.",
            )
        if len(line) >= MAXIMUM_LINE:
            raise UserError(
                f"{name}, line {number} has more than {MAXIMUM_LINE / 1e6:.0f} million characters.",
                "This does not look like a table.",
            )
        if number % 4096 == 0 and not go_on():
            raise ReadingCancelled(f"Reading {name} was stopped.")
        yield line.strip() + "\n" if format.delimiter == "space" else line
