"""The two ways to compute a convolution give the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from neuralbuilder.engine.activations import Tanh
from neuralbuilder.engine.binding import Binding
from neuralbuilder.engine.layers import Conv2D, Flatten, Input, MaxPool2D, Output
from neuralbuilder.engine.layers.patches import Patches
from neuralbuilder.engine.layers.row_pairs import RowPairs, pays
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.engine.program import Program
from tests.engine.networks import joined

CONVOLUTIONS = st.builds(
    Conv2D,
    maps=st.integers(1, 4),
    kernel=st.tuples(st.just(3), st.integers(1, 4)),
    padding=st.sampled_from(("valid", "same", "margin")),
    margin=st.integers(1, 3),
)


def sums(way: type[Patches] | type[RowPairs], layer: Conv2D, shape: tuple[int, ...]):
    """z, ∂L/∂W and ∂L/∂x of two passes over the same memory, with other numbers in the first."""
    channels, height, width, _ = shape
    rows, columns = layer.windows((channels, height, width)).counts
    image, weights = np.zeros(shape), np.zeros((layer.maps, channels, *layer.kernel))
    z, delta = np.zeros((2, layer.maps, rows, columns, shape[3]))
    weight_gradient, image_gradient = np.full_like(weights, 9), np.full_like(image, 9)
    binding = Binding(
        "conv",
        shape[3],
        np.dtype(float),
        (image,),
        (),
        z,
        input_gradients=(image_gradient,),
        output_gradient=delta,
        parameters={"W": weights},
        gradients={"W": weight_gradient},
        training=True,
    )
    product = way(binding, layer.windows((channels, height, width)))
    product.forward(z)
    product.backward(delta)
    for seed in (1, 2):
        random = np.random.default_rng(seed)
        for array in (image, weights, delta):
            array[...] = random.standard_normal(array.shape)
        for step in (*binding.forward_steps, *binding.backward_steps):
            step()
    return z, weight_gradient, image_gradient


@given(CONVOLUTIONS, st.tuples(*[st.integers(1, n) for n in (3, 8, 8, 3)]))
def test_pairs_of_rows_give_what_all_windows_give(layer, shape):
    assume(min(layer.windows(shape[:3]).counts) >= 1)
    for ours, theirs in zip(sums(RowPairs, layer, shape), sums(Patches, layer, shape), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_pairs_of_rows_are_for_filters_three_rows_high_that_move_by_one():
    shape = (16, 12, 12)
    assert pays(Conv2D(16, (3, 5)).windows(shape), 16, 16)
    assert not pays(Conv2D(16, (5, 3)).windows(shape), 16, 16)
    assert not pays(Conv2D(16, (3, 3), stride=2).windows(shape), 16, 16)
    assert not pays(Conv2D(16, (3, 3)).windows(shape), 1, 16)
    assert not pays(Conv2D(16, (3, 3)).windows((16, 7, 7)), 16, 16)


@pytest.mark.parametrize("pooled", [False, True])
def test_training_and_looking_agree_about_the_gradient(pooled):
    pool = (MaxPool2D((2, 2)),) if pooled else ()
    layers = (Conv2D(16, (3, 3), Tanh()), Conv2D(17, (3, 3), Tanh(), padding="same"), *pool)
    graph = joined(Input((1, 15, 8)), *layers, Flatten(), Output(3))
    network = Network(graph, "float64")
    random = np.random.default_rng(3)
    x, y = random.standard_normal((5, 1, 15, 8)), random.standard_normal((5, 3))
    gradients = []
    for optimizer in (Sgd(), None):
        program = Program(network, network.initial(0), 5, MeanSquaredError(), optimizer)
        program.x[...], program.y[...] = x, y
        program.forward()
        program.backward()
        gradients.append(program.gradient.copy())
    np.testing.assert_allclose(*gradients, rtol=0, atol=1e-12)
