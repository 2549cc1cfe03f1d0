"""``neuralbuilder predict``: the outputs for new samples."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuralbuilder.cli.output import json_option, json_text, load_document, say
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

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\0")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("table", metavar="INPUT", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write; else printed."
)
@force_option
@json_option
def command(file: Path, table: Path, output: Path | None, force: bool, as_json: bool) -> None:
    """Compute the outputs of the network in FILE for what is in INPUT.

    INPUT is a table, or for networks that read images a picture, a folder of pictures, an IDX file
    or an .npz file with an array x. Columns are found by name, or by position where no name fits.
    Outputs are in the units of the targets; a classifier gives the class and a probability for
    each class.
    """
    from neuralbuilder.project.files import write

    document = load_document(file)
    if output is not None:
        check_target(output, (file, table, *files_of(document.project.plan.dataset)))
    header, rows = predictions(document, table)
    text = _csv_text(header, rows)
    if as_json:
        text = json_text([dict(zip(header, row, strict=True)) for row in rows])
    if output is None:
        say(text, nl=False)
        return
    check_kind(output, predictions_like(text), force)
    write(output, text.encode("utf-8"))
    say(f"{len(rows)} predictions written to {output}", err=True)


def predictions(document: Document, table: Path) -> tuple[list[str], list[list[Any]]]:
    """The names of the columns and one row per sample; raises `UserError`."""
    import numpy as np

    from neuralbuilder.cli.work import prepared, refuse_problems, samples_of
    from neuralbuilder.engine.network import Network

    if document.state is None:
        raise UserError("The network has not been trained yet.", "Train it with: neuralbuilder "
                        "train FILE.")  # fmt: skip
    samples = samples_of(document)
    refuse_problems(document.project, samples)
    scaling = document.state.scaling
    if scaling is None or (scaling.input_fill is None and samples.encoding is not None):
        scaling = prepared(document, samples).scaling
    network = Network(document.project.graph(), document.project.plan.precision)
    x, files = _inputs(table, samples, document, network.input_shape, scaling.input_fill)
    with np.errstate(all="ignore"):
        scaled = scaling.inputs(x).astype(network.dtype)
        outputs = scaling.original_targets(network.forward(document.state.parameters, scaled))
    if not np.isfinite(outputs).all():
        raise UserError("Some outputs are not finite numbers.", "Rewind and train again, with a "
                        "lower learning rate.")  # fmt: skip
    if samples.task == "regression":
        header, rows = list(samples.target_names), outputs.tolist()
    elif samples.task == "yes/no":
        header, rows = _answers(samples, outputs)
    else:
        header, rows = _classes(samples, outputs)
    if files:
        header, rows = ["file", *header], [[f, *row] for f, row in zip(files, rows, strict=True)]
    return header, rows


def _inputs(
    path: Path, samples: Samples, document: Document, shape: tuple[int, ...], fill: Any
) -> tuple[Any, tuple[str, ...]]:
    """The new inputs, and the file of each where it has one of its own."""
    from neuralbuilder.data.images.new_inputs import read_new_inputs
    from neuralbuilder.data.new_rows import read_rows

    found = read_new_inputs(path, samples, document.project.plan.dataset, shape)
    if found is not None:
        for note in found.notes:
            say(f"Note: {note}", err=True)
        return found.x, found.files
    if len(shape) > 1:
        sizes = "×".join(map(str, shape))
        raise UserError(
            f"{path.name} is no picture, and the network reads images of {sizes}.",
            "Give it a picture, a folder of pictures, an IDX or an .npz file.",
        )
    rows = read_rows(path, samples, fill)
    for note in rows.notes:
        say(f"Note: {note}", err=True)
    return rows.x, ()


def _classes(samples: Samples, outputs: Any) -> tuple[list[str], list[list[Any]]]:
    import numpy as np

    if outputs.shape[1] == 1:  # two classes share one output: the probability of the second
        outputs = np.hstack([1 - outputs, outputs])
    names = samples.class_names
    rows = [
        [names[int(row.argmax())], *row.tolist()]
        for row in outputs
    ]  # fmt: skip
    return ["class", *(f"probability of {name}" for name in names)], rows


def _answers(samples: Samples, outputs: Any) -> tuple[list[str], list[list[Any]]]:
    """Of every question 1 for yes or 0 for no, and then the probabilities of yes."""
    names = samples.target_names
    header = [*names, *(f"probability of {name}" for name in names)]
    rows = [[*(row >= 0.5).astype(int).tolist(), *row.tolist()] for row in outputs]
    return header, rows


def _csv_text(header: list[str], rows: list[list[Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([[safe_cell(cell) for cell in row] for row in rows])
    return buffer.getvalue()


def safe_cell(cell: object) -> object:
    """The cell, with an apostrophe before a text that a spreadsheet would take for a formula.

    Numbers stay numbers, so that negative values are unaffected.
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA_SIGNS):
        return f"'{cell}"
    return cell
