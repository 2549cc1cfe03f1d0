"""Layouts that people meet: titles, units, comments, blanks, row names, Orange's three rows."""

import numpy as np
import pytest

from neuralbuilder.data.tables.dataset import CsvTable, sniff
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tables.reading.reader import read_table
from neuralbuilder.parts import from_dict, to_dict
from neuralbuilder.problems import UserError

BODY = [(i, i * 2 + 0.5, i * 3) for i in range(20)]


def rows(sign=",", first=0):
    return "".join(sign.join(map(str, row[first:])) + "\n" for row in BODY)


@pytest.fixture
def write(tmp_path):
    def written(content, name="data.csv"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8", newline="")
        return path

    return written


def named(i, row):
    return f'"{i + 1}" {row[0]} {row[1]} {row[2]}\n'


CASES = {
    "plain": ("a,b,y\n" + rows(), {}),
    "title": ("Measured in March\n\na,b,y\n" + rows(), {"skip": 2}),
    "title with a sign": ("Run 7, by hand\na,b,y\n" + rows(), {"skip": 1}),
    "units": ("a,b,y\nm,s,kg\n" + rows(), {"skip_below": 1}),
    "units in brackets": ("a,b,y\n[m],[s],\n" + rows(), {"skip_below": 1}),
    "comments": ("# by hand\n# in March\na,b,y\n" + rows(), {"comment": "hash"}),
    "comments of TeX": ("% by hand\na,b,y\n" + rows(), {"comment": "percent"}),
    "comments of C": ("// by hand\na,b,y\n" + rows(), {"comment": "slashes"}),
    "comments within": (
        "# by hand\na,b,y\n" + rows().replace("3,6.5", "# again\n3,6.5"), {"comment": "hash"},
    ),
    "savetxt": ("# a b y\n" + rows(" "), {"comment": "hash", "layout": "names_in_comment",
                                          "delimiter": "space"}),
    "a sign before the names": ("#a,b,y\n" + rows(), {"comment": "hash",
                                                      "layout": "names_in_comment"}),
    "sep": ("sep=;\na;b;y\n" + rows(";"), {"delimiter": "semicolon", "skip": 1}),
    "sep quoted": ('"sep=\t"\na\tb\ty\n' + rows("\t"), {"delimiter": "tab", "skip": 1}),
    "runs of tabs": ("a\tb\ty\n" + rows("\t").replace("\t", "\t\t", 7), {"delimiter": "space"}),
    "blanks in front": ("   a   b   y\n  " + rows("   ").replace("\n", "\n  ").rstrip(" "),
                        {"delimiter": "space"}),
    "words with blanks": ('a\tb\ty\n' + rows("\t"), {"delimiter": "tab"}),
    "row names": ('"a" "b" "y"\n' + "".join(named(i, row) for i, row in enumerate(BODY)),
                  {"delimiter": "space", "layout": "row_names"}),
    "row names with commas": ("a,b,y\n" + "".join(f"r{r[0]},{r[0]},{r[1]},{r[2]}\n" for r in BODY),
                              {"layout": "row_names"}),
    "orange": ("a\tb\ty\ncontinuous\tc\tcontinuous\n\t\tclass\n" + rows("\t"),
               {"delimiter": "tab", "layout": "orange"}),
    "German": ("a;b;y\n" + rows(";").replace(".", ","), {"delimiter": "semicolon",
                                                         "decimal": "comma"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_layout_is_found_and_read(write, case):
    text, expected = CASES[case]
    path = write(text)
    found = sniff(path)
    assert found == TableFormat(**expected)
    table = read_table(path, found)
    assert [table.column(name).cells for name in ("a", "b", "y")] == [None] * 3
    np.testing.assert_array_equal(
        np.stack([table.column(name).values for name in ("a", "b", "y")], axis=1), BODY
    )
    assert table.uneven_count == 0
    last = [number for number, line in enumerate(text.splitlines(), start=1) if line.strip()][-1]
    assert table.line(19) == last


def test_blanks_inside_of_cells_part_none(write):
    found = sniff(write("day,y\n" + "".join(f"{i} Jan 2024,{i}\n" for i in range(1, 25))))
    assert (found.delimiter, found.decimal, found.header) == ("comma", "point", True)
    found = sniff(write("a b y\n" + rows(" ").replace(".", ",")))
    assert (found.delimiter, found.decimal, found.header) == ("space", "comma", True)


def test_what_is_passed_over_is_said(write):
    path = write("Measured in March\na,b,y\nm,s,kg\n" + rows())
    assert read_table(path, sniff(path)).notices == (
        "The first line is passed over: 'Measured in March'.",
        "Line 3 is passed over: 'm, s, kg'.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "name,score\nAnn,absent\nBob,3\nEva,4\nKim,5\n",  # a word among numbers
        "a,b\n?,NA\n1,2\n3,4\n5,6\n",  # a row without values
        "a,b,c\nx,y,z\n1,u,2\n3,v,4\n5,w,6\n",  # a column of words is no unit
    ],
)
def test_a_first_row_that_holds_no_units_stays(write, text):
    assert sniff(write(text)).skip_below == 0


def test_a_short_first_row_of_numbers_is_no_title(write):
    assert sniff(write("1,2\n" + rows())).skip == 0


def test_row_names_are_ignored_and_what_orange_declares_is_kept(write):
    table = read_table(write(CASES["row names"][0]), TableFormat(**CASES["row names"][1]))
    assert table.roles == {"row name": "ignore"}
    text = "id\tx\tkind\tw\nstring\tcontinuous\tu v w\tc\nmeta\t\tclass\tweight\na\t1\tu\t2\n"
    path = write(text + "b\t2\tv w\t3\n")
    table = read_table(path, sniff(path))
    assert table.roles == {"id": "ignore", "x": "input", "kind": "target", "w": "ignore"}
    assert table.kinds == {"id": "words", "x": "numbers", "kind": "words", "w": "numbers"}
    assert table.head[0] == ("a", "1", "u", "2")


def test_names_in_a_comment_have_to_be_there(write):
    format = TableFormat(comment="hash", layout="names_in_comment")
    with pytest.raises(UserError, match="name 3 columns is missing"):
        read_table(write(rows()), format)
    with pytest.raises(UserError, match="name 3 columns holds 2 names"):
        read_table(write("# a,b\n" + rows()), format)


def test_the_layout_is_kept_with_the_dataset():
    dataset = CsvTable("x.csv", comment="hash", skip=2, skip_below=1, layout="row_names")
    assert from_dict("dataset", to_dict(dataset)) == dataset
    old = {k: v for k, v in to_dict(dataset).items() if k not in vars(TableFormat())}
    assert from_dict("dataset", {**old, "header": False}).format == TableFormat(header=False)


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (("47,371", "766", "142,113", "8,052"), "point"),
        (("47,371.5", "766.0", "142,113.0"), "point"),
        (("47.371,50", "766,00", "142.113,25"), "comma"),
        (("0,123", "0,456", "0,789"), "comma"),
        (("1,5", "12,25", "3,75"), "comma"),
    ],
)
def test_thousands_are_no_decimals(write, cells, decimal):
    text = "a;b\n" + "".join(f"{cell};{i}\n" for i, cell in enumerate(cells))
    found = sniff(write(text))
    assert (found.delimiter, found.decimal) == ("semicolon", decimal)
