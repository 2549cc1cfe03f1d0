"""The command line: in process with click's runner, and as a real process."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from neuralbuilder import __version__
from neuralbuilder.cli import table_options
from neuralbuilder.cli.app import COMMANDS, cli, main
from neuralbuilder.cli.restart import training_environment
from neuralbuilder.cli.work import prepared, samples_of, train
from neuralbuilder.data.bundled import Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.images.augmentation import LightAugmentation, NoAugmentation
from neuralbuilder.data.planes import Spiral
from neuralbuilder.data.preprocessing import NoPreprocessing
from neuralbuilder.data.splits import Split
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.engine.schedules import Constant, Cosine
from neuralbuilder.parts import settings_of
from neuralbuilder.project import edits
from neuralbuilder.project.container import pack, unpack
from neuralbuilder.project.csv_text import safe_cell
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document, load, save
from neuralbuilder.project.text import print_design
from neuralbuilder.training.environment import BLAS_VARIABLES
from neuralbuilder.training.messages import Ask, Load, Refused, Run, Snapshot, Stopped
from neuralbuilder.training.session import Session


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ok(*arguments):
    """The output of a command that works."""
    result = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(capsys, *arguments):
    """The one line of a command that cannot be carried out."""
    assert main([str(a) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("neuralbuilder: ")
    return line


def python(*arguments, **environment):
    """A process like a user's, without settings for the linear algebra."""
    before = {k: v for k, v in os.environ.items() if k not in BLAS_VARIABLES}
    path = os.pathsep.join(filter(None, sys.path))
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**before, "PYTHONPATH": path, **environment},
    )


def process(*arguments, **environment):
    """A real run of the command."""
    return python("-m", "neuralbuilder", *arguments, **environment)


# ------------------------------------------------------------------ new


def test_new_writes_the_example(folder):
    assert "R^4 -> 3 tanh -> R^2 linear" in ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    document = load("a.nbnet")
    assert document.project.plan.dataset == FormulaDataset()
    assert document.state is None


def test_new_with_a_named_data_set():
    ok("new", "4 -> 8 tanh -> 3", "--data", "Iris", "-o", "a.nbnet")
    project = load("a.nbnet").project
    assert project.plan.dataset == Iris()
    assert print_design(project) == "R^4 -> 8 tanh -> R^3 softmax"
    assert project.plan.loss == CategoricalCrossEntropy()
    ok("new", "2 -> 8 -> 2", "--data", "spiral", "-o", "b.nbnet")
    assert isinstance(load("b.nbnet").project.plan.dataset, Spiral)


def test_new_with_formulas():
    ok("new", "3 -> 4 -> 2", "--data", "y1 = x1*x2; y2 = sin(x1)", "-o", "a.nbnet")
    dataset = load("a.nbnet").project.plan.dataset
    assert dataset == FormulaDataset(("y1 = x1*x2", "y2 = sin(x1)"), inputs=3)


def test_new_with_a_table_embeds_its_data(folder):
    write_table(folder / "my table.csv")
    answer = json.loads(
        ok("new", "2 -> 4 -> 1", "--data", "my table.csv", "-o", "a.nbnet", "--json")
    )
    assert answer["data"] == "csv"
    document = load("a.nbnet")
    assert isinstance(document.project.plan.dataset, CsvTable)
    (folder / "my table.csv").unlink()
    assert load("a.nbnet").samples.x.shape == (40, 2)
    assert "Epoch 5" in ok("train", "a.nbnet", "--epochs", 5)


def six_columns(path, names="a,b,c,d,e,f"):
    random = np.random.default_rng(0)
    rows = [",".join(f"{value:.4f}" for value in row) for row in random.normal(size=(40, 6))]
    path.write_text("\n".join([names, *rows]) + "\n", encoding="utf-8")


def test_new_chooses_columns_by_the_sizes_of_the_network(folder, capsys):
    six_columns(folder / "six.csv")
    ok("new", "R^4 -> 3 tanh -> R^2", "--data", "six.csv", "-o", "a.nbnet")
    dataset = load("a.nbnet").project.plan.dataset
    assert (dataset.inputs, dataset.targets) == (("a", "b", "c", "d"), ("e", "f"))
    line = refused(capsys, "new", "R^2 -> 3 -> R^2", "--data", "six.csv", "-o", "b.nbnet")
    assert "--targets" in line
    named = ("--inputs", "c, a", "--targets", "2")
    ok("new", "R^2 -> 3 -> R^2", "--data", "six.csv", "-o", "b.nbnet", *named)
    dataset = load("b.nbnet").project.plan.dataset
    assert (dataset.inputs, dataset.targets) == (("c", "a"), ("e", "f"))
    ok("new", "R^5 -> R^1", "--data", "six.csv", "-o", "c.nbnet", "--targets", "a")
    assert load("c.nbnet").samples.input_names == ("b", "c", "d", "e", "f")
    assert "table" in refused(capsys, "new", "2 -> 1", "-o", "d.nbnet", "--targets", "a")


def test_new_takes_the_words_as_classes_wherever_they_stand(folder):
    rows = [f"{'red' if i % 2 else 'blue'},{i},{i * i}" for i in range(20)]
    (folder / "words.csv").write_text("\n".join(["colour,x,y", *rows]) + "\n", encoding="utf-8")
    ok("new", "2 -> 3 -> 2", "--data", "words.csv", "-o", "a.nbnet")
    assert load("a.nbnet").samples.target_names == ("blue", "red")


def test_new_takes_how_a_table_is_divided(folder, capsys):
    text = "age,patient,set,risk\n"
    text += "".join(f"{i},p{i // 4},{('train', 'train', 'test')[i % 3]},{i}.5\n" for i in range(24))
    (folder / "a.csv").write_text(text)
    (folder / "b.csv").write_text(text)
    table = ("new", "1 -> 2 tanh -> 1", "--data", "a.csv", "-o", "a.nbnet", "--force")
    ok(*table, "--group", "patient", "--parts", "set")
    split = json.loads(ok("info", "a.nbnet", "--json"))["split"]
    assert split["test"] == list(range(2, 24, 3))
    assert "in several parts" in ok("info", "a.nbnet")
    ok(*table, "--group", "patient", "--parts", "set", "--test-file", "b.csv", "--in-order")
    split = json.loads(ok("info", "a.nbnet", "--json"))["split"]
    assert (split["by"], len(split["test"])) == ("order", 24 + 8)
    assert max(split["train"]) < 24
    refused = ("new", "4 -> 3", "--data", "iris", "-o", "c.nbnet", "--group", "patient")
    assert main(list(refused)) == 2
    assert "are for tables" in capsys.readouterr().err


def test_what_is_learnt_from_what_is_told_also_later(tmp_path, capsys):
    rows = [f"{'pqrs'[i % 4]},{i},{'xyz'[i % 3]}" for i in range(48)]
    Path("c.csv").write_text("\n".join(["kind,a,class", *rows]), encoding="utf-8")
    new = ("new", "auto -> 4 softmax", "--data", "c.csv", "-o", "c.nbnet")
    assert main(list(new)) == 0
    told = capsys.readouterr()
    assert "'class' is an input, as what it holds does not fit 4 outputs" in told.err
    learns = "Learns kind (4 classes) from a, class."
    assert learns in told.out
    assert learns in ok("info", "c.nbnet")
    assert main([*new, "--force", "--targets", "kind"]) == 0
    assert "is an input" not in capsys.readouterr().err


def test_a_softmax_is_not_given_columns_that_are_no_classes(tmp_path, capsys):
    rows = [f"{i},{i % 7},{i % 2},{i // 2 % 2},{1 - i // 2 % 2}" for i in range(40)]
    Path("n.csv").write_text("\n".join(["a,b,c,p,q", *rows]), encoding="utf-8")
    new = ("new", "2 -> 2 softmax", "--data", "n.csv", "-o", "n.nbnet", "--ignore")
    assert "and 'c', 'p', which its sizes leave" in refused(capsys, *new, "q")
    assert main([*new, "c"]) == 0  # one column for each class
    assert main([*new, "q,b", "--targets", "p", "--force"]) == 0
    assert "Learns p (2 classes) from a, c." in capsys.readouterr().out


def test_new_takes_the_settings_of_the_data(capsys):
    words = ["--validation", 0.2, "--test", 0.1, "--scaling", "none", "--augment"]
    words += ["--split-seed", 7]
    ok("new", "8x8 -> flatten -> 10", "--data", "digits", "-o", "a.nbnet", *words)
    plan = load("a.nbnet").project.plan
    assert plan.split == Split(0.2, 0.1, seed=7)
    assert (plan.preprocessing, plan.augmentation) == (NoPreprocessing(), LightAugmentation())
    ok("new", "28x28 -> flatten -> 10", "--data", "digits28", "-o", "c.nbnet", "--no-augment")
    assert load("c.nbnet").project.plan.augmentation == NoAugmentation()
    ok("new", "28x28 -> flatten -> 10", "--data", "digits28", "-o", "d.nbnet")
    told = ok("info", "d.nbnet")
    assert "schedule: cosine, learning rate 0.002, batch size 32, 100 epochs" in told
    assert "augmentation: light" in told
    new = ("new", "4 -> 3", "--data", "iris", "-o", "b.nbnet")
    assert "leaves too little for training" in refused(capsys, *new, "--validation", 0.8)
    assert refused(capsys, *new, "--scaling", "min_mox").count("min_max") >= 1
    assert "--augment is for images" in refused(capsys, *new, "--augment")
    assert not Path("b.nbnet").exists()


def test_new_replaces_a_file_only_when_told(folder, capsys):
    ok("new", "4 -> 2", "-o", "a.nbnet")
    before = (folder / "a.nbnet").read_bytes()
    assert "--force" in refused(capsys, "new", "4 -> 3 -> 2", "-o", "a.nbnet")
    assert (folder / "a.nbnet").read_bytes() == before
    ok("new", "4 -> 3 -> 2", "-o", "a.nbnet", "--force")
    assert (folder / "a.nbnet").read_bytes() != before


def test_predict_says_what_is_possible(folder, capsys):
    six_columns(folder / "six.csv")
    ok("new", "R^4 -> 3 tanh -> R^2", "--data", "six.csv", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 1)
    assert ok("predict", "a.nbnet", "six.csv").startswith("row,e,f\n")
    six_columns(folder / "other.csv", "p,q,r,s,t,u")
    line = refused(capsys, "predict", "a.nbnet", "other.csv")
    assert "has 6 columns and none is called a, b, c, d" in line
    (folder / "words.csv").write_text("who,p,q,r,s\nme,1,2,3,4\nyou,1,2,3,5\n", encoding="utf-8")
    assert len(ok("predict", "a.nbnet", "words.csv").splitlines()) == 3


def write_table(path, rows=40):
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 2))
    lines = [f"{a:.6f};{b:.6f};{a * b:.6f}" for a, b in x]
    path.write_text("left;right;product\n" + "\n".join(lines) + "\n", encoding="utf-8")


def test_new_writes_what_cannot_be_trained_only_when_told(folder, capsys):
    words = ["new", "3 -> 2", "--data", "iris", "-o", "a.nbnet"]
    assert main(words) == 2
    told = capsys.readouterr()
    assert "The input is ℝ³" in told.err
    assert "3 classes" in told.err
    assert told.err.splitlines()[-1].startswith("neuralbuilder: This network cannot be trained.")
    assert not (folder / "a.nbnet").exists()
    assert main([*words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["saved"] is False
    assert main([*words, "--force"]) == 2
    assert capsys.readouterr().out.startswith("a.nbnet: R^3 -> R^2")
    assert load("a.nbnet").state is None
    assert main(["new", "3 -> 2", "-o", "b.nbnet"]) == 2
    assert "Say with --data from what it learns" in capsys.readouterr().err


ODD_TABLE = "a,b,t\n" + "".join(f"{i},7,{i * i}.5\n" for i in range(60)) + "60,oops,1\n"
ODD_NOTES = [
    "Column 'b': 1 not a finite number, treated as missing (line 62: 'oops').",
    "Inputs with the same value in all rows: 'b'. Nothing can be learnt from it; leave it out of "
    "the inputs.",
]
FILLED = "b: 1 filled with the median 7."


def test_new_info_and_train_tell_what_is_odd_about_data_and_layers(folder):
    (folder / "odd.csv").write_text(ODD_TABLE, encoding="utf-8")
    text = "2 -> standardise -> 3 step -> 1"
    told = [f"Note: {note}" for note in ODD_NOTES]
    warning = (
        "Warning: 'b' has the same value in all samples: Standardise 1 cannot scale it. The "
        "network learns nothing from it: leave it out of the inputs."
    )
    for words in (
        ("new", text, "--data", "odd.csv", "-o", "a.nbnet"),
        ("info", "a.nbnet"),
        ("train", "a.nbnet", "--epochs", "1"),
    ):
        result = CliRunner().invoke(cli, words, catch_exceptions=False)
        lines = (result.stdout if words[0] == "info" else result.stderr).splitlines()
        filled = [f"Note: {FILLED}"] if words[0] == "train" else []
        assert [line for line in lines if line.startswith("Note")] == told + filled
        assert warning in lines
        assert any("its derivative is 0" in line for line in lines if line.startswith("Advice"))
        assert words[0] == "info" or not any("Good." in line for line in lines)
    new = ("new", text, "--data", "odd.csv", "-o", "b.nbnet")
    for words in (new, ("info", "b.nbnet"), ("train", "b.nbnet", "--epochs", "1")):
        answer = json.loads(ok(*words, "--json"))
        assert answer["notices"] == ODD_NOTES + ([FILLED] if words[0] == "train" else [])
        if words[0] != "train":
            assert any(p["layer"] == "Standardise 1" for p in answer["problems"])


# ------------------------------------------------------------------ info


def test_info_shows_layers_parameters_and_advice():
    ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    text = ok("info", "a.nbnet")
    for part in ("Hidden 1", "tanh", "W 4×3, b 3", "23 parameters", "2,000 samples",
                 "optimizer: adam, learning rate 0.01, batch size 32",
                 "Not trained yet", "not cut off at ±1"):  # fmt: skip
        assert part in text


IMAGES = "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> 10 softmax"


def test_an_image_network_is_written_and_described():
    assert "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> R^10" in ok(
        "new", IMAGES, "--data", "digits28", "-o", "a.nbnet"
    )
    text = ok("info", "a.nbnet")
    for part in ("Conv 1", "maxpool", "3×24×24", "3×12×12", "432", "W 3×1×5×5, b 3", "78",
                 "W 432×10, b 10", "4,330", "4,408 parameters\n"):  # fmt: skip
        assert part in text
    facts = json.loads(ok("info", "a.nbnet", "--json"))
    assert facts["network"].startswith("28x28 -> conv 3@5x5 relu")
    assert [layer["shape"] for layer in facts["layers"]] == [
        [1, 28, 28],
        [3, 24, 24],
        [3, 12, 12],
        [432],
        [10],
    ]
    assert [layer["parameter_count"] for layer in facts["layers"]] == [0, 78, 0, 0, 4330]
    assert (facts["parameter_count"], facts["statistics_count"]) == (4408, 0)


def test_info_counts_what_is_trained_and_names_statistics_apart():
    ok("new", "4 -> 3 tanh -> batchnorm -> standardise -> R^2", "-o", "a.nbnet")
    facts = json.loads(ok("info", "a.nbnet", "--json"))
    assert [layer["parameter_count"] for layer in facts["layers"]] == [0, 15, 6, 0, 8]
    assert (facts["parameter_count"], facts["statistics_count"]) == (29, 12)
    assert "29 parameters, and 12 statistics of the data" in ok("info", "a.nbnet")


def test_new_says_at_once_which_layers_do_not_fit(capsys):
    assert main(["new", "28x28 -> conv 3@5x5 -> 10", "-o", "a.nbnet"]) == 2
    told = capsys.readouterr().err
    assert "an image of 3 × 24 × 24 arrives. Put a Flatten layer before it" in told
    line = refused(capsys, "new", "28x28 -> convv 3@5x5 -> 10", "-o", "b.nbnet")
    assert "Column 10" in line
    assert "Did you mean conv?" in line


def test_info_for_machines():
    ok("new", "4 -> 8 tanh nobias -> 3", "--data", "iris", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 3)
    facts = json.loads(ok("info", "a.nbnet", "--json"))
    assert facts["parameter_count"] == 4 * 8 + 8 * 3 + 3
    assert facts["layers"][1]["parameters"] == {"hidden_1/W": [4, 8]}
    assert facts["layers"][1]["bias"] is False
    assert facts["data"]["targets"] == ["setosa", "versicolor", "virginica"]
    assert facts["trained"]["epoch"] == 3
    assert (facts["seed"], facts["split_seed"]) == (0, 0)
    assert 0 <= facts["trained"]["accuracy/train"] <= 1
    assert [problem["severity"] for problem in facts["problems"]] == ["advice"]


def test_info_shows_a_design_that_cannot_be_trained():
    assert main(["new", "3 -> 2", "--data", "iris", "-o", "a.nbnet", "--force"]) == 2
    problems = json.loads(ok("info", "a.nbnet", "--json"))["problems"]
    assert {p["severity"] for p in problems} == {"error"}
    assert "Error: Input:" in ok("info", "a.nbnet")


def test_info_on_a_file_from_the_future_says_what_can_be_said(capsys):
    ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    tensors, metadata = unpack(Path("a.nbnet").read_bytes())
    Path("b.nbnet").write_bytes(pack(tensors, metadata | {"version": "[9, 0]", "app": "7.7"}))
    assert main(["info", "b.nbnet"]) == 2
    captured = capsys.readouterr()
    assert "hidden_1: dense" in captured.out
    assert len(captured.err.splitlines()) == 1
    assert main(["info", "b.nbnet", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["app"] == "7.7"


# ------------------------------------------------------------------ train


def test_results_stand_in_one_order_however_often_the_file_was_saved():
    ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    kinds = ("loss", "R2", "mean absolute error", "samples")
    expected = [f"{kind}/{part}" for part in ("train", "validation", "test") for kind in kinds]
    for _ in range(2):
        facts = json.loads(ok("train", "a.nbnet", "--epochs", 1, "--json"))
        assert [name for name in facts if "/" in name] == expected
    lines = ok("train", "a.nbnet", "--epochs", 1).splitlines()
    shown = [line.split(":")[0] for line in lines if line.split()[0] in ("train", "test")]
    assert shown == [f"{part} {kind}" for part in ("train", "test") for kind in kinds]
    assert list(json.loads(ok("info", "a.nbnet", "--json"))["trained"])[2:] == expected
    info = ok("info", "a.nbnet")
    assert "Trained for 3 epochs" in info
    assert info.index("train loss: ") < info.index("train R2: ") < info.index("test loss: ")


def test_train_in_two_stretches_is_train_in_one():
    ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 4, "-o", "once.nbnet")
    ok("train", "a.nbnet", "--epochs", 1, "-o", "part.nbnet")
    ok("train", "part.nbnet", "--steps", 20)
    ok("train", "part.nbnet", "--steps", 3 * 44 - 20)
    once, twice = load("once.nbnet").state, load("part.nbnet").state
    assert (once.step, once.epoch) == (twice.step, twice.epoch) == (176, 4)
    np.testing.assert_array_equal(once.parameters, twice.parameters)
    for name in once.optimizer:
        np.testing.assert_array_equal(once.optimizer[name], twice.optimizer[name])


def test_train_with_a_seed_starts_afresh():
    ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    facts = json.loads(ok("train", "a.nbnet", "--epochs", 2, "--seed", 5, "--json"))
    assert (facts["epoch"], facts["steps"]) == (2, 88)
    assert {"loss/train", "loss/validation", "loss/test", "steps_per_second"} <= facts.keys()
    assert {"R2/train", "R2/test", "mean absolute error/validation"} <= facts.keys()
    again = json.loads(ok("train", "a.nbnet", "--epochs", 2, "--seed", 5, "--json"))
    assert again["loss/train"] == facts["loss/train"]
    plan = load("a.nbnet").project.plan
    assert (plan.seed, plan.split.seed) == (5, 0), "weights and order, not the parts"


def test_train_with_another_split_starts_afresh():
    ok("new", "4 -> 3 tanh -> 2", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 2, "--split-seed", 3)
    going_on = json.loads(ok("train", "a.nbnet", "--epochs", 2, "--split-seed", 3, "--json"))
    assert going_on["epoch"] == 4
    afresh = CliRunner().invoke(cli, ["train", "a.nbnet", "--epochs", "2", "--split-seed", "4"])
    assert "starts afresh" in afresh.stderr
    document = load("a.nbnet")
    assert (document.state.epoch, document.project.plan.split.seed) == (2, 4)


def test_training_with_other_settings_keeps_them(capsys):
    ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 2, "--optimizer", "lbfgs")
    settings = ["--optimizer", "sgd", "--learning-rate", 0, "--schedule", "plateau"]
    settings += ["--batch-size", 7]
    out = ok("train", "a.nbnet", "--epochs", 9, *settings, "--patience", 3)
    assert "Stopped at epoch 6: the validation loss has not improved for 3 epochs" in out
    plan = load("a.nbnet").project.plan
    assert (plan.optimizer, plan.stop_rule.patience) == (Sgd(0.0), 3)
    assert plan.batch_size == 7
    facts = json.loads(ok("info", "a.nbnet", "--json"))
    assert (facts["schedule"], facts["early_stopping"]) == ("plateau", "early")
    shown = ok("info", "a.nbnet")
    assert "Loss: mse, optimizer: sgd, schedule: plateau, early stopping" in shown
    facts = json.loads(ok("train", "a.nbnet", "--epochs", 2, "--patience", 0, "--json"))
    assert "stopped" not in facts
    assert refused(capsys, "train", "a.nbnet", "--optimizer", "lbfg").count("lbfgs") == 1
    wrong = ["--optimizer", "lbfgs", "--learning-rate", 0.1]
    assert "L-BFGS has no learning rate" in refused(capsys, "train", "a.nbnet", *wrong)


def test_training_says_once_what_is_of_no_use_in_the_plan():
    ok("new", "4 -> 3 tanh -> 2", "-o", "a.nbnet")

    def told(*options):
        result = CliRunner().invoke(cli, ["train", "a.nbnet", "-o", "b.nbnet", *options])
        assert result.exit_code == 0
        return result.stderr.splitlines()

    assert told("--epochs", "2") == []
    assert told("--epochs", "2", "--schedule", "cosine") == []
    batch, schedule = told("--epochs", "2", "--optimizer", "lbfgs", "--schedule", "cosine")
    assert "the batch size of 32 is not used" in batch
    assert "L-BFGS has no learning rate, so the schedule is not used" in schedule
    project = edits.change_plan(load("a.nbnet").project, schedule=Cosine())
    save("a.nbnet", Document(project))
    (early,) = told("--epochs", "2")
    assert "after 100 epochs, but training ends after 2" in early
    save("a.nbnet", Document(edits.change_plan(project, schedule=Constant())))
    (waits,) = told("--epochs", "2", "--patience", "9")
    assert "Early stopping waits 9 epochs" in waits


def test_a_cosine_by_name_ends_with_the_training():
    ok("new", "4 -> 3 tanh -> 2", "-o", "a.nbnet")
    for options, end in ((("--epochs", "2"), 2), (("--epochs", "3"), 5), (("--steps", "1"), 100)):
        result = CliRunner().invoke(cli, ["train", "a.nbnet", *options, "--schedule", "cosine"])
        assert (result.exit_code, "but training ends" in result.stderr) == (0, False)
        assert load("a.nbnet").project.plan.schedule == Cosine(epochs=end)


def test_iris_learns():
    ok("new", "4 -> 8 tanh -> 3", "--data", "iris", "-o", "a.nbnet")
    facts = json.loads(ok("train", "a.nbnet", "--epochs", 150, "--json"))
    assert facts["accuracy/test"] >= 0.95


def test_without_a_number_the_project_says_how_long():
    ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    document = load("a.nbnet")
    save("a.nbnet", Document(edits.change_plan(document.project, epochs=3)))
    assert json.loads(ok("train", "a.nbnet", "--json"))["epoch"] == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_training_early_and_keeps_what_was_learnt(number):
    seen = []
    handlers = [signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM)]

    def interrupt(trainer):
        seen.append(trainer.steps_done)
        os.kill(os.getpid(), number)

    result = train(Document(example()), 10**6, None, interrupt)
    assert len(seen) == 1
    assert result.stopped.status == "paused"
    assert result.document.state.step == seen[0] > 0
    assert handlers == [signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM)]


def test_diverging_is_told_and_leaves_the_file_as_it_was(capsys):
    ok("new", "R^4 -> 8 tanh -> R^2", "--data", "y1=x1;y2=x2*x3+x4", "-o", "a.nbnet")
    good = json.loads(ok("train", "a.nbnet", "--epochs", 50, "--json"))["loss/train"]
    before = Path("a.nbnet").read_bytes()
    wild = ["train", "a.nbnet", "--optimizer", "sgd", "--learning-rate", "1000", "--epochs", "20"]
    assert main([*wild, "--json"]) == 2
    captured = capsys.readouterr()
    facts = json.loads(captured.out)
    assert (facts["status"], facts["saved"]) == ("diverged", False)
    warning, line = captured.err.splitlines()
    assert warning.startswith("Warning: A learning rate of 1000")
    assert "a.nbnet is as it was" in line
    assert "kept" not in captured.err
    assert Path("a.nbnet").read_bytes() == before
    assert main([*wild, "-o", "b.nbnet"]) == 2
    assert "The last good weights are in b.nbnet." in capsys.readouterr().err
    state = load("b.nbnet").state
    assert np.isfinite(state.parameters).all()
    assert state.log["loss/train"][-1, 1] <= 10 * good


# ------------------------------------------------------------------ predict


def test_predict_gives_targets_in_their_units(folder):
    write_table(folder / "table.csv")
    ok("new", "2 -> 6 -> 1", "--data", "table.csv", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 400)
    (folder / "in.csv").write_text("right,left\n1.0,0.5\n-1.0,0.25\n", encoding="utf-8")
    rows = list(csv.DictReader(ok("predict", "a.nbnet", "in.csv").splitlines()))
    assert float(rows[0]["product"]) == pytest.approx(0.5, abs=0.35)
    assert float(rows[1]["product"]) == pytest.approx(-0.25, abs=0.35)
    result = CliRunner().invoke(cli, ["predict", "a.nbnet", "in.csv", "-o", "out.csv"])
    assert result.stdout == ""
    written = (folder / "out.csv").read_text(encoding="utf-8")
    assert list(csv.DictReader(written.splitlines())) == rows


def test_predict_names_classes(folder):
    ok("new", "4 -> 8 tanh -> 3", "--data", "iris", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 100)
    lines = [",".join(map(str, row)) for row in Iris().load().x[[0, 60, 120]]]
    (folder / "in.csv").write_text("a,b,c,d\n" + "\n".join(lines) + "\n", encoding="utf-8")
    rows = json.loads(ok("predict", "a.nbnet", "in.csv", "--json"))
    assert [row["class"] for row in rows] == ["setosa", "versicolor", "virginica"]
    shares = [
        row[f"probability of {name}"] for row in rows[:1] for name in Iris().load().target_names
    ]
    assert sum(shares) == pytest.approx(1, abs=1e-5)


def test_x3_class_labels_cannot_be_formulas(folder):
    evil = '=HYPERLINK("http://x")'
    cells = [["x1", "x2", "label"], *([[i, -i, evil if i % 2 else "-b"] for i in range(20)])]
    with open("t.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(cells)
    ok("new", "2 -> 3 -> 2", "--data", "t.csv", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", 2)
    with open("in.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["x1", "x2"], [1, -1]])
    header, row = csv.reader(ok("predict", "a.nbnet", "in.csv").splitlines())
    assert header[:2] == ["row", "class"]
    assert row[1] in ("'" + evil, "'-b")
    written = ["-1.5", "-1e-300", "", "-1", "'-1+A1", "' =1", "'@x", "'\tx", "plain", ""]
    cells = (-1.5, np.float64(-1e-300), np.nan, "-1", "-1+A1", " =1", "@x", "\tx", "plain", None)
    assert [safe_cell(cell) for cell in cells] == written


# ------------------------------------------------------------------ what cannot be done


def test_user_errors_are_one_line_and_exit_code_2(capsys, folder):
    ok("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    (folder / "in.csv").write_text("x1,x2\n1,2\n", encoding="utf-8")
    (folder / "text.nbnet").write_text("hello, hello, hello", encoding="utf-8")
    cases = {
        ("info", "missing.nbnet"): "missing.nbnet",
        ("info", "text.nbnet"): "not a NeuralBuilder file",
        ("info", "."): "folder",
        ("new", "4 -> 3 tahn -> 2", "-o", "b.nbnet"): "Column 8",
        ("new", "4 -> 2", "--data", "irsi", "-o", "b.nbnet"): "irsi",
        ("new", "4 -> 2", "--data", "y1=x1+", "-o", "b.nbnet"): "Formula 1",
        ("new", "4 -> 2", "--data", "no.csv", "-o", "b.nbnet"): "no.csv",
        ("new", "4 -> 2", "-o", "no/folder/b.nbnet"): "b.nbnet",
        ("new", "4 -> 2"): "--output",
        ("train", "a.nbnet", "--epochs", "-1"): "--epochs",
        ("train", "a.nbnet", "--epochs", "0"): "in 0 epochs",
        ("train", "a.nbnet", "--epochs", "1", "--steps", "1"): "--steps",
        ("predict", "a.nbnet", "in.csv"): "not been trained",
        ("screenshot", "a.nbnet", "-o", "x.png", "--size", "10x10"): "--size",
        ("screenshot", "missing.nbnet", "-o", "x.png"): "missing.nbnet",
        ("trian", "a.nbnet"): "Did you mean train?",
        ("--nonsense",): "--nonsense",
    }
    for arguments, part in cases.items():
        assert part in refused(capsys, *arguments)
    ok("train", "a.nbnet", "--epochs", 1)
    before = (folder / "a.nbnet").read_bytes()
    assert "x3" in refused(capsys, "predict", "a.nbnet", "in.csv")
    broken = load("a.nbnet").project
    save("b.nbnet", Document(edits.set_units(broken, "output", 5)))
    assert "Output: The output has 5 neurons" in refused(capsys, "train", "b.nbnet")
    assert (folder / "a.nbnet").read_bytes() == before


def test_help_lists_every_command_and_each_has_its_own():
    text = ok("--help")
    for name in COMMANDS:
        assert name in text
        assert "Usage:" in ok(name, "--help")


# ------------------------------------------------------------------ as a process


def test_the_version_imports_next_to_nothing():
    code = (
        "import sys; from neuralbuilder.cli.app import main; main(['--version']); "
        "print(sorted({'numpy', 'rich', 'PySide6', 'pandas'} & set(sys.modules)))"
    )
    done = python("-c", code)
    assert done.stdout.splitlines() == [f"NeuralBuilder, version {__version__}", "[]"]


def test_training_commands_start_over_in_the_environment_of_training():
    first = training_environment({"PATH": "here", "PYTHONPATH": "there"})
    assert first["PATH"] == "here"
    assert first["OPENBLAS_NUM_THREADS"].isdecimal()
    assert first["PYTHONPATH"].endswith(os.pathsep + "there")
    assert training_environment(first) is None
    assert training_environment({"OMP_NUM_THREADS": "3"} | first) is None


def test_a_real_process_trains_and_fails_with_the_right_codes(folder):
    done = process("new", "R^4 -> 3 tanh -> R^2", "-o", "a.nbnet")
    assert (done.returncode, done.stderr) == (0, "")
    done = process("train", "a.nbnet", "--epochs", 2)
    assert done.returncode == 0
    assert "steps per second" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr, "no colours or bars where nobody looks"
    done = process("train", "missing.nbnet")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_the_command_and_the_training_process_compute_the_same_bits(monkeypatch):
    ok("new", "64 -> 64 tanh -> 32 tanh -> 10", "--data", "digits", "-o", "a.nbnet")
    document = load("a.nbnet")
    assert process("train", "a.nbnet", "--epochs", 3).returncode == 0
    of_command = load("a.nbnet").state
    project, samples = document.project, samples_of(document)
    load_message = Load(1, project.graph(), project.plan, prepared(document, samples))
    for name in BLAS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    of_process = trained_in_a_process(load_message, 3)
    np.testing.assert_array_equal(of_process.parameters, of_command.parameters)
    np.testing.assert_array_equal(of_process.optimizer["m"], of_command.optimizer["m"])


def trained_in_a_process(load_message, epochs):
    """The state after training in a child process, as the window has it done."""
    session = Session()
    session.start()
    try:
        session.send(load_message)
        session.send(Run(epochs=epochs))
        until(session, Stopped)
        session.send(Ask(1, with_state=True))
        return until(session, Snapshot).state
    finally:
        session.close()


def until(session, kind):
    end = time.monotonic() + 60
    while session.alive and time.monotonic() < end:
        for reply in session.poll():
            assert not isinstance(reply, Refused), reply
            if isinstance(reply, kind):
                return reply
        time.sleep(0.005)
    raise AssertionError("the process has ended, or does not answer")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are a Linux matter")
def test_without_a_display_the_window_is_refused_in_words():
    done = process("open", DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert done.returncode == 3
    assert "no display" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_width_is_left_to_the_data_and_outputs_that_do_not_fit_are_named(capsys, tmp_path):
    table = tmp_path / "index.csv"
    rows = (f"{i},{i % 7}.5,{'xyz'[i % 3]}\n" for i in range(60))
    table.write_text(",a,class\n" + "".join(rows))
    made = ok("new", "auto -> 4 relu -> 3 softmax", "--data", table, "-o", "a.nbnet")
    assert "R^1 -> 4 relu -> R^3 softmax" in made
    wrong = ("new", "auto -> 4 relu -> 2 softmax", "--data", table, "-o", "b.nbnet")
    assert "'class' has 3 classes, and the network has 2 outputs" in refused(capsys, *wrong)


def test_new_says_of_a_table_whatever_the_import_dialog_can(capsys):
    of_dialog = {setting.name for setting in settings_of(CsvTable)}
    elsewhere = {"path", "content", "inputs", "targets", "images", "missing_by_column"}
    elsewhere |= {"group_column", "part_column", "test_file"}
    assert of_dialog - elsewhere == set(table_options.NAMES)
    Path("odd.txt").write_text("A title\na|b|y\nm|s|\n% done\n1,5|2|3\n2,5|3|4\n3,5|4|5\n4|5\n")
    told = ok(
        "new", "auto -> 1", "--data", "odd.txt", "-o", "a.nbnet", "--delimiter", "bar",
        "--decimal", "comma", "--skip", 1, "--skip-below", 1, "--comment", "percent",
        "--uneven", "skip",
    )  # fmt: skip
    assert "R^2 -> R^1 linear, data: Table, 3 samples" in told
    assert load(Path("a.nbnet")).samples.x.tolist() == [[1.5, 2], [2.5, 3], [3.5, 4]]
    wrong = ("new", "auto -> 1", "--data", "odd.txt", "-o", "b.nbnet", "--layout", "diagonal")
    assert "diagonal" in refused(capsys, *wrong)
