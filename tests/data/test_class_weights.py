"""Weights of classes and samples: scikit-learn's numbers, and clear words for what does not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from neuralbuilder.data.class_weights import (
    BalancedClassWeights,
    ClassWeights,
    NoClassWeights,
    OwnClassWeights,
    sample_weights,
)
from neuralbuilder.data.preprocessing import NoPreprocessing, prepare
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import Split
from neuralbuilder.problems import UserError

NAMES = ("no", "yes: perhaps", "yes")


def samples_of(labels: np.ndarray, classes: int = 3, **settings) -> Samples:
    x = np.arange(2.0 * len(labels)).reshape(-1, 2)
    return Samples(x, np.eye(classes)[labels], ("a", "b"), NAMES[:classes], "classification",
                   **settings)  # fmt: skip


def weights_of(class_weights: ClassWeights, samples: Samples, outputs: int | None = None):
    data = prepare(samples, Split(0.2, 0.2), NoPreprocessing(), outputs=outputs)
    return data, sample_weights(class_weights, data)


@given(st.lists(st.integers(0, 2), min_size=3, max_size=60))
def test_balanced_weights_are_those_of_scikit_learn(labels):
    labels = np.array(labels)
    there = np.unique(labels)
    found = BalancedClassWeights().of_classes(NAMES, np.bincount(labels, minlength=3))
    expected = compute_class_weight("balanced", classes=there, y=labels)
    np.testing.assert_allclose(found[there], expected, rtol=1e-15)


@pytest.mark.parametrize("classes", [2, 3])
def test_they_are_counted_in_the_training_part_and_classes_then_count_alike(classes):
    labels = np.maximum(np.arange(100) % 10 - (10 - classes), 0)
    data, weights = weights_of(
        BalancedClassWeights(), samples_of(labels, classes), 1 if classes == 2 else None
    )
    assert weights.dtype == data.x.dtype
    assert weights[data.train].mean() == pytest.approx(1, rel=1e-6)
    sums = np.bincount(labels[data.train], weights[data.train])
    np.testing.assert_allclose(sums, sums[0], rtol=1e-6)
    # The other parts have the same weights.
    for part in (data.validation, data.test):
        for label in range(classes):
            assert len(np.unique(weights[labels == label])) == 1
            assert (labels[part] == label).any()


def test_without_differences_there_are_no_weights():
    assert weights_of(NoClassWeights(), samples_of(np.arange(30) % 3))[1] is None
    assert weights_of(OwnClassWeights(" "), samples_of(np.arange(30) % 3))[1] is None
    numbers = replace(samples_of(np.arange(30) % 3), task="regression")
    assert weights_of(BalancedClassWeights(), numbers)[1] is None


@pytest.mark.parametrize(
    "text", ["1, 2, 4", "0.5; 1; 2", "yes: 4, yes: perhaps: 2", "yes:4,no:1,yes: perhaps: 2"]
)
def test_own_weights_come_in_order_or_by_name_and_only_ratios_count(text):
    counts = np.array([5, 5, 5])
    found = OwnClassWeights(text).of_classes(NAMES, counts)
    np.testing.assert_allclose(found / found[0], [1, 2, 4])
    samples = samples_of(np.arange(30) % 3)
    twice = OwnClassWeights("2, 4, 8")
    one, other = (weights_of(w, samples)[1] for w in (OwnClassWeights(text), twice))
    np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1, 2", "2 class weights for 3 classes"),
        ("1, 2, x", "“x” is no number"),
        ("1, 2, -1", "“-1” is no number"),
        ("1, 2, nan", "“nan” is no number"),
        ("1, 2, 1e300", "is no number from 0"),
        ("1, 2,", "“” is no number"),
        ("maybe: 3", "“maybe” is no class; there are no, yes: perhaps, yes"),
        ("no: 3, 4", "“4” is no class"),
        ("0, 0, 0", "nothing would be learnt"),
    ],
)
def test_own_weights_that_do_not_fit_are_refused(text, words):
    with pytest.raises(UserError, match=words):
        OwnClassWeights(text).of_classes(NAMES, np.array([5, 5, 5]))


def test_weights_of_samples_are_multiplied_with_those_of_their_classes():
    labels = np.arange(40) % 2
    own = np.linspace(0, 1, 40)
    data, weights = weights_of(OwnClassWeights("1, 3"), samples_of(labels, 2, weights=own))
    expected = own * np.where(labels == 0, 1, 3)
    np.testing.assert_allclose(weights, expected / expected[data.train].mean(), rtol=1e-6)
    with pytest.raises(UserError, match="weight 0"):
        weights_of(NoClassWeights(), samples_of(labels, 2, weights=np.zeros(40)))
