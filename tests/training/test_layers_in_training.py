"""Layers that draw noise, mix samples or measure the data, in the training loop."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from neuralbuilder.data.bundled import Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.preprocessing import NoPreprocessing
from neuralbuilder.engine.activations import Linear, Relu, Tanh
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import (
    ActivationLayer,
    BatchNorm,
    Dense,
    Dropout,
    GaussianNoise,
    Input,
    Output,
    Standardise,
)
from neuralbuilder.engine.optimizers import Adam, Lbfgs, Sgd
from neuralbuilder.engine.statistics import fit_layers
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.project import files
from neuralbuilder.project.edits import add_node
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Plan, Project
from neuralbuilder.training.messages import Load
from neuralbuilder.training.trainer import Trainer
from tests.training.conftest import prepared

NOISY = (
    Input((4,)), Standardise(), GaussianNoise(0.05), Dense(6, Linear()), BatchNorm(),
    ActivationLayer(Relu()), Dropout(0.3), Dense(3, Tanh()), Output(2),
)  # fmt: skip


def load_of(*layers: Any, samples: int = 203, **settings: Any) -> Load:
    plan = Plan(
        dataset=settings.pop("dataset", FormulaDataset(samples=samples)),
        optimizer=settings.pop("optimizer", Adam(learning_rate=0.01)),
        **settings,
    )
    graph = numbered(*layers)
    return Load(1, graph, plan, prepared(plan, outputs=layers[-1].units))


def numbered(*layers: Any) -> Graph:
    """A chain whose hidden layers are called by their stem and place."""
    ids = [
        layer.stem if layer.role != "hidden" else f"{layer.stem}_{place}"
        for place, layer in enumerate(layers)
    ]
    return Graph(tuple(zip(ids, layers, strict=True)), tuple(pairwise(ids)))


def loaded(load: Load) -> Trainer:
    trainer = Trainer()
    trainer.load(load)
    return trainer


def own(trainer: Trainer, node: str) -> dict[str, Any]:
    views = trainer.source().network.layout.views(trainer.parameters)
    return {
        name.partition("/")[2]: np.array(view)
        for name, view in views.items()
        if name.startswith(f"{node}/")
    }


# ------------------------------------------------------------ the same numbers


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_noise_and_normalisation_give_the_same_bits_from_the_same_seed(precision):
    load = load_of(*NOISY, precision=precision)
    first, second = loaded(load), loaded(load)
    first.run(steps=1000)
    for _ in range(4):
        second.run(steps=250)
    np.testing.assert_array_equal(first.parameters, second.parameters)
    other = loaded(load_of(*NOISY, precision=precision, seed=1))
    other.run(steps=10)
    assert (other.parameters != first.parameters).any()


@pytest.mark.parametrize("steps", [137, 400])
def test_going_on_from_a_file_is_the_same_as_never_having_stopped(tmp_path, steps):
    load, path = load_of(*NOISY, batch_size=16), tmp_path / "noisy.nbnet"
    whole, first, second = loaded(load), loaded(load), Trainer()
    whole.run(steps=1000)
    first.run(steps=steps)
    project = Project(plan=load.plan)
    for _, layer in load.graph.layers:
        project = add_node(project, layer, at=(200.0 * len(project.nodes), 0.0))
    files.save(path, Document(project, first.state()))
    document = files.load(path)
    graph = document.project.graph()
    assert [layer for _, layer in graph.layers] == list(NOISY)
    second.load(replace(load, graph=graph, state=document.state))
    second.run(steps=1000 - steps)
    np.testing.assert_array_equal(whole.parameters, second.parameters)


# ------------------------------------------------------------ mini-batches of one sample


def with_batch_norm(**settings: Any) -> Load:
    return load_of(Input((4,)), Dense(5), BatchNorm(), Output(2), **settings)


def test_a_last_single_sample_is_left_out_of_the_epoch():
    load = with_batch_norm(batch_size=9)
    size = len(load.data.train)
    left = size % 9
    single = replace(load, data=replace(load.data, train=load.data.train[: size - left + 1]))
    trainer = loaded(single)
    trainer.run(epochs=3)
    assert trainer.steps_done == 3 * (size // 9)
    assert np.isfinite(trainer.parameters).all()
    again = Trainer()
    again.load(replace(single, state=trainer.state()))
    again.run(epochs=1)
    assert again.epochs_done == 4


def test_a_batch_size_changed_inside_an_epoch_leaves_no_single_sample_either():
    load = with_batch_norm(batch_size=10)
    data = replace(load.data, train=load.data.train[:31])
    trainer = loaded(replace(load, data=data))
    trainer.run(steps=1)
    trainer.adjust(changed(load.plan, batch_size=4))
    trainer.run(epochs=1)
    assert (trainer.steps_done, trainer.epochs_done) == (1 + 5, 1)


def test_a_position_before_a_single_sample_begins_the_next_epoch():
    load = with_batch_norm(batch_size=10)
    state = replace(loaded(load).state(), batch=len(load.data.train) - 1)
    trainer = Trainer()
    trainer.load(replace(load, state=state))
    trainer.run(steps=1)
    assert trainer.state().batch == 10


@pytest.mark.parametrize("optimizer", [Sgd(), Lbfgs()])
def test_too_few_samples_for_batch_normalisation_are_refused(optimizer):
    load = with_batch_norm(optimizer=optimizer)
    single = replace(load, data=replace(load.data, train=load.data.train[:1]))
    with pytest.raises(UserError, match=r"batchnorm_2: BatchNorm needs at least 2 samples"):
        Trainer().load(single)


def test_a_batch_size_of_1_is_refused_and_training_goes_on_as_before():
    with pytest.raises(UserError, match="at least 2 samples in a mini-batch, and there is 1"):
        Trainer().load(with_batch_norm(batch_size=1))
    load = with_batch_norm(batch_size=8)
    trainer = loaded(load)
    trainer.run(steps=3)
    with pytest.raises(UserError, match="Choose a larger batch size"):
        trainer.adjust(changed(load.plan, batch_size=1))
    trainer.run(steps=3)
    assert trainer.steps_done == 6
    Trainer().load(with_batch_norm(batch_size=1, optimizer=Lbfgs()))


def test_running_statistics_move_with_an_optimizer_that_searches():
    load = with_batch_norm(optimizer=Lbfgs(iterations=3))
    trainer = loaded(load)
    trainer.run(steps=40)
    statistics = own(trainer, "batchnorm_2")
    source = trainer.source()
    values = source.network.activation(trainer.parameters, load.data.train_x, "hidden_1")
    np.testing.assert_allclose(statistics["mean"], values.mean(axis=0), atol=0.2)
    assert (statistics["variance"] != 1).all()


# ------------------------------------------------------------ measuring the data


def standardised(**settings: Any) -> Load:
    settings.setdefault("preprocessing", NoPreprocessing())
    settings.setdefault("dataset", Iris())
    return load_of(Input((4,)), Standardise(), Dense(5), Output(3), **settings)


def assert_measured(trainer: Trainer, load: Load, node: str = "standardise_1") -> None:
    x = load.data.train_x.astype(np.float64)
    found = own(trainer, node)
    np.testing.assert_allclose(found["mean"], x.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found["deviation"], x.std(axis=0), rtol=1e-6)


def test_fresh_weights_measure_the_training_part_and_training_leaves_it():
    load = standardised()
    trainer = loaded(load)
    assert_measured(trainer, load)
    before = own(trainer, "standardise_1")
    trainer.run(steps=50)
    after = own(trainer, "standardise_1")
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values)
    trainer.rewind()
    assert_measured(trainer, load)


def test_a_state_keeps_what_was_measured():
    load = standardised()
    state = loaded(load).state()
    parameters = state.parameters.copy()
    parameters[:4] = 7.0
    trainer = Trainer()
    trainer.load(replace(load, state=replace(state, parameters=parameters)))
    np.testing.assert_array_equal(own(trainer, "standardise_1")["mean"], np.full(4, 7.0))


def test_a_layer_that_restarts_measures_and_the_others_keep_theirs():
    load = load_of(Input((4,)), Dense(5), Output(3), dataset=Iris())
    trainer = loaded(load)
    trainer.run(steps=20)
    trained = own(trainer, "hidden_1")["W"]
    layers = (*load.graph.layers, ("new", Standardise()))
    links = (("input", "hidden_1"), ("hidden_1", "new"), ("new", "output"))
    trainer.load(replace(load, graph=Graph(layers, links), keep=True))
    np.testing.assert_array_equal(own(trainer, "hidden_1")["W"], trained)
    source = trainer.source()
    values = source.network.activation(trainer.parameters, load.data.train_x, "hidden_1")
    np.testing.assert_allclose(own(trainer, "new")["mean"], values.mean(axis=0), rtol=1e-5)


def test_other_data_are_measured_anew():
    load = standardised(dataset=FormulaDataset(samples=100), scale_targets=False)
    load = replace(load, graph=numbered(Input((4,)), Standardise(), Dense(5), Output(2)))
    first = replace(load, data=prepared(load.plan, outputs=2))
    trainer = loaded(first)
    plan = changed(load.plan, dataset=FormulaDataset(samples=300, seed=5))
    other = replace(first, plan=plan, data=prepared(plan, outputs=2), keep=True)
    trainer.load(other)
    assert_measured(trainer, other)


def test_layers_measure_one_after_the_other():
    load = load_of(Input((4,)), Standardise(), Dense(5), Standardise(), Output(2))
    trainer = loaded(load)
    source = trainer.source()
    x = load.data.train_x
    for node in ("standardise_1", "standardise_3"):
        values = source.network.activation(trainer.parameters, x, node)
        np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(values.std(axis=0), 1, rtol=1e-4)
    parameters = source.network.initial(load.plan.seed)
    fit_layers(source.network, parameters, x, ["standardise_3"])
    assert not source.network.layout.views(parameters)["standardise_1/mean"].any()


# ------------------------------------------------------------ numbers that are no longer numbers


def test_a_normalisation_that_blows_up_is_named():
    load = load_of(Input((4,)), Dense(5), BatchNorm(), Dense(4), Output(2), optimizer=Sgd(0.01))
    trainer = loaded(load)
    state = trainer.state()
    parameters = state.parameters.copy()
    trainer.source().network.layout.views(parameters)["batchnorm_2/scale"][...] = 3e38
    trainer.load(replace(load, state=replace(state, parameters=parameters)))
    stopped = trainer.run(steps=5)
    assert stopped.status == "diverged"
    assert stopped.problem is not None
    assert stopped.problem.node == "batchnorm_2"
    assert "the outputs of batchnorm_2 became infinite" in stopped.problem.message
