"""Columns as they are written: cells, plain numbers, and frames of pandas."""

import numpy as np
import pandas as pd
import pytest

from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.frames import table_of
from neuralbuilder.data.tables.reading.reader import read_table
from neuralbuilder.data.tables.table import column_of, unique_names


@pytest.mark.parametrize("odd", ["1_000", "１２", "inf", "nan", "1e999", "NA", "1,5", "x"])
def test_a_cell_that_is_no_plain_number_is_kept_as_it_is_written(tmp_path, odd):
    (tmp_path / "t.csv").write_text(f'a,b\n1.50,1\n" {odd} ",\n1.50,1e3\n', encoding="utf-8")
    table = read_table(tmp_path / "t.csv", TableFormat())
    a, b = table.columns
    assert a.cells.words == ("1.50", odd)
    np.testing.assert_array_equal(a.cells.codes, [0, 1, 0])
    np.testing.assert_array_equal(a.values, [1.5, np.nan, 1.5])
    assert b.cells is None
    np.testing.assert_array_equal(b.values, [1, np.nan, 1000])
    assert [table.line(row) for row in range(3)] == [2, 3, 4]
    same = column_of("a", ["1.50", f" {odd} ", "1.50"])
    assert same.cells.words == a.cells.words
    np.testing.assert_array_equal(same.values, a.values)


def test_a_frame_is_a_table():
    frame = pd.DataFrame(
        {
            "n": [1, None, 2.5],
            "w": ["x", None, "y"],
            "d": pd.to_datetime(["2020-01-02", "2020-01-03", None]),
            "c": pd.Categorical(["1", "2", "1"]),
            "i": [1.0, np.inf, 2.0],
        }
    )
    table = table_of(frame, "the frame")
    assert [column.name for column in table.columns] == ["n", "w", "d", "c", "i"]
    np.testing.assert_array_equal(table.column("n").values, [1, np.nan, 2.5])
    assert table.column("n").cells is None
    assert table.column("w").cells.words == ("x", "", "y")
    assert table.column("i").cells.words == ("1", "inf", "2")
    assert table.column("d").cells.words[0].startswith("2020-01-02")
    assert table.kinds == {"d": "dates", "c": "words"}
    assert table.head[0][:2] == ("1", "x")
    assert table.row_count == 3


def test_many_columns_of_one_name_are_told_apart():
    names, notices = unique_names(["c"] * 20_000)
    assert names[:3] == ["c", "c (2)", "c (3)"]
    assert len(set(names)) == 20_000
    assert len(notices) == 19_999
