"""The bounded series of a run."""

from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.training.log import LIMIT, Series, TrainingLog


def test_short_series_are_kept_whole():
    series = Series()
    for step in range(LIMIT):
        series.add(step, step**2)
    assert np.array_equal(series.points[:, 0], np.arange(LIMIT))
    assert np.array_equal(series.points[:, 1], np.arange(LIMIT) ** 2.0)


def test_long_series_are_thinned_evenly_and_keep_both_ends():
    series = Series()
    for step in range(1, 100_001):
        series.add(step, 1.0 / step)
        assert series.newest == 1.0 / step
    steps = series.points[:, 0]
    assert LIMIT // 4 < len(steps) <= LIMIT
    assert steps[0] == 1
    assert steps[-1] == 100_000
    gaps = np.diff(steps)[:-1]
    assert gaps.min() > 0
    assert gaps.max() <= 4 * np.median(gaps)


def test_a_second_value_for_the_same_step_replaces_the_first():
    series = Series()
    series.add(1, 5.0)
    series.add(1, 6.0)
    assert series.points.tolist() == [[1.0, 6.0]]


@pytest.mark.parametrize("count", [3, LIMIT, 5 * LIMIT])
def test_a_series_can_be_continued(count):
    series = Series()
    for step in range(count):
        series.add(step, step)
    again = Series(series.points.copy())
    assert np.array_equal(again.points, series.points)
    for step in range(count, count + 2 * LIMIT):
        again.add(step, step)
    assert len(again.points) <= LIMIT
    assert again.points[0, 0] == 0
    assert again.newest == count + 2 * LIMIT - 1


def test_values_that_are_no_numbers_are_left_out():
    log = TrainingLog()
    log.add("loss/train", 1, float("nan"))
    log.add("loss/train", 2, float("inf"))
    assert log.copies() == {}
    assert log.first("loss/train") is None


def test_marks_are_not_measurements():
    log = TrainingLog()
    log.add("loss/train", 1, 0.5)
    log.add("epoch", 1, 0.1)
    log.mark("learning rate", 1, 0.01)
    assert log.newest() == {"loss/train": 0.5}
    assert set(log.copies()) == {"loss/train", "epoch", "mark/learning rate"}


def test_copies_are_locked_and_stay_as_they_are():
    log = TrainingLog()
    log.add("loss/train", 1, 0.5)
    copy = log.copies()["loss/train"]
    log.add("loss/train", 2, 0.25)
    assert len(copy) == 1
    with pytest.raises(ValueError, match="read-only"):
        copy[0, 0] = 3
