"""How much every sample counts in the loss, by its class and by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.data.samples import Array, Samples
from neuralbuilder.parts import Part, register, text
from neuralbuilder.problems import UserError

EACH = "Write one number per class, such as “1, 5”, or name them, such as “no: 1, yes: 5”."


class ClassWeights(Part):
    """How much a sample of each class counts."""

    kind: ClassVar[str] = "class_weights"

    @property
    def weighs(self) -> bool:
        """Whether there is any difference between classes."""
        return True

    def of_classes(self, names: Sequence[str], counts: NDArray[np.intp]) -> Array:
        """One weight per class, from 0 up; `counts` says how many samples each class has.

        Raises `UserError` for weights that do not fit the classes.
        """
        raise NotImplementedError


@register("none", "None", "1")
@dataclass(frozen=True)
class NoClassWeights(ClassWeights):
    """Every sample counts alike, so that frequent classes count most."""

    @property
    def weighs(self) -> bool:
        """No."""
        return False

    def of_classes(self, names: Sequence[str], counts: NDArray[np.intp]) -> Array:
        """1 for every class."""
        return np.ones(len(names))


@register("balanced", "Balanced", "n / (k·n_c)")
@dataclass(frozen=True)
class BalancedClassWeights(ClassWeights):
    """All classes count alike, however many samples they have.

    A sample of class c counts n / (k·n_c), for n samples of k classes, n_c of them of class c, all
    counted in the training part. King and Zeng, "Logistic Regression in Rare Events Data" (2001);
    as scikit-learn's compute_class_weight.
    """

    def of_classes(self, names: Sequence[str], counts: NDArray[np.intp]) -> Array:
        """As said above; 1 for a class without samples, which is none of the k."""
        there = counts > 0
        weights = counts.sum() / (np.count_nonzero(there) * np.maximum(counts, 1))
        return np.where(there, weights, 1.0)


@register("own", "Own")
@dataclass(frozen=True)
class OwnClassWeights(ClassWeights):
    """Weights that you choose, such as the costs of mistakes. Only their ratios count."""

    weights: str = text(
        "",
        "Weights",
        help="One number per class in their order, or by name: no: 1, yes: 5. Others count 1.",
    )

    @property
    def weighs(self) -> bool:
        """Where there is any number."""
        return bool(self.weights.strip())

    def of_classes(self, names: Sequence[str], counts: NDArray[np.intp]) -> Array:
        """The numbers as they are; raises `UserError` for those that do not fit."""
        if not self.weights.strip():
            return np.ones(len(names))
        pieces = [piece.strip() for piece in self.weights.replace(";", ",").split(",")]
        if any(":" in piece for piece in pieces):
            weights = _by_name(pieces, names)
        elif len(pieces) == len(names):
            weights = np.array([_number(piece) for piece in pieces])
        else:
            raise UserError(
                f"There are {len(pieces)} class weights for {len(names)} classes "
                f"({', '.join(names[:5])}{' …' if len(names) > 5 else ''}).",
                EACH,
            )
        if not weights[counts > 0].any():
            raise UserError("All class weights are 0, so nothing would be learnt.", EACH)
        return weights


def _by_name(pieces: Sequence[str], names: Sequence[str]) -> Array:
    weights, places = np.ones(len(names)), {name: index for index, name in enumerate(names)}
    for piece in pieces:
        name, _, number = piece.rpartition(":")
        if name.strip() not in places:
            raise UserError(
                f"“{name.strip() or piece}” is no class; there are "
                f"{', '.join(names[:5])}{' …' if len(names) > 5 else ''}.",
                EACH,
            )
        weights[places[name.strip()]] = _number(number)
    return weights


def _number(piece: str) -> float:
    try:
        number = float(piece)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise UserError(f"The class weight “{piece.strip()}” is no number from 0 to 10⁹.", EACH)
    return number


def classes_of(samples: Samples) -> tuple[tuple[str, ...], NDArray[np.intp]] | None:
    """The names of the classes and the class of every sample; None where there are no classes."""
    return (samples.class_names, samples.labels) if samples.class_names else None


def sample_weights(class_weights: ClassWeights, data: Prepared) -> NDArray[Any] | None:
    """How much every sample counts, (samples,) in the network's precision; None where all count
    alike.

    It is the weight of its class times its own, and 1 on average over the training part, or over
    all samples where nothing is trained on: the loss is the weighted mean. Raises `UserError` for
    class weights that do not fit.
    """
    samples = data.samples
    train = data.train if len(data.train) else np.arange(samples.count)
    found = classes_of(samples) if class_weights.weighs else None
    if found is None and samples.weights is None:
        return None
    weights = np.ones(samples.count) if samples.weights is None else samples.weights
    if found is not None:
        names, labels = found
        counts = np.bincount(labels[train], minlength=len(names))
        weights = weights * class_weights.of_classes(names, counts)[labels]
    mean = weights[train].mean()
    if not mean > 0:
        raise UserError(
            "All training samples have the weight 0, so nothing would be learnt.",
            "Give some of them a weight.",
        )
    return np.asarray(weights / mean, np.dtype(data.precision))
