"""Splits: disjoint, complete, reproducible, stratified."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import (
    FEWEST_DIVIDED,
    Split,
    split_indices,
    split_notes,
    trained_count,
)
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
    lambda validation, test, seed: Split(validation / 100, test / 100, seed=seed, least=0),
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
    train, validation, test = split_indices(samples, Split(0.25, 0.5, seed=3))
    np.testing.assert_array_equal(test, np.arange(60, 100))
    np.testing.assert_array_equal(np.sort(np.concatenate([train, validation])), np.arange(60))
    assert sorted(np.bincount(samples.labels[validation])) == [3, 4, 4, 4]
    assert trained_count(samples, Split(0.25, 0.5)) == 45
    whole = dataclasses.replace(samples, test_from=None)
    assert trained_count(whole, Split(0.25, 0.5)) == 25


def test_the_default_division_never_changes():
    """Files do not hold their parts as truth: the seed has to give the same ones for ever."""
    train, validation, test = split_indices(_regression(30), Split())
    np.testing.assert_array_equal(validation, [6, 14, 24])
    np.testing.assert_array_equal(test, [3, 4, 9, 11, 20, 28])
    assert len(train) == 21
    *_, test = split_indices(_samples([9, 12]), Split(seed=5))
    np.testing.assert_array_equal(test, [0, 6, 16, 17])


# ------------------------------------------------------------------ small tables


@pytest.mark.parametrize("count", [1, 4, 19])
def test_very_small_tables_are_not_divided_and_that_is_said(count):
    samples = _regression(count)
    train, validation, test = parts = split_indices(samples, Split())
    np.testing.assert_array_equal(train, np.arange(count))
    assert len(validation) == len(test) == 0
    assert trained_count(samples, Split()) == count
    (note,) = split_notes(samples, Split(), parts)
    assert "fewer than 20 are not divided" in note
    assert split_notes(samples, Split(0, 0), parts) == ()


def test_twenty_samples_are_divided():
    parts = split_indices(_regression(20), Split())
    assert [len(part) for part in parts] == [14, 2, 4]
    assert split_notes(_regression(20), Split(), parts) == ()


# ------------------------------------------------------------------ parts that are given


@given(st.lists(st.integers(0, 2), min_size=1, max_size=80), SPLITS, st.booleans())
def test_given_parts_hold_and_what_is_not_given_is_a_share(numbers, split, whole):
    given = np.array([0, *numbers], dtype=np.int8)
    samples = dataclasses.replace(_regression(len(given)), given_parts=given)
    split = dataclasses.replace(split, least=FEWEST_DIVIDED if whole else 0)
    parts = split_indices(samples, split)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(given)))
    for part, rows in enumerate(parts):
        if part and (given == part).any():
            np.testing.assert_array_equal(rows, np.flatnonzero(given == part))
        else:
            assert (given[rows] == 0).all()
    if (given == 0).sum() < split.least:
        np.testing.assert_array_equal(parts[0], np.flatnonzero(given == 0))


def test_a_second_part_for_the_test_is_that_of_given_parts():
    samples = dataclasses.replace(_regression(90), test_from=60)
    given = np.repeat(np.array([0, 2], np.int8), [60, 30])
    same = dataclasses.replace(_regression(90), given_parts=given)
    for one, other in zip(*(split_indices(s, Split(seed=4)) for s in (samples, same)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_to_train_on_is_refused():
    samples = dataclasses.replace(_regression(3), given_parts=np.full(3, 2, np.int8))
    with pytest.raises(UserError, match="No sample is in the training part"):
        split_indices(samples, Split())


# ------------------------------------------------------------------ groups


GROUPS = st.lists(st.integers(1, 9), min_size=1, max_size=30)


def _grouped(sizes, classes=0, seed=0):
    """Samples of groups of these sizes, in random order."""
    generator = np.random.default_rng(seed)
    groups = generator.permutation(np.repeat(np.arange(len(sizes)) * 7, sizes))
    base = _samples([1] * classes) if classes else _regression(1)
    of_sample = generator.integers(0, max(classes, 1), len(groups))
    y = np.eye(classes)[of_sample] if classes else np.zeros((len(groups), 1))
    return dataclasses.replace(base, x=np.zeros((len(groups), 1)), y=y, groups=groups)


@given(GROUPS, SPLITS, st.sampled_from([0, 2, 3]))
def test_no_group_is_in_two_parts(sizes, split, classes):
    samples = _grouped(sizes, classes)
    parts = split_indices(samples, split)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(samples.count))
    groups = [set(samples.groups[part]) for part in parts]
    assert sum(map(len, groups)) == len(set(samples.groups))
    assert len(parts[0]) > 0
    wanted = [split.validation > 0, split.test > 0]
    if len(sizes) >= 1 + sum(wanted):
        assert [len(parts[1]) > 0, len(parts[2]) > 0] == wanted
    for part, again in zip(parts, split_indices(samples, split), strict=True):
        np.testing.assert_array_equal(part, again)


@given(st.lists(st.integers(1, 9), min_size=10, max_size=60), SPLITS)
def test_groups_come_near_the_shares(sizes, split):
    parts = split_indices(_grouped(sizes), split)
    for part, share in zip(parts, (split.train, split.validation, split.test), strict=True):
        assert abs(len(part) - share * sum(sizes)) <= 2 * max(sizes)


def test_groups_of_one_class_each_are_spread_over_the_parts():
    groups = np.repeat(np.arange(30), 4)
    samples = dataclasses.replace(_samples([40, 40, 40]), groups=groups)
    samples = dataclasses.replace(samples, y=np.eye(3)[groups % 3])
    for seed in range(10):
        for part in split_indices(samples, Split(0.2, 0.3, seed=seed)):
            counts = np.bincount(samples.labels[part], minlength=3)
            assert counts.max() - counts.min() <= 4


def test_a_single_group_trains_as_a_whole_and_that_is_said():
    samples = dataclasses.replace(_regression(40), groups=np.zeros(40, np.intp))
    parts = split_indices(samples, Split())
    assert [len(part) for part in parts] == [40, 0, 0]
    assert split_notes(samples, Split(), parts) == (
        "All 40 samples are trained on: they are of one single group.",
    )


def test_classes_of_one_sample_each_train_as_a_whole_and_that_is_said():
    samples = _samples([1] * 30)
    assert split_notes(samples, Split()) == (
        "All 30 samples are trained on: every class is too small to be divided.",
    )


def test_groups_that_given_parts_tear_are_counted():
    samples = dataclasses.replace(
        _regression(40),
        groups=np.arange(40) // 4,
        given_parts=np.repeat(np.array([0, 2], np.int8), [30, 10]),
    )
    notes = split_notes(samples, Split(), split_indices(samples, Split()))
    assert any("1 group is in several parts" in note for note in notes)


# ------------------------------------------------------------------ order


@given(st.integers(1, 200), SPLITS)
def test_in_order_the_last_rows_test(count, split):
    split = dataclasses.replace(split, by="order")
    parts = split_indices(_regression(count), split)
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(count))
    for part, share in zip(parts, (split.train, split.validation, split.test), strict=True):
        assert abs(len(part) - share * count) <= 2
    there = [part for part in parts if len(part)]
    assert all(a.max() < b.min() for a, b in itertools.pairwise(there))


@given(GROUPS, SPLITS, st.integers(0, 3))
def test_in_order_no_group_is_cut(sizes, split, swaps):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    for at in range(min(swaps, len(groups) - 1)):
        groups[[at, at + 1]] = groups[[at + 1, at]]
    samples = dataclasses.replace(_regression(len(groups)), groups=groups)
    parts = split_indices(samples, dataclasses.replace(split, by="order"))
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(samples.count))
    assert sum(len(set(groups[part])) for part in parts) == len(sizes)


def test_groups_that_overlap_in_order_are_said():
    samples = dataclasses.replace(_regression(40), groups=np.arange(40) % 4)
    split = Split(by="order")
    parts = split_indices(samples, split)
    assert [len(part) for part in parts] == [40, 0, 0]
    assert "no row at which" in split_notes(samples, split, parts)[0]


def test_classes_that_are_not_trained_on_are_named():
    samples = dataclasses.replace(
        _samples([30, 30, 10]), y=np.eye(3)[np.repeat(np.arange(3), [30, 30, 10])]
    )
    notes = split_notes(samples, Split(by="order"), split_indices(samples, Split(by="order")))
    assert notes == ("The training part has no sample of 'c2'.",)
