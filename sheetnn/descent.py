"""Gradient descent on a function of a few variables as a table: one row a step (book 2-10 and 2-11).

For two variables and no scaling the addresses are those of the book's workbook 2-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import letters
from .errors import RecipeError, nearest
from .expression import Expression
from .graph import Graph
from .labels import Words
from .layout import Layout, Place
from .ops import EPOCH, Axes, Elementwise, Index, Named, Op
from .refs import Ref
from .schema import Function, Recipe
from .sheet import Label, Sheet

VARIABLE = "variable"
TWO = "0.00_ "
_FIRST_ROW = 7
_MOVE = Elementwise("{0}+{1}", lambda position, displacement: position + displacement)
_STEP = Elementwise("-{0}*{1}", lambda eta, gradient: -eta * gradient)  # book 2-10 (8)


def _unit(eta: Any, gradient: Any, length: Any) -> Any:
    return np.where(length == 0, 0.0, -eta * gradient / np.where(length == 0, 1.0, length))


_UNIT_STEP = Elementwise("IF({2}=0,0,-{0}*{1}/{2})", _unit)  # book 2-11, note: the gradient at unit length


@dataclass(frozen=True)
class Evaluate(Op):
    """Expressions in the variables of a position: one for the whole, or one for each variable."""

    variables: tuple[str, ...]
    expressions: tuple[Expression, ...]

    def formula(self, index: Index, *refs: Ref) -> str:
        cells = {name: refs[0].cell({VARIABLE: i}) for i, name in enumerate(self.variables)}
        return self.expressions[index.get(VARIABLE, 0)].formula(cells)

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        numbers = dict(zip(self.variables, args[0].data, strict=True))
        results = [float(expression.value(numbers)) for expression in self.expressions]
        return np.array(results if VARIABLE in axes else results[0])


class Length(Op):
    """The Euclidean length of a vector."""

    def formula(self, index: Index, *refs: Ref) -> str:
        cells = [refs[0].cell({VARIABLE: i}) for i in range(refs[0].axes[VARIABLE])]
        return f"SQRT({'+'.join(f'{cell}*{cell}' for cell in cells)})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.sqrt((args[0].data * args[0].data).sum())


def descent(recipe: Recipe) -> Graph:
    """The graph of a descent table. Raises RecipeError for expressions or a start that do not fit."""
    assert recipe.function is not None
    assert recipe.training is not None
    function, names = recipe.function, recipe.function.variables
    if len(set(names)) != len(names):
        raise RecipeError(f"function.variables: two variables share a name: {', '.join(names)}")
    if len(function.gradient) != len(names):
        raise RecipeError(
            f"function.gradient: {len(function.gradient)} derivatives for {len(names)} variables; expected one each"
        )
    value = Expression.parse(function.value, names)
    gradient = tuple(Expression.parse(text, names) for text in function.gradient)
    for key in recipe.start:
        check_variable(key, names)
    start = [start_of(recipe, name) for name in names]
    for position in range(len(names)):
        check_slope(function, position, start)
    graph = Graph(recipe.training.epochs or 1, first_epoch=0)
    axes = {VARIABLE: len(names)}
    graph.constant("eta", {}, recipe.training.eta, "rate")
    graph.carry("position", axes, start, _MOVE, "position@previous", "displacement@previous", role="parameter")
    line = (VARIABLE,)
    graph.add("gradient", Evaluate(names, gradient), "position", axes=line, role="gradient")
    if recipe.training.unit_length:
        graph.add("length", Length(), "gradient", axes=(), role="gradient")
        graph.add("displacement", _UNIT_STEP, "eta", "gradient", "length", axes=line, role="backward")
    else:
        graph.add("displacement", _STEP, "eta", "gradient", axes=line, role="backward")
    graph.add("value", Evaluate(names, (value,)), "position", axes=(), role="cost")
    return graph


def check_variable(key: str, names: tuple[str, ...]) -> None:
    """Refuse a start of what is no variable. Raises RecipeError."""
    if key not in names:
        raise RecipeError(f"start: {key!r} is no variable; expected {', '.join(names)}{nearest(key, names)}")


def start_of(recipe: Recipe, name: str) -> float:
    """Where a variable starts. Raises RecipeError."""
    number = recipe.start.get(name)
    if isinstance(number, bool) or not isinstance(number, int | float) or not np.isfinite(number):
        raise RecipeError(f"start: {name!r} is {number!r}; expected a number")
    return float(number)


def check_slope(function: Function, at: int, start: list[float]) -> None:
    """Refuse a partial derivative that disagrees with the central difference near the start. Raises RecipeError."""
    names, name = function.variables, function.variables[at]
    value, slope = (Expression.parse(text, names) for text in (function.value, function.gradient[at]))
    wrong = []
    for shift in (0.0, 0.37):
        point = {other: number + shift for other, number in zip(names, start, strict=True)}
        width = 1e-5 * max(1.0, abs(point[name]))
        with np.errstate(all="ignore"):
            up = float(value.value({**point, name: point[name] + width}))
            down = float(value.value({**point, name: point[name] - width}))
            given = float(slope.value(point))
        found = (up - down) / (2 * width)
        noise = 1e-15 * max(abs(up), abs(down)) / width  # of the difference of two rounded numbers
        allowed = 1e-4 * max(1.0, abs(found)) + 10 * noise
        if np.isfinite(found) and np.isfinite(given) and abs(found - given) > allowed:
            wrong.append((given, found))
    if len(wrong) == 2:  # at one point alone it may be a kink
        raise RecipeError(
            f"function.gradient: {function.gradient[at]!r} is {wrong[0][0]:.6g} at the start, but the slope of "
            f"{function.value!r} along {name} is {wrong[0][1]:.6g} there; mend the derivative"
        )


def descent_layout(graph: Graph, recipe: Recipe, words: Words) -> Layout:
    """The table: No, position, gradient, displacement, value side by side, a row each step."""
    assert recipe.function is not None
    names, sheet = recipe.function.variables, "descent"
    n = len(names)
    down = {EPOCH: (1, 0)}
    across = {**down, VARIABLE: (0, 1)}
    columns = {"position": 3, "gradient": 3 + n, "displacement": 3 + 2 * n}
    after = 3 + 3 * n
    if "length" in graph.blocks:
        columns["length"] = after
        after += 1
    columns["value"] = after
    places = {"eta": Place(sheet, 3, 3, {}, box=())}
    labels = [
        Label(sheet, 1, 2, 1, 2, words("descent.title"), "title"),
        Label(sheet, 1, 4, 1, 4, words("descent.example").replace("{value}", pretty(recipe.function.value)), "left"),
        Label(sheet, 3, 2, 3, 2, "η"),
        Label(sheet, 5, 2, 5, 2, "No", "boxed"),
        Label(sheet, 6, 2, 6, 2, "i", "boxed"),
        Label(sheet, _FIRST_ROW, 2, _FIRST_ROW, 2, "{epoch}", "label", {EPOCH: (graph.epochs, (1, 0))}),
    ]
    heads = {
        "position": [f"{name}_{{i}}" for name in names],
        "gradient": [f"∂z/∂{name}" for name in names],
        "displacement": [f"⊿{name}" for name in names],
        "length": ["|∇z|"],
        "value": ["z"],
    }
    for name, column in columns.items():
        wide = VARIABLE in graph[name].axes
        places[name] = Place(sheet, _FIRST_ROW, column, across if wide else down, TWO, box=())
        last = column + (n - 1 if wide else 0)
        labels.append(Label(sheet, 5, column, 5, last, words(f"descent.{name}"), "boxed"))
        for i, head in enumerate(heads[name]):
            labels.append(Label(sheet, 6, column + i, 6, column + i, head, "boxed"))
    widths = {"A": 2.0, "B": 3.73, f"C:{letters(after)}": 7.73}
    page = Sheet(
        sheet, words("sheet.descent"), widths, {1: 18.75, 2: 13.5, 3: 13.5, 4: 13.5, 6: 16.5}, 14.5, font="Calibri"
    )
    return Layout((page,), places, {}, tuple(labels), graph=graph)


def pretty(expression: str) -> str:
    """`x^2` with its digits raised, for a label."""
    for digit, raised in zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True):
        expression = expression.replace(f"^{digit}", raised)
    return expression.replace("*", "·")
