"""Images in colour: the picture beside its channels, and a pixel as three numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.engine.activations import Softmax
from neuralbuilder.engine.layers import Conv2D, Flatten, Input, MaxPool2D, Output
from neuralbuilder.engine.losses import CategoricalCrossEntropy
from neuralbuilder.insights import BackwardView, CellArithmetic, FeatureMap, NetworkView
from neuralbuilder.insights.base import OwnInput, Source
from neuralbuilder.insights.figure import Arrays, Figure, Table
from neuralbuilder.insights.neuron import plain, signed
from tests.image_samples import colour_images
from tests.insights.conftest import source


@dataclass(frozen=True)
class Colours(Dataset):
    """Pictures in colour, as bytes or as numbers from −1 to 1."""

    of_bytes: bool = True

    def load(self) -> Samples:
        samples = colour_images()
        return samples if self.of_bytes else replace(samples, x=samples.x / 127.5 - 1.0)


def seen(*layers, of_bytes: bool = True) -> Source:
    layers = layers or (Conv2D(2, (3, 3)), MaxPool2D(), Flatten())
    return source(
        Colours(of_bytes), CategoricalCrossEntropy(), Input((3, 6, 8)), *layers,
        Output(3, Softmax()),
    )  # fmt: skip


def arrays(figure: Figure) -> dict[str, np.ndarray]:
    return dict(next(mark for mark in figure.marks if isinstance(mark, Arrays)).values)


def rows(figure: Figure) -> dict[str, str]:
    return dict(next(mark for mark in figure.marks if isinstance(mark, Table)).rows)


@pytest.mark.parametrize("view", [NetworkView(), BackwardView(), FeatureMap()])
@pytest.mark.parametrize("of_bytes", [True, False])
def test_the_picture_is_the_sample_itself(view, of_bytes):
    looked_at = seen(of_bytes=of_bytes)
    bytes_ = np.moveaxis(colour_images().x[looked_at.sample], 0, -1).astype(int)
    found = arrays(view.compute(looked_at))
    picture = found["picture" if isinstance(view, FeatureMap) else "input/picture"]
    assert picture.dtype == np.uint8
    if of_bytes:
        assert np.array_equal(picture, bytes_)
    else:
        # Numbers say not what is black and white: the extremes of all of the data are.
        low, high = colour_images().x.min(), colour_images().x.max()
        wanted = (bytes_ - float(low)) * 255 / (float(high) - float(low))
        assert np.abs(picture - wanted).max() <= 0.5 + 1e-9


def test_channels_are_the_picture_taken_apart():
    found = arrays(NetworkView().compute(seen()))
    assert found["input/images"].shape == (3, 6, 8)
    assert np.allclose(np.moveaxis(found["input/images"], 0, -1) * 255, found["input/picture"])


def test_a_grey_image_has_no_picture(make_source):
    assert not any(
        key.endswith("picture") for key in arrays(NetworkView().compute(make_source("images")))
    )


def test_an_input_of_ones_own_is_shown_in_its_colours():
    own = np.zeros((3, 6, 8))
    own[1, 2, 3], own[2] = 300.0, -20.0
    looked_at = replace(seen(), own_input=OwnInput(own))
    picture = arrays(NetworkView().compute(looked_at))["input/picture"]
    assert picture[2, 3].tolist() == [0, 255, 0], "beyond white is white"
    assert picture.sum() == 255


def test_a_pixel_tells_its_three_channels_in_original_units_and_scaled():
    looked_at = seen()
    figure = CellArithmetic("input", 1, 2, 3).compute(looked_at)
    original = colour_images().x[looked_at.sample][:, 2, 3]
    scaled = looked_at.data.x[looked_at.sample][:, 2, 3]
    said = rows(figure)
    for name, old, new in zip(("red", "green", "blue"), original, scaled, strict=True):
        assert said[f"{name}, scaled"] == f"{plain(old)} → {signed(new)}"
    assert figure.note == "green, row 3, column 4"
    assert arrays(figure)["value"][0] == scaled[1]


def test_windows_and_values_name_the_channel_they_come_from():
    looked_at = seen()
    figure = CellArithmetic("conv", 1, 2, 3).compute(looked_at)
    titles = ["Input, red", "Input, green", "Input, blue"]
    assert [row.title for row in figure.rows] == titles
    pooled = seen(MaxPool2D(), Flatten())
    assert CellArithmetic("maxpool", 2, 0, 0).compute(pooled).rows[0].title == "Input, blue"
    flat = CellArithmetic("flatten", 48 + 8 + 2).compute(seen(Flatten()))
    assert rows(flat)["from Input"] == "green, row 2, column 3"


def test_the_way_back_to_a_pixel_is_that_of_its_channel():
    looked_at = seen()
    found = arrays(CellArithmetic("input", 2, 3, 4, True).compute(looked_at))
    assert found["gradient"][0] == looked_at.sample_gradients["input"][0, 2, 3, 4]
    assert np.isclose(found["incoming_terms"].sum(), found["gradient"][0])
