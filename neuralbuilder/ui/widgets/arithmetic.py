"""Small sums in number fields: `32*2`, `1/3`, `1e-3`, `0,5`. No Qt and no `eval` here."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable

LONGEST = 80
LARGEST_POWER_BITS = 256

# What people type or paste, and what Python's grammar calls it.
_SPELLINGS = str.maketrans(
    {"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "^": "**"}
    | dict.fromkeys("\u00a0\u2009\u202f", " ")
)
_ALLOWED = re.compile(r"[0-9.eE+\-*/() ]*")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_COMMA = re.compile(r"(?<![\d.,])(\d*),(\d+)(?![\d.,])")
_LEADING_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class NumberTextError(ValueError):
    """The text is no number; the message is one sentence for the user."""


def evaluate(text: str) -> int | float:
    """The value of a number or a sum of numbers; an int where all parts of it are whole.

    Knows + − * / ^ and parentheses, a decimal comma or dot, and spaces between thousands.
    Names, calls and attributes do not exist here. Raises NumberTextError.
    """
    source = _prepared(text)
    try:
        tree = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NumberTextError("This is not a number; try 32, 1e-3 or 32*2.") from None
    try:
        value = _value(tree.body)
        finite = math.isfinite(value)
    except ZeroDivisionError:
        raise NumberTextError("This divides by zero.") from None
    except OverflowError:
        finite = False
    if not finite:
        raise NumberTextError("This number is too large.")
    return value


def _prepared(text: str) -> str:
    if len(text) > LONGEST:
        raise NumberTextError(f"This is too long; use at most {LONGEST} characters.")
    source = text.translate(_SPELLINGS).strip()
    if not source:
        raise NumberTextError("Enter a number.")
    source = _THOUSANDS.sub("", source)
    source = _COMMA.sub(r"\1.\2", source)
    if "," in source:
        raise NumberTextError("Use one decimal comma or dot and no commas between thousands.")
    if not _ALLOWED.fullmatch(source):
        raise NumberTextError("Use only digits, + − * / ^ and parentheses.")
    return _LEADING_ZEROS.sub("", source)


def _value(node: ast.expr) -> int | float:
    """The value of a tree of numbers; every other kind of node is refused."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(left), _value(right))
    raise NumberTextError("This is not a number; try 32, 1e-3 or 32*2.")


def _power(base: int | float, exponent: int | float) -> int | float:
    """A power of moderate size: 9^9^9 would keep the window busy for ever."""
    if base and abs(exponent) * abs(math.log2(abs(base))) > LARGEST_POWER_BITS:
        raise NumberTextError("This power is too large.")
    if abs(exponent) > 1_000_000:
        raise NumberTextError("This power is too large.")
    result = base**exponent
    if isinstance(result, complex):
        raise NumberTextError("A negative number has no such root.")
    return result
