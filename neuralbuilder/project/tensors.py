"""The arrays of a project file: weights, optimizer, curves, scaling and small data by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.preprocessing import Scaling
from neuralbuilder.data.samples import TEST, TRAINING, VALIDATION, Samples
from neuralbuilder.data.splits import Split, split_indices
from neuralbuilder.data.tables.encoding import encoding_from_dict, encoding_to_dict
from neuralbuilder.data.tasks import TASK_WORDS
from neuralbuilder.engine.layers.missing import Missing
from neuralbuilder.engine.layout import FloatArray, Layout, layout
from neuralbuilder.engine.shapes import infer
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Project, State
from neuralbuilder.project.state import BEST, STOPPING
from neuralbuilder.project.strict_json import dumps, loads

Tensors = dict[str, NDArray[Any]]
_SCALING = ("input_shift", "input_scale", "target_shift", "target_scale")
_FILL = "input_fill"
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
    tensors |= {f"{STOPPING}{name}": array for name, array in state.best.items()}
    tensors |= {f"log/{name}": np.asarray(array) for name, array in state.log.items()}
    if state.scaling is not None:
        for name in _SCALING:
            tensors[f"preprocessing/{name}"] = getattr(state.scaling, name)
        if state.scaling.input_fill is not None:
            tensors[f"preprocessing/{_FILL}"] = state.scaling.input_fill
    if _has_missing(project):
        tensors = {**state.spare, **tensors}
    counters: dict[str, Any] = {name: getattr(state, name) for name in _COUNTERS}
    counters["random"] = _as_texts(state.random)
    counters["memory"] = dict(state.memory)
    return tensors, {"training": dumps(counters)}


def decode_state(
    project: Project, tensors: Tensors, metadata: Mapping[str, str]
) -> tuple[State | None, tuple[str, ...]]:
    """The state in the arrays, or None, and what did not fit the design."""
    weights = _group(tensors, "weights/")
    if not weights:
        return None, ()
    where = project_layout(project)
    mismatches = _mismatches(where, weights, _has_missing(project))
    if mismatches:
        return None, ("The network opens untrained: " + "; ".join(mismatches) + ".",)
    counters = _counters(metadata)
    if _has_missing(project):
        return _kept_aside(where, tensors, counters), ()
    checked = (
        _optimizer(where, _group(tensors, "optimizer/")),
        _random(counters.get("random", {})),
        _log(_group(tensors, "log/")),
        _scaling(project, _group(tensors, "preprocessing/")),
        _course(where, counters.get("memory", {}), _group(tensors, STOPPING)),
    )
    (optimizer, *_), (random, *_), (log, *_), (scaling, *_), ((memory, best), _) = checked
    state = State(
        parameters=_locked(_flat(where, weights)),
        optimizer=optimizer,
        random=random,
        log=log,
        memory=memory,
        best=best,
        scaling=scaling,
        **{name: counters[name] for name in _COUNTERS},
    )
    notices = tuple(notice for _, notice in checked if notice)
    return state, notices + _not_finite(where, state.parameters)


def _has_missing(project: Project) -> bool:
    return any(isinstance(node.layer, Missing) for node in project.nodes)


def _kept_aside(where: Layout, tensors: Tensors, counters: Mapping[str, Any]) -> State:
    """The state of a network with unknown layers: what is known of it, and all the rest as it is.

    It cannot be trained here, but saving it loses nothing.
    """
    return State(
        parameters=_locked(_flat(where, _group(tensors, "weights/"))),
        random=_random(counters.get("random", {}))[0],
        memory=_memory(counters.get("memory", {})) or {},
        spare={k: _locked(array) for k, array in tensors.items() if not k.startswith("data/")},
        **{name: counters[name] for name in _COUNTERS},
    )


def _flat(where: Layout, weights: Tensors) -> FloatArray:
    kind = next(iter(weights.values())).dtype
    flat = np.empty(where.size, kind)
    for name, view in where.views(flat).items():
        view[...] = weights[name]
    return flat


def _mismatches(where: Layout, weights: Tensors, others_allowed: bool) -> list[str]:
    found = []
    for entry in where.entries:
        array = weights.get(entry.name)
        if array is None:
            found.append(f"{entry.name} is missing")
        elif array.shape != entry.shape or array.dtype.kind != "f":
            found.append(f"{entry.name} has shape {array.shape} and not {entry.shape}")
    known = set(where.names)
    others = [] if others_allowed else [name for name in weights if name not in known]
    return found + [f"{name} belongs to no layer" for name in others]


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


_NO_OPTIMIZER = "The optimizer starts afresh: what the file holds of it does not fit."


def _optimizer(where: Layout, arrays: Tensors) -> tuple[Tensors, str]:
    """The optimizer's arrays, if all of them fit the weights."""
    for array in arrays.values():
        if array.shape not in ((where.size,), (1,)) or not _is_finite(array):
            return {}, _NO_OPTIMIZER
    if "t" in arrays and arrays["t"].min() < 0:  # it counts steps
        return {}, _NO_OPTIMIZER
    return {name: _locked(array) for name, array in arrays.items()}, ""


def _random(texts: Any) -> tuple[Mapping[str, Any], str]:
    """The state of the noise generator, if a generator takes it."""
    random = _from_texts(texts)
    if not random:
        return {}, ""
    try:
        if not _is_of_integers(random):
            raise TypeError
        np.random.default_rng().bit_generator.state = random
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return {}, "Noise starts afresh: the random state in the file is damaged."
    return cast(Mapping[str, Any], random), ""


def _is_of_integers(random: Any) -> bool:
    """Whether a state holds nothing but texts and integers; true and false are neither."""
    if isinstance(random, Mapping):
        return all(_is_of_integers(value) for value in random.values())
    return type(random) in (int, str)


def _log(arrays: Tensors) -> tuple[Tensors, str]:
    """The curves that are lists of step and value."""
    if "loss/train" in arrays and "samples/train" not in arrays:
        # In older files the mean loss of the mini-batches is called so.
        arrays = {("loss/mini-batches" if n == "loss/train" else n): a for n, a in arrays.items()}
    fits = {
        name: _locked(array)
        for name, array in arrays.items()
        if array.ndim == 2 and array.shape[1] == 2 and _is_finite(array[:, 0])
    }
    bad = sorted(arrays.keys() - fits.keys())
    return fits, f"Left out, because they are not curves: {', '.join(bad)}." if bad else ""


def _course(
    where: Layout, memory: Any, best: Tensors
) -> tuple[tuple[dict[str, float], Tensors], str]:
    """What schedule and stop rule remember, and the best weights, if all of it makes sense."""
    numbers = _memory(memory)
    if numbers is None:
        return ({}, {}), "Schedule and early stopping start afresh: what the file holds is damaged."
    waits = any(name.startswith(STOPPING) for name in numbers)
    fits = all(a.shape in ((where.size,), (1,)) and _is_finite(a) for a in best.values())
    complete = BEST in best and best[BEST].shape == (where.size,)
    if complete == waits == bool(best) and fits:
        return (numbers, {name: _locked(array) for name, array in best.items()}), ""
    numbers = {k: v for k, v in numbers.items() if not k.startswith(STOPPING)}
    return (numbers, {}), "Early stopping starts afresh: its best weights do not fit."


def _memory(found: Any) -> dict[str, float] | None:
    """Numbers by name that are finite and not negative; None where something else stands there."""
    if not isinstance(found, Mapping):
        return None
    fits = all(type(n) in (int, float) and 0 <= n < float("inf") for n in found.values())
    return {name: float(number) for name, number in found.items()} if fits else None


def _scaling(project: Project, arrays: Tensors) -> tuple[Scaling | None, str]:
    """The fitted scaling, if it fits the ends of the network."""
    if not arrays:
        return None, ""
    shapes = {name: array.shape for name, array in arrays.items()}
    fill = arrays.get(_FILL)
    if fill is not None and (fill.shape != shapes.get("input_shift") or not _is_finite(fill)):
        fill = None
    usable = all(name in arrays and _is_finite(arrays[name]) for name in _SCALING)
    if not usable or any(shapes[name] != wanted for name, wanted in _ends(project).items()):
        return None, "The scaling of the data is fitted anew: the one in the file does not fit."
    if not (arrays["input_scale"].all() and arrays["target_scale"].all()):
        return None, "The scaling of the data is fitted anew: the one in the file divides by zero."
    input_shift, input_scale, target_shift, target_scale = (
        np.asarray(arrays[name], np.float64) for name in _SCALING
    )
    fitted = Scaling(input_shift, input_scale, target_shift, target_scale, input_fill=fill)
    return fitted, ""


def _ends(project: Project) -> dict[str, tuple[int, ...]]:
    """The shapes that the arrays of the scaling must have."""
    graph = project.graph()
    shapes = infer(graph).outputs
    wanted: dict[str, tuple[int, ...]] = {}
    for nodes, prefix in ((graph.input_ids(), "input"), (graph.output_ids(), "target")):
        for shape in (shapes[node] for node in nodes if node in shapes):
            for kind in ("shift", "scale"):
                # Images have one number per channel.
                wanted[f"{prefix}_{kind}"] = shape if len(shape) == 1 else (shape[0], 1, 1)
    return wanted


def _is_finite(array: NDArray[Any]) -> bool:
    return array.dtype.kind == "f" and bool(np.isfinite(array).all())


# ------------------------------------------------------------------ samples


def encode_samples(samples: Samples) -> tuple[Tensors, dict[str, Any]]:
    """The arrays of some samples and the description that goes with them."""
    description: dict[str, Any] = {
        "input_names": list(samples.input_names),
        "target_names": list(samples.target_names),
        "task": samples.task,
        "notes": list(samples.notes),
    }
    if samples.test_from is not None:
        description["test_from"] = samples.test_from
    if samples.class_column:
        description["class_column"] = samples.class_column
    if samples.encoding is not None:
        description["encoding"] = encoding_to_dict(samples.encoding)
    y = samples.y
    if samples.task != "regression" and bool(np.isin(y, (0, 1)).all()):
        y = y.astype(np.uint8)
    tensors: Tensors = {"data/x": samples.x, "data/y": y}
    if samples.groups is not None:
        tensors["data/groups"] = samples.groups.astype(np.int64)
    if samples.given_parts is not None:
        tensors["data/given_parts"] = samples.given_parts.astype(np.uint8)
    if samples.weights is not None:
        tensors["data/weights"] = samples.weights
    if samples.rows is not None:
        tensors["data/rows"] = samples.rows.astype(np.int64)
    return tensors, description


def encode_parts(samples: Samples, split: Split) -> Tensors:
    """The rows of the training, the validation and the test part among the samples, from 0.

    They are there for other programs: opening the file divides the samples anew. Nothing where
    the samples cannot be divided.
    """
    try:
        parts = split_indices(samples, split)
    except UserError:
        return {}
    names = ("train", "validation", "test")
    return {f"split/{name}": rows.astype(np.int32) for name, rows in zip(names, parts, strict=True)}


def stored_bytes(samples: Samples) -> int:
    """About how many bytes some samples take in a file; classes and answers take one each."""
    return samples.x.nbytes + (samples.y.nbytes if samples.task == "regression" else samples.y.size)


def decode_samples(tensors: Tensors, metadata: Mapping[str, str]) -> Samples | None:
    """The samples in the arrays, or None; raises `UserError` where they make no sense."""
    if "data" not in metadata:
        return None
    facts = loads(metadata["data"], "description of the data")
    x, y = tensors.get("data/x"), tensors.get("data/y")
    wrong = UserError("The data in the file do not fit their description.", "")
    if x is None or y is None or not isinstance(facts, dict):
        raise wrong
    if x.ndim not in (2, 4) or y.ndim != 2 or len(x) != len(y) or not (x.size and y.size):
        raise wrong
    names: list[Any] = [facts.get(key) for key in ("input_names", "target_names", "notes")]
    if not all(isinstance(n, list) and all(isinstance(t, str) for t in n) for n in names):
        raise wrong
    if facts.get("task") not in tuple(TASK_WORDS) or len(names[1]) != y.shape[1]:
        raise wrong
    if not isinstance(facts.get("class_column", ""), str):
        raise wrong
    if x.ndim == 2 and len(names[0]) != x.shape[1]:
        raise wrong
    pixels = x.ndim == 4 and x.dtype == np.uint8
    x = _locked(x) if pixels else np.asarray(x, np.float64)
    y = np.asarray(y, np.float64)
    test_from = facts.get("test_from")
    if test_from is not None and not (type(test_from) is int and 0 < test_from < len(x)):
        raise wrong
    encoding = encoding_from_dict(facts["encoding"]) if facts.get("encoding") else None
    if encoding is not None and (x.ndim != 2 or encoding.input_names != tuple(names[0])):
        raise wrong
    # Only a table with an encoding says how missing inputs are filled in.
    given = x if encoding is None else x[~np.isnan(x)]
    if not (np.isfinite(given).all() and np.isfinite(y).all()):
        raise wrong
    weights = tensors.get("data/weights")
    if weights is not None:
        if weights.shape != (len(x),) or not _is_finite(weights) or (weights < 0).any():
            raise wrong
        weights = np.asarray(weights, np.float64)
    first, second, notes = map(tuple, names)
    column = facts.get("class_column", "")
    groups, parts, rows = (
        tensors.get(f"data/{name}") for name in ("groups", "given_parts", "rows")
    )
    if not all(_one_each(array, len(x)) for array in (groups, parts, rows)):
        raise wrong
    if parts is not None and not np.isin(parts, (TRAINING, VALIDATION, TEST)).all():
        raise wrong
    return Samples(
        x, y, first, second, facts["task"], notes, test_from, column,
        groups=None if groups is None else groups.astype(np.intp),
        given_parts=None if parts is None else parts.astype(np.int8),
        encoding=encoding,
        weights=weights,
        rows=None if rows is None else rows.astype(np.intp),
    )  # fmt: skip


def _one_each(array: NDArray[Any] | None, count: int) -> bool:
    """Whether an array that may be there has a whole number for every sample."""
    return array is None or (array.shape == (count,) and array.dtype.kind in "iu")


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
