"""Scaling inputs and targets, fitted on the training part only, and the data ready for training."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.notes import listed, notes_on
from neuralbuilder.data.samples import Array, Samples
from neuralbuilder.data.splits import Indices, Split, split_indices, split_notes
from neuralbuilder.data.tables.filling import fill_notes
from neuralbuilder.parts import Part, register
from neuralbuilder.problems import UserError

_ROWS_AT_ONCE = 4096


class Preprocessing(Part):
    """How inputs are scaled before they enter the network."""

    kind: ClassVar[str] = "preprocessing"

    def fit(self, x: Array, counts: Array | None = None) -> tuple[Array, Array]:
        """Shift and scale for columns of `x` (rows, columns); the scaled value is
        (x − shift) / scale. The scale of a column without spread is 1. `counts`, of the same
        shape, says how often each value occurs; without it each occurs once.
        """
        raise NotImplementedError


@register("none", "None", "x")
@dataclass(frozen=True)
class NoPreprocessing(Preprocessing):
    """The network sees the inputs as they are."""

    def fit(self, x: Array, counts: Array | None = None) -> tuple[Array, Array]:
        """Shift 0 and scale 1."""
        return np.zeros(x.shape[1]), np.ones(x.shape[1])


@register("standardise", "Standardise", "(x−μ)/σ")
@dataclass(frozen=True)
class Standardise(Preprocessing):
    """Subtract the mean and divide by the standard deviation of the training part."""

    def fit(self, x: Array, counts: Array | None = None) -> tuple[Array, Array]:
        """Mean and standard deviation (with divisor n) of every column."""
        magnitude = _magnitude(x)
        scaled = x / magnitude  # keeps the squares of very large and very small values in range
        mean = np.average(scaled, axis=0, weights=counts)
        deviation = np.sqrt(np.average((scaled - mean) ** 2, axis=0, weights=counts))
        return mean * magnitude, _spread(deviation, magnitude)


@register("min_max", "Min–max", "0 … 1")
@dataclass(frozen=True)
class MinMax(Preprocessing):
    """Map the smallest value of the training part to 0 and the largest to 1."""

    def fit(self, x: Array, counts: Array | None = None) -> tuple[Array, Array]:
        """Minimum and range of every column."""
        magnitude = _magnitude(x)
        low, high = _extremes(x, counts)
        low, high = low / magnitude, high / magnitude
        return low * magnitude, _spread(high - low, magnitude)


@register("min_max_signed", "Min–max, signed", "−1 … 1")
@dataclass(frozen=True)
class SignedMinMax(Preprocessing):
    """Map the smallest value of the training part to −1 and the largest to 1."""

    def fit(self, x: Array, counts: Array | None = None) -> tuple[Array, Array]:
        """The middle between minimum and maximum of every column, and half the range."""
        magnitude = _magnitude(x)
        low, high = _extremes(x, counts)
        low, high = low / magnitude, high / magnitude
        # Half the spread is taken before it is checked: two halves of a huge range stay finite.
        return (low + high) / 2 * magnitude, _spread((high - low) / 2, magnitude)


def _extremes(x: Array, counts: Array | None) -> tuple[Array, Array]:
    """The smallest and the largest value of every column that occurs."""
    if counts is None:
        return x.min(axis=0), x.max(axis=0)
    there = counts > 0
    return (
        x.min(axis=0, where=there, initial=np.inf),
        x.max(axis=0, where=there, initial=-np.inf),
    )


def _magnitude(x: Array) -> Array:
    largest = np.abs(x).max(axis=0)
    # Powers of two, so that dividing by them is exact.
    usable = np.where(largest > 0, largest, 1.0)
    magnitude: Array = np.exp2(np.clip(np.floor(np.log2(usable)), -1000, 1000))
    return magnitude


def _spread(relative: Array, magnitude: Array) -> Array:
    """The scale of each column: 1 where the spread is no more than rounding error."""
    # A spread beyond the largest number counts as the largest number.
    with np.errstate(over="ignore"):
        spread = np.where(relative > 1e-13, relative, 1.0 / magnitude) * magnitude
    return np.minimum(spread, np.finfo(np.float64).max)


@dataclass(frozen=True, eq=False)
class Scaling:
    """The fitted transformation: (x − input_shift) / input_scale, and the same for targets.

    The input arrays have shape (features,), or (channels, 1, 1) for images; the target arrays
    (outputs,). All are float64 and read-only. `notes` says which columns had no spread
    in the training part, though they have in all samples. `input_fill` (features,) holds what
    takes the place of a missing value, NaN, in original units; None where there is none to fill.
    """

    input_shift: Array
    input_scale: Array
    target_shift: Array
    target_scale: Array
    notes: tuple[str, ...] = ()
    input_fill: Array | None = None

    def __post_init__(self) -> None:
        names = ["input_shift", "input_scale", "target_shift", "target_scale"]
        for name in names if self.input_fill is None else [*names, "input_fill"]:
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Arrays come out of a pickle writable; the promise above holds for copies too.
        self.__dict__.update(state)
        self.__post_init__()

    def inputs(self, x: Array) -> Array:
        """Inputs in original units, as the network sees them; missing ones are filled in."""
        return (self.filled(x) - self.input_shift) / self.input_scale

    def filled(self, x: Array) -> Array:
        """Inputs in original units with `input_fill` in place of NaN; `x` itself where there is
        no NaN.
        """
        if self.input_fill is None:
            return x
        lacking = np.isnan(x)
        return np.where(lacking, self.input_fill, x) if lacking.any() else x

    def original_inputs(self, x: Array) -> Array:
        """The inverse of `inputs`."""
        return x * self.input_scale + self.input_shift

    def targets(self, y: Array) -> Array:
        """Targets in original units, as the network is trained to give them."""
        return (y - self.target_shift) / self.target_scale

    def original_targets(self, y: Array) -> Array:
        """Outputs of the network in original units."""
        return y * self.target_scale + self.target_shift


@dataclass(frozen=True, eq=False)
class Prepared:
    """Data ready for training.

    `samples` are those that were given, missing inputs filled in. `x` and `y` hold all of them,
    scaled and encoded, in the network's `precision` and contiguous; `train`, `validation` and
    `test` are the rows of the parts.
    """

    samples: Samples
    train: Indices
    validation: Indices
    test: Indices
    y: NDArray[Any]
    scaling: Scaling
    precision: str
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def x(self) -> NDArray[Any]:
        """The scaled inputs. They never travel, and those of images of bytes are made only where
        they are used: they take four times as much memory as the bytes.
        """
        return self._scaled(self.samples.x)

    def _scaled(self, x: NDArray[Any]) -> NDArray[Any]:
        return _cast(self.scaling.inputs, x, self.precision, self.samples.input_names)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "x"}

    @property
    def train_x(self) -> NDArray[Any]:
        """Inputs of the training part."""
        return self.x[self.train]

    @property
    def train_y(self) -> NDArray[Any]:
        """Targets of the training part."""
        return self.y[self.train]

    @property
    def validation_x(self) -> NDArray[Any]:
        """Inputs of the validation part."""
        return self.x[self.validation]

    @property
    def validation_y(self) -> NDArray[Any]:
        """Targets of the validation part."""
        return self.y[self.validation]

    @property
    def test_x(self) -> NDArray[Any]:
        """Inputs of the test part."""
        return self.x[self.test]

    @property
    def test_y(self) -> NDArray[Any]:
        """Targets of the test part."""
        return self.y[self.test]


def prepare(
    samples: Samples,
    split: Split,
    preprocessing: Preprocessing,
    scale_targets: bool = True,
    outputs: int | None = None,
    precision: str = "float32",
    scaling: Scaling | None = None,
) -> Prepared:
    """Split, scale and encode `samples` for a network.

    The scaling is fitted on the training part alone, unless `scaling` from an earlier run is
    given. `scale_targets` standardises the targets of a regression. With ``outputs=1`` a
    classification with two classes is encoded as one column holding the class index. Raises
    `UserError` that names the column when scaled values leave the range of `precision`.
    """
    train, validation, test = parts = split_indices(samples, split)
    targets = encoded_targets(samples, outputs)
    scaling = _with_fill(scaling, samples, train)
    if scaling is None:
        scaling = fit_scaling(samples, targets, train, preprocessing, scale_targets)
    elif scaling.target_shift.shape != targets.shape[1:]:
        raise UserError(
            f"The stored scaling is for {scaling.target_shift.size} outputs; the data have "
            f"{targets.shape[1]}.",
            "Rewind the training to fit the scaling anew.",
        )
    _check_input_scaling(scaling, samples)
    told = _filled_notes(samples, scaling)
    given, samples = samples, filled_samples(samples, scaling)
    prepared = Prepared(
        samples=samples,
        train=train,
        validation=validation,
        test=test,
        y=_cast(scaling.targets, targets, precision, samples.target_names),
        scaling=scaling,
        precision=precision,
        notes=(*notes_on(given), *told, *split_notes(samples, split, parts), *scaling.notes),
    )
    # What leaves the range is told now, not when training begins.
    if samples.is_images and samples.x.dtype == np.uint8:
        black = np.zeros_like(samples.x[:1])
        prepared._scaled(np.concatenate([black, black + 255]))
    else:
        prepared.x  # noqa: B018
    return prepared


def filled_samples(samples: Samples, scaling: Scaling) -> Samples:
    """The samples with missing inputs filled in; the very same where there are none."""
    filled = scaling.filled(samples.x)
    return samples if filled is samples.x else replace(samples, x=filled)


def _filled_notes(samples: Samples, scaling: Scaling) -> tuple[str, ...]:
    if samples.encoding is None or scaling.input_fill is None:
        return ()
    return fill_notes(samples.x, samples.encoding, scaling.input_fill)


def encoded_targets(samples: Samples, outputs: int | None = None) -> Array:
    """`samples.y`, or one 0/1 column of class indices for two classes and one output."""
    if samples.task == "classification" and outputs == 1 and samples.y.shape[1] == 2:
        return samples.y[:, 1:].copy()
    return samples.y


def fit_scaling(
    samples: Samples,
    targets: Array,
    train: Indices,
    preprocessing: Preprocessing,
    scale_targets: bool,
) -> Scaling:
    """The scaling of the training rows; images share one shift and scale per channel."""
    fill = _fitted_fill(samples, train)
    columns, counts = _columns(samples, train)
    if fill is not None:
        columns = np.where(np.isnan(columns), fill, columns)
    input_shift, input_scale = preprocessing.fit(columns, counts)
    if samples.is_images:
        input_shift, input_scale = input_shift[:, None, None], input_scale[:, None, None]
    scales = scale_targets and samples.task == "regression"
    of_targets: Preprocessing = Standardise() if scales else NoPreprocessing()
    target_shift, target_scale = of_targets.fit(targets[train])
    notes = _constant_notes(
        *_extremes(columns, counts), samples.input_names, samples.constant_inputs
    )
    if scales:
        low, high = _extremes(targets[train], None)
        notes += _constant_notes(low, high, samples.target_names, samples.constant_targets)
    return Scaling(input_shift, input_scale, target_shift, target_scale, notes, fill)


def _fitted_fill(samples: Samples, train: Indices) -> Array | None:
    """What takes the place of missing inputs, fitted to the training rows."""
    return None if samples.encoding is None else samples.encoding.fill(samples.x[train])


def _with_fill(scaling: Scaling | None, samples: Samples, train: Indices) -> Scaling | None:
    """The given scaling, which may come from a time before there was anything to fill in."""
    if scaling is None or scaling.input_fill is not None or samples.encoding is None:
        return scaling
    return replace(scaling, input_fill=_fitted_fill(samples, train))


def _columns(samples: Samples, rows: Indices) -> tuple[Array, Array | None]:
    """What the scaling is fitted to: the values in columns, and how often each of them occurs.

    The pixels of a channel are one column. Bytes are counted, as there are only 256 of them.
    """
    if not samples.is_images:
        return samples.x[rows], None
    channels = samples.x.shape[1]
    if samples.x.dtype != np.uint8:
        return np.moveaxis(samples.x[rows], 1, -1).reshape(-1, channels), None
    counts = np.zeros((256, channels))
    for some in np.array_split(rows, 1 + len(rows) // _ROWS_AT_ONCE):
        for channel in range(channels):
            pixels = samples.x[some, channel].ravel()
            counts[:, channel] += np.bincount(pixels, minlength=256)
    return np.repeat(np.arange(256.0)[:, None], channels, axis=1), counts


def _constant_notes(
    low: Array, high: Array, names: tuple[str, ...], everywhere: tuple[str, ...]
) -> tuple[str, ...]:
    """Which columns have one single value in the training part, but not `everywhere`."""
    constant = low == high
    if len(names) != len(constant):
        names = tuple(f"channel {i + 1}" for i in range(len(constant)))
    varying = [name for name, flat in zip(names, constant, strict=True) if flat]
    found = [name for name in varying if name not in everywhere]
    if not found:
        return ()
    have = "have" if len(found) > 1 else "has"
    return (
        f"{listed([repr(name) for name in found])} {have} the same value in all training rows, "
        "so nothing is learnt about other values.",
    )


def _check_input_scaling(scaling: Scaling, samples: Samples) -> None:
    try:
        shape = np.broadcast_shapes(scaling.input_shift.shape, samples.input_shape)
    except ValueError:
        shape = ()
    if shape != samples.input_shape:
        raise UserError(
            f"The stored scaling is for {scaling.input_shift.size} inputs; the data have "
            f"{samples.x.shape[1]}.",
            "Rewind the training to fit the scaling anew.",
        )


def _cast(scale: Any, values: NDArray[Any], precision: str, names: tuple[str, ...]) -> NDArray[Any]:
    """The scaled values, contiguous and in the precision of the network.

    Some rows after the other, so that no second copy in double precision is needed.
    """
    cast = np.empty(values.shape, dtype=np.dtype(precision))
    for start in range(0, len(values), _ROWS_AT_ONCE):
        stop = start + _ROWS_AT_ONCE
        with np.errstate(over="ignore", invalid="ignore"):
            cast[start:stop] = scale(values[start:stop])
        finite = np.isfinite(cast[start:stop])
        if not finite.all():
            raise _out_of_range(values, int(np.argwhere(~finite)[0][1]), precision, names)
    return cast


def _out_of_range(
    values: NDArray[Any], column: int, precision: str, names: tuple[str, ...]
) -> UserError:
    name = names[column] if column < len(names) else str(column + 1)
    largest = np.abs(values[:, column]).max()
    return UserError(
        f"Column {name} leaves the range of {precision} after scaling; it holds values up to "
        f"{largest:.3g}.",
        "Choose Standardise, rescale the column, or leave it out.",
    )
