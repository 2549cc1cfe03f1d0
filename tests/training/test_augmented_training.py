"""Training on images that change from epoch to epoch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neuralbuilder.data.images.augmentation import LightAugmentation
from neuralbuilder.data.preprocessing import MinMax, prepare
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.engine.optimizers import Lbfgs
from neuralbuilder.parts import changed
from neuralbuilder.project.checks import check
from neuralbuilder.project.edits import set_design
from neuralbuilder.project.examples import example
from neuralbuilder.project.model import Plan, Project
from neuralbuilder.training.messages import Load
from neuralbuilder.training.trainer import Trainer

DESIGN = "6x6 -> conv 2@3x3 relu -> flatten -> 2 softmax"
LIGHT = LightAugmentation(shift=1, rotation=20.0, flip=True)


def images(count: int = 1500) -> Samples:
    random = np.random.default_rng(0)
    classes = random.integers(2, size=count)
    x = random.normal(size=(count, 1, 6, 6)) + classes[:, None, None, None]
    return Samples(x, np.eye(2)[classes], ("grey",), ("a", "b"), "classification")


def load(**settings: Any) -> Load:
    plan = changed(
        Plan(), loss=CategoricalCrossEntropy(), preprocessing=MinMax(), augmentation=LIGHT,
        **settings,
    )  # fmt: skip
    data = prepare(images(), plan.split, plan.preprocessing)
    return Load(1, set_design(Project(), DESIGN).graph(), plan, data)


def trained(message: Load, epochs: int) -> Trainer:
    trainer = Trainer()
    trainer.load(message)
    trainer.run(epochs=epochs)
    return trainer


def seen(trainer: Trainer) -> Any:
    """The inputs of the whole epoch under way."""
    trainer._loop.next_batch()
    shuffle = trainer._loop._shuffle
    shuffle.prepare(10**9)
    return shuffle.x.copy()


def test_every_epoch_sees_other_images_and_the_data_stay_as_they_are():
    message = load()
    before = message.data.x.copy()
    first, second = seen(trained(message, 1)), seen(trained(message, 2))
    np.testing.assert_array_equal(message.data.x, before)
    assert {row.tobytes() for row in first}.isdisjoint(row.tobytes() for row in second)


def test_it_goes_on_bit_for_bit_in_the_middle_of_an_epoch():
    message = load(batch_size=7)
    whole = Trainer()
    whole.load(message)
    whole.run(steps=400)
    first = Trainer()
    first.load(message)
    first.run(steps=150)
    second = Trainer()
    second.load(replace(message, state=first.state()))
    second.run(steps=250)
    np.testing.assert_array_equal(whole.parameters, second.parameters)


def test_full_batches_see_other_images_in_every_epoch_too():
    trainer = trained(load(optimizer=Lbfgs(2)), 1)
    first = seen(trainer)
    trainer.run(epochs=1)
    assert not np.array_equal(first, seen(trainer))


def test_it_can_be_changed_while_training():
    trainer = trained(load(), 1)
    plan = trainer._load.plan
    trainer.adjust(changed(plan, augmentation=LightAugmentation(shift=0)))
    still = seen(trainer)
    rows = {row.tobytes() for row in trainer._load.data.x}
    assert all(row.tobytes() in rows for row in still)


@pytest.mark.parametrize("augments", [True, False])
def test_vectors_are_not_augmented_and_that_is_said(augments):
    project = example()
    plan = changed(project.plan, **({"augmentation": LIGHT} if augments else {}))
    problems = check(replace(project, plan=plan), plan.dataset.load())
    told = [problem for problem in problems if "is for images" in problem.message]
    assert bool(told) == augments
