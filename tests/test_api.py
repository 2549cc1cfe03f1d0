"""The Python interface, as somebody who knows scikit-learn would use it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import neuralbuilder as nb
from neuralbuilder.data.bundled import Iris
from neuralbuilder.data.planes import Spiral
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.engine.optimizers import Momentum
from neuralbuilder.engine.schedules import Plateau
from neuralbuilder.project import files
from neuralbuilder.project.checks import check

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 4))
Y = np.stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]], axis=1)
IRIS = Iris().load()
FLOWERS = (IRIS.x - IRIS.x.mean(axis=0)) / IRIS.x.std(axis=0)


ONE_BAD_ROW = np.eye(3)[[0] * 200]
ONE_BAD_ROW[7, 1] = 1


def softmax():
    return nb.Network("4 -> 3 softmax")


def regressor(**settings):
    return nb.Network("4 -> 3 tanh -> 2", **settings)


def test_a_network_in_one_line():
    net = regressor(seed=0)
    assert net.design == "R^4 -> 3 tanh -> R^2 linear"
    assert {name: array.shape for name, array in net.parameters.items()} == {
        "hidden_1/W": (4, 3),
        "hidden_1/b": (3,),
        "output/W": (3, 2),
        "output/b": (2,),
    }
    assert net.predict(X).shape == (200, 2)
    assert net.predict(X).dtype == np.float32
    assert repr(net) == "Network('R^4 -> 3 tanh -> R^2 linear')"


def test_fit_returns_the_network_and_lowers_the_loss():
    net = regressor()
    before = net.loss_and_gradients(X, Y)[0]
    assert net.fit(X, Y, epochs=60, batch_size=20, learning_rate=0.02) is net
    assert net.loss_and_gradients(X, Y)[0] < before / 2
    assert net.history["loss/train"].shape[1] == 2


def test_equal_seeds_give_equal_numbers_and_others_do_not():
    first, second = (regressor(seed=3).fit(X, Y, epochs=3).predict(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, regressor(seed=4).fit(X, Y, epochs=3).predict(X))


def test_fitting_twice_is_fitting_on():
    once = regressor().fit(X, Y, epochs=10)
    twice = regressor().fit(X, Y, epochs=4).fit(X, Y, epochs=6)
    np.testing.assert_array_equal(once.predict(X), twice.predict(X))


def test_a_standardise_layer_measures_the_data_once():
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 3)) * (1.0, 10.0, 0.1) + (0.0, 50.0, -2.0)
    y = x @ [[0.5], [0.1], [3.0]]
    net = nb.Network("3 -> standardise -> 1", seed=0, precision="float64")
    net.fit(x, y, epochs=1)
    found = {name.partition("/")[2]: v.copy() for name, v in net.parameters.items()}
    np.testing.assert_allclose(found["mean"], x.mean(axis=0))
    np.testing.assert_allclose(found["deviation"], x.std(axis=0))
    net.fit(x + 100, y, epochs=1)
    after = {name.partition("/")[2]: v for name, v in net.parameters.items()}
    np.testing.assert_array_equal(after["mean"], found["mean"])


def test_fitting_twice_with_a_schedule_and_a_stop_rule_is_fitting_on():
    settings = {"validation": 0.2, "schedule": Plateau(patience=0), "early_stopping": 50}
    once = regressor().fit(X, Y, epochs=10, **settings)
    twice = regressor().fit(X, Y, epochs=4, **settings).fit(X, Y, epochs=6, **settings)
    np.testing.assert_array_equal(once.predict(X), twice.predict(X))
    # Other data have other losses: what was best before is forgotten, and nothing stops at once.
    far = 1000 * Y
    assert twice.fit(X, far, epochs=3, early_stopping=2, validation=0.2).stopped == ""


def test_early_stopping_brings_the_best_weights_back_and_says_so():
    net = nb.Network("4 -> 40 tanh -> 2")
    few = slice(0, 40)
    net.fit(X[few], Y[few], epochs=3000, learning_rate=0.05, validation=0.3, early_stopping=15)
    assert "has not improved for 15 epochs" in net.stopped
    losses = net.history["loss/validation"]
    assert losses[-1, 1] == pytest.approx(losses[:, 1].min(), rel=1e-5)
    assert net.fit(X[few], Y[few], epochs=1).stopped == ""


def test_lbfgs_from_python():
    fast = regressor().fit(X, Y, epochs=20, optimizer="lbfgs")
    slow = regressor().fit(X, Y, epochs=20, optimizer="sgd")
    assert fast.loss_and_gradients(X, Y)[0] < 0.7 * slow.loss_and_gradients(X, Y)[0]


def test_clipping_and_schedules_from_python():
    clipped = regressor().fit(X, Y, epochs=2, optimizer="sgd", clip_norm=1e-6)
    np.testing.assert_allclose(clipped.predict(X), regressor().predict(X), atol=1e-4)
    plain, scheduled = (
        regressor().fit(X, Y, epochs=3, optimizer="sgd", schedule=name)
        for name in ("constant", "exponential")
    )
    assert not np.array_equal(plain.predict(X), scheduled.predict(X))


def test_the_prediction_is_what_the_formula_says():
    net = nb.Network("4 -> 3 tanh -> 2", seed=1, precision="float64")
    p = net.parameters
    expected = np.tanh(X @ p["hidden_1/W"] + p["hidden_1/b"]) @ p["output/W"] + p["output/b"]
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-12, atol=1e-12)
    assert net.loss_and_gradients(X, Y)[0] == pytest.approx(np.mean((expected - Y) ** 2), 1e-12)


def test_gradients_are_those_of_the_loss():
    net = nb.Network("4 -> 3 tanh -> 2", precision="float64")
    _, gradients = net.loss_and_gradients(X, Y)
    weight, step = net.parameters["hidden_1/W"], 1e-6
    weight[2, 1] += step
    above = net.loss_and_gradients(X, Y)[0]
    weight[2, 1] -= 2 * step
    below = net.loss_and_gradients(X, Y)[0]
    assert gradients["hidden_1/W"][2, 1] == pytest.approx((above - below) / (2 * step), rel=1e-6)


def test_parameters_are_the_network_itself():
    net = regressor()
    for array in net.parameters.values():
        array[...] = 0
    net.parameters["output/b"][...] = [1, 2]
    np.testing.assert_array_equal(net.predict(X[:1]), [[1, 2]])
    trained = net.fit(X, Y, epochs=1, optimizer="sgd", learning_rate=0.0)
    np.testing.assert_array_equal(trained.predict(X[:1]), [[1, 2]])


def test_classes_as_numbers_or_as_columns():
    by_number = nb.Network("4 -> 8 tanh -> 3 softmax").fit(FLOWERS, IRIS.labels, epochs=80)
    by_column = nb.Network("4 -> 8 tanh -> 3 softmax").fit(FLOWERS, IRIS.y, epochs=80)
    np.testing.assert_array_equal(by_number.predict(FLOWERS), by_column.predict(FLOWERS))
    probabilities = by_number.predict(FLOWERS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert np.mean(probabilities.argmax(axis=1) == IRIS.labels) >= 0.95


@pytest.mark.parametrize(
    ("output", "loss"),
    [("3", "hinge"), ("3 softmax", "mse"), ("3 softmax", "mae"), ("3 softmax", "huber")],
)
def test_classes_as_numbers_with_other_losses(output, loss):
    by_number, by_column = (
        nb.Network(f"4 -> 8 tanh -> {output}").fit(FLOWERS, y, epochs=80, loss=loss)
        for y in (IRIS.labels, IRIS.y)
    )
    np.testing.assert_array_equal(by_number.predict(FLOWERS), by_column.predict(FLOWERS))
    assert np.mean(by_number.predict(FLOWERS).argmax(axis=1) == IRIS.labels) >= 0.9


def test_shares_of_classes_are_targets_too():
    shares = np.full((200, 3), 1 / 3)
    net = softmax().fit(X, shares.astype(np.float16), epochs=60, learning_rate=0.05)
    np.testing.assert_allclose(net.predict(X), shares, atol=0.05)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_yes_or_no_on_one_sigmoid(shape):
    answers = (IRIS.labels == 0).reshape(shape)
    net = nb.Network("4 -> 4 tanh -> 1 sigmoid").fit(FLOWERS, answers, epochs=60, validation=0.2)
    assert np.mean((net.predict(FLOWERS) > 0.5).ravel() == answers.ravel()) == 1
    assert "accuracy/validation" in net.history


def test_a_single_output_takes_a_flat_target():
    net = nb.Network("4 -> 5 tanh -> 1").fit(X, Y[:, 0], epochs=40, optimizer=Momentum(0.05))
    assert net.predict(X).shape == (200, 1)
    assert net.loss_and_gradients(X, Y[:, 0])[0] < 0.2


def edges(count=120):
    """Images of 6 × 6 with one bright row or one bright column; which of the two is the class."""
    random = np.random.default_rng(5)
    x = random.normal(0, 0.1, size=(count, 1, 6, 6))
    y = random.integers(0, 2, size=count)
    for image, vertical, place in zip(x[:, 0], y, random.integers(0, 6, size=count), strict=True):
        (image.T if vertical else image)[place] += 1
    return x, y


def test_a_network_that_reads_images(tmp_path):
    x, y = edges()
    text = "6x6 -> conv 4@3x3 relu pad same -> maxpool 2 -> flatten -> 2 softmax"
    net = nb.Network(text, seed=1)
    assert net.design == text.replace("2 softmax", "R^2 softmax")
    assert net.parameters["conv_1/W"].shape == (4, 1, 3, 3)
    net.fit(x, y, epochs=60, learning_rate=0.01)
    assert net.predict(x).shape == (120, 2)
    assert np.mean(net.predict(x).argmax(axis=1) == y) > 0.95
    net.save(tmp_path / "edges.nbnet")
    assert np.array_equal(nb.load(tmp_path / "edges.nbnet").predict(x), net.predict(x))


def test_gradients_of_a_network_that_reads_images():
    x, y = edges(7)
    net = nb.Network(
        "6x6 -> conv 3@3x3 tanh -> avgpool 2 -> flatten -> 2 softmax", seed=2, precision="float64"
    )
    loss, gradients = net.loss_and_gradients(x, y)
    assert {name: g.shape for name, g in gradients.items()} == {
        name: p.shape for name, p in net.parameters.items()
    }
    step = 1e-6
    weights = net.parameters["conv_1/W"]
    for place in ((0, 0, 0, 0), (2, 0, 1, 2)):
        before = weights[place]
        weights[place] = before + step
        above = net.loss_and_gradients(x, y)[0]
        weights[place] = before - step
        below = net.loss_and_gradients(x, y)[0]
        weights[place] = before
        assert (above - below) / (2 * step) == pytest.approx(
            gradients["conv_1/W"][place], rel=1e-5, abs=1e-9
        )
    assert net.loss_and_gradients(x, y)[0] == loss


def test_images_of_another_shape_are_refused():
    net = nb.Network("3x4x5 -> flatten -> 2")
    with pytest.raises(ValueError, match=r"\(samples, 3, 4, 5\)"):
        net.predict(np.zeros((2, 60)))
    with pytest.raises(ValueError, match="Flatten"):
        nb.Network("3x4x5 -> 2")
    with pytest.raises(ValueError, match=r"Column 10: .*Did you mean maxpool"):
        nb.Network("3x4x5 -> maxpol 2 -> 2")


def test_save_and_load(tmp_path):
    net = regressor().fit(X, Y, epochs=5)
    net.parameters["output/b"][0] = 0.25
    net.save(tmp_path / "net.nbnet")
    again = nb.load(tmp_path / "net.nbnet")
    np.testing.assert_array_equal(again.predict(X), net.predict(X))
    assert again.design == net.design
    net.fit(X, Y, epochs=5)
    again.fit(X, Y, epochs=5)
    np.testing.assert_array_equal(again.predict(X), net.predict(X))
    document = files.load(tmp_path / "net.nbnet")
    np.testing.assert_array_equal(document.samples.x, X)
    errors = [p for p in check(document.project, document.samples) if p.severity == "error"]
    assert errors == []


def test_a_network_trained_in_the_window_scales_by_itself(tmp_path):
    from neuralbuilder.cli.work import train
    from neuralbuilder.project.examples import new_project

    samples = Spiral(noise=0.0).load()
    document = files.Document(new_project("2 -> 8 tanh -> 2", Spiral(noise=0.0), samples))
    result = train(document, 3, None, lambda trainer: None)
    files.save(tmp_path / "spiral.nbnet", result.document)
    net = nb.load(tmp_path / "spiral.nbnet")
    right = np.mean(net.predict(samples.x).argmax(axis=1) == samples.labels)
    train_part = result.metrics["accuracy/train"]
    assert right == pytest.approx(train_part, abs=0.1)


# ------------------------------------------------------------------ what cannot be done


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nb.Network("4 -> 3 tahn -> 2"), r"Column 8.*tanh\?"),
        (lambda: nb.Network("4 -> 3 -> 2", precision="half"), "Precision"),
        (lambda: nb.Network("4 -> 3 -> 2", seed=-1), "Seed"),
        (lambda: regressor().predict(X[:, :3]), r"x has shape \(200, 3\).*\(samples, 4\)"),
        (lambda: regressor().predict(X[0]), r"x has shape \(4,\)"),
        (lambda: regressor().predict(3), "single number"),
        (lambda: regressor().predict([["a"] * 4]), "not an array of numbers"),
        (lambda: regressor().predict([[1, 2, 3, np.nan]]), "NaN.*row 0"),
        (lambda: regressor().fit(X, Y[:, :1]), r"y has shape \(200, 1\).*\(samples, 2\)"),
        (lambda: regressor().fit(X, Y[:9]), r"200 samples and y has 9.*\(9, 2\)"),
        (lambda: regressor().fit(X[:1], Y[:1]), "^1 sample is too few; give at least 2"),
        (lambda: regressor().fit(X[:0], Y[:0]), "^0 samples are too few"),
        (lambda: regressor().fit(X + 1j, Y), "x is not an array of numbers: .*complex"),
        (lambda: regressor().fit(X, (Y + 1j).tolist()), "y is not an array of numbers: .*complex"),
        (lambda: regressor().fit(X, Y, optimizer="adm"), "sgd, momentum"),
        (lambda: regressor().fit(X, Y, optimizer=3), "optimizer"),
        (lambda: regressor().fit(X, Y, loss="cross"), "mse"),
        (lambda: regressor().fit(X, Y, loss=Momentum()), "loss"),
        (lambda: regressor().fit(X, Y, loss="categorical_cross_entropy"), "needs a softmax"),
        (lambda: nb.Network("9 -> 900000 -> 900000 -> 1"), "TB of memory.*Hidden 2"),
        (lambda: nb.Network("3x8x8 -> 1"), "vector"),
        (lambda: nb.Network("4x4 -> conv 3@9x9 -> flatten -> 2"), "^conv_1: .*kernel"),
        (lambda: regressor().fit(X, Y, epochs=-1), "epochs"),
        (lambda: regressor().fit(X, Y, epochs=2.5), "epochs"),
        (lambda: regressor().fit(X, Y, batch_size=0), "Batch size"),
        (lambda: regressor().fit(X, Y, learning_rate=-1), "Learning rate"),
        (lambda: regressor().fit(X, Y, validation=1.5), "Validation"),
        (
            lambda: regressor().fit(X, Y, optimizer="lbfgs", learning_rate=0.1),
            r"L-BFGS has no learning rate\. Leave learning_rate out\.",
        ),
        (lambda: regressor().fit(X, Y, schedule="cos"), "cosine, plateau"),
        (lambda: regressor().fit(X, Y, schedule=Momentum()), "schedule"),
        (lambda: regressor().fit(X, Y, early_stopping=0), "Patience"),
        (lambda: regressor().fit(X, Y, early_stopping="early"), "Patience"),
        (lambda: regressor().fit(X, Y, clip_norm=-1.0), "Clip norm"),
        (lambda: regressor().fit(X, Y, clip_value=float("nan")), "Clip values"),
        (lambda: nb.Network("4 -> 3 softmax").fit(X, np.full(200, 3)), "from 0 to 2"),
        (lambda: nb.Network("4 -> 3 softmax").fit(X, np.full(200, 0.5)), "class numbers"),
        (lambda: nb.Network("4 -> 1 sigmoid").fit(X, np.full(200, 7)), "between 0 and 1"),
        (lambda: softmax().fit(X, np.ones((200, 3))), "Row 0 of y adds up to 3.*class numbers"),
        (lambda: softmax().fit(X, np.zeros((200, 3))), "Row 0 of y adds up to 0"),
        (lambda: softmax().fit(X, np.full((200, 3), 0.1)), "Row 0 of y adds up to 0.3"),
        (lambda: softmax().fit(X, ONE_BAD_ROW), "Row 7 of y adds up to 2"),
        (lambda: softmax().fit(X, 2 * np.eye(3)[[0] * 200]), "0 to 2; .* in row 0"),
        (lambda: softmax().loss_and_gradients(X, np.ones((200, 3))), "Row 0 of y adds up to 3"),
        (lambda: regressor().fit(X, Y, loss="hinge"), "Hinge compares probabilities"),
        (lambda: regressor().fit(X, np.ones((200, 2)), loss="hinge"), "Row 0.*Hinge needs"),
        (lambda: regressor().fit(X, np.full(200, 2), loss="hinge"), "from 0 to 1"),
        (lambda: regressor().fit(X, np.ones(200)), r"y has shape \(200,\).* with 2 softmax"),
        (lambda: regressor().fit(X, ["a", "b"] * 100), "For classes, end the network with a"),
        (lambda: nb.load("no such file.nbnet"), "no such file"),
    ],
)
def test_a_value_error_says_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_outputs_that_are_no_numbers_are_told_with_their_row():
    net = regressor()
    net.parameters["output/W"][...] = 3e38
    x = np.zeros((5, 4))
    assert np.isfinite(net.predict(x)).all()
    x[3:] = 10.0
    with pytest.raises(ValueError, match="infinite or not a number, first for row 3 of x"):
        net.predict(x)
    with pytest.raises(ValueError, match="first for row 1"):
        regressor().predict(np.stack([X[0], np.full(4, 1e300)]))


def test_a_file_with_weights_that_are_no_numbers_is_refused(tmp_path):
    net = regressor().fit(X, Y, epochs=1)
    net.save(tmp_path / "good.nbnet")
    assert nb.load(tmp_path / "good.nbnet").notices == ()
    net.parameters["hidden_1/W"][0, 0] = np.nan
    net.save(tmp_path / "bad.nbnet")
    with pytest.raises(ValueError, match=r"bad\.nbnet: hidden_1/W hold.*--seed 0"):
        nb.load(tmp_path / "bad.nbnet")


def test_what_was_odd_about_a_file_can_be_read(tmp_path):
    path = tmp_path / "a.nbnet"
    regressor().fit(X, Y, epochs=1).save(path)
    document = files.load(path)
    short = replace(document.state, optimizer={"first_moment": np.zeros(3, np.float32)})
    path.write_bytes(files.to_bytes(replace(document, state=short)))
    assert "The optimizer starts afresh" in nb.load(path).notices[0]


def test_the_gradients_are_those_of_prediction():
    net = nb.Network("4 -> 8 tanh -> batchnorm -> dropout 0.5 -> 2", precision="float64")
    net.fit(X, Y, epochs=1)
    loss, gradients = net.loss_and_gradients(X, Y)
    assert loss == pytest.approx(np.mean((net.predict(X) - Y) ** 2))
    statistics = [name for name in gradients if name.startswith("batchnorm") and "mean" in name]
    assert statistics
    assert not any(gradients[name].any() for name in statistics)


def test_parts_with_settings_of_their_own():
    fitted = [
        regressor().fit(
            X, Y, epochs=3, validation=0.2, optimizer=optimizer, loss=loss, schedule=schedule,
            early_stopping=nb.stopping.EarlyStopping(patience=5),
        )
        for optimizer, loss, schedule in (
            (nb.optimizers.Adam(beta1=0.5), nb.losses.Huber(0.1), nb.schedules.Cosine(3)),
            ("adam", "huber", "cosine"),
        )
    ]  # fmt: skip
    assert not np.array_equal(*(net.predict(X) for net in fitted))
    with pytest.raises(ValueError, match=r"cannot be 2\.0"):
        nb.optimizers.Adam(beta1=2.0)


def test_a_failed_fit_changes_nothing():
    net = regressor().fit(X, Y, epochs=2)
    before = net.predict(X)
    with pytest.raises(ValueError, match="shape"):
        net.fit(X, Y[:, :1], epochs=2)
    np.testing.assert_array_equal(net.predict(X), before)


def test_diverging_is_told_and_keeps_good_weights():
    net = nb.Network("4 -> 8 tanh -> 2").fit(X, Y, epochs=50, learning_rate=0.01)
    good = net.loss_and_gradients(X, Y)[0]
    with pytest.raises(FloatingPointError):
        net.fit(X, Y, epochs=50, optimizer="sgd", learning_rate=1000.0)
    loss = net.loss_and_gradients(X, Y)[0]
    assert loss <= 10 * good
    assert net.history["loss/train"][-1, 1] == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize(
    ("precision", "factor", "remedy"),
    [("float32", 1e25, "rescale them, or use float64"), ("float64", 1e200, r"rescale them\.$")],
)
def test_numbers_that_are_too_large_are_told_apart_from_steps_that_are(precision, factor, remedy):
    net = regressor(precision=precision)
    with pytest.raises(FloatingPointError, match=r"cannot start: the loss .* before any") as caught:
        net.fit(X, Y * factor)
    assert "learning rate" not in str(caught.value)
    with pytest.raises(FloatingPointError, match=remedy):
        net.fit(X, Y * factor)


def test_the_layer_that_runs_away_first_is_called_by_its_name():
    net = nb.Network("4 -> 8 relu -> 5 relu -> 2")
    with pytest.raises(FloatingPointError, match=r"the sums z of (Hidden \d|Output)"):
        net.fit(X, Y, epochs=50, optimizer="sgd", learning_rate=30.0)


def test_loss_by_part_or_by_name():
    net = nb.Network("4 -> 3 softmax")
    by_name = net.loss_and_gradients(X, np.eye(3)[[0] * 200], loss="mse")[0]
    assert by_name == net.loss_and_gradients(X, np.eye(3)[[0] * 200], loss=MeanSquaredError())[0]


WATCHES_THREADS = """
import os
from dataclasses import dataclass
import numpy as np
from threadpoolctl import threadpool_info
import neuralbuilder as nb
from neuralbuilder.engine.schedules import Constant

def threads():
    return max(p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas")

seen = set()

@dataclass(frozen=True)
class Watching(Constant):
    def factor(self, epoch, memory):
        seen.add(threads())
        return 1.0

before = threads()
net = nb.Network("4 -> 3 tanh -> 2")
net.fit(np.ones((9, 4)), np.ones((9, 2)), epochs=2, schedule=Watching())
print(before, *seen, threads())
"""


@pytest.mark.parametrize(("given", "expected"), [("", (None, 1, None)), ("2", (2, 2, 2))])
def test_training_leaves_the_other_cores_alone_unless_it_is_told_otherwise(given, expected):
    variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in variables}
    if given:
        environment["OPENBLAS_NUM_THREADS"] = given
    done = subprocess.run(
        [sys.executable, "-c", WATCHES_THREADS],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(nb.__file__).parents[1],
        env=environment,
    )
    before, within, after = map(int, done.stdout.split())
    assert before == after
    for found, wanted in zip((before, within, after), expected, strict=True):
        assert wanted is None or found == min(wanted, os.cpu_count() or 1)


def test_importing_is_quick_and_quiet():
    code = (
        "import sys, neuralbuilder; print(sorted({'numpy', 'click', 'PySide6'} & set(sys.modules)))"
    )
    folder = Path(nb.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="nothing"):
        nb.nothing  # noqa: B018


def test_fit_notes_what_never_changes_and_what_cannot_learn():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(60, 4)), random.normal(size=(60, 2))
    net = nb.Network("4 -> 3 tanh -> 2", seed=0)
    assert net.notes == ()
    assert net.fit(x, y, epochs=1).notes == ()
    x[:, 1], y[:, 0] = 5.0, 2.0
    first, second = net.fit(x, y, epochs=1).notes
    assert first.startswith("Inputs with the same value in all rows: 'x2'.")
    assert second.startswith("Targets with the same value in all rows: 'y1'.")
    stepping = nb.Network("4 -> standardise -> 3 step -> 2", seed=0).fit(x, y, epochs=0)
    assert any("Standardise 1 cannot scale it" in note for note in stepping.notes)
    assert any("its derivative is 0" in note for note in stepping.notes)
    one_class = nb.Network("4 -> 3 softmax").fit(x, np.ones(len(x)), epochs=0)
    assert "All samples are of one class, 'class 1': there is nothing to tell apart." in (
        one_class.notes
    )
