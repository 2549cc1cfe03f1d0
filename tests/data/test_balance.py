"""Classes, and yes and no, that are very unequal in number are said, with what helps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.bundled import BreastCancer, Digits, Iris
from neuralbuilder.data.notes import notes_on
from neuralbuilder.data.samples import Samples


def classes(*counts: int) -> Samples:
    labels = np.repeat(np.arange(len(counts)), counts)
    names = tuple("abcdefgh"[: len(counts)])
    x = np.arange(float(len(labels)))[:, None]
    return Samples(x, np.eye(len(counts))[labels], ("x",), names, "classification")


def test_a_rare_class_is_named_with_its_count():
    (note,) = notes_on(classes(950, 48, 2))
    assert note.startswith(
        "The classes are unequal: 'c' has 2 of 1,000 samples, 'a' has 950. Accuracy alone"
    )
    assert "Class weights" in note
    assert "balanced accuracy" in note


@pytest.mark.parametrize("counts", [(50, 50, 50), (79, 21), (60, 40, 0), (15, 1)])
def test_what_is_about_equal_or_a_truth_table_is_not_spoken_of(counts):
    assert notes_on(classes(*counts)) == ()


def test_the_built_in_data_are_equal_enough():
    for dataset in (Iris(), BreastCancer(), Digits()):
        assert not any("unequal" in note for note in notes_on(dataset.load()))


def test_answers_that_are_nearly_always_the_same_are_named():
    y = np.zeros((100, 3))
    y[:7, 0], y[:50, 1], y[:90, 2] = 1, 1, 1
    samples = Samples(np.arange(100.0)[:, None], y, ("x",), ("snow", "rain", "day"), "yes/no")
    (note,) = notes_on(samples)
    assert note.startswith("Of 100 samples 'snow' is yes in 7, 'day' is no in 10 only. ")
    (note,) = notes_on(replace(samples, y=np.ones((100, 3))))
    assert note.startswith("Targets with the same value"), "nothing is rare where all are alike"
