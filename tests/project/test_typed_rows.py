"""Rows that people type: every row of a table can be typed, and makes the same input again."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralbuilder.data.bundled import Iris
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.data.tables.derived import parse_derived
from neuralbuilder.problems import UserError
from neuralbuilder.project.typed_rows import TypedRow, lags_of

CELL = st.tuples(
    st.one_of(st.none(), st.integers(-99, 99), st.floats(-9, 9).map(lambda x: round(x, 3))),
    st.sampled_from(["red", "green", "2", ""]),
    st.one_of(st.none(), st.integers(0, 900)),
)


def table(path: Path, cells: list[tuple], day: str = "%Y-%m-%d") -> Path:
    """A table of a number, a word and a date, and a target."""
    first = [(1, "red", 0), (2, "green", 1), (3, "2", 2), (None, "red", 3)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["size", "colour", "bought", "y"])
        for number, word, days in [*first, *cells]:
            moment = "" if days is None else (date(2020, 1, 1) + timedelta(days)).strftime(day)
            writer.writerow(["" if number is None else number, word, moment, 1.5])
        writer.writerow([5, "green", "", 2.5])
    return path


@settings(max_examples=30, deadline=None)
@given(
    st.lists(CELL, min_size=2, max_size=12),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y"]),
    st.sampled_from(["keep", "mean", "word", "zero", "most_frequent"]),
    st.booleans(),
    st.integers(0, 2),
)
def test_every_row_can_be_typed(
    tmp_path_factory: pytest.TempPathFactory,
    cells: list[tuple],
    day: str,
    rule: str,
    parts: bool,
    lags: int,
) -> None:
    path = table(tmp_path_factory.getbasetemp() / "rows.csv", cells, day)
    dataset = CsvTable(
        str(path), inputs=("size", "colour", "bought"), targets=("y",), words=("colour",),
        dates=("bought",), missing=rule, date_parts=parts, lags=lags,
    )  # fmt: skip
    samples = dataset.load()
    row = TypedRow(samples)
    assert [field.kind for field in row.fields] == ["numbers", "words", "dates"]
    for place in range(samples.count):
        again = row.inputs(row.values(place), place)
        np.testing.assert_allclose(again, samples.x[place], rtol=1e-12, atol=1e-12)


def test_fields_say_what_can_be_typed(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", [(4, "red", 9)])
    dataset = CsvTable(
        str(path), inputs=("size", "bought"), targets=("y",), dates=("bought",),
        derived="twice = size * 2", missing="median",
    )  # fmt: skip
    assert parse_derived(dataset.derived)
    row = TypedRow(dataset.load())
    size, bought = row.fields
    assert (size.low, size.high, size.whole, size.may_be_missing) == (1, 5, True, True)
    assert bought.sample == "2020-01-01"
    assert row.inputs((3.0, "2020-01-02"), 0).tolist() == [3, 1, 6]
    assert np.isnan(row.inputs((None, "2020-01-02"), 0)[[0, 2]]).all()
    with pytest.raises(UserError, match=r"bought: '30.2.' is no date. Write it as 2020-01-01."):
        row.inputs((3.0, "30.2."), 0)
    assert lags_of(row.samples.encoding) == 0


def test_data_without_a_table_have_a_number_for_each_input() -> None:
    samples = Iris().load()
    row = TypedRow(samples)
    assert [field.name for field in row.fields] == list(samples.input_names)
    assert not any(field.may_be_missing for field in row.fields)
    np.testing.assert_array_equal(row.inputs(row.values(70), 70), samples.x[70])
