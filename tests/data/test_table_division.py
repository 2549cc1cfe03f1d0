"""Tables that say how they are divided: a column of groups or parts, or a second table."""

import dataclasses

import numpy as np
import pytest

from neuralbuilder.data.splits import Split, split_indices
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.data.tables.division import part_named
from neuralbuilder.problems import SettingError, UserError


@pytest.fixture
def write(tmp_path):
    def written(text, name="data.csv"):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return written


def rows(columns, count, row):
    return columns + "\n" + "".join(f"{row(i)}\n" for i in range(count))


PATIENTS = rows("age,patient,risk", 40, lambda i: f"{i},p{i // 4},{i % 7}.5")


def refused(dataset):
    with pytest.raises(UserError) as caught:
        dataset.load()
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    "text", [PATIENTS, PATIENTS.replace(",p", ",").replace(",atient", ",patient")]
)
def test_rows_of_one_group_stay_together_and_the_column_is_no_input(write, text):
    samples = CsvTable(write(text), group_column="patient").load()
    assert (samples.input_names, samples.target_names) == (("age",), ("risk",))
    np.testing.assert_array_equal(samples.groups, np.arange(40) // 4)
    parts = split_indices(samples, Split(0.2, 0.2, seed=1))
    groups = [set(samples.groups[part]) for part in parts]
    assert all(groups)
    assert sum(map(len, groups)) == 10


@pytest.mark.parametrize(
    ("word", "part"),
    [("train", 0), ("Training", 0), ("TRAIN SET", 0), ("learn", 0), ("val", 1), ("Valid", 1),
     ("validation_set", 1), ("dev", 1), ("test", 2), ("Testing", 2), ("hold-out", 2),
     ("tests", None), ("", None), ("2", None), ("private", None)],
)  # fmt: skip
def test_usual_spellings_of_the_parts(word, part):
    assert part_named(word) == part


def test_a_column_names_the_parts(write):
    words = ("train", "train", "val", "Test")
    text = rows("a,set,b", 12, lambda i: f"{i},{words[i % 4]},{i}.5")
    samples = CsvTable(write(text), part_column="set").load()
    assert samples.input_names == ("a",)
    train, validation, test = split_indices(samples, Split())
    np.testing.assert_array_equal(validation, [2, 6, 10])
    np.testing.assert_array_equal(test, [3, 7, 11])
    assert len(train) == 6


def test_rows_that_are_left_out_take_their_group_and_part_along(write):
    text = "a,g,s,b\n1,x,train,1.5\n2,y,test,\n3,z,test,3.5\n4,x,train,4.5\n"
    samples = CsvTable(write(text), group_column="g", part_column="s").load()
    assert samples.count == 3
    np.testing.assert_array_equal(samples.given_parts, [0, 2, 0])
    np.testing.assert_array_equal(samples.rows, [1, 3, 4])
    assert samples.groups[0] == samples.groups[2] != samples.groups[1]


def test_a_second_table_is_the_test_part(write):
    first = rows("a,kind,b", 30, lambda i: f"{i},{'uv'[i % 2]},{i}.5")
    second = rows("b,more,kind,a", 5, lambda i: f"{i}.25,0,{'w' if i else 'u'},{100 + i}")
    samples = CsvTable(write(first), test_file=write(second, "test.csv")).load()
    assert samples.input_names == ("a", "kind = u", "kind = v", "kind = w")
    np.testing.assert_array_equal(samples.x[30:, 0], np.arange(100, 105))
    np.testing.assert_array_equal(samples.x[30:, 3], [0, 1, 1, 1, 1])
    np.testing.assert_array_equal(samples.y[30:, 0], np.arange(5) + 0.25)
    np.testing.assert_array_equal(samples.rows, [*range(1, 31), *range(1, 6)])
    train, validation, test = split_indices(samples, Split())
    np.testing.assert_array_equal(test, np.arange(30, 35))
    assert (len(train), len(validation)) == (27, 3)


def test_a_second_table_holds_for_very_small_ones_too(write):
    text = rows("a,b", 6, lambda i: f"{i},{i}.5")
    samples = CsvTable(write(text), test_file=write(text, "test.csv"), part_column="").load()
    assert [len(part) for part in split_indices(samples, Split())] == [6, 0, 6]


def test_named_parts_and_a_second_table(write):
    first = rows("a,s,b", 4, lambda i: f"{i},{'train' if i < 3 else 'val'},{i}.5")
    second = rows("a,b", 2, lambda i: f"{i},{i}.5")
    samples = CsvTable(write(first), test_file=write(second, "t.csv"), part_column="s").load()
    np.testing.assert_array_equal(samples.given_parts, [0, 0, 0, 1, 2, 2])


def test_what_is_wrong_is_named_with_its_place(write):
    text = "a,g,s,b\n1,x,train,1.5\n2,,trial,2.5\n3,y,test,3.5\n"
    path = write(text)
    said = refused(CsvTable(path, group_column="g"))
    assert "data.csv, line 3: column 'g' names no group" in said
    said = refused(CsvTable(path, part_column="s"))
    assert "data.csv, line 3: column 's' holds 'trial', which names no part" in said
    assert "no column 'h'" in refused(CsvTable(path, group_column="h"))
    other = write("a,b\n1,2\n", "other.csv")
    said = refused(CsvTable(path, test_file=other))
    assert said == "other.csv lacks the columns 'g', 's' of data.csv."
    uneven = write("a,g,s,b\n1,x,train,1.5,7\n1,x,train,1.5\n", "uneven.csv")
    assert "uneven.csv: 1 row has another" in refused(CsvTable(path, test_file=uneven))


def test_a_column_that_divides_leaves_the_inputs(write):
    table = CsvTable(write(PATIENTS), inputs=("age", "patient"), targets=("risk",))
    assert len(table.load().input_names) == 11
    grouped = dataclasses.replace(table, group_column="patient")
    assert grouped.load().input_names == ("age",)


def test_a_column_has_one_role():
    table = CsvTable("a.csv", inputs=("a", "b"), targets=("c",))
    for settings in (
        {"group_column": "c"},
        {"part_column": "c"},
        {"group_column": "g", "part_column": "g"},
    ):
        with pytest.raises(SettingError):
            dataclasses.replace(table, **settings)
