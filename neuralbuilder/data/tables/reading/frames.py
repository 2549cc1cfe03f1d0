"""Tables that are in memory already: frames of pandas."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.table import Column, Table, column_of, unique_names

if TYPE_CHECKING:
    import pandas as pd

_HEAD_ROWS = 200


def is_frame(values: object) -> bool:
    """Whether this is a DataFrame of pandas, which is not imported to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(values, pandas.DataFrame)


def table_of(frame: pd.DataFrame, name: str = "the table") -> Table:
    """A frame as a table: its names are the header, and line 2 is its first row."""
    names, notices = unique_names([str(label) for label in frame.columns])
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])]
    shown = [[written(value) for value in column.iloc[:_HEAD_ROWS]] for column in columns]
    return Table(
        name=name,
        format=TableFormat(),
        columns=tuple(map(_column, names, columns)),
        row_count=len(frame),
        head=tuple(zip(*shown, strict=True)),
        line_of=lambda row: row + 2,
        notices=notices,
        kinds={name: kind for name, column in zip(names, columns, strict=True)
               if (kind := _declared(column))},
    )  # fmt: skip


def written(value: Any) -> str:
    """A value as it would stand in a text table; "" where there is none."""
    import pandas as pd

    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, (float, np.floating)):
        return repr(float(value)).removesuffix(".0")
    return str(value)


def _column(name: str, series: pd.Series[Any]) -> Column:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        if not np.isinf(values).any():
            return Column(name, np.array(values))
    return column_of(name, [written(value) for value in series])


def _declared(series: pd.Series[Any]) -> str:
    """The kind that the type of a series declares; "" where it may hold anything."""
    import pandas as pd

    types = pd.api.types
    if types.is_datetime64_any_dtype(series):
        return "dates"
    if isinstance(series.dtype, pd.CategoricalDtype) or types.is_bool_dtype(series):
        return "words"
    return ""
