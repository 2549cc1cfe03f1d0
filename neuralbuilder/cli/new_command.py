"""``neuralbuilder new``: a project file with a network and data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuralbuilder.cli.image_options import as_asked, image_options
from neuralbuilder.cli.output import (
    json_option,
    print_json,
    problem_facts,
    say,
    split_seed_option,
    tell_notes,
    tell_problems,
)
from neuralbuilder.cli.table_options import table_options, table_settings, with_roles
from neuralbuilder.cli.writing import check_target, files_of
from neuralbuilder.problems import Problem, UserError

if TYPE_CHECKING:
    from neuralbuilder.data.samples import Dataset, Samples
    from neuralbuilder.data.tables.dataset import CsvTable
    from neuralbuilder.project.model import Project
    from neuralbuilder.project.text import Design


@click.command()
@click.argument("network")
@click.option(
    "--data",
    metavar="NAME|FILE|FOLDER|FORMULAS",
    help="A data set such as iris or mnist, a table, images (a folder with one sub-folder per "
    'class, IDX or .npz), or formulas such as "y1=sin(x1);y2=x2^2".',
)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write."
)
@click.option(
    "--inputs", metavar="NAMES", help="Columns of a table, or how many before the targets."
)
@click.option("--targets", metavar="NAMES", help="Columns of a table, or how many at its end.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The labels of IDX images or of a NumPy array, where they are not beside it under the "
    "usual name.",
)
@click.option("--validation", type=float, metavar="SHARE", help="The share of samples to watch.")
@click.option("--test", type=float, metavar="SHARE", help="The share kept for the final test.")
@split_seed_option
@click.option(
    "--in-order", is_flag=True, help="The last rows test, those before them are for validation."
)
@click.option(
    "--group", metavar="NAME", help="A column whose equal values stay together in one part."
)
@click.option(
    "--parts", metavar="NAME", help="A column that names the part: train, validation or test."
)
@click.option(
    "--test-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A second table with the same columns, for the test.",
)
@click.option(
    "--scaling", metavar="NAME", help="How inputs are scaled: none, standardise, min_max …"
)
@click.option(
    "--augment/--no-augment",
    default=None,
    help="Shift training images by up to 2 pixels, or not at all; otherwise classified ones by 1.",
)
@click.option(
    "--task",
    type=click.Choice(("auto", "classes", "yes/no", "quantities")),
    default="auto",
    help="What the targets are; auto asks the output of the network, then the data.",
)
@image_options
@table_options
@click.option(
    "--force",
    is_flag=True,
    help="Replace the file where there is one; write also what cannot be trained.",
)
@json_option
def command(
    network: str,
    data: str | None,
    output: Path,
    inputs: str | None,
    targets: str | None,
    labels: Path | None,
    validation: float | None,
    test: float | None,
    split_seed: int | None,
    in_order: bool,
    group: str | None,
    parts: str | None,
    test_file: Path | None,
    scaling: str | None,
    augment: bool | None,
    task: str,
    table: dict[str, Any],
    force: bool,
    as_json: bool,
    **of_images: Any,
) -> None:
    """Write a project file with NETWORK, such as "R^4 -> 3 tanh -> R^2".

    Networks for images have layers with names, as in "28x28 -> conv 3@5x5 relu -> maxpool 2 ->
    flatten -> 10 softmax". A network that begins with as many numbers as the images have pixels
    reads them flattened. Pixels are scaled to 0 … 1 and learnt with a learning rate of 0.002. For
    classified images of at least 16x16 it falls along a cosine over 20 epochs, or up to 100 where
    there are few images, and each epoch sees them shifted by up to one pixel. The pictures of a
    folder get the size and the colours that the network reads, and so do the rows of a table.

    Where the text names no activation for the output, the one that suits the data is chosen, and
    so is the loss. A softmax tells classes apart, sigmoids answer yes or no, and a linear output
    gives quantities; --task says otherwise. The columns of a table are chosen by the sizes of the
    network: its target is a column called class, label, target, y or outcome, else the last ones,
    else the first; --inputs and --targets say otherwise, with commas between the names. Where words
    make more inputs of the columns that the network was to read, it reads those. A network that
    begins with auto reads whatever the data have.

    A network that cannot be trained is refused with exit code 2, and OUTPUT is left alone. --force
    writes it all the same, as something to go on with in the window; the exit code stays 2.
    """
    from neuralbuilder.cli.reading import read_samples
    from neuralbuilder.data.tasks import TASKS_BY_WORD
    from neuralbuilder.project.checks import check
    from neuralbuilder.project.examples import new_project
    from neuralbuilder.project.files import Document, save
    from neuralbuilder.project.task import meant
    from neuralbuilder.project.text import parse

    design = parse(network)
    check_target(output)
    if output.exists() and not force:
        raise UserError(f"{output} is there already.", "Say --force to replace it.")
    settings = {**_dividing(group, parts, test_file), **table_settings(table)}
    dataset = _labelled(_dataset(data, design, inputs, targets, settings), labels)
    check_target(output, files_of(dataset))
    dataset = as_asked(dataset, _input_shape(design), **of_images)
    samples = read_samples(dataset)
    design = _widened(design, samples)
    if augment and not samples.is_images:
        raise UserError("--augment is for images.", "Leave it out.")
    project = new_project(design, dataset, samples, TASKS_BY_WORD[task])
    by = "order" if in_order else None
    if targets is None and task == "auto":
        _refuse_guess(project, samples)
    project = _replanned(project, validation, test, split_seed, by, scaling, augment)
    problems = check(project, meant(project, samples))
    can_train = not any(problem.severity == "error" for problem in problems)
    if can_train or force:
        save(output, Document(project, samples=samples))
    _tell(output, can_train or force, project, samples, problems, as_json)
    if not can_train:
        written = f"{output} was written all the same."
        mend = "Mend it" if data else "Say with --data from what it learns"
        mend = f"{mend}, or with --force that {output} is written all the same."
        raise UserError("This network cannot be trained.", written if force else mend)


def _tell(
    output: Path,
    saved: bool,
    project: Project,
    samples: Samples,
    problems: Sequence[Problem],
    as_json: bool,
) -> None:
    """What the network is, what does not fit, and what is to be known about its data."""
    from neuralbuilder.cli.work import roles_in_words
    from neuralbuilder.data.notes import notes_on
    from neuralbuilder.data.splits import split_notes
    from neuralbuilder.project.files import left_outside
    from neuralbuilder.project.task import meant
    from neuralbuilder.project.text import print_design

    dataset, text = project.plan.dataset, print_design(project)
    left = left_outside(dataset, samples)
    read = meant(project, samples)
    of_parts = split_notes(read, project.plan.split)
    notes = (*notes_on(samples), *of_parts, *([left] if left else []))
    roles = roles_in_words(read)
    if as_json:
        facts = {"file": str(output), "saved": saved, "network": text, "data": dataset.name}
        facts |= {"task": read.task, "roles": roles}
        told = {"problems": problem_facts(project, problems), "notices": notes}
        print_json({**facts, **told})
        return
    place = f"{output}: " if saved else ""
    say(f"{place}{text}, data: {dataset.label}, {samples.count:,} samples")
    if roles:
        say(roles)
    tell_problems(project, problems)
    tell_notes(notes)


def _refuse_guess(project: Project, samples: Samples) -> None:
    """Raise `UserError` where a softmax would learn columns of a table that are no classes, and
    that nobody has asked for.
    """
    from neuralbuilder.data.notes import listed
    from neuralbuilder.engine.activations import Softmax
    from neuralbuilder.project.task import meant, output_of

    output, encoding = output_of(project), samples.encoding
    if output is None or encoding is None or not isinstance(output.activation, Softmax):
        return
    if meant(project, samples).task == "classification":
        return
    what = listed([repr(name) for name in encoding.targets])
    raise UserError(
        f"A softmax tells {output.units} classes apart, and {what}, which its sizes leave as "
        f"{'target' if len(encoding.targets) == 1 else 'targets'}, are none.",
        "Choose the target with --targets NAME (and begin the network with auto), or end the "
        f"network with {output.units} linear.",
    )


def _labelled(dataset: Dataset, labels: Path | None) -> Dataset:
    """The dataset with the file of labels that was given."""
    from neuralbuilder.parts import changed

    if labels is None:
        return dataset
    if not hasattr(dataset, "labels"):
        raise UserError("--labels is for IDX images and NumPy arrays.", "Leave it out.")
    labelled: Dataset = changed(dataset, labels=str(labels.resolve()))
    return labelled


def _replanned(
    project: Project,
    validation: float | None,
    test: float | None,
    split_seed: int | None,
    by: str | None,
    scaling: str | None,
    augment: bool | None,
) -> Project:
    """The project with the settings of data that were given."""
    from neuralbuilder.data.images.augmentation import LightAugmentation, NoAugmentation
    from neuralbuilder.parts import changed, find
    from neuralbuilder.project.edits import change_plan

    division = {"validation": validation, "test": test, "seed": split_seed, "by": by}
    given = {name: value for name, value in division.items() if value is not None}
    settings: dict[str, Any] = {"split": changed(project.plan.split, **given)} if given else {}
    if scaling is not None:
        settings["preprocessing"] = find("preprocessing", scaling)()
    if augment is not None:
        settings["augmentation"] = LightAugmentation() if augment else NoAugmentation()
    return change_plan(project, **settings)


def _input_shape(design: Design) -> tuple[int, ...]:
    """The shape of the input; () where the data say it."""
    shape = design.layers[0].output_shape(())
    assert isinstance(shape, tuple)
    return () if design.has_open_input else shape


def _reads_images(design: Design) -> bool:
    """Whether the network reads images; one with an open input does where its first layer can."""
    if not design.has_open_input:
        return len(_input_shape(design)) == 3
    return isinstance(design.layers[1].output_shape(((1, 8, 8),)), tuple)


def _sizes(design: Design) -> tuple[int | None, int]:
    """The numbers of inputs, None where the data say it, and of outputs."""
    inputs = None if design.has_open_input else prod(_input_shape(design))
    return inputs, getattr(design.layers[-1], "units", 0)


def _dividing(group: str | None, parts: str | None, test_file: Path | None) -> dict[str, str]:
    """The settings of a table that say how it is divided, as far as they were given."""
    found = {
        "group_column": group,
        "part_column": parts,
        "test_file": None if test_file is None else str(test_file.resolve()),
    }
    return {name: value for name, value in found.items() if value is not None}


def _widened(design: Design, samples: Samples) -> Design:
    """The network with an input for every word, where it was drawn with one for every column."""
    from neuralbuilder.parts import changed

    shape, encoding = _input_shape(design), samples.encoding
    if encoding is None or len(shape) != 1 or shape == samples.input_shape:
        return design
    columns = sum(column.is_input for column in encoding.columns)
    if shape[0] != columns:
        return design
    say(
        f"Note: the {columns} columns are {samples.input_shape[0]} inputs, as words are one each; "
        "the network reads those.",
        err=True,
    )
    first: Any = changed(design.layers[0], shape=samples.input_shape)
    return replace(design, layers=(first, *design.layers[1:]))


def _dataset(
    data: str | None,
    design: Design,
    inputs: str | None,
    targets: str | None,
    settings: dict[str, Any],
) -> Dataset:
    """The data set that a word, a path or formulas stand for."""
    from neuralbuilder.data.tables.dataset import CsvTable
    from neuralbuilder.parts import changed

    dataset = _named(data, design)
    if isinstance(dataset, CsvTable):
        return with_roles(changed(dataset, **settings), _sizes(design), inputs, targets)
    if settings:
        raise UserError("The options for columns and parts are for tables.", "Leave them out.")
    if inputs is not None or targets is not None:
        raise UserError("--inputs and --targets choose columns of a table.", "Leave them out.")
    return dataset


def _named(data: str | None, design: Design) -> Dataset:
    from neuralbuilder.data.bundled import Digits
    from neuralbuilder.data.formulas import FormulaDataset, inputs_of, parse_formulas
    from neuralbuilder.data.samples import Dataset, FileDataset
    from neuralbuilder.data.tables.reading.opening import TABLE_SUFFIXES
    from neuralbuilder.parts import catalogue

    if data is None:
        return FormulaDataset()
    of_kind = [cls for cls in catalogue("dataset") if issubclass(cls, Dataset)]
    own = (FileDataset, FormulaDataset)
    names = {cls.name: cls for cls in of_kind if not issubclass(cls, own)}
    if data.lower() == Digits.name:
        return Digits(as_images=_reads_images(design))
    if data.lower() in names:
        return names[data.lower()]()
    if "=" in data and not Path(data).exists():
        formulas = parse_formulas(data)
        return FormulaDataset(formulas, inputs=max(prod(_input_shape(design)), inputs_of(formulas)))
    of_files = (*TABLE_SUFFIXES, ".npz", ".npy", ".idx")
    if Path(data).exists() or Path(data).suffix.lower() in of_files:
        return _in_file(Path(data))
    listed = ", ".join(names)
    raise UserError(
        f"There is no data set, file or formula {data!r}.",
        f"Data sets are: {listed}; formulas look like y1=sin(x1)+x2.",
    )


def _in_file(path: Path) -> Dataset:
    from neuralbuilder.data.images.sources import dataset_at

    return dataset_at(path) or _table(path)


def _table(path: Path) -> CsvTable:
    from neuralbuilder.data.tables.dataset import table_in

    return table_in(path.resolve())
