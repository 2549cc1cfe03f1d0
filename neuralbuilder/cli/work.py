"""Documents made ready for work: their samples, scaled and split, and a trainer that runs."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from neuralbuilder.cli.output import tell_notes, tell_problems
from neuralbuilder.cli.reading import read_samples
from neuralbuilder.data.notes import listed
from neuralbuilder.data.preprocessing import Prepared, prepare
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tasks import TASK_WORDS
from neuralbuilder.engine.shapes import infer
from neuralbuilder.problems import Problem, UserError
from neuralbuilder.project.checks import check
from neuralbuilder.project.edits import change_plan
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Project
from neuralbuilder.project.task import meant
from neuralbuilder.training.messages import Best, Load, Stopped
from neuralbuilder.training.trainer import Trainer

EXIT_SIGNAL = 128
"""What shells add to the number of the signal that has ended a command."""
CHUNK_SECONDS = 0.1
MOST_EPOCHS = 10**8


@dataclass(frozen=True, eq=False)
class Result:
    """What a training run came to: the document with the new state, why and how it ended, and
    the data with what is to be known about them.

    `reached` is how far it has come, such as ``epoch 17 of 200``; `signal` is the number of the
    signal that has ended it early, 0 without one. `best` says where weights of an earlier
    epoch were better than the last ones, and `took_best` that those are the ones in the document.
    """

    document: Document
    stopped: Stopped
    metrics: dict[str, float]
    steps: int
    seconds: float
    data: Prepared
    reached: str
    signal: int = 0
    best: Best | None = None
    took_best: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known about the data."""
        return self.data.notes

    @property
    def steps_per_second(self) -> float:
        """Mini-batches per second, everything included."""
        return self.steps / self.seconds if self.seconds else 0.0


def samples_of(document: Document) -> Samples:
    """The samples in the file, or else those of the project's data set, read as the project means
    them; raises `UserError`.
    """
    return meant(document.project, source_of(document))


def source_of(document: Document) -> Samples:
    """The samples as they stand in the file, or as the data set gives them."""
    return document.samples or read_samples(document.project.plan.dataset)


def roles_in_words(samples: Samples) -> str:
    """What is learnt from which columns of a table; "" where the data are none."""
    encoding = samples.encoding
    if encoding is None:
        return ""
    inputs = [*encoding.sources, *(formula.name for formula in encoding.derived)]
    kind = TASK_WORDS[samples.task]
    of_classes = f"{len(samples.class_names)} {kind}" if samples.class_names else kind
    return f"Learns {listed(encoding.targets)} ({of_classes}) from {listed(inputs, 12)}."


def prepared(document: Document, samples: Samples) -> Prepared:
    """The samples split and scaled, with the scaling of earlier training where there is one."""
    plan = document.project.plan
    scaling = document.state.scaling if document.state else None
    return prepare(
        samples,
        plan.split,
        plan.preprocessing,
        plan.scale_targets,
        output_count(document.project),
        plan.precision,
        scaling,
    )


def output_count(project: Project) -> int | None:
    """The number of outputs, where it is known."""
    graph = project.graph()
    shapes = infer(graph).outputs
    sizes = [shapes[node] for node in graph.output_ids() if node in shapes]
    return sizes[0][0] if sizes else None


def refuse_problems(project: Project, samples: Samples | None) -> None:
    """Raise `UserError` with the first problem that keeps the network from being computed."""
    _refuse(project, check(project, samples))


def _refuse(project: Project, problems: Iterable[Problem]) -> None:
    names = project.names
    for problem in problems:
        if problem.severity == "error":
            place = f"{names[problem.node]}: " if problem.node in names else ""
            raise UserError(f"{place}{problem.message}", problem.hint)


def train(
    document: Document,
    epochs: int | None,
    steps: int | None,
    report: Callable[[Trainer], None],
    *,
    takes_best: bool = False,
) -> Result:
    """Train for so many epochs or steps; `report` looks at the trainer every now and then.

    What could be better and what is to be known about the data is said on the error stream before.
    A schedule or a stop rule is judged by the epochs that are done after this run. With
    `takes_best` the weights of the best validation loss are those that are kept; in 0 epochs
    nothing else happens.
    Ctrl-C and SIGTERM end it early and keep what has been learnt. Raises `UserError` where the
    network or its data do not fit together, or where there is no validation part to choose by.
    """
    document = replace(document, samples=source_of(document))
    samples = samples_of(document)
    project = document.project
    done = document.state.epoch if document.state else 0
    lasting = project
    if epochs is not None:
        lasting = change_plan(project, epochs=min(done + epochs, MOST_EPOCHS))
    problems = check(lasting, samples)
    _refuse(project, problems)
    trainer = Trainer()
    data = prepared(document, samples)
    if takes_best and not len(data.validation):
        raise UserError("There is no validation part to choose the best weights by.",
                        "Set a validation share, or leave --best out.")  # fmt: skip
    tell_problems(project, problems)
    tell_notes(data.notes)
    trainer.load(Load(0, project.graph(), project.plan, data, document.state, names=project.names))
    first, start = trainer.steps_done, time.perf_counter()
    stopped, signal = Stopped(0, "paused"), 0
    if epochs != 0:
        trainer.start(steps=steps, epochs=epochs)
        stopped, signal = _run(trainer, report)
    seconds = time.perf_counter() - start
    best = trainer.best
    if takes_best:
        trainer.take_best()
    tell_problems(project, trainer.symptoms(project.names))
    trained = replace(document, state=trainer.state())
    steps_done = trainer.steps_done - first
    reached = how_far(trainer, document, epochs, steps)
    metrics = dict(trainer.metrics)
    return Result(
        trained, stopped, metrics, steps_done, seconds, data, reached, signal, best, takes_best
    )


def how_far(trainer: Trainer, before: Document, epochs: int | None, steps: int | None) -> str:
    """Such as ``epoch 17 of 200``, counted from the initial weights on."""
    state = before.state
    if epochs is not None:
        return f"epoch {trainer.epochs_done:,} of {(state.epoch if state else 0) + epochs:,}"
    return f"step {trainer.steps_done:,} of {(state.step if state else 0) + (steps or 0):,}"


def _run(trainer: Trainer, report: Callable[[Trainer], None]) -> tuple[Stopped, int]:
    """Train until it ends: why, and the signal that has ended it, if any."""
    with noting_interrupts() as interrupted:
        while True:
            stopped = trainer.train_for(CHUNK_SECONDS)
            report(trainer)
            if stopped is not None:
                return stopped, 0
            if number := interrupted():
                trainer.pause()
                return Stopped(0, "paused"), number


@contextmanager
def noting_interrupts() -> Iterator[Callable[[], int]]:
    """Within this block Ctrl-C is noted rather than raised: no mini-batch is cut in two, and what
    passes over errors does not pass over it.

    Yields a function that gives the number of the signal, 0 before there is one. A second one is
    raised as ever. SIGTERM counts as Ctrl-C.
    """
    caught = 0

    def note(number: int, frame: object) -> None:
        nonlocal caught
        if caught:
            raise KeyboardInterrupt
        caught = number

    if threading.current_thread() is not threading.main_thread():
        yield lambda: caught
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
