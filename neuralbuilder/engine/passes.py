"""The way of some samples through a network and back, compiled; at once or in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuralbuilder.engine.binding import Array, Binding, Step, batch_first, plain_array
from neuralbuilder.engine.compiler import Options, compile_network
from neuralbuilder.engine.losses import Loss, LossBinding

Steps = Sequence[Step]

if TYPE_CHECKING:
    from neuralbuilder.engine.network import Network


class Crew(Protocol):
    """Whoever runs lists of steps side by side. The engine itself knows no threads."""

    @property
    def size(self) -> int:
        """How many lists it can run at once."""

    def run(self, lists: Sequence[Steps]) -> None:
        """Run all lists, at most `size`, and return when they are done."""


@dataclass(frozen=True, eq=False)
class Pass:
    """Arrays to fill and to read, and the steps between them.

    `x`, `y` and the outputs in `samples` have the batch first; `weights` is (batch,), or None where
    every sample counts alike. The steps of `value` add the loss,
    divided by `scale`, to the numbers in `totals`; those of `backward` leave the gradient. A pass
    in parts does everything in `backward`, and has no `samples` and no `bindings` to look at.
    """

    x: Array
    y: Array
    weights: Array | None
    totals: tuple[Array, ...]
    scale: float
    samples: Mapping[str, Array]
    bindings: Mapping[str, Binding]
    forward: tuple[Step, ...]
    value: tuple[Step, ...]
    backward: tuple[Step, ...]


def whole_pass(
    network: Network,
    options: Options,
    loss: Loss | None,
    share: float = 1.0,
    weighted: bool = False,
) -> Pass:
    """All samples at once. They are the given `share` of the mini-batch that the loss is of."""
    output_layer = network.graph.layer(network.output_id)
    fused = loss is not None and loss.fuses(output_layer)
    compiled = compile_network(network, replace(options, delta_given=fused))
    buffers, output = compiled.buffers, compiled.bindings[network.output_id]
    target = plain_array(network.output_shape, options.batch, network.dtype)
    weights = np.ones(options.batch, network.dtype) if weighted else None
    binding = LossBinding(
        output, target, np.zeros((), network.dtype), fused, share, weights=weights
    )
    if loss is not None:
        loss.build(binding)
    return Pass(
        x=buffers[network.input_id].samples,
        y=batch_first(target),
        weights=weights,
        totals=(binding.total,),
        scale=binding.scale,
        samples={node: buffer.samples for node, buffer in buffers.items()},
        bindings=compiled.bindings,
        forward=compiled.forward,
        value=tuple(binding.forward_steps),
        backward=(*binding.backward_steps, *compiled.backward) if output.learns else (),
    )


def pass_in_parts(
    network: Network,
    options: Options,
    loss: Loss,
    lanes: Sequence[Sequence[int]],
    crew: Crew | None = None,
    weighted: bool = False,
) -> Pass:
    """The same in parts of the given sizes; the crew computes the lanes side by side.

    The gradient is the same but for rounding, and always the same for the same parts.
    """
    gradient = options.gradient
    assert gradient is not None
    x: Array = np.zeros((options.batch, *network.input_shape), network.dtype)
    y: Array = np.zeros((options.batch, *network.output_shape), network.dtype)
    weights = np.ones(options.batch, network.dtype) if weighted else None
    steps, totals, start, scale = [], [], 0, 1.0
    gradients = [gradient, *(np.zeros_like(gradient) for _ in lanes[1:])]
    for sizes, of_lane in zip(lanes, gradients, strict=True):
        lane = _Lane(network, options, loss, of_lane, sizes, weighted)
        steps.append(lane.steps(x, y, weights, start))
        totals += lane.totals
        scale = lane.scale
        start += sum(sizes)
    run: list[Step] = steps[0] if crew is None else [partial(crew.run, steps)]
    run += [partial(np.add, gradient, other, gradient) for other in gradients[1:]]
    return Pass(x, y, weights, tuple(totals), scale, {}, {}, (), (), tuple(run))


class _Lane:
    """Parts that are computed one after the other, parts of one size in the same memory."""

    def __init__(
        self,
        network: Network,
        options: Options,
        loss: Loss,
        gradient: Array,
        sizes: Sequence[int],
        weighted: bool,
    ) -> None:
        self._gradient, self._sizes = gradient, sizes
        self._of_part = gradient if len(sizes) == 1 else np.zeros_like(gradient)
        self._passes = {
            size: whole_pass(
                network,
                replace(options, batch=size, gradient=self._of_part),
                loss,
                size / options.batch,
                weighted,
            )
            for size in dict.fromkeys(sizes)
        }

    @property
    def totals(self) -> list[Array]:
        """Where the losses of this lane are added up."""
        return [total for one in self._passes.values() for total in one.totals]

    @property
    def scale(self) -> float:
        """That of every part, since all have the loss of the whole mini-batch."""
        return self._passes[self._sizes[0]].scale

    def steps(self, x: Array, y: Array, weights: Array | None, start: int) -> list[Step]:
        """Everything from the samples from `start` on to the gradient of this lane."""
        steps: list[Step] = []
        for index, size in enumerate(self._sizes):
            one, at = self._passes[size], slice(start, start + size)
            steps += [partial(np.copyto, one.x, x[at]), partial(np.copyto, one.y, y[at])]
            if weights is not None and one.weights is not None:
                steps.append(partial(np.copyto, one.weights, weights[at]))
            steps += [*one.forward, *one.value, *one.backward]
            if len(self._sizes) > 1:
                steps.append(self._collecting(is_first=index == 0))
            start = at.stop
        return steps

    def _collecting(self, is_first: bool) -> Step:
        if is_first:
            return partial(np.copyto, self._gradient, self._of_part)
        return partial(np.add, self._gradient, self._of_part, self._gradient)
