"""What insights cost on networks that are very large."""

from __future__ import annotations

from neuralbuilder.data.planes import Spiral
from neuralbuilder.engine.activations import Softmax, Tanh
from neuralbuilder.engine.layers import (
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalAvgPool,
    Input,
    Output,
    Reshape,
)
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.insights.canvas import NetworkView
from neuralbuilder.insights.predictions import Predictions
from tests.insights.conftest import source


def test_very_wide_layers_are_looked_at_with_few_samples() -> None:
    wide = source(
        Spiral(),
        CategoricalCrossEntropy(),
        Input((2,)),
        Dense(200_000, Tanh()),
        Output(2, Softmax()),
    )
    assert wide.affordable(3600) <= 20
    assert len(wide.batch[0]) <= 20
    (arrays,) = NetworkView().compute(wide).marks
    assert not any(name.endswith("/map") for name in arrays.values)
    assert sum(array.nbytes for array in arrays.values.values()) < 20_000_000
    (heat, _) = Predictions().compute(wide).marks
    assert heat.values.size <= 20


def test_large_images_are_thinned_out_before_they_travel() -> None:
    large = source(
        Spiral(),
        CategoricalCrossEntropy(),
        Input((2,)),
        Dense(3 * 300 * 200, Tanh()),
        Reshape((3, 300, 200)),
        AvgPool2D((2, 1)),
        Flatten(),
        Output(2, Softmax()),
    )
    (arrays,) = NetworkView().compute(large).marks
    assert arrays.values["reshape/images"].shape == (3, 60, 40)
    assert arrays.values["flatten/activation"].size <= 4096
    assert sum(array.nbytes for array in arrays.values.values()) < 1_000_000


def test_filters_count_at_every_place_of_the_image() -> None:
    filters = source(
        Spiral(),
        CategoricalCrossEntropy(),
        Input((2,)),
        Dense(3 * 64 * 64, Tanh()),
        Reshape((3, 64, 64)),
        Conv2D(200, (7, 7), padding="same"),
        GlobalAvgPool(),
        Output(2, Softmax()),
    )
    assert filters.network.parameter_count < 100_000
    assert filters.affordable(256) <= 1
