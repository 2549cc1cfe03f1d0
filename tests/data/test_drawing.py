"""Drawings in the form of the images of a data set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.drawing import Style, as_colour_input, as_input, colour_style_of, style_of
from tests.image_samples import colour_images, digit_images


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


@pytest.mark.parametrize("shape", [(20, 60), (60, 20), (30, 40), (1, 5), (1, 1)])
@pytest.mark.parametrize("place", [(10, 10, 60, 200), (200, 60, 270, 260), (0, 0, 280, 280)])
def test_a_drawing_is_all_on_an_image_of_any_proportions(shape, place):
    style = Style(*shape, ground=0.0, ink=1.0, extent=1.0)
    image = as_input(drawing(*place), style)[0]
    assert image.shape == shape
    assert image.max() == pytest.approx(1.0)
    # What is drawn is a full rectangle: as wide and high on the image as it is on the paper.
    left, top, right, bottom = place
    high, wide = image.sum(axis=0).max(), image.sum(axis=1).max()
    if min(shape) > 1:
        assert high / wide == pytest.approx((bottom - top) / (right - left), rel=0.05)
        assert max(high / shape[0], wide / shape[1]) == pytest.approx(1.0, rel=0.01)


def test_a_drawing_with_its_weight_at_one_end_is_not_cut_off():
    ink = drawing(130, 10, 150, 270)
    ink[10:60, 60:220] = 1.0
    style = Style(8, 8, ground=0.0, ink=1.0, extent=1.0)
    image = as_input(ink, style)[0]
    assert image[0].max() > 0.1, "in the middle by its weight, the foot would be below the image"
    assert image[-1].max() > 0.1


def test_pictures_in_colour_are_taken_as_they_are_drawn():
    samples = colour_images()
    style = colour_style_of(samples)
    assert (style.height, style.width) == (6, 8)
    assert (style.black, style.white) == (0.0, 255.0)
    picture = np.moveaxis(samples.x[3], 0, -1)
    large = np.kron(picture, np.ones((20, 20, 1), np.uint8))
    np.testing.assert_allclose(as_colour_input(large, style), samples.x[3], atol=1e-9)
    other = as_colour_input(large[::2], style)
    np.testing.assert_allclose(other, samples.x[3], atol=1e-9)


def test_colours_get_the_units_of_the_data():
    samples = colour_images()
    scaled = replace(samples, x=samples.x / 127.5 - 1.0)
    style = colour_style_of(scaled)
    white = as_colour_input(np.full((10, 10, 3), 255, np.uint8), style)
    assert white == pytest.approx(np.full((3, 6, 8), scaled.x.max()))
    edges = np.concatenate([samples.x[:, 1, [0, -1]].ravel(), samples.x[:, 1, :, [0, -1]].ravel()])
    low, high = samples.x.min(), samples.x.max()
    usual = 255 * (np.median(edges) - float(low)) / (float(high) - float(low))
    assert style.ground[1] == pytest.approx(usual, abs=1)


def test_empty_paper_is_ground():
    style = style_of(digit_images())
    np.testing.assert_array_equal(as_input(np.zeros((280, 280)), style), np.zeros((1, 8, 8)))
