"""What the target of a project is: classes, yes or no, or quantities.

There is one rule for the window, the command line and Python. The plan may say it. Otherwise the
drawn output does: a softmax tells classes apart, sigmoids answer yes or no, and any other output
gives quantities. Where the data cannot be read so, or the sizes do not fit, what the data propose
holds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neuralbuilder.data.samples import Samples, Task
from neuralbuilder.data.tasks import as_task, can_be, distinct_targets
from neuralbuilder.engine.activations import Sigmoid, Softmax
from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.problems import Fix, Problem, UserError
from neuralbuilder.project.model import Plan, Project

_REPEATED = 5
"""So often every whole number occurs on average where it may be a class whatever the output's
size."""


def meant(project: Project, samples: Samples) -> Samples:
    """The samples with their targets read as `project` means them.

    The very same object comes back when it is asked again, or when the samples fit as they are.
    """
    task: Task
    if project.plan.task != "auto":
        task = project.plan.task  # type: ignore[assignment]
        return as_task(samples, task) if can_be(samples, task) else samples
    return as_task(samples, _drawn_task(output_of(project), samples))


def suited_to(plan: Plan, samples: Samples, units: int) -> Samples:
    """The samples read as so many outputs of any activation can answer: as the plan says, or as
    the source proposes, or else as the first task whose size fits.
    """
    if plan.task != "auto":
        task: Task = plan.task  # type: ignore[assignment]
        return as_task(samples, task) if can_be(samples, task) else samples
    tasks: tuple[Task, ...] = (samples.task, "classification", "regression", "yes/no")
    fitting = (task for task in tasks if _fits(samples, task, units))
    return as_task(samples, next(fitting, samples.task))


def task_problems(plan: Plan, samples: Samples) -> Iterator[Problem]:
    """Why samples cannot be read as the plan says."""
    if plan.task == "auto":
        return
    try:
        as_task(samples, plan.task)  # type: ignore[arg-type]
    except UserError as error:
        fix = Fix("Set the task to automatic", plan=(("task", "auto"),))
        yield Problem(error.message, error.hint, setting="task", fix=fix)


def output_of(project: Project) -> Output | None:
    """The output layer, or the first of several."""
    return next((node.layer for node in project.nodes if isinstance(node.layer, Output)), None)


def _drawn_task(output: Output | None, samples: Samples) -> Task:
    """The task that the drawn output stands for, or else that of the samples."""
    if output is None:
        return samples.task
    if isinstance(output.activation, Softmax):
        return "classification" if _are_classes(samples, output.units) else samples.task
    wanted: Task = "yes/no" if isinstance(output.activation, Sigmoid) else "regression"
    return wanted if _fits(samples, wanted, output.units) else samples.task


def _fits(samples: Samples, task: Task, units: int) -> bool:
    if not can_be(samples, task):
        return False
    columns = as_task(samples, task).y.shape[1]
    shares_one = units == 1 and columns == 2 and task != "regression"
    return columns == units or shares_one


def _are_classes(samples: Samples, units: int) -> bool:
    """Whether a softmax over so many outputs finds classes in these samples.

    Whole numbers are classes if there are as many different ones as outputs, or if every one of
    them comes back often.
    """
    values = distinct_targets(samples) if samples.task == "regression" else None
    if values is None:
        return can_be(samples, "classification")
    if not (values == np.round(values)).all():
        return False
    often = samples.count >= _REPEATED * len(values)
    return (len(values) == units or often) and can_be(samples, "classification")
