"""Formulas: what is read, printed and refused."""

import contextlib
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.data.expressions import (
    FUNCTIONS,
    Call,
    Constant,
    Negative,
    Number,
    Operation,
    Variable,
    evaluate,
    expression_from_text,
    show,
)
from neuralbuilder.data.formulas import FormulaDataset, inputs_of, parse_formula, parse_formulas
from neuralbuilder.problems import SettingError, UserError

X = np.random.default_rng(0).uniform(0.1, 2.0, (50, 4))
X1, X2, X3, X4 = X.T


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(x1) + x2*x3", np.sin(X1) + X2 * X3),
        ("x4^2 - x1", X4**2 - X1),
        ("-x1^2", -(X1**2)),
        ("2^-x1", 2**-X1),
        ("x1^x2^x3", X1 ** (X2**X3)),
        ("x1 - x2 - x3", X1 - X2 - X3),
        ("x1/x2/x3", X1 / X2 / X3),
        ("x1**3", X1**3),
        ("x₁·x₂ − x₃² ÷ π", X1 * X2 - X3**2 / np.pi),
        ("x1¹²", X1**12),
        (
            "max(x1, x2, 0.5) + min(x3, x4)",
            np.maximum(np.maximum(X1, X2), 0.5) + np.minimum(X3, X4),
        ),
        ("step(x1 - 1) + sign(x2 - 1)", (X1 >= 1) + np.sign(X2 - 1)),
        ("LN(X1) + log(e)", np.log(X1) + 1),
        ("relu(x1 - 1) + sigmoid(x2)", np.maximum(X1 - 1, 0) + 1 / (1 + np.exp(-X2))),
        (".5e1 + 1.", np.full(50, 6.0)),
        ("(x1 + x2)*(x3 - (x4 - x1))", (X1 + X2) * (X3 - (X4 - X1))),
    ],
)
def test_value(text, expected):
    np.testing.assert_allclose(evaluate(expression_from_text(text, 4), X), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("y1 = sin(x1) + x2*x3", "y₁ = sin(x₁) + x₂·x₃"),
        ("y2=x4^2-x1", "y₂ = x₄² − x₁"),
        ("(x1+x2)*x3", "y₁ = (x₁ + x₂)·x₃"),
        ("speed = x1/(x2*x3)", "speed = x₁/(x₂·x₃)"),
        ("(-x1)^2 - (-x2)", "y₁ = (−x₁)² − (−x₂)"),
        ("x1^(x2+1)", "y₁ = x₁^(x₂ + 1)"),
    ],
)
def test_pretty(text, shown):
    assert str(parse_formula(text)) == shown


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("", 1, "the formula ends, but a number"),
        ("y1 =", 5, "the formula ends"),
        ("x1 + ", 6, "the formula ends"),
        ("sin x1", 5, "an opening ( after sin"),
        ("(x1 + 2", 8, "a closing )"),
        ("x1 x2", 4, "an operator"),
        ("2x1", 2, "an operator"),
        ("sin(x1, x2)", 7, "sin takes one argument"),
        ("max(x1)", 7, "two or more"),
        ("x1 + foo", 6, "'foo' is not known"),
        ("x5", 1, "there are only x1 to x4"),
        ("x0", 1, "there are only x1 to x4"),
        ("x + 1", 1, "x needs a number"),
        ("x99999999999999999999", 1, "there are only"),
        ("1e999", 1, "too large"),
        ("x1 = 2", 1, "cannot be the name"),
        ("sin = 2", 1, "cannot be the name"),
        ("y1 = y2 = 3", 6, "'y2' is not known"),
        ("x1 $ 2", 4, "has no place"),
        ("x1\x00", 3, "U+0000 has no place"),
    ],
)
def test_error_names_formula_and_column(text, column, expected):
    with pytest.raises(SettingError) as caught:
        parse_formula(text, 3, inputs=4)
    assert caught.value.setting == "formulas"
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.formula, copy.column, copy.message) == (3, column, caught.value.message)
    assert caught.value.message.startswith(f"Formula 3, column {column}:")
    assert expected in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "().__class__",
        "x1.real",
        "lambda: 0",
        "[1]",
        "(" * 900 + "x1" + ")" * 90,
        "-" * 999 + "1",
        "+".join(["x1"] * 400),
        "sin(" * 200 + "x1" + ")" * 200,
        "1" * 5000,
        "2^" * 400 + "2",
        "`id`",
        "exec('1')",
    ],
)
def test_hostile_text_is_refused(text):
    with pytest.raises(UserError):
        parse_formula(text)


def test_gigantic_power_is_refused_when_it_is_computed():
    with pytest.raises(UserError, match="has no value or exceeds 1e\\+100 for 2000 of 2000"):
        FormulaDataset(("10**10**10",)).load()


def test_a_lone_x_is_the_first_input():
    for inputs in (None, 1):
        tree = parse_formula("y = 2*x", inputs=inputs).expression
        np.testing.assert_array_equal(evaluate(tree, X[:, :1]), 2 * X[:, 0])
    with pytest.raises(UserError, match="x needs a number"):
        parse_formula("y = 2*x", inputs=2)


@given(st.text(max_size=60))
def test_no_text_crashes(text):
    with contextlib.suppress(UserError):
        parse_formula(text)


@given(st.text(alphabet="x123sin(+-*/^.,)e =²", max_size=40))
def test_no_likely_text_crashes(text):
    with contextlib.suppress(UserError):
        tree = parse_formula(text, inputs=4).expression
        assert evaluate(tree, X).shape == (50,)


def _calls(inner):
    single = [name for name in FUNCTIONS if name not in ("min", "max")]
    return st.builds(lambda name, a: Call(name, (a,)), st.sampled_from(single), inner) | st.builds(
        lambda name, a: Call(name, tuple(a)),
        st.sampled_from(["min", "max"]),
        st.lists(inner, min_size=2, max_size=3),
    )


TREES = st.recursive(
    st.builds(Number, st.floats(min_value=0, allow_infinity=False, allow_nan=False))
    | st.builds(Constant, st.sampled_from(["pi", "e"]))
    | st.builds(Variable, st.integers(1, 4)),
    lambda inner: (
        st.builds(Negative, inner)
        | st.builds(Operation, st.sampled_from("+-*/^"), inner, inner)
        | _calls(inner)
    ),
    max_leaves=12,
)


@given(TREES)
def test_printed_expressions_read_back_as_the_same_tree(tree):
    assert expression_from_text(show(tree), 4) == tree


def test_formulas_are_separated_by_semicolons_or_lines():
    assert parse_formulas("y1 = x1; y2 = x2\n\n y3=1 ;") == ("y1 = x1", "y2 = x2", "y3=1")
    with pytest.raises(UserError, match="no formula"):
        parse_formulas(" ; ")
    with pytest.raises(UserError, match="Formula 2, column 1"):
        parse_formulas("x1; ?")
    assert inputs_of(("x3", "x1")) == 3
    assert inputs_of(("1",)) == 1


def test_default_dataset_is_four_inputs_to_two_outputs():
    samples = FormulaDataset(noise=0.0).load()
    assert samples.x.shape == (2000, 4)
    assert samples.task == "regression"
    assert samples.input_names == ("x1", "x2", "x3", "x4")
    assert samples.target_names == ("y1", "y2")
    x1, x2, x3, x4 = samples.x.T
    np.testing.assert_allclose(samples.y, np.stack([np.sin(x1) + x2 * x3, x4**2 - x1], axis=1))
    assert samples.x.min() >= -2
    assert samples.x.max() <= 2


def test_noise_is_a_share_of_the_spread_and_leaves_the_points():
    clean = FormulaDataset(noise=0.0, samples=20_000).load()
    noisy = FormulaDataset(noise=0.1, samples=20_000).load()
    np.testing.assert_array_equal(clean.x, noisy.x)
    share = (noisy.y - clean.y).std(axis=0) / clean.y.std(axis=0)
    np.testing.assert_allclose(share, 0.1, rtol=0.05)


def test_equal_seeds_equal_samples():
    a, b, c = (FormulaDataset(seed=seed).load() for seed in (3, 3, 4))
    np.testing.assert_array_equal(a.y, b.y)
    assert (a.x != c.x).any()


def test_points_without_a_value_are_counted_and_the_remedy_is_named():
    with pytest.raises(UserError, match=r"Formula 2 \(y2\) has no value .* of 2000 samples") as e:
        FormulaDataset(("x1", "log(x1)")).load()
    assert "Change the range" in e.value.hint
    assert FormulaDataset(("log(x1)",), low=0.1, inputs=1).load().count == 2000
    with pytest.raises(UserError, match="no value"):
        FormulaDataset(("1/(x1-x1)",)).load()


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"formulas": ()}, "formulas"),
        ({"formulas": ("x1",) * 65}, "formulas"),
        ({"formulas": ("y1 = x1", "y1 = x2")}, "formulas"),
        ({"inputs": 3}, "formulas"),
        ({"inputs": 0}, "inputs"),
        ({"low": 2.0}, "low"),
        ({"samples": 1}, "samples"),
        ({"noise": float("nan")}, "noise"),
        ({"seed": -1}, "seed"),
    ],
)
def test_settings_are_checked(settings, setting):
    with pytest.raises(SettingError) as caught:
        FormulaDataset(**settings)
    assert caught.value.setting == setting


def test_too_many_values_are_refused_with_numbers():
    with pytest.raises(UserError, match="101 million"):
        FormulaDataset(("x1",), inputs=100, samples=1_000_000).load()
