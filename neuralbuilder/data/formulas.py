"""A function R^n → R^m typed as formulas, one per output."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralbuilder.data.expressions import (
    ALIASES,
    CONSTANTS,
    FUNCTIONS,
    Expression,
    evaluate,
    largest_variable,
    parse_expression,
    show,
    subscripted,
)
from neuralbuilder.data.samples import Array, Dataset, Samples
from neuralbuilder.data.tokens import FormulaError, Token, tokens
from neuralbuilder.parts import integer, lines, number, register
from neuralbuilder.problems import SettingError, UserError

MAXIMUM_CELLS = 20_000_000
MAXIMUM_FORMULAS = 64
MAXIMUM_VALUE = 1e100


class BadFormula(SettingError):
    """A formula cannot be read; `formula` and `column` say where, both counted from 1."""

    def __init__(self, message: str, hint: str, formula: int, column: int) -> None:
        super().__init__("formulas", message, hint)
        self.formula = formula
        self.column = column

    def __reduce__(self) -> tuple[type[SettingError], tuple[Any, ...]]:
        return BadFormula, (self.message, self.hint, self.formula, self.column)


@dataclass(frozen=True)
class Formula:
    """One output: its name and the expression that gives its value."""

    name: str
    expression: Expression

    def __str__(self) -> str:
        return f"{subscripted(self.name)} = {show(self.expression)}"


def parse_formula(text: str, position: int = 1, inputs: int | None = None) -> Formula:
    """The formula in a text such as ``y1 = sin(x1) + x2*x3``; the name before = may be left out.

    `position` is its place among the formulas (from 1) and names a nameless output y1, y2 …;
    `inputs` is the number of inputs where it is known. Raises `BadFormula` that names the formula
    and the column.
    """
    try:
        words = tokens(text)
        name, start = _name(words, position)
        return Formula(name, parse_expression(words[start:], inputs))
    except FormulaError as error:
        place = f"Formula {position}, column {error.column}"
        raise BadFormula(f"{place}: {error.message}.", error.hint, position, error.column) from None


def _name(words: list[Token], position: int) -> tuple[str, int]:
    """The name of the output and the index of the first word after ``name =``."""
    if len(words) < 2 or words[1].kind != "=":
        return f"y{position}", 0
    first = words[0]
    taken = first.text.lower() in {*FUNCTIONS, *CONSTANTS, *ALIASES}
    if first.kind != "name" or taken or re.fullmatch(r"x_?[0-9]*", first.text.lower()):
        raise FormulaError(f"{first.text!r} cannot be the name of an output", first.column,
                           f"Write y{position} = … or leave the name out.")  # fmt: skip
    return first.text, 2


def parse_formulas(text: str) -> tuple[str, ...]:
    """The formulas in a text that separates them by ; or line ends, checked one by one.

    Raises `UserError` that names formula and column, or says that there is none.
    """
    found = tuple(part.strip() for part in re.split(r"[;\n]", text) if part.strip())
    if not found:
        raise UserError("There is no formula.", 'Write for example "y1 = sin(x1) + x2*x3".')
    _parsed(found, None)
    return found


def inputs_of(formulas: tuple[str, ...]) -> int:
    """The number of inputs that these formulas need: the highest x there is, at least 1."""
    return max(1, *(largest_variable(parsed.expression) for parsed in _parsed(formulas, None)))


def _parsed(formulas: tuple[str, ...], inputs: int | None) -> tuple[Formula, ...]:
    parsed = tuple(parse_formula(text, i, inputs) for i, text in enumerate(formulas, start=1))
    names = [formula.name for formula in parsed]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise SettingError(
                "formulas",
                f"Formula {i + 1}: the name {name} is already taken by formula "
                f"{names.index(name) + 1}.",
                "Give every output its own name.",
            )
    return parsed


@register("formula", "Formula", "f: ℝⁿ → ℝᵐ")
@dataclass(frozen=True)
class FormulaDataset(Dataset):
    """A function you type, one formula per output, sampled at random points.

    Every input is drawn evenly between the lowest and the highest value. The noise is normally
    distributed; its standard deviation is the given share of the standard deviation of the
    output.
    """

    group = "Formula"

    formulas: tuple[str, ...] = lines(
        ("y1 = sin(x1) + x2*x3", "y2 = x4^2 - x1"),
        "Formulas",
        help="One output per line, in x1, x2 …: + - * / ^ and functions such as sin, exp, max.",
    )
    inputs: int = integer(4, "Inputs", minimum=1, maximum=100, help="The number of inputs x1, x2 …")
    samples: int = integer(
        2000, "Samples", minimum=2, maximum=1_000_000, help="How many points are drawn."
    )
    low: float = number(
        -2.0, "Lowest x", minimum=-1e6, maximum=1e6, help="Every input is drawn from here upwards."
    )
    high: float = number(
        2.0,
        "Highest x",
        minimum=-1e6,
        maximum=1e6,
        help="Every input is drawn from here downwards.",
    )
    noise: float = number(
        0.05,
        "Noise",
        minimum=0.0,
        maximum=10.0,
        help="Standard deviation of the noise, as a share of the output's own.",
    )
    seed: int = integer(
        0, "Seed", minimum=0, maximum=2**32 - 1, help="The same seed gives the same samples."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= len(self.formulas) <= MAXIMUM_FORMULAS:
            raise SettingError("formulas", f"{len(self.formulas)} formulas are given.",
                               f"Give 1 to {MAXIMUM_FORMULAS}, one per output.")  # fmt: skip
        if self.low >= self.high:
            raise SettingError("low", f"The lowest x, {self.low:g}, is not below the highest, "
                               f"{self.high:g}.", "Give a lower or a higher value.")  # fmt: skip
        self.parsed()

    def parsed(self) -> tuple[Formula, ...]:
        """The formulas as trees."""
        return _parsed(self.formulas, self.inputs)

    def load(self) -> Samples:
        """Points and values. Raises `UserError` where a formula has no value for some points."""
        formulas = self.parsed()
        cells = self.samples * (self.inputs + len(formulas))
        if cells > MAXIMUM_CELLS:
            raise UserError(
                f"{self.samples} samples of {self.inputs} inputs and {len(formulas)} outputs are "
                f"{cells / 1e6:.0f} million values; at most {MAXIMUM_CELLS / 1e6:.0f} million fit.",
                "Use fewer samples.",
            )
        x = np.random.default_rng(self.seed).uniform(
            self.low, self.high, (self.samples, self.inputs)
        )
        y = np.stack([self._values(formula, i, x) for i, formula in enumerate(formulas)], axis=1)
        # The noise has a stream of its own, so that changing it leaves the points where they are.
        noise = np.random.default_rng([self.seed, 1]).standard_normal(y.shape)
        return Samples(
            x=x,
            y=y + self.noise * y.std(axis=0) * noise,
            input_names=tuple(f"x{i + 1}" for i in range(self.inputs)),
            target_names=tuple(formula.name for formula in formulas),
            task="regression",
        )

    def _values(self, formula: Formula, index: int, x: Array) -> Array:
        values = evaluate(formula.expression, x)
        bad = ~(np.abs(values) <= MAXIMUM_VALUE)
        if bad.any():
            raise UserError(
                f"Formula {index + 1} ({formula.name}) has no value or exceeds {MAXIMUM_VALUE:g} "
                f"for {int(bad.sum())} of {self.samples} samples, "
                f"for example at {_point(x[int(bad.argmax())])}.",
                "Change the range of x, or the formula: for instance log(abs(x1) + 1).",
            )
        return values


def _point(x: Array) -> str:
    shown = ", ".join(f"x{i + 1} = {value:.3g}" for i, value in enumerate(x[:4]))
    return shown + (", …" if len(x) > 4 else "")
