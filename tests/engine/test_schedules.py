"""Schedules and stop rules: their formulas; beside PyTorch in `test_training_beside_torch`."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.engine.schedules import (
    Cosine,
    Exponential,
    Plateau,
    Schedule,
    Steps,
    WarmUp,
)
from neuralbuilder.engine.stopping import EarlyStopping
from neuralbuilder.problems import SettingError

EPOCHS = st.integers(0, 5000)


def factors(schedule: Schedule, losses: list[float]) -> list[float]:
    memory: dict[str, float] = {}
    found = []
    for epoch, loss in enumerate(losses):
        found.append(schedule.factor(epoch, memory))
        schedule.observe(epoch, loss, memory)
    return found


# ------------------------------------------------------------ formulas


def test_steps_and_exponential():
    assert factors(Steps(3, 0.5), [0.0] * 8) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert factors(Exponential(0.5), [0.0] * 4) == [1, 0.5, 0.25, 0.125]
    assert Exponential(0.5).factor(1_000_000, {}) == 0.0
    assert Steps(3, 1.0).settled(0, {})
    assert not Steps(3, 0.5).settled(10**6, {})


def test_cosine_ends_at_its_minimum_and_stays_there():
    schedule = Cosine(10, 0.2)
    assert schedule.factor(0, {}) == 1.0
    assert schedule.factor(5, {}) == pytest.approx(0.6)
    assert [schedule.factor(epoch, {}) for epoch in (10, 11, 20, 10_000)] == [0.2] * 4
    assert not schedule.settled(9, {})
    assert schedule.settled(10, {})


def test_warm_up_grows_and_hands_over():
    schedule = WarmUp(4, 0.2, then=Steps(2, 0.5))
    expected = [0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.5, 0.5, 0.25]
    assert factors(schedule, [0.0] * 9) == pytest.approx(expected)
    assert WarmUp(4).settled(4, {})
    assert not WarmUp(4).settled(3, {})
    assert not WarmUp(4, then=Cosine(10)).settled(13, {})


def test_a_plateau_after_a_warm_up_does_not_count_the_growth():
    schedule = WarmUp(3, 0.5, then=Plateau(0.5, patience=0))
    assert schedule.watches
    assert not WarmUp(3).watches
    # The losses of epochs 0 to 2 are not looked at: the one of epoch 3 is the first.
    assert factors(schedule, [0.1, 0.1, 0.1, 1.0, 1.0, 0.9])[3:] == [1.0, 1.0, 0.5]


def test_a_plateau_by_hand():
    schedule = Plateau(0.5, patience=1, improvement=0.1, minimum=0.3)
    losses = [1.0, 0.95, 0.89, 0.85, 0.85, 0.8, math.nan, 0.1, 0.1]
    assert factors(schedule, losses) == [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]
    assert schedule.settled(0, {"factor": 0.3})
    memory = {"factor": 0.5, "best": 0.1, "waited": 1.0}
    schedule.observe(9, 0.1, memory)
    assert memory == {"factor": 0.3, "best": 0.1, "waited": 0.0}


@given(EPOCHS, st.integers(1, 500), st.floats(0.0, 1.0))
def test_a_cosine_never_rises(epoch, length, minimum):
    schedule = Cosine(length, minimum)
    first, second = schedule.factor(epoch, {}), schedule.factor(epoch + 1, {})
    assert minimum <= second <= first <= 1.0


@given(EPOCHS, st.integers(1, 500), st.floats(0.01, 1.0))
def test_a_warm_up_never_falls(epoch, length, start):
    schedule = WarmUp(length, start)
    first, second = schedule.factor(epoch, {}), schedule.factor(epoch + 1, {})
    assert start * (1 - 1e-12) <= first <= second + 1e-15
    assert second <= 1.0


@given(
    st.lists(st.floats(0.0, 10.0, width=32), max_size=60),
    st.integers(0, 60),
    st.integers(0, 5),
    st.floats(0.0, 0.5),
)
def test_what_is_remembered_survives_json_to_the_last_bit(losses, cut, patience, improvement):
    schedule, rule = Plateau(0.7, patience, improvement), EarlyStopping(patience + 1, improvement)
    whole: list[Any] = []
    resumed: list[Any] = []
    for found, stop_at in ((whole, None), (resumed, cut)):
        of_schedule: dict[str, float] = {}
        of_rule: dict[str, float] = {}
        for epoch, loss in enumerate(losses):
            if epoch == stop_at:
                of_schedule = json.loads(json.dumps(of_schedule))
                of_rule = json.loads(json.dumps(of_rule))
            schedule.observe(epoch, loss, of_schedule)
            found.append((schedule.factor(epoch, of_schedule), rule.observe(epoch, loss, of_rule)))
    assert whole == resumed


# ------------------------------------------------------------ early stopping


def test_early_stopping_waits_as_long_as_it_says():
    rule, memory = EarlyStopping(3), {}
    losses = [1.0, 0.5, 0.6, 0.5, 0.4, 0.4, 0.5, math.nan]
    verdicts = [rule.observe(epoch, loss, memory) for epoch, loss in enumerate(losses, 1)]
    assert verdicts == ["better", "better", "waiting", "waiting", "better", "waiting", "waiting",
                        "stop"]  # fmt: skip
    assert memory == {"best": 0.4, "epoch": 5.0, "waited": 3.0}


def test_a_small_improvement_is_none():
    rule, memory = EarlyStopping(2, improvement=0.1), {}
    verdicts = [rule.observe(e, loss, memory) for e, loss in enumerate([1.0, 0.95, 0.91], 1)]
    assert verdicts == ["better", "waiting", "stop"]


def test_without_a_single_good_loss_there_is_nothing_to_go_back_to():
    rule, memory = EarlyStopping(1), {}
    assert [rule.observe(e, math.inf, memory) for e in range(5)] == ["waiting"] * 5


# ------------------------------------------------------------ bad settings


@pytest.mark.parametrize(
    ("part", "settings"),
    [
        (Steps, {"epochs": 0}),
        (Steps, {"gamma": 0.0}),
        (Steps, {"gamma": 1.5}),
        (Exponential, {"gamma": -0.1}),
        (Cosine, {"epochs": 1.5}),
        (Cosine, {"minimum": 1.1}),
        (Plateau, {"reduction": 1.0}),
        (Plateau, {"patience": -1}),
        (Plateau, {"improvement": 1.0}),
        (WarmUp, {"start": 0.0}),
        (WarmUp, {"then": "cosine"}),
        (WarmUp, {"then": WarmUp()}),
        (EarlyStopping, {"patience": 0}),
        (EarlyStopping, {"improvement": math.nan}),
    ],
)
def test_settings_out_of_range_are_refused(part, settings):
    with pytest.raises(SettingError):
        part(**settings)
