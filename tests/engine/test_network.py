from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.engine.activations import Relu
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Add, Dense, Input, Missing, Output
from neuralbuilder.engine.layout import layout
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.shapes import infer
from neuralbuilder.problems import UserError
from tests.engine.networks import chain, joined, samples

MSE = MeanSquaredError()


def test_forward_is_the_formula():
    network = Network(chain(4, 3, 2), "float64")
    parameters = network.initial(0)
    views = network.layout.views(parameters)
    views["hidden_1/b"][...] = [0.1, -0.2, 0.3]
    x = np.random.default_rng(0).normal(size=(5, 4))
    z = x @ views["hidden_1/W"] + views["hidden_1/b"]
    expected = np.tanh(z) @ views["output/W"] + views["output/b"]
    np.testing.assert_allclose(network.forward(parameters, x), expected, rtol=1e-13)
    np.testing.assert_allclose(network.pre_activations(parameters, x)["hidden_1"], z, rtol=1e-13)
    assert network.forward(parameters, x[:0]).shape == (0, 2)


def test_many_samples_are_computed_in_parts():
    graph = chain(4, 3, 2)
    network = Network(graph, "float64")
    parameters = network.initial(0)
    x, y = samples(graph, 3000)
    whole = network.forward(parameters, x)
    np.testing.assert_allclose(whole[2500:], network.forward(parameters, x[2500:]), rtol=1e-12)
    loss, gradient = network.loss_and_gradients(parameters, x, y, MSE)
    parts = [network.loss_and_gradients(parameters, x[i::3], y[i::3], MSE) for i in range(3)]
    assert loss == pytest.approx(np.mean([part[0] for part in parts]), rel=1e-12)
    np.testing.assert_allclose(gradient, np.mean([part[1] for part in parts], axis=0), rtol=1e-9)


def test_results_are_copies():
    network = Network(chain(1, 1, 1), "float64")
    parameters = network.initial(0)
    first = network.activations(parameters, np.ones((1, 1)))
    kept = {node: values.copy() for node, values in first.items()}
    network.activations(parameters, np.full((1, 1), 5.0))
    for node, values in first.items():
        np.testing.assert_array_equal(values, kept[node])


def test_names_order_and_shapes_of_the_parameters():
    network = Network(joined(Input((4,)), Dense(3), Dense(5, bias=False), Output(2)))
    assert [(e.name, e.shape, e.start, e.stop, e.decays) for e in network.layout.entries] == [
        ("hidden_1/W", (4, 3), 0, 12, True),
        ("hidden_1/b", (3,), 12, 15, False),
        ("hidden_2/W", (3, 5), 15, 30, True),
        ("output/W", (5, 2), 30, 40, True),
        ("output/b", (2,), 40, 42, False),
    ]
    assert network.parameter_count == 42
    flat = network.initial(0)
    network.layout.views(flat)["output/b"][1] = 7.0
    assert flat[41] == 7.0
    assert "hidden_2/b" not in network.layout


def test_without_bias_the_origin_stays_the_origin():
    network = Network(chain(3, 4, 2, bias=False))
    output = network.forward(network.initial(3), np.zeros((2, 3)))
    np.testing.assert_array_equal(output, np.zeros((2, 2)))


def test_initial_numbers_depend_on_seed_and_id_only():
    small, large = Network(chain(4, 3, 2)), Network(chain(4, 3, 3, 2))
    a, b = small.initial(1), large.initial(1)
    np.testing.assert_array_equal(
        small.layout.views(a)["hidden_1/W"], large.layout.views(b)["hidden_1/W"]
    )
    np.testing.assert_array_equal(a, small.initial(1))
    assert (a != small.initial(2)).any()
    assert (large.layout.views(b)["hidden_2/W"][:, :2] != small.layout.views(a)["output/W"]).any()


def test_both_precisions_begin_equal():
    graph = chain(4, 3, 2)
    single, double = Network(graph, "float32").initial(7), Network(graph, "float64").initial(7)
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(single, double.astype(np.float32))


def test_wrong_arrays_are_refused_with_both_shapes():
    network = Network(chain(4, 3, 2))
    parameters = network.initial(0)
    with pytest.raises(UserError, match=r"\(5, 3\).*\(samples, 4\)"):
        network.forward(parameters, np.zeros((5, 3)))
    with pytest.raises(UserError, match=r"\(5, 1\).*\(5, 2\)"):
        network.loss(parameters, np.zeros((5, 4)), np.zeros((5, 1)), MSE)
    with pytest.raises(UserError, match="at least one sample"):
        network.loss(parameters, np.zeros((0, 4)), np.zeros((0, 2)), MSE)
    with pytest.raises(UserError, match="23 parameters"):
        network.forward(np.zeros(22), np.zeros((5, 4)))
    with pytest.raises(UserError, match="float16"):
        Network(chain(4, 3, 2), "float16")


# ------------------------------------------------------------------ unfinished designs

CHAIN = chain(4, 3, 2)


def problems(graph: Graph) -> list[tuple[str, str]]:
    return [(problem.node, problem.severity) for problem in infer(graph).problems]


def test_a_finished_design_has_no_problems():
    shapes = infer(CHAIN)
    assert shapes.problems == ()
    assert shapes.outputs == {"input": (4,), "hidden_1": (3,), "output": (2,)}
    assert shapes.inputs == {"input": (), "hidden_1": ((4,),), "output": ((3,),)}


def test_the_empty_design():
    assert problems(Graph()) == [("", "error"), ("", "error")]


def test_a_missing_link():
    graph = Graph(CHAIN.layers, CHAIN.links[:1])
    assert problems(graph) == [("hidden_1", "warning"), ("output", "error")]
    shapes = infer(graph)
    assert set(shapes.outputs) == {"input", "hidden_1"}
    assert layout(graph, shapes).names == ("hidden_1/W", "hidden_1/b")


def test_a_cycle_is_reported_where_it_is():
    graph = Graph(
        (
            ("input", Input((4,))),
            ("a", Add()),
            ("b", Dense(4)),
            ("output", Output(2)),
        ),
        (("input", "a"), ("a", "b"), ("b", "a"), ("b", "output")),
    )
    assert problems(graph) == [("a", "error"), ("b", "error")]
    with pytest.raises(UserError, match="cycle"):
        graph.order()


def test_a_link_to_itself_is_a_cycle():
    graph = Graph(CHAIN.layers, (*CHAIN.links, ("hidden_1", "hidden_1")))
    assert ("hidden_1", "error") in problems(graph)


def test_too_many_links_double_links_and_links_to_nowhere():
    double = Graph(CHAIN.layers, (*CHAIN.links, CHAIN.links[0]))
    assert problems(double) == [("hidden_1", "error"), ("hidden_1", "error")]
    two = Graph(CHAIN.layers, (*CHAIN.links, ("input", "output")))
    assert problems(two) == [("output", "error")]
    nowhere = Graph(CHAIN.layers, (*CHAIN.links, ("hidden_1", "ghost")))
    assert problems(nowhere) == [("hidden_1", "error")]
    with pytest.raises(UserError, match="ghost"):
        nowhere.order()
    into_input = Graph(CHAIN.layers, (*CHAIN.links, ("hidden_1", "input")))
    assert ("input", "error") in problems(into_input)


def test_two_outputs_and_links_beyond_the_output():
    layers = (*CHAIN.layers, ("output_2", Output(1)))
    extra = Graph(layers, (*CHAIN.links, ("hidden_1", "output_2")))
    assert problems(extra) == [("output_2", "error")]
    beyond = Graph((*CHAIN.layers, ("late", Dense(1))), (*CHAIN.links, ("output", "late")))
    assert problems(beyond) == [("output", "error"), ("late", "warning")]


def test_the_same_id_twice():
    graph = Graph((*CHAIN.layers, ("hidden_1", Dense(9))), CHAIN.links)
    assert ("", "error") in problems(graph)
    with pytest.raises(UserError, match="same id"):
        graph.order()


def test_an_image_needs_flattening_before_a_dense_layer():
    shapes = infer(joined(Input((3, 8, 9)), Dense(4), Output(2)))
    (problem,) = shapes.problems
    assert problem.node == "hidden_1"
    assert "3 × 8 × 9" in problem.message
    assert "216" in problem.hint
    assert "Flatten" in problem.hint


def test_an_unknown_layer_keeps_the_network_from_being_computed():
    graph = joined(Input((4,)), Missing('{"part": "quantum"}'), Output(2))
    assert problems(graph) == [("hidden_1", "error")]
    with pytest.raises(UserError, match="hidden_1: This version does not know"):
        Network(graph)


def test_ten_thousand_layers_are_looked_at_quickly_enough_to_finish():
    graph = joined(Input((1,)), *(Dense(1, activation=Relu()) for _ in range(10_000)), Output(1))
    shapes = infer(graph)
    assert shapes.problems == ()
    assert layout(graph, shapes).size == 2 * 10_001


def test_values_beyond_the_precision_warn_nobody():
    network = Network(joined(Input((4,)), Dense(3, l1=0.1, l2=0.1), Output(2)), "float32")
    parameters = network.initial(0)
    x, y = np.full((2, 4), 1e300), np.zeros((2, 2))
    for values in (parameters, np.full_like(parameters, np.nan), np.full_like(parameters, 1e38)):
        network.forward(values, x)
        network.loss_and_gradients(values, x, y, MSE)
        network.trace(values, x, y, MSE)
        network.penalty(values)
    assert np.isnan(network.loss(np.full_like(parameters, np.nan), x, y, MSE))
