"""A network that can be computed: from parameters and samples to outputs, losses and gradients."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from neuralbuilder.engine.binding import Array
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layout import FloatArray, Layout, layout
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.penalties import coefficients, penalty
from neuralbuilder.engine.program import Program, quiet
from neuralbuilder.engine.shapes import Shapes, infer
from neuralbuilder.problems import UserError

_CACHED_PROGRAMS = 8
_LARGEST_CHUNK = 1024
_VALUES_PER_CHUNK = 500_000


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that happened in one forward and backward pass over all samples.

    The dicts map a node id to an array with the samples first. `deltas` are ∂L/∂z and `gradient`
    the flat ∂L/∂parameters, both of the data loss `loss` without penalties.
    """

    activations: dict[str, Array]
    pre_activations: dict[str, Array]
    deltas: dict[str, Array]
    gradient: FloatArray
    loss: float


class Network:
    """A finished design of one input and one output, in one precision.

    Raises `UserError` with the first problem of a design that cannot be computed. Parameters are
    handed to every method as one flat array (see `layout`); arrays of samples are (samples, inputs)
    or (samples, channels, height, width). A network keeps a few compiled programs for the batch
    sizes last used, so one network must not be used by two threads at once.
    """

    def __init__(self, graph: Graph, precision: str = "float32") -> None:
        if precision not in ("float32", "float64"):
            raise UserError(f"There is no precision {precision!r}.", "Use float32 or float64.")
        self.graph, self.precision = graph, precision
        self.shapes = infer(graph)
        for problem in self.shapes.problems:
            if problem.severity == "error":
                place = f"{problem.node}: " if problem.node else ""
                raise UserError(f"{place}{problem.message}", problem.hint)
        self.layout = layout(graph, self.shapes)
        (self.input_id,), (self.output_id,) = graph.input_ids(), graph.output_ids()
        self.dtype: np.dtype[Any] = np.dtype(precision)
        self._flat: FloatArray | None = None
        self._gradient: FloatArray | None = None
        self._programs: OrderedDict[tuple[Any, ...], Program] = OrderedDict()

    @property
    def parameter_count(self) -> int:
        """The size of the flat array of parameters, running statistics included."""
        return self.layout.size

    @property
    def multiplications(self) -> int:
        """How often a weight is multiplied with a value, for one sample on its way forward."""
        pairs = self.shapes.inputs.items()
        return sum(self.graph.layer(node).multiplications(inputs) for node, inputs in pairs)

    @cached_property
    def least_batch(self) -> int:
        """The smallest mini-batch it can be trained with."""
        return max(map(self._least_batch, self.shapes.inputs), default=1)

    def check_batch(self, size: int) -> None:
        """Raise `UserError` that names the layer which cannot be trained with so few samples."""
        for node in self.shapes.inputs:
            least = self._least_batch(node)
            if size < least:
                raise UserError(
                    f"{node}: {self.graph.layer(node).label} needs at least {least} "
                    f"{'sample' if least == 1 else 'samples'} in a mini-batch, and there "
                    f"{'is' if size == 1 else 'are'} {size or 'none'}.",
                    "Choose a larger batch size, or give more training data.",
                )

    def _least_batch(self, node: str) -> int:
        return self.graph.layer(node).least_batch(self.shapes.inputs[node])

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return self.shapes.outputs[self.input_id]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of one output."""
        return self.shapes.outputs[self.output_id]

    def initial(self, seed: int) -> FloatArray:
        """Fresh parameters. The numbers of a layer depend on the seed and its own id only."""
        return initial_parameters(self.graph, self.shapes, self.layout, seed, self.dtype)

    # -------------------------------------------------------------- forward

    def forward(self, parameters: FloatArray, x: Array) -> Array:
        """The outputs for these inputs, (samples, outputs)."""
        output: Array = np.empty((len(x), *self.output_shape), self.dtype)
        for part, program in self._forward_chunks(parameters, x):
            output[part] = program.output
        return output

    def activations(self, parameters: FloatArray, x: Array) -> dict[str, Array]:
        """The output of every layer, the input included, by node id."""
        found: dict[str, Array] = {
            node: np.empty((len(x), *shape), self.dtype)
            for node, shape in self.shapes.outputs.items()
        }
        for part, program in self._forward_chunks(parameters, x):
            for node, values in found.items():
                values[part] = program.activation(node)
        return found

    def activation(self, parameters: FloatArray, x: Array, node: str) -> Array:
        """The output of one layer, (samples, units) or (samples, channels, height, width)."""
        found: Array = np.empty((len(x), *self.shapes.outputs[node]), self.dtype)
        for part, program in self._forward_chunks(parameters, x):
            found[part] = program.activation(node)
        return found

    def pre_activations(self, parameters: FloatArray, x: Array) -> dict[str, Array]:
        """The sums z of every layer that has weights, by node id."""
        found: dict[str, Array] = {}
        for part, program in self._forward_chunks(parameters, x):
            for node in self.shapes.outputs:
                _put(found, node, part, len(x), program.pre_activation(node))
        return found

    # -------------------------------------------------------------- loss

    def loss(
        self, parameters: FloatArray, x: Array, y: Array, loss: Loss, weights: Array | None = None
    ) -> float:
        """The loss over all samples, each times its weight, without penalties."""
        self._check_targets(x, y)
        total = 0.0
        for part, program in self._chunks(parameters, x, loss, learns=False, weights=weights):
            with quiet():
                program.y[...] = y[part]
                program.forward()
                program.measure()
            total += program.take_loss() * program.batch_size / len(x)
        return total

    def loss_and_gradients(
        self,
        parameters: FloatArray,
        x: Array,
        y: Array,
        loss: Loss,
        l1: float = 0.0,
        l2: float = 0.0,
        weights: Array | None = None,
    ) -> tuple[float, FloatArray]:
        """The data loss, and the flat gradient of what is minimised: data loss plus penalties.

        The loss is the mean over the samples, each times its weight (samples,), where there are
        some.
        """
        gradient: FloatArray = np.zeros(self.parameter_count, self.dtype)
        total = 0.0
        with quiet():
            chunks = self._learning_chunks(parameters, x, y, loss, weights=weights)
            for _, program, share in chunks:
                gradient += program.gradient * share
                total += program.take_loss() * float(share)
            gradient += self.penalty_gradient(parameters, l1, l2)
        return total, gradient

    def penalty_gradient(
        self, parameters: FloatArray, l1: float = 0.0, l2: float = 0.0
    ) -> FloatArray:
        """The flat gradient of `penalty`: λ₁·sign(w) + λ₂·w for weights, 0 for all else."""
        gradient: FloatArray = np.zeros(self.parameter_count, self.dtype)
        first, second = coefficients(self.layout, l1, l2, self.dtype)
        if first is not None:
            gradient += first * np.sign(parameters)
        if second is not None:
            gradient += second * parameters
        return gradient

    def penalty(self, parameters: FloatArray, l1: float = 0.0, l2: float = 0.0) -> float:
        """What L1 and L2 add to the loss: Σ λ₁·|w| + ½·λ₂·w² over all weights."""
        return penalty(self.layout, parameters, l1, l2)

    def trace(self, parameters: FloatArray, x: Array, y: Array, loss: Loss) -> Trace:
        """All intermediate values of one pass over these samples."""
        activations: dict[str, Array] = {}
        pre_activations: dict[str, Array] = {}
        deltas: dict[str, Array] = {}
        gradient: FloatArray = np.zeros(self.parameter_count, self.dtype)
        total = 0.0
        for part, program, share in self._learning_chunks(parameters, x, y, loss):
            for node in self.shapes.outputs:
                _put(activations, node, part, len(x), program.activation(node))
                _put(pre_activations, node, part, len(x), program.pre_activation(node))
                delta = program.delta(node)
                _put(deltas, node, part, len(x), None if delta is None else delta * share)
            with quiet():
                gradient += program.gradient * share
            total += program.take_loss() * float(share)
        return Trace(activations, pre_activations, deltas, gradient, total)

    def activation_gradients(
        self, parameters: FloatArray, x: Array, y: Array, loss: Loss
    ) -> dict[str, Array]:
        """∂L/∂output of every layer that the loss depends on, the input included, by node id.

        Shaped as `activations` gives them. Where the loss is computed from the sums z of the output
        layer (softmax with cross-entropy), that layer has ∂L/∂z.
        """
        found: dict[str, Array] = {}
        for part, program, share in self._learning_chunks(parameters, x, y, loss, to_input=True):
            for node in self.shapes.outputs:
                values = program.output_gradient(node)
                _put(found, node, part, len(x), None if values is None else values * share)
        return found

    # -------------------------------------------------------------- programs

    def _forward_chunks(self, parameters: FloatArray, x: Array) -> Iterator[tuple[slice, Program]]:
        for part, program in self._chunks(parameters, x, None, learns=False):
            with quiet():
                program.forward()
            yield part, program

    def _learning_chunks(
        self,
        parameters: FloatArray,
        x: Array,
        y: Array,
        loss: Loss,
        to_input: bool = False,
        weights: Array | None = None,
    ) -> Iterator[tuple[slice, Program, Any]]:
        """Programs after their backward pass, with each chunk's share of all samples."""
        self._check_targets(x, y)
        for part, program in self._chunks(parameters, x, loss, True, to_input, weights):
            with quiet():
                program.y[...] = y[part]
                program.forward()
                program.backward()
            yield part, program, self.dtype.type(program.batch_size / len(x))

    def _chunks(
        self,
        parameters: FloatArray,
        x: Array,
        loss: Loss | None,
        learns: bool,
        to_input: bool = False,
        weights: Array | None = None,
    ) -> Iterator[tuple[slice, Program]]:
        """Programs with `x` filled in, so many samples at a time that memory stays bounded."""
        if x.ndim < 1 or x.shape[1:] != self.input_shape:
            raise UserError(
                f"The inputs have shape {x.shape}, but the network reads (samples, "
                f"{', '.join(map(str, self.input_shape))})."
            )
        self._set_parameters(parameters)
        values = sum(int(np.prod(shape)) for shape in self.shapes.outputs.values())
        size = max(1, min(_LARGEST_CHUNK, _VALUES_PER_CHUNK // values))
        for start in range(0, len(x), size):
            part = slice(start, min(start + size, len(x)))
            count = part.stop - part.start
            program = self._program(count, loss, learns, to_input, weights is not None)
            with quiet():
                program.x[...] = x[part]
            if weights is not None and program.weights is not None:
                program.weights[...] = weights[part]
            yield part, program

    def _set_parameters(self, parameters: FloatArray) -> None:
        if np.shape(parameters) != (self.parameter_count,):
            raise UserError(
                f"The network has {self.parameter_count} parameters, but {np.shape(parameters)} "
                "were given.",
                "They belong to another network.",
            )
        if self._flat is None:
            self._flat = np.zeros(self.parameter_count, self.dtype)
        with quiet():
            self._flat[...] = parameters

    def _program(
        self, batch: int, loss: Loss | None, learns: bool, to_input: bool, weighted: bool
    ) -> Program:
        key = (batch, loss, learns, to_input, weighted)
        program = self._programs.pop(key, None)
        if program is None:
            program = self._compiled(batch, loss, learns, to_input, weighted)
            while len(self._programs) >= _CACHED_PROGRAMS:
                self._programs.popitem(last=False)
        self._programs[key] = program
        return program

    def _compiled(
        self, batch: int, loss: Loss | None, learns: bool, to_input: bool, weighted: bool
    ) -> Program:
        assert self._flat is not None
        if learns and self._gradient is None:
            self._gradient = np.zeros(self.parameter_count, self.dtype)
        gradient = self._gradient if learns else None
        program = Program(
            self,
            self._flat,
            batch,
            loss,
            gradient=gradient,
            learns=learns,
            training=False,
            input_gradient=to_input,
            weighted=weighted,
        )
        return program.without_penalties()

    def _check_targets(self, x: Array, y: Array) -> None:
        if np.shape(y) != (len(x), *self.output_shape) or len(x) == 0:
            sizes = ", ".join(map(str, self.output_shape))
            raise UserError(
                f"The targets have shape {np.shape(y)}, but {len(x)} samples need "
                f"({len(x)}, {sizes}).",
                "" if len(x) else "There must be at least one sample.",
            )


def initial_parameters(
    graph: Graph, shapes: Shapes, places: Layout, seed: int, dtype: np.dtype[Any]
) -> FloatArray:
    """Fresh parameters of all layers whose shapes are known; the graph may be unfinished.

    The numbers of a layer depend on the seed and its own id only.
    """
    flat: FloatArray = np.zeros(places.size, dtype)
    views = places.views(flat)
    for node, inputs in shapes.inputs.items():
        for parameter in graph.layer(node).parameters(inputs):
            if parameter.initial is not None:
                name = f"{node}/{parameter.name}"
                random = np.random.default_rng([seed, zlib.crc32(name.encode())])
                views[name][...] = parameter.initial.draw(
                    random, parameter.shape, parameter.fan_in, parameter.fan_out
                )
    return flat


def _put(found: dict[str, Array], node: str, part: slice, count: int, values: Array | None) -> None:
    """Copy the values of one chunk into the array of all samples."""
    if values is not None:
        if node not in found:
            found[node] = np.empty((count, *values.shape[1:]), values.dtype)
        found[node][part] = values
