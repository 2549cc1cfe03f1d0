"""Taking trained weights along when the network changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layout import Entry, FloatArray, Layout, layout
from neuralbuilder.engine.network import initial_parameters
from neuralbuilder.engine.schedules import START, begun
from neuralbuilder.engine.shapes import Shapes, infer
from neuralbuilder.project.free_memory import SURELY_SMALL, USABLE_SHARE, free_memory
from neuralbuilder.project.model import Plan, State

SCHEDULE, STOPPING = "schedule/", "stopping/"
"""How the names in `State.memory` begin: what the schedule and the stop rule remember."""
BEST, OF_OPTIMIZER = "best", "optimizer/"
"""The names in `State.best`: the weights, and how the optimizer's arrays begin."""
OUTDATED = "outdated"
"""The series of `State.log` whose newest point is the step at which the network became another:
what was measured up to it is not true of the present one."""


def without_best(state: State) -> State:
    """The state without what the stop rule has kept, because it belongs to another network."""
    if not state.best:
        return state
    memory = {k: v for k, v in state.memory.items() if not k.startswith(STOPPING)}
    return replace(state, memory=memory, best={})


def without_course(state: State) -> State:
    """The state without what schedule and stop rule remember, because losses are others now."""
    return replace(state, memory={}, best={})


def without_schedule(state: State) -> State:
    """The state without what the schedule remembers; the best weights are the best all the same."""
    memory = {k: v for k, v in state.memory.items() if not k.startswith(SCHEDULE)}
    return replace(state, memory=memory)


def schedule_memory(memory: Mapping[str, float]) -> dict[str, float]:
    """What the schedule remembers, out of `State.memory`."""
    return {k.removeprefix(SCHEDULE): v for k, v in memory.items() if k.startswith(SCHEDULE)}


def fallen_for_good(state: State, plan: Plan) -> float | None:
    """What is left of the learning rate where its schedule is over; None while that goes on."""
    memory = schedule_memory(state.memory)
    epoch = state.epoch - begun(memory)
    factor = plan.schedule.factor(epoch, memory)
    return factor if factor < 1.0 and plan.schedule.settled(epoch, memory) else None


def with_schedule_for_fresh(state: State, plan: Plan) -> State:
    """The state for a network in which some layers have fresh weights.

    They would learn next to nothing where the schedule is over; then it begins again.
    """
    if fallen_for_good(state, plan) is None:
        return state
    others = {k: v for k, v in state.memory.items() if not k.startswith(SCHEDULE)}
    return replace(state, memory={**others, SCHEDULE + START: float(state.epoch)})


def outdated(state: State) -> State:
    """The state whose log says that the network has just become another."""
    if not state.log:
        return state
    now = np.array([[float(state.step), 0.0]])
    now.flags.writeable = False
    return replace(state, log={**state.log, OUTDATED: now})


def carry_over(
    old_graph: Graph, old: State | None, graph: Graph, precision: str = "float32", seed: int = 0
) -> tuple[State | None, tuple[str, ...]]:
    """The state for `graph`, and the ids of the layers that start with fresh weights.

    A layer whose id and shapes are unchanged keeps its weights and its share of the optimizer
    state; a bias that is switched on begins at 0, which changes nothing yet. Fresh weights are
    those of `seed`. Counters, log and schedule go on, but what was measured of another network is
    `outdated`; a stop rule begins to wait afresh. The scaling stays only while input and output
    have the same sizes. Without a state there is nothing to keep: every layer is fresh.

    An unfinished network is fine: layers whose shapes are not known yet have no weights. One that
    would not fit into the memory gets no state.
    """
    shapes = infer(graph)
    new_layout = layout(graph, shapes)
    nodes = tuple(dict.fromkeys(entry.node for entry in new_layout.entries))
    if old is None:
        return None, nodes
    old_shapes = infer(old_graph)
    old_layout = layout(old_graph, old_shapes)
    dtype = np.dtype(precision)
    if old.parameters.shape != (old_layout.size,) or not _affordable(new_layout.size, dtype):
        return None, nodes
    kept = kept_nodes(old_layout, new_layout)
    fresh = tuple(node for node in nodes if node not in kept)
    pairs = [
        (old_layout.entry(entry.name), entry)
        for entry in new_layout.entries
        if entry.node in kept and entry.name in old_layout
    ]
    parameters = initial_parameters(graph, shapes, new_layout, seed, dtype)
    _copy(pairs, old.parameters, parameters)
    state = replace(
        without_best(old if graph == old_graph else outdated(old)),
        parameters=read_only(parameters),
        optimizer={
            name: _optimizer_array(array, pairs, old_layout, new_layout, dtype)
            for name, array in old.optimizer.items()
        },
        scaling=old.scaling if _same_ends(old_graph, old_shapes, graph, shapes) else None,
    )
    return state, fresh


def kept_nodes(old: Layout, new: Layout) -> set[str]:
    """The layers that have parameters in both, and none whose shape differs."""
    common = [entry for entry in new.entries if entry.name in old]
    differs = {entry.node for entry in common if old.entry(entry.name).shape != entry.shape}
    return {entry.node for entry in common} - differs


def same_parameters(old: Graph, new: Graph) -> bool:
    """Whether both networks have parameters of the same names and shapes in the same order."""
    if old.layers == new.layers and old.links == new.links:
        return True
    pairs = (layout(old, infer(old)), layout(new, infer(new)))
    first, second = ([(e.name, e.shape) for e in found.entries] for found in pairs)
    return first == second


def read_only(array: FloatArray) -> FloatArray:
    """The array itself, locked."""
    array.flags.writeable = False
    return array


def _affordable(size: int, dtype: np.dtype[np.generic]) -> bool:
    """Whether so many parameters, and as many numbers for the optimizer, can be held here."""
    needed = 4 * size * dtype.itemsize
    if needed < SURELY_SMALL:
        return True
    free = free_memory()
    return free is None or needed < USABLE_SHARE * free


def _copy(pairs: list[tuple[Entry, Entry]], source: FloatArray, target: FloatArray) -> None:
    for old, new in pairs:
        target[new.start : new.stop] = source[old.start : old.stop]


def _optimizer_array(
    array: FloatArray,
    pairs: list[tuple[Entry, Entry]],
    old: Layout,
    new: Layout,
    dtype: np.dtype[np.generic],
) -> FloatArray:
    """An array with one number per parameter is laid out anew; others, such as counters, stay."""
    if array.shape != (old.size,) or old.size == 1:
        return array
    moved: FloatArray = np.zeros(new.size, dtype)
    _copy(pairs, array, moved)
    return read_only(moved)


def _same_ends(old: Graph, old_shapes: Shapes, new: Graph, new_shapes: Shapes) -> bool:
    return _ends(old, old_shapes) == _ends(new, new_shapes)


def _ends(graph: Graph, shapes: Shapes) -> list[tuple[int, ...] | None]:
    return [shapes.outputs.get(n) for n in (*graph.input_ids(), *graph.output_ids())]
