"""``neuralbuilder evaluate``: how good the saved weights are, in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuralbuilder.cli.output import (
    cell,
    console,
    json_option,
    load_document,
    print_json,
    say,
)
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.project.files import Document
    from neuralbuilder.training.judging import Judge, Judgement

PARTS = ("test", "validation", "train", "all")
USUAL_THRESHOLD = 0.5
MOST_CLASSES = 20
"""Of more classes the confusion matrix is no table that people can read; JSON has it."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--part",
    type=click.Choice(PARTS),
    help="Which part of the data; the first of test, validation and train that has samples.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=USUAL_THRESHOLD,
    show_default=True,
    help="From which probability on the second of two classes is given, or yes.",
)
@click.option("--curves", is_flag=True, help="ROC, precision-recall and calibration, with --json.")
@click.option("--importance", is_flag=True, help="What each column of a table is needed for.")
@click.option("--dependence", metavar="COLUMN", help="The mean output for each value of one input.")
@json_option
def command(
    file: Path,
    part: str | None,
    threshold: float,
    curves: bool,
    importance: bool,
    dependence: str | None,
    as_json: bool,
) -> None:
    """Measure the weights that are saved in FILE on a part of its data.

    Classes are measured one by one and together, so are outputs that say yes or no; of quantities
    it is said how large the errors are. What has no meaning, such as the recall of a class without
    samples, is a dash, and null in JSON.
    """
    if curves and not as_json:
        raise UserError("Curves are many numbers.", "Give --json as well, or leave --curves out.")
    document = load_document(file)
    judge = judge_of(document)
    if threshold != USUAL_THRESHOLD and not judge.decides:
        raise UserError("A threshold decides between two classes, or between yes and no.",
                        "Leave --threshold out.")  # fmt: skip
    chosen = part or judge.parts[0]
    judgement = judge.judge(chosen, threshold)
    facts: dict[str, Any] = {"file": str(file), **judgement.facts()}
    if curves:
        facts["curves"] = judge.curves(chosen)
    if importance:
        facts["importance"] = judge.importance(chosen)
    if dependence is not None:
        facts["dependence"] = judge.dependence(chosen, _column(judge, dependence))
    if as_json:
        print_json(facts)
    else:
        _show(judgement, facts)


def judge_of(document: Document) -> Judge:
    """The judge of the weights in a document; raises `UserError` where there are none, or where
    they do not fit its data.
    """
    from neuralbuilder.cli.work import prepared, refuse_problems, samples_of
    from neuralbuilder.engine.network import Network
    from neuralbuilder.training.judging import Judge

    if document.state is None:
        raise UserError("The network has not been trained yet.", "Train it with: neuralbuilder "
                        "train FILE.")  # fmt: skip
    samples = samples_of(document)
    project = document.project
    refuse_problems(project, samples)
    data = prepared(document, samples)
    network = Network(project.graph(), project.plan.precision)
    plan, parameters = project.plan, document.state.parameters.copy()
    return Judge(network, parameters, data, plan.loss, plan.class_weights)


def parts_of(document: Document) -> dict[str, Any]:
    """The measures of every part of the data that has samples, as JSON types."""
    judge = judge_of(document)
    return {part: judge.judge(part).facts() for part in judge.parts}


def _column(judge: Judge, name: str) -> int:
    names = judge.inputs
    if name in names:
        return names.index(name)
    raise UserError(f"There is no input {name!r}.", f"The inputs are: {', '.join(names[:12])}"
                    + (" …" if len(names) > 12 else "") + ".")  # fmt: skip


# ------------------------------------------------------------ for people


def _show(judgement: Judgement, facts: dict[str, Any]) -> None:
    from neuralbuilder.insights.measures import written

    found = judgement.report
    noun = "sample" if found.samples == 1 else "samples"
    say(f"{judgement.part}: {found.samples:,} {noun}")
    say(f"loss: {judgement.loss:.6g}")
    for name, value in found.measures.items():
        say(f"{name}: {written(name, value)}")
    if found.positive:
        say(f"precision, recall, F1 and the areas are those of {found.positive!r}")
    _show_rows(judgement)
    if found.confusion is not None and len(found.confusion) <= MOST_CLASSES:
        _show_confusion(judgement)
    if "importance" in facts:
        _show_importance(facts["importance"])
    if "dependence" in facts:
        _show_dependence(facts["dependence"])


def _show_rows(judgement: Judgement) -> None:
    from neuralbuilder.insights.measures import figure_of

    found = judgement.report
    names = list(found.rows[0].measures)
    rows = [
        (row.name, *(figure_of(row.measures[name]) for name in names), f"{row.support:,}")
        for row in found.rows
    ]
    _print_table(("", *names, "samples" if found.task != "yes/no" else "yes"), rows)


def _show_confusion(judgement: Judgement) -> None:
    found = judgement.report
    assert found.confusion is not None
    names = tuple(row.name for row in found.rows)
    rows = [
        (name, *(str(count) for count in counts))
        for name, counts in zip(names, found.confusion, strict=True)
    ]
    say("Right class (rows) and predicted class (columns):")
    _print_table(("", *names), rows)


def _show_importance(facts: dict[str, Any]) -> None:
    from neuralbuilder.insights.measures import figure_of

    say(
        f"Lost of {facts['score']} {figure_of(facts['without shuffling'])} when a column is "
        f"shuffled, {facts['samples']:,} rows:"
    )
    _print_table(
        ("", "lost", "deviation"),
        [
            (column["name"], figure_of(column["lost"]), figure_of(column["deviation"]))
            for column in facts["columns"]
        ],
    )


def _show_dependence(facts: dict[str, Any]) -> None:
    from neuralbuilder.insights.measures import figure_of

    say(f"Mean output where {facts['input']} is the same in {facts['samples']:,} rows:")
    columns = [output["mean"] for output in facts["outputs"]]
    rows = [
        tuple(figure_of(number) for number in numbers)
        for numbers in zip(facts["values"], *columns, strict=True)
    ]
    _print_table((facts["input"], *(output["name"] for output in facts["outputs"])), rows)


def _print_table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for index, column in enumerate(columns):
        table.add_column(cell(column), justify="right" if index else "left")
    for row in rows:
        table.add_row(*map(cell, row))
    console().print(table)
