"""Frames of pandas in Python: columns are found by name, and words and gaps are understood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neuralbuilder as nb

NUMBERS = ("alcohol", "pH", "sulphates")
COLUMNS = (*NUMBERS, "colour", "bought")


def frame(rows: int = 40, seed: int = 0) -> pd.DataFrame:
    """Numbers, words and dates with some gaps."""
    random = np.random.default_rng(seed)
    made = pd.DataFrame(random.normal(size=(rows, 3)), columns=list(NUMBERS))
    made["colour"] = random.choice(["red", "white", "rosé"], rows)
    made["bought"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows), "D")
    made.loc[3, "pH"] = np.nan
    made.loc[5, "colour"] = None
    return made


def target(made: pd.DataFrame) -> np.ndarray:
    """Something that depends on numbers and words."""
    return (made["alcohol"] + (made["colour"] == "red")).to_numpy()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[nb.Network, nb.Network]:
    """A network that has learnt from a frame, and the same out of a file."""
    made = frame()
    net = nb.Network("8 -> 4 tanh -> 1").fit(made, target(made), epochs=30, scaling="standardise")
    path = tmp_path_factory.mktemp("frames") / "a.nbnet"
    net.save(path)
    return net, nb.load(path)


@settings(max_examples=25, deadline=None)
@given(st.permutations(COLUMNS), st.integers(0, 5))
def test_any_order_of_columns_gives_equal_answers(
    trained: tuple[nb.Network, nb.Network], order: list[str], seed: int
) -> None:
    made = frame(seed=seed)
    for net in trained:
        straight = net.predict(made)
        assert np.isfinite(straight).all()
        np.testing.assert_array_equal(net.predict(made[order]), straight)
        assert any("another order" in note for note in net.notes) == (order != list(COLUMNS))


def test_what_is_done_to_a_frame_is_said(trained: tuple[nb.Network, nb.Network]) -> None:
    net, loaded = trained
    odd = frame(8)[:2].copy()
    odd["vintage"], odd["colour"] = [1990, 1991], ["orange", "red"]
    odd.loc[1, "alcohol"] = np.nan
    for network in (net, loaded):
        assert network.predict(odd).shape == (2, 1)
        notes = " ".join(network.notes)
        for part in ("vintage", "'orange' (1)", "alcohol: 1 filled with the median"):
            assert part in notes
    with pytest.raises(ValueError, match="lacks 1 column: pH"):
        net.predict(frame().drop(columns="pH"))
    assert net.predict(frame(8)[:0]).shape == (0, 1)


def test_a_frame_can_be_measured_and_trained_on_again(
    trained: tuple[nb.Network, nb.Network], tmp_path: Path
) -> None:
    loaded = trained[1]
    made = frame()
    facts = loaded.evaluate(made[list(reversed(COLUMNS))], target(made))
    assert facts["R2"] == pytest.approx(trained[0].evaluate(made, target(made))["R2"])
    assert facts["R2"] > 0.3
    values, outputs = trained[0].partial_dependence(made, 0, points=5)
    assert np.isfinite(outputs).all()
    assert len(values) == 5
    assert "colour" in trained[0].importance(made, target(made))
    net = nb.Network("8 -> 4 tanh -> 1").fit(made, target(made), epochs=10)
    np.testing.assert_array_equal(
        net.fit(made[list(reversed(COLUMNS))], target(made), epochs=10).predict(made),
        nb.Network("8 -> 4 tanh -> 1").fit(made, target(made), epochs=20).predict(made),
    )
    assert sum("pH: 1 filled" in note for note in net.notes) == 1


def test_numbers_in_a_frame_are_what_they_are_in_an_array() -> None:
    made = frame()[["alcohol", "sulphates"]]
    y = made["alcohol"] > 0
    of_frame = nb.Network("2 -> 3 tanh -> 2 softmax").fit(made, y.astype(int), epochs=3)
    of_array = nb.Network("2 -> 3 tanh -> 2 softmax").fit(made.to_numpy(), y.astype(int), epochs=3)
    np.testing.assert_array_equal(of_frame.predict(made), of_array.predict(made.to_numpy()))
    np.testing.assert_array_equal(of_frame.predict(made.to_numpy()), of_frame.predict(made))
    # Names that were never given do not count: a network of arrays takes columns as they stand.
    turned = made[["sulphates", "alcohol"]]
    np.testing.assert_array_equal(of_array.predict(turned), of_array.predict(turned.to_numpy()))


def test_a_frame_of_another_width_is_refused_with_what_it_makes() -> None:
    made = frame()
    with pytest.raises(ValueError, match=r"make 8 inputs.*reads 5.*colour = red"):
        nb.Network("5 -> 1").fit(made, target(made))
    made["alcohol"] = None
    with pytest.raises(ValueError, match="'alcohol' has no values at all"):
        nb.Network("8 -> 1").fit(made, target(frame()))
