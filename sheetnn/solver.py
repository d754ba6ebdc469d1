"""`solve`: what Excel's Solver does in 3-5 and 5-4, by SciPy's L-BFGS-B.

The gradient over all parameters of a network comes from back-propagation; over other blocks (a regression's p
and q) from differences of the cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .backprop import differentiate
from .errors import DivergedError, RecipeError, nearest
from .graph import Graph, Values
from .model import Model, from_name
from .stored import read_inputs, read_model, refuse_edited_formulas
from .workbook import Workbook

Say = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Solution:
    """The best of all starts."""

    workbook: Workbook
    block: str
    first: float
    cost: float
    steps: int
    converged: bool
    message: str
    hits: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        keys = ("block", "first", "cost", "steps", "converged", "message", "hits")
        return {"schema": "sheetnn.solve/1", **{key: getattr(self, key) for key in keys}}


def solve(
    source: str | Path,
    *,
    starts: int = 1,
    seed: int = 0,
    iterations: int = 5000,
    language: str = "zh",
    say: Say = lambda start, step, cost: None,
) -> Solution:
    """Minimise the cost of a recipe or workbook over its parameters.

    The first start is the block of initial values where there is one, else the parameters themselves; further
    ones are normal random numbers from `seed`. `say` hears (start, iteration, cost) now and then. The workbook
    is made anew from the recipe and the numbers of a file: notes and sheets that a person added are not in it.
    Raises RecipeError for a recipe without parameters to change.
    """
    path = Path(source)
    if path.suffix.lower() == ".xlsx":
        model = read_model(path)
        refuse_edited_formulas(path, model)
        inputs = read_inputs(path, model)
    else:
        model = from_name(source, language)
        inputs = model.graph.inputs()
    task = _Task(model, inputs)
    draw = np.random.default_rng(seed)
    best: tuple[float, NDArray[Any], int, bool, str] | None = None
    first = task.cost(task.start)
    for start in range(1, starts + 1):
        x = task.start if start == 1 else draw.normal(size=task.start.size)
        found = _minimise(task, x, iterations, lambda step, cost, n=start: say(n, step, cost))  # type: ignore[misc]
        if best is None or found[0] < best[0]:
            best = found
    assert best is not None
    cost, x, steps, converged, message = best
    workbook = Workbook(model, {**inputs, **task.split(x)})
    hits = _hits(workbook) if np.isfinite(cost) else None
    return Solution(workbook, task.block, first, cost, steps, converged, message, hits)


class _Task:
    """The cost as a function of one vector, with its gradient."""

    def __init__(self, model: Model, inputs: Values) -> None:
        recipe, graph = model.recipe, model.graph
        if recipe.training is not None:
            raise RecipeError(f"{recipe.id}: is trained by descent; solve takes a recipe without [training]")
        parameters = [block.name for block in graph if block.role == "parameter" and block.start is not None]
        self.block = recipe.solve.cost if recipe.solve else "C_T"
        self.names = list(recipe.solve.change) if recipe.solve else parameters
        if not self.names:
            raise RecipeError(f"{recipe.id}: has no parameters to change; name them in [solve]")
        for name in [self.block, *self.names]:
            if name not in graph.blocks:
                raise RecipeError(f"{recipe.id}: solve has no block {name!r}{nearest(name, graph.blocks)}")
        for name in self.names:
            if graph[name].start is None:
                raise RecipeError(f"{recipe.id}: solve cannot change {name!r}: it is computed; name typed numbers")
        if graph[self.block].axes or graph[self.block].op is None:
            raise RecipeError(f"{recipe.id}: solve cannot minimise {self.block!r}: it is not one computed number")
        self.inputs = inputs
        self.graph = _towards(graph, [self.block, *self.names])
        self.analytic = self.names == parameters and "C" in graph.blocks and self.block == "C_T"
        if self.analytic:
            differentiate(self.graph, "C")
        initial = {name: inputs.get(f"{name}.initial", inputs[name]) for name in self.names}
        self.start = np.concatenate([np.ravel(initial[name]).astype(float) for name in self.names])

    def split(self, x: NDArray[Any]) -> Values:
        """The vector as blocks."""
        values, at = {}, 0
        for name in self.names:
            shape = self.graph[name].shape
            size = int(np.prod(shape, dtype=int))
            values[name] = x[at : at + size].reshape(shape)
            at += size
        return values

    def cost(self, x: NDArray[Any]) -> float:
        """The cost, infinite where a value is not finite."""
        try:
            return float(self.graph.evaluate({**self.inputs, **self.split(x)})[self.block])
        except DivergedError:
            return float("inf")

    def with_gradient(self, x: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        values = self.graph.evaluate({**self.inputs, **self.split(x)})
        gradient = np.concatenate([np.ravel(values[f"{name}.grad"]) for name in self.names])
        return float(values[self.block]), gradient


def _towards(graph: Graph, wanted: list[str]) -> Graph:
    """The blocks that `wanted` depend on, and no others."""
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(use.name for use in graph[name].args)
    other = graph.copy()
    other.blocks = {name: block for name, block in graph.blocks.items() if name in needed}
    return other


def _minimise(
    task: _Task, x: NDArray[Any], iterations: int, say: Callable[[int, float], None]
) -> tuple[float, NDArray[Any], int, bool, str]:
    from scipy.optimize import minimize

    step, due, told = 0, 1.0, 0

    def heard(intermediate_result: Any) -> None:
        nonlocal step, due, told
        step += 1
        if step >= due:
            say(step, float(intermediate_result.fun))
            told = step
            due = max(due + 1, due * 1.5)

    function = task.with_gradient if task.analytic else task.cost
    options = {"maxiter": iterations, "maxfun": 20 * iterations, "ftol": 1e-14, "gtol": 1e-9, "maxcor": 30}
    try:
        result = minimize(function, x, jac=task.analytic or None, method="L-BFGS-B", callback=heard, options=options)
    except DivergedError as error:
        return float("inf"), x, step, False, str(error)
    if step != told:
        say(step, float(result.fun))
    return float(result.fun), np.asarray(result.x), int(result.nit), bool(result.success), str(result.message)


def _hits(workbook: Workbook) -> float | None:
    """The share of images recognised, if the workbook has targets."""
    values, layers = workbook.values, workbook.recipe.layers
    if not layers or "t" not in values or (workbook.recipe.data and workbook.recipe.data.outputs):
        return None
    outputs = values[f"{layers[-1].name}.a"]
    return float((outputs.argmax(axis=-1) == values["t"].argmax(axis=-1)).mean())
