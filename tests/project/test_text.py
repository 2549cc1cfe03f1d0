"""The text form: what it reads, what it writes, and where it says a text goes wrong."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralbuilder.engine.activations import LeakyRelu, Linear, Relu, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.initializers import GlorotUniform, HeNormal, Uniform
from neuralbuilder.engine.layers import Dense, Input, Output
from neuralbuilder.parts import catalogue
from neuralbuilder.project import edits
from neuralbuilder.project.model import MAXIMUM_NODES, Project
from neuralbuilder.project.text import Design, TextError, is_chain, parse, print_design


def layers(text):
    return parse(text).layers


def test_reads_the_example():
    assert layers("R^4 -> 3 tanh -> R^2") == (
        Input((4,)),
        Dense(3, Tanh()),
        Output(2, Linear()),
    )


@pytest.mark.parametrize("space", ["4", "R^4", "R4", "ℝ⁴", "ℝ^4", "r^4", "R⁴", " 4 "])
def test_reads_spaces(space):
    assert layers(f"{space}->1")[0] == Input((4,))


@pytest.mark.parametrize(
    ("space", "shape"),
    [("28x28", (1, 28, 28)), ("3x32x32", (3, 32, 32)), ("3×8×9", (3, 8, 9)), ("R", (1,))],
)
def test_reads_images(space, shape):
    assert layers(f"{space} -> 1")[0] == Input(shape)


def test_words_stand_in_any_order():
    expected = Dense(4, Relu(), bias=False, initializer=HeNormal())
    assert layers("2 -> 4 relu nobias he_normal -> 1")[1] == expected
    assert layers("2 → 4 he_normal nobias relu → 1")[1] == expected
    assert layers("2->4 HE_NORMAL NoBias ReLU->1")[1] == expected


def test_reads_settings_in_brackets():
    dense = layers("2 -> 4 leaky_relu(0.2) uniform(1.5) -> 1 sigmoid")[1]
    assert dense == Dense(4, LeakyRelu(0.2), initializer=Uniform(1.5))


def test_the_last_layer_is_the_output():
    assert layers("4 -> R^3 softmax")[1] == Output(3, Softmax())
    assert layers("4 -> R^3 sigmoid -> 1 sigmoid")[1] == Dense(3, Sigmoid())


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("", 1, "Expected the input space"),
        ("   ", 4, "Expected the input space"),
        ("4", 2, "Expected ->"),
        ("4 ->", 5, "Expected a layer"),
        ("4 -> -> 2", 6, "Expected a layer"),
        ("-> 2", 1, "Expected the input space"),
        ("4 -> 3 tahn -> 2", 8, "Did you mean tanh?"),
        ("4 -> 3 nobais -> 2", 8, "Did you mean nobias?"),
        ("4 -> 3 zzz -> 2", 8, "Expected an activation or initializer (glorot_uniform"),
        ("4 -> conv 3@5x5 -> 2", 6, "no layer called 'conv'"),
        ("4 -> flatten -> 2", 6, "dense layers"),
        ("4 -> tanh -> 2", 6, "Expected the number of neurons"),
        ("4 tanh -> 2", 3, "cannot follow the input space"),
        ("4 -> 3 tanh relu -> 2", 13, "already has an activation"),
        ("4 -> 3 bias nobias -> 2", 13, "bias or nobias"),
        ("4 -> 0 -> 2", 6, "1"),
        ("0 -> 2", 1, "from 1"),
        ("4 -> 3 leaky_relu(5) -> 2", 8, "0 to 1"),
        ("4 -> 3 leaky_relu(nan) -> 2", 8, "Slope"),
        ("4 -> 3 leaky_relu(x) -> 2", 8, "not a number"),
        ("4 -> 3 leaky_relu(0.1, 2) -> 2", 8, "at most 1"),
        ("4 -> 3 tanh(1) -> 2", 8, "no number"),
        ("4 -> 3 tanh( -> 2", 8, "tanh("),
        ("4 -> -3 -> 2", 6, "Expected the number of neurons"),
        ("4 -> 2.5 -> 2", 6, "Expected the number of neurons"),
        ("4 -> " + "9" * 5000 + " -> 2", 6, "too large"),
        ("4 -> 1000001 -> 2", 6, "Neurons"),
        ("4, 3, 2", 1, "not expected"),
    ],
)
def test_errors_name_column_and_expectation(text, column, part):
    with pytest.raises(TextError) as caught:
        parse(text)
    assert caught.value.column == column
    assert caught.value.message.startswith(f"Column {column}: ")
    assert part in str(caught.value)


def test_an_error_survives_the_way_to_another_process():
    with pytest.raises(TextError) as caught:
        parse("4 -> x")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.column, copy.message, copy.hint) == (
        caught.value.column,
        caught.value.message,
        caught.value.hint,
    )


def test_too_many_layers_are_refused_before_they_are_built():
    with pytest.raises(TextError, match=f"at most {MAXIMUM_NODES}"):
        parse("4" + " -> 1" * (MAXIMUM_NODES + 5))


@given(st.text(alphabet="R^ℝ⁴4x3 ->→tanhrelu()_.,0123456789\n\té", max_size=60))
@settings(max_examples=300)
def test_any_text_is_read_or_refused_with_a_column_inside_it(text):
    column = 1
    try:
        parse(text)
    except TextError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1


# ------------------------------------------------------------------ writing

sizes = st.integers(1, 1_000_000)
slopes = st.floats(0, 1)
activations = st.one_of(
    st.sampled_from([cls() for cls in catalogue("activation")]), st.builds(LeakyRelu, slopes)
)
initializers = st.one_of(
    st.sampled_from([cls() for cls in catalogue("initializer")]),
    st.builds(Uniform, st.floats(0, 100)),
)
inputs = st.builds(Input, st.one_of(st.tuples(sizes), st.tuples(*[st.integers(1, 99)] * 3)))
hidden = st.builds(Dense, sizes, activations, st.booleans(), initializers)
outputs = st.builds(Output, sizes, activations, st.booleans(), initializers)
designs = st.builds(
    lambda first, middle, last: Design((first, *middle, last)),
    inputs,
    st.lists(hidden, max_size=5),
    outputs,
)


@given(designs)
def test_what_is_written_is_read_back(design):
    text = print_design(design)
    assert parse(text) == design
    assert print_design(parse(text)) == text


@given(designs)
def test_a_project_prints_as_its_design(design):
    project = edits.set_design(Project(), design)
    assert is_chain(project)
    assert print_design(project) == print_design(design)


def test_prints_the_example_exactly():
    assert print_design(parse("4→3 tanh→2")) == "R^4 -> 3 tanh -> R^2 linear"
    assert print_design(parse("28x28 -> 5 relu nobias -> 3 softmax")) == (
        "28x28 -> 5 relu nobias -> R^3 softmax"
    )
    default = parse("2 -> 4 leaky_relu glorot_uniform -> 1")
    assert default.layers[1].initializer == GlorotUniform()
    assert print_design(default) == "R^2 -> 4 leaky_relu -> R^1 linear"


def test_an_unfinished_chain_prints_with_dots():
    project = edits.add_node(Project(), Input((4,)))
    assert print_design(project) == "R^4 -> …"
    project = edits.add_node(project, Dense(3))
    assert print_design(project) == "R^4 -> 3 tanh -> …"
    assert not is_chain(project)
    assert print_design(Project()) == ""


def test_a_branching_network_prints_a_summary():
    project = edits.set_design(Project(), "4 -> 3 -> 2")
    project = edits.replace_layer(project, "input", Input((4,)))
    extra = edits.add_node(project, Input((1,)), (0, 300))
    assert not is_chain(extra)
    assert print_design(extra) == "4 layers, 2 links (not a chain: edit it on the canvas)"
    with pytest.raises(TextError):
        parse(print_design(extra))
