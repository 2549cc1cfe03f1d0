"""Tables in JSON: a list of records, a record in each line, or a list for each column."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from neuralbuilder.data.samples import Progress
from neuralbuilder.data.tables.reading.collecting import collected
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.opening import opened
from neuralbuilder.data.tables.reading.records import Record
from neuralbuilder.data.tables.reading.source import TextSource
from neuralbuilder.data.tables.reading.top import MAXIMUM_COLUMNS, Top
from neuralbuilder.data.tables.table import Table, unique_names
from neuralbuilder.problems import UserError

MAXIMUM_CHARACTERS = 100_000_000

_NAMES_FROM = 10_000
_REMEDY = 'Write a list of records: [{"a": 1, "b": 2}, …].'


def read(path: Path, format: TableFormat, rows: int, tell: Progress) -> Table:
    """The table in a JSON file, a row per record; numbers stay as they are written."""
    name = path.name
    format = replace(format, decimal="point")
    found = _records(path, format, tell)
    first = list(islice(found, _NAMES_FROM))
    if not first:
        raise UserError(f"{name} holds no records.", _REMEDY)
    values = chain(first, found)
    if all(isinstance(value, list) for _, value in first):
        return _of_lists(values, name, format, rows)
    names = _names(first, name)
    cells = ((line, _row(value, names, line, name)) for line, value in values)
    labels, notices = unique_names(list(names))
    return collected(cells, name, Top(labels, notices), format, rows)


def _of_lists(
    values: Iterator[tuple[int, Any]], name: str, format: TableFormat, rows: int
) -> Table:
    found: Iterator[Record] = (
        (line, [_cell(v, line, name) for v in (value if isinstance(value, list) else [])])
        for line, value in values
    )
    first = next(found)
    names, notices = unique_names([""] * len(first[1]), announce=False)
    return collected(found, name, Top(names, notices, [first]), format, rows)


def _records(path: Path, format: TableFormat, tell: Progress) -> Iterator[tuple[int, Any]]:
    """Every record with its line, or with its number where they all make one value."""
    with opened(path) as raw:
        source = TextSource(raw, path.name, format, lambda: tell(raw.share()))
        lines = source.all_lines()
        first = next((line for line in lines if line.strip()), "")
        if _is_record(first):
            yield source.lines, _value(first, source.lines, path.name)
            for line in lines:
                if line.strip():
                    yield source.lines, _value(line, source.lines, path.name)
            return
        parts, size = [first], 0
        for line in lines:
            parts.append(line)
            size += len(line)
            if size > MAXIMUM_CHARACTERS:
                raise UserError(
                    f"{path.name} has more than {MAXIMUM_CHARACTERS / 1e6:.0f} million characters.",
                    "Write one record in each line, or save the table as CSV or Parquet.",
                )
    yield from enumerate(_rows_of(_value("".join(parts), 1, path.name), path.name), start=1)


def _is_record(line: str) -> bool:
    """Whether a line is a whole record, so that more lines may follow."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and not any(isinstance(v, (list, dict)) for v in value.values())


def _value(text: str, line: int, name: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        place = line + error.lineno - 1
        raise UserError(
            f"{name}, line {place}, character {error.colno}: this is not JSON: {error.msg}.",
            "Correct it there, or save the table as CSV.",
        ) from None
    except (ValueError, RecursionError):
        raise UserError(f"{name} is nested too deeply.", _REMEDY) from None


def _rows_of(value: Any, name: str) -> Sequence[Any]:
    """The records of a whole file."""
    if isinstance(value, dict):
        inner = list(value.values())
        if len(inner) == 1 and isinstance(inner[0], list) and _are(inner[0], dict):
            return inner[0]
        if inner and _are(inner, list) and len({len(column) for column in inner}) == 1:
            return [dict(zip(value, row, strict=True)) for row in zip(*inner, strict=True)]
        if inner and _are(inner, dict):
            return _of_columns(value)
        if inner and not any(isinstance(v, (list, dict)) for v in inner):
            return [value]
        raise UserError(f"{name} holds no table: its parts have no common length.", _REMEDY)
    return value if isinstance(value, list) else []


def _of_columns(value: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of columns that name every row, as pandas writes them."""
    keys = dict.fromkeys(chain.from_iterable(value.values()))
    return [{name: column.get(key) for name, column in value.items()} for key in keys]


def _are(values: Sequence[Any], kind: type) -> bool:
    return bool(values) and all(isinstance(value, kind) for value in values)


def _names(values: list[tuple[int, Any]], name: str) -> dict[str, None]:
    """The names in these records, in the order in which they first occur."""
    names: dict[str, None] = {}
    for line, value in values:
        if not isinstance(value, dict):
            raise UserError(f"{name}, record {line} is no record with names.", _REMEDY)
        names.update(dict.fromkeys(value))
        if len(names) > MAXIMUM_COLUMNS:
            raise UserError(
                f"{name} has more than {MAXIMUM_COLUMNS} columns.", "Remove some of them."
            )
    return names


def _row(value: Any, names: dict[str, None], line: int, name: str) -> list[str]:
    if not isinstance(value, dict):
        raise UserError(f"{name}, record {line} is no record with names.", _REMEDY)
    unknown = next((key for key in value if key not in names), None)
    if unknown is not None:
        raise UserError(
            f"{name}, record {line} has {unknown[:40]!r}, which none of the first "
            f"{_NAMES_FROM:,} records has.",
            "Give it to one of the first records, or leave it out.",
        )
    return [_cell(value.get(key), line, name, key) for key in names]


def _cell(value: Any, line: int, name: str, key: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        what = "a list" if isinstance(value, list) else "a record"
        place = f", {key[:40]!r}" if key else ""
        raise UserError(
            f"{name}, record {line}{place} holds {what}; a cell has one value.",
            "Leave it out, or spread it over several columns.",
        )
    return str(value).replace("\0", " ") if not isinstance(value, bool) else str(value).lower()
