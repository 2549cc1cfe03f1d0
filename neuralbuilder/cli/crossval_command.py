"""``neuralbuilder crossval``: how good a network is on samples that it has not seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from neuralbuilder.cli.output import (
    console,
    json_option,
    load_document,
    print_json,
    progress,
    say,
    split_seed_option,
    tell_notes,
)
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.project.model import Project
    from neuralbuilder.training.cross_validation import CrossValidation

USUAL_EPOCHS = 100
_PARTS_OF_PROGRESS = 1000


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--folds", type=click.IntRange(2, 100), default=5, show_default=True, help="How many folds."
)
@click.option("--epochs", type=click.IntRange(1, 10**8), help="Passes through the training data.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="Another seed of weights and order."
)
@split_seed_option
@click.option(
    "--jobs",
    type=click.IntRange(1, 1000),
    help="How many folds are trained at the same time; as many as there are cores by default.",
)
@json_option
def command(
    file: Path,
    folds: int,
    epochs: int | None,
    seed: int | None,
    split_seed: int | None,
    jobs: int | None,
    as_json: bool,
) -> int:
    """Train the network in FILE several times and test it on other samples each time.

    The samples are divided into folds: each is tested once, by a network that starts afresh and
    learns from the others. Classes are in every fold in proportion; where the data have groups,
    these stay whole; where the project divides in order, each fold learns from the rows before it.
    A test part that the data bring along takes no part. The share of validation is taken from what
    is learnt from, as in training. Without --epochs they are those of the project, or else 100.
    FILE stays as it is.
    """
    from neuralbuilder.cli.work import (
        EXIT_SIGNAL,
        noting_interrupts,
        refuse_problems,
        samples_of,
    )
    from neuralbuilder.training.cross_validation import CrossValidationCancelled, cross_validate

    document = load_document(file)
    project = _seeded(document.project, seed, split_seed)
    samples = samples_of(document)
    epochs = epochs or project.plan.epochs or USUAL_EPOCHS
    refuse_problems(project, samples)
    title = f"{folds} folds of {epochs:,} {'epoch' if epochs == 1 else 'epochs'}"
    with noting_interrupts() as interrupted, progress(title, _PARTS_OF_PROGRESS) as update:

        def tell(share: float) -> bool:
            update(int(_PARTS_OF_PROGRESS * share), "")
            return not interrupted()

        try:
            result = cross_validate(project, samples, folds, epochs, jobs, tell)
        except CrossValidationCancelled:
            say("Interrupted.", err=True)
            return EXIT_SIGNAL + interrupted()
    if as_json:
        print_json({"file": str(file), "epochs": epochs, **result.facts()})
    else:
        _show(result)
        tell_notes(result.notes)
    if not result.mean:
        raise UserError("Training went astray in every fold.", "Try a smaller learning rate.")
    return 0


def _seeded(project: Project, seed: int | None, split_seed: int | None) -> Project:
    """The project with the seeds that were given."""
    from neuralbuilder.parts import changed
    from neuralbuilder.project.edits import change_plan

    plan = project.plan
    split = plan.split if split_seed is None else changed(plan.split, seed=split_seed)
    return change_plan(project, split=split, seed=plan.seed if seed is None else seed)


def _show(result: CrossValidation) -> None:
    """The measures fold by fold, and their mean and deviation."""
    from rich.table import Table

    from neuralbuilder.insights.measures import SHORT, written

    names = result.shown
    table = Table("Fold", box=None)
    for heading in ("Trained", "Tested", "Epochs", *(SHORT.get(name, name) for name in names)):
        table.add_column(heading, justify="right")
    for fold in result.folds:
        values = [written(name, fold.measures[name]) if name in fold.measures else "–"
                  for name in names]  # fmt: skip
        table.add_row(str(fold.number), f"{fold.trained:,}", f"{fold.tested:,}",
                      f"{fold.epochs:,}", *values)  # fmt: skip
    for heading, row in (("Mean", result.mean), ("Deviation", result.deviation)):
        values = [written(name, row[name]) if name in row else "–" for name in names]
        table.add_row(heading, "", "", "", *values)
    console().print(table)
