"""Expressions of a recipe, such as `x^2+y^2`: parsed, then read as a formula and as NumPy.

The text itself never reaches a cell: only what the grammar below allows is written, from its parsed form.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import RecipeError, counted, nearest

_FUNCTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "exp": ("EXP", np.exp),
    "ln": ("LN", np.log),
    "sqrt": ("SQRT", np.sqrt),
    "tanh": ("TANH", np.tanh),
    "abs": ("ABS", np.abs),
}
_OPERATORS: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", np.add),
    ast.Sub: ("-", np.subtract),
    ast.Mult: ("*", np.multiply),
    ast.Div: ("/", np.divide),
    ast.Pow: ("^", np.power),  # 0^0, which spreadsheets refuse, is refused in _check
}


@dataclass(frozen=True)
class Expression:
    """A parsed expression in named variables."""

    source: str
    tree: ast.expr

    @staticmethod
    def parse(source: str, variables: tuple[str, ...]) -> Expression:
        """Raises RecipeError for anything but numbers, variables, + - * / ^ and the known functions."""
        if len(source) > 2000:
            raise RecipeError(f"expression of {len(source):,} characters; expected at most 2,000")
        try:
            tree = ast.parse(source.replace("^", "**").strip(), mode="eval").body
            _check(tree, source, variables)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            raise RecipeError(f"expression {source!r} cannot be read; expected for example x^2+2*y") from None
        return Expression(source, tree)

    def formula(self, cells: Mapping[str, str]) -> str:
        """The formula with a cell for each variable; every inner operation in parentheses."""
        return _bare(self.tree, cells)

    def value(self, numbers: Mapping[str, Any]) -> Any:
        """The value, for numbers or arrays that broadcast."""
        return _value(self.tree, numbers)


def _check(node: ast.expr, source: str, variables: tuple[str, ...]) -> None:
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 0:
            raise RecipeError(
                f"expression {source!r}: a power of 0 is 1, and an error at 0 in a spreadsheet; write 1"
            )
        _check(node.left, source, variables)
        _check(node.right, source, variables)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _check(node.operand, source, variables)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        name = node.func.id
        if name not in _FUNCTIONS or len(node.args) != 1:
            raise RecipeError(
                f"expression {source!r}: {name} with {counted(len(node.args), 'argument')} is not known; "
                f"expected one of {', '.join(_FUNCTIONS)} with one{nearest(name, _FUNCTIONS)}"
            )
        _check(node.args[0], source, variables)
    elif isinstance(node, ast.Name):
        if node.id not in variables:
            raise RecipeError(
                f"expression {source!r}: {node.id!r} is no variable; expected {', '.join(variables)}"
                + nearest(node.id, variables)
            )
    elif not (isinstance(node, ast.Constant) and _is_number(node.value)):
        raise RecipeError(
            f"expression {source!r}: {ast.unparse(node)!r} is not allowed; expected numbers, variables, + - * / ^ "
            f"and {', '.join(_FUNCTIONS)}"
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bare(node: ast.expr, cells: Mapping[str, str]) -> str:
    """The formula without parentheses round the whole."""
    text = _formula(node, cells)
    return text[1:-1] if isinstance(node, ast.BinOp | ast.UnaryOp) else text


def _formula(node: ast.expr, cells: Mapping[str, str]) -> str:
    match node:
        case ast.BinOp():
            sign = _OPERATORS[type(node.op)][0]
            return f"({_formula(node.left, cells)}{sign}{_formula(node.right, cells)})"
        case ast.UnaryOp():
            # 0-x, not -x: a spreadsheet reads -x^2 as (-x)^2
            return f"(0{'-' if isinstance(node.op, ast.USub) else '+'}{_formula(node.operand, cells)})"
        case ast.Call(func=ast.Name(id=name)):
            return f"{_FUNCTIONS[name][0]}({_bare(node.args[0], cells)})"
        case ast.Name():
            return cells[node.id]
        case ast.Constant():
            return repr(node.value)
    raise AssertionError(node)


def _value(node: ast.expr, numbers: Mapping[str, Any]) -> Any:
    match node:
        case ast.BinOp():
            return _OPERATORS[type(node.op)][1](_value(node.left, numbers), _value(node.right, numbers))
        case ast.UnaryOp():
            inner = _value(node.operand, numbers)
            return 0 - inner if isinstance(node.op, ast.USub) else 0 + inner
        case ast.Call(func=ast.Name(id=name)):
            return _FUNCTIONS[name][1](_value(node.args[0], numbers))
        case ast.Name():
            return numbers[node.id]
        case ast.Constant(value=int() | float() as value):
            return float(value)
    raise AssertionError(node)
