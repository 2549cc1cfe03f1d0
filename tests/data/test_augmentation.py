"""Training images that are a little different in every epoch."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

import neuralbuilder.data.images  # noqa: F401  (registers the parts)
from neuralbuilder.data.images.augmentation import LightAugmentation, NoAugmentation
from neuralbuilder.parts import catalogue, from_dict, help_of, settings_of, to_dict
from neuralbuilder.problems import SettingError


def changed(images, seed=0, **settings):
    result = images.copy()
    change = LightAugmentation(**settings).draw(len(images), np.random.default_rng(seed))
    half = len(images) // 2
    change(result[:half], 0)
    change(result[half:], half)
    return result


def images(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("part", catalogue("augmentation"), ids=lambda part: part.name)
def test_it_is_a_part_like_any_other(part):
    assert from_dict("augmentation", json.loads(json.dumps(to_dict(part())))) == part()
    assert help_of(part).endswith(".")
    assert all(setting.label and setting.help for setting in settings_of(part))


@pytest.mark.parametrize("settings", [{"shift": -1}, {"rotation": 200.0}, {"shift": 2.5}])
def test_settings_out_of_range(settings):
    with pytest.raises(SettingError):
        LightAugmentation(**settings)


def test_none_changes_nothing():
    before = images(5, 1, 4, 4)
    after = before.copy()
    NoAugmentation().draw(5, np.random.default_rng(0))(after, 0)
    np.testing.assert_array_equal(after, before)
    np.testing.assert_array_equal(changed(before, shift=0, rotation=0.0), before)


@given(st.integers(0, 3), st.integers(2, 6), st.integers(2, 6), st.integers(1, 3))
def test_a_shift_moves_whole_images_and_repeats_the_edge(most, height, width, channels):
    before = images(20, channels, height, width)
    after = changed(before, shift=most, rotation=0.0)
    for old, new in zip(before, after, strict=True):
        padded = np.pad(old, ((0, 0), (most, most), (most, most)), mode="edge")
        places = [
            (row, column)
            for row in range(2 * most + 1)
            for column in range(2 * most + 1)
            if np.array_equal(padded[:, row : row + height, column : column + width], new)
        ]
        assert places, "the image is a window of the padded one"


def test_shifts_go_to_all_sides():
    picture = np.zeros((1, 9, 9))
    picture[0, 4, 4] = 1.0
    after = changed(np.repeat(picture[None], 400, axis=0), shift=1, rotation=0.0)
    found = {tuple(place) for place in np.argwhere(after[:, 0])[:, 1:].tolist()}
    assert found == {(row, column) for row in (3, 4, 5) for column in (3, 4, 5)}


def test_a_turn_is_that_of_scipy():
    before = images(30, 2, 9, 9)
    after = changed(before, seed=7, shift=0, rotation=40.0)
    random = np.random.default_rng(7)
    random.integers(0, 0, (30, 2), endpoint=True)
    angles = random.uniform(-40.0, 40.0, 30)
    for old, new, angle in zip(before, after, angles, strict=True):
        expected = scipy.ndimage.rotate(
            old, angle, axes=(2, 1), reshape=False, order=1, mode="nearest"
        )
        inside = np.s_[:, 2:-2, 2:-2]
        np.testing.assert_allclose(new[inside], expected[inside], atol=1e-9)


def test_half_of_the_images_are_mirrored():
    before = images(400, 1, 3, 5)
    after = changed(before, shift=0, rotation=0.0, flip=True)
    same = (after == before).all(axis=(1, 2, 3))
    np.testing.assert_array_equal(after[~same], before[~same][..., ::-1])
    assert 150 < same.sum() < 250


@pytest.mark.parametrize("shape", [(300, 1, 1, 1), (300, 3, 1, 7), (2, 1, 28, 28)])
def test_every_size_keeps_its_shape_and_range(shape):
    before = images(*shape).astype(np.float32)
    after = changed(before, shift=3, rotation=90.0, flip=True)
    assert after.dtype == np.float32
    assert after.min() >= before.min() - 1e-6
    assert after.max() <= before.max() + 1e-6
    np.testing.assert_array_equal(after, changed(before, shift=3, rotation=90.0, flip=True))
