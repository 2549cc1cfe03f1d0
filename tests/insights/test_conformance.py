"""What every registered insight promises."""

from __future__ import annotations

import dataclasses
import json
import pickle

import numpy as np
import pytest

import neuralbuilder.insights  # noqa: F401 - registers them
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.figure import (
    Arrays,
    Bars,
    Figure,
    HeatMap,
    Line,
    Pictures,
    Points,
    Table,
)
from neuralbuilder.parts import catalogue, from_dict, help_of, settings_of, to_dict

ALL = catalogue("insight")


@pytest.fixture(params=ALL, ids=lambda cls: cls.name)
def insight(request: pytest.FixtureRequest) -> Insight:
    return request.param()


def arrays_of(figure: Figure) -> list[np.ndarray]:
    found = []
    for mark in figure.marks:
        values = mark.values.values() if isinstance(mark, Arrays) else vars(mark).values()
        found += [value for value in values if isinstance(value, np.ndarray)]
    for row in figure.rows:
        found += arrays_of(row)
    return found


def check_lengths(figure: Figure) -> None:
    for mark in figure.marks:
        match mark:
            case Line(x=x, y=y) | Points(x=x, y=y):
                assert x.shape == y.shape == (len(x),)
                assert x.dtype == y.dtype == np.float64
            case Bars(edges=edges, heights=heights):
                assert len(edges) == len(heights) + 1
                assert (np.diff(edges) > 0).all()
            case HeatMap(values=values, extent=(left, right, bottom, top)):
                assert values.ndim == 2
                assert left < right
                assert bottom < top
                assert mark.classes is None or mark.classes.shape == values.shape
                assert mark.samples is None or mark.samples.shape == values.shape
                assert mark.shades is None or mark.shades.shape == values.shape
            case Table(rows=rows, samples=samples):
                assert all(len(row) == len(mark.columns) for row in rows)
                assert len(samples) in (0, len(rows))
            case Pictures(values=values):
                assert len(values) >= 1
                check_pictures(mark)
    for row in figure.rows:
        check_lengths(row)


def check_pictures(mark: Pictures) -> None:
    grey = mark.scale == "grey"
    assert mark.values.dtype == (np.uint8 if grey else np.float32)
    assert mark.values.ndim == 3 or (grey and mark.values.shape[3:] == (3,))
    assert mark.values.nbytes <= 250_000
    assert max(mark.values.shape[1:3]) <= 64
    for facts in (mark.captions, mark.hints, mark.samples):
        assert len(facts) in (0, len(mark.values))
    assert grey or np.abs(mark.values).max() <= mark.limit * (1 + 1e-6)


def test_its_figure_is_finite_and_whole_for_every_kind_of_network(insight, any_source):
    figure = insight.compute(any_source)
    assert figure.marks or figure.rows or figure.message
    assert all(np.isfinite(array).all() for array in arrays_of(figure))
    check_lengths(figure)


def test_it_changes_nothing_and_keeps_nothing(insight, any_source):
    before = any_source.parameters.copy()
    locked = any_source.parameters.view()
    locked.flags.writeable = False
    source = dataclasses.replace(any_source, parameters=locked)
    arrays = arrays_of(insight.compute(source))
    assert np.array_equal(source.parameters, before)
    copies = [array.copy() for array in arrays]
    insight.compute(dataclasses.replace(any_source, parameters=before * 2, sample=9))
    assert all(np.array_equal(a, b) for a, b in zip(arrays, copies, strict=True))
    assert not any(np.shares_memory(array, any_source.parameters) for array in arrays)
    assert not any(np.shares_memory(array, any_source.data.x) for array in arrays)


def test_it_says_why_there_is_nothing_to_see_before_training(insight, any_source):
    figure = insight.compute(dataclasses.replace(any_source, log={}))
    assert figure.marks or figure.rows or figure.message


def test_weights_beyond_all_bounds_still_give_a_finite_figure(insight, any_source):
    wild = any_source.parameters * 1e30
    with np.errstate(all="ignore"):
        figure = insight.compute(dataclasses.replace(any_source, parameters=wild))
    if insight.in_panels or insight.name == "activation_curve":
        assert all(np.isfinite(array).all() for array in arrays_of(figure))


def test_every_layer_can_be_chosen(insight, any_source):
    if not any(setting.name == "node" for setting in settings_of(type(insight))):
        return
    for node in any_source.network.graph.ids:
        figure = dataclasses.replace(insight, node=node).compute(any_source)
        assert figure.marks or figure.rows or figure.message


def test_its_settings_survive_a_file(insight):
    again = from_dict("insight", json.loads(json.dumps(to_dict(insight))))
    assert again == insight
    assert hash(again) == hash(insight)
    assert help_of(type(insight))


def test_it_travels_between_processes(insight, make_source):
    assert pickle.loads(pickle.dumps(insight)) == insight
    figure = insight.compute(make_source("regression"))
    again = pickle.loads(pickle.dumps(figure))
    for one, other in zip(arrays_of(figure), arrays_of(again), strict=True):
        assert np.array_equal(one, other)


def test_the_sample_that_is_selected_counts(make_source):
    first = make_source("regression")
    second = dataclasses.replace(first, sample=6)
    assert isinstance(first, Source)
    for cls in ALL:
        if cls.name in ("network_view", "backward_view", "neuron_arithmetic"):
            one, other = (arrays_of(cls().compute(source)) for source in (first, second))
            assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
