"""What the arguments of `Network.fit` mean: names, numbers, or parts with settings of their own."""

from __future__ import annotations

from typing import Any

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
from neuralbuilder.engine.stopping import EarlyStopping, NeverStop, StopRule
from neuralbuilder.parts import Part, changed, find
from neuralbuilder.problems import UserError


def usual_loss(layer: Any) -> Loss:
    """The loss that suits the activation of an output layer."""
    activation = activation_of(layer)
    if isinstance(activation, Softmax):
        return CategoricalCrossEntropy()
    return BinaryCrossEntropy() if isinstance(activation, Sigmoid) else MeanSquaredError()


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


def chosen_optimizer(given: str | Optimizer, learning_rate: float | None) -> Optimizer:
    """The optimizer that is asked for; raises `UserError` for a rate it does not have."""
    optimizer = chosen_part("optimizer", given)
    assert isinstance(optimizer, Optimizer)
    if learning_rate is None:
        return optimizer
    if optimizer.rate is None:
        raise UserError(f"{optimizer.label} has no learning rate.", "Leave learning_rate out.")
    faster: Optimizer = changed(optimizer, learning_rate=learning_rate)
    return faster


def chosen_stop_rule(given: int | StopRule | None) -> StopRule:
    """The stop rule that is asked for; a number is the patience in epochs."""
    if given is None:
        return NeverStop()
    return given if isinstance(given, StopRule) else EarlyStopping(patience=given)


def chosen_part(kind: str, given: object) -> Part:
    """The part of this name, or the part itself; raises `ValueError` for anything else."""
    if isinstance(given, str):
        return find(kind, given)()
    if isinstance(given, Part) and given.kind == kind:
        return given
    raise ValueError(f"{kind} must be a name or a part of that kind, not {given!r}.")
