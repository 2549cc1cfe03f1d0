"""What the columns of a table mean: kinds, missing values, roles, and how they become inputs."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralbuilder.data.notes import notes_on
from neuralbuilder.data.preprocessing import NoPreprocessing, prepare
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import Split
from neuralbuilder.data.tables.dataset import CsvTable, sniff
from neuralbuilder.data.tables.derived import Derived
from neuralbuilder.data.tables.encoding import encode, encoding_from_dict, encoding_to_dict
from neuralbuilder.data.tables.kinds import KindChoices, meanings
from neuralbuilder.data.tables.new_rows import read_rows, rows_from
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.roles import Candidate, proposed_roles
from neuralbuilder.data.tables.table import Table, column_of
from neuralbuilder.data.tables.to_samples import TableChoices, samples_from
from neuralbuilder.problems import SettingError, UserError

ALL = Split(0.0, 0.0)


def table(**columns):
    """A table of these cells, in memory."""
    return from_columns(list(columns.items()))


def from_columns(columns):
    rows = len(columns[0][1])
    made = tuple(column_of(name, [str(cell) for cell in cells]) for name, cells in columns)
    head = tuple(zip(*([str(cell) for cell in cells] for _, cells in columns), strict=True))
    return Table("t.csv", TableFormat(), made, rows, head[:200], lambda row: row + 2)


def samples(given, **choices):
    return samples_from(given, TableChoices(**choices))[0]


def kinds(**columns):
    return {name: meaning.kind for name, meaning in meanings(table(**columns)).items()}


def loaded(tmp_path, text, name="t.csv", **settings_):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return CsvTable(str(path), **{**vars(sniff(path)), **settings_})


@pytest.fixture
def write(tmp_path):
    def written(text, name="new.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


# ------------------------------------------------------------------ kinds


def test_words_with_a_few_numbers_are_words_and_nothing_is_dropped():
    doors = ["2", "3", "4", "5more"] * 12
    found = samples(table(doors=doors, a=range(48), t=[i + 0.5 for i in range(48)]))
    assert found.count == 48
    assert found.input_names[:4] == ("doors = 2", "doors = 3", "doors = 4", "doors = 5more")
    assert kinds(grade=["1", "2", "3", "fail"] * 5, code=["A1", "3"] * 10) == {
        "grade": "words",
        "code": "words",
    }


def test_a_slip_in_a_column_of_numbers_is_a_missing_value_and_said():
    found = samples(table(a=[*range(30), "abc"], b=range(31), t=[i + 0.5 for i in range(31)]))
    assert found.input_names == ("a", "b")
    assert "Column 'a': 1 not a finite number, treated as missing (line 32: 'abc')." in found.notes


@pytest.mark.parametrize(
    ("setting", "kind"), [("words", "words"), ("numbers", "numbers"), ("ignored", "")]
)
def test_the_kind_that_is_chosen_counts(tmp_path, setting, kind):
    text = "origin,id,t\n" + "".join(f"{i % 3 + 1},k{i},{i}.5\n" for i in range(20))
    found = loaded(tmp_path, text, **{setting: ("origin",), "inputs": ()})
    if setting == "ignored":
        with pytest.raises(UserError, match="no column is left as input"):
            found.load()
        return
    names = found.load().input_names
    assert names == (("origin",) if kind == "numbers" else ("origin = 1", "origin = 2",
                                                              "origin = 3"))  # fmt: skip


def test_choices_that_contradict_each_other_are_refused():
    with pytest.raises(SettingError, match="numbers and words"):
        CsvTable("a.csv", words=("a",), numbers=("a",))
    with pytest.raises(SettingError, match="ignored and input"):
        CsvTable("a.csv", inputs=("a",), ignored=("a",))
    with pytest.raises(SettingError, match="no rule"):
        CsvTable("a.csv", missing_by_column=("a=never",))
    with pytest.raises(SettingError, match="lacks name or formula"):
        CsvTable("a.csv", derived="b =")


def test_a_choice_for_a_column_that_is_not_there_is_refused(tmp_path):
    text = "a,t\n1,1.5\n2,2.5\n"
    for settings_ in ({"words": ("z",)}, {"missing_by_column": ("z=mean",)}):
        with pytest.raises(UserError, match="no column 'z'"):
            loaded(tmp_path, text, **settings_).load()


@pytest.mark.parametrize("name", ["", "index", "Unnamed: 0"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_column_that_counts_the_rows_is_left_out_and_said(tmp_path, name, first):
    rows = "".join(f"{i + first},{i * 7 % 11}.5,{'xy'[i % 2]}\n" for i in range(30))
    found = loaded(tmp_path, f"{name},a,class\n{rows}").load()
    assert found.input_names == ("a",)
    assert any("counts the rows" in note for note in found.notes)


def test_names_that_are_all_different_are_neither_input_nor_target():
    mpg = [10 + i % 17 + 0.5 for i in range(60)]
    found = samples(table(weight=range(60), mpg=mpg, name=[f"car {i}" for i in range(60)]))
    assert (found.input_names, found.target_names) == (("weight",), ("mpg",))
    assert "Left out of the inputs: 'name' (60 different words)." in found.notes


def test_a_column_of_many_words_keeps_the_frequent_ones():
    words = [f"w{i % 140 if i % 2 else i % 5}" for i in range(400)]
    found = samples(table(w=words, a=range(400), t=[i + 0.5 for i in range(400)]), most_words=8)
    own = [name for name in found.input_names if name.startswith("w = ")]
    assert len(own) == 9
    assert own[-1] == "w = (others)"
    assert (found.x[:, :9].sum(axis=1) == 1).all()
    assert "(one for the " in " ".join(found.notes)


# ------------------------------------------------------------------ numbers in a file


def test_thousands_are_never_a_thousandth(tmp_path):
    us = 'n,t\n"47,371",506\n766,782\n"3,771",551\n"12,000",5\n'
    assert loaded(tmp_path, us).load().x[:, 0].tolist() == [47371, 766, 3771, 12000]
    german = "n;t\n47.371,50;506\n766,50;782\n2.298,25;551\n"
    assert loaded(tmp_path, german).load().x[:, 0].tolist() == [47371.5, 766.5, 2298.25]
    swiss = "n;t\n8'412;143\n12’124;419\n700;5\n"
    assert loaded(tmp_path, swiss).load().x[:, 0].tolist() == [8412, 12124, 700]
    french = "n;t\n8\u202f412,5;143\n12\u00a0124,5;419\n"
    assert loaded(tmp_path, french).load().x[:, 0].tolist() == [8412.5, 12124.5]


def test_numbers_that_can_be_read_in_two_ways_say_both(tmp_path):
    text = "a;t\n8,412;143\n12,250;80\n25,236;90\n"
    found = loaded(tmp_path, text)
    assert "Column 'a': 8,412 is read as 8412, not as 8.412" in " ".join(found.load().notes)
    as_decimals = loaded(tmp_path, text, thousands="none", decimal="comma")
    assert as_decimals.load().x[:, 0].tolist() == [8.412, 12.25, 25.236]
    one_digit = loaded(tmp_path, "a;t\n5,302;1\n6,498;2\n7,125;3\n")
    assert one_digit.load().x[0, 0] == 5.302
    assert "5,302 is read as 5.302, not as 5302" in " ".join(one_digit.load().notes)


def test_the_setting_for_thousands_wins_over_the_decimal_sign(tmp_path):
    text = "a;t\n5,302;1\n6,498;2\n7,125;3\n"
    found = loaded(tmp_path, text, thousands="comma")
    assert found.format.decimal == "point"
    assert found.load().x[:, 0].tolist() == [5302, 6498, 7125]


def test_money_and_per_cent(tmp_path):
    text = 'price,rate,t\n"$1,200.50",5%,1\n$30.00,12.5%,2\n$7.25,8%,3\n'
    assert loaded(tmp_path, text).load().x.tolist() == [[1200.5, 5], [30, 12.5], [7.25, 8]]


# ------------------------------------------------------------------ missing values


def test_words_that_often_stand_for_nothing_are_words_where_they_are_frequent():
    disorder = ["None", "Insomnia", "Apnea"] * 10
    found = samples(table(a=[i + 0.5 for i in range(30)], disorder=disorder))
    assert found.class_names == ("Apnea", "Insomnia", "None")
    assert any("'None' is a word like the others" in note for note in found.notes)
    signs = samples(table(a=[i + 0.5 for i in range(30)], sign=["+", "-"] * 15))
    assert signs.class_names == ("+", "-")
    odd = samples(table(a=[i + 0.5 for i in range(30)], sign=["?", "-"] * 15))
    assert odd.class_names == ("-", "?")
    assert kinds(a=["1", "NA"] * 8, t=range(16)) == {"a": "numbers", "t": "numbers"}


def test_a_rare_question_mark_is_missing_and_counted():
    words = ["x", "y", "z"] * 20
    words[7] = "?"
    found = samples(table(w=words, t=[i + 0.5 for i in range(60)]))
    assert found.input_names == ("w = x", "w = y", "w = z", "w = (missing)")
    assert found.x[7].tolist() == [0, 0, 0, 1]
    assert "'?' stands for a missing value in 'w' (1)." in found.notes
    named = samples(table(w=words, t=[i + 0.5 for i in range(60)]), kinds=_missing("z"))
    assert named.input_names == ("w = ?", "w = x", "w = y", "w = (missing)")


def _missing(*words):
    from neuralbuilder.data.tables.kinds import KindChoices

    return KindChoices(missing_words=words)


GAPS = {"a": [1, "", 5, 9, 9], "w": ["x", "y", "", "y", "y"], "t": [1.5, 2.5, 3.5, 4.5, 5.5]}


@pytest.mark.parametrize(
    ("rule", "a", "w", "count"),
    [
        ("keep", 7.0, "(missing)", 5),
        ("median", 7.0, "(missing)", 5),
        ("mean", None, None, 4),
        ("most_frequent", 9.0, "y", 5),
        ("zero", 0.0, None, 5),
        ("drop", None, None, 3),
    ],
)
def test_rules_for_missing_values(rule, a, w, count):
    found = samples(table(**GAPS), rule=rule)
    data = prepare(found, ALL, NoPreprocessing())
    assert found.count == count
    assert np.isfinite(data.x).all()
    names = found.input_names
    if a is not None:
        assert data.samples.x[1, names.index("a")] == a
    if w is not None:
        assert data.samples.x[2, names.index(f"w = {w}")] == 1
    if rule == "zero":
        assert data.samples.x[2, 1:].tolist() == [0, 0]


def test_missing_values_are_told_of_whatever_takes_their_place(write):
    given = table(**GAPS)
    kept, zero = samples(given), samples(given, rule="zero")
    data = prepare(kept, ALL, NoPreprocessing())
    assert "w: 1 missing, which counts as a word." in data.notes
    assert zero.notes[-2:] == ("a: 1 filled with 0.", "w: 1 missing, where all its inputs are 0.")
    new = write("a,w\n,k\n3,\n")
    told = read_rows(new, kept, data.scaling.input_fill).notes  # an unknown word is missing, too
    assert "w: 2 missing, which counts as a word." in told
    assert "a: 1 filled with 0." in read_rows(new, zero).notes


@pytest.mark.parametrize("kind", ["numbers", "dates"])
def test_a_column_of_which_nothing_can_be_read_is_refused(kind):
    choices = KindChoices(kinds={"w": kind})
    with pytest.raises(UserError, match=f"column 'w' is to hold {kind}, and none of its cells"):
        samples(table(w=["one", "two", ""] * 4, t=range(12)), kinds=choices)


def test_seconds_since_1970_are_no_dates_and_refused_as_such(tmp_path):
    rows = "".join(f"{1704067200 + i},{i}.5\n" for i in range(20))
    with pytest.raises(UserError, match=r"is to hold dates, and none .* '1704067200'"):
        loaded(tmp_path, "when,t\n" + rows, dates=("when",)).load()


def test_a_formula_without_any_value_is_refused():
    with pytest.raises(UserError, match="Derived column 'z' has no value in any row"):
        samples(table(a=range(12), t=range(12)), derived=(Derived("z", "a / 0"),))


def test_more_lags_than_rows_are_refused_for_what_they_are():
    with pytest.raises(UserError, match=r"12 rows, and with 11 lags .* Set fewer lags"):
        samples(table(a=range(12), t=range(12)), lags=11)


def test_a_missing_number_can_have_an_input_of_its_own():
    found = samples(table(**GAPS), rules=(("a", "word"),))
    assert found.input_names[:2] == ("a", "a = (missing)")
    assert found.x[:, 1].tolist() == [0, 1, 0, 0, 0]


def test_missing_values_are_filled_from_the_training_part_alone():
    values = ["", *[1.0] * 10, *[100.0] * 10]
    found = samples(table(a=values, b=range(21), t=[i + 0.5 for i in range(21)]))
    data = prepare(found, Split(0.0, 0.4), NoPreprocessing())
    median = float(np.median([values[row] for row in data.train if row]))
    assert data.scaling.input_fill[0] == median
    assert data.samples.x[0, 0] == median
    assert f"a: 1 filled with the median {median:g}." in data.notes
    assert np.isnan(found.x[0, 0])


def test_rules_by_column_and_stop():
    with pytest.raises(UserError, match="line 3: column 'a' has no value"):
        samples(table(**GAPS), rules=(("a", "stop"),))
    found = samples(table(**GAPS), rules=(("a", "drop"),))
    assert found.count == 4


def test_an_almost_empty_column_costs_no_row():
    pool = ["NA"] * 59 + ["Gd"]
    found = samples(table(pool=pool, lot=["", *range(59)], price=[i + 0.5 for i in range(60)]))
    assert found.count == 60
    assert "pool = NA" in found.input_names


def test_rows_without_a_target_are_left_out_and_said():
    found = samples(table(a=range(5), t=[1.5, "", 3.5, 4.5, 5.5]))
    assert found.count == 4
    assert "1 row of 5 left out: line 3, target 't' has no value." in found.notes


# ------------------------------------------------------------------ dates, lags, formulas


def hourly(count):
    return [f"2024-01-{1 + i // 24:02} {i % 24:02}:00" for i in range(count)]


def test_dates_are_days_since_the_first_and_what_comes_back():
    given = table(at=hourly(72), a=range(72), t=[i + 0.5 for i in range(72)])
    found = samples(given)
    assert found.input_names == ("at", "a")
    np.testing.assert_allclose(found.x[:, 0], np.arange(72) / 24)
    parts = samples(given, date_parts=True)
    assert parts.input_names[:5] == (
        "at", "at hour sin", "at hour cos", "at weekday sin", "at weekday cos",
    )  # fmt: skip


def test_the_rows_before_are_inputs_as_well():
    found = samples(table(a=range(6), b=range(10, 16), t=[i + 0.5 for i in range(6)]), lags=2)
    assert found.input_names == ("a", "b", "a −1", "b −1", "a −2", "b −2")
    assert found.x.tolist() == [[i, 10 + i, i - 1, 9 + i, i - 2, 8 + i] for i in range(2, 6)]
    assert any("first 2 rows left out" in note for note in found.notes)


def formulas(text):
    return CsvTable("a.csv", derived=text).choices().derived


def test_derived_columns():
    given = table(price=[1, 10, 0], x1=[2, 3, 4], t=[1.5, 2.5, 3.5])
    found = samples(given, derived=formulas("x3 = x1^2; lp = log10(price); s = x3 + lp"))
    assert found.input_names == ("price", "x1", "x3", "lp", "s")
    np.testing.assert_allclose(found.x[:2, 2:], [[4, 0, 4], [9, 1, 10]])
    assert np.isnan(found.x[2, 3:]).all()
    assert any("'lp' has no value in 1 row" in note for note in found.notes)


def test_derived_columns_by_odd_names_and_of_columns_that_are_no_inputs():
    given = from_columns([("fixed acidity", [1, 2]), ("größe", [3, 4]), ("t", [0.5, 1.5])])
    derived = formulas("f = fixed_acidity * 2; g = 'größe' + \"fixed acidity\"")
    found = samples(given, inputs=("größe",), targets=("t",), derived=derived)
    assert found.input_names == ("größe", "f", "g")
    assert found.x.tolist() == [[3, 2, 4], [4, 4, 6]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f = nope + 1", "'nope' is no column that holds numbers"),
        ("f = w + 1", "'w' is no column that holds numbers"),
        ("f = a +", "the formula ends"),
        ("f = t * 2", "reads the target 't'"),
        ("a = w", "has the name of a column"),
    ],
)
def test_derived_columns_that_cannot_be(text, message):
    given = table(a=[1, 2, 3], w=["x", "y", "x"], t=[1.5, 2.5, 3.5])
    with pytest.raises(UserError, match="Derived column") as caught:
        samples(given, targets=("t",), derived=formulas(text))
    assert message in caught.value.message


# ------------------------------------------------------------------ roles


def numbers(*names, classes=0):
    return [Candidate(name, "numbers", classes=classes) for name in names]


@pytest.mark.parametrize(
    ("columns", "sizes", "targets"),
    [
        (numbers("a", "b", "c"), (None, None), ("c",)),
        (numbers("Class", "b", "c", classes=3), (2, 3), ("Class",)),
        (numbers("a", "b", "c", "d"), (2, 2), ("c", "d")),
        ([*numbers("a", "b"), Candidate("w", "words", 3, 3)], (2, 3), ("w",)),
        ([Candidate("sex", "words", 3, 3), *numbers("a", "rings")], (4, 1), ("rings",)),
        ([Candidate("sex", "words", 3, 3), *numbers("a", "rings")], (2, 1), ("rings",)),
        ([*numbers("kind", classes=10), *numbers("a", "b")], (2, 10), ("kind",)),
        ([*numbers("a", "b", "c"), Candidate("n", "words", 9, 9)], (2, 1), ("a",)),
        ([*numbers("a"), Candidate("n", "words", 9, 9, True)], (None, None), ("a",)),
    ],
)
def test_proposed_roles(columns, sizes, targets):
    found = proposed_roles(columns, *sizes)
    assert found.targets == targets
    assert not set(found.inputs) & set(targets)


def test_roles_that_suit_no_network_say_so():
    found = proposed_roles(numbers("a", "b", "c", "d"), 2, 1)
    assert (found.fits, found.columns_fit) == (False, False)
    words = proposed_roles([Candidate("w", "words", 3, 3), *numbers("t")], 1, 1)
    assert (words.fits, words.columns_fit) == (False, True)


# ------------------------------------------------------------------ the same encoding, again


CELLS = {
    "n": st.sampled_from(["", "1", "2.5", "-3", "1e3", "7", "12", "40", "99"]),
    "w": st.sampled_from(["", "red", "blue", "?", "5"]),
    "d": st.sampled_from(["2024-01-05", "2024-02-29", "2023-12-31", ""]),
    "m": st.sampled_from(["0", "1,234", "12,000", "7"]),
}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.tuples(*CELLS.values()), min_size=6, max_size=25),
    st.permutations(list(CELLS)),
    st.sampled_from(["keep", "most_frequent", "zero", "word"]),
)
def test_the_training_table_is_read_the_same_in_any_order(rows, order, rule):
    columns = dict(zip(CELLS, map(list, zip(*rows, strict=True)), strict=True))
    for name, sure in (("n", ["3.25", "1"]), ("w", ["red", "x"]), ("d", ["2024-01-05"] * 2),
                       ("m", ["1,234", "5"])):  # fmt: skip
        columns[name] += sure
    count = len(rows) + 2
    trained = from_columns([*columns.items(), ("t", [i + 0.5 for i in range(count)])])
    choices = TableChoices(rule=rule, date_parts=True, lags=1, targets=("t",))
    known, used = samples_from(trained, choices)
    assert known.encoding is not None
    copied = encoding_from_dict(json.loads(json.dumps(encoding_to_dict(known.encoding))))
    assert copied == known.encoding
    again = from_columns([(name, columns[name]) for name in order])
    x = encode(again, copied).x
    np.testing.assert_array_equal(x[used], known.x)
    fill = prepare(known, ALL, NoPreprocessing()).scaling
    assert np.isfinite(fill.inputs(rows_from(again, copied).x)).all()


@pytest.mark.parametrize(
    "damage",
    [{"columns": 3}, {"lags": -1}, {"format": None}, {"names": [1]}, {"columns": [{"how": {}}]}],
)
def test_a_damaged_encoding_is_refused(damage):
    encoding = samples(table(**GAPS)).encoding
    with pytest.raises(UserError, match="damaged"):
        encoding_from_dict({**encoding_to_dict(encoding), **damage})


# ------------------------------------------------------------------ new rows


FLOWERS = "colour,length,kind\n" + "".join(
    f"{('red', 'blue', 'white')[i % 3]},{i}.5,{'ab'[i % 2]}\n" for i in range(30)
)


@pytest.fixture
def flowers(tmp_path):
    return loaded(tmp_path, FLOWERS, "flowers.csv").load()


def test_every_row_is_answered_and_unknown_words_are_named(flowers, write):
    fill = prepare(flowers, ALL, NoPreprocessing()).scaling.input_fill
    path = write("length,extra,colour\n1.5,7,red\n,8,purple\n3.5,9,\n4.5,9,purple\n")
    found = read_rows(path, flowers, fill)
    assert found.numbers.tolist() == [1, 2, 3, 4]
    assert found.x[0].tolist() == [0, 1, 0, 1.5]
    assert np.isnan(found.x[[1, 2, 3], 0]).all()
    assert found.cells("extra") == ["7", "8", "9", "9"]
    assert found.notes == (
        "The columns stand in another order than in the training data; they are found by name.",
        "Not read by the network: extra.",
        "colour: unknown words, treated as missing: 'purple' (2).",
        "colour: 3 filled with the most frequent word 'blue'.",
        "length: 1 filled with the median 15.",
    )


def test_columns_that_are_absent_are_named(flowers, write):
    with pytest.raises(UserError, match="lacks 1 column: length"):
        read_rows(write("colour,width\nred,1\n"), flowers)
    with pytest.raises(UserError, match="has 4 columns and none is called colour, length"):
        read_rows(write("p,q,r,s\nred,1,x,y\n"), flowers)


def test_columns_without_names_are_taken_by_position(flowers, write):
    found = read_rows(write("red,2.5\nblue,3\n"), flowers)
    np.testing.assert_array_equal(found.x, [[0, 1, 0, 2.5], [1, 0, 0, 3]])
    assert any("taken in the order colour, length" in note for note in found.notes)


def test_a_project_without_header_answers_every_row(tmp_path, write):
    rows = "".join(f"{'abc'[i % 3]},{'xy'[i % 2]},{'ep'[i % 2]}\n" for i in range(60))
    known = loaded(tmp_path, rows, "words.data", header=False).load()
    assert len(read_rows(write("a,x\n"), known).x) == 1
    assert len(read_rows(write("a,x\nb,y\n"), known).x) == 2


def test_a_file_in_another_layout_is_read_as_it_looks_and_said(flowers, write):
    found = read_rows(write("colour;length\nred;2,5\nblue;3,25\n"), flowers)
    np.testing.assert_array_equal(found.x[:, 3], [2.5, 3.25])
    assert any("not written as the training data" in note for note in found.notes)


def test_samples_from_before_there_was_an_encoding(flowers, write):
    old = Samples(flowers.x, flowers.y, flowers.input_names, flowers.target_names, flowers.task)
    found = read_rows(write("length,colour\n2.5,red\n3,green\n"), old)
    np.testing.assert_array_equal(found.x, [[0, 1, 0, 2.5], [0, 0, 0, 3]])
    assert any("'green' (1)" in note for note in found.notes)
    with pytest.raises(UserError, match="line 3: column 'length' has no value"):
        read_rows(write("length,colour\n2.5,red\n,red\n", "gap.csv"), old)


def test_the_first_rows_of_lagged_inputs_are_filled_in(tmp_path, write):
    text = "a,t\n" + "".join(f"{i},{i}.5\n" for i in range(30))
    known = loaded(tmp_path, text, lags=1).load()
    fill = prepare(known, ALL, NoPreprocessing()).scaling.input_fill
    found = read_rows(write("a\n5\n6\n"), known, fill)
    assert np.isnan(found.x[0, 1])
    assert found.x[1].tolist() == [6, 5]
    assert "too few before them" in found.notes[-1]


def test_nothing_is_said_of_a_table_like_the_training_data(flowers, write):
    assert read_rows(write("colour,length\nred,2.5\n"), flowers).notes == ()
    assert notes_on(flowers)
