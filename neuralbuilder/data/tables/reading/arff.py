"""Tables of Weka: ARFF files with numbers, nominal values, words, dates and sparse rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from neuralbuilder.data.samples import Progress
from neuralbuilder.data.tables.reading.collecting import collected
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.opening import opened
from neuralbuilder.data.tables.reading.records import Record
from neuralbuilder.data.tables.reading.source import TextSource
from neuralbuilder.data.tables.reading.top import MAXIMUM_COLUMNS, Top
from neuralbuilder.data.tables.table import Table, unique_names
from neuralbuilder.problems import UserError

_ATTRIBUTE = re.compile(
    r"@attribute\s+(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(\S+))\s+(.+)", re.IGNORECASE
)
_KINDS = {"numeric": "numbers", "real": "numbers", "integer": "numbers", "string": "words",
          "date": "dates"}  # fmt: skip
_CELL = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'\s*|"((?:[^"\\]|\\.)*)"\s*|([^,\t]*))(?=[,\t]|$)""")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class _Attribute:
    name: str
    kind: str
    default: str = "0"
    """What a sparse row means where it says nothing: 0, or the first nominal value."""


def read(path: Path, format: TableFormat, rows: int, tell: Progress) -> Table:
    """The table in an ARFF file; raises `UserError` with the line of what is wrong."""
    format = replace(format, decimal="point")
    with opened(path) as raw:
        source = TextSource(raw, path.name, format, lambda: tell(raw.share()))
        attributes = list(_attributes(source))
        names, notices = unique_names([attribute.name for attribute in attributes])
        kinds = {name: a.kind for name, a in zip(names, attributes, strict=True)}
        top = Top(names, notices, kinds=kinds)
        return collected(_rows(source, attributes), path.name, top, format, rows)


def _attributes(source: TextSource) -> Iterator[_Attribute]:
    """What the header declares, down to the line @data."""
    count = 0
    for line in source.all_lines():
        text = line.strip()
        if text.lower().startswith("@attribute"):
            count += 1
            if count > MAXIMUM_COLUMNS:
                raise UserError(
                    f"{source.name} has more than {MAXIMUM_COLUMNS} columns.", "Remove some."
                )
            yield _attribute(text, source)
        elif text.lower().startswith("@data"):
            if count:
                return
            break
    raise UserError(
        f"{source.name} has no {'attributes' if not count else '@data'}.",
        "Get the file again, or save the table as CSV.",
    )


def _attribute(text: str, source: TextSource) -> _Attribute:
    found = _ATTRIBUTE.fullmatch(text)
    if found is None:
        raise UserError(
            f"{source.name}, line {source.lines}: an attribute has a name and a type.",
            "Write it as: @attribute width numeric.",
        )
    name = _ESCAPED.sub(r"\1", next(part for part in found.groups()[:3] if part is not None))
    kind = found[4].strip()
    if kind.startswith("{"):
        values = _cells(kind.partition("%")[0].strip().strip("{}"))
        return _Attribute(name, "words", values[0] if values else "")
    word = kind.split()[0].lower()
    if word not in _KINDS:
        raise UserError(
            f"{source.name}, line {source.lines}: attributes of type {word[:20]!r} are not read.",
            "Remove this attribute, or make it numeric, nominal, string or date.",
        )
    return _Attribute(name, _KINDS[word], "0" if word != "string" else "")


def _rows(source: TextSource, attributes: list[_Attribute]) -> Iterator[Record]:
    for line in source.all_lines():
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        if text.startswith("{"):
            yield source.lines, _sparse(text, attributes, source)
        else:
            yield source.lines, [cell if cell != "?" else "" for cell in _cells(text)]


def _cells(text: str) -> list[str]:
    """The cells of a line, which may be quoted with single or double marks."""
    if "'" not in text and '"' not in text:
        return [cell.strip() for cell in text.split("," if "," in text else "\t")]
    cells, place = [], 0
    while place <= len(text):
        found = _CELL.match(text, place)
        if found is None:
            return []
        quoted = next((part for part in found.groups()[:2] if part is not None), None)
        cells.append(found[3].strip() if quoted is None else _ESCAPED.sub(r"\1", quoted))
        place = found.end() + 1
    return cells


def _sparse(text: str, attributes: list[_Attribute], source: TextSource) -> list[str]:
    """A row that names the places of its values only, as in {1 2.5, 3 red}."""
    row = [attribute.default for attribute in attributes]
    inner = text[1 : text.find("}")] if "}" in text else ""
    for pair in _cells(inner) if inner.strip() else []:
        place, _, value = pair.partition(" ")
        if not (place.isascii() and place.isdigit() and len(place) < 7 and int(place) < len(row)):
            raise UserError(
                f"{source.name}, line {source.lines}: {pair[:40]!r} names no column.",
                f"Columns are counted from 0 to {len(row) - 1}.",
            )
        value = value.strip().strip("'\"")
        row[int(place)] = "" if value == "?" else value
    return row
