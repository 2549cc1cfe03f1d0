"""Weights as images, and the sizes of gradients."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from neuralbuilder.data.bundled import Digits
from neuralbuilder.engine.activations import Softmax, Tanh
from neuralbuilder.engine.layers import Conv2D, Dense, Flatten, Input, MaxPool2D, Output
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.insights import GradientSizes, KernelGradients, Kernels
from neuralbuilder.insights.figure import Bars, Pictures
from tests.insights.conftest import DigitImages, source


def pictures(figure) -> Pictures:
    (mark,) = figure.marks
    assert isinstance(mark, Pictures)
    return mark


def weights(looked_at, name: str) -> np.ndarray:
    return looked_at.network.layout.views(looked_at.parameters)[name]


def test_filters_are_the_weights_on_one_scale(make_source):
    convolution = make_source("convolution")
    shown = pictures(Kernels().compute(convolution))
    own = weights(convolution, "conv_2/W" if "conv_2" in convolution.network.graph else "conv/W")
    assert shown.values.shape == (12, 3, 3)
    assert np.allclose(shown.values, own[:, 0])
    assert shown.limit >= np.abs(own).max()
    assert shown.captions == tuple(str(i + 1) for i in range(12))


def test_the_channels_of_a_filter_stand_side_by_side(make_source):
    convolution = make_source("convolution")
    second = [e.node for e in convolution.network.layout.entries if len(e.shape) == 4][1]
    shown = pictures(Kernels(second).compute(convolution))
    own = weights(convolution, f"{second}/W")
    assert shown.columns == 12
    assert shown.values.shape == (36, 2, 2)
    assert np.allclose(shown.values.reshape(3, 12, 2, 2), own)
    assert shown.captions[13] == "2·2"
    named = convolution.name(second)
    assert np.array_equal(pictures(Kernels(named).compute(convolution)).values, shown.values)


def test_neurons_that_see_pixels_have_images_of_weights():
    seeing = source(
        DigitImages(), CategoricalCrossEntropy(), Input((1, 8, 8)), Flatten(), Dense(5, Tanh()),
        Output(10, Softmax()),
    )  # fmt: skip
    shown = pictures(Kernels().compute(seeing))
    hidden = next(e.node for e in seeing.network.layout.entries)
    own = weights(seeing, f"{hidden}/W")
    assert shown.values.shape == (5, 8, 8)
    assert np.allclose(shown.values[3], own[:, 3].reshape(8, 8))
    refused = Kernels("output").compute(seeing)
    assert "'output' are no images" in refused.message
    assert seeing.name(hidden) in refused.message


def test_kernels_are_called_as_on_the_canvas():
    """Numbered from 1, but those of an output by the classes it stands for."""
    seeing = source(
        DigitImages(), CategoricalCrossEntropy(), Input((1, 8, 8)), Flatten(), Output(10, Softmax())
    )  # fmt: skip
    figure = Kernels().compute(seeing)
    assert pictures(figure).captions == tuple("0123456789")
    assert pictures(figure).hints[3].startswith("kernel 3 · ")
    assert figure.layers == (("output", "Output"),)
    hidden = source(
        DigitImages(), CategoricalCrossEntropy(), Input((1, 8, 8)), Flatten(), Dense(3, Tanh()),
        Output(10, Softmax()),
    )  # fmt: skip
    assert pictures(Kernels().compute(hidden)).captions == ("1", "2", "3")


def test_weights_behind_a_convolution_are_not_pixels():
    behind = source(
        DigitImages(), CategoricalCrossEntropy(), Input((1, 8, 8)), Conv2D(2, (3, 3)), MaxPool2D(),
        Flatten(), Output(10, Softmax()),
    )  # fmt: skip
    assert "are no images" in Kernels("output").compute(behind).message
    flat = source(Digits(), CategoricalCrossEntropy(), Input((64,)), Output(10, Softmax()))
    assert Kernels().compute(flat).message


@pytest.mark.parametrize("sample", [5, 6])
def test_gradients_of_kernels_are_those_of_the_engine_for_the_selected_sample(make_source, sample):
    looked_at = dataclasses.replace(make_source("convolution"), sample=sample)
    row = slice(sample, sample + 1)
    _, flat = looked_at.network.loss_and_gradients(
        looked_at.parameters, looked_at.data.x[row], looked_at.data.y[row], looked_at.loss
    )
    for entry in looked_at.network.layout.entries:
        if len(entry.shape) != 4:
            continue
        figure = Kernels(entry.node).turned().compute(looked_at)
        own = looked_at.network.layout.views(flat)[entry.name]
        shown = pictures(figure)
        assert np.allclose(shown.values, own.reshape(-1, *own.shape[2:]), rtol=1e-6)
        assert shown.values.any()
        assert shown.scale == "diverging"
        assert np.abs(own).max() <= shown.limit <= 2 * np.abs(own).max()
        assert figure.title == f"∂L/∂kernel of {looked_at.name(entry.node)}"
        assert figure.note.startswith(f"this sample ({sample + 1}) · ")
        assert "∂L/∂w from " in shown.hints[0]
        assert shown.hints[0].endswith(f" · this sample ({sample + 1})")


def test_gradients_of_neurons_that_see_pixels_lie_where_their_weights_do():
    seeing = source(
        DigitImages(), CategoricalCrossEntropy(), Input((1, 8, 8)), Flatten(), Dense(5, Tanh()),
        Output(10, Softmax()),
    )  # fmt: skip
    shown = pictures(KernelGradients().compute(seeing))
    hidden = next(e.node for e in seeing.network.layout.entries)
    own = seeing.network.layout.views(seeing.sample_trace.gradient)[f"{hidden}/W"]
    assert np.allclose(shown.values[3], own[:, 3].reshape(8, 8))


def test_what_has_no_way_back_stays_as_it_is():
    assert GradientSizes().turned() == GradientSizes()


def test_very_many_filters_are_cut_off_and_counted():
    many = source(
        DigitImages(), CategoricalCrossEntropy(), Input((1, 8, 8)), Conv2D(300, (3, 3)), Flatten(),
        Output(10, Softmax()),
    )  # fmt: skip
    figure = Kernels().compute(many)
    assert len(pictures(figure).values) == 64
    assert figure.note == "300 filters of 3×3 · first 64 of 300 images"


@pytest.mark.parametrize("name", ["regression", "convolution", "branches"])
def test_gradient_sizes_are_root_mean_squares(make_source, name):
    looked_at = make_source(name)
    figure = GradientSizes().compute(looked_at)
    (bars,) = figure.marks
    assert isinstance(bars, Bars)
    gradients = looked_at.network.layout.views(looked_at.batch_trace.gradient)
    nodes = [e.node for e in looked_at.network.layout.entries if e.parameter == "W"]
    expected = [np.sqrt(np.mean(gradients[f"{node}/W"] ** 2)) for node in nodes]
    assert np.allclose(bars.heights, expected)
    assert figure.x_axis.categories == tuple(looked_at.name(node) for node in nodes)
    assert figure.y_axis.minimum < bars.heights.min()


def test_gradients_that_vanish_are_still_drawn(make_source):
    dead = make_source("convolution")
    figure = GradientSizes().compute(
        type(dead)(dead.network, dead.loss, np.zeros_like(dead.parameters), dead.data, {})
    )
    (bars,) = figure.marks
    assert bars.heights.min() == 1e-12
    assert figure.y_axis.minimum > 0
