"""The numbers of a judge are those that training notes, in one place for all who ask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralbuilder.data.images.generated import GeneratedDigits
from neuralbuilder.data.preprocessing import prepare
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.network import Network
from neuralbuilder.insights import Measures
from neuralbuilder.insights.figure import Table
from neuralbuilder.insights.measures import figure_of
from neuralbuilder.problems import UserError
from neuralbuilder.training.judging import Judge
from neuralbuilder.training.trainer import Trainer


def trained(load, epochs: int = 5) -> tuple[Trainer, Judge]:
    trainer = Trainer()
    trainer.load(load)
    trainer.run(epochs=epochs)
    network = Network(load.graph, load.plan.precision)
    parameters = np.array(trainer.parameters)
    return trainer, Judge(network, parameters, load.data, load.plan.loss)


@pytest.mark.parametrize("kind", ["classes", "quantities"])
def test_one_number_has_one_name_everywhere(kind, iris_load, make_load):
    load = iris_load if kind == "classes" else make_load()
    trainer, judge = trained(load)
    assert judge.parts == ("test", "validation", "train")
    shared = 0
    for part in judge.parts:
        judgement = judge.judge(part)
        facts = judgement.facts()
        assert facts["samples"] == len(getattr(load.data, part))
        for name, value in facts.items():
            noted = trainer.metrics.get(f"{name}/{part}")
            if noted is not None:
                shared += 1
                assert value == pytest.approx(noted, rel=1e-12), name
    assert shared == (9 if kind == "classes" else 12), "loss and all that training measures"


def test_the_window_shows_the_same_numbers(iris_load):
    trainer, judge = trained(iris_load)
    figure = Measures().compute(trainer.source())
    table = next(mark for mark in figure.marks if isinstance(mark, Table))
    for cells, row in zip(table.rows, judge.judge("test").report.rows, strict=True):
        assert cells[1] == figure_of(row.measures["precision"])
        assert cells[4] == figure_of(row.measures["ROC AUC"])


def test_all_samples_are_a_part_too(iris_load):
    _, judge = trained(iris_load, 1)
    together, each = judge.judge("all"), [judge.judge(part) for part in judge.parts]
    assert together.report.samples == sum(one.report.samples for one in each) == 150
    mean = sum(one.loss * one.report.samples for one in each) / 150
    assert together.loss == pytest.approx(mean, rel=1e-5)
    assert np.array_equal(together.report.confusion, sum(one.report.confusion for one in each))


def test_curves_importance_and_dependence_as_numbers(iris_load):
    _, judge = trained(iris_load, 20)
    curves = judge.curves("train")
    assert [curve["name"] for curve in curves] == list(iris_load.data.samples.class_names)
    assert curves[0]["roc"]["false positive rate"][0] == 0
    assert sum(curves[0]["calibration"]["samples"]) == len(iris_load.data.train)
    found = judge.importance("train")
    assert found["score"] == "accuracy"
    assert found["without shuffling"] == judge.judge("train").report.measures["accuracy"]
    assert {c["name"] for c in found["columns"]} == set(judge.inputs)
    lost = [column["lost"] for column in found["columns"]]
    assert lost == sorted(lost, reverse=True)
    dependence = judge.dependence("train", 2, 6)
    assert dependence["input"] == judge.inputs[2]
    sums = np.sum([output["mean"] for output in dependence["outputs"]], axis=0)
    assert np.allclose(sums, 1, atol=1e-5), "probabilities add up, and so do their means"


def test_an_empty_part_and_answers_that_are_no_numbers_are_refused(iris_load):
    data = replace(iris_load.data, validation=np.zeros(0, np.intp))
    network = Network(iris_load.graph, iris_load.plan.precision)
    judge = Judge(network, network.initial(0), data, iris_load.plan.loss)
    assert judge.parts == ("test", "train")
    with pytest.raises(UserError, match=r"validation part.*one of: test, train, all"):
        judge.judge("validation")
    wild = Judge(network, network.initial(0) * np.float32(np.nan), data, iris_load.plan.loss)
    with pytest.raises(UserError, match="not finite"):
        wild.judge("test")


def test_images_have_no_columns(iris_load):
    samples = GeneratedDigits(samples=30).load()
    data = prepare(samples, Split(), iris_load.plan.preprocessing)
    network = Network(iris_load.graph, iris_load.plan.precision)
    judge = Judge(network, network.initial(0), data, iris_load.plan.loss)
    for ask in (lambda: judge.importance("train"), lambda: judge.dependence("train", 0)):
        with pytest.raises(UserError, match="images"):
            ask()
