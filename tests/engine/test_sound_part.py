"""The part of an unfinished design that can be computed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Conv2D, Dense, Flatten, Input, Output
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.sound_part import CLOSING, sound_part


def chain(*layers: object) -> Graph:
    """Layers one behind the other: input, a, b, c …"""
    names = ["input", *"abcdef"][: len(layers)]
    links = tuple(pairwise(names))
    return Graph(tuple(zip(names, layers, strict=True)), links)


def test_a_finished_design_is_all_of_it() -> None:
    graph = chain(Input((4,)), Dense(3), Output(2))
    network = sound_part(graph)
    assert network is not None
    assert network.graph == graph


@pytest.mark.parametrize("behind", [(Dense(5), Output(2)), (Conv2D(2, (9, 9)), Flatten())])
def test_layers_before_the_first_problem_give_what_they_always_give(behind: tuple) -> None:
    before = Input((1, 8, 8)), Conv2D(3, (3, 3))
    network = sound_part(chain(*before, *behind), "float64")
    whole = Network(chain(*before, Flatten(), Output(2)), "float64")
    assert network is not None
    x = np.random.default_rng(0).normal(size=(2, 1, 8, 8))
    found = network.activations(network.initial(3), x)
    assert found.keys() == {"input", "a", *CLOSING}
    assert np.array_equal(found["a"], whole.activations(whole.initial(3), x)["a"])


def test_without_one_input_there_is_nothing() -> None:
    assert sound_part(Graph()) is None
    assert sound_part(chain(Dense(3), Output(2))) is None
    twice = Graph((("one", Input((2,))), ("two", Input((2,)))), ())
    assert sound_part(twice) is None
