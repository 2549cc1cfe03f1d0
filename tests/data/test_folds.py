"""Folds: every sample is tested once, classes in proportion, groups whole, order kept."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.data.folds import fold_notes, folds_of
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import Split, split_indices
from neuralbuilder.problems import UserError


def _samples(count, classes=0, groups=None):
    y = np.eye(classes)[np.arange(count) % classes] if classes else np.zeros((count, 1))
    names = tuple(f"c{i}" for i in range(classes)) or ("y",)
    task = "classification" if classes else "regression"
    x = np.arange(count, dtype=float)[:, None]
    return Samples(x, y, ("x",), names, task, groups=groups)


SEEDS = st.integers(0, 2**32 - 1)


@given(st.integers(10, 60), st.integers(2, 5), st.sampled_from([0, 2]), SEEDS, st.booleans())
def test_every_sample_is_tested_once(count, folds, classes, seed, grouped):
    groups = np.arange(count) // 2 * 5 if grouped else None
    samples = _samples(count, classes, groups)
    found = folds_of(samples, Split(seed=seed), folds)
    assert len(found) == folds
    tested = np.concatenate([fold.tested for fold in found])
    np.testing.assert_array_equal(np.sort(tested), np.arange(count))
    for fold, again in zip(found, folds_of(samples, Split(seed=seed), folds), strict=True):
        np.testing.assert_array_equal(fold.tested, again.tested)
        both = np.sort(np.concatenate([fold.learnt, fold.tested]))
        np.testing.assert_array_equal(both, np.arange(count))
        if groups is not None:
            assert not set(groups[fold.learnt]) & set(groups[fold.tested])
        elif classes:
            counts = np.bincount(samples.labels[fold.tested], minlength=2)
            assert abs(counts[0] - counts[1]) <= 1


def test_other_seeds_give_other_folds():
    for groups in (None, np.arange(40) // 4):
        samples = _samples(40, groups=groups)
        one, other = (folds_of(samples, Split(seed=seed), 4)[0].tested for seed in (1, 2))
        assert one.tolist() != other.tolist()


def test_in_order_each_fold_learns_from_what_came_before():
    found = folds_of(_samples(30), Split(by="order"), 4)
    tested = np.concatenate([fold.tested for fold in found])
    np.testing.assert_array_equal(tested, np.arange(6, 30))
    for fold in found:
        np.testing.assert_array_equal(fold.learnt, np.arange(fold.tested[0]))


def test_a_test_part_that_is_given_takes_no_part():
    samples = dataclasses.replace(_samples(30), test_from=20)
    tested = np.concatenate([fold.tested for fold in folds_of(samples, Split(), 3)])
    np.testing.assert_array_equal(np.sort(tested), np.arange(20))


def test_the_samples_of_a_fold_have_its_test_part():
    samples = _samples(40, 2, np.arange(40) // 2)
    fold = folds_of(samples, Split(), 4)[1]
    of_fold = fold.of(samples)
    train, validation, test = split_indices(of_fold, Split(0.2, 0.5))
    np.testing.assert_array_equal(of_fold.x[test, 0], fold.tested)
    learnt = np.sort(np.concatenate([train, validation]))
    np.testing.assert_array_equal(of_fold.x[learnt, 0], fold.learnt)
    assert len(validation) > 0
    assert not set(of_fold.groups[train]) & set(of_fold.groups[validation])


@pytest.mark.parametrize(
    ("samples", "split", "count", "message"),
    [
        (_samples(4), Split(), 5, "4 samples are too few for 5 folds"),
        (_samples(40), Split(), 1, "1 is no number of folds"),
        (_samples(12, 6), Split(), 5, "Every class has fewer than 5 samples"),
        (_samples(40, groups=np.arange(40) // 20), Split(), 5, "2 groups, too few for 5 folds"),
        (_samples(40, groups=np.arange(40)), Split(by="order"), 5, "cannot keep groups whole"),
    ],
)
def test_what_cannot_be_folded_is_refused(samples, split, count, message):
    with pytest.raises(UserError, match=message) as caught:
        folds_of(samples, split, count)
    assert caught.value.hint


def test_rare_classes_are_named():
    y = np.eye(3)[[0] * 10 + [1] * 10 + [2] * 2]
    samples = dataclasses.replace(_samples(22, 3), y=y)
    assert len(folds_of(samples, Split(), 5)) == 5
    assert fold_notes(samples, 5) == (
        "'c2' has fewer samples than there are folds, so some folds test none of them.",
    )
    assert fold_notes(samples, 2) == ()
