"""``neuralbuilder train``: train a project file without a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuralbuilder.cli.evaluate_command import parts_of
from neuralbuilder.cli.output import (
    json_option,
    load_document,
    print_json,
    progress,
    result_in_words,
    results_of,
    say,
    split_seed_option,
    tell_notes,
)
from neuralbuilder.cli.writing import PROJECT, check_output, files_of, force_option
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.cli.work import Result
    from neuralbuilder.project.files import Document
    from neuralbuilder.training.messages import Best
    from neuralbuilder.training.trainer import Trainer

USUAL_EPOCHS = 100


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--epochs",
    type=click.IntRange(0, 10**8),
    help="Passes through the training data; with --best, 0 only takes the best weights so far.",
)
@click.option("--steps", type=click.IntRange(1, 10**12), help="Mini-batches, instead of epochs.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Start afresh with this seed of weights and order instead of going on.",
)
@split_seed_option
@click.option("--optimizer", metavar="NAME", help="Such as adam, sgd, rprop or lbfgs.")
@click.option("--learning-rate", type=float, help="The learning rate of the optimizer.")
@click.option("--batch-size", type=click.IntRange(1, 10**6), help="Samples per step.")
@click.option(
    "--schedule",
    metavar="NAME",
    help="Such as constant, cosine or plateau; cosine falls until the epochs asked for are done.",
)
@click.option(
    "--patience",
    type=click.IntRange(0, 10**6),
    metavar="EPOCHS",
    help="Stop after so many epochs without a better validation loss; 0 never stops early.",
)
@click.option("--best", "best", is_flag=True, help="Save the weights of the best validation loss.")
@click.option(
    "--class-weights",
    metavar="WEIGHTS",
    help="How much each class counts: balanced, none, or one number per class, such as 1,5.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="Where the data of the project are now, if they have moved.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to save; FILE by default."
)
@click.option(
    "--checkpoint-every",
    type=click.FloatRange(0, 10**7),
    metavar="SECONDS",
    help="Save so often while training; 60 by default, 0 saves only at the end.",
)
@force_option
@json_option
def command(
    file: Path,
    epochs: int | None,
    steps: int | None,
    seed: int | None,
    split_seed: int | None,
    optimizer: str | None,
    learning_rate: float | None,
    batch_size: int | None,
    schedule: str | None,
    patience: int | None,
    best: bool,
    class_weights: str | None,
    data: Path | None,
    output: Path | None,
    checkpoint_every: float | None,
    force: bool,
    as_json: bool,
) -> int:
    """Train the network in FILE and save it.

    Training goes on from where the file left off. Without --epochs or --steps it is as long as the
    project says, or else 100 epochs. Other settings of training are saved with it. Ctrl-C (or
    SIGTERM) ends it early, saves what has been learnt, and ends with exit code 130 (143).

    While it runs, FILE, or what --output names, is replaced once a minute, wholly or not at all:
    after a crash it holds training as of the last minute, from where train goes on. What was there
    before is kept beside it as .FILE.1. When the loss runs away, FILE is again as it was; the last
    good weights are saved where --output names another file.
    """
    from neuralbuilder.cli.saving import USUAL_SECONDS, Saving
    from neuralbuilder.project.disk import stamp
    from neuralbuilder.project.files import check_place

    if epochs is not None and steps is not None:
        raise UserError("--epochs and --steps cannot both be given.", "Leave one of them out.")
    if epochs == 0 and not best:
        raise UserError("Nothing is trained in 0 epochs.", "Say how many, or take the best weights "
                        "so far with --best.")  # fmt: skip
    place = output or file
    known = stamp(place)
    document = load_document(file)
    document = _with_data(document, data)
    if output is None:
        check_place(file)
    else:
        check_output(output, PROJECT, (file, *files_of(document.project.plan.dataset)), force)
    if seed is not None:
        document = _seeded(document, seed)
    if split_seed is not None:
        document = _divided(document, split_seed)
    if epochs == 0:
        _refuse_untrained(document)
    if epochs is None and steps is None:
        epochs = document.project.plan.epochs or USUAL_EPOCHS
    document = _replanned(document, optimizer, learning_rate, batch_size, patience)
    if class_weights is not None:
        document = _weighted(document, class_weights)
    if schedule is not None:
        document = _scheduled(document, schedule, epochs)
    document = _ready(document, place)
    every = USUAL_SECONDS if checkpoint_every is None else checkpoint_every
    saving = Saving(place, document, known, every)
    result = run_with_progress(document, epochs, steps, saving.look, takes_best=best)
    problem = result.stopped.problem
    saves = problem is None or output is not None
    if saves:
        saving.finish(result.document)
    else:
        saving.put_back()
    if as_json:
        parts = parts_of(result.document) if problem is None else {}
        print_json({"file": str(place), "saved": saves, **facts_of(result), "parts": parts})
    else:
        show(result)
        say(f"Saved as {place}" if saves else f"Nothing saved; {file} is as it was")
    if problem is not None:
        from neuralbuilder.training.guard import KEPT

        kept = f"The last good weights are in {place}." if saves else f"{file} is as it was."
        raise UserError(problem.message, f"{problem.hint.removesuffix(KEPT)} {kept}")
    return exit_code(result)


def _refuse_untrained(document: Document) -> None:
    if document.state is None:
        raise UserError("The network has not been trained yet, so no weights are the best.",
                        "Train it for some epochs.")  # fmt: skip


def _ready(document: Document, place: Path) -> Document:
    """The document with its samples; raises `UserError` where it cannot be trained or saved."""
    from neuralbuilder.cli.work import refuse_problems, samples_of, source_of
    from neuralbuilder.project.room import refuse_full_disk

    document = replace(document, samples=source_of(document))
    refuse_problems(document.project, samples_of(document))
    refuse_full_disk(place, document)
    return document


def exit_code(result: Result) -> int:
    """0 after a training that has come to its end; after another, that of the signal, which is
    told.
    """
    if not result.signal:
        return 0
    say(f"Interrupted at {result.reached}", err=True)
    from neuralbuilder.cli.work import EXIT_SIGNAL

    return EXIT_SIGNAL + result.signal


def _with_data(document: Document, place: Path | None) -> Document:
    """The document with its data read from another place; raises `UserError` where there is no
    such place, or where the data are nowhere.
    """
    from neuralbuilder.data.samples import FileDataset
    from neuralbuilder.parts import changed
    from neuralbuilder.project.edits import change_plan

    dataset = document.project.plan.dataset
    if not isinstance(dataset, FileDataset):
        if place is not None:
            raise UserError(f"The data of this project ({dataset.label}) are in no file.",
                            "Leave --data out.")  # fmt: skip
        return document
    if place is not None:
        if not place.exists():
            raise UserError(f"There is no {place}.", "Say where the data are with --data.")
        others = {"labels": ""} if hasattr(dataset, "labels") else {}
        moved = changed(dataset, path=str(place.resolve()), **others)
        return replace(document, project=change_plan(document.project, dataset=moved), samples=None)
    if document.samples is None and not Path(dataset.path).exists():
        raise UserError(
            f"The data of this project are not in {dataset.path}, where they were.",
            "Say where they are now with --data.",
        )
    return document


def _seeded(document: Document, seed: int) -> Document:
    from neuralbuilder.project.edits import change_plan

    return replace(document, project=change_plan(document.project, seed=seed), state=None)


def _divided(document: Document, seed: int) -> Document:
    """The document with its samples divided by this seed; untrained where that is another one, as
    the network has seen samples of the new test part.
    """
    from neuralbuilder.parts import changed
    from neuralbuilder.project.edits import change_plan

    split = document.project.plan.split
    if split.seed == seed:
        return document
    if document.state is not None:
        tell_notes(["Training starts afresh, as the network has seen samples that the new split "
                    "keeps for validation and test."])  # fmt: skip
    project = change_plan(document.project, split=changed(split, seed=seed))
    return replace(document, project=project, state=None)


def _replanned(
    document: Document,
    optimizer: str | None,
    learning_rate: float | None,
    batch_size: int | None,
    patience: int | None,
) -> Document:
    """The document with the settings of training that were given."""
    from neuralbuilder.engine.stopping import EarlyStopping, NeverStop
    from neuralbuilder.parts import changed, find
    from neuralbuilder.project.edits import change_plan
    from neuralbuilder.project.state import without_course

    settings: dict[str, Any] = {}
    if optimizer is not None:
        settings["optimizer"] = find("optimizer", optimizer)()
    if learning_rate is not None:
        present = settings.get("optimizer", document.project.plan.optimizer)
        if present.rate is None:
            raise UserError(f"{present.label} has no learning rate.", "Leave --learning-rate out.")
        settings["optimizer"] = changed(present, learning_rate=learning_rate)
    if batch_size is not None:
        settings["batch_size"] = batch_size
    if patience is not None:
        settings["stop_rule"] = EarlyStopping(patience) if patience else NeverStop()
    state = document.state
    if state is not None and patience is not None:
        state = without_course(state)
    return replace(document, project=change_plan(document.project, **settings), state=state)


def _weighted(document: Document, weights: str) -> Document:
    """The document with these class weights."""
    from neuralbuilder.data.class_weights import OwnClassWeights
    from neuralbuilder.parts import find
    from neuralbuilder.project.edits import change_plan
    from neuralbuilder.project.state import without_course

    named = weights in ("none", "balanced")
    chosen = find("class_weights", weights)() if named else OwnClassWeights(weights)
    state = document.state
    if state is not None and chosen != document.project.plan.class_weights:
        state = without_course(state)  # losses of another kind say nothing about those to come
    project = change_plan(document.project, class_weights=chosen)
    return replace(document, project=project, state=state)


def _scheduled(document: Document, name: str, epochs: int | None) -> Document:
    """The document with the schedule of this name; a cosine ends when so many epochs more are
    done.
    """
    from neuralbuilder.engine.schedules import Cosine
    from neuralbuilder.parts import find
    from neuralbuilder.project.edits import change_plan
    from neuralbuilder.project.state import without_schedule

    schedule, state = find("schedule", name)(), document.state
    if isinstance(schedule, Cosine) and epochs is not None:
        # A schedule counts the epochs from the initial weights on.
        schedule = Cosine(epochs=epochs + (state.epoch if state else 0))
    if state is not None:
        state = without_schedule(state)
    return replace(document, project=change_plan(document.project, schedule=schedule), state=state)


def run_with_progress(
    document: Document,
    epochs: int | None,
    steps: int | None,
    look: Callable[[Trainer], None] = lambda trainer: None,
    *,
    takes_best: bool = False,
) -> Result:
    """Train under a progress bar; `look` sees the trainer every now and then."""
    from neuralbuilder.cli.work import how_far, train

    first = (document.state.epoch, document.state.step) if document.state else (0, 0)
    with progress("Training", epochs or steps or 0) as update:

        def report(trainer: Trainer) -> None:
            done = trainer.epochs_done - first[0] if epochs else trainer.steps_done - first[1]
            loss = trainer.metrics.get("loss/mini-batches")
            place = how_far(trainer, document, epochs, steps)
            update(done, place if loss is None else f"{place}, mini-batches {loss:.4g}")
            look(trainer)

        return train(document, epochs, steps, report, takes_best=takes_best)


def facts_of(result: Result) -> dict[str, Any]:
    """The outcome as JSON types."""
    from neuralbuilder.cli.training_facts import confusion_of, curves_of, settings_of

    state = result.document.state
    assert state is not None
    best = result.best and {**asdict(result.best), "saved": result.took_best}
    return {
        "status": "interrupted" if result.signal else result.stopped.status,
        "epoch": state.epoch,
        "step": state.step,
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
        "steps_per_second": round(result.steps_per_second, 1),
        **({"stopped": result.stopped.message} if result.stopped.message else {}),
        **results_of(result.metrics),
        "settings": settings_of(result.document.project.plan),
        "confusion_matrix": confusion_of(result.document.project, state, result.data),
        "curves": curves_of(state.log),
        **({"best": best} if best else {}),
        "notices": result.notes,
    }


def show(result: Result) -> None:
    """The outcome for people: losses, metrics, speed."""
    state = result.document.state
    assert state is not None
    say(
        f"Epoch {state.epoch}, step {state.step}: {result.steps} steps in "
        f"{result.seconds:.2f} s, {result.steps_per_second:,.0f} steps per second"
    )
    for name, value in results_of(result.metrics).items():
        say(result_in_words(name, value))
    if result.best is not None:
        say(_best_in_words(result.best, result.took_best))
    if result.stopped.message:
        say(result.stopped.message)


def _best_in_words(best: Best, taken: bool) -> str:
    """Which weights were better than the last ones, and which are saved."""
    was = f"Epoch {ceil(best.epoch)} was best: {best.part} loss {best.loss:.4g}"
    if taken:
        return f"{was}; its weights are saved, not the last ones ({best.now:.4g})"
    return f"{was}, now {best.now:.4g}; --epochs 0 --best takes its weights"
