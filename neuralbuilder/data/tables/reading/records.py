"""The records of a text table, one by one, with the line of whatever is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from neuralbuilder.data.tables.reading.format import COMMENTS, DELIMITERS, TableFormat
from neuralbuilder.problems import UserError

Record = tuple[int, list[str]]
"""The line that a record begins in, and its cells."""


class Lines:
    """Lines for `csv.reader`, without comments and empty ones between records, and their numbers.

    `comments` are those passed over since the last record began, without their sign.
    """

    def __init__(self, lines: Iterable[str], format: TableFormat, before: int = 0) -> None:
        self._lines = iter(lines)
        self._sign = DELIMITERS[format.delimiter]
        self._comment = COMMENTS[format.comment]
        self._number = before
        self.start = before + 1
        self.inside = False
        self.comments: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            line = next(self._lines)
            self._number += 1
            if self._is_comment(line) or self._is_between(line):
                continue
            if not self.inside:
                self.start, self.inside = self._number, True
            return line.replace("\t", " ").strip() + "\n" if self._sign == " " else line

    def _is_comment(self, line: str) -> bool:
        if self.inside or not self._comment or not line.lstrip().startswith(self._comment):
            return False
        self.comments.append(line.strip()[len(self._comment) :].strip())
        return True

    def _is_between(self, line: str) -> bool:
        """Whether this is an empty line outside any cell; delimiters alone make empty cells."""
        if self.inside or line.strip():
            return False
        return self._sign == " " or self._sign not in line


def records(lines: Lines, name: str, format: TableFormat) -> Iterator[Record]:
    """Every record; raises `UserError` with the line."""
    sign = DELIMITERS[format.delimiter]
    reader = csv.reader(lines, delimiter=sign, skipinitialspace=True, strict=True)
    while True:
        lines.inside = False
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise _broken(name, lines.start, str(error)) from None
        if record is None:
            return
        if record:
            yield lines.start, record


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
