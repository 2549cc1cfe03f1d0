"""`auto` as the input space: the data say how wide it is."""

from __future__ import annotations

import pytest

from neuralbuilder.data.bundled import Digits, Iris
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.fitting import set_design
from neuralbuilder.project.model import Project
from neuralbuilder.project.text import TextError, print_design


@pytest.mark.parametrize(
    ("text", "data", "whole"),
    [
        ("auto -> 5 relu -> 3 softmax", Iris(), "R^4 -> 5 relu -> R^3 softmax"),
        ("AUTO -> 3", Iris(), "R^4 -> R^3 softmax"),
        (
            "auto -> conv 2@3x3 relu -> flatten -> 10 softmax",
            Digits(as_images=True),
            "8x8 -> conv 2@3x3 relu -> flatten -> R^10 softmax",
        ),
        (
            "auto -> 9 tanh -> 10 softmax",
            Digits(as_images=True),
            "8x8 -> flatten -> 9 tanh -> R^10 softmax",
        ),
    ],
)
def test_the_data_say_how_wide_it_is(text, data, whole):
    samples = data.load()
    assert print_design(new_project(text, data, samples)) == whole
    assert print_design(set_design(Project(), text, samples)) == whole


def test_a_single_output_is_never_proposed_as_a_softmax():
    assert print_design(new_project("auto -> 1", Iris(), Iris().load())) == "R^4 -> R^1 sigmoid"


def test_without_data_it_is_an_error_with_a_remedy():
    with pytest.raises(TextError, match="takes the input space from the data, and there are none"):
        set_design(Project(), "auto -> 2")
    with pytest.raises(TextError, match="cannot follow the input space"):
        set_design(Project(), "auto tanh -> 2", Iris().load())
