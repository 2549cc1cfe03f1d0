"""What the arguments of `Network.fit` mean: names, numbers, or parts with settings of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from neuralbuilder.api.arrays import Array, numbers
from neuralbuilder.data.class_weights import ClassWeights, NoClassWeights, OwnClassWeights
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tasks import TASKS_BY_WORD, as_task
from neuralbuilder.engine.activations import Sigmoid, Softmax
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanSquaredError,
    activation_of,
)
from neuralbuilder.engine.optimizers import Optimizer
from neuralbuilder.engine.schedules import Cosine, Schedule
from neuralbuilder.engine.stopping import EarlyStopping, NeverStop, StopRule
from neuralbuilder.parts import Part, changed, find
from neuralbuilder.problems import UserError
from neuralbuilder.project.usual_plan import falling

USUAL_EPOCHS = 100


def usual_loss(layer: Any) -> Loss:
    """The loss that suits the activation of an output layer."""
    activation = activation_of(layer)
    if isinstance(activation, Softmax):
        return CategoricalCrossEntropy()
    return BinaryCrossEntropy() if isinstance(activation, Sigmoid) else MeanSquaredError()


def as_chosen_task(samples: Samples, task: str) -> Samples:
    """The samples with their targets read as the task of this name; raises `UserError`."""
    if task not in TASKS_BY_WORD:
        raise UserError(f"There is no task {task!r}.", f"Tasks are: {', '.join(TASKS_BY_WORD)}.")
    return samples if task == "auto" else as_task(samples, TASKS_BY_WORD[task])  # type: ignore[arg-type]


def chosen_loss(given: str | Loss | None, usual: Loss, output: Layer) -> Loss:
    """The loss that is asked for; raises `UserError` where it does not suit the output."""
    if given is None:
        return usual
    loss = chosen_part("loss", given)
    assert isinstance(loss, Loss)
    for problem in loss.check(output):
        if problem.severity == "error":
            raise UserError(problem.message, problem.hint)
    return loss


def chosen_optimizer(
    given: str | Optimizer | None, learning_rate: float | None, usual: Optimizer
) -> Optimizer:
    """The optimizer that is asked for; raises `UserError` for a rate it does not have.

    None and its bare name mean the usual one, with its rate.
    """
    named = None if given == usual.name else given
    optimizer = chosen_or("optimizer", named, usual)
    assert isinstance(optimizer, Optimizer)
    if learning_rate is None:
        return optimizer
    if optimizer.rate is None:
        raise UserError(f"{optimizer.label} has no learning rate.", "Leave learning_rate out.")
    faster: Optimizer = changed(optimizer, learning_rate=learning_rate)
    return faster


def chosen_epochs(given: int | None, usual: int) -> int:
    """How many epochs to train; raises `ValueError` for what is no count."""
    if given is None:
        return usual or USUAL_EPOCHS
    if type(given) is not int or given < 0:
        raise ValueError(f"epochs must be a whole number of at least 0, not {given!r}.")
    return given


def chosen_schedule(given: str | Schedule | None, usual: Schedule, last: int) -> Part:
    """The schedule that is asked for, or the usual one, which ends no earlier than training.

    The usual fall of the rate is counted from the initial weights and does not depend on how many
    epochs one call trains: many short calls are one long training.
    """
    if given is None and isinstance(usual, Cosine):
        return falling(max(last, usual.epochs))
    return chosen_or("schedule", given, usual)


def chosen_stop_rule(given: int | StopRule | None) -> StopRule:
    """The stop rule that is asked for; a number is the patience in epochs."""
    if given is None:
        return NeverStop()
    return given if isinstance(given, StopRule) else EarlyStopping(patience=given)


def chosen_class_weights(given: Any, classes: int) -> ClassWeights:
    """The class weights that are asked for: by name, one number per class, or by class number.

    Raises `ValueError` for what fits no class.
    """
    if given is None or isinstance(given, str | ClassWeights):
        chosen = chosen_or("class_weights", given, NoClassWeights())
        assert isinstance(chosen, ClassWeights)
        return chosen
    if isinstance(given, Mapping):
        unknown = [key for key in given if key not in range(classes)]
        if unknown:
            raise ValueError(
                f"class_weights names {unknown[0]!r}, but the classes are 0 to {classes - 1}."
            )
        given = [given.get(number, 1.0) for number in range(classes)]
    weights = numbers(given, "class_weights")
    if weights.shape != (classes,):
        raise ValueError(
            f"class_weights has shape {weights.shape}, but there are {classes} classes: "
            f"({classes},) is expected."
        )
    if (weights < 0).any() or not weights.any():
        raise ValueError("class_weights must not be negative, and not all 0.")
    return OwnClassWeights(", ".join(repr(float(weight)) for weight in weights))


def chosen_sample_weights(given: ArrayLike | None, samples: int) -> Array | None:
    """One number from 0 up for each of so many samples; raises `ValueError` for anything else."""
    if given is None:
        return None
    weights = numbers(given, "sample_weight")
    if weights.shape != (samples,):
        raise ValueError(
            f"sample_weight has shape {weights.shape}, but there are {samples} samples: "
            f"({samples},) is expected."
        )
    if (weights < 0).any() or not weights.any():
        raise ValueError("sample_weight must not be negative, and not all 0.")
    return weights


def chosen_or(kind: str, given: object, usual: Part) -> Part:
    """The part that is asked for, or the usual one where nothing is."""
    return usual if given is None else chosen_part(kind, given)


def chosen_part(kind: str, given: object) -> Part:
    """The part of this name, or the part itself; raises `ValueError` for anything else."""
    if isinstance(given, str):
        return find(kind, given)()
    if isinstance(given, Part) and given.kind == kind:
        return given
    raise ValueError(f"{kind} must be a name or a part of that kind, not {given!r}.")
