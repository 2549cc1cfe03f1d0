"""What a network answers to inputs that are none of its samples: rows of tables and pictures."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuralbuilder.data.images.new_inputs import read_new_inputs
from neuralbuilder.data.preprocessing import Scaling
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tables.new_rows import NewRows, read_rows
from neuralbuilder.engine.shapes import infer
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Project
from neuralbuilder.project.predictions import AnswerTable, Values, answers, outputs_for

ROW, FILE = "row", "file"
_LABEL = re.compile(r"0[0-9]+|[0-9]{16,}")
"""Digits that rather name something than count it."""


@dataclass(frozen=True, eq=False)
class NewSamples:
    """Inputs (rows, …) in original units, missing ones NaN, without right answers.

    `front` are the columns that stand before the answers: what tells one input from the others,
    such as its row or its file, and what was kept of a table. `notes` say what was done.
    """

    x: Values
    front: dict[str, Values]
    notes: tuple[str, ...] = ()


def read_new_samples(
    path: Path,
    project: Project,
    samples: Samples,
    scaling: Scaling,
    keep: Sequence[str] = (),
) -> NewSamples:
    """The table, pictures or arrays at `path` for a network that has learnt from `samples`.

    The columns of a table that are called as in `keep` stand in front of the answers. Raises
    `UserError` where the network cannot read what is there.
    """
    shape = input_shape(project)
    images = read_new_inputs(path, samples, project.plan.dataset, shape)
    if images is None and len(shape) > 1:
        sizes = "×".join(map(str, shape))
        raise UserError(
            f"{path.name} is no picture, and the network reads images of {sizes}.",
            "Give it a picture, a folder of pictures, an IDX or an .npz file.",
        )
    if images is None:
        rows = read_rows(path, samples, scaling.input_fill)
        front = {ROW: rows.numbers} | _kept(rows, keep)
        return NewSamples(rows.x, front, (*rows.notes, *_changed_notes(rows, keep)))
    if keep:
        raise UserError(f"{path.name} has no columns that could be kept.", "Keep none.")
    names = _texts(images.files) if images.files else np.arange(1, len(images.x) + 1)
    return NewSamples(images.x, {FILE if images.files else ROW: names}, images.notes)


def together(parts: Mapping[str, NewSamples]) -> NewSamples:
    """Several inputs as one, each with the name of its file in front."""
    names = [FILE, *dict.fromkeys(name for part in parts.values() for name in part.front)]
    named = [_with_file(name, part) for name, part in parts.items()]
    front = {
        name: np.concatenate([_column(part, name) for part in named])
        for name in dict.fromkeys(names)
    }
    notes = tuple(f"{name}: {note}" for name, part in parts.items() for note in part.notes)
    return NewSamples(np.concatenate([part.x for part in named]), front, notes)


def new_answers(
    project: Project, parameters: Values, scaling: Scaling, samples: Samples, new: NewSamples
) -> AnswerTable:
    """What the network answers to new samples; raises `UserError` as `outputs_for` does.

    An answer with the name of a column that stands in front is called ``predicted NAME``.
    """
    given = answers(samples, outputs_for(project, parameters, scaling, new.x))
    table = dict(new.front)
    for name, column in given.items():
        while name in table:
            name = f"predicted {name}"
        table[name] = column
    return AnswerTable(table)


def input_shape(project: Project) -> tuple[int, ...]:
    """The shape of one input; () where the network has not exactly one."""
    graph = project.graph()
    shapes = infer(graph).outputs
    found = [shapes[node] for node in graph.input_ids() if node in shapes]
    return found[0] if len(found) == 1 else ()


def _kept(rows: NewRows, keep: Sequence[str]) -> dict[str, Values]:
    """Columns of the table under their names; one called `row` is told from the row's number."""
    return {f"{name} in the table" if name == ROW else name: _texts(rows.cells(name))
            for name in dict.fromkeys(keep)}  # fmt: skip


def _changed_notes(rows: NewRows, keep: Sequence[str]) -> Iterator[str]:
    """That a column of numbers loses zeros in front or digits, as far as its first rows show."""
    columns = rows.table.columns
    for name in dict.fromkeys(keep):
        place = [column.name for column in columns].index(name)
        if columns[place].cells is not None:
            continue
        heads = [line[place] for line in rows.table.head if len(line) == len(columns)]
        for cell, kept in zip(heads, rows.cells(name), strict=False):
            if _LABEL.fullmatch(cell.strip()) and cell.strip() != kept:
                yield f"{name} is kept as numbers: {cell.strip()} is written as {kept}."
                break


def _texts(texts: Sequence[str]) -> Values:
    return np.array(texts, dtype=object)


def _with_file(name: str, part: NewSamples) -> NewSamples:
    """The part with its file in front: a picture by its name in the folder that was given."""
    if FILE not in part.front:
        return NewSamples(part.x, {FILE: _texts([name] * len(part.x))} | part.front)
    inside = part.front[FILE].tolist()
    is_alone = inside == [Path(name).name]
    files = [name] if is_alone else [os.path.join(name, file) for file in inside]
    return NewSamples(part.x, part.front | {FILE: _texts(files)})


def _column(part: NewSamples, name: str) -> Values:
    """A column in front; without values where this part has none of that name."""
    nothing = np.full(len(part.x), None, dtype=object)
    column = part.front.get(name, nothing)
    return column.astype(object)
