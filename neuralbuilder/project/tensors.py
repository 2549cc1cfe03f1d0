"""The arrays of a project file: weights, optimizer, curves, scaling and small data by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.preprocessing import Scaling
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.layout import FloatArray, Layout, layout
from neuralbuilder.engine.shapes import infer
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Project, State
from neuralbuilder.project.strict_json import dumps, loads

Tensors = dict[str, NDArray[Any]]
_SCALING = ("input_shift", "input_scale", "target_shift", "target_scale")
_COUNTERS = ("step", "epoch", "batch")


def project_layout(project: Project) -> Layout:
    """Where the weights of a project lie; layers without a known shape have none."""
    graph = project.graph()
    return layout(graph, infer(graph))


def encode_state(project: Project, state: State | None) -> tuple[Tensors, dict[str, str]]:
    """The arrays of a state under readable names, and its counters as metadata."""
    if state is None:
        return {}, {}
    views = project_layout(project).views(state.parameters)
    tensors: Tensors = {f"weights/{name}": array for name, array in views.items()}
    tensors |= {f"optimizer/{name}": array for name, array in state.optimizer.items()}
    tensors |= {f"log/{name}": np.asarray(array) for name, array in state.log.items()}
    if state.scaling is not None:
        for name in _SCALING:
            tensors[f"preprocessing/{name}"] = getattr(state.scaling, name)
    counters: dict[str, Any] = {name: getattr(state, name) for name in _COUNTERS}
    counters["random"] = _as_texts(state.random)
    return tensors, {"training": dumps(counters)}


def decode_state(
    project: Project, tensors: Tensors, metadata: Mapping[str, str]
) -> tuple[State | None, tuple[str, ...]]:
    """The state in the arrays, or None, and what did not fit the design."""
    weights = _group(tensors, "weights/")
    if not weights:
        return None, ()
    where = project_layout(project)
    mismatches = _mismatches(where, weights)
    if mismatches:
        return None, ("The network opens untrained: " + "; ".join(mismatches) + ".",)
    optimizer = {name: _locked(array) for name, array in _group(tensors, "optimizer/").items()}
    counters = _counters(metadata)
    state = State(
        parameters=_locked(_flat(where, weights)),
        optimizer=optimizer,
        random=_from_texts(counters.get("random", {})),
        log={name: _locked(array) for name, array in _group(tensors, "log/").items()},
        scaling=_scaling(_group(tensors, "preprocessing/")),
        **{name: counters[name] for name in _COUNTERS},
    )
    return state, _not_finite(where, state.parameters)


def _flat(where: Layout, weights: Tensors) -> FloatArray:
    kind = next(iter(weights.values())).dtype
    flat = np.empty(where.size, kind)
    for name, view in where.views(flat).items():
        view[...] = weights[name]
    return flat


def _mismatches(where: Layout, weights: Tensors) -> list[str]:
    found = []
    for entry in where.entries:
        array = weights.get(entry.name)
        if array is None:
            found.append(f"{entry.name} is missing")
        elif array.shape != entry.shape or array.dtype.kind != "f":
            found.append(f"{entry.name} has shape {array.shape} and not {entry.shape}")
    known = set(where.names)
    found += [f"{name} belongs to no layer" for name in weights if name not in known]
    return found


def _not_finite(where: Layout, flat: FloatArray) -> tuple[str, ...]:
    bad = [name for name, view in where.views(flat).items() if not np.isfinite(view).all()]
    if not bad:
        return ()
    return (f"{', '.join(bad)} hold values that are not numbers; rewind before training on.",)


def _counters(metadata: Mapping[str, str]) -> dict[str, Any]:
    counters = loads(metadata.get("training", "{}"), "training record")
    if not isinstance(counters, dict):
        raise UserError("The training record of the file is not an object.", "")
    for name in _COUNTERS:
        value = counters.setdefault(name, 0)
        if type(value) is not int or value < 0:
            raise UserError(f"{name!r} in the training record is not a count.", "")
    return counters


def _scaling(arrays: Tensors) -> Scaling | None:
    if not all(name in arrays for name in _SCALING):
        return None
    input_shift, input_scale, target_shift, target_scale = (
        np.asarray(arrays[name], np.float64) for name in _SCALING
    )
    return Scaling(input_shift, input_scale, target_shift, target_scale)


# ------------------------------------------------------------------ samples


def encode_samples(samples: Samples) -> tuple[Tensors, dict[str, Any]]:
    """The arrays of some samples and the description that goes with them."""
    description = {
        "input_names": list(samples.input_names),
        "target_names": list(samples.target_names),
        "task": samples.task,
        "notes": list(samples.notes),
    }
    return {"data/x": samples.x, "data/y": samples.y}, description


def decode_samples(tensors: Tensors, metadata: Mapping[str, str]) -> Samples | None:
    """The samples in the arrays, or None; raises `UserError` where they make no sense."""
    if "data" not in metadata:
        return None
    facts = loads(metadata["data"], "description of the data")
    x, y = tensors.get("data/x"), tensors.get("data/y")
    wrong = UserError("The data in the file do not fit their description.", "")
    if x is None or y is None or not isinstance(facts, dict) or len(x) != len(y) or y.ndim != 2:
        raise wrong
    names: list[Any] = [facts.get(key) for key in ("input_names", "target_names", "notes")]
    if not all(isinstance(n, list) and all(isinstance(t, str) for t in n) for n in names):
        raise wrong
    if facts.get("task") not in ("regression", "classification") or len(names[1]) != y.shape[1]:
        raise wrong
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if x.ndim not in (2, 4) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise wrong
    return Samples(x, y, tuple(names[0]), tuple(names[1]), facts["task"], tuple(names[2]))


# ------------------------------------------------------------------ small things


def _group(tensors: Tensors, prefix: str) -> Tensors:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _locked(array: NDArray[Any]) -> NDArray[Any]:
    # A copy only where the memory belongs to the bytes of the file.
    result = array if array.flags.owndata else array.copy()
    result.flags.writeable = False
    return result


def _as_texts(random: Any) -> Any:
    """The generator's state with its 128-bit integers as texts, which JSON keeps exactly."""
    if isinstance(random, Mapping):
        return {key: _as_texts(value) for key, value in random.items()}
    return f"int:{random}" if isinstance(random, int) else random


def _from_texts(random: Any) -> Any:
    if isinstance(random, Mapping):
        return {key: _from_texts(value) for key, value in random.items()}
    if isinstance(random, str) and random.startswith("int:"):
        digits = random.removeprefix("int:")
        if not digits.isdecimal() or len(digits) > 50:
            raise UserError("The random state in the file is damaged.", "")
        return int(digits)
    return random
