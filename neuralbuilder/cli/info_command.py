"""``neuralbuilder info``: what is in a project file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuralbuilder.cli.output import (
    cell,
    console,
    json_option,
    print_json,
    problem_facts,
    problem_line,
    result_in_words,
    results_of,
    say,
)
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.data.samples import Samples
    from neuralbuilder.data.splits import Split
    from neuralbuilder.project.files import Document


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def command(file: Path, as_json: bool) -> None:
    """Show layers, shapes, parameters and problems of FILE.

    With --json also which samples are in each part, counted from 0 as arrays are; predict --part
    counts them from 1, as rows are.
    """
    from neuralbuilder.project.files import NewerFormatError, load

    try:
        facts = describe(load(file))
    except NewerFormatError:
        _show_newer(file, as_json)
        raise
    if as_json:
        print_json({"file": str(file), **facts})
    else:
        _show(file, facts)


def _show_newer(file: Path, as_json: bool) -> None:
    """What can be said about a file that only a newer version opens."""
    from neuralbuilder.project.files import summary

    found = summary(file)
    layers = [{"id": node, "type": kind} for node, kind in found.layers]
    if as_json:
        print_json({"file": str(file), "format": found.version, "app": found.app, "layers": layers})
        return
    say(f"{file.name}: format {found.version[0]}.{found.version[1]}, by {found.app}")
    for layer in layers:
        say(f"  {layer['id']}: {layer['type']}")


def describe(document: Document) -> dict[str, Any]:
    """Everything worth knowing about a document, as JSON types."""
    from neuralbuilder.cli.work import roles_in_words, samples_of
    from neuralbuilder.data.notes import notes_on
    from neuralbuilder.engine.layout import layout
    from neuralbuilder.engine.shapes import infer
    from neuralbuilder.problems import Problem
    from neuralbuilder.project.checks import check
    from neuralbuilder.project.text import print_design

    project = document.project
    graph = project.graph()
    shapes = infer(graph)
    places = layout(graph, shapes)
    samples: Samples | None = None
    parts = _NO_PARTS
    notes: tuple[str, ...] = ()
    found: tuple[Problem, ...] = ()
    try:
        samples = samples_of(document)
        parts, notes = _parts(samples, project.plan.split)
    except UserError as error:
        found = (Problem(error.message, error.hint),)
    return {
        "network": print_design(project),
        "layers": [
            {
                "id": node.id,
                "name": node.name,
                "type": node.layer.name,
                "activation": getattr(getattr(node.layer, "activation", None), "name", None),
                "bias": getattr(node.layer, "bias", None),
                "shape": shapes.outputs.get(node.id),
                "parameters": {entry.name: entry.shape for entry in places.of(node.id)},
                "parameter_count": places.trainable_of(node.id),
            }
            for node in project.nodes
        ],
        "parameter_count": places.trainable_count,
        "statistics_count": places.size - places.trainable_count,
        "data": {
            "name": project.plan.dataset.name,
            "label": project.plan.dataset.label,
            "samples": samples.count if samples else None,
            "task": samples.task if samples else None,
            "inputs": samples.input_names if samples else None,
            "targets": samples.target_names if samples else None,
            "roles": roles_in_words(samples) if samples else "",
        },
        "split": {"by": project.plan.split.by, **parts},
        "loss": project.plan.loss.name,
        "optimizer": project.plan.optimizer.name,
        "learning_rate": project.plan.optimizer.rate,
        "batch_size": project.plan.batch_size,
        "epochs": project.plan.epochs,
        "seed": project.plan.seed,
        "split_seed": project.plan.split.seed,
        "schedule": project.plan.schedule.name,
        "class_weights": project.plan.class_weights.name,
        "scaling": project.plan.preprocessing.name,
        "augmentation": project.plan.augmentation.name,
        "early_stopping": project.plan.stop_rule.name,
        "trained": _training(document),
        "problems": problem_facts(project, (*check(project, samples), *found)),
        "notices": (*document.notices, *(notes_on(samples) if samples else ()), *notes),
    }


_NO_PARTS: dict[str, list[int] | None] = dict.fromkeys(("train", "validation", "test"))


def _parts(samples: Samples, split: Split) -> tuple[dict[str, list[int] | None], tuple[str, ...]]:
    """The samples of each part, counted from 0, and what is unusual about them."""
    from neuralbuilder.data.splits import split_indices, split_notes

    parts = split_indices(samples, split)
    rows = {name: part.tolist() for name, part in zip(_NO_PARTS, parts, strict=True)}
    return rows, split_notes(samples, split, parts)


def _training(document: Document) -> dict[str, Any] | None:
    state = document.state
    if state is None:
        return None
    newest = {name: float(points[-1, 1]) for name, points in state.log.items() if len(points)}
    return {"epoch": state.epoch, "step": state.step, **results_of(newest)}


def _show(file: Path, facts: dict[str, Any]) -> None:
    from rich.table import Table

    say(f"{file.name}: {facts['network']}")
    table = Table("Layer", "Type", "Activation", "Bias", "Shape", "Weights", box=None)
    table.add_column("Parameters", justify="right")
    for layer in facts["layers"]:
        table.add_row(
            cell(layer["name"]),
            cell(layer["type"]),
            layer["activation"] or "–",
            {True: "yes", False: "no", None: "–"}[layer["bias"]],
            _sizes(layer["shape"]),
            ", ".join(f"{n.split('/')[1]} {_sizes(s)}" for n, s in layer["parameters"].items()),
            f"{layer['parameter_count']:,}",
        )
    console().print(table)
    statistics = facts["statistics_count"]
    measured = f", and {statistics:,} statistics of the data" if statistics else ""
    say(f"{facts['parameter_count']:,} parameters{measured}")
    data = facts["data"]
    say(f"Data: {data['label']}" + (f", {data['samples']:,} samples" if data["samples"] else ""))
    if data["roles"]:
        say(data["roles"])
    parts = {name: facts["split"][name] for name in _NO_PARTS}
    if all(rows is not None for rows in parts.values()):
        how = "in order" if facts["split"]["by"] == "order" else f"seed {facts['split_seed']}"
        sizes = ", ".join(f"{len(rows):,} {name}" for name, rows in parts.items())
        say(f"Split: {sizes} ({how})")
    plan = [f"Loss: {facts['loss']}", f"optimizer: {facts['optimizer']}"]
    plan += [f"schedule: {facts['schedule']}"] if facts["schedule"] != "constant" else []
    weights = facts["class_weights"]
    plan += [f"class weights: {weights}"] if weights != "none" else []
    plan += ["early stopping"] if facts["early_stopping"] != "never" else []
    rate = facts["learning_rate"]
    plan += [] if rate is None else [f"learning rate {rate:g}"]
    plan += [f"batch size {facts['batch_size']}"]
    plan += [f"{facts['epochs']:,} epochs"] if facts["epochs"] else []
    plan += [f"augmentation: {facts['augmentation']}"] if facts["augmentation"] != "none" else []
    say(", ".join(plan))
    trained = facts["trained"]
    if trained is None:
        say("Not trained yet")
    else:
        epochs = "1 epoch" if trained["epoch"] == 1 else f"{trained['epoch']:,} epochs"
        say(f"Trained for {epochs}")
        for name, value in results_of(trained).items():
            say(f"  {result_in_words(name, value)}")
    for problem in facts["problems"]:
        say(problem_line(problem))
    for notice in facts["notices"]:
        say(f"Note: {notice}")


def _sizes(shape: tuple[int, ...] | None) -> str:
    return "–" if shape is None else "×".join(str(size) for size in shape)
