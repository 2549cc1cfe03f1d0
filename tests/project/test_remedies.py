"""Whatever remedy the checks offer: what it was offered for is gone, and nothing else breaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralbuilder.data.images.augmentation import LightAugmentation, NoAugmentation
from neuralbuilder.data.samples import Samples, Task
from neuralbuilder.engine.activations import Activation, Linear, Sigmoid, Softmax, Tanh
from neuralbuilder.engine.layers import Add, Concatenate, Flatten, Output
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
)
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Adam, Lbfgs, Rprop, Sgd
from neuralbuilder.engine.schedules import Constant, Cosine, Steps, WarmUp
from neuralbuilder.engine.shapes import infer
from neuralbuilder.engine.stopping import EarlyStopping, NeverStop
from neuralbuilder.problems import Problem
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check, mended
from neuralbuilder.project.model import Link, Node, Project
from neuralbuilder.project.task import meant
from neuralbuilder.project.text import print_design


def samples_of(shape: tuple[int, ...], outputs: int, targets: str) -> Samples:
    """80 samples with such targets, as their source gives them."""
    random, count = np.random.default_rng(0), 80
    turn = np.arange(count)
    y = {
        "classes": np.eye(outputs)[turn % outputs],
        "quantities": random.normal(size=(count, outputs)),
        "marks": 1.0 + (turn[:, None] % (4 + np.arange(outputs))),
        "answers": 1.0 * (random.normal(size=(count, outputs)) > 0),
    }[targets]
    names = (
        tuple(f"x{i}" for i in range(shape[0])),
        tuple(f"{targets[:-1]} {i}" for i in range(outputs)),
    )
    task: Task = "classification" if targets == "classes" else "regression"
    return Samples(random.normal(size=(count, *shape)), y, *names, task)


def read(project: Project, samples: Samples | None) -> Samples | None:
    """The samples as a project means them."""
    return None if samples is None else meant(project, samples)


def found(project: Project, samples: Samples | None) -> list[Problem]:
    return list(check(project, read(project, samples)))


def errors(project: Project, samples: Samples | None) -> list[Problem]:
    return [problem for problem in found(project, samples) if problem.severity == "error"]


SHAPES = [(3,), (4,), (16,), (30,), (64,), (1, 6, 5), (1, 8, 8), (3, 8, 8), (1, 28, 28)]
DATA = [None] + [
    samples_of(shape, outputs, targets)
    for shape in SHAPES
    for outputs, targets in ((1, "quantities"), (3, "quantities"), (2, "classes"), (4, "classes"),
                             (1, "marks"), (2, "marks"), (1, "answers"), (3, "answers"))
]  # fmt: skip
HIDDEN = [
    "4 tanh", "3 linear", "5 step", "2 zeros", "conv 2@3x3", "conv 2@7x7", "conv 2@2x2 linear",
    "conv 2@4x4 stride 2", "conv 2 pad 1", "maxpool 2", "maxpool 3", "maxpool 9", "avgpool 4x3",
    "globalavgpool", "flatten", "reshape 8x8", "reshape 2x2", "batchnorm", "layernorm",
    "dropout 0.5", "standardise", "relu",
]  # fmt: skip
OUTPUTS = ["linear", "softmax", "sigmoid", "tanh", "step"]
LOSSES = [MeanSquaredError(), MeanAbsoluteError(), Huber(), BinaryCrossEntropy(),
          CategoricalCrossEntropy(), Hinge()]  # fmt: skip
PLANS = st.fixed_dictionaries(
    {
        "loss": st.sampled_from(LOSSES),
        "optimizer": st.sampled_from([Adam(), Sgd(50.0), Adam(1e5), Lbfgs(), Rprop(), Sgd(0.0)]),
        "schedule": st.sampled_from(
            [Constant(), Cosine(30), Cosine(5, 0.01), Steps(), WarmUp(5, then=Cosine(15))]
        ),
        "epochs": st.sampled_from([0, 3, 20, 50]),
        "batch_size": st.sampled_from([1, 2, 32, 1000]),
        "stop_rule": st.sampled_from([NeverStop(), EarlyStopping(9)]),
        "task": st.sampled_from(["auto", "auto", "classification", "yes/no", "regression"]),
        "clip_norm": st.sampled_from([0.0, 1.0]),
        "augmentation": st.sampled_from([NoAugmentation(), LightAugmentation(shift=1)]),
    }
)


@st.composite
def designs(draw: st.DrawFn) -> tuple[Project, Samples | None]:
    """A network drawn in any order, with any plan, beside any data, or none."""
    samples = draw(st.sampled_from(DATA))
    shapes = SHAPES if samples is None else [*SHAPES, *[samples.input_shape] * len(SHAPES)]
    shape = "x".join(map(str, draw(st.sampled_from(shapes))))
    hidden = draw(st.lists(st.sampled_from(HIDDEN), max_size=4))
    output = f"{draw(st.integers(1, 4))} {draw(st.sampled_from(OUTPUTS))}"
    project = edits.set_design(Project(), " -> ".join([shape, *hidden, output]))
    if draw(st.booleans()):
        project = merged(
            project,
            draw(st.sampled_from([Add(), Concatenate()])),
            draw(st.sampled_from(project.links)),
            draw(st.sampled_from(project.nodes)),
        )
    return edits.change_plan(project, **draw(PLANS)), samples


def merged(project: Project, layer: Layer, link: Link, source: Node) -> Project:
    """With a merging layer in a link that reads another layer as well, where that is possible."""
    after = edits.insert_on_link(project, link, layer)
    (node,) = edits.added(project, after)
    possible = edits.can_connect(after, source.id, node) is None
    return edits.connect(after, source.id, node) if possible else project


def words(problems: list[Problem]) -> set[tuple[str, str]]:
    return {(problem.node, problem.message) for problem in problems}


def places(problems: list[Problem]) -> set[tuple[str, str]]:
    return {(problem.node, problem.setting) for problem in problems}


@settings(max_examples=80)
@given(designs())
def test_after_every_remedy_its_problem_is_gone_and_no_error_is_new(
    design: tuple[Project, Samples | None],
) -> None:
    project, samples = design
    problems = found(project, samples)
    before = [problem for problem in problems if problem.severity == "error"]
    for problem in problems:
        for fix in problem.fixes:
            if any(name == "dataset" for name, _ in fix.plan):
                continue  # see the tests of fitting
            after = mended(project, fix, samples)
            left = found(after, samples)
            told = print_design(project), str(problem), fix.label, [*map(str, left)]
            assert (problem.node, problem.message) not in words(left), told
            assert places([p for p in left if p.severity == "error"]) <= places(before), told


def design(text: str, **plan: object) -> Project:
    return edits.change_plan(edits.set_design(Project(), text), **plan)


NUMBERS, TWO, CLASSES = DATA[10:13]
CATEGORICAL, BINARY, SQUARED = CategoricalCrossEntropy(), BinaryCrossEntropy(), MeanSquaredError()


@pytest.mark.parametrize(
    ("text", "loss", "samples", "label", "output", "after"),
    [
        (
            "4 -> 4 linear",
            SQUARED,
            CLASSES,
            "Use categorical cross-entropy",
            Softmax(),
            CATEGORICAL,
        ),
        ("4 -> 4 linear", SQUARED, CLASSES, "Use softmax", Softmax(), CATEGORICAL),
        ("4 -> 4 sigmoid", BINARY, CLASSES, "Use softmax", Softmax(), CATEGORICAL),
        ("4 -> 1 tanh", Huber(), TWO, "Use binary cross-entropy", Sigmoid(), BINARY),
        ("4 -> 1 tanh", SQUARED, TWO, "Use sigmoid", Sigmoid(), BINARY),
        ("4 -> 1 softmax", CATEGORICAL, TWO, "Use sigmoid", Sigmoid(), BINARY),
        ("4 -> 1 linear", CATEGORICAL, TWO, "Use 2 neurons", Softmax(), CATEGORICAL),
        ("4 -> 3 softmax", CATEGORICAL, NUMBERS, "Use mean squared error", Linear(), SQUARED),
        ("4 -> 4 softmax", CATEGORICAL, NUMBERS, "Set the output to 3 neurons", Linear(), SQUARED),
        ("4 -> 3 tanh", Huber(), CLASSES, "Set the output to 4 neurons", Tanh(), Huber()),
        ("4 -> 3 step", SQUARED, NUMBERS, "Use linear", Linear(), SQUARED),
        ("4 -> 4 step", CATEGORICAL, CLASSES, "Use softmax", Softmax(), CATEGORICAL),
    ],
)
def test_activation_loss_and_size_of_the_output_go_together(
    text: str, loss: Loss, samples: Samples, label: str, output: Activation, after: Loss
) -> None:
    project = design(text, loss=loss)
    fix = next(f for p in found(project, samples) for f in p.fixes if f.label == label)
    project = mended(project, fix, samples)
    layer = project.node("output").layer
    assert isinstance(layer, Output)
    assert (layer.activation, project.plan.loss) == (output, after)
    assert [p for p in errors(project, samples) if p.setting != "units"] == []


def test_a_hinge_is_not_told_one_thing_and_the_opposite() -> None:
    project = design("4 -> 4 softmax", loss=Hinge())
    (advice,) = found(project, CLASSES)
    assert advice.fix is not None
    assert found(mended(project, advice.fix, CLASSES), CLASSES) == []


def test_what_a_remedy_brings_to_light_is_mended_with_it() -> None:
    images = samples_of((1, 28, 28), 4, "classes")
    project = design("784 -> 16 relu -> 4 softmax", loss=CATEGORICAL)
    (problem,) = errors(project, images)
    assert problem.fix is not None
    project = mended(project, problem.fix, images)
    assert print_design(project) == "28x28 -> flatten -> 16 relu -> R^4 softmax"
    reshaped = design("64 -> conv 2@9x9 -> 4 softmax")
    (problem,) = errors(reshaped, None)
    assert problem.fix is not None
    assert problem.fix.label == "Insert a Reshape layer"
    reshaped = mended(reshaped, problem.fix)
    assert print_design(reshaped) == (
        "R^64 -> reshape 1x8x8 -> conv 2@9x9 relu pad same -> flatten -> R^4 softmax"
    )


def test_a_remedy_that_only_leads_to_the_next_error_is_not_offered() -> None:
    project = design("28x28 -> 7 tanh -> reshape 8x8 -> 2")
    (problem,) = errors(project, None)
    assert "reads a vector" in problem.message
    assert problem.fixes == (), "behind the Flatten layer, 7 values would not make 64"


# ------------------------------------------------------------------ fitting to the data


@settings(max_examples=80)
@given(designs(), st.lists(st.sampled_from(DATA[1:]), min_size=1, max_size=3))
def test_any_network_fits_any_data(
    drawn: tuple[Project, Samples | None], data: list[Samples]
) -> None:
    project = edits.change_plan(drawn[0], batch_size=8)
    for samples in data:
        before, project = project, edits.fit_to_data(project, meant(project, samples))
        told = print_design(before), samples.input_shape, print_design(project)
        left = [error for error in errors(project, samples) if error.setting != "task"]
        assert left == [], told
        assert edits.fit_to_data(project, meant(project, samples)) == project, told
        check_what_is_told(before, project)
        Network(project.graph())


def check_what_is_told(before: Project, after: Project) -> None:
    """Nothing vanishes, and no pixel is taken for a number, without a word about it."""
    message, _ = edits.what_fitting_did(before, after)
    for node in before.nodes:
        if node.id not in after.names and not isinstance(node.layer, Flatten):
            assert "left out" in message
    flat = [node.id for node in after.nodes if isinstance(node.layer, Flatten)]
    shapes = infer(after.graph()).inputs
    sources = [after.graph().sources(node)[0] for node in flat]
    if any(len(shapes[f][0]) == 3 and s == "input" for f, s in zip(flat, sources, strict=True)):
        assert "not knowing which of them are neighbours" in message


DEEP = "28x28 -> conv 8@5x5 relu -> maxpool 2 -> conv 16@5x5 relu -> maxpool 2 -> flatten -> 10"


@pytest.mark.parametrize(
    ("text", "shape", "fitted", "message"),
    [
        (DEEP, (4,), "R^4 -> R^3 linear",
         "Conv 1, Max pool 1, Conv 2, Max pool 2, Flatten 1 are left out: these data have no "
         "images."),
        (DEEP, (64,),
         "R^64 -> reshape 1x8x8 -> conv 8@5x5 relu -> maxpool 2 -> conv 16@5x5 relu pad same -> "
         "maxpool 2 -> flatten -> R^3 linear",
         "Conv 2 has other sizes, so that the data fit. Reshape 1 makes images of 1×8×8 of the "
         "numbers."),
        (DEEP, (3, 32, 32),
         "3x32x32 -> conv 8@5x5 relu -> maxpool 2 -> conv 16@5x5 relu -> maxpool 2 -> flatten -> "
         "R^3 linear", ""),
        ("4 -> 9 relu -> 2", (1, 28, 28), "28x28 -> flatten -> 9 relu -> R^3 linear",
         "The network reads the 784 pixels of an image as single numbers, not knowing which of "
         "them are neighbours."),
        ("28x28 -> flatten -> 9 relu -> 2", (4,), "R^4 -> 9 relu -> R^3 linear", ""),
        ("28x28 -> conv 2@3x3 -> globalavgpool -> 9 relu -> 2", (5,), "R^5 -> 9 relu -> R^3 linear",
         "Conv 1, Global average pool 1 are left out: these data have no images."),
        ("64 -> reshape 8x8 -> conv 2@3x3 -> flatten -> 2", (30,), "R^30 -> R^3 linear",
         "Reshape 1, Conv 1, Flatten 1 are left out: these data have no images."),
    ],
)  # fmt: skip
def test_hidden_layers_are_fitted_and_what_that_means_is_told(
    text: str, shape: tuple[int, ...], fitted: str, message: str
) -> None:
    before = design(text)
    after = edits.fit_to_data(before, samples_of(shape, 3, "quantities"))
    assert print_design(after) == fitted
    assert edits.what_fitting_did(before, after)[0] == message
