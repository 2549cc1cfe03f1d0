"""Images with labels become samples; what is too much is refused before it is read."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples, channel_names
from neuralbuilder.problems import UserError

GROUP = "Images"
MAXIMUM_BYTES = 2 * 2**30
"""So much one dataset may hold."""
MAXIMUM_CLASSES = 1000
MAXIMUM_SIDE = 512


def sizes(shape: tuple[int, ...]) -> str:
    """`1×28×28`."""
    return "×".join(str(size) for size in shape)


def refuse_too_much(name: str, count: int, shape: tuple[int, ...], item_size: int = 1) -> None:
    """Raise `UserError` where so many images would not fit into the limit."""
    total = count * prod(shape) * item_size
    if total > MAXIMUM_BYTES:
        raise UserError(
            f"{name}: {count:,} images of {sizes(shape)} are {total / 1e9:,.1f} GB; at most "
            f"{MAXIMUM_BYTES / 1e9:.1f} GB are read.",
            "Use fewer or smaller images.",
        )


def classified(
    name: str,
    pixels: NDArray[Any],
    labels: NDArray[np.intp],
    class_names: tuple[str, ...],
    notes: tuple[str, ...] = (),
    test_from: int | None = None,
) -> Samples:
    """Samples of images (images, channels, height, width) and the index of each one's class.

    Raises `UserError`, which begins with `name`, where there is nothing to tell apart.
    """
    refuse_classes(name, class_names)
    y = np.zeros((len(labels), len(class_names)))
    y[np.arange(len(labels)), labels] = 1
    return Samples(
        x=pixels,
        y=y,
        input_names=channel_names(pixels.shape[1]),
        target_names=class_names,
        task="classification",
        notes=notes,
        test_from=test_from,
    )


def refuse_classes(name: str, class_names: tuple[str, ...]) -> None:
    """Raise `UserError` for fewer than two classes or more than can be told apart."""
    if len(class_names) < 2:
        only = f", {class_names[0]!r}," if class_names else ""
        raise UserError(
            f"{name}: there is one class only{only} so there is nothing to tell apart.",
            "At least two classes are needed.",
        )
    if len(class_names) > MAXIMUM_CLASSES:
        raise UserError(
            f"{name}: there are {len(class_names):,} classes, more than {MAXIMUM_CLASSES:,}.",
            "Use fewer classes, or check whether the labels are classes at all.",
        )


def numbered_classes(values: NDArray[Any]) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """The index of each label among the different labels, and their names in order."""
    different, labels = np.unique(values, return_inverse=True)
    return labels.reshape(-1).astype(np.intp), tuple(str(value) for value in different)
