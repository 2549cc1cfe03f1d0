"""Reading by pandas and record by record gives the same; blocks, places, limits."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.data.tables.reading import collecting, reader
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.reader import read_table
from neuralbuilder.problems import UserError


@pytest.fixture
def write(tmp_path):
    def written(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def outcome(path, format, **options):
    """All that a reading gives, or what it says."""
    try:
        table = read_table(path, format, **options)
    except UserError as error:
        return str(error)
    columns = [
        (c.name, c.values.tolist(), c.cells and (c.cells.words, c.cells.codes.tolist()))
        for c in table.columns
    ]
    lines = [table.line(row) for row in range(table.row_count)]
    return repr((columns, lines, table.head, table.uneven, table.uneven_count, table.truncated))


CELLS = ("1", "2.5", "-3e2", "", " 7", "8 ", "1,5", "1_0", "inf", "nan", "1e999", "0x1", "True",
         "a", '"q"', '"x,y"', '"a""b"', '"two\nlines"', '5"', "#c", "é", "'4'",
         "9" * 20, '"1.5"', '"', "٣", "\t")  # fmt: skip
ENDS = ("\n", "\n", "\n", "\r\n", "\n\n", "\n  \n", "\r", ",\n", ",9\n", "\n# note\n")


@st.composite
def tables(draw, sign):
    """Rows of a few different cells, mostly of one length."""
    cells = st.sampled_from(draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=5)))
    ends = st.sampled_from(draw(st.sampled_from([ENDS, ENDS[:1], ENDS[:1]])))
    width = draw(st.integers(2, 3))
    row = st.lists(cells, min_size=width, max_size=width)
    rows = draw(st.lists(st.tuples(row, ends), min_size=1, max_size=8))
    extra = draw(st.lists(st.tuples(st.lists(cells, min_size=1, max_size=4), ends), max_size=1))
    return "".join(sign.join(row) + end.replace(",", sign) for row, end in rows + extra)


SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(SIGNS)).flatmap(lambda d: st.tuples(st.just(d), tables(SIGNS[d]))),
    st.sampled_from(["point", "comma"]),
    st.sampled_from(["none", "hash"]),
    st.sampled_from([0, 0, 2]),
)
def test_pandas_and_the_exact_reader_agree(write, written, decimal, comment, limit):
    delimiter, text = written
    format = TableFormat(delimiter, decimal, header=False, comment=comment)
    path = write(text)
    exact = outcome(path, format, rows=limit)
    assert outcome(path, format, rows=limit, small=0) == exact


def many_rows(monkeypatch, path, **options):
    """Read in many small blocks."""
    monkeypatch.setattr(reader, "_BLOCK", 1000)
    return read_table(path, TableFormat(), small=0, **options)


def test_many_blocks_are_one_table(write, monkeypatch):
    rows = [f'{i},{i / 7!r},w{i % 3},"a, b"' for i in range(3000)]
    rows[1500] = '1500,x,"two\nlines",c'
    path = write("n,v,w,t\n" + "\n".join(rows))
    table = many_rows(monkeypatch, path)
    assert table.row_count == 3000
    n, v, w, t = table.columns
    np.testing.assert_array_equal(n.values, np.arange(3000))
    assert n.cells is None
    expected = np.arange(3000) / 7
    expected[1500] = np.nan
    np.testing.assert_array_equal(v.values, expected)
    assert v.cells.words[v.cells.codes[1500]] == "x"
    assert v.cells.words[:3] == ("0.0", repr(1 / 7), repr(2 / 7))
    assert w.cells.words == ("w0", "w1", "w2", "two\nlines")
    assert t.cells.words == ("a, b", "c")
    assert [table.line(row) for row in (0, 1500, 1501, 2999)] == [2, 1502, 1504, 3002]
    assert outcome(path, TableFormat(), small=0) == outcome(path, TableFormat())


def test_an_odd_place_far_down_keeps_its_line(write, monkeypatch):
    rows = ["1,2"] * 3000
    rows[2000] = "1,2,3"
    table = many_rows(monkeypatch, write("a,b\n" + "\n".join(rows)))
    assert table.uneven == ((2002, 3),)
    assert table.row_count == 2999
    rows[2500] = '1,"2'
    with pytest.raises(UserError, match="line 2502: the quotation mark"):
        many_rows(monkeypatch, write("a,b\n" + "\n".join(rows)))
    rows[2200] = "1,\0"
    with pytest.raises(UserError, match="line 2202: there is a NUL byte"):
        many_rows(monkeypatch, write("a,b\n" + "\n".join(rows)))
    bad = ("a,b\n" + "\n".join(["1,é"] * 500)).encode() + b"\n1,\xe9\n"
    with pytest.raises(UserError, match="line 502: this is not utf-8 text"):
        many_rows(monkeypatch, write(bad))


def test_a_limit_ends_in_the_middle_of_blocks(write, monkeypatch):
    path = write("a,b\n" + "\n".join(f"{i},{i}" for i in range(3000)) + "\n")
    table = many_rows(monkeypatch, path, rows=777)
    assert (table.row_count, table.truncated) == (777, True)
    assert not many_rows(monkeypatch, path, rows=3000).truncated


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "cp1252"])
def test_blocks_of_any_encoding(write, monkeypatch, encoding):
    text = "größe,b\n" + "\n".join(f"{i},ä{i % 5}" for i in range(2000))
    name = {"cp1252": "windows-1252"}.get(encoding, encoding)
    monkeypatch.setattr(reader, "_BLOCK", 1000)
    table = read_table(write(text.encode(encoding)), TableFormat(encoding=name), small=0)
    assert table.row_count == 2000
    assert table.columns[1].cells.words == ("ä0", "ä1", "ä2", "ä3", "ä4")


def test_reading_many_blocks_can_be_cancelled(write, monkeypatch):
    path = write("a,b\n" + "1,2\n" * 400_000)
    shares = []
    monkeypatch.setattr(reader, "_BLOCK", 100_000)
    with pytest.raises(ReadingCancelled):
        read_table(path, TableFormat(), progress=lambda share: shares.append(share) or share < 0.7)
    assert 0.7 <= shares[-1] < 1.0
    assert shares == sorted(shares)


def test_too_many_values_are_refused_while_reading(write, monkeypatch):
    monkeypatch.setattr(collecting, "MAXIMUM_CELLS", 1000)
    with pytest.raises(UserError, match="values"):
        many_rows(monkeypatch, write("a,b\n" + "1,2\n" * 2000))
