"""Rows of pixels in a table as images: by a setting, by names, by what the network reads."""

import csv

import numpy as np
import pytest
from click.testing import CliRunner

from neuralbuilder.cli.app import cli, main
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.data.tables.pixel_rows import image_shape, proposed_images
from neuralbuilder.problems import SettingError, UserError
from neuralbuilder.project.files import load
from tests.image_files import pixels


def write(folder, names, values, labels):
    """A table with a column of each name and the label as the last one."""
    rows = [
        ",".join(map(str, [*row, label])) for row, label in zip(values, labels, strict=True)
    ]  # fmt: skip
    path = folder / "t.csv"
    path.write_text("\n".join([",".join([*names, "digit"]), *rows]) + "\n")
    return path


GRID = [f"{y}x{x}" for y in range(1, 5) for x in range(1, 6)]
LABELS = [f"class {number % 2}" for number in range(20)]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, GRID, pixels(20).reshape(20, -1), LABELS)


@pytest.mark.parametrize(
    ("text", "shape"),
    [("", None), ("28x28", (1, 28, 28)), ("1 × 4 × 5", (1, 4, 5)), ("3x32X32", (3, 32, 32))],
)
def test_sizes_of_images(text, shape):
    assert image_shape(text) == shape


@pytest.mark.parametrize("text", ["28", "0x5", "2x4x5", "axb", "28x28x3", "1x1x1x1", "9999x2"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(SettingError, match="Images cannot be"):
        CsvTable("t.csv", images=text)


@pytest.mark.parametrize(
    ("names", "read", "found"),
    [
        ([f"pixel{i}" for i in range(784)], (784,), "28x28"),
        ([f"Pixel_{i}" for i in range(1, 65)], (4,), "8x8"),
        ([f"{y}x{x}" for y in range(1, 29) for x in range(1, 29)], (4,), "28x28"),
        (GRID, (), "4x5"),
        ([f"p{y}_{x}" for y in range(8) for x in range(8)], (), "8x8"),
        ([f"c{i}" for i in range(64)], (1, 8, 8), "8x8"),
        ([f"c{i}" for i in range(192)], (3, 8, 8), "3x8x8"),
        ([f"c{i}" for i in range(64)], (64,), ""),
        ([f"pixel{i}" for i in range(65)], (65,), ""),
        ([f"pixel{2 * i}" for i in range(64)], (64,), ""),
        ([f"pixel{i}" for i in range(9)], (9,), ""),
        ([f"2020-{i}" for i in range(1, 13)], (12,), ""),
        (["x1", "x2"], (1, 8, 8), ""),
    ],
)
def test_names_and_networks_propose_images(names, read, found):
    assert proposed_images(names, read) == found


def test_rows_become_images(table):
    samples = CsvTable(str(table), images="4x5").load()
    np.testing.assert_array_equal(samples.x[:, 0], pixels(20))
    assert samples.x.dtype == np.uint8
    assert samples.input_names == ("grey",)
    assert CsvTable(str(table), images="4x5").keeping(samples).inputs == tuple(GRID)
    with pytest.raises(UserError, match="20 inputs make no images of 1×5×5, which have 25"):
        CsvTable(str(table), images="5x5").load()


def test_values_that_are_no_bytes_stay_what_they_are(tmp_path):
    path = write(tmp_path, GRID, pixels(20).reshape(20, -1) // 16, LABELS)
    samples = CsvTable(str(path), images="4x5").load()
    assert samples.x.dtype == np.float64
    assert samples.pixel_range == (0, 15)


def ok(*arguments):
    result = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_network_for_images_reads_a_table_and_predicts_from_one(table):
    ok("new", "4x5 -> conv 2@2x2 relu -> flatten -> 2", "--data", table, "-o", "a.nbnet")
    document = load("a.nbnet")
    assert document.project.plan.dataset.images == "4x5"
    assert document.samples.x.shape == (20, 1, 4, 5)
    ok("train", "a.nbnet", "--epochs", "1")
    straight = ok("predict", "a.nbnet", table)
    # Other columns and another order change nothing.
    rows = list(csv.reader(table.read_text().splitlines()))
    order = np.random.default_rng(0).permutation(len(rows[0]))
    lines = [",".join(["new", *[row[i] for i in order]]) for row in rows]
    table.with_name("other.csv").write_text("\n".join(lines))
    assert ok("predict", "a.nbnet", table.with_name("other.csv")) == straight


def test_the_images_of_a_table_are_an_option(table, capsys):
    new = ["new", "20 -> 4 relu -> 2", "--data", str(table), "-o", "a.nbnet", "--force"]
    assert ok(*new).startswith("a.nbnet: 4x5 -> flatten -> 4 relu -> ")
    assert ok(*new, "--images", "no").startswith("a.nbnet: R^20 -> 4 relu -> ")
    assert ok(*new, "--images", "5x4").startswith("a.nbnet: 5x4 -> flatten -> 4 relu -> ")
    assert main([*new, "--images", "5x5"]) == 2
    assert "make no images of 1×5×5" in capsys.readouterr().err
    assert main(["new", "4 -> 3", "--data", "iris", "-o", "b.nbnet", "--images", "2x2"]) == 2
    assert "--images is for tables" in capsys.readouterr().err
