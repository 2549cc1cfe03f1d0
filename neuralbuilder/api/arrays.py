"""Arrays from outside: numbers, class numbers and shares, checked before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Loss,
)

Array = NDArray[Any]
_ADD_UP = (CategoricalCrossEntropy, Hinge)
"""Losses whose targets are shares of one whole in every row."""
COMPARES_CLASSES = (BinaryCrossEntropy, *_ADD_UP)
"""Losses whose targets are probabilities."""
_ROUNDING = 1e-3
"""How far shares may be from adding up to 1, which float16 rounds that roughly."""


def numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """The values as finite numbers; raises `ValueError` with their name and the first bad row."""
    try:
        if np.iscomplexobj(values):
            raise TypeError("it holds complex numbers. Give real and imaginary parts as columns.")
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not an array of numbers: {error}") from None
    if array.ndim == 0:
        raise ValueError(f"{name} is a single number; an array (samples, …) is expected.")
    finite = np.isfinite(array)
    if not finite.all():
        row = int(np.argwhere(~finite)[0][0])
        raise ValueError(f"{name} holds NaN or infinite values, the first one in row {row}.")
    return array


def are_bytes(x: ArrayLike) -> bool:
    """Whether these may be images that stay bytes."""
    return isinstance(x, np.ndarray) and x.dtype == np.uint8 and x.ndim in (3, 4)


def numbered(
    y: ArrayLike, classes: int, known: tuple[str, ...] = ()
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Targets as numbers, and the names of their classes where they are not numbered already.

    Words and numbers other than 0, 1, 2 … become the places of their names in ascending order, or
    in the order of the names that are `known` from before. Raises `ValueError` where there are more
    or fewer different ones than `classes`.
    """
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    words = array.dtype.kind in "UO" and all(isinstance(word, str) for word in array.ravel())
    values = array if words else numbers(y, "y")
    if values.ndim != 1 or (not words and np.isin(values, np.arange(classes)).all()):
        return numbers(y, "y"), ()
    found = np.unique(values.astype(str) if words else values)
    names = tuple(map(str, found)) if words else tuple(f"{number:.12g}" for number in found)
    if set(names) <= set(known):
        order = np.array([known.index(name) for name in names], np.float64)
        return order[np.searchsorted(found, values)], known
    if len(names) != classes:
        if not words:
            return numbers(y, "y"), ()
        raise ValueError(f"y holds {len(names)} different words, and the network has {classes} "
                         "classes.")  # fmt: skip
    return np.searchsorted(found, values).astype(np.float64), names


def labels_of(y: Array, classes: int) -> NDArray[np.intp]:
    """Class numbers from 0 on; raises `ValueError` for a number that is no class."""
    labels: NDArray[np.intp] = y.astype(np.intp)
    if (labels != y).any() or (len(labels) and (labels.min() < 0 or labels.max() >= classes)):
        raise ValueError(
            f"y of shape {y.shape} must hold class numbers from 0 to {classes - 1}; it holds "
            f"values from {y.min():g} to {y.max():g}."
        )
    return labels


def group_numbers(groups: ArrayLike, count: int) -> NDArray[np.intp]:
    """Equal numbers for equal groups; raises `ValueError` unless there is one for every sample."""
    array = np.asarray(groups)
    if array.shape != (count,):
        raise ValueError(f"groups has shape {array.shape}; ({count},) is expected.")
    numbered: NDArray[np.intp] = np.unique(array, return_inverse=True)[1]
    return numbered


def check_probabilities(y: Array, loss: Loss) -> None:
    """Raise `ValueError` where targets are no probabilities, or should add up to 1 and do not."""
    outside = np.flatnonzero(((y < 0) | (y > 1)).any(axis=1))
    if len(outside):
        raise ValueError(
            f"y holds values from {y.min():g} to {y.max():g}; {loss.label} compares "
            f"probabilities between 0 and 1. The first other value is in row {outside[0]}."
        )
    if not isinstance(loss, _ADD_UP):
        return
    sums = y.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > _ROUNDING)
    if len(wrong):
        raise ValueError(
            f"Row {wrong[0]} of y adds up to {sums[wrong[0]]:g}; {loss.label} needs one share per "
            "class that together make 1. Give 1 for the right class and 0 for the others, or class "
            "numbers of shape (samples,)."
        )


def names_of(stem: str, count: int, first: int = 1) -> tuple[str, ...]:
    """Names for columns without any: the stem and a number each."""
    return tuple(f"{stem}{number}" for number in range(first, first + count))
