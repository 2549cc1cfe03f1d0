"""Insights into single samples: the next wrong one, one feature map, an input of one's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.engine.metrics import predicted_classes
from neuralbuilder.insights import next_wrong
from neuralbuilder.insights.base import OwnInput
from neuralbuilder.insights.canvas import NetworkView
from neuralbuilder.insights.feature_map import FeatureMap
from neuralbuilder.insights.next_wrong import NextWrong


def values(figure):
    return figure.marks[0].values


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_all_wrong_samples_are_found_one_after_the_other(make_source, direction, monkeypatch):
    monkeypatch.setattr(next_wrong, "SLICE", 3)
    source = make_source("images")
    network, data = source.network, source.data
    output = network.forward(source.parameters, data.x)
    wrong = set(np.flatnonzero(predicted_classes(output) != predicted_classes(data.y)).tolist())
    assert wrong
    start, passed, found = 1, 0, []
    while passed < data.samples.count:
        arrays = values(NextWrong(start, direction, passed).compute(source))
        assert arrays["passed"][0] > passed
        passed = int(arrays["passed"][0])
        if arrays["row"][0] >= 0:
            found.append(int(arrays["row"][0]))
    assert set(found) == wrong
    assert len(found) == len(wrong)
    sign = 1 if direction == "forward" else -1
    away = [(sign * (row - start) - 1) % data.samples.count for row in found]
    assert away == sorted(away), "the nearest comes first"


def test_nothing_is_left_to_find_after_all_samples(make_source):
    source = make_source("images")
    arrays = values(NextWrong(0, "forward", source.data.samples.count + 5).compute(source))
    assert arrays["row"][0] == -1
    assert arrays["passed"][0] == source.data.samples.count


def test_a_feature_map_has_the_engines_numbers(make_source):
    source = make_source("convolution")
    arrays = values(FeatureMap("conv_2", 7).compute(source))
    maps = source.sample_trace.activations["conv_2"][0]
    np.testing.assert_array_equal(arrays["map"], maps[7])
    assert arrays["shape"].tolist() == list(maps.shape)
    assert FeatureMap("conv_2", len(maps)).compute(source).message
    assert FeatureMap("nowhere", 0).compute(source).message


def test_an_own_input_stands_in_the_place_of_the_sample(make_source):
    plain = make_source("images")
    own = np.asarray(plain.data.samples.x[3], dtype=np.float64) * 0.5
    source = replace(plain, own_input=OwnInput(own))
    arrays = values(NetworkView().compute(source))
    np.testing.assert_array_equal(arrays["x"], own.ravel())
    assert "y" not in arrays
    scaled = plain.data.scaling.inputs(own[None]).astype(plain.data.x.dtype)
    output = plain.network.forward(plain.parameters, scaled)
    np.testing.assert_allclose(arrays[f"{plain.network.output_id}/activation"], output[0])
    assert source.sample_target.shape == output.shape
    assert predicted_classes(source.sample_target) == predicted_classes(output)


def test_an_own_input_that_does_not_fit_is_passed_over(make_source):
    plain = make_source("images")
    source = replace(plain, own_input=OwnInput(np.zeros((1, 3, 3))))
    assert not source.shows_own_input
    arrays = values(NetworkView().compute(source))
    np.testing.assert_array_equal(arrays["x"], plain.data.samples.x[plain.sample].ravel())


def test_a_regression_takes_its_own_answer_for_right(make_source):
    plain = make_source("regression")
    source = replace(plain, own_input=OwnInput(plain.data.samples.x[0] + 0.25))
    assert source.sample_trace.loss == pytest.approx(0.0, abs=1e-9)
