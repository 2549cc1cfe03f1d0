"""A network compiled for one batch size: bound steps that allocate nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neuralbuilder.engine.binding import Array, Binding, Step, batch_first
from neuralbuilder.engine.clipping import NO_CLIPPING, Clipping
from neuralbuilder.engine.compiler import Options
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.optimizers import Block, Objective, Optimizer, Update
from neuralbuilder.engine.passes import Crew, Pass, pass_in_parts, whole_pass
from neuralbuilder.engine.penalties import coefficients, penalty, penalty_steps
from neuralbuilder.engine.splitting import lanes_of
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.engine.network import Network

_BLOCK = 16_384
"""Values per block of an optimizer's update: the arrays of one block fit into a core's cache."""

_STEPS_PER_SUM = 64
"""Losses are added up in the network's precision for so many steps, then in float64."""


def quiet() -> np.errstate:
    """A context in which overflow and NaN raise no warnings.

    Diverging is part of training, and found by `guard.first_non_finite`. Enter it around a loop of
    steps rather than in each step; `Program.run` does so by itself.
    """
    return np.errstate(all="ignore")


class Program:
    """Forward, loss, backward and update for mini-batches of one size.

    `parameters` (and the arrays of `optimizer_state`) are used in place, so that several programs
    of different batch sizes can train the same network. Fill `x` (batch, inputs) and `y`
    (batch, outputs), and where it is `weighted` also `weights` (batch,), then call `step`. The
    loss is the mean over the samples, each times its weight. With `training` off, layers such as
    dropout do nothing; it is on by default where there is an optimizer. With `learns` off the loss
    is only measured. `gradient` may be handed in so that programs share its memory. With an
    optimizer a large mini-batch may be computed in parts, side by side by the `crew` (see
    `splitting`); then only `x`, `y`, `weights`, `step`, `gradient` and the loss are of use; `lanes`
    says how many of them work at the same time. Raises `UserError` for a mini-batch that is too
    small to train on, as a single sample is for batch normalisation.
    """

    def __init__(
        self,
        network: Network,
        parameters: Array,
        batch_size: int,
        loss: Loss | None = None,
        optimizer: Optimizer | None = None,
        optimizer_state: Mapping[str, Array] | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        *,
        clipping: Clipping = NO_CLIPPING,
        gradient: Array | None = None,
        learns: bool = True,
        training: bool | None = None,
        random: np.random.Generator | None = None,
        input_gradient: bool = False,
        crew: Crew | None = None,
        weighted: bool = False,
    ) -> None:
        _check_flat("The parameters", parameters, network.parameter_count, network.dtype)
        self.network, self.parameters, self.batch_size = network, parameters, batch_size
        self.loss, self.optimizer = loss, optimizer
        self.optimizer_state: dict[str, Array] = dict(optimizer_state or {})
        self._learns, self._weighted = loss is not None and learns, weighted
        self._random = random
        self._rate: Array = np.zeros((), network.dtype)
        self._rate_factor = 1.0
        if gradient is None:
            size = network.parameter_count if self._learns else 0
            gradient = np.zeros(size, network.dtype)
        self.gradient: Array = gradient
        options = Options(
            batch=batch_size,
            parameters=parameters,
            gradient=self.gradient if self._learns else None,
            training=(optimizer is not None) if training is None else training,
            random=random,
            input_gradient=input_gradient,
        )
        if options.training:
            network.check_batch(batch_size)
        self._take(self._compiled(options, crew))
        self.adjust(optimizer, l1, l2, clipping)

    def _compiled(self, options: Options, crew: Crew | None) -> Pass:
        lanes = lanes_of(self.network, options, crew.size if crew is not None else 1)
        self.lanes = 1 if lanes is None else len(lanes)
        if self.loss is None or lanes is None:
            return whole_pass(self.network, options, self.loss, weighted=self._weighted)
        return pass_in_parts(self.network, options, self.loss, lanes, crew, self._weighted)

    def _take(self, compiled: Pass) -> None:
        self._pass = compiled
        self.x: Array = compiled.x
        self.y: Array = compiled.y
        self.weights: Array | None = compiled.weights
        self._sum, self._count = 0.0, 0
        size = min(_BLOCK, self.network.parameter_count)
        self._free: Array = np.zeros(size, self.network.dtype)
        self._forward, self._value = compiled.forward, compiled.value
        self._layers_backward = compiled.backward if self._learns else ()

    # -------------------------------------------------------------- running

    def step(self) -> None:
        """One training step on `x` and `y`: forward, loss, backward, update of the parameters."""
        for run in self._steps:
            run()
        self._count = count = self._count + 1
        if not count % _STEPS_PER_SUM:
            self._add_up()

    def run(self, x: Array, y: Array) -> int:
        """Train on as many whole mini-batches as `x` and `y` hold, in order; how many they were."""
        batch = self.batch_size
        count = len(x) // batch
        with quiet():
            for start in range(0, count * batch, batch):
                self.x[...] = x[start : start + batch]
                self.y[...] = y[start : start + batch]
                self.step()
        return count

    def forward(self) -> None:
        """Compute `output` (and everything before it) from `x`."""
        for run in self._forward:
            run()

    def measure(self) -> None:
        """Add the loss of `output` against `y` to the loss that `take_loss` reports."""
        for run in self._value:
            run()
        self._count += 1

    def backward(self) -> None:
        """Loss and `gradient` (penalties included) for the outputs that `forward` left."""
        self.measure()
        for run in self._backward:
            run()

    def take_loss(self) -> float:
        """The mean loss per mini-batch since the last call, without penalties; NaN if none ran."""
        self._add_up()
        mean = self._sum * self._pass.scale / self._count if self._count else float("nan")
        self._sum, self._count = 0.0, 0
        return mean

    def _add_up(self) -> None:
        for total in self._pass.totals:
            self._sum += total.item()
            total[()] = 0.0

    def adjust(
        self, optimizer: Optimizer | None, l1: float, l2: float, clipping: Clipping = NO_CLIPPING
    ) -> None:
        """Go on with these settings; the arrays of another kind of optimizer begin afresh."""
        if self.optimizer is not None and type(optimizer) is not type(self.optimizer):
            self.optimizer_state = {}
        self.optimizer, self._penalties = optimizer, (l1, l2)
        self._set_rate()
        penalties = self._penalty_steps(l1, l2) if self._learns else []
        self._backward: tuple[Step, ...] = (*self._layers_backward, *penalties)
        self._update: tuple[Step, ...] = (
            self._update_steps(optimizer, clipping) if optimizer and self._learns else ()
        )
        self._join_steps()

    @property
    def rate_factor(self) -> float:
        """What the optimizer's learning rate is multiplied by; a schedule sets it."""
        return self._rate_factor

    @rate_factor.setter
    def rate_factor(self, factor: float) -> None:
        self._rate_factor = factor
        self._set_rate()

    def _set_rate(self) -> None:
        rate = self.optimizer.rate if self.optimizer is not None else None
        self._rate[()] = 0.0 if rate is None else rate * self._rate_factor

    def _join_steps(self) -> None:
        searches = self.optimizer is not None and self.optimizer.searches
        before: tuple[Step, ...] = (self._begin_search,) if searches else ()
        self._steps = (*before, *self._forward, *self._value, *self._backward, *self._update)

    def without_penalties(self) -> Program:
        """This program with the gradient of the data loss alone, without the layers' penalties."""
        self._backward = self._layers_backward
        self._join_steps()
        return self

    # -------------------------------------------------------------- looking

    @property
    def bindings(self) -> Mapping[str, Binding]:
        """The compiled layers by node id; empty where the mini-batch is computed in parts."""
        return self._pass.bindings

    @property
    def output(self) -> Array:
        """The outputs for `x`, (batch, outputs)."""
        return self._pass.samples[self.network.output_id]

    def activation(self, node: str) -> Array:
        """The output of a layer, (batch, units) or (batch, channels, height, width)."""
        return self._pass.samples[node]

    def pre_activation(self, node: str) -> Array | None:
        """The sums z of a layer, with the batch first; None for layers without weights."""
        z = self.bindings[node].pre_activation
        return None if z is None else batch_first(z)

    def delta(self, node: str) -> Array | None:
        """∂L/∂z of a layer, with the batch first; None for layers without weights."""
        delta = self.bindings[node].delta
        return None if delta is None else batch_first(delta)

    @property
    def input_gradient(self) -> Array | None:
        """∂L/∂x, shaped like `x`; None unless it was asked for."""
        return self.output_gradient(self.network.input_id)

    def output_gradient(self, node: str) -> Array | None:
        """∂L/∂output of a layer, with the batch first; None where no gradient goes.

        Where the loss is fused with the output layer, that layer has ∂L/∂z.
        """
        binding = self.bindings[node]
        gradient = binding.delta if binding.delta_given else binding.output_gradient
        return None if gradient is None else batch_first(gradient)

    # -------------------------------------------------------------- updating

    def _stretches(self) -> list[slice]:
        size = self.network.parameter_count
        return [slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK)]

    def _penalty_steps(self, l1: float, l2: float) -> list[Step]:
        first, second = coefficients(self.network.layout, l1, l2, self.network.dtype)
        steps: list[Step] = []
        for at in self._stretches():
            steps += penalty_steps(
                self.parameters[at],
                self.gradient[at],
                self._free[: at.stop - at.start],
                None if first is None else first[at],
                None if second is None else second[at],
            )
        return steps

    def _update_steps(self, optimizer: Optimizer, clipping: Clipping) -> tuple[Step, ...]:
        size, dtype = self.network.parameter_count, self.network.dtype
        state = optimizer.new_state(size, dtype)
        for slot, fresh in state.items():
            kept = self.optimizer_state.get(slot)
            if kept is not None:
                _check_flat(f"The optimizer's array {slot!r}", kept, fresh.size, fresh.dtype)
                state[slot] = kept
        self.optimizer_state = state
        blocks = tuple(
            Block(
                parameters=self.parameters[at],
                gradient=self.gradient[at],
                slots={slot: state[slot][at] for slot in optimizer.slots},
                scratch=self._free[: at.stop - at.start],
                decaying=tuple(self.parameters[part] for part in self.network.layout.decaying(at)),
            )
            for at in self._stretches()
        )
        objective = Objective(self.parameters, self.gradient, self._objective, self._evaluate)
        clip = clipping.steps(self.gradient, self._stretches()) if optimizer.clips else []
        return (*clip, *optimizer.steps(Update(blocks, state, self._rate, objective)))

    def _begin_search(self) -> None:
        """Remember what all evaluations of the coming step begin with."""
        self._add_up()
        if self._random is not None:
            self._noise = self._random.bit_generator.state

    def _objective(self) -> float:
        """Loss plus penalties of the one pass since `_begin_search`, in float64."""
        loss: float = sum(total.item() for total in self._pass.totals) * self._pass.scale
        return loss + penalty(self.network.layout, self.parameters, *self._penalties)

    def _evaluate(self) -> float:
        """The objective and `gradient` for the present parameters, with the same noise again."""
        before = [total.item() for total in self._pass.totals]
        if self._random is not None:
            self._random.bit_generator.state = self._noise
        for total in self._pass.totals:
            total[()] = 0.0
        for run in (*self._forward, *self._value, *self._backward):
            run()
        value = self._objective()
        # The step reports the loss of the weights that it began with.
        for total, loss in zip(self._pass.totals, before, strict=True):
            total[()] = loss
        return value


def _check_flat(what: str, array: Array, size: int, dtype: np.dtype[np.floating]) -> None:
    if array.shape != (size,) or array.dtype != dtype:
        raise UserError(
            f"{what} must be a flat {dtype} array of {size} values, not {array.dtype} "
            f"of shape {array.shape}.",
            "They belong to another network or precision.",
        )
