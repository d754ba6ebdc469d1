"""From a recipe to the graph of its network: data, forward pass, cost, back-propagation, update, test page."""

from __future__ import annotations

from collections.abc import Iterable

from .backprop import differentiate
from .entries import add_blocks
from .errors import RecipeError, nearest
from .graph import Graph
from .layers import add_cost, forward, inner, outputs, parameters
from .ops import Axes
from .samples import Dataset
from .schema import Dense, Recipe
from .starts import starts
from .supply import add_data, add_samples
from .testpage import add_test
from .training import add_directions, add_parameters, add_rates


def network(recipe: Recipe, dataset: Dataset | None) -> Graph:
    """The graph of a recipe. Raises RecipeError where data and layers do not fit.

    With `training` the parameters are carried from step to step (book 4-4 and 5-6); without, they are typed
    numbers and there is only the forward pass and its cost (book 3-5 and 5-4).
    """
    graph = Graph((recipe.training.epochs or 1) if recipe.training else 1)
    if dataset is not None:
        if recipe.layers:
            check_outputs(recipe, dataset)
        add_data(graph, recipe, dataset)
        if recipe.layers:
            _train(graph, recipe, dataset)
    add_blocks(graph, recipe.blocks)
    if recipe.solve is not None:
        check_solved(recipe.solve.cost, graph.blocks, ())
        for name in recipe.solve.change:
            check_solved(name, graph.blocks, graph.inputs())
    return graph


def check_solved(name: str, known: Iterable[str], typed: Iterable[str]) -> None:
    """Refuse a block of [solve] that does not exist; `typed` ones are those to be changed. Raises RecipeError."""
    names = list(known)
    if name not in names:
        raise RecipeError(f"solve: block {name!r} does not exist{nearest(name, typed) or nearest(name, names)}")


def _train(graph: Graph, recipe: Recipe, dataset: Dataset) -> None:
    add_samples(graph, recipe, dataset)
    if recipe.training is not None:
        add_rates(graph, recipe.training)
    shapes = parameter_shapes(recipe, inner(graph["x"].axes))
    add_parameters(graph, recipe, shapes, starts(recipe, shapes))
    a = "x"
    for layer in recipe.layers:
        a = forward(graph, layer, a, "", "train")
    add_cost(graph, recipe, a, "", "train")
    if recipe.training is not None:
        differentiate(graph, "C")
        add_directions(graph, recipe.training, list(shapes))
    if recipe.test is not None or dataset.test is not None:
        add_test(graph, recipe, dataset, list(shapes))


def parameter_names(recipe: Recipe) -> list[str]:
    """Weights and biases, layer by layer."""
    return [f"{layer.name}.{part}" for layer in recipe.layers if layer.kind != "pooling" for part in ("w", "b")]


def parameter_shapes(recipe: Recipe, inputs: Axes) -> dict[str, Axes]:
    """The axes of every parameter by name, for samples with axes `inputs`. Raises RecipeError."""
    shapes: dict[str, Axes] = {}
    for layer in recipe.layers:
        shapes |= {f"{layer.name}.{part}": axes for part, axes in parameters(layer, inputs).items()}
        inputs = outputs(layer, inputs)
    return shapes


def check_outputs(recipe: Recipe, dataset: Dataset) -> None:
    """Raise RecipeError where the last layer has not one unit for each class or target."""
    last = recipe.layers[-1]
    assert isinstance(last, Dense)
    count = len(dataset.classes or dataset.outputs)
    if last.units != count:
        what = f"classes {list(dataset.classes)}" if dataset.classes else f"targets {list(dataset.outputs)}"
        raise RecipeError(
            f"layer {last.name}: {last.units} units for {count} {what}; the last layer needs units = {count}"
        )
