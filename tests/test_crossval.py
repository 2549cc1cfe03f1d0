"""Cross-validation on the command line and in Python."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner

import neuralbuilder as nb
from neuralbuilder.cli.app import cli, main


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ok(*arguments):
    result = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_crossval_tells_each_fold_and_leaves_the_file_as_it_is(folder, capsys):
    ok("new", "4 -> 4 tanh -> 3 softmax", "--data", "iris", "-o", "a.nbnet")
    before = (folder / "a.nbnet").read_bytes()
    facts = json.loads(ok("crossval", "a.nbnet", "--folds", 2, "--epochs", 3, "--json"))
    assert [fold["tested"] for fold in facts["folds"]] == [75, 75]
    accuracies = [fold["measures"]["accuracy"] for fold in facts["folds"]]
    assert facts["mean"]["accuracy"] == pytest.approx(np.mean(accuracies))
    assert (facts["epochs"], facts["notices"]) == (3, [])
    shown = ok("crossval", "a.nbnet", "--folds", 2, "--epochs", 3, "--split-seed", 3, "--jobs", 1)
    lines = [line.split() for line in shown.splitlines()]
    assert lines[0][:6] == ["Fold", "Trained", "Tested", "Epochs", "loss", "accuracy"]
    assert [line[0] for line in lines[1:]] == ["1", "2", "Mean", "Deviation"]
    assert (folder / "a.nbnet").read_bytes() == before
    assert main(["crossval", "a.nbnet", "--folds", "60", "--epochs", "1"]) == 2
    assert "Every class has fewer than 60 samples" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_an_interrupted_crossval_leaves_no_process_behind():
    ok("new", "4 -> 4 tanh -> 3 softmax", "--data", "iris", "-o", "a.nbnet")
    words = [sys.executable, "-m", "neuralbuilder", "crossval", "a.nbnet", "--epochs", "9999999"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment) as process:
        while process.poll() is None and not _children(process.pid):
            time.sleep(0.1)
        children = _children(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read().strip() == "Interrupted."
    assert not any(_is_alive(child) for child in children)


def _children(pid):
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def _is_alive(pid):
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode == 0


def test_cross_validation_in_python():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(40, 2))
    y = (x[:, 0] > 0).astype(int)
    groups = np.array([f"patient {i // 4}" for i in range(40)])
    network = nb.Network("2 -> 4 tanh -> 2 softmax", seed=1)
    weights = {name: array.copy() for name, array in network.parameters.items()}
    result = network.cross_validate(x, y, folds=2, groups=groups, epochs=30, learning_rate=0.05)
    assert [fold.epochs for fold in result.folds] == [30, 30]
    assert [fold.trained + fold.tested for fold in result.folds] == [40, 40]
    assert result.mean["accuracy"] > 0.7
    assert result.deviation.keys() == result.mean.keys()
    assert network.history == {}
    for name, array in network.parameters.items():
        np.testing.assert_array_equal(array, weights[name])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"groups": [1, 2]}, r"groups has shape \(2,\); \(8,\) is expected"),
        ({"epochs": 0}, "0 epochs train nothing"),
        ({"folds": 9}, "8 samples are too few for 9 folds"),
    ],
)
def test_what_python_cannot_cross_validate(settings, message):
    network = nb.Network("1 -> 2 tanh -> 1")
    with pytest.raises(ValueError, match=message):
        network.cross_validate(np.zeros((8, 1)), np.zeros(8), **settings)
