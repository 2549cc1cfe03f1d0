"""``neuralbuilder evaluate`` and the measures that ``train --json`` tells."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from neuralbuilder.cli.app import cli, main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ok(*arguments: object) -> str:
    """The output of a command that works."""
    result = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line of a command that cannot be carried out."""
    assert main([str(a) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


@pytest.fixture
def iris() -> Path:
    ok("new", "4 -> 8 tanh -> 3", "--data", "Iris", "-o", "iris.nbnet")
    return Path("iris.nbnet")


def test_training_and_evaluating_tell_the_same_numbers(iris):
    trained = json.loads(ok("train", iris, "--epochs", 10, "--json"))
    assert list(trained["parts"]) == ["test", "validation", "train"]
    for part, told in trained["parts"].items():
        found = json.loads(ok("evaluate", iris, "--part", part, "--json"))
        assert found.pop("file") == str(iris)
        assert found == told
    assert trained["loss/test"] == trained["parts"]["test"]["loss"]
    assert trained["accuracy/test"] == trained["parts"]["test"]["accuracy"]
    assert trained["accuracy/train"] == trained["parts"]["train"]["accuracy"]


def test_the_test_part_is_the_usual_one_and_all_is_everything(iris):
    ok("train", iris, "--epochs", 3)
    usual = json.loads(ok("evaluate", iris, "--json"))
    assert (usual["part"], usual["samples"]) == ("test", 30)
    everything = json.loads(ok("evaluate", iris, "--part", "all", "--json"))
    assert everything["samples"] == np.sum(everything["confusion"]) == 150
    assert [row["support"] for row in everything["classes"]] == [50, 50, 50]


def test_people_read_a_table_of_classes_and_who_is_taken_for_whom(iris):
    ok("train", iris, "--epochs", 30)
    lines = ok("evaluate", iris, "--importance", "--dependence", "petal width (cm)").splitlines()
    assert lines[0] == "test: 30 samples"
    assert lines[1].startswith("loss: 0.")
    assert any(line.startswith("balanced accuracy: ") and line.endswith(" %") for line in lines)
    heads = next(line.split() for line in lines if "recall" in line and "precision" in line)
    assert heads[:3] == ["precision", "recall", "F1"]
    assert any(line.split()[:1] == ["versicolor"] for line in lines)
    assert "Right class (rows) and predicted class (columns):" in lines
    assert any(line.startswith("Lost of accuracy ") for line in lines)
    assert any(line.startswith("Mean output where petal width (cm) is the same") for line in lines)


def test_of_two_classes_the_threshold_counts(folder):
    ok("new", "30 -> 4 relu -> 1", "--data", "breast_cancer", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 5)
    told = {
        threshold: json.loads(ok("evaluate", "a.nbnet", "--threshold", threshold, "--json"))
        for threshold in (0.1, 0.5, 0.9)
    }
    assert {facts["positive"] for facts in told.values()} == {"benign"}
    recalls = [told[threshold]["recall"] for threshold in (0.1, 0.5, 0.9)]
    assert recalls == sorted(recalls, reverse=True)
    assert len({facts["ROC AUC"] for facts in told.values()}) == 1
    assert "areas are those of 'benign'" in ok("evaluate", "a.nbnet")


def test_quantities_and_curves(folder):
    ok("new", "10 -> 4 tanh -> 1", "--data", "diabetes", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 5)
    facts = json.loads(ok("evaluate", "a.nbnet", "--curves", "--importance", "--json"))
    assert facts["root mean squared error"] >= facts["mean absolute error"] > 1
    assert facts["targets"][0]["R2"] == facts["R2"]
    assert facts["curves"] == []
    assert len(facts["importance"]["columns"]) == 10


def test_a_class_without_samples_is_null_and_a_dash(folder):
    rows = [f"{x / 40},{'ab'[x % 2]}" for x in range(39)] + ["0.5,c"]
    Path("t.csv").write_text("x,kind\n" + "\n".join(rows) + "\n")
    ok("new", "1 -> 4 tanh -> 3", "--data", "t.csv", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 2)
    facts = json.loads(ok("evaluate", "a.nbnet", "--json"))
    empty = facts["classes"][2]
    assert (empty["support"], empty["recall"], empty["F1"]) == (0, None, None)
    lines = [line.split() for line in ok("evaluate", "a.nbnet").splitlines()]
    assert next(line for line in lines if line[:1] == ["c"])[1:4] == ["–", "–", "–"]


def test_what_cannot_be_evaluated_is_refused_in_words(iris, capsys):
    assert "has not been trained yet" in refused(capsys, "evaluate", iris)
    ok("train", iris, "--epochs", 1)
    assert "no input 'leaf'" in refused(capsys, "evaluate", iris, "--dependence", "leaf")
    assert "--json" in refused(capsys, "evaluate", iris, "--curves")
    assert "--threshold" in refused(capsys, "evaluate", iris, "--threshold", "2")
    assert "between two classes" in refused(capsys, "evaluate", iris, "--threshold", "0.3")
