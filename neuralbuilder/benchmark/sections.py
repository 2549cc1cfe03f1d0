"""What is measured besides the table: use of the processor, scaling, compiling and memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from statistics import median
from typing import Any

import numpy as np

from neuralbuilder.benchmark.candidates import Steps, ours, program_of
from neuralbuilder.benchmark.cases import CASES, Case, dense, widest
from neuralbuilder.benchmark.timing import in_turns, ratio
from neuralbuilder.engine.activations import Linear, Relu
from neuralbuilder.engine.layers import Conv2D, Dense, Output
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.memory import estimate_memory
from neuralbuilder.engine.optimizers import Adam

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Pace:
    """How long and how often everything is measured, and with how many threads."""

    rounds: int
    seconds: float
    threads: int


# ------------------------------------------------------------------ matrix products

Product = tuple[int, int, int]


def products(case: Case) -> list[Product]:
    """The matrix products of one training step, as (rows, summands, columns).

    Forward, gradient of the weights, and gradient of the inputs, which nobody needs of the first
    layer. The bias neuron is one more input of a fully connected layer.
    """
    network, found, is_first = case.network, list[Product](), True
    for node, inputs in network.shapes.inputs.items():
        layer = network.graph.layer(node)
        if isinstance(layer, Dense | Output):
            rows, summands, columns = layer.units, inputs[0][0], case.batch_size
            with_one = summands + layer.bias
        elif isinstance(layer, Conv2D):
            places = prod(network.shapes.outputs[node][1:])
            rows, summands = layer.maps, inputs[0][0] * prod(layer.kernel)
            columns, with_one = places * case.batch_size, summands
        else:
            continue
        found += [(rows, with_one, columns), (rows, columns, with_one)]
        if not is_first:
            found.append((summands, rows, columns))
        is_first = False
    return found


def operations(case: Case) -> int:
    """Floating point operations of the matrix products of one step: a product and a sum each."""
    return sum(2 * prod(sizes) for sizes in products(case))


def product_shares(pace: Pace, cases: tuple[Case, ...] | None = None) -> Rows:
    """For the two widest networks: the pace of a whole step as a share of its bare products'."""
    rows = []
    for case in widest(CASES) if cases is None else cases:
        candidates = {"step": ours(case, pace.threads), "products": _bare_products(case)}
        turns = in_turns(candidates, pace.rounds, pace.seconds)
        work = operations(case)
        rows.append({
            "network": case.title,
            "operations_per_step": work,
            "gflops_of_products": 1e-9 * work / median(turns["products"]),
            "gflops_of_steps": 1e-9 * work / median(turns["step"]),
            "share": ratio(turns["products"], turns["step"]),
        })  # fmt: skip
    return rows


def _bare_products(case: Case) -> Steps:
    random = np.random.default_rng(0)

    def matrix(rows: int, columns: int) -> Any:
        return random.standard_normal((rows, columns), np.float32)

    arrays = [
        (matrix(rows, summands), matrix(summands, columns), matrix(rows, columns))
        for rows, summands, columns in products(case)
    ]

    def steps(number: int) -> None:
        for _ in range(number):
            for left, right, result in arrays:
                np.dot(left, right, result)

    return steps


# ------------------------------------------------------------------ scaling

_WIDTHS, _DEPTHS, _BATCHES = (16, 64, 256, 1024), (1, 4, 16), (1, 16, 256)
_WIDTH, _DEPTH, _BATCH = 64, 2, 64


def scaling(pace: Pace) -> Rows:
    """Microseconds per step against width, depth and batch size, one at a time.

    `time` and `work` are how many times longer the step and how many times more floating point
    operations it has than in the first row of the same kind.
    """
    rows: Rows = []
    for kind, values in (("width", _WIDTHS), ("depth", _DEPTHS), ("batch", _BATCHES)):
        cases = {value: _scaled(kind, value) for value in values}
        candidates = {str(value): ours(case, pace.threads) for value, case in cases.items()}
        turns = in_turns(candidates, pace.rounds, pace.seconds)
        first = values[0]
        for value, case in cases.items():
            rows.append({
                "varies": kind,
                "value": value,
                "network": case.title,
                "batch": case.batch_size,
                "parameters": case.network.parameter_count,
                "microseconds": 1e6 * median(turns[str(value)]),
                "time": ratio(turns[str(value)], turns[str(first)]),
                "work": operations(case) / operations(cases[first]),
            })  # fmt: skip
    return rows


def _scaled(kind: str, value: int) -> Case:
    sizes = {"width": _WIDTH, "depth": _DEPTH, "batch": _BATCH} | {kind: value}
    width, depth = sizes["width"], sizes["depth"]
    layers = dense(width, *[width] * depth, width, hidden=Relu(), output=Linear())
    title = f"{width}-{width}×{depth}-{width} ReLU"
    return Case(title, layers, sizes["batch"], Adam(0.001), MeanSquaredError(), goal=0)


# ------------------------------------------------------------------ compiling and memory


def compiling(pace: Pace) -> Rows:
    """Milliseconds from a design to a program that can run, for a small to a large network."""
    rows = []
    for case in (CASES[1], CASES[-4], CASES[-1]):
        times = list(_compile_times(case, pace))
        rows.append({
            "network": case.title,
            "layers": len(case.layers),
            "parameters": case.network.parameter_count,
            "milliseconds": 1e3 * median(times[1:]),
        })  # fmt: skip
    return rows


def _compile_times(case: Case, pace: Pace) -> Iterator[float]:
    """Seconds of shapes, layout, initial weights and program, once more than there are rounds."""
    for _ in range(pace.rounds + 1):
        start = time.perf_counter()
        program_of(case, pace.threads)
        yield time.perf_counter() - start


def memory(pace: Pace) -> Rows:
    """Bytes that training the two widest networks takes at its peak, beside the estimate.

    The estimate also counts what a training session keeps: the good weights to return to, and a
    copy on its way to the window.
    """
    rows = []
    for case in widest(CASES):
        peak = _peak(case, pace.threads)
        estimate = estimate_memory(case.graph, case.batch_size, optimizer=case.optimizer).total
        rows.append({
            "network": case.title,
            "peak_bytes": peak,
            "estimated_bytes": estimate,
            "share": peak / estimate,
        })  # fmt: skip
    return rows


def _peak(case: Case, threads: int) -> int:
    tracemalloc.start()
    try:
        program = program_of(case, threads)
        for _ in range(3):
            program.step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
