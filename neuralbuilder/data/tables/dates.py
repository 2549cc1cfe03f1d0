"""Dates and times in the notations people use: found out, read, and turned into numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Array

Times = NDArray[np.datetime64]

PARTS = ("hour", "weekday", "month")
"""What of a date comes back again and again."""
_PERIODS = {"hour": 24.0, "weekday": 7.0, "month": 12.0}

_ISO = "ISO8601"
_MONTH = r"[A-Za-z]{3,9}\.?"
_TIME = r"(?:,?[ T]\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:\s?[AaPp][Mm])?)?"
# The shape of a cell, and the formats that such a cell may have.
_SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?)?"
     r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?", (_ISO,)),
    (r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}" + _TIME, ("%d.%m.%Y",)),
    (r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2}" + _TIME, ("%d.%m.%y",)),
    (r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}" + _TIME, ("%m/%d/%Y", "%d/%m/%Y")),
    (r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}" + _TIME, ("%m/%d/%y", "%d/%m/%y")),
    (r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}" + _TIME, ("%d-%m-%Y", "%m-%d-%Y")),
    (r"[0-9]{4}[/.][0-9]{1,2}[/.][0-9]{1,2}" + _TIME, ("%Y/%m/%d", "%Y.%m.%d")),
    (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}" + _TIME, ("%Y-%m-%d",)),
    (rf"[0-9]{{1,2}}[ -]{_MONTH}[ -][0-9]{{4}}" + _TIME,
     ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y")),
    (rf"[0-9]{{1,2}}-{_MONTH}-[0-9]{{2}}" + _TIME, ("%d-%b-%y",)),
    (rf"{_MONTH} [0-9]{{1,2}},? [0-9]{{4}}" + _TIME,
     ("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y")),
    (rf"{_MONTH}[ -][0-9]{{4}}", ("%b %Y", "%B %Y", "%b-%Y", "%B-%Y")),
    (r"[0-9]{8}", ("%Y%m%d",)),
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f",
          " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", ", %H:%M", ", %H:%M:%S")  # fmt: skip
_LOOKED_AT = 200
_SECONDS_A_DAY = 86_400.0
_EPOCH = np.datetime64("1970-01-01T00:00:00", "s")


def date_format(words: Sequence[str]) -> tuple[str, bool]:
    """The format in which all of these cells are dates, and whether day and month may be swapped.

    The format is "" where they are no dates. A format is one of `strftime`, or ISO8601.
    """
    if not words:
        return "", False
    fitting = [format for format in _formats(words) if _fits(words, format)]
    if not fitting:
        return "", False
    swapped = {"%m/": "%d/", "%d/": "%m/", "%d-%m": "%m-%d", "%m-%d": "%d-%m"}
    first = fitting[0]
    rivals = [new for old, new in swapped.items() if first.startswith(old)]
    return first, any(other.startswith(new) for other in fitting[1:] for new in rivals)


def _formats(words: Sequence[str]) -> list[str]:
    """The formats that the shape of the first cells allows."""
    some = words[:_LOOKED_AT]
    found: list[str] = []
    for shape, formats in _SHAPES:
        pattern = re.compile(shape)
        if not all(pattern.fullmatch(word) for word in some):
            continue
        timed = ":" in some[0]
        for format in formats:
            endings = ("",) if format == _ISO else [t for t in _TIMES if (":" in t) == timed]
            found += [format + ending for ending in endings]
    return [format for format in found if _fits(some, format)]


def _fits(words: Sequence[str], format: str) -> bool:
    return not np.isnat(read_dates(words, format)).any()


def read_dates(words: Sequence[str], format: str) -> Times:
    """The moments in these cells, to the second; NaT where a cell is none in this format.

    Moments with a time zone are turned into UTC.
    """
    import pandas as pd

    series = pd.Series(list(words), dtype=object)
    aware = format == _ISO
    read = pd.to_datetime(series, format=format, errors="coerce", utc=aware)
    plain = read.dt.tz_convert(None) if aware else read
    return np.asarray(plain.to_numpy(), dtype="datetime64[s]")


def days(times: Times, origin: str = "1970-01-01T00:00:00") -> Array:
    """Days between a moment, written as in ISO 8601, and each of these; NaN where there is none."""
    since = times - np.datetime64(origin, "s")
    seconds = since.astype("timedelta64[s]").astype(np.float64)
    result: Array = np.where(np.isnat(times), np.nan, seconds / _SECONDS_A_DAY)
    return result


def first_moment(times: Times) -> str:
    """The earliest of these moments, as in ISO 8601."""
    known = times[~np.isnat(times)]
    return str(known.min()) if len(known) else str(_EPOCH)


def varying_parts(times: Times) -> tuple[str, ...]:
    """Those of `PARTS` that are not the same in all of these moments."""
    known = times[~np.isnat(times)]
    found = []
    for part in PARTS:
        sine, cosine = recurring(known, part)
        if len(known) and (np.ptp(sine) > 0 or np.ptp(cosine) > 0):
            found.append(part)
    return tuple(found)


def recurring(times: Times, part: str) -> tuple[Array, Array]:
    """Sine and cosine of the hour of the day, the day of the week or the month of the year.

    The whole period is one turn, so that 23:59 lies beside 0:00. NaN where there is no moment.
    """
    day = times.astype("datetime64[D]")
    if part == "hour":
        at = (times - day).astype("timedelta64[s]").astype(np.float64) / 3600.0
    elif part == "weekday":  # 1970-01-01 was a Thursday; Monday is 0
        at = (day.astype(np.float64) + 3) % 7
    else:
        at = times.astype("datetime64[M]").astype(np.float64) % 12
    turn = np.where(np.isnat(times), np.nan, 2 * np.pi * at / _PERIODS[part])
    return np.sin(turn), np.cos(turn)
