"""``neuralbuilder new``: a project file with a network and data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from neuralbuilder.cli.output import json_option, print_json
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.data.samples import Dataset


@click.command()
@click.argument("network")
@click.option(
    "--data",
    metavar="NAME|FILE.csv|FORMULAS",
    help='A data set such as iris or spiral, a table, or formulas such as "y1=sin(x1);y2=x2^2".',
)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write."
)
@json_option
def command(network: str, data: str | None, output: Path, as_json: bool) -> None:
    """Write a project file with NETWORK, such as "R^4 -> 3 tanh -> R^2".

    Where the text names no activation for the output, the one that suits the data is chosen, and
    so is the loss.
    """
    from neuralbuilder.project.examples import new_project
    from neuralbuilder.project.files import Document, save
    from neuralbuilder.project.text import parse, print_design

    design = parse(network)
    inputs = design.layers[0].output_shape(())
    assert isinstance(inputs, tuple)
    dataset = _dataset(data, inputs[0] if len(inputs) == 1 else None)
    samples = dataset.load()
    project = new_project(design, dataset, samples)
    save(output, Document(project, samples=samples))
    text = print_design(project)
    if as_json:
        print_json({"file": str(output), "network": text, "data": dataset.name})
    else:
        click.echo(f"{output}: {text}, data: {dataset.label}")
        _warn(project, samples)


def _dataset(data: str | None, inputs: int | None) -> Dataset:
    """The data set that a word, a path or formulas stand for."""
    from neuralbuilder.data.formulas import FormulaDataset, inputs_of, parse_formulas
    from neuralbuilder.parts import catalogue

    if data is None:
        return FormulaDataset()
    names = {cls.name: cls for cls in catalogue("dataset")}
    if data.lower() in names and data.lower() not in ("csv", "formula"):
        return names[data.lower()]()  # type: ignore[return-value]
    if "=" in data and not Path(data).exists():
        formulas = parse_formulas(data)
        return FormulaDataset(formulas, inputs=max(inputs or 1, inputs_of(formulas)))
    if Path(data).exists() or Path(data).suffix.lower() in (".csv", ".tsv", ".txt"):
        return _table(Path(data))
    listed = ", ".join(name for name in names if name not in ("csv", "formula"))
    raise UserError(
        f"There is no data set, file or formula {data!r}.",
        f"Data sets are: {listed}; formulas look like y1=sin(x1)+x2.",
    )


def _table(path: Path) -> Dataset:
    from neuralbuilder.data.tables import CsvTable, sniff

    found = sniff(path)
    return CsvTable(str(path.resolve()), found.delimiter, found.decimal, found.encoding,
                    found.header)  # fmt: skip


def _warn(project: object, samples: object) -> None:
    """Say at once what would keep the network from being trained."""
    from neuralbuilder.data.samples import Samples
    from neuralbuilder.project.checks import check
    from neuralbuilder.project.model import Project

    assert isinstance(project, Project)
    assert isinstance(samples, Samples)
    for problem in check(project, samples):
        if problem.severity == "error":
            click.echo(f"Note: {problem}", err=True)
