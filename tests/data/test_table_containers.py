"""Tables in archives, workbooks, Parquet, JSON and ARFF; and files that are no tables."""

import bz2
import contextlib
import datetime
import gzip
import io
import json
import lzma
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.data.tables.dataset import CsvTable, sniff
from neuralbuilder.data.tables.reading import collecting, excel, opening
from neuralbuilder.data.tables.reading.containers import format_settings, sheets_of
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.pasted import Pasted
from neuralbuilder.data.tables.reading.reader import read_table
from neuralbuilder.problems import UserError

TEXT = "a,b,kind\n" + "".join(f"{i},{i}.5,{'xy'[i % 2]}\n" for i in range(12))


@pytest.fixture
def write(tmp_path):
    def written(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def table_at(path, rows=0):
    return read_table(path, sniff(path), rows)


def refusal(path):
    with pytest.raises(UserError) as caught:
        table_at(path)
    assert caught.value.hint
    return caught.value.message


def check(table, count=12):
    """The table of `TEXT`."""
    assert [column.name for column in table.columns] == ["a", "b", "kind"]
    np.testing.assert_array_equal(table.columns[0].values, np.arange(count))
    np.testing.assert_array_equal(table.columns[1].values, np.arange(count) + 0.5)
    assert table.columns[2].cells.words == ("x", "y")
    assert table.head[1] == ("1", "1.5", "y")


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


# ------------------------------------------------------------------ compressed


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_tables_are_unpacked(write, packed):
    path = write(packed(TEXT.encode()), "data.csv.packed")
    check(table_at(path))
    assert table_at(path, rows=5).truncated
    assert "damaged" in refusal(write(packed(TEXT.encode())[:-20], "short.csv.gz"))


def test_an_archive_with_one_table(write):
    check(table_at(write(zipped(data__csv=TEXT), "one.zip")))
    check(table_at(write(zipped(data__csv=TEXT, readme__md="# read me"), "two.zip")))
    assert "holds 2 files: a.csv, b.csv" in refusal(write(zipped(a__csv="1", b__csv="2"), "3.zip"))
    assert "empty archive" in refusal(write(zipped(), "none.zip"))
    assert "damaged" in refusal(write(b"PK\x03\x04 and so on", "book.xlsx"))
    document = zipped(**{"word/document__xml": "<x/>"})
    assert "Office document" in refusal(write(document, "letter.docx"))


def test_what_unpacks_to_far_too_much_is_refused(write, monkeypatch):
    monkeypatch.setattr(opening, "MAXIMUM_BYTES", 1_000_000)
    text = b"1,2\n" * 400_000
    assert "unpacks to more than" in refusal(write(gzip.compress(text), "bomb.csv.gz"))
    assert "at most" in refusal(write(zipped(bomb__csv=text), "bomb.zip"))
    monkeypatch.setattr(excel, "MAXIMUM_XML", 1000)
    workbook = zipped(**{"xl/workbook__xml": "x" * 5000})
    assert "unpacks to" in refusal(write(workbook, "bomb.xlsx"))


# ------------------------------------------------------------------ workbooks


@pytest.fixture
def workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")

    def made(*sheets, name="book.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets):
            sheet = book.create_sheet(f"Part {number}")
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return made


ROWS = [("a", "b", "kind"), *((i, i + 0.5, "xy"[i % 2]) for i in range(12))]


def test_a_workbook_is_a_table(workbook):
    table = table_at(workbook(ROWS))
    check(table)
    assert table.line(0) == 2
    assert table_at(workbook(ROWS), rows=3).truncated


def test_a_workbook_as_people_make_them(workbook):
    title = [("Measured in March",), (), *((None, *row) for row in ROWS)]
    table = table_at(workbook([], title, ROWS))
    check(table)
    assert table.line(0) == 4
    assert table.notices[0] == "Sheet 'Part 1' is read; one more is not."
    assert any("Measured in March" in notice for notice in table.notices)


def test_another_sheet_of_a_workbook(workbook):
    path = workbook([("x", "y"), (1, 2)], [("Title",), *ROWS], [])
    assert sheets_of(path) == ("Part 0", "Part 1")
    check(read_table(path, sniff(path, "Part 1")))
    with pytest.raises(UserError, match="no sheet 'Part 2' with any cells") as caught:
        read_table(path, TableFormat(sheet="Part 2"))
    assert "'Part 0', 'Part 1'" in caught.value.hint


def test_cells_of_a_workbook_that_are_no_numbers(workbook):
    day = datetime.datetime(2024, 5, 17)
    rows = [("d", "t", "f", "n"), (day, day.replace(hour=9), True, 2.0), (None, "x", False, "#N/A")]
    table = table_at(workbook(rows))
    assert table.column("d").cells.words == ("2024-05-17", "")
    assert table.column("t").cells.words == ("2024-05-17 09:00:00", "x")
    assert table.column("f").cells.words == ("True", "False")
    assert table.column("n").cells.words == ("2", "#N/A")


def test_workbooks_that_cannot_be_read(workbook, write):
    assert "holds no cells" in refusal(workbook([]))
    broken = zipped(**{"xl/workbook__xml": "<not closed"})
    assert "damaged" in refusal(write(broken, "broken.xlsx"))


@pytest.mark.parametrize("library", ["openpyxl", "pyarrow"])
def test_a_library_that_is_not_there_is_named_with_what_to_type(write, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    content = zipped(**{"xl/workbook__xml": "<x/>"}) if library == "openpyxl" else b"PAR1 and so on"
    path = write(content, "data.any")
    with pytest.raises(UserError, match=f"{library} is not installed") as caught:
        table_at(path)
    assert "pip install" in caught.value.hint


# ------------------------------------------------------------------ Parquet


def test_parquet(tmp_path, write, monkeypatch):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": range(12), "b": [i + 0.5 for i in range(12)],
                          "kind": [*"xy"] * 6, "list": [[1, 2]] * 12,
                          "day": pd.date_range("2024-01-01", periods=12)})  # fmt: skip
    path = tmp_path / "data.parquet"
    frame.to_parquet(path)
    table = table_at(path)
    assert [column.name for column in table.columns] == ["a", "b", "kind", "day"]
    assert table.notices == ("Column 'list' holds lists or records and is left out.",)
    assert table.kinds["day"] == "dates"
    frame[["a", "b", "kind"]].to_parquet(path)
    check(table_at(path))
    cut = table_at(path, rows=5)
    assert (cut.row_count, cut.truncated) == (5, True)
    with pytest.raises(ReadingCancelled):
        read_table(path, TableFormat(), progress=lambda share: False)
    assert "damaged" in refusal(write(path.read_bytes()[:-9], "short.parquet"))
    from neuralbuilder.data.tables.reading import parquet

    monkeypatch.setattr(parquet, "MAXIMUM_CELLS", 10)
    assert "12 rows and 3 columns" in refusal(write(path.read_bytes(), "large.parquet"))


# ------------------------------------------------------------------ JSON


RECORDS = [{"a": i, "b": i + 0.5, "kind": "xy"[i % 2]} for i in range(12)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=2),
        json.dumps({"data": RECORDS}),
        "\n".join(map(json.dumps, RECORDS)),
        json.dumps({name: [r[name] for r in RECORDS] for name in RECORDS[0]}),
        pd.DataFrame(RECORDS).to_json(),
    ],
)
def test_json_in_its_usual_forms(write, text):
    path = write(text, "data.json")
    check(table_at(path))
    assert table_at(path, rows=4).row_count == 4


def test_json_with_gaps_and_rows_of_lists(write):
    table = table_at(write('[{"a": 1, "b": null}, {"a": true, "c": 1.50}]', "gaps.json"))
    assert [c.name for c in table.columns] == ["a", "b", "c"]
    assert table.head == (("1", "", ""), ("true", "", "1.50"))
    table = table_at(write("[[1, 2], [3, 4.5]]", "lists.json"))
    np.testing.assert_array_equal(table.columns[1].values, [2, 4.5])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"a": 1},\n {"a": }]', "line 2, character 8: this is not JSON"),
        ('[{"a": [1, 2]}]', "record 1, 'a' holds a list"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"a": 1}, 2]', "record 2 is no record"),
        ('{"a": [1, 2], "b": [1]}', "no common length"),
        ('{"a": {"b": {}}, "c": 1}', "no common length"),
        ('{"nbformat": 4, "cells": []}', "is a notebook"),
    ],
)
def test_json_that_is_no_table(write, text, expected):
    assert expected in refusal(write(text, "data.json"))


# ------------------------------------------------------------------ ARFF


ARFF = """% flowers
@relation flowers
@attribute 'petal length' numeric
@attribute b REAL
@attribute kind {x, 'y z'}
@attribute note string
@data
1, 2.5, x, 'it''s'
% between
3,?,'y z',"a, b"
{0 7, 2 'y z'}
"""


def test_arff(write):
    table = table_at(write(ARFF.replace("it''s", "it\\'s"), "flowers.arff"))
    assert [column.name for column in table.columns] == ["petal length", "b", "kind", "note"]
    np.testing.assert_array_equal(table.columns[0].values, [1, 3, 7])
    np.testing.assert_array_equal(table.columns[1].values, [2.5, np.nan, 0])
    assert table.columns[2].cells.words == ("x", "y z")
    assert table.columns[3].cells.words == ("it's", "a, b", "")
    assert table.kinds == {
        "petal length": "numbers", "b": "numbers", "kind": "words", "note": "words",
    }  # fmt: skip
    assert table.line(2) == 11


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@relation r\n@attribute a numeric\n", "no @data"),
        ("@relation r\n@data\n1\n", "no attributes"),
        ("@relation r\n@attribute a\n@data\n", "line 2: an attribute has a name and a type"),
        ("@relation r\n@attribute a relational\n@data\n", "line 2: attributes of type"),
        ("@relation r\n@attribute a real\n@data\n{9 1}\n", "line 4: '9 1' names no column"),
    ],
)
def test_arff_that_is_broken(write, text, expected):
    assert expected in refusal(write(text, "data.arff"))


# ------------------------------------------------------------------ what is no table


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\n<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "Git LFS"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n....", "a picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
        (b'<?xml version="1.0"?><rows/>', "an XML file"),
        (bytes(range(256)) * 20, "is not a text table"),
        (b"   ", "is empty"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_what_it_is(write, content, what):
    assert what in refusal(write(content, "dropped.csv"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh91AY&", b"\xfd7zXZ\x00", b"[{", b'{"a":',
                     b"@relation r\n", zipped(**{"xl/workbook__xml": "<x/>"})[:60]]),
    st.binary(max_size=80),
)  # fmt: skip
def test_no_damage_gets_through(write, start, rest):
    with contextlib.suppress(UserError):
        table_at(write(start + rest, "any.dat"))


def test_records_are_counted_while_they_are_read(write, monkeypatch):
    monkeypatch.setattr(collecting, "MAXIMUM_CELLS", 20)
    assert "more than" in refusal(write(json.dumps(RECORDS), "data.json"))


def test_only_settings_that_count_are_offered(write, workbook):
    assert "delimiter" in format_settings(write(TEXT))
    assert format_settings(workbook(ROWS)) == {
        "header", "skip", "skip_below", "layout", "sheet",
    }  # fmt: skip
    assert format_settings(write(json.dumps(RECORDS), "r.json")) == {"encoding"}
    assert format_settings(Pasted(tuple(TEXT.splitlines()))) >= {"delimiter", "skip"}


def test_what_is_to_come_is_estimated_for_large_files(write):
    path = write("a,b\n" + "1.25,2.75\n" * 2_500_000)
    expected = CsvTable(str(path)).expected()
    assert (expected.count, expected.shape) == (2_500_000, (2,))
    assert expected.in_words().startswith("about 2,500,000 samples of 2, ")
    assert CsvTable(str(write(TEXT, "small.csv"))).expected() is None


def test_a_workbook_that_claims_to_be_huge_is_read_as_it_is(workbook):
    path = workbook(ROWS)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'ref="A1:C13"', b'ref="A1:XFD1048576"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert b"XFD1048576" in parts[sheet]
    check(table_at(path))


def test_a_workbook_can_be_cancelled(workbook):
    with pytest.raises(ReadingCancelled):
        read_table(workbook(ROWS), TableFormat(), progress=lambda share: False)


def test_many_comments_are_no_riddle(write):
    text = "% a comment with blanks behind it          \n\n\n" * 200 + TEXT
    check(table_at(write(text)))
    text = "% a comment with blanks behind it          \n\n\n" * 200 + ARFF.partition("\n")[2]
    assert table_at(write(text.replace("it''s", "its"), "flowers.arff")).row_count == 3
