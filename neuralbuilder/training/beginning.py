"""What training starts from: data and weights that fit the network, in arrays of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from neuralbuilder.engine.network import Network
from neuralbuilder.engine.statistics import fit_layers
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Plan, State
from neuralbuilder.project.state import BEST
from neuralbuilder.training.course import Course
from neuralbuilder.training.loop import Loop
from neuralbuilder.training.messages import Load


def new_loop(
    load: Load, network: Network, state: State | None, measuring: Collection[str] = ()
) -> Loop:
    """A loop with copies of the state's arrays, or with the initial weights of the plan's seed.

    Layers that measure the training data (see `engine.statistics`) do so where they begin with
    initial weights; of those with a state the ones in `measuring`.
    """
    plan, train = load.plan, load.data.train_x
    optimizer = plan.optimizer.new_state(network.parameter_count, network.dtype)
    if state is None:
        parameters = network.initial(plan.seed)
        fit_layers(network, parameters, train)
        return Loop(network, load.data, plan, parameters, optimizer)
    parameters = np.array(state.parameters, dtype=network.dtype)
    fit_layers(network, parameters, train, measuring)
    for name, fresh in optimizer.items():
        kept = state.optimizer.get(name)
        if kept is not None and kept.shape == fresh.shape:
            optimizer[name] = np.array(kept, dtype=fresh.dtype)
    loop = Loop(network, load.data, plan, parameters, optimizer)
    loop.step, loop.epoch = state.step, state.epoch
    whole = loop.batch_size == loop.samples
    loop.position = 0 if whole or not loop.can_go_on_at(state.batch) else state.batch
    loop.course = _course(state, plan)
    if state.random:
        _restore_noise(loop.random, state.random)
    return loop


def _course(state: State, plan: Plan) -> Course:
    """What schedule and stop rule remember, and the best weights, where they are what the present
    rule keeps: with what it waits for, or without a rule.
    """
    course = Course.of(state.memory, state.best)
    fits = BEST in course.best and course.best[BEST].shape == state.parameters.shape
    waits = "waited" in course.stopping
    return course if fits and waits == plan.stop_rule.watches else Course(course.schedule)


def _restore_noise(generator: np.random.Generator, state: Mapping[str, Any]) -> None:
    try:
        generator.bit_generator.state = dict(state)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UserError(
            "The state of the noise generator cannot be used.",
            "Rewind to start with fresh weights.",
        ) from error


def check_batch(plan: Plan, network: Network, samples: int) -> None:
    """Raise `UserError` where the plan's mini-batches out of so many samples are too small."""
    network.check_batch(samples if plan.optimizer.full_batch else min(plan.batch_size, samples))


def check_data(load: Load, network: Network) -> None:
    """Raise `UserError` unless the data have samples of the network's shapes, and enough."""
    data = load.data
    if not len(data.train):
        raise UserError("There are no samples to train on.", "Make the test part smaller.")
    for what, wanted, given in (
        ("inputs", network.input_shape, data.x.shape[1:]),
        ("outputs", network.output_shape, data.y.shape[1:]),
    ):
        if wanted != given:
            raise UserError(
                f"The network has {_sizes(wanted)} {what}, the data have {_sizes(given)}.",
                f"Give the network {_sizes(given)} {what}, or choose other data.",
            )
    check_batch(load.plan, network, len(data.train))


def _sizes(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def checked_state(state: State, network: Network) -> State:
    """The state itself; raises `UserError` where it does not fit or holds bad numbers."""
    if state.parameters.shape != (network.parameter_count,):
        raise UserError(
            f"The weights hold {state.parameters.size} numbers; the network has "
            f"{network.parameter_count} parameters.",
            "Rewind to start with fresh weights.",
        )
    if not np.isfinite(state.parameters).all():
        raise UserError(
            "Some of the weights are infinite or not a number.",
            "Rewind to start with fresh weights.",
        )
    return state
