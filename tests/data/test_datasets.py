"""The plane sets and the bundled datasets."""

import dataclasses

import numpy as np
import pytest

from neuralbuilder.data.bundled import Digits
from neuralbuilder.data.planes import (
    Blobs,
    Circle,
    Gaussians,
    Moons,
    PlaneSet,
    Rings,
    Spiral,
    Xor,
)
from neuralbuilder.data.samples import Dataset, FileDataset
from neuralbuilder.parts import catalogue, from_dict, settings_of, to_dict

ALL = [cls for cls in catalogue("dataset") if not issubclass(cls, FileDataset)]
PLANES = [cls for cls in ALL if issubclass(cls, PlaneSet)]


def test_the_promised_datasets_are_there():
    names = {cls.name for cls in catalogue("dataset")}
    assert names >= {
        "formula", "circle", "xor", "gaussians", "spiral", "moons", "rings", "blobs", "plane",
        "gaussian_hills", "iris", "wine", "breast_cancer", "digits", "diabetes", "csv",
        "mnist", "digits28", "idx", "npz", "image_folder",
    }  # fmt: skip


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.name)
def test_samples_keep_their_promises(cls):
    dataset = cls()
    samples = dataset.load()
    assert samples.x.dtype == (np.uint8 if samples.is_images else np.float64)
    assert samples.y.dtype == np.float64
    assert samples.x.shape[:2] == (samples.count, len(samples.input_names))
    assert samples.y.shape == (samples.count, len(samples.target_names))
    assert np.isfinite(samples.x).all()
    assert np.isfinite(samples.y).all()
    if samples.task == "classification":
        assert set(np.unique(samples.y)) == {0.0, 1.0}
        np.testing.assert_array_equal(samples.y.sum(axis=1), 1)
        assert (samples.y.sum(axis=0) >= 2).all()
    again = cls().load()
    np.testing.assert_array_equal(samples.x, again.x)
    np.testing.assert_array_equal(samples.y, again.y)
    assert from_dict("dataset", to_dict(dataset)) == dataset
    assert issubclass(cls, Dataset)
    assert cls.group != Dataset.group


@pytest.mark.parametrize("cls", PLANES, ids=lambda cls: cls.name)
def test_plane_sets(cls):
    for count in (2, 7, 500):
        assert cls(samples=count).load().count == count
    assert np.abs(cls(noise=0.0).load().x).max() <= 6.5
    assert (cls(seed=1, noise=0.1).load().x != cls(seed=2, noise=0.1).load().x).any()
    names = [setting.name for setting in settings_of(cls)]
    assert names[:3] == ["samples", "noise", "seed"]


@pytest.mark.parametrize("cls", [Circle, Xor])
def test_noise_mixes_the_classes_but_leaves_the_points(cls):
    clean, noisy = cls(noise=0.0).load(), cls(noise=0.5).load()
    np.testing.assert_array_equal(clean.x, noisy.x)
    assert 0.02 < (clean.labels != noisy.labels).mean() < 0.5


def test_circle_and_xor_are_what_their_names_say():
    circle = Circle(noise=0.0).load()
    np.testing.assert_array_equal(circle.labels, np.hypot(*circle.x.T) < 3.0)
    xor = Xor(noise=0.0).load()
    np.testing.assert_array_equal(xor.labels, xor.x.prod(axis=1) > 0)


def test_spiral_arms_are_opposite():
    spiral = Spiral(samples=400).load()
    np.testing.assert_allclose(spiral.x[0::2], -spiral.x[1::2], atol=1e-12)
    assert np.hypot(*spiral.x.T).max() == pytest.approx(5.0, rel=0.01)


def test_clouds_widen_with_noise():
    narrow, wide = Gaussians(noise=0.0).load(), Gaussians(noise=1.0).load()
    assert narrow.x[narrow.labels == 0].std() < wide.x[wide.labels == 0].std() / 2


@pytest.mark.parametrize("cls", [Rings, Blobs])
@pytest.mark.parametrize("classes", [2, 10])
def test_number_of_classes(cls, classes):
    samples = cls(classes=classes).load()
    assert len(samples.class_names) == classes
    assert np.ptp(samples.y.sum(axis=0)) <= 1


def test_moons_without_noise_are_half_circles():
    moons = Moons(noise=0.0).load()
    centre = np.where(moons.labels[:, None] == 0, (-1.5, -0.75), (1.5, 0.75))
    np.testing.assert_allclose(np.hypot(*(moons.x - centre).T), 3.0)


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("iris", (150, 4), 3),
        ("wine", (178, 13), 3),
        ("breast_cancer", (569, 30), 2),
        ("digits", (1797, 64), 10),
        ("diabetes", (442, 10), 0),
    ],
)
def test_bundled(name, shape, classes):
    samples = from_dict("dataset", {"part": name}).load()
    assert samples.x.shape == shape
    assert len(samples.class_names) == classes
    assert all(samples.input_names)


def test_digits_are_also_images():
    vectors, images = Digits().load(), Digits(as_images=True).load()
    assert images.x.shape == (1797, 1, 8, 8)
    assert images.pixel_range == (0.0, 16.0)
    assert images.input_names == ("grey",)
    np.testing.assert_array_equal(images.x[5, 0, 2], vectors.x[5, 16:24])
    np.testing.assert_array_equal(images.y, vectors.y)
    assert from_dict("dataset", {"part": "digits"}) == Digits()


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Circle().noise = 0.5
