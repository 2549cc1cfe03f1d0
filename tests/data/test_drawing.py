"""Drawings in the form of the images of a data set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.drawing import as_input, style_of
from tests.image_samples import digit_images


def drawing(left, top, right, bottom, side=280):
    ink = np.zeros((side, side))
    ink[top:bottom, left:right] = 1.0
    return ink


def middle_of(image):
    rows, columns = np.indices(image.shape)
    return (rows * image).sum() / image.sum(), (columns * image).sum() / image.sum()


def test_the_style_is_measured():
    style = style_of(digit_images())
    assert (style.height, style.width) == (8, 8)
    assert (style.ground, style.ink) == (0.0, 16.0)
    assert 0.7 < style.extent <= 1.0


def test_dark_ink_on_light_paper_is_found():
    samples = digit_images()
    style = style_of(replace(samples, x=16.0 - samples.x))
    assert (style.ground, style.ink) == (16.0, 0.0)
    np.testing.assert_array_equal(as_input(np.zeros((20, 20)), style), np.full((1, 8, 8), 16.0))
    assert as_input(drawing(10, 10, 60, 200), style).min() == pytest.approx(0.0)


@pytest.mark.parametrize("place", [(10, 10, 60, 200), (200, 60, 270, 260), (100, 0, 130, 280)])
def test_a_drawing_is_centred_and_scaled(place):
    style = style_of(digit_images())
    image = as_input(drawing(*place), style)
    assert image.shape == (1, 8, 8)
    assert image.max() == pytest.approx(16.0)
    assert middle_of(image[0]) == pytest.approx((3.5, 3.5), abs=0.05)
    length = np.flatnonzero((image[0] > 1.0).any(axis=1))
    assert length[-1] - length[0] + 1 == pytest.approx(style.extent * 8, abs=1.01)


def test_an_image_of_the_data_comes_back_nearly_as_it_was():
    samples = digit_images()
    style = style_of(samples)
    for row in range(10):
        image = samples.x[row, 0] / 16.0
        again = as_input(np.kron(image, np.ones((20, 20))), style)[0] / 16.0
        assert np.corrcoef(image.ravel(), again.ravel())[0, 1] > 0.7


def test_empty_paper_is_ground():
    style = style_of(digit_images())
    np.testing.assert_array_equal(as_input(np.zeros((280, 280)), style), np.zeros((1, 8, 8)))
