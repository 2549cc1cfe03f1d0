"""Cross-validation: each fold is trained as any network is, in a process of its own."""

import json

import numpy as np
import pytest

from neuralbuilder.data.bundled import Diabetes, Iris
from neuralbuilder.data.folds import folds_of
from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.problems import UserError
from neuralbuilder.project.edits import change_plan
from neuralbuilder.project.examples import new_project
from neuralbuilder.training import cross_validation
from neuralbuilder.training.cross_validation import (
    CrossValidation,
    CrossValidationCancelled,
    cross_validate,
)
from neuralbuilder.training.fold import FoldResult, FoldTask, train_fold

SAMPLES = Iris().load()
PROJECT = new_project("4 -> 4 tanh -> 3 softmax", Iris(), SAMPLES)


def test_the_folds_are_those_of_single_trainings():
    shares = []
    result = cross_validate(
        PROJECT, SAMPLES, 3, epochs=5, at_once=2, progress=lambda share: not shares.append(share)
    )
    assert [fold.number for fold in result.folds] == [1, 2, 3]
    assert [(f.trained, f.validated, f.tested, f.epochs) for f in result.folds] == [
        (90, 10, 50, 5)
    ] * 3
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    project = change_plan(PROJECT, epochs=5)
    fold = folds_of(SAMPLES, project.plan.split, 3)[1]
    alone = train_fold(
        FoldTask(2, project.graph(), project.plan, fold.of(SAMPLES)), lambda share: True
    )
    assert alone.measures.keys() == result.folds[1].measures.keys() >= {"loss", "accuracy"}
    for name, value in alone.measures.items():
        np.testing.assert_allclose(result.folds[1].measures[name], value, rtol=1e-6)
    accuracies = [f.measures["accuracy"] for f in result.folds]
    np.testing.assert_allclose(result.mean["accuracy"], np.mean(accuracies))
    np.testing.assert_allclose(result.deviation["accuracy"], np.std(accuracies, ddof=1))
    assert json.loads(json.dumps(result.facts()))["folds"][2]["tested"] == 50


def test_a_network_that_does_not_fit_is_refused():
    project = new_project("5 -> 3 softmax", Iris())
    with pytest.raises(UserError, match="The network has 5 inputs, the data have 4"):
        cross_validate(project, SAMPLES, 3, epochs=1)
    with pytest.raises(UserError, match="0 epochs train nothing"):
        cross_validate(PROJECT, SAMPLES, 3, epochs=0)


def test_whoever_cancels_is_not_kept_waiting():
    calls = iter(range(100))
    with pytest.raises(CrossValidationCancelled):
        cross_validate(PROJECT, SAMPLES, 4, 10**8, progress=lambda share: next(calls) < 3)


def test_folds_that_go_astray_are_named_and_do_not_count():
    samples = Diabetes().load()
    project = new_project("10 -> 8 relu -> 1", Diabetes(), samples)
    project = change_plan(project, optimizer=Sgd(learning_rate=1e6), epochs=100)
    fold = folds_of(samples, project.plan.split, 3)[0]
    task = FoldTask(1, project.graph(), project.plan, fold.of(samples))
    lost = train_fold(task, lambda share: True)
    assert lost.problem
    assert lost.measures == {}
    good = FoldResult(2, 90, 10, 50, 5, {"loss": 0.5})
    other = FoldResult(3, 90, 10, 50, 5, {"loss": 0.7})
    assert cross_validation._astray([lost, good, other])[1] == (
        "Mean and deviation are those of the other 2 folds."
    )
    result = CrossValidation((lost, good, other))
    assert result.mean == {"loss": pytest.approx(0.6)}
    assert "problem" in result.facts()["folds"][0]
    assert "problem" not in result.facts()["folds"][1]


def test_a_process_that_ends_says_so(monkeypatch):
    monkeypatch.setattr(cross_validation, "PROCESS", "neuralbuilder.no_such_module")
    with pytest.raises(UserError, match=r"The process of fold \d ended before its training did"):
        cross_validate(PROJECT, SAMPLES, 2, epochs=1)
