"""Frames of pandas as inputs: columns by name, with words, dates and missing values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralbuilder.api.arrays import Array
from neuralbuilder.data.notes import listed
from neuralbuilder.data.tables.encoding import TableEncoding
from neuralbuilder.data.tables.new_rows import rows_from
from neuralbuilder.data.tables.reading.frames import table_of
from neuralbuilder.data.tables.to_samples import encoding_of_inputs
from neuralbuilder.problems import UserError


@dataclass(frozen=True, eq=False)
class FrameInputs:
    """Inputs (rows, inputs) from a frame, NaN where a value is missing; how they came about, and
    what is to be known about it.
    """

    x: Array
    encoding: TableEncoding
    notes: tuple[str, ...]


def inputs_of_frame(
    frame: Any, encoding: TableEncoding | None, fill: Array | None, width: int
) -> FrameInputs:
    """The inputs that a DataFrame makes for a network that reads `width` of them.

    `encoding` is that of the frame which was learnt from; where there was none, this frame is the
    first, and every column of it an input. `fill` is what training puts in the place of missing
    values. Raises `UserError` that names the columns which are not there, or what every column
    makes where these are not as many inputs as the network reads.
    """
    if encoding is not None:
        if not len(frame):
            return FrameInputs(np.empty((0, width)), encoding, ())
        found = rows_from(table_of(frame, "x"), encoding, fill)
        return FrameInputs(found.x, encoding, found.notes)
    table = table_of(frame, "x")
    if not table.columns or not table.row_count:
        raise UserError(f"x has the shape {frame.shape}.", "Give it rows and columns.")
    encoding, notes = encoding_of_inputs(table)
    names = encoding.input_names
    if len(names) != width:
        raise UserError(
            f"The columns of x make {len(names)} inputs, but the network reads {width}: "
            f"{listed(names, 12)}.",
            f'Begin the network with {len(names)}, as in "{len(names)} -> …", or leave columns '
            "out.",
        )
    return FrameInputs(rows_from(table, encoding).x, encoding, (*table.notices, *notes))
