"""What is said about a project: in plain words, at the right layer, with a remedy that works."""

from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.data.bundled import BreastCancer, Digits, Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.images.mnist import Mnist
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.engine.activations import Softmax
from neuralbuilder.engine.initializers import HeUniform, Zeros
from neuralbuilder.engine.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Input,
    Missing,
    Output,
    Standardise,
)
from neuralbuilder.engine.memory import estimate_memory
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Adam, Lbfgs, Rprop, Sgd
from neuralbuilder.engine.schedules import Cosine, Plateau, Steps, WarmUp
from neuralbuilder.engine.stopping import EarlyStopping
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.free_memory import free_memory
from neuralbuilder.project.model import Link, Project
from neuralbuilder.project.naming import space
from neuralbuilder.project.text import print_design

SAMPLES = example().plan.dataset.load()
IRIS = Iris().load()
TWO = BreastCancer().load()


def design(text):
    return edits.set_design(Project(), text)


def found(project, samples, part):
    """The one problem whose text has this part."""
    problems = [problem for problem in check(project, samples) if part in str(problem)]
    assert len(problems) == 1, [str(problem) for problem in check(project, samples)]
    return problems[0]


def fixed(project, samples, part):
    """The project after the remedy of that problem, which must be gone by then."""
    problem = found(project, samples, part)
    assert problem.fix is not None
    repaired = edits.apply_fix(project, problem.fix)
    assert part not in " ".join(map(str, check(repaired, samples)))
    return repaired


def errors(project, samples=None):
    return [str(p) for p in check(project, samples) if p.severity == "error"]


def test_the_example_has_nothing_but_praise():
    (praise,) = check(example(), SAMPLES)
    assert praise.severity == "advice"
    assert praise.confirms
    assert praise.node == "output"
    assert praise.fix is None
    assert praise.message == (
        "ℝ² is a regression target: the output layer is linear, so it is not cut off at ±1. Good."
    )


def test_spaces_are_written_as_people_write_them():
    assert (space((4,)), space((128,)), space((3, 24, 24))) == ("ℝ⁴", "ℝ¹²⁸", "3×24×24")


def test_t2_sizes_against_the_data():
    project = design("3 -> 3 tanh -> 3")
    assert "ℝ³" in found(project, SAMPLES, "The input is").message
    assert "ℝ⁴" in found(project, SAMPLES, "The input is").message
    assert "3 neurons, but the data have 2 targets" in str(
        found(project, SAMPLES, "The output has")
    )
    project = fixed(project, SAMPLES, "The input is")
    project = fixed(project, SAMPLES, "The output has")
    assert errors(project, SAMPLES) == []
    image = design("3x4x5 -> 2")
    assert "3×4×5" in found(image, SAMPLES, "The input is").message


@pytest.mark.parametrize(
    ("text", "dataset", "words", "wanted"),
    [
        ("28x28 -> conv 3@5x5 -> flatten -> 2", FormulaDataset(),
         "The input is 1×28×28, but the data (Formula) are no images: they have 4 inputs.",
         Mnist()),
        ("4 -> conv 3@5x5 -> flatten -> 2", FormulaDataset(), "Conv 1 reads images, but the data",
         Mnist()),
        ("5 -> maxpool 2 -> 2", FormulaDataset(), "Max pool 1 reads images", Mnist()),
        ("8x8 -> flatten -> 10", Digits(), "(Digits 8×8) are no images: they have 64 inputs",
         Digits(as_images=True)),
        ("64 -> conv 3@5x5 -> flatten -> 10", Digits(), "Conv 1 reads images",
         Digits(as_images=True)),
        ("28x28 -> conv 3@3x3 -> flatten -> 10", Digits(), "The input is 1×28×28",
         Mnist()),
    ],
)  # fmt: skip
def test_a_network_drawn_for_images_is_offered_images(text, dataset, words, wanted):
    project = edits.change_plan(design(text), dataset=dataset)
    problem = found(project, dataset.load(), words)
    assert problem.fix.plan == (("dataset", wanted),)
    mended = edits.fit_to_data(edits.apply_fix(project, problem.fix), wanted.load())
    assert errors(mended, wanted.load()) == []


def test_images_are_not_offered_where_data_or_layers_are_something_else():
    table = CsvTable("numbers.csv")
    project = edits.change_plan(design("4 -> conv 3@2x2 -> flatten -> 2"), dataset=table)
    assert found(project, SAMPLES, "A convolution reads").fix.insert == "reshape"
    drawn = edits.change_plan(design("28x28 -> flatten -> 2"), dataset=table)
    problem = found(drawn, SAMPLES, "(numbers.csv) are no images")
    assert dict(problem.fix.settings) == {"shape": (4,)}
    unfit = design("3x32x32 -> conv 3@5x5 -> flatten -> 2")
    assert found(unfit, SAMPLES, "The input is 3×32×32").fix is None
    for text in ("4 -> 9 -> conv 3@2x2 -> flatten -> 2", "4 -> reshape 28x28 -> flatten -> 2"):
        assert not [p for p in check(design(text), SAMPLES) if "reads images, but" in p.message]


def test_two_classes_may_share_one_neuron():
    assert errors(new_project("30 -> 1", None, TWO), TWO) == []
    assert "2 classes" in str(found(design("30 -> 3"), TWO, "The output has 3"))


@pytest.mark.parametrize(
    ("text", "samples", "part"),
    [
        ("4 -> 5 -> 3 linear", IRIS, "needs a softmax"),
        ("4 -> 5 -> 3 sigmoid", IRIS, "needs a softmax"),
        ("30 -> 1 tanh", TWO, "needs a sigmoid"),
    ],
)
def test_t2_cross_entropy_needs_its_activation(text, samples, part):
    suited = new_project(text.rsplit(" ", 1)[0], None, samples)  # the output left to the data
    project = edits.set_design(suited, text)
    problem = found(project, samples, part)
    assert (problem.severity, problem.node) == ("error", "output")
    assert errors(fixed(project, samples, part), samples) == []


def test_a_linear_output_typed_for_classes_trains_and_better_is_advised():
    project = new_project("4 -> 3 linear", None, IRIS)
    assert errors(project, IRIS) == []
    assert found(project, IRIS, "learns classes slowly").severity == "advice"


def test_t2_mean_squared_error_with_labels_and_the_opposite():
    project = design("4 -> 5 -> 3 softmax")
    advice = found(project, IRIS, "learns classes slowly")
    assert (advice.severity, advice.node, advice.fix.node) == ("advice", "output", "output")
    assert not advice.confirms
    assert errors(fixed(project, IRIS, "learns classes slowly"), IRIS) == []
    classes = new_project("4 -> 5 -> 3", None, IRIS)
    classes = edits.set_units(classes, "output", 2)
    assert found(classes, SAMPLES, "numbers to predict").severity == "error"
    fixed(classes, SAMPLES, "numbers to predict")


def test_t2_softmax_over_one_output():
    fixed(design("4 -> 1 softmax"), None, "always 1")
    with_loss = edits.change_plan(
        design("4 -> 1 softmax"), loss=new_project("4 -> 3", None, IRIS).plan.loss
    )
    problem = found(with_loss, None, "always 1")
    assert dict(problem.fix.settings) == {"units": 2, "activation": Softmax()}
    (shared,) = problem.others
    assert errors(edits.apply_fix(with_loss, shared)) == []


@pytest.mark.parametrize("word", ["sigmoid", "tanh", "relu", "softplus"])
def test_a_regression_that_is_cut_off(word):
    project = edits.set_design(example(), f"4 -> 3 -> 2 {word}")
    assert found(project, SAMPLES, "cuts the output").severity == "advice"
    fixed(project, SAMPLES, "cuts the output")


def test_praise_for_classes():
    assert "3 classes. Good" in found(new_project("4 -> 3", None, IRIS), IRIS, "softmax").message
    assert "benign" in found(new_project("30 -> 1", None, TWO), TWO, "sigmoid").message


def test_linear_hidden_layers_collapse():
    project = edits.set_design(example(), "4 -> 3 linear -> 5 linear -> 2")
    assert found(project, SAMPLES, "one single matrix").node == "hidden_1"
    fixed(project, SAMPLES, "one single matrix")
    assert "matrix" not in str(
        check(edits.set_design(example(), "4 -> 3 linear -> 5 -> 2"), SAMPLES)
    )


def test_what_else_bends_a_network():
    linear = "8x8 -> conv 3 linear -> flatten -> 5 linear -> 2"
    assert found(design(linear), None, "one single matrix").node == "conv_1"
    assert fixed(design(linear), None, "one single matrix").node("conv_1").layer == Conv2D(3)
    flat = "4 -> 3 linear -> batchnorm -> dropout 0.1 -> noise 0.2 -> linear -> 2"
    assert fixed(design(flat), None, "one single matrix").node("hidden_1").layer == Dense(3)
    alone = fixed(design("4 -> batchnorm -> linear -> 2"), None, "one single matrix")
    assert print_design(alone) == "R^4 -> batchnorm -> relu -> R^2 linear"
    for text in (
        linear.replace("conv 3 linear", "conv 3 relu"),
        linear.replace("flatten", "maxpool 2 -> flatten"),
        linear.replace("flatten", "flatten -> batchnorm -> gelu"),
        linear.replace("flatten", "layernorm -> flatten"),
        "8x8 -> flatten -> 2",
        "8x8 -> avgpool 2 -> flatten -> 2",
    ):
        assert "matrix" not in str(check(design(text)))
    unknown = edits.replace_layer(design("4 -> 3 -> 5 linear -> 2"), "hidden_1", Missing("{}"))
    assert "matrix" not in str(check(unknown))


def test_neurons_that_begin_equal():
    project = edits.change_layer(example(), "hidden_1", initializer=Zeros())
    assert "its 3 neurons stay equal" in found(project, SAMPLES, "begin at 0").message
    fixed(project, SAMPLES, "begin at 0")
    maps = design("8x8 -> conv 5 zeros -> flatten -> 2")
    assert "its 5 feature maps stay equal" in found(maps, None, "begin at 0").message
    assert fixed(maps, None, "begin at 0").node("conv_1").layer.initializer == HeUniform()
    assert "begin at 0" not in str(check(design("8x8 -> conv 1 zeros -> flatten -> 2")))


@pytest.mark.parametrize(
    ("text", "node", "sizes"),
    [
        ("6x5 -> conv 3@7x3 -> flatten -> 2", "conv_1", ("7 × 3", "6 × 5")),
        ("6x5 -> conv 3@9x9 pad 1 -> flatten -> 2", "conv_1", ("9 × 9", "8 × 7", "border")),
        ("6x5 -> maxpool 7 -> flatten -> 2", "maxpool_1", ("7 × 7", "6 × 5")),
        ("6x5 -> avgpool 2x6 -> flatten -> 2", "avgpool_1", ("2 × 6", "6 × 5")),
        ("4 -> maxpool 2 -> 2", "maxpool_1", ("channels × height × width", "vector of 4 values")),
        ("4 -> avgpool 2 -> 2", "avgpool_1", ("channels × height × width", "vector of 4 values")),
        ("4 -> globalavgpool -> 2", "globalavgpool_1", ("vector of 4 values",)),
        ("4 -> 9 -> conv 3 -> 2", "conv_1", ("channels × height × width", "vector of 9 values")),
        ("6x5 -> reshape 1x4x4 -> flatten -> 2", "reshape_1", ("16 values", "30 arrive")),
        ("3x6x5 -> 4 -> 2", "hidden_1", ("vector", "image of 3 × 6 × 5", "90 values")),
        ("6x5 -> conv 2@3x3 -> 2 softmax", "output", ("vector", "image of 2 × 4 × 3", "24 values")),
    ],
)
def test_shapes_that_do_not_fit_are_named_at_the_layer(text, node, sizes):
    (problem,) = (p for p in check(design(text)) if p.severity == "error")
    assert problem.node == node
    assert problem.hint
    for part in sizes:
        assert part in str(problem)


def test_a_flatten_layer_is_one_click_away():
    for text, flat in (
        ("6x5 -> conv 2@3x3 -> 2", "6x5 -> conv 2@3x3 relu -> flatten -> R^2 linear"),
        ("6x5 -> 3 -> 2", "6x5 -> flatten -> 3 tanh -> R^2 linear"),
    ):
        project = fixed(design(text), None, "an image of")
        assert print_design(project) == flat
        assert errors(project) == []


def test_t1_batch_size_and_learning_rate():
    project = edits.change_plan(example(), batch_size=5000)
    assert "1400 samples" in found(project, SAMPLES, "batch size").message
    assert fixed(project, SAMPLES, "batch size").plan.batch_size == 1400
    assert found(edits.change_plan(example(), optimizer=Sgd(0.0)), None, "rate of 0").severity == (
        "warning"
    )
    fast = edits.change_plan(example(), optimizer=Adam(1e5, beta1=0.5))
    assert fixed(fast, None, "so large").plan.optimizer == Adam(beta1=0.5)


@pytest.mark.parametrize(
    ("settings", "words", "setting", "severity"),
    [
        (
            {"optimizer": Lbfgs(), "batch_size": 32},
            "L-BFGS uses all samples in every step; the batch size of 32 is not used.",
            "batch_size",
            "advice",
        ),
        ({"optimizer": Rprop()}, "Rprop uses all samples in every step", "batch_size", "advice"),
        (
            {"optimizer": Lbfgs(), "schedule": Steps()},
            "L-BFGS has no learning rate, so the schedule is not used.",
            "schedule",
            "advice",
        ),
        (
            {"optimizer": Rprop(), "schedule": Cosine()},
            "Rprop adapts its step sizes, so the schedule is not used.",
            "schedule",
            "advice",
        ),
        (
            {"optimizer": Rprop(), "clip_value": 1.0},
            "Rprop does not use gradient clipping.",
            "clip_value",
            "advice",
        ),
        (
            {"schedule": WarmUp(20), "epochs": 20},
            "The warm-up takes 20 epochs, but training ends after 20.",
            "schedule",
            "warning",
        ),
        (
            {"schedule": WarmUp(5, then=Cosine(30)), "epochs": 20},
            "its minimum after 35 epochs, but training ends after 20.",
            "schedule",
            "advice",
        ),
        (
            {"schedule": Cosine(30, 0.01), "epochs": 50},
            "after 30 epochs, and little more is learnt until training ends after 50.",
            "schedule",
            "advice",
        ),
        (
            {"schedule": Cosine(30)},
            "After 30 epochs the learning rate is 0",
            "schedule",
            "advice",
        ),
        (
            {"stop_rule": EarlyStopping(9), "epochs": 9},
            "Early stopping waits 9 epochs for a better loss, but training ends after 9.",
            "stop_rule",
            "advice",
        ),
    ],
)
def test_combinations_that_do_nothing_are_told(settings, words, setting, severity):
    project = edits.change_plan(example(), **settings)
    problem = found(project, SAMPLES, words)
    assert (problem.setting, problem.severity, problem.confirms) == (setting, severity, False)
    if problem.fix is not None:
        mended = edits.apply_fix(project, problem.fix)
        left = [p for p in check(mended, SAMPLES) if p.setting == setting]
        assert not left


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": Adam(0.01), "schedule": Plateau(), "stop_rule": EarlyStopping()},
        {"schedule": WarmUp(5, then=Cosine(15)), "epochs": 20, "clip_norm": 1.0},
        {"schedule": Cosine(30, 0.1)},
        {"schedule": Cosine(30, 0.1), "epochs": 50},
        {"optimizer": Sgd(), "schedule": Steps(), "batch_size": 20},
    ],
)
def test_combinations_that_make_sense_are_left_in_peace(settings):
    problems = check(edits.change_plan(example(), **settings), SAMPLES)
    assert [p for p in problems if not p.confirms] == []


def test_memory_counts_what_the_optimizer_needs():
    project = edits.set_design(example(), "4 -> 2000 tanh -> 2000 tanh -> 2")

    def needed(**settings):
        plan = edits.change_plan(project, **settings).plan
        network = project.graph()
        return estimate_memory(
            network, 32, "float32", 0, plan.optimizer, keeps_best=plan.stop_rule.watches
        ).total

    weights = 4 * 2000 * 2000
    assert needed(optimizer=Adam()) - needed(optimizer=Sgd()) > 2 * 3 * weights
    assert needed(stop_rule=EarlyStopping()) - needed() > 3 * weights
    more = needed(optimizer=Lbfgs(memory=30)) - needed(optimizer=Lbfgs(memory=10))
    assert more > 2 * 20 * 2 * weights, "two arrays of float64 for every gradient remembered"
    wide = edits.set_design(example(), "4 -> 400 tanh -> 2")
    many = Samples(np.zeros((400_000, 4)), np.zeros((400_000, 2)), SAMPLES.input_names,
                   SAMPLES.target_names, "regression")  # fmt: skip
    for optimizer, fits in ((Adam(), True), (Lbfgs(), False)):
        plan = edits.change_plan(wide, optimizer=optimizer)
        told = [p for p in check(plan, many, memory=200 * 10**6) if "of memory" in p.message]
        assert (told == []) == fits


def test_a_single_sample_has_no_statistics():
    project = edits.change_plan(design("4 -> 3 -> batchnorm -> 2"), batch_size=1)
    problem = found(project, None, "at least 2 samples")
    assert (problem.severity, problem.node) == ("error", "batchnorm_1")
    assert errors(edits.change_plan(project, batch_size=2)) == []
    assert errors(edits.change_plan(project, optimizer=Lbfgs())) == []
    of_images = design("6x5 -> batchnorm -> flatten -> 2")
    assert errors(edits.change_plan(of_images, batch_size=1)) == []


def test_p15_designs_that_are_being_built():
    assert len(errors(Project())) == 2, "no input, no output"
    unlinked = edits.disconnect(example(), "input", "hidden_1")
    assert "hidden_1" in [p.node for p in check(unlinked) if p.severity == "error"]
    project = example()
    cycle = Project(project.nodes, (*project.links[1:], Link("hidden_1", "hidden_1")))
    assert errors(cycle)
    two = Project(project.nodes, (*project.links, Link("input", "output")))
    assert any("2 links" in text for text in errors(two))
    missing = edits.replace_layer(project, "hidden_1", Missing("{}"))
    assert any("does not know this type" in text for text in errors(missing))
    assert errors(edits.add_node(project, Input((4,)), (0, 900)))
    assert errors(edits.add_node(project, Output(2), (0, 900)))


def test_t4_a_network_that_cannot_fit_is_refused_with_numbers():
    project = edits.set_design(example(), "4 -> 3 -> 1000000 tanh -> 1000 tanh -> 2")
    problem = found(project, SAMPLES, "of memory")
    assert (problem.severity, problem.node) == ("error", "hidden_3")
    assert "GB" in problem.message
    assert "Hidden 3" in problem.message
    assert check(example(), SAMPLES, memory=10**9)[0].severity == "advice"
    assert "60 % of the 100 kB" in str(check(example(), SAMPLES, memory=10**5)[0])


def test_the_machine_says_how_much_memory_is_free():
    assert free_memory() > 10 * 2**20


def test_errors_come_first():
    project = edits.change_plan(design("3 -> 3 linear -> 2"), batch_size=5000)
    severities = [problem.severity for problem in check(project, SAMPLES)]
    assert severities == sorted(severities, key=["error", "warning", "advice"].index)
    assert set(severities) == {"error", "warning", "advice"}


def test_what_has_no_errors_can_be_computed():
    for text in ("4 -> 2", "4 -> 7 relu nobias -> 3 softplus -> 2"):
        project = edits.set_design(example(), text)
        assert errors(project, SAMPLES) == []
        network = Network(project.graph())
        output = network.forward(network.initial(0), np.zeros((5, 4), np.float32))
        assert output.shape == (5, 2)


def some_rows(count):
    return Samples(
        SAMPLES.x[:count],
        SAMPLES.y[:count],
        SAMPLES.input_names,
        SAMPLES.target_names,
        "regression",
    )


def test_a_batch_larger_than_the_data_is_said_but_of_tables_that_train_whole():
    assert "only 14 samples are trained on" in found(example(), some_rows(20), "batch").message
    assert not [p for p in check(example(), some_rows(4)) if "batch" in p.message]


# ------------------------------------------------------------------ layers that need many samples


def normalised(**plan):
    project = edits.insert_on_link(example(), Link("hidden_1", "output"), BatchNorm())
    return edits.change_plan(project, **plan)


@pytest.mark.parametrize("samples", [None, SAMPLES])
def test_batch_normalisation_and_batches_of_one_sample(samples):
    assert errors(normalised(), samples) == []
    problem = found(normalised(batch_size=1), samples, "at least 2 samples")
    assert (problem.severity, problem.node) == ("error", "batchnorm_1")
    assert problem.message == (
        "Batch norm 1 needs at least 2 samples in a mini-batch, and the batch size is 1."
    )
    assert fixed(normalised(batch_size=1), samples, "at least 2").plan.batch_size == 2
    assert errors(normalised(batch_size=1, optimizer=Lbfgs()), samples) == []


def test_batch_normalisation_and_too_few_samples():
    few = Samples(
        SAMPLES.x[:1], SAMPLES.y[:1], SAMPLES.input_names, SAMPLES.target_names, "regression"
    )
    problem = found(normalised(), few, "at least 2 samples")
    assert "there is 1" in problem.message
    assert problem.fix is None


def test_columns_without_spread_before_a_standardise_layer():
    x = SAMPLES.x.copy()
    x[:, 1], x[:, 3] = 5.0, 0.1
    flat = Samples(x, SAMPLES.y, SAMPLES.input_names, SAMPLES.target_names, "regression")
    assert not [p for p in check(example(), flat) if "the same value" in p.message]
    project = edits.insert_on_link(example(), Link("input", "hidden_1"), Standardise())
    problem = found(project, flat, "the same value in all samples")
    assert (problem.severity, problem.node) == ("warning", "standardise_1")
    names = f"{SAMPLES.input_names[1]!r}, {SAMPLES.input_names[3]!r}"
    assert problem.message.startswith(f"{names} have the same value")
    assert "leave them out" in problem.hint
    assert not [p for p in check(project, SAMPLES) if "the same value" in p.message]
    behind = edits.insert_on_link(example(), Link("hidden_1", "output"), Standardise())
    assert not [p for p in check(behind, flat) if "the same value" in p.message]


def test_a_channel_without_spread_is_named_by_its_number():
    x = np.random.default_rng(0).normal(size=(20, 2, 3, 3))
    x[:, 1] = 7.0
    images = Samples(x, np.zeros((20, 1)), (), ("y",), "regression")
    project = edits.set_design(Project(), "2x3x3 -> standardise -> flatten -> 1")
    problem = found(project, images, "the same value in all samples")
    assert problem.message.startswith("'channel 2' has")


@pytest.mark.parametrize(
    ("text", "node", "better"),
    [
        ("4 -> 3 step -> 2", "hidden_1", "tanh"),
        ("4 -> 3 tanh -> 2 step", "output", "linear"),
        ("6x5 -> conv 2@3x3 step -> flatten -> 2", "conv_1", "relu"),
    ],
)
def test_a_step_lets_nothing_learn(text, node, better):
    project = design(text)
    problem = found(project, None, "its derivative is 0")
    assert (problem.severity, problem.node, problem.setting) == ("advice", node, "activation")
    assert not problem.confirms
    mended = fixed(project, None, "its derivative is 0")
    assert mended.node(node).layer.activation.name == better
    assert not [p for p in check(mended) if "derivative" in p.message]
