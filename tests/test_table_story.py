"""A table with words, dates and gaps: made into a project, trained, saved, opened and predicted."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from click.testing import CliRunner

from neuralbuilder.cli.app import cli
from neuralbuilder.data.preprocessing import prepare
from neuralbuilder.project.files import load


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        yield path


def run(*words):
    result = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


HOUSES = "id;colour;area;built;price\n" + "".join(
    f"{i + 1};{('red', 'blue', 'NA')[i % 3]};{'' if i % 9 == 4 else f'1.{i:03},5'};"
    f"{1 + i % 28}.{1 + i % 12}.2020;{'2.' if i % 2 else '3.'}{100 + i},00 €\n"
    for i in range(60)
)
OPTIONS = ("--derived", "root=sqrt(area)", "--date-parts", "--missing", "area=mean")


@pytest.fixture(scope="module")
def said(folder):
    """What is said while a network is made and trained; it is in h.nbnet."""
    (folder / "houses.csv").write_text(HOUSES, encoding="utf-8")
    network = ("auto -> 4 tanh -> 1", "--data", "houses.csv", "-o", "h.nbnet")
    said = run("new", *network, *OPTIONS).stderr
    assert "Left out of the inputs: 'id' (counts the rows)." in said
    assert "'NA' is a word like the others, not a missing value, in 'colour' (20)." in said
    return run("train", "h.nbnet", "--epochs", 2).stderr


def test_a_file_keeps_what_the_columns_mean(said):
    document = load("h.nbnet")
    samples, scaling = document.samples, document.state.scaling
    assert samples.input_names == (
        "colour = NA", "colour = blue", "colour = red", "area", "built", "built weekday sin",
        "built weekday cos", "built month sin", "built month cos", "root",
    )  # fmt: skip
    assert samples.count == 60
    assert samples.y[:2, 0].tolist() == [3100, 2101]
    assert np.isnan(samples.x[4, 3])
    assert samples.encoding.columns[1].rule == "mean"
    plan = document.project.plan
    again = prepare(samples, plan.split, plan.preprocessing, scaling=scaling)
    np.testing.assert_array_equal(again.scaling.input_fill, scaling.input_fill)
    known = samples.x[again.train, 3]
    assert scaling.input_fill[3] == pytest.approx(np.nanmean(known))
    assert f"area: 7 filled with the mean {scaling.input_fill[3]:.6g}." in said


def test_new_rows_are_read_as_the_data_were(said, folder):
    (folder / "new.csv").write_text(
        "built;area;extra;colour\n5.6.2020;1.010,5;x;red\n5.6.2020;1.010,5;y;pink\n"
        "yesterday;;z;pink\n5.6.2020;1.010,5;x;red\n",
        encoding="utf-8",
    )
    result = run("predict", "h.nbnet", "new.csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 4
    assert [rows[0] | {"row": "4"}, rows[3]["row"]] == [rows[3], "4"]
    for words in (
        "stand in another order",
        "Not read by the network: extra.",
        "colour: unknown words, treated as missing: 'pink' (2).",
        "built: no dates, treated as missing: 'yesterday' (1).",
        "colour: 2 filled with the most frequent word",
        "area: 1 filled with the mean",
        "root: 1 filled with the median",
    ):
        assert words in result.stderr


def test_a_network_drawn_by_columns_reads_an_input_for_every_word(folder):
    (folder / "houses.csv").write_text(HOUSES, encoding="utf-8")
    told = run("new", "3 -> 4 tanh -> 1", "--data", "houses.csv", "-o", "d.nbnet")
    assert "the 3 columns are 5 inputs" in told.stderr
    assert "R^5 ->" in told.stdout
    told = run("new", "2 -> 4 tanh -> 1", "--data", "houses.csv", "-o", "n.nbnet")
    assert "the network reads 2 numbers, so words are left out: 'colour'." in told.stderr
    assert load("n.nbnet").samples.input_names == ("area", "built")
    named = ("--words", "id", "--ignore", "built,colour", "--most-words", 5)
    run("new", "auto -> 4 tanh -> 1", "--data", "houses.csv", "-o", "w.nbnet", *named)
    assert load("w.nbnet").samples.input_names[:7] == (
        "id = 1", "id = 10", "id = 11", "id = 12", "id = 13", "id = (others)", "area",
    )  # fmt: skip
