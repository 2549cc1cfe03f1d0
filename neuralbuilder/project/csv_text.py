"""Tables for spreadsheets: comma-separated text in which no cell is a formula."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\0")
_NUMBER = re.compile(r"[-+]?(\d[\d.,' ]*|\.\d+)(e[-+]?\d+)? ?%?|[-+]", re.IGNORECASE)
"""Texts that begin with a sign and are numbers all the same, such as the class -1."""


def csv_text(
    header: Sequence[object], rows: Iterable[Sequence[object]], line_end: str = "\n"
) -> str:
    """A header and rows, with commas between the cells; numbers keep all their digits."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=line_end)
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([[safe_cell(cell) for cell in row] for row in rows])
    return buffer.getvalue()


def safe_cell(cell: object) -> str:
    """The cell as text, with an apostrophe in front where a spreadsheet would run it as a formula.

    Numbers stay as they are, also those that are texts; what is no number is an empty cell.
    """
    if cell is None:
        return ""
    if isinstance(cell, float | np.floating):
        return "" if math.isnan(cell) else repr(float(cell))
    if isinstance(cell, int | np.integer):
        return str(int(cell))
    text = str(cell)
    is_formula = text.lstrip(" ").startswith(_FORMULA_SIGNS) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text
