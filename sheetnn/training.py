"""Training: learning rates, the parameters as they are carried from step to step, the direction of the next step."""

from __future__ import annotations

from .errors import RecipeError, counted
from .graph import Graph
from .ops import Axes
from .optimizers import DECAYED, NEXT, OPTIMIZERS, UNIT, Length, Scheduled
from .schema import Recipe, Training
from .starts import Starts

PERIOD = "period"
"""The axis of a table of learning rates."""


def add_rates(graph: Graph, training: Training) -> None:
    """The live cells of [training]: η, or a table of it by epoch, and what the optimiser needs beside."""
    if isinstance(training.eta, tuple):
        table = graph.constant("eta.table", {PERIOD: len(training.eta)}, training.eta, "rate")
        position = graph.carry("epoch.position", {}, 0, NEXT, "epoch.position@previous", role="number")
        graph.add("eta", Scheduled(PERIOD), table, position, axes=(), role="rate")
    else:
        graph.constant("eta", {}, training.eta, "rate")
    optimizer = OPTIMIZERS[training.optimizer]
    for key in optimizer.settings:
        graph.constant(key, {}, getattr(training, key), "rate")
    if training.decay:
        graph.constant("decay", {}, training.decay, "rate")
    optimizer.shared(graph)


def add_parameters(graph: Graph, recipe: Recipe, shapes: dict[str, Axes], found: Starts) -> None:
    """Weights and biases: typed numbers, or start values and then the steps of the optimiser (book 4-4)."""
    for name, axes in shapes.items():
        if recipe.training is None:
            graph.constant(name, axes, found.values[name], "parameter")
        else:
            eta = "eta@previous" if isinstance(recipe.training.eta, tuple) else "eta"
            move = OPTIMIZERS[recipe.training.optimizer].move
            move(graph, name, axes, found.values[name], eta, _along(recipe.training, name))
        if name in found.initial:
            graph.constant(f"{name}.initial", axes, found.initial[name], "initial")


def add_directions(graph: Graph, training: Training, names: list[str]) -> None:
    """What the optimiser descends along, where that is not the gradient itself: with weight decay, of length 1."""
    along = {name: f"{name}.grad" for name in names}
    for name in names:
        if training.decay and name.endswith(".w"):
            axes = tuple(graph[name].axes)
            args = (along[name], "decay", name)
            along[name] = graph.add(f"{name}.decayed", DECAYED, *args, axes=axes, role="gradient")
    if training.unit_length:
        length = graph.add("gradient.length", Length(), *along.values(), axes=(), role="gradient")
        for name in names:
            axes = tuple(graph[name].axes)
            graph.add(f"{name}.unit", UNIT, along[name], length, axes=axes, role="gradient")


def _along(training: Training, name: str) -> str:
    if training.unit_length:
        return f"{name}.unit"
    return f"{name}.decayed" if training.decay and name.endswith(".w") else f"{name}.grad"


def batch_size(recipe: Recipe, count: int) -> int | None:
    """Samples in a step; None for all. Raises RecipeError where they do not divide."""
    batch = recipe.training.batch if recipe.training else None
    if batch is None or batch == count:
        return None
    if count % batch:
        near = sorted((size for size in range(1, count + 1) if count % size == 0), key=lambda n: abs(n - batch))[:3]
        raise RecipeError(
            f"training.batch: {batch} does not divide {counted(count, 'sample')}; choose "
            f"{', '.join(map(str, sorted(near)))}, or another number of samples with data.limit"
        )
    return batch
