"""Splits: disjoint, complete, reproducible, stratified."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import Split, split_indices, trained_count
from neuralbuilder.problems import SettingError, UserError


def _samples(sizes):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.random.default_rng(0).permutation(labels)
    names = tuple(f"c{i}" for i in range(len(sizes)))
    y = np.eye(len(sizes))[labels]
    return Samples(np.zeros((len(labels), 1)), y, ("x1",), names, "classification")


def _regression(count):
    return Samples(np.zeros((count, 1)), np.zeros((count, 1)), ("x1",), ("y",), "regression")


SPLITS = st.builds(
    lambda validation, test, seed: Split(validation / 100, test / 100, seed),
    st.integers(0, 45), st.integers(0, 45), st.integers(0, 2**32 - 1),
)  # fmt: skip
CLASS_SIZES = st.lists(st.integers(1, 60), min_size=2, max_size=8)


@given(CLASS_SIZES, SPLITS)
def test_parts_are_disjoint_complete_and_reproducible(sizes, split):
    samples = _samples(sizes)
    parts = split_indices(samples, split)
    everything = np.concatenate(parts)
    np.testing.assert_array_equal(np.sort(everything), np.arange(samples.count))
    for part, again in zip(parts, split_indices(samples, split), strict=True):
        np.testing.assert_array_equal(part, again)
        assert (np.diff(part) > 0).all()


@given(CLASS_SIZES, SPLITS)
def test_every_class_is_trained_on(sizes, split):
    samples = _samples(sizes)
    train, _, _ = split_indices(samples, split)
    assert set(samples.labels[train]) == set(range(len(sizes)))


@given(st.lists(st.integers(20, 60), min_size=2, max_size=8), SPLITS)
def test_stratified_within_one(sizes, split):
    samples = _samples(sizes)
    parts = split_indices(samples, split)
    for part, share in zip(parts, (split.train, split.validation, split.test), strict=True):
        counts = np.bincount(samples.labels[part], minlength=len(sizes))
        assert (np.abs(counts - share * np.array(sizes)) < 1 + 1e-6).all() or share * sum(sizes) < 1


@given(st.integers(1, 3000), SPLITS)
def test_regression_shares(count, split):
    parts = split_indices(_regression(count), split)
    sizes = [len(part) for part in parts]
    assert sum(sizes) == count
    assert sizes[0] >= 1
    for size, share in zip(sizes, (split.train, split.validation, split.test), strict=True):
        assert abs(size - share * count) < 2
        if share * count >= 1 or (share > 0 and count >= 20):
            assert size >= 1
        if share == 0:
            assert size == 0


def test_many_small_classes_do_not_all_round_the_same_way():
    train, validation, test = split_indices(_samples([3] * 100), Split(0.2, 0.2))
    assert abs(len(validation) - 60) <= 3
    assert abs(len(test) - 60) <= 3
    assert len(train) >= 174


def test_other_seeds_give_other_parts():
    samples = _regression(100)
    a, b = (split_indices(samples, Split(seed=seed))[0] for seed in (0, 1))
    assert (a != b).any()


@pytest.mark.parametrize(
    "shares", [(0.5, 0.5), (-0.1, 0.0), (0.0, 0.95), (float("nan"), 0.1), (True, 0.1)]
)
def test_shares_are_checked(shares):
    with pytest.raises(SettingError):
        Split(*shares)


def test_no_samples_are_refused():
    with pytest.raises(UserError, match="no samples"):
        split_indices(_regression(0), Split())


def test_a_given_test_part_is_kept_and_the_rest_divided():
    y = np.eye(4)[np.arange(100) % 4]
    samples = Samples(np.zeros((100, 1)), y, ("x",), tuple("abcd"), "classification", (), 60)
    train, validation, test = split_indices(samples, Split(0.25, 0.5, 3))
    np.testing.assert_array_equal(test, np.arange(60, 100))
    np.testing.assert_array_equal(np.sort(np.concatenate([train, validation])), np.arange(60))
    assert sorted(np.bincount(samples.labels[validation])) == [3, 4, 4, 4]
    assert trained_count(samples, Split(0.25, 0.5)) == 45
    whole = dataclasses.replace(samples, test_from=None)
    assert trained_count(whole, Split(0.25, 0.5)) == 25
