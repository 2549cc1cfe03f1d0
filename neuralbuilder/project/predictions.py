"""What a network answers, as a table that people can read and keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.preprocessing import Prepared, Scaling
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.network import Network
from neuralbuilder.problems import UserError
from neuralbuilder.project.csv_text import csv_text
from neuralbuilder.project.model import Project

Values = NDArray[Any]


@dataclass(frozen=True, eq=False)
class AnswerTable:
    """A table of answers.

    Attributes:
        columns: the values of each column by its heading, all of one length.
    """

    columns: dict[str, Values]

    @property
    def header(self) -> list[str]:
        """The headings of the columns."""
        return list(self.columns)

    @property
    def rows(self) -> list[list[Any]]:
        """The cells of each row, as numbers and texts of Python."""
        return [list(row) for row in zip(*self._lists(), strict=True)]

    def _lists(self) -> Iterable[list[Any]]:
        return (column.tolist() for column in self.columns.values())

    def csv_text(self) -> str:
        """The table with commas between its cells; no cell is a formula to a spreadsheet."""
        return csv_text(self.header, self.rows)

    def of_rows(self, rows: Values) -> AnswerTable:
        """The table of some rows, given by a mask or by their places."""
        return AnswerTable({name: column[rows] for name, column in self.columns.items()})


def answers(samples: Samples, outputs: Values) -> dict[str, Values]:
    """The answers for outputs (rows, outputs) in the units of the targets, by their headings.

    Quantities have a column each. Classes have the likeliest one, and the probability of each. Yes
    and no are 1 and 0 in a column per question, followed by the probabilities of yes.
    """
    names = samples.target_names
    if samples.task == "regression":
        return {name: outputs[:, i] for i, name in enumerate(names)}
    if samples.task == "yes/no":
        given = {name: (outputs[:, i] >= 0.5).astype(np.intp) for i, name in enumerate(names)}
        return given | {f"probability of {name}": outputs[:, i] for i, name in enumerate(names)}
    if outputs.shape[1] == 1:  # two classes share one output: the probability of the second
        outputs = np.hstack([1 - outputs, outputs])
    likeliest = np.array(names, dtype=object)[outputs.argmax(axis=1)]
    shares = {f"probability of {name}": outputs[:, i] for i, name in enumerate(names)}
    return {"class": likeliest} | shares


def outputs_for(project: Project, parameters: Values, scaling: Scaling, x: Values) -> Values:
    """The outputs (rows, outputs) in original units for inputs `x` in original units.

    Raises `UserError` where they are not finite.
    """
    network = Network(project.graph(), project.plan.precision)
    with np.errstate(all="ignore"):
        scaled = scaling.inputs(x).astype(network.dtype)
        outputs = scaling.original_targets(network.forward(parameters, scaled))
    if not np.isfinite(outputs).all():
        raise UserError(
            "Some outputs are not finite numbers.",
            "Rewind and train again, with a lower learning rate.",
        )
    return np.asarray(outputs)


def checked_answers(project: Project, parameters: Values, data: Prepared) -> AnswerTable:
    """What the network answers to each of its own samples, beside what is right.

    The columns are the number of the sample, counted from 1, that of its row where not all rows of
    a table are samples, the part of the data that it belongs to, and for every target the right
    answer, the given one and, for quantities, the error: given − right. Classes and yes or no have
    the probabilities instead. Raises `UserError` as `outputs_for` does.
    """
    samples = data.samples
    outputs = outputs_for(project, parameters, data.scaling, samples.x)
    given = answers(samples, outputs)
    table: dict[str, Values] = {
        "sample": np.arange(1, samples.count + 1),
        **({} if samples.rows is None else {"row": samples.rows}),
        "part": _parts(data),
    }
    for name, right in _right(samples).items():
        table[name] = right
        table[f"predicted {name}"] = given[name]
        if samples.task == "regression":
            table[f"error of {name}"] = given[name] - right
    table |= {name: column for name, column in given.items() if name.startswith("probability of ")}
    return AnswerTable(table)


def _right(samples: Samples) -> dict[str, Values]:
    if samples.task == "classification":
        return {"class": np.array(samples.class_names, dtype=object)[samples.labels]}
    y = samples.y if samples.task == "regression" else samples.y.astype(np.intp)
    return {name: y[:, i] for i, name in enumerate(samples.target_names)}


def _parts(data: Prepared) -> Values:
    parts = np.full(data.samples.count, "", dtype=object)
    for name in ("train", "validation", "test"):
        parts[getattr(data, name)] = name
    return parts
