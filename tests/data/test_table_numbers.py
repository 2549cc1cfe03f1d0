"""Numbers and dates as people write them, and how they are told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.data.tables.dates import date_format, days, first_moment, read_dates, recurring
from neuralbuilder.data.tables.numbers import Notation, decimal_sign, found_thousands

SIGNS = {"comma": ",", "point": ".", "apostrophe": "'", "space": "\u202f", "none": ""}


def in_notation(number, decimals, notation):
    """The number as it is written, such as 1'234.50."""
    plain = f"{number:,.{decimals}f}"
    decimal = "." if notation.decimal == "point" else ","
    return plain.translate({ord(","): SIGNS[notation.thousands], ord("."): decimal})


notations = st.tuples(st.sampled_from(("point", "comma")), st.sampled_from(sorted(SIGNS))).filter(
    lambda pair: pair[0] != pair[1]
)


@given(notations, st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_a_number_reads_back_from_every_notation(pair, hundredths, decimals):
    notation = Notation(*pair)
    number = hundredths / 100
    written = in_notation(number, decimals, notation)
    assert notation.number(written) == float(f"{number:.{decimals}f}")


@given(notations, st.lists(st.integers(1, 10**8), min_size=8, max_size=30))
def test_thousands_are_found_by_their_pattern(pair, numbers):
    notation = Notation(*pair)
    words = [in_notation(n, 0, notation) for n in numbers] + [in_notation(1234567, 0, notation)]
    parting, found = found_thousands(words, notation.decimal)
    if notation.thousands != "none":
        assert (parting, found.sure) == (notation.thousands, True)
    assert Notation(notation.decimal, parting).numbers(words).tolist() == [*numbers, 1234567]


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("$1,234.50", 1234.5),
        ("-$1,234", -1234.0),
        ("(1,234)", -1234.0),
        ("12.5 %", 12.5),
        ("1,234 €", 1234.0),
        ("EUR 12", 12.0),
        ("−5", -5.0),
        ("1e3", 1000.0),
        ("1_000", None),
        ("１２", None),
        ("inf", None),
        ("nan", None),
        ("12,34", None),
        ("0,123", None),
        ("1,2345", None),
        ("5more", None),
        ("", None),
        ("--5", None),
    ],
)
def test_signs_beside_the_digits(word, number):
    assert Notation("point", "comma").number(word) == number


@pytest.mark.parametrize(
    ("column", "sign"),
    [
        (["47,371", "766", "99,828", "3,771"], "point"),
        (["47.371,50", "766,50"], "comma"),
        (["8,412", "12,124"], "point"),
        (["5,302", "6,498"], "comma"),
        (["1,5", "2,25"], "comma"),
        (["0.851", "12.124", "7"], "point"),
        (["8.412", "12.345", "9.250"], "point"),
        (["1.234.567", "12"], "comma"),
        (["7", "8"], None),
    ],
)
def test_the_decimal_sign_is_not_what_parts_thousands(column, sign):
    assert decimal_sign([column]) == sign


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["2024-01-31", "2023-12-01"], "2023-12-01"),
        (["2024-01-01 00:05:00", "2024-01-01 00:00:00"], "2024-01-01"),
        (["2024-01-01T10:00:00Z"], "2024-01-01T10:00:00"),
        (["31.12.2023", "1.1.2024"], "2023-12-31"),
        (["01/22/2024", "02/01/2024"], "2024-01-22"),
        (["22/01/2024", "02/01/2024"], "2024-01-02"),
        (["2024/01/02 13:00"], "2024-01-02T13:00:00"),
        (["1 Jan 2024"], "2024-01-01"),
        (["Jan 1, 2024"], "2024-01-01"),
        (["01-Jan-24"], "2024-01-01"),
        (["1/2/2024 1:05 PM"], "2024-01-02T13:05:00"),
        (["1500-01-01"], "1500-01-01"),
    ],
)
def test_dates_in_the_usual_notations(words, first):
    format, _ = date_format(words)
    assert np.datetime64(first_moment(read_dates(words, format))) == np.datetime64(first)


@pytest.mark.parametrize("word", ["A1", "10-19", "5more", "12.5", "2024-13-01", "1.2.3", "may"])
def test_other_words_are_no_dates(word):
    assert date_format([word]) == ("", False)


def test_day_and_month_that_may_be_swapped_are_told():
    assert date_format(["01/02/2024"]) == ("%m/%d/%Y", True)
    assert date_format(["01/22/2024"]) == ("%m/%d/%Y", False)


def test_days_and_what_comes_back():
    times = read_dates(["2024-01-01 00:00", "2024-01-01 12:00", "2024-01-08 06:00", "?"], "ISO8601")
    np.testing.assert_allclose(days(times, first_moment(times)), [0, 0.5, 7.25, np.nan])
    sine, cosine = recurring(times, "hour")
    np.testing.assert_allclose(sine, [0, 0, 1, np.nan], atol=1e-12)
    np.testing.assert_allclose(cosine, [1, -1, 0, np.nan], atol=1e-12)
    sine, cosine = recurring(times, "weekday")  # all three are Mondays
    np.testing.assert_allclose((sine[:3], cosine[:3]), ([0, 0, 0], [1, 1, 1]), atol=1e-12)
