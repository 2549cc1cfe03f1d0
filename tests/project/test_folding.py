"""Folding a Standardise layer into the weights behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralbuilder.engine.activations import Linear, Tanh
from neuralbuilder.engine.layers import Conv2D, Dense, Flatten, Input, Output, Standardise
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.statistics import fit_layers
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.model import Link, Plan, Project, State

TANH = Tanh()


def project_of(*layers: Layer, precision: str = "float64") -> Project:
    project = Project(plan=Plan(precision=precision))
    for place, layer in enumerate(layers):
        project = edits.add_node(project, layer, (300.0 * place, 0.0))
    return project


def measured(project: Project, x: Any, seed: int = 0) -> State:
    """A state after training: arbitrary weights, what was measured on x, and optimizer arrays."""
    network = Network(project.graph(), project.plan.precision)
    random = np.random.default_rng(seed)
    parameters = network.initial(seed)
    parameters += random.normal(size=parameters.size).astype(parameters.dtype)
    fit_layers(network, parameters, x.astype(network.dtype))
    slots = {name: np.ones_like(parameters) for name in ("m", "v")}
    return State(parameters, {**slots, "t": np.array([7.0])}, step=11, epoch=2, log={"a": x[:1]})


def outputs(project: Project, state: State, x: Any) -> Any:
    network = Network(project.graph(), project.plan.precision)
    return network.forward(state.parameters, x)


def assert_same(project: Project, state: State, node: str, x: Any) -> tuple[Project, State]:
    folded, after = edits.fold(project, state, node)
    expected, found = outputs(project, state, x), outputs(folded, after, x)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())
    return folded, after


VECTOR = (Input((3,)), Standardise(), Dense(4, TANH), Output(2))
IMAGE = (Input((2, 5, 4)), Standardise(), Conv2D(3, (2, 3), TANH), Flatten(), Output(2))


def data(project: Project, count: int = 40, seed: int = 1) -> Any:
    shape: Any = project.node("input").layer.shape  # type: ignore[attr-defined]
    random = np.random.default_rng(seed)
    return random.normal(3.0, 2.0, (count, *shape))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layers", [VECTOR, IMAGE], ids=["dense", "filters"])
def test_the_network_computes_the_same(layers, bias):
    layers = (*layers[:2], changed(layers[2], bias=bias), *layers[3:])
    project = project_of(*layers)
    x = data(project)
    folded, after = assert_same(project, measured(project, x), "standardise_1", x)
    reader = folded.nodes[1]
    assert [node.id for node in folded.nodes] == [
        node.id for node in project.nodes if node.id != "standardise_1"
    ]
    assert reader.layer.bias  # type: ignore[attr-defined]
    assert Link("input", reader.id) in folded.links
    assert len(folded.links) == len(project.links) - 1
    assert not after.parameters.flags.writeable


def test_into_the_output_layer():
    project = project_of(Input((3,)), Dense(5, TANH), Standardise(), Output(2, bias=False))
    x = data(project)
    assert_same(project, measured(project, x), "standardise_1", x)


def test_one_after_the_other():
    project = project_of(
        Input((3,)), Standardise(), Dense(5, TANH), Standardise(), Dense(4, TANH), Output(2)
    )
    x = data(project)
    state = measured(project, x)
    folded, after = assert_same(project, state, "standardise_1", x)
    folded, after = assert_same(folded, after, "standardise_2", x)
    assert not any(isinstance(node.layer, Standardise) for node in folded.nodes)
    assert (outputs(folded, after, x) != 0).all()


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 5),
    units=st.integers(1, 4),
    bias=st.booleans(),
    image=st.booleans(),
    stride=st.integers(1, 2),
    centre=st.floats(-1e3, 1e3),
    spread=st.floats(1e-3, 1e3),
    seed=st.integers(0, 1000),
)
def test_any_network_computes_the_same(size, units, bias, image, stride, centre, spread, seed):
    first: Any = (
        Conv2D(units, (2, 2), Linear(), bias, stride) if image else Dense(units, TANH, bias)
    )
    shape = (size, 4, 3) if image else (size,)
    flat = (Flatten(),) if image else ()
    project = project_of(Input(shape), Standardise(), first, *flat, Output(2))
    x = np.random.default_rng(seed).normal(size=(10, *shape)) * spread + centre
    state = measured(project, x, seed)
    folded, after = edits.fold(project, state, "standardise_1")
    expected, found = outputs(project, state, x), outputs(folded, after, x)
    # What W′·x and b′ cancel cannot be more exact than they are.
    cancelled = 1 + abs(centre) / spread
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * cancelled * 10)


def test_the_optimizer_starts_afresh_for_the_reader_alone():
    project = project_of(*VECTOR)
    x = data(project)
    folded, after = edits.fold(project, measured(project, x), "standardise_1")
    network = Network(folded.graph(), "float64")
    for name in ("m", "v"):
        views = network.layout.views(after.optimizer[name])
        assert not views["hidden_1/W"].any()
        assert not views["hidden_1/b"].any()
        assert views["output/W"].all()
    np.testing.assert_array_equal(after.optimizer["t"], [7.0])
    assert (after.step, after.epoch) == (11, 2)
    assert set(after.log) == {"a"}


def test_in_single_precision_it_is_the_same_but_for_rounding():
    project = project_of(*VECTOR, precision="float32")
    x = data(project).astype(np.float32)
    state = measured(project, x)
    folded, after = edits.fold(project, state, "standardise_1")
    assert after.parameters.dtype == np.float32
    np.testing.assert_allclose(
        outputs(folded, after, x), outputs(project, state, x), rtol=1e-4, atol=1e-4
    )


# ------------------------------------------------------------ what cannot be folded


def refused(project: Project, state: State | None, node: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        edits.fold(project, state, node)
    assert caught.value.hint
    assert edits.can_fold(project, state, node) == caught.value.message


def test_other_layers_are_refused():
    project = project_of(*VECTOR)
    refused(project, measured(project, data(project)), "hidden_1", "Hidden 1 is no standardisation")


def test_several_readers_are_refused_by_name():
    project = project_of(*VECTOR)
    state = measured(project, data(project))
    project = edits.add_node(project, Dense(2), (600.0, 300.0))
    project = replace(project, links=(*project.links, Link("standardise_1", "hidden_2")))
    refused(project, state, "standardise_1", "is read by Hidden 1 and Hidden 2")


def test_no_reader_is_refused():
    project = project_of(Input((3,)), Standardise())
    refused(project, None, "standardise_1", "is read by no layer")


def test_a_reader_without_weights_is_refused():
    project = project_of(Input((2, 3, 3)), Standardise(), Flatten(), Output(2))
    state = measured(project, data(project))
    refused(project, state, "standardise_1", "Flatten 1, which has no weights")


@pytest.mark.parametrize(("padding", "margin"), [("same", 0), ("margin", 1)])
def test_padding_is_refused(padding, margin):
    layers = (*IMAGE[:2], Conv2D(3, (3, 3), TANH, padding=padding, margin=margin), *IMAGE[3:])
    project = project_of(*layers)
    refused(project, measured(project, data(project)), "standardise_1", "puts zeros around")


def test_padding_that_adds_nothing_is_no_obstacle():
    layers = (*IMAGE[:2], Conv2D(3, (1, 1), TANH, padding="same"), *IMAGE[3:])
    project = project_of(*layers)
    x = data(project)
    assert edits.can_fold(project, measured(project, x), "standardise_1") is None
    assert_same(project, measured(project, x), "standardise_1", x)


def test_a_network_without_weights_is_refused():
    project = project_of(*VECTOR)
    refused(project, None, "standardise_1", "has measured nothing yet")
    refused(project, State(np.zeros(3)), "standardise_1", "has measured nothing yet")


def test_a_design_that_does_not_fit_is_refused():
    project = project_of(Input((2, 3, 3)), Standardise(), Output(2))
    refused(project, None, "standardise_1", "Output does not fit yet")


def test_weights_that_would_become_infinite_are_refused():
    project = project_of(*VECTOR, precision="float32")
    state = measured(project, data(project))
    parameters = state.parameters.copy()
    parameters[3:6] = 1e-45
    refused_state = replace(state, parameters=parameters)
    with pytest.raises(UserError, match="would leave the range of float32"):
        edits.fold(project, refused_state, "standardise_1")
