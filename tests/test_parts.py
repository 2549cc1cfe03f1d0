"""What every part of every kind must do, found through the catalogue; new parts join by themselves.

The mathematics of the engine's parts is checked in tests/engine/test_conformance.py, the figures of
insights in tests/insights, the samples of datasets in tests/data.
"""

from __future__ import annotations

import json
import pickle
import re

import pytest

import neuralbuilder.insights
import neuralbuilder.project.model  # noqa: F401  with the line above: registers every part
from neuralbuilder.parts import (
    Part,
    Setting,
    catalogue,
    changed,
    find,
    from_dict,
    help_of,
    kinds,
    settings_of,
    to_dict,
)
from neuralbuilder.problems import SettingError, UserError

ALL = [cls for kind in kinds() for cls in catalogue(kind)]
NUMBERS = [
    (cls, setting)
    for cls in ALL
    for setting in settings_of(cls)
    if setting.type in ("integer", "number")
]


def named(value: object) -> str:
    return f"{value.kind}-{value.name}" if isinstance(value, type) else getattr(value, "name", "")


def test_the_kinds_are_those_of_the_design() -> None:
    expected = {
        "layer",
        "activation",
        "loss",
        "optimizer",
        "initializer",
        "metric",
        "dataset",
        "insight",
    }
    assert expected <= set(kinds())


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_a_part_survives_dict_json_and_pickle(cls: type[Part]) -> None:
    part = cls()
    again = from_dict(cls.kind, json.loads(json.dumps(to_dict(part))))
    assert again == part
    assert type(again) is cls
    assert pickle.loads(pickle.dumps(part)) == part
    assert hash(again) == hash(part)


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_a_part_explains_itself(cls: type[Part]) -> None:
    assert len(help_of(cls)) > 10
    assert cls.label
    assert find(cls.kind, cls.name) is cls
    for setting in settings_of(cls):
        assert setting.label, setting.name
        assert setting.hidden or setting.help, setting.name


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_a_setting_that_depends_on_a_choice_names_one_there_is(cls: type[Part]) -> None:
    before: dict[str, Setting] = {}
    for setting in settings_of(cls):
        if setting.when is not None:
            name, value = setting.when
            assert value in before[name].choices, "a choice comes before what depends on it"
            assert not setting.word, "the choice has the word for both"
        before[setting.name] = setting


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_a_part_cannot_be_changed_in_place(cls: type[Part]) -> None:
    part = cls()
    for setting in settings_of(cls):
        with pytest.raises(AttributeError):
            setattr(part, setting.name, None)


@pytest.mark.parametrize(("cls", "setting"), NUMBERS, ids=named)
def test_numbers_out_of_range_are_refused_by_name(cls: type[Part], setting: Setting) -> None:
    wrong: list[object] = [True, "1", None, float("nan"), float("inf")]
    if setting.minimum is not None:
        wrong.append(type(setting.default)(setting.minimum - 1))
    if setting.maximum is not None:
        wrong.append(type(setting.default)(setting.maximum * 2 + 1))
    for value in wrong:
        with pytest.raises(SettingError) as caught:
            changed(cls(), **{setting.name: value})
        assert setting.label in caught.value.message


@pytest.mark.parametrize(("cls", "setting"), NUMBERS, ids=named)
def test_what_zero_means_is_declared_and_not_only_written(
    cls: type[Part], setting: Setting
) -> None:
    assert not re.search(r"\b0( means| reads|:)", setting.help)
    if setting.zero_word:
        assert (
            getattr(changed(cls(), **{setting.name: type(setting.default)(0)}), setting.name) == 0
        )
        assert setting.allowed().endswith(f"; 0 means {setting.zero_word}")
        with pytest.raises(SettingError, match=f"0 means {setting.zero_word}"):
            changed(cls(), **{setting.name: type(setting.default)(-1)})


def test_all_settings_whose_zero_is_no_number_say_so() -> None:
    words = {f"{cls.name}.{s.name}": s.zero_word for cls, s in NUMBERS if s.zero_word}
    assert words == {
        "plan.epochs": "no limit",
        "plan.clip_norm": "no limit",
        "plan.clip_value": "no limit",
        "maxpool.stride": "window size",
        "avgpool.stride": "window size",
        "idx.rows": "all",
        "npz.rows": "all",
        "image_folder.rows": "all",
        "csv.rows": "all",
        "csv.skip": "none",
        "csv.skip_below": "none",
        "roc_curve.output": "all",
        "precision_recall.output": "all",
        "calibration.output": "given",
        "residuals.output": "all",
        "partial_dependence.output": "all",
    }


@pytest.mark.parametrize("kind", kinds())
def test_an_unknown_part_is_answered_with_the_known_ones(kind: str) -> None:
    with pytest.raises(UserError, match="Choose one of"):
        from_dict(kind, {"part": "no such thing"})


@pytest.mark.parametrize("kind", ["optimizer", "layer"])
def test_what_is_no_part_is_refused_in_good_english(kind: str) -> None:
    article = "An" if kind == "optimizer" else "A"
    with pytest.raises(UserError, match=f"^{article} {kind} needs a key 'part'"):
        from_dict(kind, {})
