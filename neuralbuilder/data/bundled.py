"""The small classic datasets that come with scikit-learn; nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.parts import register, switch


@dataclass(frozen=True)
class BundledSet(Dataset):
    """Base of the sets below."""

    group = "Classic data"


def _named(names: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in names)


def _classified(bunch: Any) -> Samples:
    names = _named(bunch.target_names)
    return Samples(
        x=np.ascontiguousarray(bunch.data, dtype=np.float64),
        y=np.eye(len(names))[np.asarray(bunch.target, dtype=np.intp)],
        input_names=_named(bunch.feature_names),
        target_names=names,
        task="classification",
    )


@register("iris", "Iris", "150 × 4 → 3")
@dataclass(frozen=True)
class Iris(BundledSet):
    """150 irises of three species, from the lengths and widths of sepals and petals in cm."""

    def load(self) -> Samples:
        """The inputs (150, 4), three classes."""
        from sklearn.datasets import load_iris

        return _classified(load_iris())


@register("wine", "Wine", "178 × 13 → 3")
@dataclass(frozen=True)
class Wine(BundledSet):
    """178 wines of three growers, from 13 chemical measurements."""

    def load(self) -> Samples:
        """The inputs (178, 13), three classes."""
        from sklearn.datasets import load_wine

        return _classified(load_wine())


@register("breast_cancer", "Breast cancer", "569 × 30 → 2")
@dataclass(frozen=True)
class BreastCancer(BundledSet):
    """569 tumours, malignant or benign, from 30 measurements of cell nuclei."""

    def load(self) -> Samples:
        """The inputs (569, 30), two classes."""
        from sklearn.datasets import load_breast_cancer

        return _classified(load_breast_cancer())


@register("digits", "Digits 8×8", "1797 × 64 → 10")
@dataclass(frozen=True)
class Digits(BundledSet):
    """1797 handwritten digits of 8 × 8 grey values from 0 to 16.

    They are images for convolutions, or 64 inputs row by row.
    """

    as_images: bool = switch(
        False, "As images", help="Images of 1×8×8, or 64 inputs with the rows one after the other."
    )

    def load(self) -> Samples:
        """The inputs (1797, 64), or images (1797, 1, 8, 8); ten classes."""
        from sklearn.datasets import load_digits

        samples = _classified(load_digits())
        if not self.as_images:
            return samples
        return replace(samples, x=samples.x.reshape(-1, 1, 8, 8), input_names=("grey",))


@register("diabetes", "Diabetes (regression)", "442 × 10 → 1")
@dataclass(frozen=True)
class Diabetes(BundledSet):
    """442 patients: the progress of the disease after a year, from ten measurements."""

    def load(self) -> Samples:
        """Inputs (442, 10) in original units and targets (442, 1)."""
        from sklearn.datasets import load_diabetes

        bunch = load_diabetes(scaled=False)
        return Samples(
            x=np.ascontiguousarray(bunch.data, dtype=np.float64),
            y=np.asarray(bunch.target, dtype=np.float64)[:, None],
            input_names=_named(bunch.feature_names),
            target_names=("progression",),
            task="regression",
        )
