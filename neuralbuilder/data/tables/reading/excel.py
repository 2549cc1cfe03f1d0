"""Tables in workbooks of Excel, read by openpyxl."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from itertools import chain, islice
from pathlib import Path
from typing import Any

from neuralbuilder.data.samples import Progress, ReadingCancelled
from neuralbuilder.data.tables.reading.collecting import collected
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.records import Record
from neuralbuilder.data.tables.reading.top import top_of_rows
from neuralbuilder.data.tables.table import Table
from neuralbuilder.problems import UserError

MAXIMUM_XML = 400_000_000

_SAMPLE_ROWS = 200


def read(path: Path, format: TableFormat, rows: int, tell: Progress) -> Table:
    """The table on the sheet that the format names, or else on the first one that holds any cells;
    raises `UserError`.
    """
    format = replace(format, decimal="point")
    with _sheet(path, format.sheet) as (sheet, claimed, others):
        found = _rows(sheet, claimed, path.name, tell)
        top = top_of_rows(found, path.name, format)
        if others and not format.sheet:
            more = "one more is" if others == 1 else f"{others} more are"
            told = f"Sheet {sheet.title!r} is read; {more} not."
            top = replace(top, notices=(told, *top.notices))
        return collected(found, path.name, top, format, rows)


def sheet_names(path: Path) -> tuple[str, ...]:
    """The names of the sheets that hold any cells."""
    with _filled_sheets(path) as sheets:
        return tuple(sheet.title for sheet, _ in sheets)


def first_rows(path: Path, name: str = "") -> list[list[str]]:
    """The first rows of the sheet that `read` reads."""
    with _sheet(path, name) as (sheet, claimed, _):
        found = _rows(sheet, claimed, path.name, lambda share: True)
        return [cells for _, cells in islice(found, _SAMPLE_ROWS)]


@contextmanager
def _sheet(path: Path, name: str) -> Iterator[tuple[Any, int, int]]:
    """The sheet of this name, or the first one with any cells, how many rows it claims, and how
    many others have cells.
    """
    with _filled_sheets(path) as sheets:
        found = next((pair for pair in sheets if name in ("", pair[0].title)), None)
        if found is None:
            names = ", ".join(repr(sheet.title) for sheet, _ in sheets[:10])
            raise UserError(
                f"{path.name} has no sheet {name!r} with any cells.", f"Its sheets are: {names}."
            )
        yield *found, len(sheets) - 1


@contextmanager
def _filled_sheets(path: Path) -> Iterator[list[tuple[Any, int]]]:
    """The sheets with any cells, and how many rows they claim."""
    try:
        import openpyxl
    except ImportError:
        raise UserError(
            f"{path.name} is an Excel workbook, and openpyxl is not installed to read it.",
            'Install it: pip install "neuralbuilder[excel]", or save the table as CSV.',
        ) from None
    _check_size(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and checks of cells
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                counts = [sheet.max_row or 1 for sheet in book.worksheets]
                sheets = zip(book.worksheets, counts, strict=True)
                filled = [(sheet, count) for sheet, count in sheets if _has_cells(sheet)]
                if not filled:
                    raise UserError(f"{path.name} holds no cells.", "Choose another workbook.")
                yield filled
            finally:
                book.close()
    except UserError:
        raise
    except Exception as error:  # openpyxl lets through whatever goes wrong inside
        raise UserError(
            f"{path.name} is damaged and cannot be read as a workbook: "
            f"{str(error)[:80] or type(error).__name__}.",
            "Open it in a spreadsheet, and save the table as CSV.",
        ) from None


def _check_size(path: Path) -> None:
    """Refuse a workbook that unpacks to far more than its size."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist()
                       if info.filename.endswith(".xml"))  # fmt: skip
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UserError(f"{path.name} is a damaged workbook.", "Get it again.") from None
    if size > MAXIMUM_XML:
        raise UserError(
            f"{path.name} unpacks to {size / 1e6:.0f} MB; at most {MAXIMUM_XML / 1e6:.0f} MB are "
            "read from a workbook.",
            "Save the table as CSV.",
        )


def _has_cells(sheet: Any) -> bool:
    sheet.reset_dimensions()  # those that the file claims may be far too large
    rows = islice(sheet.iter_rows(values_only=True), _SAMPLE_ROWS)
    return any(value is not None for row in rows for value in row)


def _rows(sheet: Any, claimed: int, name: str, tell: Progress) -> Iterator[Record]:
    """The rows with any cells, without the empty columns on both sides of the table."""
    numbered = enumerate(sheet.iter_rows(values_only=True), start=1)
    filled = ((line, row) for line, row in numbered if any(v not in (None, "") for v in row))
    sample = list(islice(filled, _SAMPLE_ROWS))
    first = min((places[0] for _, row in sample if len(places := _filled(row)) > 1), default=0)
    width = 0
    for count, (line, row) in enumerate(chain(sample, filled)):
        if count % 1000 == 0 and not tell(line / max(line + 1, claimed)):
            raise ReadingCancelled(f"Reading {name} was stopped.")
        cells = [_written(value) for value in row[_start(row, first) :]]
        while cells and not cells[-1] and len(cells) > width:
            cells.pop()
        width = max(width, len(cells))
        yield line, cells + [""] * (width - len(cells))


def _filled(row: tuple[Any, ...]) -> list[int]:
    """The places of the cells that hold anything."""
    return [place for place, value in enumerate(row) if value not in (None, "")]


def _start(row: tuple[Any, ...], first: int) -> int:
    """Where a row begins: a title may stand left of the table; other cells there make the row
    longer than the others.
    """
    places = _filled(row)
    if places[0] >= first:
        return first
    return places[0] if len(places) == 1 else 0


def _written(value: Any) -> str:
    """A value of a cell as it would stand in a text table."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return value.isoformat() if isinstance(value, (date, time)) else str(value).replace("\0", " ")
