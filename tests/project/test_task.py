"""What a target is, by the drawn output, the plan and the data: one rule for everyone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import neuralbuilder as nb
from neuralbuilder.cli.app import cli
from neuralbuilder.cli.work import samples_of
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tasks import as_task, can_be
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check
from neuralbuilder.project.encoding import decode, encode
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document, from_bytes, load, to_bytes
from neuralbuilder.project.fitting import set_design
from neuralbuilder.project.model import Plan, Project
from neuralbuilder.project.task import meant

XOR = "a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"
ADDER = "a,b,sum,carry\n0,0,0,0\n0,1,1,0\n1,0,1,0\n1,1,0,1\n"
WINE = "acid,sugar,quality\n" + "".join(
    f"{i % 7}.5,{i % 11}.25,{3 + (i * 5 + i // 7) % 6}\n" for i in range(90)
)


def numbers(*columns: list[float]) -> Samples:
    """Samples with these columns of targets, as a source of quantities gives them."""
    y = np.array(columns, dtype=np.float64).T
    names = tuple(f"t{i}" for i in range(y.shape[1]))
    return Samples(np.arange(2.0 * len(y)).reshape(-1, 2), y, ("a", "b"), names, "regression")


def drawn(text: str, task: str = "auto") -> Project:
    return set_design(Project(plan=Plan(task=task)), text)


@pytest.fixture
def new(tmp_path: Path) -> Callable[..., Document]:
    """The project that the command line makes of a table and a network."""

    def make(table: str, network: str, *options: str) -> Document:
        path, file = tmp_path / "table.csv", tmp_path / "net.nbnet"
        path.write_text(table)
        command = ["new", network, "--data", str(path), "-o", str(file), "--force", *options]
        result = CliRunner().invoke(cli, command)
        assert file.exists(), result.output
        return load(file)

    return make


# ------------------------------------------------------------------ the drawn output decides


@pytest.mark.parametrize(
    ("table", "network", "task", "columns"),
    [
        (XOR, "2 -> 4 tanh -> 1 sigmoid", "classification", 2),
        (XOR, "2 -> 4 tanh -> 2 softmax", "classification", 2),
        (XOR, "2 -> 4 tanh -> 1 linear", "regression", 1),
        (ADDER, "2 -> 4 tanh -> 2 sigmoid", "yes/no", 2),
        (ADDER, "2 -> 4 tanh -> 2 linear", "regression", 2),
        (WINE, "2 -> 8 relu -> 1 linear", "regression", 1),
        (WINE, "2 -> 8 relu -> 6 softmax", "classification", 6),
        (WINE, "2 -> 8 relu -> 1", "regression", 1),
        (WINE, "2 -> 8 relu -> 6", "classification", 6),
    ],
)
def test_the_output_says_what_the_target_is(new, table, network, task, columns):
    document = new(table, network)
    samples = samples_of(document)
    assert (samples.task, samples.y.shape[1]) == (task, columns)
    errors = [p for p in check(document.project, samples) if p.severity == "error"]
    assert not errors


def test_the_plan_says_otherwise(new):
    assert samples_of(new(WINE, "2 -> 6", "--task", "quantities")).task == "regression"
    assert samples_of(new(XOR, "2 -> 3 tanh -> 1", "--task", "yes/no")).class_names == ("0", "1")


def test_a_new_output_reads_the_same_data_anew(new):
    document = new(WINE, "2 -> 8 relu -> 1 linear")
    source = document.samples
    softmax = set_design(document.project, "2 -> 8 relu -> 6 softmax", source)
    assert meant(softmax, source).task == "classification"
    assert softmax.plan.loss.name == "categorical_cross_entropy"
    back = set_design(softmax, "2 -> 8 relu -> 1 linear", source)
    assert meant(back, source).task == "regression"
    assert back.plan.loss.name == "mse"


def test_sizes_that_do_not_fit_leave_what_the_data_propose():
    wine = as_task(numbers([3, 4, 5] * 30), "classification")
    assert meant(drawn("2 -> 4 linear"), wine) is wine
    assert meant(drawn("2 -> 1 linear"), wine).task == "regression"
    assert meant(drawn("2 -> 3 tanh"), wine) is wine


def test_words_are_never_quantities():
    flowers = replace(as_task(numbers([0, 1] * 9), "classification"), target_names=("lily", "rose"))
    assert meant(drawn("2 -> 1 linear"), flowers) is flowers
    with pytest.raises(UserError, match=r"holds words \(lily, rose\)"):
        as_task(flowers, "regression")


def test_fractions_are_no_classes_of_a_softmax():
    values = numbers([0.5, 1.5] * 9)
    assert meant(drawn("2 -> 2 softmax"), values) is values
    assert meant(drawn("2 -> 2 softmax", "classification"), values).class_names == ("0.5", "1.5")


def test_a_task_that_cannot_be_is_a_problem_with_a_remedy():
    samples = numbers([0, 1, 2])
    project = drawn("2 -> 1 sigmoid", "yes/no")
    problem = next(p for p in check(project, meant(project, samples)) if p.setting == "task")
    assert "'t0' holds 2, and yes/no is 1 or 0" in problem.message
    mended = edits.apply_fix(project, problem.fix)
    assert mended.plan.task == "auto"


# ------------------------------------------------------------------ reading targets


@given(st.lists(st.integers(0, 1), min_size=2).filter(lambda y: len(set(y)) == 2))
def test_0_and_1_can_be_anything_and_come_back(y):
    samples = numbers(y)
    for task in ("classification", "yes/no"):
        read = as_task(samples, task)
        assert read.labels.tolist() == y
        np.testing.assert_array_equal(as_task(read, "regression").y, samples.y)
        assert as_task(read, "regression").target_names == samples.target_names


@given(st.lists(st.integers(-3, 9), min_size=2).filter(lambda y: len(set(y)) > 1))
def test_whole_numbers_as_classes_come_back(y):
    samples = numbers(y)
    classes = as_task(samples, "classification")
    assert [float(classes.class_names[i]) for i in classes.labels] == y
    np.testing.assert_array_equal(as_task(classes, "regression").y, samples.y)


def test_asking_again_gives_the_same_object():
    samples = numbers([0, 1, 1, 0])
    assert as_task(samples, "yes/no") is as_task(samples, "yes/no")
    assert as_task(samples, "regression") is samples


def test_several_columns_are_classes_only_with_a_single_1():
    assert can_be(numbers([1, 0], [0, 1]), "classification")
    assert not can_be(numbers([1, 0], [1, 1]), "classification")
    assert can_be(numbers([1, 0], [1, 1]), "yes/no")


# ------------------------------------------------------------------ files and Python


def test_task_and_column_of_the_class_travel(new):
    document = new(WINE, "2 -> 6 softmax", "--task", "classes")
    again = from_bytes(to_bytes(document))
    assert again.project.plan.task == "classification"
    assert again.samples.class_column == "quality"
    assert meant(drawn("2 -> 1 linear"), again.samples).target_names == ("quality",)


def test_a_task_among_the_settings_of_the_data_moves_into_the_plan():
    data = encode(new_project("2 -> 1"))
    del data["plan"]["task"]
    data["plan"]["dataset"] = {"part": "csv", "path": "a.csv", "task": "classification"}
    project, _ = decode(data)
    assert project.plan.task == "classification"
    assert "task" not in encode(project)["plan"]["dataset"]


def test_python_follows_the_same_rule():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    words = nb.Network("2 -> 4 tanh -> 2 softmax").fit(x, ["no", "yes", "yes", "no"], epochs=1)
    assert words._samples.class_names == ("no", "yes")
    quality = nb.Network("2 -> 4 tanh -> 2 softmax").fit(x, [5.0, 7.0, 7.0, 5.0], epochs=1)
    assert quality._samples.class_names == ("5", "7")
    several = nb.Network("2 -> 4 tanh -> 2 sigmoid").fit(x, [[0, 1], [1, 1], [1, 0], [0, 0]])
    assert several._samples.task == "yes/no"
    assert not [note for note in several.notes if "for classes" in note]
    with pytest.raises(ValueError, match="3 different words, and the network has 2 classes"):
        nb.Network("2 -> 2 softmax").fit(x, ["a", "b", "c", "a"])
    with pytest.raises(ValueError, match="There is no task 'guess'"):
        nb.Network("2 -> 2 softmax").fit(x, [0, 1, 1, 0], task="guess")


def test_a_task_given_in_python_holds_for_measures_too():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5, float)
    y = [0, 1, 1, 0] * 5
    classes = nb.Network("2 -> 4 tanh -> 1").fit(x, y, task="classes", epochs=1)
    assert "accuracy" in classes.evaluate(x, y)
    shares = nb.Network("2 -> 4 tanh -> 1 sigmoid").fit(x, y, task="quantities", loss="mse")
    assert "R2" in shares.evaluate(x, y)


def test_yes_or_no_is_predicted_with_probabilities(new, tmp_path):
    new(ADDER, "2 -> 8 tanh -> 2 sigmoid", "--test", "0", "--validation", "0")
    file, table = tmp_path / "net.nbnet", tmp_path / "table.csv"
    trained = CliRunner().invoke(cli, ["train", str(file), "--epochs", "400"])
    assert trained.exit_code == 0, trained.output
    told = CliRunner().invoke(cli, ["predict", str(file), str(table)]).stdout.splitlines()
    assert told[0] == "row,sum,carry,probability of sum,probability of carry"
    answers = np.array([[float(cell) for cell in line.split(",")] for line in told[1:]])
    np.testing.assert_array_equal(answers[:, 1:3], [[0, 0], [1, 0], [1, 0], [0, 1]])
    assert np.abs(answers[:, 3:] - answers[:, 1:3]).max() < 0.5
