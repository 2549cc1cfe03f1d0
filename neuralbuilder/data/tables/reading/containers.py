"""Tables that are no text with delimiters: workbooks, Parquet, JSON and ARFF."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from neuralbuilder.data.samples import Progress
from neuralbuilder.data.tables.reading import arff, excel, json_records, parquet
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.opening import first_bytes
from neuralbuilder.data.tables.reading.pasted import Pasted, Source
from neuralbuilder.data.tables.table import Table

ContainerReader = Callable[[Path, TableFormat, int, Progress], Table]

_JSON = re.compile(rb"\s*(\[\s*[\[{]|\{\s*\")")
_ARFF = re.compile(rb"\s*(?:%[^\r\n]*[\r\n]\s*)*@relation\b", re.IGNORECASE)


def format_settings(source: Source) -> frozenset[str]:
    """The fields of a `TableFormat` that make a difference to how this table is read."""
    every = frozenset(field.name for field in fields(TableFormat)) - {"sheet"}
    if isinstance(source, Pasted):
        return every - {"encoding"}
    reader = container_reader(first_bytes(source))
    if reader is None:
        return every
    if reader is excel.read:
        return frozenset(("header", "skip", "skip_below", "layout", "sheet"))
    return frozenset() if reader is parquet.read else frozenset(("encoding",))


def sheets_of(source: Source) -> tuple[str, ...]:
    """The names of the sheets of a workbook; none for other tables."""
    if isinstance(source, Pasted) or container_reader(first_bytes(source)) is not excel.read:
        return ()
    return excel.sheet_names(Path(source))


def container_reader(head: bytes) -> ContainerReader | None:
    """What reads a file that begins with these bytes; None for a text with delimiters."""
    if head.startswith(b"PK\x03\x04"):
        return excel.read
    if head.startswith(b"PAR1"):
        return parquet.read
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _JSON.match(text):
        return json_records.read
    return arff.read if _ARFF.match(text) else None
