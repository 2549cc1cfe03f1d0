"""CSV and TSV files: formats found out, roles, missing values, and the bad inputs C1 to C12."""

import contextlib
import os
import stat

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralbuilder.data.notes import notes_on
from neuralbuilder.data.preprocessing import Standardise, prepare
from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.data.splits import Split
from neuralbuilder.data.tables.dataset import (
    CsvTable,
    TableFormat,
    preview,
    sniff,
)
from neuralbuilder.data.tables.reading.reader import read_table
from neuralbuilder.parts import from_dict, to_dict
from neuralbuilder.problems import SettingError, UserError


@pytest.fixture
def write(tmp_path):
    def written(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return written


def sniffed(path, **settings):
    """The dataset for a file in its own format."""
    found = sniff(path)
    return CsvTable(path, found.delimiter, found.decimal, found.encoding, found.header, **settings)


def refused(path, **settings):
    with pytest.raises(UserError) as caught:
        sniffed(path, **settings).load()
    assert caught.value.hint
    return caught.value.message


FLOWERS = "length,width,species\n" + "".join(
    f"{5 + i % 4},{2 + i % 3}.5,{('rose', 'lily')[i % 2]}\n" for i in range(20)
)


# ------------------------------------------------------------------ ordinary use


def test_last_column_is_the_target_and_words_become_classes(write):
    samples = sniffed(write(FLOWERS)).load()
    assert samples.input_names == ("length", "width")
    assert samples.class_names == ("lily", "rose")
    assert samples.task == "classification"
    np.testing.assert_array_equal(samples.x[:2], [[5, 2.5], [6, 3.5]])
    np.testing.assert_array_equal(samples.y[:2], [[0, 1], [1, 0]])


def test_four_inputs_and_two_targets(write):
    rows = np.random.default_rng(0).normal(size=(30, 6))
    text = "a,b,c,d,u,v\n" + "\n".join(",".join(f"{v:.6f}" for v in row) for row in rows)
    samples = sniffed(write(text), inputs=("d", "c", "b", "a"), targets=("u", "v")).load()
    assert samples.task == "regression"
    np.testing.assert_allclose(samples.x, rows[:, 3::-1], atol=1e-6)
    np.testing.assert_allclose(samples.y, rows[:, 4:], atol=1e-6)


def test_words_as_input_become_one_column_each(write):
    samples = sniffed(write(FLOWERS), inputs=("species",), targets=("length",)).load()
    assert samples.input_names == ("species = lily", "species = rose")
    np.testing.assert_array_equal(samples.x[:2], [[0, 1], [1, 0]])
    assert any("inputs of 0 and 1: 'species' 2" in note for note in samples.notes)


def test_a_task_is_proposed_by_the_values(write):
    text = "a,k\n" + "".join(f"{i}.5,{i % 3}\n" for i in range(30))
    path = write(text)
    automatic = sniffed(path).load()
    assert automatic.class_names == ("0", "1", "2")
    assert automatic.class_column == "k"
    real = write("a,k\n" + "".join(f"{i},{i}.5\n" for i in range(30)), "real.csv")
    assert sniffed(real).load().task == "regression"


def test_several_targets_of_0_and_1_are_proposed_as_yes_or_no(write):
    text = "a,p,q\n" + "".join(f"{i}.5,{i % 2},{1 - i % 2}\n" for i in range(8))
    samples = sniffed(write(text), targets=("p", "q")).load()
    assert samples.task == "yes/no"
    assert samples.target_names == ("p", "q")


def test_unknown_and_doubled_columns(write):
    path = write(FLOWERS)
    assert "no column 'size'" in refused(path, inputs=("size",))
    with pytest.raises(SettingError, match="both input and target"):
        CsvTable(path, inputs=("a",), targets=("a",))
    with pytest.raises(SettingError, match="chosen twice"):
        CsvTable(path, inputs=("a", "a"))


def test_a_text_is_no_target_beside_others(write):
    path = write(FLOWERS)
    assert "is a text" in refused(path, targets=("species", "width"))


def test_the_part_survives_a_dict():
    dataset = CsvTable("x.csv", "tab", "comma", "utf-16", False, ("a",), ("b",), "mean", "skip")
    assert from_dict("dataset", to_dict(dataset)) == dataset
    with pytest.raises(UserError, match="No file is chosen"):
        CsvTable().load()


def test_prepared_from_a_table(write):
    prepared = prepare(sniffed(write(FLOWERS)).load(), Split(), Standardise())
    assert len(prepared.train) == 14


# ------------------------------------------------------------------ missing values

GAPS = "a,b,t\n1,2,1.5\n,3,2.5\n3,NA,3.5\n4,5,\n5,6,5.5\n"


def test_missing_rows_are_dropped(write):
    samples = sniffed(write(GAPS), missing="drop").load()
    np.testing.assert_array_equal(samples.x, [[1, 2], [5, 6]])
    assert samples.notes == (
        "3 rows of 5 left out: line 3, column 'a' has no value; and 2 more.",
        "'NA' stands for a missing value in 'b' (1).",
    )


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", "no value"),
        ("nan", "'nan', which stands for no value"),
        ("-inf", "'-inf', which is not a finite number"),
        ("1e999", "'1e999', which is not a finite number"),
        ("oops", "'oops', which is not a finite number"),
    ],
)
def test_a_row_that_is_left_out_says_where_and_why(write, cell, words):
    rows = [f"{i},{i * i},{i}.5" for i in range(8)]
    rows[4] = f"4,{cell},4.5"
    path = write("\n".join(["a,b,t", *rows]) + "\n")
    samples = sniffed(path, missing="drop").load()
    assert samples.count == 7
    assert samples.notes[0] == f"1 row of 8 left out: line 6, column 'b' has {words}."
    assert sniffed(path).load().count == 8


def test_a_row_far_down_that_is_left_out_has_its_line(write):
    rows = [f"{i},{i * i},{i}.5" for i in range(500)]
    rows[3] = "3,what,3.5"
    rows[3], rows[400] = rows[400], "400,inf,400.5"
    samples = sniffed(write("\n".join(["a,b,t", *rows]) + "\n"), missing="drop").load()
    assert samples.notes[0] == (
        "1 row of 500 left out: line 402, column 'b' has 'inf', which is not a finite number."
    )


def test_inputs_and_targets_without_spread_are_noted(write):
    text = "a,b,c,t\n" + "".join(f"{i},7,7,2.5\n" for i in range(9))
    samples = sniffed(write(text)).load()
    assert notes_on(samples) == (
        "Inputs with the same value in all rows: 'b', 'c'. Nothing can be learnt from them; leave "
        "them out of the inputs.",
        "Targets with the same value in all rows: 't'. There is nothing to learn about it; choose "
        "other targets.",
    )


def test_missing_inputs_take_the_mean_but_targets_are_never_invented(write):
    samples = sniffed(write(GAPS), missing="mean").load()
    np.testing.assert_array_equal(samples.x, [[1, 2], [np.nan, 3], [3, np.nan], [5, 6]])
    np.testing.assert_array_equal(samples.y[:, 0], [1.5, 2.5, 3.5, 5.5])
    assert "target 't' has no value" in samples.notes[0]
    data = prepare(samples, Split(0.0, 0.0), Standardise())
    np.testing.assert_allclose(data.samples.x, [[1, 2], [3, 3], [3, 11 / 3], [5, 6]])
    assert "a: 1 filled with the mean 3." in data.notes
    assert "b: 1 filled with the mean 3.66667." in data.notes


def test_missing_values_stop_with_their_place(write):
    message = refused(write(GAPS), missing="stop")
    assert "line 3: column 'a' has no value (1 such cell" in message


# ------------------------------------------------------------------ bad inputs, by their number


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is empty"),
        ("\n\n\n", "nothing but empty lines"),
        ("a,b,c\n", "0 rows and 3 columns"),
        ("a,b\n1,2\n", "1 row and 2 columns"),
        ("a\n1\n2\n3\n", "3 rows and 1 column of"),
    ],
)
def test_c1_too_little(write, content, expected):
    path = write(content)
    with pytest.raises(UserError, match=expected) as caught:
        sniffed(path).load()
    assert "data.csv" in caught.value.message
    assert "two rows" in caught.value.hint or "two columns" in caught.value.hint


def test_c2_ragged_rows_are_listed_and_can_be_skipped(write):
    path = write("a,b\n1,2\n3\n4,5,6\n7,8.5\n")
    message = refused(path)
    assert "2 rows have another number of cells than the 2" in message
    assert "line 3 has 1, line 4 has 3" in message
    samples = sniffed(path, uneven="skip").load()
    np.testing.assert_array_equal(samples.x[:, 0], [1, 7])
    assert any("line 3 has 1" in note for note in samples.notes)
    many = write("a,b\n" + "1,2\n" * 3 + "1\n" * 50, "many.csv")
    assert "and 40 more" in refused(many)


def test_c2_a_delimiter_at_the_end_of_every_line_is_fine(write):
    samples = sniffed(write("a,b,\n1,2.5,\n2,3.5,\n")).load()
    assert samples.input_names == ("a",)


@pytest.mark.parametrize(
    ("content", "delimiter", "decimal", "header"),
    [
        ("a;b\n1,5;2,5\n3,5;4,25\n", "semicolon", "comma", True),
        ("a;b\n1.5;2.5\n3.5;4.25\n", "semicolon", "point", True),
        ("1,5\t2,5\n3,5\t4,25\n", "tab", "comma", False),
        ("a\tb\n1.5\t2.5\n", "tab", "point", True),
        ("a|b\n1|2\n", "bar", "point", True),
        ("  1.0   2.0\n 3.0 4.0\n", "space", "point", False),
        ("1,5 2,5\n3,5 4,5\n", "space", "comma", False),
        ("a, b\n1, 2\n3, 4\n", "comma", "point", True),
        ('"x, y",b\n"1.5",2\n"2.5",3\n', "comma", "point", True),
        ('a,b\n"1,5","2,5"\n"3,5","4,5"\n', "comma", "comma", True),
        ("name,kind\nAnn,x\nBob,y\n", "comma", "point", True),
        ("x,y\nx,z\ny,z\n", "comma", "point", False),
    ],
)
def test_c3_delimiter_decimal_sign_and_header_are_found(write, content, delimiter, decimal, header):
    found = sniff(write(content))
    assert found == TableFormat(delimiter, decimal, "utf-8", header)


def test_c3_the_detected_format_reads_the_numbers(write):
    samples = sniffed(write("a;b\n1,5;2,5\n3,5;4,25\n")).load()
    np.testing.assert_array_equal(samples.x[:, 0], [1.5, 3.5])
    np.testing.assert_array_equal(samples.y[:, 0], [2.5, 4.25])


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "windows-1252"),
    ],
)
def test_c4_encodings(write, encoding, found):
    path = write("größe,art\n1.5,gär\n2.5,fün\n3,fün\n".encode(encoding))
    assert sniff(path).encoding == found
    samples = sniffed(path).load()
    assert samples.input_names == ("größe",)
    assert samples.class_names == ("fün", "gär")


def test_c4_wrong_encoding_is_named_with_a_remedy(write):
    path = write("a,b\n1,gär\n2,fün\n".encode("cp1252"))
    with pytest.raises(UserError, match="not utf-8 text") as caught:
        CsvTable(path).load()
    assert "windows-1252" in caught.value.hint


def test_c4_mixed_line_ends(write):
    samples = sniffed(write(b"a,b\r\n1,2.5\n3,4.5\r5,6.5\r\n")).load()
    np.testing.assert_array_equal(samples.x[:, 0], [1, 3, 5])


def test_c5_odd_cells_are_counted_per_column(write):
    text = "a,b\n1_000,1\n１２,2\nNaN,inf\nNA,-Infinity\n,5\n1,6\n2,7\n3,8\n"
    path = write(text)
    a, b = preview(path, sniff(path)).columns
    assert (a.kind, b.kind) == ("numbers", "numbers")
    assert (a.lacking, b.lacking) == (5, 2)
    dropped = sniffed(path, targets=("b",), missing="drop").load()
    np.testing.assert_array_equal(dropped.x[:, 0], [1, 2, 3])
    assert "'1_000', which is not a finite number" in refused(path, missing="stop")


def test_c5_mostly_words_make_a_text_column_and_keep_their_numbers(write):
    path = write("code,t\nA1,1.5\n12,2.5\nB,3.5\nB,4.5\n")
    samples = sniffed(path).load()
    assert samples.input_names == ("code = 12", "code = A1", "code = B")


def test_c6_headers_are_renamed_visibly(write):
    text = 'a,a,,=cmd(),"two\nlines",' + "x" * 5000 + "\n1,2,3,4,5,6\n2,3,4,5,6,7\n"
    path = write(text)
    seen = preview(path, sniff(path))
    assert seen.names[:5] == ("a", "a (2)", "column 3", "=cmd()", "two lines")
    assert len(seen.names[5]) == 60
    assert sum("is called" in notice for notice in seen.notices) == 4


def test_c6_renamed_headers_never_collide(write):
    path = write("a,a,a (2),column 4,\n1,2,3,4,5\n2,3,4,5,6\n")
    names = preview(path, TableFormat()).names
    assert len(set(names)) == 5


def test_c7_constant_and_empty_columns(write):
    path = write("a,b,c,t\n1,,5,1.5\n1,,6,2.5\n1,,7,3.5\n")
    notices = " ".join(preview(path, sniff(path)).notices)
    assert "'b' has no values" in notices
    assert "'a' has the same value" in notices
    samples = sniffed(path).load()
    assert samples.input_names == ("a", "c")
    assert any("left out: b" in note for note in samples.notes)
    assert np.isfinite(prepare(samples, Split(), Standardise()).x).all()
    assert "'b' has no values at all" in refused(path, inputs=("a", "b"))


def test_c7_many_constant_columns_are_one_note(write):
    text = ",".join(f"c{i}" for i in range(50)) + "\n" + ("1," * 49 + "2.5\n") * 3
    samples = sniffed(write(text), targets=("c49",)).load()
    notes = notes_on(samples)
    assert len(notes) == 2
    assert "'c5' and 43 more." in notes[0]


def test_c8_classes(write):
    assert "single class, 'x'" in refused(write("a,b\n1,x\n2,x\n"), targets=("b",))
    many = "a,b\n" + "".join(f"{i},c{i}\n" for i in range(10_000))
    assert "10000 classes in 10000 rows" in refused(write(many, "many.csv"), targets=("b",))
    lone = write("a,b\n1,x\n2,x\n3,y\n", "lone.csv")
    assert any("single row, never tested: 1 (y)" in n for n in sniffed(lone).load().notes)


def test_c8_identifiers_are_no_inputs_unless_they_are_chosen(write):
    path = write("id,a,t\n" + "".join(f"k{i},{i % 7}.5,{i}.5\n" for i in range(60)))
    samples = sniffed(path).load()
    assert samples.input_names == ("a",)
    assert "Left out of the inputs: 'id' (60 different words)." in samples.notes
    chosen = sniffed(path, inputs=("id",), targets=("t",)).load()
    assert len(chosen.input_names) == 31
    assert chosen.input_names[-1] == "id = (others)"


def _sparse(path, size):
    with open(path, "ab") as file:
        file.truncate(size)


def test_c9_ten_gigabytes_are_refused_from_the_size_alone(write):
    path = write(FLOWERS)
    _sparse(path, 10_000_000_000)
    with pytest.raises(UserError, match=r"has 10\.0 GB; at most 2 GB") as caught:
        read_table(path, TableFormat())
    assert "first rows" in caught.value.hint
    assert CsvTable(path, rows=10).load().count == 10


def test_c9_too_many_values_are_refused_from_an_estimate(write):
    path = write("1,2\n" * 70_000)
    _sparse(path, 400_000_000)
    with pytest.raises(UserError, match=r"about 100\.0 million rows and 200 million values"):
        read_table(path, TableFormat(header=False))


def test_c9_reading_tells_its_progress_and_can_be_cancelled(write):
    path = write("a,b\n" + "1,2\n" * 50_000)
    shares = []
    with pytest.raises(ReadingCancelled):
        read_table(path, TableFormat(), progress=lambda share: shares.append(share) or False)
    assert len(shares) == 1
    shares.clear()
    read_table(path, TableFormat(), progress=lambda share: shares.append(share) or True)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_c9_only_the_first_rows(write):
    samples = sniffed(write(FLOWERS), rows=5).load()
    assert samples.count == 5
    assert "Only the first 5 rows are read." in samples.notes


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n3," + "z" * 200_000 + "\n", "line 3: a cell has more than"),
        ("a,b\n1,2\n3\0,4\n", "line 3: there is a NUL byte"),
        ('a,b\n1,2\n3,"4\n5,6\n', "line 3: the quotation mark"),
        ('a,b\n1,"2"x\n', "line 2: text follows a closing quotation mark"),
        ('a,b\n1,"' + "2\n" * 200_000, "line 2: a cell has more than"),
    ],
)
def test_c10_broken_records_name_their_line(write, content, expected):
    with pytest.raises(UserError, match=expected) as caught:
        CsvTable(write(content)).load()
    assert caught.value.hint


def test_c11_file_vanishes_or_changes_while_reading(write):
    text = "a,b\n" + "1,2\n" * 20_000

    def vanish(share):
        if os.path.exists(path):
            os.remove(path)
        return True

    path = write(text)
    with pytest.raises(UserError, match=r"data.csv is not there"):
        read_table(path, TableFormat(), progress=vanish)

    def grow(share):
        with open(path, "a") as file:
            file.write("3,4\n")
        return share < 1.0

    path = write(text)
    with pytest.raises(UserError, match=r"changed while it was being read"):
        read_table(path, TableFormat(), rows=10_000, progress=grow)


def test_c11_places_that_are_no_files(tmp_path, write):
    with pytest.raises(UserError, match="is not there"):
        sniff(tmp_path / "none.csv")
    with pytest.raises(UserError, match="is not a file"):
        sniff(tmp_path)
    with pytest.raises(UserError, match="is not a file"):
        sniff("/dev/zero")
    with pytest.raises(UserError, match="cannot be read: File name too long"):
        sniff("x" * 300)
    with pytest.raises(UserError, match="NUL"):
        sniff("a\0b")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind here")
def test_c11_file_without_permission(write):
    path = write(FLOWERS)
    os.chmod(path, stat.S_IWUSR)
    with pytest.raises(UserError, match="may not be read"):
        sniff(path)


def test_c12_extreme_values_are_refused_with_their_place(write):
    path = write("a,b\n1e300,2.5\n1e-310,3.5\n1,4.5\n")
    assert "line 2: column 'a' holds 1e+300" in refused(path)
    assert any("too large to use" in n for n in preview(path, sniff(path)).notices)
    tiny = sniffed(write("a,b\n2e-310,2.5\n1e-310,3.5\n", "tiny.csv")).load()
    assert np.isfinite(prepare(tiny, Split(0, 0), Standardise()).x).all()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_no_bytes_crash(write, data):
    with contextlib.suppress(UserError):
        samples = sniffed(write(data)).load()
        assert np.isfinite(prepare(samples, Split(), Standardise()).samples.x).all()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='12.5,;\t "\nab-', max_size=80))
def test_no_likely_text_crashes(write, text):
    with contextlib.suppress(UserError):
        samples = sniffed(write(text), missing="mean", uneven="skip").load()
        assert np.isfinite(prepare(samples, Split(), Standardise()).samples.x).all()
        assert np.isfinite(samples.y).all()


# ------------------------------------------------------------------ preview


def test_preview_counts_the_whole_file_and_shows_the_first_rows(write):
    path = write("a,b\n" + "1.5,x\n" * 100 + ",y\n")
    seen = preview(path, sniff(path), rows=3)
    assert seen.row_count == 101
    assert seen.rows == (("1.5", "x"),) * 3
    a, b = seen.columns
    assert (a.kind, a.lacking, a.distinct, a.minimum, a.maximum) == ("numbers", 1, 1, 1.5, 1.5)
    assert (b.kind, b.lacking, b.distinct) == ("words", 0, 2)
