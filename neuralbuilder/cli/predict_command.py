"""``neuralbuilder predict``: the outputs for new samples."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from neuralbuilder.cli.output import PARTS, json_option, json_text, load_document, say, tell_notes
from neuralbuilder.cli.writing import (
    check_kind,
    check_target,
    files_of,
    force_option,
    predictions_like,
)
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.data.samples import Samples
    from neuralbuilder.project.files import Document
    from neuralbuilder.project.model import State
    from neuralbuilder.project.predictions import AnswerTable

STREAM = Path("-")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("inputs", metavar="INPUT…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--part", type=click.Choice([*PARTS, "all"]), help="The project's own samples.")
@click.option("--keep", metavar="COL,…", help="Columns of INPUT to write before the answers.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write; else printed."
)
@force_option
@json_option
def command(
    file: Path,
    inputs: tuple[Path, ...],
    part: str | None,
    keep: str | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Compute the outputs of the network in FILE for what is in INPUT.

    INPUT is a table, or for networks that read images a picture, a folder of pictures, an IDX file
    or an .npz file with an array x; - is the standard input. There is one answer for each row or
    picture, in their order. A table is read as the one that the network has learnt from: columns
    by name, or by position where no name fits, with its kinds, words and missing values. Notes say
    what was unknown, filled in or passed over.

    Outputs are in the units of the targets; a classifier gives the class and a probability for
    each class. With --part in the place of INPUT they are those for the project's own samples,
    beside the right answers.
    """
    from neuralbuilder.project.files import write

    _check_choice(inputs, part, keep)
    document = load_document(file)
    output = None if output == STREAM else output
    if output is not None:
        read = (path for path in inputs if path != STREAM)
        check_target(output, (file, *read, *files_of(document.project.plan.dataset)))
    notes, table = _answers(document, inputs, _columns(keep)) if part is None else (
        (), _own_answers(document, part))  # fmt: skip
    text = table.csv_text()
    if as_json:
        text = json_text([dict(zip(table.header, row, strict=True)) for row in table.rows])
    if output is not None:
        check_kind(output, predictions_like(text), force)
    tell_notes(notes)
    if output is None:
        say(text, nl=False)
        return
    write(output, text.encode("utf-8"))
    say(f"{len(table.rows)} predictions written to {output}", err=True)


def _check_choice(inputs: tuple[Path, ...], part: str | None, keep: str | None) -> None:
    """Raise `UserError` where it is not clear what is asked for."""
    if not inputs and part is None:
        raise UserError("It is not said what to predict.", "Give a table or pictures, - for the "
                        "standard input, or --part test.")  # fmt: skip
    if inputs and part is not None:
        raise UserError("INPUT and --part exclude each other.", "Leave one of them out.")
    if part is not None and keep is not None:
        raise UserError("--keep is for the columns of a table.", "Give the table as INPUT.")
    twice = next((path for path in inputs if inputs.count(path) > 1), None)
    if twice is not None:
        raise UserError(f"{twice} is given twice.", "Give it once.")


def _columns(keep: str | None) -> tuple[str, ...]:
    """Names with commas between them; a name that holds a comma stands in quotes."""
    from csv import reader

    names = next(reader([keep or ""], skipinitialspace=True), [])
    return tuple(name.strip() for name in names if name.strip())


def _answers(
    document: Document, inputs: tuple[Path, ...], keep: tuple[str, ...]
) -> tuple[tuple[str, ...], AnswerTable]:
    """Notes, and what the network answers to the inputs; raises `UserError`."""
    from neuralbuilder.cli.work import prepared
    from neuralbuilder.project.new_answers import new_answers, read_new_samples, together

    project, samples, state = document.project, *_trained(document)
    scaling = state.scaling
    if scaling is None or (scaling.input_fill is None and samples.encoding is not None):
        scaling = prepared(document, samples).scaling
    read = {}
    for path in inputs:
        with _file_at(path, samples.is_images) as place:
            read[str(path)] = read_new_samples(place, project, samples, scaling, keep)
    new = next(iter(read.values())) if len(read) == 1 else together(read)
    return new.notes, new_answers(project, state.parameters, scaling, samples, new)


def _own_answers(document: Document, part: str) -> AnswerTable:
    """What the network answers to its own samples of a part, beside what is right."""
    from neuralbuilder.cli.work import prepared
    from neuralbuilder.project.predictions import checked_answers

    samples, state = _trained(document)
    data = prepared(document, samples)
    table = checked_answers(document.project, state.parameters, data)
    if part == "all":
        return table
    rows = table.columns["part"] == part
    if not rows.any():
        raise UserError(f"The {part} part has no samples.", "Choose another --part, or all.")
    return table.of_rows(rows)


def _trained(document: Document) -> tuple[Samples, State]:
    """The samples and the weights of a project that has been trained; raises `UserError`."""
    from neuralbuilder.cli.work import refuse_problems, samples_of

    if document.state is None:
        raise UserError("The network has not been trained yet.", "Train it with: neuralbuilder "
                        "train FILE.")  # fmt: skip
    samples = samples_of(document)
    refuse_problems(document.project, samples)
    return samples, document.state


@contextmanager
def _file_at(path: Path, may_be_picture: bool) -> Iterator[Path]:
    """The file itself, or one with all that the standard input holds.

    A table says by its bytes what it is; a picture needs the ending of its format.
    """
    from tempfile import TemporaryDirectory

    from neuralbuilder.data.images.new_inputs import ending_of

    if path != STREAM:
        yield path
        return
    data = sys.stdin.buffer.read()
    if not data:
        raise UserError("The standard input is empty.", "Send a table, or give the file's name.")
    with TemporaryDirectory(prefix="NeuralBuilder-") as folder:
        place = Path(folder, "standard input" + (ending_of(data) if may_be_picture else ""))
        place.write_bytes(data)
        yield place
