"""Arithmetic expressions in x1, x2 …: a whitelisted syntax tree, never `eval`.

``parse_expression`` turns a text into a tree of frozen values, ``evaluate`` computes it for many
samples at once and ``show`` prints it the way it is written on paper (``sin(x₁) + x₂·x₃``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralbuilder.data.samples import Array
from neuralbuilder.data.tokens import FormulaError, Token, tokens

MAXIMUM_DEPTH = 40
MAXIMUM_OPERATIONS = 200
MAXIMUM_INPUTS = 1000


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: float


@dataclass(frozen=True)
class Constant:
    """A named constant: pi or e."""

    name: str


@dataclass(frozen=True)
class Variable:
    """The input x1, x2 …; `index` counts from 1."""

    index: int


@dataclass(frozen=True)
class Negative:
    """The unary minus."""

    operand: Expression


@dataclass(frozen=True)
class Operation:
    """`left` and `right` joined by one of + - * / ^."""

    symbol: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Call:
    """A function applied to its arguments."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Number | Constant | Variable | Negative | Operation | Call


def _sigmoid(x: Array) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _step(x: Array) -> Any:
    return np.heaviside(x, 1.0)


CONSTANTS: dict[str, float] = {"pi": np.pi, "e": np.e}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "exp": np.exp, "log": np.log, "log2": np.log2, "log10": np.log10, "sqrt": np.sqrt,
    "abs": np.abs, "sign": np.sign, "step": _step, "floor": np.floor, "ceil": np.ceil,
    "sigmoid": _sigmoid, "relu": lambda x: np.maximum(x, 0.0),
    "min": np.minimum, "max": np.maximum,
}  # fmt: skip
ALIASES = {"ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sgn": "sign"}
_OF_MANY = ("min", "max")
_OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power,
}  # fmt: skip


# ------------------------------------------------------------------ reading


def parse_expression(source: list[Token], inputs: int | None = None) -> Expression:
    """The tree of a list of tokens that ends with the token "end".

    `inputs` is the number of inputs there are, where that is known. Raises `FormulaError` with
    the column and what was expected there.
    """
    parser = _Parser(source, inputs)
    tree = parser.sum()
    parser.expect("end", "an operator such as + or *, or the end of the formula")
    return tree


def expression_from_text(text: str, inputs: int | None = None) -> Expression:
    """The tree of a text such as ``sin(x1) + 2``."""
    return parse_expression(tokens(text), inputs)


class _Parser:
    """Recursive descent: sum → product → sign → power → operand."""

    def __init__(self, source: list[Token], inputs: int | None) -> None:
        self.source = source
        self.inputs = inputs
        self.position = 0
        self.depth = 0
        self.operations = 0

    @property
    def token(self) -> Token:
        return self.source[self.position]

    def take(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def expect(self, kind: str, wanted: str) -> Token:
        if self.token.kind != kind:
            raise self.wrong(wanted)
        return self.take() if kind != "end" else self.token

    def wrong(self, wanted: str) -> FormulaError:
        found = self.token
        what = "the formula ends" if found.kind == "end" else f"there is {found.text!r}"
        return FormulaError(f"{what}, but {wanted} was expected", found.column)

    def sum(self) -> Expression:
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise FormulaError("it is nested too deeply", self.token.column)
        left = self.product()
        while self.token.kind in ("+", "-"):
            left = self.joined(self.take(), left, self.product())
        self.depth -= 1
        return left

    def product(self) -> Expression:
        left = self.sign()
        while self.token.kind in ("*", "/"):
            left = self.joined(self.take(), left, self.sign())
        return left

    def sign(self) -> Expression:
        if self.token.kind not in ("+", "-"):
            return self.power()
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise FormulaError("it is nested too deeply", self.token.column)
        negative = self.take().kind == "-"
        operand = self.sign()
        self.depth -= 1
        return Negative(operand) if negative else operand

    def power(self) -> Expression:
        base = self.operand()
        if self.token.kind == "superscript":
            base = Operation("^", base, Number(float(self.take().text)))
        if self.token.kind == "^":
            return self.joined(self.take(), base, self.sign())
        return base

    def joined(self, sign: Token, left: Expression, right: Expression) -> Expression:
        self.operations += 1
        if self.operations > MAXIMUM_OPERATIONS:
            raise FormulaError(f"it has more than {MAXIMUM_OPERATIONS} operations", sign.column)
        return Operation(sign.kind, left, right)

    def operand(self) -> Expression:
        token = self.token
        if token.kind == "number":
            return self.number(self.take())
        if token.kind == "name":
            return self.name(self.take())
        if token.kind == "(":
            self.take()
            inside = self.sum()
            self.expect(")", "a closing )")
            return inside
        raise self.wrong("a number, a variable such as x1 or a function")

    def number(self, token: Token) -> Expression:
        value = float(token.text)
        if not np.isfinite(value):
            raise FormulaError(f"the number {token.text} is too large", token.column)
        return Number(value)

    def name(self, token: Token) -> Expression:
        name = ALIASES.get(token.text.lower(), token.text.lower())
        if name in FUNCTIONS:
            return self.call(name)
        if name in CONSTANTS:
            return Constant(name)
        return Variable(self.variable(name, token))

    def variable(self, name: str, token: Token) -> int:
        digits = name[1:].removeprefix("_")
        if name[0] != "x" or (digits and not digits.isdecimal()):
            raise FormulaError(
                f"{token.text!r} is not known", token.column,
                "Use x1, x2 …, pi, e and functions such as " + ", ".join(list(FUNCTIONS)[:3])
                + ", tanh, exp, log, sqrt, abs, min, max.",
            )  # fmt: skip
        if not digits and (self.inputs or 1) > 1:
            raise FormulaError("x needs a number", token.column, f"Write x1 … x{self.inputs}.")
        index = int(digits or 1) if len(digits) < 9 else MAXIMUM_INPUTS + 1
        largest = self.inputs or MAXIMUM_INPUTS
        if not 1 <= index <= largest:
            there = "is only x1" if largest == 1 else f"are only x1 to x{largest}"
            raise FormulaError(
                f"{token.text[:12]} is used, but there {there}",
                token.column,
                "Raise the number of inputs or use another variable.",
            )
        return index

    def call(self, name: str) -> Expression:
        self.expect("(", f"an opening ( after {name}")
        arguments = [self.sum()]
        while self.token.kind == ",":
            if name not in _OF_MANY:
                raise FormulaError(f"{name} takes one argument", self.token.column)
            self.take()
            arguments.append(self.sum())
        if name in _OF_MANY and len(arguments) < 2:
            raise FormulaError(f"{name} takes two or more arguments", self.token.column)
        self.expect(")", "a closing )")
        return Call(name, tuple(arguments))


# ------------------------------------------------------------------ computing


def evaluate(tree: Expression, x: Array) -> Array:
    """The value for every row of `x` (samples, inputs): shape (samples,), float64.

    Where the expression has no value (log of a negative number, division by zero) or exceeds
    the range of numbers, the result is NaN or infinite there.
    """
    with np.errstate(all="ignore"):
        values = _value(tree, x)
    return np.broadcast_to(np.asarray(values, dtype=np.float64), (len(x),)).copy()


def _value(tree: Expression, x: Array) -> Any:
    match tree:
        case Number(value):
            return np.float64(value)
        case Constant(name):
            return np.float64(CONSTANTS[name])
        case Variable(index):
            return x[:, index - 1]
        case Negative(operand):
            return -_value(operand, x)
        case Operation(symbol, left, right):
            return _OPERATIONS[symbol](_value(left, x), _value(right, x))
        case Call(function, arguments):
            values = [_value(argument, x) for argument in arguments]
            result = FUNCTIONS[function](*values[:2])
            for value in values[2:]:
                result = FUNCTIONS[function](result, value)
            return result


def largest_variable(tree: Expression) -> int:
    """The highest input number used; 0 when there is none."""
    match tree:
        case Variable(index):
            return index
        case Negative(operand):
            return largest_variable(operand)
        case Operation(_, left, right):
            return max(largest_variable(left), largest_variable(right))
        case Call(_, arguments):
            return max(largest_variable(argument) for argument in arguments)
        case _:
            return 0


# ------------------------------------------------------------------ printing

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_SIGNS = {"+": " + ", "-": " − ", "*": "·", "/": "/", "^": "^"}


def subscripted(name: str) -> str:
    """``x1`` as ``x₁``; names without digits at their end stay as they are."""
    stem = name.rstrip("0123456789")
    return stem + name[len(stem) :].translate(_SUBSCRIPTS)


def show(tree: Expression) -> str:
    """The expression as on paper, with as few parentheses as needed; it can be parsed again."""
    return _shown(tree, 0)


def _shown(tree: Expression, outside: int) -> str:
    match tree:
        case Number(value):
            return _digits(value)
        case Constant(name):
            return "π" if name == "pi" else name
        case Variable(index):
            return subscripted(f"x{index}")
        case Call(function, arguments):
            return f"{function}({', '.join(show(argument) for argument in arguments)})"
        case Negative(operand):
            text = "−" + _shown(operand, 3)
            return f"({text})" if outside >= 3 else text
        case Operation(symbol, left, right):
            text = _joined(symbol, left, right)
            return f"({text})" if _STRENGTH[symbol] < outside else text


def _joined(symbol: str, left: Expression, right: Expression) -> str:
    strength = _STRENGTH[symbol]
    if symbol != "^":
        inside = 3 if isinstance(right, Negative) else strength + 1
        return _shown(left, strength) + _SIGNS[symbol] + _shown(right, inside)
    base = _shown(left, strength + 1)
    if isinstance(right, Number) and right.value.is_integer() and right.value < 1e6:
        return base + _digits(right.value).translate(_SUPERSCRIPTS)
    return base + "^" + _shown(right, strength)


def _digits(value: float) -> str:
    return str(int(value)) if value.is_integer() and value < 1e15 else repr(value)
