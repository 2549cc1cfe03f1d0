"""The digits that are drawn from the bundled fonts."""

import numpy as np
import pytest

from neuralbuilder.data.images.generated import GeneratedDigits
from neuralbuilder.data.samples import ReadingCancelled


def test_they_are_bytes_of_28_by_28_with_ten_classes_of_equal_size():
    samples = GeneratedDigits(samples=200).load()
    assert samples.x.shape == (200, 1, 28, 28)
    assert samples.x.dtype == np.uint8
    assert samples.pixel_range == (0.0, 255.0)
    assert samples.class_names == tuple("0123456789")
    np.testing.assert_array_equal(samples.y.sum(axis=0), 20)


def test_more_samples_begin_with_the_same_ones_and_other_seeds_are_others():
    few, many = GeneratedDigits(samples=40).load(), GeneratedDigits(samples=300).load()
    np.testing.assert_array_equal(few.x, many.x[:40])
    assert (GeneratedDigits(samples=40, seed=1).load().x != few.x).any()


def plain(**settings):
    still = {"rotation": 0.0, "shift": 0.0, "scale": 0.0, "stroke": 0.0, "noise": 0.0}
    return GeneratedDigits(samples=200, **still | settings).load().x[:, 0].astype(float)


def test_without_chance_only_the_typefaces_differ():
    ones = plain()[1::10]
    assert 2 <= len(np.unique(ones.reshape(20, -1), axis=0)) <= 4
    rows = np.flatnonzero(plain()[::10].max(axis=(0, 2)) > 128)
    assert 3 <= rows[0] <= 5
    assert 22 <= rows[-1] <= 24


def test_every_strength_changes_what_its_name_says():
    still = plain()
    ink = still.mean(axis=(1, 2))
    centre = (still * np.arange(28)).sum(axis=(1, 2)) / still.sum(axis=(1, 2))
    moved = plain(shift=5.0)
    there = (moved * np.arange(28)).sum(axis=(1, 2)) / moved.sum(axis=(1, 2))
    assert 2 < np.abs(there - centre).max() < 5.5
    assert plain(stroke=1.0).mean() > 1.1 * still.mean()
    scaled = plain(scale=0.3).mean(axis=(1, 2)) / ink
    assert scaled.min() < 0.7
    assert scaled.max() > 1.3
    turned = plain(rotation=20.0)
    np.testing.assert_allclose(turned.mean(axis=(1, 2)), ink, rtol=0.05)
    assert (turned != still).any(axis=(1, 2)).mean() > 0.8
    assert plain(noise=0.2)[:, 0, 0].std() > 10


def test_drawing_tells_how_far_it_is_and_can_be_stopped():
    told = []
    GeneratedDigits(samples=600).read(lambda share: told.append(share) is None)
    assert told == sorted(told)
    assert told[-1] == 1.0
    with pytest.raises(ReadingCancelled):
        GeneratedDigits(samples=600).read(lambda share: share < 0.5)


def test_how_much_is_to_come_is_known_beforehand():
    expected = GeneratedDigits(samples=100_000).expected()
    assert (expected.count, expected.shape) == (100_000, (1, 28, 28))
    assert expected.training_bytes == 100_000 * 784 * 9
