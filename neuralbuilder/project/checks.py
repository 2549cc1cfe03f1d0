"""What the program says about a project: what does not fit yet, and what could be better."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from neuralbuilder.data.class_weights import BalancedClassWeights, NoClassWeights, classes_of
from neuralbuilder.data.images.augmentation import NoAugmentation
from neuralbuilder.data.notes import FEW, UNEQUAL
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import trained_count
from neuralbuilder.data.tasks import as_given
from neuralbuilder.engine.activations import Linear, Sigmoid, Softmax
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.engine.memory import estimate_memory
from neuralbuilder.engine.schedules import Constant, Cosine, WarmUp
from neuralbuilder.engine.shapes import infer
from neuralbuilder.engine.stopping import EarlyStopping
from neuralbuilder.parts import changed, settings_of
from neuralbuilder.problems import Fix, Problem, UserError
from neuralbuilder.project.advice import layer_advice, output_advice
from neuralbuilder.project.data_checks import images_for, size_problems
from neuralbuilder.project.free_memory import SURELY_SMALL, USABLE_SHARE, free_memory
from neuralbuilder.project.layer_checks import batch_problems, constant_columns, pooling_problems
from neuralbuilder.project.model import Node, Plan, Project
from neuralbuilder.project.order_checks import with_order
from neuralbuilder.project.remedies import Errors, carry_out, with_remedies_that_help
from neuralbuilder.project.task import meant, task_problems

_NEARLY_NOTHING = 0.05
"""The share of a learning rate that is hardly worth training on with."""
_ORDER = {"error": 0, "warning": 1, "advice": 2}


def check(
    project: Project, samples: Samples | None = None, memory: int | None = None
) -> tuple[Problem, ...]:
    """All problems of a project and its data, errors first, then warnings, then advice.

    `memory` is the number of free bytes; it is asked of the machine where it is not given.
    """
    problems = _found(project, samples, memory)
    if any(problem.fix is not None for problem in problems):
        errors = _errors_of(samples, memory)
        problems = with_remedies_that_help(problems, project, errors)
    return tuple(sorted(problems, key=lambda problem: _ORDER[problem.severity]))


def mended(project: Project, fix: Fix, samples: Samples | None = None) -> Project:
    """The project after a one-click remedy and what it takes besides; see `carry_out`.

    Raises `UserError` for what cannot be done.
    """
    return carry_out(project, fix, _errors_of(samples, None))


def _errors_of(samples: Samples | None, memory: int | None) -> Errors:
    """How to find the errors of other projects beside the same data, as each of them means them."""
    given = None if samples is None else as_given(samples)

    def errors(project: Project) -> list[Problem]:
        read = None if given is None else meant(project, given)
        return [p for p in _found(project, read, memory) if p.severity == "error"]

    return errors


def _found(project: Project, samples: Samples | None, memory: int | None) -> list[Problem]:
    """All problems, with every remedy that anybody knows of."""
    graph = project.graph()
    shapes = infer(graph)
    problems = [with_order(problem, project, graph, shapes) for problem in shapes.problems]
    if samples is not None:
        problems = [images_for(problem, project, graph, samples) for problem in problems]
        problems += size_problems(project, samples)
        problems += task_problems(project.plan, samples)
        problems += constant_columns(project, graph, samples)
    problems += pooling_problems(project, shapes)
    trained = None if samples is None else trained_count(samples, project.plan.split)
    problems += batch_problems(project, shapes, trained)
    problems += _loss_problems(project, samples)
    problems += _plan_problems(project.plan, samples)
    problems += _memory_problems(project, graph, samples, memory)
    problems += layer_advice(project)
    if samples is not None and not any(problem.severity == "error" for problem in problems):
        problems += output_advice(project, samples)
    return problems


# ------------------------------------------------------------------ loss and plan


def _loss_problems(project: Project, samples: Samples | None) -> Iterator[Problem]:
    """The loss's own word, at the output."""
    task = samples.task if samples is not None else None
    columns = samples.y.shape[1] if samples is not None else None
    loss = project.plan.loss
    for node in project.nodes:
        if not isinstance(node.layer, Output):
            continue
        for problem in loss.check(node.layer, task, columns):
            yield problem.at(node.id)
        if node.layer.units == 1 and isinstance(node.layer.activation, Softmax):
            yield from _single_softmax(project, node, task, columns)


def _single_softmax(
    project: Project, node: Node, task: str | None, columns: int | None
) -> Iterator[Problem]:
    """A softmax over one output, where the loss has not already said what to use instead."""
    assert isinstance(node.layer, Output)
    if any(p.severity == "error" for p in project.plan.loss.check(node.layer, task, columns)):
        return
    better = Linear() if task == "regression" else Sigmoid()
    yield Problem(
        "A softmax over one output is always 1.",
        "Use a sigmoid for a yes-or-no question, or linear for a number.",
        node.id,
        "activation",
        fix=Fix(f"Use {better.label.lower()}", (("activation", better),), node.id),
    )


def _plan_problems(plan: Plan, samples: Samples | None) -> Iterator[Problem]:
    if plan.optimizer.full_batch:
        yield _unused_batch_size(plan)
    elif samples is not None and samples.count >= plan.split.least:
        yield from _batch_size(plan, samples)
    yield from _rate(plan)
    yield from _schedule(plan)
    if isinstance(plan.stop_rule, EarlyStopping) and 0 < plan.epochs <= plan.stop_rule.patience:
        yield Problem(
            f"Early stopping waits {plan.stop_rule.patience} epochs for a better loss, but "
            f"training ends after {plan.epochs}.",
            "Lower the patience, or train longer.",
            setting="stop_rule",
            severity="advice",
        )
    if (plan.clip_norm or plan.clip_value) and not plan.optimizer.clips:
        yield Problem(
            f"{plan.optimizer.label} does not use gradient clipping.",
            "Set both limits to 0, or choose another optimizer.",
            setting="clip_norm" if plan.clip_norm else "clip_value",
            severity="advice",
            fix=Fix("Clip nothing", plan=(("clip_norm", 0.0), ("clip_value", 0.0))),
        )
    if samples is not None:
        yield from _augmentation(plan, samples)
        yield from _class_weights(plan, samples)


def _class_weights(plan: Plan, samples: Samples) -> Iterator[Problem]:
    """Weights that do not fit the classes, and classes that ask for some."""
    found, label = classes_of(samples), plan.class_weights.label.lower()
    if found is None:
        if plan.class_weights.weighs:
            yield Problem(
                f"The class weights ({label}) are not used: these data have no classes.",
                "Choose none, or other data.",
                setting="class_weights",
                severity="advice",
                fix=Fix("Use no class weights", plan=(("class_weights", NoClassWeights()),)),
            )
        return
    names, labels = found
    counts = np.bincount(labels, minlength=len(names))
    try:
        plan.class_weights.of_classes(names, counts)
    except UserError as error:
        yield Problem(
            error.message,
            error.hint,
            setting="class_weights",
            fix=Fix("Use no class weights", plan=(("class_weights", NoClassWeights()),)),
        )
    rarest = counts[counts > 0].min(initial=counts.sum())
    unequal = samples.count >= FEW and counts.max() >= UNEQUAL * rarest
    if unequal and not plan.class_weights.weighs:
        most, share = names[int(counts.argmax())], 100 * counts.max() / counts.sum()
        yield Problem(
            f"The classes are unequal: to answer {most!r} always would be right {share:.0f} % of "
            "the time.",
            "With balanced class weights all classes count alike.",
            setting="class_weights",
            severity="advice",
            fix=Fix("Balance the classes", plan=(("class_weights", BalancedClassWeights()),)),
        )


def _augmentation(plan: Plan, samples: Samples) -> Iterator[Problem]:
    if plan.augmentation.changes and len(samples.input_shape) == 1:
        yield Problem(
            f"“{plan.augmentation.label}” is for images, and these data are vectors: it is not "
            "used.",
            "Choose data with images, or no augmentation.",
            setting="augmentation",
            severity="advice",
            fix=Fix("Augment nothing", plan=(("augmentation", NoAugmentation()),)),
        )


def _unused_batch_size(plan: Plan) -> Problem:
    return Problem(
        f"{plan.optimizer.label} uses all samples in every step; the batch size of "
        f"{plan.batch_size} is not used.",
        "Every step is a whole epoch.",
        setting="batch_size",
        severity="advice",
    )


def _schedule(plan: Plan) -> Iterator[Problem]:
    """What a schedule cannot do with this optimizer or within these epochs."""
    if isinstance(plan.schedule, Constant):
        return
    constant = Fix("Keep the rate constant", plan=(("schedule", Constant()),))
    if not plan.optimizer.follows_rate:
        reason = "has no learning rate" if plan.optimizer.rate is None else "adapts its step sizes"
        yield Problem(
            f"{plan.optimizer.label} {reason}, so the schedule is not used.",
            "Choose another optimizer where the learning rate is to change.",
            setting="schedule",
            severity="advice",
            fix=constant,
        )
        return
    warm_up = plan.schedule.epochs if isinstance(plan.schedule, WarmUp) else 0
    after = plan.schedule.then if isinstance(plan.schedule, WarmUp) else plan.schedule
    if plan.epochs and warm_up >= plan.epochs:
        yield Problem(
            f"The warm-up takes {warm_up} epochs, but training ends after {plan.epochs}.",
            "Shorten the warm-up, or train longer.",
            setting="schedule",
            severity="warning",
        )
    elif plan.epochs and isinstance(after, Cosine):
        yield from _end_of_cosine(plan, after, warm_up)
    elif not plan.epochs and isinstance(after, Cosine) and after.minimum == 0.0:
        yield Problem(
            f"After {warm_up + after.epochs} epochs the learning rate is 0 and nothing more is "
            "learnt.",
            "Let training end there, or give the cosine a minimum above 0.",
            setting="schedule",
            severity="advice",
            fix=Fix(f"Train {warm_up + after.epochs} epochs",
                    plan=(("epochs", warm_up + after.epochs),)),
        )  # fmt: skip


def _end_of_cosine(plan: Plan, cosine: Cosine, warm_up: int) -> Iterator[Problem]:
    """A rate that does not reach its minimum in the planned epochs, or long before their end."""
    end = warm_up + cosine.epochs
    if end == plan.epochs or (end < plan.epochs and cosine.minimum > _NEARLY_NOTHING):
        return
    if end > plan.epochs:
        then = f"but training ends after {plan.epochs}"
    else:
        then = f"and little more is learnt until training ends after {plan.epochs}"
    stretched = changed(cosine, epochs=plan.epochs - warm_up)
    schedule = changed(plan.schedule, then=stretched) if warm_up else stretched
    yield Problem(
        f"The learning rate reaches its minimum after {end} epochs, {then}.",
        "Give the cosine as many epochs as the plan has.",
        setting="schedule",
        severity="advice",
        fix=Fix(f"Let the rate fall over {plan.epochs} epochs", plan=(("schedule", schedule),)),
    )


def _rate(plan: Plan) -> Iterator[Problem]:
    rate = plan.optimizer.rate
    if rate == 0:
        yield Problem("With a learning rate of 0 no weight ever changes.", "Choose a higher rate.",
                      setting="optimizer", severity="warning")  # fmt: skip
    elif rate is not None and rate > 10:
        usual = {s.name: s.default for s in settings_of(type(plan.optimizer))}["learning_rate"]
        slower = changed(plan.optimizer, learning_rate=usual)
        yield Problem(
            f"A learning rate of {rate:g} is so large that training will hardly succeed.",
            f"Rates between 0.0001 and 1 are usual for {plan.optimizer.label}.",
            setting="optimizer",
            severity="warning",
            fix=Fix(f"Use {usual:g}", plan=(("optimizer", slower),)),
        )


def _batch_size(plan: Plan, samples: Samples) -> Iterator[Problem]:
    trained = trained_count(samples, plan.split)
    if plan.batch_size > trained:
        yield Problem(
            f"The batch size is {plan.batch_size}, but only {trained} "
            f"{'sample is' if trained == 1 else 'samples are'} trained on.",
            "Every step then uses all of them.",
            setting="batch_size",
            severity="warning",
            fix=Fix(f"Use {trained}", plan=(("batch_size", trained),)),
        )


# ------------------------------------------------------------------ memory


def _memory_problems(
    project: Project, graph: Graph, samples: Samples | None, memory: int | None
) -> Iterator[Problem]:
    plan = project.plan
    count = samples.count if samples is not None else 0
    trained = trained_count(samples, plan.split) if samples is not None else 1
    batch = trained if plan.optimizer.full_batch else min(plan.batch_size, trained)
    needed = estimate_memory(
        graph,
        batch,
        plan.precision,
        count,
        plan.optimizer,
        keeps_best=plan.stop_rule.watches or plan.split.validation > 0,
    )
    if memory is None:
        # The common case is answered without asking the machine.
        memory = None if needed.total < SURELY_SMALL else free_memory()
    if memory is None or needed.total <= USABLE_SHARE * memory:
        return
    names = project.names
    message = (
        f"Training would take about {_size(needed.total)} of memory, more than "
        f"{100 * USABLE_SHARE:.0f} % of the {_size(memory)} that are free."
    )
    if needed.largest:
        largest = _size(needed.largest_bytes)
        message += f" The layer that needs most is {names[needed.largest]} with {largest}."
    yield Problem(message, "Use fewer neurons there, or smaller batches.", needed.largest, "units")


def _size(count: int) -> str:
    """Bytes in the unit people would choose."""
    power = min(4, int(math.log(max(count, 1), 1000)))
    return f"{count / 1000**power:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[power]}"
