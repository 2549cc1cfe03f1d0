"""Scaling: fitted on the training part, exact to invert, never silently out of range."""

import contextlib
import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neuralbuilder.data.bundled import BreastCancer, Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.preprocessing import (
    MinMax,
    NoPreprocessing,
    Scaling,
    SignedMinMax,
    Standardise,
    prepare,
)
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import Split
from neuralbuilder.problems import UserError

ALL = [NoPreprocessing(), Standardise(), MinMax()]
TABLES = arrays(
    np.float64,
    st.tuples(st.integers(2, 30), st.integers(1, 4)),
    elements=st.floats(-1e6, 1e6).map(lambda value: round(value, 6)),
)


def _samples(x, y=None):
    y = np.asarray(x[:, :1] if y is None else y, dtype=np.float64)
    names = tuple(f"x{i + 1}" for i in range(x.shape[1]))
    return Samples(
        np.asarray(x, dtype=np.float64),
        y,
        names,
        tuple(f"y{i + 1}" for i in range(y.shape[1])),
        "regression",
    )


@given(TABLES, st.sampled_from(ALL))
def test_inverse_is_exact(x, preprocessing):
    scaling = prepare(_samples(x), Split(), preprocessing, precision="float64").scaling
    largest = np.abs(x).max() + 1.0
    assert np.abs(scaling.original_inputs(scaling.inputs(x)) - x).max() <= 1e-12 * largest
    y = x[:, :1]
    assert np.abs(scaling.original_targets(scaling.targets(y)) - y).max() <= 1e-12 * largest


@given(TABLES, st.integers(0, 1000), st.sampled_from(ALL), st.floats(-1e6, 1e6))
def test_only_the_training_part_is_fitted(x, seed, preprocessing, other):
    first = prepare(_samples(x), Split(0.2, 0.3, seed=seed), preprocessing)
    changed = x.copy()
    changed[np.concatenate([first.validation, first.test])] = other
    second = prepare(_samples(changed), Split(0.2, 0.3, seed=seed), preprocessing)
    for name in ("input_shift", "input_scale", "target_shift", "target_scale"):
        np.testing.assert_array_equal(getattr(first.scaling, name), getattr(second.scaling, name))
    np.testing.assert_array_equal(first.train_x, second.train_x)


def test_standardised_training_part_has_mean_0_and_deviation_1():
    prepared = prepare(FormulaDataset().load(), Split(), Standardise(), precision="float64")
    for values in (prepared.train_x, prepared.train_y):
        np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(values.std(axis=0), 1, rtol=1e-12)


def test_min_max_maps_the_training_part_to_0_and_1():
    prepared = prepare(Iris().load(), Split(), MinMax(), precision="float64")
    np.testing.assert_array_equal(prepared.train_x.min(axis=0), 0)
    np.testing.assert_allclose(prepared.train_x.max(axis=0), 1)


def test_targets_stay_as_they_are_on_request():
    samples = FormulaDataset().load()
    prepared = prepare(samples, Split(), Standardise(), scale_targets=False, precision="float64")
    np.testing.assert_array_equal(prepared.y, samples.y)


def test_classes_are_never_scaled():
    samples = Iris().load()
    prepared = prepare(samples, Split(), Standardise())
    np.testing.assert_array_equal(prepared.y, samples.y)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_arrays_are_as_the_network_needs_them(precision):
    prepared = prepare(Iris().load(), Split(), Standardise(), precision=precision)
    for array in (prepared.x, prepared.y):
        assert array.dtype == precision
        assert array.flags.c_contiguous
    assert len(prepared.train_x) == len(prepared.train_y) == 105
    assert len(prepared.validation_x) == len(prepared.validation_y) == 15
    assert len(prepared.test_x) == len(prepared.test_y) == 30


def test_two_classes_and_one_output_make_one_column_of_0_and_1():
    samples = BreastCancer().load()
    one = prepare(samples, Split(), Standardise(), outputs=1)
    assert one.y.shape == (569, 1)
    np.testing.assert_array_equal(one.y[:, 0], samples.labels)
    assert prepare(samples, Split(), Standardise(), outputs=2).y.shape == (569, 2)
    assert prepare(Iris().load(), Split(), Standardise(), outputs=1).y.shape == (150, 3)


def test_column_without_spread_is_scaled_by_1_with_a_note():
    x = np.stack([np.arange(20.0), np.full(20, 0.1), np.full(20, 1e9 / 3)], axis=1)
    for preprocessing in (Standardise(), MinMax()):
        prepared = prepare(_samples(x), Split(), preprocessing)
        np.testing.assert_array_equal(prepared.scaling.input_scale[1:], 1)
        np.testing.assert_allclose(prepared.x[:, 1:], 0, atol=1e-6)
        assert prepared.notes == (
            "Inputs with the same value in all rows: 'x2', 'x3'. Nothing can be learnt from them; "
            "leave them out of the inputs.",
        )


def test_a_column_with_spread_in_the_test_part_alone_has_a_note():
    x = np.stack([np.arange(20.0), np.full(20, 0.1)], axis=1)
    x[prepare(_samples(x), Split(), Standardise()).test[0], 1] = 0.2
    assert prepare(_samples(x), Split(), Standardise()).notes == (
        "'x2' has the same value in all training rows, so nothing is learnt about other values.",
    )


def test_stored_scaling_is_used_instead_of_fitting():
    samples = Iris().load()
    stored = prepare(samples, Split(), Standardise()).scaling
    again = prepare(samples, Split(seed=9), Standardise(), scaling=stored)
    assert again.scaling is stored
    with pytest.raises(UserError, match="stored scaling is for 4 inputs; the data have 30"):
        prepare(BreastCancer().load(), Split(), Standardise(),
                scaling=dataclasses.replace(stored, target_shift=np.zeros(2),
                                            target_scale=np.ones(2)))  # fmt: skip
    with pytest.raises(UserError, match="for 3 outputs"):
        prepare(BreastCancer().load(), Split(), Standardise(), scaling=stored)


def test_images_share_a_scale_per_channel():
    generator = np.random.default_rng(0)
    x = generator.normal(5, 3, (40, 2, 4, 4))
    x[:, 1] *= 100
    samples = Samples(x, generator.normal(size=(40, 1)), ("image",), ("y",), "regression")
    prepared = prepare(samples, Split(), Standardise(), precision="float64")
    assert prepared.scaling.input_shift.shape == (2, 1, 1)
    np.testing.assert_allclose(prepared.train_x.std(axis=(0, 2, 3)), 1)


def test_c12_extremes_are_scaled_or_refused_by_name():
    ramp = np.linspace(-1, 1, 40)
    for size in (1e300, 1e-300):
        x = np.stack([ramp, ramp * size], axis=1)
        for preprocessing in (Standardise(), MinMax()):
            prepared = prepare(_samples(x, ramp[:, None]), Split(), preprocessing)
            np.testing.assert_allclose(prepared.x[:, 0], prepared.x[:, 1], rtol=1e-6)
    tiny = prepare(_samples(np.stack([ramp, ramp * 1e-310], axis=1)), Split(), Standardise())
    assert np.isfinite(tiny.x).all()
    with pytest.raises(UserError, match=r"Column x2 leaves the range of float32 .* up to 1e\+300"):
        prepare(_samples(np.stack([ramp, ramp * 1e300], axis=1)), Split(), NoPreprocessing())
    with pytest.raises(UserError, match="Column y1"):
        prepare(_samples(ramp[:, None], ramp[:, None] * 1e300), Split(), NoPreprocessing(), False)


@settings(max_examples=50)
@given(
    arrays(np.float64, st.tuples(st.integers(2, 20), st.just(2)),
           elements=st.floats(allow_nan=False, allow_infinity=False)),
    st.sampled_from(ALL),
    st.sampled_from(["float32", "float64"]),
)  # fmt: skip
def test_whatever_the_values_the_result_is_finite_or_refused(x, preprocessing, precision):
    with contextlib.suppress(UserError):
        prepared = prepare(_samples(x), Split(), preprocessing, precision=precision)
        assert np.isfinite(prepared.x).all()
        assert np.isfinite(prepared.y).all()


def test_scaling_is_read_only_and_survives_a_pickle():
    scaling = prepare(Iris().load(), Split(), Standardise()).scaling
    copy = pickle.loads(pickle.dumps(scaling))
    for one in (scaling, copy, Scaling(np.ones(2), np.ones(2), np.ones(1), np.ones(1))):
        with pytest.raises(ValueError, match="read-only"):
            one.input_shift[0] = 1.0
    np.testing.assert_array_equal(copy.input_scale, scaling.input_scale)


# ------------------------------------------------------------------ images


def image_samples(kind):
    x = np.random.default_rng(0).integers(20, 200, (9000, 2, 3, 4)).astype(np.uint8)
    x[:, 1] = 7
    y = np.eye(2)[np.arange(9000) % 2]
    return Samples(x.astype(kind), y, ("grey", "other"), ("a", "b"), "classification")


@pytest.mark.parametrize("part", [Standardise(), MinMax(), SignedMinMax(), NoPreprocessing()])
def test_bytes_are_scaled_like_the_same_numbers_in_double_precision(part):
    bytes_, numbers = (prepare(image_samples(kind), Split(), part) for kind in ("u1", "f8"))
    assert bytes_.x.dtype == np.float32
    np.testing.assert_allclose(bytes_.x, numbers.x, rtol=1e-6, atol=1e-6)
    assert bytes_.scaling.input_shift.shape == (2, 1, 1)
    assert bytes_.notes == numbers.notes
    assert "Channels with the same value in all images: 'other'" in bytes_.notes[0]


def test_signed_min_max_reaches_from_minus_one_to_one():
    data = prepare(image_samples("u1"), Split(), SignedMinMax())
    grey = data.train_x[:, 0]
    assert (grey.min(), grey.max()) == (-1.0, 1.0)
    low = SignedMinMax().fit(np.array([[-1e308], [1e308]]))
    assert np.isfinite(low).all()


def test_scaled_inputs_do_not_travel_and_those_of_bytes_are_made_on_demand():
    bytes_, numbers = (prepare(image_samples(kind), Split(), MinMax()) for kind in ("u1", "f8"))
    assert ("x" in vars(bytes_), "x" in vars(numbers)) == (False, True)
    for data in (bytes_, numbers):
        x = data.x
        copy = pickle.loads(pickle.dumps(data))
        assert "x" not in vars(copy)
        np.testing.assert_array_equal(copy.x, x)


@pytest.mark.parametrize("kind", ["u1", "f8"])
def test_images_that_leave_the_range_are_told_before_they_are_made(kind):
    channel = np.zeros((2, 1, 1))
    tiny = Scaling(channel, channel + 1e-300, np.zeros(2), np.ones(2))
    with pytest.raises(UserError, match="leaves the range of float32"):
        prepare(image_samples(kind), Split(), MinMax(), scaling=tiny)
