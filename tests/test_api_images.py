"""Images in the Python interface: they begin with the settings of the window."""

from __future__ import annotations

import numpy as np
import pytest

import neuralbuilder as nb
from neuralbuilder.api.arguments import chosen_schedule
from neuralbuilder.data.images.archive import NumpyArchive
from neuralbuilder.data.images.augmentation import NoAugmentation
from neuralbuilder.data.preprocessing import MinMax, NoPreprocessing
from neuralbuilder.data.samples import Samples
from neuralbuilder.project import edits, files
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document
from neuralbuilder.project.usual_plan import falling

PICTURES = "16x16 -> conv 2@3x3 relu -> maxpool 2 -> flatten -> 2 softmax"


def pictures(count=60, side=16):
    """Bytes; the first class is dark above, the second one below."""
    x = np.random.default_rng(3).integers(0, 120, size=(count, side, side)).astype(np.uint8)
    y = np.arange(count) % 2
    for image, label in zip(x, y, strict=True):
        (image[side // 2 :] if label else image[: side // 2])[...] += 100
    return x, y


def numbered(x, y):
    return Samples(x[:, None], np.eye(2)[y], ("grey",), ("0", "1"), "classification")


def test_pictures_begin_as_in_the_window_unless_arguments_say_otherwise(tmp_path):
    x, y = pictures()
    document = Document(new_project(PICTURES, NumpyArchive("x.npz"), numbered(x, y)))
    net = nb.Network(PICTURES).fit(x, y, epochs=3)
    net.save(tmp_path / "net.nbnet")
    plan, usual = files.load(tmp_path / "net.nbnet").project.plan, document.project.plan
    for name in ("preprocessing", "optimizer", "augmentation", "loss", "batch_size"):
        assert getattr(plan, name) == getattr(usual, name)
    assert plan.schedule == usual.schedule
    # Bytes and the same pixels from 0 to 1 are one thing to a network that scales them.
    again = nb.Network(PICTURES).fit(x / 255, y, epochs=3)
    np.testing.assert_allclose(again.predict(x / 255), net.predict(x), atol=1e-4)
    net.fit(x, y, epochs=usual.schedule.epochs)
    assert net._project.plan.schedule.epochs == usual.schedule.epochs + 3

    plain = {"scaling": "none", "augmentation": "none", "schedule": "constant"}
    other = nb.Network(PICTURES).fit(x, y, epochs=1, learning_rate=0.03, **plain)
    said = other._project.plan
    assert said.optimizer == nb.optimizers.Adam(learning_rate=0.03)
    assert (said.preprocessing, said.augmentation) == (NoPreprocessing(), NoAugmentation())
    assert said.schedule == nb.schedules.Constant()
    fitted = nb.Network(PICTURES).fit(x, y, epochs=1, optimizer="sgd")._project.plan
    assert (fitted.optimizer, fitted.preprocessing) == (nb.optimizers.Sgd(), MinMax())


def test_a_loop_over_epochs_is_one_training():
    x, y = pictures()
    at_once = nb.Network(PICTURES).fit(x, y, epochs=6)
    loop, pairs = nb.Network(PICTURES), nb.Network(PICTURES)
    for _ in range(6):
        loop.fit(x, y, epochs=1)
    for _ in range(3):
        pairs.fit(x, y, epochs=2)
    for net in (loop, pairs):
        np.testing.assert_array_equal(net.predict(x), at_once.predict(x))
        assert net._project.plan.schedule == at_once._project.plan.schedule


def test_the_rate_of_a_loop_falls_as_usual_and_stays_low():
    usual = falling(20)
    rates = [chosen_schedule(None, usual, epoch + 1).factor(epoch, {}) for epoch in range(60)]
    assert rates[:20] == [usual.factor(epoch, {}) for epoch in range(20)]
    assert sorted(rates, reverse=True) == rates
    assert rates[-1] == pytest.approx(usual.minimum, rel=0.1)


def test_another_scaling_is_fitted_anew_and_a_loaded_one_is_kept(tmp_path):
    x, y = pictures()
    net = nb.Network(PICTURES).fit(x, y, epochs=1)
    assert net._state.scaling.input_scale.item() == x.max() - x.min()
    net.fit(x, y, epochs=1, scaling="standardise")
    assert net._state.scaling.input_scale.item() == pytest.approx(x.std())
    untrained = new_project(PICTURES, NumpyArchive("x.npz"), numbered(x, y))
    unscaled = edits.change_plan(untrained, preprocessing=NoPreprocessing())
    files.save(tmp_path / "net.nbnet", Document(unscaled, samples=numbered(x, y)))
    loaded = nb.load(tmp_path / "net.nbnet").fit(x, y, epochs=1)
    assert loaded._state.scaling.input_scale.item() == 1


def test_pictures_are_learnt_without_a_word_about_settings():
    x, y = pictures(200)
    net = nb.Network(PICTURES, seed=1).fit(x, y)
    assert len(net.history["loss/train"]) > 1
    assert net._state.epoch == 100
    assert np.mean(net.predict(x).argmax(axis=1) == y) == 1
    assert net.notes == ()
