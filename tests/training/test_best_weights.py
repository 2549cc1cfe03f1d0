"""The weights with the best validation loss: kept by themselves, named, taken, saved."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder import Network
from neuralbuilder.cli.app import main
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.losses import Huber
from neuralbuilder.engine.optimizers import Adam
from neuralbuilder.parts import changed
from neuralbuilder.project import files
from neuralbuilder.training.evaluation import MOST_SAMPLES
from neuralbuilder.training.trainer import Trainer
from tests.training.test_course import OVERFITTING, loaded, project_of, same_state, validation_loss


def test_they_are_those_of_the_lowest_point_of_the_validation_curve(make_load):
    load = make_load(**OVERFITTING)
    trainer = loaded(load)
    trainer.run(epochs=60)
    curve = trainer.state().log["loss/validation"]
    best = trainer.best
    assert best is not None
    assert best.loss == pytest.approx(curve[:, 1].min(), rel=1e-12)
    step = best.epoch * trainer._loop.steps_per_epoch
    assert step == pytest.approx(curve[curve[:, 1].argmin(), 0], abs=1)
    assert best.now == curve[-1, 1] > best.loss
    kept = trainer.state().best["best"]
    assert validation_loss(trainer, load, kept) == pytest.approx(best.loss, rel=1e-5)
    # Keeping them changes nothing about training.
    other = loaded(replace(load, state=replace(trainer.state(), best={}, memory={})))
    other.run(epochs=1)
    trainer.run(epochs=1)
    assert np.array_equal(other.parameters, trainer.parameters)


def test_they_are_taken_with_everything_that_is_said_of_them(make_load):
    load = make_load(**OVERFITTING)
    trainer = loaded(load)
    trainer.start()
    while trainer.epochs_done < 60:
        trainer.run_chunk(10)
    best = trainer.best
    assert trainer.take_best()
    assert (trainer.status, trainer.best) == ("paused", None)
    assert np.array_equal(trainer.parameters, trainer.state().best["best"])
    assert trainer.metrics["loss/validation"] == pytest.approx(best.loss, rel=1e-6)
    rows = load.data.train_x, load.data.train_y
    now = trainer.source().network.loss(trainer.parameters, *rows, load.plan.loss)
    assert trainer.metrics["loss/train"] == pytest.approx(now, rel=1e-5)
    assert any(name.startswith("mark/Best weights: epoch") for name in trainer.state().log)
    assert not trainer.take_best()
    trainer.run(epochs=1)


def test_they_travel_in_the_file(make_load, tmp_path):
    load, path = make_load(**OVERFITTING), tmp_path / "a.nbnet"
    trainer = loaded(load)
    trainer.run(epochs=60)
    files.save(path, files.Document(project_of(load), trainer.state()))
    document = files.load(path)
    assert document.notices == ()
    same_state(document.state, trainer.state())
    again = loaded(replace(load, state=document.state))
    assert again.best == trainer.best
    again.take_best()
    assert np.array_equal(again.parameters, document.state.best["best"])


def test_other_losses_and_an_empty_part_have_none(make_load):
    load = make_load(**OVERFITTING)
    trainer = loaded(load)
    trainer.run(epochs=40)
    trainer.adjust(changed(load.plan, loss=Huber()))
    assert trainer.best is None
    without = loaded(make_load(**OVERFITTING, split=Split(0.0, 0.1)))
    without.run(epochs=20)
    assert without.best is None
    assert without.state().best == {}
    assert not without.take_best()
    assert Trainer().best is None


def test_a_large_validation_part_is_judged_whole(make_load):
    load = make_load(samples=7000, split=Split(0.45, 0.1), batch_size=1000, optimizer=Adam(0.05))
    assert len(load.data.validation) > MOST_SAMPLES
    trainer = loaded(load)
    trainer.start()
    while trainer.epochs_done < 1:
        trainer.run_chunk(1)
    state = trainer.state()
    assert state.log["samples/validation"][-1, 1] < len(load.data.validation)
    loss = validation_loss(trainer, load, state.best["best"])
    assert state.memory["stopping/best"] == pytest.approx(loss, rel=1e-5)
    assert state.memory["stopping/epoch"] == 1


def test_the_command_line_and_python_take_them(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 3))
    lines = [",".join(f"{value:.4f}" for value in row) for row in rows]
    (tmp_path / "noise.csv").write_text("\n".join(["a,b,y", *lines]))

    def run(*words: str) -> str:
        assert main(list(words)) == 0
        return capsys.readouterr().out

    run("new", "2 -> 40 tanh -> 1", "--data", "noise.csv", "-o", "a.nbnet")
    train = ("train", "a.nbnet", "--epochs", "60", "--learning-rate", "0.05")
    last = json.loads(run(*train, "-o", "last.nbnet", "--json"))
    best = json.loads(run(*train, "-o", "best.nbnet", "--best", "--json"))
    assert last["best"]["loss"] == best["best"]["loss"] == pytest.approx(best["loss/validation"])
    assert (last["best"]["saved"], best["best"]["saved"]) == (False, True)
    assert last["loss/validation"] == last["best"]["now"] > best["loss/validation"]
    told = run(*train, "-o", "c.nbnet")
    assert "was best: validation loss" in told
    assert "--epochs 0 --best takes its weights" in told
    later = json.loads(run("train", "c.nbnet", "--epochs", "0", "--best", "--json"))
    assert (later["steps"], later["loss/validation"]) == (0, best["loss/validation"])
    again = ("train", "last.nbnet", "--epochs", "1", "--schedule", "plateau", "--json")
    assert json.loads(run(*again))["best"]["loss"] == last["best"]["loss"]  # not forgotten
    for extra in ((), ("--best",)):  # nothing to train for, nothing to take from
        assert main(["train", "a.nbnet", "--epochs", "0", *extra]) == 2
    capsys.readouterr()
    run("new", "2 -> 3 -> 1", "--data", "noise.csv", "--validation", "0", "-o", "b.nbnet")
    assert main(["train", "b.nbnet", "--best"]) == 2
    assert "no validation part" in capsys.readouterr().err

    net = Network("2 -> 40 tanh -> 1")
    settings = {"validation": 0.3, "learning_rate": 0.05, "epochs": 60}
    net.fit(rows[:, :2], rows[:, 2:], restore_best=True, **settings)
    curve = net.history["loss/validation"]
    assert curve[-1, 1] == pytest.approx(curve[:, 1].min(), rel=1e-6)
    with pytest.raises(ValueError, match="set validation"):
        net.fit(rows[:, :2], rows[:, 2:], restore_best=True)
