"""The text form: what it reads, what it writes, and where it says a text goes wrong."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralbuilder.engine.activations import LeakyRelu, Linear, Relu, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.initializers import GlorotUniform, HeNormal, Uniform
from neuralbuilder.engine.layers import (
    ActivationLayer,
    Add,
    AvgPool2D,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAvgPool,
    Input,
    LayerNorm,
    MaxPool2D,
    Missing,
    Output,
    Reshape,
    Standardise,
)
from neuralbuilder.parts import catalogue, settings_of
from neuralbuilder.project import edits
from neuralbuilder.project.model import MAXIMUM_NODES, Link, Project
from neuralbuilder.project.text import Design, TextError, is_chain, parse, print_design
from neuralbuilder.project.text.words import layers_by_name, layers_by_part, meanings
from neuralbuilder.project.text.writing import print_layer


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
        ("4 -> 3 zzz -> 2", 8, "Expected an activation (linear, sigmoid"),
        ("4 -> 3 zzz -> 2", 8, "bias, nobias, an initializer (glorot_uniform"),
        ("4 -> wormhole -> 2", 6, "or a layer: conv, maxpool"),
        ("4 -> he_normal -> 2", 6, "'he_normal' is not a layer"),
        ("4 -> output 2", 6, "written without its name"),
        ("4 -> input 4 -> 2", 6, "written without its name"),
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


pieces = st.sampled_from(
    ["28x28", "->", "→", "conv", "3@5x5", "@", "5x", "relu", "pad", "same", "stride", "-1", "2.5",
     "maxpool", "dropout", "flatten", "nobias", "uniform(0.5)", "uniform(", "R^10", "1e9"]
)  # fmt: skip


@given(
    st.one_of(
        st.text(alphabet="R^ℝ⁴4x3@ ->→tanhrelucov()_.,0123456789\n\té", max_size=60),
        st.lists(pieces, max_size=12).map(" ".join),
    )
)
@settings(max_examples=300)
def test_any_text_is_read_or_refused_with_a_column_inside_it(text):
    column = 1
    try:
        parse(text)
    except TextError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1


# ------------------------------------------------------------------ layers with a name


def test_reads_a_network_with_layers_of_all_kinds():
    beginning = "3x32x32 -> conv 16@3x3 relu pad same -> batchnorm -> avgpool 2"
    assert layers(f"{beginning} -> dropout 0.25 -> 10 softmax")[1:] == (
        Conv2D(16, (3, 3), padding="same"),
        BatchNorm(),
        AvgPool2D(),
        Dropout(0.25),
        Output(10, Softmax()),
    )


def only(text, space="28x28"):
    """The one layer between input and output."""
    _, layer, _ = layers(f"{space} -> {text} -> 10")
    return layer


def test_reads_a_convolutional_network():
    assert layers("28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> 10 softmax") == (
        Input((1, 28, 28)),
        Conv2D(3, (5, 5), Relu()),
        MaxPool2D((2, 2)),
        Flatten(),
        Output(10, Softmax()),
    )


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("conv 3", Conv2D(3)),
        ("conv 3@5", Conv2D(3, (5, 5))),
        ("CONV 3@5X7 Tanh", Conv2D(3, (5, 7), Tanh())),
        ("conv 16@3x3 relu pad same", Conv2D(16, padding="same")),
        ("conv 3 pad valid", Conv2D(3)),
        ("conv 3 pad 2", Conv2D(3, padding="margin", margin=2)),
        ("conv 3 pad 0", Conv2D(3, padding="margin")),
        (
            "conv 6@5×5 tanh pad 2 stride 2 nobias he_normal",
            Conv2D(6, (5, 5), Tanh(), False, 2, "margin", 2, HeNormal()),
        ),
        (
            "conv 6@5 he_normal stride 2 nobias tanh pad 2",
            Conv2D(6, (5, 5), Tanh(), False, 2, "margin", 2, HeNormal()),
        ),
        ("maxpool", MaxPool2D()),
        ("maxpool 3x2 stride 1", MaxPool2D((3, 2), 1)),
        ("maxpool stride 1", MaxPool2D(stride=1)),
        ("avgpool 4", AvgPool2D((4, 4))),
        ("globalavgpool", GlobalAvgPool()),
        ("reshape 1x4x4", Reshape((1, 4, 4))),
        ("reshape 4x4", Reshape((1, 4, 4))),
        ("reshape R^16", Reshape((16,))),
        ("reshape 16", Reshape((16,))),
        ("dense 5 tanh", Dense(5, Tanh())),
        ("dropout", Dropout()),
        ("dropout 0.25", Dropout(0.25)),
        ("dropout 0", Dropout(0.0)),
        ("noise 1e-3", GaussianNoise(0.001)),
        ("batchnorm", BatchNorm()),
        ("batchnorm epsilon 1e-3 momentum 0.5", BatchNorm(0.5, 0.001)),
        ("layernorm", LayerNorm()),
        ("standardise", Standardise()),
        ("tanh", ActivationLayer(Tanh())),
        ("Leaky_ReLU(0.2)", ActivationLayer(LeakyRelu(0.2))),
        ("activation", ActivationLayer()),
        ("activation tanh", ActivationLayer(Tanh())),
        ("add", Add()),
        ("concatenate", Concatenate()),
        ("dense R^5", Dense(5)),
    ],
)
def test_reads_layers_by_name(text, layer):
    assert only(text) == layer


def test_the_parse_itself_does_not_ask_whether_the_layers_fit():
    assert only("maxpool 2", space="4") == MaxPool2D()
    assert only("5", space="28x28") == Dense(5)


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("conv", 12, "nothing follows conv. Expected the number of feature maps, such as conv 8@3"),
        ("conv relu", 13, "Expected the number of feature maps"),
        ("conv -3", 13, "Feature maps cannot be -3"),
        ("conv 2.5", 13, "Expected the number of feature maps"),
        ("conv R^3", 13, "Expected the number of feature maps"),
        ("conv 0@3x3", 13, "Feature maps cannot be 0"),
        ("conv 3@0x5", 15, "Kernel cannot be 0 × 5"),
        ("conv 3@5xx5", 15, "Expected the kernel, such as conv 8@3x3"),
        ("conv 3@", 15, "nothing follows @. Expected the kernel"),
        ("conv @3", 13, "nothing precedes @. Expected the number of feature maps"),
        ("conv 3@5@5", 16, "one value too many"),
        ("conv 3 @5", 15, "'@5' is not expected here"),
        ("conv 3 5", 15, "'5' is not expected here"),
        ("conv 3 stride 0", 22, "Stride cannot be 0"),
        ("conv 3 stride 1.5", 22, "Expected a whole number from 1 to 1,000 after stride"),
        ("conv 3 stride", 21, "nothing follows stride"),
        ("conv 3 stride relu", 22, "Expected a whole number"),
        ("conv 3 stride 1 stride 2", 24, "already has stride"),
        ("conv 3 pad -1", 19, "Margin cannot be -1"),
        ("conv 3 pad", 18, "Expected valid, same or a whole number from 0 to 1,000 after pad"),
        ("conv 3 pad margin", 19, "Expected valid, same or a whole number"),
        ("conv 3 pad 1x2", 19, "Expected valid, same or a whole number"),
        ("conv 3 pad sme", 19, "Did you mean pad same?"),
        ("conv 3 pad 2 pad same", 21, "already has pad"),
        ("conv 3 padding same", 15, "Did you mean pad?"),
        ("conv 3 relu tanh", 20, "already has an activation"),
        ("conv 3 uniform zeros", 23, "already has an initializer"),
        ("conv 3 nobias bias", 22, "already has bias or nobias"),
        ("conv 3 stride(2)", 15, "stride takes no brackets"),
        ("conv(3)", 8, "conv takes no brackets"),
        ("conv 3 rleu", 15, "Did you mean relu?"),
        ("conv " + "9" * 5000, 13, "too large"),
        ("conv 3@" + "9" * 5000, 15, "too large"),
        ("conv 3 stride " + "9" * 5000, 22, "too large"),
        ("convv 3", 8, "Did you mean conv?"),
        ("maxpol 2", 8, "Did you mean maxpool?"),
        ("maxpool 2.5", 16, "Expected the window, such as maxpool 2"),
        ("maxpool 0", 16, "Window cannot be 0 × 0"),
        ("maxpool 2 relu", 18, "maxpool has no activation"),
        (
            "maxpool nobias",
            16,
            "maxpool has no bias neuron. Expected the window, such as maxpool 2",
        ),
        ("maxpool 2 nobias", 18, "maxpool has no bias neuron. Expected stride n or ->."),
        ("maxpool pad same", 16, "maxpool has no padding"),
        ("5 stride 2", 10, "dense has no stride"),
        ("flatten 3", 16, "'3' is not expected here. Expected ->."),
        ("flatten relu", 16, "flatten has no activation"),
        ("reshape", 15, "Expected the shape, such as reshape 1x2x2"),
        ("dropout 1.5", 16, "Rate cannot be 1.5"),
        ("dropout -0.5", 16, "Rate cannot be -0.5"),
        ("dropout half", 16, "Expected the rate, such as dropout 0.5 or ->"),
        ("dropout 0,5", 16, "Expected the rate, such as dropout 0.5"),
        ("dropout 50%", 16, "Expected the rate, such as dropout 0.5"),
        ("dropout 0.5 0.5", 20, "'0.5' is not expected here. Expected ->."),
        ("dropout 1_0", 16, "Expected the rate"),
        ("dropout " + "9" * 5000, 16, "Expected the rate"),
        ("dropout 1e999", 16, "Rate cannot be inf"),
        ("drop 0.5", 8, "Did you mean dropout?"),
        ("noise -1", 14, "Deviation cannot be -1.0"),
        ("batchnorm 0.9", 18, "Expected momentum n, epsilon n or ->"),
        ("batchnorm relu", 18, "Write it as a layer of its own: batchnorm -> relu."),
        ("batchnorm epsilon", 25, "Expected a number above 0 to 1 after epsilon"),
        ("batchnorm epsilon 0", 26, "Epsilon cannot be 0.0"),
        ("batchnorm bias", 18, "batchnorm has no bias neuron"),
        ("batch_norm", 8, "Did you mean batchnorm?"),
        ("concat", 8, "Did you mean concatenate?"),
        ("relu tanh", 13, "already has an activation"),
        ("relu 3", 13, "'3' is not expected here"),
        ("tahn", 8, "Did you mean tanh?"),
        ("tanh(1)", 8, "takes no number in brackets"),
        ("activation(relu)", 8, "activation takes no brackets"),
        ("3 dropout 0.5", 10, "dropout is a layer of its own. Write -> before dropout."),
        ("maxpool 2 relu", 18, "Write it as a layer of its own: maxpool -> relu."),
        ("reshape 1x2x3x4", 16, "Expected the shape"),
        ("reshape 0x4x4", 16, "Shape cannot be 0 × 4 × 4"),
        ("globalavgpool 2", 22, "not expected here"),
    ],
)
def test_errors_about_layers_with_a_name(text, column, part):
    with pytest.raises(TextError) as caught:
        parse(f"9x9 -> {text} -> 10")
    assert part in str(caught.value)
    assert caught.value.column == column
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("item", ["flatten", "conv 3", "maxpool 2", "dropout", "relu"])
def test_the_last_layer_must_be_an_output(item):
    with pytest.raises(TextError) as caught:
        parse(f"9x9 -> conv 3 -> {item}")
    assert caught.value.column == 18
    assert "ends in its output: expected a number such as 10" in str(caught.value)
    parse(f"9x9 -> conv 3 -> {item} -> 10")


def test_an_activation_belongs_to_the_output_itself():
    with pytest.raises(TextError, match="as in 10 softmax"):
        parse("4 -> 3 -> softmax")


# ------------------------------------------------------------------ every layer of the engine

HIDDEN = [cls for cls in catalogue("layer") if cls.role == "hidden"]
SILENT = {"l1", "l2"}
"""Settings that no text has words for; a text leaves them as they are."""


def test_every_setting_of_every_layer_has_its_words():
    for cls in HIDDEN:
        for setting in settings_of(cls):
            said = setting.main or setting.word or setting.when or setting.type == "part"
            assert said or setting.name in SILENT, f"{cls.name}.{setting.name}"


def test_no_word_means_two_things():
    names = [*layers_by_name(), *layers_by_part()]
    assert len(names) == len(set(names))
    for cls in (*HIDDEN, Output):
        kinds = [s.part_kind for s in settings_of(cls) if s.type == "part"]
        parts = [part.name for kind in kinds for part in catalogue(kind)]
        words = [s.word for s in settings_of(cls) if s.word and s.type != "switch"]
        words += [
            w for s in settings_of(cls) if s.type == "switch" for w in (s.word, "no" + s.word)
        ]
        assert len({*parts, *words}) == len([*parts, *words]) == len(meanings(cls))
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", word) for word in [*parts, *words])


def test_the_shortest_text_of_a_layer_is_read_again():
    for cls in HIDDEN:
        text = f"R^4 -> {print_layer(cls())} -> R^2 linear"
        assert layers(text)[1] == cls()
        assert print_design(parse(text)) == text


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
PARTS = {"activation": activations, "initializer": initializers}


def values(setting):
    """Any value of a setting that a text has words for."""
    most = 1_000 if setting.maximum is None else int(setting.maximum)
    whole = st.integers(1, most)
    kinds = {
        "part": lambda: PARTS[setting.part_kind],
        "switch": st.booleans,
        "choice": lambda: st.sampled_from(setting.choices),
        "size": lambda: st.tuples(whole, whole),
        "shape": lambda: st.one_of(st.tuples(whole), st.tuples(whole, whole, whole)),
        "integer": lambda: st.integers(int(setting.minimum), most),
        "number": lambda: st.floats(
            setting.minimum, setting.maximum, exclude_min=setting.open_minimum
        ),
    }
    return st.one_of(st.just(setting.default), kinds[setting.type]())


@st.composite
def any_layer(draw, classes=tuple(HIDDEN)):
    """A layer with any settings, except those that no text can express."""
    cls = draw(st.sampled_from(classes))
    chosen = {}
    for setting in settings_of(cls):
        counts = setting.when is None or chosen[setting.when[0]] == setting.when[1]
        if setting.name not in SILENT and counts:
            chosen[setting.name] = draw(values(setting))
    return cls(**chosen)


hidden = any_layer()
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


def test_a_summary_counts_the_branches():
    project = edits.set_design(Project(), "4 -> 3 -> 5 -> 6 -> 2")
    links = (*project.links, Link("input", "hidden_2"), Link("input", "output"))
    assert print_design(replace(project, links=links)) == (
        "5 layers, 6 links, 1 branch (not a chain: edit it on the canvas)"
    )
    links += (Link("hidden_1", "hidden_3"),)
    assert "7 links, 2 branches" in print_design(replace(project, links=links))


def test_a_layer_of_a_newer_version_has_no_words():
    project = edits.set_design(Project(), "4 -> 3 -> 2")
    project = edits.replace_layer(project, "hidden_1", Missing("{}"))
    assert not is_chain(project)
    assert print_design(project) == (
        "3 layers, 2 links (with a layer that has no words: edit it on the canvas)"
    )


def test_prints_what_differs_from_the_defaults():
    for text in (
        "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> R^10 softmax",
        "3x32x32 -> conv 16@3x3 relu pad same -> avgpool 2 -> globalavgpool -> R^10 softmax",
        "9x9 -> conv 6@5x5 tanh nobias stride 2 pad 2 he_normal -> maxpool 3x2 -> R^2 tanh",
        "3x8x8 -> conv 4@3x3 linear -> batchnorm -> relu -> dropout 0.25 -> noise 0.1 -> R^2 tanh",
        "R^4 -> batchnorm momentum 0.5 epsilon 0.001 -> leaky_relu(0.2) -> layernorm -> R^2 tanh",
        "R^16 -> reshape 1x4x4 -> conv 8@3x3 relu pad 0 -> reshape 32 -> R^2 linear",
    ):
        assert print_design(parse(text)) == text
