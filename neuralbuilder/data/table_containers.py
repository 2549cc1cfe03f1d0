"""Tables that are no text with delimiters: workbooks, Parquet, JSON and ARFF."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from neuralbuilder.data import table_arff, table_excel, table_json, table_parquet
from neuralbuilder.data.samples import Progress
from neuralbuilder.data.table import Table
from neuralbuilder.data.table_format import TableFormat
from neuralbuilder.data.table_opening import first_bytes
from neuralbuilder.data.table_pasted import Pasted, Source

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
    if reader is table_excel.read:
        return frozenset(("header", "skip", "skip_below", "layout", "sheet"))
    return frozenset() if reader is table_parquet.read else frozenset(("encoding",))


def sheets_of(source: Source) -> tuple[str, ...]:
    """The names of the sheets of a workbook; none for other tables."""
    if isinstance(source, Pasted) or container_reader(first_bytes(source)) is not table_excel.read:
        return ()
    return table_excel.sheet_names(Path(source))


def container_reader(head: bytes) -> ContainerReader | None:
    """What reads a file that begins with these bytes; None for a text with delimiters."""
    if head.startswith(b"PK\x03\x04"):
        return table_excel.read
    if head.startswith(b"PAR1"):
        return table_parquet.read
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _JSON.match(text):
        return table_json.read
    return table_arff.read if _ARFF.match(text) else None
