"""The settings with which training begins: those that suit the data, unless a user chooses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.bundled import Digits, Iris
from neuralbuilder.data.images.augmentation import LightAugmentation, NoAugmentation
from neuralbuilder.data.preprocessing import MinMax, SignedMinMax, Standardise
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.optimizers import Adam, Sgd
from neuralbuilder.engine.schedules import Constant, Cosine, Exponential
from neuralbuilder.parts import changed
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check
from neuralbuilder.project.examples import image_example, new_project
from neuralbuilder.project.model import Plan
from neuralbuilder.project.usual_plan import RATE_FOR_IMAGES, suitable_plan

SLOW = Adam(learning_rate=RATE_FOR_IMAGES)
SHIFTED = LightAugmentation(shift=1)


def pictures(count: int, side: int = 16, test_from: int | None = None) -> Samples:
    classes = np.eye(2)[np.arange(count) % 2]
    return Samples(
        np.zeros((count, 1, side, side), np.uint8), classes, ("grey",), ("a", "b"),
        "classification", test_from=test_from,
    )  # fmt: skip


def settings(plan: Plan) -> tuple[object, ...]:
    return plan.preprocessing, plan.optimizer, plan.augmentation, plan.schedule, plan.epochs


@pytest.mark.parametrize(
    ("count", "test_from", "epochs"),
    [
        (10, None, 100),
        (2000, None, 100),
        (4000, None, 50),
        (20_000, 10_000, 20),
        (70_000, 60_000, 20),
    ],
)
def test_few_pictures_are_seen_more_often(count, test_from, epochs):
    plan = suitable_plan(Plan(), pictures(count, test_from=test_from))
    assert settings(plan) == (MinMax(), SLOW, SHIFTED, Cosine(epochs, 0.01), epochs)


def test_what_is_no_picture_of_a_class_is_neither_shifted_nor_learnt_ever_more_slowly():
    numbers = replace(pictures(50), target_names=("y", "z"), task="regression")
    for samples in (numbers, pictures(50, side=15), Digits(as_images=True).load()):
        plan = suitable_plan(Plan(), samples)
        assert settings(plan) == (MinMax(), SLOW, NoAugmentation(), Constant(), 0)
    assert suitable_plan(Plan(), Iris().load()) == Plan()


def test_all_ways_to_images_begin_alike():
    samples = pictures(4000)
    begun = new_project("16x16 -> flatten -> 2", samples=samples).plan
    drawn = edits.fit_to_data(new_project("4 -> 2"), samples).plan
    assert settings(begun) == settings(drawn) == settings(suitable_plan(Plan(), samples))
    assert not [p for p in check(image_example()) if p.setting == "schedule"]


def test_what_is_chosen_stays_and_its_partner_with_it():
    samples = pictures(4000)
    usual = settings(suitable_plan(Plan(), samples))
    for chosen, kept in (
        ({"optimizer": Sgd()}, {0: Standardise(), 1: Sgd()}),
        ({"optimizer": Adam(0.05)}, {0: Standardise(), 1: Adam(0.05)}),
        ({"preprocessing": SignedMinMax()}, {0: SignedMinMax(), 1: Adam()}),
        ({"preprocessing": Standardise(), "optimizer": SLOW}, {0: Standardise(), 1: SLOW}),
        ({"schedule": Exponential()}, {3: Exponential(), 4: 0}),
        ({"epochs": 7}, {3: Constant(), 4: 7}),
        ({"augmentation": LightAugmentation(flip=True)}, {2: LightAugmentation(flip=True)}),
    ):
        wanted = tuple(kept.get(place, setting) for place, setting in enumerate(usual))
        assert settings(suitable_plan(changed(Plan(), **chosen), samples)) == wanted


def test_other_data_bring_their_own_settings_where_the_old_ones_were_only_usual():
    few, many, vectors = pictures(200), pictures(10_000), Iris().load()
    plan = suitable_plan(Plan(), few)
    assert suitable_plan(plan, many, few).epochs == 20
    assert suitable_plan(plan, vectors, few) == Plan()
    chosen = changed(plan, epochs=60, schedule=Cosine(60, 0.01))
    for after in (suitable_plan(chosen, many, few), suitable_plan(chosen, few)):
        assert (after.epochs, after.schedule) == (60, Cosine(60, 0.01))
