"""Where things stand on the canvas, and which curve is nearest: numbers only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.insights.canvas import MOST_IMAGES
from neuralbuilder.project import edits
from neuralbuilder.project.examples import new_project
from neuralbuilder.ui.canvas import labels
from neuralbuilder.ui.canvas.layout import (
    LARGEST_UNFOLDED,
    TALLEST_IMAGES,
    arrange,
    column,
    images,
)
from neuralbuilder.ui.canvas.link_geometry import BIAS_ROW, join, nearest
from neuralbuilder.ui.canvas.routes import Box, Lanes, partners


@given(st.integers(1, 1_000_000))
def test_a_column_is_centred_and_never_draws_more_than_ten(units: int) -> None:
    found = column(units)
    assert found.units == units
    assert len(found.indices) == len(found.offsets) <= LARGEST_UNFOLDED
    assert list(found.indices) == sorted(set(found.indices))
    if found.block:
        assert not found.indices
    else:
        assert (found.indices[0], found.indices[-1]) == (0, units - 1)
        assert found.offsets[0] == pytest.approx(-found.offsets[-1])
        gaps = np.diff(found.offsets)
        assert (gaps >= 2 * found.radius + 14).all(), "room for the value below each neuron"


def test_columns_of_a_row_share_their_middle_and_bias_neurons_their_height() -> None:
    project = new_project("4 -> 3 tanh -> 8 relu -> 2")
    placed = arrange(project, labels.words(project, None).shapes)
    xs = {node.id: node.x for node in project.nodes}
    assert placed.biases["hidden_1"].x == xs["input"]
    assert placed.biases["output"].x == xs["hidden_2"]
    assert len({place.y for place in placed.biases.values()}) == 1
    lowest = placed.middle + max(c.half_height for c in placed.columns.values())
    assert placed.bias_row > lowest


def test_the_bias_neuron_of_an_unlinked_layer_stands_before_it() -> None:
    project = edits.disconnect(new_project("4 -> 3 tanh -> 2"), "input", "hidden_1")
    placed = arrange(project, labels.words(project, None).shapes)
    place = placed.biases["hidden_1"]
    assert not place.linked
    assert place.x < project.node("hidden_1").x


def test_curves_lead_from_every_source_to_every_target_and_from_the_bias() -> None:
    sources = ((0, 1), np.array([[0.0, 0.0], [0.0, 50.0]]))
    targets = ((4, 5, 6), np.array([[200.0, 0.0], [200.0, 40.0], [200.0, 80.0]]))
    curves = join(sources, targets, (0.0, 120.0))
    assert len(curves) == 2 * 3 + 3
    assert list(curves.rows) == [0, 0, 0, 1, 1, 1, BIAS_ROW, BIAS_ROW, BIAS_ROW]
    assert list(curves.units) == [4, 5, 6] * 3
    lines = curves.polylines()
    np.testing.assert_allclose(lines[:, 0], curves.starts)
    np.testing.assert_allclose(lines[:, -1], curves.ends)


@given(st.integers(0, 5), st.floats(0.05, 0.95), st.floats(-2, 2))
def test_the_nearest_curve_is_the_one_under_the_pointer(
    index: int, share: float, aside: float
) -> None:
    sources = ((0, 1), np.array([[0.0, 0.0], [0.0, 300.0]]))
    targets = ((0, 1, 2), np.array([[200.0, 0.0], [200.0, 40.0], [200.0, 80.0]]))
    lines = join(sources, targets, None).polylines()
    x, y = lines[index, round(share * 24)]
    found, distance = nearest(lines, x, y + aside)
    assert distance <= abs(aside) + 1e-9
    _, own = nearest(lines[index : index + 1], x, y + aside)
    assert distance <= own + 1e-9
    if distance < own - 1e-9:
        assert found != index


def test_no_curves_are_near_nothing() -> None:
    none = join(((), np.zeros((0, 2))), ((), np.zeros((0, 2))), None)
    assert nearest(none.polylines(), 0.0, 0.0) == (-1, float("inf"))


def test_words_of_the_canvas() -> None:
    project = new_project("R^4 -> 3 tanh nobias -> 5 leaky_relu -> R^2")
    words = labels.words(project, None)

    def line(node_id: str) -> str:
        node = project.node(node_id)
        return " · ".join(d.text for d in labels.details(project, node, words.shapes[node_id]))

    assert line("input") == "ℝ⁴ · standardised"
    assert line("hidden_1") == "3 · tanh · no bias"
    assert line("hidden_2") == "5 · leaky relu · bias"
    assert line("output") == "ℝ² · linear · bias"
    captions = [
        labels.captions(words, link, project.node(link.target).layer) for link in project.links
    ]
    assert captions == [
        ("W 4×3 = 12", "12"),
        ("W 3×5 + b 5 = 20", "15 + 5", "20"),
        ("W 5×2 + b 2 = 12", "10 + 2", "12"),
    ]
    assert labels.weight_name(words, project.links[1], 1, 0) == "w(h⁽¹⁾₂ → h⁽²⁾₁)"
    assert labels.weight_name(words, project.links[2], -1, 1) == "b(y₂)"


@given(st.integers(1, 100_000), st.integers(1, 2000), st.integers(1, 2000))
def test_a_column_of_images_is_no_taller_than_a_column_of_neurons(
    maps: int, height: int, width: int
) -> None:
    found = images(maps, height, width)
    assert found.image is not None
    assert found.units == maps
    assert len(found.indices) == len(found.offsets) <= MOST_IMAGES
    assert (found.indices[0], found.indices[-1]) == (0, maps - 1)
    assert (found.ellipsis is not None) == (maps > len(found.indices))
    assert found.half_height <= TALLEST_IMAGES / 2
    gaps = np.diff(sorted([*found.offsets, *([] if found.ellipsis is None else [found.ellipsis])]))
    assert (gaps >= found.image[1]).all(), "pictures do not touch"


@given(st.integers(11, 100_000))
def test_the_links_of_a_strip_end_all_along_it(units: int) -> None:
    found = column(units, strip=True)
    assert found.strip
    assert (found.indices[0], found.indices[-1]) == (0, units - 1)
    assert all(abs(offset) < found.half_height for offset in found.offsets)
    assert list(found.offsets) == sorted(found.offsets)


def test_units_find_their_partners() -> None:
    assert partners((4,), ((4,),), 0, (4,)) == 0
    assert partners((3, 8, 8), ((3, 8, 8),), 0, (3, 4, 4)) == 0
    both = ((4,), (3,))
    assert [partners(shape, both, i, (7,)) for i, shape in enumerate(both)] == [0, 4]
    assert partners((64,), ((64,),), 0, (1, 8, 8)) is None
    assert partners((), (), 0, (4,)) is None


def test_a_link_goes_around_what_stands_between() -> None:
    boxes = {
        name: Box(x - 50, y - 17, x + 50, y + 300, y)
        for name, x, y in (("a", 0, 0), ("b", 300, 0), ("c", 600, 0), ("d", 300, 560))
    }
    assert Lanes(boxes).detour("a", "b") == ()
    lanes = Lanes(boxes)
    first, second = lanes.detour("a", "c"), lanes.detour("a", "c")
    assert max(y for _, y in first[1:3]) < -17
    assert second[1][1] < first[1][1], "each has a lane of its own"
    below = Lanes(boxes | {"e": Box(550, 543, 650, 860, 560)}).detour("d", "c")
    assert below == ()
    far = boxes | {"f": Box(850, -17, 950, 300, 0)}
    way = Lanes(far).detour("d", "f")
    assert way[0][1] == way[1][1] == 560, "it stays in its own row as long as it can"
    assert way[-1] == (850, 0)
